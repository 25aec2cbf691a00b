"""Power functions of control rules, and the choice of rules and numbers of controls for a wanted error detection."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from zhikong.stats.arguments import Floats, count, floats, number
from zhikong.stats.control.westgard import RULES, Profile, Rule, flags, preset

CRITICAL_TAIL = 1.65  # leaves 5 % of results beyond the allowable error
_SHARE = 4_000_000  # points simulated at once, so that memory stays flat


@dataclass(frozen=True, slots=True)
class Power:
    """Probability that a rejection rule fires; arrays over the errors asked for.

    shift : systematic error, in sd.
    spread : random error, as a multiple of sd.
    probability : of rejection in the runs that have the error.
    standard_error : of the simulation; 0 where the probability is exact.
    """

    shift: Floats
    spread: Floats
    probability: Floats
    standard_error: Floats


@dataclass(frozen=True, slots=True)
class Procedure:
    """A control procedure: the rules, and the controls of one run.

    profile : its rejection rules.
    levels : control materials in a run.
    replicates : results of each in a run, judged as one after the other.
    """

    profile: Profile
    levels: int
    replicates: int = 1

    @property
    def controls(self) -> int:
        """Results in a run."""
        return self.levels * self.replicates


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a procedure does for one method.

    procedure : rules and controls.
    detection, detection_error : probability of rejecting a run with the critical systematic error, and its standard
        error.
    false_rejection, false_rejection_error : the same for a run without error.
    meets : whether both goals are met.
    """

    procedure: Procedure
    detection: float
    detection_error: float
    false_rejection: float
    false_rejection_error: float
    meets: bool


@dataclass(frozen=True, slots=True)
class Design:
    """A choice among control procedures.

    sigma : of the method.
    critical_shift : systematic error that must be found, sigma - 1.65, in sd.
    candidates : in order of preference: goals met, fewest controls, fewest false rejections.
    chosen : the first candidate, if it meets the goals; otherwise None.
    """

    sigma: float
    critical_shift: float
    candidates: tuple[Candidate, ...]
    chosen: Candidate | None


