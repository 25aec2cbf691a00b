"""Percentile grades: so many percent of the ranked units get this grade, by a rule that is stored with the result."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import count, number, one_of

from .ranks import Better, _ascending_ranks, _with_exclusions

Cut = Literal["cumulative", "each"]
Rounding = Literal["nearest", "floor", "ceiling"]
Half = Literal["up", "down", "even"]
TieRule = Literal["better", "worse", "refuse"]


def _exact(share: float | None) -> Fraction:
    return Fraction(0) if share is None else Fraction(str(share))  # 33.3 is 333/10, as it is written


@dataclass(frozen=True, slots=True)
class GradeRule:
    """How ranked units are cut into grades. Every word of it can change a published list, so it is stored with it."""

    name: str
    """Name and version, stored with each list."""
    grades: tuple[str, ...]
    """The grades, the best first."""
    shares: tuple[float | None, ...]
    """Percent of the units for each grade; None, at most once, takes the rest. Without it they must be 100 together."""
    cut: Cut = "cumulative"
    """What is rounded: 'cumulative', the places counted from the nearer end (from the top down to the rest, from the
    bottom up to the rest); 'each', every grade's own number."""
    rounding: Rounding = "nearest"
    """'nearest', 'floor' (not more than the share) or 'ceiling' (not less than the share)."""
    half: Half = "up"
    """With 'nearest': 4.5 places become 5 ('up'), 4 ('down') or the even one ('even')."""
    ties: TieRule = "refuse"
    """Tied units that a cut would separate: all get the 'better' grade, all get the 'worse' one, or 'refuse'."""

    def __post_init__(self) -> None:
        one_of("cut", self.cut, get_args(Cut))
        one_of("rounding", self.rounding, get_args(Rounding))
        one_of("half", self.half, get_args(Half))
        one_of("ties", self.ties, get_args(TieRule))
        if len(self.grades) != len(self.shares) or len(self.grades) < 2 or len(set(self.grades)) < len(self.grades):
            raise ValueError(f"grades {self.grades} and shares {self.shares} must be two or more, distinct, one each")
        for share in self.shares:
            if share is not None:
                number("shares", share, low=0, high=100)
        total = sum(_exact(share) for share in self.shares)
        if self.shares.count(None) > 1:
            raise ValueError(f"shares {self.shares} have more than one None: only one grade can take the rest")
        if total > 100 or (None not in self.shares and total != 100):
            raise ValueError(f"shares {self.shares} are {float(total):g} together: they must be 100, or leave a rest")


GUANGXI_2024 = GradeRule("guangxi-2024", ("优秀", "良好", "合格", "不合格"), (10, 20, None, 10))
"""桂卫办发〔2025〕15号: first 10 % 优秀, 10-30 % 良好, last 10 % 不合格, the rest 合格; 4 / 8 / 23 / 4 of 39. The notice
states the shares only; rounding to nearest is what its numbers show (so does 'ceiling'), and of ties it says nothing."""


@dataclass(frozen=True, slots=True)
class Grades:
    """Who got which grade, with the rule that decided."""

    rule: GradeRule
    """The rule."""
    ranks: NDArray[np.int64]
    """Competition rank (1, 1, 3), shape (n,); 0 where excluded."""
    index: NDArray[np.int64]
    """Place of the grade in `rule.grades`, shape (n,); -1 where excluded."""
    planned: tuple[int, ...]
    """Units a grade would have without ties."""
    counts: tuple[int, ...]
    """Units a grade has."""
    tied: tuple[tuple[int, ...], ...]
    """Groups of tied units (their positions in `scores`) that a cut would have separated."""

    @property
    def grades(self) -> tuple[str | None, ...]:
        """The grade of each unit; None where excluded."""
        return tuple(None if place < 0 else self.rule.grades[place] for place in self.index)


