"""The loops of patient-based quality control. `run` is the specification of every moving statistic.

A setting is a row of `whole` (method, block, sliding, winsorise) and a row of `real` (weight, centre, low, high). Its
state between two calls: `ring`, the last results; `ordered`, the same in order (median only); `sums` of deviations from
the centre, of their squares, and the EWMA; `state`, how many results the ring holds (an EWMA: has taken since it
plotted), and where the next one goes.
"""

import math

import numpy as np
from numpy.typing import NDArray

from zhikong.stats.kernels import kernel, prange

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

METHODS = ("mean", "median", "ewma", "sd")
MEAN, MEDIAN, EWMA, SD = range(4)
AT_ONCE = 32  # patients between two looks for an alarm


@kernel()
def start(real: Floats, sums: Floats, state: Counts) -> int:
    sums[0], sums[1], sums[2] = 0.0, 0.0, real[1]
    state[0], state[1] = 0, 0
    return 0


@kernel()
def into_order(ordered: Floats, filled: int, block: int, old: float, value: float) -> int:
    """Put a value among the ordered ones, in the place of `old` when the block is full."""
    out, into = 0, 0
    for index in range(filled):  # counting takes four at a time; bisection waits for each of its steps
        out += ordered[index] < old
        into += ordered[index] < value
    if filled < block:
        out = filled
    if into > out:
        into -= 1
        for index in range(out, into):
            ordered[index] = ordered[index + 1]
    else:
        for index in range(out, into, -1):
            ordered[index] = ordered[index - 1]
    ordered[into] = value
    return 0


@kernel()
def inside(value: float, low: float, high: float, winsorise: int) -> float:
    """The result as it is taken; NaN when it is left out."""
    if value < low:
        value = low if winsorise == 1 else math.nan
    elif value > high:
        value = high if winsorise == 1 else math.nan
    return value


@kernel()
def run(
    values: Floats,
    factor: float,
    shift: float,
    whole: Counts,
    real: Floats,
    ring: Floats,
    ordered: Floats,
    sums: Floats,
    state: Counts,
    out: Floats,
) -> int:
    """Take results, each times a factor and plus a shift; after each, the value to plot, or NaN where there is none."""
    method, block, sliding, winsorise = whole[0], whole[1], whole[2], whole[3]
    weight, centre, low, high = real[0], real[1], real[2], real[3]
    filled, place = state[0], state[1]
    if method == EWMA:
        level = sums[2]
        for index in range(values.size):
            value = inside(values[index] * factor + shift, low, high, winsorise)
            out[index] = math.nan
            if not math.isnan(value):
                level += weight * (value - level)
                filled += 1
                if sliding == 1 or filled == block:
                    out[index] = level
                    filled = 0
        sums[2] = level
    elif method == MEDIAN:
        below, above = (block - 1) // 2, block // 2
        for index in range(values.size):
            value = inside(values[index] * factor + shift, low, high, winsorise)
            out[index] = math.nan
            if not math.isnan(value):
                into_order(ordered, filled, block, ring[place], value)
                ring[place] = value
                filled = min(filled + 1, block)
                place = place + 1 if place + 1 < block else 0
                if filled == block:
                    out[index] = (ordered[below] + ordered[above]) / 2
                    if sliding == 0:
                        filled = 0
    else:
        total, squares = sums[0], sums[1]
        for index in range(values.size):
            value = inside(values[index] * factor + shift, low, high, winsorise)
            out[index] = math.nan
            if not math.isnan(value):
                value -= centre
                if filled == block:
                    old = ring[place]
                    total -= old
                    squares -= old * old
                ring[place] = value
                total += value
                squares += value * value
                filled = min(filled + 1, block)
                place += 1
                if place == block:  # once around, the sums anew: rounding cannot pile up
                    place, total, squares = 0, 0.0, 0.0
                    for each in range(block):
                        total += ring[each]
                        squares += ring[each] * ring[each]
                if filled == block:
                    if method == MEAN:
                        out[index] = centre + total / block
                    else:
                        out[index] = math.sqrt(max(squares - total * total / block, 0.0) / (block - 1))
                    if sliding == 0:
                        filled, total, squares = 0, 0.0, 0.0
        sums[0], sums[1] = total, squares
    state[0], state[1] = filled, place
    return 0


def _one_setting() -> tuple[Counts, Floats]:
    return np.array([MEAN, 2, 1, 0]), np.array([0.5, 0.0, -np.inf, np.inf])


