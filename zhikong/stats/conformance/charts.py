"""Published cases of `zhikong.stats.charts`."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from zhikong.stats import charts
from zhikong.stats.charts import Chart, Constants, Phase, Rule, RuleProfile
from zhikong.stats.conformance import Case, Line, Runner, lines

# The collections print ten significant digits of a recomputation: what an eleventh could change.
TEN_DIGITS = 1e-9


def _printed(theirs: float) -> float:
    """Half a unit of the tenth significant digit, with the rounding of the sum that led there."""
    return abs(theirs) * TEN_DIGITS + 1e-12


def _series(quantity: str, ours: Any, theirs: list[Any]) -> Iterator[Line]:
    yield from lines(f"{quantity}: how many", [len(ours)], [len(theirs)])
    for place, (one, other) in enumerate(zip(ours, theirs, strict=False)):
        if other is None:
            yield Line(f"{quantity}[{place}] is missing", bool(np.isnan(one)), True)
        else:
            yield Line(f"{quantity}[{place}]", float(one), float(other), _printed(other))


def _drawn(chart: Chart, case: Case, **overrides: Any) -> Iterator[Line]:
    """Every number that a case gives of a chart."""
    expected = dict(case["expected"]) | overrides
    for quantity, ours in (("y", chart.values), ("cl", chart.centre), ("lcl", chart.lower), ("ucl", chart.upper)):
        if quantity in expected:
            yield from _series(quantity, ours, expected[quantity])
    if "part" in expected:
        yield from lines("part", chart.layout.phase + 1, expected["part"])
    if "sigma_signal_at_1based" in expected:
        found = charts.signals(chart, charts.ANHOEJ).where("outside limits") + 1
        yield from lines("outside the limits at", found, expected["sigma_signal_at_1based"])
    if "sigma_z" in expected:
        yield Line("sigma_z", chart.inflation[0], expected["sigma_z"], _printed(expected["sigma_z"]))
    parts = expected.get("anhoej_per_part") or ({"1": expected["anhoej"]} if "anhoej" in expected else {})
    for name, theirs in parts.items():
        yield from _anhoej(f"part {name}", charts.runs(chart)[int(name) - 1], theirs)


def _anhoej(part: str, ours: charts.Runs, theirs: dict[str, Any]) -> Iterator[Line]:
    for quantity, value in (
        ("n_useful", ours.useful),
        ("longest_run", ours.longest),
        ("longest_run_max", ours.longest_limit),
        ("n_crossings", ours.crossings),
        ("n_crossings_min", ours.crossings_limit),
        ("runs_signal", ours.signal),
    ):
        yield Line(f"{part}: {quantity}", value, theirs[quantity])


def _layout(case: Case) -> dict[str, Any]:
    given = case["input"]
    phases = [Phase(freeze=given.get("baseline_n") or given.get("fix_after"))]
    if "part_after" in given:
        phases.append(Phase(given["part_after"], "as published"))
    return {"phases": phases, "exclude": [place - 1 for place in given.get("exclude_1based", [])]}


def _individuals(case: Case) -> Iterator[Line]:
    yield from _drawn(charts.individuals(case["input"]["y"], constants=charts.MONTGOMERY, **_layout(case)), case)


def _moving_range(case: Case) -> Iterator[Line]:
    yield from _drawn(charts.moving_range(case["input"]["y"], constants=charts.MONTGOMERY, **_layout(case)), case)


def _p(case: Case) -> Iterator[Line]:
    given = case["input"]
    yield from _drawn(charts.p_chart(given["numerator"], given["denominator"], **_layout(case)), case)


def _p_prime(constants: Constants) -> Runner:
    def run(case: Case) -> Iterator[Line]:
        given = case["input"]
        yield from _drawn(
            charts.p_chart(given["numerator"], given["denominator"], constants=constants, laney=True), case
        )

    return run


def _c(case: Case) -> Iterator[Line]:
    yield from _drawn(charts.c_chart(case["input"]["count"], **_layout(case)), case)


def _u(case: Case) -> Iterator[Line]:
    given = case["input"]
    counts = given.get("count") or given["numerator"]
    units = np.asarray(given["denominator"]) / given.get("multiply", 1)
    yield from _drawn(charts.u_chart(counts, units, **_layout(case)), case)


def _t(case: Case) -> Iterator[Line]:
    yield from _drawn(charts.t_chart(case["input"]["time_between"], constants=charts.QICHARTS2), case)


def _g(case: Case) -> Iterator[Line]:
    yield from _drawn(charts.g_chart(case["input"]["cases_between"], constants=charts.QICHARTS2), case)


def _xbar(case: Case) -> Iterator[Line]:
    yield from _drawn(charts.xbar_s_charts(case["input"]["obs"], case["input"]["subgroup"]).mean, case)


def _i_prime(case: Case) -> Iterator[Line]:
    values, sizes = np.asarray(case["input"]["value"]), np.asarray(case["input"]["n"])
    # The exact 2/sqrt(pi): qicharts2 takes Taylor's formula for this chart and not the rounded 1.128 of its others.
    yield from _drawn(charts.normalised_individuals(values * sizes, sizes), case)


def _run_chart(case: Case) -> Iterator[Line]:
    given = case["input"]
    rates = np.asarray(given["numerator"]) / np.asarray(given["denominator"]) * given["multiply"]
    chart = charts.run_chart(rates)
    median = case["expected"]["median"]
    yield from lines("median", {float(line) for line in chart.centre}, [median], _printed(median))
    yield from _drawn(chart, case)


def _hospitals(case: Case) -> Iterator[tuple[str, Chart, list[str]]]:
    """A u chart of the hospitals of each infection, in the order of their exposure."""
    given = case["input"]
    infections, hospitals = np.asarray(given["infection"]), np.asarray(given["hospital"])
    for infection in np.unique(infections):
        names = np.unique(hospitals)
        rows = [(infections == infection) & (hospitals == name) for name in names]
        days = np.array([np.asarray(given["days"])[row].sum() for row in rows])
        events = np.array([np.asarray(given["n"])[row].sum() for row in rows])
        order = np.argsort(days)
        chart = charts.u_chart(events[order], days[order] / given["multiply"])
        yield str(infection), chart, [str(name) for name in names[order]]


def _months(case: Case) -> Iterator[tuple[str, Chart, list[str]]]:
    """A u chart of the months of each infection, all hospitals together."""
    given = case["input"]
    infections, months = np.asarray(given["infection"]), np.asarray(given["month"])
    for infection in np.unique(infections):
        names = np.unique(months)
        rows = [(infections == infection) & (months == name) for name in names]
        events = [np.asarray(given["n"])[row].sum() for row in rows]
        chart = charts.u_chart(events, [np.asarray(given["days"])[row].sum() for row in rows])
        yield str(infection), chart, [str(name) for name in names]


def _summary(charted: Any) -> Runner:
    def run(case: Case) -> Iterator[Line]:
        expected = case["expected"]
        found = list(charted(case))
        yield from lines("infection", [infection for infection, _, _ in found], expected["facet1"])
        for place, (infection, chart, _) in enumerate(found):
            (ours,) = charts.runs(chart)
            points = len(chart.values)
            outside = len(charts.signals(chart, charts.ANHOEJ).where("outside limits")) > 0
            for quantity, value in (
                ("facet2", 1), ("part", len(chart.layout.phases)), ("n.obs", points), ("n.useful", ours.useful),
                ("longest.run", ours.longest), ("longest.run.max", ours.longest_limit),
                ("n.crossings", ours.crossings), ("n.crossings.min", ours.crossings_limit),
                ("runs.signal", int(ours.signal)), ("sigma.signal", int(outside)),
            ):  # fmt: skip
                yield Line(f"{infection}: {quantity}", value, expected[quantity][place])
            # The case's note says limits of the last point; its numbers are the averages of limits over the points.
            for quantity, limit in (
                ("aLCL", np.mean(chart.lower)),
                ("CL", chart.centre[0]),
                ("aUCL", np.mean(chart.upper)),
            ):
                theirs = expected[quantity][place]
                yield Line(f"{infection}: {quantity}", float(limit), theirs, _printed(theirs))

    return run


def _hospital_points(case: Case) -> Iterator[Line]:
    found = list(_hospitals(case))
    expected = case["expected"]
    yield from lines("hospital", [name for _, _, names in found for name in names], expected["hospital"])
    yield from lines("infection", [one for one, _, names in found for _ in names], expected["infection"])
    for quantity, field in (("y", "values"), ("cl", "centre"), ("lcl", "lower"), ("ucl", "upper")):
        ours = np.concatenate([getattr(chart, field) for _, chart, _ in found])
        yield from _series(quantity, ours, expected[quantity])
    outside = np.concatenate([(charts.signals(chart, charts.ANHOEJ).flags & 1) == 1 for _, chart, _ in found])
    yield from lines("outside the limits", outside, expected["sigma_signal"])


# NHSRplotthedots (Making Data Count)


def _one_rule(rule: Rule) -> RuleProfile:
    return RuleProfile("one rule", "1", (rule,))


def _flags(scores: Any, rule: Rule) -> list[int]:
    return [int(flag) for flag in charts.patterns(scores, _one_rule(rule)).flags]


def _seven_on_one_side(case: Case) -> Iterator[Line]:
    for place, (signs, (expected,)) in enumerate(zip(case["input"]["relative_to_mean"], case["expected"], strict=True)):
        yield from lines(f"series {place}", _flags(signs, Rule("shift", "shift", 7)), expected)


def _trend_of_seven(case: Case) -> Iterator[Line]:
    for place, (values, expected) in enumerate(zip(case["input"]["y"], case["expected"], strict=True)):
        slopes = np.sign(np.diff(values, prepend=values[0]))
        yield from lines(f"series {place}", np.asarray(_flags(values, Rule("trend", "trend", 7))) * slopes, expected)


def _members_of_seven(case: Case) -> Iterator[Line]:
    for place, (flags, expected) in enumerate(zip(case["input"]["flag"], case["expected"], strict=True)):
        # A series whose run of seven is complete exactly where the case's flags say so.
        sign = np.sign(np.sum(flags))
        signs = np.full(len(flags), -sign)
        for end in np.flatnonzero(flags):
            signs[end - 6 : end + 1] = sign
        yield from lines(f"series {place}: ends", np.abs(flags), _flags(signs, Rule("shift", "shift", 7)))
        yield from lines(f"series {place}", _flags(signs, Rule("shift", "shift", 7, flag="members")), expected)


def _two_of_three(flag: str) -> Runner:
    rule = Rule("two of three", "zone", 2, 3, above=2, upto=3, one_side=True, flag=flag)

    def run(case: Case) -> Iterator[Line]:
        given = case["input"]
        for place, (close, side) in enumerate(zip(given["close"], given["relative"], strict=True)):
            scores = np.asarray(side) * np.where(close, 2.5, 1.0)
            yield from lines(f"series {place}", _flags(scores, rule), case["expected"][place])

    return run


def _assurance(case: Case) -> Iterator[Line]:
    given = case["input"]
    words = {"consistent_pass": "pass", "consistent_fail": "fail", "inconsistent": "hit or miss", None: "not judged"}
    for theirs, ours in (("increase", "higher"), ("decrease", "lower"), ("neutral", "none")):
        found = charts.assurance(given["lpl"], given["upl"], given["target"], ours)
        yield from lines(theirs, found, [words[word] for word in case["expected"][theirs]])


def _cause(signals: charts.Signals, point: int) -> str:
    """The name that NHSRplotthedots gives to the first rule of a point."""
    names = signals.names(point)
    high = signals.side[point] > 0
    if not names:
        return "Common Cause"
    return {
        "outside limits": "Above UCL" if high else "Below LCL",
        "shift": "7 Points Above CL" if high else "7 Points Below CL",
    }[names[0]]


POINT_TYPES = {
    "common cause": "common_cause",
    "improving": "special_cause_improvement",
    "concerning": "special_cause_concern",
}


def _xmr_lines(chart: Chart, expected: dict[str, Any], direction: str, digits: float = TEN_DIGITS) -> Iterator[Line]:
    for quantity, ours in (("mean", chart.centre[0]), ("lpl", chart.lower[0]), ("upl", chart.upper[0])):
        yield Line(quantity, float(ours), expected[quantity], abs(expected[quantity]) * digits + 1e-12)
    found = charts.signals(chart, charts.NHS_MDC)
    if "special_cause_type" in expected:
        causes = [_cause(found, point) for point in range(len(chart.values))]
        yield from lines("special cause", causes, expected["special_cause_type"])
    types = [POINT_TYPES[str(word)] for word in charts.variation(found, direction)]
    if "point_type" in expected:
        yield from lines("point type", types, expected["point_type"])
    if "last_two_point_type" in expected:
        yield from lines("last two point types", types[-2:], expected["last_two_point_type"])


UNSCREENED = Constants("nhs-mdc, none screened", "1", d2=charts.NHS.d2, d4=charts.NHS.d4, screen=None, g_centre="mean")


def _xmr(case: Case) -> Iterator[Line]:
    direction = {"increase": "higher", "decrease": "lower"}[case["input"].get("improvement_direction", "increase")]
    chart = charts.individuals(case["input"]["y"], constants=charts.NHS, **_layout(case))
    yield from _xmr_lines(chart, case["expected"], direction)


def _xmr_screening(case: Case) -> Iterator[Line]:
    for name, constants in (("screened", charts.NHS), ("unscreened", UNSCREENED)):
        chart = charts.individuals(case["input"]["y"], constants=constants)
        yield from _xmr_lines(chart, case["expected"][name], "higher")


def _xmr_snapshots(case: Case) -> Iterator[Line]:
    given, expected = case["input"], case["expected"]
    for place, (name, values, constants) in enumerate(
        (
            ("plain", given["y"], charts.NHS),
            ("outlier_screened", given["y_variant_2_3"], charts.NHS),
            ("outlier_unscreened", given["y_variant_2_3"], UNSCREENED),
        )
    ):
        chart = charts.individuals(values, constants=constants)
        limits = [float(line[0]) for line in (chart.centre, chart.lower, chart.upper)]
        yield from lines(name, limits, expected[name], 5e-7)  # seven digits printed
        yield from lines(f"{name}, rerun", limits, expected["rerun"][place], 5e-9)  # the input has ten digits


# qcc


def _rules(profile: RuleProfile, order: dict[str, str]) -> Runner:
    def run(case: Case) -> Iterator[Line]:
        for name, theirs in case["expected"].items():
            if name not in case["input"]:
                continue
            found = charts.patterns(case["input"][name], profile).where(order[name])
            yield from lines(name, found + 1, theirs)

    return run


WESTERN = {
    name: rule.name for name, rule in zip(("wer1", "wer2", "wer3", "wer4"), charts.WESTERN_ELECTRIC.rules, strict=True)
}
NELSON = {f"nel{number}": rule.name for number, rule in enumerate(charts.NELSON.rules, start=1)}
NELSON["nel8b"] = NELSON["nel8"]


def _overlap(case: Case) -> Iterator[Line]:
    expected = case["expected"]
    found = charts.patterns(case["input"]["y"], charts.WESTERN_ELECTRIC)
    for name, rule in WESTERN.items():
        yield from lines(name, found.where(rule) + 1, expected[name])
    order = list(WESTERN.values())
    first = [next((order.index(name) + 1 for name in found.names(point)), None) for point in range(len(found.flags))]
    yield from lines("first rule that fired", first, expected["precedence_4321"])


def _seven_digits(quantity: str, ours: float, theirs: float) -> Line:
    """R prints seven significant digits."""
    unit = 10.0 ** (np.floor(np.log10(abs(theirs))) - 6)
    return Line(quantity, float(ours), theirs, 0.501 * unit)


def _qcc(expected: dict[str, float], chart: Chart, sigma: float) -> Iterator[Line]:
    ours = {"center": chart.centre[0], "std_dev": sigma, "lcl": chart.lower[0], "ucl": chart.upper[0]}
    for quantity, theirs in expected.items():
        yield _seven_digits(quantity, ours[quantity], theirs)


def _sigma(chart: Chart) -> float:
    """The standard error of the first point."""
    return float((chart.upper[0] - chart.centre[0]) / 3)


def _qcc_counts(case: Case) -> Iterator[Line]:
    given = case["input"]
    if "numerator" in given:
        make = charts.np_chart if "_np_" in case["name"] else charts.p_chart
        chart = make(given["numerator"], given["denominator"])
        scale = np.sqrt(given["denominator"][0]) if make is charts.p_chart else 1.0
        # qcc prints of a p chart the standard error of a proportion of 50, and of a u chart sigma of one unit.
        yield from _qcc(
            case["expected"], chart, _sigma(chart) * (scale / np.sqrt(given["denominator"][0]) if scale > 1 else 1)
        )
    elif "denominator" in given:
        chart = charts.u_chart(given["count"], given["denominator"])
        yield from _qcc(case["expected"], chart, _sigma(chart) * np.sqrt(given["denominator"][0]))
    else:
        chart = charts.c_chart(given["count"])
        yield from _qcc(case["expected"], chart, _sigma(chart))


def _viscosity(case: Case) -> Iterator[Line]:
    # The case's note says that qcc divides by 1.128379; its printed numbers come of 1.128.
    expected, values = case["expected"], case["input"]["y"]
    if "mr" in expected:
        for name, spread in (("mr", "moving range"), ("sd", "sd")):
            chart = charts.individuals(values, spread=spread, constants=charts.MONTGOMERY)
            yield from _qcc(expected[name], chart, _sigma(chart))
    else:
        later = [*values, *case["input"]["new_y"]]
        chart = charts.individuals(later, phases=[Phase(freeze=len(values))], constants=charts.MONTGOMERY)
        yield from _qcc(expected, chart, _sigma(chart))


# DHIS2


def _outlier(case: Case) -> Iterator[Line]:
    given, expected = case["input"], case["expected"]
    found = charts.z_score_outliers(given["values"], threshold=given["threshold"], sd="population")
    yield from lines("outliers", np.asarray(given["values"])[found.outlier], expected["outliers"])
    place = int(np.flatnonzero(found.outlier)[0])
    for quantity, ours in (
        ("mean", float(found.mean)),
        ("std_dev_population", float(found.sd)),
        ("z_score", float(found.score[place])),
        ("abs_dev", float(abs(given["values"][place] - found.mean))),
        ("lower_bound", float(found.lower)),
        ("upper_bound", float(found.upper)),
    ):
        # The case's note: its three decimals are cut, not rounded, and agree within 0.001.
        yield Line(quantity, ours, expected[quantity], 1e-3)


def _two_series(case: Case) -> Iterator[Line]:
    given, expected = case["input"], case["expected"]
    table = np.array([given["A"], given["B"]])
    found = charts.z_score_outliers(table, threshold=given["threshold"], sd="population")
    for row, name in enumerate("AB"):
        yield from lines(name, table[row][found.outlier[row]], expected[name])
    away = [
        (-abs(float(table[row, place] - found.mean[row])), "AB"[row], int(table[row, place]))
        for row, place in np.argwhere(found.outlier)
    ]
    ours = [word for _, *pair in sorted(away) for word in pair]
    yield from lines("by distance", ours, [word for pair in expected["order_by_mean_abs_dev"] for word in pair])


# Typed here


def _unbiasing(case: Case) -> Iterator[Line]:
    for size, row in case["expected"].items():
        found = charts.unbiasing(int(size))
        root = np.sqrt(int(size))
        ours = {
            "A2": 3 / (found.d2 * root),
            "A3": 3 / (found.c4 * root),
            "c4": found.c4,
            "B3": max(0.0, 1 - 3 * np.sqrt(1 - found.c4**2) / found.c4),
            "B4": 1 + 3 * np.sqrt(1 - found.c4**2) / found.c4,
            "d2": found.d2,
            "d3": found.d3,
            "D3": max(0.0, 1 - 3 * found.d3 / found.d2),
            "D4": 1 + 3 * found.d3 / found.d2,
        }
        for name, theirs in row.items():
            yield Line(f"{name}({size})", float(ours[name]), theirs, 5.01e-5 if name == "c4" else 5.01e-4)


def _steiner(case: Case) -> Iterator[Line]:
    given = case["input"]
    for name, theirs in case["expected"].items():
        score, outcome, ratio = (float(part) for part in name.split(","))
        risk = 1 / (1 + np.exp(-(given["intercept"] + given["slope"] * score)))
        weight = charts.risk_adjusted_cusum([int(outcome)], [risk], limit=1, odds_ratio=ratio).weight[0]
        yield Line(f"weight of Parsonnet, outcome, ratio {name}", float(weight), theirs, given["tolerance"])


RUNNERS: dict[str, Runner] = {
    "montgomery_6.5_I_chart_freeze20": _individuals,
    "montgomery_6.5_MR_chart_freeze20": _moving_range,
    "montgomery_7.1_p_chart_parts_exclude": _p,
    "montgomery_t7.4_p_chart_variable_n": _p,
    "montgomery_7.3_c_chart_exclude_freeze": _c,
    "montgomery_7.4_u_chart": _u,
    "montgomery_7.6_t_chart": _t,
    "montgomery_6.4_xbar_variable_n": _xbar,
    "hai_u_chart_by_infection": _summary(_months),
    "hai_hospital_comparison_u_funnel": _summary(_hospitals),
    "hai_hospital_comparison_u_funnel_points": _hospital_points,
    "nhs_accidents_p_chart": _p,
    "nhs_accidents_laney_p_prime_screened": _p_prime(charts.QICHARTS2),
    "nhs_accidents_laney_p_prime_unscreened": _p_prime(charts.MONTGOMERY),
    "cdi_u_chart_two_phases": _u,
    "cdi_run_chart_anhoej_shift": _run_chart,
    "cabg_g_chart_ops_between_deaths": _g,
    "lots_normalized_I_prime_chart": _i_prime,
    "nhsr_seven_points_one_side": _seven_on_one_side,
    "nhsr_seven_point_trend": _trend_of_seven,
    "nhsr_part_of_seven_trend": _members_of_seven,
    "nhsr_two_in_three": _two_of_three("window"),
    "nhsr_part_of_two_in_three": _two_of_three("members"),
    "nhsr_assurance": _assurance,
    "nhsr_xmr_outlier_screening": _xmr_screening,
    "nhsr_xmr_rnorm123": _xmr_snapshots,
    "nhsr_two_opposite_extremes_common_cause": _xmr,
    "nhsr_point_types_montgomery_cost": _xmr,
    "nhsr_point_types_circuit_counts": _xmr,
    "qcc_western_electric_rules": _rules(charts.WESTERN_ELECTRIC, WESTERN),
    "qcc_western_electric_overlap": _overlap,
    "qcc_nelson_rules": _rules(charts.NELSON, NELSON),
    "qcc_p_chart_orangejuice_phase1": _qcc_counts,
    "qcc_np_chart_orangejuice_phase1": _qcc_counts,
    "qcc_c_chart_circuit_phase1": _qcc_counts,
    "qcc_u_chart_pcmanufact": _qcc_counts,
    "qcc_xbar_one_viscosity": _viscosity,
    "qcc_xbar_one_viscosity_without_batch4": _viscosity,
    "dhis2_outlier_zscore_stats": _outlier,
    "dhis2_outlier_zscore_two_series": _two_series,
    "charts: unbiasing constants": _unbiasing,
    "charts: Steiner 2000 weights": _steiner,
    "charts: Steiner 2014 weights": _steiner,
    "charts: Rigdon and Fricker weight": _steiner,
}

PUBLISHED: list[Case] = [
    {
        "name": "charts: unbiasing constants",
        "source": "Montgomery DC, Introduction to Statistical Quality Control, appendix VI",
        "expected": {
            "2": {"A2": 1.880, "A3": 2.659, "c4": 0.7979, "B4": 3.267, "d2": 1.128, "d3": 0.853, "D3": 0, "D4": 3.267},
            "3": {"A2": 1.023, "A3": 1.954, "c4": 0.8862, "B4": 2.568, "d2": 1.693, "d3": 0.888, "D3": 0},
            "4": {"A2": 0.729, "A3": 1.628, "c4": 0.9213, "B4": 2.266, "d2": 2.059, "d3": 0.880, "D4": 2.282},
            "5": {"A2": 0.577, "A3": 1.427, "c4": 0.9400, "B4": 2.089, "d2": 2.326, "d3": 0.864, "D4": 2.114},
            "10": {"A2": 0.308, "A3": 0.975, "c4": 0.9727, "B3": 0.284, "B4": 1.716, "d2": 3.078, "d3": 0.797,
                   "D3": 0.223, "D4": 1.777},
        },
    },
    {
        "name": "charts: Steiner 2000 weights",
        "source": "Steiner et al. (2000), Biostatistics 1: 441-452, p. 446, as transcribed in the tests of R vlad",
        "input": {"intercept": -3.68, "slope": 0.077, "tolerance": 0.005},
        "expected": {"0,0,2": -0.024, "0,1,2": 0.67, "50,0,2": -0.43, "50,1,2": 0.26},
    },
    {
        "name": "charts: Steiner 2014 weights",
        "source": "Steiner (2014), Risk-adjusted monitoring of outcomes in health care, p. 234, as in the tests of R vlad",
        "input": {"intercept": -3.68, "slope": 0.077, "tolerance": 0.000501},
        "expected": {
            "0,0,2": -0.024, "0,1,2": 0.669, "50,0,2": -0.433, "50,1,2": 0.26,
            "0,0,0.5": 0.012, "0,1,0.5": -0.681, "50,0,0.5": 0.316, "50,1,0.5": -0.377,
        },
    },
    {
        "name": "charts: Rigdon and Fricker weight",
        "source": "Rigdon and Fricker (2015), Health surveillance, pp. 225-226, as in the tests of R vlad",
        "input": {"intercept": -3.67, "slope": 0.077, "tolerance": 0.00000501},
        "expected": {"19,0,0.5": 0.05083},
    },
]  # fmt: skip
