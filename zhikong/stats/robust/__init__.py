"""Robust location and scale for results that hold a few wrong ones, and tests for outliers.

outliers       Grubbs (one result, a pair) and Cochran, with critical values
"""

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

__all__ = [
    "CochranTest",
    "GrubbsPairTest",
    "GrubbsTest",
    "cochran",
    "cochran_critical",
    "grubbs",
    "grubbs_critical",
    "grubbs_pair",
    "grubbs_pair_critical",
]
