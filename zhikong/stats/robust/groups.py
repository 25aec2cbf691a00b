"""Algorithm A with scores for many groups of results at once: every item and peer group of a round in one call."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats import arguments
from zhikong.stats.arguments import Floats
from zhikong.stats.kernels import kernel, prange
from zhikong.stats.robust.estimates import FIXED_POINT, WINSORISE, Profile, _same_third_figure

Whole = NDArray[np.int64]
FEW, EQUAL, WANDERING = 1, 2, 3
PROBLEMS = {
    FEW: "fewer than 3 results",
    EQUAL: "more than half of its results equal",
    WANDERING: "no convergence within max_iterations",
}
SAMPLE = 32  # results looked at to guess where a median lies
SHORT = 32  # results that are sorted outright
LANES = 64  # sums kept side by side


@dataclass(frozen=True, slots=True)
class GroupEstimates:
    """Algorithm A of many groups.

    mean: robust means, one a group; NaN where there is a problem
    sd: robust standard deviations, one a group; NaN where there is a problem
    n: number of results, one a group, missing ones not counted
    iterations: how many each group took
    problem: 0, or a key of `PROBLEMS`
    z: (result - mean) / sd, in the shape of the results; NaN for a missing result and in groups with a problem
    """

    mean: Floats
    sd: Floats
    n: Whole
    iterations: Whole
    problem: Whole
    z: Floats


def algorithm_a_groups(
    values: ArrayLike,
    offsets: ArrayLike | None = None,
    *,
    profile: Profile = FIXED_POINT,
    max_iterations: int = 10_000,
    problems: str = "raise",
) -> GroupEstimates:
    """Algorithm A and scores of many groups.

    Each group is treated as `algorithm_a` does; sums are taken in another order, so the last digits may differ.

    Parameters
    ----------
    values : array_like, shape (n,) with `offsets`, or (groups, n) without
        Results of one unit within each group. NaN stands for a missing result and is left out.
    offsets : array_like of int, shape (groups + 1,), optional
        Group g is values[offsets[g] : offsets[g + 1]]; from 0 to n, never falling.
    profile : Profile
        Constants and stop rule, as for `algorithm_a`.
    max_iterations : int
        The estimates must stop changing within so many iterations.
    problems : {"raise", "mark"}
        What to do about a group that `algorithm_a` would refuse: raise ValueError, or put the reason in `problem`.

    Returns
    -------
    GroupEstimates
        Estimates a group, and scores in the shape of `values`.

    Raises
    ------
    ValueError
        An infinite value, offsets that do not cut the values, an unknown word, or, with "raise", a group with fewer than
        3 results, more than half of them equal, or no convergence.

    References
    ----------
    ISO 13528:2022, Annex C.3.1, Algorithm A; 9.4, z scores.
    """
    arguments.one_of("problems", problems, ("raise", "mark"))
    limit = arguments.count("max_iterations", max_iterations, low=1)
    results, cuts = arguments.cut("values", values, offsets)
    groups = cuts.size - 1
    mean, sd = np.full(groups, np.nan), np.full(groups, np.nan)
    n, iterations, problem = (np.zeros(groups, dtype=np.int64) for _ in range(3))
    z = np.empty(results.size)
    _algorithm_a_groups(
        results, cuts, profile.scale_factor, profile.correction, profile.stop == "third figure",
        profile.tolerance, limit, mean, sd, n, iterations, problem, z,
    )  # fmt: skip
    if problems == "raise" and problem.any():
        first = int(np.flatnonzero(problem)[0])
        raise ValueError(f"values of group {first} have {PROBLEMS[int(problem[first])]}")
    return GroupEstimates(mean, sd, n, iterations, problem, z.reshape(np.shape(values)))


@kernel()
def _middle(some: Floats, count: int) -> float:
    """The median of some[:count], whose order is lost.

    A bracket of values around the middle ranks is narrowed by counting what is below two pivots, a pass that the
    processor does eight values at a time; only the few values left in it are moved and sorted.
    """
    lower, upper = (count - 1) // 2, count // 2
    low, high = -np.inf, np.inf  # low <= value < high
    below, inside = 0, count
    while inside > SHORT:
        if high - low == np.inf:
            # Three standard deviations of a sampled rank to either side of the middle.
            sample = np.empty(SAMPLE)
            for i in range(SAMPLE):
                sample[i] = some[(2 * i + 1) * count // (2 * SAMPLE)]
            _sort(sample, SAMPLE)
            first, second = sample[SAMPLE // 2 - 9], sample[SAMPLE // 2 + 8]
        else:
            # As if the values were spread evenly within the bracket.
            step = (high - low) / inside
            first = low + step * (lower - below - 0.06 * inside - 4)
            second = low + step * (upper - below + 0.06 * inside + 5)
        below_first, below_second = 0, 0
        for i in range(count):
            below_first += some[i] < first
            below_second += some[i] < second
        before = inside
        # A pivot between the two middle ranks serves neither side.
        for pivot, under in ((first, below_first), (second, below_second)):
            if under <= lower and pivot > low:
                low, inside, below = pivot, inside - (under - below), under
            elif under > upper and pivot < high:
                high, inside = pivot, under - below
        if inside == before or high - low == np.inf:
            break
    kept = 0
    for i in range(count):
        value = some[i]
        some[kept] = value  # without a branch, which would be guessed wrong half of the time
        kept += (value >= low) & (value < high)
    _sort(some, kept)
    return (some[lower - below] + some[upper - below]) / 2


@kernel()
def _sort(some: Floats, count: int) -> None:
    """Sort some[:count]; a few by insertion."""
    if count > 2 * SHORT:
        some[:count].sort()
        return
    for i in range(1, count):
        value = some[i]
        place = i
        while place > 0 and some[place - 1] > value:
            some[place] = some[place - 1]
            place -= 1
        some[place] = value


def _example() -> tuple[Any, ...]:
    whole = np.zeros(1, dtype=np.int64)
    return (np.arange(3.0), np.array([0, 3]), 1.483, 1.134, False, 1e-12, 100,
            np.zeros(1), np.zeros(1), whole, whole.copy(), whole.copy(), np.zeros(3))  # fmt: skip


@kernel(parallel=True, example=_example)
def _algorithm_a_groups(
    results: Floats,
    cuts: Whole,
    scale_factor: float,
    correction: float,
    third_figure: bool,
    tolerance: float,
    limit: int,
    means: Floats,
    sds: Floats,
    counts: Whole,
    iterations: Whole,
    problem: Whole,
    z: Floats,
) -> None:
    for group in prange(cuts.size - 1):
        # Views counted from 0: an index that cannot be negative lets the compiler do several results at a time.
        group_results = results[cuts[group] : cuts[group + 1]]
        scores = z[cuts[group] : cuts[group + 1]]
        size = group_results.size
        some, distances = np.empty(size), np.empty(size)
        sums, squares = np.empty(LANES), np.empty(LANES)
        n = 0
        for i in range(size):
            n += group_results[i] == group_results[i]
        if n == size:
            for i in range(size):
                some[i] = group_results[i]
                distances[i] = group_results[i]
        else:
            kept = 0
            for i in range(size):
                value = group_results[i]
                some[kept] = value
                distances[kept] = value
                kept += value == value
        counts[group] = n
        median, sd = 0.0, 0.0
        if n >= 3:
            median = _middle(some, n)
            for i in range(n):
                distances[i] -= median
                some[i] = abs(distances[i])
            sd = scale_factor * _middle(some, n)
        mean, state = 0.0, WANDERING
        iteration = 0
        while state == WANDERING and iteration < limit:
            if n < 3:
                state = FEW
            elif not sd > 0.0:
                state = EQUAL
            else:
                iteration += 1
                before, sd_before = mean, sd
                mean, sd = _moved(distances, n, mean - WINSORISE * sd, mean + WINSORISE * sd, sums, squares)
                sd *= correction
                if third_figure:
                    same = _same_third_figure(median + mean, median + before) and _same_third_figure(sd, sd_before)
                else:
                    same = abs(mean - before) <= tolerance * sd and abs(sd - sd_before) <= tolerance * sd
                if same and sd > 0.0:
                    state = 0
        iterations[group] = iteration
        problem[group] = state
        if state == 0:
            centre = median + mean
            means[group] = centre
            sds[group] = sd
            for i in range(size):
                scores[i] = (group_results[i] - centre) / sd
        else:
            for i in range(size):
                scores[i] = np.nan


@kernel()
def _moved(distances: Floats, n: int, low: float, high: float, sums: Floats, squares: Floats) -> tuple[float, float]:
    """Mean and standard deviation after moving what is outside to the limits.

    As many sums side by side as `sums` holds: the processor adds several in one instruction, and their order is fixed.
    """
    sums[:] = 0.0
    squares[:] = 0.0
    whole = n - n % LANES
    for start in range(0, whole, LANES):
        block = distances[start : start + LANES]
        for lane in range(LANES):
            value = min(max(block[lane], low), high)
            sums[lane] += value
            squares[lane] += value * value
    total, square = 0.0, 0.0
    for lane in range(LANES):
        total += sums[lane]
        square += squares[lane]
    for i in range(whole, n):
        value = min(max(distances[i], low), high)
        total += value
        square += value * value
    return total / n, math.sqrt(max(square - total * total / n, 0.0) / (n - 1))
