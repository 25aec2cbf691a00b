"""Kernel density and its modes, and standard errors by the bootstrap."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from zhikong.stats import arguments
from zhikong.stats.arguments import Floats
from zhikong.stats.robust.estimates import FIXED_POINT, Profile, algorithm_a

_STEPS = 16  # grid points a bandwidth: two modes closer than that have no dip worth the name, and count as one
_REACH = 39.0  # bandwidths beyond which a normal kernel is 0 in floating point
_FINEST = 1e-13  # of the values: the bandwidth whose grid has several floating-point numbers a step
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Modes:
    """The modes of a kernel density.

    at: places of the modes, ascending, in the unit of the data
    heights: density at each, per unit of the data
    bandwidth: of the normal kernel, in the unit of the data
    n: number of results
    """

    at: Floats
    heights: Floats
    bandwidth: float
    n: int

    @property
    def main(self) -> float:
        """The highest mode; of equally high ones the lowest place."""
        return float(self.at[int(self.heights.argmax())])

    def at_least(self, share: float) -> int:
        """The number of modes whose height is at least this share of the highest: an outlier is a low mode too."""
        share = arguments.number("share", share, low=0, high=1)
        return int((self.heights >= share * self.heights.max()).sum())


def kernel_bandwidth(values: ArrayLike, *, profile: Profile = FIXED_POINT) -> float:
    """Bandwidth of the normal kernel for the results of a round.

    Parameters
    ----------
    values : array_like, shape (n,), n >= 3
        Results, in one unit.
    profile : Profile
        How s* is found by Algorithm A.

    Returns
    -------
    float
        0.9 s* / n^0.2, in the unit of `values`.

    Raises
    ------
    ValueError
        As `algorithm_a`.

    References
    ----------
    ISO 13528:2022, 10.3, kernel density plots, as transcribed in open implementations; Silverman B W (1986), Density
    Estimation for Statistics and Data Analysis, 3.4.2; Lowthian P J, Thompson M (2002), Analyst 127, 1359-1364.
    """
    estimate = algorithm_a(values, profile=profile)
    return 0.9 * estimate.sd / float(estimate.n) ** 0.2


def kernel_density(values: ArrayLike, at: ArrayLike, bandwidth: float) -> Floats:
    """Density of results, smoothed by a normal kernel; computed directly, without a grid.

    Parameters
    ----------
    values : array_like, shape (n,)
        Results, in one unit.
    at : array_like, shape (m,)
        Where the density is wanted, in the same unit.
    bandwidth : float, bandwidth > 0
        Standard deviation of the kernel, in the same unit.

    Returns
    -------
    ndarray, shape (m,)
        Density, per unit of the values.

    Raises
    ------
    ValueError
        A value or place not finite, or a bandwidth not above 0.

    References
    ----------
    ISO 13528:2022, 10.3, kernel density plots.
    """
    results = np.sort(arguments.floats("values", values))
    places = arguments.floats("at", at)
    width = arguments.number("bandwidth", bandwidth, above=0)
    return _sums(results, places, width)[0] / (width * np.sqrt(2 * np.pi) * results.size)


def density_modes(values: ArrayLike, bandwidth: float | None = None) -> Modes:
    """The modes of the kernel density of results.

    They are the places where the slope of the density turns from up to down, searched on a grid of a sixteenth of the
    bandwidth, and then found to the last digits by bisection.

    Parameters
    ----------
    values : array_like, shape (n,)
        Results, in one unit.
    bandwidth : float, bandwidth > 0, optional
        Standard deviation of the normal kernel; `kernel_bandwidth` of the values by default.

    Returns
    -------
    Modes
        Places and heights, ascending by place.

    Raises
    ------
    ValueError
        A value not finite, a bandwidth not above 0 or below 1e-13 of the largest value, or none given where `algorithm_a`
        raises.

    References
    ----------
    ISO 13528:2022, 10.3, kernel density plots; Lowthian P J, Thompson M (2002), Analyst 127, 1359-1364.
    """
    results = np.sort(arguments.floats("values", values))
    width = kernel_bandwidth(results) if bandwidth is None else arguments.number("bandwidth", bandwidth, above=0)
    if width < _FINEST * float(np.abs(results).max()):
        raise ValueError(f"bandwidth is {width:g}: places so near to one another cannot be told apart in these values")
    # The density bends down only within a bandwidth of a result, so that is where its modes are.
    starts = np.flatnonzero(np.concatenate(([True], np.diff(results) > 2 * width)))
    left, right = [], []
    for first, last in zip(results[starts], results[np.append(starts[1:], results.size) - 1], strict=True):
        # The grid is laid out from the middle, so that mirrored results have mirrored modes.
        half = (last - first) / 2 + width
        number = 2 * int(np.ceil(half / width * _STEPS)) + 2
        grid = (first + last) / 2 + half * np.linspace(-1, 1, number)
        slope = _sums(results, grid, width)[1]
        turns = np.flatnonzero((slope[:-1] > 0) & (slope[1:] <= 0))
        left.append(grid[turns])
        right.append(grid[turns + 1])
    low, high = np.concatenate(left), np.concatenate(right)
    for _ in range(60):
        middle = low + (high - low) / 2
        rising = _sums(results, middle, width)[1] > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    at = low + (high - low) / 2
    return Modes(at, kernel_density(results, at, width), width, results.size)


def bootstrap_standard_error(
    values: ArrayLike, estimator: Callable[[Floats], float], *, seed: int, resamples: int = 1000
) -> float:
    """Standard error of an estimator by the bootstrap.

    Parameters
    ----------
    values : array_like, shape (n,), n >= 2
        Results, in one unit.
    estimator : callable
        From an array of n results to a number, say `lambda x: density_modes(x).main`.
    seed : int, seed >= 0
        The same seed gives the same answer.
    resamples : int, resamples >= 2
        How many samples of n are drawn with replacement.

    Returns
    -------
    float
        Standard deviation of the estimates, in the unit of the estimate.

    Raises
    ------
    ValueError
        Fewer than 2 values, a value not finite, too few resamples, or a resample from which the estimator gives no finite
        number or raises ValueError: leaving it out would make the error look smaller than it is.

    References
    ----------
    Efron B, Tibshirani R J (1993), An Introduction to the Bootstrap, 6.2; named in ISO 13528:2022, 10.3 and Annex C.
    """
    results = arguments.floats("values", values, at_least=2)
    rng = np.random.default_rng(arguments.count("seed", seed))
    number = arguments.count("resamples", resamples, low=2)
    estimates = np.empty(number)
    for index in range(number):
        sample = results[rng.integers(0, results.size, results.size)]
        try:
            estimates[index] = estimator(sample)
        except ValueError as error:
            raise ValueError(f"estimator refuses resample {index + 1} of {number}: {error}") from error
        if not np.isfinite(estimates[index]):
            raise ValueError(f"estimator gives {estimates[index]:g} from resample {index + 1} of {number}")
    return float(estimates.std(ddof=1))


def _sums(results: Floats, places: Floats, width: float) -> tuple[Floats, Floats]:
    """The kernel summed over the sorted results at each place, and its slope times the bandwidth."""
    height, slope = np.empty(places.size), np.empty(places.size)
    rows = max(1, _BLOCK // results.size)
    for start in range(0, places.size, rows):
        some = places[start : start + rows]
        near = results[
            np.searchsorted(results, some.min() - _REACH * width) : np.searchsorted(
                results, some.max() + _REACH * width, "right"
            )
        ]
        distance = np.clip((near - some[:, np.newaxis]) / width, -_REACH, _REACH)
        kernel = np.exp(-0.5 * distance * distance)
        height[start : start + rows] = kernel.sum(axis=1)
        slope[start : start + rows] = (kernel * distance).sum(axis=1)
    return height, slope
