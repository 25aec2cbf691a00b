"""Method comparison: least squares, Deming, Passing-Bablok, Theil-Sen, bias at decision levels."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from zhikong.stats import measurement
from zhikong.stats.measurement import ranks

ALL = (
    measurement.ordinary_least_squares,
    measurement.weighted_least_squares,
    measurement.deming,
    measurement.weighted_deming,
    measurement.passing_bablok,
    measurement.equivariant_passing_bablok,
    measurement.theil_sen,
)


def pairs(seed=1, n=30, slope=1.05, intercept=1.0, noise=1.0):
    rng = np.random.default_rng(seed)
    true = rng.uniform(5, 100, n)
    return true + rng.normal(0, noise, n), intercept + slope * true + rng.normal(0, noise, n)


def numbers(fit):
    return (
        fit.intercept, fit.slope, fit.intercept_lower, fit.intercept_upper, fit.slope_lower, fit.slope_upper
    )  # fmt: skip


def test_least_squares_is_scipys():
    x, y = pairs()
    found, theirs = measurement.ordinary_least_squares(x, y), stats.linregress(x, y)
    t = stats.t.ppf(0.975, 28)
    assert (found.intercept, found.slope) == pytest.approx((theirs.intercept, theirs.slope))
    assert found.slope_upper == pytest.approx(theirs.slope + t * theirs.stderr)
    assert found.intercept_lower == pytest.approx(theirs.intercept - t * theirs.intercept_stderr)


@pytest.mark.thorough
def test_weighted_least_squares_is_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    x, y = pairs()
    theirs = sm.WLS(y, sm.add_constant(x), weights=1 / x**2).fit()
    found = measurement.weighted_least_squares(x, y)
    assert (found.intercept, found.slope) == pytest.approx(tuple(theirs.params))
    assert found.covariance == pytest.approx(tuple(theirs.cov_params().ravel()[[0, 1, 3]]))


def test_equal_weights_are_no_weights():
    x, y = pairs()
    whole = measurement.weighted_least_squares(x, y, weights=np.full(x.size, 7.0))
    assert numbers(whole) == pytest.approx(numbers(measurement.ordinary_least_squares(x, y)))


@pytest.mark.parametrize("ratio", [0.25, 1.0, 1.21, 9.0])
def test_deming_is_the_least_weighted_distance(ratio):
    """The slope that minimises the squared distances over the variance of y - b x."""
    x, y = pairs()

    def distance(slope):
        away = (y - y.mean()) - slope * (x - x.mean())
        return np.sum(away**2) / (1 + ratio * slope**2)

    best = optimize.minimize_scalar(distance, bounds=(0.5, 2), method="bounded", options={"xatol": 1e-12}).x
    found = measurement.deming(x, y, error_ratio=ratio)
    assert found.slope == pytest.approx(best, rel=1e-6)
    assert found.intercept == pytest.approx(y.mean() - found.slope * x.mean())


def test_deming_is_symmetric():
    """Exchanging the methods and inverting the ratio inverts the line."""
    x, y = pairs()
    one = measurement.deming(x, y, error_ratio=2.0)
    other = measurement.deming(y, x, error_ratio=0.5)
    assert one.slope * other.slope == pytest.approx(1, rel=1e-12)
    falling = measurement.deming(x, -y, error_ratio=2.0)
    assert falling.slope == pytest.approx(-one.slope)


def test_jackknife_limits_written_out():
    x, y = pairs(n=12)
    n, full = 12, measurement.deming(x, y)
    left = [measurement.deming(np.delete(x, i), np.delete(y, i)) for i in range(n)]
    pseudo = np.array([n * full.slope - (n - 1) * each.slope for each in left])
    half = stats.t.ppf(0.975, n - 2) * pseudo.std(ddof=1) / math.sqrt(n)
    assert (full.slope_lower, full.slope_upper) == pytest.approx((full.slope - half, full.slope + half))
    at = 40.0
    biases = np.array([n * (full.intercept + (full.slope - 1) * at) - (n - 1) * (each.intercept + (each.slope - 1) * at)
                       for each in left])  # fmt: skip
    (bias,) = measurement.bias_at(full, [at])
    assert bias.upper - bias.bias == pytest.approx(stats.t.ppf(0.975, n - 2) * biases.std(ddof=1) / math.sqrt(n))


def test_weighted_deming_is_a_fixed_point():
    """At the solution a weighted Deming fit with the weights of its own fitted levels gives itself."""
    x, y = pairs(noise=3.0)
    x, y = np.abs(x) + 1, np.abs(y) + 1
    fit = measurement.weighted_deming(x, y, error_ratio=1.5)
    d = y - fit.intercept - fit.slope * x
    true_x = x + 1.5 * fit.slope * d / (1 + 1.5 * fit.slope**2)
    true_y = y - d / (1 + 1.5 * fit.slope**2)
    w = ((true_x + 1.5 * true_y) / 2.5) ** -2
    mx, my = np.average(x, weights=w), np.average(y, weights=w)
    u, q, p = (np.sum(w * part) for part in ((x - mx) ** 2, (y - my) ** 2, (x - mx) * (y - my)))
    slope = (1.5 * q - u + math.sqrt((1.5 * q - u) ** 2 + 4 * 1.5 * p**2)) / (2 * 1.5 * p)
    assert fit.slope == pytest.approx(slope, rel=1e-10)
    assert fit.intercept == pytest.approx(my - slope * mx, rel=1e-8)


def slow_passing_bablok(x, y):
    """The paper, word by word, on exact pairs."""
    n, slopes = len(x), []
    for i in range(n):
        for j in range(i + 1, n):
            dx, dy = x[i] - x[j], y[i] - y[j]
            if dx == 0 and dy == 0:
                continue
            slope = dy / dx if dx else math.inf * (1 if dy > 0 else -1)
            if slope != -1:
                slopes.append(slope)
    slopes.sort()
    total, shift = len(slopes), sum(slope < -1 for slope in slopes)
    if total % 2:
        slope = slopes[(total + 1) // 2 + shift - 1]
    else:
        slope = (slopes[total // 2 + shift - 1] + slopes[total // 2 + shift]) / 2
    width = stats.norm.ppf(0.975) * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    first = math.floor((total - width) / 2 + 0.5)
    last = total - first + 1
    lower = slopes[first + shift - 1] if first + shift >= 1 else -math.inf
    return slope, lower, slopes[last + shift - 1] if last + shift <= total else math.inf


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(12, 30))
def test_passing_bablok_as_in_the_paper_with_ties(seed, n):
    """Whole numbers: ties in x, in y, in both, and slopes of -1 abound; vertical slopes have the sign of y here."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 12, n)
    y = x + rng.integers(-2, 3, n)
    slope, lower, upper = slow_passing_bablok(x.tolist(), y.tolist())
    found = measurement.passing_bablok(x, y)
    assert (found.slope, found.slope_lower, found.slope_upper) == pytest.approx((slope, lower, upper))
    assert found.intercept == pytest.approx(np.median(y - slope * x))
    assert found.covariance is None


