"""How good a measurement procedure is: imprecision, method comparison, a new lot, measurement uncertainty."""

from zhikong.stats.measurement.comparison import (
    Bias,
    Fit,
    bias_at,
    deming,
    ordinary_least_squares,
    weighted_deming,
    weighted_least_squares,
)
from zhikong.stats.measurement.crossover import LotComparison, LotPlan, compare_lots, plan_lot_comparison
from zhikong.stats.measurement.imprecision import (
    Component,
    Imprecision,
    Precision,
    Verification,
    claimed_degrees_of_freedom,
    nested_anova,
    pooled_sd,
    verify_precision,
)
from zhikong.stats.measurement.linearity import Linearity, linearity_test
from zhikong.stats.measurement.ranks import bootstrap_bias, equivariant_passing_bablok, passing_bablok, theil_sen
from zhikong.stats.measurement.uncertainty import (
    Contribution,
    TopDown,
    Uncertainty,
    bias_uncertainty,
    propagate,
    top_down,
)

__all__ = [
    "Bias",
    "Component",
    "Contribution",
    "Fit",
    "Imprecision",
    "Linearity",
    "LotComparison",
    "LotPlan",
    "Precision",
    "TopDown",
    "Uncertainty",
    "Verification",
    "bias_at",
    "bias_uncertainty",
    "bootstrap_bias",
    "claimed_degrees_of_freedom",
    "compare_lots",
    "deming",
    "equivariant_passing_bablok",
    "linearity_test",
    "nested_anova",
    "ordinary_least_squares",
    "passing_bablok",
    "plan_lot_comparison",
    "pooled_sd",
    "propagate",
    "theil_sen",
    "top_down",
    "verify_precision",
    "weighted_deming",
    "weighted_least_squares",
]
