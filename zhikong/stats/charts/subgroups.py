"""Limits of charts of subgroups, whose sizes may differ: xbar with R, xbar with s."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats import arguments
from zhikong.stats.arguments import Floats
from zhikong.stats.charts.chart import Chart
from zhikong.stats.charts.constants import EXACT, unbiasing
from zhikong.stats.charts.phases import WHOLE, Layout, Phase, lay


@dataclass(frozen=True, slots=True)
class Subgroups:
    """Two charts of the same subgroups, one element a subgroup.

    mean : the chart of their means
    spread : the chart of their ranges, or of their standard deviations
    sigma : one a phase, the standard deviation of a single value within a subgroup
    """

    mean: Chart
    spread: Chart
    sigma: tuple[float, ...]


def xbar_r_charts(
    values: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    phases: Sequence[Phase] = WHOLE,
    exclude: Sequence[int] = (),
) -> Subgroups:
    """Charts of the means and the ranges of subgroups.

    Sigma is the mean of R_i / d2(n_i) over the subgroups of two or more, which is R-bar / d2 where sizes are equal.
    d2 and d3 are computed, not the rounded table.

    Parameters
    ----------
    values : array_like, shape (subgroups, size), or shape (n,) with `groups`
        NaN is a missing value and leaves its subgroup smaller; a subgroup without any is a missing point.
    groups : array_like of int, shape (n,), optional
        The subgroup of each value; subgroups are drawn in the order in which they first appear.
    phases, exclude
        As in `lay`, of subgroups.

    Returns
    -------
    Subgroups
        The centre line of the means is the mean of all values; a subgroup of one has no range.

    Raises
    ------
    ValueError
        Values not numbers or infinite; a phase without a subgroup of two that sets limits; no spread; bad phases.

    References
    ----------
    Montgomery DC, Introduction to Statistical Quality Control, section 6.2.
    """
    sizes, means, ranges, _ = _summaries(values, groups)
    layout = lay(len(sizes), phases, exclude)
    many = sizes >= 2
    known = np.where(many, sizes, 2)
    d2, d3 = _constant(known, "d2"), _constant(known, "d3")
    sigmas = _by_phase(layout, many, lambda use: float(np.mean(ranges[use] / d2[use])))
    sigma = np.asarray(sigmas)[layout.phase]
    spread = _chart("R", np.where(many, ranges, np.nan), d2 * sigma, d3 * sigma, layout, low=0)
    return Subgroups(_means(means, sizes, sigma / np.sqrt(np.maximum(sizes, 1)), layout), spread, tuple(sigmas))


def xbar_s_charts(
    values: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    pooling: str = "pooled",
    phases: Sequence[Phase] = WHOLE,
    exclude: Sequence[int] = (),
) -> Subgroups:
    """Charts of the means and the standard deviations of subgroups.

    Parameters
    ----------
    values, groups
        As `xbar_r_charts`.
    pooling : str
        "pooled": s-bar is the root of the variances' mean weighted by n_i - 1, and sigma of a subgroup s-bar / c4(n_i),
        as Montgomery gives it for sizes that differ. "mean": sigma is the mean of s_i / c4(n_i), which is s-bar / c4
        where sizes are equal, as Montgomery gives it for those.
    phases, exclude
        As in `lay`, of subgroups.

    Returns
    -------
    Subgroups
        `sigma` holds s-bar where pooled.

    Raises
    ------
    ValueError
        As `xbar_r_charts`; an unknown pooling.

    References
    ----------
    Montgomery, section 6.3: A3, B3, B4; equations 6.30 and 6.31 for variable sizes.
    """
    arguments.one_of("pooling", pooling, ("pooled", "mean"))
    sizes, means, _, deviations = _summaries(values, groups)
    layout = lay(len(sizes), phases, exclude)
    many = sizes >= 2
    c4 = _constant(np.where(many, sizes, 2), "c4")
    if pooling == "pooled":
        degrees = sizes - 1
        sigmas = _by_phase(
            layout, many, lambda use: float(np.sqrt(np.sum(degrees[use] * deviations[use] ** 2) / np.sum(degrees[use])))
        )
        sigma = np.asarray(sigmas)[layout.phase] / c4
    else:
        sigmas = _by_phase(layout, many, lambda use: float(np.mean(deviations[use] / c4[use])))
        sigma = np.asarray(sigmas)[layout.phase]
    spread = _chart("s", np.where(many, deviations, np.nan), c4 * sigma, sigma * np.sqrt(1 - c4**2), layout, low=0)
    return Subgroups(_means(means, sizes, sigma / np.sqrt(np.maximum(sizes, 1)), layout), spread, tuple(sigmas))


def _summaries(values: ArrayLike, groups: ArrayLike | None) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """Size, mean, range and standard deviation of each subgroup; NaN where there is none."""
    if groups is None:
        table = arguments.floats("values", values, dimensions=2, at_least=2, missing=True)
        subgroups = list(table)
    else:
        flat = arguments.floats("values", values, missing=True)
        codes = arguments.floats("groups", groups, whole=True)
        arguments.same_length(values=flat, groups=codes)
        _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        order = np.argsort(np.argsort(first))[inverse]
        sort = np.argsort(order, kind="stable")
        subgroups = np.split(flat[sort], np.flatnonzero(np.diff(order[sort])) + 1)
    present = [subgroup[~np.isnan(subgroup)] for subgroup in subgroups]
    sizes = np.array([len(each) for each in present])
    means = np.array([np.mean(each) if len(each) else np.nan for each in present])
    ranges = np.array([np.ptp(each) if len(each) else np.nan for each in present])
    deviations = np.array([np.std(each, ddof=1) if len(each) > 1 else np.nan for each in present])
    return sizes, means, ranges, deviations


def _constant(sizes: NDArray[np.int64], name: str) -> Floats:
    return np.array([getattr(unbiasing(int(size)), name) for size in sizes])


def _by_phase(layout: Layout, many: NDArray[np.bool_], estimate: Callable[[NDArray[np.int64]], float]) -> list[float]:
    found = []
    for number, _ in enumerate(layout.phases):
        use = np.flatnonzero((layout.phase == number) & layout.frozen & ~layout.excluded & many)
        if len(use) == 0:
            raise ValueError(f"phases[{number}] has no subgroup of two or more values that sets limits")
        found.append(arguments.spread(f"values of phases[{number}]", estimate(use)))
    return found


def _means(means: Floats, sizes: NDArray[np.int64], error: Floats, layout: Layout) -> Chart:
    centre = np.empty(len(means))
    for _, span in layout.spans():
        use = layout.frozen[span] & ~layout.excluded[span] & (sizes[span] > 0)
        centre[span] = np.sum((means[span] * sizes[span])[use]) / np.sum(sizes[span][use])
    return _chart("xbar", means, centre, error, layout)


def _chart(kind: str, values: Floats, centre: Floats, error: Floats, layout: Layout, low: float = -np.inf) -> Chart:
    side = np.nan_to_num(np.sign(values - centre)).astype(np.int8)
    lower = np.maximum(centre - 3 * error, low)
    score = (values - centre) / error
    ones = (1.0,) * len(layout.phases)
    return Chart(kind, values, centre, lower, centre + 3 * error, score, side, ones, layout, EXACT)
