"""Q method and Hampel estimator beside the slow, exact reading of their formulas."""

import math
import tracemalloc
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, combinations, pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import special

from zhikong.stats import robust

# 24 determinations of copper in wholemeal flour, Analytical Methods Committee (1989); R package MASS, chem
COPPER = [2.9, 3.1, 3.4, 3.4, 3.7, 3.7, 2.8, 2.5, 2.4, 2.4, 2.7, 2.2, 5.28, 3.37, 3.03, 3.03, 28.95, 3.77, 3.4, 2.2,
          3.5, 3.6, 3.7, 3.7]  # fmt: skip
decimals = st.lists(st.integers(-300, 300).map(lambda k: k / 10), min_size=2, max_size=25)


def q_by_definition(values, laboratories=None, *, binary=False):
    """All differences listed, H1 and G1 as written, in exact fractions (or exact sums of rounded differences)."""
    x = values if binary else [Decimal(str(value)) for value in values]
    laboratories = laboratories or range(len(x))
    count = {code: list(laboratories).count(code) for code in set(laboratories)}
    steps = defaultdict(Fraction, {Fraction(0): Fraction(0)})
    for i, k in combinations(range(len(x)), 2):
        if laboratories[i] != laboratories[k]:
            steps[Fraction(abs(x[i] - x[k]))] += Fraction(1, count[laboratories[i]] * count[laboratories[k]])
    points, total = sorted(steps), sum(steps.values())
    h1 = list(accumulate(steps[point] / total for point in points))
    g1 = [Fraction(0)] + [(one + other) / 2 for one, other in pairwise(h1)]
    wanted = Fraction(1, 4) + Fraction(3, 4) * h1[0]
    k = next(k for k in range(1, len(points)) if g1[k] >= wanted)
    share = (wanted - g1[k - 1]) / (g1[k] - g1[k - 1])
    quantile = float(points[k - 1] + (points[k] - points[k - 1]) * share)
    return quantile / (math.sqrt(2) * special.ndtri(0.625 + 0.375 * float(h1[0])))


def hampel_by_definition(values, sd):
    def pull(d):
        total = 0.0
        for value in values:
            q = (value - d) / sd
            size = min(abs(q), 1.5, max(0.0, 4.5 - abs(q)))
            total += math.copysign(size, q)
        return total

    nodes = sorted(value + knot * sd for value in values for knot in (-4.5, -3, -1.5, 1.5, 3, 4.5))
    pulls = [0.0 if abs(pull(node)) < 1e-11 else pull(node) for node in nodes]
    solutions = [node for node, p in zip(nodes, pulls, strict=True) if p == 0]
    for (d, p), (e, r) in pairwise(zip(nodes, pulls, strict=True)):
        if p * r < 0:
            solutions.append(d - p / ((r - p) / (e - d)))
    median = float(np.median(values))
    nearest = min(abs(solution - median) for solution in solutions)
    near = [solution for solution in solutions if abs(solution - median) <= nearest + 1e-11 * sd]
    return median if max(near) - min(near) > 1e-8 * sd else near[0]


@given(decimals)
@settings(max_examples=50, deadline=None)
def test_q_is_what_the_formula_says(values):
    assume(len(set(values)) > 1)
    assert robust.q_method(values) == pytest.approx(q_by_definition(values), rel=1e-12)
    assert robust.q_method(values, ties="binary") == pytest.approx(q_by_definition(values, binary=True), rel=1e-12)


@given(st.lists(st.tuples(st.integers(-60, 60).map(lambda k: k / 10), st.integers(1, 5)), min_size=3, max_size=18))
@settings(max_examples=60, deadline=None)
def test_replicated_q_is_what_the_formula_says(rows):
    values, laboratories = [value for value, _ in rows], [code for _, code in rows]
    assume(len(set(laboratories)) > 1)
    apart = {abs(a - b) for (a, one), (b, other) in combinations(rows, 2) if one != other}
    if apart == {0.0}:
        with pytest.raises(ValueError, match="values has no spread"):
            robust.q_method(values, laboratories)
        return
    assert robust.q_method(values, laboratories) == pytest.approx(q_by_definition(values, laboratories), rel=1e-12)


def test_many_different_numbers_of_replicates():
    rng = np.random.default_rng(5)
    laboratories = np.repeat([1, 2, 3, 4, 5, 6], [7, 9, 11, 13, 16, 17])  # a common multiple above 2 to the 20
    values = rng.normal(10, 1, laboratories.size).round(1)
    expected = q_by_definition(values.tolist(), laboratories.tolist())
    assert robust.q_method(values, laboratories) == pytest.approx(expected, rel=1e-10)


