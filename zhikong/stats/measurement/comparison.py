"""Method comparison by least squares and by Deming's method, and the bias at decision levels of any fitted line."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhikong.stats.arguments import Floats, count, floats, number, same_length, spread


@dataclass(frozen=True, slots=True)
class Fit:
    """A line y = intercept + slope x with confidence limits.

    `covariance` is (variance of the intercept, covariance, variance of the slope), or None where the method gives only
    limits; `degrees_of_freedom` are those of the t quantile behind the limits.
    """

    method: str
    n: int
    intercept: float
    slope: float
    intercept_lower: float
    intercept_upper: float
    slope_lower: float
    slope_upper: float
    confidence: float
    covariance: tuple[float, float, float] | None
    degrees_of_freedom: int


@dataclass(frozen=True, slots=True)
class Bias:
    """Bias of y against x at a level of x, with limits, in the unit of the data, and the bias in percent of the level.

    `percent` is infinite at level 0 unless the bias there is 0.
    """

    level: float
    bias: float
    lower: float
    upper: float

    @property
    def percent(self) -> float:
        if self.level == 0:
            return math.copysign(math.inf, self.bias) if self.bias else 0.0
        return 100 * self.bias / self.level


def ordinary_least_squares(x: ArrayLike, y: ArrayLike, *, confidence: float = 0.95) -> Fit:
    """Least squares with all error in y, constant over the range.

    Parameters
    ----------
    x, y : array_like, shape (n,), n >= 3
        Comparative and candidate method, pairs in one order and unit.
    confidence : float
        Of the two-sided limits, from the t distribution with n - 2 degrees of freedom.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        Fewer than 3 pairs, unequal lengths, x without spread, a value not finite.

    References
    ----------
    CLSI EP09c (2018), appendix on regression. Draper NR, Smith H. Applied Regression Analysis, 3rd ed. 1998, chapter 1.
    """
    ones = np.ones(floats("x", x, at_least=3).size)
    return weighted_least_squares(x, y, weights=ones, confidence=confidence, method="least squares")


def weighted_least_squares(
    x: ArrayLike,
    y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
    method: str = "weighted least squares",
) -> Fit:
    """Least squares with all error in y and a weight a pair.

    Parameters
    ----------
    x, y : array_like, shape (n,), n >= 3
        Comparative and candidate method, pairs in one order and unit.
    weights : array_like, shape (n,), > 0, optional
        Proportional to 1 / variance of y. If not given 1 / x^2, a constant CV; x must then be above 0.
    confidence : float
        Of the two-sided limits, from the t distribution with n - 2 degrees of freedom.
    method : str
        What the fit is called in its result.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        Fewer than 3 pairs, unequal lengths, x without spread, a weight not above 0, a value not finite.

    References
    ----------
    CLSI EP09c (2018), appendix on regression. Linnet K. Clin Chem 1993;39:424-432.
    """
    x, y = _pairs(x, y, 3, above=0 if weights is None else None)
    w = 1 / x**2 if weights is None else floats("weights", weights, above=0)
    same_length(x=x, weights=w)
    n, total = x.size, w.sum()
    mean_x, mean_y = np.sum(w * x) / total, np.sum(w * y) / total
    sxx = float(np.sum(w * (x - mean_x) ** 2))
    spread("x", float(np.ptp(x)))  # not the sum of squares, which rounding can lift above 0
    slope = float(np.sum(w * (x - mean_x) * (y - mean_y)) / sxx)
    residuals = (y - mean_y) - slope * (x - mean_x)
    variance = float(np.sum(w * residuals**2) / (n - 2))
    covariance = (variance * (1 / total + mean_x**2 / sxx), -variance * mean_x / sxx, variance / sxx)
    return fit_with_covariance(method, n, float(mean_y - slope * mean_x), slope, covariance, confidence)


def deming(x: ArrayLike, y: ArrayLike, *, error_ratio: float = 1.0, confidence: float = 0.95) -> Fit:
    """Deming regression: error in both methods, of constant standard deviation; jackknife limits.

    Parameters
    ----------
    x, y : array_like, shape (n,), n >= 4
        Comparative and candidate method, pairs in one order and unit.
    error_ratio : float, > 0
        Variance of the measurement error of x over that of y (lambda); 1 is orthogonal regression.
    confidence : float
        Of the two-sided limits, from the t distribution with n - 2 degrees of freedom.

    Returns
    -------
    Fit
        The estimates are those of all pairs; their covariance is that of the jackknife pseudo-values.

    Raises
    ------
    ValueError
        Fewer than 4 pairs, unequal lengths, x or y without spread, no covariance between them, a value not finite.

    References
    ----------
    Linnet K. Clin Chem 1990;36:2000 and 1993;39:424-432 (jackknife). CLSI EP09c (2018), appendix on Deming regression.
    """
    x, y = _pairs(x, y, 4)
    ratio = number("error_ratio", error_ratio, above=0)
    return _jackknife("Deming", lambda a, b: _deming(a, b, ratio, np.ones(a.size)), x, y, confidence)


def weighted_deming(
    x: ArrayLike, y: ArrayLike, *, error_ratio: float = 1.0, confidence: float = 0.95, max_iterations: int = 100
) -> Fit:
    """Deming regression for measurement error proportional to the level (constant CV), iterated; jackknife limits.

    Parameters
    ----------
    x, y : array_like, shape (n,), n >= 4, > 0
        Comparative and candidate method, pairs in one order and unit.
    error_ratio : float, > 0
        Variance of the measurement error of x over that of y (lambda), the same at every level.
    confidence : float
        Of the two-sided limits, from the t distribution with n - 2 degrees of freedom.
    max_iterations : int
        The iteration stops when neither coefficient changes by more than 1e-12 of the line's size.

    Returns
    -------
    Fit
        The estimates are those of all pairs; their covariance is that of the jackknife pseudo-values.

    Raises
    ------
    ValueError
        As `deming`; a value not above 0; a fitted level not above 0; no convergence.

    References
    ----------
    Linnet K. Stat Med 1990;9:1463-1473; Clin Chem 1993;39:424-432. Weights 1 / ((X + lambda Y) / (1 + lambda))^2 at the
    estimated true values X and Y of each pair.
    """
    x, y = _pairs(x, y, 4, above=0)
    ratio = number("error_ratio", error_ratio, above=0)
    most = count("max_iterations", max_iterations, low=1)

    def estimate(a: Floats, b: Floats) -> tuple[float, float]:
        level = (a + ratio * b) / (1 + ratio)
        intercept, slope = _deming(a, b, ratio, level**-2)
        for _ in range(most):
            away = b - (intercept + slope * a)
            true_a = a + ratio * slope * away / (1 + ratio * slope**2)
            true_b = b - away / (1 + ratio * slope**2)
            level = (true_a + ratio * true_b) / (1 + ratio)
            if (level <= 0).any():
                raise ValueError(
                    f"x and y give a fitted level of {level.min():g}: weights of a constant CV need levels > 0"
                )
            before = intercept, slope
            intercept, slope = _deming(a, b, ratio, level**-2)
            if abs(slope - before[1]) <= 1e-12 * abs(slope) and abs(intercept - before[0]) <= 1e-12 * b.mean():
                return intercept, slope
        raise ValueError(f"max_iterations is {most}: the weighted Deming line has not converged")

    return _jackknife("weighted Deming", estimate, x, y, confidence)


def bias_at(fit: Fit, levels: ArrayLike) -> tuple[Bias, ...]:
    """Bias of the candidate method at medical decision levels.

    Parameters
    ----------
    fit : Fit
        With a covariance: any but `passing_bablok`, for which see `bootstrap_bias`.
    levels : array_like, shape (k,)
        Levels of x, in the unit of the data.

    Returns
    -------
    tuple of Bias
        intercept + (slope - 1) level, with limits at the confidence of the fit. For the jackknife fits this equals the
        jackknife of the bias itself, which is linear in the coefficients.

    Raises
    ------
    ValueError
        A fit without covariance, a level not finite.

    References
    ----------
    CLSI EP09c (2018), section on the estimation of bias at decision levels. Linnet K. Clin Chem 1993;39:424-432.
    """
    if fit.covariance is None:
        raise ValueError(f"fit is {fit.method!r}, which has no covariance: use bootstrap_bias")
    own, shared, steep = fit.covariance
    quantile = float(special.stdtrit(fit.degrees_of_freedom, (1 + fit.confidence) / 2))
    found = []
    for level in floats("levels", levels).tolist():
        bias = fit.intercept + (fit.slope - 1) * level
        half = quantile * math.sqrt(max(own + 2 * level * shared + level**2 * steep, 0.0))
        found.append(Bias(level, bias, bias - half, bias + half))
    return tuple(found)


def fit_with_covariance(
    method: str, n: int, intercept: float, slope: float, covariance: tuple[float, float, float], confidence: float
) -> Fit:
    """A fit whose limits are estimate -+ t x standard error with n - 2 degrees of freedom.

    Parameters
    ----------
    method : str
        Its name.
    n : int
        Pairs.
    intercept, slope : float
        The line.
    covariance : tuple of float
        Variance of the intercept, covariance, variance of the slope.
    confidence : float
        Two-sided.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        A confidence outside 0 to 1.

    References
    ----------
    CLSI EP09c (2018), appendix on regression.
    """
    confidence = number("confidence", confidence, above=0, below=1)
    quantile = float(special.stdtrit(n - 2, (1 + confidence) / 2))
    own, shared, steep = (float(part) for part in covariance)
    half_a, half_b = quantile * math.sqrt(max(own, 0.0)), quantile * math.sqrt(max(steep, 0.0))
    return Fit(
        method, n, intercept, slope, intercept - half_a, intercept + half_a, slope - half_b, slope + half_b,
        confidence, (own, shared, steep), n - 2,
    )  # fmt: skip


def _pairs(x: ArrayLike, y: ArrayLike, at_least: int, above: float | None = None) -> tuple[Floats, Floats]:
    one, other = floats("x", x, at_least=at_least, above=above), floats("y", y, at_least=at_least, above=above)
    same_length(x=one, y=other)
    return one, other


def _deming(x: Floats, y: Floats, ratio: float, w: Floats) -> tuple[float, float]:
    total = w.sum()
    mean_x, mean_y = np.sum(w * x) / total, np.sum(w * y) / total
    u, q = float(np.sum(w * (x - mean_x) ** 2)), float(np.sum(w * (y - mean_y) ** 2))
    p = float(np.sum(w * (x - mean_x) * (y - mean_y)))
    spread("x", float(np.ptp(x)))
    spread("y", float(np.ptp(y)))
    if p == 0:
        raise ValueError("x and y have no covariance: the Deming slope is not defined")
    apart = ratio * q - u
    root = math.hypot(apart, 2 * math.sqrt(ratio) * p)
    # two forms of one root: the one whose terms do not cancel
    slope = (apart + root) / (2 * ratio * p) if apart >= 0 else 2 * p / (root - apart)
    return float(mean_y - slope * mean_x), slope


def _jackknife(
    method: str, estimate: Callable[[Floats, Floats], tuple[float, float]], x: Floats, y: Floats, confidence: float
) -> Fit:
    n = x.size
    full = np.array(estimate(x, y))
    left = np.array([estimate(np.delete(x, index), np.delete(y, index)) for index in range(n)])
    pseudo = n * full - (n - 1) * left
    spread_of = np.cov(pseudo, rowvar=False) / n
    covariance = (float(spread_of[0, 0]), float(spread_of[0, 1]), float(spread_of[1, 1]))
    return fit_with_covariance(method, n, float(full[0]), float(full[1]), covariance, confidence)
