"""Limits, comparison, sigma, biological variation, CUSUM, EWMA and the instant method."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhikong.stats import control
from zhikong.stats.control import Target

NAN = float("nan")
results = st.lists(st.integers(-500, 500).map(lambda value: value / 10), min_size=3, max_size=40).filter(
    lambda values: max(values) > min(values)
)


# ---- targets and limits ---------------------------------------------------------------------------------------------


def test_target_of_results():
    target = control.from_results([9, 10, 11])
    assert (target.mean, target.sd, target.n) == (10, 1, 3)
    assert target.cv == 10
    assert target.limits(2) == (8, 12)


@given(results, st.integers(1, 5), st.integers(-100, 100))
def test_target_moves_with_the_unit(values, factor, shift):
    plain, moved = (control.from_results(each) for each in (values, [factor * value + shift for value in values]))
    assert moved.mean == pytest.approx(factor * plain.mean + shift, abs=1e-9)
    assert moved.sd == pytest.approx(factor * plain.sd, rel=1e-9)


def test_robust_target_is_algorithm_a():
    robust = pytest.importorskip("zhikong.stats.robust")
    values = [5.1, 5.2, 5.0, 5.3, 5.1, 5.2, 9.9]
    ours, theirs = control.from_results(values, estimator="robust"), robust.algorithm_a(values)
    assert (ours.mean, ours.sd, ours.n) == (theirs.mean, theirs.sd, 7)


@given(st.lists(results, min_size=1, max_size=5))
def test_periods_add_up_to_their_results(periods):
    parts = [control.from_results(values) for values in periods]
    whole, together = (
        control.from_results([value for values in periods for value in values]),
        control.from_periods(parts),
    )
    assert together.n == whole.n
    assert together.mean == pytest.approx(whole.mean, abs=1e-9)
    assert together.sd == pytest.approx(whole.sd, rel=1e-9)


def test_a_period_may_be_one_result():
    together = control.from_periods([Target(9, 0, 1), Target(10, 0, 1), Target(11, 0, 1)])
    assert (together.mean, together.sd, together.n) == (10, 1, 3)


def test_limits_of_an_allowance():
    assert control.from_allowance(200, 5, divisor=2) == Target(200, 5, 0)
    assert control.from_allowance(200, 5, divisor=2, relative=False) == Target(200, 2.5, 0)
    assert control.from_allowance(-200, 5, divisor=1).sd == 10


def test_range_factors_are_exact_for_two_and_as_tabulated():
    two = control.range_factors(2)  # |x1 - x2| is sqrt(2) times a half-normal
    assert two.d2 == pytest.approx(2 / math.sqrt(math.pi), abs=1e-13)
    assert two.d3 == pytest.approx(math.sqrt(2 - 4 / math.pi), abs=1e-12)
    # Nordtest NT TR 569 ed. 5.1, Table 4: n, d2, DWL, DAL
    for n, d2, warning, action in ((2, 1.128, 2.83, 3.69), (3, 1.693, 3.47, 4.36), (4, 2.059, 3.82, 4.70)):
        factors = control.range_factors(n)
        assert factors.d2 == pytest.approx(d2, abs=0.0005)
        assert (factors.warning, factors.action) == (
            pytest.approx(warning, abs=0.005),
            pytest.approx(action, abs=0.005),
        )


def test_levey_jennings_zones_and_gaps():
    chart = control.levey_jennings([10, 12, 12.01, NAN, 6.9, 11], Target(10, 1, 20))
    assert chart.zones.tolist() == [0, 1, 2, 0, -3, 0]
    assert chart.lines == (7, 8, 9, 10, 11, 12, 13)
    assert np.isnan(chart.z[3])
    many = control.levey_jennings([[10, 12], [9, 8.9]], Target(10, 1, 20))
    assert many.zones.tolist() == [[0, 1], [0, -1]]


def test_z_scores_fit_shapes():
    z = control.z_scores([[1, 2], [3, 4]], [[1], [2]], [[1], [2]])
    assert z.tolist() == [[0, 1], [0.5, 1]]
    assert control.z_scores(3, 1, 2).shape == ()


def test_comparison_against_scipy():
    from scipy import stats

    rng = np.random.default_rng(5)
    old, new = rng.normal(5, 1, 20), rng.normal(5.5, 1.4, 26)
    for variances in ("pooled", "welch"):
        ours = control.compare(control.from_results(old), control.from_results(new), variances=variances)
        theirs = stats.ttest_ind(new, old, equal_var=variances == "pooled")
        assert ours.t == pytest.approx(theirs.statistic, rel=1e-12)
        assert ours.t_p == pytest.approx(theirs.pvalue, rel=1e-10)
        assert ours.degrees == pytest.approx(theirs.df, rel=1e-12)
    assert ours.f_critical == pytest.approx(stats.f.ppf(0.975, 25, 19), rel=1e-12)
    assert ours.f == pytest.approx(new.var(ddof=1) / old.var(ddof=1), rel=1e-12)


def test_comparison_takes_the_larger_variance_first_and_is_symmetric():
    one, other = Target(5, 1, 20), Target(5.5, 1.5, 30)
    there, back = control.compare(one, other), control.compare(other, one)
    assert there.f == back.f == 2.25
    assert there.f_critical == back.f_critical
    assert there.t == -back.t
    same = control.compare(one, one)
    assert (same.f, same.f_p, same.t, same.t_p, same.sd_differs) == (1, 1, 0, 1, False)


# ---- sigma ----------------------------------------------------------------------------------------------------------


def test_sigma_uses_the_bias_whatever_its_sign():
    assert control.sigma_metric(10, -2, 2).sigma == control.sigma_metric(10, 2, 2).sigma == 4
    assert control.sigma_metric(10, 12, 2).sigma == -1
    assert control.sigma_metric([10, 20], 2, 2).sigma.tolist() == [4, 9]


def test_sigma_within_the_uncertainty_of_the_bias():
    metric = control.sigma_metric(10, 2, 2, bias_uncertainty=0.5, coverage=2)
    assert (metric.low, metric.sigma, metric.high) == (3.5, 4, 4.5)
    assert control.sigma_metric(10, 0.5, 2, bias_uncertainty=1).high == 5  # no bias is inside the interval


def test_method_decision_lines_belong_to_the_better_side():
    grades = control.method_decision(12, 0, [12 / k for k in (1.99, 2, 3, 4, 5, 6, 6.1)]).grade
    assert grades.tolist() == ["unacceptable", "poor", "marginal", "good", "excellent", "world class", "world class"]
    place = control.method_decision(0.3, 0.1, 0.1)  # (0.3 - 0.1) / 0.1 is 1.9999999999999998
    assert place.grade == "poor"
    assert (place.x, place.y) == (pytest.approx(100 / 3), pytest.approx(100 / 3))


def test_quality_goal_index_borders():
    index, cause = control.quality_goal_index([-1.2, 1.19, 1.8, 1.81, 0], 1)
    assert index == pytest.approx([0.8, 1.19 / 1.5, 1.2, 1.81 / 1.5, 0])
    assert cause.tolist() == ["both", "imprecision", "both", "bias", "imprecision"]


def test_biological_variation_levels_are_proportional():
    optimum, desirable, minimum = (
        control.biological_variation(3, 4, level=level) for level in ("optimum", "desirable", "minimum")
    )
    assert (desirable.imprecision, desirable.bias) == (1.5, 1.25)
    assert desirable.total_error == pytest.approx(1.25 + 1.65 * 1.5)
    assert optimum.total_error == pytest.approx(desirable.total_error / 2)
    assert minimum.total_error == pytest.approx(desirable.total_error * 1.5)


# ---- CUSUM and EWMA -------------------------------------------------------------------------------------------------


def test_cusum_on_the_interval():
    assert control.cusum([1.5], allowance=0.5, interval=1).signals.tolist() == [0]
    assert control.cusum([1.5], allowance=0.5, interval=1, inclusive=True).signals.tolist() == [1]
    tenths = control.cusum([0.1, 0.1, 0.1], allowance=0, interval=0.3)  # 0.30000000000000004 is the interval
    assert tenths.signals.tolist() == [0, 0, 0]


def slow_cusum(values, k):
    high = low = 0.0
    for value in values:
        if not math.isnan(value):
            high, low = max(0.0, high + value - k), min(0.0, low + value + k)
        yield high, low


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_cusum_and_ewma_are_their_loops_and_hold_in_gaps(seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(0.3, 1, (3, 20))
    values[rng.random(values.shape) < 0.2] = np.nan
    sums, moving = control.cusum(values), control.ewma(values, weight=0.3, mean=0.1, sd=2)
    for row, each in enumerate(values):
        expected = list(slow_cusum(each.tolist(), 0.5))
        assert sums.upper[row] == pytest.approx([high for high, _ in expected], abs=1e-12)
        assert sums.lower[row] == pytest.approx([low for _, low in expected], abs=1e-12)
        last, n = 0.1, 0
        for index, value in enumerate(each):
            if not np.isnan(value):
                last, n = 0.3 * value + 0.7 * last, n + 1
            half = 3 * 2 * math.sqrt(0.3 / 1.7 * (1 - 0.7 ** (2 * n)))
            assert moving.values[row, index] == pytest.approx(last, abs=1e-12)
            assert moving.high[row, index] == pytest.approx(0.1 + half, abs=1e-12)
        assert np.array_equal(control.ewma(each, weight=0.3, mean=0.1, sd=2).values, moving.values[row])
    assert not sums.signals[np.isnan(values)].any()


def test_ewma_limits_reach_the_asymptote_and_start_narrow():
    exact, asymptotic = (control.ewma(np.zeros(200), limits=limits) for limits in ("exact", "asymptotic"))
    assert exact.high[0] == pytest.approx(3 * 0.2)  # the first average is 0.2 of one result
    assert exact.high[-1] == pytest.approx(asymptotic.high[-1], rel=1e-12)
    assert control.ewma([3.0], weight=1, inclusive=True).signals.tolist() == [1]
    assert control.ewma([3.0], weight=1).signals.tolist() == [0]
    assert control.ewma([NAN, -3.1], weight=1, inclusive=True).signals.tolist() == [0, -1]


def test_mirrored_results_mirror_the_charts():
    values = np.random.default_rng(1).normal(0.5, 1, 50)
    there, back = control.cusum(values), control.cusum(-values)
    assert np.array_equal(there.upper, -back.lower)
    assert np.array_equal(there.signals, -back.signals)


# ---- the instant method ---------------------------------------------------------------------------------------------


def test_instant_limits_are_grubbs_values():
    """One-sided critical values of Grubbs FE, Technometrics 1969;11:1-21, Table I; n = 5 is 1.671 and printed 1.672."""
    warning, rejection = control.instant_limits([3, 5, 10, 20])
    assert warning == pytest.approx([1.153, 1.672, 2.176, 2.557], abs=0.001)
    assert rejection == pytest.approx([1.155, 1.749, 2.410, 2.884], abs=0.0005)


def test_instant_limits_against_scipy():
    from scipy import stats

    n = np.arange(3, 101)
    t = stats.t.isf(0.01 / n, n - 2)
    assert control.instant_limits(n)[1] == pytest.approx(
        (n - 1) / np.sqrt(n) * np.sqrt(t**2 / (n - 2 + t**2)), rel=1e-9
    )
    assert control.instant_limits(3)[0].shape == ()


def test_instant_method_leaves_a_rejected_result_out():
    values = [10.0, 10.1, 9.9, 10.0, 10.1, 15.0, 10.0]
    judged = control.judge_instant(values)
    assert judged.verdicts.tolist() == ["too few", "too few", *["accepted"] * 3, "rejection", "accepted"]
    assert judged.n.tolist() == [1, 2, 3, 4, 5, 6, 6]
    assert control.judge_instant(values, rejected_stay=True).n.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert judged.high[5] == pytest.approx((15 - np.mean(values[:6])) / np.std(values[:6], ddof=1))


def test_instant_method_of_equal_results():
    assert control.judge_instant([1e-300, 2e-300, 3e-300]).high[2] == pytest.approx(1)  # whose squares vanish
    judged = control.judge_instant([5, 5, 5, 5.1])
    assert judged.verdicts.tolist() == ["too few", "too few", "accepted", "rejection"]
    assert judged.high[2] == 0
    assert math.isnan(judged.high[1])


@given(results, st.integers(1, 9), st.integers(-50, 50))
def test_instant_method_does_not_know_the_unit(values, factor, shift):
    there = control.judge_instant(values)
    moved = control.judge_instant([factor * value + shift for value in values])
    assert there.high == pytest.approx(moved.high, abs=1e-6, nan_ok=True)


# ---- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: control.z_scores([1, float("inf")], 0, 1), r"results\[1\] is inf"),
        (lambda: control.z_scores([1], 0, 0), "sd is 0: it must be above 0"),
        (lambda: control.z_scores([1, 2], [1, 2, 3], 1), r"mean has shape \(3,\)"),
        (lambda: control.z_scores(1, [1, 2], 1), r"mean has shape \(2,\)"),
        (lambda: control.from_results([1]), "results needs at least 2"),
        (lambda: control.from_results([1, NAN]), r"results\[1\] is nan"),
        (lambda: control.from_results([0.1, 0.1, 0.1]), "results has no spread"),
        (lambda: control.from_results([1, 2], estimator="best"), "estimator is 'best'"),
        (lambda: control.from_results([1, 2], estimator="robust"), "results needs at least 3"),
        (lambda: control.from_results([1, 1, 1, 2], estimator="robust"), "results has more than half"),
        (lambda: Target(0, 1, 5).cv, "mean is 0"),
        (lambda: control.from_periods([]), "targets is empty"),
        (lambda: control.from_periods([Target(1, 1, 0)]), r"targets\[0\].n is 0"),
        (lambda: control.from_periods([Target(1, -1, 5)]), r"targets\[0\].sd is -1"),
        (lambda: control.from_periods([Target(1, 0, 1)]), "results in all periods is 1"),
        (lambda: control.from_periods([Target(1, 0, 3)]), "targets has no spread"),
        (lambda: control.from_allowance(0, 5, divisor=2), "mean is 0"),
        (lambda: control.from_allowance(1, 5, divisor=0), "divisor is 0"),
        (lambda: control.from_allowance(1, -5, divisor=1), "allowance is -5"),
        (lambda: control.range_factors(1), "n is 1"),
        (lambda: control.compare(Target(1, 1, 1), Target(1, 1, 5)), "old.n is 1"),
        (lambda: control.compare(Target(1, 1, 5), Target(1, 0, 5)), "new.sd is 0"),
        (lambda: control.compare(Target(1, 1, 5), Target(1, 1, 5), alpha=1), "alpha is 1"),
        (lambda: control.compare(Target(1, 1, 5), Target(1, 1, 5), variances="x"), "variances is 'x'"),
        (lambda: control.sigma_metric(0, 1, 1), "allowable is 0"),
        (lambda: control.sigma_metric(10, NAN, 1), "bias is nan"),
        (lambda: control.sigma_metric(10, 1, 0), "cv is 0"),
        (lambda: control.sigma_metric(10, [1, 2], [1, 2, 3]), "the shapes do not fit"),
        (lambda: control.sigma_metric(10, 1, 1, bias_uncertainty=-1), "bias_uncertainty is -1"),
        (lambda: control.method_decision("10", 1, 1), "allowable is '10'"),
        (lambda: control.quality_goal_index(1, -1), "cv is -1"),
        (lambda: control.biological_variation(0, 1), "within is 0"),
        (lambda: control.biological_variation(1, -1), "between is -1"),
        (lambda: control.biological_variation(1, 1, level="good"), "level is 'good'"),
        (lambda: control.biological_variation([1, 2], [1, 2, 3]), "the shapes do not fit"),
        (lambda: control.cusum([1], interval=0), "interval is 0"),
        (lambda: control.cusum([1], allowance=-1), "allowance is -1"),
        (lambda: control.cusum(["x"]), r"results\[0\] is 'x'"),
        (lambda: control.ewma([1], weight=0), "weight is 0"),
        (lambda: control.ewma([1], weight=1.1), "weight is 1.1"),
        (lambda: control.ewma([1], limits="wide"), "limits is 'wide'"),
        (lambda: control.ewma([1], sd=-1), "sd is -1"),
        (lambda: control.instant_limits(2), "n is 2"),
        (lambda: control.instant_limits(3.5), "n is 3.5"),
        (lambda: control.judge_instant([]), "results needs at least 1"),
        (lambda: control.judge_instant([1, NAN]), r"results\[1\] is nan"),
    ],
)
def test_bad_input_is_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()
