"""Medical communities (医共体): a lead and its members, in the shape they state (ORG-20)."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import User

from .. import roles, shape
from ..dates import refuse_before, refuse_future
from ..models import CommunityMember, Institution, MedicalCommunity, Region
from ..roles import Ability

CREATED = audit.verb("medical community registered", gettext_lazy("登记医共体"))
EDITED = audit.verb("medical community edited", gettext_lazy("修改医共体"))
JOINED = audit.verb("medical community joined", gettext_lazy("加入医共体"))
LEFT = audit.verb("medical community left", gettext_lazy("退出医共体"))
LEAD_CHANGED = audit.verb("medical community lead changed", gettext_lazy("变更医共体牵头医院"))

LEAD = 1  # the first tier


@audit.action
def create_community(
    *,
    by: User | None,
    at: datetime,
    name: str,
    region: Region,
    shape_text: str,
    lead: Institution,
    founded_on: date | None = None,
    source: str = "",
    is_synthetic: bool = False,
) -> MedicalCommunity:
    """Register a community with its lead. Refused unless its shape reads and the lead is in use and free."""
    roles.require(by, Ability.MANAGE_INSTITUTIONS, region=region)
    refuse_future(founded_on, at)
    if MedicalCommunity.objects.filter(region=region, name=name).exists():
        raise Refused(_("%(region)s已登记“%(name)s”。") % {"region": region, "name": name})
    _refuse_unfit(lead, region)
    community = MedicalCommunity.objects.create(
        name=name,
        region=region,
        shape=_shape(shape_text),
        founded_on=founded_on,
        source=source,
        is_synthetic=is_synthetic,
    )
    CommunityMember.objects.create(community=community, institution=lead, tier=LEAD, joined_on=founded_on)
    audit.record(CREATED, community, by=by, at=at)
    return community


@audit.action
def edit_community(
    community: MedicalCommunity, *, by: User | None, at: datetime, shape_text: str, **changes: Any
) -> MedicalCommunity:
    """Change name, shape, date and source. Refused when the name is taken in the region or the shape does not read."""
    community = _locked(community)
    refuse_future(changes.get("founded_on"), at)
    same = MedicalCommunity.objects.filter(region=community.region, name=changes.get("name", community.name))
    if same.exclude(pk=community.pk).exists():
        raise Refused(_("%(region)s已登记“%(name)s”。") % {"region": community.region, "name": changes["name"]})
    roles.require(by, Ability.MANAGE_INSTITUTIONS, region=community.region)
    for name, value in changes.items():
        setattr(community, name, value)
    community.shape = _shape(shape_text)
    community.save()
    audit.record(EDITED, community, by=by, at=at)
    return community


@audit.action
def join_community(
    community: MedicalCommunity,
    *,
    by: User | None,
    at: datetime,
    institution: Institution,
    tier: int,
    joined_on: date | None = None,
) -> CommunityMember:
    """An institution joins at a tier below the lead. Refused while it belongs to a community, or beyond the shape."""
    community = _locked(community)
    roles.require(by, Ability.MANAGE_INSTITUTIONS, region=community.region)
    refuse_future(joined_on, at)
    if not LEAD < tier <= len(shape.parts_of(community.shape)):
        raise Refused(_("结构 %(shape)s 里没有第 %(tier)d 层成员。") % {"shape": community.shape, "tier": tier})
    _refuse_unfit(institution, community.region)
    member = _seat(community, institution, tier, joined_on)
    audit.record(JOINED, member, by=by, at=at)
    return member


@audit.action
def leave_community(
    member: CommunityMember, *, by: User | None, at: datetime, left_on: date, reason: str
) -> CommunityMember:
    """A member leaves. Refused for the lead, which is replaced instead."""
    member = (
        CommunityMember.objects.select_for_update(of=("self",)).select_related("community__region").get(pk=member.pk)
    )
    roles.require(by, Ability.MANAGE_INSTITUTIONS, region=member.community.region)
    if member.left_on is not None:
        raise Refused(_("该机构已退出。"))
    if member.tier == LEAD:
        raise Refused(_("牵头医院不能退出。请先变更牵头医院。"))
    refuse_future(left_on, at)
    if member.joined_on is not None:
        refuse_before(left_on, member.joined_on, _("加入日期"))
    member.left_on = left_on
    member.save(update_fields=["left_on"])
    audit.record(LEFT, member, by=by, at=at, reason=reason)
    return member


@audit.action
def change_lead(
    community: MedicalCommunity,
    *,
    by: User | None,
    at: datetime,
    institution: Institution,
    changed_on: date,
    reason: str,
) -> CommunityMember:
    """Another hospital leads from that day; the former lead leaves. Refused for the present lead."""
    community = _locked(community)
    roles.require(by, Ability.MANAGE_INSTITUTIONS, region=community.region)
    refuse_future(changed_on, at)
    lead = community.members.filter(tier=LEAD, left_on__isnull=True).select_related("institution").first()
    if lead is not None and lead.institution_id == institution.pk:
        raise Refused(_("%(name)s 已是牵头医院。") % {"name": institution})
    _refuse_unfit(institution, community.region, inside=community)
    if lead is not None:
        if lead.joined_on is not None:
            refuse_before(changed_on, lead.joined_on, _("现任牵头医院的加入日期"))
        lead.left_on = changed_on
        lead.save(update_fields=["left_on"])
    member = _seat(community, institution, LEAD, changed_on)
    audit.record(LEAD_CHANGED, community, by=by, at=at, reason=reason, facts={"lead": institution.name})
    return member


def _locked(community: MedicalCommunity) -> MedicalCommunity:
    return MedicalCommunity.objects.select_for_update(of=("self",)).select_related("region").get(pk=community.pk)


def _shape(text: str) -> str:
    try:
        shape.parts_of(text)
    except ValueError as error:
        raise Refused(
            _("结构须以 1 开头，后面用 + 连接数字或 N，例如 1+7+N、1+3+9+N。“%(text)s”读不懂。") % {"text": text}
        ) from error
    return shape.normalised(text)


def _seat(community: MedicalCommunity, institution: Institution, tier: int, day: date | None) -> CommunityMember:
    """One row for each pair: whoever comes back, or moves up, takes the row up again."""
    member, _new = CommunityMember.objects.update_or_create(
        community=community, institution=institution, defaults={"tier": tier, "joined_on": day, "left_on": None}
    )
    return member


def _refuse_unfit(institution: Institution, region: Region, inside: MedicalCommunity | None = None) -> None:
    if not institution.is_active:
        raise Refused(_("%(name)s 已停用。") % {"name": institution})
    if not region.contains(institution.region):
        raise Refused(_("%(name)s 不在%(region)s。") % {"name": institution, "region": region})
    other = CommunityMember.objects.filter(institution=institution, left_on__isnull=True).select_related("community")
    if inside is not None:
        other = other.exclude(community=inside)
    if (seat := other.first()) is not None:
        raise Refused(_("%(name)s 已在“%(community)s”。") % {"name": institution, "community": seat.community})
