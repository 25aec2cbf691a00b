"""Limits and rule flags of a million series of 36 points: ours against a pandas group-by-apply. Target: 50 times.

    python bench/charts.py [--series 1000000] [--sample 2000]

pandas runs on a sample and its time is scaled up; on that sample both must give the same flags. The floor beside it reads
every value once and writes one byte a point.
"""

import argparse
import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
POINTS = 36


def by_pandas(table):
    """XmR with screened moving ranges and the rules of Making Data Count, one function call a group."""
    import pandas as pd
    from numpy.lib.stride_tricks import sliding_window_view

    def spread(ends, window):
        """Every member of a window that is complete at its end."""
        out = np.zeros(len(ends) + window - 1, dtype=bool)
        for shift in range(window):
            out[shift : shift + len(ends)] |= ends
        return out

    def judge(values):
        x = values.to_numpy()
        mean, ranges = x.mean(), np.abs(np.diff(x))
        sigma = ranges[ranges < 3.267 * ranges.mean()].mean() / (3 / 2.66)
        z = (x - mean) / sigma
        side, step = sliding_window_view(np.sign(z), 7), sliding_window_view(np.diff(x), 6)
        shift = spread((side == 1).all(1) | (side == -1).all(1), 7)
        trend = spread((step > 0).all(1) | (step < 0).all(1), 7)
        close, three = (np.abs(z) > 2) & (np.abs(z) <= 3), sliding_window_view(np.sign(z), 3)
        two = (sliding_window_view(close, 3).sum(1) >= 2) & (np.abs(three.sum(1)) == 3)
        flags = (np.abs(z) > 3) + 2 * shift + 4 * trend + 8 * (spread(two, 3) & close)
        return pd.Series(flags.astype(np.uint8), index=values.index)

    frame = pd.DataFrame({"series": np.repeat(np.arange(len(table)), POINTS), "value": table.reshape(-1)})
    return frame.groupby("series", group_keys=False)["value"].apply(judge).to_numpy().reshape(table.shape)


def floor(table, out):
    """Read every value, write one byte a point, on every core."""
    cores = os.cpu_count() or 1
    edges = np.linspace(0, len(table), cores + 1).astype(int)
    with ThreadPoolExecutor(cores) as pool:
        list(
            pool.map(
                lambda k: np.greater(table[edges[k] : edges[k + 1]], 0, out=out[edges[k] : edges[k + 1]]), range(cores)
            )
        )


def best(call, times=5):
    """The shortest of some runs: the others are the neighbours' noise."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=2_000)
    options = parser.parse_args()
    from zhikong.stats import charts

    table = np.random.default_rng(20260101).normal(50, 5, (options.series, POINTS))
    sample = table[: options.sample]
    charts.many_charts(sample, constants=charts.NHS)  # compiles, or reads the cache
    start = time.perf_counter()
    theirs = by_pandas(sample)
    pandas_seconds = (time.perf_counter() - start) * len(table) / len(sample)
    ours = charts.many_charts(sample, constants=charts.NHS).flags
    different = int(np.count_nonzero(ours != theirs))
    print(f"{len(sample):,} series judged by both: {np.count_nonzero(theirs):,} points flagged, {different} differ")

    out = np.empty(table.shape, dtype=bool)
    bare = best(lambda: floor(table, out))
    print("| what | series | seconds | million points a second | pandas / ours | ours / floor |")
    print("|---|---|---|---|---|---|")
    print(f"| pandas group-by-apply, nhs-mdc (from {len(sample):,} series) | {len(table):,} | {pandas_seconds:.0f} |"
          f" {table.size / pandas_seconds / 1e6:.2f} | 1 | |")  # fmt: skip
    ratio = 0.0
    for profile in charts.PROFILES.values():
        seconds = best(lambda profile=profile: charts.many_charts(table, constants=charts.NHS, profile=profile))
        against = f"{pandas_seconds / seconds:,.0f}" if profile is charts.NHS_MDC else ""
        ratio = pandas_seconds / seconds if profile is charts.NHS_MDC else ratio
        print(f"| XmR, {profile.name} | {len(table):,} | {seconds:.2f} | {table.size / seconds / 1e6:.0f} | {against} |"
              f" {seconds / bare:.1f} |")  # fmt: skip
    print(f"| floor: read once, write a byte | {len(table):,} | {bare:.3f} | {table.size / bare / 1e6:.0f} | | 1 |")
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; target 50 times pandas"
    )
    return int(different > 0 or ratio < 50)


if __name__ == "__main__":
    sys.exit(main())
