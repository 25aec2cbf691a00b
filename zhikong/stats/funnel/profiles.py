"""Named settings of a funnel: what is plotted, by which limits, and how over-dispersion is measured and allowed for."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from zhikong.stats.arguments import number, one_of

Kind = Literal["proportion", "ratio", "count_ratio"]
Transform = Literal["none", "arcsine", "sqrt", "log"]
Tails = Literal["none", "winsorise", "trim"]
Model = Literal["additive", "multiplicative"]
Equality = Literal["inside", "outside"]
ProportionLimits = Literal["exact", "interpolated", "wilson", "arcsine", "normal"]
RatioLimits = Literal["exact", "interpolated", "chi_square", "byar", "log", "normal"]
CountRatioLimits = Literal["exact", "interpolated", "log"]

_LIMITS = {"proportion": ProportionLimits, "ratio": RatioLimits, "count_ratio": CountRatioLimits}
_TRANSFORMS = {"proportion": ("none", "arcsine"), "ratio": ("none", "sqrt", "log"), "count_ratio": ("log",)}


@dataclass(frozen=True, slots=True)
class FunnelProfile:
    """The settings of a funnel, stored with its verdicts. Make another with `dataclasses.replace`."""

    name: str
    """Name and version."""
    kind: Kind
    """'proportion': events among cases. 'ratio': a count over an expected number (standardised ratio, target 1) or over
    an exposure such as catheter days (rate). 'count_ratio': a count over another count."""
    limits: str
    """Unadjusted limits: a method of `proportion_limits`, `ratio_limits` or `count_ratio_limits`."""
    transform: Transform
    """The scale of the z-scores and of the adjusted limits: 'arcsine' (of the root, proportions), 'sqrt' or 'log'
    (ratios), 'none' (the score test at the target)."""
    tails: Tails = "winsorise"
    """Before phi: 'winsorise' z-scores to their quantiles `tail_share` and 1 - `tail_share` (linear, Hyndman and Fan's
    type 7), 'trim' the lowest and the highest of 1 / `tail_share` groups by rank, or 'none'."""
    tail_share: float = 0.1
    """Share of the units in each tail."""
    model: Model = "additive"
    """'additive': variance s^2 + tau^2; 'multiplicative': s^2 x phi. Neither ever narrows the limits."""
    equality: Equality = "inside"
    """Whether a value equal to a limit is 'inside' (no signal) or 'outside'."""
    back_transform: bool = True
    """False leaves adjusted limits on the transformed scale, as FunnelPlotR does with square roots."""
    half_root: bool = False
    """True gives a count ratio's limits the standard error 1 / (2 root of the denominator), as FunnelPlotR does."""

    def __post_init__(self) -> None:
        one_of("kind", self.kind, get_args(Kind))
        one_of("limits", self.limits, get_args(_LIMITS[self.kind]))
        one_of("transform", self.transform, _TRANSFORMS[self.kind])
        one_of("tails", self.tails, get_args(Tails))
        one_of("model", self.model, get_args(Model))
        one_of("equality", self.equality, get_args(Equality))
        number("tail_share", self.tail_share, above=0, below=0.5)


PROPORTION = FunnelProfile("proportion-1", "proportion", "exact", "arcsine")
"""Proportions: exact binomial limits; arcsine of the root, winsorised, additive (Spiegelhalter et al. 2012)."""

SHMI = FunnelProfile("shmi-1", "ratio", "exact", "log", tails="trim")
"""Standardised ratios as NHS Digital's SHMI: logarithm, the outer tenths trimmed, additive. Refuses counts of 0."""

CQC = FunnelProfile("cqc-1", "ratio", "exact", "sqrt")
"""Standardised ratios as the Care Quality Commission: square root, winsorised, additive. Takes counts of 0."""

COUNT_RATIO = FunnelProfile("count-ratio-1", "count_ratio", "exact", "log")
"""A count over a count: conditional binomial limits; logarithm, winsorised, additive."""

SPIEGELHALTER_2005 = FunnelProfile("spiegelhalter-2005", "proportion", "interpolated", "none", model="multiplicative")
"""Proportions by the paper of 2005: interpolated binomial limits; multiplicative over-dispersion, winsorised."""

FUNNELPLOTR_PROPORTION = replace(PROPORTION, name="funnelplotr-0.6.0-pr", limits="arcsine")
"""FunnelPlotR 0.6.0, data_type = "PR"."""

FUNNELPLOTR_SHMI = replace(SHMI, name="funnelplotr-0.6.0-sr-shmi", limits="chi_square")
"""FunnelPlotR 0.6.0, data_type = "SR", sr_method = "SHMI"."""

FUNNELPLOTR_CQC = replace(CQC, name="funnelplotr-0.6.0-sr-cqc", limits="chi_square", back_transform=False)
"""FunnelPlotR 0.6.0, data_type = "SR", sr_method = "CQC": adjusted limits are not squared back, so too narrow."""

FUNNELPLOTR_COUNT_RATIO = replace(COUNT_RATIO, name="funnelplotr-0.6.0-rc", limits="log", half_root=True)
"""FunnelPlotR 0.6.0, data_type = "RC": limits from 1 / (2 root D), about a third of the standard error of a ratio near
1; kept to reproduce its figures, not to be used."""
