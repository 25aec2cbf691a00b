"""What is set up and what is missing: the matrix specialty x city x county, its figures and what they rest on.

A figure rests on the latest notice taken in that speaks of the region, with the register's formal foundings and
closings since; else on the register alone. A cell without a centre is a gap only where something is known of the region
at that level; elsewhere there are no data, and no gap is claimed.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _

from .models import (
    Centre,
    Notice,
    NoticeDiscrepancy,
    Region,
    Specialty,
    StatedCount,
    StatedStatus,
)
from .models.scope import reaches
from .register import Register, register_of

CITY, COUNTY = "city", "county"
# The county level counts centres and groups alike (质控中心（组）).
CENTRE_LEVELS = {
    "province": (Centre.Level.PROVINCE,),
    CITY: (Centre.Level.CITY,),
    COUNTY: (Centre.Level.COUNTY, Centre.Level.COUNTY_GROUP),
}
ESTABLISHED, SETTING_UP, MISSING = "established", "setting_up", "missing"
UNCERTAIN, NO_DATA, PARTIAL, HIDDEN = "uncertain", "no_data", "partial", "hidden"
STATE_LABELS = {
    ESTABLISHED: _("已建"),
    SETTING_UP: _("筹建"),
    MISSING: _("未建"),
    UNCERTAIN: _("名称待核"),
    NO_DATA: _("无数据"),
    PARTIAL: _("部分县已建"),
    HIDDEN: _("不在您的专业内"),
}
NAME_SEPARATOR = "、"  # between printed names that may mean one specialty
SORTS = ("gap", "established", "directory")
SHOWS = ("all", "gaps", "key", "tcm", "not_tcm", *Specialty.Category.values)


@dataclass(frozen=True, slots=True)
class Place:
    """A region of the matrix, with what the templates need of it."""

    pk: int
    code: str
    name: str
    short_name: str
    parent_id: int | None
    order: int
    last: int
    tile_row: int | None = None
    tile_column: int | None = None

    @classmethod
    def of(cls, region: Region) -> "Place":
        return cls(
            region.pk,
            region.code,
            region.name,
            region.short_name,
            region.parent_id,
            region.order,
            region.last,
            region.tile_row,
            region.tile_column,
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """What a figure rests on: a notice and its day, or the register (no notice)."""

    notice_id: int | None = None
    number: str = ""
    day: date | None = None
    stated: int | None = None
    since: int = 0  # formal foundings less closings after the notice


@dataclass(frozen=True, slots=True)
class Cell:
    """In the summary of counties by city `counties` of `of` have it, and `lacking` do not."""

    state: str
    source: str = ""
    printed: str = ""
    counties: int = 0
    of: int = 0
    lacking: int = 0

    @property
    def is_gap(self) -> bool:
        return self.state == MISSING


@dataclass(slots=True)
class Row:
    place: Place
    cells: list[Cell]
    established: int
    gaps: int
    basis: Basis
    rank: int | None = None  # of one alone there is none
    share: float = 0.0
    contradictory: bool = False
    stated_missing: int | None = None
    has_data: bool = True
    moves: list[tuple[date, int]] = field(default_factory=list)  # of `established`, by the register

    @property
    def knows_gaps(self) -> bool:
        """Whether anything is known specialty by specialty; a bare total says nothing of what is missing."""
        return any(cell.state not in (NO_DATA, HIDDEN) for cell in self.cells)


@dataclass(slots=True)
class Column:
    specialty: Specialty
    lacking: int = 0


@dataclass(slots=True)
class Matrix:
    level: str
    columns: list[Column]
    rows: list[Row]
    summary: bool = False  # rows are cities, cells count their counties
    total_columns: int = 0
    established: int = 0
    gaps: int = 0
    bases: list[Basis] = field(default_factory=list)

    def cell(self, region_id: int, specialty_id: int) -> Cell | None:
        """A cell that is shown, or None."""
        for row in self.rows:
            if row.place.pk == region_id:
                for column, cell in zip(self.columns, row.cells, strict=True):
                    if column.specialty.pk == specialty_id:
                        return cell
        return None

    @property
    def contradictory_rows(self) -> list[Row]:
        return [row for row in self.rows if row.contradictory]

    @property
    def knows_gaps(self) -> bool:
        return any(row.knows_gaps for row in self.rows)

    @property
    def rows_with_data(self) -> list[Row]:
        return [row for row in self.rows if row.has_data]

    @property
    def rows_with_gaps(self) -> list[Row]:
        return [row for row in self.rows if row.gaps]

    @property
    def worst_column(self) -> Column | None:
        worst = max(self.columns, key=lambda column: column.lacking, default=None)
        return worst if worst and worst.lacking else None

    @property
    def worst_row(self) -> Row | None:
        worst = max(self.rows, key=lambda row: row.gaps, default=None)
        return worst if worst and worst.gaps else None


# ---- who sees what --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Sight:
    """The regional grants of one person: which cells of the matrix are theirs to see."""

    spans: tuple[tuple[int, int, int | None], ...]

    @classmethod
    def of(cls, user) -> "Sight":
        return cls(tuple((r.order, r.last, r.specialty_id) for r in reaches(user) if r.region_id))

    def whole(self, place: Place) -> bool:
        """Every specialty of the place."""
        return any(first <= place.order <= last and only is None for first, last, only in self.spans)

    def cell(self, place: Place, specialty_id: int) -> bool:
        return any(
            first <= place.order <= last and (only is None or only == specialty_id) for first, last, only in self.spans
        )

    def specialties(self) -> set[int] | None:
        """None means all of them."""
        named = {only for _first, _last, only in self.spans}
        return None if None in named else {only for only in named if only is not None}


def province_of(user, code: str = "") -> Region | None:
    """The province of the person's first regional grant, or the one asked for if a grant lies in it."""
    spans = [(r.order, r.last) for r in reaches(user) if r.region_id]
    if not spans:
        return None
    around = Q()
    for first, last in spans:
        around |= Q(order__lte=first, last__gte=last)
    provinces = list(Region.objects.filter(around, level=Region.Level.PROVINCE))
    chosen = [province for province in provinces if province.code == code] if code else provinces
    return chosen[0] if chosen else None


