"""Allowable errors as standards print them, with the rule that combines their parts; results below or above a bound."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from zhikong.stats.arguments import number, one_of
from zhikong.stats.proficiency._shapes import Answer, answer, broadcast, finite, positive, results
from zhikong.stats.proficiency.verdicts import ScoreLimits, Verdict, Verdicts, judge_size

PARTS = {
    "pct": ("percent",),
    "abs": ("absolute",),
    "max": ("percent", "absolute"),
    "threshold": ("percent", "absolute", "threshold"),
}
ALLOWABLE_LIMITS = ScoreLimits("allowable error", "x_pt +- delta_E", 1.0, 1.0, action_at_limit=False)
"""|x - x_pt| <= delta_E acceptable, else action: the score is the difference over the allowable error."""


@dataclass(frozen=True, slots=True)
class AllowableError:
    """An allowable error (允许误差) of one analyte, stored with its combining rule, edition and dates."""

    rule: str
    """pct: a percentage of the assigned value; abs: an amount; max: the greater of both (CLIA 2025);
    threshold: the amount up to and at the threshold of the assigned value, the percentage above it (WS/T 403-2024)."""
    percent: float | None = None
    """Percent of the assigned value, > 0."""
    absolute: float | None = None
    """In `unit`, > 0."""
    threshold: float | None = None
    """Assigned value, in `unit`, up to which the amount holds."""
    unit: str = ""
    edition: str = ""
    """The document and its year."""
    effective_on: date | None = None
    expires_on: date | None = None

    def __post_init__(self) -> None:
        one_of("rule", self.rule, tuple(PARTS))
        for part in ("percent", "absolute", "threshold"):
            value = getattr(self, part)
            if (value is not None) != (part in PARTS[self.rule]):
                raise ValueError(f"{part} is {value}: the rule {self.rule!r} takes {' and '.join(PARTS[self.rule])}")
            if value is not None:
                number(part, value, above=0)


def allowable_difference(limit: AllowableError, assigned: ArrayLike) -> Answer:
    """The allowable error delta_E at an assigned value.

    Parameters
    ----------
    limit : AllowableError
        The limit with its combining rule.
    assigned : array_like of float
        Assigned values, in the unit of the limit; a percentage is taken of their size.

    Returns
    -------
    float or ndarray
        In the unit of the assigned value.

    Raises
    ------
    ValueError
        A value that is not finite, or a percentage of 0, which would allow nothing.

    References
    ----------
    CMS-3355-F (42 CFR 493.931 and following, in force 2025): the greater of both. WS/T 403-2024, appendix A, as
    transcribed by third parties: the amount at or below the threshold, the percentage above it.
    """
    m = finite("assigned", assigned)
    share = (limit.percent or 0.0) / 100 * np.abs(m)
    amount = np.full_like(share, limit.absolute or 0.0)
    if limit.rule == "threshold":
        allowed = np.where(m <= np.float64(limit.threshold or 0.0), amount, share)
    else:
        allowed = np.maximum(share, amount)
    if (allowed == 0).any():
        raise ValueError("assigned is 0: a percentage of 0 allows nothing")
    return answer(allowed)


def judge_allowable(
    result: ArrayLike, assigned: ArrayLike, limit: AllowableError, *, missing: bool = False
) -> Verdict | Verdicts:
    """Judge results against an allowable error: |x - x_pt| <= delta_E is acceptable, equality included.

    Parameters
    ----------
    result : array_like of float
        Results, in the unit of the limit.
    assigned : array_like of float
        Assigned values, broadcast against `result`.
    limit : AllowableError
        The limit with its combining rule.
    missing : bool
        NaN in `result` is a result not reported, and becomes NOT_REPORTED.

    Returns
    -------
    Verdict, or ndarray of int8
        ACCEPTABLE or ACTION. Equality is decided as decimals would decide it, within a relative 1e-9 of the limit:
        1.1 against 1.0 +- 10 % is acceptable although 1.1 - 1.0 > 0.1 in binary.

    Raises
    ------
    ValueError
        As of `allowable_difference`, and shapes that do not broadcast.

    References
    ----------
    As of `allowable_difference`.
    """
    x, m = results(result, missing), finite("assigned", assigned)
    broadcast({"result": x, "assigned": m})
    size = np.abs(x - m) / allowable_difference(limit, m)
    verdicts = np.where(np.isnan(size), np.int8(Verdict.NOT_REPORTED), judge_size(size, ALLOWABLE_LIMITS))
    return Verdict(int(verdicts)) if verdicts.ndim == 0 else verdicts


def judge_censored(
    bound: ArrayLike,
    side: ArrayLike,
    assigned: ArrayLike,
    scale: ArrayLike,
    *,
    limits: ScoreLimits = ALLOWABLE_LIMITS,
    lowest: float | None = 0.0,
) -> Verdict | Verdicts:
    """Judge results reported as "<x" or ">x".

    Such a result stands for every value below (above) the bound, the bound itself excluded. Where all of them would
    get one verdict, that is its verdict; otherwise it is NOT_EVALUATED. So "<x" calls for action when x is at or
    below the lower limit, is acceptable when the whole range from `lowest` to x is, and else is not evaluated.

    Parameters
    ----------
    bound : array_like of float
        The x of "<x" or ">x".
    side : array_like of str
        "<" or ">", broadcast against `bound`.
    assigned : array_like of float
        Assigned values.
    scale : array_like of float, > 0
        Unit of the score: the allowable error (`allowable_difference`), or sigma_pt with limits=Z_LIMITS.
    limits : ScoreLimits
        Limits of the score (value - assigned) / scale.
    lowest : float, optional
        The lowest value possible: 0 for amounts; None where there is none (base excess, a logarithm).

    Returns
    -------
    Verdict, or ndarray of int8
        ACCEPTABLE, WARNING, ACTION or NOT_EVALUATED.

    Raises
    ------
    ValueError
        A side other than "<" and ">"; "<x" with x at or below `lowest`; a value not finite; a scale not above 0.

    References
    ----------
    A definition of this package: ISO 13528:2022 leaves the treatment of "<" results to the scheme.
    """
    x, m, unit = finite("bound", bound), finite("assigned", assigned), positive("scale", scale)
    sides = np.asarray(side)
    broadcast({"bound": x, "side": sides, "assigned": m, "scale": unit})
    for each in np.unique(sides):
        one_of("side", str(each), ("<", ">"))
    floor = -np.inf if lowest is None else number("lowest", lowest)
    below = sides == "<"
    if (below & (x <= floor)).any():
        raise ValueError(f"bound is {np.min(x):g}: no value lies below it, the lowest possible is {floor:g}")
    at_bound = (x - m) / unit
    at_far = np.where(below, (floor - m) / unit, np.inf)
    # just inside the bound, seen from the assigned value: nearer to it, or farther from it, than the bound
    leaves = np.where(below, at_bound > 0, at_bound < 0)
    bound_verdict = judge_size(np.abs(at_bound), limits, np.where(leaves, -1, 1))
    far_verdict = judge_size(np.abs(at_far), limits)
    holds_centre = np.where(below, (at_far < 0) & (at_bound > 0), at_bound < 0)
    same = (bound_verdict == far_verdict) & (~holds_centre | (bound_verdict == Verdict.ACCEPTABLE))
    verdicts = np.where(same, bound_verdict, np.int8(Verdict.NOT_EVALUATED))
    return Verdict(int(verdicts)) if verdicts.ndim == 0 else verdicts
