"""The loops of patient-based quality control. `step` is the specification of every moving statistic.

A setting is a row of `whole` (method, block, sliding, winsorise) and a row of `real` (weight, centre, low, high). Its
state: `ring`, the last results; `ordered`, the same in order (median only); `sums` of deviations from the centre, of
their squares, and the EWMA; `state`, how many results the ring holds, where the next one goes, how many since a value
was plotted.
"""

import math

import numpy as np
from numpy.typing import NDArray

from zhikong.stats.kernels import kernel, prange

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

METHODS = ("mean", "median", "ewma", "sd")
MEAN, MEDIAN, EWMA, SD = range(4)


@kernel()
def start(real: Floats, sums: Floats, state: Counts) -> int:
    sums[0], sums[1], sums[2] = 0.0, 0.0, real[1]
    state[0], state[1], state[2] = 0, 0, 0
    return 0


@kernel()
def into_order(ordered: Floats, filled: int, block: int, old: float, value: float) -> int:
    """Put a value among the ordered ones, in the place of `old` when the block is full."""
    if filled < block:
        at = filled
    else:
        at, last = 0, block - 1
        while at < last:
            middle = (at + last) // 2
            if ordered[middle] < old:
                at = middle + 1
            else:
                last = middle
        while at < block - 1 and ordered[at + 1] < value:
            ordered[at] = ordered[at + 1]
            at += 1
    while at > 0 and ordered[at - 1] > value:
        ordered[at] = ordered[at - 1]
        at -= 1
    ordered[at] = value
    return 0


@kernel()
def step(
    value: float, whole: Counts, real: Floats, ring: Floats, ordered: Floats, sums: Floats, state: Counts
) -> float:
    """Take one result; the value to plot, or NaN where there is none."""
    method, block = whole[0], whole[1]
    if value < real[2] or value > real[3]:
        if whole[3] == 0:
            return math.nan
        value = real[2] if value < real[2] else real[3]
    if method == EWMA:
        sums[2] += real[0] * (value - sums[2])
        state[2] += 1
        if whole[2] == 0 and state[2] < block:
            return math.nan
        state[2] = 0
        return sums[2]
    filled, place = state[0], state[1]
    if method == MEDIAN:
        into_order(ordered, filled, block, ring[place], value)
        ring[place] = value
    else:
        away = value - real[1]
        if filled == block:
            old = ring[place]
            sums[0] -= old
            sums[1] -= old * old
        ring[place] = away
        sums[0] += away
        sums[1] += away * away
    if filled < block:
        filled += 1
    place += 1
    if place == block:
        place = 0
        if method != MEDIAN:  # once around, the sums anew: rounding cannot pile up
            total, squares = 0.0, 0.0
            for index in range(block):
                total += ring[index]
                squares += ring[index] * ring[index]
            sums[0], sums[1] = total, squares
    state[0], state[1] = filled, place
    if filled < block:
        return math.nan
    if method == MEAN:
        result = real[1] + sums[0] / block
    elif method == SD:
        result = math.sqrt(max(sums[1] - sums[0] * sums[0] / block, 0.0) / (block - 1))
    else:
        result = (ordered[(block - 1) // 2] + ordered[block // 2]) / 2
    if whole[2] == 0:
        sums[0], sums[1] = 0.0, 0.0
        state[0], state[1] = 0, 0
    return result


def _one_setting() -> tuple[Counts, Floats]:
    return np.array([MEAN, 2, 1, 0]), np.array([0.5, 0.0, -np.inf, np.inf])


@kernel(example=lambda: (np.zeros(4), *_one_setting(), np.empty(4)))
def walk(results: Floats, whole: Counts, real: Floats, out: Floats) -> int:
    """The plotted value after each result, NaN where there is none."""
    ring, ordered = np.empty(whole[1]), np.empty(whole[1])
    sums, state = np.empty(3), np.empty(3, dtype=np.int64)
    start(real, sums, state)
    for index in range(results.size):
        out[index] = step(results[index], whole, real, ring, ordered, sums, state)
    return 0


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
        ring, ordered = np.empty(kind[1]), np.empty(kind[1])
        sums, state = np.empty(3), np.empty(3, dtype=np.int64)
        for day in range(days.shape[0]):
            start(size, sums, state)
            smallest, largest = math.inf, -math.inf
            for place in range(days.shape[1]):
                plotted = step(days[day, place], kind, size, ring, ordered, sums, state)
                if place < warm_up or math.isnan(plotted):
                    continue
                if per_result == 1:
                    keep(low[row], plotted)
                    keep(high[row], -plotted)
                    counts[row] += 1
                smallest = min(smallest, plotted)
                largest = max(largest, plotted)
            if per_result == 0 and smallest <= largest:
                keep(low[row], smallest)
                keep(high[row], -largest)
                counts[row] += 1
    return 0


@kernel(
    parallel=True,
    example=lambda: (
        *_days(), np.zeros((1, 2)), np.zeros(1), 1, np.zeros((1, 1, 4), dtype=np.int64), np.zeros((1, 2), dtype=np.int64)
    ),
)  # fmt: skip
def detect(
    days: Floats,
    warm_up: int,
    whole: Counts,
    real: Floats,
    limits: Floats,
    biases: Floats,
    proportional: int,
    found: Counts,
    beyond: Counts,
) -> int:
    """Days with a bias from the end of the warm-up on: how many were found after 1, 2, ... patients (0: never).

    The first bias is none at all; of it `beyond` also counts the plotted values and those beyond the limits.
    """
    for row in prange(whole.shape[0]):
        kind, size = whole[row], real[row]
        block = kind[1]
        ring, ordered, sums, state = np.empty(block), np.empty(block), np.empty(3), np.empty(3, dtype=np.int64)
        ring_then, ordered_then, sums_then = np.empty(block), np.empty(block), np.empty(3)
        state_then = np.empty(3, dtype=np.int64)
        lower, upper = limits[row, 0], limits[row, 1]
        for day in range(days.shape[0]):
            start(size, sums_then, state_then)
            for place in range(warm_up):
                step(days[day, place], kind, size, ring_then, ordered_then, sums_then, state_then)
            for error in range(biases.size):
                ring[:], ordered[:], sums[:], state[:] = ring_then, ordered_then, sums_then, state_then
                bias, first = biases[error], 0
                for place in range(warm_up, days.shape[1]):
                    value = days[day, place]
                    value = value * (1 + bias) if proportional == 1 else value + bias
                    plotted = step(value, kind, size, ring, ordered, sums, state)
                    alarm = plotted < lower or plotted > upper
                    if error == 0:
                        if not math.isnan(plotted):
                            beyond[row, 0] += 1
                        if alarm:
                            beyond[row, 1] += 1
                    if alarm and first == 0:
                        first = place - warm_up + 1
                        if error > 0:
                            break
                found[row, error, first] += 1
    return 0