@kernel(example=lambda: (np.zeros(4), *_one_setting(), np.empty(4)))
def walk(results: Floats, whole: Counts, real: Floats, out: Floats) -> int:
    """The plotted value after each result, NaN where there is none."""
    ring, ordered = np.empty(whole[1]), np.empty(whole[1])
    sums, state = np.empty(3), np.empty(2, dtype=np.int64)
    start(real, sums, state)
    return run(results, 1.0, 0.0, whole, real, ring, ordered, sums, state, out)


@kernel()
def keep(heap: Floats, value: float) -> int:
    """Keep the smallest values seen: a heap with the largest of them at its root."""
    if not value < heap[0]:
        return 0
    at, size = 0, heap.size
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= value:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = value
    return 0


def _days() -> tuple[Floats, int, Counts, Floats]:
    whole, real = _one_setting()
    return np.zeros((1, 4)), 1, whole.reshape(1, 4), real.reshape(1, 4)


@kernel(
    parallel=True,
    example=lambda: (*_days(), 0, np.full((1, 1), np.inf), np.full((1, 1), np.inf), np.zeros(1, dtype=np.int64)),
)
def calibrate(
    days: Floats, warm_up: int, whole: Counts, real: Floats, per_result: int, low: Floats, high: Floats, counts: Counts
) -> int:
    """In-control days: each setting's smallest and largest plotted values (of a day, or of all) into its heaps.

    `high` holds the largest with their sign turned; `counts` how many were offered.
    """
    for row in prange(whole.shape[0]):
        kind, size = whole[row], real[row]
        ring, ordered, out = np.empty(kind[1]), np.empty(kind[1]), np.empty(days.shape[1])
        sums, state = np.empty(3), np.empty(2, dtype=np.int64)
        for day in range(days.shape[0]):
            start(size, sums, state)
            run(days[day], 1.0, 0.0, kind, size, ring, ordered, sums, state, out)
            smallest, largest = math.inf, -math.inf
            for place in range(warm_up, out.size):
                if not math.isnan(out[place]):
                    smallest, largest = min(smallest, out[place]), max(largest, out[place])
                    if per_result == 1:
                        keep(low[row], out[place])
                        keep(high[row], -out[place])
                        counts[row] += 1
            if per_result == 0 and smallest <= largest:
                keep(low[row], smallest)
                keep(high[row], -largest)
                counts[row] += 1
    return 0


@kernel(
    parallel=True,
    example=lambda: (
        *_days(), np.zeros((1, 2)), np.ones(1), np.zeros(1), np.zeros((1, 1, 4), np.int64), np.zeros((1, 2), np.int64)
    ),
)  # fmt: skip
def detect(
    days: Floats,
    warm_up: int,
    whole: Counts,
    real: Floats,
    limits: Floats,
    factors: Floats,
    shifts: Floats,
    found: Counts,
    beyond: Counts,
) -> int:
    """Days with a bias from the end of the warm-up on: how many were found after 1, 2, ... patients (0: never).

    The first bias is none at all; of it `beyond` also counts the plotted values and those beyond the limits.
    """
    for row in prange(whole.shape[0]):
        kind, size = whole[row], real[row]
        ring, ordered, sums, state = np.empty(kind[1]), np.empty(kind[1]), np.empty(3), np.empty(2, dtype=np.int64)
        ring_then, ordered_then, sums_then = np.empty(kind[1]), np.empty(kind[1]), np.empty(3)
        state_then = np.empty(2, dtype=np.int64)
        out = np.empty(max(warm_up, AT_ONCE))
        lower, upper = limits[row, 0], limits[row, 1]
        for day in range(days.shape[0]):
            start(size, sums_then, state_then)
            run(days[day, :warm_up], 1.0, 0.0, kind, size, ring_then, ordered_then, sums_then, state_then, out)
            for error in range(factors.size):
                ring[:], ordered[:], sums[:], state[:] = ring_then, ordered_then, sums_then, state_then
                first, begin = 0, warm_up
                while begin < days.shape[1] and (first == 0 or error == 0):
                    end = min(begin + AT_ONCE, days.shape[1])
                    run(
                        days[day, begin:end], factors[error], shifts[error], kind, size, ring, ordered, sums, state, out
                    )
                    for place in range(end - begin):
                        alarm = out[place] < lower or out[place] > upper
                        if alarm and first == 0:
                            first = begin + place - warm_up + 1
                        if error == 0:
                            beyond[row, 0] += not math.isnan(out[place])
                            beyond[row, 1] += alarm
                    begin = end
                found[row, error, first] += 1
    return 0
