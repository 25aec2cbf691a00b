"""How sure a rank is: its interval, and the probability of the top and the bottom group."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import Floats, count, floats, number, one_of, same_length

from .ranks import Better, _ascending_ranks
from .scores import _kept_mean

BLOCK = 1 << 19  # values a block: memory stays flat whatever the number of draws


@dataclass(frozen=True, slots=True)
class RankUncertainty:
    """Ranks over repeated draws, one element a unit. Tied draws have competition ranks (1, 1, 3)."""

    rank: NDArray[np.int64]
    """Rank of the score itself."""
    lower: NDArray[np.int64]
    """Lower end of the rank's interval: the smallest rank with at least (1 - level) / 2 of the draws at or below it."""
    upper: NDArray[np.int64]
    """Upper end: the smallest rank with at least (1 + level) / 2 of the draws at or below it."""
    median: NDArray[np.int64]
    """The smallest rank with at least half of the draws at or below it."""
    mean: Floats
    """Mean rank."""
    probability_top: Floats | None
    """Share of draws with fewer than `top` units strictly better; None where `top` was not given."""
    probability_bottom: Floats | None
    """Share of draws with fewer than `bottom` units strictly worse; None where `bottom` was not given."""
    draws: int
    """Draws."""


def simulated_ranks(
    scores: ArrayLike,
    standard_errors: ArrayLike,
    *,
    rng: np.random.Generator,
    draws: int = 10_000,
    level: float = 0.95,
    top: int | None = None,
    bottom: int | None = None,
    better: Better = "higher",
) -> RankUncertainty:
    """Rank uncertainty of scores that have standard errors, by simulation from normal distributions.

    Parameters
    ----------
    scores : array_like, shape (n,), n >= 2
        One score a unit. A ratio belongs on the scale on which its error is normal (its logarithm, say).
    standard_errors : array_like, shape (n,)
        Their standard errors, >= 0.
    rng : numpy.random.Generator
        The source of chance: `numpy.random.default_rng(seed)` makes the result repeatable.
    draws : int, draws >= 100
        Simulated rankings.
    level : float, 0 < level < 1
        Of the interval.
    top, bottom : int, optional
        Sizes of the groups whose probabilities are wanted.
    better : {'higher', 'lower'}
        Which scores are the good ones.

    Returns
    -------
    RankUncertainty
        Intervals and probabilities. Memory does not grow with `draws`.

    Raises
    ------
    ValueError
        Fewer than 2 units, values not finite, a negative standard error, unequal lengths, a group larger than n.

    References
    ----------
    Goldstein, H., Spiegelhalter, D. J. (1996). League tables and their limitations. Journal of the Royal Statistical
    Society A 159(3), 385-443. Marshall, E. C., Spiegelhalter, D. J. (1998). BMJ 316, 1701-1704.
    """
    array = floats("scores", scores, at_least=2)
    errors = floats("standard_errors", standard_errors, low=0)
    same_length(scores=array, standard_errors=errors)

    def drawn(many: int) -> Floats:
        return array + errors * rng.standard_normal((many, len(array)))

    sizes = _blocks(draws, len(array))
    return _summary(array, (drawn(many) for many in sizes), draws, level, top, bottom, better)


def bootstrapped_ranks(
    marks: ArrayLike,
    *,
    rng: np.random.Generator,
    draws: int = 10_000,
    drop_lowest: int = 0,
    drop_highest: int = 0,
    level: float = 0.95,
    top: int | None = None,
    bottom: int | None = None,
    better: Better = "higher",
) -> RankUncertainty:
    """Rank uncertainty of panel scores, by the bootstrap over raters: would another panel have ranked them so?

    Parameters
    ----------
    marks : array_like, shape (n, raters), n >= 2, raters >= 2
        Every rater's mark for every unit. One panel marks all units, so a draw takes whole raters.
    rng : numpy.random.Generator
        The source of chance: `numpy.random.default_rng(seed)` makes the result repeatable.
    draws : int, draws >= 100
        Bootstrapped panels.
    drop_lowest, drop_highest : int
        As in `panel_scores`, done again within each draw.
    level : float, 0 < level < 1
        Of the interval.
    top, bottom : int, optional
        Sizes of the groups whose probabilities are wanted.
    better : {'higher', 'lower'}
        Which scores are the good ones.

    Returns
    -------
    RankUncertainty
        Intervals and probabilities. Memory does not grow with `draws`.

    Raises
    ------
    ValueError
        Fewer than 2 units or raters, marks not finite, nothing left after dropping, a group larger than n.

    References
    ----------
    Efron, B., Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapter 6; of ranks: Hall, P., Miller, H.
    (2009). Using the bootstrap to quantify the authority of an empirical ranking. Annals of Statistics 37, 3929-3959.
    """
    array = floats("marks", marks, at_least=2, dimensions=2)
    units, raters = array.shape
    if units < 2:
        raise ValueError(f"marks needs at least 2 units, not {units}")
    low, high = count("drop_lowest", drop_lowest), count("drop_highest", drop_highest)
    if raters <= low + high:
        raise ValueError(f"marks has {raters} raters: {low + high + 1} are needed")

    unit = float(np.abs(array).max()) or 1.0

    def score(marks: Floats) -> Floats:
        return np.asarray(_kept_mean(marks, low, high) / unit).round(12)  # equal means of other marks are ties

    def drawn(many: int) -> Floats:
        return score(array[:, rng.integers(raters, size=(many, raters))]).T

    sizes = _blocks(draws, units * raters)
    return _summary(score(array), (drawn(many) for many in sizes), draws, level, top, bottom, better)


def _blocks(draws: int, width: int) -> Iterator[int]:
    left = count("draws", draws, low=100)
    while left:
        many = min(left, max(1, BLOCK // width))
        yield many
        left -= many


def _summary(
    scores: Floats,
    blocks: Iterator[Floats],
    draws: int,
    level: float,
    top: int | None,
    bottom: int | None,
    better: Better,
) -> RankUncertainty:
    one_of("better", better, get_args(Better))
    tail = (1 - number("level", level, above=0, below=1)) / 2
    units = len(scores)
    groups = [
        None if size is None else count(name, size, low=1, high=units)
        for name, size in (("top", top), ("bottom", bottom))
    ]
    sign = -1.0 if better == "higher" else 1.0
    seen, from_below = np.zeros((2, units, units), dtype=np.int64)
    offset = np.arange(units) * units
    for block in blocks:
        for tally, direction in ((seen, sign), (from_below, -sign)):
            if tally is seen or groups[1] is not None:
                found = _ascending_ranks(direction * block, "competition") - 1
                tally += np.bincount((found + offset).ravel(), minlength=units * units).reshape(units, units)
    cumulative = np.cumsum(seen, axis=1)

    def quantile(share: float) -> NDArray[np.int64]:
        return 1 + np.argmax(cumulative >= share * draws - 1e-9, axis=1)

    chances = [
        None if size is None else tally[:, :size].sum(axis=1) / draws
        for size, tally in zip(groups, (seen, from_below), strict=True)
    ]
    return RankUncertainty(
        rank=_ascending_ranks(sign * scores, "competition"),
        lower=quantile(tail),
        upper=quantile(1 - tail),
        median=quantile(0.5),
        mean=seen @ np.arange(1, units + 1) / draws,
        probability_top=chances[0],
        probability_bottom=chances[1],
        draws=draws,
    )
