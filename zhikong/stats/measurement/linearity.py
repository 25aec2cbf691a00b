"""Do the points of a method comparison scatter at random about their line? The cusum test of Passing and Bablok."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhikong.stats.arguments import Floats, floats, same_length
from zhikong.stats.measurement.comparison import Fit

ROUNDING = 1e-12  # of a point's terms: a residual below it is none


@dataclass(frozen=True, slots=True)
class Linearity:
    """The cusum of the points along a line: scores of those above and below it, summed up.

    `cusum` has an element a point, in the order of their feet on the line; `statistic` is its largest size over the root
    of `above` + `below`, with the critical values 1.36 at 5 % and 1.63 at 1 %.
    """

    above: int
    below: int
    cusum: Floats
    statistic: float
    p_value: float


def linearity_test(x: ArrayLike, y: ArrayLike, fit: Fit) -> Linearity:
    """The cusum test for linearity: points above and below a straight line are mixed all along it.

    Parameters
    ----------
    x, y : array_like, shape (n,), n >= 3
        The pairs that were fitted.
    fit : Fit
        Their line, of a slope above 0, as from `passing_bablok`.

    Returns
    -------
    Linearity
        A small p-value speaks against linearity. It is that of Kolmogorov's limit distribution, for a line known
        beforehand: a line fitted to the very points lies amid them, so that true lines are rejected much more seldom
        than the p-value says, and only a clear curve is found. Points on the line count on neither side; points with one
        foot are summed in the order given.

    Raises
    ------
    ValueError
        Fewer than 3 pairs, unequal lengths, a value not finite; a slope not above 0; no point on one side of the line.

    References
    ----------
    Passing H, Bablok W. J Clin Chem Clin Biochem 1983;21:709-720, section on the test for linearity, as implemented in
    the R package MethComp: scores root(below / above) and -root(above / below), and the bound h root(above + below),
    which is the two-sample test of Kolmogorov and Smirnov.
    """
    one, other = floats("x", x, at_least=3), floats("y", y, at_least=3)
    same_length(x=one, y=other)
    if fit.slope <= 0:
        raise ValueError(f"fit has a slope of {fit.slope:g}: it must be above 0")
    residuals = other - (fit.intercept + fit.slope * one)
    size = np.abs(other) + abs(fit.intercept) + fit.slope * np.abs(one)
    side = np.where(np.abs(residuals) <= ROUNDING * size, 0.0, np.sign(residuals))
    above, below = int(np.sum(side > 0)), int(np.sum(side < 0))
    if not (above and below):
        raise ValueError(
            f"x and y have {above} point(s) above the line and {below} below: some are needed on either side"
        )
    along = np.argsort(one + fit.slope * other, kind="stable")
    scores = np.where(side > 0, math.sqrt(below / above), np.where(side < 0, -math.sqrt(above / below), 0.0))
    cusum = np.cumsum(scores[along])
    statistic = float(np.abs(cusum).max()) / math.sqrt(above + below)
    return Linearity(above, below, cusum, statistic, float(special.kolmogorov(statistic)))
