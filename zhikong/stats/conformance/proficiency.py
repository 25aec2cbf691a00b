"""Published cases of `zhikong.stats.proficiency`."""

import math
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from zhikong.stats import proficiency, robust
from zhikong.stats.conformance import Case, Line, Runner, lines

EXACT = 1e-12  # relative: the source prints every digit of a double

# NIST/SEMATECH, Dataplot file GEAR.DAT: 100 gear diameters, 10 batches of 10 (also e-Handbook 1.3.5.9).
GEAR = [
    1.006, 0.996, 0.998, 1.000, 0.992, 0.993, 1.002, 0.999, 0.994, 1.000, 0.998, 1.006, 1.000, 1.002, 0.997,
    0.998, 0.996, 1.000, 1.006, 0.988, 0.991, 0.987, 0.997, 0.999, 0.995, 0.994, 1.000, 0.999, 0.996, 0.996,
    1.005, 1.002, 0.994, 1.000, 0.995, 0.994, 0.998, 0.996, 1.002, 0.996, 0.998, 0.998, 0.982, 0.990, 1.002,
    0.984, 0.996, 0.993, 0.980, 0.996, 1.009, 1.013, 1.009, 0.997, 0.988, 1.002, 0.995, 0.998, 0.981, 0.996,
    0.990, 1.004, 0.996, 1.001, 0.998, 1.000, 1.018, 1.010, 0.996, 1.002, 0.998, 1.000, 1.006, 1.000, 1.002,
    0.996, 0.998, 0.996, 1.002, 1.006, 1.002, 0.998, 0.996, 0.995, 0.996, 1.004, 1.004, 0.998, 0.999, 0.991,
    0.991, 0.995, 0.984, 0.994, 0.997, 0.997, 0.991, 0.998, 1.004, 0.997,
]  # fmt: skip


def koch(case: Case) -> Iterator[Line]:
    given, theirs = case["input"], case["expected"]
    names: dict[Literal["sufficient", "expanded"], str] = {
        "sufficient": "homogeneous", "expanded": "homogeneous_expanded"
    }  # fmt: skip
    for criterion, name in names.items():
        ours = proficiency.homogeneity(given["pairs"], given["sigma_pt"], criterion=criterion, factors="printed")
        yield Line(name, ours.homogeneous, theirs[name])
    quantities = {
        "general_mean": ours.mean, "var_sample_means": ours.sd_means**2, "s_x": ours.sd_means,
        "s_w2": ours.sd_within**2, "s_w": ours.sd_within, "s_s2": ours.sd_between**2, "s_s": ours.sd_between,
        "check_value_0_3_sigma": ours.allowed, "F1": ours.factors[0], "F2": ours.factors[1],
        "c": ours.expanded_limit, "sqrt_c": math.sqrt(ours.expanded_limit or 0.0), "cochran_C": ours.cochran,
    }  # fmt: skip
    for name, value in quantities.items():
        # s_s^2 is the small difference of two variances 100 times as large: it keeps 100 times fewer digits
        yield Line(name, value, theirs[name], theirs[name] * EXACT * (100 if name in {"s_s2", "s_s"} else 1))
    # from the same printed table as below: 0.71749 stands in it as 0.718
    yield Line("cochran_crit_95", ours.cochran_critical, theirs["cochran_crit_95"], 5e-4)
    yield Line("cochran_crit_99", robust.cochran_critical(10, 2, 0.01), theirs["cochran_crit_99"], 6e-4)


def factor_tables(case: Case) -> Iterator[Line]:
    g, theirs = case["input"]["g"], case["expected"]
    printed = [proficiency.expanded_factors(n, factors="printed") for n in g]
    computed = [proficiency.expanded_factors(n) for n in g]
    for place, name in enumerate(("F1", "F2")):
        yield from lines(f"{name} printed", [pair[place] for pair in printed], theirs[name])
        yield from lines(f"{name} computed", [pair[place] for pair in computed], theirs[name], 5e-3)
    # The printed Cochran values go back to a table of their own: 0.71749 at g = 10 and 1 % stands in it as 0.718.
    for name, alpha in (("cochran95", 0.05), ("cochran99", 0.01)):
        yield from lines(name, [robust.cochran_critical(n, 2, alpha) for n in g], theirs[name], 6e-4)


