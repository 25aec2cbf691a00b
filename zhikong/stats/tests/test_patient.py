"""Patient-based quality control: moving statistics, limits, alarms, and the search for settings."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhikong.stats import patient
from zhikong.stats.patient import Setting, _kernels, simulation

RESULTS = np.random.default_rng(1).normal(140, 3, 120).round(1)
METHODS = ("mean", "median", "ewma", "sd")


def slow(results, setting, centre):
    """Every plotted value with the index of its result, from the definition."""
    taken, at = [], []
    for index, value in enumerate(results):
        if setting.low <= value <= setting.high:
            taken.append(value)
        elif setting.outside == "winsorise":
            taken.append(min(max(value, setting.low), setting.high))
        else:
            continue
        at.append(index)
    plotted = []
    n, level = setting.block, centre
    for many, (index, value) in enumerate(zip(at, taken, strict=True), start=1):
        if setting.method == "ewma":
            level = level + 2 / (n + 1) * (value - level)
            if setting.moving == "sliding" or many % n == 0:
                plotted.append((index, level))
        elif many >= n and (setting.moving == "sliding" or many % n == 0):
            block = np.array(taken[many - n : many])
            how = {"mean": np.mean, "median": np.median, "sd": lambda values: np.std(values, ddof=1)}[setting.method]
            plotted.append((index, float(how(block))))
    return plotted


def some_settings(block=7):
    for method in METHODS:
        for outside in ("exclude", "winsorise"):
            for moving in ("sliding", "block"):
                yield Setting(method, block, 136.0, 144.0, outside, moving)
        yield Setting(method, block)


@pytest.mark.parametrize("setting", list(some_settings()) + list(some_settings(2)), ids=str)
def test_statistics_by_definition(setting):
    found = patient.moving_statistic(RESULTS, setting, centre=140.0)
    wanted = slow(RESULTS, setting, 140.0)
    assert found.at.tolist() == [index for index, _ in wanted]
    assert found.values == pytest.approx([value for _, value in wanted], rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-5, 5), min_size=1, max_size=60),
    st.sampled_from(METHODS),
    st.integers(2, 9),
    st.sampled_from(["exclude", "winsorise"]),
    st.sampled_from(["sliding", "block"]),
)
def test_statistics_of_ties(values, method, block, outside, moving):
    setting = Setting(method, block, -3.0, 3.0, outside, moving)
    found = patient.moving_statistic(values, setting, centre=0.0)
    wanted = slow(values, setting, 0.0)
    assert found.at.tolist() == [index for index, _ in wanted]
    assert found.values == pytest.approx([value for _, value in wanted], rel=1e-9, abs=1e-7)


def test_a_result_on_a_truncation_limit_is_inside():
    setting = Setting("mean", 1, 1.0, 3.0)
    assert patient.moving_statistic([1.0, 3.0, 0.999, 3.001, 2.0], setting).values.tolist() == [1.0, 3.0, 2.0]


def test_a_long_series_does_not_drift():
    rng = np.random.default_rng(2)
    results = np.concatenate([rng.normal(1e9, 1, 3000), rng.normal(0, 1, 500)])
    found = patient.moving_statistic(results, Setting("mean", 10))
    assert found.values[-1] == pytest.approx(results[-10:].mean(), abs=1e-6)


def test_limits_leave_the_asked_share_of_days_beyond():
    days = np.repeat(np.arange(200), 20)
    results = np.random.default_rng(3).normal(140, 3, days.size)
    setting = Setting("mean", 10)
    limits = patient.control_limits(results, setting, false_alarm_rate=0.10, day=days)
    found = patient.monitor(results, setting, limits)
    alarmed = np.unique(days[found.at[found.alarm]])
    low = {int(day) for day in days[found.at[found.values < limits.lower]]}
    high = {int(day) for day in days[found.at[found.values > limits.upper]]}
    assert (len(low), len(high)) == (10, 10)  # floor(0.10 / 2 x 200) on each side
    assert limits.false_alarm_rate == alarmed.size / 200 <= 0.10
    assert limits.centre == pytest.approx(results.mean())


def test_limits_per_result_and_equality():
    results = np.arange(1.0, 101.0)
    setting = Setting("mean", 1)
    limits = patient.control_limits(results, setting, false_alarm_rate=0.10, per="result")
    assert (limits.lower, limits.upper) == (6.0, 95.0)  # five values lie beyond each
    found = patient.monitor([5.0, 6.0, 95.0, 96.0], setting, limits)
    assert found.alarm.tolist() == [True, False, False, True]  # equal to a limit is no alarm
    assert limits.false_alarm_rate == 0.10
    few = patient.control_limits(results, setting, false_alarm_rate=0.001, per="result")
    assert (few.lower, few.upper, few.false_alarm_rate) == (1.0, 100.0, 0.0)


def test_truncation_limits_and_grid():
    assert patient.truncation_limits(RESULTS, 0) == (-math.inf, math.inf)
    assert patient.truncation_limits(np.arange(101.0), 0.05) == (5.0, 95.0)
    grid = patient.settings_grid(RESULTS, methods=["mean", "sd"], blocks=[5, 10], shares=[0, 0.05])
    assert len(grid) == len(set(grid)) == 2 * 2 * 3  # untruncated once, 5 % both ways
    with pytest.raises(ValueError, match="both truncation limits are 1"):
        patient.truncation_limits([1.0] * 9, 0.1)
    with pytest.raises(ValueError, match="must each have at least one choice"):
        patient.settings_grid(RESULTS, methods=[])


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: Setting("mode", 5), "method is 'mode'"),
        (lambda: Setting("mean", 0), "block is 0"),
        (lambda: Setting("sd", 1), "block is 1"),
        (lambda: Setting("mean", 5, 2.0, 2.0), "low must be below high"),
        (lambda: Setting("mean", 5, math.nan), "low is nan"),
        (lambda: Setting("mean", 5, "1", 2.0), "low is '1': a number is needed"),
        (lambda: Setting("mean", 5, 1.0, -math.inf), "high is -inf"),
        (lambda: Setting("mean", 5, outside="clip"), "outside is 'clip'"),
        (lambda: Setting("mean", 5, weight=0.1), "only an EWMA has one"),
        (lambda: Setting("ewma", 5, weight=1.1), "weight is 1.1"),
        (lambda: Setting("mean", 5, moving="jumping"), "moving is 'jumping'"),
        (lambda: patient.moving_statistic([1, math.nan], Setting("mean", 1)), r"results\[1\] is nan"),
        (lambda: patient.moving_statistic([1, 2], Setting("mean", 1, 5, 6)), "no value between 5 and 6"),
        (lambda: patient.control_limits([1, 2], Setting("mean", 5), false_alarm_rate=0.1, per="result"), "too few"),
        (lambda: patient.control_limits([1, 2], Setting("mean", 1), false_alarm_rate=0.1), "day is None"),
        (lambda: patient.control_limits([1, 2], Setting("mean", 1), false_alarm_rate=0.1, day=[2, 1]), "falls at index 1"),
        (lambda: patient.control_limits([1, 2], Setting("mean", 1), false_alarm_rate=0.1, day=[1]), "lengths differ"),
        (lambda: patient.control_limits([1, 2], Setting("mean", 1), false_alarm_rate=0, per="result"), "rate is 0"),
        (lambda: patient.control_limits([1, 2], Setting("mean", 1), false_alarm_rate=0.1, per="week"), "per is 'week'"),
        (lambda: patient.truncation_limits([1, 2], 0.5), "it must be below 0.5"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()


# ---- the search -----------------------------------------------------------------------------------------------------

SMALL = {"false_alarm_rate": 0.2, "seed": 5, "days": 20, "patients": 30, "warm_up": 12}
HISTORY = np.random.default_rng(8).normal(100, 4, 400).round(1)


def slow_search(setting, biases, *, per="day", bias="proportional", draw="stretches"):
    """One setting, day by day, with the series functions."""
    centre = float(np.mean(HISTORY)) if math.isinf(setting.low) else simulation.centre_of(HISTORY, setting)
    arguments = (SMALL["days"], SMALL["warm_up"] + SMALL["patients"], draw)

    def values_of(day):
        moving = patient.moving_statistic(day, setting, centre=centre)
        return [(int(at), value) for at, value in zip(moving.at, moving.values, strict=True) if at >= SMALL["warm_up"]]

    lows, highs = [], []
    for chunk in simulation._drawn(HISTORY, *arguments, np.random.default_rng([5, 0])):
        for day in chunk:
            plotted = [value for _, value in values_of(day)]
            if per == "result":
                lows += plotted
                highs += plotted
            elif plotted:
                lows.append(min(plotted))
                highs.append(max(plotted))
    may = math.floor(0.1 * len(lows) + 1e-9)
    lower, upper = sorted(lows)[may], sorted(highs)[-1 - may]
    firsts = {error: [] for error in (0.0, *biases)}
    for chunk in simulation._drawn(HISTORY, *arguments, np.random.default_rng([5, 1])):
        for day in chunk:
            for error in firsts:
                wrong = day.copy()
                wrong[SMALL["warm_up"] :] = (
                    wrong[SMALL["warm_up"] :] * (1 + error)
                    if bias == "proportional"
                    else wrong[SMALL["warm_up"] :] + error
                )
                alarms = [at for at, value in values_of(wrong) if value < lower or value > upper]
                firsts[error].append(alarms[0] - SMALL["warm_up"] + 1 if alarms else 0)
    return lower, upper, firsts


@pytest.mark.parametrize(
    ("options", "biases"),
    [({}, (0.03, -0.05)), ({"per": "result"}, (0.03,)), ({"bias": "constant", "draw": "results"}, (4.0, -2.5))],
)
def test_the_search_by_definition(options, biases):
    chosen = [Setting(method, 6, 92.0, 108.0, outside) for method in METHODS for outside in ("exclude", "winsorise")]
    chosen += [Setting("mean", 6, moving="block"), Setting("median", 5)]
    for found in patient.simulate(HISTORY, chosen, biases, **SMALL, **options):
        lower, upper, firsts = slow_search(found.setting, biases, **options)
        assert (found.lower, found.upper) == (lower, upper)
        assert found.days_with_false_alarm == pytest.approx(np.mean(np.array(firsts[0.0]) > 0))
        for detection in found.detections:
            first = np.array(firsts[detection.bias])
            assert detection.detected == np.mean(first > 0)
            capped = np.where(first > 0, first, 30)
            assert detection.average == pytest.approx(capped.mean())
            reached = np.sort(np.where(first > 0, first, np.inf))
            assert detection.median == reached[9]  # the 10th of 20 days
            assert detection.p95 == reached[18]  # the 19th


def test_the_same_seed_gives_the_same_and_order_does_not_matter():
    chosen = list(some_settings(4))[:6]
    chosen = [Setting(each.method, each.block, 92, 108, each.outside, each.moving) for each in chosen]
    one = patient.simulate(HISTORY, chosen, [0.05], **SMALL)
    assert one == patient.simulate(HISTORY, chosen, [0.05], **SMALL)
    assert one[::-1] == patient.simulate(HISTORY, chosen[::-1], [0.05], **SMALL)
    assert one != patient.simulate(HISTORY, chosen, [0.05], **(SMALL | {"seed": 6}))
    for performance in one:
        alone = patient.simulate(HISTORY, [performance.setting], [0.05], **SMALL)
        assert alone == (performance,)


def test_ranking():
    found = patient.simulate(HISTORY, [Setting("mean", 4), Setting("sd", 4), Setting("ewma", 8)], [0.06], **SMALL)
    ranked = patient.rank_settings(found)
    assert [each.average for each in ranked] == sorted(each.average for each in found)
    assert ranked[-1].setting.method == "sd"  # a bias hardly moves the spread
    none = patient.rank_settings(found, most_days_with_false_alarm=0.0)
    assert all(each.days_with_false_alarm == 0 for each in none)
    undetected = next(each for each in found if each.setting.method == "sd").detections[0]
    assert undetected.p95 == math.inf or undetected.detected >= 0.95


def test_the_heap_keeps_the_smallest():
    values = np.random.default_rng(1).normal(size=50)
    for size in (1, 2, 7, 50):
        heap = np.full(size, np.inf)
        for value in values:
            _kernels.keep(heap, value)
        assert np.sort(heap).tolist() == np.sort(values)[:size].tolist()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"biases": [0.0]}, "biases has a 0"),
        ({"biases": []}, "biases needs at least 1"),
        ({"settings": []}, "settings is empty"),
        ({"patients": 500}, "history has 400"),
        ({"days": 0}, "days is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"per": "week"}, "per is 'week'"),
        ({"bias": "odd"}, "bias is 'odd'"),
        ({"draw": "odd"}, "draw is 'odd'"),
        ({"settings": [Setting("mean", 60)], "warm_up": 0}, "it plots nothing on 20 day"),
        ({"false_alarm_rate": 1.0}, "false_alarm_rate is 1"),
    ],
)
def test_bad_searches_are_named(changes, told):
    arguments = {"history": HISTORY, "settings": [Setting("mean", 4)], "biases": [0.1]} | SMALL | changes
    history, chosen, biases = (arguments.pop(name) for name in ("history", "settings", "biases"))
    with pytest.raises(ValueError, match=told):
        patient.simulate(history, chosen, biases, **arguments)


def test_small_work_and_import_load_no_compiler():
    code = (
        "import sys, numpy as np; from zhikong.stats import patient, measurement\n"
        "patient.moving_statistic(np.arange(50.0), patient.Setting('median', 5))\n"
        "measurement.deming([1, 2, 3, 4], [1, 2.1, 3, 4])\n"
        "print([name for name in ('numba', 'scipy.stats', 'scipy.optimize', 'matplotlib') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.thorough
@pytest.mark.parametrize("per", ["day", "result"])
def test_compiled_agrees_exactly_with_plain(per, monkeypatch):
    chosen = [
        Setting(m, 5, 92.0, 108.0, o, k)
        for m in METHODS
        for o in ("exclude", "winsorise")
        for k in ("sliding", "block")
    ]
    biases = [0.02, -0.04]
    kernels = ("start", "into_order", "inside", "run", "keep", "calibrate", "detect")
    with monkeypatch.context() as patch:
        for name in kernels:
            patch.setattr(_kernels, name, getattr(_kernels, name).plain)
        plain = patient.simulate(HISTORY, chosen, biases, per=per, **SMALL)
    with monkeypatch.context() as patch:
        for name in ("calibrate", "detect"):
            patch.setattr(_kernels, name, getattr(_kernels, name).compiled())
        compiled = patient.simulate(HISTORY, chosen, biases, per=per, **SMALL)
    assert plain == compiled
    long = np.random.default_rng(3).normal(100, 4, 6000)
    for setting in chosen:
        whole, real = patient.monitoring.rows_of([setting], [100.0])
        outs = np.empty((2, long.size))
        _kernels.walk.plain(long, whole[0], real[0], outs[0])
        _kernels.walk.compiled()(long, whole[0], real[0], outs[1])
        assert np.array_equal(outs[0], outs[1], equal_nan=True)


@pytest.mark.thorough
def test_false_alarms_on_new_days_are_about_as_asked():
    history = np.random.default_rng(9).normal(140, 3, 20_000)
    found = patient.simulate(
        history,
        [Setting("mean", 20), Setting("ewma", 20)],
        [0.02],
        false_alarm_rate=0.10,
        seed=1,
        days=1000,
        patients=200,
        draw="results",
    )
    for each in found:
        assert each.days_with_false_alarm == pytest.approx(0.10, abs=0.04)


@pytest.mark.thorough
def test_larger_biases_are_found_sooner():
    history = np.random.default_rng(9).normal(140, 3, 20_000)
    (found,) = patient.simulate(
        history, [Setting("mean", 20)], [0.01, 0.02, 0.04, 0.08], false_alarm_rate=0.10, seed=1, days=300
    )
    averages = [each.average for each in found.detections]
    assert averages == sorted(averages, reverse=True)
