"""Robust location and scale of one series: median with MADe, nIQR, Algorithm A and Algorithm S."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhikong.stats import arguments
from zhikong.stats.kernels import kernel

WINSORISE = 1.5  # results farther than this many standard deviations are pulled in (the standard's delta)
POWERS = 10.0 ** np.arange(-300, 309)  # POWERS[k + 300] is 10 to the k: a table, so that compiled code agrees


@dataclass(frozen=True, slots=True)
class Profile:
    """How Algorithms A and S are carried out: one choice of every convention, to be stored with each verdict.

    name: the key in `PROFILES`
    version: changes when any number below does
    scale_factor: from the median absolute deviation to the starting standard deviation, 1.483 or 1.4826
    correction: of the standard deviation of winsorised results, 1.134 or 1 / sqrt(0.77847...) = 1.13339...
    rounded: whether Algorithm S takes its factors rounded to three decimals, as standards print them
    stop: "third figure" ends when the estimates rounded to three significant figures do not change from one iteration to
        the next; "change" ends when they change by at most `tolerance` robust standard deviations
    tolerance: for "change"
    """

    name: str
    version: str
    scale_factor: float
    correction: float
    rounded: bool
    stop: str
    tolerance: float

    def __post_init__(self) -> None:
        arguments.number("scale_factor", self.scale_factor, above=0)
        arguments.number("correction", self.correction, above=0)
        arguments.one_of("stop", self.stop, ("third figure", "change"))
        # Below this a mean may waver by a rounding for ever.
        arguments.number("tolerance", self.tolerance, low=1e-14, below=1)


_EXACT_CORRECTION = 1 / math.sqrt(
    math.erf(WINSORISE / math.sqrt(2))
    + WINSORISE**2 * math.erfc(WINSORISE / math.sqrt(2))
    - 2 * WINSORISE * math.exp(-(WINSORISE**2) / 2) / math.sqrt(2 * math.pi)
)
FIXED_POINT = Profile("iso13528-fixed-point", "1", 1.483, 1.134, True, "change", 1e-12)
ISO_13528 = Profile("iso13528", "1", 1.483, 1.134, True, "third figure", 1e-12)
EXACT = Profile("exact-fixed-point", "1", 1 / float(special.ndtri(0.75)), _EXACT_CORRECTION, False, "change", 1e-12)
METROLOGY = Profile("metrology-0.9", "1", 1.4826, _EXACT_CORRECTION, False, "change", 2.0**-13)
PROFILES = {profile.name: profile for profile in (FIXED_POINT, ISO_13528, EXACT, METROLOGY)}
QUARTILES = (
    "linear",
    "weibull",
    "hazen",
    "median_unbiased",
    "normal_unbiased",
    "interpolated_inverted_cdf",
    "averaged_inverted_cdf",
    "inverted_cdf",
    "closest_observation",
)


@dataclass(frozen=True, slots=True)
class RobustEstimate:
    """A robust mean and standard deviation, in the unit of the data.

    mean: robust mean, x*
    sd: robust standard deviation, s*
    n: number of results
    iterations: how many it took; 0 where nothing is iterated
    trace: (mean, sd) at the start and after each iteration, where asked for
    """

    mean: float
    sd: float
    n: int
    iterations: int = 0
    trace: tuple[tuple[float, float], ...] = ()

    @property
    def standard_uncertainty(self) -> float:
        """Of the mean as an assigned value: 1.25 s* / sqrt(p)."""
        return standard_uncertainty(self.sd, self.n)


@dataclass(frozen=True, slots=True)
class PooledEstimate:
    """A robust pooled standard deviation or range, in the unit of the data.

    pooled: the robust pooled value of what was given, w*: standard deviations or ranges
    sd: the within-group standard deviation; of ranges of duplicates w* / sqrt(2)
    groups: number of standard deviations or ranges
    iterations: how many it took
    trace: w* at the start and after each iteration, where asked for
    """

    pooled: float
    sd: float
    groups: int
    iterations: int
    trace: tuple[float, ...] = ()


def made(values: ArrayLike, *, factor: float = 1.483) -> float:
    """Scaled median absolute deviation, MADe.

    Parameters
    ----------
    values : array_like, shape (n,), n >= 3
        Results, in one unit. Drop missing results first.
    factor : float
        1.483 as ISO 13528 prints it, or 1.4826.

    Returns
    -------
    float
        The factor times the median distance from the median. It is 0 when more than half of the values are equal.

    Raises
    ------
    ValueError
        Fewer than 3 values, a value not finite, or a factor not above 0.

    References
    ----------
    ISO 13528:2022, Annex C.2, scaled median absolute deviation.
    """
    results = arguments.floats("values", values, at_least=3)
    factor = arguments.number("factor", factor, above=0)
    return factor * float(np.median(np.abs(results - np.median(results))))


def niqr(values: ArrayLike, *, quartiles: str = "linear", factor: float = 0.7413) -> float:
    """Normalised interquartile range, nIQR.

    Parameters
    ----------
    values : array_like, shape (n,), n >= 3
        Results, in one unit. Drop missing results first.
    quartiles : str
        Rule for the quartiles, by its name in numpy.quantile: "linear" (Hyndman-Fan 7; Excel's QUARTILE.INC, R's
        default), "weibull" (6; QUARTILE.EXC, Minitab), "hazen" (5), "median_unbiased" (8), "normal_unbiased" (9),
        "interpolated_inverted_cdf" (4), "averaged_inverted_cdf" (2; SAS), "inverted_cdf" (1), "closest_observation" (3).
        ISO 13528 names none.
    factor : float
        0.7413 = 1 / 1.349, the normal distribution's interquartile range.

    Returns
    -------
    float
        The factor times the interquartile range. It is 0 when the quartiles are equal.

    Raises
    ------
    ValueError
        Fewer than 3 values, a value not finite, an unknown rule, or a factor not above 0.

    References
    ----------
    ISO 13528:2022, Annex C.2, normalised interquartile range; Hyndman R J, Fan Y (1996), The American Statistician 50,
    361-365.
    """
    results = arguments.floats("values", values, at_least=3)
    arguments.one_of("quartiles", quartiles, QUARTILES)
    factor = arguments.number("factor", factor, above=0)
    # quartiles is one of QUARTILES, which the type checker cannot see
    low, high = np.quantile(results, [0.25, 0.75], method=quartiles)  # type: ignore[call-overload]
    return factor * float(high - low)


def standard_uncertainty(sd: float, n: int) -> float:
    """Standard uncertainty of a consensus value.

    Parameters
    ----------
    sd : float, sd > 0
        Robust standard deviation s* of the results.
    n : int, n >= 1
        Number of results, p.

    Returns
    -------
    float
        1.25 s* / sqrt(p), in the unit of `sd`.

    Raises
    ------
    ValueError
        sd not above 0, or n below 1.

    References
    ----------
    ISO 13528:2022, 7.7, consensus value from participant results, as transcribed in open implementations.
    """
    return 1.25 * arguments.number("sd", sd, above=0) / math.sqrt(arguments.count("n", n, low=1))


def algorithm_a(
    values: ArrayLike, *, profile: Profile = FIXED_POINT, max_iterations: int = 10_000, trace: bool = False
) -> RobustEstimate:
    """Robust mean and standard deviation by Algorithm A.

    Results farther than 1.5 s* from x* are moved to that distance; the mean of the moved results is the next x*, and
    1.134 times their standard deviation the next s*.

    Parameters
    ----------
    values : array_like, shape (n,), n >= 3
        One result per participant, all in one unit. Drop missing results first.
    profile : Profile
        Constants and stop rule. The default takes the constants of ISO 13528 to the fixed point, which depends neither
        on the unit nor on the start; `ISO_13528` stops at the third significant figure.
    max_iterations : int
        The estimates must stop changing within so many iterations.
    trace : bool
        Keep the estimates of each iteration.

    Returns
    -------
    RobustEstimate
        `mean` and `sd` in the unit of `values`.

    Raises
    ------
    ValueError
        Fewer than 3 values; a value not finite; no convergence; or more than half the values equal: the choice of
        another estimator belongs to the scheme.

    References
    ----------
    ISO 13528:2022, Annex C.3.1, Algorithm A, as transcribed in open implementations; ISO 5725-5:1998;
    Analytical Methods Committee (1989), Analyst 114, 1693-1697; Huber P J (1981), Robust Statistics, 6.4.
    """
    results = arguments.floats("values", values, at_least=3)
    limit = arguments.count("max_iterations", max_iterations, low=1)
    median = float(np.median(results))
    # Distances from the median: a mean of large, close numbers would lose the digits that the stop rule looks at.
    distances = results - median
    mean, sd = 0.0, profile.scale_factor * float(np.median(np.abs(distances)))
    steps = [(median, sd)]
    for iteration in range(1, limit + 1):
        if not sd > 0:
            raise ValueError("values has more than half of its results equal: Algorithm A has no scale to start from")
        moved = np.clip(distances, mean - WINSORISE * sd, mean + WINSORISE * sd)
        before, sd_before = mean, sd
        mean = float(moved.mean())
        sd = profile.correction * math.sqrt(float(((moved - mean) ** 2).sum()) / (results.size - 1))
        steps.append((median + mean, sd))
        if profile.stop == "third figure":
            done = _same_third_figure(median + mean, median + before) and _same_third_figure(sd, sd_before)
        else:
            done = abs(mean - before) <= profile.tolerance * sd and abs(sd - sd_before) <= profile.tolerance * sd
        if done and sd > 0:
            return RobustEstimate(median + mean, sd, results.size, iteration, tuple(steps) if trace else ())
    raise ValueError(f"values gives no convergence of Algorithm A within max_iterations = {limit}")


def algorithm_s(
    values: ArrayLike,
    *,
    kind: str = "sd",
    degrees_of_freedom: int = 1,
    profile: Profile = FIXED_POINT,
    max_iterations: int = 10_000,
    trace: bool = False,
) -> PooledEstimate:
    """Robust pooled standard deviation by Algorithm S.

    Values above eta w* are moved to it; xi times the root mean square of the moved values is the next w*.

    Parameters
    ----------
    values : array_like, shape (groups,), groups >= 2
        Standard deviation of each group, or range of each pair of duplicates; 0 is allowed.
    kind : {"sd", "range"}
        What the values are. A range is that of two results: it has one degree of freedom.
    degrees_of_freedom : int
        Of each standard deviation: its number of results less 1.
    profile : Profile
        Whether the factors are rounded, and the stop rule.
    max_iterations : int
        The estimate must stop changing within so many iterations.
    trace : bool
        Keep the estimate of each iteration.

    Returns
    -------
    PooledEstimate
        In the unit of `values`.

    Raises
    ------
    ValueError
        Fewer than 2 values; a value negative or not finite; more than half of them 0; ranges with other than 1 degree of
        freedom; or no convergence.

    References
    ----------
    ISO 13528:2022, Annex C.4, Algorithm S, as transcribed in open implementations; ISO 5725-5:1998. eta^2 is the 0.9
    quantile of chi squared over its degrees of freedom, and xi makes the expectation right for the normal distribution.
    """
    spreads = arguments.floats("values", values, at_least=2, low=0)
    arguments.one_of("kind", kind, ("sd", "range"))
    freedom = arguments.count("degrees_of_freedom", degrees_of_freedom, low=1)
    if kind == "range" and freedom != 1:
        raise ValueError(f"degrees_of_freedom is {freedom}: a range of two results has 1")
    limit = arguments.count("max_iterations", max_iterations, low=1)
    eta, xi = _factors(freedom, profile.rounded)
    pooled = float(np.median(spreads))
    if not pooled > 0:
        raise ValueError("values has more than half of its spreads 0: Algorithm S has no scale to start from")
    steps = [pooled]
    for iteration in range(1, limit + 1):
        before = pooled
        pooled = xi * math.sqrt(float((np.minimum(spreads, eta * pooled) ** 2).mean()))
        steps.append(pooled)
        if profile.stop == "third figure":
            done = _same_third_figure(pooled, before)
        else:
            done = abs(pooled - before) <= profile.tolerance * pooled
        if done and pooled > 0:
            sd = pooled / math.sqrt(2) if kind == "range" else pooled
            return PooledEstimate(pooled, sd, spreads.size, iteration, tuple(steps) if trace else ())
    raise ValueError(f"values gives no convergence of Algorithm S within max_iterations = {limit}")


@kernel()
def _three_figures(value: float) -> tuple[int, int]:
    """A positive number rounded to three significant figures, halves up: figures from 100 to 999, and their power of ten."""
    place = max(math.floor(math.log10(value)), -298)
    if value < POWERS[place + 300]:  # the logarithm of a power of ten may be off by a rounding
        place -= 1
    elif place < 308 and value >= POWERS[place + 301]:
        place += 1
    place = max(place - 2, -300)
    figures = math.floor(value / POWERS[place + 300] + 0.5)
    return (100, place + 1) if figures == 1000 else (figures, place)


@kernel()
def _same_third_figure(one: float, other: float) -> bool:
    """Whether two numbers are equal when each is rounded to three significant figures."""
    if one == 0.0 or other == 0.0 or (one > 0.0) != (other > 0.0):
        return one == other
    return _three_figures(abs(one)) == _three_figures(abs(other))


def _factors(freedom: int, rounded: bool) -> tuple[float, float]:
    """Limit and adjustment factor of Algorithm S."""
    quantile = float(special.chdtri(freedom, 0.1))
    eta = math.sqrt(quantile / freedom)
    xi = 1 / math.sqrt(float(special.chdtr(freedom + 2, quantile)) + 0.1 * quantile / freedom)
    return (round(eta, 3), round(xi, 3)) if rounded else (eta, xi)
