"""The tables of the network that may be imported: institutions and centres.

A row is compared with what stands now; its state, old values and errors are all the preview and the write need. Rows of
places outside the person's scope fail with one sentence, which says nothing of what exists there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core.imports import kinds
from zhikong.hub.core.imports.kinds import Row, State
from zhikong.hub.core.models import User
from zhikong.hub.core.search import initials_of

from . import roles
from .actions.centres import SEATS
from .models import Centre, CentreHost, Institution, Region, Specialty, SpecialtyAlias
from .roles import Ability

WRITE_BATCH = 500
REGION_NOTE = gettext_lazy("GB/T 2260 代码，如 410305。")


def out_of_scope() -> str:
    return _("不在您的管辖范围")


def regions_by_code(codes: Iterable[str], user: User) -> dict[str, Region]:
    """The regions one may see, under every way of writing their codes: 4103, 410300, 410300000000."""
    ways = {code: {code, code.ljust(6, "0"), code[:6], code.rstrip("0")} for code in codes if code}
    wanted = {way for each in ways.values() for way in each} | {
        way[:length] for each in ways.values() for way in each for length in (2, 4)
    }
    known = {region.code: region for region in Region.objects.visible_to(user).filter(code__in=wanted)}
    found: dict[str, Region] = {}
    for code in ways:
        stems = [code, code.ljust(6, "0")]
        if code.endswith("000000") and len(code) == 12:
            stems.append(code[:6])
        stems += [stem[:length] for stem in tuple(stems) for length in (4, 2) if not stem[length:].strip("0")]
        region = next((known[stem] for stem in stems if stem in known), None)
        if region is not None:
            found[code] = region
    return found


def refuse_future(row: Row, name: str) -> None:
    value = row.values.get(name)
    if value is not None and value > timezone.localdate():
        row.fail(name, _("日期 %(date)s 还没有到") % {"date": value})


def settle(row: Row, was: dict[str, Any] | None) -> None:
    """New, changed or the same, by the columns that the table has."""
    if row.errors:
        return
    if was is None:
        row.state = State.NEW
        return
    row.old = {name: was[name] for name, value in row.values.items() if was[name] != value}
    row.state = State.CHANGED if row.old else State.SAME


def locked(rows: Any) -> Any:
    """Inside a write on PostgreSQL, hold what was compared; SQLite's transaction holds everything."""
    in_write = connection.in_atomic_block and connection.vendor == "postgresql"
    return rows.select_for_update(of=("self",)) if in_write else rows


