"""Outcomes of patients of unequal risk, one after the other: the risk-adjusted CUSUM and the VLAD."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats import arguments
from zhikong.stats.arguments import Floats
from zhikong.stats.kernels import kernel


@dataclass(frozen=True, slots=True)
class RiskCusum:
    """One element a patient.

    weight : the log-likelihood ratio score of the patient
    statistic : the CUSUM after the patient, 0 or more
    signal : whether the statistic is above the limit
    """

    weight: Floats
    statistic: Floats
    signal: NDArray[np.bool_]


def risk_adjusted_cusum(
    outcomes: ArrayLike,
    risks: ArrayLike,
    *,
    limit: float,
    odds_ratio: float = 2.0,
    null_odds_ratio: float = 1.0,
    reset: bool = False,
) -> RiskCusum:
    """The risk-adjusted CUSUM of binary outcomes: evidence that the odds of an event have changed by a ratio.

    The weight of a patient with risk p is log(((1 - p + R0 p) / (1 - p + RA p)) (RA / R0)^y), and the statistic
    max(0, statistic + weight). For the second side, improvement, call it again with an odds ratio below 1.

    Parameters
    ----------
    outcomes : array_like, shape (n,)
        1 where the event (death) happened, 0 where it did not, in order of time.
    risks : array_like, shape (n,), 0 < p < 1
        The risk of the event from a model fitted beforehand.
    limit : float, > 0
        h, chosen for a wanted run length. A statistic equal to it is no signal.
    odds_ratio : float, > 0
        RA, the change to find: 2 doubled odds, 0.5 halved odds.
    null_odds_ratio : float, > 0
        R0, the odds ratio of a process in control.
    reset : bool
        Whether the statistic starts from 0 again after a signal.

    Returns
    -------
    RiskCusum

    Raises
    ------
    ValueError
        Outcomes other than 0 and 1, risks not between 0 and 1, unequal lengths, equal odds ratios, missing values.

    References
    ----------
    Steiner SH, Cook RJ, Farewell VT, Treasure T (2000), Monitoring surgical performance using risk-adjusted cumulative
    sum charts, Biostatistics 1: 441-452. The strict comparison is that of the R package vlad.
    """
    events, chances = _patients(outcomes, risks)
    limit = arguments.number("limit", limit, above=0)
    alternative = arguments.number("odds_ratio", odds_ratio, above=0)
    null = arguments.number("null_odds_ratio", null_odds_ratio, above=0)
    if alternative == null:
        raise ValueError(f"odds_ratio is {alternative:g}: it must differ from null_odds_ratio")
    # 1 - p + R p = 1 + (R - 1) p; the logarithm of each apart keeps small risks exact.
    weight = np.log1p((null - 1) * chances) - np.log1p((alternative - 1) * chances)
    weight = weight + events * np.log(alternative / null)
    statistic = _accumulate(weight, limit, reset, np.empty(len(weight)))
    return RiskCusum(weight, statistic, statistic > limit)


def vlad(outcomes: ArrayLike, risks: ArrayLike) -> Floats:
    """The variable life-adjusted display: events expected less events seen, summed up.

    Parameters
    ----------
    outcomes, risks : array_like, shape (n,)
        As `risk_adjusted_cusum`, but risks of 0 and 1 are allowed.

    Returns
    -------
    ndarray, shape (n,)
        After each patient; it rises with lives saved. It has no limit of its own: signals come from the CUSUM.

    Raises
    ------
    ValueError
        As `risk_adjusted_cusum`.

    References
    ----------
    Lovegrove J, Valencia O, Treasure T, Sherlaw-Johnson C, Gallivan S (1997), Monitoring the results of cardiac surgery
    by variable life-adjusted display, Lancet 350: 1128-1130.
    """
    events, chances = _patients(outcomes, risks, closed=True)
    return np.cumsum(chances - events)


def _patients(outcomes: ArrayLike, risks: ArrayLike, *, closed: bool = False) -> tuple[Floats, Floats]:
    events = arguments.floats("outcomes", outcomes, low=0, high=1, whole=True)
    chances = arguments.floats("risks", risks, low=0, high=1)
    arguments.same_length(outcomes=events, risks=chances)
    if not closed and np.any((chances == 0) | (chances == 1)):
        place = int(np.flatnonzero((chances == 0) | (chances == 1))[0])
        raise ValueError(f"risks[{place}] is {chances[place]:g}: it must be between 0 and 1")
    return events, chances


@kernel(example=lambda: (np.zeros(2), 1.0, False, np.zeros(2)))
def _accumulate(weight: Floats, limit: float, reset: bool, statistic: Floats) -> Floats:
    level = 0.0
    for patient in range(weight.shape[0]):
        if reset and level > limit:
            level = 0.0
        level = max(0.0, level + weight[patient])
        statistic[patient] = level
    return statistic
