"""CUSUM and EWMA charts of control results, for one series or many."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import Floats, floats, number, one_of
from zhikong.stats.control.limits import z_scores

ON_A_LINE = 1e-9  # in SD: nearer than this to a limit lies on it
EWMA_LIMITS = ("exact", "asymptotic")


@dataclass(frozen=True, slots=True)
class Cusum:
    """A tabular CUSUM in units of the standard deviation; arrays of the shape of the results.

    upper : sum of what exceeds the allowance upward, 0 or more.
    lower : the same downward, 0 or less.
    signals : 1 where `upper` is beyond the decision interval, -1 where only `lower` is, 0 elsewhere and in a gap.
    """

    upper: Floats
    lower: Floats
    signals: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Ewma:
    """An EWMA in the unit of the results; arrays of their shape.

    values : the moving average after each result.
    low, high : limits at each result.
    signals : 1 above the upper limit, -1 below the lower, 0 elsewhere and in a gap.
    """

    values: Floats
    low: Floats
    high: Floats
    signals: NDArray[np.int8]


def cusum(
    results: ArrayLike,
    *,
    mean: float = 0.0,
    sd: float = 1.0,
    allowance: float = 0.5,
    interval: float = 4.0,
    inclusive: bool = False,
) -> Cusum:
    """Tabular (two one-sided) cumulative sums.

    Parameters
    ----------
    results : array_like, shape (n,) or (series, n)
        In order of time. NaN is no result: the sums stay as they were.
    mean, sd : float
        Target and standard deviation.
    allowance : float
        k, half the shift to find, in sd.
    interval : float
        h, the decision interval, in sd.
    inclusive : bool
        Whether a sum that equals the interval (within 1e-9) signals.

    Returns
    -------
    Cusum
        Sums are not reset after a signal.

    Raises
    ------
    ValueError
        A result not a number or infinite, an sd or interval not above 0, a negative allowance.

    References
    ----------
    Page ES. Biometrika 1954;41:100-115. NIST/SEMATECH e-Handbook, 6.3.2.3.
    """
    values = floats("results", results, dimensions=(1, 2), missing=True)
    k, h = number("allowance", allowance, low=0), number("interval", interval, above=0)
    z = z_scores(values, number("mean", mean), number("sd", sd, above=0))
    upper, lower = np.empty_like(z), np.empty_like(z)
    high, low = np.zeros(z.shape[:-1]), np.zeros(z.shape[:-1])
    for index in range(z.shape[-1]):
        step = z[..., index]
        gap = np.isnan(step)
        high = np.where(gap, high, np.maximum(high + step - k, 0))
        low = np.where(gap, low, np.minimum(low + step + k, 0))
        upper[..., index], lower[..., index] = high, low
    signals = np.where(np.isnan(z), 0, _beyond(upper, lower, h, -h, ON_A_LINE, inclusive)).astype(np.int8)
    return Cusum(upper, lower, signals)


def ewma(
    results: ArrayLike,
    *,
    mean: float = 0.0,
    sd: float = 1.0,
    weight: float = 0.2,
    multiple: float = 3.0,
    limits: str = "exact",
    inclusive: bool = False,
) -> Ewma:
    """Exponentially weighted moving average, starting at the target.

    Parameters
    ----------
    results : array_like, shape (n,) or (series, n)
        In order of time. NaN is no result: the average stays as it was, and the exact limits do not widen.
    mean, sd : float
        Target and standard deviation of single results.
    weight : float
        lambda, the weight of the newest result, above 0 and at most 1.
    multiple : float
        Limits at this multiple of the standard deviation of the average.
    limits : str
        "exact": of the average after i results, sd sqrt(w / (2 - w) (1 - (1 - w)^(2 i))). "asymptotic": without the
        last factor.
    inclusive : bool
        Whether an average on a limit (within 1e-9 sd) signals.

    Returns
    -------
    Ewma

    Raises
    ------
    ValueError
        A result not a number or infinite, a setting out of its bounds.

    References
    ----------
    Roberts SW. Technometrics 1959;1:239-250. NIST/SEMATECH e-Handbook, 6.3.2.4. Lucas JM, Saccucci MS. Technometrics
    1990;32:1-12 (exact limits).
    """
    values = floats("results", results, dimensions=(1, 2), missing=True)
    centre, scale = number("mean", mean), number("sd", sd, above=0)
    newest = number("weight", weight, above=0, high=1)
    width = number("multiple", multiple, above=0)
    one_of("limits", limits, EWMA_LIMITS)
    present = ~np.isnan(values)
    average = np.empty_like(values)
    last = np.full(values.shape[:-1], centre)
    for index in range(values.shape[-1]):
        step = values[..., index]
        last = np.where(np.isnan(step), last, newest * step + (1 - newest) * last)
        average[..., index] = last
    variance = np.full(values.shape, newest / (2 - newest))
    if limits == "exact":
        variance *= 1 - (1 - newest) ** (2 * np.cumsum(present, axis=-1))
    half = width * scale * np.sqrt(variance)
    low, high = centre - half, centre + half
    signals = _beyond(average, average, high, low, ON_A_LINE * scale, inclusive)
    return Ewma(average, low, high, np.where(present, signals, 0).astype(np.int8))


def _beyond(
    upper: Floats, lower: Floats, high: Floats | float, low: Floats | float, tie: float, inclusive: bool
) -> NDArray[np.int8]:
    outward = -tie if inclusive else tie
    above, below = upper > high + outward, lower < low - outward
    return np.where(above, 1, np.where(below, -1, 0)).astype(np.int8)
