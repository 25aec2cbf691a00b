"""The risk-adjusted CUSUM and the VLAD."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhikong.stats import charts
from zhikong.stats.charts import risk

patients = st.lists(st.tuples(st.booleans().map(int), st.floats(0.01, 0.9)), min_size=1, max_size=60)


def test_weights_of_steiner():
    # Steiner (2014), p. 234, as in the tests of R vlad: logit p = -3.68 + 0.077 Parsonnet, doubled odds.
    chances = 1 / (1 + np.exp(3.68 - 0.077 * np.array([0, 0, 50, 50])))
    found = charts.risk_adjusted_cusum([0, 1, 0, 1], chances, limit=4.5)
    assert np.round(found.weight, 3).tolist() == [-0.024, 0.669, -0.433, 0.26]
    assert found.statistic.tolist() == pytest.approx([0, 0.6688, 0.2355, 0.4953], abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(patients, st.sampled_from([0.5, 2.0]), st.floats(0.3, 2), st.booleans())
def test_as_written_down(pairs, ratio, limit, reset):
    outcomes, chances = zip(*pairs, strict=True)
    found = charts.risk_adjusted_cusum(outcomes, chances, limit=limit, odds_ratio=ratio, reset=reset)
    level = 0.0
    for patient, (y, p) in enumerate(pairs):
        level = 0.0 if reset and level > limit else level
        level = max(0.0, level + np.log((ratio if y else 1) / (1 - p + ratio * p)))
        assert found.statistic[patient] == pytest.approx(level, abs=1e-12)
    assert np.array_equal(found.signal, found.statistic > limit)


@settings(max_examples=60, deadline=None)
@given(patients)
def test_exchanged_odds_ratios_turn_the_weight(pairs):
    outcomes, chances = zip(*pairs, strict=True)
    one = charts.risk_adjusted_cusum(outcomes, chances, limit=1, odds_ratio=2, null_odds_ratio=1)
    two = charts.risk_adjusted_cusum(outcomes, chances, limit=1, odds_ratio=1, null_odds_ratio=2)
    np.testing.assert_allclose(one.weight, -two.weight, atol=1e-15)


def test_a_statistic_at_the_limit_is_no_signal():
    first = charts.risk_adjusted_cusum([1], [0.5], limit=1).weight[0]
    assert not charts.risk_adjusted_cusum([1], [0.5], limit=first).signal[0]
    assert charts.risk_adjusted_cusum([1], [0.5], limit=np.nextafter(first, 0)).signal[0]


@settings(max_examples=60, deadline=None)
@given(patients)
def test_vlad_ends_at_expected_less_seen(pairs):
    outcomes, chances = zip(*pairs, strict=True)
    assert charts.vlad(outcomes, chances)[-1] == pytest.approx(sum(chances) - sum(outcomes), abs=1e-9)


def test_vlad_allows_certain_risks():
    assert charts.vlad([0, 1], [0, 1]).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: charts.risk_adjusted_cusum([2], [0.5], limit=1), r"outcomes\[0\] is 2"),
        (lambda: charts.risk_adjusted_cusum([0.5], [0.5], limit=1), r"outcomes\[0\] is 0.5"),
        (lambda: charts.risk_adjusted_cusum([np.nan], [0.5], limit=1), r"outcomes\[0\] is nan"),
        (lambda: charts.risk_adjusted_cusum([1], [1.0], limit=1), r"risks\[0\] is 1: it must be between"),
        (lambda: charts.risk_adjusted_cusum([1], [1.2], limit=1), r"risks\[0\] is 1.2"),
        (lambda: charts.risk_adjusted_cusum([1], [0.5, 0.5], limit=1), "outcomes has 1, risks has 2"),
        (lambda: charts.risk_adjusted_cusum([1], [0.5], limit=0), "limit is 0"),
        (lambda: charts.risk_adjusted_cusum([1], [0.5], limit=1, odds_ratio=1), "odds_ratio is 1: it must differ"),
        (lambda: charts.risk_adjusted_cusum([1], [0.5], limit=1, odds_ratio=0), "odds_ratio is 0"),
        (lambda: charts.vlad([1], [-0.1]), r"risks\[0\] is -0.1"),
        (lambda: charts.vlad([], []), "outcomes needs at least 1"),
    ],
)
def test_bad_input_is_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()


@pytest.mark.thorough
def test_compiled_equals_plain():
    weight = np.random.default_rng(8).normal(size=10_000)
    for reset in (True, False):
        one = risk._accumulate.plain(weight, 2.0, reset, np.empty(len(weight)))
        two = risk._accumulate.compiled()(weight, 2.0, reset, np.empty(len(weight)))
        assert np.array_equal(one, two)
