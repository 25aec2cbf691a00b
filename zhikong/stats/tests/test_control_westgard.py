"""Westgard rules: each by hand, every profile setting, and the kernels against the specification."""

import itertools
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhikong.stats import control
from zhikong.stats.control import RULES, Profile, Rule, flags, judge, preset
from zhikong.stats.control.westgard.profile import OVER
from zhikong.stats.control.westgard.rules import TIE, signals

NAN = float("nan")


def only(name, *over, **options):
    return Profile("one rule", "1", (Rule(name, over=over or ("level",)),), **options)


def fired(z, profile):
    return [(signal.run, signal.points) for signal in judge(z, profile=profile).signals]


def runs_of(z, profile):
    return [run for run, _ in fired(z, profile)]


def as_specified(z, profile):
    out = np.zeros(z.shape, dtype=np.uint16)
    for signal in signals(z, profile):
        for level, run in signal.points:
            if run == signal.run:
                out[level, run] |= 1 << RULES.index(signal.rule)
    return out


# ---- each rule ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "z", "expected"),
    [
        ("1-2s", [1.9, 2.1, -2.1, 3.5], [1, 2, 3]),
        ("1-3s", [2.9, 3.1, -3.1], [1, 2]),
        ("2-2s", [2.1, 2.2, 2.3, -2.1, 2.1], [1, 2]),
        ("2-2s", [2.1, -2.2, 2.1, 1.9, 2.1], []),
        ("2of3-2s", [2.1, 0.0, 2.2, 0.0, 0.0, 2.1, -2.1, 2.1], [2, 7]),
        ("2of3-2s", [2.1, 2.1, 0.0], [1]),  # the third result is in: nothing new is completed
        ("R-4s", [2.5, -1.6, 2.5, -1.4], [1, 2]),
        ("R-4s", [5.5, 1.0], []),  # range 4.5, one side
        ("3-1s", [1.1, 1.2, 1.3, 0.9, -1.1, -1.1, -1.1], [2, 6]),
        ("4-1s", [1.1, 1.1, 1.1, 1.1, 1.1], [3, 4]),
        ("6-x", [0.1] * 6 + [-0.1] * 5, [5]),
        ("7-T", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], [6, 7]),
        ("7-T", [0, 0.1, 0.2, 0.3, 0.3, 0.5, 0.6, 0.7], []),
        ("7-T", [0, -0.1, -0.2, -0.3, -0.4, -0.5, -0.6], [6]),
        ("8-x", [0.1] * 8, [7]),
        ("9-x", [-0.1] * 9, [8]),
        ("10-x", [0.1] * 10, [9]),
        ("12-x", [0.1] * 11 + [0.0] + [0.1] * 12, [23]),  # on the mean is on neither side
    ],
)
def test_rule_fires_at_the_run_that_completes_it(name, z, expected):
    assert runs_of(z, only(name)) == expected
    assert np.flatnonzero(flags(np.array(z, dtype=float), profile=only(name))).tolist() == expected


@pytest.mark.parametrize("name", RULES)
def test_a_group_holds_the_results_that_count(name):
    sizes = {"1-2s": 1, "1-3s": 1, "2-2s": 2, "2of3-2s": 3, "R-4s": 2, "3-1s": 3, "4-1s": 4, "7-T": 7}
    z = [-3.1, *(3.1 + 0.01 * k for k in range(14))]
    *_, (run, points) = fired(z, only(name))
    size = sizes.get(name, int(name.split("-")[0]) if name.endswith("x") else 0)
    assert [at for _, at in points] == list(range(run - size + 1, run + 1))


def test_two_of_three_leaves_the_result_inside_out_of_the_group():
    assert fired([2.1, 0.0, 2.2], only("2of3-2s")) == [(2, ((0, 0), (0, 2)))]


# ---- equality -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("inclusive", "expected"), [(True, [0, 1]), (False, [])])
@pytest.mark.parametrize(("name", "limit"), [("1-2s", 2.0), ("1-3s", 3.0)])
def test_on_a_limit(inclusive, expected, name, limit):
    assert runs_of([limit, -limit], only(name, inclusive=inclusive)) == expected


@pytest.mark.parametrize(("mean", "sd", "result"), [(0.1, 0.1, 0.3), (1.0, 0.03, 1.06), (5.2, 0.1, 5.4), (100, 5, 110)])
def test_a_result_on_a_limit_in_decimals_is_on_it(mean, sd, result):
    """(0.3 - 0.1) / 0.1 is 1.9999999999999998 in floating point, (1.06 - 1) / 0.03 is 2.0000000000000018."""
    for inclusive in (True, False):
        profile = only("1-2s", inclusive=inclusive)
        assert bool(judge([result], mean=mean, sd=sd, profile=profile).signals) is inclusive
        assert bool(flags(np.array([result], dtype=float), mean=mean, sd=sd, profile=profile)[0]) is inclusive


