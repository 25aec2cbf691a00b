"""One Westgard series at a time: with gaps, or with rejected results leaving the history."""

import numpy as np

from zhikong.stats.control.westgard._bytes import (
    BIT_RANGE,
    BIT_TREND,
    BIT_TWO_OF_THREE,
    ROWS,
    U,
    code_of,
    level_rules,
    range_rule,
    range_sides,
    run_rules,
    screened,
    steps_of,
    trend_rule,
)
from zhikong.stats.control.westgard.rules import LONGEST
from zhikong.stats.kernels import kernel

NEW, GONE = 1, 2  # a result of the run that is judged; a result of a rejected group


@kernel()
def with_gaps(z, edges, plan, out):  # type: ignore[no-untyped-def]
    """A series with gaps, where every result stays: the gaps are closed, judged in bytes, and opened again."""
    levels, runs = z.shape
    over_level, over_run, over_levels = plan[0], plan[1], plan[2]
    length = LONGEST + max(runs, runs * levels if over_levels else 0)
    row, place = np.zeros(runs, z.dtype), np.zeros(runs, np.int64)
    code, low, high = np.zeros((3, levels, LONGEST + runs), np.uint8)
    closed, closed_low, closed_high, steps, unused = np.zeros((5, length), np.uint8)
    plus, minus, free = range_sides(edges)
    for level in range(levels):
        size = 0
        for run in range(runs):
            if z[level, run] == z[level, run]:
                row[size], place[size] = z[level, run], run
                size += 1
        end = LONGEST + size
        code_of(row[:size], edges, closed[LONGEST:end])
        level_rules(closed[:end], U(over_level & 255), U(over_level >> 8), closed_low[:end], closed_high[:end])
        if over_level & (BIT_TREND | BIT_RANGE) and size:
            steps_of(row[:size], edges, steps[LONGEST:end])
            if over_level & BIT_TREND:
                trend_rule(steps[:end], closed_high[:end])
            if over_level & BIT_RANGE:
                now, before = closed[LONGEST + 1 : end], closed[LONGEST : end - 1]
                after = steps[LONGEST + 1 : end]
                range_rule(after, now, before, plus, minus, free, closed_low[LONGEST + 1 : end], unused[: size - 1])
        for index in range(size):
            run = LONGEST + place[index]
            code[level, run] = closed[LONGEST + index]
            low[level, run], high[level, run] = closed_low[LONGEST + index], closed_high[LONGEST + index]
    run_rules(z.reshape((1, levels, runs)), code, edges, over_run, low, np.zeros((4, LONGEST + runs), np.uint8))
    if over_levels and (levels > 1 or over_levels & ~over_level):
        size = LONGEST
        for run in range(runs):
            for level in range(levels):
                if z[level, run] == z[level, run]:
                    closed[size] = code[level, LONGEST + run]
                    size += 1
        level_rules(closed[:size], U(over_levels & 255), U(over_levels >> 8), closed_low[:size], closed_high[:size])
        at = LONGEST - 1
        for run in range(runs):
            present = 0
            for level in range(levels):
                present += z[level, run] == z[level, run]
            at += present
            for level in range(levels):
                if z[level, run] == z[level, run]:
                    rules = np.int64(closed_low[at]) | np.int64(closed_high[at]) << 8
                    for index in range(ROWS.shape[0]):  # a group holds only the run's last n results
                        if ROWS[index, 0] < present:
                            rules &= ~ROWS[index, 2]
                    low[level, LONGEST + run] |= U(rules & 255)
                    high[level, LONGEST + run] |= U(rules >> 8)
                    present -= 1
    if plan[4]:
        screened(code, U(~plan[3] & 255), U(~plan[3] >> 8 & 255), steps[: LONGEST + runs], low, high)
    for level in range(levels):
        for run in range(runs):
            out[level, run] = np.uint16(low[level, LONGEST + run]) | np.uint16(high[level, LONGEST + run]) << 8


