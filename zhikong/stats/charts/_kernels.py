"""The loops of the charts: the limits of one series, its patterns, and both for many series."""

import math

import numpy as np

from zhikong.stats.kernels import kernel, prange

# How sigma is found.
RANGES, BINOMIAL, POISSON, LANEY = 0, 1, 2, 3
# Kinds of rule.
ZONE, SHIFT, TREND, ALTERNATING, WITHIN, OUTSIDE, LONGEST, CROSSINGS = 0, 1, 2, 3, 4, 5, 6, 7
# Which points a rule flags.
LAST, MEMBERS, WINDOW = 0, 1, 2
# What came of a series.
JUDGED, TOO_FEW, NO_SPREAD = 0, 1, 2

BLOCK = 512  # series a thread takes at a time


def _level_example():  # type: ignore[no-untyped-def]
    return np.array([1.0, 2.0, 3.0, 5.0]), np.empty(0), np.empty(0, dtype=np.bool_), RANGES, 1.128, 0.0


@kernel(example=_level_example)
def level(totals, units, use, kind, d2, screen):  # type: ignore[no-untyped-def]
    """Centre and sigma of one unit from the points in use; how many points, and how many moving ranges.

    A point is totals / units, and its standard error sigma / sqrt(units); no `units` means one unit each, no `use`
    that every point that is not NaN sets the limits. A moving range needs two neighbours, both in use. Sums carry
    their rounding error along (Neumaier), so that the mean of equal values is that value.
    """
    points = totals.shape[0]
    varying, masked = units.shape[0] > 0, use.shape[0] > 0
    total, rest, weight, count = 0.0, 0.0, 0.0, 0
    for i in range(points):
        x = totals[i]
        if x == x and (not masked or use[i]):
            new = total + x
            part = new - total
            rest += (total - (new - part)) + (x - part)
            total = new
            weight += units[i] if varying else 1.0
            count += 1
    if count == 0:
        return math.nan, math.nan, 0, 0
    centre = (total + rest) / weight
    if kind == BINOMIAL:
        return centre, math.sqrt(max(centre * (1.0 - centre), 0.0)), count, 0
    if kind == POISSON:
        return centre, math.sqrt(centre), count, 0
    mean, limit, kept = 0.0, math.inf, 0
    for _ in range(2):  # the second time over, when a range was found that screening leaves out
        total, rest, widest, kept = 0.0, 0.0, 0.0, 0
        before, earlier, ready = 0.0, 1.0, False
        for i in range(points):
            x = totals[i]
            if x == x and (not masked or use[i]):
                n = units[i] if varying else 1.0
                y = x / n if varying else x
                if kind == LANEY:
                    y = (y - centre) * math.sqrt(n)
                if ready:
                    step = abs(y - before)
                    if varying and kind == RANGES:
                        step /= math.sqrt((1.0 / n + 1.0 / earlier) / 2.0)
                    widest = max(widest, step)
                    if step < limit:
                        new = total + step
                        part = new - total
                        rest += (total - (new - part)) + (step - part)
                        total = new
                        kept += 1
                before, earlier, ready = y, n, True
            else:
                ready = False
        if kept == 0:
            return centre, math.nan, count, 0
        mean = (total + rest) / kept
        if screen <= 0.0 or mean == 0.0 or widest < screen * mean:
            break
        limit = min(limit, screen * mean)
        screen = 0.0
    return centre, mean / d2, count, kept


@kernel()
def complete(flags, bit, end, count, flag):  # type: ignore[no-untyped-def]
    """Flag a run of `count` points that is complete at `end`: that point, or every member not flagged already."""
    flags[end] |= bit
    if flag != LAST and end > 0 and not flags[end - 1] & bit:
        for j in range(end - count + 1, end):
            flags[j] |= bit


def _mark_example():  # type: ignore[no-untyped-def]
    side, flags = np.array([1, 1], dtype=np.int8), np.empty(2, dtype=np.uint8)
    rules, zones = np.array([[ZONE, 1, 1, 0, LAST]]), np.array([[3.0, np.inf]])
    return np.array([1.0, 4.0]), side, np.array([1.0, 4.0]), 2, rules, zones, np.zeros((3, 2), dtype=np.int64), flags