def bha_oil(case: Case) -> Iterator[Line]:
    given, theirs = case["input"], case["expected"]
    ours = proficiency.homogeneity(given["pairs"], criterion="f", alpha=given["alpha"])
    between, within = ours.mean_squares
    yield Line("grand_mean", ours.mean, theirs["grand_mean"], 5.001e-3)  # 250.815 printed as 250.82
    yield Line("df_between", ours.samples - 1, theirs["df_between"])
    yield Line("ss_between", between * 9, theirs["ss_between"], 5e-3)
    yield Line("ms_between", between, theirs["ms_between"], 5e-3)
    yield Line("df_within", ours.samples * (ours.replicates - 1), theirs["df_within"])
    yield Line("ss_within", within * 10, theirs["ss_within"], 5.001e-3)  # 413.285 printed as 413.28
    yield Line("ms_within", within, theirs["ms_within"], 6e-4)  # theirs is 413.28 / 10
    yield Line("F", ours.f, theirs["F"], 5e-3)
    yield Line("F_crit", ours.f_critical, theirs["F_crit"], 5e-3)
    yield Line("homogeneous", ours.homogeneous, theirs["homogeneous"])


def dataplot_zeta(case: Case) -> Iterator[Line]:
    given = case["input"]
    u_result, u_assigned = np.std(GEAR[:10], ddof=1), np.std(GEAR, ddof=1)
    ours = proficiency.zeta_score(given["x"], given["xref"], u_result, u_assigned)
    yield from lines("zeta", ours, case["expected"]["zeta"], 1e-3)  # the page cuts its digits off


def dataplot_z(case: Case) -> Iterator[Line]:
    ours = proficiency.z_score(GEAR[:30], 1.0, np.std(GEAR, ddof=1))
    yield from lines("z", ours, case["expected"]["z"], 1e-3)  # the page cuts its digits off


def dataplot_en(case: Case) -> Iterator[Line]:
    expanded_result, expanded_assigned = 2 * np.std(GEAR[:10], ddof=1), 2 * np.std(GEAR, ddof=1)
    ours = proficiency.en_score(GEAR[:4], 1.0, expanded_result, expanded_assigned)
    yield from lines("En", ours, case["expected"]["en"], 5e-4)


def calcium(case: Case) -> Iterator[Line]:
    given = case["input"]
    limit = proficiency.AllowableError("abs", absolute=given["allowed"])
    item = proficiency.score_items(proficiency.judge_allowable(given["results"], given["targets"], limit))
    yield Line("score", item.score, case["expected"]["score_pct"])
    yield Line("acceptable", int(item.acceptable), case["expected"]["acceptable"])


def apricot(case: Case) -> Iterator[Line]:
    labels, fibre = np.array(case["input"]["lab"]), np.array(case["input"]["fibre"])
    theirs = case["expected"]
    table = np.array([fibre[labels == lab] for lab in dict.fromkeys(labels.tolist())])
    ours = proficiency.mandel(table)
    yield from lines("h", ours.h, theirs["h"], EXACT)
    yield from lines("k", ours.k, theirs["k"], EXACT)
    consensus = proficiency.mandel_paule(table.mean(axis=1), table.std(axis=1, ddof=1) / 2**0.5)
    # metRology stops when v changes by less than 1.2e-4 of the variance of the means; ours goes on to the root. The
    # printed digits follow from that stop rule exactly (a test repeats it).
    yield Line("Mandel-Paule mean", consensus.value, theirs["mandel_paule"]["mean"], 5e-6)
    yield Line("Mandel-Paule u", consensus.standard_uncertainty, theirs["mandel_paule"]["u"], 2e-5)


