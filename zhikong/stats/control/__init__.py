"""Internal quality control: targets and limits, Westgard rules, sigma, QC design, CUSUM and EWMA, the instant method.

limits       targets from preliminary runs, cumulative runs or an allowance; z; Levey-Jennings; comparison of periods
westgard     rule profiles; `judge` one series with its groups of points, `flags` for many series at once
sigma        sigma metric, method decision chart, quality goal index, biological variation
design       power functions; which rules and how many controls
cumulative   CUSUM and EWMA
instant      即刻法
"""

from zhikong.stats.control.cumulative import Cusum, Ewma, cusum, ewma
from zhikong.stats.control.design import (
    Candidate,
    Design,
    Power,
    Procedure,
    choose_procedure,
    critical_shift,
    power,
    standard_procedures,
)
from zhikong.stats.control.instant import InstantResult, instant_limits, judge_instant
from zhikong.stats.control.limits import (
    Comparison,
    LeveyJennings,
    RangeFactors,
    Target,
    compare,
    from_allowance,
    from_periods,
    from_results,
    levey_jennings,
    range_factors,
    z_scores,
)
from zhikong.stats.control.sigma import (
    MethodDecision,
    SigmaMetric,
    Specification,
    biological_variation,
    method_decision,
    quality_goal_index,
    sigma_metric,
)
from zhikong.stats.control.westgard import PRESETS, RULES, Judgement, Profile, Rule, Signal, flags, judge, preset

__all__ = [
    "PRESETS",
    "RULES",
    "Candidate",
    "Comparison",
    "Cusum",
    "Design",
    "Ewma",
    "InstantResult",
    "Judgement",
    "LeveyJennings",
    "MethodDecision",
    "Power",
    "Procedure",
    "Profile",
    "RangeFactors",
    "Rule",
    "SigmaMetric",
    "Signal",
    "Specification",
    "Target",
    "biological_variation",
    "choose_procedure",
    "compare",
    "critical_shift",
    "cusum",
    "ewma",
    "flags",
    "from_allowance",
    "from_periods",
    "from_results",
    "instant_limits",
    "judge",
    "judge_instant",
    "levey_jennings",
    "method_decision",
    "power",
    "preset",
    "quality_goal_index",
    "range_factors",
    "sigma_metric",
    "standard_procedures",
    "z_scores",
]