def provincial_specialties(province: Region):
    """The provincial list (省级目录): specialties whose provincial centre stands (ORG-11)."""
    standing = Centre.objects.standing().filter(specialty=OuterRef("pk"), level=Centre.Level.PROVINCE, region=province)
    return Specialty.objects.filter(Exists(standing))


def shown_specialties(specialties: Iterable[Specialty], show: str) -> list[Specialty]:
    tests = {
        "key": lambda s: s.is_key,
        "tcm": lambda s: s.is_tcm,
        "not_tcm": lambda s: not s.is_tcm,
        **{value: lambda s, value=value: s.category == value for value in Specialty.Category.values},
    }
    return [s for s in specialties if tests[show](s)] if show in tests else list(specialties)


# ---- what notices state ---------------------------------------------------------------------------------------------
def _day_of_notice():
    return Coalesce("notice__issued_on", TruncDate("notice__taken_in_at"))


def _latest(statements) -> dict[int, tuple[date, int]]:
    """Region -> the day and the notice that speaks last of it."""
    rows = (
        statements.filter(notice__state=Notice.State.TAKEN_IN)
        .order_by()
        .annotate(day=_day_of_notice())
        .values_list("region_id", "notice_id", "day", "notice__taken_in_at")
        .distinct()
    )
    found: dict[int, tuple] = {}
    for region, notice, day, taken_in_at in rows:
        key = (day, taken_in_at, notice)
        if region not in found or key > found[region]:
            found[region] = key
    return {region: (key[0], key[2]) for region, key in found.items()}


