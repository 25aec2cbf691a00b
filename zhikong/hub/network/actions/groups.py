"""Sub-specialty groups: applied for by the centre, decided by the authority (ORG-15)."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import User

from .. import roles
from ..dates import refuse_before, refuse_future
from ..models import Centre, SubspecialtyGroup
from ..roles import Ability

APPLIED = audit.verb("sub-specialty group applied for", gettext_lazy("申请设立亚专业组"))
APPROVED = audit.verb("sub-specialty group approved", gettext_lazy("批准亚专业组"))
REFUSED = audit.verb("sub-specialty group refused", gettext_lazy("不批准亚专业组"))
CLOSED = audit.verb("sub-specialty group closed", gettext_lazy("撤销亚专业组"))

# Any: without stubs for Django, mypy takes the members of a TextChoices for tuples.
State: Any = SubspecialtyGroup.State


@audit.action
def apply_for_group(
    centre: Centre, *, by: User | None, at: datetime, name: str, head: str = "", applied_on: date
) -> SubspecialtyGroup:
    """Ask the authority for a group under a standing centre. Refused while one of that name is pending or approved."""
    roles.require(by, Ability.KEEP_CENTRE, region=centre.region, specialty=centre.specialty)
    centre = Centre.objects.select_for_update().get(pk=centre.pk)
    if not centre.is_standing:
        raise Refused(_("质控中心已合并或撤销，不能再申请亚专业组。"))
    refuse_future(applied_on, at)
    if centre.subspecialty_groups.filter(name=name, state__in=[State.APPLIED, State.APPROVED]).exists():
        raise Refused(_("“%(name)s”已在申请中或已批准。") % {"name": name})
    group = SubspecialtyGroup.objects.create(centre=centre, name=name, head=head, applied_on=applied_on)
    audit.record(APPLIED, group, by=by, at=at)
    return group


@audit.action
def approve_group(
    group: SubspecialtyGroup, *, by: User | None, at: datetime, document: str, decided_on: date
) -> SubspecialtyGroup:
    """The group exists, by this document. Refused unless it was applied for and the authority decides."""
    group = _decide(group, State.APPROVED, by, at, document, decided_on)
    audit.record(APPROVED, group, by=by, at=at)
    return group


@audit.action
def refuse_group(
    group: SubspecialtyGroup, *, by: User | None, at: datetime, document: str = "", decided_on: date, reason: str
) -> SubspecialtyGroup:
    """The application is turned down, with the reason. Refused unless it was applied for and the authority decides."""
    group = _decide(group, State.REFUSED, by, at, document, decided_on)
    audit.record(REFUSED, group, by=by, at=at, reason=reason)
    return group


@audit.action
def close_group(
    group: SubspecialtyGroup, *, by: User | None, at: datetime, closed_on: date, reason: str
) -> SubspecialtyGroup:
    """An approved group ends. Refused for any other."""
    group = _locked(group)
    roles.require(by, Ability.MANAGE_CENTRES, region=group.centre.region, specialty=group.centre.specialty)
    if group.state != State.APPROVED:
        raise Refused(_("只有已批准的亚专业组可以撤销。"))
    refuse_future(closed_on, at)
    assert group.decided_on is not None
    refuse_before(closed_on, group.decided_on, _("批复日期"))
    group.state, group.closed_on = State.CLOSED, closed_on
    group.save(update_fields=["state", "closed_on"])
    audit.record(CLOSED, group, by=by, at=at, reason=reason)
    return group


def _locked(group: SubspecialtyGroup) -> SubspecialtyGroup:
    rows = SubspecialtyGroup.objects.select_for_update(of=("self",)).select_related(
        "centre__region", "centre__specialty"
    )
    return rows.get(pk=group.pk)


def _decide(
    group: SubspecialtyGroup, state: str, by: User | None, at: datetime, document: str, decided_on: date
) -> SubspecialtyGroup:
    group = _locked(group)
    roles.require(by, Ability.MANAGE_CENTRES, region=group.centre.region, specialty=group.centre.specialty)
    if group.state != State.APPLIED:
        raise Refused(_("该亚专业组不在申请中，不能批复。"))
    refuse_future(decided_on, at)
    refuse_before(decided_on, group.applied_on, _("申请日期"))
    group.state, group.document, group.decided_on = state, document, decided_on
    group.save(update_fields=["state", "document", "decided_on"])
    return group
