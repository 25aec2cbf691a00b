"""Funnels as a whole: over-dispersion, adjusted limits, verdicts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from zhikong.stats import funnel

NAN = float("nan")
few = settings(max_examples=25, deadline=None)
EVERY = [
    funnel.PROPORTION, funnel.SPIEGELHALTER_2005, funnel.SHMI, funnel.CQC, funnel.COUNT_RATIO,
    funnel.FUNNELPLOTR_PROPORTION, funnel.FUNNELPLOTR_SHMI, funnel.FUNNELPLOTR_CQC, funnel.FUNNELPLOTR_COUNT_RATIO,
]  # fmt: skip


def units(seed=1, shape=(12,)):
    rng = np.random.default_rng(seed)
    size = rng.integers(20, 300, shape)
    return rng.binomial(size, rng.uniform(0.2, 0.6, shape)) + 1, size + 1


# ---- over-dispersion


@few
@given(st.lists(st.tuples(st.floats(-6, 6), st.floats(0.1, 2)), min_size=5, max_size=30))
def test_overdispersion_against_plain_code(pairs):
    z, error = np.array(pairs).T
    weight = 1 / error**2
    low, high = np.quantile(z, [0.1, 0.9])
    changed = np.array([min(max(each, low), high) for each in z])
    found = funnel.overdispersion(z, error)
    count = len(z)
    phi = sum(each**2 for each in changed) / count
    tau2 = (count * phi - (count - 1)) / (weight.sum() - (weight**2).sum() / weight.sum())
    assert found.phi == pytest.approx(phi, rel=1e-12, abs=1e-300)
    assert found.tau2 == pytest.approx(max(tau2, 0), rel=1e-9, abs=1e-12)
    assert found.chi_square == pytest.approx((z**2).sum(), rel=1e-12, abs=1e-300)
    assert found.p_value == pytest.approx(stats.chi2.sf((z**2).sum(), count - 1), rel=1e-9, abs=1e-300)
    assert funnel.overdispersion(z, error, estimated_target=False).degrees_of_freedom == count


@few
@given(st.lists(st.integers(-9, 9), min_size=12, max_size=30), st.randoms(use_true_random=False))
def test_order_does_not_matter(z, random):
    order = random.sample(range(len(z)), len(z))
    z, error = np.array(z, dtype=float), np.linspace(0.5, 2, len(z))
    for tails in ("none", "winsorise", "trim"):
        one, other = (
            funnel.overdispersion(z[place], error[place], tails=tails) for place in (slice(None), np.array(order))
        )
        assert one.phi == pytest.approx(other.phi, rel=1e-12)
        assert one.tau2 == pytest.approx(other.tau2, rel=1e-9, abs=1e-12)
        assert (one.treated[order] == other.treated).all()


def test_trimming_takes_the_outer_tenths():
    z = np.arange(-10.0, 11) / 5
    found = funnel.overdispersion(z, np.ones(21), tails="trim")
    assert found.treated.sum() == 21 - found.units == 4  # ranks 1, 2 and 20, 21 of 21: below 22 / 10, from 9 x 22 / 10
    assert np.isnan(found.z[found.treated]).all()
    assert found.phi == pytest.approx((z[2:19] ** 2).mean())


def test_winsorising_none_is_the_moment_estimate():
    z = np.array([3.0, -3, 2, -2])
    found = funnel.overdispersion(z, np.ones(4), tails="none")
    assert found.phi == 6.5
    assert found.tau2 == (26 - 3) / (4 - 1)
    assert not found.treated.any()


def test_no_excess_no_tau2():
    assert funnel.overdispersion([0.1, -0.1, 0.2], [1, 1, 1]).tau2 == 0


def test_many_series_are_one_by_one():
    for profile in EVERY:
        events, size = units(shape=(3, 20))
        whole = funnel.funnel(events, size, profile=profile, minimum_denominator=100)
        for row in range(3):
            one = funnel.funnel(events[row], size[row], profile=profile, minimum_denominator=100)
            assert whole.target[row] == one.target
            assert whole.dispersion.phi[row] == one.dispersion.phi
            assert whole.dispersion.tau2[row] == one.dispersion.tau2
            assert whole.transformed_target[row] == one.transformed_target
            for field in ("values", "small", "verdicts", "adjusted_verdicts", "z", "adjusted_z", "standard_errors"):
                assert (getattr(whole, field)[row] == getattr(one, field)).all()
            for field in ("lower", "upper", "adjusted_lower", "adjusted_upper"):
                assert (getattr(whole, field)[:, row] == getattr(one, field)).all()


# ---- funnels


def test_targets():
    found = funnel.funnel([10, 30], [100, 100], profile=funnel.PROPORTION)
    assert found.target == 0.2
    assert found.dispersion.degrees_of_freedom == 1
    given_target = funnel.funnel([10, 30], [100, 100], profile=funnel.PROPORTION, target=0.1)
    assert given_target.target == 0.1
    assert given_target.dispersion.degrees_of_freedom == 2


def test_spiegelhalter_2005_multiplies():
    """Limits P +- z sqrt(P (1 - P) / n) sqrt(phi), with z-scores (p - P) / sqrt(P (1 - P) / n)."""
    events, size = units()
    found = funnel.funnel(events, size, profile=replace(funnel.SPIEGELHALTER_2005, tails="none"))
    target = events.sum() / size.sum()
    error = np.sqrt(target * (1 - target) / size)
    z = (events / size - target) / error
    phi = (z**2).mean()
    assert found.dispersion.phi == pytest.approx(phi)
    np.testing.assert_allclose(found.adjusted_upper[0], target + 1.959963984540054 * error * np.sqrt(phi))
    np.testing.assert_allclose(found.adjusted_z, z / np.sqrt(phi))


def test_limits_never_narrow():
    calm = replace(funnel.SPIEGELHALTER_2005, limits="normal")
    for profile in (calm, replace(calm, model="additive")):
        found = funnel.funnel([10, 10, 10, 11], [20] * 4, profile=profile)
        assert found.dispersion.phi < 1
        assert (found.adjusted_lower == found.lower).all()
        assert (found.adjusted_upper == found.upper).all()


@pytest.mark.parametrize("profile", EVERY, ids=lambda profile: profile.name)
def test_the_curve_is_the_funnel(profile):
    events, size = units()
    found = funnel.funnel(events, size, profile=profile)
    curve = funnel.adjusted_limits(
        found.sizes, float(found.target), level=0.998, profile=profile,
        tau2=float(found.dispersion.tau2), phi=float(found.dispersion.phi),
    )  # fmt: skip
    assert (curve.lower == found.adjusted_lower[1]).all()
    assert (curve.upper == found.adjusted_upper[1]).all()
    assert (found.lower[1] <= found.lower[0]).all()
    assert (found.upper[1] >= found.upper[0]).all()
    assert (np.abs(found.adjusted_verdicts) <= 2).all()


@pytest.mark.parametrize("profile", [funnel.PROPORTION, funnel.SHMI, funnel.CQC], ids=lambda profile: profile.name)
def test_adjusted_verdicts_are_those_of_adjusted_z(profile):
    events, size = units(shape=(60,))
    found = funnel.funnel(events, size, profile=profile)
    size_of = np.abs(found.adjusted_z)
    expected = np.sign(found.adjusted_z) * ((size_of > 1.959963984540054).astype(int) + (size_of > 3.090232306167813))
    assert (found.adjusted_verdicts == expected).all()


def test_square_roots_are_squared_back_but_in_funnelplotr():
    events, size = units()
    ours, theirs = (
        funnel.funnel(events, size, profile=profile, target=0.5) for profile in (funnel.CQC, funnel.FUNNELPLOTR_CQC)
    )
    np.testing.assert_allclose(ours.adjusted_upper, theirs.adjusted_upper**2)


def test_equality_is_inside_unless_the_profile_says_outside():
    profile = replace(funnel.PROPORTION, limits="exact")
    edge = funnel.proportion_limits(20, 0.3, level=0.95)
    events = [round(float(edge.lower) * 20), round(float(edge.upper) * 20)]
    inside, outside = (
        funnel.funnel(events, [20, 20], profile=replace(profile, equality=equality), target=0.3, levels=(0.95,))
        for equality in ("inside", "outside")
    )
    assert inside.verdicts.tolist() == [0, 0]
    assert outside.verdicts.tolist() == [-1, 1]
    assert funnel.judge([1, 2, 3], 1, 3).tolist() == [0, 0, 0]
    assert funnel.judge([1, 2, 3], 1, 3, equality="outside").tolist() == [-1, 0, 1]
    assert funnel.judge([0.9, 2, 3.1], [1, 1, 1], [3, 3, 3]).tolist() == [-1, 0, 1]


def test_small_denominators_are_flagged_by_the_minimum_given():
    plain = funnel.funnel([5, 5, 5], [9, 10, 11], profile=funnel.PROPORTION)
    assert not plain.small.any()
    found = funnel.funnel([5, 5, 5], [9, 10, 11], profile=funnel.PROPORTION, minimum_denominator=10)
    assert found.small.tolist() == [True, False, False]
    assert (found.verdicts == plain.verdicts).all()


def test_totals_add_up():
    found = funnel.totals_by_group([1, 2, 3], [10, 20, 5], ["b", "a", "b"])
    assert found.groups.tolist() == ["a", "b"]
    assert found.numerators.tolist() == [2, 4]
    assert found.denominators.tolist() == [20, 15]


P, S = funnel.PROPORTION, funnel.SHMI


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: funnel.funnel([1, NAN], [2, 2], profile=P), r"numerators\[1\] is nan"),
        (lambda: funnel.funnel([1, -1], [2, 2], profile=P), r"numerators\[1\] is -1"),
        (lambda: funnel.funnel([1, 3], [2, 2], profile=P), r"numerators\[1\] is 3: it must be at most"),
        (lambda: funnel.funnel([1, 1], [2, 0], profile=P), r"denominators\[1\] is 0"),
        (lambda: funnel.funnel([1, 1], [2, 2.5], profile=P), "whole number"),
        (lambda: funnel.funnel([1], [2], profile=P), "at least 2"),
        (lambda: funnel.funnel([1, 1], [2, 2, 2], profile=P), "lengths differ"),
        (lambda: funnel.funnel([0, 0], [2, 2], profile=P), "pooled target of 0"),
        (lambda: funnel.funnel([2, 2], [2, 2], profile=P), "pooled target of 1"),
        (lambda: funnel.funnel([0, 2], [2, 2], profile=S), r"numerators\[0\] is 0"),
        (lambda: funnel.funnel([1, 1], [2, 2], profile=P, target=1), "target is 1"),
        (lambda: funnel.funnel([1, 1], [2, 2], profile=P, levels=(0.998, 0.95)), "ascending"),
        (lambda: funnel.funnel([1, 1], [2, 2], profile=P, levels=()), "ascending"),
        (lambda: funnel.funnel([1, 1], [2, 2], profile=P, levels=(95,)), "level is 95"),
        (lambda: funnel.funnel([1, 1], [2, 2], profile=P, minimum_denominator=0), "minimum_denominator is 0"),
        (lambda: funnel.overdispersion([1, 2], [1, 0]), r"standard_errors\[1\] is 0"),
        (lambda: funnel.overdispersion([1, 2], [1, 1, 1]), "lengths differ"),
        (lambda: funnel.overdispersion([1, 2, 3], [1, 1, 1], tails="trim", tail_share=0.15), "whole number of groups"),
        (lambda: funnel.overdispersion([1, 2, 3], [1, 1, 1], tails="trim", tail_share=1 / 3), "left after trimming"),
        (lambda: funnel.overdispersion([1, 2], [1, 1], tails="cut"), "tails is 'cut'"),
        (lambda: funnel.overdispersion([1, 2], [1, 1], tail_share=0.5), "tail_share is 0.5"),
        (lambda: funnel.judge([1], [2], [1]), "lower is above upper"),
        (lambda: funnel.judge([1], [2, 3], [4, 5]), "lower has shape"),
        (lambda: funnel.judge([1], 1, 2, equality="none"), "equality is 'none'"),
        (lambda: funnel.totals_by_group([1], [1], ["a", "b"]), "lengths differ"),
        (lambda: funnel.totals_by_group([1, 2], [1, 2], ["a", None]), r"groups\[1\] is None"),
        (lambda: funnel.totals_by_group([1, 2], [1, 2], [1, np.nan]), r"groups\[1\] is nan"),
        (lambda: funnel.totals_by_group([1, 2], [1, 2], [["a", "b"]]), r"groups must have 1 dimension"),
        (lambda: replace(P, kind="mean"), "kind is 'mean'"),
        (lambda: replace(P, limits="byar"), "limits is 'byar'"),
        (lambda: replace(P, transform="log"), "transform is 'log'"),
        (lambda: replace(P, model="none"), "model is 'none'"),
        (lambda: replace(P, tail_share=0), "tail_share is 0"),
    ],
)
def test_bad_input_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
