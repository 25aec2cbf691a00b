"""The stated totals, rankings and addressees of the prose against the annex tables, and against each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from .case import Case, Outcome
from .names import city_stem
from .records import NOWHERE, Checked, CityRow, Finding, Level, Param, Place, Ranking, StatedTotal

_DEPARTMENT = re.compile(
    r"(?:卫生健康(?:委员会|委|局|体育局)|卫健(?:委|局|体局)|卫生(?:局|和计划生育委员会)|(?:教卫体|教体卫|教育卫生体育|教文卫体|教文体卫|文教卫)局?"
    r"|社会(?:事业|事务|发展|工作)(?:管理)?局|民生(?:事业|保障)局)$"
)
_GENERAL = re.compile(r"^(?:各|省|区直|委|国家|有关|全)")


def check_totals(case: Case) -> Iterator[Outcome]:
    """Stated totals against the sum of the cities and the rows of the provincial list."""
    for total in case.notice.totals:
        stated = Case.amount(total.figure)
        if stated is None:
            continue
        if total.level == "province" and case.notice.centres:
            yield _compare(total, stated, len(case.notice.centres), len(case.notice.centres), "rows")
        elif total.level == case.notice.rows_level and case.notice.cities:
            known = _amounts_of(case.notice.cities)
            if known is not None:
                yield _compare(total, stated, sum(known), len(known), "sum")
        elif total.level == "county" or (total.level == "city" and case.notice.rows_level == "city"):
            yield from _check_partial(case, total, stated)
    level = case.notice.rows_level
    several = {total.level for total in case.notice.open_totals}
    if case.notice.cities and level not in several | {total.level for total in case.notice.totals}:
        yield Checked("no_total", NOWHERE, {"level": level}, done=False)
    for level in sorted(several):
        open_totals = [total.figure for total in case.notice.open_totals if total.level == level]
        printed = tuple(dict.fromkeys(figure.raw for figure in open_totals))
        yield Checked("several_totals", open_totals[0].place, {"level": level, "totals": printed}, done=False)


def check_part_totals(case: Case) -> Iterator[Outcome]:
    """Total rows that may mean a part of the cities: right if they agree with any of the parts they can mean."""
    rows = case.notice.cities
    for total in case.notice.part_totals:
        stated = Case.amount(total.figure)
        parts = [rows[total.group : total.end], rows[total.table : total.end], rows]
        sums = [(sum(known), len(known)) for part in parts if (known := _amounts_of(part)) is not None]
        if stated is None or not sums:
            continue
        agreeing = next(((found, count) for found, count in sums if found == stated), None)
        if agreeing is not None:
            yield Checked("total.part", total.figure.place, {"sum": agreeing[0], "count": agreeing[1]})
        elif len(sums) == len(parts):
            found, count = sums[0 if total.is_part else 1]
            yield Finding(
                "total",
                "contradiction",
                total.figure.place,
                case.notice.rows_level,
                stated,
                found,
                "total.part",
                {"stated": stated, "sum": found, "count": count, "gap": abs(stated - found)},
            )


def _amounts_of(rows: Sequence[CityRow]) -> list[int] | None:
    """What the rows have established; None when one does not say."""
    amounts = [Case.amount(row.established) for row in rows]
    known = [amount for amount in amounts if amount is not None]
    return known if len(known) == len(amounts) else None


def _compare(total: StatedTotal, stated: int, found: int, count: int, what: str) -> Outcome:
    if stated == found:
        return Checked(f"total.{what}", total.figure.place, {"count": count, "sum": found})
    return Finding(
        "total",
        "contradiction",
        total.figure.place,
        total.level,
        stated,
        found,
        f"total.{what}",
        {"level": total.level, "stated": stated, "sum": found, "listed": found, "gap": abs(stated - found)},
    )


def _check_partial(case: Case, total: StatedTotal, stated: int) -> Iterator[Outcome]:
    """A total of which the prose gives only the largest and smallest parts: is the remainder possible at all?"""
    rankings = [ranking for ranking in case.notice.rankings if ranking.level == total.level]
    listed: dict[str, int] = {}
    for ranking in rankings:
        for item in ranking.cities:
            amount = Case.amount(item.figure)
            if amount is not None:
                listed.setdefault(case.gazetteer.stem(item.city.value), amount)
    cities = {case.gazetteer.stem(city) for city in case.cities} or {
        case.gazetteer.stem(found.printed) for found in case.resolved.cities
    }
    if not cities:
        yield Checked("no_rest", total.figure.place, {"level": total.level, "stated": stated}, done=False)
        return
    rest = len(cities - set(listed))
    remainder = stated - sum(listed.values())
    ends = {
        end: [amount for item in found.cities if (amount := Case.amount(item.figure)) is not None]
        for end in ("top", "bottom")
        for found in rankings
        if found.end == end
    }
    low = max(ends.get("bottom") or [0])
    high = min(ends["top"]) if ends.get("top") else None
    params: dict[str, Param] = {
        "level": total.level,
        "stated": stated,
        "listed": len(listed),
        "sum": sum(listed.values()),
        "rest": rest,
        "remainder": remainder,
        "low": low,
        "least": low * rest,
    }
    if high is not None:
        params |= {"high": high, "most": high * rest}
    related = tuple(ranking.place for ranking in rankings)
    if remainder < low * rest or (high is not None and remainder > high * rest):
        yield Finding(
            "impossible_total",
            "contradiction",
            total.figure.place,
            total.level,
            stated,
            sum(listed.values()),
            "impossible_total" if high is not None else "impossible_total.open",
            params,
            related,
        )
    elif rest == 0:
        agreed: dict[str, Param] = {"level": total.level, "sum": stated, "count": len(listed)}
        yield Checked("total.complete", total.figure.place, agreed)
    else:
        yield Finding(
            "total_not_checkable",
            "hint",
            total.figure.place,
            total.level,
            stated,
            sum(listed.values()),
            "",
            params,
            related,
        )


def check_rankings(case: Case) -> Iterator[Outcome]:
    """Top and bottom lists: values, order, omissions and ties against the annex."""
    established = case.established()
    known = set(established) | {case.gazetteer.stem(city) for city in case.cities}
    known |= {case.gazetteer.stem(found.printed) for found in case.resolved.cities}
    for ranking in case.notice.rankings:
        faults = [*_check_order(ranking), *_check_repeats(case, ranking)]
        if case.notice.cities or case.cities:
            faults += _check_known(case, ranking, known)
        compares = ranking.level == case.notice.rows_level and bool(established)
        if compares:
            faults += _check_values(case, ranking)
            faults += _check_omissions(case, ranking)
        yield from faults
        if not faults:
            params: dict[str, Param] = {"level": ranking.level, "end": ranking.end, "count": len(ranking.cities)}
            yield Checked("ranking" if compares else "ranking.order", ranking.place, params)
    yield from _check_overlaps(case)


def _check_order(ranking: Ranking) -> Iterator[Finding]:
    for before, item in zip(ranking.cities, ranking.cities[1:], strict=False):
        first, second = Case.amount(before.figure), Case.amount(item.figure)
        if first is None or second is None:
            continue
        if (second > first) if ranking.end == "top" else (second < first):
            yield Finding(
                "ranking_order",
                "doubt",
                item.figure.place,
                item.city.value,
                second,
                first,
                params={
                    "level": ranking.level,
                    "end": ranking.end,
                    "before": before.city.value,
                    "first": first,
                    "city": item.city.value,
                    "second": second,
                },
            )


def _check_repeats(case: Case, ranking: Ranking) -> Iterator[Finding]:
    counts = Counter(case.gazetteer.stem(item.city.value) for item in ranking.cities)
    for stem, count in counts.items():
        if count > 1:
            items = [item for item in ranking.cities if case.gazetteer.stem(item.city.value) == stem]
            params: dict[str, Param] = {
                "level": ranking.level,
                "end": ranking.end,
                "city": items[0].city.value,
                "count": count,
            }
            yield Finding(
                "ranking_repeats", "contradiction", items[-1].city.place, items[0].city.value, 1, count, params=params
            )


def _check_known(case: Case, ranking: Ranking, known: set[str]) -> Iterator[Finding]:
    for item in ranking.cities:
        if case.gazetteer.stem(item.city.value) not in known:
            yield Finding(
                "ranking_without_row",
                "contradiction",
                item.city.place,
                item.city.value,
                item.figure.value,
                None,
                params={"level": ranking.level, "end": ranking.end, "city": item.city.value},
            )


def _check_values(case: Case, ranking: Ranking) -> Iterator[Finding]:
    established = case.established()
    for item in ranking.cities:
        stated = Case.amount(item.figure)
        found = established.get(case.gazetteer.stem(item.city.value))
        if stated is None or found is None or found[0].established is None or found[1] == stated:
            continue
        yield Finding(
            "ranking_value",
            "contradiction",
            item.figure.place,
            item.city.value,
            stated,
            found[1],
            params={
                "level": ranking.level,
                "end": ranking.end,
                "city": item.city.value,
                "stated": stated,
                "row": found[1],
            },
            related=(found[0].established.place,),
        )


def _check_omissions(case: Case, ranking: Ranking) -> Iterator[Finding]:
    """A city beyond the end of the list was left out; one level with the end is a tie that the list cuts."""
    amounts = [amount for item in ranking.cities if (amount := Case.amount(item.figure)) is not None]
    listed = {case.gazetteer.stem(item.city.value) for item in ranking.cities}
    if not amounts:
        return
    bound = min(amounts) if ranking.end == "top" else max(amounts)
    for stem, (row, amount) in case.established().items():
        if stem in listed or row.established is None:
            continue
        beyond = amount > bound if ranking.end == "top" else amount < bound
        if beyond or amount == bound:
            yield Finding(
                "ranking_omits" if beyond else "ranking_tie",
                "contradiction" if beyond else "hint",
                ranking.place,
                row.city.value,
                bound,
                amount,
                params={
                    "level": ranking.level,
                    "end": ranking.end,
                    "city": row.city.value,
                    "row": amount,
                    "bound": bound,
                },
                related=(row.established.place,),
            )


def _check_overlaps(case: Case) -> Iterator[Finding]:
    levels: tuple[Level, ...] = ("city", "county")
    for level in levels:
        tops = [ranking for ranking in case.notice.rankings if ranking.level == level and ranking.end == "top"]
        bottoms = [ranking for ranking in case.notice.rankings if ranking.level == level and ranking.end == "bottom"]
        for top, bottom in ((top, bottom) for top in tops for bottom in bottoms):
            shared = [
                item
                for item in bottom.cities
                if case.gazetteer.stem(item.city.value)
                in {case.gazetteer.stem(other.city.value) for other in top.cities}
            ]
            for item in shared:
                yield Finding(
                    "ranking_overlap",
                    "contradiction",
                    item.city.place,
                    item.city.value,
                    item.figure.value,
                    None,
                    params={"level": level, "city": item.city.value},
                    related=(top.place,),
                )
            least, most = _amounts(top), _amounts(bottom)
            if not shared and least and most and min(least) < max(most):
                yield Finding(
                    "ranking_overlap",
                    "contradiction",
                    top.place,
                    level,
                    min(least),
                    max(most),
                    "ranking_overlap.values",
                    {"level": level, "first": min(least), "second": max(most)},
                    (bottom.place,),
                )


def _amounts(ranking: Ranking) -> Sequence[int]:
    return [amount for item in ranking.cities if (amount := Case.amount(item.figure)) is not None]


def check_addressees(case: Case) -> Iterator[Outcome]:
    """A place that is written to by name should have its row."""
    stems = [city_stem(row.city.value) for row in case.notice.cities if row.city.value]
    rows = {found.city for found in case.resolved.cities if found.city}
    stems += [city_stem(city) for city in rows]
    if not stems:
        return
    for addressee in case.notice.addressees:
        region = _DEPARTMENT.sub("", addressee.value)
        if region == addressee.value or not region or _GENERAL.match(region):
            continue
        if case.gazetteer.find(region) not in rows and not any(region.startswith(stem) for stem in stems):
            yield _without_row(addressee.value, region, addressee.place)


def _without_row(name: str, region: str, place: Place) -> Finding:
    return Finding("addressee_without_row", "doubt", place, region, name, None, params={"name": name, "region": region})


CHECKS = (check_totals, check_part_totals, check_rankings, check_addressees)
