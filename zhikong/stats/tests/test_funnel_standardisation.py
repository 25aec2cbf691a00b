"""Direct and indirect standardisation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhikong.stats import funnel

NAN = float("nan")
few = settings(max_examples=25, deadline=None)
strata = st.lists(
    st.tuples(st.integers(1, 50), st.integers(100, 5_000), st.integers(1, 9_000)), min_size=1, max_size=19
)


@few
@given(strata, st.sampled_from(["byar", "exact"]))
def test_direct_rate_against_plain_code(rows, method):
    found = funnel.direct_rate(*np.array(rows).T, method=method)
    total = sum(count for count, _, _ in rows)
    weights = sum(weight for _, _, weight in rows)
    rate = sum(weight * count / people for count, people, weight in rows) / weights
    variance = sum(weight**2 * count / people**2 for count, people, weight in rows) / weights**2
    limits = funnel.poisson_interval(total, method=method)
    assert found.rate == pytest.approx(rate, rel=1e-12)
    assert found.variance == pytest.approx(variance, rel=1e-12)
    assert found.lower == pytest.approx(rate + np.sqrt(variance / total) * (limits.lower - total), rel=1e-9)
    assert found.upper == pytest.approx(rate + np.sqrt(variance / total) * (limits.upper - total), rel=1e-9)
    assert found.events == total


@few
@given(strata, st.floats(1e-3, 1e3))
def test_a_standard_like_the_unit_gives_the_crude_rate(rows, factor):
    count, people, _ = np.array(rows).T
    found = funnel.direct_rate(count, people, people * factor)
    crude = funnel.poisson_interval(count.sum(), method="byar")
    assert found.rate == pytest.approx(count.sum() / people.sum())
    assert found.lower == pytest.approx(crude.lower / people.sum())
    assert found.upper == pytest.approx(crude.upper / people.sum())


def test_many_units_are_one_by_one():
    rng = np.random.default_rng(1)
    count, people, standard = rng.integers(1, 9, (4, 5)), rng.integers(50, 99, (4, 5)), rng.integers(1, 9, 5)
    whole = funnel.direct_rate(count, people, standard)
    expected = funnel.expected_events(people, standard, people[0])
    ratio = funnel.indirect_ratio(count.sum(axis=1), expected)
    for row in range(4):
        one = funnel.direct_rate(count[row], people[row], standard)
        assert (whole.rate[row], whole.lower[row], whole.upper[row]) == (one.rate, one.lower, one.upper)
        assert expected[row] == funnel.expected_events(people[row], standard, people[0])
        single = funnel.indirect_ratio(int(count[row].sum()), float(expected[row]))
        assert (ratio.ratio[row], ratio.lower[row], ratio.upper[row]) == (single.ratio, single.lower, single.upper)


def test_a_unit_that_is_the_reference_has_ratio_1():
    events, people = [3, 5, 12], [100, 90, 80]
    expected = funnel.expected_events(people, events, people)
    assert expected == pytest.approx(20)
    found = funnel.indirect_ratio(20, expected, method="exact")
    assert found.ratio == pytest.approx(1)
    assert found.lower == pytest.approx(funnel.poisson_interval(20).lower / 20)


def test_no_event_is_a_ratio_of_0():
    found = funnel.indirect_ratio([0, 4], [2.0, 2.0])
    assert found.ratio.tolist() == [0, 2]
    assert found.lower[0] == 0
    assert found.upper[0] == pytest.approx(3.6888794541 / 2)  # -log(0.025) = 3.6888794541


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: funnel.direct_rate([1, NAN], [2, 2], [1, 1]), r"events\[1\] is nan"),
        (lambda: funnel.direct_rate([1, 1], [2, 0], [1, 1]), r"populations\[1\] is 0"),
        (lambda: funnel.direct_rate([1, 1], [2, 2], [0, 0]), "standard has no population"),
        (lambda: funnel.direct_rate([1, 1], [2, 2], [1]), "lengths differ"),
        (lambda: funnel.direct_rate([1, 1], [[2, 2], [2, 2]], [1, 1]), "populations has"),
        (lambda: funnel.direct_rate([0, 0], [2, 2], [1, 1]), "events are 0 in all strata"),
        (lambda: funnel.direct_rate([[1, 0], [0, 0]], [[2, 2]] * 2, [1, 1]), "events of unit 1 are 0"),
        (lambda: funnel.direct_rate([1], [2], [1], method="gamma"), "method is 'gamma'"),
        (lambda: funnel.expected_events([1], [1], [0]), r"reference_populations\[0\] is 0"),
        (lambda: funnel.expected_events([1, 2], [1], [1]), "lengths differ"),
        (lambda: funnel.indirect_ratio([1], [0]), r"expected\[0\] is 0"),
        (lambda: funnel.indirect_ratio([-1], [1]), r"observed\[0\] is -1"),
        (lambda: funnel.indirect_ratio([1, 2], [1]), "lengths differ"),
    ],
)
def test_bad_input_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
