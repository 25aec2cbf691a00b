"""Published cases of `zhikong.stats.robust`."""

from collections.abc import Iterator

import numpy as np

from zhikong.stats import robust
from zhikong.stats.conformance import Case, Line, Runner, lines

DIGITS = 1e-12  # relative: what double precision leaves of numbers printed in full by another program


def _algorithm_a_34_laboratories(case: Case) -> Iterator[Line]:
    given, expected = case["input"], case["expected"]
    log, point = expected["published_log"], expected["fixed_point"]
    estimate = robust.algorithm_a(given["results"], profile=robust.METROLOGY, trace=True)
    # The log is printed to 6 and 7 decimals.
    yield Line("x*, as logged", estimate.mean, log["x_star"], 0.5e-7)
    yield Line("s*, as logged", estimate.sd, log["s_star"], 0.5e-7)
    yield from lines(
        "x* by iteration", [mean for mean, _ in estimate.trace], [row["mu"] for row in log["iterations"]], 0.5e-6
    )
    yield from lines(
        "s* by iteration", [sd for _, sd in estimate.trace], [row["s"] for row in log["iterations"]], 0.5e-6
    )
    z = (np.asarray(given["results"]) - estimate.mean) / given["sigma_pt"]
    yield from lines("z", z, log["z"], 0.5e-6)
    estimate = robust.algorithm_a(given["results"], profile=robust.EXACT)
    yield Line("x*, fixed point", estimate.mean, point["x_star"], DIGITS)
    yield Line("s*, fixed point", estimate.sd, point["s_star"], DIGITS)
    # The standard's rounded constants move the fixed point in the fifth digit: the case allows 1e-3.
    estimate = robust.algorithm_a(given["results"])
    yield Line("x*, rounded constants", estimate.mean, point["x_star"], 1e-3 * point["x_star"])
    yield Line("s*, rounded constants", estimate.sd, point["s_star"], 1e-3 * point["s_star"])


def _simple_34_laboratories(case: Case) -> Iterator[Line]:
    results, expected = np.asarray(case["input"]["results"]), case["expected"]
    mean, sd = float(results.mean()), float(results.std(ddof=1))
    yield Line("n", results.size, expected["n"])
    yield Line("median", float(np.median(results)), expected["median"], DIGITS)
    yield Line("mean", mean, expected["mean"], 0.5e-9)
    yield Line("sd", sd, expected["sd"], 0.5e-9)
    yield Line("sum", float(results.sum()), expected["sum"], DIGITS)
    yield Line("standard error", sd / results.size**0.5, expected["SE_mean"], 0.5e-8)
    yield Line("variance", sd * sd, expected["var"], 0.5e-9)
    yield Line("CV", sd / mean, expected["CV"], 0.5e-9)
    yield Line("MADe, 1.4826", robust.made(results, factor=1.4826), expected["MADe_1_4826"], DIGITS)
    yield Line("MADe, 1.483", robust.made(results), expected["MADe_1_483"], DIGITS)
    yield Line("nIQR, type 7", robust.niqr(results, quartiles="linear"), expected["nIQR_type7"], DIGITS)


def _q_hampel(case: Case) -> Iterator[Line]:
    expected = case["expected"]
    estimate = robust.q_hampel(case["input"]["results"])
    yield Line("x*", estimate.mean, expected["x_star"], 0.5e-11)
    yield Line("s*", estimate.sd, expected["s_star"], 0.5e-11)


def _modes(case: Case) -> Iterator[Line]:
    given, expected = case["input"], case["expected"]
    yield Line("h", robust.kernel_bandwidth(given["results"], profile=robust.EXACT), given["h"], 0.5e-14)
    modes = robust.density_modes(given["results"], given["h"])
    # Theirs are points of a binned grid: the case allows 1e-4.
    yield from lines("mode", modes.at, expected["modes"], 1e-4)
    for ours, theirs in zip(modes.heights, expected["density_at_modes"], strict=True):
        yield Line("height of a mode", float(ours), theirs, 1e-4 * theirs)
    yield Line("main mode", modes.main, expected["main_mode"], 1e-4)


def _algorithm_a_creosote(case: Case) -> Iterator[Line]:
    results, expected = case["input"]["results"], case["expected"]
    estimate = robust.algorithm_a(results, profile=robust.METROLOGY, trace=True)
    fourth = estimate.trace[4]
    yield Line("x*, iteration 4", fourth[0], expected["iteration_4"]["x_star"], 0.5e-6)
    yield Line("s*, iteration 4", fourth[1], expected["iteration_4"]["s_star"], 0.5e-6)
    yield Line("x*, metRology's stop", estimate.mean, expected["default_tol"]["x_star"], DIGITS * 20)
    yield Line("s*, metRology's stop", estimate.sd, expected["default_tol"]["s_star"], DIGITS)
    estimate = robust.algorithm_a(results, profile=robust.EXACT)
    yield Line("x*, fixed point", estimate.mean, expected["fixed_point"]["x_star"], DIGITS * 20)
    yield Line("s*, fixed point", estimate.sd, expected["fixed_point"]["s_star"], DIGITS * 5)


