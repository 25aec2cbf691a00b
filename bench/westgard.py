"""All Westgard rules over 30 million control results: 100,000 series of 2 levels and 150 runs. Targets: 8 times numpy in
blocks, 500 times a Python loop; the floor is one pass of memory.

    python bench/westgard.py [--series 100000] [--levels 2] [--runs 150] [--profile all-rules] [--rounds 5]

Every method must give the same flags before anything is timed. The loop runs over a sample and is scaled.
"""

import argparse
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from zhikong.stats.control import RULES, flags, judge, preset
from zhikong.stats.kernels import kernel, prange

COUNTED = (("2-2s", 2, 2), ("3-1s", 3, 1), ("4-1s", 4, 1), ("6-x", 6, 0), ("8-x", 8, 0), ("9-x", 9, 0), ("10-x", 10, 0),
           ("12-x", 12, 0))  # fmt: skip
BIT = {name: 1 << index for index, name in enumerate(RULES)}


def over(profile):
    return {(rule.name, scope) for rule in profile.rules for scope in rule.over}


def shifted(code, back):
    moved = np.zeros_like(code)
    moved[..., back:] = code[..., :-back]
    return moved


def in_a_row(code):
    """What the last 1, 2, 3 ... 12 results have in common: each is the AND of two that are there already."""
    row = {1: code}
    for n, first, second in ((2, 1, 1), (3, 2, 1), (4, 2, 2), (6, 4, 2), (8, 4, 4), (9, 8, 1), (10, 8, 2), (12, 8, 4)):
        row[n] = row[first] & shifted(row[second], first)
    return row


def in_numpy(z, profile, out, block=64):
    """The same bytes as the kernel's, whole arrays, a block of series at a time so that they stay in the cache."""
    wanted = over(profile)
    levels = z.shape[1]
    mask = {0: 192, 1: 3, 2: 12, 3: 48}
    for start in range(0, len(z), block):
        x, flag = z[start : start + block], out[start : start + block]
        flag[:] = 0
        code = np.zeros(x.shape, np.uint8)
        for bit, where in enumerate(
            where for k in (1, 2, 3, 0) for e in ((k - 1e-9) if k else 1e-9,) for where in (x > e, x < -e)
        ):
            code |= where.view(np.uint8) << np.uint8(bit)

        def mark(name, where, flag=flag):
            np.bitwise_or(flag, BIT[name], out=flag, where=where)

        for name, k in (("1-2s", 2), ("1-3s", 3)):
            if (name, "level") in wanted:
                mark(name, code & mask[k] != 0)
        row = in_a_row(code)
        for name, n, k in COUNTED:
            if (name, "level") in wanted:
                mark(name, row[n] & mask[k] != 0)
        if any((name, "levels") in wanted for name, _, _ in COUNTED):
            pooled = in_a_row(code.transpose(0, 2, 1).reshape(len(x), -1))
            for name, n, k in COUNTED:
                if (name, "levels") in wanted:
                    last = (pooled[n][:, levels - 1 :: levels] & mask[k] != 0)[:, None]
                    mark(name, last, flag[:, max(0, levels - n) :])
        for name, n, k in (("2-2s", 2, 2), ("2of3-2s", 2, 2), ("3-1s", 3, 1), ("4-1s", 4, 1)):
            if (name, "run") in wanted and levels >= n:
                for side in (mask[k] & 85, mask[k] & 170):
                    own = code & side != 0
                    mark(name, own & (own.sum(axis=1, keepdims=True) >= n))
        if ("2of3-2s", "level") in wanted:
            mark("2of3-2s", code & (shifted(code, 1) | shifted(code, 2)) & 12 != 0)
        if ("7-T", "level") in wanted or ("R-4s", "level") in wanted:
            step = x[..., 1:] - x[..., :-1]
            steps = np.zeros(x.shape, np.uint8)
            for bit, where in enumerate((step > 1e-9, step < -1e-9, step > 4 + 1e-9, step < -4 - 1e-9)):
                steps[..., 1:] |= where.view(np.uint8) << np.uint8(bit)
            if ("7-T", "level") in wanted:
                mark("7-T", in_a_row(steps)[6] & 3 != 0)
            if ("R-4s", "level") in wanted:
                before, wide = shifted(code, 1), steps & 12 != 0
                mark("R-4s", wide & (code & 192 != 0) & (before & 192 != 0) & ((code ^ before) & 192 == 192))
        if ("R-4s", "run") in wanted:
            high, low = x.max(axis=1, keepdims=True), x.min(axis=1, keepdims=True)
            mark("R-4s", (code & 64 != 0) & (low < -1e-9) & (x - low > 4 + 1e-9))
            mark("R-4s", (code & 128 != 0) & (high > 1e-9) & (high - x > 4 + 1e-9))
    return out


