"""Imprecision: nested analysis of variance, its limits, and the verification of a claim."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhikong.stats.arguments import count, floats, labels, number, one_of, same_length, spread


@dataclass(frozen=True, slots=True)
class Component:
    """One row of the analysis of variance, with its variance component in the squared unit of the data.

    `estimate` is the solution of the expected mean squares and may be negative; `variance` is what is reported.
    """

    name: str
    degrees_of_freedom: int
    sum_of_squares: float
    mean_square: float
    estimate: float
    variance: float

    @property
    def sd(self) -> float:
        return math.sqrt(max(self.variance, 0.0))

    @property
    def set_to_zero(self) -> bool:
        return self.estimate < 0 and self.variance == 0


@dataclass(frozen=True, slots=True)
class Precision:
    """A standard deviation in the unit of the data, its degrees of freedom and its chi-square limits."""

    sd: float
    degrees_of_freedom: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Imprecision:
    """Nested analysis of variance: the components from the outermost factor to `error`, and two standard deviations.

    `replicates` is n0, the mean number of replicates of an innermost group as unbalanced data weigh it.
    """

    n: int
    mean: float
    components: tuple[Component, ...]
    replicates: float
    repeatability: Precision
    within_laboratory: Precision

    def component(self, name: str) -> Component:
        one_of("name", name, [each.name for each in self.components])
        return next(each for each in self.components if each.name == name)

    def cv(self, sd: float) -> float:
        """A standard deviation as percent of the mean; ValueError for a mean that is not above 0."""
        return 100 * sd / number("mean", self.mean, above=0)


@dataclass(frozen=True, slots=True)
class Verification:
    """An observed standard deviation (or CV) against a claim: verified when it is not above the `limit`."""

    observed: float
    claim: float
    degrees_of_freedom: float
    factor: float
    limit: float
    verified: bool


def nested_anova(
    values: ArrayLike,
    factors: Mapping[str, Sequence[object] | NDArray[np.generic]],
    *,
    confidence: float = 0.95,
    negative: str = "zero",
) -> Imprecision:
    """Variance components of a fully nested design: repeatability, between-run, between-day, within-laboratory.

    `{"day": days, "run": runs}` is the EP05 design of 20 days x 2 runs x 2 replicates, `{"run": runs}` that of EP15,
    `{"site": sites, "day": days}` the multi-site design. Run 1 of one day is not run 1 of another day.

    Parameters
    ----------
    values : array_like, shape (n,)
        The results, in one unit. Drop missing results first: the data need not be balanced.
    factors : mapping of str to sequence, each of length n
        The codes (numbers, texts or dates) of the nested factors, outermost first. None may be called "error".
    confidence : float
        Two-sided confidence of the chi-square limits; 0.90 gives one-sided limits of 95 % each.
    negative : {"zero", "keep"}
        A negative estimate of a component is set to zero (EP05), and its row says so, or is kept and lessens the sum.

    Returns
    -------
    Imprecision
        `repeatability` is the standard deviation within the innermost groups. `within_laboratory` is the root of the
        sum of all components: of an outermost factor that is a site or a laboratory it is the reproducibility.

    Raises
    ------
    ValueError
        Unequal lengths; no factor, or one called "error"; a factor of one group; no replicates inside the innermost
        groups, or no second group of a factor inside any group of the factor above; no spread; a value not finite; a
        code missing.

    Notes
    -----
    Unbalanced data: sequential (type I) sums of squares and their expectations, Henderson's method 1. With
    N the number of results of a group, the coefficient of the component of factor j in the sum of squares of factor k
    (j inside or equal to k) is the sum over the groups h of j of N_h^2 (1 / N of its group of k - 1 / N of its group of
    the factor above k). Degrees of freedom by Satterthwaite: the reported variance is a sum of a_i MS_i over the mean
    squares, and nu = (sum a_i MS_i)^2 / sum((a_i MS_i)^2 / df_i). A component set to zero takes no part in the a_i.

    References
    ----------
    CLSI EP05-A3 (2014), appendix on nested analysis of variance; CLSI EP15-A3 (2014), section 2.3.5 and appendix B.
    Searle SR, Casella G, McCulloch CE. Variance Components. Wiley 1992, sections 3.6 and 5.3.
    Satterthwaite FE. Biometrics Bulletin 1946;2:110-114.
    """
    results = floats("values", values, at_least=3)
    confidence = number("confidence", confidence, above=0, below=1)
    one_of("negative", negative, ("zero", "keep"))
    if not isinstance(factors, Mapping):
        raise ValueError(f"factors is {factors!r}: codes by the name of the factor are needed")
    if not factors:
        raise ValueError("factors is empty: at least one nested factor is needed")
    if "error" in factors:
        raise ValueError("factors has 'error': that is the name of the variation inside the innermost groups")
    groups = {name: labels(f"factors[{name!r}]", codes) for name, codes in factors.items()}
    for name, codes in groups.items():
        same_length(**{"values": results, f"factors[{name!r}]": codes})
    n = results.size
    names = [*factors, "error"]

    # The groups of each level as codes 0, 1, ...: the whole, every factor inside the one before, every single result.
    levels = [np.zeros(n, dtype=np.intp)]
    for codes in groups.values():
        own = np.unique(codes, return_inverse=True)[1]
        levels.append(np.unique(levels[-1] * (own.max() + 1) + own, return_inverse=True)[1])
    levels.append(np.arange(n))
    centred = results - results.mean()
    sizes = [np.bincount(level) for level in levels]
    means = [np.bincount(level, weights=centred) / size for level, size in zip(levels, sizes, strict=True)]

    freedom = [after.size - before.size for before, after in itertools.pairwise(sizes)]
    for name, degrees in zip(names, freedom, strict=True):
        if degrees < 1:
            what = "the innermost groups have no replicates" if name == "error" else f"{name} does not vary"
            raise ValueError(f"factors leaves no degree of freedom for {name}: {what}")
    squares = [
        float(np.sum((means[k + 1][levels[k + 1]] - means[k][levels[k]]) ** 2)) for k in range(len(names))
    ]  # one term a result, so each group's square is weighted by its size
    spread("values", float(np.ptp(results)))
    mean_squares = np.array(squares) / freedom

    # Expected mean squares: upper triangular, error last with coefficient 1 everywhere.
    expected = np.zeros((len(names), len(names)))
    for k in range(len(names)):
        for j in range(k, len(names)):
            weight = sizes[j + 1][levels[j + 1]]
            share = 1 / sizes[k + 1][levels[k + 1]] - 1 / sizes[k][levels[k]]
            expected[k, j] = np.sum(weight * share) / freedom[k]
    contrasts = np.linalg.inv(expected)  # row j: component j as a combination of the mean squares
    estimates = contrasts @ mean_squares
    kept = np.where((estimates < 0) & (negative == "zero"), 0.0, estimates)

    taken = contrasts[(estimates >= 0) | (negative == "keep")].sum(axis=0)
    if kept.sum() <= 0:
        raise ValueError(
            f"values gives a within-laboratory variance of {kept.sum():g}: set negative components to zero"
        )
    rows = zip(names, freedom, squares, mean_squares, estimates, kept, strict=True)
    return Imprecision(
        n,
        float(results.mean()),
        tuple(Component(name, df, ss, float(ms), float(raw), float(final)) for name, df, ss, ms, raw, final in rows),
        float(expected[-2, -2]),
        _precision(float(mean_squares[-1]), float(freedom[-1]), confidence),
        _precision(float(kept.sum()), _satterthwaite(taken * mean_squares, freedom), confidence),
    )


def claimed_degrees_of_freedom(ratio: float, *, runs: int, replicates: int) -> float:
    """Degrees of freedom of the within-laboratory standard deviation that a claim implies, not rounded.

    Parameters
    ----------
    ratio : float, >= 1
        Claimed within-laboratory over claimed repeatability standard deviation.
    runs, replicates : int, >= 2
        The design: runs (or days) and replicates in each.

    Returns
    -------
    float
        EP15-A3 prints it rounded to a whole number.

    Raises
    ------
    ValueError
        A ratio below 1, fewer than 2 runs or replicates.

    References
    ----------
    CLSI EP15-A3 (2014), Table 6 and "The Calculations Underlying Table 6": Satterthwaite's formula with the expected
    mean squares of the claims in the place of the observed ones.
    """
    ratio = number("ratio", ratio, low=1)
    runs, replicates = count("runs", runs, low=2), count("replicates", replicates, low=2)
    between = (1 + replicates * (ratio**2 - 1)) / replicates  # a MS of runs, in units of the repeatability variance
    within = (replicates - 1) / replicates
    return _satterthwaite(np.array([between, within]), [runs - 1, runs * (replicates - 1)])


def verify_precision(
    observed: float, claim: float, *, degrees_of_freedom: float, materials: int = 1, false_rejection: float = 0.05
) -> Verification:
    """Whether an observed standard deviation is compatible with a claim: the upper verification limit of EP15.

    Parameters
    ----------
    observed : float, >= 0
        Observed standard deviation, or CV in percent.
    claim : float, > 0
        The claim, in the unit of `observed`.
    degrees_of_freedom : float, > 0
        Of `observed`: n - runs for repeatability; for the within-laboratory figure EP15-A3 takes
        `claimed_degrees_of_freedom`, `Imprecision.within_laboratory` gives the observed one.
    materials : int
        Number of materials tested together; the false rejection is shared among them (Bonferroni).
    false_rejection : float
        Probability to reject a true claim, over all materials.

    Returns
    -------
    Verification
        `limit` = claim x sqrt(chi-square quantile / degrees of freedom). An observed value equal to it is verified.

    Raises
    ------
    ValueError
        A value outside its bounds.

    References
    ----------
    CLSI EP15-A3 (2014), section 2.3.6.2 and Table 7.
    """
    observed, claim = number("observed", observed, low=0), number("claim", claim, above=0)
    degrees = number("degrees_of_freedom", degrees_of_freedom, above=0)
    tail = number("false_rejection", false_rejection, above=0, below=1) / count("materials", materials, low=1)
    factor = math.sqrt(2 * special.gammainccinv(degrees / 2, tail) / degrees)
    return Verification(observed, claim, degrees, factor, claim * factor, observed <= claim * factor)


def pooled_sd(sds: ArrayLike, degrees_of_freedom: ArrayLike | None = None) -> float:
    """Standard deviations pooled by their degrees of freedom.

    Parameters
    ----------
    sds : array_like, shape (k,), >= 0
        Standard deviations in one unit.
    degrees_of_freedom : array_like, shape (k,), optional
        Of each; equal if not given.

    Returns
    -------
    float
        Root of the weighted mean of the squares, in the unit of `sds`.

    Raises
    ------
    ValueError
        A negative standard deviation, degrees of freedom not above 0, unequal lengths.

    References
    ----------
    Nordtest NT TR 569, edition 5.1 (2018), section on standard deviations from replicates, example 10.
    """
    each = floats("sds", sds, low=0)
    weights = np.ones(each.size) if degrees_of_freedom is None else degrees_of_freedom
    weights = floats("degrees_of_freedom", weights, above=0)
    same_length(sds=each, degrees_of_freedom=weights)
    return math.sqrt(float(np.sum(weights * each**2) / np.sum(weights)))


def _satterthwaite(terms: NDArray[np.float64], freedom: Sequence[int]) -> float:
    return float(terms.sum() ** 2 / np.sum(terms**2 / np.asarray(freedom)))


def _precision(variance: float, degrees: float, confidence: float) -> Precision:
    tail = (1 - confidence) / 2
    low, high = (2 * float(special.gammaincinv(degrees / 2, part)) for part in (tail, 1 - tail))
    sd = math.sqrt(variance)
    return Precision(sd, degrees, sd * math.sqrt(degrees / high), sd * math.sqrt(degrees / low))