def test_minus_one_and_ties_survive_decimals():
    """In tenths the differences are not exact: they count as equal all the same."""
    rng = np.random.default_rng(4)
    x = rng.integers(0, 12, 25)
    y = x + rng.integers(-2, 3, 25)
    tenths = measurement.passing_bablok(x / 10 + 0.1, y / 10 + 0.1)
    whole = measurement.passing_bablok(x, y)
    assert (tenths.slope, tenths.slope_lower, tenths.slope_upper) == pytest.approx(
        (whole.slope, whole.slope_lower, whole.slope_upper)
    )


def test_passing_bablok_is_symmetric():
    x, y = pairs(n=31)  # 465 slopes: an odd number, no average
    one, other = measurement.passing_bablok(x, y), measurement.passing_bablok(y, x)
    assert one.slope * other.slope == pytest.approx(1)
    assert one.slope_lower * other.slope_upper == pytest.approx(1)


def test_central_slopes_averaged_as_slopes_or_angles():
    x, y = [1.0, 2.0, 3.0, 4.0], [1.0, 2.4, 2.9, 4.6]  # six slopes
    ordered = sorted((y[j] - y[i]) / (x[j] - x[i]) for i in range(4) for j in range(i + 1, 4))
    assert measurement.passing_bablok(x, y).slope == pytest.approx((ordered[2] + ordered[3]) / 2)
    angle = (math.atan(ordered[2]) + math.atan(ordered[3])) / 2
    assert measurement.passing_bablok(x, y, central="angle").slope == pytest.approx(math.tan(angle))
    assert measurement.passing_bablok(x, y).slope_lower == -math.inf  # four pairs cannot give 95 % limits
    assert measurement.passing_bablok(x, y).intercept_upper == math.inf