def stated_counts(region_ids, level: str) -> dict[int, tuple[StatedCount, Basis]]:
    """The latest stated figure of each region. A region has one a notice, so all are read."""
    counts = (
        StatedCount.objects.filter(region__in=region_ids, level=level, notice__state=Notice.State.TAKEN_IN)
        .annotate(day=_day_of_notice())
        .select_related("notice")
        .defer("notice__content", "notice__checked_facts")
        .order_by("day", "notice__taken_in_at", "notice")
    )
    return {
        count.region_id: (count, Basis(count.notice_id, count.notice.number, count.day, count.established))
        for count in counts
    }


def _stated_statuses(region_ids, level: str, **only):
    """(region, specialty) -> status, printed name, notice number, day; and the regions any notice speaks of.

    Of each region the notice that speaks last of it counts, whole.
    """
    of_level = StatedStatus.objects.filter(region__in=region_ids, level=level)
    latest = _latest(of_level)
    wanted = {(notice, region): day for region, (day, notice) in latest.items()}
    rows = of_level.filter(notice__in={notice for notice, _region in wanted}, **only).values_list(
        "notice_id", "notice__number", "region_id", "specialty_id", "status", "printed_name"
    )
    found = {
        (region, specialty): (status, printed, number, wanted[notice, region])
        for notice, number, region, specialty, status, printed in rows
        if (notice, region) in wanted
    }
    return found, set(latest)


# ---- the matrix -----------------------------------------------------------------------------------------------------
def cell_state(region: int, specialty: int, register: Register, statuses, stated_regions) -> Cell:
    """One cell: the register speaks first, then the latest notice unless the register has ended the centre since."""
    if register.formal.get((region, specialty)):
        return Cell(ESTABLISHED)
    statement = statuses.get((region, specialty))
    setting_up = (region, specialty) in register.setting_up
    if statement is not None:
        status, printed, number, day = statement
        ended = register.ended.get((region, specialty))
        if status == StatedStatus.Status.ESTABLISHED:
            if ended is None or ended <= day:
                return Cell(ESTABLISHED, number)
            return Cell(SETTING_UP if setting_up else MISSING)
        if setting_up:
            return Cell(SETTING_UP)
        return Cell(UNCERTAIN if status == StatedStatus.Status.UNCERTAIN else MISSING, number, printed)
    if setting_up:
        return Cell(SETTING_UP)
    return Cell(MISSING if region in register.regions or region in stated_regions else NO_DATA)


def cells_of(regions: Iterable[Region], specialty: Specialty, level: str) -> dict[int, Cell]:
    """One column: region -> its cell."""
    ids = [region.pk for region in regions]
    statuses, stated_regions = _stated_statuses(ids, level, specialty=specialty)
    register = register_of(ids, CENTRE_LEVELS[level])
    return {pk: cell_state(pk, specialty.pk, register, statuses, stated_regions) for pk in ids}


def build(regions: Iterable[Region], specialties: list[Specialty], level: str, sight: Sight, *, sort: str = "gap",
          show: str = "all") -> Matrix:  # fmt: skip
    """The matrix of these regions, each a row, at one level."""
    shown = shown_specialties(specialties, show)
    places = [Place.of(region) for region in regions]
    ids = [place.pk for place in places]
    counts = stated_counts(ids, level)
    statuses, stated_regions = _stated_statuses(ids, level)
    register = register_of(ids, CENTRE_LEVELS[level])
    listed = _listed_as_missing(statuses)
    contradictory = _contradictory(ids)
    columns = [Column(specialty) for specialty in shown]
    rows = []
    for place in places:
        cells = [
            cell_state(place.pk, column.specialty.pk, register, statuses, stated_regions)
            if sight.cell(place, column.specialty.pk)
            else Cell(HIDDEN)
            for column in columns
        ]
        row = _row(place, cells, counts.get(place.pk), register, sight.whole(place), contradictory, listed)
        if not sight.whole(place):
            shown_to = {c.specialty.pk for c, cell in zip(columns, cells, strict=True) if cell.state != HIDDEN}
            row.moves = register.moves(place.pk, only=shown_to)
        if len(shown) < len(specialties):
            row.gaps = sum(cell.is_gap for cell in cells) + _uncertain_names(cells)
        rows.append(row)
    return _finish(Matrix(level, columns, rows, total_columns=len(specialties)), sort, show)


