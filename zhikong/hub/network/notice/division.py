"""Whether a run of words in a list is one name or several: 儿科及小儿外科 is one, 烧伤及产科 are two.

、 and ； always part names. A space, a slash or dot, 和, 与 and 及 part them only where the parts are known and the whole is not.
What neither the dictionary nor the stated count settles stays whole, so that a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from .records import CityRow, Notice

Knows = Callable[[str], bool]
Reading = tuple[str, ...]

_JOINER = re.compile(r"\s*(?:[/／．·•+＋]|以及|[和与及])\s*|\s+")
# The longest known name with joining words inside has two; one more allows for a line broken in it.
MOST_PARTS_OF_A_NAME = 4


def inside_brackets(text: str) -> list[bool]:
    """For every sign whether a closed pair of brackets, of whatever width, holds it."""
    inside = [False] * len(text)
    opened: list[int] = []
    for at, sign in enumerate(text):
        if sign in "（(【[〔":
            opened.append(at)
        elif sign in "）)】]〕" and opened:
            start = opened.pop()
            if not opened:
                inside[start : at + 1] = [True] * (at + 1 - start)
    return inside


def split_outside(separator: re.Pattern[str], text: str) -> list[str]:
    """Split, but not at a separator that brackets hold."""
    inside = inside_brackets(text)
    parts, start = [], 0
    for found in separator.finditer(text):
        if not inside[found.start()]:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def parts_of(name: str) -> Reading:
    """What the names would be if every joining word in `name` parted two."""
    return tuple(compact for part in split_outside(_JOINER, name) if (compact := _compact(part)))


def divide_lists(notice: Notice, knows: Knows) -> Notice:
    """The notice with the lists of its cities parted into names. Dividing again changes nothing."""
    return replace(notice, cities=tuple(_divide_row(row, knows) for row in notice.cities))


def _divide_row(row: CityRow, knows: Knows) -> CityRow:
    runs = [readings for chunk in row.missing for readings in _readings_of_lines(chunk, knows)]
    whole, divided = (sum(len(readings[end]) for readings in runs) for end in (0, -1))
    stated = row.stated_missing.value if row.stated_missing else None
    end = -1 if stated == divided != whole and not row.unfinished else 0
    names = tuple(name for readings in runs for name in readings[end])
    return row if names == row.missing else replace(row, missing=names)


def _compact(text: str) -> str:
    return "".join(text.split())


def _readings_of_lines(chunk: str, knows: Knows) -> list[tuple[Reading, ...]]:
    """A line break parts names, unless the lines together are a known one."""
    lines = [line for line in chunk.split("\n") if line.strip()]
    found: list[tuple[Reading, ...]] = []
    at = 0
    while at < len(lines):
        ends = range(min(len(lines), at + MOST_PARTS_OF_A_NAME), at + 1, -1)
        end = next((end for end in ends if knows(_compact("".join(lines[at:end])))), at + 1)
        found.append(_readings(" ".join(lines[at:end]) if end == at + 1 else _compact("".join(lines[at:end])), knows))
        at = end
    return found


def _readings(run: str, knows: Knows) -> tuple[Reading, ...]:
    """One reading when it is certain; else the run whole, and the run divided."""
    whole = _compact(run)
    parts = parts_of(run)
    if knows(whole):
        return ((whole,),)
    if len(parts) < 2:  # a joining word at an end belongs to no name: 、以及产科
        return (parts,) if parts and knows(parts[0]) else ((whole,),)
    known = _fewest_known(run, knows)
    if known:
        return (known,)
    if _compact("".join(parts)) == whole and not any(knows(part) for part in parts):
        return ((whole,),)  # white space alone, and nothing known: a name that a PDF has broken
    return ((" ".join(run.split()),), parts)


def _fewest_known(run: str, knows: Knows) -> Reading:
    """The one division into the fewest known names; empty when there is none, or two of equal right."""
    inside = inside_brackets(run)
    cuts = [found.span() for found in _JOINER.finditer(run) if not inside[found.start()]]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(run)]
    # best[n]: the division of the first n parts, and in how many ways it can be had
    best: list[tuple[Reading, int] | None] = [((), 1), *[None] * len(starts)]
    for last in range(1, len(starts) + 1):
        options = _options(run, best, starts, ends, last, knows)
        if options:
            fewest = min(len(names) for names, _ in options)
            equal = [(names, ways) for names, ways in options if len(names) == fewest]
            best[last] = (equal[0][0], sum(ways for _, ways in equal))
    found = best[-1]
    return found[0] if found and found[1] == 1 else ()


def _options(
    run: str,
    best: Sequence[tuple[Reading, int] | None],
    starts: Sequence[int],
    ends: Sequence[int],
    last: int,
    knows: Knows,
) -> list[tuple[Reading, int]]:
    options = []
    for first in range(max(0, last - MOST_PARTS_OF_A_NAME), last):
        before = best[first]
        name = _compact(run[starts[first] : ends[last - 1]])
        if before is not None and not name:
            options.append(before)  # two joining signs in a row
        elif before is not None and knows(name):
            options.append(((*before[0], name), before[1]))
    return options
