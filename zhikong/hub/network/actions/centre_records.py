"""What a centre keeps about itself: its people, duties, terms, plans and means."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit, conflicts
from zhikong.hub.core.actions.files import remove_file
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import StoredFile, User

from .. import roles
from ..dates import refuse_before, refuse_future
from ..models import Centre, CentreDuty, CentreMember, CentrePlan, CentreTerm
from ..roles import Ability

EDITED = audit.verb("centre edited", gettext_lazy("修改质控中心资料"))
MANDATED = audit.verb("centre mandate set", gettext_lazy("填写委托文件"))
TERM_ADDED = audit.verb("centre term entrusted", gettext_lazy("登记委托期"))
DUTY_ADDED = audit.verb("centre duty added", gettext_lazy("新增职责"))
DUTY_EDITED = audit.verb("centre duty edited", gettext_lazy("修改职责"))
DUTY_REMOVED = audit.verb("centre duty removed", gettext_lazy("删除职责"))
DUTY_MOVED = audit.verb("centre duty moved", gettext_lazy("调整职责顺序"))
MEMBER_APPOINTED = audit.verb("centre member appointed", gettext_lazy("聘任质控中心成员"))
MEMBER_ENDED = audit.verb("centre member ended", gettext_lazy("质控中心成员离任"))
PLAN_ADDED = audit.verb("centre plan added", gettext_lazy("登记计划"))
PLAN_WITHDRAWN = audit.verb("centre plan withdrawn", gettext_lazy("撤回计划"))

# Any: without stubs for Django, mypy takes the members of a TextChoices for tuples.
Post: Any = CentreMember.Post


@audit.action
def edit_centre(
    centre: Centre, *, by: User | None, at: datetime, seen: Mapping[str, str] | None = None, **changes: Any
) -> Centre:
    """Change scope, means and contact; name, hosts and state have actions of their own. Refused once it is no more."""
    centre = _kept(centre, by)
    conflicts.refuse_stale(centre, seen, changes)
    if centre.level == Centre.Level.GRID and not changes.get("responsible_person", centre.responsible_person):
        raise Refused(_("网格分中心须填写网格责任人。"))
    for name, value in changes.items():
        setattr(centre, name, value)
    centre.save(update_fields=list(changes))
    audit.record(EDITED, centre, by=by, at=at)
    return centre


@audit.action
def set_mandate(
    centre: Centre, *, by: User | None, at: datetime, mandate: str, seen: Mapping[str, str] | None = None
) -> Centre:
    """Say which documents entrust the centre. It is the authority that entrusts, not the centre."""
    centre = _kept(centre, by, Ability.MANAGE_CENTRES)
    conflicts.refuse_stale(centre, seen, {"mandate": mandate})
    centre.mandate = mandate
    centre.save(update_fields=["mandate"])
    audit.record(MANDATED, centre, by=by, at=at)
    return centre


@audit.action
def add_term(
    centre: Centre, *, by: User | None, at: datetime, starts_on: date, ends_on: date, document: str = ""
) -> CentreTerm:
    """Entrust hosting for a time. Refused when it overlaps another term."""
    centre = _kept(centre, by, Ability.MANAGE_CENTRES)
    if ends_on <= starts_on:
        raise Refused(_("结束日期须晚于开始日期。"))
    other = centre.terms.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).first()
    if other is not None:
        raise Refused(
            _("与已有的委托期 %(start)s 至 %(end)s 重叠。") % {"start": other.starts_on, "end": other.ends_on}
        )
    term = CentreTerm.objects.create(centre=centre, starts_on=starts_on, ends_on=ends_on, document=document)
    audit.record(TERM_ADDED, centre, by=by, at=at, facts={"from": str(starts_on), "to": str(ends_on)})
    return term


@audit.action
def add_duty(centre: Centre, *, by: User | None, at: datetime, text: str, document: str = "") -> CentreDuty:
    """A line at the end of the duty list. Refused when the list has it."""
    centre = _kept(centre, by)
    duties = list(centre.duties.all())
    if any(duty.text == text for duty in duties):
        raise Refused(_("职责清单里已有这一条。"))
    position = max((duty.position for duty in duties), default=0) + 1
    duty = CentreDuty.objects.create(centre=centre, position=position, text=text, document=document)
    audit.record(DUTY_ADDED, duty, by=by, at=at)
    return duty


@audit.action
def edit_duty(duty: CentreDuty, *, by: User | None, at: datetime, text: str, document: str = "") -> CentreDuty:
    """Change a line. Refused when another line says the same."""
    duty = _locked_duty(duty, by)
    if duty.centre.duties.filter(text=text).exclude(pk=duty.pk).exists():
        raise Refused(_("职责清单里已有这一条。"))
    duty.text, duty.document = text, document
    duty.save(update_fields=["text", "document"])
    audit.record(DUTY_EDITED, duty, by=by, at=at)
    return duty


@audit.action
def remove_duty(duty: CentreDuty, *, by: User | None, at: datetime, reason: str) -> None:
    """Take a line off the list."""
    duty = _locked_duty(duty, by)
    audit.record(DUTY_REMOVED, duty.centre, by=by, at=at, reason=reason, facts={"text": duty.text})
    duty.delete()


@audit.action
def move_duty(duty: CentreDuty, *, by: User | None, at: datetime, up: bool) -> CentreDuty:
    """Change places with the line above or below. Refused at the end of the list."""
    duty = _locked_duty(duty, by)
    duties = list(duty.centre.duties.select_for_update())
    place = next(index for index, each in enumerate(duties) if each.pk == duty.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(duties):
        raise Refused(_("已经在最前或最后。"))
    duties[place], duties[other] = duties[other], duties[place]
    for position, each in enumerate(duties, start=1):
        if each.position != position:
            each.position = position
            each.save(update_fields=["position"])
    audit.record(DUTY_MOVED, duty.centre, by=by, at=at, facts={"text": duty.text})
    return duty


@audit.action
def appoint_member(
    centre: Centre,
    *,
    by: User | None,
    at: datetime,
    post: str,
    person_name: str,
    started_on: date,
    affiliation: str = "",
    user: User | None = None,
) -> CentreMember:
    """A deputy, secretary, expert or committee member. Refused for the director, who is changed by the authority."""
    centre = _kept(centre, by)
    if post == Post.DIRECTOR:
        raise Refused(_("变更主任须由主管部门办理，并向上一级备案。"))
    refuse_future(started_on, at)
    if centre.members.filter(
        post=post, person_name=person_name, affiliation=affiliation, ended_on__isnull=True
    ).exists():
        raise Refused(_("%(name)s 已在任这个职务。") % {"name": person_name})
    member = CentreMember.objects.create(
        centre=centre, user=user, post=post, person_name=person_name, affiliation=affiliation, started_on=started_on
    )
    audit.record(MEMBER_APPOINTED, member, by=by, at=at)
    return member


@audit.action
def end_member(member: CentreMember, *, by: User | None, at: datetime, ended_on: date, reason: str) -> CentreMember:
    """A member leaves, for a reason (ORG-21). Refused for the director, whose post passes on."""
    rows = CentreMember.objects.select_for_update(of=("self",)).select_related("centre__region", "centre__specialty")
    member = rows.get(pk=member.pk)
    _kept(member.centre, by)
    if member.ended_on is not None:
        raise Refused(_("%(name)s 已离任。") % {"name": member.person_name})
    if member.post == Post.DIRECTOR:
        raise Refused(_("变更主任须由主管部门办理，并向上一级备案。"))
    refuse_future(ended_on, at)
    refuse_before(ended_on, member.started_on, _("任职日期"))
    member.ended_on, member.reason = ended_on, reason
    member.save(update_fields=["ended_on", "reason"])
    audit.record(MEMBER_ENDED, member, by=by, at=at, facts={"reason": reason})
    return member


@audit.action
def add_plan(
    centre: Centre,
    *,
    by: User | None,
    at: datetime,
    kind: str,
    title: str,
    starts_on: date,
    ends_on: date,
    file: StoredFile | None = None,
) -> CentrePlan:
    """Register a plan for a period (EVA-17). Refused when the period runs backwards or the plan is there."""
    centre = _kept(centre, by)
    if ends_on < starts_on:
        raise Refused(_("结束日期不能早于开始日期。"))
    if centre.plans.filter(kind=kind, title=title, starts_on=starts_on, ends_on=ends_on).exists():
        raise Refused(_("这份计划已登记。"))
    plan = CentrePlan.objects.create(
        centre=centre, kind=kind, title=title, starts_on=starts_on, ends_on=ends_on, file=file
    )
    audit.record(PLAN_ADDED, plan, by=by, at=at)
    return plan


@audit.action
def withdraw_plan(plan: CentrePlan, *, by: User | None, at: datetime, reason: str) -> None:
    """Take a plan off the register, with its file; what it was stays in the ledger."""
    rows = CentrePlan.objects.select_for_update(of=("self",)).select_related("centre__region", "centre__specialty")
    plan = rows.get(pk=plan.pk)
    _kept(plan.centre, by)
    audit.record(PLAN_WITHDRAWN, plan.centre, by=by, at=at, reason=reason, facts={"title": plan.title})
    file = plan.file
    plan.delete()
    if file is not None:
        remove_file(file, by=by, at=at, reason=reason)


def _kept(centre: Centre, by: User | None, ability: Ability = Ability.KEEP_CENTRE) -> Centre:
    rows = Centre.objects.select_for_update(of=("self",)).select_related("region", "specialty")
    centre = rows.get(pk=centre.pk)
    roles.require(by, ability, region=centre.region, specialty=centre.specialty)
    if not centre.is_standing:
        raise Refused(_("该质控中心%(state)s，资料不再改动。") % {"state": centre.get_state_display()})
    return centre


def _locked_duty(duty: CentreDuty, by: User | None) -> CentreDuty:
    rows = CentreDuty.objects.select_for_update(of=("self",)).select_related("centre__region", "centre__specialty")
    duty = rows.get(pk=duty.pk)
    _kept(duty.centre, by)
    return duty