def _algorithm_s_creosote(case: Case) -> Iterator[Line]:
    ranges, expected = case["input"]["ranges"], case["expected"]
    estimate = robust.algorithm_s(ranges, kind="range", profile=robust.METROLOGY, trace=True)
    yield Line("w*, start", estimate.trace[0], expected["start_median_range"], DIGITS)
    yield Line("w*, metRology's stop", estimate.pooled, expected["robust_range_converged"], 0.5e-6)
    yield Line("s_r, metRology's stop", estimate.sd, expected["s_r_default"], DIGITS)
    estimate = robust.algorithm_s(ranges, kind="range", profile=robust.EXACT)
    yield Line("s_r, fixed point", estimate.sd, expected["s_r_fixed_point"], DIGITS)


def _copper(case: Case) -> Iterator[Line]:
    results, expected = case["input"]["results"], case["expected"]
    estimate = robust.algorithm_a(results, profile=robust.EXACT)
    point = expected["alg_a_fixed_point"]
    yield Line("x*, fixed point", estimate.mean, point["x_star"], DIGITS * 4)
    yield Line("s*, fixed point", estimate.sd, point["s_star"], DIGITS)
    # MASS::hubers stops at a change of 1e-6 standard deviations, before its fixed point.
    yield Line("mu, MASS::hubers", estimate.mean, expected["mass_hubers"]["mu"], 1e-6)
    yield Line("s, MASS::hubers", estimate.sd, expected["mass_hubers"]["s"], 1e-6)
    yield Line("median", float(np.median(results)), expected["median"], DIGITS)
    yield Line("MADe", robust.made(results, factor=1.4826), expected["MADe"], 0.5e-6)
    # Theirs takes the bits of differences such as 3.7 - 3.37 and 3.4 - 3.07 for different, and finds the quantile, 0.33,
    # on a grid of 1e-5; s* = quantile / 0.51187. Equal differences as on paper give 0.6360 (tested beside the formula).
    estimate = robust.q_hampel(results, ties="binary")
    yield Line("s*, Q by bits", estimate.sd, expected["q_hampel"]["s_star"], 1e-5 / 0.51187)
    yield Line("x*, Hampel, Q by bits", estimate.mean, expected["q_hampel"]["x_star"], 1e-5)
    exact = robust.hampel(results, expected["q_hampel"]["s_star"])
    yield Line("x*, Hampel with their s*", exact, expected["q_hampel"]["x_star"], 0.5e-11)


def _round_of_concalab(case: Case) -> Iterator[Line]:
    results, expected = np.asarray(case["input"]["results"]), case["expected"]
    estimate = robust.algorithm_a(results)
    yield Line("x*", estimate.mean, expected["x_star"], 0.5e-2 + 1e-9)
    yield Line("s*", estimate.sd, expected["s_star"], 0.5e-2 + 1e-9)
    yield Line("CV %", 100 * estimate.sd / estimate.mean, expected["cv_pct"], 0.05 + 1e-9)
    z = (results - estimate.mean) / estimate.sd
    yield from lines("z", z, expected["z"], 0.5e-2 + 1e-9)
    classes = ["A" if abs(score) <= 2 else "C" if abs(score) < 3 else "I" for score in z]
    yield from lines("class", classes, expected["classes"])
    groups = robust.algorithm_a_groups(results, [0, results.size])
    yield from lines("z of the array form", groups.z, z.tolist(), 1e-10)


RUNNERS: dict[str, Runner] = {
    "alg_a_iso13528_34labs": _algorithm_a_34_laboratories,
    "simple_robust_iso13528_34labs": _simple_34_laboratories,
    "q_hampel_iso13528_34labs": _q_hampel,
    "q_hampel_small": _q_hampel,
    "kde_mode_iso13528_34labs": _modes,
    "alg_a_iso5725_5_creosote": _algorithm_a_creosote,
    "alg_s_iso5725_5_creosote": _algorithm_s_creosote,
    "huber_amc_copper_wholemeal": _copper,
} | {
    f"concalab_2025_{item}": _round_of_concalab
    for item in (
        "ALP_Fosfatasa_Alcalina", "ACIDO_URICO", "ALT_TGP", "AST_TGO", "Alb_mina", "Amilasa", "Bilirrubina_Directa",
        "Bilirrubina_Total", "Colesterol", "Colesterol_HDL", "Creatinina", "GLUCOSA", "Lipasa", "Prote_nas_Total",
        "Triglic_ridos", "Urea",
    )
}  # fmt: skip
PUBLISHED: list[Case] = []
