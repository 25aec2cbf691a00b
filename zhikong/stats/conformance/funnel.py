"""Published cases of `zhikong.stats.funnel`."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.special import ndtr

from zhikong.stats import funnel, grading
from zhikong.stats.conformance import Case, Line, Runner, lines

LEVELS = {"95": 0.95, "998": 0.998}
ROUNDED = tuple(float(1 - 2 * ndtr(-z)) for z in (1.959964, 3.090232))  # FunnelPlotR types its z to 6 decimals


def _printed(quantity: str, ours: Iterable[Any], theirs: Iterable[float], digits: int) -> Iterator[Line]:
    """Half a unit of the last of so many significant digits; a theirs of 0 is 0 by definition."""
    for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        size = math.floor(math.log10(abs(other))) + 1 if other else 0
        yield Line(f"{quantity}[{index}]", float(one), other, 0.5001 * 10 ** (size - digits))


def _poisson_limits(case: Case) -> Iterator[Line]:
    for name, level in LEVELS.items():
        expected = case["input"]["expected"]
        found = funnel.ratio_limits(expected, case["input"]["target"], level=level, method="chi_square")
        yield from _printed(f"ll{name}", found.lower, case["expected"][f"ll{name}"], 7)
        yield from _printed(f"ul{name}", found.upper, case["expected"][f"ul{name}"], 7)


def _totals(case: Case) -> Iterator[Line]:
    given = case["input"]
    found = funnel.totals_by_group(given["numerator"], given["denominator"], given["group"])
    yield from lines("group", found.groups, case["expected"]["group"])
    yield from _printed("rr", found.numerators / found.denominators, case["expected"]["rr"], 7)


def _overdispersed(profile: funnel.FunnelProfile, target: float | None) -> Runner:
    """FunnelPlotR prints 10 significant digits. Its column `highlight` repeats an argument: there is nothing to compute."""

    def run(case: Case) -> Iterator[Line]:
        given, expected = case["input"], case["expected"]
        found = funnel.funnel(given["numerator"], given["denominator"], profile=profile, target=target, levels=ROUNDED)
        # exact Poisson limits do not go through z
        levels = tuple(LEVELS.values()) if profile.limits == "chi_square" else ROUNDED
        chance = funnel.funnel(given["numerator"], given["denominator"], profile=profile, target=target, levels=levels)
        yield from _printed("phi", [found.dispersion.phi], [expected["phi"]], 10)
        yield from _printed("tau2", [found.dispersion.tau2], [expected["tau2"]], 10)
        table = expected["table"]
        units = len(table["rr"])
        same = funnel.totals_by_group(given["numerator"], given["denominator"], given["group"])
        yield from lines("group", same.groups, table["group"])
        yield from lines("numerator", same.numerators, table["numerator"])
        yield from lines("denominator", same.denominators, table["denominator"])
        ours: dict[str, Any] = {
            "rr": found.values,
            "target_transformed": [found.transformed_target] * units,
            "Y": found.transformed,
            "Uzscore": found.z,
            "Wuzscore": found.dispersion.z,
            "s": found.standard_errors,
            "LCL95": chance.lower[0],
            "UCL95": chance.upper[0],
            "LCL99": chance.lower[1],
            "UCL99": chance.upper[1],
            "OD95LCL": found.adjusted_lower[0],
            "OD95UCL": found.adjusted_upper[0],
            "OD99LCL": found.adjusted_lower[1],
            "OD99UCL": found.adjusted_upper[1],
        }
        for column, values in ours.items():
            yield from _printed(column, values, table[column], 10)
        if "rk" in table:
            yield from lines("rk", grading.ranks(found.z, ties="fractional", better="lower"), table["rk"])
            yield from lines("sp", grading.rank_groups(found.z, 10), table["sp"])
        treated = table["truncated"] if profile.tails == "trim" else table["winsorised"]
        yield from lines("treated", found.dispersion.treated.astype(int), treated)
        # its argument `limit` = 99 judges by the adjusted 99.8 % limits
        yield from lines("outlier", (np.abs(found.adjusted_verdicts) == 2).astype(int), table["outlier"])

    return run


def _outliers(case: Case) -> Iterator[Line]:
    given = case["input"]
    for flag, low, high in (
        ("unadj95", "LCL95", "UCL95"),
        ("adj95", "OD95LCL", "OD95UCL"),
        ("unadj998", "LCL99", "UCL99"),
        ("adj998", "OD99LCL", "OD99UCL"),
    ):
        found = funnel.judge(given["rr"], given[low], given[high])
        yield from lines(flag, np.abs(found), case["expected"][flag])


# ---- PHEindicatormethods

WORDS = {-2: "Low (0.001)", -1: "Low (0.025)", 0: "Not significant", 1: "High (0.025)", 2: "High (0.001)"}


def _phe_proportion_limits(case: Case) -> Iterator[Line]:
    given, expected = case["input"], case["expected"]
    by, target = given["multiplier"], sum(given["numerator"]) / sum(given["denominator"])
    yield from lines("baseline", [by * target] * len(expected["baseline"]), expected["baseline"], 0.5e-6)
    for name, level in (("2s", 0.95), ("3s", 0.998)):
        found = funnel.proportion_limits(expected["Population"], target, level=level, method="normal")
        yield from lines(f"lower_{name}", by * found.lower, expected[f"lower_{name}_limit"], 0.5001e-6)
        yield from lines(f"upper_{name}", by * found.upper, expected[f"upper_{name}_limit"], 0.5001e-6)


def _phe_proportion_significance(case: Case) -> Iterator[Line]:
    given = case["input"]
    profile = replace(funnel.PROPORTION, name="phe", limits="normal")
    found = funnel.funnel(given["numerator"], given["denominator"], profile=profile)
    yield from lines("significance", [WORDS[int(each)] for each in found.verdicts], case["expected"]["significance"])


def _phe_ratio_limits(case: Case) -> Iterator[Line]:
    """Drawn the other way round: the expected number on whose limit so many observed events lie.

    Upstream searches for the root and stops within 2^-13 (the default of R's uniroot): its first number is 0.001000547
    where -log(0.999) = 0.0010005003. Hence 2^-13 is allowed here, yet not more than 5 in 100,000.
    """
    observed = np.array(case["input"]["observed_events"], dtype=float)
    expected = case["expected"]
    for name, level in (("2s", 0.95), ("3s", 0.998)):
        found = funnel.poisson_interval(observed, level=level)
        for side, where in (("lower", found.upper), ("upper", found.lower)):
            relative = np.minimum(2.0**-13 / where, 5e-5)
            for column, ours in (("exp_events", where), ("isr", 100 * observed / where)):
                theirs = expected[f"{side}_{name}_{column}"]
                for one, other, share in zip(ours, theirs, relative, strict=True):
                    yield Line(f"{side}_{name}_{column}", float(one), other, float(share * one))


def _phe_ratio_significance(case: Case) -> Iterator[Line]:
    given = case["input"]
    profile = replace(funnel.CQC, name="phe", limits="exact")
    found = funnel.funnel(given["observed"], given["expected"], profile=profile, target=1.0)
    yield from lines("significance", [WORDS[int(each)] for each in found.verdicts], case["expected"]["significance"])


def _phe_intervals(case: Case) -> Iterator[Line]:
    """Rows without n are Byar's, with n Wilson's; the level changes within each. The last row is a count of 1 at 99.8 %,
    whose lower end upstream leaves out."""
    levels = [0.95] * 3 + [0.998] * 3 + [0.95] * 3 + [0.998] * 3 + [0.998]
    rows = zip(
        case["input"]["x"], case["input"]["n"], levels, case["expected"]["lowercl"], case["expected"]["uppercl"],
        strict=True,
    )  # fmt: skip
    for index, (count, cases, level, lower, upper) in enumerate(rows):
        if cases is None:
            found = funnel.poisson_interval(count, level=level, method="byar")
        else:
            found = funnel.proportion_interval(count, cases, level=level, method="wilson")
        if lower is not None:
            yield from _printed(f"lower of row {index}", [found.lower], [lower], 10)
        yield from _printed(f"upper of row {index}", [found.upper], [upper], 10)


def _phe_indirect(case: Case) -> Iterator[Line]:
    """Upstream reads a missing count of a stratum as 0, in the unit and in the reference."""
    given, expected = case["input"], case["expected"]
    area = np.array(given["area"])
    observed, base = [], []
    for name in expected["area"]:
        rows = np.flatnonzero(area == name)
        strata = {key: [given[key][row] or 0 for row in rows] for key in ("count", "refcount", "refpop")}
        # a stratum that is missing in this unit has the reference's 0 events, so its population is of no consequence
        people = [given["pop"][row] or 0 for row in rows]
        observed.append(sum(strata["count"]))
        base.append(float(funnel.expected_events(people, strata["refcount"], strata["refpop"])))
    for level, suffix in ((0.95, "95_0"), (0.998, "99_8")):
        found = funnel.indirect_ratio(observed, base, level=level)
        yield from _printed(f"lower{suffix}", found.lower, expected[f"lower{suffix}cl"], 10)
        yield from _printed(f"upper{suffix}", found.upper, expected[f"upper{suffix}cl"], 10)
        yield from _printed("value", found.ratio, expected["value"], 10)
        yield from lines("observed", found.observed, expected["observed"])
        yield from _printed("expected", found.expected, expected["expected"], 10)
    used = ["Exact" if count < 10 else "Byars" for count in observed]
    yield from lines("method", used, expected["method"])


RUNNERS: dict[str, Runner] = {
    "funnelplotr_exact_poisson_limits": _poisson_limits,
    "funnelplotr_aggregate_rr": _totals,
    "funnelplotr_od_sr_shmi": _overdispersed(funnel.FUNNELPLOTR_SHMI, 1.0),
    "funnelplotr_od_sr_cqc": _overdispersed(funnel.FUNNELPLOTR_CQC, 1.0),
    "funnelplotr_od_ratio_of_counts": _overdispersed(funnel.FUNNELPLOTR_COUNT_RATIO, None),
    "funnelplotr_od_proportion": _overdispersed(funnel.FUNNELPLOTR_PROPORTION, None),
    "funnelplotr_outlier_flags": _outliers,
    "phe_funnel_proportion_limits": _phe_proportion_limits,
    "phe_funnel_proportion_significance": _phe_proportion_significance,
    "phe_funnel_ratio_poisson_limits": _phe_ratio_limits,
    "phe_funnel_ratio_significance": _phe_ratio_significance,
    "phe_byar_wilson_ci": _phe_intervals,
    "phe_indirect_standardised_ratio": _phe_indirect,
}


# ---- typed here


def _newcombe(case: Case) -> Iterator[Line]:
    given = case["input"]
    for method, ends in case["expected"].items():
        found = funnel.proportion_interval(given["events"], given["cases"], method=method)
        yield from lines(f"{method} lower", found.lower, ends[0], 0.5e-4)
        yield from lines(f"{method} upper", found.upper, ends[1], 0.5e-4)


def _garwood(case: Case) -> Iterator[Line]:
    found = funnel.poisson_interval(case["input"]["counts"])
    yield from lines("lower", found.lower, case["expected"]["lower"], 0.5e-3)
    yield from lines("upper", found.upper, case["expected"]["upper"], 0.5e-3)


def _spector(case: Case) -> Iterator[Line]:
    """Stata keeps the grade points in single precision: with 2.66 as it is, the seventh digits differ."""
    from statsmodels.datasets import spector

    table, expected = spector.load_pandas().data, case["expected"]
    columns = np.asarray(table[["GPA", "TUCE", "PSI"]], dtype=np.float32)
    found = funnel.fit_risk_model(np.asarray(table["GRADE"]), columns, family="logistic", names=["gpa", "tuce", "psi"])
    yield from _printed("coefficient", found.coefficients, expected["coefficients"], 9)
    yield from _printed("standard error", found.standard_errors, expected["standard_errors"], 9)
    yield Line("log likelihood", found.log_likelihood, expected["log_likelihood"], 0.5e-9)


PUBLISHED: list[Case] = [
    {
        "name": "newcombe_1998_proportions",
        "source": "Newcombe, R. G. (1998). Statistics in Medicine 17, 857-872, Table I, methods 3 (Wilson) and 5 (exact)",
        "method": "95 % intervals of 81/263, 15/148, 0/20, 1/29",
        "input": {"events": [81, 15, 0, 1], "cases": [263, 148, 20, 29]},
        "expected": {
            "wilson": [[0.2553, 0.0624, 0.0000, 0.0061], [0.3662, 0.1605, 0.1611, 0.1718]],
            "exact": [[0.2527, 0.0578, 0.0000, 0.0009], [0.3676, 0.1617, 0.1684, 0.1776]],
        },
        "notes": "",
    },
    {
        "name": "poisson_exact_table",
        "source": "Pearson, E. S., Hartley, H. O., Biometrika Tables for Statisticians I, Table 40 (95 %)",
        "method": "exact interval of a Poisson count",
        "input": {"counts": [0, 1, 5, 10]},
        "expected": {"lower": [0.0, 0.0253, 1.623, 4.795], "upper": [3.689, 5.572, 11.668, 18.390]},
        "notes": "",
    },
    {
        "name": "spector_mazzeo_logit",
        "source": "Spector, L. C., Mazzeo, M. (1980), logit of GRADE on GPA, TUCE, PSI by Stata 11, as transcribed in the "
        "tests of statsmodels 0.15 (results_discrete.py); also in Greene, Econometric Analysis",
        "method": "logistic model by maximum likelihood",
        "input": {"data": "statsmodels.datasets.spector"},
        "expected": {
            "coefficients": [-13.0213483201, 2.82611297201, 0.0951576702557, 2.37868772835],
            "standard_errors": [4.93132462871, 1.26294114526, 0.141554207662, 1.06456430165],
            "log_likelihood": -12.8896334653335,
        },
        "notes": "",
    },
]
RUNNERS |= {"newcombe_1998_proportions": _newcombe, "poisson_exact_table": _garwood}
SKIPPED: dict[str, str] = {}
if find_spec("statsmodels"):
    RUNNERS["spector_mazzeo_logit"] = _spector
else:
    SKIPPED["spector_mazzeo_logit"] = "risk models need the extra `models` (statsmodels), which is not installed"
