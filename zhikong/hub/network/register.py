"""What the register holds of centres: which stand, and how figures have moved since a notice stated them.

A figure counts centres that are formal. So of every centre the time counts for which it was formal: it adds one when that
begins and takes one when it ends, whatever has become of the centre since.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from .models import Centre, CentreChange

FORMALISED, FOUNDED = CentreChange.Kind.FORMALISED, CentreChange.Kind.FOUNDED
ENDINGS = (CentreChange.Kind.CLOSED, CentreChange.Kind.MERGED)


@dataclass(frozen=True, slots=True)
class Spell:
    """The time for which one centre was formal. Without `began`: since a day that nobody noted; without `ended`: still."""

    specialty: int
    began: date | None
    ended: date | None

    def moves(self, stated_on: date | None, listed_as_missing: bool) -> Iterable[tuple[date, int]]:
        """What it adds to, and takes from, a figure stated on that day.

        Where the notice lists its specialty as missing the figure cannot hold it, whatever the register says of its
        founding: it counts from the day after.
        """
        if stated_on is not None and self.ended is not None and self.ended <= stated_on:
            return
        began = self.began
        if stated_on is not None and listed_as_missing:
            began = max(began or stated_on, stated_on + timedelta(days=1))
        if began is not None and (stated_on is None or began > stated_on):
            yield began, 1
        if self.ended is not None:
            yield self.ended, -1


@dataclass(slots=True)
class Register:
    """The centres of some levels in some regions, by cell, with the time for which each was formal."""

    formal: Counter = field(default_factory=Counter)  # (region, specialty) -> standing formal centres
    by_region: Counter = field(default_factory=Counter)  # region -> standing formal centres
    setting_up: set = field(default_factory=set)
    ended: dict = field(default_factory=dict)  # (region, specialty) -> last closing or merger
    spells: dict = field(default_factory=lambda: defaultdict(list))  # region -> [Spell]
    regions: set = field(default_factory=set)  # with any centre at all

    def established(self, region: int) -> int:
        return self.by_region[region]

    def moves(
        self,
        region: int,
        stated_on: date | None = None,
        listed_as_missing: Container[int] = (),
        only: Container[int] | None = None,
    ) -> list[tuple[date, int]]:
        """(day, +1 or -1): how a figure of the region has moved, of `only` these specialties."""
        return [
            move
            for spell in self.spells.get(region, ())
            if only is None or spell.specialty in only
            for move in spell.moves(stated_on, spell.specialty in listed_as_missing)
        ]


def register_of(region_ids: Iterable[int], levels: Iterable[str]) -> Register:
    found = Register()
    histories: dict[int, dict] = defaultdict(dict)  # centre -> kind -> its last day and what it ended
    changes = CentreChange.objects.filter(
        centre__region__in=region_ids, centre__level__in=levels, kind__in=(FOUNDED, FORMALISED, *ENDINGS)
    ).order_by("happened_on", "pk")
    for centre, kind, day, ended_state in changes.values_list("centre_id", "kind", "happened_on", "ended_state"):
        histories[centre][kind] = (day, ended_state)
    centres = Centre.objects.filter(region__in=region_ids, level__in=levels).order_by()
    for pk, region, specialty, state, founded_on in centres.values_list(
        "pk", "region_id", "specialty_id", "state", "founded_on"
    ):
        found.regions.add(region)
        if state == Centre.State.SETTING_UP:
            found.setting_up.add((region, specialty))
            continue
        spell = _spell(specialty, state, founded_on, histories.get(pk, {}))
        if spell is None:
            continue
        found.spells[region].append(spell)
        if spell.ended is None:
            found.formal[region, specialty] += 1
            found.by_region[region] += 1
        else:
            found.ended[region, specialty] = max(spell.ended, found.ended.get((region, specialty), spell.ended))
    return found


def _spell(specialty: int, state: str, founded_on: date | None, history: dict) -> Spell | None:
    """None for a centre that was given up while it was set up, or of whose end nothing is known."""
    founded = None if FOUNDED in history else founded_on  # registered as it stood: founded and formal are one
    began, _ended_nothing = history.get(FORMALISED, (founded, ""))
    if state == Centre.State.FORMAL:
        return Spell(specialty, began, None)
    ended, ended_state = max((history[kind] for kind in ENDINGS if kind in history), default=(None, ""))
    return Spell(specialty, began, ended) if ended_state == Centre.State.FORMAL else None
