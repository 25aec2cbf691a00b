"""Published cases of `zhikong.stats.measurement`."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from zhikong.stats import measurement
from zhikong.stats.conformance import Case, Line, Runner, lines
from zhikong.stats.measurement import Fit


def end_gauge(case: Case) -> Iterator[Line]:
    given, expected = case["input"], case["expected"]

    def model(
        ls: float, d: float, cr: float, cnr: float, a: float, da: float, t: float, big: float, dt: float
    ) -> float:
        return (ls * (1 + a * (t + big + dt)) + d + cr + cnr) / (1 + (a + da) * (t + big))

    ours = measurement.propagate(
        model,
        given["x"],
        given["u"],
        degrees_of_freedom=[math.inf if nu == "Inf" else nu for nu in given["nu"]],
        names=given["names"],
        coverage=given["coverage"],
    )
    yield Line("y", ours.value, expected["y"], 0.5)
    # The engine's numerical sensitivities are good to about 1e-6; ours agree with the analytic ones to 1e-9 (tests).
    yield Line("uc", ours.combined, expected["uc"], 5e-7 * expected["uc"])
    yield Line("nu_eff", ours.degrees_of_freedom, expected["nu_eff"], 2e-6 * expected["nu_eff"])
    yield Line("k", ours.coverage_factor, expected["k"], 1e-7)
    yield Line("U", ours.expanded, expected["U"], 0.5)


def replicates_by_day(case: Case) -> Iterator[Line]:
    table, expected = np.array(case["input"]["rows_are_replicates"], dtype=float), case["expected"]
    days = np.broadcast_to(np.arange(table.shape[1]), table.shape)
    ours = measurement.nested_anova(table.ravel(), {"day": days.ravel()})
    yield Line("sr", ours.repeatability.sd, expected["sr"], 0.005)
    yield Line("sRw_anova", ours.within_laboratory.sd, expected["sRw_anova"], 0.0005)
    within_rows = table.std(axis=1, ddof=1)
    yield Line("sRw_simplified", measurement.pooled_sd(within_rows), expected["sRw_simplified"], 0.005)
    yield from lines("s_day", table.std(axis=0, ddof=1), expected["s_day"], 0.0005)
    yield from lines("s_rep", within_rows, expected["s_rep"], 0.0005)
    yield Line("sr, pooled over days", measurement.pooled_sd(table.std(axis=0, ddof=1)), expected["sr"], 0.005)


def variance_components(case: Case) -> Iterator[Line]:
    given, expected = case["input"], case["expected"]
    ours = measurement.nested_anova(given["y"], {"day": given["day"], "run": given["run"]})
    for name, value in expected["variance_components"].items():
        found = ours.within_laboratory.sd**2 if name == "total" else ours.component(name).variance
        yield Line(name, found, value, 5e-12 if "MS" in expected else 5e-7)
    if "mean" in expected:
        yield Line("mean", ours.mean, expected["mean"], 1e-12)
        for name, value in expected["MS"].items():
            yield Line(f"MS {name}", ours.component(name).mean_square, value, 5e-12)
        yield from lines("df", [each.degrees_of_freedom for each in ours.components], expected["df"])


def regressions(case: Case) -> Iterator[Line]:
    x, y = case["input"]["x"], case["input"]["y"]
    fits: dict[str, Callable[[], Fit]] = {
        "LinReg": lambda: measurement.ordinary_least_squares(x, y),
        "WLinReg": lambda: measurement.weighted_least_squares(x, y),
        "Deming.1": lambda: measurement.deming(x, y),
        "Deming.121": lambda: measurement.deming(x, y, error_ratio=1.21),
        "WDeming.1": lambda: measurement.weighted_deming(x, y),
        "WDeming.121": lambda: measurement.weighted_deming(x, y, error_ratio=1.21),
        "PaBa": lambda: measurement.passing_bablok(x, y, limits="averaged", central="angle"),
        "PaBaLarge": lambda: measurement.passing_bablok(x, y, limits="averaged", central="angle"),
        "PBequi-small": lambda: measurement.equivariant_passing_bablok(x, y),
        "PBequi-large": lambda: measurement.equivariant_passing_bablok(x, y, limits="nearest"),
        "Teil-Sen-small": lambda: measurement.theil_sen(x, y),
        "Teil-Sen-large": lambda: measurement.theil_sen(x, y, limits="nearest"),
    }
    for name, expected in case["expected"].items():
        ours = fits[name]()
        found = {
            "Intercept": ours.intercept,
            "InterceptL": ours.intercept_lower,
            "InterceptU": ours.intercept_upper,
            "Slope": ours.slope,
            "SlopeL": ours.slope_lower,
            "SlopeU": ours.slope_upper,
        }
        for quantity, value in found.items():
            yield Line(f"{name} {quantity}", value, expected[quantity], 1e-6)  # the collection's own tolerance


def from_control(case: Case) -> Iterator[Line]:
    given = case["input"]
    ours = [measurement.top_down(level["sd"], coverage_factor=given["k"]).expanded for level in given["levels"]]
    yield from lines("U", ours, case["expected"]["U"], 0.005)


def limits_of_components(case: Case) -> Iterator[Line]:
    given, expected = case["input"], case["expected"]
    codes = {name: np.array(given[name]) for name in ("day", "run")}
    ours = measurement.nested_anova(given["y"], codes, confidence=given["confidence"])
    for name, precision in (("total", ours.within_laboratory), ("error", ours.repeatability)):
        yield from lines(name, (precision.lower, precision.upper), expected[name], 5e-9)


def ferritin(case: Case) -> Iterator[Line]:
    runs, expected = case["input"]["runs"], case["expected"]
    codes = [index for index, run in enumerate(runs) for _ in run]
    ours = measurement.nested_anova([value for run in runs for value in run], {"run": codes})
    yield Line("df_WL", ours.within_laboratory.degrees_of_freedom, expected["df_WL"], 0.005)


def claims(case: Case) -> Iterator[Line]:
    for ratio, runs, replicates, degrees in case["input"]["designs"]:
        ours = measurement.claimed_degrees_of_freedom(ratio, runs=runs, replicates=replicates)
        yield Line(f"df_WL of {runs} x {replicates} at {ratio}", round(ours), degrees)


def expanded_at_99(case: Case) -> Iterator[Line]:
    given, expected = case["input"], case["expected"]
    # The nine inputs reduce to one here: the published u_c and nu_eff, both as printed.
    ours = measurement.propagate(
        lambda length: length,
        [0.0],
        [given["uc"]],
        degrees_of_freedom=[given["nu_eff"]],
        coverage=0.99,
        rounding="down",
    )
    yield Line("k", ours.coverage_factor, expected["k"], 0.005)
    yield Line("U", ours.expanded, expected["U"], 0.5)


def paired_difference(case: Case) -> Iterator[Line]:
    given, expected = case["input"], case["expected"]
    ours = measurement.compare_lots(given["second"], given["first"], allowance=1.0)
    yield Line("mean difference", ours.difference, expected["mean"], 0.05)
    yield Line("sd of the differences", ours.sd, expected["sd"], 0.05)


RUNNERS: dict[str, Runner] = {
    "gum_h1_end_gauge": end_gauge,
    "pooled_sr_srw_nordtest_ex10": replicates_by_day,
    "precision_vca_dataEP05A2_1": variance_components,
    "precision_vca_dataEP05A2_2": variance_components,
    "precision_ep05a3_glucose": variance_components,
    "method_comparison_mcr_AnaIT_TD15": regressions,
    "mu_glucose_white_appendix1": from_control,
    "sd_limits_precperf_1": limits_of_components,
    "ep15_a3_ferritin_degrees_of_freedom": ferritin,
    "ep15_a3_table_6": claims,
    "gum_h1_expanded_99": expanded_at_99,
    "bland_altman_peak_flow": paired_difference,
}

_PRECPERF = (
    (106.2, 106.6, 106.2, 106.1), (106.8, 106.9, 107.1, 107), (107.5, 107.5, 107.2, 107), (107.8, 107.5, 106.9, 106.8),
    (107.1, 106.9, 106.1, 105.7), (106.5, 106.3, 105.8, 105.8), (106, 106, 105.4, 105.4), (105.4, 105.3, 104.6, 104.5),
    (105.2, 105.3, 104.9, 104.8), (105.1, 105.1, 104.3, 104.3), (104.5, 104.7, 104.1, 104), (104.1, 104.1, 103.4, 103.3),
    (103.3, 103.2, 102.6, 102.6), (103, 103.1, 102.5, 102.6), (102.9, 102.9, 102.3, 101.9), (102.5, 102.6, 102.2, 102.2),
    (102.5, 102.5, 102.3, 102.1), (105.5, 105.6, 105.3, 105.5), (106.5, 106.5, 106.5, 106.5),
    (108.1, 108.1, 108.3, 108.5), (104.9, 105.7, 105.2, 105.7),
)  # fmt: skip

PUBLISHED: list[Case] = [
    {
        "name": "sd_limits_precperf_1",
        "source": "R package VCA, unit test TF005 of VCAinference: Excel-based PrecPerf report, one-sided 95 % limits",
        "method": "nested ANOVA, chi-square limits with Satterthwaite degrees of freedom",
        "input": {
            "y": [value for day in _PRECPERF for value in day],
            "day": [day for day in range(1, 22) for _ in range(4)],
            "run": [run for _ in range(21) for run in (1, 1, 2, 2)],
            "confidence": 0.90,
        },
        "expected": {"total": [1.45561309, 2.43889695], "error": [0.12750817, 0.18324098]},
        "notes": "21 days x 2 runs x 2 replicates.",
    },
    {
        "name": "ep15_a3_ferritin_degrees_of_freedom",
        "source": "CLSI EP15-A3 appendix B4, as told by the change log of ClinVerify 1.2.0; data as in R package CLSIEP15",
        "method": "one-way ANOVA, Satterthwaite",
        "input": {
            "runs": [
                [140, 139, 138, 138, 140], [140, 143, 141, 143, 137], [140, 138, 136, 141, 136],
                [141, 144, 142, 143, 144], [139, 140, 141, 138, 141],
            ]
        },
        "expected": {"df_WL": 11.46},
        "notes": "Ferritin, 5 runs x 5 replicates.",
    },
    {
        "name": "ep15_a3_table_6",
        "source": "CLSI EP15-A3 Table 6, the entry told by the change log of ClinVerify 1.2.0",
        "method": "degrees of freedom from the ratio of the claims",
        "input": {"designs": [[1.14, 7, 5, 26]]},
        "expected": {},
        "notes": "Ratio, runs, replicates, printed degrees of freedom.",
    },
    {
        "name": "gum_h1_expanded_99",
        "source": "JCGM 100:2008, H.1.6: u_c = 32 nm, nu_eff = 16, t_99(16) = 2.92, U_99 = 93 nm",
        "method": "coverage factor from the t distribution",
        "input": {"uc": 32.0, "nu_eff": 16.0},
        "expected": {"k": 2.92, "U": 93},
        "notes": "With the printed, rounded u_c.",
    },
    {
        "name": "bland_altman_peak_flow",
        "source": "Bland JM, Altman DG. Lancet 1986;i:307-310, table 1, first measurements",
        "method": "paired differences, large less mini Wright peak flow meter, l/min",
        "input": {
            "first": [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427],
            "second": [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451],
        },
        "expected": {"mean": -2.1, "sd": 38.8},
        "notes": "",
    },
]  # fmt: skip
