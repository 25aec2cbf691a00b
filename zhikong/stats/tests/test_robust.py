"""Estimates of one series: MADe, nIQR, Algorithms A and S, their stop rules and their bad input."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zhikong.stats import robust
from zhikong.stats.robust.estimates import _same_third_figure as same_third_figure

CREOSOTE = [24.14, 20.155, 19.5, 20.3, 20.705, 17.57, 20.1, 20.94, 21.185]  # ISO 5725-5:1998
RANGES = [0.28, 0.49, 0.4, 0.0, 0.35, 1.98, 0.8, 0.32, 0.95]  # its cell ranges, per cent creosote
results = st.lists(st.integers(-2000, 2000).map(lambda k: k / 8), min_size=5, max_size=30)


def estimate_or_skip(values, **options):
    try:
        return robust.algorithm_a(values, **options)
    except ValueError:
        assume(False)


def test_creosote_by_each_stop_rule():
    # 1.0373 at the fourth iteration and 1.0678 at the fixed point: metRology, man/algA.Rd and its tight tolerance
    exact = robust.algorithm_a(CREOSOTE, profile=robust.EXACT, trace=True)
    assert exact.trace[4][1] == pytest.approx(1.0373, abs=5e-5)
    assert exact.sd == pytest.approx(1.06777289758523, rel=1e-12)
    assert len(exact.trace) == exact.iterations + 1
    assert exact.trace[-1] == (exact.mean, exact.sd)
    early = robust.algorithm_a(CREOSOTE, profile=robust.ISO_13528, trace=True)
    assert [round(sd, 2) for _, sd in early.trace[-2:]] == [1.05, 1.05]
    assert [round(sd, 2) for _, sd in early.trace[-3:-1]] != [1.05, 1.05]
    assert robust.algorithm_a(CREOSOTE).trace == ()


def test_each_profile_is_named_and_frozen():
    assert robust.PROFILES["iso13528"] is robust.ISO_13528
    assert {profile.name for profile in robust.PROFILES.values()} == set(robust.PROFILES)
    with pytest.raises(AttributeError):
        robust.ISO_13528.tolerance = 0.1
    for wrong in ({"stop": "soon"}, {"tolerance": 0}, {"scale_factor": -1}, {"correction": math.nan}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            robust.Profile(**{"name": "x", "version": "1", "scale_factor": 1.483, "correction": 1.134, "rounded": True,
                              "stop": "change", "tolerance": 1e-9} | wrong)  # fmt: skip


def test_the_constants_of_the_exact_profile():
    # the variance of a standard normal variable pulled in to 1.5, by quadrature
    from scipy import integrate, stats

    variance = integrate.quad(lambda x: min(x, 1.5) ** 2 * stats.norm.pdf(x) * 2, 0, 12, points=[1.5])[0]
    assert robust.EXACT.correction == pytest.approx(variance**-0.5, rel=1e-9)
    assert robust.EXACT.scale_factor == pytest.approx(1 / stats.norm.ppf(0.75), rel=1e-14)
    assert round(robust.EXACT.scale_factor, 3) == robust.ISO_13528.scale_factor
    # 1.1334: the standard's 1.134 is not a rounding of it
    assert abs(robust.EXACT.correction - robust.ISO_13528.correction) < 7e-4


def test_a_round_without_outliers_keeps_every_result():
    values = [9.0, 10.0, 11.0, 10.0, 9.5, 10.5]
    estimate = robust.algorithm_a(values)
    assert estimate.mean == pytest.approx(np.mean(values))
    assert estimate.sd == pytest.approx(1.134 * np.std(values, ddof=1))


@given(results, st.sampled_from([robust.FIXED_POINT, robust.EXACT]), st.floats(0.01, 100), st.integers(-500, 500))
@settings(max_examples=60, deadline=None)
def test_algorithm_a_follows_unit_origin_and_order(values, profile, unit, origin):
    one = estimate_or_skip(values, profile=profile)
    moved = robust.algorithm_a([unit * value + origin for value in reversed(values)], profile=profile)
    assert moved.mean == pytest.approx(unit * one.mean + origin, rel=1e-9, abs=1e-9 * (unit * one.sd + abs(origin)))
    assert moved.sd == pytest.approx(unit * one.sd, rel=1e-7)


@given(results)
@settings(max_examples=60, deadline=None)
def test_algorithm_a_solves_its_equations(values):
    estimate = estimate_or_skip(values)
    x = np.array(values)
    moved = np.clip(x, estimate.mean - 1.5 * estimate.sd, estimate.mean + 1.5 * estimate.sd)
    assert moved.mean() == pytest.approx(estimate.mean, abs=1e-9 * estimate.sd)
    assert 1.134 * moved.std(ddof=1) == pytest.approx(estimate.sd, rel=1e-9)


def test_one_wild_result_moves_little():
    values = np.random.default_rng(3).normal(100, 5, 40)
    clean, sd = robust.algorithm_a(values).mean, robust.algorithm_a(values).sd
    values[0] = 1e12
    assert abs(robust.algorithm_a(values).mean - clean) < 0.1 * sd


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1.0, 2.0], r"values needs at least 3 value\(s\), not 2"),
        ([1.0, math.nan, 3.0], r"values\[1\] is nan"),
        ([1.0, math.inf, 3.0], r"values\[1\] is inf"),
        (["<1", 2, 3], r"values\[0\] is '<1'"),
        ([[1.0, 2.0, 3.0]], r"values must have 1 dimension"),
        ([5.0, 5.0, 5.0, 9.0, 8.0], "values has more than half of its results equal"),
        ([5.0, 5.0, 5.0], "values has more than half of its results equal"),
    ],
)
def test_algorithm_a_refuses(values, told):
    with pytest.raises(ValueError, match=told):
        robust.algorithm_a(values)


def test_algorithm_a_says_when_it_does_not_converge():
    with pytest.raises(ValueError, match="no convergence of Algorithm A within max_iterations = 3"):
        robust.algorithm_a(CREOSOTE, max_iterations=3)
    with pytest.raises(ValueError, match="max_iterations is 0"):
        robust.algorithm_a(CREOSOTE, max_iterations=0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1.0373, 1.0388, True),
        (1.0449, 1.0451, False),  # 1.04 and 1.05
        (99.94, 99.96, False),  # 99.9 and 100
        (99.96, 100.4, True),  # both are 100
        (1000.0, 999.9, True),
        (1000.0, 999.0, False),
        (0.0, 0.0, True),
        (0.0, 1e-300, False),
        (1.0, -1.0, False),
        (-20.44, -20.43, True),
        (1e-7, 1.004e-7, True),
        (1e300, 1.01e300, False),
        (1e-320, 2e-320, True),  # below what figures are told apart
    ],
)
def test_third_figure(one, other, same):
    assert same_third_figure(one, other) is same
    assert same_third_figure(other, one) is same


@given(st.integers(100, 999), st.integers(-200, 200))
@settings(max_examples=50, deadline=None)
def test_third_figure_of_every_size(figures, power):
    value = float(f"{figures}e{power}")
    assert same_third_figure(value, value * (1 + 1e-15))
    assert not same_third_figure(value, float(f"{figures + 1}e{power}"))


def test_made_and_niqr_by_each_rule():
    values = [1.0, 2.0, 3.0, 4.0, 100.0, 6.0, 7.0, 8.0, 9.0, 10.0]  # sorted: 1 2 3 4 6 7 8 9 10 100
    assert robust.made(values) == pytest.approx(1.483 * 3.0)  # distances from 6.5: 0.5 0.5 1.5 2.5 2.5 3.5 3.5 ...
    assert robust.made(values, factor=1.4826) == pytest.approx(1.4826 * 3.0)
    # quartiles at 1 + 9/4 and 1 + 27/4; at 11/4 and 33/4; at 3 and 8
    assert robust.niqr(values) == pytest.approx(0.7413 * (8.75 - 3.25))
    assert robust.niqr(values, quartiles="weibull") == pytest.approx(0.7413 * (9.25 - 2.75))
    assert robust.niqr(values, quartiles="hazen") == pytest.approx(0.7413 * (9.0 - 3.0))
    assert robust.made([1.0, 1.0, 1.0, 5.0]) == 0.0
    for rule in robust.QUARTILES:
        assert robust.niqr(values, quartiles=rule) == robust.niqr(values[::-1], quartiles=rule)


@pytest.mark.parametrize("estimator", [robust.made, robust.niqr])
def test_simple_estimators_refuse(estimator):
    with pytest.raises(ValueError, match="values needs at least 3"):
        estimator([1.0, 2.0])
    with pytest.raises(ValueError, match=r"values\[2\] is nan"):
        estimator([1.0, 2.0, math.nan])
    with pytest.raises(ValueError, match="factor is 0"):
        estimator([1.0, 2.0, 3.0], factor=0)
    with pytest.raises(ValueError, match="quartiles is 'tukey'"):
        robust.niqr([1.0, 2.0, 3.0], quartiles="tukey")


def test_standard_uncertainty():
    estimate = robust.algorithm_a(CREOSOTE)
    assert estimate.standard_uncertainty == 1.25 * estimate.sd / 3
    assert robust.standard_uncertainty(0.4, 25) == pytest.approx(0.1)
    with pytest.raises(ValueError, match="sd is 0"):
        robust.standard_uncertainty(0, 9)
    with pytest.raises(ValueError, match="n is 0"):
        robust.standard_uncertainty(1, 0)


# ---- Algorithm S ------------------------------------------------------------------------------------------------------


def test_algorithm_s_of_ranges_and_of_their_sds():
    ranges = robust.algorithm_s(RANGES, kind="range", trace=True)
    sds = robust.algorithm_s(np.array(RANGES) / math.sqrt(2))
    assert ranges.sd == pytest.approx(sds.sd, rel=1e-11)
    assert ranges.pooled == pytest.approx(ranges.sd * math.sqrt(2))
    assert ranges.trace[0] == 0.4
    assert ranges.groups == 9
    assert robust.algorithm_s(RANGES, profile=robust.ISO_13528).iterations < ranges.iterations


def test_algorithm_s_is_right_for_normal_results():
    rng = np.random.default_rng(8)
    for freedom in (1, 2, 4, 9):
        sds = rng.normal(0, 3, (20_000, freedom + 1)).std(axis=1, ddof=1)
        for profile in (robust.EXACT, robust.FIXED_POINT):
            assert robust.algorithm_s(sds, degrees_of_freedom=freedom, profile=profile).sd == pytest.approx(3, rel=0.02)


@given(st.lists(st.integers(1, 400).map(lambda k: k / 16), min_size=2, max_size=20), st.integers(1, 10))
@settings(max_examples=50, deadline=None)
def test_algorithm_s_follows_unit_and_order_and_solves_its_equation(values, freedom):
    one = robust.algorithm_s(values, degrees_of_freedom=freedom, profile=robust.EXACT)
    other = robust.algorithm_s(8 * np.array(values[::-1]), degrees_of_freedom=freedom, profile=robust.EXACT)
    assert other.sd == pytest.approx(8 * one.sd, rel=1e-10)
    from scipy import special

    quantile = special.chdtri(freedom, 0.1)
    share = special.chdtr(freedom + 2, quantile) + 0.1 * quantile / freedom
    moved = np.minimum(values, math.sqrt(quantile / freedom) * one.pooled)
    assert np.mean(moved**2) / share == pytest.approx(one.pooled**2, rel=1e-10)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (([1.0],), "values needs at least 2"),
        (([1.0, -0.1],), r"values\[1\] is -0.1"),
        (([1.0, math.nan],), r"values\[1\] is nan"),
        (([0.0, 0.0, 0.0, 1.0],), "values has more than half of its spreads 0"),
    ],
)
def test_algorithm_s_refuses(arguments, told):
    with pytest.raises(ValueError, match=told):
        robust.algorithm_s(*arguments)


def test_algorithm_s_refuses_settings():
    with pytest.raises(ValueError, match="degrees_of_freedom is 2: a range of two results has 1"):
        robust.algorithm_s(RANGES, kind="range", degrees_of_freedom=2)
    with pytest.raises(ValueError, match="kind is 'variance'"):
        robust.algorithm_s(RANGES, kind="variance")
    with pytest.raises(ValueError, match="degrees_of_freedom is 0"):
        robust.algorithm_s(RANGES, degrees_of_freedom=0)
    with pytest.raises(ValueError, match="no convergence of Algorithm S within max_iterations = 2"):
        robust.algorithm_s(RANGES, max_iterations=2)
