"""Proficiency testing (能力验证、室间质评): assigned values, scores, verdicts, samples, rounds.

assigned       the assigned value and its uncertainty
scores         z, z', zeta, En, E_z, D, D%, P_A, VIS
verdicts       limits of scores, "not evaluated", small schemes
allowable      allowable errors and their combining rule; results "<x"
homogeneity    homogeneity and stability of samples
consistency    Mandel's h and k, Youden pairs
groups         peer groups, split and merged
qualitative    kappa, sensitivity, ordered categories
rounds         item scores, success over events, trend over rounds
"""

from zhikong.stats.proficiency.allowable import (
    ALLOWABLE_LIMITS,
    AllowableError,
    allowable_difference,
    judge_allowable,
    judge_censored,
)
from zhikong.stats.proficiency.assigned import (
    AssignedValue,
    by_certificate,
    by_consensus,
    by_estimate,
    by_experts,
    by_formulation,
    by_reference,
    mandel_paule,
    uncertainty_is_negligible,
    with_contributions,
)
from zhikong.stats.proficiency.consistency import (
    Mandel,
    Youden,
    mandel,
    mandel_h_critical,
    mandel_k_critical,
    youden,
)
from zhikong.stats.proficiency.groups import PeerGroups, Separation, peer_groups, separate_groups
from zhikong.stats.proficiency.homogeneity import (
    Homogeneity,
    Stability,
    expanded_factors,
    homogeneity,
    stability,
)
from zhikong.stats.proficiency.qualitative import (
    Kappa,
    OrdinalAgreement,
    Performance,
    Share,
    cross_table,
    kappa,
    ordinal_agreement,
    sensitivity_specificity,
    wilson_interval,
)
from zhikong.stats.proficiency.rounds import (
    CHINA_EQA,
    CLIA_PT,
    EqaProfile,
    ItemScore,
    Trend,
    pt_score,
    score_items,
    trend,
    unsuccessful,
)
from zhikong.stats.proficiency.scores import (
    difference,
    en_score,
    ez_scores,
    overall_mean_vis,
    percent_difference,
    percent_of_allowed,
    variance_index_score,
    z_prime_score,
    z_score,
    zeta_score,
)
from zhikong.stats.proficiency.verdicts import (
    CONSENSUS_Z,
    EN_LIMITS,
    EN_LIMITS_13528,
    PA_LIMITS,
    Z_LIMITS,
    EvaluationRules,
    ScoreLimits,
    Verdict,
    fewest_participants,
    judge,
    judge_ez,
    largest_possible_z,
    reasons_not_evaluated,
)

__all__ = [
    "ALLOWABLE_LIMITS", "CHINA_EQA", "CLIA_PT", "CONSENSUS_Z", "EN_LIMITS", "EN_LIMITS_13528", "PA_LIMITS", "Z_LIMITS",
    "AllowableError", "AssignedValue", "EqaProfile", "EvaluationRules", "Homogeneity", "ItemScore", "Kappa", "Mandel",
    "OrdinalAgreement", "PeerGroups", "Performance", "ScoreLimits", "Separation", "Share", "Stability", "Trend",
    "Verdict", "Youden", "allowable_difference", "by_certificate", "by_consensus", "by_estimate", "by_experts",
    "by_formulation", "by_reference", "cross_table", "difference", "en_score", "expanded_factors", "ez_scores",
    "fewest_participants", "homogeneity", "judge", "judge_allowable", "judge_censored", "judge_ez", "kappa",
    "largest_possible_z", "mandel", "mandel_h_critical", "mandel_k_critical", "mandel_paule", "ordinal_agreement",
    "overall_mean_vis", "peer_groups", "percent_difference", "percent_of_allowed", "pt_score", "reasons_not_evaluated",
    "score_items", "sensitivity_specificity", "separate_groups", "stability", "trend", "uncertainty_is_negligible",
    "unsuccessful", "variance_index_score", "wilson_interval", "with_contributions", "youden", "z_prime_score",
    "z_score", "zeta_score",
]  # fmt: skip
