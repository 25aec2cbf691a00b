"""The cusum test for linearity of a method comparison."""

import math

import numpy as np
import pytest
from scipy import stats

from zhikong.stats import measurement


def pairs(seed, curve=0.0, n=60):
    rng = np.random.default_rng(seed)
    true = rng.uniform(5, 100, n)
    bent = true + curve * (true - 50) ** 2
    return true + rng.normal(0, 1, n), bent + rng.normal(0, 1, n)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_two_sample_test_of_kolmogorov_and_smirnov(seed):
    x, y = pairs(seed)
    fit = measurement.passing_bablok(x, y)
    found = measurement.linearity_test(x, y, fit)
    away, along = y - fit.intercept - fit.slope * x, x + fit.slope * y
    theirs = stats.ks_2samp(along[away > 1e-9], along[away < -1e-9]).statistic
    scale = math.sqrt(found.above * found.below / (found.above + found.below))
    assert found.statistic == pytest.approx(theirs * scale, abs=1e-12)
    assert found.p_value == pytest.approx(stats.kstwobign.sf(found.statistic))
    assert found.cusum[-1] == pytest.approx(0, abs=1e-9)
    assert (found.above, found.below) == (np.sum(away > 1e-9), np.sum(away < -1e-9))


def test_the_critical_values_are_those_of_the_paper():
    assert stats.kstwobign.isf([0.05, 0.01]).round(2).tolist() == [1.36, 1.63]


def test_a_curve_is_found_and_a_line_is_not():
    line, curve = pairs(1), pairs(1, curve=0.01)
    assert measurement.linearity_test(*line, measurement.passing_bablok(*line)).p_value > 0.2
    assert measurement.linearity_test(*curve, measurement.passing_bablok(*curve)).p_value < 0.01


def test_points_on_the_line_count_on_neither_side():
    fit = measurement.passing_bablok([1, 2, 3, 4], [1, 2, 3, 4])
    found = measurement.linearity_test([0.1, 0.2, 0.3, 0.7], [0.1, 0.3, 0.2, 0.7], fit)
    assert (found.above, found.below) == (1, 1)
    assert found.cusum.tolist() == [0, 1, 0, 0]


def test_bad_input_is_named():
    fit = measurement.passing_bablok([1, 2, 3, 4], [1, 2, 3, 4])
    with pytest.raises(ValueError, match=r"0 point\(s\) above the line and 3 below"):
        measurement.linearity_test([2, 3, 4], [1, 2, 3], fit)
    falling = measurement.ordinary_least_squares([1, 2, 3], [3, 2, 1])
    with pytest.raises(ValueError, match="slope of -1"):
        measurement.linearity_test([1, 2, 3], [3, 2, 1], falling)
    with pytest.raises(ValueError, match="lengths differ"):
        measurement.linearity_test([1, 2, 3], [1, 2, 3, 4], fit)
