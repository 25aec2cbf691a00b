"""Laboratories against one another: Mandel's h and k, and pairs of samples in the manner of Youden."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtri, stdtrit

from zhikong.stats import robust
from zhikong.stats.arguments import Floats, count, floats, number, one_of, same_length, spread
from zhikong.stats.proficiency._shapes import TIE, algorithm_a, variances


@dataclass(frozen=True, slots=True)
class Mandel:
    """Mandel's h (between laboratories) and k (within) with their critical values."""

    h: Floats
    """Shape (..., p)."""
    k: Floats
    """Shape (..., p)."""
    h_critical: float
    k_critical: float

    @property
    def h_flagged(self) -> NDArray[np.bool_]:
        """Where |h| exceeds its critical value; equality does not."""
        return np.abs(self.h) > self.h_critical * (1 + TIE)

    @property
    def k_flagged(self) -> NDArray[np.bool_]:
        """Where k exceeds its critical value; equality does not."""
        return self.k > self.k_critical * (1 + TIE)


def mandel(values: ArrayLike, *, alpha: float = 0.01) -> Mandel:
    """Mandel's h and k of p laboratories with n replicates each.

    h_i = (x_i - mean of the x_i) / SD of the x_i; k_i = s_i / sqrt(mean of the s_i^2).

    Parameters
    ----------
    values : array_like of float, shape (p, n) or (levels, p, n), p >= 3, n >= 2
        A row per laboratory, a column per replicate; levels in front.
    alpha : float, between 0 and 1
        Significance: 0.01 marks outliers and 0.05 stragglers (ISO 5725-2); ASTM E691 uses 0.005.

    Returns
    -------
    Mandel
        h and k of shape (p,) or (levels, p).

    Raises
    ------
    ValueError
        Too few laboratories or replicates; no spread between the means, or none within any laboratory.

    References
    ----------
    ISO 5725-2:2019, 8.3.1; ASTM E691.
    """
    x = floats("values", values, dimensions=(2, 3), at_least=2)
    p, n = x.shape[-2:]
    if p < 3:
        raise ValueError(f"values has {p} laboratories: at least 3 are needed")
    means = x.mean(axis=-1)
    within_each = variances(x)
    between = np.sqrt(variances(means))[..., np.newaxis]
    within = np.sqrt(within_each.mean(axis=-1, keepdims=True))
    # Equal means of replicates in another order differ by a rounding.
    rounding = np.finfo(np.float64).eps * np.abs(x).max(axis=(-1, -2), keepdims=True)[..., 0]
    spread("values (between laboratories)", float(np.where(between > rounding, between, 0.0).min()))
    spread("values (within laboratories)", float(within.min()))
    h = (means - means.mean(axis=-1, keepdims=True)) / between
    return Mandel(h, np.sqrt(within_each) / within, mandel_h_critical(p, alpha), mandel_k_critical(p, n, alpha))


def mandel_h_critical(laboratories: int, alpha: float = 0.01) -> float:
    """The critical value of |h|, two-sided.

    Parameters
    ----------
    laboratories : int, >= 3
        Laboratories p.
    alpha : float, between 0 and 1
        Significance.

    Returns
    -------
    float
        (p - 1) t / sqrt(p (t^2 + p - 2)) with t of Student at 1 - alpha / 2 and p - 2 degrees of freedom.

    Raises
    ------
    ValueError
        Fewer than 3 laboratories, or an alpha outside (0, 1).

    References
    ----------
    Wilrich PT. Critical values of Mandel's h and k, the Grubbs and the Cochran test statistic. AStA 2013;97:1.
    """
    p = count("laboratories", laboratories, low=3)
    t = float(stdtrit(p - 2, 1 - number("alpha", alpha, above=0, below=1) / 2))
    return (p - 1) * t / math.sqrt(p * (t * t + p - 2))


def mandel_k_critical(laboratories: int, replicates: int, alpha: float = 0.01) -> float:
    """The critical value of k, one-sided.

    Parameters
    ----------
    laboratories : int, >= 2
        Laboratories p.
    replicates : int, >= 2
        Replicates n of each.
    alpha : float, between 0 and 1
        Significance.

    Returns
    -------
    float
        sqrt(p / (1 + (p - 1) / F)) with F at 1 - alpha and n - 1, (p - 1)(n - 1) degrees of freedom.

    Raises
    ------
    ValueError
        Too few laboratories or replicates, or an alpha outside (0, 1).

    References
    ----------
    Wilrich PT. AStA 2013;97:1. The table of ISO 5725-2:1994 differs by up to 0.01 in places.
    """
    p, n = count("laboratories", laboratories, low=2), count("replicates", replicates, low=2)
    f = float(fdtri(n - 1, (p - 1) * (n - 1), 1 - number("alpha", alpha, above=0, below=1)))
    return math.sqrt(p / (1 + (p - 1) / f))


