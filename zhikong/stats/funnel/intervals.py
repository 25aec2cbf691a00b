"""Confidence intervals of counts and proportions."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhikong.stats.arguments import Floats, floats, number, one_of, same_length

PoissonMethod = Literal["exact", "byar", "byar_from_10"]
ProportionMethod = Literal["wilson", "exact"]


@dataclass(frozen=True, slots=True)
class Interval:
    """The two ends of an interval, or of a pair of limits; arrays of one shape, or two numbers."""

    lower: Floats
    """Lower end."""
    upper: Floats
    """Upper end."""


def poisson_interval(counts: ArrayLike, *, level: float = 0.95, method: PoissonMethod = "exact") -> Interval:
    """The confidence interval of the mean of a Poisson count.

    Parameters
    ----------
    counts : array_like of any shape up to 2 dimensions
        Counts >= 0; weighted counts need not be whole.
    level : float, 0 < level < 1
        Two-sided, each tail half of the rest: 0.95, 0.998.
    method : {'exact', 'byar', 'byar_from_10'}
        'exact' by chi-square quantiles; 'byar' is Byar's approximation; 'byar_from_10' is exact below a count of 10
        and Byar's from 10 on, as the English public-health indicators are published.

    Returns
    -------
    Interval
        In counts, shape of `counts`. The lower end of a count of 0 is 0 by every method.

    Raises
    ------
    ValueError
        A count not finite or below 0; a level outside (0, 1); an unknown method.

    References
    ----------
    Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28, 437-442 ('exact').
    Breslow, N. E., Day, N. E. (1987). Statistical Methods in Cancer Research II, IARC, section 2.3 ('byar').
    """
    array = floats("counts", counts, dimensions=(0, 1, 2), low=0)
    one_of("method", method, get_args(PoissonMethod))
    tail = _tail_of(level)
    if method == "exact":
        lower, upper = _gamma_limits(array, tail)
    else:
        lower, upper = _byar(array, tail)
        if method == "byar_from_10":
            few, exact = array < 10, _gamma_limits(array, tail)
            lower, upper = np.where(few, exact[0], lower), np.where(few, exact[1], upper)
    return Interval(lower[()], upper[()])


def proportion_interval(
    numerators: ArrayLike, denominators: ArrayLike, *, level: float = 0.95, method: ProportionMethod = "wilson"
) -> Interval:
    """The confidence interval of a proportion.

    Parameters
    ----------
    numerators : array_like of any shape up to 2 dimensions
        Events, 0 <= numerator <= denominator; weighted events need not be whole.
    denominators : array_like, shape of `numerators`
        Cases, > 0.
    level : float, 0 < level < 1
        Two-sided, each tail half of the rest.
    method : {'wilson', 'exact'}
        Wilson's score interval without continuity correction, or the exact one of Clopper and Pearson.

    Returns
    -------
    Interval
        Between 0 and 1; exactly 0 below no event and exactly 1 above nothing but events.

    Raises
    ------
    ValueError
        A value not finite, a denominator of 0, more events than cases, unequal lengths, an unknown method.

    References
    ----------
    Wilson, E. B. (1927). JASA 22, 209-212; Clopper, C. J., Pearson, E. S. (1934). Biometrika 26, 404-413; both as
    compared by Newcombe, R. G. (1998). Statistics in Medicine 17, 857-872, methods 3 and 5.
    """
    events = floats("numerators", numerators, dimensions=(0, 1, 2), low=0)
    cases = floats("denominators", denominators, dimensions=(0, 1, 2), above=0)
    _same_shape(numerators=events, denominators=cases)
    _not_above(events, cases)
    one_of("method", method, get_args(ProportionMethod))
    tail = _tail_of(level)
    none, every = events == 0, events == cases
    if method == "wilson":
        lower, upper = _wilson(events / cases, cases, tail)
    else:
        lower = special.betaincinv(np.where(none, 1, events), cases - events + 1, tail)
        upper = special.betainccinv(events + 1, np.where(every, 1, cases - events), tail)
    return Interval(np.where(none, 0.0, lower)[()], np.where(every, 1.0, upper)[()])


def _wilson(proportion: Floats, cases: Floats, tail: float) -> tuple[Floats, Floats]:
    z = -special.ndtri(tail)
    middle = 2 * cases * proportion + z * z
    half = z * np.sqrt(z * z + 4 * cases * proportion * (1 - proportion))
    both = 2 * (cases + z * z)
    return (middle - half) / both, (middle + half) / both


def _gamma_limits(count: Floats, tail: float) -> tuple[Floats, Floats]:
    """chi-square quantiles / 2, for a count or for an expected number taken as one."""
    none = count == 0
    lower = np.where(none, 0.0, special.gammaincinv(np.where(none, 1.0, count), tail))
    return lower, special.gammainccinv(count + 1, tail)


def _byar(count: Floats, tail: float) -> tuple[Floats, Floats]:
    z = -special.ndtri(tail)
    one = np.where(count == 0, 1.0, count)
    low = np.maximum(1 - 1 / (9 * one) - z / (3 * np.sqrt(one)), 0.0)
    more = count + 1
    high = 1 - 1 / (9 * more) + z / (3 * np.sqrt(more))
    # products, not powers: numpy's powers of one number and of many differ in the last digit
    return np.where(count == 0, 0.0, count * low * low * low), more * high * high * high


def _tail_of(level: float) -> float:
    """The probability in each tail. 1 - 0.95 is not 0.05 as numbers go; the fifteenth digit is put right."""
    tail = round((1 - number("level", level, above=0, below=1)) / 2, 15)
    if tail <= 0:
        raise ValueError(f"level is {level!r}: it is too near to 1, no tail is left")
    return tail


def _same_shape(**arrays: Floats) -> None:
    same_length(**{name: np.atleast_1d(array) for name, array in arrays.items()})
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"the shapes differ: {shapes}")


def _not_above(events: Floats, cases: Floats) -> None:
    if (events > cases).any():
        place = tuple(int(part) for part in np.argwhere(np.atleast_1d(events > cases))[0])
        told = ", ".join(map(str, place))
        many, of = np.atleast_1d(events)[place], np.atleast_1d(cases)[place]
        raise ValueError(f"numerators[{told}] is {many:g}: it must be at most its denominator, {of:g}")
