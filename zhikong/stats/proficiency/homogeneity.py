"""Are the samples of a round alike (均匀性), and do they stay so (稳定性)?"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, fdtrc, fdtri

from zhikong.stats import robust
from zhikong.stats.arguments import count, floats, number, one_of, spread
from zhikong.stats.proficiency._shapes import TIE, at_most, variances

Criterion = Literal["sufficient", "expanded", "f"]
PRINTED_SAMPLES = range(7, 21)  # the rows of the standard's table of F1 and F2, for duplicates


@dataclass(frozen=True, slots=True)
class Homogeneity:
    """The homogeneity of g samples measured m times each. The scheme names its criterion: they can disagree."""

    criterion: str
    homogeneous: bool
    """By the named criterion."""
    samples: int
    replicates: int
    mean: float
    sd_means: float
    """s_x, SD of the sample means."""
    sd_within: float
    """s_w, SD within samples (repeatability)."""
    sd_between: float
    """s_s, SD between samples: sqrt(max(0, s_x^2 - s_w^2 / m))."""
    allowed: float | None
    """0.3 sigma_pt."""
    sufficient: bool | None
    """s_s <= 0.3 sigma_pt; None without sigma_pt."""
    factors: tuple[float, float]
    """F1 and F2 of the expanded criterion."""
    expanded_limit: float | None
    """c = F1 (0.3 sigma_pt)^2 + F2 s_w^2, the limit of s_s^2."""
    expanded: bool | None
    """s_s^2 <= c; None without sigma_pt."""
    mean_squares: tuple[float, float]
    """Between and within samples, of the one-way analysis of variance."""
    f: float
    f_critical: float
    f_probability: float
    """Probability of so large an F among identical samples."""
    f_test: bool
    """F <= its critical value: no difference between samples was shown."""
    cochran: float
    """Cochran's C, largest share of one sample in the variance within samples."""
    cochran_critical: float
    outlying_sample: int | None
    """The sample whose replicates differ too much (C above critical), counted from 0."""


def homogeneity(
    values: ArrayLike,
    sigma_pt: float | None = None,
    *,
    criterion: Criterion = "sufficient",
    factors: Literal["computed", "printed"] = "computed",
    alpha: float = 0.05,
) -> Homogeneity:
    """Judge the homogeneity of samples measured in replicate.

    Parameters
    ----------
    values : array_like of float, shape (g, m), g >= 2, m >= 2
        A row per sample, a column per replicate, measured in random order. CNAS-GL003 asks for g >= 10, m >= 2.
    sigma_pt : float, > 0, optional
        Standard deviation for proficiency assessment; with an allowable error delta_E, delta_E / 3. None leaves
        only the F test.
    criterion : {"sufficient", "expanded", "f"}
        What `homogeneous` reports: s_s <= 0.3 sigma_pt; s_s^2 <= F1 (0.3 sigma_pt)^2 + F2 s_w^2; or the F test.
        Equality passes each of them.
    factors : {"computed", "printed"}
        F1 and F2 exact, or rounded to two decimals as the standard prints them (duplicates, 7 to 20 samples).
    alpha : float, between 0 and 1
        Significance of the F test and of Cochran's test. F1 and F2 are always those of 0.05.

    Returns
    -------
    Homogeneity
        Every quantity and every criterion's verdict.

    Raises
    ------
    ValueError
        Too few samples or replicates; no spread within samples; criterion "sufficient" or "expanded" without
        sigma_pt; printed factors outside the printed table.

    References
    ----------
    ISO 13528:2022, Annex B; Fearn T, Thompson M. Analyst 2001;126:1414; CNAS-GL003 (F test).
    """
    x = floats("values", values, dimensions=2, at_least=2)
    if len(x) < 2:
        raise ValueError(f"values has {len(x)} sample(s): at least 2 are needed")
    alpha = number("alpha", alpha, above=0, below=1)
    one_of("criterion", criterion, ("sufficient", "expanded", "f"))
    if sigma_pt is None and criterion != "f":
        raise ValueError(f"sigma_pt is None: the criterion {criterion!r} needs it")
    g, m = x.shape
    means = x.mean(axis=1)
    within_each = variances(x)
    within = float(within_each.mean())
    spread("values (within samples)", math.sqrt(within))
    between_means = float(means.var(ddof=1))
    between = max(0.0, between_means - within / m)
    f1, f2 = expanded_factors(g, m, factors=factors)
    allowed = limit = sufficient = expanded = None
    if sigma_pt is not None:
        allowed = 0.3 * number("sigma_pt", sigma_pt, above=0)
        limit = f1 * allowed**2 + f2 * within
        sufficient = at_most(math.sqrt(between), allowed)
        expanded = at_most(between, limit)
    f = m * between_means / within
    f_critical = float(fdtri(g - 1, g * (m - 1), 1 - alpha))
    f_test = at_most(f, f_critical)
    share = within_each / within_each.sum()
    cochran, cochran_critical = float(share.max()), robust.cochran_critical(g, m, alpha)
    verdict = {"sufficient": sufficient, "expanded": expanded, "f": f_test}[criterion]
    return Homogeneity(
        criterion=criterion, homogeneous=bool(verdict), samples=g, replicates=m, mean=float(x.mean()),
        sd_means=math.sqrt(between_means), sd_within=math.sqrt(within), sd_between=math.sqrt(between),
        allowed=allowed, sufficient=sufficient, factors=(f1, f2), expanded_limit=limit, expanded=expanded,
        mean_squares=(m * between_means, within), f=f, f_critical=f_critical,
        f_probability=float(fdtrc(g - 1, g * (m - 1), f)), f_test=f_test,
        cochran=cochran, cochran_critical=cochran_critical,
        outlying_sample=int(share.argmax()) if cochran > cochran_critical * (1 + TIE) else None,
    )  # fmt: skip


