"""Who has set up most and fewest (ORG-08, ORG-09, DIS-03), and how the count has moved by quarter."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from zhikong.hub.core import exports

from .. import coverage, roles, trends
from ..models import Region, StatedCount
from ..roles import Ability
from .answering import exported
from .coverage import basis_text

ENDS = (3, 5, 10)
STANDARD_END = 5  # the notice of Henan lists five at the top


@roles.requires(Ability.READ_NETWORK)
def rankings(request):
    """Cities by what they have set up at city or county level; with `?region=` the counties of one city."""
    user = request.user
    place = None
    if request.GET.get("region"):
        place = get_object_or_404(
            Region.objects.visible_to(user).filter(level=Region.Level.CITY), code=request.GET["region"]
        )
    province = coverage.province_of(user)
    if province is None:
        raise Http404
    level = coverage.COUNTY if place or request.GET.get("level") == coverage.COUNTY else coverage.CITY
    matrix = _matrix(user, province, place, level)
    if request.GET.get("export") in exports.FORMATS:
        return _export(request, matrix, level)
    asked = request.GET.get("n", "")
    count = int(asked) if asked in {str(each) for each in ENDS} else STANDARD_END
    total = None
    if place is None and coverage.Sight.of(user).whole(coverage.Place.of(province)):
        total = (
            StatedCount.objects.visible_to(user)
            .filter(region=province, level=level, notice__state="taken_in")
            .select_related("notice")
            .order_by("-notice__issued_on")
            .first()
        )
    ranked = [row for row in matrix.rows if row.has_data]
    line = trends.quarters(matrix)
    return render(
        request,
        "network/rankings.html",
        {
            "matrix": matrix,
            "ranked": [{"row": row, "basis": basis_text(row.basis)} for row in ranked],
            "without": [row for row in matrix.rows if not row.has_data],
            "top": trends.top(matrix.rows, count),
            "bottom": trends.bottom(matrix.rows, count),
            "place": place,
            "province": province,
            "level": level,
            "count": count,
            "ends": ENDS,
            "total": total,
            "quarters": line,
            "last_quarter": line[-1] if line else None,
            "cities": Region.objects.visible_to(user).subtree(province).filter(level=Region.Level.CITY),
        },
    )


def _matrix(user, province, place, level):
    """The rows to rank."""
    sight = coverage.Sight.of(user)
    seen = Region.objects.visible_to(user).subtree(place or province)
    # A person who sees one specialty is ranked by that specialty: their figures are counted from its cells.
    named = sight.specialties()
    columns = [] if named is None else [s for s in coverage.provincial_specialties(province) if s.pk in named]
    cities = list(seen.filter(level=Region.Level.CITY))
    if level == coverage.CITY:
        return coverage.build(cities, columns, level, sight, sort="established")
    counties = list(seen.filter(level=Region.Level.COUNTY).exclude(kind=Region.Kind.FUNCTIONAL))
    if place is not None or not cities:
        return coverage.build(counties or cities, columns, level, sight, sort="established")
    return coverage.build_summary(cities, counties, columns, sight, sort="established")


def _export(request, matrix, level):
    columns = [_("名次"), _("区划代码"), exports.Column(_("地区"), 18), _("已建（个）"), exports.Column(_("依据"), 40)]
    rows = (
        [row.rank, row.place.code, row.place.name, row.established, basis_text(row.basis)]
        for row in matrix.rows
        if row.has_data
    )
    return exported(request, _("质控中心组建排名"), columns, rows, request.GET.urlencode())