def test_rounded_and_averaged_ranks_differ_by_one_at_most():
    x, y = pairs()
    rounded, averaged = (measurement.passing_bablok(x, y, limits=limits) for limits in ("rounded", "averaged"))
    assert rounded.slope == averaged.slope
    assert rounded.slope_lower == pytest.approx(averaged.slope_lower, abs=0.01)


def test_points_that_fall_together_are_refused_or_mirrored():
    x = np.arange(20.0)
    with pytest.raises(ValueError, match="do not rise together"):
        measurement.passing_bablok(x, -3 * x + np.sin(x))
    with pytest.raises(ValueError, match="do not rise together"):
        measurement.passing_bablok([1, 1, 1, 1], [1, 2, 3, 4])
    rising = measurement.equivariant_passing_bablok(x, 3 * x + np.sin(x))
    falling = measurement.equivariant_passing_bablok(x, -3 * x - np.sin(x))
    assert falling.slope == pytest.approx(-rising.slope)
    assert falling.slope_lower == pytest.approx(-rising.slope_upper)
    with pytest.raises(ValueError, match="Kendall tau of 0"):
        measurement.equivariant_passing_bablok([1, 2, 3, 4], [1, 2, 2, 1])


def test_theil_sen_is_scipys():
    x, y = pairs(n=25)
    found, theirs = measurement.theil_sen(x, y), stats.theilslopes(y, x)
    assert found.slope == pytest.approx(theirs.slope)
    assert found.intercept == pytest.approx(np.median(y - theirs.slope * x))
    tied = np.round(x / 10)
    assert measurement.theil_sen(tied, y).slope == pytest.approx(stats.theilslopes(y, tied).slope)
    with pytest.raises(ValueError, match="every slope is vertical"):
        measurement.theil_sen([1, 1, 1, 1], [1, 2, 3, 4])


def test_tau_b_is_scipys():
    rng = np.random.default_rng(6)
    for many in (5, 30):
        one, other = rng.integers(0, many, 30).astype(float), rng.integers(0, many, 30).astype(float)
        assert ranks._tau_b(one, other) == pytest.approx(stats.kendalltau(one, other).statistic)
    assert ranks._tau_b(np.ones(3), np.arange(3.0)) == ranks._tau_b(np.ones(1), np.ones(1)) == 0


@pytest.mark.parametrize("regression", [measurement.equivariant_passing_bablok, measurement.theil_sen])
def test_a_perfect_line(regression):
    x = np.arange(10.0)
    fit = regression(x, 2 * x + 1)
    assert numbers(fit) == pytest.approx((1, 2, 1, 1, 2, 2))


@pytest.mark.parametrize("regression", ALL, ids=lambda regression: regression.__name__)
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 100))
def test_scale_and_order(regression, seed, scale):
    """All are equivariant to one scale of both methods, and blind to the order of the pairs."""
    x, y = pairs(seed, n=16)
    order = np.random.default_rng(seed).permutation(16)
    one, other = regression(x, y), regression(scale * x[order], scale * y[order])
    wanted = (scale * one.intercept, one.slope, scale * one.intercept_lower, scale * one.intercept_upper,
              one.slope_lower, one.slope_upper)  # fmt: skip
    assert numbers(other) == pytest.approx(wanted, rel=1e-6, abs=1e-7 * scale)


@pytest.mark.thorough
@pytest.mark.parametrize("regression", [measurement.equivariant_passing_bablok, measurement.theil_sen])
def test_dufeys_standard_errors_are_those_of_repetition(regression):
    fits = [regression(*pairs(seed, n=40, noise=3.0)) for seed in range(300)]
    slopes = np.array([fit.slope for fit in fits])
    told = np.mean([math.sqrt(fit.covariance[2]) for fit in fits])
    assert told == pytest.approx(slopes.std(ddof=1), rel=0.15)
    at = np.array([fit.intercept + fit.slope * 50 for fit in fits])
    inside = [bias.lower <= at.mean() - 50 <= bias.upper for fit in fits for bias in measurement.bias_at(fit, [50.0])]
    assert 0.90 < np.mean(inside) < 0.99


