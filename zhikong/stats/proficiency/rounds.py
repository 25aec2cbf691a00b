"""From verdicts to the score of an item, from events to success, and the trend of scores over rounds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, chdtri

from zhikong.stats.arguments import Floats, count, floats, number, one_of
from zhikong.stats.proficiency._shapes import ANY, TIE, Answer, answer, broadcast, no_more_than_total
from zhikong.stats.proficiency.verdicts import Z_LIMITS, ScoreLimits, Verdict, Verdicts, judge


def pt_score(acceptable: ArrayLike, total: ArrayLike) -> Answer:
    """The score of an item or of an event: acceptable / all results x 100.

    Parameters
    ----------
    acceptable : array_like of int, >= 0
        Acceptable results.
    total : array_like of int, >= 1
        All results, those not reported included, those not evaluated excluded.

    Returns
    -------
    float or ndarray
        0 to 100.

    Raises
    ------
    ValueError
        A broken or negative count, a total of 0, more acceptable results than there are.

    References
    ----------
    WS/T 644-2018, as transcribed by third parties; 42 CFR 493, subpart I.
    """
    a = floats("acceptable", acceptable, dimensions=ANY, low=0, whole=True)
    n = floats("total", total, dimensions=ANY, low=1, whole=True)
    broadcast({"acceptable": a, "total": n})
    no_more_than_total("acceptable", a, n)
    return answer(100 * a / n)


@dataclass(frozen=True, slots=True)
class EqaProfile:
    """How a scheme turns verdicts into satisfaction and success. Named and versioned, stored with each score."""

    name: str
    version: str
    satisfactory_from: float = 80.0
    """Percent; equality is satisfactory."""
    critical_from: float = 100.0
    """Percent, for critical items."""
    critical_items: tuple[str, ...] = ("ABO", "RhD", "compatibility")
    """Items that need every result right."""
    unsatisfactory_events: int = 2
    """So many unsatisfactory events ..."""
    among_events: int = 3
    """... among so many consecutive ones make an item unsuccessful."""
    not_evaluated: Literal["left out", "acceptable"] = "left out"
    """Whether a result that was not evaluated is left out of the count, or credited."""

    def __post_init__(self) -> None:
        number("satisfactory_from", self.satisfactory_from, above=0, high=100)
        number("critical_from", self.critical_from, above=0, high=100)
        count("among_events", self.among_events, low=1)
        count("unsatisfactory_events", self.unsatisfactory_events, low=1, high=self.among_events)
        one_of("not_evaluated", self.not_evaluated, ("left out", "acceptable"))


CHINA_EQA = EqaProfile("China EQA", "WS/T 644-2018")
"""80 %, ABO, RhD and compatibility 100 %, not taking part 0, unsatisfactory in 2 of 3 events unsuccessful."""
CLIA_PT = EqaProfile("CLIA", "42 CFR 493 subpart I", not_evaluated="acceptable")
"""The same limits; a challenge that cannot be graded is credited to everybody."""


@dataclass(frozen=True, slots=True)
class ItemScore:
    """The score of items in an event; arrays drop the last axis (the samples)."""

    score: Answer
    """Percent; NaN exactly where `verdict` is NOT_EVALUATED."""
    acceptable: int | NDArray[np.int_]
    counted: int | NDArray[np.int_]
    """Results that count: 0 means not evaluated."""
    verdict: Verdict | Verdicts
    """ACCEPTABLE for satisfactory, ACTION for unsatisfactory, NOT_EVALUATED."""


def score_items(verdicts: ArrayLike, *, item: str = "", profile: EqaProfile = CHINA_EQA) -> ItemScore:
    """Score the results of an item in an event, or of many laboratories at once.

    Parameters
    ----------
    verdicts : array_like of int, shape (..., samples)
        A `Verdict` per sample. ACCEPTABLE and WARNING are acceptable, ACTION and NOT_REPORTED are not, and
        NOT_EVALUATED is handled as the profile says. A laboratory that did not take part is NOT_REPORTED throughout
        and scores 0. The score of an event is that of all its items in one row.
    item : str
        The item's name, to find whether it is one of the profile's critical items.
    profile : EqaProfile
        The scheme's rules.

    Returns
    -------
    ItemScore
        Scores of shape (...).

    Raises
    ------
    ValueError
        No sample, or a number that is no verdict.

    References
    ----------
    WS/T 644-2018, as transcribed by third parties; 42 CFR 493, subpart I.
    """
    codes = floats("verdicts", verdicts, dimensions=ANY[1:], low=0, high=max(Verdict), whole=True)
    skipped = codes == Verdict.NOT_EVALUATED
    good = (codes == Verdict.ACCEPTABLE) | (codes == Verdict.WARNING)
    if profile.not_evaluated == "acceptable":
        good, skipped = good | skipped, np.zeros_like(skipped)
    acceptable, counted = good.sum(axis=-1), (~skipped).sum(axis=-1)
    score = np.where(counted > 0, 100 * acceptable / np.maximum(counted, 1), np.nan)
    wanted = profile.critical_from if item in profile.critical_items else profile.satisfactory_from
    satisfied = np.where(score >= wanted * (1 - TIE), Verdict.ACCEPTABLE, Verdict.ACTION)
    verdict = np.where(counted > 0, satisfied, Verdict.NOT_EVALUATED).astype(np.int8)
    if codes.ndim == 1:
        return ItemScore(float(score), int(acceptable), int(counted), Verdict(int(verdict)))
    return ItemScore(score, acceptable, counted, verdict)


def unsuccessful(events: ArrayLike, *, profile: EqaProfile = CHINA_EQA) -> NDArray[np.bool_]:
    """After which events an item was unsuccessful: unsatisfactory in 2 of the last 3.

    Parameters
    ----------
    events : array_like of int, shape (..., events)
        The `verdict` of `score_items` for consecutive events, oldest first. An event not evaluated keeps its place and
        is not unsatisfactory.
    profile : EqaProfile
        The scheme's rules.

    Returns
    -------
    ndarray of bool, shape (..., events)
        The last one is the present state. Two unsatisfactory events at the beginning are enough.

    Raises
    ------
    ValueError
        No event, or a verdict other than ACCEPTABLE, ACTION and NOT_EVALUATED.

    References
    ----------
    WS/T 644-2018, as transcribed by third parties; 42 CFR 493.2, unsuccessful participation.
    """
    codes = floats("events", events, dimensions=ANY[1:], low=0, high=Verdict.ACTION, whole=True)
    if (codes == Verdict.WARNING).any():
        raise ValueError("events has 2 (WARNING): an event is satisfactory, unsatisfactory or not evaluated")
    running = np.cumsum(codes == Verdict.ACTION, axis=-1)
    before = np.zeros_like(running)
    before[..., profile.among_events :] = running[..., : -profile.among_events]
    return (running - before) >= profile.unsatisfactory_events


@dataclass(frozen=True, slots=True)
class Trend:
    """Scores of a laboratory over rounds; arrays drop the last axis (the rounds), except `cumulative`."""

    n: int | NDArray[np.int_]
    """Rounds with a score."""
    cumulative: Floats
    """Running sum of z, shape (..., rounds); a round without a score adds nothing."""
    rescaled_sum: Answer
    """RSZ = sum z / sqrt(n), read as a z score: persistent bias."""
    rescaled_verdict: Verdict | Verdicts
    sum_of_squares: Answer
    """SSZ = sum z^2, chi-squared with n degrees of freedom for a laboratory that is as good as sigma_pt."""
    squares_probability: Answer
    """Probability of so large an SSZ by chance."""
    squares_limit: Answer
    squares_exceeded: bool | NDArray[np.bool_]
    """SSZ > its limit; equality is not."""


def trend(scores: ArrayLike, *, alpha: float = 0.05, limits: ScoreLimits = Z_LIMITS, missing: bool = False) -> Trend:
    """Combine z scores over rounds: cumulative z, RSZ and SSZ.

    Parameters
    ----------
    scores : array_like of float, shape (..., rounds)
        z scores, oldest round first, of one analyte (or of independent analytes).
    alpha : float, between 0 and 1
        Significance of the chi-squared judgement of SSZ.
    limits : ScoreLimits
        Limits of RSZ.
    missing : bool
        NaN is a round in which the laboratory has no score; it is left out, not counted as 0.

    Returns
    -------
    Trend
        Combined scores. They can hide one bad round: look at the single scores too (ISO 13528:2022, 9.9).

    Raises
    ------
    ValueError
        A score that is not finite, or no score at all.

    References
    ----------
    Thompson M, Ellison SLR, Wood R. Pure Appl Chem 2006;78:145, 3.10 (RSZ and SSZ); ISO 13528:2022, 9.9.
    """
    z = floats("scores", scores, dimensions=ANY[1:], missing=missing)
    present = ~np.isnan(z)
    n = present.sum(axis=-1)
    if (n == 0).any():
        raise ValueError("scores has no score in any round: there is nothing to combine")
    alpha = number("alpha", alpha, above=0, below=1)
    z = np.where(present, z, 0.0)
    cumulative = np.cumsum(z, axis=-1)
    rescaled = cumulative[..., -1] / np.sqrt(n)
    squares = (z * z).sum(axis=-1)
    limit = chdtri(n, alpha)
    exceeded = squares > limit * (1 + TIE)
    return Trend(
        int(n) if z.ndim == 1 else n, cumulative, answer(rescaled), judge(rescaled, limits), answer(squares),
        answer(chdtrc(n, squares)), answer(limit), bool(exceeded) if z.ndim == 1 else exceeded,
    )  # fmt: skip
