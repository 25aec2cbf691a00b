"""Intervals of ranks and probabilities of groups."""

import numpy as np
import pytest
from scipy import special, stats

from zhikong.stats import grading
from zhikong.stats.grading import uncertainty


def rng(seed=1):
    return np.random.default_rng(seed)


def test_two_units_by_the_normal_distribution():
    """P(first beats second) = Phi(difference / sqrt(se1^2 + se2^2)); 4 standard errors of the simulation allowed."""
    found = grading.simulated_ranks([1.0, 0.0], [0.6, 0.8], rng=rng(), draws=40_000, top=1, bottom=1)
    chance = special.ndtr(1.0)
    assert found.probability_top[0] == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / 40_000))
    assert found.probability_top.sum() == 1  # no ties between continuous draws
    assert found.probability_bottom.tolist() == found.probability_top[::-1].tolist()
    assert found.lower.tolist() == [1, 1]
    assert found.upper.tolist() == [2, 2]
    assert found.mean.sum() == pytest.approx(3)


def test_certain_scores_have_certain_ranks():
    found = grading.simulated_ranks([3, 3, 1], [0, 0, 0], rng=rng(), draws=100, top=1, bottom=1)
    assert found.rank.tolist() == found.lower.tolist() == found.upper.tolist() == [1, 1, 3]
    assert found.probability_top.tolist() == [1, 1, 0]
    assert found.probability_bottom.tolist() == [0, 0, 1]
    low = grading.simulated_ranks([3, 3, 1], [0, 0, 0], rng=rng(), draws=100, better="lower", bottom=2)
    assert low.rank.tolist() == [2, 2, 1]
    assert low.probability_top is None
    assert low.probability_bottom.tolist() == [1, 1, 0]


def test_the_same_seed_gives_the_same_whatever_the_blocks(monkeypatch):
    scores, errors, marks = np.arange(5.0), np.ones(5), rng(3).integers(1, 10, (5, 7))

    def both():
        one = grading.simulated_ranks(scores, errors, rng=rng(), draws=1_000, top=2)
        other = grading.bootstrapped_ranks(marks, rng=rng(), draws=1_000, top=2, drop_lowest=1, drop_highest=1)
        return one.mean.tolist() + other.mean.tolist() + one.probability_top.tolist()

    whole = both()
    monkeypatch.setattr(uncertainty, "BLOCK", 100)
    assert both() == whole


def test_simulation_against_plain_code():
    scores, errors = [5.0, 4.0, 4.5, 1.0], [1.0, 0.5, 2.0, 0.1]
    found = grading.simulated_ranks(scores, errors, rng=rng(), draws=500, top=2, bottom=1, level=0.9)
    draws = np.array(scores) + np.array(errors) * rng().standard_normal((500, 4))
    plain = np.array([stats.rankdata(-draw, method="min") for draw in draws])
    assert found.mean.tolist() == plain.mean(axis=0).tolist()
    assert found.probability_top.tolist() == (plain <= 2).mean(axis=0).tolist()
    assert found.probability_bottom.tolist() == (plain == 4).mean(axis=0).tolist()
    for share, ours in ((0.05, found.lower), (0.5, found.median), (0.95, found.upper)):
        assert ours.tolist() == np.quantile(plain, share, axis=0, method="inverted_cdf").tolist()


def test_bootstrap_against_plain_code():
    marks = np.array([[8, 9, 7, 9], [7, 9, 8, 8], [6, 9, 9, 7]])
    found = grading.bootstrapped_ranks(marks, rng=rng(), draws=300, top=1)
    taken = rng().integers(4, size=(300, 4))
    plain = np.array([stats.rankdata(-marks[:, draw].sum(axis=1), method="min") for draw in taken])
    assert found.mean.tolist() == plain.mean(axis=0).tolist()
    assert found.probability_top.tolist() == (plain == 1).mean(axis=0).tolist()
    assert found.rank.tolist() == [1, 2, 3]


@pytest.mark.parametrize("factor", [1e-12, 1e12])
def test_the_bootstrap_knows_no_unit(factor):
    marks = np.array([[8.1, 9.3, 7.2], [7.3, 9.1, 8.2], [6, 9, 9]])
    one, other = (grading.bootstrapped_ranks(marks * by, rng=rng(), draws=200) for by in (1, factor))
    assert one.mean.tolist() == other.mean.tolist()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: grading.simulated_ranks([1], [1], rng=rng()), "scores needs at least 2"),
        (lambda: grading.simulated_ranks([1, 2], [1], rng=rng()), "lengths differ"),
        (lambda: grading.simulated_ranks([1, 2], [1, -1], rng=rng()), r"standard_errors\[1\] is -1"),
        (lambda: grading.simulated_ranks([1, 2], [1, 1], rng=rng(), draws=10), "draws is 10"),
        (lambda: grading.simulated_ranks([1, 2], [1, 1], rng=rng(), level=1), "level is 1"),
        (lambda: grading.simulated_ranks([1, 2], [1, 1], rng=rng(), top=3), "top is 3"),
        (lambda: grading.simulated_ranks([1, 2], [1, 1], rng=rng(), bottom=0), "bottom is 0"),
        (lambda: grading.bootstrapped_ranks([[1, 2]], rng=rng()), "at least 2 units"),
        (lambda: grading.bootstrapped_ranks([[1], [2]], rng=rng()), "marks needs at least 2"),
        (lambda: grading.bootstrapped_ranks([[1, 2], [2, 3]], rng=rng(), drop_lowest=2), "3 are needed"),
        (lambda: grading.bootstrapped_ranks([[1, 2], [2, float("nan")]], rng=rng()), "is nan"),
    ],
)
def test_bad_input_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