def potassium(case: Case) -> Iterator[Line]:
    given, theirs = case["input"], case["expected"]
    # metRology's algA takes the exact constants; these digits are its fixed point
    ours = proficiency.youden(given["QC"], given["RM"], profile=robust.EXACT)
    for place, name in enumerate(("alg_a_QC", "alg_a_RM")):
        yield Line(f"{name} x*", ours.centre[place], theirs[name]["x_star"], EXACT)
        yield Line(f"{name} s*", ours.sd[place], theirs[name]["s_star"], EXACT)
    exchanged = [int(place) + 1 for place in np.flatnonzero(ours.exchanged)]
    yield from lines("exchanged", exchanged, [theirs["known_swapped_lab_index_1based"]])


def z_ceiling(case: Case) -> Iterator[Line]:
    given, theirs = case["input"], case["expected"]
    results = np.array(list(given["results"].values()))
    z = proficiency.z_score(results, results.mean(), results.std(ddof=1))
    for name, one in zip(given["results"], np.atleast_1d(z), strict=True):
        printed = theirs["z"][name]
        yield Line(f"z {name}", float(one), printed, 5e-6 if name == "PMGH" else 5e-4)
    yield Line("largest |z|", proficiency.largest_possible_z(5), theirs["max_abs_z_n5"], 5e-3)
    for border, name in ((2, "questionable_reachable_from_n"), (3, "unacceptable_reachable_from_n")):
        yield Line(name, proficiency.fewest_participants(border), theirs[name])
    # the note's remedy: the sealed range 36 to 44 around 40
    limit = proficiency.AllowableError("abs", absolute=4)
    verdicts = proficiency.judge_allowable(results, given["target"], limit)
    wanted = [given["range"][0] <= x <= given["range"][1] for x in results]
    yield from lines("in range", np.asarray(verdicts) == proficiency.Verdict.ACCEPTABLE, wanted)


def bias_percent(case: Case) -> Iterator[Line]:
    given = case["input"]
    yield Line("D%", proficiency.percent_difference(given["x"], given["target"]), case["expected"]["bias_pct"], 1e-12)


def two_of_five(case: Case) -> Iterator[Line]:
    n, bad = case["input"]["n_samples"], case["input"]["n_unacceptable"]
    yield Line("score", proficiency.pt_score(n - bad, n), case["expected"]["score_pct"])
    verdicts = [proficiency.Verdict.ACTION] * bad + [proficiency.Verdict.ACCEPTABLE] * (n - bad)
    item = proficiency.score_items(verdicts)
    yield Line("score of verdicts", item.score, case["expected"]["score_pct"])
    yield Line("verdict", item.verdict == proficiency.Verdict.ACTION, True)


def clia(case: Case) -> Iterator[Line]:
    for row in case["expected"]:
        percent, absolute = row["pct"], row["abs"]
        rule = "max" if percent and absolute else "pct" if percent else "abs"
        limit = proficiency.AllowableError(rule, percent, absolute, unit=row["unit"] or "", edition="CLIA 2025")
        crossing = 100 * absolute / percent if rule == "max" else 100.0
        for target in (crossing / 2, crossing, crossing * 2):
            greater = max((percent or 0) * target / 100, absolute or 0)
            ours = proficiency.allowable_difference(limit, target)
            yield Line(f"{row['analyte']} at {target:g}", ours, greater, 1e-12 * greater)
            for share, wanted in ((-1.0, True), (1.0, True), (1.001, False)):
                verdict = proficiency.judge_allowable(target + share * greater, target, limit)
                name = f"{row['analyte']} at {target:g} off by {share:g} of the limit"
                yield Line(name, verdict == proficiency.Verdict.ACCEPTABLE, wanted)


def soya_copper(case: Case) -> Iterator[Line]:
    given, theirs = case["input"], case["expected"]
    ours = proficiency.homogeneity(given["pairs"], given["sigma_pt"])
    between, within = ours.mean_squares
    for name, value, tolerance in (
        ("mean", ours.mean, 5e-3), ("ss_between", between * 11, 5e-5), ("ms_between", between, 5e-5),
        ("ss_within", within * 12, 5e-5), ("ms_within", within, 5e-6), ("s_s", ours.sd_between, 5e-4),
        ("allowed", ours.allowed, 5e-4),
    ):  # fmt: skip
        yield Line(name, value, theirs[name], tolerance)
    yield Line("homogeneous", ours.homogeneous, True)


