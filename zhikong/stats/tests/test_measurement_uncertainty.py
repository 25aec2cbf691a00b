"""Measurement uncertainty and a new lot beside the old."""

import math

import numpy as np
import pytest
from scipy import stats

from zhikong.stats import measurement


def test_numerical_sensitivities_agree_with_the_analytic_ones():
    """JCGM 100:2008, H.1: the end-gauge, whose derivatives are written out."""

    def length(ls, a, da, t, dt):
        return ls * (1 + a * (t + dt)) / (1 + (a + da) * t)

    x = np.array([50_000_623.0, 1.15e-5, 0.0, -0.1, 0.0])
    u = np.array([25.0, 1.2e-6, 5.8e-7, 0.41, 0.029])
    ls, a, da, t, dt = x
    top, under = 1 + a * (t + dt), 1 + (a + da) * t
    exact = [
        top / under,
        ls * ((t + dt) * under - top * t) / under**2,
        -ls * top * t / under**2,
        ls * (a * under - top * (a + da)) / under**2,
        ls * a / under,
    ]
    found = measurement.propagate(length, x, u)
    # what is lost is the rounding of a length of 5e7 over a step of u
    assert [line.sensitivity * line.standard_uncertainty for line in found.budget] == pytest.approx(
        np.multiply(exact, u).tolist(), rel=1e-8, abs=1e-6
    )
    given = measurement.propagate(length, x, u, sensitivities=exact)
    assert given.combined == pytest.approx(found.combined, rel=1e-7)


def test_smooth_models_to_ten_digits():
    found = measurement.propagate(lambda a, b: math.exp(a) * math.sin(b), [0.3, 1.1], [0.05, 0.02])
    wanted = [math.exp(0.3) * math.sin(1.1), math.exp(0.3) * math.cos(1.1)]
    assert [line.sensitivity for line in found.budget] == pytest.approx(wanted, rel=1e-10)
    bent = measurement.propagate(math.log, [1.0], [0.9])  # the step stays inside the domain
    assert bent.combined == pytest.approx(0.9, rel=1e-9)


def test_welch_satterthwaite_and_coverage():
    """Two equal contributions with 8 and 8 degrees of freedom have 16 together."""
    found = measurement.propagate(lambda a, b: a + b, [1, 2], [3, 3], degrees_of_freedom=[8, 8], names=["a", "b"])
    assert found.value == 3
    assert found.combined == pytest.approx(math.sqrt(18))
    assert found.degrees_of_freedom == pytest.approx(16)
    assert found.coverage_factor == pytest.approx(stats.t.ppf(0.975, 16))
    assert [line.name for line in found.budget] == ["a", "b"]
    whole = measurement.propagate(lambda a, b: a + b, [1, 2], [3, 2], degrees_of_freedom=[8, 8], rounding="down")
    assert whole.degrees_of_freedom == math.floor((9 + 4) ** 2 / (81 / 8 + 16 / 8))
    infinite = measurement.propagate(lambda a: a, [1], [1])
    assert infinite.degrees_of_freedom == math.inf
    assert infinite.coverage_factor == pytest.approx(1.959963985)
    assert measurement.propagate(lambda a: a, [1], [1], coverage_factor=2).expanded == pytest.approx(2)


def test_correlated_inputs():
    """GUM 5.2.2 note 1: fully correlated contributions add linearly, opposite ones cancel."""
    both = [[1, 1], [1, 1]]
    assert measurement.propagate(lambda a, b: a + b, [1, 2], [3, 4], correlation=both).combined == pytest.approx(7)
    assert measurement.propagate(lambda a, b: a - b, [1, 2], [3, 4], correlation=both).combined == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"uncertainties": [1, -1]}, r"uncertainties\[1\] is -1"),
        ({"uncertainties": [1]}, "lengths differ"),
        ({"uncertainties": [0, 0]}, "combined uncertainty of 0"),
        ({"degrees_of_freedom": [1, 0]}, "degrees_of_freedom is"),
        ({"degrees_of_freedom": [1]}, "lengths differ"),
        ({"names": ["a"]}, "lengths differ"),
        ({"correlation": [[1, 0.5], [0.4, 1]]}, "symmetric 2 x 2"),
        ({"correlation": [[1, 2], [2, 1]]}, "it must be at most 1"),
        ({"sensitivities": [1]}, "lengths differ"),
        ({"coverage": 1.0}, "coverage is 1"),
        ({"coverage_factor": 0}, "coverage_factor is 0"),
        ({"rounding": "up"}, "rounding is 'up'"),
        ({"model": lambda a, b: math.inf}, "model is inf"),
    ],
)
def test_bad_propagation_is_named(options, told):
    arguments = {"model": lambda a, b: a + b, "values": [1, 2], "uncertainties": [1, 1]} | options
    model, values, uncertainties = (arguments.pop(name) for name in ("model", "values", "uncertainties"))
    with pytest.raises(ValueError, match=told):
        measurement.propagate(model, values, uncertainties, **arguments)


def test_an_uncertainty_far_below_the_last_digit_of_its_estimate():
    found = measurement.propagate(lambda a, b: a**2 * b, [1e6, 2.0], [1e-12, 0.1])
    assert [line.sensitivity for line in found.budget] == pytest.approx([4e6, 1e12], rel=1e-6)
    assert found.combined == pytest.approx(1e11)


@pytest.mark.parametrize("degrees", ["many", {}, [1, math.nan], [[1, 2]], [0, 1]])
def test_bad_degrees_of_freedom_are_named(degrees):
    with pytest.raises(ValueError, match="degrees_of_freedom is"):
        measurement.propagate(lambda a, b: a + b, [1, 2], [1, 1], degrees_of_freedom=degrees)


