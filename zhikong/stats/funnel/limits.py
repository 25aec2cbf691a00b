"""Control limits around a target, by the size of a unit."""

from collections.abc import Callable
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhikong.stats.arguments import Floats, floats, number, one_of

from .intervals import Interval, _byar, _gamma_limits, _tail_of, _wilson
from .profiles import CountRatioLimits, FunnelProfile, ProportionLimits, RatioLimits, Transform


def proportion_limits(
    denominators: ArrayLike, target: float, *, level: float, method: ProportionLimits = "exact"
) -> Interval:
    """Limits within which a unit's proportion varies by chance when its true proportion is the target.

    Parameters
    ----------
    denominators : array_like of up to 2 dimensions
        Cases, > 0; whole for 'exact' and 'interpolated'.
    target : float, 0 < target < 1
        The proportion compared with.
    level : float, 0 < level < 1
        Probability between the limits: 0.95, 0.998.
    method : {'exact', 'interpolated', 'wilson', 'arcsine', 'normal'}
        'exact': the smallest and the largest number of events whose own tail, itself included, has a probability of at
        least (1 - level) / 2; a step function of the size; outside them an exact binomial test is significant.
        'interpolated': Spiegelhalter's smooth limits between two such numbers, (r - a) / n with r the smallest number
        whose cumulative probability F(r) reaches q and a = (F(r) - q) / (F(r) - F(r - 1)), for both tails and not below
        0. Its upper limit lies up to one event below the exact one, so a unit on the border signals a little earlier.
        'wilson': Wilson's interval with the target taken as observed. 'arcsine': on the scale of the arcsine of the
        root. 'normal': target +- z sd, cut at 0 and 1.

    Returns
    -------
    Interval
        Proportions, shape of `denominators`.

    Raises
    ------
    ValueError
        A denominator not finite, 0, or not whole where it must be; a target or level outside (0, 1); unknown method;
        more than 1e14 expected by 'exact' or 'interpolated'.

    References
    ----------
    Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in Medicine 24,
    1185-1202, appendix A.1.1 ('interpolated', 'normal').
    """
    one_of("method", method, get_args(ProportionLimits))
    cases = floats("denominators", denominators, dimensions=(0, 1, 2), above=0, whole=method in WHOLE)
    centre = np.asarray(number("target", target, above=0, below=1))
    return Interval(*(end[()] for end in _proportion(cases, centre, _tail_of(level), method)))


def ratio_limits(
    denominators: ArrayLike, target: float = 1.0, *, level: float, method: RatioLimits = "exact"
) -> Interval:
    """Limits of a count over its denominator (expected number or exposure) when the true ratio is the target.

    Parameters
    ----------
    denominators : array_like of up to 2 dimensions
        Expected numbers (then the target is 1) or exposures, > 0. The expected number is target x denominator.
    target : float, > 0
        The ratio or rate compared with.
    level : float, 0 < level < 1
        Probability between the limits: 0.95, 0.998.
    method : {'exact', 'interpolated', 'chi_square', 'byar', 'log', 'normal'}
        'exact' and 'interpolated' as in `proportion_limits`, of the Poisson distribution. 'chi_square': the exact
        confidence interval of the expected number taken as a count, qchisq(q, 2E) / 2E and qchisq(1 - q, 2(E + 1)) /
        2E, as FunnelPlotR. 'byar': the same by Byar's approximation. 'log': on the log scale. 'normal': target +- z sd,
        cut at 0.

    Returns
    -------
    Interval
        Ratios, shape of `denominators`.

    Raises
    ------
    ValueError
        A denominator not finite or 0; a target not above 0; a level outside (0, 1); an unknown method; more than 1e14
        expected by 'exact' or 'interpolated'.

    References
    ----------
    Spiegelhalter, D. J. (2005). Statistics in Medicine 24, 1185-1202, appendix A.1. Garwood, F. (1936). Biometrika 28,
    437-442, and Breslow and Day (1987) for the intervals behind 'chi_square' and 'byar'.
    """
    one_of("method", method, get_args(RatioLimits))
    size = floats("denominators", denominators, dimensions=(0, 1, 2), above=0)
    centre = np.asarray(number("target", target, above=0))
    return Interval(*(end[()] for end in _ratio(size, centre, _tail_of(level), method)))


