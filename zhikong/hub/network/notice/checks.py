"""The consistency check of a notice: its tables against themselves. `prose_checks` sets the prose against them.

Every check is a generator of findings and of facts that agree. A check whose figures are missing stays silent, so that
one fault is reported once, by the check that names it best.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from . import prose_checks
from .case import Case, Outcome
from .division import parts_of
from .messages import TITLES
from .names import (
    CatalogueEntry,
    Dictionary,
    Match,
    default_dictionary,
    divide_names,
    gazetteer_of,
    lost_sign,
    normalise,
    reduce_centre_name,
    resolve_notice,
)
from .records import NOWHERE, SEVERITIES, CentreRow, Checked, CityRow, Figure, Finding, Notice, Param, Place, Report


def check_notice(
    notice: Notice,
    dictionary: Dictionary | None = None,
    *,
    cities: Iterable[str] = (),
    city_aliases: Mapping[str, str] | None = None,
) -> list[Finding]:
    """The findings of `examine_notice`."""
    return list(examine_notice(notice, dictionary, cities=cities, city_aliases=city_aliases).findings)


def examine_notice(
    notice: Notice,
    dictionary: Dictionary | None = None,
    *,
    cities: Iterable[str] = (),
    city_aliases: Mapping[str, str] | None = None,
) -> Report:
    """Check everything that can be checked. The order of findings depends on the notice alone.

    `cities` are the official names of the province's cities; without them the cities of the notice count as known.
    """
    known_cities = tuple(cities)
    dictionary = dictionary or default_dictionary()
    notice = divide_names(notice, dictionary)
    resolved = resolve_notice(notice, dictionary, cities=known_cities, city_aliases=city_aliases)
    case = Case.of(notice, resolved, known_cities, gazetteer_of(notice, known_cities, city_aliases))
    findings: list[Finding] = []
    checked: list[Checked] = []
    for check in (*CHECKS, *prose_checks.CHECKS):
        for outcome in check(case):
            if isinstance(outcome, Finding):
                findings.append(outcome)
            else:
                checked.append(outcome)
    kinds = list(TITLES)
    findings.sort(key=lambda item: (SEVERITIES.index(item.severity), kinds.index(item.kind), item.place.order()))
    return Report(tuple(findings), tuple(checked))


def check_figures(case: Case) -> Iterator[Outcome]:
    """Every figure is a whole number that is not negative."""
    for row in case.notice.cities:
        for printed in (row.established, row.stated_missing, row.stated_in_column):
            if printed is not None:
                yield from _check_figure(printed, row.city.value)


def _check_figure(printed: Figure, subject: str) -> Iterator[Finding]:
    if printed.value is None:
        template = "not_a_number" if printed.raw else "not_a_number.blank"
        yield Finding(
            "not_a_number", "contradiction", printed.place, subject, printed.raw, None, template, {"raw": printed.raw}
        )
    elif printed.value < 0:
        yield Finding(
            "impossible_number",
            "contradiction",
            printed.place,
            subject,
            printed.value,
            params={"stated": printed.value},
        )


def check_missing_counts(case: Case) -> Iterator[Outcome]:
    """The count behind a list against the names in it."""
    agreeing = compared = stated_sum = listed_sum = 0
    for index, row in enumerate(case.notice.cities):
        stated = case.amount(row.stated_missing)
        # A name that may be several leaves room: only what no reading explains is a contradiction.
        least, most = len(row.missing), case.most_listed(index)
        listed = least if stated is None else min(max(stated, least), most)
        again = case.amount(row.stated_in_column)
        if row.missing_place is None or stated is None or row.stated_missing is None:
            continue
        if again is not None and again != stated and row.stated_in_column is not None:
            yield Finding(
                "missing_count",
                "contradiction",
                row.stated_in_column.place,
                row.city.value,
                stated,
                again,
                "missing_count.twice",
                {"stated": stated, "column": again},
                (row.stated_missing.place,),
            )
        compared += 1
        stated_sum += stated
        listed_sum += listed
        if stated == listed:
            agreeing += 1
            continue
        if row.unfinished and stated > listed:
            yield Finding(
                "list_unfinished",
                "doubt",
                row.stated_missing.place,
                row.city.value,
                stated,
                listed,
                params={"stated": stated, "listed": listed, "gap": stated - listed},
            )
            continue
        established = case.amount(row.established)
        dropped = established is not None and stated > listed and established + stated == case.total
        yield Finding(
            "missing_count",
            "contradiction",
            row.stated_missing.place,
            row.city.value,
            stated,
            listed,
            "missing_count.dropped" if dropped else "missing_count",
            {
                "stated": stated,
                "listed": listed,
                "gap": abs(stated - listed),
                **({"established": established or 0, "total": case.total or 0} if dropped else {}),
            },
            (row.missing_place,),
        )
    if compared:
        place = case.notice.cities[0].missing_place or NOWHERE
        yield Checked("missing_count", place, {"count": agreeing, "cities": compared})
        yield Checked("missing_sums", place, {"stated": stated_sum, "listed": listed_sum})


def check_shortfalls(case: Case) -> Iterator[Outcome]:
    """Established and missing together reach the provincial number; more is lawful, a city may go beyond the list."""
    if not case.notice.cities:
        return
    if case.total is None:
        yield Checked("no_catalogue", NOWHERE, done=False)
        return
    for index, row in enumerate(case.notice.cities):
        stated = case.amount(row.stated_missing)
        if row.missing_place is None and stated is None:
            continue
        listed = len(row.missing) if row.missing_place is not None else 0
        place = row.missing_place or row.city.place
        if (missing := max(listed, stated or 0)) > case.total:
            yield Finding(
                "too_many_missing",
                "contradiction",
                place,
                row.city.value,
                missing,
                case.total,
                params={"missing": missing, "total": case.total},
            )
        # Where count and list differ that is reported already; only what neither explains is left for this check.
        missing = max(missing, case.most_listed(index))
        established = case.amount(row.established)
        if established is None or row.established is None or established + missing >= case.total:
            continue
        if row.unfinished and stated is None:
            continue  # nobody says how many more there are
        yield Finding(
            "shortfall",
            "contradiction",
            place,
            row.city.value,
            case.total,
            established + missing,
            params={
                "established": established,
                "missing": missing,
                "sum": established + missing,
                "total": case.total,
                "gap": case.total - established - missing,
            },
            related=(row.established.place,) if row.established.place != place else (),
        )


def check_cities(case: Case) -> Iterator[Outcome]:
    """Each city once, each known, none forgotten."""
    seen: dict[str, list[int]] = defaultdict(list)
    for resolved in case.resolved.cities:
        row = case.notice.cities[resolved.index]
        if resolved.city is None:
            template = (
                "unknown_city.blank"
                if not resolved.printed
                else "unknown_city"
                if resolved.candidates
                else "unknown_city.none"
            )
            yield Finding(
                "unknown_city",
                "doubt",
                row.city.place,
                resolved.printed,
                resolved.printed,
                None,
                template,
                {"city": resolved.printed, "candidates": tuple(found.name for found in resolved.candidates)},
                candidates=resolved.candidates,
            )
        else:
            seen[resolved.city].append(resolved.index)
    for city, indexes in seen.items():
        if len(indexes) > 1:
            first, *others = (case.notice.cities[index].city.place for index in indexes)
            yield Finding(
                "duplicate_city",
                "contradiction",
                others[-1],
                city,
                1,
                len(indexes),
                params={"city": city, "count": len(indexes)},
                related=(first, *others[:-1]),
            )
    for city in case.cities if seen else ():
        if city not in seen:
            place = case.notice.cities[-1].city.place
            yield Finding("city_without_row", "doubt", place, city, city, None, params={"city": city})


def check_duplicate_names(case: Case) -> Iterator[Outcome]:
    """No specialty twice in one list, under whatever names."""
    for resolved in case.resolved.cities:
        row = case.notice.cities[resolved.index]
        by_key: dict[str, list[str]] = defaultdict(list)
        for match in resolved.matches:
            by_key[match.key or f"name:{normalise(match.printed)}"].append(match.printed)
        for names in by_key.values():
            if len(names) > 1:
                yield Finding(
                    "duplicate_name",
                    "contradiction",
                    row.missing_place or row.city.place,
                    row.city.value,
                    len(resolved.matches),
                    len(by_key),
                    params={"names": tuple(names), "count": len(names), "distinct": len(by_key)},
                )


def check_names(case: Case) -> Iterator[Outcome]:
    """Names that are unknown, outside the provincial list, or mapped by an alias: each once, with its cities."""
    uses: dict[str, list[tuple[Match, str, Place]]] = defaultdict(list)
    states: Counter[str] = Counter()
    for resolved in case.resolved.cities:
        row = case.notice.cities[resolved.index]
        place = row.missing_place or row.city.place
        for match in resolved.matches:
            states[match.state] += 1
            if match.state != "exact":
                uses[normalise(match.printed)].append((match, row.city.value, place))
    misprints = set(_misprints(case))
    for found in uses.values():
        match, _, place = found[0]
        if match.key in misprints and match.name and _is_canonical(case, match):
            continue  # the city is right and the provincial list is not; check_centres says so
        places = tuple(dict.fromkeys(place for _, _, place in found))
        cities = tuple(dict.fromkeys(city for _, city, _ in found))
        yield _name_finding(case, match, cities, place, places[1:])
    if states:
        place = case.notice.cities[0].missing_place or NOWHERE
        counts: dict[str, Param] = {
            "count": sum(states.values()),
            "exact": states["exact"],
            "alias": states["alias"],
            "open": states["ambiguous"] + states["unknown"],
            "outside": states["outside"],
        }
        yield Checked("names", place, counts)


def _name_finding(
    case: Case, match: Match, cities: tuple[str, ...], place: Place, related: tuple[Place, ...]
) -> Finding:
    kind, template = "unknown_name", "" if match.candidates else "unknown_name.none"
    parts = parts_of(match.printed)
    if case.is_divisible(match):
        template = "unknown_name.joined"
    severity: Literal["doubt", "hint"] = "doubt"
    if match.state == "alias":
        kind, template = "alias_used", ""
    elif match.state == "outside" and match.code is None:
        kind, template, severity = "name_decided_outside", "", "hint"
    elif match.state == "outside":
        kind, template = "name_outside_list", ""
    return Finding(
        kind,
        severity,
        place,
        match.printed,
        match.printed,
        match.name,
        template,
        {
            "name": match.printed,
            "known": match.name or "",
            "cities": cities,
            "count": len(cities),
            "total": len(case.entries),
            "candidates": tuple(candidate.name for candidate in match.candidates),
            **({"parts": parts, "number": len(parts)} if case.is_divisible(match) else {}),
        },
        related,
        match.candidates,
    )


def _is_canonical(case: Case, match: Match) -> bool:
    entry = case.entries.get(match.key or "")
    return entry is not None and normalise(reduce_centre_name(match.printed)[0]) == normalise(entry.canonical)


def _misprints(case: Case) -> Iterator[str]:
    for entry in case.entries.values():
        if entry.row is not None and entry.code is not None and lost_sign(entry.printed, entry.canonical):
            yield entry.key


def check_centres(case: Case) -> Iterator[Outcome]:
    """The list of provincial centres: misprints, unknown and repeated specialties, hosts, naming patterns."""
    rows = case.notice.centres
    if not rows:
        return
    by_key: dict[str, list[CatalogueEntry]] = defaultdict(list)
    for entry in case.resolved.catalogue:
        by_key[entry.key].append(entry)
    for key in _misprints(case):
        yield _misprint(case, case.entries[key])
    for entry, match in zip(case.resolved.catalogue, case.resolved.centres, strict=True):
        if match.is_open and entry.row is not None:
            yield Finding(
                "unknown_centre",
                "doubt",
                entry.row.name.place,
                entry.printed,
                entry.printed,
                None,
                "unknown_centre.blank"
                if not entry.printed
                else "unknown_centre"
                if match.candidates
                else "unknown_centre.none",
                {"name": entry.printed, "candidates": tuple(found.name for found in match.candidates)},
                candidates=match.candidates,
            )
    for entries in by_key.values():
        if len(entries) > 1:
            places = [entry.row.name.place for entry in entries if entry.row is not None]
            yield Finding(
                "duplicate_centre",
                "contradiction",
                places[-1],
                entries[0].canonical,
                1,
                len(entries),
                params={
                    "names": tuple(entry.row.name.value for entry in entries if entry.row is not None),
                    "count": len(entries),
                },
                related=tuple(places[:-1]),
            )
    for index, (row, entry) in enumerate(zip(rows, case.resolved.catalogue, strict=True), 1):
        if len(row.hosts) > 1:
            yield Finding(
                "several_hosts",
                "doubt",
                row.hosts_place,
                entry.printed,
                None,
                len(row.hosts),
                params={
                    "number": row.number.raw if row.number else str(index),
                    "name": entry.printed,
                    "count": len(row.hosts),
                    "hosts": row.hosts,
                },
            )
    patterns = Counter(reduce_centre_name(row.name.value)[1] for row in rows if row.name.value)
    patterns.pop("", None)  # a list of bare specialties has no pattern to mix
    if len(patterns) > 1:
        most = sorted(patterns.items(), key=lambda item: (-item[1], item[0]))
        yield Finding(
            "mixed_naming",
            "doubt",
            rows[0].name.place,
            "centres",
            None,
            len(patterns),
            params={
                "total": sum(patterns.values()),
                "count": len(patterns),
                "patterns": tuple(f"{pattern} {count}" for pattern, count in most),
            },
        )


def _misprint(case: Case, entry: CatalogueEntry) -> Finding:
    uses = [
        (row, match.printed) for row, match in case.matches() if match.key == entry.key and _is_canonical(case, match)
    ]
    assert entry.row is not None
    number = entry.row.number
    return Finding(
        "misprint",
        "doubt",
        entry.row.name.place,
        entry.printed,
        entry.printed,
        entry.canonical,
        "misprint" if uses else "misprint.alone",
        {
            "number": number.raw if number else str(case.notice.centres.index(entry.row) + 1),
            "name": entry.printed,
            "known": entry.canonical,
            "sign": lost_sign(entry.printed, entry.canonical) or "",
            "count": len(uses),
            "cities": tuple(row.city.value for row, _ in uses),
            "written": uses[0][1] if uses else "",
        },
        tuple(row.missing_place or row.city.place for row, _ in uses),
    )


def check_numbering(case: Case) -> Iterator[Outcome]:
    """序号 runs from 1 without gaps or repeats, over all pages of a table; a new annex or section may begin anew."""
    for table, rows in (("centres", case.notice.centres), ("cities", case.notice.cities)):
        for run in _runs(rows):
            yield from _check_numbers([row.number for row in run], table)


def _runs(rows: Sequence[CentreRow] | Sequence[CityRow]) -> list[list[CentreRow | CityRow]]:
    """The rows, parted where a new stretch of the table counts from 1 again."""
    runs: list[list[CentreRow | CityRow]] = []
    for row in rows:
        begins = row.number is not None and row.number.value == 1 and runs and runs[-1][-1].part != row.part
        if begins or not runs:
            runs.append([])
        runs[-1].append(row)
    return runs


def _check_numbers(numbers: Sequence[Figure | None], table: str) -> Iterator[Outcome]:
    printed = [number for number in numbers if number is not None]
    if not printed:
        return
    seen: set[int] = set()
    expected, clean = 1, True
    following: list[int | None] = [number.value for number in printed[1:]] + [None]
    for number, after in zip(printed, following, strict=True):
        value = number.value
        if value is None:
            yield from _check_figure(number, table)
            clean, expected = False, expected + 1
            continue
        if value != expected:
            clean = False
            repeated = value in seen
            yield Finding(
                "numbering",
                "doubt",
                number.place,
                table,
                value,
                None if repeated else expected,
                "numbering.repeated" if repeated else "numbering.gap",
                {"value": value, "expected": expected},
            )
        seen.add(value)
        # One misprinted number must not put all that follow in the wrong: go on from it only if the next row does.
        expected = value + 1 if value + 1 == after else expected + 1
    if clean and len(printed) == len(numbers):
        yield Checked("numbering", printed[0].place, {"table": table, "last": len(printed)})


def check_hidden(case: Case) -> Iterator[Outcome]:
    """What of a workbook was not read, because nobody sees it who opens the file."""
    if case.notice.hidden_sheets:
        yield Checked("hidden_sheets", NOWHERE, {"sheets": case.notice.hidden_sheets}, done=False)
    if case.notice.hidden_rows:
        params: dict[str, Param] = {"count": case.notice.hidden_row_count, "rows": case.notice.hidden_rows}
        yield Checked("hidden_rows", NOWHERE, params, done=False)


def check_never_missing(case: Case) -> Iterator[Outcome]:
    """Specialties that no city lacks. A name still open may mean one of them, so its candidates are left out."""
    lists = [row for row in case.notice.cities if row.missing_place is not None]
    if not lists or not case.resolved.catalogue_is_complete:
        return
    named = {match.key for _, match in case.matches()}
    possible = {candidate.name for _, match in case.matches() for candidate in match.candidates}
    never = [entry for entry in case.entries.values() if entry.key not in named and entry.printed not in possible]
    if never:
        yield Finding(
            "never_missing",
            "hint",
            lists[0].missing_place or NOWHERE,
            "cities",
            None,
            len(never),
            params={
                "total": len(case.entries),
                "count": len(never),
                "names": tuple(entry.printed for entry in never),
                "cities": len(lists),
            },
            related=tuple(place for entry in never if entry.row is not None for place in (entry.row.name.place,)),
        )


def check_brackets(case: Case) -> Iterator[Outcome]:
    """Brackets of one width throughout: mixed ones trip everybody who reads the table by machine."""
    widths = Counter(row.brackets for row in case.notice.cities if row.brackets)
    if len(widths) > 1 or widths["mixed"]:
        usual = "half" if widths["half"] > widths["full"] else "full"
        odd = [row.missing_place or row.city.place for row in case.notice.cities if row.brackets not in (usual, None)]
        yield Finding(
            "mixed_brackets",
            "hint",
            odd[0],
            "cities",
            None,
            len(odd),
            params={"full": widths["full"], "half": widths["half"], "mixed": widths["mixed"]},
            related=tuple(odd[1:]),
        )


CHECKS = (
    check_figures,
    check_missing_counts,
    check_shortfalls,
    check_cities,
    check_duplicate_names,
    check_names,
    check_centres,
    check_numbering,
    check_never_missing,
    check_brackets,
    check_hidden,
)