def chloride_vis(case: Case) -> Iterator[Line]:
    given = case["input"]
    ours = proficiency.variance_index_score(given["result"], given["target"], given["ccv"])
    yield Line("VIS", ours, case["expected"]["vis"], 0.5)


def critical_table(case: Case) -> Iterator[Line]:
    for p, (h, *k) in case["expected"].items():
        yield Line(f"h p={p}", proficiency.mandel_h_critical(p, 0.01), h, 5.001e-3)
        for n, theirs in enumerate(k, start=2):
            # the printed k are not the exact values rounded: 2.207 stands as 2.20, 1.964 as 1.97
            yield Line(f"k p={p} n={n}", proficiency.mandel_k_critical(p, n, 0.01), theirs, 0.01)


def stata_kappa(case: Case) -> Iterator[Line]:
    for weights, theirs in case["expected"].items():
        ours = proficiency.kappa(case["input"]["table"], weights=weights)
        observed, expected, value, error, z = theirs
        yield Line(f"{weights} observed %", 100 * ours.observed, observed, 5e-3)
        yield Line(f"{weights} expected %", 100 * ours.expected, expected, 5e-3)
        yield Line(f"{weights} kappa", ours.value, value, 5e-5)
        yield Line(f"{weights} null error", ours.null_error, error, 5e-5)
        yield Line(f"{weights} z", ours.value / ours.null_error, z, 5e-3)


def newcombe(case: Case) -> Iterator[Line]:
    for (count, total), theirs in case["expected"].items():
        yield from lines(f"{count}/{total}", proficiency.wilson_interval(count, total), theirs, 5e-5)


RUNNERS: dict[str, Runner] = {
    "homogeneity_koch_iso13528_2015": koch,
    "homogeneity_factor_tables": factor_tables,
    "homogeneity_anova_bha_oil_cn": bha_oil,
    "zeta_score_nist_dataplot": dataplot_zeta,
    "mandel_h_k_apricot": apricot,
    "youden_pair_potassium": potassium,
    "small_scheme_z_ceiling_openelis_4174": z_ceiling,
    "eqa_bias_percent_cn": bias_percent,
    "eqa_pt_score_2_of_5_cn": two_of_five,
    "clia_2025_acceptance_limits": clia,
    "z_score_nist_dataplot": dataplot_z,
    "en_score_nist_dataplot": dataplot_en,
    "eqa_calcium_score_cn": calcium,
    "homogeneity_copper_in_soya_flour": soya_copper,
    "vis_chloride_cn": chloride_vis,
    "mandel_critical_values_iso5725_2": critical_table,
    "kappa_xeromammograms_stata": stata_kappa,
    "wilson_newcombe_1998": newcombe,
}

SOYA: list[list[float]] = [
    [10.5, 10.4], [9.6, 9.5], [10.4, 9.9], [9.5, 9.9], [10.0, 9.7], [9.6, 10.1],
    [9.8, 10.4], [9.8, 10.2], [10.8, 10.7], [10.2, 10.0], [9.8, 9.5], [10.2, 10.0],
]  # fmt: skip


def _case(name: str, source: str, method: str, given: Any, expected: Any) -> Case:
    return {"name": name, "source": source, "method": method, "input": given, "expected": expected, "notes": ""}