def power(
    profile: str | Profile,
    *,
    levels: int,
    runs: int = 1,
    shift: ArrayLike = 0.0,
    spread: ArrayLike = 1.0,
    simulations: int = 100_000,
    seed: int = 0,
) -> Power:
    """Probability of rejection under a systematic and a random error, from independent normal results.

    Parameters
    ----------
    profile : str or Profile
        A preset's name or a profile; its rejection rules count.
    levels : int
        Control materials, each measured once a run.
    runs : int
        Runs in a row with the error, or replicates in one run; a rejection in any of them counts. Rules over more
        results than these cannot fire.
    shift : array_like, shape () or (k,)
        Systematic error, in sd.
    spread : array_like, shape () or (k,)
        Standard deviation of the results as a multiple of sd, above 0.
    simulations : int
        Series simulated. The same random numbers serve every error, so that a curve is smooth.
    seed : int
        Of the simulation.

    Returns
    -------
    Power
        Exact, with standard error 0, where 1-3s (or 1-2s) is the only rejection rule; simulated otherwise.

    Raises
    ------
    ValueError
        A count below 1, a spread not above 0, shapes that do not fit, an unknown profile.

    References
    ----------
    Westgard JO, Groth T. Power functions for statistical control rules. Clin Chem 1979;25:863-869.
    """
    profile = preset(profile) if isinstance(profile, str) else profile
    size, length = count("levels", levels, low=1), count("runs", runs, low=1)
    total = count("simulations", simulations, low=100)
    rng = np.random.default_rng(count("seed", seed))
    shifts = floats("shift", shift, dimensions=(0, 1))
    spreads = floats("spread", spread, dimensions=(0, 1), above=0)
    try:
        shifts, spreads = (np.array(each) for each in np.broadcast_arrays(shifts, spreads))
    except ValueError:
        raise ValueError(f"shift has {shifts.size} and spread {spreads.size} values: they must fit") from None
    names = {rule.name for rule in profile.rules if rule.verdict == "rejection"}
    if names and names <= {"1-2s", "1-3s"}:
        limit = min(int(name[2]) for name in names)
        inside = ndtr((limit - shifts) / spreads) - ndtr((-limit - shifts) / spreads)
        probability = 1 - inside ** (size * length)
        return Power(shifts, spreads, probability, np.zeros_like(probability))
    rejections = np.uint16(sum(1 << RULES.index(name) for name in names))
    fired = np.zeros(shifts.shape, dtype=np.int64)
    share = max(1, _SHARE // (size * length))
    for start in range(0, total, share):
        z = rng.standard_normal((min(share, total - start), size, length))
        for index in np.ndindex(shifts.shape):
            found = flags(shifts[index] + spreads[index] * z, profile=profile) & rejections
            fired[index] += np.count_nonzero(found.reshape(len(z), -1).any(axis=1))
    probability = fired / total
    return Power(shifts, spreads, probability, np.sqrt(_variance(fired, total)))


def critical_shift(allowable: float, bias: float, cv: float, *, tail: float = CRITICAL_TAIL) -> float:
    """Systematic error that takes a method to its allowable error: (allowable - |bias|) / CV - tail, in sd.

    Parameters
    ----------
    allowable, bias, cv : float
        Allowable total error, bias and imprecision in one unit.
    tail : float
        1.65 leaves 5 % of patient results beyond the allowable error.

    Returns
    -------
    float
        Negative when the method is over it already.

    Raises
    ------
    ValueError
        A value not finite, an allowable error or a CV not above 0.

    References
    ----------
    Westgard JO. Basic QC Practices, 4th ed. (2016), critical systematic error.
    """
    sigma = (number("allowable", allowable, above=0) - abs(number("bias", bias))) / number("cv", cv, above=0)
    return sigma - number("tail", tail)


def choose_procedure(
    allowable: float,
    bias: float,
    cv: float,
    *,
    detection: float = 0.90,
    false_rejection: float = 0.05,
    procedures: Sequence[Procedure] | None = None,
    simulations: int = 100_000,
    seed: int = 0,
) -> Design:
    """Which rules, and how many controls a run, find the critical systematic error often enough.

    Parameters
    ----------
    allowable, bias, cv : float
        Allowable total error, bias and imprecision in one unit.
    detection : float
        Wanted probability of rejecting the first run with the critical systematic error.
    false_rejection : float
        Largest probability of rejecting a run without error.
    procedures : sequence of Procedure, optional
        What to choose from; `standard_procedures()` if left out.
    simulations, seed : int
        As for `power`.

    Returns
    -------
    Design

    Raises
    ------
    ValueError
        A value out of its bounds, no procedure.

    References
    ----------
    CLSI C24, 4th ed. (2016), planning of statistical QC. Westgard JO. Six Sigma Quality Design and Control (2006):
    goals 0.90 and 0.05.
    """
    wanted = number("detection", detection, above=0, below=1)
    most = number("false_rejection", false_rejection, above=0, below=1)
    shift = critical_shift(allowable, bias, cv)
    choice = standard_procedures() if procedures is None else tuple(procedures)
    if not choice:
        raise ValueError("procedures is empty: at least one is needed")
    candidates = []
    for procedure in choice:
        found = power(
            procedure.profile,
            levels=procedure.levels,
            runs=procedure.replicates,
            shift=[0.0, max(shift, 0.0)],
            simulations=simulations,
            seed=seed,
        )
        wrong, right = found.probability.tolist()
        wrong_error, right_error = found.standard_error.tolist()
        meets = right >= wanted and wrong <= most
        candidates.append(Candidate(procedure, right, right_error, wrong, wrong_error, meets))
    candidates.sort(key=lambda each: (not each.meets, each.procedure.controls, each.false_rejection))
    chosen = candidates[0] if candidates[0].meets else None
    return Design(shift + CRITICAL_TAIL, shift, tuple(candidates), chosen)


def standard_procedures() -> tuple[Procedure, ...]:
    """Single rules and multirules for two levels (2, 4 controls) and three levels (3, 6 controls).

    Parameters
    ----------
    None

    Returns
    -------
    tuple of Procedure

    Raises
    ------
    ValueError
        Never.

    References
    ----------
    Westgard JO, Westgard SA. Basic Quality Management Systems (2014), "Westgard Sigma Rules": 1-3s; 1-3s/2-2s/R-4s;
    with 4-1s (two levels), 1-3s/2of3-2s/R-4s; with 3-1s (three levels).
    """
    two, three = preset("westgard-classic"), preset("westgard-three-levels")
    anywhere = Rule("R-4s", over=("level", "run"))  # replicates belong to one run
    single = replace(two, name="1-3s", rules=(Rule("1-3s"),))
    narrow = replace(two, name="1-2s", rules=(Rule("1-2s"),))
    pair = replace(two, name="1-3s/2-2s/R-4s", rules=(*_only(two, "1-3s", "2-2s"), anywhere))
    four = replace(two, name="1-3s/2-2s/R-4s/4-1s", rules=(*_only(two, "1-3s", "2-2s", "4-1s"), anywhere))
    triple = replace(three, name="1-3s/2of3-2s/R-4s", rules=(*_only(three, "1-3s", "2of3-2s"), anywhere))
    steady = replace(three, name="1-3s/2of3-2s/R-4s/3-1s", rules=(*_only(three, "1-3s", "2of3-2s", "3-1s"), anywhere))
    return (
        *(Procedure(narrow, 1, n) for n in (1, 2)),
        *(Procedure(single, 1, n) for n in (1, 2, 3, 4, 6)),
        *(Procedure(pair, 2, n) for n in (1, 2)),
        Procedure(four, 2, 2),
        *(Procedure(triple, 3, n) for n in (1, 2)),
        *(Procedure(steady, 3, n) for n in (1, 2)),
    )


def _only(profile: Profile, *names: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in profile.rules if rule.name in names)


def _variance(fired: NDArray[Any], total: int) -> Floats:
    """Of a proportion; never 0, as (fired + 1) of (total + 2) would have it, so that 0 of n is not called certain."""
    share = (fired + 1) / (total + 2)
    variance: Floats = share * (1 - share) / total
    return variance
