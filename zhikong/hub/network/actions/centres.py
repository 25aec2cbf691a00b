"""The life of a centre: set up, formal, renamed, rehosted, directed, merged, closed. Each step is to be filed."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import User
from zhikong.hub.core.search import initials_of

from .. import roles
from ..dates import refuse_before, refuse_future
from ..models import (
    Centre,
    CentreChange,
    CentreHost,
    CentreMember,
    Institution,
    PublishedGrade,
    Region,
    Specialty,
    SubspecialtyGroup,
)
from ..models.centres import filing_due
from ..roles import Ability

REGISTERED = audit.verb("centre registered", gettext_lazy("登记已有质控中心"))
FOUNDED = audit.verb("centre founded", gettext_lazy("筹建质控中心"))
FORMALISED = audit.verb("centre formalised", gettext_lazy("质控中心转为正式"))
RENAMED = audit.verb("centre renamed", gettext_lazy("质控中心更名"))
REHOSTED = audit.verb("centre rehosted", gettext_lazy("变更挂靠单位"))
DIRECTED = audit.verb("centre director changed", gettext_lazy("变更质控中心主任"))
MERGED = audit.verb("centre merged", gettext_lazy("合并质控中心"))
CLOSED = audit.verb("centre closed", gettext_lazy("撤销质控中心"))
GRADED = audit.verb("centre grade published", gettext_lazy("登记公布的等次"))

# Any: without stubs for Django, mypy takes the members of a TextChoices for tuples.
Level: Any = Centre.Level
State: Any = Centre.State
Kind: Any = CentreChange.Kind
Post: Any = CentreMember.Post
Reason: Any = CentreMember.Reason

SEATS = {  # a centre of this level sits in a region of one of these
    Level.PROVINCE: {Region.Level.PROVINCE},
    Level.REGIONAL: {Region.Level.CITY},
    Level.CITY: {Region.Level.CITY},
    Level.COUNTY: {Region.Level.COUNTY, Region.Level.CITY},  # a city without counties, or directly administered
    Level.COUNTY_GROUP: {Region.Level.COUNTY, Region.Level.CITY},
    Level.GRID: {Region.Level.COUNTY, Region.Level.TOWNSHIP},
}


@audit.action
def register_centre(
    *,
    by: User | None,
    at: datetime,
    name: str,
    specialty: Specialty,
    level: str,
    region: Region,
    hosts: Sequence[Institution],
    state: str = State.FORMAL,
    founded_on: date | None = None,
    covers: Iterable[Region] = (),
    code: str = "",
    **details: Any,
) -> Centre:
    """Put a centre on record that stood before this platform did: nothing of it is due for filing."""
    if state not in {State.SETTING_UP, State.FORMAL}:
        raise Refused(_("登记的质控中心须是筹建或正式。"))
    centre = _new(by, at, name, specialty, level, region, hosts, state, founded_on, covers, code, details)
    audit.record(REGISTERED, centre, by=by, at=at)
    return centre


@audit.action
def found_centre(
    *,
    by: User | None,
    at: datetime,
    name: str,
    specialty: Specialty,
    level: str,
    region: Region,
    hosts: Sequence[Institution],
    founded_on: date,
    covers: Iterable[Region] = (),
    code: str = "",
    **details: Any,
) -> Centre:
    """Begin to set up a centre. Refused unless the region's authority asks and level, region and hosts fit together."""
    centre = _new(by, at, name, specialty, level, region, hosts, State.SETTING_UP, founded_on, covers, code, details)
    _change(centre, Kind.FOUNDED, founded_on)
    audit.record(FOUNDED, centre, by=by, at=at)
    return centre


@audit.action
def formalise_centre(centre: Centre, *, by: User | None, at: datetime, happened_on: date, detail: str = "") -> Centre:
    """The set-up is over. Refused unless the centre is being set up."""
    centre = _managed(centre, by, at, happened_on)
    if centre.state != State.SETTING_UP:
        raise Refused(_("该质控中心已是正式中心。"))
    centre.state = State.FORMAL
    centre.save(update_fields=["state"])
    _change(centre, Kind.FORMALISED, happened_on, detail)
    audit.record(FORMALISED, centre, by=by, at=at, reason=detail)
    return centre


@audit.action
def rename_centre(
    centre: Centre, *, by: User | None, at: datetime, name: str, happened_on: date, detail: str = ""
) -> Centre:
    """Give it another name. Refused when it has that name, or another standing centre there has."""
    centre = _managed(centre, by, at, happened_on)
    if name == centre.name:
        raise Refused(_("新名称与现在的相同。"))
    _refuse_same_name(name, centre.level, centre.region, but=centre)
    was, centre.name, centre.initials = centre.name, name, initials_of(name)
    centre.save(update_fields=["name", "initials"])
    _change(centre, Kind.RENAMED, happened_on, detail or _("原名：%(name)s") % {"name": was})
    audit.record(RENAMED, centre, by=by, at=at, reason=detail)
    return centre


