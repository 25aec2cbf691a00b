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


RUNNERS: dict[str, Runner] = {
    "gum_h1_end_gauge": end_gauge,
    "pooled_sr_srw_nordtest_ex10": replicates_by_day,
    "precision_vca_dataEP05A2_1": variance_components,
    "precision_vca_dataEP05A2_2": variance_components,
    "precision_ep05a3_glucose": variance_components,
    "method_comparison_mcr_AnaIT_TD15": regressions,
    "mu_glucose_white_appendix1": from_control,
}
PUBLISHED: list[Case] = []
