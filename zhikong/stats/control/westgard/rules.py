"""The Westgard rules as they are specified: slow, plain, one series at a time, each signal with its group of points."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import floats
from zhikong.stats.control.limits import z_scores
from zhikong.stats.control.westgard.profile import COUNTED, RULES, Profile, Rule, preset

# Nearer than this to a limit, a z lies on it: twice what rounding leaves of decimal results whose CV is 0.4 % or more.
TIE = {"d": 1e-9, "f": 5e-5}
LONGEST = 12  # results that the longest rule looks back on
Point = tuple[int, int]
Flags = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Signal:
    """A rule that fired.

    rule, verdict, over : from the profile.
    run : the run, from 0, whose results completed the group.
    points : the group, (level, run) from 0, in order of runs.
    """

    rule: str
    verdict: str
    over: str
    run: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A control series judged by a profile; arrays have the shape of the results.

    profile : how it was judged.
    z : (result - mean) / sd; NaN where the result is missing.
    signals : what fired, run by run, in the order of the profile's rules.
    flags : bit i of a point is set when rule i of `RULES` fired in the point's run and the point belongs to the group.
    groups : bit i is set when the point belongs to any group of rule i, whichever run completed it.
    verdicts : "accepted", "warning", "rejection" or "missing": of the point when its run was judged.
    """

    profile: Profile
    z: NDArray[np.float64]
    signals: tuple[Signal, ...]
    flags: Flags
    groups: Flags
    verdicts: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Edges:
    """Limits in SD that z must pass, ties decided: each is compared by `>` and its negative by `<`."""

    mean: Any
    one: Any
    two: Any
    three: Any
    range: Any
    range_side: Any

    @classmethod
    def of(cls, profile: Profile, dtype: np.dtype[Any]) -> "Edges":
        tie = TIE[dtype.char]
        outward = -tie if profile.inclusive else tie
        range_edge = 4 - tie if profile.range_inclusive else 4 + tie
        side = {"opposite": tie, "beyond-2s": 2 + outward, "ignored": -np.inf}[profile.range_sides]
        values = (tie, 1 + outward, 2 + outward, 3 + outward, range_edge, side)
        return cls(*(dtype.type(value) for value in values))

    def limit(self, sd: int) -> Any:
        return (self.mean, self.one, self.two, self.three)[sd]


def judge(
    results: ArrayLike, *, mean: ArrayLike = 0.0, sd: ArrayLike = 1.0, profile: str | Profile = "westgard-classic"
) -> Judgement:
    """Judge one control series: which rule fired where, and on which points.

    Parameters
    ----------
    results : array_like, shape (runs,) or (levels, runs)
        Control results in order of time, or z-scores where `mean` and `sd` are left out. NaN is no result: the level
        was not measured in that run, and the results before and after it are neighbours.
    mean, sd : array_like, shape () or (levels,)
        Target and standard deviation, in the unit of the results.
    profile : str or Profile
        A preset's name or a profile.

    Returns
    -------
    Judgement
        Signals with their groups, flags and verdicts. A run is judged when its levels are complete; results of a
        rejected group then leave the history unless the profile lets them stay.

    Raises
    ------
    ValueError
        A result that is not a number or infinite, an sd not above 0, an unknown profile.

    References
    ----------
    Westgard JO et al. Clin Chem 1981;27:493-501, and the presets' sources in `preset`.
    """
    profile = preset(profile) if isinstance(profile, str) else profile
    values = floats("results", results, dimensions=(1, 2), missing=True)
    z = z_scores(values, np.expand_dims(mean, -1), np.expand_dims(sd, -1))
    rows = np.atleast_2d(z)
    found = tuple(signals(rows, profile))
    flags, groups = np.zeros((2, *rows.shape), dtype=np.uint16)
    verdicts = np.where(np.isnan(rows), "missing", "accepted").astype("<U9")
    for signal in sorted(found, key=lambda signal: signal.verdict, reverse=True):  # rejections last, over warnings
        bit = np.uint16(1 << RULES.index(signal.rule))
        for level, run in signal.points:
            groups[level, run] |= bit
            if run == signal.run:
                flags[level, run] |= bit
                verdicts[level, run] = signal.verdict
    return Judgement(
        profile, z, found, flags.reshape(z.shape), groups.reshape(z.shape), verdicts.reshape(z.shape)
    )  # fmt: skip