def expanded_factors(
    samples: int, replicates: int = 2, *, factors: Literal["computed", "printed"] = "computed"
) -> tuple[float, float]:
    """F1 and F2 of the expanded homogeneity criterion.

    Parameters
    ----------
    samples : int, >= 2
        Samples g.
    replicates : int, >= 2
        Replicates m of each.
    factors : {"computed", "printed"}
        Exact, or rounded to two decimals as printed for duplicates and g from 7 to 20.

    Returns
    -------
    tuple of float
        F1 = chi2(0.95; g - 1) / (g - 1) and F2 = (F(0.95; g - 1, g (m - 1)) - 1) / m.

    Raises
    ------
    ValueError
        Too few samples or replicates, or printed factors outside the table.

    References
    ----------
    ISO 13528:2022, Annex B; Fearn T, Thompson M. Analyst 2001;126:1414.
    """
    g, m = count("samples", samples, low=2), count("replicates", replicates, low=2)
    f1 = float(chdtri(g - 1, 0.05)) / (g - 1)
    f2 = (float(fdtri(g - 1, g * (m - 1), 0.95)) - 1) / m
    if one_of("factors", factors, ("computed", "printed")) == "computed":
        return f1, f2
    if m != 2 or g not in PRINTED_SAMPLES:
        raise ValueError(f"factors is 'printed': none are printed for {g} samples x {m}, only for 7 to 20 samples x 2")
    return round(f1, 2), round(f2, 2)


@dataclass(frozen=True, slots=True)
class Stability:
    """The change of a material between two times, and whether it may be neglected."""

    criterion: str
    stable: bool
    difference: float
    """Second mean minus first mean."""
    limit: float
    standard_uncertainty: float
    """Of the difference."""


def stability(
    first: ArrayLike,
    second: ArrayLike,
    sigma_pt: float,
    *,
    criterion: Literal["sufficient", "expanded"] = "sufficient",
) -> Stability:
    """Judge whether samples kept their value from the first measurement to the second.

    Parameters
    ----------
    first, second : array_like of float, shape (n,), n >= 2
        Means of samples before the round (those of the homogeneity check) and at its end. A single value each is
        enough for the criterion "sufficient".
    sigma_pt : float, > 0
        Standard deviation for proficiency assessment; with an allowable error delta_E, delta_E / 3.
    criterion : {"sufficient", "expanded"}
        |y1 - y2| <= 0.3 sigma_pt, or |y1 - y2| <= 0.3 sigma_pt + 2 sqrt(u(y1)^2 + u(y2)^2) with u = s / sqrt(n).
        Equality passes.

    Returns
    -------
    Stability
        Difference, limit and verdict.

    Raises
    ------
    ValueError
        A value not finite; a sigma_pt not above 0; the criterion "expanded" with fewer than 2 values at a time.

    References
    ----------
    ISO 13528:2022, Annex B (B.5).
    """
    one_of("criterion", criterion, ("sufficient", "expanded"))
    enough = 2 if criterion == "expanded" else 1
    a, b = floats("first", first, at_least=enough), floats("second", second, at_least=enough)
    limit = 0.3 * number("sigma_pt", sigma_pt, above=0)
    u = math.sqrt(sum(float(variances(x)) / x.size for x in (a, b) if x.size > 1))
    if criterion == "expanded":
        limit += 2 * u
    change = float(np.mean(b) - np.mean(a))
    return Stability(criterion, at_most(abs(change), limit), change, limit, u)
