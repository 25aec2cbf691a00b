"""Sigma metric, method decision chart, quality goal index, and specifications from biological variation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import Floats, floats, number, one_of

GRADES = ("unacceptable", "poor", "marginal", "good", "excellent", "world class")
ON_A_LINE = 1e-9  # a sigma or an index nearer than this to a border lies on it
SPECIFICATIONS = {"optimum": 1, "desirable": 2, "minimum": 3}  # quarters of CVw for imprecision, eighths for bias


@dataclass(frozen=True, slots=True)
class SigmaMetric:
    """Sigma with what the uncertainty of the bias makes of it; arrays of the shape of the input, or floats.

    sigma : at the bias as found.
    low, high : at the largest and the smallest |bias| inside its interval; equal to `sigma` without an uncertainty.
    """

    sigma: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class MethodDecision:
    """Places on a method decision chart.

    x, y : imprecision and |bias| in percent of the allowable error.
    sigma : the line of the chart that passes through the place.
    grade : one of `GRADES`; on a line is the better side.
    """

    x: Floats
    y: Floats
    sigma: Floats
    grade: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Specification:
    """Performance specifications, in percent as the coefficients they come from.

    imprecision : largest coefficient of variation of the method.
    bias : largest |bias|.
    total_error : largest total error, bias + factor * imprecision.
    """

    imprecision: Floats
    bias: Floats
    total_error: Floats


def sigma_metric(
    allowable: ArrayLike, bias: ArrayLike, cv: ArrayLike, *, bias_uncertainty: ArrayLike = 0.0, coverage: float = 2.0
) -> SigmaMetric:
    """Sigma = (allowable total error - |bias|) / CV, all in percent or all in the unit of the measurand.

    Parameters
    ----------
    allowable : array_like
        Allowable total error, above 0.
    bias : array_like
        Bias as found, with its sign or without; it is never left out or taken as 0.
    cv : array_like
        Imprecision, above 0.
    bias_uncertainty : array_like
        Standard uncertainty of the bias, 0 or more.
    coverage : float
        Standard uncertainties on each side of the bias that `low` and `high` allow for.

    Returns
    -------
    SigmaMetric
        Negative when the bias alone exceeds the allowable error.

    Raises
    ------
    ValueError
        A value not finite or out of its bounds, shapes that do not fit each other.

    References
    ----------
    Westgard JO. Six Sigma Quality Design and Control, 2nd ed. (2006). Interval: the bias within bias +- k u(bias), by
    the formula at its ends.
    """
    total, shift, imprecision = _read(allowable=allowable, bias=bias, cv=cv)
    shift = np.abs(shift)
    half = number("coverage", coverage, low=0) * floats(
        "bias_uncertainty", bias_uncertainty, dimensions=(0, 1, 2), low=0
    )
    return SigmaMetric(
        sigma=(total - shift) / imprecision,
        low=(total - (shift + half)) / imprecision,
        high=(total - np.maximum(shift - half, 0)) / imprecision,
    )


def method_decision(allowable: ArrayLike, bias: ArrayLike, cv: ArrayLike) -> MethodDecision:
    """Places and grades on the normalised method decision chart (方法决定图).

    Parameters
    ----------
    allowable, bias, cv : array_like
        As for `sigma_metric`.

    Returns
    -------
    MethodDecision
        Below 2 sigma "unacceptable", from 2 "poor", from 3 "marginal", from 4 "good", from 5 "excellent", from 6
        "world class". A sigma within 1e-9 of a line lies on it and gets the better grade.

    Raises
    ------
    ValueError
        As `sigma_metric`.

    References
    ----------
    Westgard JO. A method evaluation decision chart (MEDx chart) for judging method performance. Clin Lab Sci
    1995;8:277-283; grades by sigma as in Westgard JO, Westgard SA, Basic Quality Management Systems (2014).
    """
    total, shift, imprecision = _read(allowable=allowable, bias=bias, cv=cv)
    sigma = (total - np.abs(shift)) / imprecision
    grade = np.array(GRADES)[np.searchsorted([2, 3, 4, 5, 6], sigma + ON_A_LINE, side="right")]
    return MethodDecision(100 * imprecision / total, 100 * np.abs(shift) / total, sigma, grade)


def quality_goal_index(bias: ArrayLike, cv: ArrayLike) -> tuple[Floats, NDArray[np.str_]]:
    """Quality goal index, QGI = |bias| / (1.5 CV), and what it says to work on where sigma is low.

    Parameters
    ----------
    bias, cv : array_like
        In one unit; CV above 0.

    Returns
    -------
    index : ndarray of float
    cause : ndarray of str
        "imprecision" below 0.8, "both" from 0.8 to 1.2 inclusive, "bias" above 1.2.

    Raises
    ------
    ValueError
        A value not finite, a CV not above 0, shapes that do not fit each other.

    References
    ----------
    Second-hand: attributed to DM Parry in the literature on sigma metrics, which gives 0.8 and 1.2 as its borders.
    """
    shift, imprecision = _read(bias=bias, cv=cv)
    index = np.abs(shift) / (1.5 * imprecision)
    cause = np.where(index < 0.8 - ON_A_LINE, "imprecision", np.where(index > 1.2 + ON_A_LINE, "bias", "both"))
    return index, cause


def biological_variation(
    within: ArrayLike, between: ArrayLike, *, level: str = "desirable", factor: float = 1.65
) -> Specification:
    """Performance specifications from the variation within and between subjects.

    Parameters
    ----------
    within, between : array_like
        Coefficients of variation within and between subjects, percent; above 0 and 0 or more.
    level : str
        "optimum": imprecision 0.25 CVw, bias 0.125 sqrt(CVw^2 + CVb^2). "desirable": 0.50 and 0.250. "minimum": 0.75
        and 0.375.
    factor : float
        Total error = bias + factor * imprecision: 1.65 for p < 0.05, 2.33 for p < 0.01, as rounded by the source.

    Returns
    -------
    Specification

    Raises
    ------
    ValueError
        A value not finite or out of its bounds, shapes that do not fit each other, an unknown level.

    References
    ----------
    Fraser CG, Hyltoft Petersen P, Libeer JC, Ricos C. Ann Clin Biochem 1997;34:8-12. Ricos C et al. Scand J Clin Lab
    Invest 1999;59:491-500.
    """
    quarters = SPECIFICATIONS[one_of("level", level, tuple(SPECIFICATIONS))]
    cvw = floats("within", within, dimensions=(0, 1, 2), above=0)
    cvb = floats("between", between, dimensions=(0, 1, 2), low=0)
    _fit(within=cvw, between=cvb)
    imprecision = quarters / 4 * cvw
    bias = quarters / 8 * np.hypot(cvw, cvb)
    return Specification(imprecision, bias, bias + number("factor", factor, above=0) * imprecision)


def _read(**given: ArrayLike) -> tuple[Floats, ...]:
    read = {
        name: floats(name, values, dimensions=(0, 1, 2), above=None if name == "bias" else 0)
        for name, values in given.items()
    }
    _fit(**read)
    return tuple(read.values())


def _fit(**arrays: Floats) -> None:
    try:
        np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        told = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"the shapes do not fit: {told}") from None