def in_python(z, profile):
    """Result by result with counters of how many in a row are beyond each limit, on lists."""
    wanted = over(profile)
    edges = (1e-9, 1 - 1e-9, 2 - 1e-9)
    level_rules = [(n, k, BIT[name]) for name, n, k in COUNTED if (name, "level") in wanted]
    pooled_rules = [(n, k, BIT[name]) for name, n, k in COUNTED if (name, "levels") in wanted]
    run_rules = [
        (n, k, BIT[name])
        for name, n, k in (("2-2s", 2, 2), ("2of3-2s", 2, 2), ("3-1s", 3, 1), ("4-1s", 4, 1))
        if (name, "run") in wanted
    ]
    warn, three = ("1-2s", "level") in wanted, ("1-3s", "level") in wanted
    two_of_three, trend = ("2of3-2s", "level") in wanted, ("7-T", "level") in wanted
    range_level, range_run = ("R-4s", "level") in wanted, ("R-4s", "run") in wanted
    answer = []
    for series in z:
        levels, runs = len(series), len(series[0])
        flag = [[0] * runs for _ in range(levels)]
        rows = [[0] * 6 for _ in range(levels + 1)]
        trends, last_two = [0] * levels, [(0, 0)] * levels
        for run in range(runs):
            now = [series[level][run] for level in range(levels)]
            for level, v in enumerate(now):
                bits = 0
                for row in (rows[level], rows[levels]):
                    for k in (0, 1, 2):
                        row[k] = row[k] + 1 if v > edges[k] else 0
                        row[k + 3] = row[k + 3] + 1 if v < -edges[k] else 0
                row = rows[level]
                size = abs(v)
                if size > edges[2]:
                    bits |= BIT["1-2s"] * warn
                    if size > 3 - 1e-9:
                        bits |= BIT["1-3s"] * three
                for n, k, bit in level_rules:
                    if row[k] >= n or row[k + 3] >= n:
                        bits |= bit
                side = 1 if v > edges[2] else -1 if v < -edges[2] else 0
                if two_of_three and side and side in last_two[level]:
                    bits |= BIT["2of3-2s"]
                last_two[level] = (last_two[level][1], side)
                if run:
                    step = v - series[level][run - 1]
                    length = trends[level]
                    if step > 1e-9:
                        trends[level] = length + 1 if length > 0 else 1
                    elif step < -1e-9:
                        trends[level] = length - 1 if length < 0 else -1
                    else:
                        trends[level] = 0
                    if trend and abs(trends[level]) >= 6:
                        bits |= BIT["7-T"]
                    if range_level and abs(step) > 4 + 1e-9 and size > 1e-9 and v * (v - step) < 0:
                        bits |= BIT["R-4s"]
                flag[level][run] = bits
            row = rows[levels]
            for n, k, bit in pooled_rules:
                if row[k] >= n or row[k + 3] >= n:
                    for level in range(max(0, levels - n), levels):
                        flag[level][run] |= bit
            for n, k, bit in run_rules:
                if levels >= n:
                    for sign in (1, -1):
                        members = [level for level in range(levels) if sign * now[level] > edges[k]]
                        if len(members) >= n:
                            for level in members:
                                flag[level][run] |= bit
            if range_run:
                high, low = max(now), min(now)
                if high - low > 4 + 1e-9 and high > 1e-9 and low < -1e-9:
                    for level, v in enumerate(now):
                        if (v > 1e-9 and v - low > 4 + 1e-9) or (v < -1e-9 and high - v > 4 + 1e-9):
                            flag[level][run] |= BIT["R-4s"]
        answer.append(flag)
    return answer


