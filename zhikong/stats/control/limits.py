"""Targets and limits of a control material, Levey-Jennings charts, and the comparison of two periods or lots."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from zhikong.stats.arguments import Floats, count, floats, number, one_of, spread

ESTIMATORS = ("classic", "robust")
VARIANCES = ("pooled", "welch")
ON_A_LINE = 1e-9  # a z nearer than this to a line lies on it


@dataclass(frozen=True, slots=True)
class Target:
    """What a control material is judged against.

    mean, sd : in the unit of the results.
    n : results they rest on; 0 when they were laid down and not measured.
    """

    mean: float
    sd: float
    n: int

    @property
    def cv(self) -> float:
        """Coefficient of variation, percent of the mean. ValueError when the mean is 0."""
        if self.mean == 0:
            raise ValueError("mean is 0: a coefficient of variation needs another")
        return 100 * self.sd / abs(self.mean)

    def limits(self, multiple: float) -> tuple[float, float]:
        """mean - multiple sd and mean + multiple sd: 2 is the warning, 3 the action limit."""
        return self.mean - multiple * self.sd, self.mean + multiple * self.sd


@dataclass(frozen=True, slots=True)
class RangeFactors:
    """Factors of the range of n results of one normal distribution with standard deviation 1.

    d2, d3 : mean and standard deviation of the range.
    warning, action : d2 + 2 d3 and d2 + 3 d3, the upper limits of an R chart.
    """

    d2: float
    d3: float
    warning: float
    action: float


@dataclass(frozen=True, slots=True)
class LeveyJennings:
    """A Levey-Jennings chart (质控图).

    results : as given; NaN is a gap.
    z : (result - mean) / sd.
    zones : 0 to 3, how many of the lines at 1, 2 and 3 sd a result lies beyond, negative below the mean; 0 in a gap.
    lines : the seven lines, mean - 3 sd to mean + 3 sd, in the unit of the results.
    """

    results: Floats
    z: Floats
    zones: NDArray[np.int8]
    lines: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two periods or lots compared.

    f, f_critical, f_p : larger over smaller variance, its two-sided critical value and probability.
    sd : the standard deviation the t test used: pooled, or of the difference times sqrt(n1 n2 / (n1 + n2)) under Welch.
    t, t_critical, t_p, degrees : difference of means over its standard error, new minus old; two-sided.
    sd_differs, mean_differs : whether the value is beyond the critical one; equality is not.
    """

    f: float
    f_critical: float
    f_p: float
    sd: float
    t: float
    t_critical: float
    t_p: float
    degrees: float
    sd_differs: bool
    mean_differs: bool


def z_scores(results: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Floats:
    """Results as multiples of the standard deviation: z = (result - mean) / sd, computed once and in this form.

    Parameters
    ----------
    results : array_like
        Control results; NaN stands for a missing one and stays NaN.
    mean, sd : array_like
        Target and standard deviation, each of a shape that broadcasts to `results`.

    Returns
    -------
    ndarray of float, shape of `results`

    Raises
    ------
    ValueError
        A value that is not a finite number, an sd not above 0, shapes that do not fit.

    References
    ----------
    Westgard JO. Basic QC Practices, 4th ed. (2016), z-score chart.
    """
    any_shape = tuple(range(9))
    values = floats("results", results, dimensions=any_shape, at_least=0, missing=True)
    centre = floats("mean", mean, dimensions=any_shape)
    scale = floats("sd", sd, dimensions=any_shape, above=0)
    for name, array in (("mean", centre), ("sd", scale)):
        try:
            fits = np.broadcast_shapes(array.shape, values.shape) == values.shape
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"{name} has shape {array.shape}: it does not fit results of shape {values.shape}")
    z: Floats = (values - centre) / scale
    return z


