"""Ranks, percentile grades, rubric and panel scores."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from zhikong.stats import grading
from zhikong.stats.grading import GUANGXI_2024, GradeRule

NAN = float("nan")
few = settings(max_examples=25, deadline=None)
scores = st.lists(st.integers(-5, 5), min_size=1, max_size=30)

# ---- ranks


@few
@given(scores)
def test_ranks_are_those_of_scipy(values):
    for ties, method in (("competition", "min"), ("dense", "dense"), ("fractional", "average")):
        theirs = stats.rankdata(values, method=method)
        assert (grading.ranks(values, ties=ties, better="lower") == theirs).all()
        assert (grading.ranks([-value for value in values], ties=ties) == theirs).all()
        both = grading.ranks([values, values[::-1]], ties=ties, better="lower")
        assert (both[0] == theirs).all()
        assert (both[1] == theirs[::-1]).all()


def test_a_tie_for_first_is_1_1_3():
    assert grading.ranks([9.5, 9.5, 8.0]).tolist() == [1, 1, 3]
    assert grading.ranks([9.5, 9.5, 8.0], ties="dense").tolist() == [1, 1, 2]
    assert grading.ranks([9.5, 9.5, 8.0], ties="fractional").tolist() == [1.5, 1.5, 3]


def test_excluded_units_take_no_place():
    for ties in ("competition", "dense", "fractional"):
        ranked = grading.ranks([NAN, 3, 9, 1], ties=ties, excluded=[True, False, True, False])
        assert ranked.tolist() == [0, 1, 0, 2]


@few
@given(scores, st.integers(2, 12))
def test_rank_groups_follow_sas(values, groups):
    ours = grading.rank_groups(values, groups)
    theirs = [int(Fraction(rank) * groups / (len(values) + 1)) for rank in stats.rankdata(values)]
    assert ours.tolist() == theirs
    assert (grading.rank_groups([values, values], groups) == ours).all()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: grading.ranks([1, NAN]), r"scores\[1\] is nan"),
        (lambda: grading.ranks([]), "scores needs at least 1"),
        (lambda: grading.ranks(["a"]), "a number is needed"),
        (lambda: grading.ranks([1], ties="random"), "ties is 'random'"),
        (lambda: grading.ranks([1], better="none"), "better is 'none'"),
        (lambda: grading.ranks([1, 2], excluded=[True]), "excluded must be true or false"),
        (lambda: grading.ranks([1, 2], excluded=[0, 1]), "excluded must be true or false"),
        (lambda: grading.ranks([1, 2], excluded=[True, True]), "excluded leaves no one"),
        (lambda: grading.ranks([NAN, NAN], excluded=[True, False]), r"scores\[1\] is nan"),
        (lambda: grading.rank_groups([1, 2], 1), "groups is 1"),
    ],
)
def test_bad_ranks_are_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()


# ---- grades


def test_guangxi_2024():
    """桂卫办发〔2025〕15号: 4 / 8 / 23 / 4 of 39; 10 centres in preparation were not evaluated."""
    values = np.r_[np.linspace(60, 99, 39), np.full(10, NAN)]
    found = grading.grade(values, GUANGXI_2024, excluded=np.isnan(values))
    assert found.counts == found.planned == (4, 8, 23, 4)
    assert found.grades[38] == "优秀"
    assert found.grades[0] == "不合格"
    assert found.grades[39:] == (None,) * 10
    assert found.ranks[39:].tolist() == [0] * 10


def rule(**changes):
    return replace(GUANGXI_2024, name="test", **changes)


@pytest.mark.parametrize(
    ("units", "changes", "counts"),
    [
        (39, {}, (4, 8, 23, 4)),
        (39, {"rounding": "ceiling"}, (4, 8, 23, 4)),
        (39, {"rounding": "floor"}, (3, 8, 25, 3)),
        (39, {"rounding": "floor", "cut": "each"}, (3, 7, 26, 3)),
        (39, {"cut": "each"}, (4, 8, 23, 4)),
        (39, {"shares": (10, 20, 60, 10), "cut": "each"}, (4, 8, 23, 4)),
        (45, {"half": "up"}, (5, 9, 26, 5)),  # 4.5, 13.5, 4.5
        (45, {"half": "down"}, (4, 9, 28, 4)),
        (45, {"half": "even"}, (4, 10, 27, 4)),
        (30, {"rounding": "ceiling"}, (3, 6, 18, 3)),  # 0.1 x 30 is 3, not 3.0000000000000004
        (1000, {"shares": (33.3, 33.3, None, 0.1), "rounding": "ceiling", "cut": "each"}, (333, 333, 333, 1)),
        (1, {}, (0, 0, 1, 0)),
    ],
)
def test_counts_by_rule(units, changes, counts):
    assert grading.grade_counts(units, rule(**changes)) == counts


@few
@given(
    st.integers(1, 200),
    st.lists(st.integers(0, 25), min_size=3, max_size=3),
    st.sampled_from(["floor", "nearest"]),
    st.sampled_from(["cumulative", "each"]),
)
def test_counts_add_up(units, shares, rounding, cut):
    shares = (shares[0], shares[1], None, shares[2])
    this = rule(shares=shares, rounding=rounding, cut=cut)
    if rounding == "nearest" and units < 8:  # three halves can be rounded up to more places than there are units
        this = replace(this, half="down")
    counts = grading.grade_counts(units, this)
    assert sum(counts) == units
    assert min(counts) >= 0
    if rounding == "floor":
        assert all(count <= units * share / 100 + 1 for count, share in zip(counts, shares, strict=True) if share)


def test_numbers_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="units is 39: rule 'test' gives 36 places"):
        grading.grade_counts(39, rule(shares=(10, 20, 60, 10), cut="each", rounding="floor"))
    with pytest.raises(ValueError, match="units is 1: rule 'test' gives 2 places"):
        grading.grade_counts(1, rule(rounding="ceiling"))


def test_ties_at_a_cut():
    three = GradeRule("three", ("A", "B", "C"), (25, None, 25))
    values = [9, 8, 8, 7, 6, 5, 5, 4]  # cuts after the second and before the seventh
    better = grading.grade(values, replace(three, ties="better"))
    assert "".join(better.grades) == "AAABBBBC"
    assert better.planned == (2, 4, 2)
    assert better.counts == (3, 4, 1)
    assert better.tied == ((1, 2), (5, 6))
    assert "".join(grading.grade(values, replace(three, ties="worse")).grades) == "ABBBBCCC"
    with pytest.raises(ValueError, match=r"units 1, 2 with 8; units 5, 6 with 5; decide"):
        grading.grade(values, three)


def test_a_tie_over_all_cuts_gets_one_grade():
    three = GradeRule("three", ("A", "B", "C"), (25, None, 25), ties="better")
    assert set(grading.grade([1] * 8, three).grades) == {"A"}
    assert set(grading.grade([1] * 8, replace(three, ties="worse")).grades) == {"C"}


def test_ties_inside_a_grade_are_no_matter():
    three = GradeRule("three", ("A", "B", "C"), (25, None, 25))
    assert grading.grade([9, 9, 8, 7, 7, 6, 4, 4], three).tied == ()


def test_floating_sums_tie_when_rounded():
    half = GradeRule("half", ("A", "B"), (50, 50))
    assert grading.grade([0.1 + 0.2, 0.3], half).grades == ("A", "B")
    with pytest.raises(ValueError, match="tied across a cut"):
        grading.grade([0.1 + 0.2, 0.3], half, decimals=6)


@few
@given(scores, st.sampled_from(["better", "worse"]), st.randoms(use_true_random=False))
def test_a_better_score_never_has_a_worse_grade(values, ties, random):
    found = grading.grade(values, rule(ties=ties))
    index = found.index[np.argsort(values)]
    assert (np.diff(index) <= 0).all()
    order = random.sample(range(len(values)), len(values))
    assert (grading.grade([values[place] for place in order], rule(ties=ties)).index == found.index[order]).all()
    assert (
        grading.grade([-3.5 * value for value in values], rule(ties=ties), better="lower").index == found.index
    ).all()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"shares": (10, 20, 60, 11)}, "101 together"),
        ({"shares": (10, 20, 59, 10)}, "99 together"),
        ({"shares": (10, None, None, 10)}, "more than one None"),
        ({"shares": (10, None, 10)}, "one each"),
        ({"shares": (-10, 20, None, 10)}, "shares is -10"),
        ({"shares": (NAN, 20, None, 10)}, "shares is nan"),
        ({"grades": ("A", "A", "B", "C")}, "distinct"),
        ({"rounding": "up"}, "rounding is 'up'"),
        ({"half": "odd"}, "half is 'odd'"),
        ({"cut": "none"}, "cut is 'none'"),
        ({"ties": "lot"}, "ties is 'lot'"),
    ],
)
def test_bad_rules_are_refused(changes, told):
    with pytest.raises(ValueError, match=told):
        rule(**changes)


def test_bad_scores_are_refused():
    with pytest.raises(ValueError, match=r"scores\[1\] is nan"):
        grading.grade([1, NAN], GUANGXI_2024)
    with pytest.raises(ValueError, match="one list at a time"):
        grading.grade([[1, 2]], GUANGXI_2024)
    with pytest.raises(ValueError, match="units is 0"):
        grading.grade_counts(0, GUANGXI_2024)


# ---- rubrics

SHEET = grading.Rubric(
    "sheet",
    (
        grading.RubricItem("organisation", 60),
        grading.RubricItem("training", 40),
        grading.RubricItem("national prize", 8, bonus=True),
        grading.RubricItem("innovation", 5, bonus=True),
    ),
    bonus_cap=10,
)


def test_bonus_points_come_on_top_and_are_capped():
    assert SHEET.maximum == 110
    found = grading.rubric_scores([[60, 40, 8, 5], [50, 30, 3, 2]], SHEET)
    assert found.base.tolist() == [100, 80]
    assert found.bonus.tolist() == [10, 5]
    assert found.total.tolist() == [110, 85]
    assert found.capped.tolist() == [True, False]
    assert grading.rubric_scores([60, 40, 8, 5], replace(SHEET, bonus_cap=None)).total == 113
    assert replace(SHEET, bonus_cap=None).maximum == 113


def test_points_above_the_maximum():
    with pytest.raises(ValueError, match=r"points\[1\] is 41: item 'training' gives at most 40"):
        grading.rubric_scores([60, 41, 0, 0], SHEET)
    capped = grading.rubric_scores([60, 41, 0, 0], replace(SHEET, over="cap"))
    assert capped.total == 100
    assert capped.capped


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: grading.rubric_scores([1, 2], SHEET), "points has 2 items"),
        (lambda: grading.rubric_scores([-1, 0, 0, 0], SHEET), r"points\[0\] is -1"),
        (lambda: grading.rubric_scores([NAN, 0, 0, 0], SHEET), r"points\[0\] is nan"),
        (lambda: grading.RubricItem("x", 0), "maximum of 'x' is 0"),
        (lambda: grading.Rubric("x", ()), "one or more"),
        (lambda: grading.Rubric("x", (grading.RubricItem("a", 1),) * 2), "its own code"),
        (lambda: replace(SHEET, bonus_cap=-1), "bonus_cap is -1"),
        (lambda: replace(SHEET, over="scale"), "over is 'scale'"),
    ],
)
def test_bad_rubrics_are_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()


# ---- weights and panels


def test_weights_count_by_proportion():
    assert grading.weighted_scores([80, 90], [60, 40]) == 84
    assert grading.weighted_scores([80, 90], [0.6, 0.4]) == pytest.approx(84, abs=1e-12)
    assert grading.weighted_scores([[80, 90], [70, 70]], [60, 40]).tolist() == [84, 70]
    for weights, told in (([0, 0], "one of them must be above 0"), ([1], "lengths differ"), ([1, -1], "is -1")):
        with pytest.raises(ValueError, match=told):
            grading.weighted_scores([80, 90], weights)


def test_exactly_one_of_tied_extremes_is_dropped():
    found = grading.panel_scores([9, 9, 8, 7], drop_lowest=1, drop_highest=1)
    assert found.score == 8.5
    assert (found.raters, found.kept) == (4, 2)
    assert grading.panel_scores([9, 9, 9], drop_lowest=1, drop_highest=1).score == 9


def test_absent_raters():
    marks = [[9, NAN, 8, 7, 6], [9, 9, 8, 7, 1]]
    found = grading.panel_scores(marks, drop_lowest=1, drop_highest=1)
    assert found.score.tolist() == [7.5, 8]
    assert found.raters.tolist() == [4, 5]
    assert found.kept.tolist() == [2, 3]
    with pytest.raises(ValueError, match="marks has 4 rater\\(s\\) for unit 0: 5 are needed"):
        grading.panel_scores(marks, minimum_raters=5)
    with pytest.raises(ValueError, match="marks has 2 rater\\(s\\) for the unit: 3 are needed"):
        grading.panel_scores([9, 8, NAN], drop_lowest=1, drop_highest=1)
    with pytest.raises(ValueError, match="drop_lowest is -1"):
        grading.panel_scores([9, 8], drop_lowest=-1)
    with pytest.raises(ValueError, match=r"marks\[1\] is inf"):
        grading.panel_scores([9, float("inf")])


@few
@given(st.lists(st.floats(0, 100), min_size=5, max_size=9), st.randoms(use_true_random=False))
def test_the_order_of_raters_is_no_matter(marks, random):
    mixed = random.sample(marks, len(marks))
    ours = grading.panel_scores([marks, mixed], drop_lowest=1, drop_highest=2).score
    assert ours[0] == ours[1]
    assert ours[0] == pytest.approx(np.mean(sorted(marks)[1:-2]), rel=1e-12, abs=1e-300)
