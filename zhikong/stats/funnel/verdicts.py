"""A funnel as a whole: values, limits, over-dispersion, and who is outside."""

from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import Floats, floats, labels, number, one_of, same_length

from .dispersion import Overdispersion, overdispersion
from .intervals import _not_above, _same_shape, _tail_of
from .limits import WHOLE, _adjusted, _standard_error, _transformed, _unadjusted
from .profiles import Equality, FunnelProfile


@dataclass(frozen=True, slots=True)
class Funnel:
    """A funnel of one series of n units, or of k series. L levels: limits have shape (L, n) or (L, k, n)."""

    profile: FunnelProfile
    """The settings, to be stored with the verdicts."""
    values: Floats
    """numerator / denominator."""
    target: Floats
    """What the values are compared with; one number a series."""
    sizes: Floats
    """What the limits depend on: the denominators, or numerator + denominator for a count ratio."""
    small: NDArray[np.bool_]
    """Denominator below the minimum that was given: to be greyed. Such units are judged and counted all the same."""
    levels: tuple[float, ...]
    """Levels of the limits, ascending."""
    lower: Floats
    """Lower limits by chance alone."""
    upper: Floats
    """Upper limits by chance alone."""
    verdicts: NDArray[np.int8]
    """How many levels' limits a value is outside of: negative below, positive above, 0 inside. With the default levels 2
    is outside 99.8 %, 1 outside 95 % only."""
    dispersion: Overdispersion
    """phi, tau squared and the test: shown with every funnel, whether or not the adjusted limits are drawn."""
    adjusted_lower: Floats
    """Lower limits that allow for over-dispersion."""
    adjusted_upper: Floats
    """Upper limits that allow for over-dispersion."""
    adjusted_verdicts: NDArray[np.int8]
    """Verdicts by the adjusted limits."""
    z: Floats
    """z-scores on the transformed scale."""
    adjusted_z: Floats
    """z-scores that allow for over-dispersion."""
    transformed: Floats
    """Values on the transformed scale."""
    transformed_target: Floats
    """The target on the transformed scale."""
    standard_errors: Floats
    """Standard errors behind the adjusted limits, before over-dispersion."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums by group, the groups in ascending order."""

    groups: NDArray[Any]
    """The groups."""
    numerators: Floats
    """Sums of the numerators."""
    denominators: Floats
    """Sums of the denominators."""


def funnel(
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    profile: FunnelProfile,
    target: float | None = None,
    levels: tuple[float, ...] = (0.95, 0.998),
    minimum_denominator: float | None = None,
) -> Funnel:
    """Compare units with a target, each within the limits of its size, with and without over-dispersion.

    Parameters
    ----------
    numerators : array_like, shape (n,) or (k, n), n >= 2
        Events of each unit, for one series (indicator, period) or k with the same units.
    denominators : array_like, shape of `numerators`
        Cases, expected numbers, exposures or counts, > 0. A unit whose denominator is 0 has no value: leave it out.
    profile : FunnelProfile
        Kind, limits, and treatment of over-dispersion: PROPORTION, SHMI, CQC, COUNT_RATIO or another.
    target : float, optional
        An external target (1 for standardised ratios). Default: sum of numerators / sum of denominators, a series.
    levels : tuple of float, ascending
        Probabilities between the limits.
    minimum_denominator : float, optional
        Units below it are flagged `small`; a unit at it is not. There is no default: the minimum is the scheme's.

    Returns
    -------
    Funnel
        A value equal to a limit is inside, unless the profile says 'outside'.

    Raises
    ------
    ValueError
        Values not finite or negative, a denominator of 0, more events than cases in a proportion, fewer than 2 units,
        a pooled target of 0 (or of 1 in a proportion), a count of 0 with the log transform of a ratio, levels out of
        order.

    References
    ----------
    Spiegelhalter, D. J. (2005). Statistics in Medicine 24, 1185-1202; (2005) Quality and Safety in Health Care 14,
    347-351; Spiegelhalter et al. (2012). Journal of the Royal Statistical Society A 175(1), 1-47.
    """
    whole = profile.limits in WHOLE and profile.kind != "ratio"
    low_whole = whole and profile.kind == "count_ratio"
    events = floats("numerators", numerators, dimensions=(1, 2), at_least=2, low=0, whole=low_whole)
    size = floats("denominators", denominators, dimensions=(1, 2), above=0, whole=whole)
    _same_shape(numerators=events, denominators=size)
    if profile.kind == "proportion":
        _not_above(events, size)
    if not levels or sorted(set(levels)) != list(levels):
        raise ValueError(f"levels is {levels}: ascending levels are needed")
    least = 0.0 if minimum_denominator is None else number("minimum_denominator", minimum_denominator, above=0)
    centre = _target(events, size, target, profile)
    column = centre[..., None]

    values = events / size
    sizes = events + size if profile.kind == "count_ratio" and not profile.half_root else size
    at_target = _standard_error(profile.kind, profile.transform, sizes, column, half_root=profile.half_root)
    changed, error = _on_scale(events, size, profile, at_target)
    middle = _transformed(profile.transform, column)
    z = (changed - middle) / error
    found = overdispersion(
        z, error, tails=profile.tails, tail_share=profile.tail_share, estimated_target=target is None
    )
    tau2, phi = (np.asarray(each)[..., None] for each in (found.tau2, found.phi))
    if profile.model == "additive":
        adjusted_z = (changed - middle) / np.sqrt(error**2 + tau2)
    else:
        adjusted_z = z / np.sqrt(np.maximum(phi, 1.0))

    tails = [_tail_of(level) for level in levels]
    chance = [_unadjusted(sizes, column, tail, profile) for tail in tails]
    allowed = [_adjusted(sizes, column, tail, profile, tau2, phi) for tail in tails]
    lower, upper = (np.stack([np.broadcast_to(pair[end], values.shape) for pair in chance]) for end in (0, 1))
    wider_lower, wider_upper = (np.stack([pair[end] for pair in allowed]) for end in (0, 1))
    return Funnel(
        profile=profile,
        values=values,
        target=centre[()],
        sizes=sizes,
        small=size < least,
        levels=tuple(levels),
        lower=lower,
        upper=upper,
        verdicts=_outside(values, lower, upper, profile.equality).sum(axis=0, dtype=np.int8),
        dispersion=found,
        adjusted_lower=wider_lower,
        adjusted_upper=wider_upper,
        adjusted_verdicts=_outside(values, wider_lower, wider_upper, profile.equality).sum(axis=0, dtype=np.int8),
        z=z,
        adjusted_z=adjusted_z,
        transformed=changed,
        transformed_target=middle[..., 0][()],
        standard_errors=at_target,
    )