def from_results(results: ArrayLike, *, estimator: str = "classic") -> Target:
    """Target and standard deviation of preliminary runs.

    Parameters
    ----------
    results : array_like, shape (n,), n >= 2
        In-control results of one material and lot. Custom asks for 20 of at least 10 days.
    estimator : str
        "classic": mean and standard deviation with n - 1. "robust": Algorithm A, for runs not yet cleared of outliers
        (n >= 3).

    Returns
    -------
    Target

    Raises
    ------
    ValueError
        Fewer than 2 results, one that is not a finite number, no spread, an unknown estimator.

    References
    ----------
    CLSI C24, 4th ed. (2016), target value and standard deviation. ISO 13528:2022, Annex C, Algorithm A.
    """
    one_of("estimator", estimator, ESTIMATORS)
    values = floats("results", results, at_least=3 if estimator == "robust" else 2)
    if estimator == "robust":
        from zhikong.stats import robust

        try:
            estimate = robust.algorithm_a(values)
        except ValueError as error:
            raise ValueError(str(error).replace("values", "results", 1)) from None
        return Target(float(estimate.mean), spread("results", float(estimate.sd)), values.size)
    if np.ptp(values) == 0:
        spread("results", 0.0)
    return Target(float(values.mean()), spread("results", float(values.std(ddof=1))), values.size)


def from_periods(targets: Sequence[Target]) -> Target:
    """Target and standard deviation of all results of several periods, as if computed from the results themselves.

    Parameters
    ----------
    targets : sequence of Target
        One per period, each with its own mean, sd and n >= 1 (sd is 0 or ignored when n is 1).

    Returns
    -------
    Target
        Mean of all results, and their standard deviation with n - 1: differences between periods count.

    Raises
    ------
    ValueError
        No period, an n below 1, a value that is not finite, fewer than 2 results in all, no spread.

    References
    ----------
    Chan TF, Golub GH, LeVeque RJ. Am Stat 1983;37:242-247, equation 1.5b, pairwise updating.
    """
    if not targets:
        raise ValueError("targets is empty: at least one period is needed")
    n, mean, squares = 0, 0.0, 0.0
    for index, target in enumerate(targets):
        size = count(f"targets[{index}].n", target.n, low=1)
        centre = number(f"targets[{index}].mean", target.mean)
        scale = number(f"targets[{index}].sd", target.sd, low=0)
        step = centre - mean
        total = n + size
        squares += (size - 1) * scale**2 + step**2 * n * size / total
        mean += step * size / total
        n = total
    count("results in all periods", n, low=2)
    return Target(mean, spread("targets", math.sqrt(squares / (n - 1))), n)


def from_allowance(mean: float, allowance: float, *, divisor: float, relative: bool = True) -> Target:
    """Limits from a requirement, not from measured spread: sd = allowance / divisor.

    Parameters
    ----------
    mean : float
        Target value.
    allowance : float
        What is allowed: an expanded uncertainty, a total error, a CV. Percent of the mean if `relative`, otherwise in
        the unit of the mean.
    divisor : float
        How many standard deviations the allowance holds: 1 for a CV, 4 for an expanded uncertainty (Nordtest: half of
        it is the standard uncertainty, half of that is left to reproducibility within the laboratory).
    relative : bool
        Whether the allowance is in percent.

    Returns
    -------
    Target
        With n = 0.

    Raises
    ------
    ValueError
        A value not finite, an allowance or a divisor not above 0, a relative allowance of a mean of 0.

    References
    ----------
    Nordtest NT TR 569 ed. 5.1 (2018), Example 1, p. 35.
    """
    centre = number("mean", mean)
    part = number("allowance", allowance, above=0) / number("divisor", divisor, above=0)
    if relative and centre == 0:
        raise ValueError("mean is 0: an allowance in percent needs another")
    return Target(centre, part * abs(centre) / 100 if relative else part, 0)