def test_bias_of_least_squares_is_the_interval_of_the_mean():
    x, y = pairs()
    fit = measurement.ordinary_least_squares(x, y)
    at = 60.0
    residual = y - fit.intercept - fit.slope * x
    s = math.sqrt(np.sum(residual**2) / 28)
    half = stats.t.ppf(0.975, 28) * s * math.sqrt(1 / 30 + (at - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2))
    (bias,) = measurement.bias_at(fit, [at])
    assert bias.bias == pytest.approx(fit.intercept + 0 + (fit.slope - 1) * at)
    assert (bias.lower, bias.upper) == pytest.approx((bias.bias - half, bias.bias + half))
    assert bias.percent == pytest.approx(100 * bias.bias / 60)
    assert measurement.Bias(0.0, -1.0, -2.0, 0.0).percent == -math.inf
    assert measurement.Bias(0.0, 0.0, -2.0, 0.0).percent == 0


def test_bootstrap_bias_repeats_and_covers():
    x, y = pairs(n=25)
    one = measurement.bootstrap_bias(x, y, [20, 80], seed=3, draws=199)
    assert one == measurement.bootstrap_bias(x, y, [20, 80], seed=3, draws=199)
    assert one != measurement.bootstrap_bias(x, y, [20, 80], seed=4, draws=199)
    assert all(bias.lower < bias.bias < bias.upper for bias in one)
    least = measurement.bootstrap_bias(x, y, [50], seed=3, draws=199, method=measurement.ordinary_least_squares)[0]
    exact = measurement.bias_at(measurement.ordinary_least_squares(x, y), [50])[0]
    assert least.bias == pytest.approx(exact.bias)
    assert least.upper - least.lower == pytest.approx(exact.upper - exact.lower, rel=0.4)
    with pytest.raises(ValueError, match="use bootstrap_bias"):
        measurement.bias_at(measurement.passing_bablok(x, y), [20])


@pytest.mark.parametrize("regression", ALL, ids=lambda regression: regression.__name__)
def test_bad_pairs_are_named(regression):
    with pytest.raises(ValueError, match=r"y\[3\] is nan"):
        regression([1, 2, 3, 4], [1, 2, 3, math.nan])
    with pytest.raises(ValueError, match=r"x\[0\] is inf"):
        regression([math.inf, 2, 3, 4], [1, 2, 3, 4])
    with pytest.raises(ValueError, match="lengths differ"):
        regression([1, 2, 3, 4, 5], [1, 2, 3, 4])
    with pytest.raises(ValueError, match="needs at least"):
        regression([1, 2], [1, 2])
    with pytest.raises(ValueError, match="confidence"):
        regression([1, 2, 3, 4.1, 5], [1, 2.1, 3, 4, 5.2], confidence=1.0)
    with pytest.raises(ValueError, match="a number is needed"):
        regression(["<1", 2, 3, 4], [1, 2, 3, 4])


def test_other_refusals():
    for call, told in (
        (lambda: measurement.ordinary_least_squares([2, 2, 2], [1, 2, 3]), "x has no spread"),
        (lambda: measurement.ordinary_least_squares([0.1, 0.1, 0.1], [1, 2, 3]), "x has no spread"),
        (lambda: measurement.deming([1, 2, 3, 4], [2, 2, 2, 2]), "y has no spread"),
        (lambda: measurement.deming([1, 2, 1, 2], [1, 1, 2, 2]), "no covariance"),
        (lambda: measurement.deming([1, 2, 3, 4], [1, 2, 3, 5], error_ratio=0), "error_ratio is 0"),
        (lambda: measurement.weighted_least_squares([0, 1, 2], [1, 2, 3]), r"x\[0\] is 0"),
        (lambda: measurement.weighted_least_squares([1, 2, 3], [1, 2, 3], weights=[1, 0, 1]), r"weights\[1\] is 0"),
        (lambda: measurement.weighted_deming([1, 2, 3, 4], [-1, 2, 3, 4]), r"y\[0\] is -1"),
        (lambda: measurement.weighted_deming(*pairs(), max_iterations=1), "has not converged"),
        (lambda: measurement.passing_bablok([1, 2, 3], [1, 2, 3], limits="x"), "limits is 'x'"),
        (lambda: measurement.passing_bablok([1, 2, 3], [1, 2, 3], central="x"), "central is 'x'"),
        (lambda: measurement.theil_sen([1, 2, 3, 4], [1, 2, 3, 4], limits="x"), "limits is 'x'"),
        (lambda: measurement.bootstrap_bias(*pairs(), [1], seed=-1), "seed is -1"),
        (lambda: measurement.bootstrap_bias(*pairs(), [1], seed=1, draws=10), "draws is 10"),
    ):
        with pytest.raises(ValueError, match=told):
            call()
