import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhikong.stats import proficiency as pt
from zhikong.stats.proficiency import Verdict

finite = st.floats(-1e6, 1e6, allow_nan=False)
positive = st.floats(1e-3, 1e6)
ACCEPTABLE, WARNING, ACTION = Verdict.ACCEPTABLE, Verdict.WARNING, Verdict.ACTION


def test_scores_of_one_result():
    # typed from the formulas: D = 3, sigma = 1.5, u = 2, hypot(1.5, 2) = 2.5
    assert pt.z_score(13, 10, 1.5) == 2.0
    assert pt.z_prime_score(13, 10, 1.5, 2) == 1.2
    assert pt.zeta_score(13, 10, 1.5, 2) == 1.2
    assert pt.en_score(13, 10, 3, 4) == 0.6
    assert pt.ez_scores(13, 10, 2, 4) == (3.5, -0.5)
    assert pt.difference(13, 10) == 3.0
    assert pt.percent_difference(13, 10) == 30.0
    assert pt.percent_difference(-13, -10) == 30.0
    assert pt.percent_of_allowed(13, 10, 4) == 75.0
    assert isinstance(pt.z_score(13, 10, 1.5), float)


def test_scores_broadcast_laboratories_by_samples():
    results = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    z = pt.z_score(results, [1, 2], [0.5, 2])
    assert z.tolist() == [[0, 0], [4, 1], [8, 2]]
    for laboratory in range(3):
        for sample in range(2):
            one = pt.z_score(results[laboratory, sample], [1, 2][sample], [0.5, 2][sample])
            assert one == z[laboratory, sample]


@given(st.lists(st.tuples(finite, finite, positive, positive), min_size=1, max_size=6), st.floats(0.1, 10), finite)
@settings(max_examples=30, deadline=None)
def test_scores_do_not_depend_on_unit_and_order(rows, factor, shift):
    x, m, s, u = np.array(rows).T
    scores = (
        lambda x, m, s, u: pt.z_score(x, m, s),
        pt.z_prime_score,
        lambda x, m, s, u: pt.zeta_score(x, m, s, u),
        lambda x, m, s, u: pt.en_score(x, m, s, u),
        lambda x, m, s, u: pt.percent_of_allowed(x, m, s),
    )
    for score in scores:
        plain = score(x, m, s, u)
        size = factor * (np.abs(x) + np.abs(m)) + abs(shift)
        slack = 1e-12 * (np.abs(plain) + 100 * size / (factor * s))
        assert (np.abs(score(factor * x + shift, factor * m + shift, factor * s, factor * u) - plain) <= slack).all()
        assert score(x[::-1], m[::-1], s[::-1], u[::-1]).tolist() == plain[::-1].tolist()
        assert (np.abs(score(2 * m - x, m, s, u) + plain) <= slack).all()