@dataclass(frozen=True, slots=True)
class Youden:
    """A pair of samples in every laboratory, with the ellipse that holds the stated share of laboratories."""

    centre: tuple[float, float]
    sd: tuple[float, float]
    correlation: float
    distance: Floats
    """T of each laboratory, its distance from the centre in the metric of the ellipse, shape (n,)."""
    limit: float
    """T of the ellipse."""
    outside: NDArray[np.bool_]
    """Laboratories outside the ellipse; on it is inside."""
    exchanged: NDArray[np.bool_]
    """Laboratories outside, whose results would be inside had the two samples been exchanged."""

    def ellipse(self, points: int = 181) -> Floats:
        """Points of the ellipse, shape (points, 2), in the units of the two samples; the last equals the first."""
        turn = np.linspace(0, 2 * np.pi, count("points", points, low=4))
        first = self.limit * np.cos(turn)
        second = self.correlation * first + math.sqrt(1 - self.correlation**2) * self.limit * np.sin(turn)
        return np.column_stack((self.centre[0] + self.sd[0] * first, self.centre[1] + self.sd[1] * second))


def youden(
    first: ArrayLike,
    second: ArrayLike,
    *,
    method: Literal["robust", "classical"] = "robust",
    probability: float = 0.95,
    profile: robust.Profile = robust.FIXED_POINT,
) -> Youden:
    """A Youden pair: two samples measured by every laboratory.

    Parameters
    ----------
    first, second : array_like of float, shape (n,), n >= 4
        Results of the two samples, one laboratory per place.
    method : {"robust", "classical"}
        Centre and spread by Algorithm A, and the correlation from the Algorithm A SDs of sum and difference of the
        standardised results (Gnanadesikan-Kettenring); or mean, SD and Pearson's correlation.
    probability : float, between 0 and 1
        Share of laboratories that the ellipse is to hold.
    profile : robust.Profile
        Constants and stop rule of Algorithm A.

    Returns
    -------
    Youden
        Centre, ellipse, and the laboratories outside it. A point far out along the diagonal is a laboratory with a
        systematic error, far off it one with a random error, or with exchanged samples.

    Raises
    ------
    ValueError
        Fewer than 4 laboratories; unequal lengths; no spread; results wholly correlated.

    References
    ----------
    Youden WJ. Ind Qual Control 1959;15:24; Jackson JE. Ind Qual Control 1956;12:2, for the ellipse
    z1^2 - 2 r z1 z2 + z2^2 = (1 - r^2) T^2 with T^2 = 2 (n - 1) / (n - 2) F(2, n - 2), as in ISO 13528:2022, 10.5;
    Gnanadesikan R, Kettenring JR. Biometrics 1972;28:81.
    """
    x, y = floats("first", first, at_least=4), floats("second", second, at_least=4)
    same_length(first=x, second=y)
    probability = number("probability", probability, above=0, below=1)
    centre, sd = np.empty(2), np.empty(2)
    if one_of("method", method, ("robust", "classical")) == "robust":
        for place, (name, values) in enumerate((("first", x), ("second", y))):
            estimate = algorithm_a(name, values, profile)
            centre[place], sd[place] = estimate.mean, estimate.sd
    else:
        centre[:], sd[:] = (x.mean(), y.mean()), np.sqrt((variances(x), variances(y)))
    spread("first", float(sd[0]))
    spread("second", float(sd[1]))

    def standardised(one: Floats, other: Floats) -> tuple[Floats, Floats]:
        return (one - centre[0]) / sd[0], (other - centre[1]) / sd[1]

    u, v = standardised(x, y)
    if method == "robust":
        both = (u + v, u - v)
        if min(float(np.median(np.abs(each - np.median(each)))) for each in both) < 1e-9:
            raise ValueError("first and second are wholly correlated in half of the laboratories: no ellipse")
        plus, minus = (algorithm_a("first and second", each, profile).sd ** 2 for each in both)
        correlation = (plus - minus) / (plus + minus)
    else:
        correlation = float(u @ v) / (x.size - 1)
    if 1 - correlation**2 < 1e-12:
        raise ValueError(f"first and second are wholly correlated ({correlation:g}): no ellipse")

    def distance(one: Floats, other: Floats) -> Floats:
        a, b = standardised(one, other)
        return np.sqrt((a * a - 2 * correlation * a * b + b * b) / (1 - correlation**2))

    limit = math.sqrt(2 * (x.size - 1) / (x.size - 2) * float(fdtri(2, x.size - 2, probability)))
    own = distance(x, y)
    outside = own > limit * (1 + TIE)
    return Youden(
        (float(centre[0]), float(centre[1])), (float(sd[0]), float(sd[1])), float(correlation),
        own, limit, outside, outside & (distance(y, x) <= limit * (1 + TIE)),
    )  # fmt: skip