@kernel(parallel=True)
def one_pass(z, out):
    """The floor: read every result once, write every flag once, on all cores."""
    for turn in prange(64):
        share = slice(z.size * turn // 64, z.size * (turn + 1) // 64)
        _copy(z[share], out[share])


@kernel()
def _copy(z, out):
    for t in range(out.size):
        out[t] = np.uint16(z[t] > 3)


def best(rounds, work):
    """Least wall and least processor seconds; the second hardly depends on what else the machine does."""
    wall, processor = [], []
    for _ in range(rounds):
        start, worked = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - worked)
    return np.array([min(wall), min(processor)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--levels", type=int, default=2)
    parser.add_argument("--runs", type=int, default=150)
    parser.add_argument("--profile", default="all-rules", help="a preset with inclusive limits that screens nothing")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    profile = preset(options.profile)
    rng = np.random.default_rng(1)
    z = rng.standard_normal((options.series, options.levels, options.runs))
    out, theirs = np.zeros(z.shape, np.uint16), np.zeros(z.shape, np.uint16)
    sample = max(1, min(options.series, 60_000 // (options.levels * options.runs)))
    lists = z[:sample].tolist()

    flags(z[: max(1, 6_000 // z[0].size)], profile=profile)
    one_pass(z[:100].reshape(-1), out[:100].reshape(-1))
    flags(z, profile=profile, out=out)
    in_numpy(z, profile, theirs)
    equal = np.array_equal(out, theirs)
    equal &= np.array_equal(out[:sample], np.array(in_python(lists, profile), dtype=np.uint16))
    equal &= all(np.array_equal(judge(each, profile=profile).flags, out[index]) for index, each in enumerate(z[:20]))
    gaps = z.copy()
    gaps[rng.random(z.shape) < 0.03] = np.nan
    single, single_out = z.astype(np.float32), np.zeros(z.shape, np.uint16)

    rows = [
        ("floor: one pass of memory", best(options.rounds, lambda: one_pass(z.reshape(-1), single_out.reshape(-1)))),
        ("flags", best(options.rounds, lambda: flags(z, profile=profile, out=out))),
        ("flags, new memory for the answer", best(options.rounds, lambda: flags(z, profile=profile))),
        ("flags, float32", best(options.rounds, lambda: flags(single, profile=profile, out=single_out))),
        ("flags, 3 % missing", best(options.rounds, lambda: flags(gaps, profile=profile, out=out))),
        ("numpy in blocks", best(min(2, options.rounds), lambda: in_numpy(z, profile, theirs))),
        ("Python loop, scaled", best(1, lambda: in_python(lists, profile)) * options.series / sample),
    ]
    ours = rows[1][1]
    print(f"{z.size:,} results, profile {profile.name} {profile.version}; same flags from every method: {equal}")
    print("| method | s | million results a second | times flags | CPU s | times flags |")
    print("|---|---|---|---|---|---|")
    for name, seconds in rows:
        (wall, processor), (times, processor_times) = seconds, seconds / ours
        rate = z.size / wall / 1e6
        print(f"| {name} | {wall:.3f} | {rate:,.1f} | {times:,.2f} | {processor:.3f} | {processor_times:,.2f} |")
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    return int(not equal or (rows[5][1] / ours)[0] < 8 or (rows[6][1] / ours)[0] < 500)


if __name__ == "__main__":
    sys.exit(main())
