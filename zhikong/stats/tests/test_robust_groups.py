"""Many groups at once: the same as one by one, plain as compiled."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhikong.stats import robust
from zhikong.stats.robust import groups as room


def make(seed, sizes):
    rng = np.random.default_rng(seed)
    parts = [rng.standard_t(3, size).round(2) * 5 + 100 for size in sizes]
    return np.concatenate(parts), np.concatenate(([0], np.cumsum(sizes)))


def check_one_by_one(values, offsets, estimates, profile):
    for group, (start, end) in enumerate(pairwise(offsets)):
        part = values[start:end][~np.isnan(values[start:end])]
        one = robust.algorithm_a(part, profile=profile)
        assert estimates.mean[group] == pytest.approx(one.mean, abs=1e-11 * one.sd)
        assert estimates.sd[group] == pytest.approx(one.sd, rel=1e-10)
        assert estimates.n[group] == one.n
        assert abs(int(estimates.iterations[group]) - one.iterations) <= 1
        assert np.array_equal(
            estimates.z[start:end], (values[start:end] - estimates.mean[group]) / estimates.sd[group], equal_nan=True
        )


@pytest.mark.parametrize("profile", robust.PROFILES.values(), ids=lambda profile: profile.name)
def test_groups_are_as_one_by_one(profile):
    values, offsets = make(1, [5, 34, 9, 130, 64, 65])
    check_one_by_one(values, offsets, robust.algorithm_a_groups(values, offsets, profile=profile), profile)


def test_a_rectangle_with_missing_results_is_the_ragged_form():
    values, _ = make(2, [60])
    table = values.reshape(4, 15).copy()
    table[1, [0, 7]] = table[3, 14] = np.nan
    estimates = robust.algorithm_a_groups(table)
    kept = ~np.isnan(table)
    ragged = robust.algorithm_a_groups(table[kept], np.concatenate(([0], np.cumsum(kept.sum(axis=1)))))
    assert np.array_equal(estimates.mean, ragged.mean)
    assert np.array_equal(estimates.sd, ragged.sd)
    assert np.array_equal(estimates.z[kept], ragged.z)
    assert np.isnan(estimates.z[~kept]).all()
    assert estimates.n.tolist() == [15, 13, 15, 14]
    assert estimates.z.shape == table.shape


def test_problems_are_raised_or_marked():
    values = np.array([1.0, 2.0, 5.0, 5.0, 5.0, 9.0, 1.0, 2.0, 4.0, 8.0, np.nan, 3.0])
    offsets = [0, 2, 6, 10, 10, 12]
    with pytest.raises(ValueError, match="values of group 0 have fewer than 3 results"):
        robust.algorithm_a_groups(values, offsets)
    with pytest.raises(ValueError, match="values of group 0 have more than half of its results equal"):
        robust.algorithm_a_groups(values[2:6], [0, 4])
    with pytest.raises(ValueError, match="values of group 0 have no convergence within max_iterations"):
        robust.algorithm_a_groups(values[6:10], [0, 4], max_iterations=1)
    marked = robust.algorithm_a_groups(values, offsets, problems="mark")
    assert marked.problem.tolist() == [room.FEW, room.EQUAL, 0, room.FEW, room.FEW]
    assert set(marked.problem.tolist()) <= {0, *robust.PROBLEMS}
    assert np.isnan(marked.mean).tolist() == [True, True, False, True, True]
    assert np.isnan(marked.z).tolist() == [True] * 6 + [False] * 4 + [True] * 2
    late = robust.algorithm_a_groups(values[6:10], [0, 4], max_iterations=1, problems="mark")
    assert late.problem.tolist() == [room.WANDERING]
    assert np.isnan(late.sd).all()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (([1.0, 2.0, math.inf], [0, 3]), r"values\[2\] is inf"),
        (([1.0, 2.0, 3.0],), "values must have 2 dimension"),
        (([[1.0, 2.0, 3.0]], [0, 3]), "values must have 1 dimension"),
        (([1.0, 2.0, 3.0], [0, 2]), "offsets must rise from 0 to 3"),
        (([1.0, 2.0, 3.0], [1, 3]), "offsets must rise from 0 to 3"),
        (([1.0, 2.0, 3.0], [0, 3, 2, 3]), "offsets must rise from 0 to 3"),
        (([1.0, 2.0, 3.0], [0, 1.5, 3]), r"offsets\[1\] is 1.5"),
        (([[1.0, 2.0], [3.0]],), "values must be rectangular"),
    ],
)
def test_bad_input_is_named(arguments, told):
    with pytest.raises(ValueError, match=told):
        robust.algorithm_a_groups(*arguments)


def test_no_groups_and_unknown_words():
    assert robust.algorithm_a_groups([], [0]).mean.size == 0
    with pytest.raises(ValueError, match="problems is 'ignore'"):
        robust.algorithm_a_groups([1.0, 2.0, 3.0], [0, 3], problems="ignore")


@given(st.lists(st.integers(-30, 30).map(float), min_size=1, max_size=40), st.integers(1, 15))
@settings(max_examples=40, deadline=None)
def test_the_middle_is_the_median(values, times):
    some = np.array(values * times)
    assert room._middle.plain(some.copy(), some.size) == np.median(some)


@pytest.mark.parametrize("shape", ["falling", "organ pipe", "one value", "comb", "outlier"])
def test_the_middle_of_awkward_orders(shape):
    k = np.arange(1501.0)
    some = {"falling": k[::-1].copy(), "organ pipe": np.minimum(k, 1500 - k), "one value": np.full(1501, 7.0),
            "comb": np.where(k % 23 == 11, k, -k), "outlier": np.where(k == 3, 1e300, k)}[shape]  # fmt: skip
    assert room._middle.plain(some.copy(), some.size) == np.median(some)


@pytest.mark.thorough
@pytest.mark.parametrize("profile", [robust.FIXED_POINT, robust.ISO_13528], ids=lambda profile: profile.name)
def test_compiled_is_plain_to_the_last_bit(profile):
    rng = np.random.default_rng(11)
    sizes = [*rng.integers(0, 300, 60).tolist(), 700, 2900]
    values, offsets = make(12, sizes)
    values[rng.random(values.size) < 0.05] = np.nan
    values[offsets[40] : offsets[41]] = 3.0

    def run(kernel):
        number = len(sizes)
        out = [np.full(number, np.nan), np.full(number, np.nan), *(np.zeros(number, dtype=np.int64) for _ in range(3))]
        out.append(np.empty(values.size))
        kernel(values, offsets.astype(np.int64), profile.scale_factor, profile.correction,
               profile.stop == "third figure", profile.tolerance, 10_000, *out)  # fmt: skip
        return out

    for plain, compiled in zip(
        run(room._algorithm_a_groups.plain), run(room._algorithm_a_groups.compiled()), strict=True
    ):
        assert np.array_equal(plain, compiled, equal_nan=True)


@pytest.mark.thorough
def test_a_large_round_is_compiled_and_as_one_by_one():
    values, offsets = make(13, [3000, 2850, 40, 6001])
    estimates = robust.algorithm_a_groups(values, offsets)
    check_one_by_one(values, offsets, estimates, robust.FIXED_POINT)