@audit.action
def rehost_centre(
    centre: Centre,
    *,
    by: User | None,
    at: datetime,
    hosts: Sequence[Institution],
    happened_on: date,
    detail: str = "",
) -> Centre:
    """Other hosts from that day; a host that stays keeps its start. Refused when the hosts would be the same."""
    centre = _managed(centre, by, at, happened_on)
    _refuse_unfit_hosts(hosts, centre.region)
    present = {host.institution_id: host for host in centre.hosts.filter(ended_on__isnull=True)}
    if list(present) == [each.pk for each in hosts]:
        raise Refused(_("挂靠单位没有变化。"))
    for host in present.values():
        if host.institution_id not in {each.pk for each in hosts}:
            if host.started_on is not None:
                refuse_before(happened_on, host.started_on, _("原挂靠单位的开始日期"))
            host.ended_on = happened_on
            host.save(update_fields=["ended_on"])
    for position, institution in enumerate(hosts, start=1):
        if (host := present.get(institution.pk)) is None:
            CentreHost.objects.create(centre=centre, institution=institution, position=position, started_on=happened_on)
        elif host.position != position:
            host.position = position
            host.save(update_fields=["position"])
    _change(centre, Kind.REHOSTED, happened_on, detail or "、".join(each.name for each in hosts)[:300])
    audit.record(REHOSTED, centre, by=by, at=at, reason=detail)
    return centre


@audit.action
def change_director(
    centre: Centre,
    *,
    by: User | None,
    at: datetime,
    person_name: str,
    happened_on: date,
    affiliation: str = "",
    reason: str = Reason.OTHER,
    user: User | None = None,
) -> CentreMember:
    """A new director from that day; the present one leaves, for this reason. Refused for the present director."""
    centre = _managed(centre, by, at, happened_on)
    director = centre.members.filter(post=Post.DIRECTOR, ended_on__isnull=True).first()
    if director is not None:
        if (director.person_name, director.affiliation) == (person_name, affiliation):
            raise Refused(_("%(name)s 已是主任。") % {"name": person_name})
        refuse_before(happened_on, director.started_on, _("现任主任的任职日期"))
        director.ended_on, director.reason = happened_on, reason
        director.save(update_fields=["ended_on", "reason"])
    successor = CentreMember.objects.create(
        centre=centre,
        user=user,
        post=Post.DIRECTOR,
        person_name=person_name,
        affiliation=affiliation,
        started_on=happened_on,
    )
    _change(centre, Kind.DIRECTOR, happened_on, person_name)
    audit.record(DIRECTED, centre, by=by, at=at)
    return successor


@audit.action
def merge_centre(
    centre: Centre, *, by: User | None, at: datetime, into: Centre, happened_on: date, detail: str = ""
) -> Centre:
    """It goes up in another. Refused unless the other stands at the same level in the same region."""
    centre = _managed(centre, by, at, happened_on)
    into = _locked(into)
    if into.pk == centre.pk:
        raise Refused(_("不能并入自己。"))
    if not into.is_standing:
        raise Refused(_("“%(name)s”已合并或撤销，不能并入。") % {"name": into})
    if (into.level, into.region_id) != (centre.level, centre.region_id):
        raise Refused(_("只能并入同一地区、同一层级的质控中心。"))
    roles.require(by, Ability.MANAGE_CENTRES, region=into.region, specialty=into.specialty)
    was, centre.state, centre.merged_into = centre.state, State.MERGED, into
    centre.save(update_fields=["state", "merged_into"])
    _wind_up(centre, happened_on)
    _change(centre, Kind.MERGED, happened_on, detail or _("并入：%(name)s") % {"name": into}, ended_state=was)
    audit.record(MERGED, centre, by=by, at=at, reason=detail, facts={"into": into.code})
    return centre


@audit.action
def close_centre(centre: Centre, *, by: User | None, at: datetime, happened_on: date, reason: str) -> Centre:
    """It is no more; its record stays. Refused when it was merged or closed before."""
    centre = _managed(centre, by, at, happened_on)
    was, centre.state = centre.state, State.CLOSED
    centre.save(update_fields=["state"])
    _wind_up(centre, happened_on)
    _change(centre, Kind.CLOSED, happened_on, reason, ended_state=was)
    audit.record(CLOSED, centre, by=by, at=at, reason=reason)
    return centre


@audit.action
def record_published_grade(
    centre: Centre, *, by: User | None, at: datetime, year: int, grade: str, source: str
) -> PublishedGrade:
    """Note a grade as its authority published it, once a year."""
    roles.require(by, Ability.MANAGE_CENTRES, region=centre.region, specialty=centre.specialty)
    if centre.published_grades.filter(year=year).exists():
        raise Refused(_("%(year)d 年的等次已登记。") % {"year": year})
    published = PublishedGrade.objects.create(centre=centre, year=year, grade=grade, source=source)
    audit.record(GRADED, centre, by=by, at=at, facts={"year": year, "grade": grade})
    return published


