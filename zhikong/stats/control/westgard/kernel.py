"""The Westgard rules over many series at once: the flags of `rules.signals`, a byte a point.

A z becomes a byte with a bit for each limit it is beyond. `c & before & before that` then holds, for all limits and both
sides at once, which of them three results in a row are beyond: every rule of n in a row is n - 1 ANDs of shifted
copies, many points an instruction. Series with gaps, and profiles where rejected results leave the history, go result by
result instead.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import floats
from zhikong.stats.control.westgard.profile import COUNTED, RULES, Profile, preset
from zhikong.stats.control.westgard.rules import LONGEST, Edges, Flags
from zhikong.stats.kernels import kernel, prange

BIT = {name: 1 << index for index, name in enumerate(RULES)}
# The rules of n in a row: n, the two bits of a code that it asks for, its flag.
ROWS = np.array([(n, (192, 3, 12)[limit], BIT[name]) for name, (n, limit) in COUNTED.items()], dtype=np.int64)
BIT_TWO_OF_THREE, BIT_RANGE, BIT_TREND = BIT["2of3-2s"], BIT["R-4s"], BIT["7-T"]
TURNS = 64  # shares of the series, which threads take in turn
PLANE = 4096  # points of one level in work at once: all planes of a block stay in the nearest cache
U = np.uint8  # inside the loops every byte is cut back to a byte, otherwise they run eight times slower


def flags(
    results: ArrayLike,
    *,
    mean: ArrayLike | None = None,
    sd: ArrayLike | None = None,
    profile: str | Profile = "westgard-classic",
    out: Flags | None = None,
) -> Flags:
    """Judge many control series in one call.

    Parameters
    ----------
    results : array_like, shape (runs,), (levels, runs) or (series, levels, runs)
        Control results in order of time; NaN is no result. float32 is judged in float32, everything else in float64.
    mean, sd : array_like, shape of `results` without its last axis, optional
        Target and standard deviation of each series and level. Left out, both, the results are z-scores.
    profile : str or Profile
        A preset's name or a profile.
    out : ndarray of uint16, shape of `results`, C-contiguous, optional
        Where to write: saves the operating system handing out new memory.

    Returns
    -------
    ndarray of uint16, shape of `results`
        Bit i is set where rule i of `RULES` fired: at the points of the group that belong to the run which completed
        it. Equal to the `flags` of `judge` for each series.

    Raises
    ------
    ValueError
        A result that is not a number or infinite, shapes that do not fit, an sd not above 0, an unknown profile.

    References
    ----------
    As `judge`.
    """
    profile = preset(profile) if isinstance(profile, str) else profile
    if (mean is None) != (sd is None):
        raise ValueError(f"{'sd' if sd is None else 'mean'} is left out: give both or neither")
    values = _large(results)
    shape = values.shape
    rows = values.reshape((1,) * (3 - len(shape)) + shape)
    centre, scale = np.zeros((0, 0), values.dtype), np.zeros((0, 0), values.dtype)
    if mean is not None and sd is not None:
        centre, scale = (_per_level(name, given, rows) for name, given in (("mean", mean), ("sd", sd)))
    if out is None:
        out = np.empty(shape, dtype=np.uint16)
    elif out.shape != shape or out.dtype != np.uint16 or not out.flags.c_contiguous:
        raise ValueError(f"out has shape {out.shape} and type {out.dtype}: it must be {shape}, uint16, C-contiguous")
    infinite = np.zeros(TURNS, dtype=np.bool_)
    if rows.size:
        _many(rows, centre, scale, *_plan(profile, rows.dtype), out.reshape(rows.shape), infinite)
    if infinite.any():
        floats("results", results, dimensions=(1, 2, 3), missing=True)
    return out


def _large(results: ArrayLike) -> NDArray[Any]:
    """The results without a pass over them: the kernel looks for infinities itself."""
    if isinstance(results, np.ndarray) and type(results) is np.ndarray and results.dtype.char in "fd":
        if results.ndim not in (1, 2, 3):
            floats("results", results, dimensions=(1, 2, 3), missing=True)
        return np.ascontiguousarray(results)
    return floats("results", results, dimensions=(1, 2, 3), at_least=0, missing=True)


def _per_level(name: str, given: ArrayLike, rows: NDArray[Any]) -> NDArray[Any]:
    values = floats(name, given, dimensions=(0, 1, 2), above=0 if name == "sd" else None)
    wanted = rows.shape[:2]
    try:
        spread_out = np.broadcast_to(values, wanted)
    except ValueError:
        raise ValueError(f"{name} has shape {values.shape}: it must have one value for each of {wanted}") from None
    return np.ascontiguousarray(spread_out, dtype=rows.dtype)


def _plan(profile: Profile, dtype: np.dtype[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The profile as numbers: edges, and the flags judged over a level, a run, the levels; rejections; settings."""
    edges = Edges.of(profile, dtype)
    over = [sum(BIT[rule.name] for rule in profile.rules if scope in rule.over) for scope in ("level", "run", "levels")]
    rejections = sum(BIT[rule.name] for rule in profile.rules if rule.verdict == "rejection")
    return (
        np.array([edges.mean, edges.one, edges.two, edges.three, edges.range, edges.range_side], dtype=dtype),
        np.array([*over, rejections, profile.screen, profile.rejected_stay], dtype=np.int64),
    )


