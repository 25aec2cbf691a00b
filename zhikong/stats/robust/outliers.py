"""Outlier tests of interlaboratory comparisons: Grubbs (one result, or a pair on one side) and Cochran.

Critical values are computed for any number of results and any level, never read from a table.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhikong.stats import arguments
from zhikong.stats.arguments import Floats


@dataclass(frozen=True, slots=True)
class GrubbsTest:
    """Grubbs' test of one result.

    value: the suspected result
    index: its place among the values; the first, where several are equal
    statistic: its distance from the mean, in standard deviations
    critical: the critical value
    outlier: whether the statistic is above the critical value; equality is no outlier
    """

    value: float
    index: int
    statistic: float
    critical: float
    outlier: bool


@dataclass(frozen=True, slots=True)
class GrubbsPairTest:
    """Grubbs' test of the two largest or the two smallest results.

    values: the suspected results, the outermost first
    indices: their places among the values
    statistic: the sum of squares without the pair over the sum of squares with it
    critical: the critical value
    outlier: whether the statistic is below the critical value; equality is no outlier
    """

    values: tuple[float, float]
    indices: tuple[int, int]
    statistic: float
    critical: float
    outlier: bool


@dataclass(frozen=True, slots=True)
class CochranTest:
    """Cochran's test of the largest variance.

    index: the group of the largest standard deviation; the first, where several are equal
    statistic: the largest variance over the sum of the variances
    critical: the critical value
    outlier: whether the statistic is above the critical value; equality is no outlier
    """

    index: int
    statistic: float
    critical: float
    outlier: bool


def grubbs_critical(n: int, alpha: float = 0.05, *, sides: int = 2) -> float:
    """Critical value of Grubbs' statistic, (suspected result - mean) / standard deviation.

    Parameters
    ----------
    n : int, n >= 3
        Number of results.
    alpha : float, 0 < alpha < 1
        Level of the test.
    sides : {2, 1}
        2 when the suspected result may be the largest or the smallest, as in the tables of ISO 5725-2;
        1 when the side was fixed beforehand, as in the instant method.

    Returns
    -------
    float
        The value that the statistic exceeds with probability at most `alpha` under normality.

    Raises
    ------
    ValueError
        n below 3, alpha outside (0, 1), or sides neither 1 nor 2.

    References
    ----------
    Grubbs F E, Beck G (1972), Technometrics 14, 847-854; ISO 5725-2, Grubbs' test;
    NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.17.1, whose t quantile at alpha / (sides n) this is.
    """
    n = arguments.count("n", n, low=3)
    level = _level(alpha, sides)
    squared = float(special.stdtrit(n - 2, level / n)) ** 2
    return (n - 1) / math.sqrt(n) * math.sqrt(squared / (n - 2 + squared))


def grubbs(values: ArrayLike, alpha: float = 0.05, *, side: str = "both") -> GrubbsTest:
    """Grubbs' test for one outlier.

    Parameters
    ----------
    values : array_like, shape (n,), n >= 3
        Results, in one unit.
    alpha : float, 0 < alpha < 1
        Level of the test.
    side : {"both", "high", "low"}
        Suspect the result farthest from the mean (a two-sided level), the largest, or the smallest (one-sided levels).
        With "both" and equal distances the largest is suspected.

    Returns
    -------
    GrubbsTest
        The suspected result, its statistic and the verdict.

    Raises
    ------
    ValueError
        Fewer than 3 values, a value not finite, no spread, alpha outside (0, 1) or an unknown side.

    References
    ----------
    ISO 5725-2, Grubbs' test; NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.17.1.
    """
    results = arguments.floats("values", values, at_least=3)
    arguments.one_of("side", side, ("both", "high", "low"))
    critical = grubbs_critical(results.size, alpha, sides=2 if side == "both" else 1)
    mean = float(results.mean())
    sd = _spread(results)
    high, low = int(results.argmax()), int(results.argmin())
    above, below = (float(results[high]) - mean) / sd, (mean - float(results[low])) / sd
    upper = side == "high" or (side == "both" and above >= below * (1 - 1e-12))  # equal but for rounding
    index, statistic = (high, above) if upper else (low, below)
    return GrubbsTest(float(results[index]), index, statistic, critical, statistic > critical)


def grubbs_pair_critical(n: int, alpha: float = 0.05, *, sides: int = 2) -> float:
    """Critical value of Grubbs' statistic for two outliers on one side.

    Parameters
    ----------
    n : int, 4 <= n <= 1000
        Number of results.
    alpha : float, 0 < alpha < 1
        Level of the test.
    sides : {2, 1}
        2 when the pair may be the two largest or the two smallest, as in the tables of ISO 5725-2; 1 when the side was
        fixed beforehand, as in Grubbs (1950).

    Returns
    -------
    float
        The ratio of sums of squares that is undercut with probability alpha / sides under normality.

    Raises
    ------
    ValueError
        n outside 4 to 1000, alpha outside (0, 1), or sides neither 1 nor 2.

    References
    ----------
    Grubbs F E (1950), Annals of Mathematical Statistics 21, 27-58; ISO 5725-2, Grubbs' test for two outlying
    observations. Computed by quadrature of the recursion of the largest studentised deviation; the error is below 1e-6.
    """
    n = arguments.count("n", n, low=4, high=1000)
    level = _level(alpha, sides)
    from scipy.optimize import brentq

    angle, density, others, reach = _largest_deviation(n)

    def excess(ratio: float) -> float:
        with np.errstate(divide="ignore"):
            within = np.sqrt(np.maximum(0.0, 1.0 - ratio / np.cos(angle) ** 2))
        limit = np.minimum(reach, np.arcsin(within))
        chance = density * (np.interp(reach, angle, others) - np.interp(limit, angle, others))
        return float(np.trapezoid(chance, angle)) - level

    return float(brentq(excess, 0.0, 1.0, xtol=1e-12))


def grubbs_pair(values: ArrayLike, alpha: float = 0.05, *, side: str = "high", sides: int = 2) -> GrubbsPairTest:
    """Grubbs' test for two outliers on one side.

    Parameters
    ----------
    values : array_like, shape (n,), 4 <= n <= 1000
        Results, in one unit.
    alpha : float, 0 < alpha < 1
        Level of the test.
    side : {"high", "low"}
        Suspect the two largest or the two smallest.
    sides : {2, 1}
        2 when either pair would be tested, as in ISO 5725-2; 1 when the side was fixed beforehand.

    Returns
    -------
    GrubbsPairTest
        The suspected pair, its statistic and the verdict.

    Raises
    ------
    ValueError
        Too few values, a value not finite, no spread, alpha outside (0, 1), an unknown side or number of sides.

    References
    ----------
    Grubbs F E (1950), Annals of Mathematical Statistics 21, 27-58; ISO 5725-2.
    """
    results = arguments.floats("values", values, at_least=4)
    arguments.one_of("side", side, ("high", "low"))
    critical = grubbs_pair_critical(results.size, alpha, sides=sides)
    sd = _spread(results)
    order = np.argsort(results if side == "low" else -results, kind="stable")
    kept = results[order[2:]]
    statistic = float(((kept - kept.mean()) ** 2).sum()) / (sd * sd * (results.size - 1))
    first, second = int(order[0]), int(order[1])
    pair = float(results[first]), float(results[second])
    return GrubbsPairTest(pair, (first, second), statistic, critical, statistic < critical)


def cochran_critical(groups: int, replicates: int, alpha: float = 0.05) -> float:
    """Critical value of Cochran's statistic, the largest variance over the sum of the variances.

    Parameters
    ----------
    groups : int, groups >= 2
        Number of variances.
    replicates : int, replicates >= 2
        Results behind each variance, the same number for all.
    alpha : float, 0 < alpha < 1
        Level of the test.

    Returns
    -------
    float
        The value that the statistic exceeds with probability at most `alpha` under normality.

    Raises
    ------
    ValueError
        Fewer than 2 groups or replicates, or alpha outside (0, 1).

    References
    ----------
    Cochran W G (1941), Annals of Eugenics 11, 47-52; ISO 5725-2, Cochran's test. The F quantile at alpha / groups, as
    in 't Lam R U E (2010), Analytica Chimica Acta 659, 68-84.
    """
    groups = arguments.count("groups", groups, low=2)
    freedom = arguments.count("replicates", replicates, low=2) - 1
    level = _level(alpha, 1)
    # 1 / F has the swapped degrees of freedom and the lower tail: no loss for a small level.
    inverse = float(special.fdtri((groups - 1) * freedom, freedom, level / groups))
    return 1.0 / (1.0 + (groups - 1) * inverse)


def cochran(sds: ArrayLike, replicates: int, alpha: float = 0.05) -> CochranTest:
    """Cochran's test of the largest variance.

    Parameters
    ----------
    sds : array_like, shape (groups,), groups >= 2
        Standard deviation of each group, in one unit; 0 is allowed, all 0 is not. For duplicates give the ranges divided
        by the square root of 2, or the ranges themselves: the statistic is the same.
    replicates : int, replicates >= 2
        Results in each group, the same number for all.
    alpha : float, 0 < alpha < 1
        Level of the test.

    Returns
    -------
    CochranTest
        The suspected group, its statistic and the verdict.

    Raises
    ------
    ValueError
        Fewer than 2 groups or replicates, a standard deviation negative or not finite, all of them 0, or alpha outside
        (0, 1).

    References
    ----------
    ISO 5725-2, Cochran's test.
    """
    deviations = arguments.floats("sds", sds, at_least=2, low=0)
    critical = cochran_critical(deviations.size, replicates, alpha)
    index = int(deviations.argmax())
    # Ratios to the largest, so that no square overflows or vanishes.
    share = deviations / arguments.spread("sds", float(deviations[index]))
    statistic = 1.0 / float((share * share).sum())
    return CochranTest(index, statistic, critical, statistic > critical)


def _level(alpha: float, sides: int) -> float:
    sides = arguments.count("sides", sides, low=1, high=2)
    return arguments.number("alpha", alpha, above=0, below=1) / sides


def _spread(results: Floats) -> float:
    # Equal results may have a mean that is not one of them, hence a deviation of one rounding.
    return arguments.spread("values", float(results.std(ddof=1)) if np.ptp(results) > 0 else 0.0)


@functools.lru_cache(maxsize=8)
def _largest_deviation(n: int) -> tuple[Floats, Floats, Floats, Floats]:
    """The parts of the joint law of the largest deviation of n and that of the others.

    With v = sqrt(n / (n - 1)) (x - mean) / sqrt(sum of squares) = sin(angle), taking one result away leaves the share
    cos(angle)^2 of the sum of squares, and a configuration of n - 1 that does not depend on v. Returned are the angles,
    the density of a result's angle times n, the distribution function of the largest angle of the others, and the
    largest angle the others may have when the result is the largest.
    """
    angle = np.linspace(0.0, np.pi / 2, 20_001)
    others = np.where(angle >= np.pi / 6, 3 / np.pi * (angle - np.pi / 6), 0.0)  # of three results
    for m in range(4, n + 1):
        constant = m * math.exp(special.gammaln((m - 1) / 2) - special.gammaln((m - 2) / 2)) / math.sqrt(math.pi)
        density = constant * np.cos(angle) ** (m - 3)
        reach = np.arcsin(np.minimum(1.0, np.tan(angle) * math.sqrt(m / (m - 2))))
        if m < n:
            step = density * np.interp(reach, angle, others)
            others = np.concatenate(([0.0], np.cumsum((step[1:] + step[:-1]) / 2) * angle[1]))
    return angle, density, others, reach
