"""A block of Westgard series without gaps, a byte a point.

A z becomes a byte with a bit for each limit it is beyond. `c & before & that before` then holds, for all limits and both
sides at once, which of them three results in a row are beyond: every rule of n in a row is n - 1 ANDs of shifted
copies, 64 points an instruction. A plane holds the bytes of one level, series after series, each after `LONGEST` zeros, so
that no group reaches over the start of a series and no loop is short.

Every byte is cut back to a byte, `U(...)`: left as it is, the compiler carries it in 64 bits and runs eight times slower.
"""

import numpy as np

from zhikong.stats.control.westgard.profile import COUNTED, RULES
from zhikong.stats.control.westgard.rules import LONGEST
from zhikong.stats.kernels import kernel

U = np.uint8
BIT = {name: 1 << index for index, name in enumerate(RULES)}
BIT_TWO_OF_THREE, BIT_RANGE, BIT_TREND = BIT["2of3-2s"], BIT["R-4s"], BIT["7-T"]
# The rules of n in a row: n, the two bits of a code that it asks for, its flag; n ascends.
ROWS = np.array([(n, (192, 3, 12)[limit], BIT[name]) for name, (n, limit) in COUNTED.items()], dtype=np.int64)


@kernel()
def in_bytes(z, edges, plan, flat, planes, out):  # type: ignore[no-untyped-def]
    """A block of series without gaps, where every result stays. Tells whether a result was not finite."""
    series, levels, runs = z.shape
    code, low, high = planes[:levels], planes[levels : 2 * levels], planes[2 * levels : 3 * levels]
    spare = planes[3 * levels :]
    over_level, over_run, over_levels = plan[0], plan[1], plan[2]
    odd = code_of(z.reshape(z.size), edges, flat)
    for level in range(levels):
        _spread(flat, level, levels, runs, code[level])
        level_rules(code[level], U(over_level & 255), U(over_level >> 8), low[level], high[level])
    plus, minus, free = range_sides(edges)
    if over_level & (BIT_TREND | BIT_RANGE):
        steps_of(z.reshape(z.size), edges, flat)
        for level in range(levels):
            _spread(flat, level, levels, runs, spare[0])
            spare[0][LONGEST :: LONGEST + runs] = 0
            if over_level & BIT_TREND:
                trend_rule(spare[0], high[level])
            if over_level & BIT_RANGE:
                range_rule(
                    spare[0][1:], code[level][1:], code[level][:-1], plus, minus, free, low[level][1:], spare[1][1:]
                )
    run_rules(z, code, edges, over_run, low, spare)
    if over_levels and (levels > 1 or over_levels & ~over_level):
        _levels(code, over_levels, spare, low, high)
    if plan[4]:
        screened(code, U(~plan[3] & 255), U(~plan[3] >> 8 & 255), spare[0], low, high)
    for one in range(series):
        for level in range(levels):
            row = one * (LONGEST + runs) + LONGEST
            _write(low[level][row : row + runs], high[level][row : row + runs], out[one, level])
    return odd


@kernel()
def range_sides(edges):  # type: ignore[no-untyped-def]
    """The bits of a code that R-4s asks of its upper and its lower result, and what stands for any code."""
    if edges[5] == -np.inf:
        return U(64), U(128), U(255)
    if edges[5] == edges[0]:
        return U(64), U(128), U(0)
    return U(4), U(8), U(0)


@kernel()
def code_of(z, edges, code):  # type: ignore[no-untyped-def]
    """Bits 0, 2, 4 beyond +1, +2, +3 SD; 1, 3, 5 beyond -1, -2, -3 SD; 6 above, 7 below the mean.

    The edges ascend, so a higher one implies the lower ones. Tells whether a z is not finite.
    """
    mean, one, two, three = edges[0], edges[1], edges[2], edges[3]
    odd = U(0)
    for t in range(z.size):
        v = abs(z[t])
        byte = U(64) if v > mean else U(0)
        byte = U(65) if v > one else byte
        byte = U(69) if v > two else byte
        byte = U(85) if v > three else byte
        odd = U(odd | (U(0) if v < np.inf else U(1)))
        code[t] = U(byte << 1) if z[t] < 0 else byte
    return odd != 0


