"""Published cases of `zhikong.stats.robust`."""

from collections.abc import Callable, Iterator

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


_CRITICAL: dict[str, Callable[[int, float], float]] = {
    "grubbs": robust.grubbs_critical,
    "grubbs pair": robust.grubbs_pair_critical,
    "cochran of duplicates": lambda groups, alpha: robust.cochran_critical(groups, 2, alpha),
    "cochran of triplicates": lambda groups, alpha: robust.cochran_critical(groups, 3, alpha),
}


def _critical_values(case: Case) -> Iterator[Line]:
    for level, by_size in case["expected"].items():
        for size, theirs in by_size.items():
            ours = _CRITICAL[case["input"]["statistic"]](int(size), float(level))
            # The printed tables are old computations, off by one in the last digit here and there.
            yield Line(f"n = {size}, alpha = {level}", ours, theirs, case["input"]["last_digit"] * (1 + 1e-9))


def _grubbs_nist(case: Case) -> Iterator[Line]:
    test = robust.grubbs(case["input"]["results"], 0.05, side="high")
    yield Line("G", test.statistic, case["expected"]["G"], 0.5e-6)
    yield Line("critical value", test.critical, case["expected"]["critical"], 0.5e-3)
    yield Line("suspected", test.value, case["expected"]["suspected"])
    yield Line("outlier", test.outlier, case["expected"]["outlier"])


def _factors(case: Case) -> Iterator[Line]:
    # Of two groups one far out, w* = xi sqrt((w^2 + eta^2 w*^2) / 2) at the fixed point, which the factors decide.
    eta, xi = case["expected"]["eta"], case["expected"]["xi"]
    estimate = robust.algorithm_s([1.0, 1.0, 1.0, 100.0])
    theirs = (0.75 * xi**2 / (1 - 0.25 * xi**2 * eta**2)) ** 0.5
    yield Line("w*", estimate.pooled, theirs, 1e-11)


RUNNERS: dict[str, Runner] = {
    "alg_a_iso13528_34labs": _algorithm_a_34_laboratories,
    "simple_robust_iso13528_34labs": _simple_34_laboratories,
    "q_hampel_iso13528_34labs": _q_hampel,
    "q_hampel_small": _q_hampel,
    "kde_mode_iso13528_34labs": _modes,
    "alg_a_iso5725_5_creosote": _algorithm_a_creosote,
    "alg_s_iso5725_5_creosote": _algorithm_s_creosote,
    "huber_amc_copper_wholemeal": _copper,
    "grubbs_iso5725_2_table_5_single": _critical_values,
    "grubbs_iso5725_2_table_5_pair": _critical_values,
    "cochran_iso5725_2_table_4_duplicates": _critical_values,
    "cochran_iso5725_2_table_4_triplicates": _critical_values,
    "grubbs_nist_1_3_5_17_1": _grubbs_nist,
    "alg_s_iso5725_5_factors": _factors,
    **{
        f"concalab_2025_{item}": _round_of_concalab
        for item in (
            "ALP_Fosfatasa_Alcalina", "ACIDO_URICO", "ALT_TGP", "AST_TGO", "Alb_mina", "Amilasa", "Bilirrubina_Directa",
            "Bilirrubina_Total", "Colesterol", "Colesterol_HDL", "Creatinina", "GLUCOSA", "Lipasa", "Prote_nas_Total",
            "Triglic_ridos", "Urea",
        )
    },
}  # fmt: skip


def _table(name: str, source: str, statistic: str, last: float, first: int, **levels: str) -> Case:
    """A printed table: for each level the critical values from `first` on."""
    printed = {
        {"five": "0.05", "one": "0.01"}[level]: {
            str(first + place): float(text) for place, text in enumerate(row.split())
        }
        for level, row in levels.items()
    }
    return {
        "name": name,
        "source": source,
        "input": {"statistic": statistic, "last_digit": last},
        "expected": printed,
    }


PUBLISHED: list[Case] = [
    _table(
        "grubbs_iso5725_2_table_5_single", "ISO 5725-2:1994, Table 5; Grubbs and Beck (1972)", "grubbs", 0.001, 3,
        five="1.155 1.481 1.715 1.887 2.020 2.126 2.215 2.290",
        one="1.155 1.496 1.764 1.973 2.139 2.274 2.387 2.482",
    ),
    _table(
        "grubbs_iso5725_2_table_5_pair", "ISO 5725-2:1994, Table 5; Grubbs (1950)", "grubbs pair", 0.0001, 4,
        five="0.0002 0.0090 0.0349 0.0708 0.1101 0.1492 0.1864 0.2213 0.2537 0.2836 0.3112",
        one="0.0000 0.0018 0.0116 0.0308 0.0563 0.0851 0.1150 0.1448 0.1738 0.2016 0.2280",
    ),
    _table(
        "cochran_iso5725_2_table_4_duplicates", "ISO 5725-2:1994, Table 4, n = 2; Eisenhart, Hastay and Wallis (1947)",
        "cochran of duplicates", 0.001, 3,
        five="0.967 0.906 0.841 0.781 0.727 0.680 0.638 0.602",
        one="0.993 0.968 0.928 0.883 0.838 0.794 0.754 0.718",
    ),
    _table(
        "cochran_iso5725_2_table_4_triplicates", "ISO 5725-2:1994, Table 4, n = 3; Eisenhart, Hastay and Wallis (1947)",
        "cochran of triplicates", 0.001, 2,
        five="0.975 0.871 0.768 0.684 0.616 0.561 0.516 0.478 0.445",
    ),
    {
        "name": "grubbs_nist_1_3_5_17_1",
        "source": "NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.17.1; data of Tietjen and Moore (1972)",
        "input": {"results": [199.31, 199.53, 200.19, 200.82, 201.92, 201.95, 202.18, 245.57]},
        "expected": {"G": 2.468765, "critical": 2.032, "suspected": 245.57, "outlier": True},
    },
    {
        "name": "alg_s_iso5725_5_factors",
        "source": "ISO 5725-5:1998, factors of Algorithm S for one degree of freedom",
        "input": {"degrees_of_freedom": 1},
        "expected": {"eta": 1.645, "xi": 1.097},
    },
]  # fmt: skip
