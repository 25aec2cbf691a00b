"""The search for settings of patient-based quality control, beside the same search written plainly in numpy.

    python bench/patient.py                          1,000 settings x 1,000 days x 500 patients, 4 biases
    python bench/patient.py --settings 100 --days 100 --beside 4

The numpy search does one setting at a time over all days: a window view for means, medians and standard deviations of
the sliding block, a loop over patients (all days at once) for the EWMA. It is run on --beside settings, on fewer days,
and its limits and detections are compared with ours before anything is told. Ratios are of wall time and of CPU time:
numpy works on one core, ours on all. Target: minutes on two cores, memory that does not grow with the days.
"""

import argparse
import os
import platform
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from zhikong.stats import patient
from zhikong.stats.patient import simulation

BIASES = np.array([-0.05, -0.02, 0.02, 0.05])


def history(size=50_000):
    """Sodium-like results: a narrow bulk and a tail of the ill."""
    rng = np.random.default_rng(20261123)
    return np.round(140 + 2.5 * rng.standard_normal(size) - (rng.random(size) < 0.08) * rng.exponential(5, size), 1)


def grid(values, many):
    """`many` settings, the four methods in turn."""
    all_of = [
        patient.settings_grid(
            values, methods=[method], blocks=range(10, 110, 4), shares=(0, 0.005, 0.01, 0.02, 0.05, 0.10)
        )
        for method in ("mean", "median", "ewma", "sd")
    ]
    mixed = [setting for four in zip(*all_of, strict=True) for setting in four]
    assert len(mixed) >= many, len(mixed)
    return mixed[:many]


def numpy_values(days, setting, centre):
    """Plotted values of many days, NaN where there is none. Winsorised results only: a row a day stays a row."""
    days = np.clip(days, setting.low, setting.high)
    out = np.full(days.shape, np.nan)
    if setting.method == "ewma":
        weight, value = 2 / (setting.block + 1), np.full(len(days), centre)
        for place in range(days.shape[1]):
            value = value + weight * (days[:, place] - value)
            out[:, place] = value
        return out
    windows = np.lib.stride_tricks.sliding_window_view(days, setting.block, axis=1)
    reduce = {"mean": np.mean, "median": np.median, "sd": lambda a, axis: np.std(a, axis=axis, ddof=1)}[setting.method]
    out[:, setting.block - 1 :] = reduce(windows, axis=2)
    return out


def numpy_search(values, settings, *, rate, days, patients, warm_up, seed):
    """Limits and the counts of days found after 1, 2, ... patients (0: never) for each setting and bias."""
    answers = []
    for setting in settings:
        centre = np.clip(values, setting.low, setting.high).mean()
        lows, highs = [], []
        for chunk in drawn(values, days, warm_up + patients, seed, 0):
            plotted = numpy_values(chunk, setting, centre)[:, warm_up:]
            lows.append(np.nanmin(plotted, axis=1))
            highs.append(np.nanmax(plotted, axis=1))
        may = int(rate / 2 * days + 1e-9)
        lower, upper = np.sort(np.concatenate(lows))[may], np.sort(np.concatenate(highs))[-1 - may]
        found = np.zeros((len(BIASES), patients + 1), dtype=np.int64)
        for chunk in drawn(values, days, warm_up + patients, seed, 1):
            for row, bias in enumerate(BIASES):
                wrong = chunk.copy()
                wrong[:, warm_up:] *= 1 + bias
                plotted = numpy_values(wrong, setting, centre)[:, warm_up:]
                alarm = (plotted < lower) | (plotted > upper)
                first = np.where(alarm.any(axis=1), alarm.argmax(axis=1) + 1, 0)
                found[row] += np.bincount(first, minlength=patients + 1)
        answers.append((lower, upper, found))
    return answers


def drawn(values, days, length, seed, part):
    return simulation._drawn(values, days, length, "stretches", np.random.default_rng([seed, part]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=int, default=1000)
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--patients", type=int, default=500)
    parser.add_argument("--beside", type=int, default=8, help="settings of the numpy search, a multiple of 4")
    parser.add_argument("--rate", type=float, default=0.10, help="false alarms a day")
    options = parser.parse_args()

    values = history()
    settings = grid(values, options.settings)
    arguments = {"false_alarm_rate": options.rate, "seed": 7, "patients": options.patients, "warm_up": 220}
    patient.simulate(values, settings[:8], BIASES, days=64, **arguments)  # compiles, or loads the cache

    some = []
    for method in ("mean", "median", "ewma", "sd"):
        alike = [each for each in settings if each.method == method and each.outside == "winsorise"]
        some += alike[:: max(1, len(alike) // (options.beside // 4))][: options.beside // 4]
    few = min(options.days, 100)
    start, used = time.perf_counter(), time.process_time()
    theirs = numpy_search(values, some, rate=options.rate, days=few, patients=options.patients, warm_up=220, seed=7)
    numpy_seconds, numpy_used = time.perf_counter() - start, time.process_time() - used
    start, used = time.perf_counter(), time.process_time()
    ours = patient.simulate(values, some, BIASES, days=few, **arguments)
    same_seconds, same_used = time.perf_counter() - start, time.process_time() - used
    for mine, (lower, upper, found) in zip(ours, theirs, strict=True):
        assert np.allclose([mine.lower, mine.upper], [lower, upper], rtol=1e-12), mine
        told = [simulation._detection(bias, row) for bias, row in zip(BIASES.tolist(), found, strict=True)]
        assert list(mine.detections) == told, (mine, told)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start, used = time.perf_counter(), time.process_time()
    performances = patient.simulate(values, settings, BIASES, days=options.days, **arguments)
    seconds, used = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    work = len(settings) * options.days * options.patients
    print(
        f"numpy, {len(some)} settings x {few} days: results equal; {numpy_seconds:.2f} s against {same_seconds:.3f} s"
    )
    print(
        "| settings | days | patients | biases | s | CPU s | M patients/s | x numpy | x numpy, CPU | peak MB | before MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    print(
        f"| {len(settings):,} | {options.days:,} | {options.patients} | {BIASES.size} | {seconds:.1f} | {used:.1f}"
        f" | {work / seconds / 1e6:.1f} | {numpy_seconds / same_seconds:.0f} | {numpy_used / same_used:.0f}"
        f" | {peak:.0f} | {before:.0f} |"
    )
    best = patient.rank_settings(performances)[0]
    print(f"best: {best.setting}: {best.average:.1f} patients on average over the biases")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return int(seconds > 600)


if __name__ == "__main__":
    sys.exit(main())
