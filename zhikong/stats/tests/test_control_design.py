"""Power functions and QC design."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from zhikong.stats import control
from zhikong.stats.control import Procedure, Profile, Rule


def one(name, *over):
    return Profile(name, "1", (Rule(name, over=over or ("level",)),))


def test_a_single_rule_is_exact():
    found = control.power(one("1-3s"), levels=2, shift=[0, 2, 3], spread=[1, 1, 2])
    inside = [
        stats.norm.cdf((3 - shift) / spread) - stats.norm.cdf((-3 - shift) / spread)
        for shift, spread in ((0, 1), (2, 1), (3, 2))
    ]
    assert found.probability == pytest.approx(1 - np.array(inside) ** 2, rel=1e-12)
    assert not found.standard_error.any()
    assert control.power(one("1-3s"), levels=1, runs=4).probability == pytest.approx(1 - 0.9973002039367398**4)


def test_a_warning_does_not_reject():
    with_warning = Profile("x", "1", (Rule("1-2s", "warning"), Rule("1-3s")))
    assert control.power(with_warning, levels=2).probability == control.power(one("1-3s"), levels=2).probability


def test_a_small_simulation_repeats_by_seed():
    ours = [control.power("westgard-classic", levels=2, shift=1.5, simulations=150, seed=seed) for seed in (1, 1, 2)]
    assert ours[0].probability == ours[1].probability != ours[2].probability
    assert 0.02 < ours[0].standard_error < 0.05


@pytest.mark.thorough
def test_simulation_agrees_with_exact_probabilities():
    """Two results in a run: 2-2s and R-4s have closed forms."""
    shift = np.array([0.0, 1.0, 2.0, 3.0])
    pair = control.power(one("2-2s", "run"), levels=2, shift=shift, simulations=400_000, seed=3)
    above, below = stats.norm.sf(2 - shift), stats.norm.cdf(-2 - shift)
    assert np.all(np.abs(pair.probability - above**2 - below**2) < 4.5 * pair.standard_error)
    wide = control.power(
        replace(one("R-4s", "run"), range_sides="ignored"), levels=2, spread=[1, 2, 3], simulations=400_000, seed=4
    )
    expected = 2 * stats.norm.sf(4 / np.sqrt(2) / np.array([1, 2, 3]))
    assert np.all(np.abs(wide.probability - expected) < 4.5 * wide.standard_error)
    # 10-x needs 10 results on one side: 2 * 0.5^10 without error
    ten = control.power(one("10-x", "levels"), levels=2, runs=5, simulations=400_000, seed=5)
    assert abs(ten.probability - 2 * 0.5**10) < 4.5 * ten.standard_error
    assert control.power(one("10-x"), levels=2, runs=5, simulations=1000).probability == 0


@pytest.mark.thorough
def test_power_grows_with_error_rules_and_controls():
    shift = np.linspace(0, 4, 9)
    classic = control.power("westgard-classic", levels=2, shift=shift, simulations=20_000).probability
    single = control.power(one("1-3s"), levels=2, shift=shift).probability
    more = control.power("westgard-classic", levels=4, shift=shift, simulations=20_000).probability
    assert np.all(np.diff(classic) > 0)
    assert np.all(classic[1:] > single[1:])
    assert np.all(more >= classic)


def test_critical_shift():
    assert control.critical_shift(10, -2, 2) == pytest.approx(4 - 1.65)
    assert control.critical_shift(1, 2, 1) == pytest.approx(-1 - 1.65)


def test_a_choice_among_exact_procedures():
    procedures = [Procedure(one("1-2s"), 1, 2), Procedure(one("1-3s"), 1, 2), Procedure(one("1-3s"), 1)]
    six = control.choose_procedure(12, 0, 2, procedures=procedures)
    assert six.sigma == pytest.approx(6)
    assert six.chosen.procedure == procedures[2]  # one control is enough: 1 - cdf(3 - 4.35) = 0.911
    assert [each.meets for each in six.candidates] == [True, True, False]
    none = control.choose_procedure(4, 0, 2, procedures=procedures)
    assert none.chosen is None
    assert not any(each.meets for each in none.candidates)


@pytest.mark.thorough
def test_standard_procedures_by_sigma():
    """Fewer controls are needed the higher sigma is; below 4 none of a single run finds the error."""
    chosen = [control.choose_procedure(sigma, 0, 1, simulations=20_000).chosen for sigma in (3, 4, 5, 6)]
    assert chosen[0] is None
    assert [each.procedure.controls for each in chosen[1:]] == sorted(
        (each.procedure.controls for each in chosen[1:]), reverse=True
    )
    assert chosen[-1].procedure.profile.name == "1-3s"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: control.power("none", levels=2), "profile is 'none'"),
        (lambda: control.power("openelis", levels=0), "levels is 0"),
        (lambda: control.power("openelis", levels=2, runs=0), "runs is 0"),
        (lambda: control.power("openelis", levels=2, spread=0), "spread is 0"),
        (lambda: control.power("openelis", levels=2, simulations=1), "simulations is 1"),
        (lambda: control.power("openelis", levels=2, seed=-1), "seed is -1"),
        (lambda: control.power("openelis", levels=2, shift=[1, 2], spread=[1, 2, 3]), "they must fit"),
        (lambda: control.critical_shift(0, 1, 1), "allowable is 0"),
        (lambda: control.critical_shift(1, 1, 0), "cv is 0"),
        (lambda: control.choose_procedure(10, 1, 1, detection=1), "detection is 1"),
        (lambda: control.choose_procedure(10, 1, 1, false_rejection=0), "false_rejection is 0"),
        (lambda: control.choose_procedure(10, 1, 1, procedures=[]), "procedures is empty"),
    ],
)
def test_bad_input_is_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()
