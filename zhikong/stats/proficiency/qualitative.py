"""Qualitative (定性) and semi-quantitative (半定量) results: agreement, kappa, sensitivity and specificity."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from zhikong.stats.arguments import Floats, count, floats, number, one_of, same_length
from zhikong.stats.funnel import proportion_interval
from zhikong.stats.proficiency._shapes import ANY, Answer, answer, broadcast, no_more_than_total
from zhikong.stats.proficiency.verdicts import Verdict, Verdicts


def cross_table(first: Sequence[Hashable], second: Sequence[Hashable], categories: Sequence[Hashable]) -> Floats:
    """Count pairs of categories.

    Parameters
    ----------
    first, second : sequence, length n
        Categories reported by one and by the other (a participant and the expected answer, or two participants).
    categories : sequence
        All categories, in their order: ("-", "+-", "1+", "2+").

    Returns
    -------
    ndarray of float, shape (k, k)
        `first` in rows, `second` in columns.

    Raises
    ------
    ValueError
        Unequal lengths, a category that is not in `categories` or twice in it.

    References
    ----------
    None: a count.
    """
    same_length(first=first, second=second)
    rows, columns = _codes("first", first, categories), _codes("second", second, categories)
    table = np.zeros((len(categories), len(categories)))
    np.add.at(table, (rows, columns), 1)
    return table


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement beyond chance."""

    value: float
    standard_error: float
    """For the interval."""
    low: float
    high: float
    null_error: float
    """Standard error when there is no agreement beyond chance; value / null_error is the test's z."""
    observed: float
    """Observed agreement, weighted."""
    expected: float
    """Agreement expected by chance, weighted."""
    n: int


def kappa(
    table: ArrayLike,
    *,
    weights: Literal["none", "linear", "quadratic"] = "none",
    confidence: float = 0.95,
) -> Kappa:
    """Cohen's kappa, or weighted kappa for ordered categories.

    Parameters
    ----------
    table : array_like of int, shape (k, k), k >= 2
        Counts of pairs, as of `cross_table`.
    weights : {"none", "linear", "quadratic"}
        Credit for categories i and j: equal only; 1 - |i - j| / (k - 1); 1 - ((i - j) / (k - 1))^2.
    confidence : float, between 0 and 1
        Of the normal interval, which is not cut at 1.

    Returns
    -------
    Kappa
        With both asymptotic standard errors.

    Raises
    ------
    ValueError
        A table that is not square, holds no pair, or holds a negative or broken count; or all pairs in one category,
        where chance alone explains full agreement and kappa has no value.

    References
    ----------
    Cohen J. Psychol Bull 1968;70:213; Fleiss JL, Cohen J, Everitt BS. Psychol Bull 1969;72:323.
    """
    counts = floats("table", table, dimensions=2, at_least=2, low=0, whole=True)
    if counts.shape[0] != counts.shape[1]:
        raise ValueError(f"table has {counts.shape[0]} rows and {counts.shape[1]} columns: it must be square")
    if not counts.sum():
        raise ValueError("table holds no pair: its counts add up to 0")
    confidence = number("confidence", confidence, above=0, below=1)
    k, n = len(counts), int(counts.sum())
    steps = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / (k - 1)
    chosen = one_of("weights", weights, ("none", "linear", "quadratic"))
    w = {"none": (steps == 0).astype(float), "linear": 1 - steps, "quadratic": 1 - steps**2}[chosen]
    p = counts / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float((w * p).sum()), float(rows @ w @ columns)
    if 1 - expected < 1e-12:
        raise ValueError("table has all pairs in one category: chance explains full agreement, kappa has no value")
    value = (observed - expected) / (1 - expected)
    means = np.add.outer(w @ columns, rows @ w)
    spread = float((p * (w - means * (1 - value)) ** 2).sum()) - (value - expected * (1 - value)) ** 2
    null = float(rows @ (w - means) ** 2 @ columns) - expected**2
    error = math.sqrt(max(0.0, spread) / n) / (1 - expected)
    half = float(ndtri((1 + confidence) / 2)) * error
    return Kappa(value, error, value - half, value + half, math.sqrt(max(0.0, null) / n) / (1 - expected),
                 observed, expected, n)  # fmt: skip


def wilson_interval(counts: ArrayLike, totals: ArrayLike, *, confidence: float = 0.95) -> tuple[Answer, Answer]:
    """The Wilson score interval of a proportion.

    Parameters
    ----------
    counts : array_like of int, >= 0
        Successes.
    totals : array_like of int, >= 1
        Trials, broadcast against `counts`.
    confidence : float, between 0 and 1
        Of the two-sided interval.

    Returns
    -------
    tuple of float or ndarray
        Lower and upper limit, without continuity correction; 0 and 1 are reached exactly where they hold.

    Raises
    ------
    ValueError
        A broken or negative count, a total of 0, or more successes than trials.

    References
    ----------
    Wilson EB. J Am Stat Assoc 1927;22:209; Newcombe RG. Stat Med 1998;17:857, method 3.
    """
    x = floats("counts", counts, dimensions=ANY, low=0, whole=True)
    n = floats("totals", totals, dimensions=ANY, low=1, whole=True)
    broadcast({"counts": x, "totals": n})
    no_more_than_total("counts", x, n)
    level = number("confidence", confidence, above=0, below=1)
    some, of = np.broadcast_arrays(x, n)
    found = proportion_interval(some.ravel(), of.ravel(), level=level, method="wilson")
    return answer(found.lower.reshape(some.shape)), answer(found.upper.reshape(some.shape))