@kernel()
def with_history(z, edges, plan, out):  # type: ignore[no-untyped-def]
    """A series whose rejected results leave the history. A point is level * runs + run."""
    levels, runs = z.shape
    values, code, flag = z.reshape(z.size), np.zeros(z.size, np.uint8), out.reshape(z.size)
    code_of(values, edges, code)
    flag[:] = 0
    rejections, screen, stay = plan[3], plan[4], plan[5]
    # Row `level` holds the points that count of that level, the last row those of all, oldest first.
    rows, size = np.empty((levels + 1, z.size), np.int64), np.zeros(levels + 1, np.int64)
    state = np.zeros(z.size, np.uint8)
    for run in range(runs):
        calm, first = True, size[levels]
        for level in range(levels):
            point = level * runs + run
            if values[point] == values[point]:
                calm &= code[point] & 12 == 0
                rows[level, size[level]] = rows[levels, size[levels]] = point
                state[point] = NEW
                size[level] += 1
                size[levels] += 1
        last = size[levels]
        if first == last:
            continue
        allowed = ~rejections if screen and calm else -1
        for place in range(first, last):
            row = rows[levels, place] // runs
            _completed(values, code, edges, rows[row], size[row], plan[0] & allowed, rejections, flag, state)
        if levels > 1 or plan[2] & ~plan[0]:
            _completed(values, code, edges, rows[levels], last, plan[2] & allowed, rejections, flag, state)
        _within(values, code, edges, rows[levels], first, last, plan[1] & allowed, rejections, flag, state)
        rejected = False
        for place in range(first, last):
            point = rows[levels, place]
            rejected |= state[point] & GONE != 0
            state[point] &= GONE
        # The run's own results belong to every group; what came before a group moves up, however long ago.
        for row in range(levels + 1 if rejected and not stay else 0):
            kept = 0
            for place in range(size[row]):
                point = rows[row, place]
                if not state[point]:
                    rows[row, kept] = point
                    kept += 1
            size[row] = kept


@kernel()
def _completed(values, code, edges, row, size, rules, rejections, flag, state):  # type: ignore[no-untyped-def]
    """The rules that the last of the row completes a group of."""
    last = code[row[size - 1]]
    if rules & 1 and last & 12:
        _fire(code, row, size - 1, size, 255, 1, rejections, flag, state)
    if rules & 2 and last & 48:
        _fire(code, row, size - 1, size, 255, 2, rejections, flag, state)
    taken, common = 1, last
    for index in range(ROWS.shape[0]):  # n ascends
        n, bits, bit = ROWS[index, 0], ROWS[index, 1], ROWS[index, 2]
        if size < n or common == 0:
            break
        while taken < n:
            taken += 1
            common &= code[row[size - taken]]
        if rules & bit and common & bits:
            _fire(code, row, size - n, size, 255, bit, rejections, flag, state)
    if rules & BIT_TWO_OF_THREE and last & 12:
        side, count, first = last & 12, 0, max(0, size - 3)
        for place in range(first, size):
            count += code[row[place]] & side != 0
        if count >= 2:
            _fire(code, row, first, size, side, BIT_TWO_OF_THREE, rejections, flag, state)
    if rules & BIT_RANGE and size >= 2:
        _within(values, code, edges, row, size - 2, size, BIT_RANGE, rejections, flag, state)
    if rules & BIT_TREND and size >= 7:
        up = down = 0
        for place in range(size - 6, size):
            step = values[row[place]] - values[row[place - 1]]
            up += step > edges[0]
            down += step < -edges[0]
        if up == 6 or down == 6:
            _fire(code, row, size - 7, size, 255, BIT_TREND, rejections, flag, state)


@kernel()
def _within(values, code, edges, row, first, last, rules, rejections, flag, state):  # type: ignore[no-untyped-def]
    """The rules over results that stand in no order."""
    if rules & BIT_RANGE:
        side = edges[5]
        for place in range(first, last):
            for other in range(first, last):
                high, low = values[row[place]], values[row[other]]
                if high > side and low < -side and high - low > edges[4]:
                    _fire(code, row, place, place + 1, 255, BIT_RANGE, rejections, flag, state)
                    _fire(code, row, other, other + 1, 255, BIT_RANGE, rejections, flag, state)
    for bit, n, positive in ((4, 2, 4), (8, 2, 4), (32, 3, 1), (64, 4, 1)):
        if rules & bit:
            for side in (positive, 2 * positive):
                count = 0
                for place in range(first, last):
                    count += code[row[place]] & side != 0
                if count >= n:
                    _fire(code, row, first, last, side, bit, rejections, flag, state)


@kernel()
def _fire(code, row, first, last, side, bit, rejections, flag, state):  # type: ignore[no-untyped-def]
    """Flag the points of a group that are of this run, and mark rejected ones; all, or those beyond on a side."""
    for place in range(first, last):
        point = row[place]
        if side == 255 or code[point] & side:
            if state[point] & NEW:
                flag[point] |= bit
            if rejections & bit:
                state[point] |= GONE
