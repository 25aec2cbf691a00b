"""Statistical process control charts: limits, phases, rules of special cause, verdicts.

A chart is made from one series (`individuals`, `p_chart`, `u_chart`, ...), cut into phases of which each sets its own
limits; a rule profile judges it (`signals`); the verdict says whether the variation is special, for better or worse, and
whether the target will be met (`verdict`). `many_charts` does the same for a million series.

EWMA and CUSUM of a series are in `zhikong.stats.control` and serve charts of indicators as they are.
"""

from zhikong.stats.charts.chart import Chart
from zhikong.stats.charts.constants import EXACT, MONTGOMERY, NHS, QICHARTS2, Constants, Unbiasing, unbiasing
from zhikong.stats.charts.judgement import Verdict, assurance, variation, verdict
from zhikong.stats.charts.limits import (
    c_chart,
    g_chart,
    individuals,
    moving_range,
    normalised_individuals,
    np_chart,
    p_chart,
    run_chart,
    t_chart,
    u_chart,
)
from zhikong.stats.charts.many import JUDGED, NO_SPREAD, TOO_FEW, ManyCharts, many_charts
from zhikong.stats.charts.outliers import Outliers, z_score_outliers
from zhikong.stats.charts.phases import Layout, Phase, lay
from zhikong.stats.charts.risk import RiskCusum, risk_adjusted_cusum, vlad
from zhikong.stats.charts.rules import (
    ANHOEJ,
    NELSON,
    NHS_MDC,
    PROFILES,
    WESTERN_ELECTRIC,
    Rule,
    RuleProfile,
    Signals,
    patterns,
    signals,
)
from zhikong.stats.charts.runs import Runs, crossings_limit, longest_run_limit, runs
from zhikong.stats.charts.subgroups import Subgroups, xbar_r_charts, xbar_s_charts

__all__ = [
    "ANHOEJ", "EXACT", "JUDGED", "MONTGOMERY", "NELSON", "NHS", "NHS_MDC", "NO_SPREAD", "PROFILES", "QICHARTS2",
    "TOO_FEW", "WESTERN_ELECTRIC", "Chart", "Constants", "Layout", "ManyCharts", "Outliers", "Phase", "RiskCusum",
    "Rule", "RuleProfile", "Runs", "Signals", "Subgroups", "Unbiasing", "Verdict", "assurance", "c_chart",
    "crossings_limit", "g_chart", "individuals", "lay", "longest_run_limit", "many_charts", "moving_range",
    "normalised_individuals", "np_chart", "p_chart", "patterns", "risk_adjusted_cusum", "run_chart", "runs", "signals",
    "t_chart", "u_chart", "unbiasing", "variation", "verdict", "vlad", "xbar_r_charts", "xbar_s_charts",
    "z_score_outliers",
]  # fmt: skip
