"""The assigned value (指定值、靶值) of a round and its standard uncertainty."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from zhikong.stats import robust
from zhikong.stats.arguments import floats, number, same_length
from zhikong.stats.proficiency._shapes import algorithm_a, at_most, variances


@dataclass(frozen=True, slots=True)
class AssignedValue:
    """An assigned value with its standard uncertainty, in the unit of the results."""

    value: float
    standard_uncertainty: float
    origin: str
    """formulation, certified reference, comparison with a reference, expert laboratories, consensus, Mandel-Paule"""
    n: int = 1
    """Laboratories, or paired comparisons, behind it."""
    sd: float = 0.0
    """Robust SD of the results, SD of the differences, or between-laboratory SD; 0 where there is none."""


def with_contributions(
    assigned: AssignedValue, *, homogeneity: float = 0.0, transport: float = 0.0, stability: float = 0.0
) -> AssignedValue:
    """Add the uncertainty of the samples to that of the characterisation, in quadrature.

    Parameters
    ----------
    assigned : AssignedValue
        The value with its uncertainty of characterisation.
    homogeneity, transport, stability : float, >= 0
        Standard uncertainties from differences between samples, from transport, and from instability.

    Returns
    -------
    AssignedValue
        With u = sqrt(u_char^2 + u_hom^2 + u_trans^2 + u_stab^2).

    Raises
    ------
    ValueError
        A negative contribution, or one that is not finite.

    References
    ----------
    ISO 13528:2022, 7.2.
    """
    parts = {"homogeneity": homogeneity, "transport": transport, "stability": stability}
    total = math.hypot(assigned.standard_uncertainty, *(number(name, part, low=0) for name, part in parts.items()))
    return AssignedValue(assigned.value, total, assigned.origin, assigned.n, assigned.sd)


def by_formulation(
    added: float,
    total: float,
    *,
    purity: float = 1.0,
    base: float = 0.0,
    u_added: float = 0.0,
    u_total: float = 0.0,
    u_purity: float = 0.0,
    u_base: float = 0.0,
) -> AssignedValue:
    """The assigned value of a preparation: base + added x purity / total.

    Parameters
    ----------
    added : float, > 0
        Amount of the substance added, for instance its mass.
    total : float, > 0
        Amount of the whole preparation, so that added / total has the unit of the results.
    purity : float, > 0 and <= 1
        Mass fraction of the substance in what was added.
    base : float, >= 0
        Concentration already in the base material.
    u_added, u_total, u_purity, u_base : float, >= 0
        Their standard uncertainties, independent of one another.

    Returns
    -------
    AssignedValue
        With the uncertainty of the first-order law of propagation.

    Raises
    ------
    ValueError
        A value outside its bounds.

    References
    ----------
    ISO 13528:2022, 7.3 (formulation); JCGM 100:2008, 5.1.2.
    """
    added, total = number("added", added, above=0), number("total", total, above=0)
    purity, base = number("purity", purity, above=0, high=1), number("base", base, low=0)
    share = added * purity / total
    told = {"u_added": u_added, "u_total": u_total, "u_purity": u_purity, "u_base": u_base}
    ua, ut, up, ub = (number(name, part, low=0) for name, part in told.items())
    return AssignedValue(base + share, math.hypot(share * ua / added, share * ut / total, share * up / purity, ub),
                         "formulation")  # fmt: skip


def by_certificate(value: float, expanded_uncertainty: float, *, coverage: float = 2.0) -> AssignedValue:
    """The assigned value of a certified reference material: the certificate's.

    Parameters
    ----------
    value : float
        Certified value.
    expanded_uncertainty : float, >= 0
        Expanded uncertainty U of the certificate.
    coverage : float, > 0
        Its coverage factor k.

    Returns
    -------
    AssignedValue
        With u = U / k.

    Raises
    ------
    ValueError
        A value outside its bounds.

    References
    ----------
    ISO 13528:2022, 7.4.
    """
    coverage = number("coverage", coverage, above=0)
    u = number("expanded_uncertainty", expanded_uncertainty, low=0) / coverage
    return AssignedValue(number("value", value), u, "certified reference")


def by_reference(reference: AssignedValue, differences: ArrayLike) -> AssignedValue:
    """The assigned value from comparing the material with a reference material in one laboratory.

    Parameters
    ----------
    reference : AssignedValue
        The reference material's value, for instance of `by_certificate`.
    differences : array_like of float, shape (n,), n >= 2
        Material minus reference, each under repeatability conditions and each pair independent.

    Returns
    -------
    AssignedValue
        Reference plus mean difference, with u = sqrt(u_ref^2 + s_d^2 / n).

    Raises
    ------
    ValueError
        Fewer than 2 differences, or one that is not finite.

    References
    ----------
    ISO 13528:2022, 7.5; the example of ISO 13528:2005, 5.5 gives 21.62 + 1.73 = 23.35 with u = 0.27.
    """
    d = floats("differences", differences, at_least=2)
    sd = math.sqrt(variances(d))
    u = math.hypot(reference.standard_uncertainty, sd / math.sqrt(d.size))
    return AssignedValue(reference.value + float(d.mean()), u, "comparison with a reference", d.size, sd)


def by_experts(
    results: ArrayLike, uncertainties: ArrayLike | None = None, *, profile: robust.Profile = robust.FIXED_POINT
) -> AssignedValue:
    """The assigned value from expert laboratories: the robust mean of their results by Algorithm A.

    Parameters
    ----------
    results : array_like of float, shape (p,), p >= 3
        One result per expert laboratory.
    uncertainties : array_like of float, shape (p,), >= 0, optional
        Their standard uncertainties, where all of them state one.
    profile : robust.Profile
        Constants and stop rule of Algorithm A.

    Returns
    -------
    AssignedValue
        With u = 1.25 / p x sqrt(sum u_i^2) from stated uncertainties, else u = 1.25 s* / sqrt(p).

    Raises
    ------
    ValueError
        Fewer than 3 results; unequal lengths; a negative uncertainty; no robust estimate.

    References
    ----------
    ISO 13528:2022, 7.6.
    """
    x = floats("results", results, at_least=3)
    estimate = algorithm_a("results", x, profile)
    if uncertainties is None:
        u = robust.standard_uncertainty(estimate.sd, x.size)
    else:
        stated = floats("uncertainties", uncertainties, low=0)
        same_length(results=x, uncertainties=stated)
        u = 1.25 / x.size * math.sqrt(float(stated @ stated))
    return AssignedValue(estimate.mean, u, "expert laboratories", x.size, estimate.sd)


def by_consensus(results: ArrayLike, *, profile: robust.Profile = robust.FIXED_POINT) -> AssignedValue:
    """The assigned value from all participants: the robust mean by Algorithm A.

    Parameters
    ----------
    results : array_like of float, shape (p,), p >= 3
        One result per participant.
    profile : robust.Profile
        Constants and stop rule of Algorithm A.

    Returns
    -------
    AssignedValue
        With u = 1.25 s* / sqrt(p); `sd` is s*.

    Raises
    ------
    ValueError
        Fewer than 3 results; one that is not finite; no robust estimate.

    References
    ----------
    ISO 13528:2022, 7.7 and Annex C.
    """
    return by_estimate(algorithm_a("results", floats("results", results, at_least=3), profile))


def by_estimate(estimate: robust.RobustEstimate) -> AssignedValue:
    """The assigned value from any robust estimate of the participants' results.

    Parameters
    ----------
    estimate : RobustEstimate
        Of `zhikong.stats.robust`: its `mean`, `sd` and `n` are used.

    Returns
    -------
    AssignedValue
        With u = 1.25 sd / sqrt(n).

    Raises
    ------
    ValueError
        No result behind the estimate, or an SD not above 0.

    References
    ----------
    ISO 13528:2022, 7.7: the factor 1.25 is about the ratio of the standard errors of median and mean.
    """
    u = robust.standard_uncertainty(estimate.sd, estimate.n)
    return AssignedValue(number("mean", estimate.mean), u, "consensus", estimate.n, estimate.sd)


def uncertainty_is_negligible(u_assigned: float, sigma_pt: float) -> bool:
    """Whether u(x_pt) <= 0.3 sigma_pt, so that z needs no z'.

    Parameters
    ----------
    u_assigned : float, >= 0
        Standard uncertainty of the assigned value.
    sigma_pt : float, > 0
        Standard deviation for proficiency assessment; with an allowable error delta_E, delta_E / 3.

    Returns
    -------
    bool
        Equality is negligible.

    Raises
    ------
    ValueError
        A value outside its bounds.

    References
    ----------
    ISO 13528:2022, 9.2.
    """
    return at_most(number("u_assigned", u_assigned, low=0), 0.3 * number("sigma_pt", sigma_pt, above=0))


def mandel_paule(means: ArrayLike, uncertainties: ArrayLike) -> AssignedValue:
    """The Mandel-Paule consensus of laboratories that state unequal uncertainties.

    The variance v between laboratories solves sum w_i (x_i - x)^2 = p - 1 with w_i = 1 / (u_i^2 + v), where x is the
    weighted mean; v is 0 when the laboratories agree better than they state. The left side falls and is convex in v,
    so Newton's steps from 0 rise to the root and never pass it.

    Parameters
    ----------
    means : array_like of float, shape (p,), p >= 2
        Means of the laboratories.
    uncertainties : array_like of float, shape (p,), > 0
        Standard uncertainties of these means (s / sqrt(n) for n replicates).

    Returns
    -------
    AssignedValue
        Weighted mean, u = 1 / sqrt(sum w_i), and the between-laboratory SD sqrt(v) as `sd`.

    Raises
    ------
    ValueError
        Fewer than 2 laboratories; unequal lengths; an uncertainty not above 0.

    References
    ----------
    Paule RC, Mandel J. J Res NBS 1982;87:377.
    """
    x = floats("means", means, at_least=2)
    u = floats("uncertainties", uncertainties, above=0)
    same_length(means=x, uncertainties=u)
    v = 0.0
    for _ in range(1000):
        w = 1 / (u * u + v)
        centre = float(w @ x / w.sum())
        squares = w * (x - centre) ** 2
        step = (float(squares.sum()) - (x.size - 1)) / max(float(w @ squares), np.finfo(float).tiny)
        if step <= 4 * np.finfo(float).eps * v:
            break
        v += step
    return AssignedValue(centre, 1 / math.sqrt(float(w.sum())), "Mandel-Paule", x.size, math.sqrt(v))
