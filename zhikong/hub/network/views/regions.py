from django.shortcuts import get_object_or_404, render

from zhikong.hub.core import search
from zhikong.hub.core.listing import page_of

from .. import roles
from ..forms.regions import RegionFilter
from ..models import Alliance, MedicalCommunity, Region
from ..models.scope import reaches

ABILITY = roles.Ability.READ_NETWORK


@roles.requires(ABILITY)
def regions(request):
    """The tops of what this person sees; or, searched, every region by code, name or initials."""
    rows = Region.objects.visible_to(request.user)
    filters = RegionFilter(request.GET, user=request.user)
    text = search.cleaned(filters.chosen("q") or "")
    if text:
        rows = search.matching(rows, text)
    else:
        tops = {reach.region_id for reach in reaches(request.user) if reach.region_id}
        rows = rows.filter(pk__in=tops) if tops else rows
    page = page_of(request, rows.select_related("parent").with_counts(request.user))
    return render(request, "network/regions.html", {"page": page, "filters": filters, "searched": text})


@roles.requires(ABILITY)
def region(request, pk):
    """One region: what is below it, and how many centres and institutions it holds."""
    rows = Region.objects.visible_to(request.user)
    record = get_object_or_404(rows.with_counts(request.user), pk=pk)
    visible_above = set(rows.above(record).values_list("pk", flat=True))
    path = [(each, each.pk in visible_above) for each in Region.objects.above(record)]
    children = rows.filter(parent=record).select_related("parent").with_counts(request.user)
    context = {
        "region": record,
        "path": path,
        "page": page_of(request, children),
        "communities": MedicalCommunity.objects.visible_to(request.user).filter(region=record),
        "alliances": Alliance.objects.visible_to(request.user).filter(
            members__region=record, members__left_on__isnull=True, ended_on__isnull=True
        ),
    }
    return render(request, "network/region.html", context)
