"""Qualitative results, item scores, success over events, trend over rounds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from zhikong.stats import proficiency as pt
from zhikong.stats.proficiency import CHINA_EQA, CLIA_PT, EqaProfile, Verdict

NONE, GOOD, WARN, BAD, ABSENT = (Verdict(code) for code in range(5))
GRADES = ("-", "+-", "1+", "2+", "3+")


# ---- qualitative ----------------------------------------------------------------------------------------------------


def test_counts_of_pairs():
    table = pt.cross_table(["-", "1+", "1+"], ["-", "+-", "1+"], GRADES[:3])
    assert table.tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 1]]


@given(st.lists(st.integers(0, 9), min_size=9, max_size=9), st.sampled_from(["none", "linear", "quadratic"]))
@settings(max_examples=40, deadline=None)
def test_kappa_against_plain_code(cells, weights):
    table = np.reshape(cells, (3, 3)) + np.eye(3, dtype=int)
    ours = pt.kappa(table, weights=weights)
    n, k = table.sum(), 3

    def credit(i, j):
        return {
            "none": float(i == j),
            "linear": 1 - abs(i - j) / (k - 1),
            "quadratic": 1 - (i - j) ** 2 / (k - 1) ** 2,
        }[weights]

    pairs = [(i, j) for i in range(k) for j in range(k)]
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed = sum(credit(i, j) * table[i, j] for i, j in pairs) / n
    expected = sum(credit(i, j) * rows[i] * columns[j] for i, j in pairs) / n**2
    assert ours.observed == pytest.approx(observed)
    assert ours.expected == pytest.approx(expected)
    assert ours.value == pytest.approx((observed - expected) / (1 - expected))
    assert ours.value <= 1
    assert ours.low <= ours.value <= ours.high
    other = pt.kappa(table.T, weights=weights)
    assert (other.value, other.standard_error) == pytest.approx((ours.value, ours.standard_error), abs=1e-9)
    if weights == "quadratic":  # Fleiss and Cohen 1973: an intraclass correlation of the category numbers
        x = np.repeat([i for i, j in pairs], table.ravel())
        y = np.repeat([j for i, j in pairs], table.ravel())
        between = 2 * np.cov(x, y, ddof=0)[0, 1]
        assert ours.value == pytest.approx(between / (x.var() + y.var() + (x.mean() - y.mean()) ** 2))


def test_standard_error_of_kappa():
    table = [[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]]
    # statsmodels 0.15, cohens_kappa(...).std_kappa with wt None, "linear" and "fc"
    wanted = {"none": 0.07271537817, "linear": 0.06755609044, "quadratic": 0.06811447105}
    for weights, error in wanted.items():
        assert pt.kappa(table, weights=weights).standard_error == pytest.approx(error, abs=5e-11)


@pytest.mark.thorough
def test_kappa_and_its_errors_against_statsmodels():
    rates = pytest.importorskip("statsmodels.stats.inter_rater")
    table = np.array([[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]])
    for weights, name in (("none", None), ("linear", "linear"), ("quadratic", "fc")):
        theirs = rates.cohens_kappa(table, wt=name)
        ours = pt.kappa(table, weights=weights)
        found = (ours.value, ours.standard_error, ours.null_error, ours.low, ours.high)
        wanted = (theirs.kappa, theirs.std_kappa, theirs.std_kappa0, theirs.kappa_low, theirs.kappa_upp)
        assert found == pytest.approx(wanted, rel=1e-10)


def test_perfect_and_absent_agreement():
    assert pt.kappa([[5, 0], [0, 5]]).value == 1
    assert pt.kappa([[5, 0], [0, 5]]).standard_error == 0
    assert pt.kappa([[25, 25], [25, 25]]).value == 0
    assert pt.kappa([[0, 5], [5, 0]]).value == -1


@given(st.integers(1, 400), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=40, deadline=None)
def test_wilson_against_scipy(total, data, confidence):
    count = data.draw(st.integers(0, total))
    low, high = pt.wilson_interval(count, total, confidence=confidence)
    theirs = stats.binomtest(count, total).proportion_ci(confidence, method="wilson")
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert 0 <= low <= count / total <= high <= 1
    array = pt.wilson_interval([count, total - count], total, confidence=confidence)
    assert (array[0][0], array[1][0]) == (low, high)
    assert array[0][1] == pytest.approx(1 - high, abs=1e-12)


def test_sensitivity_and_specificity():
    ours = pt.sensitivity_specificity(45, 5, 10, 90)
    assert (ours.sensitivity.value, ours.sensitivity.count, ours.sensitivity.total) == (0.9, 45, 50)
    assert (ours.specificity.value, ours.agreement.value) == (0.9, 135 / 150)
    assert (ours.sensitivity.low, ours.sensitivity.high) == pt.wilson_interval(45, 50)
    assert pt.sensitivity_specificity(1, 0, 0, 1).agreement.high == 1


def test_ordered_categories_within_one():
    ours = pt.ordinal_agreement(["-", "1+", "3+", "+-"], ["+-", "1+", "1+", "-"], GRADES)
    assert ours.steps.tolist() == [-1, 0, 2, 1]
    assert ours.verdicts.tolist() == [GOOD, GOOD, BAD, GOOD]
    assert (ours.exact.count, ours.within.count, ours.within.total) == (1, 3, 4)
    strict = pt.ordinal_agreement(["-", "1+", "3+", "+-"], ["+-", "1+", "1+", "-"], GRADES, across_negative=False)
    assert strict.verdicts.tolist() == [BAD, GOOD, BAD, BAD]
    exact = pt.ordinal_agreement(["neg", "pos"], ["neg", "neg"], ("neg", "pos"), tolerated=0)
    assert exact.verdicts.tolist() == [GOOD, BAD]
    wide = pt.ordinal_agreement(["3+"], ["1+"], GRADES, tolerated=2)
    assert wide.verdicts.tolist() == [GOOD]


# ---- item scores and success ----------------------------------------------------------------------------------------


def test_scores_of_an_item():
    assert pt.pt_score(4, 5) == 80
    assert pt.pt_score([4, 0], [5, 5]).tolist() == [80, 0]
    four = pt.score_items([GOOD, GOOD, GOOD, WARN, BAD])
    assert (four.score, four.acceptable, four.counted, four.verdict) == (80, 4, 5, GOOD)
    assert pt.score_items([GOOD, GOOD, GOOD, BAD, ABSENT]).verdict is BAD
    absent = pt.score_items([ABSENT] * 5)
    assert (absent.score, absent.verdict) == (0, BAD)


def test_critical_items_need_all():
    verdicts = [GOOD] * 4 + [BAD]
    for item in ("ABO", "RhD", "compatibility"):
        assert pt.score_items(verdicts, item=item).verdict is BAD
        assert pt.score_items([GOOD] * 5, item=item).verdict is GOOD
    assert pt.score_items(verdicts, item="glucose").verdict is GOOD
    own = EqaProfile("county", "2026", satisfactory_from=60, critical_items=("HIV",))
    assert pt.score_items([GOOD] * 3 + [BAD] * 2, profile=own).verdict is GOOD
    assert pt.score_items(verdicts, item="HIV", profile=own).verdict is BAD
    assert pt.score_items(verdicts, item="ABO", profile=own).verdict is GOOD


def test_what_was_not_evaluated_is_left_out_or_credited():
    verdicts = [GOOD, GOOD, GOOD, BAD, NONE]
    china, clia = pt.score_items(verdicts), pt.score_items(verdicts, profile=CLIA_PT)
    assert (china.score, china.counted, china.verdict) == (75, 4, BAD)
    assert (clia.score, clia.counted, clia.verdict) == (80, 5, GOOD)
    nothing = pt.score_items([NONE] * 5)
    assert math.isnan(nothing.score)
    assert (nothing.counted, nothing.verdict) == (0, NONE)
    assert pt.score_items([NONE] * 5, profile=CLIA_PT).score == 100


@given(
    st.lists(st.lists(st.sampled_from([NONE, GOOD, WARN, BAD, ABSENT]), min_size=5, max_size=5), min_size=1, max_size=6)
)
@settings(max_examples=25, deadline=None)
def test_many_laboratories_are_scored_as_one_is(rows):
    for profile in (CHINA_EQA, CLIA_PT):
        many = pt.score_items(np.array(rows), profile=profile)
        for place, row in enumerate(rows):
            one = pt.score_items(row, profile=profile)
            assert many.verdict[place] == one.verdict
            assert many.counted[place] == one.counted
            assert np.array_equal(many.score[place], one.score, equal_nan=True)


def test_a_third_of_three_is_exactly_what_is_wanted():
    two_thirds = EqaProfile("x", "1", satisfactory_from=100 * 2 / 3)
    assert pt.score_items([GOOD, GOOD, BAD], profile=two_thirds).verdict is GOOD


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        ("++++", "...."),
        ("-+++", "...."),
        ("--++", ".xx."),
        ("-+-+", "..x."),
        ("-++-", "...."),  # three events apart
        ("+---", "..xx"),
        ("-o-o", "..x."),  # an event not evaluated keeps its place
        ("-", "."),
    ],
)
def test_two_of_three_events(events, wanted):
    codes = [{"+": GOOD, "-": BAD, "o": NONE}[event] for event in events]
    assert "".join("x" if failed else "." for failed in pt.unsuccessful(codes)) == wanted
    assert pt.unsuccessful([codes, codes]).tolist() == [pt.unsuccessful(codes).tolist()] * 2


@given(st.lists(st.sampled_from([NONE, GOOD, BAD]), min_size=1, max_size=9), st.integers(1, 4), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_success_against_plain_code(events, wanted, more):
    profile = EqaProfile("x", "1", unsatisfactory_events=wanted, among_events=wanted + more)
    slow = [events[max(0, place + 1 - wanted - more) : place + 1].count(BAD) >= wanted for place in range(len(events))]
    assert pt.unsuccessful(events, profile=profile).tolist() == slow


# ---- trend ----------------------------------------------------------------------------------------------------------


def test_trend_of_one_laboratory():
    ours = pt.trend([1.0, 2.0, 1.5, 1.5])
    assert ours.cumulative.tolist() == [1, 3, 4.5, 6]
    assert (ours.n, ours.rescaled_sum, ours.sum_of_squares) == (4, 3.0, 9.5)
    assert ours.rescaled_verdict is BAD  # no single z warns, together they call for action
    # Thompson, Ellison, Wood 2006: SSZ against chi-squared with n degrees of freedom; chi2(0.95, 4) = 9.49
    assert ours.squares_limit == pytest.approx(9.487729, abs=5e-7)
    assert ours.squares_exceeded is True
    assert ours.squares_probability == pytest.approx(stats.chi2.sf(9.5, 4))
    assert pt.trend([1.0, 2.0, 1.5, 1.5], alpha=0.01).squares_exceeded is False


@given(st.lists(st.lists(st.floats(-5, 5), min_size=4, max_size=4), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_many_laboratories_have_the_trends_of_each(rows):
    many = pt.trend(rows)
    for place, row in enumerate(rows):
        one = pt.trend(row)
        assert many.rescaled_sum[place] == one.rescaled_sum == pytest.approx(sum(row) / 2)
        assert many.sum_of_squares[place] == one.sum_of_squares == pytest.approx(sum(z * z for z in row))
        assert many.rescaled_verdict[place] == one.rescaled_verdict
        assert many.squares_exceeded[place] == one.squares_exceeded
        gap = pt.trend([*row, math.nan], missing=True)
        assert (gap.n, gap.rescaled_sum, gap.sum_of_squares) == (4, one.rescaled_sum, one.sum_of_squares)


def test_equality_with_the_chi_squared_limit_does_not_exceed_it():
    limit = pt.trend([0.0]).squares_limit
    assert not pt.trend([math.sqrt(limit)]).squares_exceeded
    assert pt.trend([math.sqrt(limit) * (1 + 1e-6)]).squares_exceeded


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: pt.cross_table(["-"], ["-", "-"], GRADES), "first has 1, second has 2"),
        (lambda: pt.cross_table(["?"], ["-"], GRADES), r"first\[0\] is '\?': it must be one of"),
        (lambda: pt.cross_table(["-"], ["-"], ("-", "-")), "categories has a category twice"),
        (lambda: pt.cross_table([("-", 1)] * 3, [("-", 1)] * 2, [("-", 1)]), "first has 3, second has 2"),
        (lambda: pt.cross_table([["-"]], [["-"]], GRADES), "first and categories must hold single categories"),
        (lambda: pt.cross_table("-", 1, GRADES), "second is 1: a sequence is needed"),
        (lambda: pt.kappa([[1, 2, 3], [4, 5, 6]]), "table has 2 rows and 3 columns"),
        (lambda: pt.kappa([[0, 0], [0, 0]]), "table holds no pair"),
        (lambda: pt.kappa([[5, 0], [0, 0]]), "all pairs in one category"),
        (lambda: pt.kappa([[1, -1], [0, 1]]), r"table\[0, 1\] is -1"),
        (lambda: pt.kappa([[1, 0.5], [0, 1]]), "a whole number is needed"),
        (lambda: pt.kappa([[1, 0], [0, 1]], weights="cubic"), "weights is 'cubic'"),
        (lambda: pt.kappa([[1, 0], [0, 1]], confidence=1), "confidence is 1"),
        (lambda: pt.wilson_interval(1, 0), "totals is 0"),
        (lambda: pt.wilson_interval([1, 5], 4), "counts is 5 of 4: more than the total"),
        (lambda: pt.wilson_interval(-1, 4), "counts is -1"),
        (lambda: pt.wilson_interval(1, 4, confidence=0), "confidence is 0"),
        (lambda: pt.sensitivity_specificity(0, 0, 1, 1), r"true_positive \+ false_negative is 0"),
        (lambda: pt.sensitivity_specificity(1, 1, 0, 0), r"false_positive \+ true_negative is 0"),
        (lambda: pt.sensitivity_specificity(1, -1, 1, 1), "false_negative is -1"),
        (lambda: pt.ordinal_agreement([], [], GRADES), "reported is empty"),
        (lambda: pt.ordinal_agreement(["-"], ["4+"], GRADES), r"expected\[0\] is '4\+'"),
        (lambda: pt.ordinal_agreement(["-"], ["-"], GRADES, tolerated=-1), "tolerated is -1"),
        (lambda: pt.pt_score(6, 5), "acceptable is 6 of 5: more than the total"),
        (lambda: pt.pt_score(0, 0), "total is 0"),
        (lambda: pt.pt_score(-1, 5), "acceptable is -1"),
        (lambda: pt.score_items([]), "verdicts needs at least 1"),
        (lambda: pt.score_items([5]), r"verdicts\[0\] is 5: it must be at most 4"),
        (lambda: pt.score_items(["ok"]), "'ok': a number is needed"),
        (lambda: pt.unsuccessful([]), "events needs at least 1"),
        (lambda: pt.unsuccessful([WARN]), "events has 2"),
        (lambda: pt.unsuccessful([ABSENT]), r"events\[0\] is 4"),
        (lambda: EqaProfile("x", "1", satisfactory_from=101), "satisfactory_from is 101"),
        (lambda: EqaProfile("x", "1", critical_from=0), "critical_from is 0"),
        (lambda: EqaProfile("x", "1", unsatisfactory_events=4), "unsatisfactory_events is 4"),
        (lambda: EqaProfile("x", "1", not_evaluated="?"), "not_evaluated is '?'"),
        (lambda: pt.trend([]), "scores needs at least 1"),
        (lambda: pt.trend([1, math.nan]), r"scores\[1\] is nan"),
        (lambda: pt.trend([math.nan], missing=True), "scores has no score in any round"),
        (lambda: pt.trend([1], alpha=0), "alpha is 0"),
    ],
)
def test_bad_arguments_are_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()
