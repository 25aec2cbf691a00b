"""Centre and spread of many groups by the other estimators; for Algorithm A see `groups`, which compiles its loop."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats import arguments
from zhikong.stats.arguments import Floats
from zhikong.stats.robust.estimates import made, niqr
from zhikong.stats.robust.pairwise import q_hampel

Estimator = Callable[[Floats], tuple[float, float]]


def _q_hampel(results: Floats) -> tuple[float, float]:
    estimate = q_hampel(results)
    return estimate.mean, estimate.sd


ESTIMATORS: dict[str, Estimator] = {
    "q/hampel": _q_hampel,
    "median/made": lambda results: (float(np.median(results)), made(results)),
    "median/niqr": lambda results: (float(np.median(results)), niqr(results)),
}


@dataclass(frozen=True, slots=True)
class ManyEstimates:
    """Centre and spread of many groups.

    mean: robust centres, one a group; NaN where there is a reason
    sd: robust standard deviations, one a group; NaN where there is a reason
    n: number of results, one a group, missing ones not counted
    reasons: why a group has no estimate, in the words of the estimator's ValueError; "" where it has one
    """

    mean: Floats
    sd: Floats
    n: NDArray[np.int64]
    reasons: tuple[str, ...]


def estimate_groups(
    values: ArrayLike, offsets: ArrayLike | None = None, *, estimator: str = "q/hampel", problems: str = "raise"
) -> ManyEstimates:
    """Centre and spread of many groups, each just as the function of one group gives them.

    Parameters
    ----------
    values : array_like, shape (n,) with `offsets`, or (groups, n) without
        Results of one unit within each group. NaN stands for a missing result and is left out.
    offsets : array_like of int, shape (groups + 1,), optional
        Group g is values[offsets[g] : offsets[g + 1]]; from 0 to n, never falling.
    estimator : {"q/hampel", "median/made", "median/niqr"}
        `q_hampel`, or the median with `made` or `niqr`, each with its defaults.
    problems : {"raise", "mark"}
        What to do about a group that the function of one group would refuse: raise ValueError, or put the reason in
        `reasons`.

    Returns
    -------
    ManyEstimates
        Estimates a group.

    Raises
    ------
    ValueError
        An infinite value, offsets that do not cut the values, an unknown word, or, with "raise", a group that the
        estimator refuses, by its number.

    References
    ----------
    As `q_hampel`, `made` and `niqr`.
    """
    arguments.one_of("estimator", estimator, tuple(ESTIMATORS))
    arguments.one_of("problems", problems, ("raise", "mark"))
    results, cuts = arguments.cut("values", values, offsets)
    groups = cuts.size - 1
    mean, sd, n = np.full(groups, np.nan), np.full(groups, np.nan), np.zeros(groups, dtype=np.int64)
    reasons = [""] * groups
    for group in range(groups):
        some = results[cuts[group] : cuts[group + 1]]
        some = some[~np.isnan(some)]
        n[group] = some.size
        try:
            mean[group], sd[group] = ESTIMATORS[estimator](some)
        except ValueError as refusal:
            if problems == "raise":
                raise ValueError(f"values of group {group}: {refusal}") from None
            reasons[group] = str(refusal)
    return ManyEstimates(mean, sd, n, tuple(reasons))
