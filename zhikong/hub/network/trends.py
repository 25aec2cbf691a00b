"""Rankings with their ends, the count of centres by quarter, and targets against what stands."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from django.utils import timezone

from . import coverage
from .models import Centre, Region, Specialty, Target


def top(rows: list[coverage.Row], count: int) -> list[coverage.Row]:
    """The first `count`, and all who tie with the last of them."""
    ordered = sorted((row for row in rows if row.has_data), key=lambda row: (-row.established, row.place.order))
    return _with_ties(ordered, count)


def bottom(rows: list[coverage.Row], count: int) -> list[coverage.Row]:
    ordered = sorted((row for row in rows if row.has_data), key=lambda row: (row.established, row.place.order))
    return _with_ties(ordered, count)


def _with_ties(ordered: list[coverage.Row], count: int) -> list[coverage.Row]:
    if len(ordered) <= count:
        return ordered
    limit = ordered[count - 1].established
    return ordered[:count] + [row for row in ordered[count:] if row.established == limit]


# ---- by quarter -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Quarter:
    """How many stood at the end of a quarter (or today), and what happened since the point before."""

    day: date
    established: int
    founded: int
    ended: int


def quarters(matrix: coverage.Matrix) -> list[Quarter]:
    """Counted back from today by the register's movements, to the day of the notice the figures rest on.

    Before that day a stated figure says nothing of how many stood, so the line begins there.
    """
    moves = sorted(move for row in matrix.rows for move in row.moves)
    stated = [row.basis.day for row in matrix.rows if row.basis.day is not None]
    today = timezone.localdate()
    start = max(stated) if stated else (moves[0][0] if moves else None)
    if start is None or start > today:
        return []
    days = [start, *(day for day in _quarter_ends(start, today) if day > start)]
    if days[-1] != today:
        days.append(today)
    found, before = [], None
    for day in days:
        since = [step for on, step in moves if before is not None and before < on <= day]
        after = sum(step for on, step in moves if on > day)
        found.append(
            Quarter(
                day,
                matrix.established - after,
                sum(step > 0 for step in since),
                sum(step < 0 for step in since),
            )
        )
        before = day
    return found


def _quarter_ends(first: date, last: date) -> Iterable[date]:
    for year in range(first.year, last.year + 1):
        for month, day in ((3, 31), (6, 30), (9, 30), (12, 31)):
            end = date(year, month, day)
            if first <= end <= last:
                yield end


# ---- targets --------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Progress:
    """A target and how far it is. Who sees a part of the region's specialties only is told no figure."""

    target: Target
    actual: Decimal | int | None = None
    shortfall: Decimal | int | None = None
    without_data: int = 0
    parts: list[tuple[str, int | Decimal]] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        return self.actual is not None

    @property
    def reached(self) -> bool:
        return self.is_known and not self.shortfall

    @property
    def overdue(self) -> bool:
        return self.is_known and not self.reached and self.target.due_on < timezone.localdate()


class Standing:
    """What stands in one province, counted once for however many targets."""

    def __init__(self, user, province: Region) -> None:
        self.sight = sight = coverage.Sight.of(user)
        seen = Region.objects.visible_to(user).subtree(province)
        cities = list(seen.filter(level=Region.Level.CITY))
        counties = list(seen.filter(level=Region.Level.COUNTY).exclude(kind=Region.Kind.FUNCTIONAL))
        # Asked for by name, whether or not the province has set up a centre of its own.
        keys = list(Specialty.objects.filter(is_key=True, is_active=True))
        self.cities = coverage.build(cities, keys, coverage.CITY, sight, sort="directory")
        self.counties = coverage.build(counties, keys, coverage.COUNTY, sight, sort="directory")
        self.by_city = coverage.build_summary(cities, counties, [], sight, sort="directory")
        self.tcm: Counter = Counter()
        self.provincial = 0
        formal = Centre.objects.visible_to(user).filter(state=Centre.State.FORMAL).order_by()
        for region, level, is_tcm in formal.values_list("region__order", "level", "specialty__is_tcm"):
            if level == Centre.Level.PROVINCE:
                self.provincial += 1
            if is_tcm:
                self.tcm[region, level] += 1

    def progress(self, target: Target) -> Progress:
        if not self.sight.whole(coverage.Place.of(target.region)):
            return Progress(target)
        if target.kind == Target.Kind.KEY_COVERAGE:
            return self._key_coverage(target)
        actual, parts = self._centres(target)
        return Progress(target, actual, max(0, int(target.minimum) - actual), parts=parts)

    def _centres(self, target: Target) -> tuple[int, list[tuple[str, int]]]:
        region, level = target.region, target.level
        if target.only_tcm:
            levels = coverage.CENTRE_LEVELS[level]
            counted = sum(
                count
                for (order, of_level), count in self.tcm.items()
                if region.order <= order <= region.last and of_level in levels
            )
            return counted, []
        if level == "province":
            return self.provincial, []
        rows = self.cities.rows if level == coverage.CITY else self.by_city.rows
        if level == coverage.COUNTY and region.level == Region.Level.COUNTY:
            rows = self.counties.rows
        inside = [row for row in rows if region.order <= row.place.order <= region.last]
        parts = [(row.place.short_name, row.established) for row in inside] if len(inside) > 1 else []
        return sum(row.established for row in inside), parts

    def _key_coverage(self, target: Target) -> Progress:
        """Key specialties that stand, of all in every region of the level; without data counts as not standing."""
        region = target.region
        matrix = self.cities if target.level == coverage.CITY else self.counties
        keys = [index for index, column in enumerate(matrix.columns) if column.specialty.is_tcm or not target.only_tcm]
        inside = [row for row in matrix.rows if region.order <= row.place.order <= region.last]
        cells = [row.cells[index].state for row in inside for index in keys]
        shown = _percent(cells)
        parts = [
            (row.place.short_name, _percent([row.cells[index].state for index in keys]))
            for row in inside
            if keys and len(inside) > 1
        ]
        return Progress(target, shown, max(Decimal(0), target.minimum - shown), cells.count(coverage.NO_DATA), parts)


def _percent(states: list[str]) -> Decimal:
    """How many of the cells stand, rounded down: with one of thousands missing it is not 100 yet."""
    if not states:
        return Decimal(0)
    have = states.count(coverage.ESTABLISHED)
    return (Decimal(100 * have) / len(states)).quantize(Decimal("0.1"), ROUND_FLOOR)