@given(finite, finite, positive, positive)
@settings(max_examples=30, deadline=None)
def test_scores_are_related(x, m, s, u):
    assert pt.z_prime_score(x, m, s, 0) == pt.z_score(x, m, s)
    assert abs(pt.z_prime_score(x, m, s, u)) <= abs(pt.z_score(x, m, s))
    assert pt.en_score(x, m, 2 * s, 2 * u) == pytest.approx(pt.zeta_score(x, m, s, u) / 2)
    low, high = pt.ez_scores(x, m, s, u)
    assert low >= high
    assert pt.percent_of_allowed(x, m, s) == 100 * pt.z_score(x, m, s)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: pt.z_score(math.nan, 1, 1), "result is nan"),
        (lambda: pt.z_score([1, math.inf], 1, 1, missing=True), r"result\[1\] is inf"),
        (lambda: pt.z_score("5.1", 1, 1), "result is '5.1': a number is needed"),
        (lambda: pt.z_score([], 1, 1), "result needs at least 1"),
        (lambda: pt.z_score(1, math.nan, 1), "assigned is nan"),
        (lambda: pt.z_score(1, 1, 0), "sigma_pt is 0: it must be above 0"),
        (lambda: pt.z_score([1, 2], [1, 2, 3], 1), r"shapes do not fit together: result \(2,\), assigned \(3,\)"),
        (lambda: pt.z_prime_score(1, 1, 1, -1), "u_assigned is -1"),
        (lambda: pt.z_prime_score(1, [1, 2], [1, 2, 3], 1), "shapes"),
        (lambda: pt.zeta_score(1, 1, 0, 0), "u_result and u_assigned are both 0"),
        (lambda: pt.zeta_score(1, 1, -1, 0), "u_result is -1"),
        (lambda: pt.en_score(1, 1, 0, 0), "expanded_result and expanded_assigned are both 0"),
        (lambda: pt.ez_scores(1, 1, 0, 1), "expanded_result is 0"),
        (lambda: pt.ez_scores(1, 1, 1, -1), "expanded_assigned is -1"),
        (lambda: pt.difference([1, 2], [1, 2, 3]), "shapes"),
        (lambda: pt.percent_difference(1, 0), "assigned is 0: a percentage of 0"),
        (lambda: pt.percent_of_allowed(1, 1, 0), "allowed is 0"),
        (lambda: pt.variance_index_score(1, 0, 5), "assigned is 0"),
        (lambda: pt.variance_index_score(1, 1, 0), "chosen_cv is 0"),
        (lambda: pt.variance_index_score(1, 1, 1, highest=0), "highest is 0"),
        (lambda: pt.variance_index_score(1, 1, 1, zero_below=400), "zero_below is 400"),
        (lambda: pt.overall_mean_vis([]), "scores needs at least 1"),
        (lambda: pt.overall_mean_vis([-1]), r"scores\[0\] is -1"),
        (lambda: pt.judge(math.nan), "scores is nan"),
        (lambda: pt.judge_ez(1, math.nan), "high is nan"),
        (lambda: pt.judge_ez([1, 2], [1, 2, 3]), "shapes"),
        (lambda: pt.ScoreLimits("x", "1", 0, 3), "acceptable is 0"),
        (lambda: pt.ScoreLimits("x", "1", 3, 2), "action is 2: it must be at least 3"),
        (lambda: pt.ScoreLimits("x", "1", 1, 1), "action is 1, as is acceptable"),
        (lambda: pt.largest_possible_z(1), "n is 1"),
        (lambda: pt.fewest_participants(0), "limit is 0"),
        (lambda: pt.EvaluationRules("x", "1", 0, 1), "fewest_participants is 0"),
        (lambda: pt.reasons_not_evaluated(pt.CONSENSUS_Z, participants=-1), "participants is -1"),
        (lambda: pt.reasons_not_evaluated(pt.CONSENSUS_Z, participants=9, modes=0), "modes is 0"),
    ],
)
def test_bad_arguments_are_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()


def test_borders_of_z():
    z = [0, 2, -2, np.nextafter(2, 3), 2.0001, -2.9999, 3, -3, 400]
    wanted = [ACCEPTABLE] * 4 + [WARNING] * 2 + [ACTION] * 3
    assert pt.judge(z).tolist() == wanted
    assert pt.judge(-2.0) is ACCEPTABLE
    assert pt.judge(2.0, pt.ScoreLimits("strict", "1", 2, 3, acceptable_at_limit=False)) is WARNING
    assert pt.judge(3.0, pt.ScoreLimits("lenient", "1", 2, 3, action_at_limit=False)) is WARNING


def test_equality_is_that_of_decimals_not_of_binary():
    assert (1.1 - 1.0) / 0.05 > 2
    assert pt.judge(pt.z_score(1.1, 1.0, 0.05)) is ACCEPTABLE
    assert (8.3 - 8.0) / 0.1 > 3 > (0.4 - 0.1) / 0.1 - 1e-9
    assert pt.judge(pt.z_score(7.7, 8.0, 0.1)) is ACTION
    for thousandth in range(1, 3000, 7):  # x = x_pt + 2 sigma in decimals, at any concentration
        x, m = round(1 + 2 * thousandth / 1000, 3), 1.0
        assert pt.judge(pt.z_score(x, m, thousandth / 1000)) is ACCEPTABLE


