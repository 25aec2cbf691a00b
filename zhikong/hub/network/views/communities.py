from collections import Counter

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhikong.hub.core.exports import Column
from zhikong.hub.core.listing import page_of

from .. import actions, roles, shape
from ..forms import institutions as forms
from ..models import CommunityMember, MedicalCommunity
from ..roles import Ability
from .answering import answer, exported


def _visible(request, pk):
    return get_object_or_404(MedicalCommunity.objects.visible_to(request.user).select_related("region"), pk=pk)


@roles.requires(Ability.READ_NETWORK)
def communities(request):
    """The medical communities of the counties."""
    filters = forms.CommunityFilter(request.GET, user=request.user)
    rows = MedicalCommunity.objects.visible_to(request.user).select_related("region")
    if text := filters.chosen("q"):
        rows = rows.filter(name__icontains=text)
    if region := filters.chosen("region"):
        rows = rows.filter(region__order__range=(region.order, region.last))
    columns = [Column(_("名称"), 32), Column(_("地区"), 16), _("结构"), _("成立日期")]
    cells = ((row.name, row.region.name, row.shape, row.founded_on) for row in rows.iterator(chunk_size=2000))
    file = exported(request, pgettext("list", "医共体"), columns, cells, filters.said())
    context = {
        "page": page_of(request, rows),
        "filters": filters,
        "may_create": roles.may(request.user, Ability.MANAGE_INSTITUTIONS),
    }
    return file or render(request, "network/communities.html", context)


@roles.requires(Ability.READ_NETWORK)
def community(request, pk):
    """One community: its members by tier, against the numbers its shape states."""
    record = _visible(request, pk)
    members = (
        CommunityMember.objects.visible_to(request.user).filter(community=record).select_related("institution__region")
    )
    present = Counter(
        CommunityMember.objects.filter(community=record, left_on__isnull=True).values_list("tier", flat=True)
    )
    context = {
        "community": record,
        "tiers": shape.tiers_of(record.shape, present),
        "page": page_of(request, members),
        "may_manage": roles.may(request.user, Ability.MANAGE_INSTITUTIONS, region=record.region),
    }
    return render(request, "network/community.html", context)


@roles.requires(Ability.MANAGE_INSTITUTIONS)
def create_community(request):
    form = forms.CreateCommunity(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.create_community(by=request.user, at=at, **values),
        back=reverse("network:communities"),
        then=lambda made: made.get_absolute_url(),
    )


@roles.requires(Ability.MANAGE_INSTITUTIONS)
def edit_community(request, pk):
    record = _visible(request, pk)
    names = ("name", "founded_on", "source")
    initial = {"shape_text": record.shape} | {name: getattr(record, name) for name in names}
    form = forms.EditCommunity(request.POST or None, user=request.user, initial=initial)
    return answer(
        request,
        form,
        lambda values, at: actions.edit_community(record, by=request.user, at=at, **values),
        back=record.get_absolute_url(),
        record=record,
    )


@roles.requires(Ability.MANAGE_INSTITUTIONS)
def join_community(request, pk):
    record = _visible(request, pk)
    form = forms.JoinCommunity(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.join_community(record, by=request.user, at=at, **values),
        back=record.get_absolute_url(),
        record=record,
    )


@roles.requires(Ability.MANAGE_INSTITUTIONS)
def change_lead(request, pk):
    record = _visible(request, pk)
    form = forms.ChangeLead(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.change_lead(record, by=request.user, at=at, **values),
        back=record.get_absolute_url(),
        record=record,
    )


@roles.requires(Ability.MANAGE_INSTITUTIONS)
def leave_community(request, pk):
    rows = CommunityMember.objects.visible_to(request.user).select_related("community", "institution")
    member = get_object_or_404(rows, pk=pk)
    form = forms.LeaveCommunity(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.leave_community(member, by=request.user, at=at, **values),
        back=member.community.get_absolute_url(),
        record=member.institution,
    )
