"""Risk models, units against their expected number, calibration and discrimination."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from zhikong.stats import funnel

NAN = float("nan")
few = settings(max_examples=20, deadline=None)


def patients(seed=1, many=400):
    rng = np.random.default_rng(seed)
    columns = np.column_stack([rng.normal(65, 12, many), rng.integers(0, 2, many)])
    chance = 1 / (1 + np.exp(-(-6 + 0.06 * columns[:, 0] + 0.8 * columns[:, 1])))
    return rng.binomial(1, chance), columns, chance, rng.integers(0, 8, many)


def newton(outcome, columns, offset, *, logistic):
    """Maximum likelihood in plain code."""
    design = np.column_stack([np.ones(len(columns)), columns])
    found = np.zeros(design.shape[1])
    found[0] = 0 if logistic else np.log(outcome.sum() / np.exp(offset).sum())
    for _ in range(50):
        linear = design @ found + offset
        mean = 1 / (1 + np.exp(-linear)) if logistic else np.exp(linear)
        weight = mean * (1 - mean) if logistic else mean
        information = (design * weight[:, None]).T @ design
        found = found + np.linalg.solve(information, design.T @ (outcome - mean))
    return found, np.sqrt(np.diag(np.linalg.inv(information)))


# ---- models


def test_logistic_model_against_plain_newton():
    outcome, columns, _, _ = patients()
    found = funnel.fit_risk_model(outcome, columns, family="logistic", names=["age", "emergency"])
    theirs, errors = newton(outcome, columns, 0.0, logistic=True)
    np.testing.assert_allclose(found.coefficients, theirs, rtol=1e-9)
    np.testing.assert_allclose(found.standard_errors, errors, rtol=1e-7)
    assert found.names == ("intercept", "age", "emergency")
    assert found.predict(columns).sum() == pytest.approx(outcome.sum(), rel=1e-12)
    chance = found.predict(columns)
    assert found.log_likelihood == pytest.approx(np.log(np.where(outcome == 1, chance, 1 - chance)).sum())


def test_poisson_model_against_plain_newton():
    _, columns, chance, _ = patients()
    rng = np.random.default_rng(2)
    days = rng.uniform(1, 30, len(columns))
    count = rng.poisson(chance * days)
    found = funnel.fit_risk_model(count, columns, family="poisson", exposure=days)
    theirs, errors = newton(count, columns, np.log(days), logistic=False)
    np.testing.assert_allclose(found.coefficients, theirs, rtol=1e-9)
    np.testing.assert_allclose(found.standard_errors, errors, rtol=1e-7)
    assert found.predict(columns, days).sum() == pytest.approx(count.sum(), rel=1e-12)
    assert (found.predict(columns) * days == found.predict(columns, days)).all()
    assert found.names == ("intercept", "x1", "x2")


def test_the_unit_of_a_covariate_does_not_matter():
    outcome, columns, _, _ = patients()
    one = funnel.fit_risk_model(outcome, columns, family="logistic")
    other = funnel.fit_risk_model(outcome, columns * [1e6, 1] + [1e7, 0], family="logistic")
    np.testing.assert_allclose(one.predict(columns), other.predict(columns * [1e6, 1] + [1e7, 0]), rtol=1e-8)
    assert other.coefficients[1] == pytest.approx(one.coefficients[1] / 1e6, rel=1e-8)


def test_without_statsmodels_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    monkeypatch.setitem(sys.modules, "statsmodels.api", None)
    outcome, columns, _, _ = patients()
    with pytest.raises(ImportError, match=r"pip install 'zhikong\[models\]'"):
        funnel.fit_risk_model(outcome, columns, family="logistic")


def fit(outcome, columns, **kwargs):
    return funnel.fit_risk_model(outcome, columns, **{"family": "logistic", **kwargs})


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda y, x: fit(y, x, family="probit"), "family is 'probit'"),
        (lambda y, x: fit(y, x, exposure=y), "exposure has no place"),
        (lambda y, x: fit(y + 1, x), "it must be at most 1"),
        (lambda y, x: fit(y * 0.5, x), "a whole number"),
        (lambda y, x: fit(y * 0, x), "outcomes are all 0"),
        (lambda y, x: fit(y * 0 + 1, x), "outcomes are all 1"),
        (lambda y, x: fit(y[1:], x), "lengths differ"),
        (lambda y, x: fit(y, x, names=["age"]), "names has 1"),
        (lambda y, x: fit(y, x * [1, 0]), "no spread in 'x2'"),
        (lambda y, x: fit(y, x[:, [0, 0]]), "repeat one another"),
        (lambda y, x: fit(y, np.column_stack([x[:, 0], y])), "separate the outcomes"),
        (lambda y, x: fit(y, np.column_stack([x[:, 0], np.where(y, x[:, 1], 0)])), "separate the outcomes: 'x2'"),
        (lambda y, x: fit(y, x * NAN), "is nan"),
        (lambda y, x: fit(y, x, family="poisson", exposure=y), "exposure"),
        (lambda y, x: fit(y, x, family="poisson", exposure=[1.0]), "exposure has 1"),
        (lambda y, x: fit(y, x).predict(x[:, :1]), "covariates has 1 columns"),
        (lambda y, x: fit(y, x).predict(x, y), "exposure has no place"),
    ],
)
def test_bad_models_are_refused(call, told):
    outcome, columns, _, _ = patients()
    with pytest.raises(ValueError, match=told):
        call(outcome, columns)


# ---- units


def test_units_against_their_expected_number():
    outcome, _, chance, unit = patients()
    names = np.array(list("hgfedcba"))[unit]
    found = funnel.unit_ratios(outcome, chance, names)
    assert found.units.tolist() == list("abcdefgh")
    for place, name in enumerate("abcdefgh"):
        inside = names == name
        assert found.cases[place] == inside.sum()
        assert found.observed[place] == outcome[inside].sum()
        assert found.expected[place] == pytest.approx(chance[inside].sum())
    same = funnel.indirect_ratio(found.observed, found.expected)
    assert (found.lower == same.lower).all()
    assert (found.upper == same.upper).all()
    np.testing.assert_allclose(found.adjusted_rate, found.ratio * outcome.mean())
    for call, told in (
        (lambda: funnel.unit_ratios(outcome, chance, unit[1:]), "lengths differ"),
        (lambda: funnel.unit_ratios(outcome, chance, np.where(unit == unit[0], np.nan, unit)), r"units\[0\] is nan"),
        (lambda: funnel.unit_ratios(outcome, chance * 0, unit), r"predictions\[0\] is 0"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


# ---- calibration


def test_calibration_against_plain_code():
    outcome, _, chance, _ = patients()
    found = funnel.calibration(outcome, chance, fitted=False)
    rank = stats.rankdata(chance)
    group = np.floor(rank * 10 / (len(rank) + 1)).astype(int)
    statistic = 0.0
    for place in range(10):
        inside = group == place
        expected = chance[inside].sum()
        assert found.cases[place] == inside.sum()
        assert found.expected[place] == pytest.approx(expected)
        assert found.observed[place] == outcome[inside].sum()
        statistic += (outcome[inside].sum() - expected) ** 2 / (expected * (1 - expected / inside.sum()))
    assert found.hosmer_lemeshow == pytest.approx(statistic)
    assert found.degrees_of_freedom == 10
    assert found.p_value == pytest.approx(stats.chi2.sf(statistic, 10))
    assert funnel.calibration(outcome, chance, fitted=True).p_value == pytest.approx(stats.chi2.sf(statistic, 8))
    theirs, errors = newton(outcome, np.log(chance / (1 - chance))[:, None], 0.0, logistic=True)
    assert (found.intercept, found.slope) == pytest.approx(tuple(theirs), rel=1e-9)
    assert (found.intercept_error, found.slope_error) == pytest.approx(tuple(errors), rel=1e-7)


def test_a_model_is_calibrated_on_its_own_cases():
    outcome, columns, _, _ = patients()
    found = funnel.calibration(
        outcome, funnel.fit_risk_model(outcome, columns, family="logistic").predict(columns), fitted=True
    )
    assert found.slope == pytest.approx(1, abs=1e-9)
    assert found.intercept == pytest.approx(0, abs=1e-9)
    assert found.in_the_large == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("shift", [-0.7, 0.4])
def test_a_shift_is_seen_in_the_large(shift):
    outcome, columns, _, _ = patients()
    chance = funnel.fit_risk_model(outcome, columns, family="logistic").predict(columns)
    odds = np.log(chance / (1 - chance))
    found = funnel.calibration(outcome, 1 / (1 + np.exp(-(odds - shift))), fitted=False)
    assert found.in_the_large == pytest.approx(shift, abs=1e-9)
    tamed = funnel.calibration(outcome, 1 / (1 + np.exp(-2 * odds)), fitted=False)
    assert tamed.slope == pytest.approx(0.5, abs=1e-9)


def test_useless_predictions_have_slope_0():
    outcome = np.tile([0, 1, 0, 0], 250)
    predicted = np.repeat(np.linspace(0.01, 0.99, 250), 4)  # the same for each four: they tell nothing
    found = funnel.calibration(outcome, predicted, fitted=False)
    assert found.slope == pytest.approx(0, abs=1e-12)
    assert found.intercept == pytest.approx(np.log(0.25 / 0.75))


# ---- discrimination


@few
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), min_size=8, max_size=40))
def test_auc_and_delong_against_pairs(rows):
    outcome, predicted = np.array([row[0] for row in rows]).astype(int), np.array([row[1] for row in rows]) / 10
    if not 2 <= outcome.sum() <= len(outcome) - 2:
        return
    high, low = predicted[outcome == 1], predicted[outcome == 0]
    wins = (high[:, None] > low) + 0.5 * (high[:, None] == low)
    found = funnel.discrimination(outcome, predicted)
    assert found.auc == pytest.approx(wins.mean())
    variance = wins.mean(axis=1).var(ddof=1) / len(high) + wins.mean(axis=0).var(ddof=1) / len(low)
    assert found.standard_error == pytest.approx(np.sqrt(variance), abs=1e-12)
    assert found.brier == pytest.approx(((outcome - predicted) ** 2).mean())
    assert 0 <= found.lower <= found.auc <= found.upper <= 1
    turned = funnel.discrimination(1 - outcome, 1 - predicted)
    assert turned.auc == pytest.approx(found.auc)
    assert turned.standard_error == pytest.approx(found.standard_error, abs=1e-12)
    assert funnel.discrimination(outcome, predicted**3).auc == pytest.approx(found.auc)


def test_perfect_and_useless_predictions():
    perfect = funnel.discrimination([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])
    assert (perfect.auc, perfect.standard_error, perfect.lower, perfect.upper) == (1, 0, 1, 1)
    useless = funnel.discrimination([0, 1, 0, 1], [0.5] * 4)
    assert useless.auc == 0.5
    assert useless.brier_scaled == 0


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: funnel.calibration([0, 1, 1], [0.1, 0.5, 1], fitted=True), r"predictions\[2\] is 1"),
        (lambda: funnel.calibration([0, 1, 1], [0.1, 0.5, 0], fitted=True), r"predictions\[2\] is 0"),
        (lambda: funnel.calibration([0, 1, 2], [0.1, 0.5, 0.6], fitted=True), r"outcomes\[2\] is 2"),
        (lambda: funnel.calibration([1, 1, 1], [0.1, 0.5, 0.6], fitted=True), "outcomes are all 1"),
        (lambda: funnel.calibration([0, 1, 1], [0.1, 0.5], fitted=True), "lengths differ"),
        (lambda: funnel.calibration([0, 1, 1, 0], [0.1, 0.1, 0.5, 0.5], fitted=True), "2 group"),
        (lambda: funnel.calibration([0, 1, 1, 0], [0.5] * 4, fitted=True), "1 group"),
        (lambda: funnel.calibration([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], fitted=True), "no calibration slope"),
        (lambda: funnel.calibration([0, 1, 1], [0.1, 0.5, 0.6], fitted=True, groups=2), "groups is 2"),
        (lambda: funnel.discrimination([0, 1, 1], [0.1, 0.5, 0.6]), "two of each outcome"),
        (lambda: funnel.discrimination([0, 0, 1, 1], [0.1, 0.5, 0.6, NAN]), "is nan"),
        (lambda: funnel.discrimination([0, 0, 1, 1], [0.1, 0.5, 0.6, 0.7], level=1), "level is 1"),
    ],
)
def test_bad_predictions_are_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()


def test_sizes_that_differ_too_much_for_a_fit_are_told():
    counts, covariate = [3, 5, 2, 6, 4, 3, 7, 5, 2, 4, 6, 1], [5.0, 7, 6, 9, 4, 8, 7, 5, 6, 8, 7, 9]
    exposure = [23.0, 26, 24, 29, 28, 28, 1e18, 32, 30, 33, 36, 32]
    with pytest.raises(ValueError, match="outcomes, covariates and exposure: their sizes differ too much"):
        funnel.fit_risk_model(counts, np.array(covariate)[:, None], family="poisson", exposure=exposure)
