"""Funnel plots (漏斗图), standardisation and risk adjustment: units compared with a target, each by its size.

funnel, FunnelProfile, judge                          values, limits, over-dispersion, verdicts in one
proportion_limits, ratio_limits, count_ratio_limits   control limits around a target
overdispersion, adjusted_limits                       phi, tau squared, and the limits that allow for them
totals_by_group                                       units from their parts: sums, never means of rates
poisson_interval, proportion_interval                 exact, Byar, Wilson
direct_rate, indirect_ratio, expected_events          standardisation
fit_risk_model, unit_ratios                           logistic and Poisson models (the extra `models`)
calibration, discrimination                           is the risk model any good
"""

from .dispersion import Overdispersion, overdispersion
from .intervals import Interval, poisson_interval, proportion_interval
from .limits import adjusted_limits, count_ratio_limits, proportion_limits, ratio_limits
from .performance import Calibration, Discrimination, calibration, discrimination
from .profiles import (
    COUNT_RATIO,
    CQC,
    FUNNELPLOTR_COUNT_RATIO,
    FUNNELPLOTR_CQC,
    FUNNELPLOTR_PROPORTION,
    FUNNELPLOTR_SHMI,
    PROPORTION,
    SHMI,
    SPIEGELHALTER_2005,
    FunnelProfile,
)
from .risk import RiskModel, UnitRatios, fit_risk_model, unit_ratios
from .standardisation import DirectRate, IndirectRatio, direct_rate, expected_events, indirect_ratio
from .verdicts import Funnel, Totals, funnel, judge, totals_by_group

__all__ = [
    "COUNT_RATIO",
    "CQC",
    "FUNNELPLOTR_COUNT_RATIO",
    "FUNNELPLOTR_CQC",
    "FUNNELPLOTR_PROPORTION",
    "FUNNELPLOTR_SHMI",
    "PROPORTION",
    "SHMI",
    "SPIEGELHALTER_2005",
    "Calibration",
    "DirectRate",
    "Discrimination",
    "Funnel",
    "FunnelProfile",
    "IndirectRatio",
    "Interval",
    "Overdispersion",
    "RiskModel",
    "Totals",
    "UnitRatios",
    "adjusted_limits",
    "calibration",
    "count_ratio_limits",
    "direct_rate",
    "discrimination",
    "expected_events",
    "fit_risk_model",
    "funnel",
    "indirect_ratio",
    "judge",
    "overdispersion",
    "poisson_interval",
    "proportion_interval",
    "proportion_limits",
    "ratio_limits",
    "totals_by_group",
    "unit_ratios",
]
