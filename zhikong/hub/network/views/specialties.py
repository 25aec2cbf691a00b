from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhikong.hub.core import conflicts, search
from zhikong.hub.core.exports import Column
from zhikong.hub.core.listing import page_of

from .. import actions, roles
from ..forms import specialties as forms
from ..forms.institutions import Reason
from ..models import Centre, Region, Specialty, SpecialtyAlias
from ..roles import Ability
from .answering import answer, exported


def _keeps_dictionary(user):
    """The dictionary is the whole site's: the province's authority keeps it."""
    province = Region.objects.of_site().first()
    return province is not None and roles.may(user, Ability.MANAGE_DICTIONARY, region=province)


def _visible(request, pk):
    return get_object_or_404(Specialty.objects.visible_to(request.user), pk=pk)


@roles.requires(Ability.READ_NETWORK)
def specialties(request):
    """The canonical list of specialties, with the names by which documents call them."""
    filters = forms.SpecialtyFilter(request.GET, user=request.user)
    rows = Specialty.objects.visible_to(request.user)
    if text := search.cleaned(filters.chosen("q") or ""):
        aliased = SpecialtyAlias.objects.visible_to(request.user).filter(name__icontains=text).values("specialty")
        found = search.matching(rows, text, ("name", "short_name")).order_by()
        rows = rows.filter(Q(pk__in=found.values("pk")) | Q(pk__in=aliased))
    if category := filters.chosen("category"):
        rows = rows.filter(category=category)
    for name, column in (("tcm", "is_tcm"), ("key", "is_key")):
        if value := filters.chosen(name):
            rows = rows.filter(**{column: value == "yes"})
    inactive = filters.chosen("inactive")
    rows = rows if inactive == "all" else rows.filter(is_active=inactive != "yes")
    columns = [
        _("专业编码"),
        Column(_("专业名称"), 28),
        _("简称"),
        _("类别"),
        _("中医"),
        _("重点专业"),
        Column(_("来源"), 40),
    ]
    cells = (
        (row.code, row.name, row.short_name, row.get_category_display(), row.is_tcm, row.is_key, row.source)
        for row in rows.iterator(chunk_size=2000)
    )
    file = exported(request, pgettext("list", "专业"), columns, cells, filters.said())
    standing = Q(centres__in=Centre.objects.visible_to(request.user).standing())
    counted = rows.prefetch_related("aliases").annotate(centre_count=Count("centres", filter=standing))
    context = {"page": page_of(request, counted), "filters": filters, "may_manage": _keeps_dictionary(request.user)}
    return file or render(request, "network/specialties.html", context)


@roles.requires(Ability.READ_NETWORK)
def specialty(request, pk):
    """One specialty, its other names, and its centres."""
    record = _visible(request, pk)
    centres = Centre.objects.visible_to(request.user).filter(specialty=record).select_related("region")
    context = {
        "specialty": record,
        "aliases": SpecialtyAlias.objects.visible_to(request.user).filter(specialty=record),
        "page": page_of(request, centres),
        "may_manage": _keeps_dictionary(request.user),
    }
    return render(request, "network/specialty.html", context)


@roles.requires(Ability.MANAGE_DICTIONARY)
def add_specialty(request):
    form = forms.AddSpecialty(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.add_specialty(by=request.user, at=at, **values),
        back=reverse("network:specialties"),
        then=lambda made: made.get_absolute_url(),
    )


@roles.requires(Ability.MANAGE_DICTIONARY)
def edit_specialty(request, pk):
    record = _visible(request, pk)
    form = forms.EditSpecialty(request.POST or None, user=request.user, instance=record)

    def act(values, at):
        seen = conflicts.unpack(form.cleaned_data["seen"], record)
        return actions.edit_specialty(record, by=request.user, at=at, seen=seen, **values)

    return answer(request, form, act, back=record.get_absolute_url(), record=record)


@roles.requires(Ability.MANAGE_DICTIONARY)
def add_alias(request, pk):
    record = _visible(request, pk)
    form = forms.AddAlias(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.add_alias(record, by=request.user, at=at, **values),
        back=record.get_absolute_url(),
        record=record,
    )


@roles.requires(Ability.MANAGE_DICTIONARY)
def remove_alias(request, pk):
    alias = get_object_or_404(SpecialtyAlias.objects.visible_to(request.user).select_related("specialty"), pk=pk)
    form = Reason(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.remove_alias(alias, by=request.user, at=at, **values),
        back=alias.specialty.get_absolute_url(),
        record=alias,
    )


@roles.requires(Ability.MANAGE_DICTIONARY)
def deactivate_specialty(request, pk):
    record = _visible(request, pk)
    form = Reason(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.deactivate_specialty(record, by=request.user, at=at, **values),
        back=record.get_absolute_url(),
        record=record,
    )


@roles.requires(Ability.MANAGE_DICTIONARY)
def reactivate_specialty(request, pk):
    record = _visible(request, pk)
    form = Reason(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.reactivate_specialty(record, by=request.user, at=at, **values),
        back=record.get_absolute_url(),
        record=record,
    )
