"""Over-dispersion: how much more the units differ than chance alone lets them."""

from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhikong.stats.arguments import Floats, floats, number, one_of
from zhikong.stats.grading import rank_groups

from .intervals import _same_shape
from .profiles import Tails


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """Over-dispersion of one series of units (numbers), or of k series (shape (k,)). Always shown beside a funnel."""

    phi: Floats
    """Mean squared z-score, after the tails were treated; about 1 when chance alone is at work."""
    tau2: Floats
    """Variance between units on the scale of the z-scores' standard errors; 0 where the moment estimate is negative."""
    units: NDArray[np.int64]
    """Units that phi and tau2 rest on."""
    chi_square: Floats
    """Sum of the squared z-scores, untreated."""
    degrees_of_freedom: int
    """Units, less 1 where the target was estimated from them."""
    p_value: Floats
    """Probability of so large a chi-square by chance alone."""
    z: Floats
    """z-scores after treatment, NaN where trimmed; shape of the argument."""
    treated: NDArray[np.bool_]
    """Which z-scores were winsorised or trimmed."""


def overdispersion(
    z: ArrayLike,
    standard_errors: ArrayLike,
    *,
    tails: Tails = "winsorise",
    tail_share: float = 0.1,
    estimated_target: bool = True,
) -> Overdispersion:
    """phi, tau squared and the test of homogeneity from z-scores.

    Parameters
    ----------
    z : array_like, shape (n,) or (k, n)
        (value - target) / standard error of each unit, for one series or k.
    standard_errors : array_like, shape of `z`
        Their standard errors, > 0, on the scale of the values.
    tails : {'winsorise', 'trim', 'none'}
        See `FunnelProfile.tails`.
    tail_share : float, 0 < share < 0.5
        Share of the units in each tail; to trim, 1 / share must be whole.
    estimated_target : bool
        Whether the target was estimated from these units.

    Returns
    -------
    Overdispersion
        phi = sum z^2 / I over the I units kept; tau2 = max(0, (I phi - (I - 1)) / (sum w - sum w^2 / sum w)) with
        w = 1 / s^2.

    Raises
    ------
    ValueError
        Fewer than 2 units, or fewer than 2 left; values not finite; a standard error not above 0; unequal shapes.

    References
    ----------
    Spiegelhalter, D. J. (2005). Quality and Safety in Health Care 14, 347-351. Spiegelhalter et al. (2012). Journal of
    the Royal Statistical Society A 175(1), 1-47. DerSimonian, R., Laird, N. (1986). Controlled Clinical Trials 7,
    177-188 (tau2). Trimming by rank groups: NHS Digital, SHMI methodology, as FunnelPlotR 0.6.0 does it.
    """
    one_of("tails", tails, get_args(Tails))
    share = number("tail_share", tail_share, above=0, below=0.5)
    scores = floats("z", z, dimensions=(1, 2), at_least=2)
    errors = floats("standard_errors", standard_errors, dimensions=(1, 2), above=0)
    _same_shape(z=scores, standard_errors=errors)
    used = scores
    treated = np.zeros(scores.shape, dtype=bool)
    if tails == "winsorise":
        low, high = np.quantile(scores, [share, 1 - share], axis=-1, keepdims=True)
        used = np.clip(scores, low, high)
        treated = used != scores
    elif tails == "trim":
        groups = round(1 / share)
        if abs(groups * share - 1) > 1e-9:
            raise ValueError(f"tail_share is {share:g}: to trim, 1 / tail_share must be a whole number of groups")
        group = rank_groups(scores, groups)
        treated = (group == 0) | (group == groups - 1)
        used = np.where(treated, np.nan, scores)
    kept = ~treated if tails == "trim" else np.ones(scores.shape, dtype=bool)
    units = kept.sum(axis=-1)
    if (units < 2).any():
        raise ValueError(f"z has {int(units.min())} unit(s) left after trimming: at least 2 are needed")
    squares = np.where(kept, used, 0.0) ** 2
    weights = np.where(kept, 1 / errors**2, 0.0)
    total = weights.sum(axis=-1)
    excess = squares.sum(axis=-1) - (units - 1)
    tau2 = np.maximum(0.0, excess / (total - (weights**2).sum(axis=-1) / total))
    chi_square = (scores**2).sum(axis=-1)
    freedom = scores.shape[-1] - bool(estimated_target)
    return Overdispersion(
        phi=squares.sum(axis=-1) / units,
        tau2=tau2,
        units=units,
        chi_square=chi_square,
        degrees_of_freedom=freedom,
        p_value=special.chdtrc(freedom, chi_square),
        z=used,
        treated=treated,
    )