def judge(values: ArrayLike, lower: ArrayLike, upper: ArrayLike, *, equality: Equality = "inside") -> NDArray[np.int8]:
    """Which values lie outside their limits.

    Parameters
    ----------
    values : array_like, shape (n,) or (k, n)
        The values.
    lower, upper : float or array_like, shape of `values`
        Their limits, lower <= upper.
    equality : {'inside', 'outside'}
        What a value equal to a limit is. The numbers are compared as they are.

    Returns
    -------
    ndarray of int8, shape of `values`
        -1 below, 0 inside, 1 above.

    Raises
    ------
    ValueError
        Values not finite, a lower limit above its upper one, shapes that do not fit, an unknown word.

    References
    ----------
    FunnelPlotR 0.6.0 counts equality as inside.
    """
    one_of("equality", equality, get_args(Equality))
    array = floats("values", values, dimensions=(1, 2))
    low, high = (floats(name, each, dimensions=(0, 1, 2)) for name, each in (("lower", lower), ("upper", upper)))
    for name, each in (("lower", low), ("upper", high)):
        if each.shape not in ((), array.shape):
            raise ValueError(f"{name} has shape {each.shape}: values has {array.shape}")
    if (low > high).any():
        raise ValueError("lower is above upper")
    return _outside(array, low, high, equality)


def totals_by_group(numerators: ArrayLike, denominators: ArrayLike, groups: ArrayLike) -> Totals:
    """Units from their parts, by summing numerators and denominators; rates are never averaged.

    Parameters
    ----------
    numerators, denominators : array_like, shape (n,)
        Parts, >= 0.
    groups : array_like, shape (n,)
        The unit of each part: texts or whole numbers, none missing.

    Returns
    -------
    Totals
        One element a group, in ascending order of the groups.

    Raises
    ------
    ValueError
        Values not finite or negative; a group missing; unequal lengths.

    References
    ----------
    As FunnelPlotR 0.6.0 aggregates before a funnel.
    """
    events = floats("numerators", numerators, low=0)
    size = floats("denominators", denominators, low=0)
    owners = labels("groups", groups)
    same_length(numerators=events, denominators=size, groups=owners)
    names, code = np.unique(owners, return_inverse=True)
    return Totals(names, *(np.asarray(np.bincount(code, each), np.float64) for each in (events, size)))


def _target(events: Floats, size: Floats, target: float | None, profile: FunnelProfile) -> Floats:
    top = 1.0 if profile.kind == "proportion" else None
    if target is not None:
        return np.full(events.shape[:-1], number("target", target, above=0, below=top))
    pooled = np.asarray(events.sum(axis=-1) / size.sum(axis=-1))
    for value in np.ravel(pooled):
        if value <= 0 or (top is not None and value >= top):
            raise ValueError(f"numerators give a pooled target of {value:g}: there is no funnel around it")
    return pooled


def _on_scale(events: Floats, size: Floats, profile: FunnelProfile, at_target: Floats) -> tuple[Floats, Floats]:
    """Transformed values and the standard errors of their z-scores."""
    if profile.kind == "count_ratio":
        more, size_more = events + 0.5, size + 0.5
        return np.log(more / size_more), np.sqrt(events / more**2 + size / size_more**2)
    if profile.transform == "log":
        floats("numerators", events, dimensions=(1, 2), above=0)
    return _transformed(profile.transform, events / size), at_target


def _outside(values: Floats, lower: Floats, upper: Floats, equality: str) -> NDArray[np.int8]:
    if equality == "inside":
        return (values > upper).astype(np.int8) - (values < lower).astype(np.int8)
    return (values >= upper).astype(np.int8) - (values <= lower).astype(np.int8)
