"""Verdicts on scores: the limits by name, equality on them, and when nothing is judged at all."""

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import Floats, count, floats, number
from zhikong.stats.proficiency._shapes import ANY, TIE, broadcast, finite

Verdicts = NDArray[np.int8]


class Verdict(IntEnum):
    """What a scheme says of one result. Arrays hold these as int8."""

    NOT_EVALUATED = 0
    ACCEPTABLE = 1
    WARNING = 2
    ACTION = 3
    NOT_REPORTED = 4


@dataclass(frozen=True, slots=True)
class ScoreLimits:
    """Limits of the size of a score, named and versioned, so that they can be stored with each verdict.

    A score equal to a limit is one within a relative 1e-9 of it: (1.1 - 1.0) / 0.05 is 2.0000000000000018 in
    binary, and is 2 to everybody else.
    """

    name: str
    version: str
    acceptable: float
    """Acceptable up to here."""
    action: float
    """Action from here; between the two, warning."""
    acceptable_at_limit: bool = True
    """Whether a score equal to `acceptable` is acceptable."""
    action_at_limit: bool = True
    """Whether a score equal to `action` calls for action."""

    def __post_init__(self) -> None:
        number("acceptable", self.acceptable, above=0)
        number("action", self.action, low=self.acceptable)
        if self.acceptable == self.action and self.acceptable_at_limit == self.action_at_limit:
            raise ValueError(f"action is {self.action:g}, as is acceptable: say which of the two holds at the limit")


Z_LIMITS = ScoreLimits("z", "ISO 13528:2022 9.4", 2.0, 3.0)
"""|z| <= 2 acceptable, 2 < |z| < 3 warning, |z| >= 3 action; also for z' and zeta."""
EN_LIMITS = ScoreLimits("En", "ISO/IEC 17043:2010 Annex B", 1.0, 1.0, action_at_limit=False)
"""|En| <= 1 acceptable, else action."""
EN_LIMITS_13528 = ScoreLimits("En", "ISO 13528:2015 9.7", 1.0, 1.0, acceptable_at_limit=False)
"""|En| < 1 acceptable, |En| >= 1 action."""
PA_LIMITS = ScoreLimits("P_A", "ISO 13528:2015 9.3", 100.0, 100.0, action_at_limit=False)
"""|P_A| <= 100 % of the allowable error acceptable, else action."""


def judge(scores: ArrayLike, limits: ScoreLimits = Z_LIMITS, *, missing: bool = False) -> Verdict | Verdicts:
    """Judge scores by their size.

    Parameters
    ----------
    scores : array_like of float
        Scores of any shape.
    limits : ScoreLimits
        Z_LIMITS for z, z' and zeta; EN_LIMITS or EN_LIMITS_13528 for En; PA_LIMITS for P_A; or the scheme's own.
    missing : bool
        NaN is a result not reported, and becomes NOT_REPORTED.

    Returns
    -------
    Verdict, or ndarray of int8
        ACCEPTABLE, WARNING, ACTION or NOT_REPORTED.

    Raises
    ------
    ValueError
        A score that is not finite.

    References
    ----------
    ISO 13528:2022, 9.4; ISO/IEC 17043:2010, Annex B.
    """
    s = floats("scores", scores, dimensions=ANY, missing=missing)
    verdicts = judge_size(np.abs(s), limits)
    verdicts = np.where(np.isnan(s), np.int8(Verdict.NOT_REPORTED), verdicts)
    return Verdict(int(verdicts)) if s.ndim == 0 else verdicts


def judge_size(size: Floats, limits: ScoreLimits, beyond: int | NDArray[np.int_] = 0) -> Verdicts:
    """Judge sizes of scores already read, or values only just above (1) or just below (-1) them.

    Parameters
    ----------
    size : ndarray of float, >= 0
        Sizes of scores; infinity is allowed.
    limits : ScoreLimits
        The limits.
    beyond : int or ndarray of int
        0 judges the size itself, 1 what lies just above it, -1 what lies just below it.

    Returns
    -------
    ndarray of int8
        Verdicts.

    Raises
    ------
    ValueError
        Never: the caller has read the arguments.

    References
    ----------
    None: the border rules are those of `ScoreLimits`.
    """
    beyond = np.asarray(beyond)
    with_acceptable = np.where(beyond == 0, limits.acceptable_at_limit, beyond < 0)
    with_action = np.where(beyond == 0, limits.action_at_limit, beyond > 0)
    acceptable = size <= limits.acceptable * (1 + np.where(with_acceptable, TIE, -TIE))
    action = size >= limits.action * (1 - np.where(with_action, TIE, -TIE))
    codes = np.array([Verdict.WARNING, Verdict.ACTION, Verdict.ACCEPTABLE, Verdict.ACCEPTABLE], dtype=np.int8)
    return codes[2 * acceptable.view(np.int8) + action]


