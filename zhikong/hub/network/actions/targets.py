"""Numeric targets of a plan: set, changed, ended. None comes with the platform: each names its source."""

from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import User

from .. import roles
from ..dates import refuse_future
from ..models import Region, Target
from ..roles import Ability

SET = audit.verb("target set", gettext_lazy("设定目标"))
CHANGED = audit.verb("target changed", gettext_lazy("修改目标"))
ENDED = audit.verb("target ended", gettext_lazy("停用目标"))


@audit.action
def set_target(
    *,
    region: Region,
    kind: str,
    level: str,
    minimum: Decimal | int,
    due_on: date,
    source: str,
    by: User | None,
    at: datetime,
    only_tcm: bool = False,
) -> Target:
    """Set a number to be reached. Refused without a source, and when the same target stands already."""
    roles.require(by, Ability.MANAGE_DICTIONARY, region=region)
    _refuse_unsound(kind, Decimal(minimum), source)
    _refuse_doubled(region, kind, level, only_tcm, due_on)
    target = Target.objects.create(
        region=region, kind=kind, level=level, only_tcm=only_tcm, minimum=minimum, due_on=due_on, source=source.strip()
    )
    audit.record(SET, target, by=by, at=at, facts={"minimum": str(minimum), "source": source})
    return target


@audit.action
def change_target(
    target: Target, *, minimum: Decimal | int, due_on: date, source: str, by: User | None, at: datetime
) -> Target:
    """Change number, date or source. Refused for an ended target."""
    target = _standing(target, by)
    _refuse_unsound(target.kind, Decimal(minimum), source)
    if due_on != target.due_on:
        _refuse_doubled(target.region, target.kind, target.level, target.only_tcm, due_on)
    target.minimum, target.due_on, target.source = Decimal(minimum), due_on, source.strip()
    target.save(update_fields=["minimum", "due_on", "source"])
    audit.record(CHANGED, target, by=by, at=at, facts={"minimum": str(minimum), "source": source})
    return target


@audit.action
def end_target(target: Target, *, ended_on: date, reason: str, by: User | None, at: datetime) -> Target:
    """No longer asked for, from a day that has come; it stays on record."""
    target = _standing(target, by)
    refuse_future(ended_on, at)
    target.ended_on = ended_on
    target.save(update_fields=["ended_on"])
    audit.record(ENDED, target, by=by, at=at, reason=reason)
    return target


def _standing(target: Target, by: User | None) -> Target:
    fresh = Target.objects.select_for_update(of=("self",)).select_related("region").get(pk=target.pk)
    roles.require(by, Ability.MANAGE_DICTIONARY, region=fresh.region)
    if fresh.ended_on is not None:
        raise Refused(_("该目标已于 %(day)s 停用。") % {"day": fresh.ended_on})
    return fresh


def _refuse_unsound(kind: str, minimum: Decimal, source: str) -> None:
    if not source.strip():
        raise Refused(_("请写明目标的来源（文件名、文号）。"))
    if minimum <= 0:
        raise Refused(_("目标须大于 0。"))
    if kind == str(Target.Kind.KEY_COVERAGE) and minimum > 100:
        raise Refused(_("覆盖率不能超过 100%。"))
    if kind == str(Target.Kind.CENTRES) and minimum != minimum.to_integral_value():
        raise Refused(_("质控中心数量须是整数。"))


def _refuse_doubled(region: Region, kind: str, level: str, only_tcm: bool, due_on: date) -> None:
    same = Target.objects.filter(
        region=region, kind=kind, level=level, only_tcm=only_tcm, due_on=due_on, ended_on__isnull=True
    )
    if same.exists():
        raise Refused(_("同一地区、层级和期限的目标已有一条。请修改那一条，或先停用。"))