class Institutions(kinds.Kind):
    """Institutions by their official code, in the twenty columns of the register."""

    code = "institutions"
    label = gettext_lazy("机构")
    explanation = gettext_lazy("按机构编码认行：编码已在册的按表中内容修改，未在册的新增。不会停用或删除机构。")
    title = "name"
    columns = (
        kinds.code("code", gettext_lazy("机构编码"), 32, required=True, note=gettext_lazy("同一编码即同一机构。")),
        kinds.code("credit_code", gettext_lazy("统一社会信用代码"), 18, width=22),
        kinds.text("name", gettext_lazy("机构名称"), 128, required=True, width=30),
        kinds.text("short_name", gettext_lazy("简称"), 64),
        kinds.code("region", gettext_lazy("地区代码"), 12, required=True, note=REGION_NOTE),
        kinds.choice("kind", gettext_lazy("类别"), Institution.Kind.choices, required=True),
        kinds.choice("level", gettext_lazy("级别"), Institution.Level.choices, empty=Institution.Level.NONE.value),
        kinds.choice("grade", gettext_lazy("等次"), Institution.Grade.choices),
        kinds.choice("ownership", gettext_lazy("所有制"), Institution.Ownership.choices, required=True),
        kinds.text("supervisor", gettext_lazy("主管部门"), 128, width=22),
        kinds.text("address", gettext_lazy("地址"), 200, width=30),
        kinds.code("postcode", gettext_lazy("邮编"), 6),
        kinds.text("phone", gettext_lazy("电话"), 32),
        kinds.text("website", gettext_lazy("网址"), 200, width=22),
        kinds.date("opened_on", gettext_lazy("开业日期")),
        kinds.integer("beds", gettext_lazy("编制床位（张）")),
        kinds.integer("staff", gettext_lazy("卫生技术人员（人）")),
        kinds.integer("physicians", gettext_lazy("执业医师（人）")),
        kinds.integer("nurses", gettext_lazy("注册护士（人）")),
        kinds.yes_no("has_laboratory", gettext_lazy("设检验科")),
    )

    def allows(self, user: User) -> bool:
        return roles.may(user, Ability.IMPORT) and roles.may(user, Ability.MANAGE_INSTITUTIONS)

    def keys(self, values: dict[str, Any]) -> list[str]:
        return [values["code"].casefold()]

    def compare(self, rows: Sequence[Row], *, by: User) -> None:
        regions = regions_by_code({row.values["region"] for row in rows}, by)
        codes = [row.values["code"] for row in rows]
        standing = locked(Institution.objects.filter(code__in=codes).select_related("region"))
        found = {institution.code: institution for institution in standing}
        hosted = self._hosted(found.values())
        for row in rows:
            region = regions.get(row.values["region"])
            if region is None or not self._may(by, region):
                row.fail("region", out_of_scope())
                continue
            row.values["region"] = region.code
            refuse_future(row, "opened_on")
            institution = found.get(row.values["code"])
            if institution is not None and not self._may(by, institution.region):
                row.fail("code", out_of_scope())
                continue
            row.found = institution or Institution(code=row.values["code"])
            settle(row, self._was(institution))
            row.found.region = region
            for centre in hosted.get(row.found.pk, ()):
                if "region" in row.old and not row.found.may_host_in(centre.region):
                    sentence = _("该机构挂靠着%(name)s，不能移到%(place)s。请先变更挂靠单位")
                    row.fail("region", sentence % {"name": centre, "place": region})

    def write(self, rows: Sequence[Row], *, by: User, at: datetime) -> None:
        changed = [self._applied(row) for row in rows]
        if rows[0].state == State.NEW:
            Institution.objects.bulk_create(changed, batch_size=WRITE_BATCH)
            return
        # One INSERT ... ON CONFLICT for a whole batch; bulk_update would write a CASE of every row for every column.
        names = {name for row in rows for name in row.old}  # naming the others too would rewrite their indexes
        Institution.objects.bulk_create(
            changed,
            batch_size=WRITE_BATCH,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=sorted(names | ({"initials"} if "name" in names else set())),
        )

    @staticmethod
    def _may(user: User, region: Region) -> bool:
        return roles.may(user, Ability.IMPORT, region=region) and roles.may(
            user, Ability.MANAGE_INSTITUTIONS, region=region
        )

    @staticmethod
    def _hosted(institutions: Iterable[Institution]) -> dict[int, list[Centre]]:
        """Institution -> the standing centres that it hosts."""
        standing = (Centre.State.SETTING_UP, Centre.State.FORMAL)
        seats = CentreHost.objects.filter(
            institution__in=institutions, ended_on__isnull=True, centre__state__in=standing
        )
        hosted: dict[int, list[Centre]] = {}
        for seat in seats.select_related("centre__region").order_by("centre"):
            hosted.setdefault(seat.institution_id, []).append(seat.centre)
        return hosted

    def _was(self, institution: Institution | None) -> dict[str, Any] | None:
        if institution is None:
            return None
        was = {column.name: getattr(institution, column.name) for column in self.columns}
        was["region"] = institution.region.code
        return was

    @staticmethod
    def _applied(row: Row) -> Institution:
        for name, value in row.values.items():
            if name != "region":
                setattr(row.found, name, value)
        if row.state == State.NEW or "name" in row.old:
            row.found.initials = initials_of(row.found.name)
        return row.found


