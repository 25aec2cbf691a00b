"""Ours beside theirs: published cases, run through this package and compared to the printed digits.

A case is a dict as in published collections: name, source, method, input, expected, notes. Each module here owns the
runners of one module of statistics and the cases whose numbers were typed from publications:

    RUNNERS    case name -> function of the case that yields `Line`s
    PUBLISHED  cases typed here, with their source
    SKIPPED    case name -> the reason why it is not run
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

Case = Mapping[str, Any]
MODULES = ("control", "measurement", "patient", "robust", "proficiency", "charts", "funnel", "grading")


@dataclass(frozen=True, slots=True)
class Line:
    """One number or word, ours beside theirs. `tolerance` is absolute: what the source's printed digits allow."""

    quantity: str
    ours: float | str | bool | None
    theirs: float | str | bool | None
    tolerance: float = 0.0

    @property
    def difference(self) -> float | None:
        if isinstance(self.ours, str | bool | None) or isinstance(self.theirs, str | bool | None):
            return None
        return float(self.ours) - float(self.theirs)

    @property
    def holds(self) -> bool:
        if self.difference is None:
            return self.ours == self.theirs
        return math.isfinite(self.difference) and abs(self.difference) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case with its lines, or with the reason why it was not run."""

    case: Case
    lines: tuple[Line, ...]
    skipped: str = ""

    @property
    def holds(self) -> bool:
        return bool(self.skipped) or (bool(self.lines) and all(line.holds for line in self.lines))


Runner = Callable[[Case], Iterable[Line]]


def lines(quantity: str, ours: Iterable[Any], theirs: Iterable[Any], tolerance: float = 0.0) -> Iterator[Line]:
    """One line an element, numbered from 0; unequal lengths make a line that does not hold."""
    mine, others = list(ours), list(theirs)
    if len(mine) != len(others):
        yield Line(f"{quantity}: how many", len(mine), len(others))
    for index, (one, other) in enumerate(zip(mine, others, strict=False)):
        one = one.item() if hasattr(one, "item") else one
        yield Line(f"{quantity}[{index}]", one, other, tolerance)


def published() -> list[Case]:
    """The cases typed into this package."""
    return [case for name in MODULES for case in getattr(_module(name), "PUBLISHED", [])]


def complete(cases: Iterable[Case]) -> list[Case]:
    """The cases, each that names another's input as its own (`same_input_as`) with that input filled in."""
    known = list(cases)
    inputs: dict[str, Any] = {case["name"]: case.get("input") for case in known}
    filled: list[Case] = []
    for case in known:
        given = case.get("input")
        if isinstance(given, Mapping) and given.get("same_input_as") in inputs:
            case = {**case, "input": {**inputs[given["same_input_as"]], **given}}
        filled.append(case)
    return filled


def run(cases: Iterable[Case]) -> Iterator[Outcome]:
    """Every case through its runner. A case that has neither runner nor reason does not hold."""
    runners: dict[str, Runner] = {}
    reasons: dict[str, str] = {}
    for name in MODULES:
        runners |= getattr(_module(name), "RUNNERS", {})
        reasons |= getattr(_module(name), "SKIPPED", {})
    for case in cases:
        name = case["name"]
        if name in runners:
            yield Outcome(case, tuple(runners[name](case)))
        else:
            yield Outcome(case, (), reasons.get(name, ""))


def as_text(outcomes: Iterable[Outcome], *, failing: bool = False) -> str:
    """A table: case, source, quantity, ours, theirs, difference. With `failing`, only what does not hold."""
    shown: list[str] = []
    count = held = numbers = 0
    for outcome in outcomes:
        count, held = count + 1, held + outcome.holds
        numbers += len(outcome.lines)
        if failing and outcome.holds:
            continue
        shown.append(f"{outcome.case['name']}  ({outcome.case.get('source', '')})")
        if outcome.skipped:
            shown.append(f"    not run: {outcome.skipped}")
        elif not outcome.lines:
            shown.append("    neither a runner nor a written reason")
        for line in outcome.lines:
            if failing and line.holds:
                continue
            difference = "" if line.difference is None else f"{line.difference:+.3g}"
            mark = "" if line.holds else "  ← does not hold"
            shown.append(
                f"    {line.quantity:<40} {_told(line.ours):>22} {_told(line.theirs):>22} {difference:>10}{mark}"
            )
    return "\n".join([*shown, f"{held} of {count} cases hold; {numbers} values compared"])


def as_json(outcomes: Iterable[Outcome]) -> str:
    """One record a line: case, source, quantity, ours, theirs, difference, tolerance, holds."""
    return "\n".join(
        json.dumps(
            {
                "case": outcome.case["name"],
                "source": outcome.case.get("source", ""),
                "quantity": line.quantity,
                "ours": line.ours,
                "theirs": line.theirs,
                "difference": line.difference,
                "tolerance": line.tolerance,
                "holds": line.holds,
            },
            ensure_ascii=False,
            default=float,
        )
        for outcome in outcomes
        for line in outcome.lines
    )


def _told(value: float | str | bool | None) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _module(name: str) -> Any:
    return import_module(f"zhikong.stats.conformance.{name}")
