from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhikong.hub.core import conflicts, search
from zhikong.hub.core.exports import Column
from zhikong.hub.core.listing import Tab, page_of

from .. import actions, roles
from ..forms import institutions as forms
from ..models import Centre, CommunityMember, Institution, InstitutionOfficer
from ..roles import Ability
from .answering import answer, exported


def _filtered(user, filters):
    rows = Institution.objects.visible_to(user).select_related("region")
    if text := search.cleaned(filters.chosen("q") or ""):
        rows = search.matching(rows, text, ("name", "short_name"))
    if region := filters.chosen("region"):
        rows = rows.filter(region__order__range=(region.order, region.last))
    for name in ("kind", "level", "ownership"):
        if value := filters.chosen(name):
            rows = rows.filter(**{name: value})
    retired = filters.chosen("retired")
    return rows if retired == "all" else rows.filter(is_active=retired != "yes")


@roles.requires(Ability.READ_NETWORK)
def institutions(request):
    """The register of institutions."""
    filters = forms.InstitutionFilter(request.GET, user=request.user)
    rows = _filtered(request.user, filters)
    columns = [
        Column(_("机构编码"), 16),
        Column(_("机构名称"), 32),
        Column(_("地区"), 16),
        _("类别"),
        _("级别"),
        _("等次"),
        _("所有制"),
        _("编制床位（张）"),
        _("状态"),
    ]
    cells = (
        (
            row.code,
            row.name,
            row.region.name,
            row.get_kind_display(),
            row.get_level_display(),
            row.get_grade_display(),
            row.get_ownership_display(),
            row.beds,
            _("在用") if row.is_active else _("已停用"),
        )
        for row in rows.iterator(chunk_size=2000)
    )
    file = exported(request, pgettext("list", "机构"), columns, cells, filters.said())
    may_create = roles.may(request.user, Ability.MANAGE_INSTITUTIONS)
    return file or render(
        request,
        "network/institutions.html",
        {"page": page_of(request, rows), "filters": filters, "may_create": may_create},
    )


def _visible(request, pk):
    return get_object_or_404(Institution.objects.visible_to(request.user).select_related("region"), pk=pk)


@roles.requires(Ability.READ_NETWORK)
def institution(request, pk):
    """One institution: its facts, its quality committee, the centres it hosts and its community."""
    record = _visible(request, pk)
    tab = request.GET.get("tab", "")
    url = record.get_absolute_url()
    tabs = [
        Tab(_("内容"), url, not tab),
        Tab(_("质量管理委员会"), f"{url}?tab=committee", tab == "committee"),
        Tab(_("挂靠的质控中心"), f"{url}?tab=centres", tab == "centres"),
    ]
    context = {
        "institution": record,
        "tabs": tabs,
        "tab": tab,
        "chair": record.officers.filter(post=InstitutionOfficer.Post.CHAIR, ended_on__isnull=True).first(),
        "may_manage": roles.may(request.user, Ability.MANAGE_INSTITUTIONS, region=record.region),
        "may_keep": roles.may(request.user, Ability.KEEP_INSTITUTION, institution=record),
    }
    if tab == "committee":
        context["page"] = page_of(
            request, InstitutionOfficer.objects.visible_to(request.user).filter(institution=record)
        )
    elif tab == "centres":
        hosted = Centre.objects.visible_to(request.user).filter(hosts__institution=record, hosts__ended_on__isnull=True)
        context["page"] = page_of(request, hosted.select_related("region", "specialty"))
    else:
        context["seat"] = (
            CommunityMember.objects.visible_to(request.user)
            .filter(institution=record, left_on__isnull=True)
            .select_related("community")
            .first()
        )
    return render(request, "network/institution.html", context)


@roles.requires(Ability.MANAGE_INSTITUTIONS)
def create_institution(request):
    form = forms.CreateInstitution(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.create_institution(by=request.user, at=at, **values),
        back=reverse("network:institutions"),
        then=lambda made: made.get_absolute_url(),
    )


@roles.requires(Ability.MANAGE_INSTITUTIONS)
def edit_institution(request, pk):
    record = _visible(request, pk)
    form = forms.EditInstitution(request.POST or None, user=request.user, instance=record)

    def act(values, at):
        seen = conflicts.unpack(form.cleaned_data["seen"], record)
        return actions.edit_institution(record, by=request.user, at=at, seen=seen, **values)

    return answer(request, form, act, back=record.get_absolute_url(), record=record)


@roles.requires(Ability.MANAGE_INSTITUTIONS)
def retire_institution(request, pk):
    record = _visible(request, pk)
    form = forms.Reason(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.retire_institution(record, by=request.user, at=at, **values),
        back=record.get_absolute_url(),
        record=record,
    )


@roles.requires(Ability.MANAGE_INSTITUTIONS)
def restore_institution(request, pk):
    record = _visible(request, pk)
    form = forms.Reason(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.restore_institution(record, by=request.user, at=at, **values),
        back=record.get_absolute_url(),
        record=record,
    )


@roles.requires(Ability.KEEP_INSTITUTION)
def appoint_officer(request, pk):
    record = _visible(request, pk)
    form = forms.AppointOfficer(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.appoint_officer(record, by=request.user, at=at, **values),
        back=f"{record.get_absolute_url()}?tab=committee",
        record=record,
    )


@roles.requires(Ability.KEEP_INSTITUTION)
def end_officer(request, pk):
    rows = InstitutionOfficer.objects.visible_to(request.user).select_related("institution")
    officer = get_object_or_404(rows, pk=pk)
    form = forms.EndPost(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.end_officer(officer, by=request.user, at=at, **values),
        back=f"{officer.institution.get_absolute_url()}?tab=committee",
        record=officer,
    )
