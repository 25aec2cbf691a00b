"""Rule profiles against slow windows, runs against Anhoej's tables, edges of zones, and the large form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from zhikong.stats import charts, kernels
from zhikong.stats.charts import Phase, Rule, RuleProfile, _kernels, many

NAN = float("nan")
# Halves from -4 to 4: edges of zones, ties and points on the centre line come up often.
scores = st.lists(st.integers(-8, 8).map(lambda half: half / 2), min_size=1, max_size=40)


def windows(x, rule):
    """Places that a rule flags, window by window, straight from its description."""
    found, side = set(), np.sign(x)
    useful = np.flatnonzero(side)
    if rule.kind == "crossings":
        limit = stats.binom.ppf(0.05, len(useful) - 1, 0.5) if len(useful) else 0
        return set(useful) if np.count_nonzero(np.diff(side[useful])) < limit else set()
    if rule.kind == "longest run":
        starts = [place for place in range(len(useful)) if place == 0 or side[useful[place]] != side[useful[place - 1]]]
        for start, stop in zip(starts, [*starts[1:], len(useful)], strict=True):
            if stop - start > round(np.log2(len(useful)) + 3):
                found |= set(useful[start:stop] if rule.flag == "members" else useful[stop - 1 : stop])
        return found
    window = rule.window if rule.kind == "zone" else rule.count
    for end in range(window - 1, len(x)):
        places = np.arange(end - window + 1, end + 1)
        w, d = x[places], np.diff(x[places])
        if rule.kind == "zone":
            for sign in (1, -1):
                hit = (sign * w > rule.above) & (sign * w <= rule.upto)
                if hit.sum() < rule.count or (rule.one_side and not (np.sign(w) == sign).all()):
                    continue
                if rule.flag == "last":
                    found |= {end} if hit[-1] else set()
                else:
                    found |= set(places[hit] if rule.flag == "members" else places)
            continue
        shown = {
            "shift": (w > 0).all() or (w < 0).all(),
            "trend": (d > 0).all() or (d < 0).all(),
            "alternating": (d != 0).all() and (d[1:] * d[:-1] < 0).all(),
            "within": (np.abs(w) <= rule.upto).all(),
            "outside": (np.abs(w) > rule.above).all() and (w > 0).any() and (w < 0).any(),
        }[rule.kind]
        if shown:
            found |= {end} if rule.flag == "last" else set(places)
    return found


def every_flag(profile):
    """The profile with each way of flagging; short patterns besides, which random series show often."""
    for rule in profile.rules:
        for flag in ("last", "members", "window"):
            if rule.kind in ("longest run", "crossings") and flag != rule.flag:
                continue
            fields = {field: getattr(rule, field) for field in ("name", "kind", "above", "upto", "one_side")}
            yield Rule(**fields, count=rule.count, window=rule.window, flag=flag)
            if rule.kind not in ("zone", "longest run", "crossings"):
                yield Rule(**fields, count=3, flag=flag)


RULES = [rule for profile in charts.PROFILES.values() for rule in every_flag(profile)]


@settings(max_examples=150, deadline=None)
@given(scores, st.sampled_from(RULES))
def test_rules_as_written_down(series, rule):
    found = charts.patterns(series, RuleProfile("one", "1", (rule,)))
    assert set(np.flatnonzero(found.flags)) == windows(np.asarray(series), rule)


@pytest.mark.thorough
def test_every_rule_on_many_series():
    rng = np.random.default_rng(11)
    for rule in RULES:
        profile = RuleProfile("one", "1", (rule,))
        shown = 0
        for _ in range(60):
            x = np.cumsum(rng.integers(-2, 3, 30)) / 2 if rng.random() < 0.3 else rng.integers(-8, 9, 30) / 2
            x = np.sign(rng.integers(0, 2) - 0.5) * np.abs(x) if rng.random() < 0.2 else x
            flags = charts.patterns(x, profile).flags
            assert set(np.flatnonzero(flags)) == windows(x, rule)
            shown += flags.any()
        assert shown or rule.count > 5, rule


@settings(max_examples=40, deadline=None)
@given(scores, st.sampled_from(list(charts.PROFILES.values())))
def test_turned_upside_down_the_same_rules_fire(series, profile):
    one, two = charts.patterns(series, profile), charts.patterns(-np.asarray(series), profile)
    assert np.array_equal(one.flags, two.flags)
    assert np.array_equal(one.side, -two.side)


@pytest.mark.parametrize(
    ("profile", "series", "flagged"),
    [
        # A point on a limit is within it, and one on two sigma is not beyond two sigma.
        (charts.NHS_MDC, [0.1, 3.0, -0.1, -3.0], {}),
        (charts.NHS_MDC, [0.1, np.nextafter(3, 4)], {"outside limits": [1]}),
        (charts.NHS_MDC, [2.0, 2.5, 0.1], {}),
        (charts.NHS_MDC, [2.5, 2.5, 0.1], {"two of three": [0, 1]}),
        (charts.NHS_MDC, [3.0, 2.5, 0.1], {"two of three": [0, 1]}),
        # Beyond three sigma is another rule's; the third point must lie on the same side, not on the line.
        (charts.NHS_MDC, [3.5, 2.5, 0.1], {"outside limits": [0]}),
        (charts.NHS_MDC, [2.5, 2.5, 0.0], {}),
        (charts.WESTERN_ELECTRIC, [3.5, 2.5, 0.1], {"outside limits": [0]}),
        (charts.WESTERN_ELECTRIC, [0.1, 3.5, 2.5], {"outside limits": [1], "two of three": [2]}),
        # A point on the centre line ends a shift; an equal value ends a trend.
        (charts.NHS_MDC, [0.5, 0.6] * 3 + [0.0] + [0.5, 0.6] * 3, {}),
        (charts.NHS_MDC, [-0.3, -0.2, -0.1, 0.1, 0.1, 0.2, 0.3, 0.4], {}),
        (charts.NHS_MDC, [-0.3, -0.2, -0.1, 0.1, 0.15, 0.2, 0.3], {"trend": [0, 1, 2, 3, 4, 5, 6]}),
        (charts.NELSON, [1.0, -1.5] * 8, {"fourteen alternating": [13, 14, 15]}),
        # On one sigma: within it.
        (charts.NELSON, [1.0, 0.5, -1.0] * 5, {"fifteen within one sigma": [14]}),
    ],
)
def test_edges(profile, series, flagged):
    found = charts.patterns(series, profile)
    for rule in profile.rules:
        assert found.where(rule.name).tolist() == flagged.get(rule.name, []), rule.name


def test_runs_reach_over_missing_points_but_not_over_phases():
    series = [0.5] * 4 + [NAN, NAN] + [0.5] * 3
    assert charts.patterns(series).where("shift").tolist() == [0, 1, 2, 3, 6, 7, 8]
    values = [9.0, 11, 9, 11, 9.5, 12, 12, 12, 12, 22, 22, 22, 18, 17, 18, 17]
    whole = charts.individuals(values, phases=[Phase(freeze=5)])
    parted = charts.individuals(values, phases=[Phase(freeze=5), Phase(9, "another way of counting")])
    assert 5 in charts.signals(whole).where("shift")
    assert len(charts.signals(parted).where("shift")) == 0


def test_a_run_chart_shows_rules_on_sides_only():
    chart = charts.run_chart([1.0, 2, 1, 2, 1, 2, 1, 2, 1, 100])
    assert not charts.signals(chart, charts.NELSON).special.any()
    falling = charts.run_chart(np.arange(20.0, 0, -1))
    assert charts.signals(falling, charts.ANHOEJ).where("longest run").tolist() == list(range(20))
    assert charts.signals(falling, charts.ANHOEJ).where("crossings").tolist() == list(range(20))


def test_signals_tell_names():
    found = charts.patterns([0.1, 3.5, 3.5], charts.WESTERN_ELECTRIC)
    assert found.names(2) == ("outside limits", "two of three")
    assert found.special.tolist() == [False, True, True]
    with pytest.raises(ValueError, match="name is 'shift'"):
        found.where("shift")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: Rule("x", "zones"), "kind is 'zones'"),
        (lambda: Rule("x", "zone", 1, 1, flag="first"), "flag is 'first'"),
        (lambda: Rule("x", "shift", 0), "count is 0"),
        (lambda: Rule("x", "zone", 3, 2), "window is 2"),
        (lambda: Rule("x", "zone", above=np.nan), "above is nan"),
        (lambda: Rule("x", "zone", above=-1), "above is -1"),
        (lambda: Rule("x", "zone", above=2, upto=2), "upto is 2: it must be above 2"),
        (lambda: Rule("x", "within", 15, upto=np.nan), "upto is nan"),
        (lambda: charts.crossings_limit([10, 20]), "useful must have 0 dimension"),
        (lambda: RuleProfile("x", "1", ()), "rules: their number is 0"),
        (lambda: RuleProfile("x", "1", tuple(Rule(str(n), "shift", 7) for n in range(9))), "number is 9"),
        (lambda: RuleProfile("x", "1", (Rule("a", "shift", 7), Rule("a", "trend", 7))), "named a, a"),
        (lambda: charts.patterns([]), "scores needs at least 1"),
        (lambda: charts.patterns([np.inf]), r"scores\[0\] is inf"),
        (lambda: charts.crossings_limit(0), "useful is 0"),
        (lambda: charts.longest_run_limit(0), "useful is 0"),
        (lambda: charts.runs(charts.run_chart([5.0, 5.0])), "no point off its centre line"),
    ],
)
def test_bad_input_is_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()


# Runs


def test_anhoej_limits():
    # As printed by qicharts2 0.8.1 for its published data sets.
    for useful, longest, crossings in (
        (6, 6, 1), (12, 7, 3), (20, 7, 6), (24, 8, 8), (25, 8, 8), (36, 8, 13), (40, 8, 14), (44, 8, 16), (65, 9, 25)
    ):  # fmt: skip
        assert charts.longest_run_limit(useful) == longest
        assert charts.crossings_limit(useful) == crossings
    for useful in (*range(1, 200), 1000, 4999):
        assert charts.crossings_limit(useful) == max(stats.binom.ppf(0.05, useful - 1, 0.5), 0)
        assert charts.longest_run_limit(useful) == int(np.rint(np.log2(useful) + 3))


def test_points_on_the_line_and_excluded_points_are_not_useful():
    chart = charts.run_chart([1.0, 2, 3, 3, 4, 9, 5, NAN], exclude=[5])
    (found,) = charts.runs(chart)
    assert chart.centre[0] == 3
    assert found == charts.Runs(useful=4, longest=2, longest_limit=5, crossings=1, crossings_limit=0)
    assert not found.signal


@settings(max_examples=60, deadline=None)
@given(scores.filter(any))
def test_runs_agree_with_the_flags(series):
    """The analysis and the profile are two pieces of code."""
    x = np.asarray(series)
    chart = charts.run_chart(x)
    if not chart.side.any():
        return
    (found,) = charts.runs(chart)
    flags = charts.signals(chart, charts.ANHOEJ)
    assert (found.longest > found.longest_limit) == (len(flags.where("longest run")) > 0)
    assert (found.crossings < found.crossings_limit) == (len(flags.where("crossings")) > 0)


# Many series

ONE = {
    "individuals": lambda x, n, **how: charts.individuals(x, **how),
    "normalised individuals": charts.normalised_individuals,
    "p": charts.p_chart,
    "u": charts.u_chart,
    "c": lambda x, n, constants, **how: charts.c_chart(x, **how),
    "p'": lambda x, n, **how: charts.p_chart(x, n, laney=True, **how),
    "u'": lambda x, n, **how: charts.u_chart(x, n, laney=True, **how),
}


def ragged(rng, series, longest=20):
    lengths = rng.integers(0, longest, series)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    units = rng.integers(20, 60, offsets[-1]).astype(float)
    values = rng.binomial(units.astype(int), 0.2).astype(float)
    values[rng.random(len(values)) < 0.1] = NAN
    empty = rng.random(len(values)) < 0.05
    units[empty], values[empty] = 0, 0
    return values, units, offsets


def agrees(kind, constants, profile, values, units, offsets, freeze):
    units = None if kind in many.WITHOUT_UNITS else units
    found = charts.many_charts(
        values, units, kind=kind, offsets=offsets, constants=constants, profile=profile, freeze=freeze
    )
    for series in range(len(offsets) - 1):
        own = slice(offsets[series], offsets[series + 1])
        sizes = None if units is None else units[own]
        how = {"constants": constants, "phases": [Phase(freeze=freeze)]}
        if found.state[series] != charts.JUDGED:
            told = {charts.NO_SPREAD: "no spread", charts.TOO_FEW: "set limits|at least 1 value"}[found.state[series]]
            with pytest.raises(ValueError, match=told):
                ONE[kind](values[own], sizes, **how)
            assert not found.flags[own].any()
            continue
        chart = ONE[kind](values[own], sizes, **how)
        assert found.centre[series] == chart.centre[0]
        assert np.array_equal(found.flags[own], charts.signals(chart, profile).flags)
        error = found.sigma[series] / (1 if sizes is None else np.sqrt(np.where(sizes > 0, sizes, NAN)))
        upper = np.broadcast_to(found.centre[series] + 3 * error, chart.upper.shape)
        top = 1 if kind in ("p", "p'") else np.inf
        missing = np.isnan(chart.upper)
        np.testing.assert_array_equal(np.minimum(upper, top)[~missing], chart.upper[~missing])
    return found


@pytest.mark.parametrize("kind", ONE)
@pytest.mark.parametrize("profile", [charts.NHS_MDC, charts.NELSON], ids=lambda profile: profile.name)
def test_many_series_equal_one_by_one(kind, profile):
    rng = np.random.default_rng(len(kind))
    for constants, freeze in ((charts.NHS, None), (charts.EXACT, 8)):
        agrees(kind, constants, profile, *ragged(rng, 15), freeze)


def test_rectangular_as_ragged():
    rng = np.random.default_rng(2)
    table, sizes = rng.poisson(9, (6, 12)).astype(float), rng.integers(20, 40, (6, 12))
    one = charts.many_charts(table, sizes, kind="p")
    two = charts.many_charts(table.reshape(-1), sizes.reshape(-1), kind="p", offsets=np.arange(7) * 12)
    assert np.array_equal(one.flags.reshape(-1), two.flags)
    assert np.array_equal(one.sigma, two.sigma)


def test_a_series_that_cannot_be_judged_says_why():
    found = charts.many_charts([[1.0, 2, 1], [5, 5, 5], [1, NAN, 2], [NAN, NAN, NAN]])
    assert found.state.tolist() == [charts.JUDGED, charts.NO_SPREAD, charts.TOO_FEW, charts.TOO_FEW]
    assert found.sigma[1] == 0
    assert np.isnan(found.centre[2:]).all()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: charts.many_charts([1.0, 2]), "values must have 2 dimension"),
        (lambda: charts.many_charts([[1, 2], [3]]), "rectangular"),
        (lambda: charts.many_charts([[1, 2]], kind="xbar"), "kind is 'xbar'"),
        (lambda: charts.many_charts([[1, 2]], kind="p"), "units are missing"),
        (lambda: charts.many_charts([[1, 2]], [[3, 3]]), "units are given"),
        (lambda: charts.many_charts([[1, 2]], [[3]], kind="p"), r"units have shape \(1, 1\)"),
        (lambda: charts.many_charts([[1, 4]], [[3, 3]], kind="p"), r"values\[0, 1\] is 4 with 3 in units"),
        (lambda: charts.many_charts([[1, 4]], [[3, 0]], kind="u"), r"values\[0, 1\] is 4 with 0"),
        (lambda: charts.many_charts([[1, -4]], kind="c"), r"values\[0, 1\] is -4"),
        (lambda: charts.many_charts([[1, np.inf]]), r"values\[0, 1\] is inf"),
        (lambda: charts.many_charts([1, 2, 3], offsets=[0, 2]), "offsets run from 0 to 2"),
        (lambda: charts.many_charts([1, 2, 3], offsets=[0, 2, 1, 3]), "must rise"),
        (lambda: charts.many_charts([1, 2, 3], offsets=[0, 1.5, 3]), r"offsets\[1\] is 1.5"),
        (
            lambda: charts.many_charts([1, 2, 3], offsets=[0, 1e100, 3]),
            r"offsets\[1\] is 1e\+100: it must be at most 3",
        ),
        (lambda: charts.many_charts([[1, 2]], freeze=1), "freeze is 1"),
    ],
)
def test_bad_series_are_named(call, told):
    with pytest.raises(ValueError, match=told):
        call()


@pytest.mark.thorough
def test_compiled_equals_plain():
    rng = np.random.default_rng(4)
    values, units, offsets = ragged(rng, 600)
    for profile in charts.PROFILES.values():
        rules, zones = profile.table()
        limits = charts.rules.limits_for(20, profile.rules)
        for how in range(4):
            for screen, freeze in ((0.0, 0), (3.267, 6)):
                given, exposure = np.where(units == 0, NAN, values), np.where(units == 0, NAN, units)
                out = []
                for run in (_kernels.judge.plain, _kernels.judge.compiled()):
                    made = (np.empty(600), np.empty(600), np.empty(600, np.int8), np.empty(len(values), np.uint8))
                    run(given, exposure, offsets, how, 1.128, screen, freeze, 20, rules, zones, limits, *made)
                    out.append(made)
                for one, two in zip(*out, strict=True):
                    np.testing.assert_array_equal(one, two)


@pytest.mark.thorough
def test_many_large_series_equal_one_by_one():
    rng = np.random.default_rng(6)
    for kind in ONE:
        values, units, offsets = ragged(rng, 800, 40)
        agrees(kind, charts.NHS, charts.ANHOEJ, values, units, offsets, None)


@pytest.mark.thorough
def test_the_kernels_are_compiled_ahead():
    assert kernels.compile_all(["charts"]) >= 4
    used = (_kernels.level, _kernels.mark, _kernels.judge)
    ready = [len(each.compiled().signatures) for each in used]
    long = np.random.default_rng(9).normal(size=6000)
    one = charts.signals(charts.individuals(long), charts.NELSON)
    assert np.array_equal(one.flags, charts.many_charts(long[None], profile=charts.NELSON).flags[0])
    assert [len(each.compiled().signatures) for each in used] == ready, "called with other types than compiled ahead"