@pytest.mark.parametrize(("inclusive", "expected"), [(True, [1]), (False, [])])
def test_a_range_of_exactly_4(inclusive, expected):
    assert runs_of([2.3, -1.7], only("R-4s", range_inclusive=inclusive)) == expected


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ("opposite", [False, True, True]),
        ("beyond-2s", [False, False, True]),
        ("ignored", [True, True, True]),
    ],
)
def test_sides_of_r_4s(sides, expected):
    profile = only("R-4s", "run", range_sides=sides)
    pairs = ([4.6, 0.1], [3.5, -0.6], [2.1, -2.1])
    assert [bool(fired([[high], [low]], profile)) for high, low in pairs] == expected


# ---- runs and levels ------------------------------------------------------------------------------------------------


def test_within_a_run_order_does_not_count():
    z = [[2.1], [0.0], [2.2]]
    assert fired(z, only("2-2s", "run")) == [(0, ((0, 0), (2, 0)))]
    assert fired(z, only("2-2s")) == []
    assert fired([[1.1], [1.2], [1.3]], only("3-1s", "run"))
    assert not fired([[1.1], [1.2], [1.3]], only("4-1s", "run"))


def test_r_4s_is_not_looked_for_over_runs_unless_asked():
    z = [[2.5, 0.0], [0.0, -2.5]]
    assert fired(z, only("R-4s", "run")) == []
    assert fired([[2.5, -2.5]], only("R-4s", "run")) == []
    assert fired([[2.5, -2.5]], only("R-4s", "level")) == [(1, ((0, 0), (0, 1)))]


def test_r_4s_names_every_level_of_a_wide_pair():
    assert fired([[2.5], [2.2], [-2.0], [0.5]], only("R-4s", "run")) == [(0, ((0, 0), (1, 0), (2, 0)))]


def test_over_all_levels_a_run_is_judged_when_it_is_complete():
    z = np.full((2, 5), 0.5)
    assert runs_of(z, only("10-x", "levels")) == [4]
    assert runs_of(z, only("9-x", "levels")) == [4]
    assert runs_of(z, only("8-x", "levels")) == [3, 4]
    assert runs_of(z, only("10-x", "level")) == []
    found = flags(z, profile=only("4-1s", "levels"))
    assert not found.any()
    found = flags(z + 1, profile=only("4-1s", "levels"))
    assert (found != 0).tolist() == [[False, True, True, True, True]] * 2


def test_a_group_smaller_than_the_run_holds_its_last_levels():
    z = np.array([[0.0], [2.1], [2.1]])
    assert (flags(z, profile=only("2-2s", "levels")) != 0).tolist() == [[False], [True], [True]]


# ---- gaps, history, screen ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [-3, -2, 2, 3])
def test_decimal_results_on_a_limit_lie_on_it_in_both_precisions(k):
    cents = np.arange(1, 400)  # the sd, in hundredths; a CV of 0.4 to 20 %
    for ratio in (5, 20, 100, 250):
        mean, sd, results = ratio * cents / 100, cents / 100, ((ratio + k) * cents / 100)[:, None, None]
        for dtype in (np.float32, np.float64):
            for inclusive in (True, False):
                profile = only(f"1-{abs(k)}s", inclusive=inclusive)
                found = flags(results.astype(dtype), mean=mean[:, None], sd=sd[:, None], profile=profile)
                assert (found != 0).all() if inclusive else (found == 0).all()


def test_a_gap_neither_counts_nor_breaks():
    assert fired([2.1, NAN, NAN, 2.2], only("2-2s")) == [(3, ((0, 0), (0, 3)))]
    assert runs_of([0, 0.1, 0.2, NAN, 0.3, 0.4, 0.5, 0.6], only("7-T")) == [7]
    z = [[0.5, NAN, 0.5, 0.5, 0.5, 0.5], [0.5, 0.5, NAN, 0.5, 0.5, 0.5]]
    assert runs_of(z, only("10-x", "levels")) == [5]
    judged = judge([NAN, 2.5, NAN])
    assert judged.verdicts.tolist() == ["missing", "warning", "missing"]


def test_rejected_results_leave_the_history_with_their_group():
    z = [2.1, 2.2, 2.3, 2.4]
    assert runs_of(z, only("2-2s")) == [1, 2, 3]
    assert runs_of(z, only("2-2s", rejected_stay=False)) == [1, 3]
    tens = [0.1] * 21
    assert runs_of(tens, only("10-x")) == list(range(9, 21))
    assert runs_of(tens, only("10-x", rejected_stay=False)) == [9, 19]


