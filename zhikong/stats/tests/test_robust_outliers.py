"""Grubbs and Cochran: critical values by other routes, ties, equality, bad input."""

import math

import numpy as np
import pytest

from zhikong.stats import robust

MASS_SPECTROMETER = [199.31, 199.53, 200.19, 200.82, 201.92, 201.95, 202.18, 245.57]  # NIST 1.3.5.17.1


def test_grubbs_critical_of_three_results_is_exact():
    # With n = 3 the statistic of the largest has the distribution 3 / pi (asin(g sqrt(3) / 2) - pi / 6).
    for alpha in (0.01, 0.05, 0.1):
        exact = 2 / math.sqrt(3) * math.sin(math.pi / 6 + math.pi / 3 * (1 - alpha))
        assert robust.grubbs_critical(3, alpha, sides=1) == pytest.approx(exact, rel=1e-9)
        assert robust.grubbs_critical(3, 2 * alpha, sides=2) == pytest.approx(exact, rel=1e-9)


def test_critical_values_order_themselves():
    for n in (3, 10, 300):
        assert robust.grubbs_critical(n, 0.01) > robust.grubbs_critical(n, 0.05)
        assert robust.grubbs_critical(n, 0.05, sides=2) > robust.grubbs_critical(n, 0.05, sides=1)
        assert robust.grubbs_critical(n) <= (n - 1) / math.sqrt(n)
    assert robust.cochran_critical(10, 2, 0.01) > robust.cochran_critical(10, 2, 0.05) > 0.1


def test_cochran_critical_against_the_quantile_of_f():
    from scipy import stats

    for groups, replicates, alpha in ((2, 2, 0.05), (10, 2, 0.01), (40, 6, 0.05)):
        f = stats.f.isf(alpha / groups, replicates - 1, (groups - 1) * (replicates - 1))
        assert robust.cochran_critical(groups, replicates, alpha) == pytest.approx(f / (f + groups - 1), rel=1e-9)


def test_grubbs_of_the_handbook():
    test = robust.grubbs(MASS_SPECTROMETER, 0.05, side="high")
    assert (round(test.statistic, 6), round(test.critical, 3), test.index) == (2.468765, 2.032, 7)
    assert test.outlier
    assert robust.grubbs(MASS_SPECTROMETER).critical > test.critical
    assert not robust.grubbs(MASS_SPECTROMETER, side="low").outlier


def test_grubbs_suspects_the_largest_of_equals_and_the_first():
    assert robust.grubbs([1.0, 2.0, 3.0]).index == 2
    assert robust.grubbs([0.1, 0.2, 0.3]).index == 2
    assert robust.grubbs([0.1, 0.2, 0.3], side="low").index == 0
    assert robust.grubbs([3.0, 1.0, 3.0, 2.0], side="high").index == 0
    assert robust.grubbs([0.0, 5.0, 5.0, 5.0]).value == 0.0


def test_grubbs_ignores_unit_and_origin():
    one = robust.grubbs(MASS_SPECTROMETER)
    other = robust.grubbs(8 * np.array(MASS_SPECTROMETER) - 1024)
    assert other.statistic == pytest.approx(one.statistic, rel=1e-12)


def test_grubbs_pair():
    values = [5.0, 5.1, 4.9, 5.0, 5.05, 9.0, 4.95, 9.2]
    pair = robust.grubbs_pair(values)
    kept = [5.0, 5.1, 4.9, 5.0, 5.05, 4.95]
    assert pair.statistic == pytest.approx(np.var(kept) * 6 / (np.var(values) * 8))
    assert (pair.values, pair.indices, pair.outlier) == ((9.2, 9.0), (7, 5), True)
    assert not robust.grubbs(values).outlier  # each hides the other
    low = robust.grubbs_pair(-np.array(values), side="low")
    assert (low.indices, low.statistic) == (pair.indices, pytest.approx(pair.statistic))
    assert not robust.grubbs_pair(values, side="low").outlier


@pytest.mark.thorough
@pytest.mark.parametrize("n", [4, 6, 15, 40])
def test_grubbs_pair_critical_against_drawing(n):
    values = np.sort(np.random.default_rng(n).normal(size=(400_000, n)), axis=1)
    ratio = values[:, :-2].var(axis=1) * (n - 2) / (values.var(axis=1) * n)
    for alpha in (0.02, 0.2):
        error = math.sqrt(alpha / 400_000)
        assert (ratio < robust.grubbs_pair_critical(n, alpha, sides=1)).mean() == pytest.approx(alpha, abs=4 * error)


def test_cochran():
    test = robust.cochran([1.0, 0.5, 2.0, 0.0], 2)
    assert test.statistic == pytest.approx(4 / 5.25)
    assert (test.index, test.outlier) == (2, False)
    assert robust.cochran([1e150, 1e-200, 1e149], 2).statistic == pytest.approx(1 / 1.01)
    assert robust.cochran([0.0, 0.0, 3.0, 0.0], 2).outlier
    assert robust.cochran([2.0, 2.0], 3).index == 0


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: robust.grubbs([1.0, 2.0]), "values needs at least 3"),
        (lambda: robust.grubbs([0.1, 0.1, 0.1]), "values has no spread"),
        (lambda: robust.grubbs([1.0, math.nan, 2.0]), r"values\[1\] is nan"),
        (lambda: robust.grubbs([1.0, 2.0, 3.0], 0), "alpha is 0"),
        (lambda: robust.grubbs([1.0, 2.0, 3.0], 1), "alpha is 1"),
        (lambda: robust.grubbs([1.0, 2.0, 3.0], side="up"), "side is 'up'"),
        (lambda: robust.grubbs_critical(2), "n is 2"),
        (lambda: robust.grubbs_critical(5, sides=3), "sides is 3"),
        (lambda: robust.grubbs_critical(5, sides=[1, 2]), "sides must have 0 dimension"),
        (lambda: robust.grubbs_pair([1.0, 2.0, 3.0]), "values needs at least 4"),
        (lambda: robust.grubbs_pair([2.0] * 5), "values has no spread"),
        (lambda: robust.grubbs_pair([1.0, 2.0, 3.0, 4.0], side="both"), "side is 'both'"),
        (lambda: robust.grubbs_pair_critical(3), "n is 3"),
        (lambda: robust.grubbs_pair_critical(1001), "n is 1001"),
        (lambda: robust.cochran([1.0], 2), "sds needs at least 2"),
        (lambda: robust.cochran([1.0, -1.0], 2), r"sds\[1\] is -1"),
        (lambda: robust.cochran([0.0, 0.0], 2), "sds has no spread"),
        (lambda: robust.cochran([1.0, 2.0], 1), "replicates is 1"),
        (lambda: robust.cochran_critical(1, 2), "groups is 1"),
    ],
)
def test_bad_input_is_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()
