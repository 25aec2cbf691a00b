"""Ranks with ties, percentile grades, rubric and panel scores, and how sure a rank is.

ranks, rank_groups                    1, 1, 3 and its alternatives; equal groups by rank
GradeRule, grade, grade_counts        the first so many percent are excellent: by a stored rule
Rubric, rubric_scores                 points by item, bonus points and their cap
weighted_scores, panel_scores         parts with weights; raters with the extremes dropped
simulated_ranks, bootstrapped_ranks   the interval of a rank, the probability of the top and the bottom group
"""

from .grades import GUANGXI_2024, GradeRule, Grades, grade, grade_counts
from .ranks import rank_groups, ranks
from .scores import (
    PanelScores,
    Rubric,
    RubricItem,
    RubricScores,
    panel_scores,
    rubric_scores,
    weighted_scores,
)
from .uncertainty import RankUncertainty, bootstrapped_ranks, simulated_ranks

__all__ = [
    "GUANGXI_2024",
    "GradeRule",
    "Grades",
    "PanelScores",
    "RankUncertainty",
    "Rubric",
    "RubricItem",
    "RubricScores",
    "bootstrapped_ranks",
    "grade",
    "grade_counts",
    "panel_scores",
    "rank_groups",
    "ranks",
    "rubric_scores",
    "simulated_ranks",
    "weighted_scores",
]