def test_what_came_before_a_rejected_group_moves_up_however_long_ago():
    # 9 above the mean, 10 below that are rejected, and the tenth above.
    z = [0.1] * 9 + [-0.1] * 10 + [0.1]
    profile = only("10-x", rejected_stay=False)
    assert fired(z, profile)[1] == (19, tuple((0, run) for run in (*range(9), 19)))
    assert np.array_equal(flags(z, profile=profile), as_specified(np.array([z]), profile)[0])
    z = np.array([z, [0.05] * 20])
    assert np.array_equal(flags(z, profile=profile), as_specified(z, profile))


def test_a_warning_stays_in_the_history():
    profile = Profile("x", "1", (Rule("1-2s", "warning"), Rule("2-2s")), rejected_stay=False)
    assert [signal.rule for signal in judge([2.1, 2.2], profile=profile).signals] == ["1-2s", "1-2s", "2-2s"]


def test_the_screen_looks_only_at_runs_with_a_result_beyond_2():
    z = [0.5] * 12 + [2.5]
    assert runs_of(z, only("10-x")) == [9, 10, 11, 12]
    assert runs_of(z, only("10-x", screen=True)) == [12]
    assert judge([2.5, 0.0], profile="westgard-1981").verdicts.tolist() == ["warning", "accepted"]


def test_what_the_result_says():
    judged = judge([112, 111, 100], mean=100, sd=5)
    assert [(signal.rule, signal.verdict, signal.run) for signal in judged.signals] == [
        ("1-2s", "warning", 0), ("1-2s", "warning", 1), ("2-2s", "rejection", 1),
    ]  # fmt: skip
    assert judged.flags.tolist() == [1, 5, 0]
    assert judged.groups.tolist() == [5, 5, 0]
    assert judged.verdicts.tolist() == ["warning", "rejection", "accepted"]
    assert judged.profile is preset("westgard-classic")


# ---- the kernels are the specification ------------------------------------------------------------------------------


def profiles():
    rules = st.lists(st.sampled_from(RULES), min_size=1, unique=True).flatmap(
        lambda names: st.tuples(
            *(
                st.builds(
                    Rule,
                    st.just(name),
                    st.sampled_from(["rejection", "warning"]),
                    st.lists(st.sampled_from(OVER[name]), min_size=1, unique=True).map(tuple),
                )
                for name in names
            )
        )
    )
    return st.builds(
        Profile, st.just("any"), st.just("1"), rules, st.booleans(), st.booleans(),
        st.sampled_from(["opposite", "beyond-2s", "ignored"]), st.booleans(), st.booleans(),
    )  # fmt: skip


def awkward(rng, shape, dtype):
    """Normal results with a drift, on a grid that has the limits on it, with gaps: each by chance."""
    z = rng.normal(rng.normal(), rng.uniform(0.5, 2), shape)
    if rng.random() < 0.5:
        z = np.round(z * 2) / 2
    if rng.random() < 0.3:
        z.sort(axis=-1)
    if rng.random() < 0.2:
        z += rng.choice([-1, 1]) * TIE[np.dtype(dtype).char] * rng.choice([0.5, 2])
    if rng.random() < 0.5:
        z[rng.random(shape) < rng.random() * 0.5] = np.nan
    return z.astype(dtype)


def agree(profile, rng, shape, dtype):
    z = awkward(rng, shape, dtype)
    found = flags(z, profile=profile)
    for one, expected in zip(found, z, strict=True):
        assert np.array_equal(one, as_specified(expected, profile))


@settings(max_examples=25, deadline=None)
@given(
    profiles(), st.integers(0, 2**32), st.integers(1, 5), st.integers(0, 26), st.sampled_from([np.float64, np.float32])
)
def test_plain_kernel_is_the_specification(profile, seed, levels, runs, dtype):
    agree(profile, np.random.default_rng(seed), (2, levels, runs), dtype)


@pytest.mark.thorough
@settings(max_examples=80, deadline=None)
@given(
    profiles(), st.integers(0, 2**32), st.integers(1, 6), st.integers(0, 60), st.sampled_from([np.float64, np.float32])
)
def test_compiled_kernel_is_the_specification(profile, seed, levels, runs, dtype):
    z = np.zeros((1, 1, 6_000), dtype=dtype)
    flags(z, profile=profile)  # from now on compiled
    agree(profile, np.random.default_rng(seed), (5, levels, runs), dtype)


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(control.PRESETS))
def test_long_series_and_many(name):
    rng = np.random.default_rng(7)
    for dtype, levels in ((np.float64, 2), (np.float32, 2), (np.float64, 3)):
        z = rng.standard_normal((300, levels, 150)).astype(dtype)
        z[100:200] = np.round(z[100:200])
        z[200:][rng.random(z[200:].shape) < 0.05] = np.nan
        found = flags(z, profile=name)
        for index in (*range(5), *range(100, 105), *range(200, 205), 299):
            assert np.array_equal(found[index], as_specified(z[index], preset(name)))
    long = rng.standard_normal((1, 2, 20_000))
    assert np.array_equal(flags(long, profile=name)[0, :, -300:], flags(long[..., -2_000:], profile=name)[0, :, -300:])
    values = 5 + 0.1 * long
    assert np.array_equal(
        flags(values, mean=[5, 5], sd=[0.1, 0.1], profile=name)[0], flags((values - 5) / 0.1, profile=name)[0]
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([-1, 1]), st.sampled_from(sorted(control.PRESETS)))
def test_mirrored_results_break_the_same_rules(seed, sign, name):
    z = np.random.default_rng(seed).normal(0, 1.5, (2, 15))
    assert np.array_equal(judge(z, profile=name).flags, judge(sign * z, profile=name).flags)


