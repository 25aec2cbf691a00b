"""The dictionary of specialties and its aliases."""

import csv
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit, conflicts
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import User
from zhikong.hub.core.search import initials_of

from .. import roles
from ..models import Region, Specialty, SpecialtyAlias

LOADED = audit.verb("specialties loaded", gettext_lazy("载入专业名录"))
ADDED = audit.verb("specialty added", gettext_lazy("新增专业"))
EDITED = audit.verb("specialty edited", gettext_lazy("修改专业"))
ALIAS_ADDED = audit.verb("specialty alias added", gettext_lazy("新增专业别名"))
ALIAS_REMOVED = audit.verb("specialty alias removed", gettext_lazy("删除专业别名"))
DEACTIVATED = audit.verb("specialty deactivated", gettext_lazy("停用专业"))
REACTIVATED = audit.verb("specialty reactivated", gettext_lazy("恢复专业"))

TABLE = Path(__file__).resolve().parent.parent / "data" / "specialties.csv"


@audit.action
def load_specialties(*, by: User | None, at: datetime, path: Path = TABLE) -> int:
    """The shipped list with its aliases: adds what is missing, leaves the rest alone. Gives the rows added."""
    _require(by)
    known = {specialty.code: specialty for specialty in Specialty.objects.all()}
    aliases = set(SpecialtyAlias.objects.values_list("name", flat=True))
    added: list[Specialty] = []
    count = 0
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            specialty = known.get(row["code"])
            if specialty is None:
                specialty = known[row["code"]] = Specialty.objects.create(
                    code=row["code"],
                    name=row["name"],
                    short_name=row["short_name"],
                    initials=initials_of(row["name"], 64),
                    category=row["category"],
                    is_tcm=row["is_tcm"] == "1",
                    is_key=row["is_key"] == "1",
                    source=row["source"],
                )
                added.append(specialty)
                count += 1
            for name in filter(None, row["aliases"].split(";")):
                if name not in aliases:
                    SpecialtyAlias.objects.create(specialty=specialty, name=name, source=row["source"])
                    aliases.add(name)
                    count += 1
    if count:
        audit.record(LOADED, (added or list(known.values()))[0], by=by, at=at, facts={"rows": count, "file": path.name})
    return count


@audit.action
def add_specialty(
    *,
    by: User | None,
    at: datetime,
    code: str,
    name: str,
    short_name: str,
    category: str,
    is_tcm: bool = False,
    is_key: bool = False,
    source: str = "",
) -> Specialty:
    """A new canonical name. Refused unless the province's authority asks, and code and name are not taken."""
    _require(by)
    if Specialty.objects.filter(code=code).exists():
        raise Refused(_("专业编码 %(code)s 已有。请换一个编码。") % {"code": code})
    _refuse_taken(name)
    specialty = Specialty.objects.create(
        code=code,
        name=name,
        short_name=short_name,
        initials=initials_of(name, 64),
        category=category,
        is_tcm=is_tcm,
        is_key=is_key,
        source=source,
    )
    audit.record(ADDED, specialty, by=by, at=at)
    return specialty


@audit.action
def edit_specialty(
    specialty: Specialty, *, by: User | None, at: datetime, seen: Mapping[str, str] | None = None, **changes: Any
) -> Specialty:
    """Change name, short name, class and flags; the code stays. Refused when the new name means another specialty."""
    _require(by)
    specialty = Specialty.objects.select_for_update().get(pk=specialty.pk)
    conflicts.refuse_stale(specialty, seen, changes)
    if changes.get("name", specialty.name) != specialty.name:
        _refuse_taken(changes["name"], but=specialty)
    for name, value in changes.items():
        setattr(specialty, name, value)
    specialty.initials = initials_of(specialty.name, 64)
    specialty.save()
    audit.record(EDITED, specialty, by=by, at=at)
    return specialty


@audit.action
def add_alias(specialty: Specialty, *, by: User | None, at: datetime, name: str, source: str = "") -> SpecialtyAlias:
    """Another name for it, from now on understood. Refused when the name already means a specialty."""
    _require(by)
    name = unicodedata.normalize("NFKC", name).strip()
    _refuse_taken(name)
    alias = SpecialtyAlias.objects.create(specialty=specialty, name=name, source=source)
    audit.record(ALIAS_ADDED, specialty, by=by, at=at, facts={"alias": name})
    return alias


@audit.action
def remove_alias(alias: SpecialtyAlias, *, by: User | None, at: datetime, reason: str) -> None:
    """The name means nothing from now on; what was taken in by it stays."""
    _require(by)
    alias = SpecialtyAlias.objects.select_for_update().select_related("specialty").get(pk=alias.pk)
    audit.record(ALIAS_REMOVED, alias.specialty, by=by, at=at, reason=reason, facts={"alias": alias.name})
    alias.delete()


@audit.action
def deactivate_specialty(specialty: Specialty, *, by: User | None, at: datetime, reason: str) -> Specialty:
    """No new centre may take it. Refused while centres of it stand."""
    _require(by)
    specialty = Specialty.objects.select_for_update().get(pk=specialty.pk)
    standing = specialty.centres.standing().count()
    if standing:
        raise Refused(
            _("该专业还有 %(count)d 个在册的质控中心。请先合并或撤销这些中心，再停用专业。") % {"count": standing}
        )
    if not specialty.is_active:
        raise Refused(_("该专业已经停用。"))
    specialty.is_active = False
    specialty.save(update_fields=["is_active"])
    audit.record(DEACTIVATED, specialty, by=by, at=at, reason=reason)
    return specialty


@audit.action
def reactivate_specialty(specialty: Specialty, *, by: User | None, at: datetime, reason: str) -> Specialty:
    """Take it into use again. Refused when it is in use."""
    _require(by)
    specialty = Specialty.objects.select_for_update().get(pk=specialty.pk)
    if specialty.is_active:
        raise Refused(_("该专业正在使用。"))
    specialty.is_active = True
    specialty.save(update_fields=["is_active"])
    audit.record(REACTIVATED, specialty, by=by, at=at, reason=reason)
    return specialty


def _require(by: User | None) -> None:
    """The dictionary is one for the whole site: the province's authority keeps it."""
    if by is not None:
        province = Region.objects.of_site().first()
        if province is None:
            raise Refused(_("还没有载入行政区划，不能维护专业名录。"))
        roles.require(by, roles.Ability.MANAGE_DICTIONARY, region=province)


def _refuse_taken(name: str, but: Specialty | None = None) -> None:
    taken = Specialty.objects.filter(name=name).exclude(pk=but.pk if but else None).first()
    if taken is not None:
        raise Refused(_("“%(name)s”已是专业 %(code)s 的名称。") % {"name": name, "code": taken.code})
    alias = SpecialtyAlias.objects.filter(name=name).select_related("specialty").first()
    if alias is not None and (but is None or alias.specialty_id != but.pk):
        raise Refused(_("“%(name)s”已是“%(specialty)s”的别名。") % {"name": name, "specialty": alias.specialty})
