"""Method comparison by ranks of the slopes between all pairs of points: Passing-Bablok and Theil-Sen.

Every method here keeps the n (n - 1) / 2 slopes in memory: 4 n^2 bytes, and as much again while they are ordered
(n = 3,000: 72 MB; n = 10,000: 800 MB). A difference below 1e-12 of its terms is rounding and counts as none.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import Floats, count, floats, number, one_of, same_length
from zhikong.stats.measurement.comparison import Bias, Fit, fit_with_covariance

ROUNDING = 1e-12
MCKEAN_SCHRADER = 1.4  # the z at which the spread of the residuals is read


def passing_bablok(
    x: ArrayLike,
    y: ArrayLike,
    *,
    confidence: float = 0.95,
    limits: str = "rounded",
    central: str = "slope",
) -> Fit:
    """Passing-Bablok regression of 1983, for two methods that measure the same: the slope is expected near 1.

    Identical pairs of points and slopes of exactly -1 are left out; K, the number of slopes below -1, shifts the median.
    A vertical slope counts as +infinity; its sign does not matter, since one slope fewer above the median and one more
    in the shift cancel.

    Parameters
    ----------
    x, y : array_like, shape (n,), n >= 3
        Comparative and candidate method, pairs in one order and unit.
    confidence : float
        Two-sided, by the normal approximation of Kendall's statistic.
    limits : {"rounded", "averaged"}
        "rounded": the ranks of the limits are M1 = (N - C) / 2 to the nearest whole number (half up) and N - M1 + 1, as
        in the paper. "averaged": the rank N - C is read as the median is, and half ranks are averaged, as the R package
        mcr and Analyse-it do.
    central : {"slope", "angle"}
        Of two central slopes (and of averaged limits) the mean, as in the paper, or the slope of the mean angle.

    Returns
    -------
    Fit
        Without covariance. A limit beyond the last slope is infinite.

    Raises
    ------
    ValueError
        Fewer than 3 pairs, unequal lengths, a value not finite; points that do not rise together (the shifted median
        falls outside the slopes, or on a vertical one).

    References
    ----------
    Passing H, Bablok W. J Clin Chem Clin Biochem 1983;21:709-720, sections 3.1 and 3.2.
    """
    one_of("limits", limits, ("rounded", "averaged"))
    one_of("central", central, ("slope", "angle"))
    confidence = number("confidence", confidence, above=0, below=1)
    x, y = _pairs(x, y, 3)
    n = x.size
    slopes, minus_one = _slopes(x, y)
    slopes = slopes[~minus_one]
    slopes.sort()
    total, shift = slopes.size, int(np.searchsorted(slopes, -1.0, side="left"))

    def at(twice: int) -> float:
        """The slope of rank `twice` / 2, half ranks between two; infinite beyond the ends."""
        low, high = twice // 2 + shift, (twice + 1) // 2 + shift
        if low < 1:
            return -math.inf
        return math.inf if high > total else _middle(float(slopes[low - 1]), float(slopes[high - 1]), central)

    slope = at(total + 1)
    if total == 0 or not math.isfinite(slope):
        raise ValueError("x and y do not rise together: Passing-Bablok expects a slope near 1")
    from scipy.special import ndtri

    width = float(ndtri((1 + confidence) / 2)) * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    if limits == "rounded":
        first = math.floor((total - width) / 2 + 0.5)
        lower, upper = at(2 * first), at(2 * (total - first + 1))
    else:
        lower, upper = at(round(total - width) + 1), at(round(total + width) + 1)
    return Fit(
        "Passing-Bablok", n, _intercept(x, y, slope), slope,
        -math.inf if math.isinf(upper) else _intercept(x, y, upper),
        math.inf if math.isinf(lower) else _intercept(x, y, lower),
        lower, upper, confidence, None, n - 2,
    )  # fmt: skip


def equivariant_passing_bablok(
    x: ArrayLike, y: ArrayLike, *, confidence: float = 0.95, limits: str = "interpolated"
) -> Fit:
    """Equivariant Passing-Bablok regression: the median of the absolute slopes, for methods of any slope or unit.

    Parameters
    ----------
    x, y : array_like, shape (n,), n >= 4
        Comparative and candidate method, pairs in one order; the units may differ.
    confidence : float
        Of the two-sided limits, from the t distribution with n - 2 degrees of freedom.
    limits : {"interpolated", "nearest"}
        The interval behind the standard error of the slope: quantiles of the slopes' angles, interpolated, or the
        nearest slopes themselves, as the fast algorithms give.

    Returns
    -------
    Fit
        With covariance, hence with `bias_at`. The slope has the sign of Kendall's tau.

    Raises
    ------
    ValueError
        Fewer than 4 pairs, unequal lengths, a value not finite; a tau of 0, or no finite slope.

    References
    ----------
    Bablok W, Passing H, Bender R, Schneider B. J Clin Chem Clin Biochem 1988;26:783-790 (the estimate).
    Dufey F. Int J Biostat 2020;16(2):20190157 (the standard errors, as implemented in the R package mcr).
    """
    x, y = _pairs(x, y, 4)
    tau = _tau_b(x, y)
    if tau == 0:
        raise ValueError("x and y have a Kendall tau of 0: they neither rise nor fall together")
    sign = math.copysign(1.0, tau)
    fit = _kendall_line("equivariant Passing-Bablok", x, sign * y, confidence, limits, both_in_error=True)
    if sign > 0 or fit.covariance is None:
        return fit
    return fit_with_covariance(fit.method, fit.n, -fit.intercept, -fit.slope, fit.covariance, confidence)


def theil_sen(x: ArrayLike, y: ArrayLike, *, confidence: float = 0.95, limits: str = "interpolated") -> Fit:
    """Theil-Sen regression: the median of the slopes, with all error in y. Vertical slopes are left out.

    Parameters
    ----------
    x, y : array_like, shape (n,), n >= 4
        Comparative and candidate method, pairs in one order.
    confidence : float
        Of the two-sided limits, from the t distribution with n - 2 degrees of freedom.
    limits : {"interpolated", "nearest"}
        As in `equivariant_passing_bablok`.

    Returns
    -------
    Fit
        With covariance, hence with `bias_at`. The intercept is the median of y - slope x.

    Raises
    ------
    ValueError
        Fewer than 4 pairs, unequal lengths, a value not finite, all x equal.

    References
    ----------
    Sen PK. J Am Stat Assoc 1968;63:1379-1389.
    Dufey F. Int J Biostat 2020;16(2):20190157 (the standard errors, as implemented in the R package mcr).
    """
    x, y = _pairs(x, y, 4)
    return _kendall_line("Theil-Sen", x, y, confidence, limits, both_in_error=False)


def bootstrap_bias(
    x: ArrayLike,
    y: ArrayLike,
    levels: ArrayLike,
    *,
    seed: int,
    method: Callable[..., Fit] = passing_bablok,
    draws: int = 1999,
    confidence: float = 0.95,
) -> tuple[Bias, ...]:
    """Bias at decision levels with percentile bootstrap limits, for a method without covariance.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Comparative and candidate method, pairs in one order and unit.
    levels : array_like, shape (k,)
        Levels of x.
    seed : int
        Of numpy's default generator: the same seed gives the same limits.
    method : callable
        Any of the regressions of this package.
    draws : int
        Samples of n pairs with replacement. Time is `draws` fits.
    confidence : float
        Of the two-sided limits: the interpolated quantiles of the draws.

    Returns
    -------
    tuple of Bias
        The bias is that of all pairs.

    Raises
    ------
    ValueError
        As `method`, for the data or for a draw of it.

    References
    ----------
    CLSI EP09c (2018), appendix on bootstrap intervals for Passing-Bablok. Efron B, Tibshirani RJ. An Introduction to the
    Bootstrap. 1993, chapter 13.
    """
    x, y = _pairs(x, y, 3)
    at = floats("levels", levels)
    draws = count("draws", draws, low=99)
    tail = (1 - number("confidence", confidence, above=0, below=1)) / 2
    line = method(x, y)
    rng = np.random.default_rng(count("seed", seed))
    found = np.empty((draws, at.size))
    for row in found:
        chosen = rng.integers(x.size, size=x.size)
        drawn = method(x[chosen], y[chosen])
        row[:] = drawn.intercept + (drawn.slope - 1) * at
    low, high = np.quantile(found, [tail, 1 - tail], axis=0)
    bias = line.intercept + (line.slope - 1) * at
    return tuple(Bias(*each) for each in zip(*(part.tolist() for part in (at, bias, low, high)), strict=True))


def _pairs(x: ArrayLike, y: ArrayLike, at_least: int) -> tuple[Floats, Floats]:
    one, other = floats("x", x, at_least=at_least), floats("y", y, at_least=at_least)
    same_length(x=one, y=other)
    return one, other


def _differences(values: Floats, i: NDArray[np.intp], j: NDArray[np.intp]) -> Floats:
    one, other = values[i], values[j]
    away = other - one
    away[np.abs(away) <= ROUNDING * (np.abs(one) + np.abs(other)) / 2] = 0.0
    return away


def _all_pairs(n: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Every pair i < j, some hundred thousand at a time."""
    rows = max(1, 300_000 // max(n, 1))
    for first in range(0, n - 1, rows):
        i = np.arange(first, min(first + rows, n - 1))
        at, j = np.nonzero(i[:, None] < np.arange(n))
        yield i[at], j


def _slopes(x: Floats, y: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """All slopes between two different points, vertical ones +infinity, and which of them are exactly -1."""
    slopes = np.empty(x.size * (x.size - 1) // 2)
    minus_one = np.empty(slopes.size, dtype=bool)
    filled = 0
    for i, j in _all_pairs(x.size):
        dx, dy = _differences(x, i, j), _differences(y, i, j)
        different = (dx != 0) | (dy != 0)
        dx, dy, i, j = dx[different], dy[different], i[different], j[different]
        here = slice(filled, filled + dx.size)
        slopes[here] = np.where(dx == 0, np.inf, dy / np.where(dx == 0, 1.0, dx))
        scale = np.abs(x[i]) + np.abs(y[i]) + np.abs(x[j]) + np.abs(y[j])
        minus_one[here] = (np.abs(dx + dy) <= ROUNDING * scale / 2) & (dx != 0)
        filled = here.stop
    return slopes[:filled], minus_one[:filled]


def _middle(low: float, high: float, central: str) -> float:
    if low == high or central == "slope":
        return (low + high) / 2
    return math.tan((math.atan(low) + math.atan(high)) / 2)


def _intercept(x: Floats, y: Floats, slope: float) -> float:
    return float(np.median(y - slope * x))


def _tau_b(one: Floats, other: Floats) -> float:
    """Kendall's tau-b; 0 where it is not defined."""
    agreement, untied_one, untied_other = 0.0, 0, 0
    for i, j in _all_pairs(one.size):
        first, second = np.sign(one[j] - one[i]), np.sign(other[j] - other[i])
        agreement += float(first @ second)
        untied_one += int(np.count_nonzero(first))
        untied_other += int(np.count_nonzero(second))
    return agreement / math.sqrt(untied_one * untied_other) if untied_one and untied_other else 0.0


def _kendall_line(method: str, x: Floats, y: Floats, confidence: float, limits: str, *, both_in_error: bool) -> Fit:
    """The slope at which Kendall's tau of the residuals vanishes, and Dufey's standard errors.

    The slope's error is read from the slopes between two quantiles, as wide as the variance of tau there asks; the
    intercept's from the spread of the residuals, their correlation with tau, and the intercept's answer to the slope.
    """
    from scipy import special

    one_of("limits", limits, ("interpolated", "nearest"))
    quantile = float(special.stdtrit(x.size - 2, (1 + number("confidence", confidence, above=0, below=1)) / 2))
    n = x.size

    def shape(values: Any) -> Any:
        return np.abs(values) if both_in_error else values

    slopes = shape(_slopes(x, y)[0])
    if not both_in_error:
        slopes = slopes[np.isfinite(slopes)]
    if slopes.size == 0:
        raise ValueError("x has no spread: every slope is vertical")
    angles = np.sort(np.arctan(slopes))
    middle = (angles.size - 1) // 2, angles.size // 2
    slope = float(slopes[0]) if angles.size == 1 else math.tan((angles[middle[0]] + angles[middle[1]]) / 2)
    if middle[0] == middle[1]:
        slope = float(np.partition(slopes, middle[0])[middle[0]])  # the very slope, not its angle's tangent
    if not math.isfinite(slope) or angles[middle[1]] == math.pi / 2:
        raise ValueError("x has too little spread: the median slope is vertical")

    # variance of tau from its n parts, each point's concordant less discordant pairs about the line
    parts = np.zeros(n)
    for i, j in _all_pairs(n):
        dx, dy = _differences(x, i, j), _differences(y, i, j)
        with np.errstate(divide="ignore", invalid="ignore"):
            sign = np.sign(shape(dy / dx) - slope)
        sign[(dx == 0) & ((dy == 0) | (not both_in_error))] = 0.0
        parts += np.bincount(i, sign, n) + np.bincount(j, sign, n)
    variance = max((4 * float(np.sum(parts**2)) - 2 * n * (n - 1)) / (n * (n - 1) * (n - 2) * (n - 3)), 0.0)

    half = min(quantile * math.sqrt(variance), 1.0)
    if limits == "interpolated":
        low, high = (math.tan(each) for each in np.quantile(angles, [(1 - half) / 2, (1 + half) / 2]))
    else:
        ranks = (max(1, min(angles.size, round(angles.size * (1 + side * half) / 2))) for side in (-1, 1))
        low, high = (math.tan(angles[rank - 1]) for rank in ranks)
    slope_error = (high - low) / (2 * quantile)

    residuals = y - slope * x
    intercept = float(np.median(residuals))
    ordered = np.sort(residuals)
    rank = round((n + 1) / 2 - MCKEAN_SCHRADER * math.sqrt(n / 4))
    residual_error = float(ordered[n - rank] - ordered[rank - 1]) / (2 * MCKEAN_SCHRADER)

    # correlation of tau with the residuals' centre: tau-b of the points above the line less that of those below
    away = _snapped(residuals - intercept, ROUNDING * float(np.max(np.abs(y)) + abs(slope) * np.max(np.abs(x))))
    along = y + slope * x if both_in_error else x
    shares = 0.0
    for side, direction in ((away > 0, 1), (away < 0, -1)):
        members = int(side.sum())
        shares += direction * _tau_b(away[side], along[side]) * members * (members - 1)
    correlation = 0.0 if variance == 0 else 2 * shares / (n * (n - 1)) / math.sqrt(n * variance)
    correlation = max(-1.0, min(1.0, correlation))

    step = slope_error * MCKEAN_SCHRADER
    if step == 0:
        return fit_with_covariance(method, n, intercept, slope, (residual_error**2, 0.0, 0.0), confidence)
    centre = (_intercept(x, y, slope - step) - _intercept(x, y, slope + step)) / (2 * step)
    weighted = centre - residual_error / slope_error * correlation
    own = max(residual_error**2 * (1 - correlation**2) + slope_error**2 * weighted**2, 0.0)
    return fit_with_covariance(
        method, n, intercept, slope, (own, -(slope_error**2) * weighted, slope_error**2), confidence
    )


def _snapped(values: Floats, tolerance: float) -> Floats:
    """Values closer than the tolerance to their lower neighbour made equal to it, so that ties are ties."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    for index in range(1, ordered.size):
        if ordered[index] - ordered[index - 1] <= tolerance:
            ordered[index] = ordered[index - 1]
    result = np.empty_like(values)
    result[order] = ordered
    return result