@lru_cache(maxsize=64)
def range_factors(n: int) -> RangeFactors:
    """Factors of R charts, computed from the distribution of the range.

    Parameters
    ----------
    n : int, 2 <= n <= 100
        Results in each set of replicates.

    Returns
    -------
    RangeFactors
        Mean range / d2 estimates the standard deviation of repeatability; warning and action limits of the range are
        that standard deviation times `warning` and `action`.

    Raises
    ------
    ValueError
        n outside 2 to 100.

    References
    ----------
    Tippett LHC. Biometrika 1925;17:364-387. Nordtest NT TR 569 ed. 5.1 (2018), Table 4 (d2, DWL, DAL).
    """
    count("n", n, low=2, high=100)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    x, weights = 9 * nodes, 9 * weights
    below = ndtr(x)
    d2 = float(weights @ (1 - below**n - ndtr(-x) ** n))
    # E(W^2) = 2 * the integral over low < high of P(minimum < low and maximum > high); the inner nodes lie in [-9, high]
    half = (x[:, None] + 9) / 2
    low = -9 + half * (nodes + 1)
    outside = 1 - below[:, None] ** n - ndtr(-low) ** n + (below[:, None] - ndtr(low)) ** n
    square = 2 * float(weights @ (half * weights / 9 * outside).sum(axis=1))
    d3 = math.sqrt(square - d2**2)
    return RangeFactors(d2, d3, d2 + 2 * d3, d2 + 3 * d3)


def levey_jennings(results: ArrayLike, target: Target) -> LeveyJennings:
    """A control series with what a Levey-Jennings chart shows.

    Parameters
    ----------
    results : array_like, shape (runs,) or (series, runs)
        In order of time; NaN is a gap.
    target : Target
        Mean and standard deviation.

    Returns
    -------
    LeveyJennings
        On a line (within 1e-9 sd) is not beyond it.

    Raises
    ------
    ValueError
        A result that is not a number or infinite, an sd not above 0.

    References
    ----------
    Levey S, Jennings ER. Am J Clin Pathol 1950;20:1059-1066.
    """
    values = floats("results", results, dimensions=(1, 2), missing=True)
    z = z_scores(values, target.mean, target.sd)
    beyond = np.abs(z)[..., None] > np.array([1, 2, 3]) + ON_A_LINE
    zones = (beyond.sum(axis=-1) * np.where(z < 0, -1, 1)).astype(np.int8)
    return LeveyJennings(values, z, zones, tuple(target.mean + k * target.sd for k in range(-3, 4)))


def compare(old: Target, new: Target, *, alpha: float = 0.05, variances: str = "pooled") -> Comparison:
    """Whether mean and standard deviation of two periods or lots differ: F test, then t test.

    Parameters
    ----------
    old, new : Target
        With n >= 2; `from_results` makes them of results.
    alpha : float
        Two-sided level of each test.
    variances : str
        "pooled": Student's t with the pooled standard deviation. "welch": for standard deviations that differ.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        An n below 2, a spread not above 0, alpha outside 0 to 1, an unknown `variances`.

    References
    ----------
    Nordtest NT TR 569 ed. 5.1 (2018), Example 8, pp. 42-44. Welch BL. Biometrika 1947;34:28-35.
    """
    from scipy import stats

    one_of("variances", variances, VARIANCES)
    alpha = number("alpha", alpha, above=0, below=1)
    for name, each in (("old", old), ("new", new)):
        count(f"{name}.n", each.n, low=2)
        number(f"{name}.mean", each.mean)
        number(f"{name}.sd", each.sd, above=0)
    large, small = (new, old) if new.sd > old.sd else (old, new)
    f = (large.sd / small.sd) ** 2
    f_critical = float(stats.f.isf(alpha / 2, large.n - 1, small.n - 1))
    f_p = min(1.0, 2 * float(stats.f.sf(f, large.n - 1, small.n - 1)))
    parts = (old.sd**2 / old.n, new.sd**2 / new.n)
    if variances == "pooled":
        degrees = float(old.n + new.n - 2)
        sd = math.sqrt(((old.n - 1) * old.sd**2 + (new.n - 1) * new.sd**2) / degrees)
    else:
        degrees = sum(parts) ** 2 / (parts[0] ** 2 / (old.n - 1) + parts[1] ** 2 / (new.n - 1))
        sd = math.sqrt(sum(parts) * old.n * new.n / (old.n + new.n))
    t = (new.mean - old.mean) / (sd * math.sqrt(1 / old.n + 1 / new.n))
    t_critical = float(stats.t.isf(alpha / 2, degrees))
    t_p = 2 * float(stats.t.sf(abs(t), degrees))
    return Comparison(f, f_critical, f_p, sd, t, t_critical, t_p, degrees, f > f_critical, abs(t) > t_critical)