def signals(z: NDArray[Any], profile: Profile) -> Iterator[Signal]:
    """Every signal of one series of z-scores, shape (levels, runs); the specification of the kernels.

    Parameters
    ----------
    z : ndarray, shape (levels, runs)
        NaN where a level was not measured.
    profile : Profile
        The rules.

    Returns
    -------
    iterator of Signal
        Run by run, in the order of the profile's rules.

    Raises
    ------
    ValueError
        Never: arguments are read by `judge`.

    References
    ----------
    As `judge`.
    """
    edges = Edges.of(profile, z.dtype)
    levels, runs = z.shape
    rows: list[list[Point]] = [[] for _ in range(levels)]  # what counts of each level
    pooled: list[Point] = []  # and of all levels, run after run
    for run in range(runs):
        now = [(level, run) for level in range(levels) if not np.isnan(z[level, run])]
        for point in now:
            rows[point[0]].append(point)
        pooled += now
        calm = not any(abs(z[point]) > edges.two for point in now)
        dropped: set[Point] = set()
        for rule in profile.rules:
            if profile.screen and calm and rule.verdict == "rejection":
                continue
            for over in rule.over:
                for group in _groups(rule, over, z, edges, rows, pooled, now):
                    yield Signal(rule.name, rule.verdict, over, run, tuple(group))
                    if rule.verdict == "rejection" and not profile.rejected_stay:
                        dropped.update(group)
        if dropped:  # what came before them moves up, however long ago
            rows = [[point for point in row if point not in dropped] for row in rows]
            pooled = [point for point in pooled if point not in dropped]


def _groups(
    rule: Rule, over: str, z: NDArray[Any], edges: Edges, rows: list[list[Point]], pooled: list[Point], now: list[Point]
) -> Iterator[list[Point]]:
    if over == "run":
        yield from _within(rule, z, edges, now)
    elif over == "level":
        for level, _ in now:
            yield from _completed(rule, z, edges, rows[level])
    elif now and not (len(rows) == 1 and "level" in rule.over):  # one level alone is judged once
        yield from _completed(rule, z, edges, pooled)


def _completed(rule: Rule, z: NDArray[Any], edges: Edges, row: list[Point]) -> Iterator[list[Point]]:
    """The group that the last result of the row completes."""
    if rule.name in {"1-2s", "1-3s"}:
        if abs(z[row[-1]]) > edges.limit(int(rule.name[2])):
            yield row[-1:]
    elif rule.name == "R-4s":
        yield from _within(rule, z, edges, row[-2:])
    elif rule.name == "7-T":
        if len(row) < 7:
            return
        steps = [z[after] - z[before] for before, after in zip(row[-7:-1], row[-6:], strict=True)]
        if all(step > edges.mean for step in steps) or all(step < -edges.mean for step in steps):
            yield row[-7:]
    else:
        need, limit = (2, 2) if rule.name == "2of3-2s" else COUNTED[rule.name]
        last = row[-3:] if rule.name == "2of3-2s" else row[-need:]
        for sign in (1, -1):
            group = [point for point in last if sign * z[point] > edges.limit(limit)]
            if len(group) >= need and group[-1] == row[-1]:
                yield group


def _within(rule: Rule, z: NDArray[Any], edges: Edges, now: list[Point]) -> Iterator[list[Point]]:
    """The groups among results that stand in no order."""
    if rule.name == "R-4s":
        pairs = [
            (high, low)
            for high in now
            for low in now
            if z[high] > edges.range_side and z[low] < -edges.range_side and z[high] - z[low] > edges.range
        ]
        group = [point for point in now if any(point in pair for pair in pairs)]
        if group:
            yield group
        return
    need, limit = (2, 2) if rule.name == "2of3-2s" else COUNTED[rule.name]
    for sign in (1, -1):
        group = [point for point in now if sign * z[point] > edges.limit(limit)]
        if len(group) >= need:
            yield group