def judge_ez(low: ArrayLike, high: ArrayLike) -> Verdict | Verdicts:
    """Judge the pair E_z-, E_z+: both within +-1 acceptable, one outside warning, both outside action.

    Parameters
    ----------
    low, high : array_like of float
        The two scores of `ez_scores`.

    Returns
    -------
    Verdict, or ndarray of int8
        A score equal to 1 or -1 is within.

    Raises
    ------
    ValueError
        A score that is not finite, or shapes that do not broadcast.

    References
    ----------
    ISO 13528:2005, as described in the NIST Dataplot reference manual.
    """
    first, second = finite("low", low), finite("high", high)
    broadcast({"low": first, "high": second})
    outside = (np.abs(first) > 1 + TIE).astype(int) + (np.abs(second) > 1 + TIE)
    verdicts = np.asarray([Verdict.ACCEPTABLE, Verdict.WARNING, Verdict.ACTION], dtype=np.int8)[outside]
    return Verdict(int(verdicts)) if verdicts.ndim == 0 else verdicts


def largest_possible_z(n: int) -> float:
    """The largest |z| that any of n results can have against their own mean and SD: (n - 1) / sqrt(n).

    Parameters
    ----------
    n : int, >= 2
        Participants.

    Returns
    -------
    float
        1.79 for 5 participants: a classical z cannot even warn.

    Raises
    ------
    ValueError
        Fewer than 2.

    References
    ----------
    Samuelson PA. How deviant can you be? J Am Stat Assoc 1968;63:1522; Shiffler RE. Am Stat 1988;42:79.
    """
    n = count("n", n, low=2)
    return (n - 1) / math.sqrt(n)


def fewest_participants(limit: float = 3.0) -> int:
    """The fewest participants among whom a classical z can exceed a limit.

    Parameters
    ----------
    limit : float, > 0, at most 1e6
        3 for action, 2 for warning.

    Returns
    -------
    int
        6 for 2, 11 for 3.

    Raises
    ------
    ValueError
        A limit not above 0, or above 1e6.

    References
    ----------
    From (n - 1) / sqrt(n) > limit, that is sqrt(n) > (limit + sqrt(limit^2 + 4)) / 2.
    """
    limit = number("limit", limit, above=0, high=1e6)
    n = max(2, math.floor(((limit + math.sqrt(limit * limit + 4)) / 2) ** 2) - 1)
    while largest_possible_z(n) <= limit:
        n += 1
    return n


@dataclass(frozen=True, slots=True)
class EvaluationRules:
    """When a group of results is too poor for a verdict. Named and versioned; the scheme sets the numbers."""

    name: str
    version: str
    fewest_participants: int
    """Fewer results in all: not evaluated."""
    fewest_in_group: int
    """Fewer results in the participant's peer group: not evaluated."""
    most_modes: int = 1
    """More modes in the distribution: not evaluated."""

    def __post_init__(self) -> None:
        for name in ("fewest_participants", "fewest_in_group", "most_modes"):
            count(name, getattr(self, name), low=1)


CONSENSUS_Z = EvaluationRules("classical consensus z", "2026", fewest_participants(3.0), 10)
"""At least 11 participants, below which no |z| reaches 3; peer groups of 10 (42 CFR 493.2); one mode."""


def reasons_not_evaluated(
    rules: EvaluationRules, *, participants: int, group: int | None = None, modes: int = 1
) -> tuple[str, ...]:
    """Why a group of results gets no verdict; empty when it does.

    Parameters
    ----------
    rules : EvaluationRules
        The scheme's rules.
    participants : int, >= 0
        Results in all.
    group : int, >= 0, optional
        Results in the peer group; None where the scheme has none.
    modes : int, >= 1
        Modes found in the distribution, for instance by `robust` kernel density.

    Returns
    -------
    tuple of str
        From "few participants", "small peer group", "several modes". A number equal to its limit is enough.

    Raises
    ------
    ValueError
        A negative number, or no mode.

    References
    ----------
    ISO 13528:2022, 5.3 and 7.7 (limited numbers, multimodality); 42 CFR 493.2 (peer groups of at least 10).
    """
    few = count("participants", participants) < rules.fewest_participants
    small = group is not None and count("group", group) < rules.fewest_in_group
    several = count("modes", modes, low=1) > rules.most_modes
    told = ((few, "few participants"), (small, "small peer group"), (several, "several modes"))
    return tuple(reason for holds, reason in told if holds)