def test_a_matrix_that_is_no_correlation_matrix():
    odd = [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]
    with pytest.raises(ValueError, match="negative eigenvalue"):
        measurement.propagate(lambda a, b, c: a + b + c, [1, 1, 1], [1, 1, 1], correlation=odd)


def test_bias_uncertainty():
    """Nordtest TR 537: root mean square of the biases with the mean uncertainty of the references."""
    assert measurement.bias_uncertainty([3, 4], [1, 3]) == pytest.approx(math.sqrt(12.5 + 4))
    assert measurement.bias_uncertainty([3, 4], 2.0) == pytest.approx(math.sqrt(12.5 + 4))
    one = measurement.bias_uncertainty([3], [2], sd=4, replicates=16)
    assert one == pytest.approx(math.sqrt(9 + 4 + 1))
    for call, told in (
        (lambda: measurement.bias_uncertainty([3, 4], [1]), "lengths differ"),
        (lambda: measurement.bias_uncertainty([3], [-1]), r"reference_uncertainties\[0\] is -1"),
        (lambda: measurement.bias_uncertainty([3], [1], sd=1), "give both or neither"),
        (lambda: measurement.bias_uncertainty([3, 4], [1, 1], sd=1, replicates=5), "with 2 biases"),
        (lambda: measurement.bias_uncertainty([3], [1], sd=1, replicates=0), "replicates is 0"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


def test_top_down():
    found = measurement.top_down(3, bias=2, calibration=6, coverage_factor=3)
    assert (found.combined, found.expanded) == (7, 21)
    for call, told in (
        (lambda: measurement.top_down(0), "precision is 0"),
        (lambda: measurement.top_down(1, bias=-1), "bias is -1"),
        (lambda: measurement.top_down(1, coverage_factor=0), "coverage_factor is 0"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


OLD = np.array([4.0, 5.0, 6.0, 8.0, 10.0])


def test_lots_by_the_mean_difference():
    found = measurement.compare_lots(OLD, OLD + 0.25, allowance=0.25)
    assert (found.difference, found.verdict) == (0.25, "acceptable")  # equal is within
    assert measurement.compare_lots(OLD, OLD - 0.5, allowance=0.25).verdict == "not acceptable"
    percent = measurement.compare_lots(OLD, OLD * 1.02, allowance=3, scale="percent")
    assert percent.difference == pytest.approx(2)
    assert percent.largest == pytest.approx(2)
    single = measurement.compare_lots([5.0], [5.1], allowance=0.2)
    assert (single.verdict, single.sd, single.upper) == ("acceptable", math.inf, math.inf)


def test_lots_by_the_interval():
    new = OLD + np.array([0.1, -0.1, 0.2, 0.0, 0.1])
    difference = new - OLD
    found = measurement.compare_lots(OLD, new, allowance=0.3, criterion="interval")
    low, high = stats.t.interval(0.90, 4, difference.mean(), stats.sem(difference))
    assert (found.lower, found.upper) == pytest.approx((low, high))
    assert found.verdict == "acceptable"
    assert measurement.compare_lots(OLD, new, allowance=0.1, criterion="interval").verdict == "undecided"
    assert measurement.compare_lots(OLD, new + 1, allowance=0.3, criterion="interval").verdict == "not acceptable"
    edge = measurement.compare_lots(OLD, new, allowance=found.upper, criterion="interval")
    assert edge.verdict == "acceptable"


@pytest.mark.parametrize(
    ("old", "new", "options", "told"),
    [
        ([1, 2], [1], {}, "lengths differ"),
        ([0, 2], [1, 2], {"scale": "percent"}, r"old\[0\] is 0"),
        ([1], [1], {"criterion": "interval"}, "new needs at least 2"),
        ([1, 2], [1, 2], {"allowance": 0}, "allowance is 0"),
        ([1, 2], [1, 2], {"scale": "ratio"}, "scale is 'ratio'"),
        ([1, 2], [1, 2], {"criterion": "t"}, "criterion is 't'"),
    ],
)
def test_bad_lots_are_named(old, new, options, told):
    with pytest.raises(ValueError, match=told):
        measurement.compare_lots(old, new, **({"allowance": 1} | options))


def test_the_plan_keeps_what_it_promises():
    plan = measurement.plan_lot_comparison(1.0, within_lot_sd=0.3, repeatability_sd=0.25)
    assert plan.power >= 0.90 - 1e-12
    assert plan.false_rejection <= 0.05
    error = math.sqrt(2 * (0.3**2 - 0.25**2) + 2 * 0.25**2 / plan.samples)
    assert plan.false_rejection == pytest.approx(2 * stats.norm.sf(plan.rejection_limit / error))
    few = math.sqrt(2 * (0.3**2 - 0.25**2) + 2 * 0.25**2 / (plan.samples - 1))
    assert 2 * stats.norm.sf((1 - stats.norm.ppf(0.9) * few) / few) > 0.05  # one sample fewer does not do
    draws = np.random.default_rng(1).normal(1.0, error, 20_000)
    assert np.mean(np.abs(draws) > plan.rejection_limit) == pytest.approx(plan.power, abs=0.01)
    with pytest.raises(ValueError, match="no plan of up to 100 samples"):
        measurement.plan_lot_comparison(0.1, within_lot_sd=0.3, repeatability_sd=0.1)
    with pytest.raises(ValueError, match=r"within_lot_sd is 0\.1"):
        measurement.plan_lot_comparison(1, within_lot_sd=0.1, repeatability_sd=0.2)
