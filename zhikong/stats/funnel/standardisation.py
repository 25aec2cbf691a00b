"""Direct and indirect standardisation (标准化) by strata such as age bands."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from zhikong.stats.arguments import Floats, floats, one_of, same_length

from .intervals import PoissonMethod, poisson_interval

DobsonMethod = Literal["byar", "exact"]


@dataclass(frozen=True, slots=True)
class DirectRate:
    """Directly standardised rates, shape (n,), or numbers for one unit."""

    rate: Floats
    """Rate the standard population would have, per person (or what the populations count)."""
    lower: Floats
    """Lower end of its interval."""
    upper: Floats
    """Upper end of its interval."""
    variance: Floats
    """Variance of the rate."""
    events: Floats
    """Events in all."""


@dataclass(frozen=True, slots=True)
class IndirectRatio:
    """Indirectly standardised ratios, shape (n,), or numbers for one unit. For a rate multiply by the reference's."""

    ratio: Floats
    """Observed / expected."""
    lower: Floats
    """Lower end of its interval."""
    upper: Floats
    """Upper end of its interval."""
    observed: Floats
    """Events observed."""
    expected: Floats
    """Events expected."""


def direct_rate(
    events: ArrayLike,
    populations: ArrayLike,
    standard: ArrayLike,
    *,
    level: float = 0.95,
    method: DobsonMethod = "byar",
) -> DirectRate:
    """Directly standardised rate with Dobson's interval.

    Parameters
    ----------
    events : array_like, shape (strata,) or (n, strata)
        Events by stratum, >= 0, for one unit or n.
    populations : array_like, shape of `events`
        Persons (or person-time) by stratum, > 0.
    standard : array_like, shape (strata,)
        The standard population by stratum, >= 0: only its proportions count.
    level : float, 0 < level < 1
        Of the interval.
    method : {'byar', 'exact'}
        The Poisson interval of the events in all that Dobson's interval is scaled from.

    Returns
    -------
    DirectRate
        rate = sum(w o / n) / sum(w); variance = sum(w^2 o / n^2) / sum(w)^2; interval = rate + sqrt(variance / O)
        (limit of O - O).

    Raises
    ------
    ValueError
        Values not finite or negative, a population of 0, no standard population, unequal lengths, or a unit without any
        event: Dobson's interval does not exist then.

    References
    ----------
    Dobson, A. J., Kuulasmaa, K., Eberle, E., Scherer, J. (1991). Confidence intervals for weighted sums of Poisson
    parameters. Statistics in Medicine 10, 457-462. With Byar's limits, as the English public-health indicators.
    """
    count = floats("events", events, dimensions=(1, 2), low=0)
    persons = floats("populations", populations, dimensions=(1, 2), above=0)
    weight = floats("standard", standard, low=0)
    same_length(events=count, populations=persons, standard=weight)
    if count.shape != persons.shape:
        raise ValueError(f"events has shape {count.shape}: populations has {persons.shape}")
    one_of("method", method, get_args(DobsonMethod))
    if weight.sum() <= 0:
        raise ValueError("standard has no population")
    total = np.asarray(count.sum(axis=-1))
    if (total <= 0).any():
        where = f" of unit {int(np.argmin(total))}" if total.ndim else ""
        raise ValueError(f"events{where} are 0 in all strata: Dobson's interval does not exist")
    share = weight / weight.sum()
    rate = (share * count / persons).sum(axis=-1)
    variance = (share**2 * count / persons**2).sum(axis=-1)
    limits = poisson_interval(total, level=level, method=method)
    scale = np.sqrt(variance / total)
    return DirectRate(
        rate, rate + scale * (limits.lower - total), rate + scale * (limits.upper - total), variance, total[()]
    )


def expected_events(populations: ArrayLike, reference_events: ArrayLike, reference_populations: ArrayLike) -> Floats:
    """Events that a unit would have with the reference's rates.

    Parameters
    ----------
    populations : array_like, shape (strata,) or (n, strata)
        Persons by stratum, >= 0, for one unit or n.
    reference_events, reference_populations : array_like, shape (strata,)
        The reference by stratum: events >= 0, persons > 0.

    Returns
    -------
    ndarray, shape () or (n,)
        sum(n x reference events / reference persons).

    Raises
    ------
    ValueError
        Values not finite or negative, a reference population of 0, unequal lengths.

    References
    ----------
    Breslow, N. E., Day, N. E. (1987). Statistical Methods in Cancer Research II, IARC, chapter 2.
    """
    persons = floats("populations", populations, dimensions=(1, 2), low=0)
    count = floats("reference_events", reference_events, low=0)
    of = floats("reference_populations", reference_populations, above=0)
    same_length(populations=persons, reference_events=count, reference_populations=of)
    return np.asarray((persons * (count / of)).sum(axis=-1))[()]


def indirect_ratio(
    observed: ArrayLike, expected: ArrayLike, *, level: float = 0.95, method: PoissonMethod = "byar_from_10"
) -> IndirectRatio:
    """Indirectly standardised ratio (SMR) with the interval of its count.

    Parameters
    ----------
    observed : array_like, shape () or (n,)
        Events of each unit, all strata together, >= 0.
    expected : array_like, shape of `observed`
        Events expected (see `expected_events`, or the sum of a risk model's predictions), > 0 and taken as known.
    level : float, 0 < level < 1
        Of the interval.
    method : {'byar_from_10', 'exact', 'byar'}
        The Poisson interval, as in `poisson_interval`.

    Returns
    -------
    IndirectRatio
        Ratio and interval, each the count's divided by the expected number.

    Raises
    ------
    ValueError
        Values not finite or negative, an expected number of 0, unequal lengths.

    References
    ----------
    Breslow, N. E., Day, N. E. (1987). Statistical Methods in Cancer Research II, IARC, section 2.3. The change of method
    at 10: as the English public-health indicators (PHEindicatormethods 2.1.0).
    """
    count = floats("observed", observed, dimensions=(0, 1), low=0)
    base = floats("expected", expected, dimensions=(0, 1), above=0)
    same_length(observed=np.atleast_1d(count), expected=np.atleast_1d(base))
    limits = poisson_interval(count, level=level, method=method)
    return IndirectRatio((count / base)[()], limits.lower / base, limits.upper / base, count[()], base[()])