def count_ratio_limits(
    totals: ArrayLike, target: float, *, level: float, method: CountRatioLimits = "exact"
) -> Interval:
    """Limits of the ratio of two Poisson counts, given their total, when the true ratio is the target.

    Parameters
    ----------
    totals : array_like of up to 2 dimensions
        Numerator + denominator, > 0; whole for 'exact' and 'interpolated'.
    target : float, > 0
        The ratio compared with.
    level : float, 0 < level < 1
        Probability between the limits: 0.95, 0.998.
    method : {'exact', 'interpolated', 'log'}
        Given the total, the numerator is binomial with probability target / (1 + target): 'exact' and 'interpolated' as
        in `proportion_limits`. 'log': log ratio +- z sqrt((1 + target)^2 / (target total)).

    Returns
    -------
    Interval
        Ratios, shape of `totals`. The upper limit is infinite where a denominator of 0 would be no surprise, the lower
        one too where any other would be.

    Raises
    ------
    ValueError
        A total not finite, 0, or not whole where it must be; a target not above 0; a level outside (0, 1).

    References
    ----------
    Przyborowski, J., Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson series. Biometrika 31,
    313-323 (the conditional binomial).
    """
    one_of("method", method, get_args(CountRatioLimits))
    size = floats("totals", totals, dimensions=(0, 1, 2), above=0, whole=method in WHOLE)
    centre = np.asarray(number("target", target, above=0))
    return Interval(*(end[()] for end in _count_ratio(size, centre, _tail_of(level), method)))


def adjusted_limits(
    sizes: ArrayLike,
    target: float,
    *,
    level: float,
    profile: FunnelProfile,
    tau2: float = 0.0,
    phi: float = 1.0,
) -> Interval:
    """Limits that allow for over-dispersion, on the profile's scale and back; with the defaults, for chance alone.

    Parameters
    ----------
    sizes : array_like of up to 2 dimensions
        Denominators; for a count ratio numerator + denominator (the denominator where the profile has `half_root`).
    target : float
        In (0, 1) for proportions, above 0 otherwise.
    level : float, 0 < level < 1
        Probability between the limits: 0.95, 0.998.
    profile : FunnelProfile
        Kind, transform and model.
    tau2 : float, >= 0
        Variance between units on the transformed scale; used by the additive model.
    phi : float, >= 0
        Variance ratio; used by the multiplicative model where it is above 1.

    Returns
    -------
    Interval
        On the scale of the values, shape of `sizes`; the transformed scale ends where the values do, so that no limit
        passes 0 (or, for proportions, 1).

    Raises
    ------
    ValueError
        A size not above 0; a target, level, tau2 or phi out of range.

    References
    ----------
    Spiegelhalter, D. J. (2005). Handling over-dispersion of performance indicators. Quality and Safety in Health Care
    14, 347-351. Spiegelhalter, D. J. et al. (2012). Statistical methods for healthcare regulation: rating, screening
    and surveillance. Journal of the Royal Statistical Society A 175(1), 1-47.
    """
    size = floats("sizes", sizes, dimensions=(0, 1, 2), above=0)
    top = 1.0 if profile.kind == "proportion" else None
    centre = np.asarray(number("target", target, above=0, below=top))
    between, times = number("tau2", tau2, low=0), number("phi", phi, low=0)
    ends = _adjusted(size, centre, _tail_of(level), profile, np.asarray(between), np.asarray(times))
    return Interval(*(end[()] for end in ends))


WHOLE = ("exact", "interpolated")
COUNTED = 1e14  # well beyond it a float and the next whole number are one
Pair = tuple[Floats, Floats]


def _unadjusted(size: Floats, target: Floats, tail: float, profile: FunnelProfile) -> Pair:
    if profile.kind == "proportion":
        return _proportion(size, target, tail, profile.limits)
    if profile.kind == "ratio":
        return _ratio(size, target, tail, profile.limits)
    if profile.half_root and profile.limits == "log":
        none = np.zeros(())
        return _adjusted(size, target, tail, profile, none, none)
    return _count_ratio(size, target, tail, profile.limits)


def _proportion(cases: Floats, target: Floats, tail: float, method: str) -> Pair:
    if method in WHOLE:
        lower, upper = _binomial(cases, target, tail, method == "interpolated")
        return lower / cases, upper / cases
    if method == "wilson":
        return _wilson(np.broadcast_to(target, cases.shape), cases, tail)
    transform: Transform = "arcsine" if method == "arcsine" else "none"
    return _around("proportion", transform, target, _standard_error("proportion", transform, cases, target), tail)


def _ratio(size: Floats, target: Floats, tail: float, method: str) -> Pair:
    expected = target * size
    if method in WHOLE:
        lower, upper = _poisson(expected, tail, method == "interpolated")
        return lower / size, upper / size
    if method in ("chi_square", "byar"):
        lower, upper = (_gamma_limits if method == "chi_square" else _byar)(expected, tail)
        return lower / size, upper / size
    transform: Transform = "log" if method == "log" else "none"
    return _around("ratio", transform, target, _standard_error("ratio", transform, size, target), tail)


def _count_ratio(size: Floats, target: Floats, tail: float, method: str) -> Pair:
    if method == "log":
        return _around("count_ratio", "log", target, _standard_error("count_ratio", "log", size, target), tail)
    lower, upper = _binomial(size, target / (1 + target), tail, method == "interpolated")
    return _odds(lower, size), _odds(upper, size)


def _odds(events: Floats, size: Floats) -> Floats:
    full = events >= size
    return np.where(full, np.inf, events / np.where(full, 1.0, size - events))


