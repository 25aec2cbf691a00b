"""Groups of cities, alliances of provinces, collaborations: charter, members, officers (ALL-01 to ALL-06)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit, conflicts
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import User

from .. import roles
from ..dates import refuse_before, refuse_future
from ..models import Alliance, AllianceAgreement, AllianceMember, AllianceOfficer, Region
from ..roles import Ability

CREATED = audit.verb("alliance registered", gettext_lazy("登记联盟"))
EDITED = audit.verb("alliance edited", gettext_lazy("修改联盟"))
ENDED = audit.verb("alliance ended", gettext_lazy("终止联盟"))
JOINED = audit.verb("alliance joined", gettext_lazy("加入联盟"))
LEFT = audit.verb("alliance left", gettext_lazy("退出联盟"))
ELECTED = audit.verb("alliance officer elected", gettext_lazy("联盟任职"))
OFFICER_LEFT = audit.verb("alliance officer left", gettext_lazy("联盟离任"))
AGREED = audit.verb("alliance agreement registered", gettext_lazy("登记联盟协议"))

# Any: without stubs for Django, mypy takes the members of a TextChoices for tuples.
Post: Any = AllianceOfficer.Post

MEMBER_LEVELS = {
    Alliance.Kind.CITIES: {Region.Level.CITY},
    Alliance.Kind.PROVINCES: {Region.Level.PROVINCE},
    Alliance.Kind.COLLABORATION: {Region.Level.PROVINCE, Region.Level.CITY, Region.Level.COUNTY},
}


@audit.action
def create_alliance(
    *, by: User | None, at: datetime, name: str, kind: str, regions: Sequence[Region], **details: Any
) -> Alliance:
    """Register an alliance with its first members. Refused unless `by` keeps the dictionary of one of them."""
    _require_over_any(by, regions)
    _refuse_bad_dates(details, at)
    if Alliance.objects.filter(name=name).exists():
        raise Refused(_("“%(name)s”已登记。") % {"name": name})
    if len(regions) < 2 or len({region.pk for region in regions}) < len(regions):
        raise Refused(_("联盟须有两个或更多不同的成员。"))
    for region in regions:
        _refuse_unfit(kind, region)
    alliance = Alliance.objects.create(name=name, kind=kind, **details)
    for region in regions:
        AllianceMember.objects.create(alliance=alliance, region=region, joined_on=alliance.founded_on)
    audit.record(CREATED, alliance, by=by, at=at)
    return alliance


@audit.action
def edit_alliance(
    alliance: Alliance, *, by: User | None, at: datetime, seen: Mapping[str, str] | None = None, **changes: Any
) -> Alliance:
    """Change name, purpose, charter and platforms; the kind stays."""
    alliance = _managed(alliance, by)
    conflicts.refuse_stale(alliance, seen, changes)
    _refuse_bad_dates(changes, at)
    if Alliance.objects.filter(name=changes.get("name", alliance.name)).exclude(pk=alliance.pk).exists():
        raise Refused(_("“%(name)s”已登记。") % {"name": changes["name"]})
    for name, value in changes.items():
        setattr(alliance, name, value)
    alliance.save(update_fields=list(changes))
    audit.record(EDITED, alliance, by=by, at=at)
    return alliance


@audit.action
def end_alliance(alliance: Alliance, *, by: User | None, at: datetime, ended_on: date, reason: str) -> Alliance:
    """It works no more; its record stays."""
    alliance = _managed(alliance, by)
    refuse_future(ended_on, at)
    refuse_before(ended_on, alliance.founded_on, _("成立日期"))
    alliance.ended_on = ended_on
    alliance.save(update_fields=["ended_on"])
    audit.record(ENDED, alliance, by=by, at=at, reason=reason)
    return alliance


@audit.action
def join_alliance(
    alliance: Alliance, *, by: User | None, at: datetime, region: Region, joined_on: date | None = None
) -> AllianceMember:
    """A region takes part, or takes part again. Refused when it does, or is of another level than this kind takes."""
    alliance = _managed(alliance, by)
    refuse_future(joined_on, at)
    _refuse_unfit(alliance.kind, region)
    if alliance.members.filter(region=region, left_on__isnull=True).exists():
        raise Refused(_("%(region)s 已是成员。") % {"region": region})
    member, _new = AllianceMember.objects.update_or_create(
        alliance=alliance, region=region, defaults={"joined_on": joined_on, "left_on": None}
    )
    audit.record(JOINED, alliance, by=by, at=at, facts={"region": region.code})
    return member


@audit.action
def leave_alliance(
    member: AllianceMember, *, by: User | None, at: datetime, left_on: date, reason: str = ""
) -> AllianceMember:
    """A region leaves. Refused when it left before."""
    member = (
        AllianceMember.objects.select_for_update(of=("self",)).select_related("alliance", "region").get(pk=member.pk)
    )
    alliance = _managed(member.alliance, by)
    if member.left_on is not None:
        raise Refused(_("%(region)s 已退出。") % {"region": member.region})
    refuse_future(left_on, at)
    refuse_before(left_on, member.joined_on, _("加入日期"))
    member.left_on = left_on
    member.save(update_fields=["left_on"])
    audit.record(LEFT, alliance, by=by, at=at, reason=reason, facts={"region": member.region.code})
    return member


@audit.action
def elect_officer(
    alliance: Alliance,
    *,
    by: User | None,
    at: datetime,
    post: str,
    person_name: str,
    started_on: date,
    affiliation: str = "",
) -> AllianceOfficer:
    """A chair, deputy or secretary. Chair and secretary-general are one each: the present one leaves that day."""
    alliance = _managed(alliance, by)
    refuse_future(started_on, at)
    present = alliance.officers.filter(post=post, ended_on__isnull=True)
    if present.filter(person_name=person_name, affiliation=affiliation).exists():
        raise Refused(_("%(name)s 已在任这个职务。") % {"name": person_name})
    if post in {Post.CHAIR, Post.SECRETARY_GENERAL}:
        for officer in present:
            refuse_before(started_on, officer.started_on, _("现任的任职日期"))
            officer.ended_on = started_on
            officer.save(update_fields=["ended_on"])
    officer = AllianceOfficer.objects.create(
        alliance=alliance, post=post, person_name=person_name, affiliation=affiliation, started_on=started_on
    )
    audit.record(ELECTED, officer, by=by, at=at)
    return officer


@audit.action
def end_alliance_officer(
    officer: AllianceOfficer, *, by: User | None, at: datetime, ended_on: date, reason: str = ""
) -> AllianceOfficer:
    """An officer leaves. Refused when they left before."""
    officer = AllianceOfficer.objects.select_for_update(of=("self",)).select_related("alliance").get(pk=officer.pk)
    _managed(officer.alliance, by)
    if officer.ended_on is not None:
        raise Refused(_("%(name)s 已离任。") % {"name": officer.person_name})
    refuse_future(ended_on, at)
    refuse_before(ended_on, officer.started_on, _("任职日期"))
    officer.ended_on = ended_on
    officer.save(update_fields=["ended_on"])
    audit.record(OFFICER_LEFT, officer, by=by, at=at, reason=reason)
    return officer


@audit.action
def add_agreement(
    alliance: Alliance,
    *,
    by: User | None,
    at: datetime,
    title: str,
    signed_on: date,
    parties: str,
    subject_matter: str = "",
    source: str = "",
) -> AllianceAgreement:
    """Register an agreement that was signed. Refused when it is there."""
    alliance = _managed(alliance, by)
    refuse_future(signed_on, at)
    if alliance.agreements.filter(title=title, signed_on=signed_on).exists():
        raise Refused(_("这份协议已登记。"))
    agreement = AllianceAgreement.objects.create(
        alliance=alliance,
        title=title,
        signed_on=signed_on,
        parties=parties,
        subject_matter=subject_matter,
        source=source,
    )
    audit.record(AGREED, agreement, by=by, at=at)
    return agreement


def _managed(alliance: Alliance, by: User | None) -> Alliance:
    alliance = Alliance.objects.select_for_update().get(pk=alliance.pk)
    members = alliance.members.filter(left_on__isnull=True).select_related("region")
    _require_over_any(by, [member.region for member in members])
    if alliance.ended_on is not None:
        raise Refused(_("该联盟已于 %(day)s 终止。") % {"day": alliance.ended_on})
    return alliance


def _require_over_any(by: User | None, regions: Sequence[Region]) -> None:
    if by is None or any(roles.may(by, Ability.MANAGE_DICTIONARY, region=region) for region in regions):
        return
    raise Refused(_("联盟由成员地区的主管部门维护，您的授权不在其中。"))


def _refuse_unfit(kind: str, region: Region) -> None:
    if region.level not in MEMBER_LEVELS[Alliance.Kind(kind)]:
        raise Refused(_("%(region)s不能作“%(kind)s”的成员。") % {"region": region, "kind": Alliance.Kind(kind).label})


def _refuse_bad_dates(values: Mapping[str, Any], at: datetime) -> None:
    refuse_future(values.get("founded_on"), at)
    refuse_future(values.get("charter_adopted_on"), at)