@kernel()
def _spread(flat, level, levels, runs, plane):  # type: ignore[no-untyped-def]
    for one in range(plane.size // (LONGEST + runs)):
        source = flat[(one * levels + level) * runs : (one * levels + level + 1) * runs]
        target = plane[one * (LONGEST + runs) + LONGEST : (one + 1) * (LONGEST + runs)]
        for t in range(runs):
            target[t] = source[t]


@kernel()
def level_rules(code, low_mask, high_mask, low, high):  # type: ignore[no-untyped-def]
    """Rules of one result, and of results in a row."""
    for t in range(code.size - LONGEST):
        c0 = code[t + 12]
        two = U(c0 & code[t + 11])
        three = U(two & code[t + 10])
        four = U(three & code[t + 9])
        six = U(U(four & code[t + 8]) & code[t + 7])
        eight = U(U(six & code[t + 6]) & code[t + 5])
        nine = U(eight & code[t + 4])
        ten = U(nine & code[t + 3])
        twelve = U(U(ten & code[t + 2]) & code[t + 1])
        two_of_three = U(c0 & U(code[t + 11] | code[t + 10]))
        byte = U(1) if U(c0 & U(12)) else U(0)
        byte = U(byte | (U(2) if U(c0 & U(48)) else U(0)))
        byte = U(byte | (U(4) if U(two & U(12)) else U(0)))
        byte = U(byte | (U(8) if U(two_of_three & U(12)) else U(0)))
        byte = U(byte | (U(32) if U(three & U(3)) else U(0)))
        byte = U(byte | (U(64) if U(four & U(3)) else U(0)))
        byte = U(byte | (U(128) if U(six & U(192)) else U(0)))
        low[t + 12] = U(byte & low_mask)
        byte = U(2) if U(eight & U(192)) else U(0)
        byte = U(byte | (U(4) if U(nine & U(192)) else U(0)))
        byte = U(byte | (U(8) if U(ten & U(192)) else U(0)))
        byte = U(byte | (U(16) if U(twelve & U(192)) else U(0)))
        high[t + 12] = U(byte & high_mask)


@kernel()
def steps_of(z, edges, steps):  # type: ignore[no-untyped-def]
    """From the result before: bits 0 and 1 up and down, 2 and 3 by more than the range."""
    tie, wide = edges[0], edges[4]
    steps[0] = 0
    for t in range(1, z.size):
        step = z[t] - z[t - 1]
        size = abs(step)
        byte = U(1) if size > tie else U(0)
        byte = U(5) if size > wide else byte
        steps[t] = U(byte << 1) if step < 0 else byte


@kernel()
def _gaps(z, above, below, wide, gaps):  # type: ignore[no-untyped-def]
    """Between two levels of a run, as bits 2 and 3 of `steps_of`."""
    runs = z.shape[2]
    for one in range(z.shape[0]):
        row = one * (LONGEST + runs) + LONGEST
        first, second, target = z[one, above], z[one, below], gaps[row : row + runs]
        for t in range(runs):
            gap = first[t] - second[t]
            byte = U(4) if abs(gap) > wide else U(0)
            target[t] = U(byte << 1) if gap < 0 else byte


@kernel()
def trend_rule(steps, high):  # type: ignore[no-untyped-def]
    for t in range(steps.size - LONGEST):
        six = U(U(steps[t + 12] & steps[t + 11]) & U(steps[t + 10] & steps[t + 9]))
        six = U(U(six & steps[t + 8]) & steps[t + 7])
        high[t + 12] = U(high[t + 12] | (U(1) if U(six & U(3)) else U(0)))


@kernel()
def range_rule(gaps, first, second, plus, minus, free, low, other_low):  # type: ignore[no-untyped-def]
    """R-4s between `first` and `second`, `gaps` being first less second; both points get the flag."""
    for t in range(gaps.size):
        c1, c2 = U(first[t] | free), U(second[t] | free)
        hit = U(16) if U(gaps[t] & U(4)) else U(0)
        hit = U(0) if U(c1 & plus) == 0 or U(c2 & minus) == 0 else hit
        back = U(16) if U(gaps[t] & U(8)) else U(0)
        back = U(0) if U(c1 & minus) == 0 or U(c2 & plus) == 0 else back
        hit = U(hit | back)
        low[t] = U(low[t] | hit)
        other_low[t] = U(other_low[t] | hit)


@kernel()
def run_rules(z, code, edges, rules, low, spare):  # type: ignore[no-untyped-def]
    """Rules over the levels of one run: which limits at least 2, 3, 4 of them are beyond, and R-4s."""
    levels = code.shape[0]
    if rules & BIT_RANGE:
        plus, minus, free = range_sides(edges)
        for above in range(levels):
            for below in range(above + 1, levels):
                _gaps(z, above, below, edges[4], spare[0])
                range_rule(spare[0], code[above], code[below], plus, minus, free, low[above], low[below])
    if rules & ~BIT_RANGE and levels > 1:
        one, two, three, four = spare[0], spare[1], spare[2], spare[3]
        spare[:4] = 0
        for level in range(levels):
            if rules & 64 and level >= 3:
                _or_and(three, code[level], four)
            if rules & (32 | 64) and level >= 2:
                _or_and(two, code[level], three)
            if level >= 1:
                _or_and(one, code[level], two)
            _or(code[level], one)
        for level in range(levels):
            if rules & 12:  # the flags of 2-2s and 2of3-2s
                _mark_own(two, code[level], U(12), U(rules & 12), low[level])
            if rules & 32 and levels >= 3:
                _mark_own(three, code[level], U(3), U(32), low[level])
            if rules & 64 and levels >= 4:
                _mark_own(four, code[level], U(3), U(64), low[level])


@kernel()
def _or_and(first, second, flag):  # type: ignore[no-untyped-def]
    for t in range(flag.size):
        flag[t] = U(flag[t] | U(first[t] & second[t]))


@kernel()
def _mark_own(group, code, bits, bit, flag):  # type: ignore[no-untyped-def]
    for t in range(flag.size):
        flag[t] = U(flag[t] | (bit if U(U(group[t] & code[t]) & bits) else U(0)))


@kernel()
def _levels(code, rules, spare, low, high):  # type: ignore[no-untyped-def]
    """Rules of n in a row over all levels: n // levels whole runs, and the last levels of the run before them."""
    levels, size = code.shape
    whole, group, part, low_all, high_all = spare[0], spare[1], spare[2], spare[3], spare[4]
    whole[:LONGEST] = 0
    whole[LONGEST:] = 255
    for level in range(levels):
        _and(code[level], whole)
    if levels == 2:
        _two_levels(whole, code[1], U(rules & 255), U(rules >> 8), low_all, high_all)
    else:
        low_all[:], high_all[:], group[:] = 0, 0, 255
        taken = 0
        for index in range(ROWS.shape[0]):
            n, bits, bit = ROWS[index, 0], ROWS[index, 1], ROWS[index, 2]
            if not rules & bit:
                continue
            while taken < n // levels:
                _and(whole[LONGEST - taken : size - taken], group[LONGEST:])
                taken += 1
            part[:] = group
            for level in range(levels - n % levels, levels):
                _and(code[level][LONGEST - taken : size - taken], part[LONGEST:])
            if n < levels:
                for level in range(levels - n, levels):
                    _mark(part[LONGEST:], U(bits), U(bit & 255), low[level][LONGEST:])
                    _mark(part[LONGEST:], U(bits), U(bit >> 8), high[level][LONGEST:])
            else:
                _mark(part[LONGEST:], U(bits), U(bit & 255), low_all[LONGEST:])
                _mark(part[LONGEST:], U(bits), U(bit >> 8), high_all[LONGEST:])
    for level in range(levels):
        _or(low_all[LONGEST:], low[level][LONGEST:])
        _or(high_all[LONGEST:], high[level][LONGEST:])


@kernel()
def _two_levels(whole, second, low_mask, high_mask, low, high):  # type: ignore[no-untyped-def]
    """As `_level`, from whole runs of two levels."""
    for t in range(whole.size - LONGEST):
        two = whole[t + 12]
        four = U(two & whole[t + 11])
        six = U(four & whole[t + 10])
        eight = U(six & whole[t + 9])
        ten = U(eight & whole[t + 8])
        twelve = U(ten & whole[t + 7])
        three, nine = U(two & second[t + 11]), U(eight & second[t + 8])
        byte = U(4) if U(two & U(12)) else U(0)
        byte = U(byte | (U(32) if U(three & U(3)) else U(0)))
        byte = U(byte | (U(64) if U(four & U(3)) else U(0)))
        byte = U(byte | (U(128) if U(six & U(192)) else U(0)))
        low[t + 12] = U(byte & low_mask)
        byte = U(2) if U(eight & U(192)) else U(0)
        byte = U(byte | (U(4) if U(nine & U(192)) else U(0)))
        byte = U(byte | (U(8) if U(ten & U(192)) else U(0)))
        byte = U(byte | (U(16) if U(twelve & U(192)) else U(0)))
        high[t + 12] = U(byte & high_mask)


@kernel()
def _or(more, flag):  # type: ignore[no-untyped-def]
    for t in range(flag.size):
        flag[t] = U(flag[t] | more[t])


@kernel()
def _and(code, group):  # type: ignore[no-untyped-def]
    for t in range(group.size):
        group[t] = U(group[t] & code[t])


@kernel()
def _mark(group, bits, bit, flag):  # type: ignore[no-untyped-def]
    for t in range(group.size):
        flag[t] = U(flag[t] | (bit if U(group[t] & bits) else U(0)))


@kernel()
def screened(code, low_kept, high_kept, beyond, low, high):  # type: ignore[no-untyped-def]
    """Without a result beyond 2 SD in the run, only warnings are kept."""
    beyond[:] = 0
    for level in range(code.shape[0]):
        for t in range(beyond.size):
            beyond[t] = U(beyond[t] | U(code[level, t] & U(12)))
    for level in range(code.shape[0]):
        for t in range(beyond.size):
            low[level, t] = low[level, t] if beyond[t] else U(low[level, t] & low_kept)
            high[level, t] = high[level, t] if beyond[t] else U(high[level, t] & high_kept)


@kernel()
def _write(low, high, out):  # type: ignore[no-untyped-def]
    for t in range(out.size):
        out[t] = np.uint16(low[t]) | np.uint16(high[t]) << 8
