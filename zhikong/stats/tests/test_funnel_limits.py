"""Intervals of counts and proportions, and control limits around a target."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from zhikong.stats import funnel
from zhikong.stats.funnel.limits import _binomial, _poisson

few = settings(max_examples=25, deadline=None)
levels = st.sampled_from([0.8, 0.95, 0.998])
cases = st.integers(1, 400)
targets = st.floats(0.01, 0.99)

# ---- intervals


@few
@given(st.floats(0.5, 500), levels)
def test_exact_poisson_ends_have_the_tail_they_claim(count, level):
    found = funnel.poisson_interval(count, level=level)
    tail = (1 - level) / 2
    assert stats.gamma.cdf(found.lower, count) == pytest.approx(tail, rel=1e-9)
    assert stats.gamma.sf(found.upper, count + 1) == pytest.approx(tail, rel=1e-9)


def test_byar_is_near_the_exact_interval_and_changes_over_at_10():
    counts = np.array([0, 1, 9, 10, 400])
    exact, byar, mixed = (
        funnel.poisson_interval(counts, method=method) for method in ("exact", "byar", "byar_from_10")
    )
    assert (mixed.lower[:3] == exact.lower[:3]).all()
    assert (mixed.upper[:3] == exact.upper[:3]).all()
    assert (mixed.lower[3:] == byar.lower[3:]).all()
    assert (mixed.upper[3:] == byar.upper[3:]).all()
    assert byar.lower[0] == exact.lower[0] == 0
    np.testing.assert_allclose(byar.upper, exact.upper, rtol=0.01)


@few
@given(st.integers(0, 50), st.integers(1, 50), levels)
def test_proportion_intervals_mirror(events, others, level):
    for method in ("wilson", "exact"):
        ours = funnel.proportion_interval(events, events + others, level=level, method=method)
        mirror = funnel.proportion_interval(others, events + others, level=level, method=method)
        assert ours.lower == pytest.approx(1 - mirror.upper, abs=1e-12)
        theirs = stats.binomtest(events, events + others).proportion_ci(level, method=method)
        assert ours.lower == pytest.approx(theirs.low, abs=1e-12)
        assert ours.upper == pytest.approx(theirs.high, abs=1e-12)


def test_no_event_and_nothing_but_events():
    for method in ("wilson", "exact"):
        found = funnel.proportion_interval([0, 7], [7, 7], method=method)
        assert found.lower[0] == 0
        assert found.upper[1] == 1


# ---- limits


def slow_exact(cdf, tail, most):
    counts = np.arange(most + 1)
    lower = counts[cdf(counts) >= tail - 1e-15][0]
    upper = counts[1 - cdf(counts - 1) >= tail - 1e-15][-1]
    return lower, upper


def slow_interpolated(cdf, share, most):
    counts = np.arange(most + 1)
    events = counts[cdf(counts) >= share][0]
    part = (cdf(events) - share) / (cdf(events) - cdf(events - 1))
    return max(events - part, 0)


@few
@given(cases, targets, levels)
def test_proportion_limits_against_scipy(size, target, level):
    def cdf(count):
        return stats.binom.cdf(count, size, target)

    tail = (1 - level) / 2
    found = funnel.proportion_limits(size, target, level=level)
    lower, upper = slow_exact(cdf, tail, size)
    assert found.lower == lower / size
    assert found.upper == upper / size
    smooth = funnel.proportion_limits(size, target, level=level, method="interpolated")
    assert smooth.lower == pytest.approx(slow_interpolated(cdf, tail, size) / size, abs=1e-9)
    assert smooth.upper == pytest.approx(slow_interpolated(cdf, 1 - tail, size) / size, abs=1e-9)
    assert found.lower - 1 / size <= smooth.lower <= found.lower
    assert found.upper - 1 / size <= smooth.upper <= found.upper


@few
@given(st.floats(0.05, 300), levels)
def test_ratio_limits_against_scipy(expected, level):
    def cdf(count):
        return stats.poisson.cdf(count, expected)

    tail = (1 - level) / 2
    found = funnel.ratio_limits(expected, level=level)
    lower, upper = slow_exact(cdf, tail, 600)
    assert found.lower == lower / expected
    assert found.upper == upper / expected
    smooth = funnel.ratio_limits(expected, level=level, method="interpolated")
    assert smooth.lower == pytest.approx(slow_interpolated(cdf, tail, 600) / expected, rel=1e-8, abs=1e-9)
    assert smooth.upper == pytest.approx(slow_interpolated(cdf, 1 - tail, 600) / expected, rel=1e-8, abs=1e-9)


@few
@given(cases, st.floats(0.1, 9), levels)
def test_count_ratio_limits_are_binomial(total, target, level):
    found = funnel.count_ratio_limits(total, target, level=level)
    share = funnel.proportion_limits(total, target / (1 + target), level=level)
    with np.errstate(divide="ignore"):
        assert found.lower == pytest.approx(np.round(share.lower * total) / (total - np.round(share.lower * total)))
        assert found.upper == pytest.approx(np.round(share.upper * total) / (total - np.round(share.upper * total)))


def test_an_absent_denominator_may_be_no_surprise():
    assert funnel.count_ratio_limits(3, 2.0, level=0.95).upper == np.inf


@few
@given(cases, targets, levels)
def test_exact_limits_mirror(size, target, level):
    ours = funnel.proportion_limits(size, target, level=level)
    mirror = funnel.proportion_limits(size, 1 - target, level=level)
    assert ours.lower * size == pytest.approx(size - mirror.upper * size, abs=1e-9)


def test_a_value_on_an_exact_limit_is_inside_and_the_next_is_significant():
    """Binomial, n = 20, P = 0.3: P(R <= 1) = 0.00764, P(R <= 2) = 0.0355; P(R >= 10) = 0.0480, P(R >= 11) = 0.0171."""
    limits = funnel.proportion_limits(20, 0.3, level=0.95)
    assert (limits.lower, limits.upper) == (2 / 20, 10 / 20)
    profile = funnel.PROPORTION
    found = funnel.funnel([1, 2, 10, 11], [20] * 4, profile=profile, target=0.3, levels=(0.95,))
    assert found.verdicts.tolist() == [-1, 0, 0, 1]
    for events, verdict in ((1, -1), (2, 0)):
        assert (stats.binom.cdf(events, 20, 0.3) < 0.025) == (verdict == -1)


@few
@given(st.integers(0, 60), st.floats(0.1, 60))
def test_exact_verdicts_are_those_of_the_exact_interval(observed, expected):
    found = funnel.funnel([observed, 1], [expected, 1], profile=funnel.CQC, target=1.0, levels=(0.95,))
    interval = funnel.poisson_interval(observed)
    assert found.verdicts[0] == int(interval.lower > expected) - int(interval.upper < expected)


@pytest.mark.parametrize("method", ["wilson", "arcsine", "normal"])
def test_approximate_proportion_limits_approach_the_exact_ones(method):
    exact = funnel.proportion_limits([1e4, 1e6], 0.3, level=0.95)
    near = funnel.proportion_limits([1e4, 1e6], 0.3, level=0.95, method=method)
    np.testing.assert_allclose(near.lower, exact.lower, rtol=1e-3)
    np.testing.assert_allclose(near.upper, exact.upper, rtol=1e-3)


@pytest.mark.parametrize("method", ["chi_square", "byar", "log", "normal"])
def test_approximate_ratio_limits_approach_the_exact_ones(method):
    exact = funnel.ratio_limits([1e5, 1e6], 2.0, level=0.998)
    near = funnel.ratio_limits([1e5, 1e6], 2.0, level=0.998, method=method)
    np.testing.assert_allclose(near.lower, exact.lower, rtol=1e-4)
    np.testing.assert_allclose(near.upper, exact.upper, rtol=1e-4)
    log = funnel.count_ratio_limits(1e6, 2.0, level=0.998, method="log")
    assert log.lower == pytest.approx(funnel.count_ratio_limits(1e6, 2.0, level=0.998).lower, rel=1e-4)


@pytest.mark.thorough
@pytest.mark.parametrize("level", [0.02, 0.95, 0.998, 1 - 1e-9])
def test_a_hundred_thousand_limits_against_scipy_special(level):
    rng = np.random.default_rng(1)
    size, chance = rng.integers(1, 200_000, 15_000), rng.uniform(0, 1, 15_000)
    mean, tail = 10 ** rng.uniform(-4, 6, 15_000), (1 - level) / 2
    lower, upper = _binomial(size.astype(float), chance, tail, False)
    assert (lower == np.ceil(special.bdtrik(tail, size, chance))).all()
    assert (upper == np.ceil(special.bdtrik(1 - tail, size, chance))).all()
    lower, upper = _poisson(mean, tail, False)
    assert (lower == np.ceil(special.pdtrik(tail, mean))).all()
    assert (upper == np.ceil(special.pdtrik(1 - tail, mean))).all()


def test_wilson_limits_are_wilsons_interval_of_the_target():
    limits = funnel.proportion_limits([40, 80], 0.25, level=0.95, method="wilson")
    interval = funnel.proportion_interval([10, 20], [40, 80])
    assert (limits.lower == interval.lower).all()
    assert (limits.upper == interval.upper).all()


def test_many_sizes_are_one_by_one():
    sizes = np.arange(1, 13).reshape(3, 4)
    for limits in (
        lambda size: funnel.proportion_limits(size, 0.2, level=0.998, method="interpolated"),
        lambda size: funnel.ratio_limits(size, 1.5, level=0.998),
        lambda size: funnel.count_ratio_limits(size, 1.5, level=0.998, method="interpolated"),
        lambda size: funnel.adjusted_limits(size, 1.5, level=0.95, profile=funnel.CQC, tau2=0.1),
    ):
        whole = limits(sizes)
        assert whole.lower.tolist() == [[float(limits(int(size)).lower) for size in row] for row in sizes]
        assert whole.upper.tolist() == [[float(limits(int(size)).upper) for size in row] for row in sizes]


def test_any_denominator_may_be_a_surprise():
    limits = funnel.count_ratio_limits([1, 3], 50.0, level=0.95)  # P(the one event is in the denominator) = 1 / 51
    assert limits.lower.tolist() == [np.inf, 2]
    assert limits.upper.tolist() == [np.inf, np.inf]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: funnel.poisson_interval(-1), "counts is -1"),
        (lambda: funnel.poisson_interval([1, float("nan")]), r"counts\[1\] is nan"),
        (lambda: funnel.poisson_interval(1, level=1), "level is 1"),
        (lambda: funnel.poisson_interval(1, level=95), "level is 95"),
        (lambda: funnel.poisson_interval(1, level=1 - 2**-53), "level is 0.9+: it is too near to 1"),
        (lambda: funnel.ratio_limits([1, 1e18], level=0.95), r"an expected number of 1e\+18 is too large"),
        (lambda: funnel.proportion_limits(2e14, 0.9, level=0.95), r"an expected number of 1.8e\+14 is too large"),
        (lambda: funnel.poisson_interval(1, method="mid-p"), "method is 'mid-p'"),
        (lambda: funnel.proportion_interval(1, 0), "denominators is 0"),
        (lambda: funnel.proportion_interval([1, 3], [2, 2]), r"numerators\[1\] is 3: it must be at most"),
        (lambda: funnel.proportion_interval([1, 3], [4]), "lengths differ"),
        (lambda: funnel.proportion_interval([[1], [3]], [4]), "shapes differ"),
        (lambda: funnel.proportion_interval("a", 1), "numerators is 'a'"),
        (lambda: funnel.proportion_limits([10, 0], 0.5, level=0.95), r"denominators\[1\] is 0"),
        (lambda: funnel.proportion_limits(10.5, 0.5, level=0.95), "denominators is 10.5: a whole number"),
        (lambda: funnel.proportion_limits(10, 1, level=0.95), "target is 1"),
        (lambda: funnel.proportion_limits(10, 0, level=0.95), "target is 0"),
        (lambda: funnel.proportion_limits(10, 0.5, level=0.95, method="log"), "method is 'log'"),
        (lambda: funnel.ratio_limits(10, 0, level=0.95), "target is 0"),
        (lambda: funnel.ratio_limits(10, level=0.95, method="wilson"), "method is 'wilson'"),
        (lambda: funnel.count_ratio_limits(0, 1, level=0.95), "totals is 0"),
        (lambda: funnel.count_ratio_limits(2.5, 1, level=0.95), "a whole number"),
        (lambda: funnel.adjusted_limits(1, 1, level=0.95, profile=funnel.CQC, tau2=-1), "tau2 is -1"),
        (lambda: funnel.adjusted_limits(1, 1, level=0.95, profile=funnel.PROPORTION), "target is 1"),
    ],
)
def test_bad_input_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