def _row(place, cells, stated, register, whole, contradictory, listed) -> Row:
    """One row. The figures of a person who sees one specialty only are counted from the cells they see."""
    missing = sum(cell.is_gap for cell in cells)
    if not whole:
        return Row(place, cells, sum(cell.state == ESTABLISHED for cell in cells), missing, Basis(), has_data=True)
    if stated is None:
        return Row(
            place,
            cells,
            register.established(place.pk),
            missing,
            Basis(),
            has_data=place.pk in register.regions or any(cell.state != NO_DATA for cell in cells),
            moves=register.moves(place.pk),
        )
    count, basis = stated
    moves = register.moves(place.pk, basis.day, listed[place.pk, basis.day])
    since = sum(step for _day, step in moves)
    basis = Basis(basis.notice_id, basis.number, basis.day, basis.stated, since)
    return Row(
        place,
        cells,
        max(0, count.established + since),
        missing + count.unmatched,
        basis,
        contradictory=(basis.notice_id, place.pk) in contradictory,
        stated_missing=count.missing,
        moves=moves,
    )


def _listed_as_missing(statuses) -> dict[tuple[int, date | None], set[int]]:
    """Region and day of a notice -> the specialties it lists as missing there: its figure of that day lacks them."""
    listed = defaultdict(set)
    for (region, specialty), (status, _printed, _number, day) in statuses.items():
        if status == StatedStatus.Status.MISSING:
            listed[region, day].add(specialty)
    return listed


def _uncertain_names(cells: list[Cell]) -> int:
    """Listed names that nobody could place and that may mean one of these cells: each is one gap."""
    return len({name for cell in cells if cell.state == UNCERTAIN for name in cell.printed.split(NAME_SEPARATOR)})


def _contradictory(region_ids) -> set[tuple[int, int]]:
    """(notice, region) whose figures contradict themselves and have not been settled by a person."""
    unsettled = (NoticeDiscrepancy.Handling.OPEN, NoticeDiscrepancy.Handling.SENT_BACK)
    return set(
        NoticeDiscrepancy.objects.filter(
            region__in=region_ids, severity=NoticeDiscrepancy.Severity.CONTRADICTION, handling__in=unsettled
        )
        .order_by()
        .values_list("notice_id", "region_id")
    )


def build_summary(cities: Iterable[Region], counties: Iterable[Region], specialties, sight: Sight, *, sort="gap",
                  show="all") -> Matrix:  # fmt: skip
    """Cities as rows, each cell saying how many of the city's counties have the specialty.

    A city without counties (济源, 东莞) has its county-level centres itself, and counts as its own one county.
    """
    places = [Place.of(city) for city in cities]
    below = defaultdict(list)
    everyone = [Place.of(county) for county in counties]
    for county in everyone:
        below[county.parent_id].append(county)
    for place in places:
        if place.pk not in below:
            below[place.pk].append(place)
            everyone.append(place)
    ids = [county.pk for county in everyone]
    counts = stated_counts([place.pk for place in places], COUNTY)
    statuses, stated_regions = _stated_statuses(ids, COUNTY)
    listed = _listed_as_missing(statuses)
    register = register_of(ids, CENTRE_LEVELS[COUNTY])
    columns = [Column(specialty) for specialty in shown_specialties(specialties, show)]
    rows = []
    for place in places:
        own = below.get(place.pk, [])
        cells, gaps = [], 0
        for column in columns:
            if not sight.cell(place, column.specialty.pk):
                cells.append(Cell(HIDDEN))
                continue
            states = [
                cell_state(county.pk, column.specialty.pk, register, statuses, stated_regions).state for county in own
            ]
            gaps += states.count(MISSING)
            cells.append(_summary_cell(states))
        whole = sight.whole(place)
        stated = counts.get(place.pk) if whole else None
        established = (
            sum(register.established(county.pk) for county in own) if whole else sum(cell.counties for cell in cells)
        )
        basis = stated[1] if stated else Basis()
        shown_to = None if whole else {c.specialty.pk for c in columns if sight.cell(place, c.specialty.pk)}
        moves = [
            move
            for county in own
            for move in register.moves(county.pk, basis.day, listed[county.pk, basis.day], shown_to)
        ]
        if stated is not None:
            count = stated[0]
            since = sum(step for _day, step in moves)
            basis = Basis(basis.notice_id, basis.number, basis.day, basis.stated, since)
            established = max(0, count.established + since)
        has_data = stated is not None or any(county.pk in register.regions for county in own)
        has_data = has_data or any(cell.state not in (NO_DATA, HIDDEN) for cell in cells)
        rows.append(Row(place, cells, established, gaps, basis, has_data=has_data, moves=moves))
    return _finish(Matrix(COUNTY, columns, rows, summary=True, total_columns=len(specialties)), sort, show)


