"""The instant method (即刻法): control from the third result on, before there are enough for a Levey-Jennings chart."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import Floats, floats

WARNING, REJECTION = 0.05, 0.01


@dataclass(frozen=True, slots=True)
class InstantResult:
    """One entry a result, in order.

    n : results counted when it was judged, itself included.
    low, high : SI of the smallest and the largest of them, (mean - min) / sd and (max - mean) / sd; NaN before the third.
    warning, rejection : the limits n2s and n3s for that n; NaN before the third.
    verdicts : "too few", "accepted", "warning" or "rejection".
    """

    n: NDArray[np.int64]
    low: Floats
    high: Floats
    warning: Floats
    rejection: Floats
    verdicts: NDArray[np.str_]


def instant_limits(n: ArrayLike) -> tuple[Floats, Floats]:
    """Limits n2s and n3s of the instant method: one-sided Grubbs values at 0.05 and 0.01, computed.

    Parameters
    ----------
    n : array_like of int, shape () or (k,), n >= 3
        Number of results.

    Returns
    -------
    warning, rejection : ndarray of float
        (n - 1) / sqrt(n) * sqrt(t^2 / (n - 2 + t^2)), t the upper alpha / n point of Student's t with n - 2 degrees.

    Raises
    ------
    ValueError
        An n below 3 or not whole.

    References
    ----------
    Grubbs FE. Technometrics 1969;11:1-21. Printed tables of the method agree to 0.006.
    """
    from scipy.special import stdtrit

    size = floats("n", n, dimensions=(0, 1), low=3, whole=True)

    def critical(alpha: float) -> Floats:
        square = stdtrit(size - 2, alpha / size) ** 2
        values: Floats = (size - 1) / np.sqrt(size) * np.sqrt(square / (size - 2 + square))
        return values

    return critical(WARNING), critical(REJECTION)


def judge_instant(results: ArrayLike, *, rejected_stay: bool = False) -> InstantResult:
    """Judge a young control series result by result.

    Parameters
    ----------
    results : array_like, shape (n,)
        Control results of one material in order of time. Use a Levey-Jennings chart from the twentieth on.
    rejected_stay : bool
        Whether a rejected result goes on counting. The method leaves it out and measures again.

    Returns
    -------
    InstantResult
        "rejection" when either SI is above n3s, else "warning" when either is above n2s; equal to a limit is inside.
        Results that are all equal have SI 0.

    Raises
    ------
    ValueError
        No result, or one that is not a finite number.

    References
    ----------
    Grubbs' test applied at each step, as described in Chinese textbooks of clinical laboratory management (即刻法).
    """
    values = floats("results", results)
    size = values.size
    kept: list[float] = []
    counted = np.zeros(size, dtype=np.int64)
    low, high, warning, rejection = np.full((4, size), np.nan)
    verdicts = np.full(size, "too few", dtype="<U9")
    limits = instant_limits(np.arange(3, max(size, 3) + 1))
    for index, value in enumerate(values.tolist()):
        kept.append(value)
        n = counted[index] = len(kept)
        if n < 3:
            continue
        mean = math.fsum(kept) / n
        sd = math.hypot(*(each - mean for each in kept)) / math.sqrt(n - 1)
        if min(kept) < max(kept):
            low[index], high[index] = (mean - min(kept)) / sd, (max(kept) - mean) / sd
        else:
            low[index] = high[index] = 0
        warning[index], rejection[index] = limits[0][n - 3], limits[1][n - 3]
        largest = max(low[index], high[index])
        verdicts[index] = (
            "rejection" if largest > rejection[index] else "warning" if largest > warning[index] else "accepted"
        )
        if verdicts[index] == "rejection" and not rejected_stay:
            kept.pop()
    return InstantResult(counted, low, high, warning, rejection, verdicts)
