"""Robust location and scale for results that hold a few wrong ones, and tests for outliers.

estimates      MADe, nIQR, Algorithm A and Algorithm S of one series, by a named profile; uncertainty of a consensus
groups         Algorithm A with scores of many groups at once
many           the other estimators of many groups
pairwise       Q method and Hampel estimator
density        kernel density, its modes, bootstrap standard errors
outliers       Grubbs (one result, a pair) and Cochran, with critical values
"""

from zhikong.stats.robust.density import (
    Modes,
    bootstrap_standard_error,
    density_modes,
    kernel_bandwidth,
    kernel_density,
)
from zhikong.stats.robust.estimates import (
    EXACT,
    FIXED_POINT,
    ISO_13528,
    METROLOGY,
    PROFILES,
    QUARTILES,
    PooledEstimate,
    Profile,
    RobustEstimate,
    algorithm_a,
    algorithm_s,
    made,
    niqr,
    standard_uncertainty,
)
from zhikong.stats.robust.groups import PROBLEMS, GroupEstimates, algorithm_a_groups
from zhikong.stats.robust.many import ESTIMATORS, ManyEstimates, estimate_groups
from zhikong.stats.robust.outliers import (
    CochranTest,
    GrubbsPairTest,
    GrubbsTest,
    cochran,
    cochran_critical,
    grubbs,
    grubbs_critical,
    grubbs_pair,
    grubbs_pair_critical,
)
from zhikong.stats.robust.pairwise import hampel, q_hampel, q_method

__all__ = [
    "ESTIMATORS",
    "EXACT",
    "FIXED_POINT",
    "ISO_13528",
    "METROLOGY",
    "PROBLEMS",
    "PROFILES",
    "QUARTILES",
    "CochranTest",
    "GroupEstimates",
    "GrubbsPairTest",
    "GrubbsTest",
    "ManyEstimates",
    "Modes",
    "PooledEstimate",
    "Profile",
    "RobustEstimate",
    "algorithm_a",
    "algorithm_a_groups",
    "algorithm_s",
    "bootstrap_standard_error",
    "cochran",
    "cochran_critical",
    "density_modes",
    "estimate_groups",
    "grubbs",
    "grubbs_critical",
    "grubbs_pair",
    "grubbs_pair_critical",
    "hampel",
    "kernel_bandwidth",
    "kernel_density",
    "made",
    "niqr",
    "q_hampel",
    "q_method",
    "standard_uncertainty",
]
