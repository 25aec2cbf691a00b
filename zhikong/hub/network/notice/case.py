"""A notice together with what its names mean: what every check is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .division import parts_of
from .names import CatalogueEntry, Gazetteer, Match, Resolved
from .records import Checked, CityRow, Figure, Finding, Notice

Outcome = Finding | Checked


@dataclass(frozen=True, slots=True)
class Case:
    """`total` is the provincial number, or None when nobody gives a provincial list; `cities` are those expected."""

    notice: Notice
    resolved: Resolved
    entries: dict[str, CatalogueEntry]
    total: int | None
    cities: tuple[str, ...]
    gazetteer: Gazetteer

    @classmethod
    def of(cls, notice: Notice, resolved: Resolved, cities: Sequence[str], gazetteer: Gazetteer) -> Case:
        entries = {entry.key: entry for entry in reversed(resolved.catalogue)}
        entries = dict(reversed(entries.items()))
        stated = next((total.figure.value for total in notice.totals if total.level == "province"), None)
        total = len(entries) if resolved.catalogue_is_complete else stated
        return cls(notice, resolved, entries, total, tuple(cities), gazetteer)

    @staticmethod
    def amount(printed: Figure | None) -> int | None:
        """A figure that can be reckoned with: impossible ones are reported once and then left out."""
        if printed is None or printed.value is None or printed.value < 0:
            return None
        return printed.value

    def matches(self) -> Iterator[tuple[CityRow, Match]]:
        for resolved in self.resolved.cities:
            for match in resolved.matches:
                yield self.notice.cities[resolved.index], match

    @staticmethod
    def is_divisible(match: Match) -> bool:
        """Whether an open name may be several, since a joining word stands in it."""
        return match.is_open and len(parts_of(match.printed)) > 1

    def most_listed(self, index: int) -> int:
        """How many names the list of a row has if every open name that may be several is."""
        found = self.resolved.cities[index].matches
        return sum(len(parts_of(match.printed)) if self.is_divisible(match) else 1 for match in found)

    def established(self) -> dict[str, tuple[CityRow, int]]:
        """By stem of the canonical city name; the first row counts when a city has two."""
        found: dict[str, tuple[CityRow, int]] = {}
        for resolved in self.resolved.cities:
            row = self.notice.cities[resolved.index]
            amount = self.amount(row.established)
            if amount is not None:
                found.setdefault(self.gazetteer.stem(resolved.printed), (row, amount))
        return found
