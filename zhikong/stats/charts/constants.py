"""The constants behind a chart's limits, as named profiles, and the unbiasing constants of normal subgroups."""

import functools
import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, poch, roots_legendre

from zhikong.stats import arguments


@dataclass(frozen=True, slots=True)
class Constants:
    """The conventions in which published charts differ; stored by `name` and `version` with each verdict.

    d2 : a moving range of two, in standard deviations: sigma is the mean moving range over d2
    d4 : the upper limit of a moving range, in mean moving ranges
    screen : moving ranges at or above this many mean moving ranges are left out, once; None keeps all
    g_centre : centre line of a g chart, "mean" or "median"; its limits always stand on the mean
    t_power : a t chart judges times raised to 1 / t_power
    """

    name: str
    version: str
    d2: float
    d4: float
    screen: float | None
    g_centre: str
    t_power: float = 3.6

    def __post_init__(self) -> None:
        arguments.number("d2", self.d2, above=0)
        arguments.number("d4", self.d4, above=1)
        arguments.number("t_power", self.t_power, above=0)
        if self.screen is not None:
            arguments.number("screen", self.screen, above=1)
        arguments.one_of("g_centre", self.g_centre, ("mean", "median"))


D2_OF_TWO = 2 / math.sqrt(math.pi)
D4_OF_TWO = 1 + 3 * math.sqrt(2 - 4 / math.pi) / D2_OF_TWO

EXACT = Constants("exact", "1", d2=D2_OF_TWO, d4=D4_OF_TWO, screen=None, g_centre="mean")
"""2/sqrt(pi) = 1.128379..., no screening."""

MONTGOMERY = Constants("montgomery", "1", d2=1.128, d4=3.267, screen=None, g_centre="mean")
"""The rounded table of the textbooks: 1.128 and 3.267, no screening."""

QICHARTS2 = Constants("qicharts2", "1", d2=1.128, d4=3.267, screen=3.267, g_centre="median")
"""qicharts2 0.8.1 with its defaults: screened moving ranges (Nelson 1982), a g chart centred on the median."""

NHS = Constants("nhs-mdc", "1", d2=3 / 2.66, d4=3.267, screen=3.267, g_centre="mean")
"""NHSRplotthedots 0.2.2: limits at 2.66 mean moving ranges, moving ranges screened at 3.267 of their mean."""


@dataclass(frozen=True, slots=True)
class Unbiasing:
    """Of n independent normal values with sigma 1.

    c4 : the expected standard deviation (divisor n - 1)
    d2 : the expected range
    d3 : the standard deviation of the range
    """

    c4: float
    d2: float
    d3: float


LARGEST_SUBGROUP = 1000


def unbiasing(size: int) -> Unbiasing:
    """The constants of a subgroup's size, computed and not read from a rounded table.

    Parameters
    ----------
    size : int, 2 <= size <= 1000
        Values in the subgroup.

    Returns
    -------
    Unbiasing
        `c4` to 1e-13; `d2` and `d3` to 1e-10.

    Raises
    ------
    ValueError
        A size below 2 or above 1000.

    References
    ----------
    Montgomery DC, Introduction to Statistical Quality Control, appendix VI (the table).
    Tippett LHC (1925), Biometrika 17: 364-387 (the integrals of the range's moments).
    """
    return _unbiasing(arguments.count("size", size, low=2, high=LARGEST_SUBGROUP))


@functools.cache
def _unbiasing(size: int) -> Unbiasing:
    c4 = math.sqrt(2 / (size - 1)) * float(poch((size - 1) / 2, 0.5))  # poch: gamma(n / 2) / gamma((n - 1) / 2)
    nodes, weights = roots_legendre(200)
    edge = 9.0  # beyond nine sigma nothing of a double remains
    points, weights = edge * nodes, edge * weights
    below, beyond = ndtr(points), ndtr(-points)
    d2 = float(np.sum(weights * (1 - below**size - beyond**size)))
    # E R^2 = 2 * integral over low < high of P(smallest <= low and largest > high).
    square = 0.0
    for low, weight in zip(points, weights, strict=True):
        half = (edge - low) / 2
        high = low + half * (nodes + 1)
        under = ndtr(high)
        inside = 1 - under**size - ndtr(-low) ** size + np.maximum(under - ndtr(low), 0) ** size
        square += weight * half * float(np.sum(weights / edge * inside))
    return Unbiasing(c4=c4, d2=d2, d3=math.sqrt(2 * square - d2 * d2))
