"""Limits, phases, missing points, equality, verdicts. Published charts are in the conformance cases."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhikong.stats import charts
from zhikong.stats.charts import Phase

NAN = float("nan")
# Montgomery, table 6.7: loan processing costs (the first twenty); CL 300.5, LCL 279.783, UCL 321.217.
COSTS = [310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304]

values = st.lists(st.integers(-1000, 1000).map(float), min_size=3, max_size=40).filter(lambda x: len(set(x)) > 1)


def same(one, other):
    for field in ("values", "centre", "lower", "upper", "score"):
        np.testing.assert_allclose(getattr(one, field), getattr(other, field), rtol=1e-9, atol=1e-9)
    assert np.array_equal(one.side, other.side)


# Individuals


def test_individuals_of_montgomery():
    chart = charts.individuals(COSTS, constants=charts.MONTGOMERY)
    assert chart.centre[0] == 300.5
    assert chart.lower[0] == pytest.approx(279.783, abs=5e-4)
    assert chart.upper[0] == pytest.approx(321.217, abs=5e-4)


@settings(max_examples=60, deadline=None)
@given(values, st.integers(1, 5), st.integers(-100, 100))
def test_individuals_follow_scale_and_shift(series, scale, shift):
    one = charts.individuals(series)
    two = charts.individuals(np.asarray(series) * scale + shift)
    np.testing.assert_allclose(two.upper, one.upper * scale + shift, atol=1e-7)
    np.testing.assert_allclose(two.score, one.score, atol=1e-7)


@settings(max_examples=60, deadline=None)
@given(values)
def test_individuals_turned_round_have_the_same_limits(series):
    one, two = charts.individuals(series), charts.individuals(series[::-1])
    assert one.centre[0] == pytest.approx(two.centre[0], abs=1e-12)
    assert one.upper[0] == pytest.approx(two.upper[0], rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(values)
def test_individuals_as_written_down(series):
    """Against the formula in plain numpy, screening included."""
    x = np.asarray(series)
    ranges = np.abs(np.diff(x))
    kept = ranges[ranges < 3.267 * ranges.mean()]
    if kept.mean() == 0:  # one jump in a flat series: all that is left after screening is nothing
        with pytest.raises(ValueError, match="no spread"):
            charts.individuals(series, constants=charts.NHS)
        return
    chart = charts.individuals(series, constants=charts.NHS)
    assert chart.centre[0] == pytest.approx(x.mean(), abs=1e-9)
    assert chart.upper[0] - chart.centre[0] == pytest.approx(2.66 * kept.mean(), rel=1e-12)


def test_each_constant_has_its_say():
    width = {
        constants.name: (charts.individuals(COSTS, constants=constants).upper[0] - 300.5) / 7.789473684
        for constants in (charts.EXACT, charts.MONTGOMERY, charts.QICHARTS2, charts.NHS)
    }
    assert width["exact"] == pytest.approx(3 * math.sqrt(math.pi) / 2, abs=1e-8)
    assert width["montgomery"] == pytest.approx(3 / 1.128, abs=1e-8)
    assert width["nhs-mdc"] == pytest.approx(2.66, abs=1e-8)
    # 2.05e-9 of 7.789 are the digits typed above; none of these ranges reaches 3.267 means.
    assert width["qicharts2"] == width["montgomery"]


def test_a_range_at_the_screen_is_left_out():
    # Ranges 1, 1, 1, 1, 6: the mean is 2, three of them 6.
    constants = dataclasses.replace(charts.EXACT, name="three", screen=3.0)
    chart = charts.individuals([0, 1, 0, 1, 0, 6], constants=constants)
    assert chart.upper[0] - chart.centre[0] == pytest.approx(3 * math.sqrt(math.pi) / 2)
    kept = charts.individuals([0, 1, 0, 1, 0, 6], constants=dataclasses.replace(constants, screen=3.0001))
    assert kept.upper[0] - kept.centre[0] == pytest.approx(3 * math.sqrt(math.pi))


def test_the_mean_of_equal_values_is_that_value():
    """A plain sum of thirty-six 0.1 is not 3.6: every point would lie below the centre line."""
    chart = charts.individuals([0.1] * 34 + [0.05, 0.15])
    assert chart.centre[0] == 0.1
    assert np.count_nonzero(chart.side) == 2


def test_a_missing_point_has_no_range_with_either_neighbour():
    chart = charts.individuals([1, 2, NAN, 9, 11])
    assert chart.centre[0] == 23 / 4
    assert chart.upper[0] - chart.centre[0] == pytest.approx(3 * 1.5 * math.sqrt(math.pi) / 2)
    assert np.isnan(chart.values[2])
    assert np.isnan(chart.score[2])
    assert chart.side[2] == 0
    assert np.isfinite(chart.upper).all()


def test_moving_ranges():
    chart = charts.moving_range([1, 2, NAN, 9, 11, 7])
    assert np.isnan(chart.values[[0, 2, 3]]).all()
    assert chart.centre[0] == pytest.approx((1 + 2 + 4) / 3)
    assert chart.upper[0] == pytest.approx(
        chart.centre[0] * (1 + 3 * math.sqrt(2 - 4 / math.pi) * math.sqrt(math.pi) / 2)
    )
    assert chart.lower[0] == 0
    assert chart.score[5] == pytest.approx((4 - 7 / 3) / ((chart.upper[0] - chart.centre[0]) / 3))


def test_individuals_by_their_standard_deviation():
    chart = charts.individuals(COSTS, spread="sd")
    assert chart.upper[0] == pytest.approx(300.5 + 3 * np.std(COSTS, ddof=1) / charts.unbiasing(20).c4)


# Phases, freezing, exclusion


def test_frozen_limits_come_from_the_first_points():
    chart = charts.individuals([*COSTS, 500, 600], phases=[Phase(freeze=20)])
    same_limits = charts.individuals(COSTS)
    assert chart.upper[-1] == same_limits.upper[0]
    assert chart.baseline.tolist() == [True] * 20 + [False] * 2


def test_each_phase_has_its_limits_and_its_freeze():
    series = [*COSTS, *(100 + np.asarray(COSTS[:10])), 999]
    chart = charts.individuals(series, phases=[Phase(), Phase(20, "a new machine", freeze=10)])
    assert chart.centre[[0, 19, 20, 30]].tolist() == pytest.approx([300.5, 300.5, *[100 + np.mean(COSTS[:10])] * 2])
    assert chart.upper[20] == charts.individuals(np.asarray(COSTS[:10]) + 100.0).upper[0]


def test_an_excluded_point_is_drawn_and_judged_but_sets_nothing():
    series = [*COSTS[:10], 999.0, *COSTS[10:]]
    chart = charts.individuals(series, exclude=[10])
    assert chart.values[10] == 999
    assert chart.centre[0] == 300.5
    assert charts.signals(chart).names(10) == ("outside limits",)
    # The range from 9 to 11 reaches over the excluded point and is not formed.
    ranges = np.abs(np.diff(COSTS))
    expected = np.delete(ranges, 9).mean() * 3 * math.sqrt(math.pi) / 2
    assert chart.upper[0] - 300.5 == pytest.approx(expected)


def test_runs_step_over_an_excluded_point():
    series = [1.0, -1, 1, -1, 1, -1, *[1.5] * 4, -9, *[1.5] * 3, -1, 1, -1]
    with_it = charts.signals(charts.individuals(series))
    without = charts.signals(charts.individuals(series, exclude=[10]))
    assert len(with_it.where("shift")) == 0
    assert without.where("shift").tolist() == [6, 7, 8, 9, 11, 12, 13]


@pytest.mark.parametrize(
    ("phases", "told"),
    [
        ([], "phases is empty"),
        ([Phase(1)], r"phases\[0\].start is 1"),
        ([Phase(), Phase(5)], r"phases\[1\].reason is ''"),
        ([Phase(), Phase(5, "  ")], r"phases\[1\].reason is '  '"),
        ([Phase(), Phase(5, "a"), Phase(5, "b")], r"phases\[2\].start is 5: it must be after 5"),
        ([Phase(), Phase(20, "a")], r"phases\[1\].start is 20: it must be at most 19"),
        ([Phase(freeze=1)], r"phases\[0\].freeze is 1"),
        ([Phase(), Phase(19, "too late")], r"phases\[1\] has 1 point\(s\) that set limits"),
    ],
)
def test_bad_phases_are_named(phases, told):
    with pytest.raises(ValueError, match=told):
        charts.individuals(COSTS, phases=phases)


def test_a_bad_exclusion_is_named():
    with pytest.raises(ValueError, match=r"exclude\[0\] is 20"):
        charts.individuals(COSTS, exclude=[20])


# Counts


def test_a_denominator_of_zero_is_a_missing_point():
    chart = charts.p_chart([3, 0, 5, NAN], [10, 0, 20, 7])
    assert np.isnan(chart.values[[1, 3]]).all()
    assert np.isnan(chart.upper[[1, 3]]).all()
    assert chart.centre.tolist() == [8 / 30] * 4
    assert chart.side.tolist() == [1, 0, -1, 0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(40, 90)), min_size=3, max_size=30))
def test_proportions_as_written_down(pairs):
    cases, sizes = np.array(pairs, dtype=float).T
    mean = cases.sum() / sizes.sum()
    if mean == 0:
        return
    chart = charts.p_chart(cases, sizes)
    error = np.sqrt(mean * (1 - mean) / sizes)
    np.testing.assert_allclose(chart.upper, np.minimum(1, mean + 3 * error), rtol=1e-12)
    np.testing.assert_allclose(chart.lower, np.maximum(0, mean - 3 * error), rtol=1e-12, atol=1e-15)
    z = (cases / sizes - mean) / error
    sigma_z = np.abs(np.diff(z)).mean() / 1.128
    if sigma_z > 1e-9:
        prime = charts.p_chart(cases, sizes, laney=True, constants=charts.MONTGOMERY)
        assert prime.inflation == (pytest.approx(sigma_z),)
        np.testing.assert_allclose(prime.upper, np.minimum(1, mean + 3 * error * sigma_z), rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 90)), min_size=3, max_size=30))
def test_rates_as_written_down(pairs):
    events, days = np.array(pairs, dtype=float).T
    mean = events.sum() / days.sum()
    if mean == 0:
        return
    chart = charts.u_chart(events, days)
    np.testing.assert_allclose(chart.upper, mean + 3 * np.sqrt(mean / days), rtol=1e-12)
    thousand = charts.u_chart(events, days / 1000)
    np.testing.assert_allclose(thousand.upper, chart.upper * 1000, rtol=1e-12)
    np.testing.assert_allclose(thousand.score, chart.score, atol=1e-9)
    assert np.array_equal(charts.u_chart(events, np.ones(len(days))).upper, charts.c_chart(events).upper)


def test_an_np_chart_is_a_p_chart_of_equal_sizes():
    plain, scaled = charts.p_chart([3, 5, 9], [50] * 3), charts.np_chart([3, 5, 9], 50)
    assert np.array_equal(scaled.upper, plain.upper * 50)
    assert np.array_equal(scaled.score, plain.score)
    with pytest.raises(ValueError, match="denominators run from 50 to 60"):
        charts.np_chart([3, 5], [50, 60])


def test_normalised_individuals_of_equal_sizes_are_individuals():
    same(
        charts.normalised_individuals(np.asarray(COSTS) * 4, [4] * 20),
        dataclasses.replace(charts.individuals(COSTS), kind="normalised individuals"),
    )


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: charts.individuals(["<2", "3"]), r"values\[0\] is '<2'"),
        (lambda: charts.individuals([1, math.inf]), r"values\[1\] is inf"),
        (lambda: charts.individuals([]), "values needs at least 1"),
        (lambda: charts.individuals([5]), r"has 1 point\(s\) that set limits: at least 2"),
        (lambda: charts.individuals([NAN, NAN]), r"has 0 point\(s\)"),
        (lambda: charts.individuals([1, NAN, 2]), "no two neighbours"),
        (lambda: charts.individuals([7, 7, 7]), r"phases\[0\] has no spread"),
        (lambda: charts.individuals([7, 8], spread="range"), "spread is 'range'"),
        (lambda: charts.individuals([7, 7], spread="sd"), "no spread"),
        (lambda: charts.moving_range([7, 7]), "no spread"),
        (lambda: charts.moving_range([7, NAN, 7]), "no two neighbours"),
        (lambda: charts.p_chart([1, 2], [3]), "numerators has 2, denominators has 1"),
        (lambda: charts.p_chart([-1, 2], [3, 3]), r"numerators\[0\] is -1"),
        (lambda: charts.p_chart([1, 4], [3, 3]), r"numerators\[1\] is 4: it must be at most 3"),
        (lambda: charts.p_chart([1, 1], [3, 0]), r"denominators\[1\] is 0 under 1"),
        (lambda: charts.p_chart([1, 1], [3, -3]), r"denominators\[1\] is -3"),
        (lambda: charts.p_chart([0, 0], [3, 3]), "no spread"),
        (lambda: charts.p_chart([3, 3], [3, 3]), "no spread"),
        (lambda: charts.p_chart([1, 1], [3, 3], laney=True), "no spread"),
        (lambda: charts.u_chart([1, 1], [3, 0]), r"units\[1\] is 0 under 1 in counts"),
        (lambda: charts.u_chart([0, 0], [3, 3]), "no spread"),
        (lambda: charts.c_chart([-1, 0]), r"counts\[0\] is -1"),
        (lambda: charts.g_chart([1.5, 2]), r"cases_between\[0\] is 1.5: a whole number"),
        (lambda: charts.g_chart([0, 0]), "no spread"),
        (lambda: charts.t_chart([-1, 2]), r"times_between\[0\] is -1"),
        (lambda: charts.run_chart([NAN]), "at least 1 needed"),
        (lambda: charts.xbar_r_charts([[1, NAN], [NAN, 2]]), "no subgroup of two or more"),
        (lambda: charts.xbar_s_charts([[1, 1], [2, 2]]), "no spread"),
        (lambda: charts.xbar_s_charts([1, 2], [1]), "values has 2, groups has 1"),
        (lambda: charts.xbar_s_charts([[1, 2]], pooling="all"), "pooling is 'all'"),
        (lambda: charts.unbiasing(1), "size is 1"),
        (lambda: charts.unbiasing([5, 6]), "size must have 0 dimension"),
        (lambda: charts.np_chart([1, 2, 3], [5, 5]), "numerators has 3, denominators has 2"),
        (lambda: charts.np_chart([1, 2], "5"), "denominators is '5': a number is needed"),
        (lambda: charts.lay(0), "points is 0"),
        (lambda: charts.individuals([1, 2, 4], phases=[0, 2]), r"phases\[0\] is 0: a Phase is needed"),
        (lambda: charts.individuals([1, 2, 4], exclude=[3]), r"exclude\[0\] is 3: it must be at most 2"),
        (lambda: charts.individuals([1, 2, 4], exclude=[False, True, False]), r"exclude\[0\] is False"),
        (lambda: dataclasses.replace(charts.EXACT, d2=0), "d2 is 0"),
        (lambda: dataclasses.replace(charts.EXACT, g_centre="mode"), "g_centre is 'mode'"),
        (lambda: dataclasses.replace(charts.EXACT, screen=0.5), "screen is 0.5"),
    ],
)
def test_bad_input_is_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()


# Rare events


def test_a_g_chart_steps_over_a_missing_point():
    chart = charts.g_chart([3, NAN, 0, 12, 5, 40])
    whole = charts.g_chart([3, 0, 12, 5, 40])
    assert chart.upper[0] == whole.upper[0]
    assert np.array_equal(np.delete(chart.score, 1), whole.score)
    assert np.isnan(chart.values[1])


def test_the_centre_of_a_g_chart_is_a_convention():
    between = [3, 0, 12, 5, 40]
    mean, median = charts.g_chart(between), charts.g_chart(between, constants=charts.QICHARTS2)
    assert (mean.centre[0], median.centre[0]) == (12, 5)
    assert mean.upper[0] == median.upper[0] == pytest.approx(12 + 3 * math.sqrt(12 * 13))
    assert mean.side.tolist() == [-1, -1, 0, -1, 1]
    assert median.side.tolist() == [-1, -1, 1, 0, 1]
    assert np.array_equal(mean.score, median.score)


def test_a_t_chart_is_judged_on_the_transformed_scale():
    times = [286, 948, 536, 124, 816, 729, 4, 143, 431, 8, 2837, 596, 81, 227, 603, 492, 1199, 1214, 2831, 96]
    chart = charts.t_chart(times)
    roots = charts.individuals(np.power(times, 1 / 3.6))
    assert np.array_equal(chart.score, roots.score)
    assert chart.upper[0] == pytest.approx(roots.upper[0] ** 3.6)
    assert chart.lower[0] == 0


# Subgroups


def test_subgroups_ragged_as_rectangular():
    rng = np.random.default_rng(3)
    table = rng.normal(10, 2, (12, 4))
    codes = np.repeat(np.arange(12)[::-1], 4)  # drawn in the order of appearance, not of the codes
    for make in (charts.xbar_r_charts, charts.xbar_s_charts):
        one, two = make(table), make(table.reshape(-1), codes)
        same(one.mean, two.mean)
        same(one.spread, two.spread)


def test_equal_subgroups_give_the_textbook_limits():
    table = np.random.default_rng(5).normal(74, 0.01, (25, 5))
    grand = table.mean()
    ranges, deviations = np.ptp(table, axis=1).mean(), table.std(axis=1, ddof=1).mean()
    by_range = charts.xbar_r_charts(table)
    # A2 = 0.577, D4 = 2.114; A3 = 1.427, B4 = 2.089 for five: Montgomery, appendix VI.
    assert (by_range.mean.upper[0] - grand) / ranges == pytest.approx(0.577, abs=5e-4)
    assert by_range.spread.upper[0] / ranges == pytest.approx(2.114, abs=5e-4)
    assert by_range.spread.lower[0] == 0
    by_sd = charts.xbar_s_charts(table, pooling="mean")
    assert (by_sd.mean.upper[0] - grand) / deviations == pytest.approx(1.427, abs=5e-4)
    assert by_sd.spread.centre[0] == pytest.approx(deviations)
    assert by_sd.spread.upper[0] / deviations == pytest.approx(2.089, abs=5e-4)
    pooled = charts.xbar_s_charts(table)
    assert pooled.sigma[0] == pytest.approx(np.sqrt(table.var(axis=1, ddof=1).mean()))
    assert pooled.spread.centre[0] == pytest.approx(pooled.sigma[0])


def test_missing_values_make_subgroups_smaller():
    table = np.array([[1.0, 2, 4], [2, 3, NAN], [5, NAN, NAN], [NAN] * 3, [1, 1, 2]])
    found = charts.xbar_s_charts(table)
    assert found.mean.values.tolist()[:3] == pytest.approx([7 / 3, 2.5, 5])
    assert np.isnan(found.mean.values[3])
    assert np.isnan(found.spread.values[2:4]).all()
    assert found.mean.centre[0] == pytest.approx(np.nanmean(table))
    ranged = charts.xbar_r_charts(table)
    d2 = {size: charts.unbiasing(size).d2 for size in (2, 3)}
    assert ranged.sigma[0] == pytest.approx((3 / d2[3] + 1 / d2[2] + 1 / d2[3]) / 3)


def test_subgroups_have_phases():
    table = np.random.default_rng(7).normal(0, 1, (10, 3))
    table[5:] += 100
    found = charts.xbar_s_charts(table, phases=[Phase(), Phase(5, "moved")], exclude=[0])
    assert found.mean.centre[-1] == pytest.approx(table[5:].mean())
    assert found.mean.centre[0] == pytest.approx(table[1:5].mean())


def test_constants_of_two_and_three_are_exact():
    two, three = charts.unbiasing(2), charts.unbiasing(3)
    assert two.d2 == pytest.approx(2 / math.sqrt(math.pi), abs=1e-12)
    assert two.d3 == pytest.approx(math.sqrt(2 - 4 / math.pi), abs=1e-10)
    assert two.c4 == pytest.approx(math.sqrt(2 / math.pi), abs=1e-15)
    assert three.d2 == pytest.approx(3 / math.sqrt(math.pi), abs=1e-12)
    assert three.c4 == pytest.approx(math.sqrt(math.pi) / 2, abs=1e-15)


# Verdicts


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("higher", "improving"), ("lower", "concerning"), ("none", "neither")],
)
def test_a_signal_is_good_or_bad_by_direction(direction, expected):
    chart = charts.individuals([*COSTS, 400], phases=[Phase(freeze=20)])
    words = charts.variation(charts.signals(chart), direction)
    assert words[-1] == expected
    assert set(words[:-1]) == {"common cause"}


def test_rules_without_a_side_are_neither():
    found = charts.patterns([0.5, -0.5] * 8, charts.NELSON)
    assert found.names(15) == ("fourteen alternating", "fifteen within one sigma")
    assert charts.variation(found, "higher")[15] == "neither"


def test_a_point_of_a_trend_counts_by_its_side():
    found = charts.patterns([-3, -2, -1, 0, 1, 2, 3], charts.NHS_MDC)
    assert len(found.where("trend")) == 7
    words = charts.variation(found, "higher").tolist()
    assert words == ["concerning"] * 3 + ["neither"] + ["improving"] * 3


def test_assurance_and_a_target_on_a_limit():
    words = charts.assurance(2, 5, [1, 2, 3, 5, 6], "higher").tolist()
    assert words == ["pass", "hit or miss", "hit or miss", "hit or miss", "fail"]
    assert charts.assurance(2, 5, [1, 2, 5, 6], "lower").tolist() == ["fail", "hit or miss", "hit or miss", "pass"]
    assert charts.assurance([2, 3], [5, 6], 4, "none").tolist() == ["not judged"] * 2
    assert charts.assurance(-math.inf, math.inf, 4, "higher") == "hit or miss"
    for call, told in (
        (lambda: charts.assurance(5, 2, 3, "higher"), "lower is above upper"),
        (lambda: charts.assurance(math.inf, 2, 3, "higher"), "lower is inf"),
        (lambda: charts.assurance(NAN, 2, 3, "higher"), "lower is nan"),
        (lambda: charts.assurance(1, 2, NAN, "higher"), "target is nan"),
        (lambda: charts.assurance(1, 2, 3, "up"), "direction is 'up'"),
        (lambda: charts.assurance("1", 2, 3, "higher"), "lower is '1'"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


def test_the_verdict_is_of_the_last_point_and_names_its_profiles():
    chart = charts.individuals([*COSTS, 400, NAN], phases=[Phase(freeze=20)], constants=charts.NHS)
    verdict = charts.verdict(chart, direction="lower", target=330)
    assert verdict == charts.Verdict(20, "concerning", "pass", ("outside limits",), ("nhs-mdc", "1"), ("nhs-mdc", "1"))
    assert charts.verdict(chart, direction="lower").assurance == "not judged"
    assert charts.verdict(charts.run_chart(COSTS), direction="higher", target=1).assurance == "not judged"
    with pytest.raises(ValueError, match="direction is 'up'"):
        charts.verdict(chart, direction="up")


# Outliers


def test_population_or_sample():
    series = [31, 34, 38, 81, 39, 33]
    population, sample = (
        charts.z_score_outliers(series, threshold=2),
        charts.z_score_outliers(series, threshold=2, sd="sample"),
    )
    assert population.outlier.tolist() == [False, False, False, True, False, False]
    assert not np.any(sample.score[3] < 2)
    assert sample.sd == pytest.approx(np.std(series, ddof=1))
    assert population.sd == pytest.approx(np.std(series))


def test_a_score_at_the_threshold_is_no_outlier():
    # Mean 0, population standard deviation 1.
    assert not charts.z_score_outliers([1, -1], threshold=1).outlier.any()
    assert charts.z_score_outliers([1, -1], threshold=0.999).outlier.all()


@settings(max_examples=50, deadline=None)
@given(st.lists(values, min_size=1, max_size=4))
def test_rows_as_series(table):
    width = max(len(row) for row in table)
    padded = np.array([row + [NAN] * (width - len(row)) for row in table])
    together = charts.z_score_outliers(padded, threshold=1.5)
    for row, series in enumerate(table):
        one = charts.z_score_outliers(series, threshold=1.5)
        assert together.mean[row] == pytest.approx(float(one.mean))
        assert together.sd[row] == pytest.approx(np.std(series))
        assert np.isnan(together.score[row][len(series) :]).all()
        assert not together.outlier[row][len(series) :].any()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: charts.z_score_outliers([1]), "values needs at least 2"),
        (lambda: charts.z_score_outliers([[1, 2], [3, NAN]]), r"series 1 has 1 value\(s\)"),
        (lambda: charts.z_score_outliers([[1, 2], [0.1, 0.1]]), "series 1 has no spread"),
        (lambda: charts.z_score_outliers([1, 2], threshold=0), "threshold is 0"),
        (lambda: charts.z_score_outliers([1, 2], sd="robust"), "sd is 'robust'"),
    ],
)
def test_bad_outliers_are_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()