@kernel(example=_mark_example)
def mark(score, side, value, points, rules, zones, limits, flags):  # type: ignore[no-untyped-def]
    """Set in `flags` the bit of each rule at the points it flags: a phase's points, none missing, none excluded."""
    highest, lowest = 0.0, 0.0
    for i in range(points):
        flags[i] = 0
        highest = max(highest, score[i]) if score[i] == score[i] else highest
        lowest = min(lowest, score[i]) if score[i] == score[i] else lowest
    for rule in range(rules.shape[0]):
        kind, count, window, flag = rules[rule, 0], rules[rule, 1], rules[rule, 2], rules[rule, 4]
        one_side = rules[rule, 3] == 1
        above, upto = zones[rule, 0], zones[rule, 1]
        bit = np.uint8(1 << rule)
        if kind == ZONE:
            for sign in (1, -1):
                if (highest if sign == 1 else -lowest) <= above:
                    continue
                hits, same = 0, 0
                for i in range(points):
                    hit = above < sign * score[i] <= upto
                    hits += int(hit)
                    same += int(side[i] == sign)
                    if i >= window:
                        hits -= int(above < sign * score[i - window] <= upto)
                        same -= int(side[i - window] == sign)
                    if i < window - 1 or hits < count or (one_side and same < window):
                        continue
                    if flag == LAST:
                        if hit:
                            flags[i] |= bit
                    else:
                        for j in range(i - window + 1, i + 1):
                            if flag == WINDOW or above < sign * score[j] <= upto:
                                flags[j] |= bit
        elif kind in (LONGEST, CROSSINGS):
            useful, crossings, last = 0, 0, 0
            for i in range(points):
                if side[i] != 0:
                    useful += 1
                    crossings += int(last != 0 and side[i] != last)
                    last = side[i]
            if kind == CROSSINGS:
                if useful > 0 and crossings < limits[useful, 1]:
                    for i in range(points):
                        if side[i] != 0:
                            flags[i] |= bit
                continue
            run, start, last = 0, 0, 0
            for i in range(points):
                if side[i] == 0:
                    continue
                if side[i] != last:
                    run, start = 0, i
                run += 1
                last = side[i]
                if run > limits[useful, 0]:
                    flags[i] |= bit
                    if flag != LAST and run == limits[useful, 0] + 1:
                        for j in range(start, i):
                            if side[j] != 0:
                                flags[j] |= bit
        elif kind == SHIFT:
            run, last = 0, 0
            for i in range(points):
                run = run + 1 if side[i] == last else 1
                last = side[i]
                if run >= count and last != 0:
                    complete(flags, bit, i, count, flag)
        elif kind in (TREND, ALTERNATING):
            run, last, turn = 1, 0, (1 if kind == TREND else -1)
            for i in range(1, points):
                step = int(value[i] > value[i - 1]) - int(value[i] < value[i - 1])
                run = run + 1 if step == turn * last else 2
                last = step
                if run >= count and step != 0:
                    complete(flags, bit, i, count, flag)
        elif kind == WITHIN:
            run = 0
            for i in range(points):
                run = run + 1 if abs(score[i]) <= upto else 0
                if run >= count:
                    complete(flags, bit, i, count, flag)
        else:
            run, high, low = 0, -1, -1
            for i in range(points):
                run = run + 1 if abs(score[i]) > above else 0
                high = i if score[i] > 0.0 else high
                low = i if score[i] < 0.0 else low
                if run >= count and min(high, low) > i - count:
                    complete(flags, bit, i, count, flag)


def _judge_example():  # type: ignore[no-untyped-def]
    return (
        np.array([1.0, 2.0, 3.0, 5.0]), np.empty(0), np.array([0, 4]), RANGES, 1.128, 0.0, 0, 2,
        np.array([[ZONE, 1, 1, 0, LAST]]), np.array([[3.0, np.inf]]), np.zeros((5, 2), dtype=np.int64),
        np.empty(1), np.empty(1), np.empty(1, dtype=np.int8), np.empty(4, dtype=np.uint8),
    )  # fmt: skip


@kernel(parallel=True, example=_judge_example)
def judge(  # type: ignore[no-untyped-def]
    totals, units, offsets, kind, d2, screen, freeze, longest, rules, zones, limits, centres, sigmas, states, flags
):
    """`level` and `mark` of each series: series s is the points from offsets[s] to offsets[s + 1]."""
    series, varying, everything = offsets.shape[0] - 1, units.shape[0] > 0, np.empty(0, dtype=np.bool_)
    for block in prange((series + BLOCK - 1) // BLOCK):
        score, value = np.empty(longest), np.empty(longest)
        side, place = np.empty(longest, dtype=np.int8), np.empty(longest, dtype=np.int64)
        found = np.empty(longest, dtype=np.uint8)
        for s in range(block * BLOCK, min(series, (block + 1) * BLOCK)):
            start, stop = offsets[s], offsets[s + 1]
            end = min(stop, start + freeze) if freeze > 0 else stop
            own = units[start:end] if varying else units
            centre, sigma, count, kept = level(totals[start:end], own, everything, kind, d2, screen)
            if count < 2 or (kind in (RANGES, LANEY) and kept < 1):
                states[s], centres[s], sigmas[s] = TOO_FEW, math.nan, math.nan
            else:
                states[s], centres[s], sigmas[s] = (JUDGED if sigma > 0.0 else NO_SPREAD), centre, sigma
            for i in range(start, stop):
                flags[i] = 0
            if states[s] != JUDGED:
                continue
            points, present = stop - start, 0
            for i in range(points):
                y, error = totals[start + i], sigma
                if varying:
                    y, error = y / units[start + i], sigma / math.sqrt(units[start + i])
                z = (y - centre) / error
                score[i], value[i], side[i] = z, y, int(z > 0.0) - int(z < 0.0)
                present += int(y == y)
            if present == points:
                mark(score, side, value, points, rules, zones, limits, flags[start:stop])
                continue
            present = 0
            for i in range(points):
                if value[i] == value[i]:
                    score[present], value[present], side[present], place[present] = score[i], value[i], side[i], i
                    present += 1
            mark(score, side, value, present, rules, zones, limits, found)
            for i in range(present):
                flags[start + place[i]] = found[i]