def grade_counts(units: int, rule: GradeRule) -> tuple[int, ...]:
    """How many units each grade has, ties aside.

    Parameters
    ----------
    units : int, units >= 1
        Ranked units; the excluded are not among them.
    rule : GradeRule
        Shares, what is rounded and how. Percentages are exact: 10 % of 30 is 3, never 3.0000000000000004.

    Returns
    -------
    tuple of int
        One number a grade, best first; their sum is `units`.

    Raises
    ------
    ValueError
        No units; or the rounded numbers do not fit: they exceed the units (few units, 'ceiling'), or with 'each' and
        no rest they do not add up. The remedy is another rule: it belongs to the scheme.

    References
    ----------
    桂卫办发〔2025〕15号 (Guangxi, 25 August 2025): 4 / 8 / 23 / 4 of 39. The rounding is not written there.
    """
    many = count("units", units, low=1)
    rest = rule.shares.index(None) if None in rule.shares else len(rule.shares)
    top = _places(rule.shares[:rest], many, rule)
    bottom = _places(rule.shares[rest + 1 :][::-1], many, rule)[::-1]
    left = many - sum(top) - sum(bottom)
    if left < 0 or (left and rest == len(rule.shares)):
        raise ValueError(
            f"units is {many}: rule {rule.name!r} gives {sum(top) + sum(bottom)} places; choose another rounding or cut"
        )
    return (*top, left, *bottom) if rest < len(rule.shares) else top


def grade(
    scores: ArrayLike,
    rule: GradeRule,
    *,
    better: Better = "higher",
    excluded: ArrayLike | None = None,
    decimals: int | None = None,
) -> Grades:
    """Grade units by their rank.

    Parameters
    ----------
    scores : array_like, shape (n,)
        One score a unit.
    rule : GradeRule
        The shares and every choice; see there.
    better : {'higher', 'lower'}
        Which scores are the good ones.
    excluded : array_like of bool, shape (n,), optional
        Units that are not evaluated (in preparation, not taking part): they are not counted, and their score may be
        NaN.
    decimals : int, optional
        Round the scores to so many decimals first (`numpy.round`: halves to even), because 0.1 + 0.2 and 0.3 are one
        published score but two numbers. Default: compare the numbers as they are.

    Returns
    -------
    Grades
        Ranks, grades, and the tied groups that a cut met.

    Raises
    ------
    ValueError
        No score; a score not finite that is not excluded; the numbers do not fit (see `grade_counts`); or
        `rule.ties` is 'refuse' and a cut would separate tied units: the message names them.

    References
    ----------
    桂卫办发〔2025〕15号 for the shares; the tie rules are those that such schemes leave to their organiser.
    """
    one_of("better", better, get_args(Better))
    array, out = _with_exclusions("scores", scores, excluded)
    if array.ndim != 1:
        raise ValueError(f"scores must have 1 dimension, not {array.ndim}: grade one list at a time")
    if decimals is not None:
        array = np.round(array, count("decimals", decimals))
    inside = np.flatnonzero(~out)
    used = -array[inside] if better == "higher" else array[inside]
    planned = grade_counts(len(inside), rule)
    of_place = np.repeat(np.arange(len(planned)), planned)
    first = _ascending_ranks(used, "competition") - 1
    sizes = np.bincount(first, minlength=len(used))[first]
    best, worst = of_place[first], of_place[first + sizes - 1]
    split = [tuple(int(unit) for unit in inside[first == place]) for place in np.unique(first[best != worst]).tolist()]
    if split and rule.ties == "refuse":
        told = "; ".join(f"units {', '.join(map(str, group))} with {array[group[0]]:g}" for group in split)
        raise ValueError(f"scores are tied across a cut of rule {rule.name!r}: {told}; decide, or name a rule for ties")
    ranked, index = np.zeros(len(array), dtype=np.int64), np.full(len(array), -1, dtype=np.int64)
    ranked[inside] = first + 1
    index[inside] = worst if rule.ties == "worse" else best
    counts = tuple(np.bincount(index[inside], minlength=len(planned)).tolist())
    return Grades(rule, ranked, index, planned, counts, tuple(split))


def _places(shares: tuple[float | None, ...], units: int, rule: GradeRule) -> tuple[int, ...]:
    exact = [_exact(share) * units / 100 for share in shares]
    if rule.cut == "each":
        return tuple(_rounded(each, rule) for each in exact)
    cuts = [_rounded(sum(exact[: end + 1], Fraction(0)), rule) for end in range(len(exact))]
    return tuple(cut - before for before, cut in zip([0, *cuts], cuts, strict=False))


def _rounded(value: Fraction, rule: GradeRule) -> int:
    if rule.rounding == "floor":
        return math.floor(value)
    if rule.rounding == "ceiling":
        return math.ceil(value)
    half = Fraction(1, 2)
    return {"up": math.floor(value + half), "down": math.ceil(value - half), "even": round(value)}[rule.half]
