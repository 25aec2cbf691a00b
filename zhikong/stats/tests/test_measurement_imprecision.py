"""Imprecision: nested analysis of variance and the verification of a claim."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from zhikong.stats import measurement

DAY = np.repeat(np.arange(6), 4)
RUN = np.tile([1, 1, 2, 2], 6)


def results(seed=1, day=1.0, run=0.5, error=1.0):
    rng = np.random.default_rng(seed)
    return (
        100
        + np.repeat(rng.normal(0, day, 6), 4)
        + np.repeat(rng.normal(0, run, 12), 2)
        + rng.normal(0, error, DAY.size)
    )


def by_hand(y, day, run):
    """Mean squares written out with loops."""
    cells = {}
    for value, one, other in zip(y, day, run, strict=True):
        cells.setdefault(one, {}).setdefault(other, []).append(value)
    days = {one: np.concatenate(list(runs.values())) for one, runs in cells.items()}
    ss_day = sum(len(values) * (values.mean() - np.mean(y)) ** 2 for values in days.values())
    ss_run = sum(
        len(values) * (np.mean(values) - days[one].mean()) ** 2
        for one, runs in cells.items()
        for values in runs.values()
    )
    ss_error = sum(np.sum((values - np.mean(values)) ** 2) for runs in cells.values() for values in runs.values())
    many = sum(len(runs) for runs in cells.values())
    return ss_day / (len(days) - 1), ss_run / (many - len(days)), ss_error / (len(y) - many)


def test_balanced_mean_squares_and_components():
    y = results()
    found = measurement.nested_anova(y, {"day": DAY, "run": RUN})
    ms_day, ms_run, ms_error = by_hand(y, DAY, RUN)
    assert [each.mean_square for each in found.components] == pytest.approx([ms_day, ms_run, ms_error], rel=1e-12)
    assert [each.name for each in found.components] == ["day", "run", "error"]
    estimates = [(ms_day - ms_run) / 4, (ms_run - ms_error) / 2, ms_error]
    assert [each.estimate for each in found.components] == pytest.approx(estimates, rel=1e-9)
    assert found.replicates == pytest.approx(2)
    assert found.repeatability.sd == pytest.approx(math.sqrt(ms_error))
    assert found.cv(found.repeatability.sd) == pytest.approx(100 * math.sqrt(ms_error) / y.mean())


def test_one_way_is_scipys_analysis():
    y = results()
    found = measurement.nested_anova(y, {"day": DAY})
    day, error = found.components
    statistic = stats.f_oneway(*(y[code == DAY] for code in range(6))).statistic
    assert day.mean_square / error.mean_square == pytest.approx(statistic, rel=1e-12)


def test_satterthwaite_and_chi_square_limits():
    y = results(seed=3)
    found = measurement.nested_anova(y, {"day": DAY, "run": RUN}, confidence=0.90)
    ms = by_hand(y, DAY, RUN)
    terms = np.array([ms[0] / 4, ms[1] / 4, ms[2] / 2])  # balanced 6 x 2 x 2, all components positive
    assert all(each.estimate > 0 for each in found.components)
    nu = terms.sum() ** 2 / np.sum(terms**2 / [5, 6, 12])
    assert found.within_laboratory.sd == pytest.approx(math.sqrt(terms.sum()))
    assert found.within_laboratory.degrees_of_freedom == pytest.approx(nu)
    assert found.within_laboratory.upper == pytest.approx(math.sqrt(terms.sum() * nu / stats.chi2.ppf(0.05, nu)))
    assert found.within_laboratory.lower == pytest.approx(math.sqrt(terms.sum() * nu / stats.chi2.ppf(0.95, nu)))


def test_a_negative_component_is_set_to_zero_and_said_so():
    y = results(seed=2, day=0.0, run=0.0)
    found = measurement.nested_anova(y, {"day": DAY, "run": RUN})
    zeroed = [each for each in found.components if each.set_to_zero]
    assert zeroed
    assert all(each.estimate < 0 and each.sd == 0 for each in zeroed)
    assert found.within_laboratory.sd**2 == pytest.approx(sum(each.variance for each in found.components))
    kept = measurement.nested_anova(y, {"day": DAY, "run": RUN}, negative="keep")
    assert kept.within_laboratory.sd < found.within_laboratory.sd
    assert not any(each.set_to_zero for each in kept.components)
    assert kept.within_laboratory.sd**2 == pytest.approx(sum(each.estimate for each in kept.components))


def test_with_both_factors_zeroed_the_degrees_are_those_of_repeatability():
    y = np.array([1.0, 3.0, 3.0, 1.0, 1.0, 3.0, 3.0, 1.0])  # all group means equal
    found = measurement.nested_anova(y, {"day": [1, 1, 1, 1, 2, 2, 2, 2], "run": [1, 1, 2, 2, 1, 1, 2, 2]})
    assert [each.set_to_zero for each in found.components] == [False, True, False]  # 0 - 0 is not negative
    assert found.within_laboratory.sd == pytest.approx(found.repeatability.sd)


def test_unbalanced_expectations_are_right():
    """The coefficients are those by which simulated mean squares average: unbiased components."""
    day = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3])
    run = np.array([1, 1, 2, 1, 2, 1, 1, 1, 2, 1, 2, 2, 3, 3])
    rng = np.random.default_rng(5)
    group = day * 10 + run
    estimates = []
    for _ in range(400):
        y = rng.normal(0, 2, 4)[day] + rng.normal(0, 1, 100)[group] + rng.normal(0, 0.5, day.size)
        found = measurement.nested_anova(y, {"day": day, "run": run})
        estimates.append([each.estimate for each in found.components])
    mean, error = np.mean(estimates, axis=0), np.std(estimates, axis=0) / 20
    assert np.all(np.abs(mean - [4, 1, 0.25]) < 4 * error)


def test_unbalanced_one_way_n0():
    """n0 = (N - sum n_i^2 / N) / (k - 1), ISO 5725-2."""
    found = measurement.nested_anova([1, 2, 4, 3, 5, 5.5, 2, 9], {"run": list("aaabbbbc")})
    assert found.replicates == pytest.approx((8 - (9 + 16 + 1) / 8) / 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(-50, 50), st.floats(0.1, 10))
def test_shift_scale_and_order(seed, shift, scale):
    y = results(seed)
    order = np.random.default_rng(seed).permutation(y.size)
    one = measurement.nested_anova(y, {"day": DAY, "run": RUN})
    other = measurement.nested_anova((scale * y + shift)[order], {"day": DAY[order], "run": RUN[order]})
    for mine, theirs in zip(one.components, other.components, strict=True):
        assert theirs.estimate == pytest.approx(scale**2 * mine.estimate, rel=1e-6, abs=1e-8 * scale**2)
    assert other.within_laboratory.upper == pytest.approx(scale * one.within_laboratory.upper, rel=1e-6)


def test_texts_are_codes_and_run_one_of_two_days_is_two_runs():
    y = results()
    words = np.array(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"])[DAY]
    one = measurement.nested_anova(y, {"day": DAY, "run": RUN})
    for day, run in ((words, RUN), (DAY, DAY * 2 + RUN)):
        other = measurement.nested_anova(y, {"day": day, "run": run})
        assert other.within_laboratory.sd == pytest.approx(one.within_laboratory.sd)
        assert [each.degrees_of_freedom for each in other.components] == [5, 6, 12]


@pytest.mark.parametrize(
    ("values", "factors", "told"),
    [
        ([1, 2, 3, 4], {}, "factors is empty"),
        ([1, 2, 3, float("nan")], {"run": [1, 1, 2, 2]}, r"values\[3\] is nan"),
        ([1, 2, 3, 4], {"run": [1, 1, 2]}, "the lengths differ"),
        ([1, 2, 3, 4], {"run": [1, 1, 1, 1]}, "run does not vary"),
        ([1, 2, 3, 4], {"run": [1, 2, 3, 4]}, "the innermost groups have no replicates"),
        ([1, 2, 3, 4], {"day": [1, 1, 2, 2], "run": [1, 1, 1, 1]}, "run does not vary"),
        ([0.1] * 6, {"run": [1, 1, 1, 2, 2, 2]}, "values has no spread"),
        ([1, 2], {"run": [1, 1]}, "at least 3"),
        ([1, 2, 3, 4], {"run": [1, float("nan"), 2, 2]}, r"factors\['run'\]\[1\] is nan"),
        ([1, 2, 3, 4], {"run": ["a", None, "b", "b"]}, r"factors\['run'\]\[1\] is None: a text is needed"),
        ([1, 2, 3, 4], {"run": 1}, r"factors\['run'\] must have 1 dimension\(s\), not 0"),
        ([1, 2, 3, 4], {"run": [1, 1, 2, 2], "error": [1, 2, 3, 4]}, "factors has 'error'"),
        ([1, 2, 3, 4], [1, 1, 2, 2], "factors is .*by the name"),
        ([1, 2, 3, 4], {"run": [[1], [1], [2], [2]]}, "the lengths differ|1 dimension"),
    ],
)
def test_bad_data_is_named(values, factors, told):
    with pytest.raises(ValueError, match=told):
        measurement.nested_anova(values, factors)


def test_factors_are_dates_texts_or_any_name():
    values = [1.0, 2.0, 4.0, 7.0]
    plain = measurement.nested_anova(values, {"day": [1, 1, 2, 2]})
    dates = np.array(["2025-01-01", "2025-01-01", "2025-01-02", "2025-01-02"], dtype="datetime64[D]")
    for codes in (dates, np.array(["a", "a", "b", "b"], dtype=object)):
        assert measurement.nested_anova(values, {"day": codes}) == plain
    named = measurement.nested_anova(values, {"values": [1, 1, 2, 2]})
    assert named.component("values").variance == plain.component("day").variance
    with pytest.raises(ValueError, match="name is 'run': it must be one of day, error"):
        plain.component("run")


def test_bad_choices_are_named():
    with pytest.raises(ValueError, match="negative is 'drop'"):
        measurement.nested_anova([1, 2, 3, 4], {"run": [1, 1, 2, 2]}, negative="drop")
    with pytest.raises(ValueError, match="confidence is 1"):
        measurement.nested_anova([1, 2, 3, 4], {"run": [1, 1, 2, 2]}, confidence=1)
    with pytest.raises(ValueError, match="mean is 0"):
        measurement.nested_anova([-1, 1, -2, 2], {"run": [1, 1, 2, 2]}).cv(1.0)


def test_verification_limit():
    # CLSI EP15-A3 Table 7 is chi-square; Table 6 at ratio 1 is the 5 x 5 design's 23.8, printed 24.
    assert measurement.claimed_degrees_of_freedom(1, runs=5, replicates=5) == pytest.approx(1 / 0.042)
    assert measurement.claimed_degrees_of_freedom(1e6, runs=5, replicates=5) == pytest.approx(4)
    verified = measurement.verify_precision(1.1, 1.0, degrees_of_freedom=20)
    assert verified.factor == pytest.approx(math.sqrt(stats.chi2.ppf(0.95, 20) / 20))
    assert verified.verified
    three = measurement.verify_precision(1.1, 1.0, degrees_of_freedom=20, materials=3)
    assert three.factor == pytest.approx(math.sqrt(stats.chi2.ppf(1 - 0.05 / 3, 20) / 20))
    assert measurement.verify_precision(verified.limit, 1.0, degrees_of_freedom=20).verified  # equal is within
    assert not measurement.verify_precision(np.nextafter(verified.limit, 9), 1.0, degrees_of_freedom=20).verified
    for call, told in (
        (lambda: measurement.verify_precision(-1, 1, degrees_of_freedom=4), "observed is -1"),
        (lambda: measurement.verify_precision(1, 0, degrees_of_freedom=4), "claim is 0"),
        (lambda: measurement.verify_precision(1, 1, degrees_of_freedom=0), "degrees_of_freedom is 0"),
        (lambda: measurement.verify_precision(1, 1, degrees_of_freedom=4, materials=0), "materials is 0"),
        (lambda: measurement.claimed_degrees_of_freedom(0.9, runs=5, replicates=5), "ratio is 0.9"),
        (lambda: measurement.claimed_degrees_of_freedom(1.2, runs=1, replicates=5), "runs is 1"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


def test_pooled_sd():
    assert measurement.pooled_sd([3, 4]) == pytest.approx(math.sqrt(12.5))
    assert measurement.pooled_sd([3, 4], [1, 3]) == pytest.approx(math.sqrt((9 + 48) / 4))
    with pytest.raises(ValueError, match=r"sds\[0\] is -1"):
        measurement.pooled_sd([-1, 2])
    with pytest.raises(ValueError, match=r"degrees_of_freedom\[1\] is 0"):
        measurement.pooled_sd([1, 2], [1, 0])
    with pytest.raises(ValueError, match="lengths differ"):
        measurement.pooled_sd([1, 2], [1])