class Centres(kinds.Kind):
    """Centres by their number, or by specialty, level and region. A register that stands: life-cycle changes are filed.

    Name, state and hosts of a centre on record are changed on its page, where the filing they need begins.
    """

    code = "centres"
    label = gettext_lazy("质控中心")
    explanation = gettext_lazy(
        "按编号认行；没有编号的按专业、层级、地区认行。已在册中心的名称、状态和挂靠单位须在中心页面变更并备案，这里不改。"
    )
    title = "name"
    columns = (
        kinds.code("code", gettext_lazy("编号"), 40, note=gettext_lazy("新中心可空，由系统编号。"), width=22),
        kinds.text("name", gettext_lazy("名称"), 128, required=True, width=30),
        kinds.text("specialty", gettext_lazy("专业"), 64, required=True, note=gettext_lazy("专业名称或别名。")),
        kinds.choice("level", gettext_lazy("层级"), Centre.Level.choices, required=True),
        kinds.code("region", gettext_lazy("地区代码"), 12, required=True, note=REGION_NOTE),
        kinds.text("hosts", gettext_lazy("挂靠单位编码"), 400, note=gettext_lazy("几个单位用；隔开。"), width=22),
        kinds.choice(
            "state",
            gettext_lazy("状态"),
            [choice for choice in Centre.State.choices if choice[0] in {Centre.State.SETTING_UP, Centre.State.FORMAL}],
            empty=Centre.State.SETTING_UP.value,
        ),
        kinds.date("founded_on", gettext_lazy("成立日期")),
        kinds.text("mandate", gettext_lazy("委托文件"), 400, width=22),
        kinds.text("contact", gettext_lazy("联系电话"), 64),
        kinds.choice(
            "capability", gettext_lazy("信息化手段"), Centre.Capability.choices, empty=Centre.Capability.UNKNOWN.value
        ),
        kinds.text("responsible_person", gettext_lazy("网格责任人"), 64),
        kinds.yes_no("covers_inpatients", gettext_lazy("住院")),
        kinds.yes_no("covers_day_cases", gettext_lazy("日间")),
        kinds.yes_no("covers_outpatients", gettext_lazy("门诊")),
        kinds.yes_no("covers_emergency", gettext_lazy("急诊")),
    )
    filed = ("name", "state", "hosts", "specialty", "level", "region")
    several_in_a_place = frozenset({Centre.Level.COUNTY_GROUP.value, Centre.Level.GRID.value})

    def allows(self, user: User) -> bool:
        return roles.may(user, Ability.IMPORT) and roles.may(user, Ability.MANAGE_CENTRES)

    def keys(self, values: dict[str, Any]) -> list[str]:
        number = values.get("code", "").casefold()
        place = f"{kinds.folded(values['specialty'])}|{values['level']}|{values['region']}"
        if values["level"] in self.several_in_a_place:
            return [number or f"{place}|{values['name']}"]
        return [key for key in (number, place) if key]

    def compare(self, rows: Sequence[Row], *, by: User) -> None:
        regions = regions_by_code({row.values["region"] for row in rows}, by)
        specialties = self._specialties()
        hosts = self._hosts(rows, by)
        by_code, by_place = self._standing(rows, regions.values())
        for row in rows:
            values = row.values
            region, specialty = regions.get(values["region"]), specialties.get(kinds.folded(values["specialty"]))
            if specialty is None:
                row.fail("specialty", _("“%(name)s”不是专业名称，也不是别名") % {"name": values["specialty"]})
            if region is None or not self._may(by, region, specialty):
                row.fail("region", out_of_scope())
            refuse_future(row, "founded_on")
            named = self._named_hosts(row, hosts, by)
            if row.errors or region is None or specialty is None:
                continue
            values["region"], values["specialty"] = region.code, specialty.name
            if "hosts" in values:
                values["hosts"] = "；".join(host.code for host in named)
            place = (specialty.pk, values["level"], region.pk)
            centre = self._match(row, by_code, by_place.get(place, []), by)
            if row.errors:
                continue
            if centre is None:
                self._refuse_unfit(row, region, named)
            elif not values.get("code"):
                values.pop("code", None)
            row.found = centre or Centre(code=values.get("code", ""))
            settle(row, self._was(centre))
            for name in self.filed:
                if centre is not None and name in row.old:
                    row.fail(name, _("在册中心的这一项须在中心页面变更并备案；现为“%(old)s”") % {"old": row.old[name]})
            row.found.specialty, row.found.region = specialty, region
            row.found.named_hosts = named

    def write(self, rows: Sequence[Row], *, by: User, at: datetime) -> None:
        given = {row.found.code for row in rows}
        centres = [self._applied(row, given) for row in rows]
        names = [name for name in rows[0].values if name not in {"code", *self.filed}]
        if rows[0].state == State.CHANGED:
            Centre.objects.bulk_update(centres, [*names, "initials"], batch_size=WRITE_BATCH)
            return
        Centre.objects.bulk_create(centres, batch_size=WRITE_BATCH)
        CentreHost.objects.bulk_create(
            CentreHost(centre=centre, institution=host, position=position, started_on=centre.founded_on)
            for centre in centres
            for position, host in enumerate(centre.named_hosts, start=1)
        )

    @staticmethod
    def _may(user: User, region: Region, specialty: Specialty | None) -> bool:
        return all(
            roles.may(user, ability, region=region, specialty=specialty)
            for ability in (Ability.IMPORT, Ability.MANAGE_CENTRES)
        )

    @staticmethod
    def _specialties() -> dict[str, Specialty]:
        """By canonical name and by confirmed alias."""
        active = {specialty.pk: specialty for specialty in Specialty.objects.filter(is_active=True)}
        named = {kinds.folded(specialty.name): specialty for specialty in active.values()}
        aliases = SpecialtyAlias.objects.values_list("name", "specialty_id")
        return {kinds.folded(name): active[pk] for name, pk in aliases if pk in active} | named

    @staticmethod
    def _host_codes(row: Row) -> list[str]:
        text = row.values.get("hosts", "").translate(kinds.FULL_WIDTH)
        for separator in ",、\n|/":
            text = text.replace(separator, ";")
        return [code.strip() for code in text.split(";") if code.strip()]

    def _hosts(self, rows: Sequence[Row], by: User) -> dict[str, Institution]:
        codes = {code for row in rows for code in self._host_codes(row)}
        visible = Institution.objects.visible_to(by).filter(code__in=codes).select_related("region")
        return {institution.code: institution for institution in locked(visible.order_by("pk"))}

    def _named_hosts(self, row: Row, hosts: dict[str, Institution], by: User) -> list[Institution]:
        codes = self._host_codes(row)
        if unknown := [code for code in codes if code not in hosts]:
            sentence = _("编码 %(codes)s 不在册，或不在您的管辖范围")
            row.fail("hosts", sentence % {"codes": "、".join(kinds.presentable(code) for code in unknown[:5])})
        if len(set(codes)) < len(codes):
            row.fail("hosts", _("同一单位写了两次"))
        return [hosts[code] for code in codes if code in hosts]

    @staticmethod
    def _refuse_unfit(row: Row, region: Region, named: Sequence[Institution]) -> None:
        """The rules of registering a centre by hand hold here too."""
        level = Centre.Level(row.values["level"])
        if level == Centre.Level.REGIONAL:
            row.fail("level", _("区域分中心须填覆盖地区，请在页面上登记"))
        elif region.level not in SEATS[level]:
            row.fail("level", _("%(level)s中心不能设在%(region)s") % {"level": level.label, "region": region})
        if level == Centre.Level.GRID and not row.values.get("responsible_person"):
            row.fail("responsible_person", _("网格分中心须填写网格责任人"))
        if not named:
            row.fail("hosts", _("新中心须至少填写一家挂靠单位"))
        for host in named:
            if not host.is_active:
                row.fail("hosts", _("%(name)s 已停用") % {"name": host})
            elif not host.may_host_in(region):
                row.fail("hosts", _("%(name)s 不在%(region)s") % {"name": host, "region": region})

    @staticmethod
    def _standing(
        rows: Sequence[Row], regions: Iterable[Region]
    ) -> tuple[dict[str, Centre], dict[tuple[int, str, int], list[Centre]]]:
        codes = [row.values["code"] for row in rows if row.values.get("code")]
        base = Centre.objects.select_related("specialty", "region")
        by_code = {centre.code: centre for centre in locked(base.filter(code__in=codes))}
        by_place: dict[tuple[int, str, int], list[Centre]] = {}
        for centre in locked(base.standing().filter(region__in={region.pk for region in regions})):
            by_place.setdefault((centre.specialty_id, centre.level, centre.region_id), []).append(centre)
        everyone = {centre.pk: centre for centre in by_code.values()}
        everyone |= {centre.pk: centre for centres in by_place.values() for centre in centres}
        seats: dict[int, list[str]] = {}
        hosting = CentreHost.objects.filter(centre__in=everyone, ended_on__isnull=True).order_by("position", "pk")
        for pk, code in hosting.values_list("centre_id", "institution__code"):
            seats.setdefault(pk, []).append(code)
        for pk, centre in everyone.items():
            centre.host_codes = "；".join(seats.get(pk, []))
        for centre in by_code.values():
            centre.host_codes = everyone[centre.pk].host_codes
        return by_code, by_place

    def _match(self, row: Row, by_code: dict[str, Centre], here: list[Centre], by: User) -> Centre | None:
        """The centre on record that the row means; None for a new one; an error on the row where it is not clear."""
        number, level = row.values.get("code", ""), row.values["level"]
        if number:
            centre = by_code.get(number)
            if centre is not None and not self._may(by, centre.region, centre.specialty):
                row.fail("code", out_of_scope())
            if centre is not None and centre.state not in {Centre.State.SETTING_UP, Centre.State.FORMAL}:
                row.fail("code", _("这个中心已合并或撤销，不能由导入修改"))
            if centre is None and here and level not in self.several_in_a_place:
                sentence = _("该地区这一专业、层级已有中心，编号 %(code)s；确需另设请在页面上登记")
                row.fail("code", sentence % {"code": here[0].code})
            return centre
        if level in self.several_in_a_place:
            here = [centre for centre in here if centre.name == row.values["name"]]
        if len(here) > 1:
            codes = "、".join(centre.code for centre in here[:5])
            row.fail("code", _("该地区这一专业、层级有几个中心，请填编号：%(codes)s") % {"codes": codes})
        return here[0] if here else None

    def _was(self, centre: Centre | None) -> dict[str, Any] | None:
        if centre is None:
            return None
        plain = (column.name for column in self.columns if column.name not in {"hosts", "specialty"})
        was = {name: getattr(centre, name) for name in plain}
        return {**was, "region": centre.region.code, "specialty": centre.specialty.name, "hosts": centre.host_codes}

    @staticmethod
    def _applied(row: Row, given: set[str]) -> Centre:
        centre = row.found
        for name, value in row.values.items():
            if name not in {"hosts", "specialty", "region", "code"}:
                setattr(centre, name, value)
        if not centre.code:
            centre.code = Centre.objects.free_code(centre.region, centre.specialty, centre.level, given)
            given.add(centre.code)
        centre.initials = initials_of(centre.name)
        return centre


def register() -> None:
    kinds.register(Institutions())
    kinds.register(Centres())
