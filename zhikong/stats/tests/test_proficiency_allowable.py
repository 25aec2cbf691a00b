from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhikong.stats import proficiency as pt
from zhikong.stats.proficiency import AllowableError, Verdict

ACCEPTABLE, WARNING, ACTION = Verdict.ACCEPTABLE, Verdict.WARNING, Verdict.ACTION
NOT_EVALUATED = Verdict.NOT_EVALUATED
# CLIA 2025 and WS/T 403-2024 as transcribed by third parties
GLUCOSE_CLIA = AllowableError("max", 8, 6, unit="mg/dL", edition="CLIA 2025", effective_on=date(2025, 1, 1))
POTASSIUM = AllowableError("threshold", 6, 0.2, 3.3, unit="mmol/L", edition="WS/T 403-2024")
SODIUM = AllowableError("pct", 4)
PH = AllowableError("abs", absolute=0.04)


def test_the_rule_combines_the_parts():
    assert pt.allowable_difference(GLUCOSE_CLIA, [50, 75, 100]).tolist() == [6, 6, 8]
    assert pt.allowable_difference(POTASSIUM, [3.2, 3.3]).tolist() == [0.2, 0.2]
    assert pt.allowable_difference(POTASSIUM, 3.4) == pytest.approx(0.204)
    assert pt.allowable_difference(POTASSIUM, 3.301) < 0.2  # the switch has a step, the greater of both has none
    assert pt.allowable_difference(SODIUM, 140) == pytest.approx(5.6)
    assert pt.allowable_difference(SODIUM, -140) == pytest.approx(5.6)
    assert pt.allowable_difference(PH, 7.4) == 0.04


def test_equality_is_acceptable_as_decimals_have_it():
    assert 1.1 - 1.0 > 0.1
    assert pt.judge_allowable(1.1, 1.0, AllowableError("pct", 10)) is ACCEPTABLE
    assert pt.judge_allowable([7.44, 7.36, 7.45], 7.40, PH).tolist() == [ACCEPTABLE, ACCEPTABLE, ACTION]
    assert pt.judge_allowable([134.4, 134.3, 145.6, 145.7], 140, SODIUM).tolist() == [
        ACCEPTABLE, ACTION, ACCEPTABLE, ACTION,
    ]  # fmt: skip
    for hundredth in range(100, 2000, 7):  # x = 1.05 x_pt in decimals
        target = hundredth / 100
        result = round(hundredth * 105 / 10000, 4)
        assert pt.judge_allowable(result, target, AllowableError("pct", 5)) is ACCEPTABLE


def test_the_two_rules_disagree_just_above_the_threshold():
    greater = AllowableError("max", 6, 0.2)
    assert pt.judge_allowable(3.509, 3.31, POTASSIUM) is ACTION  # 6 % of 3.31 = 0.1986
    assert pt.judge_allowable(3.509, 3.31, greater) is ACCEPTABLE


def test_laboratories_by_samples():
    results = np.array([[100.0, 50.0], [np.nan, 57.0]])
    verdicts = pt.judge_allowable(results, [100, 50], GLUCOSE_CLIA, missing=True)
    assert verdicts.tolist() == [[ACCEPTABLE, ACCEPTABLE], [Verdict.NOT_REPORTED, ACTION]]
    with pytest.raises(ValueError, match=r"result\[1, 0\] is nan"):
        pt.judge_allowable(results, [100, 50], GLUCOSE_CLIA)


@given(st.floats(0.01, 1e4), st.floats(-3, 3), st.sampled_from([GLUCOSE_CLIA, POTASSIUM, SODIUM, PH]))
@settings(max_examples=60, deadline=None)
def test_p_a_says_the_same(target, share, limit):
    allowed = pt.allowable_difference(limit, target)
    result = target + share * allowed
    score = pt.percent_of_allowed(result, target, allowed)
    if abs(abs(score) - 100) > 1e-6:
        assert pt.judge(score, pt.PA_LIMITS) == pt.judge_allowable(result, target, limit)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: AllowableError("greater", 1, 1), "rule is 'greater': it must be one of pct, abs, max, threshold"),
        (lambda: AllowableError("pct"), "percent is None: the rule 'pct' takes percent"),
        (lambda: AllowableError("pct", 5, 1), "absolute is 1: the rule 'pct' takes percent"),
        (lambda: AllowableError("max", 5), "absolute is None: the rule 'max' takes percent and absolute"),
        (lambda: AllowableError("threshold", 5, 1), "threshold is None"),
        (lambda: AllowableError("abs", absolute=0), "absolute is 0: it must be above 0"),
        (lambda: AllowableError("pct", float("nan")), "percent is nan"),
        (lambda: pt.allowable_difference(SODIUM, 0), "assigned is 0: a percentage of 0 allows nothing"),
        (lambda: pt.allowable_difference(SODIUM, float("inf")), "assigned is inf"),
        (lambda: pt.judge_allowable("<5", 5, SODIUM), "result is '<5': a number is needed"),
        (lambda: pt.judge_allowable([1, 2], [1, 2, 3], SODIUM), "shapes"),
        (lambda: pt.judge_censored(1, "=", 1, 1), "side is '=': it must be one of <, >"),
        (lambda: pt.judge_censored([1, 2, 3], ["<", ">"], 1, 1), r"bound \(3,\), side \(2,\)"),
        (lambda: pt.judge_censored(0, "<", 1, 1), "bound is 0: no value lies below it"),
        (lambda: pt.judge_censored(1, "<", 1, 0), "scale is 0"),
        (lambda: pt.judge_censored(1, "<", float("nan"), 1), "assigned is nan"),
        (lambda: pt.judge_censored([1, 2], "<", [1, 2, 3], 1), "shapes"),
    ],
)
def test_bad_arguments_are_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()


