"""Many groups at once by Q/Hampel, MADe and nIQR: each as one group gives it."""

import numpy as np
import pytest

from zhikong.stats import robust

ONE = {
    "q/hampel": lambda results: (robust.q_hampel(results).mean, robust.q_hampel(results).sd),
    "median/made": lambda results: (np.median(results), robust.made(results)),
    "median/niqr": lambda results: (np.median(results), robust.niqr(results)),
}


def rounds():
    rng = np.random.default_rng(3)
    sizes = [3, 40, 7, 120]
    groups = [rng.normal(5, 1, size).round(2) for size in sizes]
    return groups, np.concatenate(groups), np.concatenate([[0], np.cumsum(sizes)])


@pytest.mark.parametrize("estimator", robust.ESTIMATORS)
def test_each_group_is_as_one(estimator):
    groups, values, offsets = rounds()
    found = robust.estimate_groups(values, offsets, estimator=estimator)
    for number, group in enumerate(groups):
        assert (found.mean[number], found.sd[number]) == ONE[estimator](group)
    assert found.n.tolist() == [3, 40, 7, 120]
    assert found.reasons == ("",) * 4


def test_rows_and_missing_results():
    table = np.array([[1.0, 2.0, 3.0, np.nan], [1.0, 2.0, 3.0, 10.0]])
    found = robust.estimate_groups(table, estimator="median/made")
    assert found.n.tolist() == [3, 4]
    assert found.mean.tolist() == [2.0, 2.5]


def test_a_group_that_is_refused_is_named_or_marked():
    values, offsets = [1.0, 2.0, 3.0, 4.0, 5.0], [0, 3, 5]
    with pytest.raises(ValueError, match="values of group 1: values needs at least 3"):
        robust.estimate_groups(values, offsets, estimator="median/made")
    found = robust.estimate_groups(values, offsets, estimator="median/made", problems="mark")
    assert found.reasons[0] == ""
    assert "at least 3" in found.reasons[1]
    assert np.isnan(found.sd[1])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (([1.0, 2.0, 3.0], [0, 2]), "offsets must rise from 0 to 3, the number of values"),
        (([1.0, 2.0, 3.0], [0, 3, 2, 3]), "offsets must rise"),
        (([1.0, np.inf, 3.0], [0, 3]), r"values\[1\] is inf"),
        (([1.0, 2.0, 3.0],), "2 dimension"),
    ],
)
def test_bad_values_are_named(arguments, told):
    with pytest.raises(ValueError, match=told):
        robust.estimate_groups(*arguments)


def test_unknown_words_are_named():
    for word in ("estimator", "problems"):
        with pytest.raises(ValueError, match=word):
            robust.estimate_groups([[1.0, 2.0, 3.0]], **{word: "nothing"})
