"""Kernel density, modes and bootstrap beside scipy and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhikong.stats import robust


def test_density_is_that_of_scipy():
    from scipy import stats

    values = np.random.default_rng(1).normal(10, 2, 50)
    at = np.linspace(0, 20, 41)
    theirs = stats.gaussian_kde(values, bw_method=0.7 / values.std(ddof=1))(at)
    assert robust.kernel_density(values, at, 0.7) == pytest.approx(theirs, rel=1e-10)


def test_density_far_away_is_zero_and_in_blocks_the_same():
    values = np.random.default_rng(1).normal(0, 1, 2000)
    at = np.linspace(-3, 3, 1500)
    blocks = robust.kernel_density(values, at, 0.3)
    assert blocks[::100] == pytest.approx([robust.kernel_density(values, [x], 0.3)[0] for x in at[::100]], rel=1e-12)
    assert robust.kernel_density([0.0, 1.0], [1e6], 0.1)[0] == 0.0
    assert robust.density_modes([0.0, 1.0, 1e12], 0.5).at[-1] == pytest.approx(1e12)


@pytest.mark.parametrize("apart", [1.0, 1.9, 2.0, 2.1, 3.0, 9.0])
def test_two_results_have_two_modes_from_two_bandwidths_on(apart):
    # The mixture of two normal distributions of standard deviation 1 has two modes where the means are more than 2 apart.
    modes = robust.density_modes([0.0, apart], 1.0)
    assert modes.at.size == (2 if apart > 2 else 1)  # at 2 the top is flat, and its middle known to few digits
    assert modes.at.sum() == pytest.approx(apart / 2 * modes.at.size, abs=1e-4 if apart == 2 else 1e-12)
    assert modes.heights == pytest.approx(robust.kernel_density([0.0, apart], modes.at, 1.0))


@given(
    st.lists(st.integers(-100, 100).map(lambda k: k / 4), min_size=1, max_size=20), st.sampled_from([0.25, 1.0, 8.0])
)
@settings(max_examples=40, deadline=None)
def test_modes_are_where_the_density_is_highest(values, bandwidth):
    modes = robust.density_modes(values, bandwidth)
    grid = np.linspace(min(values) - bandwidth, max(values) + bandwidth, 4001)
    density = robust.kernel_density(values, grid, bandwidth)
    # between far results the density has steps of the smallest number there is
    inner = (density[1:-1] > density[:-2]) & (density[1:-1] >= density[2:]) & (density[1:-1] > 1e-300)
    assert modes.at.size >= 1
    assert modes.heights.max() >= density.max() * (1 - 1e-12)
    assert modes.main == modes.at[modes.heights.argmax()]
    step = grid[1] - grid[0]
    for place in grid[1:-1][inner]:
        assert np.abs(modes.at - place).min() <= step + bandwidth / 16


def test_modes_follow_unit_and_origin():
    values = np.random.default_rng(6).normal(0, 1, 60).round(2)
    one, other = robust.density_modes(values), robust.density_modes(4 * values + 32)
    assert other.at == pytest.approx(4 * one.at + 32, abs=1e-9)
    assert other.heights == pytest.approx(one.heights / 4)


def test_a_low_mode_is_not_counted_where_a_share_is_asked_for():
    modes = robust.density_modes([1.0, 1.1, 1.2, 1.1, 9.0], 0.2)
    assert modes.at.size == 2
    assert modes.at_least(0.5) == 1
    assert modes.at_least(0) == 2
    with pytest.raises(ValueError, match="share is 2"):
        modes.at_least(2)


def test_a_bandwidth_below_the_digits_of_the_values_is_refused():
    for values, bandwidth in (([10.0, 11.0], 1e-20), ([0.0, 10.0], 1e-18)):
        with pytest.raises(ValueError, match=f"bandwidth is {bandwidth:g}: places so near"):
            robust.density_modes(values, bandwidth)
    assert robust.density_modes([1e15, 1e15 + 4096], 128).at == pytest.approx([1e15, 1e15 + 4096], abs=1)


def test_bandwidth():
    values = np.random.default_rng(7).normal(5, 1, 32)
    assert robust.kernel_bandwidth(values) == pytest.approx(0.9 * robust.algorithm_a(values).sd / 2)
    assert robust.density_modes(values).bandwidth == robust.kernel_bandwidth(values)


def test_bootstrap_of_the_mean_is_its_standard_error():
    values = np.random.default_rng(9).normal(0, 3, 50)
    error = robust.bootstrap_standard_error(values, lambda x: float(x.mean()), seed=1, resamples=4000)
    assert error == pytest.approx(values.std() / math.sqrt(50), rel=0.05)
    again = robust.bootstrap_standard_error(values, lambda x: float(x.mean()), seed=1, resamples=4000)
    assert error == again
    assert error != robust.bootstrap_standard_error(values, lambda x: float(x.mean()), seed=2, resamples=4000)


def test_bootstrap_names_the_resample_that_fails():
    with pytest.raises(ValueError, match=r"estimator refuses resample \d+ of 200: values has more than half"):
        robust.bootstrap_standard_error(
            [1.0, 1.0, 2.0, 3.0], lambda x: robust.algorithm_a(x).mean, seed=1, resamples=200
        )
    with pytest.raises(ValueError, match="estimator gives nan from resample 1 of 10"):
        robust.bootstrap_standard_error([1.0, 2.0], lambda x: math.nan, seed=1, resamples=10)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: robust.kernel_density([1.0, math.nan], [1.0], 1.0), r"values\[1\] is nan"),
        (lambda: robust.kernel_density([1.0], [math.inf], 1.0), r"at\[0\] is inf"),
        (lambda: robust.kernel_density([1.0], [1.0], 0.0), "bandwidth is 0"),
        (lambda: robust.density_modes([], 1.0), "values needs at least 1"),
        (lambda: robust.density_modes([1.0, 2.0], -1.0), "bandwidth is -1"),
        (lambda: robust.density_modes([1.0, 1.0, 1.0, 2.0]), "more than half of its results equal"),
        (lambda: robust.bootstrap_standard_error([1.0], np.mean, seed=1), "values needs at least 2"),
        (lambda: robust.bootstrap_standard_error([1.0, 2.0], np.mean, seed=-1), "seed is -1"),
        (lambda: robust.bootstrap_standard_error([1.0, 2.0], np.mean, seed=1, resamples=1), "resamples is 1"),
    ],
)
def test_bad_input_is_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()
