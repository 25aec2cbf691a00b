"""Rules of special cause, as named and versioned profiles, and the points that they flag."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats import arguments
from zhikong.stats.charts import _kernels
from zhikong.stats.charts.chart import Chart
from zhikong.stats.charts.runs import run_limits

KINDS = ("zone", "shift", "trend", "alternating", "within", "outside", "longest run", "crossings")
SIDED = frozenset({"zone", "shift", "trend", "longest run"})
FLAGS = ("last", "members", "window")
MOST_RULES = 8


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of points, and which of them it flags. A point on the edge of a zone belongs to the inner zone.

    name : what it is called in a verdict
    kind :
        "zone" `count` of `window` points in a row on one side with above < |z| <= upto;
        "shift" `count` points in a row on one side of the centre line, a point on the line ends the run;
        "trend" `count` points in a row, each above (each below) the one before, an equal one ends the run;
        "alternating" `count` points in a row, up and down by turns;
        "within" `count` points in a row with |z| <= upto; "outside" `count` in a row with |z| > above, on both sides;
        "longest run" a run on one side longer than Anhoej's limit, points on the line left out;
        "crossings" fewer crossings of the centre line than Anhoej's limit, points on the line left out
    count, window : points that show the pattern, among so many in a row (the window must be complete)
    above, upto : the zone, in sigma, 0 <= above < upto
    one_side : in a zone rule, the whole window lies on that side of the centre line
    flag : "last" the point that completes the pattern (in a zone rule it must lie in the zone itself), "members" every
        point that shows it, "window" the whole window. "crossings" always flags every point that is not on the line.
    """

    name: str
    kind: str
    count: int = 1
    window: int = 1
    above: float = 0.0
    upto: float = np.inf
    one_side: bool = False
    flag: str = "last"

    def __post_init__(self) -> None:
        arguments.one_of("kind", self.kind, KINDS)
        arguments.one_of("flag", self.flag, FLAGS)
        arguments.count("count", self.count, low=1)
        above = arguments.number("above", self.above, low=0)
        if not self.upto > above:
            raise ValueError(f"upto is {self.upto}: it must be above {above:g}")
        if self.kind == "zone":
            arguments.count("window", self.window, low=self.count)