@pytest.mark.parametrize(
    ("text", "assigned", "allowed", "wanted"),
    [
        ("<4.5", 5.0, 0.5, ACTION),  # at the lower limit: every value below it is too low
        ("<4.0", 5.0, 0.5, ACTION),
        ("<4.6", 5.0, 0.5, NOT_EVALUATED),  # 4.55 would pass, 1 would not
        ("<5.5", 5.0, 0.5, NOT_EVALUATED),
        ("<10", 5.0, 0.5, NOT_EVALUATED),
        ("<0.3", 0.1, 0.3, ACCEPTABLE),  # 0 to 0.3 lies within -0.2 to 0.4
        ("<0.4", 0.1, 0.3, ACCEPTABLE),  # 0.4 itself is not among the values
        ("<0.41", 0.1, 0.3, NOT_EVALUATED),
        ("<0.1", 0.3, 0.3, ACCEPTABLE),  # down to 0, which is on the lower limit
        ("<0.1", 0.31, 0.3, NOT_EVALUATED),
        ("<0.01", 0.31, 0.3, ACTION),
        (">5.5", 5.0, 0.5, ACTION),
        (">6", 5.0, 0.5, ACTION),
        (">5.4", 5.0, 0.5, NOT_EVALUATED),  # no upper end: never acceptable
        (">4", 5.0, 0.5, NOT_EVALUATED),
        (">5", 5.0, 0.5, NOT_EVALUATED),
    ],
)
def test_a_result_below_or_above_a_bound(text, assigned, allowed, wanted):
    assert pt.judge_censored(float(text[1:]), text[0], assigned, allowed) is wanted


def test_a_bound_scored_by_z():
    z = {"scale": 1.0, "limits": pt.Z_LIMITS}
    assert pt.judge_censored(7, "<", 10, **z) is ACTION  # below z = -3
    assert pt.judge_censored(7.5, "<", 10, **z) is NOT_EVALUATED  # warning or action
    assert pt.judge_censored(0.5, "<", 3, **z) is NOT_EVALUATED  # z from -3 (action) to -2.5 (warning)
    assert pt.judge_censored(0.5, "<", 2.9, **z) is WARNING  # z from -2.9 to -2.4
    assert pt.judge_censored(1, "<", 2, **z) is ACCEPTABLE
    assert pt.judge_censored(13, ">", 10, **z) is ACTION
    assert pt.judge_censored(12, ">", 10, **z) is NOT_EVALUATED


def test_without_a_lowest_value_less_than_is_never_acceptable():
    assert pt.judge_censored(0.3, "<", 0.1, 0.3, lowest=None) is NOT_EVALUATED
    assert pt.judge_censored(-0.3, "<", 0.1, 0.3, lowest=None) is ACTION


def test_bounds_as_arrays():
    verdicts = pt.judge_censored([4.5, 4.6, 5.5], ["<", "<", ">"], 5.0, 0.5)
    assert verdicts.tolist() == [ACTION, NOT_EVALUATED, ACTION]


@given(
    st.integers(1, 60), st.sampled_from("<>"), st.integers(0, 60), st.integers(1, 30),
    st.sampled_from([pt.ALLOWABLE_LIMITS, pt.Z_LIMITS, pt.EN_LIMITS_13528]),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_a_bound_is_judged_as_all_its_values_are(bound, side, assigned, scale, limits):
    # slow and plain: every value in steps of a sixteenth, and one far out
    values = np.arange(0, bound, 1 / 16) if side == "<" else np.arange(bound + 1 / 16, 300, 1 / 16)
    edge = bound - 1e-4 if side == "<" else bound + 1e-4
    values = np.append(values, edge) if side == "<" else np.append(values, [edge, 1e6])
    found = set(pt.judge((values - assigned) / scale, limits).tolist())
    wanted = found.pop() if len(found) == 1 else NOT_EVALUATED
    assert pt.judge_censored(bound, side, assigned, scale, limits=limits) == wanted
