"""The shape of a medical community (医共体): 1+7+N is one lead, seven members of tier 2, any number of tier 3."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_SHAPE = re.compile(r"1(\+([1-9][0-9]{0,3}|N))+")


@dataclass(frozen=True, slots=True)
class Tier:
    """One part of the shape beside the members there are; without `wanted`, any number will do."""

    tier: int
    wanted: int | None
    present: int

    @property
    def missing(self) -> int:
        return max(0, (self.wanted or 0) - self.present)

    @property
    def surplus(self) -> int:
        return 0 if self.wanted is None else max(0, self.present - self.wanted)


def normalised(text: str) -> str:
    """As it is written everywhere: half-width, upper case, no blanks."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()


def parts_of(text: str) -> list[int | None]:
    """The number of each tier, None for N. ValueError unless it is 1, then + and a number or N, at least once."""
    shape = normalised(text)
    if not _SHAPE.fullmatch(shape):
        raise ValueError(text)
    return [None if part == "N" else int(part) for part in shape.split("+")]


def tiers_of(text: str, present: Mapping[int, int]) -> list[Tier]:
    """Each tier of the shape, and of the members where the shape does not know it, by number of members in force."""
    parts = parts_of(text)
    tiers = [Tier(number, wanted, present.get(number, 0)) for number, wanted in enumerate(parts, start=1)]
    return tiers + [Tier(number, 0, count) for number, count in sorted(present.items()) if number > len(parts)]