@dataclass(frozen=True, slots=True)
class RuleProfile:
    """A set of rules under one name and version, in the order in which they are told; eight at most."""

    name: str
    version: str
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        arguments.count("rules: their number", len(self.rules), low=1, high=MOST_RULES)
        names = [rule.name for rule in self.rules]
        if len(set(names)) < len(names):
            raise ValueError(f"rules are named {', '.join(names)}: each needs a name of its own")

    def table(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The rules as the kernels read them."""
        whole = [
            (KINDS.index(rule.kind), rule.count, rule.window, int(rule.one_side), FLAGS.index(rule.flag))
            for rule in self.rules
        ]
        zones = [(rule.above, rule.upto) for rule in self.rules]
        return np.array(whole, dtype=np.int64), np.array(zones, dtype=np.float64)


NHS_MDC = RuleProfile(
    "nhs-mdc",
    "1",
    (
        Rule("outside limits", "zone", above=3),
        Rule("shift", "shift", 7, flag="members"),
        Rule("trend", "trend", 7, flag="members"),
        Rule("two of three", "zone", 2, 3, above=2, upto=3, one_side=True, flag="members"),
    ),
)
"""Making Data Count as in NHSRplotthedots 0.2.2: all members of a run are flagged; of two in three, the two."""

ANHOEJ = RuleProfile(
    "anhoej",
    "1",
    (
        Rule("outside limits", "zone", above=3),
        Rule("longest run", "longest run", flag="members"),
        Rule("crossings", "crossings"),
    ),
)
"""Unusually long runs and unusually few crossings, with the three-sigma limits where a chart has limits (qicharts2)."""

WESTERN_ELECTRIC = RuleProfile(
    "western-electric",
    "1",
    (
        Rule("outside limits", "zone", above=3),
        Rule("two of three", "zone", 2, 3, above=2),
        Rule("four of five", "zone", 4, 5, above=1),
        Rule("eight on one side", "shift", 8),
    ),
)
"""The handbook's four tests: the point that completes the pattern is flagged."""

NELSON = RuleProfile(
    "nelson",
    "1",
    (
        Rule("outside limits", "zone", above=3),
        Rule("nine on one side", "shift", 9),
        Rule("six in a trend", "trend", 6),
        Rule("fourteen alternating", "alternating", 14),
        Rule("two of three", "zone", 2, 3, above=2),
        Rule("four of five", "zone", 4, 5, above=1),
        Rule("fifteen within one sigma", "within", 15, upto=1),
        Rule("eight outside one sigma", "outside", 8, above=1),
    ),
)
"""Nelson's eight tests: the point that completes the pattern is flagged."""

PROFILES = {profile.name: profile for profile in (NHS_MDC, ANHOEJ, WESTERN_ELECTRIC, NELSON)}


@dataclass(frozen=True, slots=True)
class Signals:
    """What a profile found in a series.

    profile : the rules
    flags : shape (n,), bit r of a point is set where it shows rule r of the profile
    side : shape (n,), 1 above the centre line, -1 below, 0 on it or missing
    """

    profile: RuleProfile
    flags: NDArray[np.uint8]
    side: NDArray[np.int8]

    @property
    def special(self) -> NDArray[np.bool_]:
        """Whether a point shows any rule."""
        return self.flags != 0

    def where(self, name: str) -> NDArray[np.int64]:
        """The places, from 0, of the points that show the rule of this name."""
        names = [rule.name for rule in self.profile.rules]
        bit = 1 << names.index(arguments.one_of("name", name, names))
        return np.flatnonzero(self.flags & bit)

    def names(self, point: int) -> tuple[str, ...]:
        """The rules that the point shows, in the profile's order."""
        return tuple(rule.name for bit, rule in enumerate(self.profile.rules) if self.flags[point] >> bit & 1)


def signals(chart: Chart, profile: RuleProfile = NHS_MDC) -> Signals:
    """Judge a chart by a profile.

    A missing point is stepped over: the points on either side of it count as neighbours. An excluded point is judged
    by the rules of a single point alone, and runs, trends and windows step over it. No pattern reaches from one phase
    into the next. A run chart has no sigma, so that only rules on sides and order can fire.

    Parameters
    ----------
    chart : Chart
    profile : RuleProfile
        `NHS_MDC`, `ANHOEJ`, `WESTERN_ELECTRIC`, `NELSON`, or one of your own.

    Returns
    -------
    Signals

    Raises
    ------
    ValueError
        None of its own: a chart and a profile were checked when they were made.

    References
    ----------
    NHS England, Making Data Count. Anhoej J, Olesen AV (2014), PLoS ONE 9: e113825. Western Electric, Statistical
    Quality Control Handbook (1956). Nelson LS (1984), J Qual Technol 16: 237-239. Which points are flagged is as in
    NHSRplotthedots, qicharts2 and qcc.
    """
    present = ~np.isnan(chart.values)
    flags = np.zeros(len(chart.values), dtype=np.uint8)
    for number, _ in enumerate(chart.layout.phases):
        places = np.flatnonzero((chart.layout.phase == number) & present & ~chart.layout.excluded)
        flags[places] = _marked(chart.score[places], chart.side[places], chart.values[places], profile)
    for place in np.flatnonzero(chart.layout.excluded & present):
        for bit, rule in enumerate(profile.rules):
            if rule.kind == "zone" and rule.window == 1 and rule.above < abs(chart.score[place]) <= rule.upto:
                flags[place] |= 1 << bit
    return Signals(profile, flags, chart.side)


def patterns(scores: ArrayLike, profile: RuleProfile = NHS_MDC) -> Signals:
    """Judge standardised scores by a profile: centre 0, sigma 1.

    Parameters
    ----------
    scores : array_like, shape (n,)
        One per point, in order; NaN is a missing point and is stepped over.
    profile : RuleProfile

    Returns
    -------
    Signals

    Raises
    ------
    ValueError
        Scores that are not numbers, infinite, or none.

    References
    ----------
    As `signals`.
    """
    given = arguments.floats("scores", scores, missing=True)
    places = np.flatnonzero(~np.isnan(given))
    side = np.zeros(len(given), dtype=np.int8)
    side[places] = np.sign(given[places])
    flags = np.zeros(len(given), dtype=np.uint8)
    flags[places] = _marked(given[places], side[places], given[places], profile)
    return Signals(profile, flags, side)


def limits_for(longest: int, rules: Sequence[Rule]) -> NDArray[np.int64]:
    """Anhoej's limits by number of useful points, for the kernels; zeros where no rule asks for them.

    Parameters
    ----------
    longest : int
        The largest number of points.
    rules : sequence of Rule

    Returns
    -------
    ndarray, shape (longest + 1, 2)
        The longest run allowed and the fewest crossings allowed.

    Raises
    ------
    ValueError
        None of its own.

    References
    ----------
    As `longest_run_limit` and `crossings_limit`.
    """
    if any(rule.kind in ("longest run", "crossings") for rule in rules):
        return run_limits(longest)
    return np.zeros((longest + 1, 2), dtype=np.int64)


def _marked(
    score: NDArray[np.float64], side: NDArray[np.int8], value: NDArray[np.float64], profile: RuleProfile
) -> NDArray[np.uint8]:
    flags = np.zeros(len(score), dtype=np.uint8)
    rules, zones = profile.table()
    limits = limits_for(len(score), profile.rules)
    _kernels.mark(score, side, value, len(score), rules, zones, limits, flags)
    return flags