PUBLISHED: list[Case] = [
    _case(
        "z_score_nist_dataplot",
        "NIST Dataplot reference manual, ISO 13528 ZSCORE; data GEAR.DAT",
        "z = (x - 1) / sd of all values, first 30 rows of the printed output",
        {},
        {"z": [
            0.955, -0.637, -0.318, 0.000, -1.274, -1.114, 0.318, -0.159, -0.955, 0.000, -0.318, 0.955, 0.000, 0.318,
            -0.477, -0.318, -0.637, 0.000, 0.955, -1.911, -1.433, -2.070, -0.477, -0.159, -0.796, -0.955, 0.000,
            -0.159, -0.637, -0.637,
        ]},
    ),
    _case(
        "en_score_nist_dataplot",
        "NIST Dataplot reference manual, ISO 13528 EN SCORE; data GEAR.DAT",
        "En with twice the SD of batch 1 and of all values, first 4 rows of the printed output",
        {},
        {"en": [0.393, -0.262, -0.131, 0.000]},
    ),
    _case(
        "eqa_calcium_score_cn",
        "exam item with printed answer B and reasoning, zhukaozhuanjia.com/view/4e7k7l.html",
        "item score against targets +- 0.25 mmol/L",
        {"results": [1.90, 2.96, 2.48, 1.50, 3.16], "targets": [2.00, 2.96, 2.48, 1.88, 3.10], "allowed": 0.25},
        {"score_pct": 80, "acceptable": 4},
    ),
    _case(
        "homogeneity_copper_in_soya_flour",
        "均匀性检验应用实例, tables 3 and 4 (m.001doc.com/doc/61828.html); data of Thompson, Ellison, Wood, Pure Appl "
        "Chem 2006;78:145, Appendix 1",
        "analysis of variance and s_s <= 0.3 sigma",
        {"pairs": SOYA, "sigma_pt": 1.10},
        {"mean": 10.02, "ss_between": 2.5446, "ms_between": 0.2313, "ss_within": 0.7350, "ms_within": 0.06125,
         "s_s": 0.292, "allowed": 0.330},
    ),
    _case(
        "vis_chloride_cn",
        "临床生物化学, 室间质量控制的统计方法: target 98 mmol/L, result 101, CCV 2.2",
        "variance index score",
        {"target": 98.0, "result": 101.0, "ccv": 2.2},
        {"vis": 139},
    ),
    _case(
        "mandel_critical_values_iso5725_2",
        "ISO 5725-2:1994, table 6 (1 %), as transcribed at metrology.wordpress.com",
        "critical values of h, and of k for n = 2 to 10",
        {},
        {
            3: (1.15, 1.71, 1.64, 1.58, 1.53, 1.49, 1.46, 1.43, 1.41, 1.39),
            4: (1.49, 1.91, 1.77, 1.67, 1.60, 1.55, 1.51, 1.48, 1.45, 1.43),
            5: (1.72, 2.05, 1.85, 1.73, 1.65, 1.59, 1.55, 1.51, 1.48, 1.46),
            6: (1.87, 2.14, 1.90, 1.77, 1.68, 1.62, 1.57, 1.53, 1.50, 1.47),
            7: (1.98, 2.20, 1.94, 1.79, 1.70, 1.63, 1.58, 1.54, 1.51, 1.48),
            8: (2.06, 2.25, 1.97, 1.81, 1.71, 1.65, 1.59, 1.55, 1.52, 1.49),
            9: (2.13, 2.29, 1.99, 1.82, 1.73, 1.66, 1.60, 1.56, 1.53, 1.50),
            10: (2.18, 2.32, 2.00, 1.84, 1.74, 1.66, 1.61, 1.57, 1.53, 1.50),
            11: (2.22, 2.34, 2.01, 1.85, 1.74, 1.67, 1.62, 1.57, 1.54, 1.51),
            12: (2.25, 2.36, 2.02, 1.85, 1.75, 1.68, 1.62, 1.58, 1.54, 1.51),
            13: (2.27, 2.38, 2.03, 1.86, 1.76, 1.68, 1.63, 1.58, 1.55, 1.52),
            14: (2.30, 2.39, 2.04, 1.87, 1.76, 1.69, 1.63, 1.58, 1.55, 1.52),
        },
    ),
    _case(
        "kappa_xeromammograms_stata",
        "Stata base reference manual, kappa, examples 1 to 4; data of Boyd et al. 1982, 85 xeromammograms",
        "Cohen's kappa without, with linear (w) and with quadratic (w2) weights; SE without agreement",
        {"table": [[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]]},
        {"none": (63.53, 30.82, 0.4728, 0.0694, 6.81), "linear": (86.67, 69.11, 0.5684, 0.0788, 7.22),
         "quadratic": (94.77, 84.09, 0.6714, 0.1079, 6.22)},
    ),
    _case(
        "wilson_newcombe_1998",
        "Newcombe RG. Stat Med 1998;17:857, table I, method 3",
        "Wilson interval without continuity correction, 95 %",
        {},
        {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)},
    ),
]  # fmt: skip
