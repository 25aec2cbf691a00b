"""A new lot beside the old: the paired difference against an allowance, and a plan with known error rates."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhikong.stats.arguments import count, floats, number, one_of, same_length


@dataclass(frozen=True, slots=True)
class LotComparison:
    """Mean difference new - old with its t limits, in the unit of the results or in percent of the old lot.

    `verdict` is "acceptable", "not acceptable" or "undecided"; `largest` is the difference farthest from zero.
    """

    n: int
    difference: float
    sd: float
    lower: float
    upper: float
    largest: float
    allowance: float
    verdict: str


@dataclass(frozen=True, slots=True)
class LotPlan:
    """How many samples to measure with both lots, and the mean difference above which the new lot is rejected.

    `power` is the probability to reject a lot that differs by the critical difference, `false_rejection` to reject one
    that does not differ.
    """

    samples: int
    rejection_limit: float
    power: float
    false_rejection: float


def compare_lots(
    old: ArrayLike,
    new: ArrayLike,
    *,
    allowance: float,
    scale: str = "absolute",
    criterion: str = "mean",
    confidence: float = 0.90,
) -> LotComparison:
    """The same samples measured with the old and the new lot.

    Parameters
    ----------
    old, new : array_like, shape (n,), n >= 1 (n >= 2 for the interval)
        Results of the same samples, in the same order, in one unit. Judge levels apart: call once a level.
    allowance : float, > 0
        Largest acceptable mean difference, in the unit of the results or in percent; with `plan_lot_comparison`, its
        rejection limit.
    scale : {"absolute", "percent"}
        Differences new - old, or 100 (new - old) / old, sample by sample.
    criterion : {"mean", "interval"}
        "mean": acceptable when the mean difference is within the allowance (the decision of EP26 against its rejection
        limit). "interval": acceptable when the whole confidence interval is within, not acceptable when it is wholly
        outside, else undecided; at 0.90 this is two one-sided tests at 5 %.
    confidence : float
        Of the two-sided t limits of the mean difference.

    Returns
    -------
    LotComparison
        A mean difference or an end of the interval equal to the allowance is within. With one sample `sd`, `lower` and
        `upper` are infinite in width: nothing is known of the spread.

    Raises
    ------
    ValueError
        Unequal lengths; a value not finite; old results not above 0 with the percent scale; one sample with the
        criterion "interval".

    References
    ----------
    CLSI EP26, 2nd edition (2022), as its public summary tells the second stage; Schuirmann DJ, J Pharmacokinet
    Biopharm 1987;15:657-680, for the interval.
    """
    one_of("scale", scale, ("absolute", "percent"))
    one_of("criterion", criterion, ("mean", "interval"))
    before = floats("old", old, above=0 if scale == "percent" else None)
    after = floats("new", new, at_least=2 if criterion == "interval" else 1)
    same_length(old=before, new=after)
    allowance = number("allowance", allowance, above=0)
    confidence = number("confidence", confidence, above=0, below=1)
    differences = after - before if scale == "absolute" else 100 * (after - before) / before
    n = differences.size
    mean = float(differences.mean())
    if n > 1:
        sd = float(differences.std(ddof=1))
        half = float(special.stdtrit(n - 1, (1 + confidence) / 2)) * sd / math.sqrt(n)
    else:
        sd = half = math.inf
    lower, upper = mean - half, mean + half
    if criterion == "mean":
        verdict = "acceptable" if abs(mean) <= allowance else "not acceptable"
    elif -allowance <= lower and upper <= allowance:
        verdict = "acceptable"
    else:
        verdict = "not acceptable" if lower > allowance or upper < -allowance else "undecided"
    largest = float(differences[np.argmax(np.abs(differences))])
    return LotComparison(n, mean, sd, lower, upper, largest, allowance, verdict)


def plan_lot_comparison(
    critical_difference: float,
    *,
    within_lot_sd: float,
    repeatability_sd: float,
    power: float = 0.90,
    false_rejection: float = 0.05,
    largest: int = 100,
) -> LotPlan:
    """Fewest samples, and the rejection limit, for a wanted power, in the manner of EP26.

    Each sample is measured once with each lot, all in one run a lot, so that of the within-lot standard deviation the
    repeatability averages out over the samples and the rest (between runs) does not: the mean difference has variance
    2 (within^2 - repeatability^2) + 2 repeatability^2 / n, taken as normal. The rejection limit is the largest one that
    keeps the power; n is the smallest that then keeps the false rejection. EP26 looks the two up in its own tables,
    which round the limit to a tenth of the critical difference: its numbers may differ by a sample.

    Parameters
    ----------
    critical_difference : float, > 0
        The smallest difference between lots that must be found, in the unit of the results.
    within_lot_sd, repeatability_sd : float
        Within-reagent-lot and repeatability standard deviation at the level; 0 < repeatability <= within lot. Equal
        when both lots are measured in the same run.
    power : float
        Wanted probability to reject a lot that differs by the critical difference.
    false_rejection : float
        Largest probability to reject a lot that does not differ.
    largest : int
        Give up above this number of samples.

    Returns
    -------
    LotPlan
        With the power and false rejection of the plan, both sides counted.

    Raises
    ------
    ValueError
        A value outside its bounds, or no plan with at most `largest` samples: the critical difference is then too small
        beside the variation between runs.

    References
    ----------
    CLSI EP26, 2nd edition (2022): the design (critical difference, sW and sr, power, samples, rejection limit) as its
    public summary tells it; the arithmetic is normal theory, given here in full.
    """
    critical = number("critical_difference", critical_difference, above=0)
    repeatability = number("repeatability_sd", repeatability_sd, above=0)
    within = number("within_lot_sd", within_lot_sd, low=repeatability)
    power = number("power", power, above=0.5, below=1)
    allowed = number("false_rejection", false_rejection, above=0, below=1)
    for samples in range(1, count("largest", largest, low=1) + 1):
        error = math.sqrt(2 * (within**2 - repeatability**2) + 2 * repeatability**2 / samples)
        limit = critical - float(special.ndtri(power)) * error
        if limit <= 0:
            continue
        false = 2 * float(special.ndtr(-limit / error))
        if false <= allowed:
            reached = float(special.ndtr((critical - limit) / error) + special.ndtr((-critical - limit) / error))
            return LotPlan(samples, limit, reached, false)
    raise ValueError(
        f"critical_difference is {critical:g}: no plan of up to {largest} samples has power {power:g} with false "
        f"rejection {allowed:g}"
    )