def _adjusted(size: Floats, target: Floats, tail: float, profile: FunnelProfile, tau2: Floats, phi: Floats) -> Pair:
    error = _standard_error(profile.kind, profile.transform, size, target, half_root=profile.half_root)
    additive = profile.model == "additive"
    error = np.sqrt(error**2 + tau2) if additive else error * np.sqrt(np.maximum(phi, 1.0))
    return _around(profile.kind, profile.transform, target, error, tail, back=profile.back_transform)


def _standard_error(kind: str, transform: str, size: Floats, target: Floats, *, half_root: bool = False) -> Floats:
    """The standard error of a unit on the transformed scale, if its true value is the target."""
    if half_root or transform in ("arcsine", "sqrt"):
        return np.asarray(0.5 / np.sqrt(size))
    if kind == "count_ratio":
        return np.asarray((1 + target) / np.sqrt(target * size))
    if transform == "log":
        return np.asarray(1 / np.sqrt(target * size))
    return np.asarray(np.sqrt(target * ((1 - target) if kind == "proportion" else 1) / size))


def _transformed(transform: str, values: Floats) -> Floats:
    if transform == "arcsine":
        return np.asarray(np.arcsin(np.sqrt(values)))
    if transform == "sqrt":
        return np.asarray(np.sqrt(values))
    return np.asarray(np.log(values) if transform == "log" else values)


def _around(kind: str, transform: str, target: Floats, error: Floats, tail: float, *, back: bool = True) -> Pair:
    centre, z = _transformed(transform, target), -special.ndtri(tail)
    lower, upper = centre - z * error, centre + z * error
    if transform == "log":
        return (np.exp(lower), np.exp(upper)) if back else (lower, upper)
    top = np.inf if kind != "proportion" else np.pi / 2 if transform == "arcsine" else 1.0
    lower, upper = np.clip(lower, 0.0, top), np.clip(upper, 0.0, top)
    if transform == "none" or not back:
        return lower, upper
    undo: Callable[[Floats], Floats] = (lambda angle: np.sin(angle) ** 2) if transform == "arcsine" else np.square
    return undo(lower), undo(upper)


def _binomial(cases: Floats, chance: Floats, tail: float, interpolate: bool) -> Pair:
    def below(events: Floats, of: Floats, rate: Floats) -> Floats:  # P(R <= events)
        inner = np.clip(events, 0, of - 1)
        value = special.betainc(of - inner, inner + 1, 1 - rate)
        return np.where(events < 0, 0.0, np.where(events >= of, 1.0, value))

    of, rate = np.broadcast_arrays(cases, chance)
    return _discrete(below, (of, rate), of * rate, of * rate * (1 - rate), 1 - 2 * rate, tail, interpolate)


def _poisson(mean: Floats, tail: float, interpolate: bool) -> Pair:
    def below(events: Floats, expected: Floats) -> Floats:
        return np.where(events < 0, 0.0, special.gammaincc(np.maximum(events, 0) + 1, expected))

    return _discrete(below, (mean,), mean, mean, np.ones_like(mean), tail, interpolate)


def _discrete(
    below: Callable[..., Floats],
    parameters: tuple[Floats, ...],
    mean: Floats,
    variance: Floats,
    asymmetry: Floats,
    tail: float,
    interpolate: bool,
) -> Pair:
    """Limits of a count. `asymmetry` is the third central moment over the variance."""
    flat = [each.ravel() for each in parameters]
    if (mean > COUNTED).any():
        raise ValueError(f"an expected number of {mean.max():g} is too large: counts are exact up to {COUNTED:g}")
    ends = []
    for share in (tail, 1 - tail):
        z = special.ndtri(share)
        guess = mean + z * np.sqrt(variance) + (z * z - 1) / 6 * asymmetry  # Cornish and Fisher
        events, reached, before = _quantile(below, flat, np.maximum(np.rint(guess), 0.0).ravel(), share)
        if interpolate:
            events = np.maximum(events - (reached - share) / (reached - before), 0.0)
        elif share > tail:
            events = events + (1 - reached >= tail)  # the next count has the tail, too: to the last digit only
        ends.append(events.reshape(mean.shape))
    return ends[0], ends[1]


def _quantile(
    below: Callable[..., Floats], parameters: list[Floats], events: Floats, share: float
) -> tuple[Floats, Floats, Floats]:
    """The smallest count whose cumulative probability reaches the share, that probability, and the one before it."""
    reached, before = below(events, *parameters), below(events - 1, *parameters)
    while (wrong := (reached < share) | (before >= share)).any():
        up = reached[wrong] < share
        moved = events[wrong] + np.where(up, 1.0, -1.0)
        found = below(np.where(up, moved, moved - 1), *(each[wrong] for each in parameters))
        reached[wrong], before[wrong] = np.where(up, found, before[wrong]), np.where(up, reached[wrong], found)
        events[wrong] = moved
    return events, reached, before