def _example() -> tuple[Any, ...]:
    z = np.zeros((1, 2, 3))
    nothing = np.zeros((0, 0))
    return (
        z,
        nothing,
        nothing,
        *_plan(preset("all-rules"), z.dtype),
        np.empty(z.shape, np.uint16),
        np.zeros(TURNS, np.bool_),
    )


@kernel(parallel=True, example=_example)
def _many(results, mean, sd, edges, plan, out, infinite):  # type: ignore[no-untyped-def]
    series, levels, runs = results.shape
    stride = LONGEST + runs  # zeros before each row: no group reaches over its start
    block = max(1, PLANE // stride)
    for turn in prange(TURNS):
        first, last = series * turn // TURNS, series * (turn + 1) // TURNS
        scaled = np.empty((block if mean.size else 0, levels, runs), results.dtype)
        flat, planes = np.empty(block * levels * runs, np.uint8), np.zeros((3 * levels + 4, block * stride), np.uint8)
        for start in range(first, last, block):
            here = min(block, last - start)
            z = results[start : start + here]
            if mean.size:
                _scale(z, mean[start : start + here], sd[start : start + here], scaled)
                z = scaled[:here]
            judged = out[start : start + here]
            odd = True
            if plan[5]:
                odd = _in_bytes(z, edges, plan, flat, planes[:, : here * stride], judged)
            if odd:
                for one in range(here):
                    gap = False
                    for level in range(levels):
                        for run in range(runs):
                            v = z[one, level, run]
                            gap |= v - v != 0
                            infinite[turn] |= abs(v) == np.inf
                    if gap or not plan[5]:
                        _one_by_one(z[one], edges, plan, judged[one])


@kernel()
def _scale(results, mean, sd, z):  # type: ignore[no-untyped-def]
    for one in range(results.shape[0]):
        for level in range(results.shape[1]):
            centre, scale = mean[one, level], sd[one, level]
            for run in range(results.shape[2]):
                z[one, level, run] = (results[one, level, run] - centre) / scale


@kernel()
def _in_bytes(z, edges, plan, flat, planes, out):  # type: ignore[no-untyped-def]
    """A block of series without gaps, where every result stays. Tells whether a result was not finite."""
    series, levels, runs = z.shape
    code, low, high = planes[:levels], planes[levels : 2 * levels], planes[2 * levels : 3 * levels]
    spare = planes[3 * levels :]
    over_level, over_run, over_levels = plan[0], plan[1], plan[2]
    odd = _code(z.reshape(z.size), edges, flat)
    for level in range(levels):
        _spread(flat, level, levels, runs, code[level])
        _level(code[level], np.uint8(over_level & 255), np.uint8(over_level >> 8), low[level], high[level])
    plus, minus, free = np.uint8(64), np.uint8(128), np.uint8(0)
    if edges[5] == -np.inf:
        free = np.uint8(255)
    elif edges[5] != edges[0]:
        plus, minus = np.uint8(4), np.uint8(8)
    if over_level & (BIT_TREND | BIT_RANGE):
        _steps(z.reshape(z.size), edges, flat)
        for level in range(levels):
            _spread(flat, level, levels, runs, spare[0])
            spare[0][LONGEST :: LONGEST + runs] = 0
            if over_level & BIT_TREND:
                _trend(spare[0], high[level])
            if over_level & BIT_RANGE:
                _range(spare[0][1:], code[level][1:], code[level][:-1], plus, minus, free, low[level][1:], spare[1][1:])
    if over_run & BIT_RANGE:
        for above in range(levels):
            for below in range(above + 1, levels):
                _gaps(z, above, below, edges[4], spare[0])
                _range(spare[0], code[above], code[below], plus, minus, free, low[above], low[below])
    if over_run & ~BIT_RANGE:
        _run(code, over_run, spare, low)
    if over_levels and (levels > 1 or over_levels & ~over_level):
        _levels(code, over_levels, spare, low, high)
    if plan[4]:
        _screen(code, np.uint8(~plan[3] & 255), np.uint8(~plan[3] >> 8 & 255), spare[0], low, high)
    for one in range(series):
        for level in range(levels):
            row = one * (LONGEST + runs) + LONGEST
            _write(low[level][row : row + runs], high[level][row : row + runs], out[one, level])
    return odd


@kernel()
def _code(z, edges, code):  # type: ignore[no-untyped-def]
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
        source, target = (one * levels + level) * runs, one * (LONGEST + runs) + LONGEST
        plane[target : target + runs] = flat[source : source + runs]


@kernel()
def _level(code, low_mask, high_mask, low, high):  # type: ignore[no-untyped-def]
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
def _steps(z, edges, steps):  # type: ignore[no-untyped-def]
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
    """Between two levels of a run, as bits 2 and 3 of `_steps`."""
    runs = z.shape[2]
    for one in range(z.shape[0]):
        row = one * (LONGEST + runs) + LONGEST
        first, second, target = z[one, above], z[one, below], gaps[row : row + runs]
        for t in range(runs):
            gap = first[t] - second[t]
            byte = U(4) if abs(gap) > wide else U(0)
            target[t] = U(byte << 1) if gap < 0 else byte


@kernel()
def _trend(steps, high):  # type: ignore[no-untyped-def]
    for t in range(steps.size - LONGEST):
        six = U(U(steps[t + 12] & steps[t + 11]) & U(steps[t + 10] & steps[t + 9]))
        six = U(U(six & steps[t + 8]) & steps[t + 7])
        high[t + 12] = U(high[t + 12] | (U(1) if U(six & U(3)) else U(0)))


@kernel()
def _range(gaps, first, second, plus, minus, free, low, other_low):  # type: ignore[no-untyped-def]
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
def _run(code, rules, spare, low):  # type: ignore[no-untyped-def]
    """Rules over the levels of one run: which limits at least 1, 2, 3, 4 levels are beyond."""
    spare[:4] = 0
    for level in range(code.shape[0]):
        _count(code[level], spare[0], spare[1], spare[2], spare[3])
    mask = U(rules & 255)
    for level in range(code.shape[0]):
        _counted(code[level], spare[1], spare[2], spare[3], mask, low[level])


@kernel()
def _count(code, one, two, three, four):  # type: ignore[no-untyped-def]
    for t in range(code.size):
        c = code[t]
        four[t] = U(four[t] | U(three[t] & c))
        three[t] = U(three[t] | U(two[t] & c))
        two[t] = U(two[t] | U(one[t] & c))
        one[t] = U(one[t] | c)


@kernel()
def _counted(code, two, three, four, mask, low):  # type: ignore[no-untyped-def]
    for t in range(code.size):
        c = code[t]
        byte = U(12) if U(U(two[t] & c) & U(12)) else U(0)
        byte = U(byte | (U(32) if U(U(three[t] & c) & U(3)) else U(0)))
        byte = U(byte | (U(64) if U(U(four[t] & c) & U(3)) else U(0)))
        low[t] = U(low[t] | U(byte & mask))


@kernel()
def _levels(code, rules, spare, low, high):  # type: ignore[no-untyped-def]
    """Rules of n in a row over all levels: n // levels whole runs, and the last levels of the run before them."""
    levels = code.shape[0]
    whole, group, part = spare[0], spare[1], spare[2]
    whole[:] = 255
    whole[:LONGEST] = 0
    for level in range(levels):
        _and(code[level], whole, 0)
    group[:] = 255
    taken = 0
    for index in range(ROWS.shape[0]):
        n, bits, bit = ROWS[index]
        if not rules & bit:
            continue
        while taken < n // levels:
            _and(whole, group, taken)
            taken += 1
        part[:] = group
        for level in range(levels - n % levels, levels):
            _and(code[level], part, taken)
        for level in range(max(0, levels - n), levels):
            if bit < 256:
                _mark(part, U(bits), U(bit), low[level])
            else:
                _mark(part, U(bits), U(bit >> 8), high[level])


@kernel()
def _and(code, group, back):  # type: ignore[no-untyped-def]
    for t in range(code.size - LONGEST):
        group[t + LONGEST] = U(group[t + LONGEST] & code[t + LONGEST - back])


@kernel()
def _mark(group, bits, bit, flag):  # type: ignore[no-untyped-def]
    for t in range(group.size - LONGEST):
        flag[t + LONGEST] = U(flag[t + LONGEST] | (bit if U(group[t + LONGEST] & bits) else U(0)))


@kernel()
def _screen(code, low_kept, high_kept, beyond, low, high):  # type: ignore[no-untyped-def]
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
        out[t] = low[t] | high[t] << 8


@kernel()
def _one_by_one(z, edges, plan, out):  # type: ignore[no-untyped-def]
    """One series with gaps, or whose rejected results leave the history."""
    levels, runs = z.shape
    code = np.zeros((levels, runs), np.uint8)
    for level in range(levels):
        _code(z[level], edges, code[level])
    out[:] = 0
    rejections, screen, stay = plan[3], plan[4], plan[5]
    room = LONGEST + levels
    # Row `level` holds what counts of that level, the last row what counts of all: (level, run), oldest first.
    rows = np.zeros((levels + 1, room, 2), np.int64)
    size = np.zeros(levels + 1, np.int64)
    now = np.zeros((levels, 2), np.int64)
    gone = np.zeros((levels, runs), np.bool_)
    for run in range(runs):
        present, calm = 0, True
        for level in range(levels):
            if z[level, run] == z[level, run]:
                now[present] = level, run
                present += 1
                calm &= code[level, run] & 12 == 0
                for row in (level, levels):
                    rows[row, size[row]] = level, run
                    size[row] += 1
        allowed = ~rejections if screen and calm else -1
        for index in range(present):
            level = now[index, 0]
            _completed(z, code, edges, rows[level, : size[level]], plan[0] & allowed, rejections, out, gone)
        if present and (levels > 1 or plan[2] & ~plan[0]):
            _completed(z, code, edges, rows[levels, : size[levels]], plan[2] & allowed, rejections, out, gone)
        _within(z, code, edges, now[:present], plan[1] & allowed, rejections, out, gone)
        for row in range(levels + 1):
            kept = 0
            for place in range(size[row]):
                level, at = rows[row, place]
                if stay or not gone[level, at]:
                    rows[row, kept] = level, at
                    kept += 1
            size[row] = min(kept, LONGEST)
            for place in range(size[row]):
                rows[row, place] = rows[row, kept - size[row] + place]


@kernel()
def _completed(z, code, edges, row, rules, rejections, out, gone):  # type: ignore[no-untyped-def]
    size = row.shape[0]
    level, run = row[-1]
    last = code[level, run]
    for bit, bits in ((1, 12), (2, 48)):
        if rules & bit and last & bits:
            _fire(row[-1:], code, 255, run, bit, rejections, out, gone)
    for index in range(ROWS.shape[0]):
        n, bits, bit = ROWS[index]
        if rules & bit and size >= n and last & bits:
            common = last
            for place in range(size - n, size):
                common &= code[row[place, 0], row[place, 1]]
            if common & bits:
                _fire(row[size - n :], code, 255, run, bit, rejections, out, gone)
    if rules & BIT_TWO_OF_THREE:
        for side in (4, 8):
            if last & side:
                tail = row[max(0, size - 3) :]
                count = 0
                for place in range(tail.shape[0]):
                    count += code[tail[place, 0], tail[place, 1]] & side != 0
                if count >= 2:
                    _fire(tail, code, side, run, BIT_TWO_OF_THREE, rejections, out, gone)
    if rules & BIT_RANGE and size >= 2:
        _within(z, code, edges, row[size - 2 :], BIT_RANGE, rejections, out, gone)
    if rules & BIT_TREND and size >= 7:
        up = down = 0
        for place in range(size - 6, size):
            step = z[row[place, 0], row[place, 1]] - z[row[place - 1, 0], row[place - 1, 1]]
            up += step > edges[0]
            down += step < -edges[0]
        if up == 6 or down == 6:
            _fire(row[size - 7 :], code, 255, run, BIT_TREND, rejections, out, gone)


@kernel()
def _within(z, code, edges, now, rules, rejections, out, gone):  # type: ignore[no-untyped-def]
    size = now.shape[0]
    if rules & BIT_RANGE:
        side = edges[5]
        for place in range(size):
            for other in range(size):
                high, low = z[now[place, 0], now[place, 1]], z[now[other, 0], now[other, 1]]
                if high > side and low < -side and high - low > edges[4]:
                    run = now[size - 1, 1]
                    _fire(now[place : place + 1], code, 255, run, BIT_RANGE, rejections, out, gone)
                    _fire(now[other : other + 1], code, 255, run, BIT_RANGE, rejections, out, gone)
    for bit, n, positive in ((4, 2, 4), (8, 2, 4), (32, 3, 1), (64, 4, 1)):
        if rules & bit:
            for side in (positive, 2 * positive):
                count = 0
                for place in range(size):
                    count += code[now[place, 0], now[place, 1]] & side != 0
                if count >= n:
                    _fire(now, code, side, now[0, 1], bit, rejections, out, gone)


@kernel()
def _fire(group, code, side, run, bit, rejections, out, gone):  # type: ignore[no-untyped-def]
    """Flag the points of the group that are of this run, and mark rejected ones; all, or those beyond on a side."""
    for place in range(group.shape[0]):
        level, at = group[place]
        if side == 255 or code[level, at] & side:
            if at == run:
                out[level, at] |= bit
            if rejections & bit:
                gone[level, at] = True