@dataclass(frozen=True, slots=True)
class Share:
    """A proportion with its Wilson interval."""

    value: float
    low: float
    high: float
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Performance:
    """How a test, or a laboratory, tells positives from negatives."""

    sensitivity: Share
    specificity: Share
    agreement: Share
    """Right answers among all."""


def sensitivity_specificity(
    true_positive: int, false_negative: int, false_positive: int, true_negative: int, *, confidence: float = 0.95
) -> Performance:
    """Sensitivity, specificity and overall agreement with Wilson intervals.

    Parameters
    ----------
    true_positive, false_negative : int, >= 0
        Expected positives reported positive and negative.
    false_positive, true_negative : int, >= 0
        Expected negatives reported positive and negative.
    confidence : float, between 0 and 1
        Of the intervals.

    Returns
    -------
    Performance
        The three shares.

    Raises
    ------
    ValueError
        A negative or broken count; no expected positive, or no expected negative.

    References
    ----------
    CLSI EP12; Newcombe RG. Stat Med 1998;17:857, for the interval.
    """
    told = {"true_positive": true_positive, "false_negative": false_negative,
            "false_positive": false_positive, "true_negative": true_negative}  # fmt: skip
    tp, fn, fp, tn = (count(name, value) for name, value in told.items())
    for names, total in (("true_positive + false_negative", tp + fn), ("false_positive + true_negative", fp + tn)):
        if not total:
            raise ValueError(f"{names} is 0: there is nothing to take a share of")
    return Performance(
        _share(tp, tp + fn, confidence),
        _share(tn, fp + tn, confidence),
        _share(tp + tn, tp + fn + fp + tn, confidence),
    )


@dataclass(frozen=True, slots=True)
class OrdinalAgreement:
    """Reported against expected ordered categories."""

    steps: NDArray[np.int_]
    """Categories above (+) or below (-) the expected one, shape (n,)."""
    verdicts: Verdicts
    """ACCEPTABLE within the tolerated steps, else ACTION, shape (n,)."""
    exact: Share
    """Results in the expected category."""
    within: Share
    """Results within the tolerated steps."""


def ordinal_agreement(
    reported: Sequence[Hashable],
    expected: Sequence[Hashable],
    categories: Sequence[Hashable],
    *,
    tolerated: int = 1,
    across_negative: bool = True,
    confidence: float = 0.95,
) -> OrdinalAgreement:
    """Judge ordered categories (-, +-, 1+, 2+, ...): acceptable within one category of the expected one.

    Parameters
    ----------
    reported, expected : sequence, length n >= 1
        Categories.
    categories : sequence
        All categories from lowest to highest; the first is the negative one.
    tolerated : int, >= 0
        Steps that are still acceptable; 0 judges qualitative results, "as expected" (与预期结果一致).
    across_negative : bool
        Whether a step between the first category and the next is tolerated too. False asks negatives to be negative
        and positives positive.
    confidence : float, between 0 and 1
        Of the Wilson intervals.

    Returns
    -------
    OrdinalAgreement
        Steps, verdicts and shares.

    Raises
    ------
    ValueError
        Unequal lengths, no result, an unknown category.

    References
    ----------
    The tolerance of one category is the usage of urinalysis schemes; ISO 13528:2022, clause 11, leaves it to the scheme.
    """
    same_length(reported=reported, expected=expected)
    mine, theirs = _codes("reported", reported, categories), _codes("expected", expected, categories)
    if not mine.size:
        raise ValueError("reported is empty: at least one result is needed")
    steps = mine - theirs
    holds = np.abs(steps) <= count("tolerated", tolerated)
    if not across_negative:
        holds &= (mine == 0) == (theirs == 0)
    verdicts = np.where(holds, Verdict.ACCEPTABLE, Verdict.ACTION).astype(np.int8)
    exact, within = int((steps == 0).sum()), int(holds.sum())
    return OrdinalAgreement(
        steps, verdicts, _share(exact, steps.size, confidence), _share(within, steps.size, confidence)
    )


def _share(successes: int, total: int, confidence: float) -> Share:
    low, high = wilson_interval(successes, total, confidence=confidence)
    return Share(successes / total, float(low), float(high), successes, total)


def _codes(name: str, values: Sequence[Hashable], categories: Sequence[Hashable]) -> NDArray[np.int_]:
    try:
        order = {category: place for place, category in enumerate(categories)}
        known = [value in order for value in values]
    except TypeError as error:
        raise ValueError(f"{name} and categories must hold single categories: {error}") from None
    if len(order) != len(categories):
        raise ValueError(f"categories has a category twice: {list(categories)!r}")
    if not all(known):
        place = known.index(False)
        raise ValueError(f"{name}[{place}] is {values[place]!r}: it must be one of {list(categories)!r}")
    return np.array([order[value] for value in values], dtype=int)