def test_equal_differences_are_equal_whatever_their_bits():
    # 3.7 - 3.37 and 3.4 - 3.07 differ in their last bits; on paper both are 0.33, and s* is 0.6360
    assert robust.q_method(COPPER) == pytest.approx(q_by_definition(COPPER), rel=1e-12)
    assert robust.q_method(COPPER) == pytest.approx(0.63601095766, rel=1e-10)
    assert robust.q_method(COPPER, ties="binary") == pytest.approx(0.64469370111, rel=1e-10)
    assert robust.q_method(np.array(COPPER) * 63.546) == pytest.approx(63.546 * robust.q_method(COPPER), rel=1e-12)
    assert robust.q_method(np.array(COPPER) + 1000.1) == pytest.approx(robust.q_method(COPPER), rel=1e-10)


def test_q_of_two_results_and_of_mostly_equal_ones():
    # One difference: G1 rises to 1/2 at it, so the quantile is half of it.
    assert robust.q_method([1.0, 3.0]) == pytest.approx(1.0 / (math.sqrt(2) * special.ndtri(0.625)))
    assert robust.q_method([5.0] * 8 + [6.0]) > 0  # where MADe is 0
    with pytest.raises(ValueError, match="values has no spread: all results are equal"):
        robust.q_method([5.0] * 8)


def test_q_of_normal_results_is_their_standard_deviation():
    values = np.random.default_rng(2).normal(50, 4, 4000)
    assert robust.q_method(values) == pytest.approx(4, rel=0.03)
    assert robust.hampel(values, 4.0) == pytest.approx(50, abs=0.2)


def test_q_of_wild_results():
    values = np.random.default_rng(2).normal(50, 4, 400)
    values[:80] = 1e150
    estimate = robust.q_hampel(values)
    assert 4 < estimate.sd < 7
    assert estimate.mean == pytest.approx(50, abs=1)


@given(decimals, st.sampled_from([0.125, 0.5, 1.0, 4.0, 64.0]))
@settings(max_examples=50, deadline=None)
def test_hampel_is_what_the_formula_says(values, sd):
    assert robust.hampel(values, sd) == pytest.approx(hampel_by_definition(values, sd), abs=1e-9 * sd)


@given(decimals, st.sampled_from([0.25, 1.0, 32.0]), st.integers(-64, 64))
@settings(max_examples=60, deadline=None)
def test_q_hampel_follows_unit_origin_and_order(values, unit, origin):
    assume(len(set(values)) > 1)
    one, other = robust.q_hampel(values), robust.q_hampel([unit * value + origin for value in values[::-1]])
    assert other.sd == pytest.approx(unit * one.sd, rel=1e-10)
    assert other.mean == pytest.approx(unit * one.mean + origin, abs=1e-8 * unit * one.sd)


def test_two_solutions_equally_near_give_the_median():
    assert robust.hampel([0.0, 10.0], 1.0) == 5.0
    assert robust.hampel([0.0, 0.1, 10.0, 10.1], 1.0) == pytest.approx(5.05)
    assert robust.hampel([0.0, 0.1, 0.2, 10.0], 1.0) == pytest.approx(0.1)


def test_hampel_leaves_out_what_is_far():
    assert robust.hampel([1.0, 2.0, 3.0, 100.0], 1.0) == pytest.approx(2.0)


def test_replicates_give_the_mean_over_laboratories():
    values, laboratories = [1.0, 1.2, 2.0, 3.0, 3.1, 2.9], [7, 7, 8, 9, 9, 9]
    estimate = robust.q_hampel(values, laboratories)
    assert estimate.n == 3
    assert estimate.mean == pytest.approx(robust.hampel([1.1, 2.0, 3.0], estimate.sd))
    single = robust.q_hampel([1.0, 2.0, 4.0, 9.0], [1, 2, 3, 4])
    assert single == robust.q_hampel([1.0, 2.0, 4.0, 9.0])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (([1.0],), r"values needs at least 2"),
        (([1.0, math.nan],), r"values\[1\] is nan"),
        (([1.0, 2.0], [1, 1]), "laboratories has only 1"),
        (([1.0, 2.0], [1]), "the lengths differ: values has 2, laboratories has 1"),
        (([1.0, 2.0], [1, 1.5]), r"laboratories\[1\] is 1.5: a whole number"),
        (([1.0, 2.0], ["a", "b"]), r"laboratories\[0\] is 'a'"),
    ],
)
def test_q_hampel_refuses(arguments, told):
    with pytest.raises(ValueError, match=told):
        robust.q_hampel(*arguments)


def test_settings_are_refused():
    with pytest.raises(ValueError, match="ties is 'half'"):
        robust.q_method([1.0, 2.0], ties="half")
    with pytest.raises(ValueError, match="sd is 0"):
        robust.hampel([1.0, 2.0], 0)


def test_memory_grows_with_results_and_not_with_their_pairs():
    values = np.random.default_rng(4).normal(100, 5, 3000).round(1)
    robust.q_hampel(values[:100])
    tracemalloc.start()
    robust.q_hampel(values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3000 * 1200  # the differences alone would take 3000 * 12000 bytes