def test_one_form_is_every_form():
    rng = np.random.default_rng(2)
    z = rng.normal(0, 1.5, (3, 2, 20))
    many = flags(z, profile="all-rules")
    for index, each in enumerate(z):
        assert np.array_equal(flags(each, profile="all-rules"), many[index])
        assert np.array_equal(judge(each, profile="all-rules").flags, many[index])
    assert np.array_equal(flags(z[0, 0]), judge(z[0, 0]).flags)
    out = np.ones(z.shape, dtype=np.uint16)
    assert flags(z, profile="all-rules", out=out) is out
    assert np.array_equal(out, many)
    raw = 7 + 0.25 * z  # exact in binary
    assert np.array_equal(flags(raw, mean=np.full((3, 2), 7.0), sd=0.25, profile="all-rules"), many)
    assert flags(np.zeros((0, 2, 5))).shape == (0, 2, 5)


# ---- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: judge([1, float("inf")]), r"results\[1\] is inf"),
        (lambda: judge(["<1", 2]), r"results\[0\] is '<1'"),
        (lambda: judge([1], sd=0), r"sd\[0\] is 0: it must be above 0"),
        (lambda: judge([1], mean=NAN), r"mean\[0\] is nan"),
        (lambda: judge([[1, 2]], mean=[1, 2]), r"mean has shape \(2, 1\)"),
        (lambda: judge([[[1]]]), "results must have 1 or 2 dimension"),
        (lambda: judge([1], profile="mine"), "profile is 'mine': it must be one of westgard-classic"),
        (lambda: flags([1, float("-inf")]), r"results\[1\] is -inf"),
        (lambda: flags(np.array([[1.0, np.inf]])), r"results\[0, 1\] is inf"),
        (lambda: flags(np.array([1e300]), mean=0, sd=1e-149), "infinite|not computed with"),
        (lambda: flags(np.zeros((1, 1, 1, 1))), "results must have 1 or 2 or 3 dimension"),
        (lambda: flags(["a"]), r"results\[0\] is 'a'"),
        (lambda: flags([1.0], mean=1), "sd is left out"),
        (lambda: flags([1.0], sd=1), "mean is left out"),
        (lambda: flags([1.0], mean=1, sd=-1), "sd is -1: it must be above 0"),
        (lambda: flags(np.zeros((2, 3)), mean=[1, 2, 3], sd=1), r"mean has shape \(3,\)"),
        (lambda: flags([1.0], out=np.zeros(1)), "out has shape"),
        (lambda: Rule("5-x"), "name is '5-x'"),
        (lambda: Rule("7-T", over=("run",)), "over of 7-T is 'run': it must be one of level"),
        (lambda: Rule("7-T", over=()), "over of 7-T is empty"),
        (lambda: Rule("7-T", "maybe"), "verdict is 'maybe'"),
        (lambda: Profile("x", "1", ()), "rules is empty"),
        (lambda: Profile("x", "1", (Rule("7-T"), Rule("7-T"))), "rules has 7-T twice"),
        (lambda: only("7-T", range_sides="left"), "range_sides is 'left'"),
    ],
)
def test_bad_input_is_named(call, told):
    with np.errstate(over="ignore"), pytest.raises(ValueError, match=told):
        call()


def test_every_preset_can_be_changed_and_is_named_for_itself():
    for name, profile in control.PRESETS.items():
        assert preset(name) is profile
        assert replace(profile, name="mine", version="2").rules == profile.rules
    assert len(set(itertools.chain.from_iterable(OVER.values()))) == 3


def test_a_small_call_compiles_nothing():
    answer = subprocess.run(
        [sys.executable, "-c", "import sys, numpy\nfrom zhikong.stats import control\n"
         "early = [m for m in ('numba', 'scipy.stats', 'scipy.optimize', 'matplotlib') if m in sys.modules]\n"
         "control.flags(numpy.zeros((10, 2, 150))); print(early, 'numba' in sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert answer.stdout.strip() == "[] False"