def _summary_cell(states: list[str]) -> Cell:
    have, known = states.count(ESTABLISHED), len(states) - states.count(NO_DATA)
    if not known:
        return Cell(NO_DATA, of=len(states))
    state = ESTABLISHED if have == len(states) else PARTIAL if have or SETTING_UP in states else MISSING
    return Cell(state, counties=have, of=len(states), lacking=states.count(MISSING))


def _finish(matrix: Matrix, sort: str, show: str) -> Matrix:
    """Totals, ranks and order."""
    for index, column in enumerate(matrix.columns):
        cells = [row.cells[index] for row in matrix.rows]
        column.lacking = sum(cell.lacking if matrix.summary else cell.is_gap for cell in cells)
    if show == "gaps":
        keep = [index for index, column in enumerate(matrix.columns) if column.lacking or _open(matrix, index)]
        _take_columns(matrix, keep)
    if sort == "gap":
        columns = matrix.columns
        order = sorted(range(len(columns)), key=lambda i: (-columns[i].lacking, columns[i].specialty.code))
        _take_columns(matrix, order)
    matrix.established = sum(row.established for row in matrix.rows)
    matrix.gaps = sum(row.gaps for row in matrix.rows)
    known = [row for row in matrix.rows if row.has_data]
    most = max((row.established for row in known), default=0)
    for row, rank in zip(known, ranks_with_ties([row.established for row in known]), strict=True):
        row.rank, row.share = rank if len(known) > 1 else None, row.established / most if most else 0.0
    keys = {
        "gap": lambda row: (not row.has_data, -row.gaps, row.established, row.place.order),
        "established": lambda row: (not row.has_data, row.rank, row.place.order),
    }
    matrix.rows.sort(key=keys.get(sort, lambda row: row.place.order))
    bases = {(row.basis.notice_id, row.basis.number): row.basis for row in matrix.rows}
    matrix.bases = sorted(bases.values(), key=lambda basis: basis.number)
    return matrix


def _open(matrix: Matrix, index: int) -> bool:
    return any(row.cells[index].state in (UNCERTAIN, SETTING_UP, PARTIAL) for row in matrix.rows)


def _take_columns(matrix: Matrix, order: list[int]) -> None:
    matrix.columns = [matrix.columns[index] for index in order]
    for row in matrix.rows:
        row.cells = [row.cells[index] for index in order]


def ranks_with_ties(values: list[int]) -> list[int]:
    """The highest is 1; equal values share a rank and the next is passed over: 1, 1, 3."""
    ordered = sorted(values, reverse=True)
    first = {}
    for position, value in enumerate(ordered, start=1):
        first.setdefault(value, position)
    return [first[value] for value in values]
