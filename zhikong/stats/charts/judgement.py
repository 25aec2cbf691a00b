"""What a chart says: is the variation special, is it better or worse, and will the target be met?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats import arguments
from zhikong.stats.charts.chart import Chart
from zhikong.stats.charts.rules import NHS_MDC, SIDED, RuleProfile, Signals, signals

DIRECTIONS = ("higher", "lower", "none")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of an indicator at its last point that is not missing.

    point : its place
    variation : "improving", "concerning", "neither" (special causes) or "common cause"
    assurance : "pass", "fail", "hit or miss" or "not judged"
    rules : the rules that the point shows
    profile, constants : name and version of what it was judged by
    """

    point: int
    variation: str
    assurance: str
    rules: tuple[str, ...]
    profile: tuple[str, str]
    constants: tuple[str, str]


def variation(found: Signals, direction: str) -> NDArray[np.str_]:
    """Common or special cause at each point, and whether it is for the better.

    Parameters
    ----------
    found : Signals
    direction : str
        Which side of the centre line is better: "higher", "lower", or "none".

    Returns
    -------
    ndarray of str, shape (n,)
        "common cause" where no rule fired (a missing point too); "improving" where a rule on one side fired at a point
        on the better side, "concerning" on the worse. "neither" without a direction, on the centre line itself, and
        where only rules without a side fired (alternating, within, outside, crossings). A trend counts by the side on
        which its points lie, not by its slope.

    Raises
    ------
    ValueError
        An unknown direction.

    References
    ----------
    NHS England, Making Data Count (the variation icons); points as in NHSRplotthedots 0.2.2, except that a point of a
    trend on the very centre line is "neither" here and concerning there.
    """
    arguments.one_of("direction", direction, DIRECTIONS)
    sided = sum(1 << bit for bit, rule in enumerate(found.profile.rules) if rule.kind in SIDED)
    better = {"higher": 1, "lower": -1, "none": 0}[direction]
    side = np.where(found.flags & sided, found.side * better, 0)
    return np.select(
        [found.flags == 0, side > 0, side < 0], ["common cause", "improving", "concerning"], default="neither"
    )


def assurance(lower: ArrayLike, upper: ArrayLike, target: ArrayLike, direction: str) -> NDArray[np.str_]:
    """Whether a process that stays as it is will meet its target.

    Parameters
    ----------
    lower, upper : array_like, any shapes that broadcast
        The limits. Infinite limits (a run chart) are never beyond a target.
    target : array_like
    direction : str
        "higher": values above the target are wanted; "lower": below; "none": nothing is judged.

    Returns
    -------
    ndarray of str
        With "higher", "pass" where the target lies below the lower limit, "fail" where it lies above the upper; with
        "lower" the other way about; else "hit or miss": a target on a limit too. "not judged" without a direction.

    Raises
    ------
    ValueError
        Values not numbers, NaN; a lower limit above its upper; an unknown direction.

    References
    ----------
    NHS England, Making Data Count (the assurance icons); equality as in NHSRplotthedots 0.2.2.
    """
    arguments.one_of("direction", direction, DIRECTIONS)
    goal = arguments.floats("target", target, dimensions=(0, 1, 2))
    low, high = (_limit(name, limit, -sign) for name, limit, sign in (("lower", lower, 1), ("upper", upper, -1)))
    if np.any(low > high):
        raise ValueError("lower is above upper: the limits are exchanged")
    below, above, _ = np.broadcast_arrays(goal < low, goal > high, low)
    if direction == "none":
        return np.full(below.shape, "not judged")
    words = ("pass", "fail") if direction == "higher" else ("fail", "pass")
    return np.select([below, above], list(words), default="hit or miss")


def verdict(chart: Chart, *, direction: str, target: float | None = None, profile: RuleProfile = NHS_MDC) -> Verdict:
    """The state of an indicator now: its last point against the rules, its last limits against the target.

    Parameters
    ----------
    chart : Chart
    direction : str
        "higher", "lower" or "none".
    target : float, optional
        Without one, and on a run chart, assurance is "not judged".
    profile : RuleProfile

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        An unknown direction; a target that is no number.

    References
    ----------
    As `variation` and `assurance`.
    """
    found = signals(chart, profile)
    point = int(np.flatnonzero(~np.isnan(chart.values))[-1])
    assured = "not judged"
    if target is not None and chart.kind != "run":
        assured = str(assurance(chart.lower[point], chart.upper[point], target, direction))
    return Verdict(
        point=point,
        variation=str(variation(found, direction)[point]),
        assurance=assured,
        rules=found.names(point),
        profile=(profile.name, profile.version),
        constants=(chart.constants.name, chart.constants.version),
    )


def _limit(name: str, values: ArrayLike, sign: int) -> NDArray[np.float64]:
    """A limit, which may be infinite on its own side."""
    given = np.asarray(values, dtype=np.float64) if np.asarray(values).dtype.kind in "iuf" else np.asarray(values)
    if given.dtype.kind == "f":
        given = np.where(given == sign * np.inf, sign * arguments.LARGEST, given)
    return arguments.floats(name, given, dimensions=(0, 1, 2))