def _new(
    by: User | None,
    at: datetime,
    name: str,
    specialty: Specialty,
    level: str,
    region: Region,
    hosts: Sequence[Institution],
    state: str,
    founded_on: date | None,
    covers: Iterable[Region],
    code: str,
    details: dict[str, Any],
) -> Centre:
    covered = list(covers)
    for place in [region, *covered]:
        roles.require(by, Ability.MANAGE_CENTRES, region=place, specialty=specialty)
    if not specialty.is_active:
        raise Refused(_("专业“%(name)s”已停用。") % {"name": specialty})
    if region.level not in SEATS[Level(level)]:
        raise Refused(
            _("%(level)s质控中心不能设在%(region)s。请核对层级和地区。")
            % {"level": Level(level).label, "region": region}
        )
    if level == Level.REGIONAL:
        _refuse_unfit_cover(region, covered)
    elif covered:
        raise Refused(_("只有区域分中心另填覆盖地区；其他层级覆盖所在地区。"))
    if level == Level.GRID and not details.get("responsible_person"):
        raise Refused(_("网格分中心须填写网格责任人。"))
    refuse_future(founded_on, at)
    _refuse_same_name(name, level, region)
    _refuse_unfit_hosts(hosts, region)
    centre = Centre.objects.create(
        code=code or Centre.objects.free_code(region, specialty, level),
        name=name,
        initials=initials_of(name),
        specialty=specialty,
        level=level,
        region=region,
        state=state,
        founded_on=founded_on,
        **details,
    )
    if covered:
        centre.covers.set(covered)
    for position, institution in enumerate(hosts, start=1):
        CentreHost.objects.create(centre=centre, institution=institution, position=position, started_on=founded_on)
    return centre


def _locked(centre: Centre) -> Centre:
    rows = Centre.objects.select_for_update(of=("self",)).select_related("region", "specialty")
    return rows.get(pk=centre.pk)


def _managed(centre: Centre, by: User | None, at: datetime, happened_on: date) -> Centre:
    """The centre under lock, if it stands, this user manages it, and the day is possible."""
    centre = _locked(centre)
    roles.require(by, Ability.MANAGE_CENTRES, region=centre.region, specialty=centre.specialty)
    if not centre.is_standing:
        raise Refused(_("该质控中心%(state)s，不能再办理变更。") % {"state": centre.get_state_display()})
    refuse_future(happened_on, at)
    refuse_before(happened_on, centre.founded_on, _("成立日期"))
    return centre


def _change(centre: Centre, kind: str, happened_on: date, detail: str = "", ended_state: str = "") -> None:
    CentreChange.objects.create(
        centre=centre,
        kind=kind,
        ended_state=ended_state,
        happened_on=happened_on,
        detail=detail[:300],
        due_on=filing_due(happened_on),
    )


def _wind_up(centre: Centre, day: date) -> None:
    """Hosting, posts and groups end with the centre."""
    for host in centre.hosts.filter(ended_on__isnull=True):
        host.ended_on = max(day, host.started_on or day)
        host.save(update_fields=["ended_on"])
    for member in centre.members.filter(ended_on__isnull=True):
        member.ended_on, member.reason = max(day, member.started_on), Reason.OTHER
        member.save(update_fields=["ended_on", "reason"])
    for group in centre.subspecialty_groups.filter(state=SubspecialtyGroup.State.APPROVED):
        group.state, group.closed_on = SubspecialtyGroup.State.CLOSED, day
        group.save(update_fields=["state", "closed_on"])


def _refuse_same_name(name: str, level: str, region: Region, but: Centre | None = None) -> None:
    same = Centre.objects.standing().filter(name=name, level=level, region=region)
    if same.exclude(pk=but.pk if but else None).exists():
        raise Refused(_("%(region)s已有“%(name)s”。") % {"region": region, "name": name})


def _refuse_unfit_hosts(hosts: Sequence[Institution], region: Region) -> None:
    if not hosts:
        raise Refused(_("须至少填写一家挂靠单位。"))
    if len({host.pk for host in hosts}) < len(hosts):
        raise Refused(_("同一家挂靠单位填了两次。"))
    # Locked as they stand now, so that none is retired or moved away beside us; by number, so that nobody waits crosswise.
    rows = Institution.objects.select_for_update(of=("self",)).select_related("region").order_by("pk")
    for host in rows.filter(pk__in=[host.pk for host in hosts]):
        if not host.is_active:
            raise Refused(_("%(name)s 已停用，不能作挂靠单位。") % {"name": host})
        if not host.may_host_in(region):
            raise Refused(
                _("%(name)s 在%(place)s，不能作%(region)s质控中心的挂靠单位。")
                % {"name": host, "place": host.region, "region": region}
            )


def _refuse_unfit_cover(region: Region, covered: Sequence[Region]) -> None:
    if len(covered) < 2:
        raise Refused(_("区域分中心须覆盖两个或更多的市。"))
    if any(each.level != Region.Level.CITY or each.parent_id != region.parent_id for each in covered):
        raise Refused(_("区域分中心只能覆盖本省的市。"))
    if region not in covered:
        raise Refused(_("区域分中心须覆盖它所在的市。"))
