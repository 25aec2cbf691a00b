from django.conf import settings
from django.db.models import Q
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from zhikong.hub.core import access, limits
from zhikong.hub.core.listing import page_of
from zhikong.hub.core.models import Duty
from zhikong.hub.core.search import cleaned, matching

from .. import actions
from ..forms import grants as forms
from ..models import Grant, Institution, Region, Specialty
from ..models.grants import grantable
from .answering import answer


@access.duty(Duty.SECURITY)
def grants(request):
    """Who may do what, where."""
    filters = forms.GrantFilter(request.GET, user=request.user)
    rows = Grant.objects.visible_to(request.user).select_related(
        "user", "region", "institution", "specialty", "given_by"
    )
    text, region = filters.chosen("q"), filters.chosen("region")
    if text:
        rows = rows.filter(Q(user__username__icontains=text) | Q(user__name__icontains=text))
    if filters.chosen("role"):
        rows = rows.filter(role=filters.chosen("role"))
    if region:
        reach = (region.order, region.last)
        rows = rows.filter(Q(region__order__range=reach) | Q(institution__region__order__range=reach))
    today = timezone.localdate()
    if not filters.chosen("state"):
        rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    elif filters.chosen("state") == "ended":
        rows = rows.filter(ends_on__lt=today)
    rows = rows.order_by("user__username", "role", "pk")
    return render(request, "network/grants.html", {"filters": filters, "page": page_of(request, rows), "today": today})


@access.duty(Duty.SECURITY)
def give_grant(request):
    form = forms.GiveGrant(
        request.POST or None, user=request.user, initial={"username": request.GET.get("username", "")}
    )
    return answer(
        request,
        form,
        lambda values, at: actions.give_grant(by=request.user, at=at, **values),
        back=reverse("network:grants"),
    )


@access.duty(Duty.SECURITY)
def end_grant(request, grant_id):
    grant = get_object_or_404(Grant.objects.visible_to(request.user), pk=grant_id)
    form = forms.EndGrant(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: actions.end_grant(grant, by=request.user, at=at, **values),
        back=reverse("network:grants"),
        record=grant,
    )


def _pick(request, model, names, note, **conditions):
    """Codes and names only: what a security administrator needs to say where a grant reaches."""
    rows = matching(grantable(model, request.user), cleaned(request.GET.get("q", "")), names).filter(**conditions)
    found = [
        {"id": row.pk, "code": row.code, "name": row.name, "note": note(row)} for row in rows[: settings.PICKER_SHOWN]
    ]
    return JsonResponse({"results": found}, headers={"Cache-Control": "private, no-store"})


@access.duty(Duty.SECURITY)
@limits.rate("pickers")
def pick_grant_region(request):
    return _pick(request, Region, ("name",), lambda row: str(row.get_level_display()))


@access.duty(Duty.SECURITY)
@limits.rate("pickers")
def pick_grant_institution(request):
    return _pick(request, Institution, ("name", "short_name"), lambda row: "", is_active=True)


@access.duty(Duty.SECURITY)
@limits.rate("pickers")
def pick_grant_specialty(request):
    return _pick(
        request, Specialty, ("name", "short_name"), lambda row: str(row.get_category_display()), is_active=True
    )
