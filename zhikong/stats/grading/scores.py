"""Scores: rubrics with bonus points, weighted parts, panels of raters."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import Floats, count, floats, number, one_of, same_length

Over = Literal["refuse", "cap"]


@dataclass(frozen=True, slots=True)
class RubricItem:
    """One item of a rubric."""

    code: str
    """What it is called in the scheme."""
    maximum: float
    """Most points it can give; the least is 0."""
    bonus: bool = False
    """Whether its points come on top of the base score."""

    def __post_init__(self) -> None:
        number(f"maximum of {self.code!r}", self.maximum, above=0)


@dataclass(frozen=True, slots=True)
class Rubric:
    """A scoring sheet: items of the base score and of the bonus (100 + 10 = 110)."""

    name: str
    """Name and version, stored with each score."""
    items: tuple[RubricItem, ...]
    """The items, in the order of the points."""
    bonus_cap: float | None = None
    """Most bonus points together; None: the sum of their maxima."""
    over: Over = "refuse"
    """Points above an item's maximum: 'refuse' them (a slip of the pen), or 'cap' them at the maximum."""

    def __post_init__(self) -> None:
        one_of("over", self.over, get_args(Over))
        codes = [item.code for item in self.items]
        if not codes or len(set(codes)) < len(codes):
            raise ValueError(f"items {codes} must be one or more, each with its own code")
        if self.bonus_cap is not None:
            number("bonus_cap", self.bonus_cap, low=0)

    @property
    def maximum(self) -> float:
        """Most points in all."""
        bonus = sum(item.maximum for item in self.items if item.bonus)
        base = sum(item.maximum for item in self.items if not item.bonus)
        return base + (bonus if self.bonus_cap is None else min(bonus, self.bonus_cap))


@dataclass(frozen=True, slots=True)
class RubricScores:
    """Scores by a rubric, shape (n,), or numbers for one unit."""

    base: Floats
    """Points of the base items."""
    bonus: Floats
    """Bonus points, after their cap."""
    total: Floats
    """Base and bonus."""
    capped: NDArray[np.bool_]
    """Whether a cap took points away."""


def rubric_scores(points: ArrayLike, rubric: Rubric) -> RubricScores:
    """Add up the points of a scoring sheet.

    Parameters
    ----------
    points : array_like, shape (items,) or (n, items)
        Points by item in the order of `rubric.items`, for one unit or n.
    rubric : Rubric
        Items, maxima, bonus and caps.

    Returns
    -------
    RubricScores
        Base, bonus and total for every unit.

    Raises
    ------
    ValueError
        Points not finite or below 0, above an item's maximum where the rubric refuses them, or not one an item.

    References
    ----------
    桂卫办发〔2025〕15号 (Guangxi): 110 points, 100 of the base and 10 of the bonus.
    """
    array = floats("points", points, dimensions=(1, 2), low=0)
    if array.shape[-1] != len(rubric.items):
        raise ValueError(f"points has {array.shape[-1]} items: rubric {rubric.name!r} has {len(rubric.items)}")
    maxima = np.array([item.maximum for item in rubric.items])
    bonus = np.array([item.bonus for item in rubric.items])
    over = array > maxima
    if rubric.over == "refuse" and over.any():
        place = tuple(int(part) for part in np.argwhere(over)[0])
        item = rubric.items[place[-1]]
        where = ", ".join(map(str, place))
        raise ValueError(f"points[{where}] is {array[place]:g}: item {item.code!r} gives at most {item.maximum:g}")
    kept = np.minimum(array, maxima)
    base, raw = kept[..., ~bonus].sum(axis=-1), kept[..., bonus].sum(axis=-1)
    extra = raw if rubric.bonus_cap is None else np.minimum(raw, rubric.bonus_cap)
    return RubricScores(base, extra, base + extra, over.any(axis=-1) | (extra < raw))


def weighted_scores(scores: ArrayLike, weights: ArrayLike) -> Floats:
    """The weighted mean of a unit's parts.

    Parameters
    ----------
    scores : array_like, shape (parts,) or (n, parts)
        Scores of the parts, all on one scale.
    weights : array_like, shape (parts,)
        Weights >= 0 that need not add up to 1 or 100: only their proportions count.

    Returns
    -------
    ndarray, shape () or (n,)
        sum(weight x score) / sum(weight).

    Raises
    ------
    ValueError
        A score not finite, a weight below 0, no weight above 0, or unequal lengths.

    References
    ----------
    None: the definition of a weighted mean.
    """
    array = floats("scores", scores, dimensions=(1, 2))
    each = floats("weights", weights, low=0)
    same_length(scores=array, weights=each)
    if each.sum() <= 0:
        raise ValueError(f"weights is {each.tolist()}: one of them must be above 0")
    return np.asarray((array * each).sum(axis=-1) / each.sum())[()]


@dataclass(frozen=True, slots=True)
class PanelScores:
    """Scores given by a panel, shape (n,), or numbers for one unit."""

    score: Floats
    """Mean of the marks that were kept."""
    raters: NDArray[np.int64]
    """Marks given."""
    kept: NDArray[np.int64]
    """Marks kept."""


def panel_scores(
    marks: ArrayLike, *, drop_lowest: int = 0, drop_highest: int = 0, minimum_raters: int | None = None
) -> PanelScores:
    """The mean mark of a panel, its extremes dropped.

    Parameters
    ----------
    marks : array_like, shape (raters,) or (n, raters)
        One mark a rater, for one unit or n. NaN: this rater gave no mark (absent, or stood down for an interest).
    drop_lowest, drop_highest : int
        How many marks are dropped at each end. Of equal extreme marks exactly so many are dropped, not all of them:
        9, 9, 8, 7 without its highest and lowest is the mean of 9 and 8.
    minimum_raters : int, optional
        Fewest marks given for a score to stand, before dropping. Default: at least one must be left.

    Returns
    -------
    PanelScores
        Score and how many marks it rests on. The order of the raters does not change it, not even in the last digit.

    Raises
    ------
    ValueError
        Too few raters for a unit: the message names it; a mark infinite; a negative number to drop.

    References
    ----------
    The trimmed panel mean of judged contests (去掉一个最高分和一个最低分); a trimmed mean in the sense of Tukey, J. W.
    (1962). The future of data analysis. Annals of Mathematical Statistics 33(1), section 14.
    """
    array = floats("marks", marks, dimensions=(1, 2), missing=True)
    low, high = count("drop_lowest", drop_lowest), count("drop_highest", drop_highest)
    needed = max(low + high + 1, 1 if minimum_raters is None else count("minimum_raters", minimum_raters, low=1))
    given = (~np.isnan(array)).sum(axis=-1)
    if (given < needed).any():
        unit = int(np.argmax(given < needed))
        which = f"unit {unit}" if array.ndim == 2 else "the unit"
        raise ValueError(f"marks has {np.ravel(given)[unit]} rater(s) for {which}: {needed} are needed")
    return PanelScores(_kept_mean(array, low, high)[()], given, given - low - high)


def _kept_mean(marks: Floats, low: int, high: int) -> Floats:
    ordered = np.sort(marks, axis=-1)  # NaN last
    given = (~np.isnan(marks)).sum(axis=-1, keepdims=True)
    place = np.arange(marks.shape[-1])
    kept = (place >= low) & (place < given - high)
    total = np.where(kept, ordered, 0.0).sum(axis=-1)
    return np.asarray(total / kept.sum(axis=-1))
