from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhikong.hub.core import conflicts
from zhikong.hub.core.exports import Column
from zhikong.hub.core.listing import page_of

from .. import actions, roles
from ..forms import alliances as forms
from ..models import Alliance, AllianceMember, AllianceOfficer
from ..roles import Ability
from .answering import answer, exported


def _visible(request, pk):
    return get_object_or_404(Alliance.objects.visible_to(request.user), pk=pk)


def _may_manage(user, record):
    members = record.members.filter(left_on__isnull=True).select_related("region")
    return record.ended_on is None and any(
        roles.may(user, Ability.MANAGE_DICTIONARY, region=member.region) for member in members
    )


@roles.requires(Ability.READ_NETWORK)
def alliances(request):
    """Groups of cities, alliances of provinces, collaborations."""
    filters = forms.AllianceFilter(request.GET, user=request.user)
    rows = Alliance.objects.visible_to(request.user)
    if text := filters.chosen("q"):
        rows = rows.filter(name__icontains=text)
    if kind := filters.chosen("kind"):
        rows = rows.filter(kind=kind)
    rows = Alliance.objects.filter(pk__in=rows.order_by().values("pk"))
    rows = rows.annotate(member_count=Count("members", filter=Q(members__left_on__isnull=True)))
    columns = [Column(_("名称"), 36), _("类别"), _("成立日期"), _("成员数"), _("终止日期")]
    cells = (
        (row.name, row.get_kind_display(), row.founded_on, row.member_count, row.ended_on)
        for row in rows.iterator(chunk_size=1000)
    )
    if file := exported(request, pgettext("list", "联盟"), columns, cells, filters.said()):
        return file
    may_create = roles.may(request.user, Ability.MANAGE_DICTIONARY)
    return render(
        request,
        "network/alliances.html",
        {"page": page_of(request, rows), "filters": filters, "may_create": may_create},
    )


@roles.requires(Ability.READ_NETWORK)
def alliance(request, pk):
    """One alliance: charter, members, officers, platforms, agreements."""
    record = _visible(request, pk)
    context = {
        "alliance": record,
        "members": list(record.members.select_related("region")),
        "officers": list(record.officers.all()),
        "agreements": page_of(request, record.agreements.all()),
        "may_manage": _may_manage(request.user, record),
    }
    return render(request, "network/alliance.html", context)


@roles.requires(Ability.MANAGE_DICTIONARY)
def create_alliance(request):
    form = forms.CreateAlliance(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.create_alliance(by=request.user, at=at, **values),
        back=reverse("network:alliances"),
        then=lambda made: made.get_absolute_url(),
    )


@roles.requires(Ability.MANAGE_DICTIONARY)
def edit_alliance(request, pk):
    record = _visible(request, pk)
    form = forms.EditAlliance(request.POST or None, user=request.user, instance=record)

    def act(values, at):
        seen = conflicts.unpack(form.cleaned_data["seen"], record)
        return actions.edit_alliance(record, by=request.user, at=at, seen=seen, **values)

    return answer(request, form, act, back=record.get_absolute_url(), record=record)


def _verb(request, pk, form_class, action):
    record = _visible(request, pk)
    form = form_class(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: action(record, by=request.user, at=at, **values),
        back=record.get_absolute_url(),
        record=record,
    )


@roles.requires(Ability.MANAGE_DICTIONARY)
def end_alliance(request, pk):
    return _verb(request, pk, forms.EndAlliance, actions.end_alliance)


@roles.requires(Ability.MANAGE_DICTIONARY)
def join_alliance(request, pk):
    return _verb(request, pk, forms.JoinAlliance, actions.join_alliance)


@roles.requires(Ability.MANAGE_DICTIONARY)
def elect_officer(request, pk):
    return _verb(request, pk, forms.ElectOfficer, actions.elect_officer)


@roles.requires(Ability.MANAGE_DICTIONARY)
def add_agreement(request, pk):
    return _verb(request, pk, forms.AddAgreement, actions.add_agreement)


@roles.requires(Ability.MANAGE_DICTIONARY)
def leave_alliance(request, pk):
    rows = AllianceMember.objects.visible_to(request.user).select_related("alliance", "region")
    member = get_object_or_404(rows, pk=pk)
    form = forms.LeaveAlliance(request.POST or None, user=request.user)
    here = member.alliance.get_absolute_url()

    def then(_left: AllianceMember) -> str:
        """Whose own region left does not see the page any more."""
        seen = Alliance.objects.visible_to(request.user).filter(pk=member.alliance_id)
        return here if seen.exists() else reverse("network:alliances")

    return answer(
        request,
        form,
        lambda values, at: actions.leave_alliance(member, by=request.user, at=at, **values),
        back=here,
        then=then,
        record=member.region,
    )


@roles.requires(Ability.MANAGE_DICTIONARY)
def end_alliance_officer(request, pk):
    officer = get_object_or_404(AllianceOfficer.objects.visible_to(request.user).select_related("alliance"), pk=pk)
    form = forms.EndAllianceOfficer(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.end_alliance_officer(officer, by=request.user, at=at, **values),
        back=officer.alliance.get_absolute_url(),
        record=officer,
    )