def test_the_two_readings_of_en():
    assert pt.judge([1, -1], pt.EN_LIMITS).tolist() == [ACCEPTABLE] * 2
    assert pt.judge([1, -1], pt.EN_LIMITS_13528).tolist() == [ACTION] * 2
    assert pt.judge([0.999, 1.001], pt.EN_LIMITS).tolist() == [ACCEPTABLE, ACTION]
    assert pt.judge([0.999, 1.001], pt.EN_LIMITS_13528).tolist() == [ACCEPTABLE, ACTION]
    assert pt.judge([100, -100.1], pt.PA_LIMITS).tolist() == [ACCEPTABLE, ACTION]


def test_pairs_of_ez():
    # Dataplot: satisfactory if both are within +-1, questionable if one is outside, unsatisfactory if both are
    assert pt.judge_ez([0.5, 1, 2, 3], [-0.5, -1, 0, 2]).tolist() == [ACCEPTABLE, ACCEPTABLE, WARNING, ACTION]
    assert pt.judge_ez(*pt.ez_scores(13, 10, 2, 4)) is WARNING


def test_what_was_not_reported_is_not_scored():
    z = pt.z_score([1.0, np.nan], 1, 1, missing=True)
    assert np.isnan(z[1])
    assert pt.judge(z, missing=True).tolist() == [ACCEPTABLE, Verdict.NOT_REPORTED]
    with pytest.raises(ValueError, match=r"scores\[1\] is nan"):
        pt.judge(z)


def test_variance_index():
    # 临床生物化学: 98 mmol/L, found 101, CCV 2.2 gives V = 3.06, VI = 139
    assert pt.variance_index_score(101, 98, 2.2) == pytest.approx(139.147, abs=5e-4)
    assert pt.variance_index_score([101, 95], 98, 2.2) == pytest.approx([139.147] * 2, abs=5e-4)
    assert pt.variance_index_score(120, 98, 2.2) == 400
    assert pt.variance_index_score(120, 98, 2.2, highest=1e6) == pytest.approx(100 * 100 * 22 / 98 / 2.2)
    assert pt.variance_index_score(98.5, 98, 2.2, zero_below=50) == 0
    assert pt.variance_index_score([105, 100], 100, [10, 5], zero_below=50).tolist() == [50, 0]
    assert pt.overall_mean_vis([100, 300]) == 200
    assert pt.overall_mean_vis([[100, 300], [0, 1]]).tolist() == [200, 0.5]


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=15))
@settings(max_examples=50, deadline=None)
def test_no_classical_z_exceeds_its_ceiling(values):
    x = np.array(values)
    if x.std(ddof=1) > 1e-6:
        assert np.abs(pt.z_score(x, x.mean(), x.std(ddof=1))).max() <= pt.largest_possible_z(x.size) * (1 + 1e-9)


def test_small_schemes():
    assert [pt.fewest_participants(limit) for limit in (2, 3)] == [6, 11]
    for limit in np.linspace(0.1, 12, 60):
        n = pt.fewest_participants(limit)
        assert pt.largest_possible_z(n) > limit
        assert n == 2 or pt.largest_possible_z(n - 1) <= limit
    with pytest.raises(ValueError, match="limit is 1e\\+07: it must be at most 1e\\+06"):
        pt.fewest_participants(1e7)
    one_wild = np.array([0.0] * 10 + [1.0])
    assert pt.judge(pt.z_score(one_wild, one_wild.mean(), one_wild.std(ddof=1)))[-1] == ACTION


def test_reasons_for_no_verdict():
    told = pt.reasons_not_evaluated
    assert told(pt.CONSENSUS_Z, participants=11, group=10, modes=1) == ()
    assert told(pt.CONSENSUS_Z, participants=11) == ()
    assert told(pt.CONSENSUS_Z, participants=10, group=9, modes=2) == (
        "few participants",
        "small peer group",
        "several modes",
    )
    own = pt.EvaluationRules("county", "2026", fewest_participants=5, fewest_in_group=3, most_modes=2)
    assert told(own, participants=5, group=3, modes=2) == ()
    assert told(own, participants=4, group=3, modes=3) == ("few participants", "several modes")
