"""Limits of charts of single values and of counts: individuals, I', moving range, t, p, np, u, c, p', u', g, run."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats import arguments
from zhikong.stats.arguments import Floats
from zhikong.stats.charts import _kernels
from zhikong.stats.charts.chart import Chart
from zhikong.stats.charts.constants import EXACT, Constants, unbiasing
from zhikong.stats.charts.phases import WHOLE, Layout, Phase, lay

NONE: tuple[int, ...] = ()


def individuals(
    values: ArrayLike,
    *,
    phases: Sequence[Phase] = WHOLE,
    exclude: Sequence[int] = NONE,
    constants: Constants = EXACT,
    spread: str = "moving range",
) -> Chart:
    """The chart of individual values, the X of XmR.

    Parameters
    ----------
    values : array_like, shape (n,)
        In order. NaN is a missing point: it has no moving range with either neighbour.
    phases, exclude
        As in `lay`. A moving range needs two neighbours that both set limits, in one phase.
    constants : Constants
        Its d2 and its screening of moving ranges; default `EXACT`: 2/sqrt(pi), none screened.
    spread : str
        "moving range", or "sd": the standard deviation (divisor n - 1) over c4.

    Returns
    -------
    Chart

    Raises
    ------
    ValueError
        Values not numbers or infinite; a phase without two neighbours that set limits; no spread, or none left
        by screening; bad phases.

    References
    ----------
    Montgomery DC, Introduction to Statistical Quality Control, section 6.4. Nelson LS (1982), J Qual Technol 14:
    172-173 (screening). Wheeler DJ, Understanding Variation (2.66).
    """
    arguments.one_of("spread", spread, ("moving range", "sd"))
    given = arguments.floats("values", values, missing=True)
    if spread == "moving range":
        return _charted("individuals", given, None, _kernels.RANGES, phases, exclude, constants)
    layout = lay(len(given), phases, exclude)
    centres, sigmas = [], []
    for number, span in layout.spans():
        used = _used(given[span], layout, span, number, at_least=2)
        centres.append(float(np.mean(used)))
        deviation = float(np.std(used, ddof=1)) / unbiasing(len(used)).c4
        sigmas.append(arguments.spread(f"values of phases[{number}]", deviation))
    return _drawn("individuals", given, None, layout, centres, sigmas, constants)


def moving_range(
    values: ArrayLike,
    *,
    phases: Sequence[Phase] = WHOLE,
    exclude: Sequence[int] = NONE,
    constants: Constants = EXACT,
) -> Chart:
    """The chart of moving ranges, the mR of XmR. Neighbouring ranges share a value: judge them by the limit alone.

    Parameters
    ----------
    values : array_like, shape (n,)
        The individual values. NaN is a missing point.
    phases, exclude
        As in `lay`. The first point of a series, and a point whose neighbour before is missing, has no moving range.
        Both values of a range must set limits for the range to set them.
    constants : Constants
        Its d4: the upper limit in mean moving ranges; no range is screened here.

    Returns
    -------
    Chart
        Of `values[i] - values[i - 1]` without its sign; the first is missing.

    Raises
    ------
    ValueError
        As `individuals`.

    References
    ----------
    Montgomery, section 6.4.
    """
    given = arguments.floats("values", values, at_least=2, missing=True)
    layout = lay(len(given), phases, exclude)
    ranges = np.concatenate(([np.nan], np.abs(np.diff(given))))
    centres = []
    for number, span in layout.spans():
        use = layout.frozen[span] & ~layout.excluded[span] & ~np.isnan(given[span])
        used = ranges[span][1:][use[1:] & use[:-1]]
        if len(used) == 0:
            raise ValueError(f"values of phases[{number}] have no two neighbours that set limits")
        centres.append(arguments.spread(f"values of phases[{number}]", float(np.mean(used))))
    sigmas = [(constants.d4 - 1) / 3 * centre for centre in centres]
    return _drawn("moving range", ranges, None, layout, centres, sigmas, constants, low=0)


def normalised_individuals(
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    phases: Sequence[Phase] = WHOLE,
    exclude: Sequence[int] = NONE,
    constants: Constants = EXACT,
) -> Chart:
    """The I' chart: individuals of unequal size, a ratio whose standard error falls with the root of its denominator.

    Parameters
    ----------
    numerators, denominators : array_like, shape (n,)
        Of each ratio; of means, the sum and the number of values. A point is missing where either is NaN, or where
        the denominator is 0 with a numerator of 0.
    phases, exclude, constants
        As `individuals`; with equal denominators the charts are the same.

    Returns
    -------
    Chart
        Of the ratios; the centre line is the sum of numerators over the sum of denominators.

    Raises
    ------
    ValueError
        As `individuals`; a negative denominator; unequal lengths; a denominator of 0 under a numerator.

    References
    ----------
    Taylor WA (2018), Normalized Individuals (I') Control Chart, variation.com.
    """
    totals, units = _ratio(numerators, denominators, low=None)
    return _charted("normalised individuals", totals, units, _kernels.RANGES, phases, exclude, constants)


def p_chart(
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    phases: Sequence[Phase] = WHOLE,
    exclude: Sequence[int] = NONE,
    constants: Constants = EXACT,
    laney: bool = False,
) -> Chart:
    """The p chart of proportions, or Laney's p' chart.

    Parameters
    ----------
    numerators, denominators : array_like, shape (n,), 0 <= numerator <= denominator
        Cases with the property, and all cases. A point is missing where either is NaN, or where the denominator is 0.
        Whole numbers are not demanded (weighted cases).
    phases, exclude
        As in `lay`.
    constants : Constants
        Used by p' alone: d2 and screening of the moving ranges of z.
    laney : bool
        p': the limits are widened (or narrowed) by sigma_z, the spread of the standardised proportions.

    Returns
    -------
    Chart
        Limits cut to 0 and 1; `inflation` is sigma_z.

    Raises
    ------
    ValueError
        A numerator negative or above its denominator; a proportion of 0 or 1 throughout a phase: no spread; bad phases.

    References
    ----------
    Montgomery, section 7.2. Laney DB (2002), Improved control charts for attributes, Qual Eng 14: 531-537.
    """
    totals, units = _ratio(numerators, denominators)
    if np.any(totals > units):
        place = int(np.flatnonzero(totals > units)[0])
        raise ValueError(f"numerators[{place}] is {totals[place]:g}: it must be at most {units[place]:g}")
    how = _kernels.LANEY if laney else _kernels.BINOMIAL
    return _charted("p'" if laney else "p", totals, units, how, phases, exclude, constants, low=0, high=1)


def np_chart(
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    phases: Sequence[Phase] = WHOLE,
    exclude: Sequence[int] = NONE,
) -> Chart:
    """The np chart: numbers of cases with the property, where every point has the same denominator.

    Parameters
    ----------
    numerators : array_like, shape (n,)
    denominators : array_like, shape (n,), or a number
        Equal throughout (NaN and 0 are missing points); where they differ, use `p_chart`.
    phases, exclude
        As in `lay`.

    Returns
    -------
    Chart
        Limits cut to 0 and the denominator.

    Raises
    ------
    ValueError
        As `p_chart`; denominators that differ.

    References
    ----------
    Montgomery, section 7.2.2.
    """
    counts = arguments.floats("numerators", numerators, low=0, missing=True)
    cases = arguments.floats("denominators", denominators, dimensions=(0, 1), low=0, missing=True)
    cases = np.full(len(counts), cases) if cases.ndim == 0 else cases
    plain = p_chart(counts, cases, phases=phases, exclude=exclude)
    sizes = cases[~np.isnan(plain.values)]
    size = float(sizes[0])
    if np.any(sizes != size):
        raise ValueError(
            f"denominators run from {sizes.min():g} to {sizes.max():g}: an np chart needs equal ones, use p_chart"
        )
    return Chart(
        "np", plain.values * size, plain.centre * size, plain.lower * size, plain.upper * size, plain.score,
        plain.side, plain.inflation, plain.layout, plain.constants,
    )  # fmt: skip


def u_chart(
    counts: ArrayLike,
    units: ArrayLike,
    *,
    phases: Sequence[Phase] = WHOLE,
    exclude: Sequence[int] = NONE,
    constants: Constants = EXACT,
    laney: bool = False,
) -> Chart:
    """The u chart of events per unit of exposure, or Laney's u' chart.

    Parameters
    ----------
    counts, units : array_like, shape (n,), >= 0
        Events, and exposure (catheter days, in thousands for a rate per thousand). A point is missing where either is
        NaN, or where the exposure is 0 (with no event).
    phases, exclude, constants, laney
        As `p_chart`.

    Returns
    -------
    Chart
        The lower limit is cut at 0.

    Raises
    ------
    ValueError
        A negative count or exposure; events without exposure; no event in a phase: no spread; bad phases.

    References
    ----------
    Montgomery, section 7.3. Laney DB (2002), Qual Eng 14: 531-537.
    """
    totals, exposure = _ratio(counts, units, names=("counts", "units"))
    how = _kernels.LANEY if laney else _kernels.POISSON
    return _charted("u'" if laney else "u", totals, exposure, how, phases, exclude, constants, low=0)


def c_chart(counts: ArrayLike, *, phases: Sequence[Phase] = WHOLE, exclude: Sequence[int] = NONE) -> Chart:
    """The c chart of numbers of events over equal exposure.

    Parameters
    ----------
    counts : array_like, shape (n,), >= 0
        NaN is a missing point.
    phases, exclude
        As in `lay`.

    Returns
    -------
    Chart
        The lower limit is cut at 0.

    Raises
    ------
    ValueError
        A negative count; no event in a phase: no spread; bad phases.

    References
    ----------
    Montgomery, section 7.3.
    """
    given = arguments.floats("counts", counts, low=0, missing=True)
    return _charted("c", given, None, _kernels.POISSON, phases, exclude, EXACT, low=0)


def g_chart(
    cases_between: ArrayLike,
    *,
    phases: Sequence[Phase] = WHOLE,
    exclude: Sequence[int] = NONE,
    constants: Constants = EXACT,
) -> Chart:
    """The g chart of cases between rare events.

    Parameters
    ----------
    cases_between : array_like, shape (n,), whole numbers >= 0
        Cases without the event before each event. NaN is a missing point.
    phases, exclude
        As in `lay`.
    constants : Constants
        Its centre line, "mean" or "median": the limits stand on the mean m, m -+ 3 sqrt(m (m + 1)); runs are judged
        about the line drawn.

    Returns
    -------
    Chart
        The lower limit is cut at 0, where it nearly always is: a g chart shows improvement by points above.

    Raises
    ------
    ValueError
        Values not whole or negative; fewer than two in a phase; all 0; bad phases.

    References
    ----------
    Benneyan JC (2001), Number-between g-type statistical quality control charts, Health Care Manag Sci 4: 305-318.
    """
    given = arguments.floats("cases_between", cases_between, low=0, whole=True, missing=True)
    layout = lay(len(given), phases, exclude)
    means, sigmas, lines = [], [], []
    for number, span in layout.spans():
        used = _used(given[span], layout, span, number, at_least=2)
        mean = float(np.mean(used))
        means.append(mean)
        sigmas.append(arguments.spread(f"cases_between of phases[{number}]", float(np.sqrt(mean * (mean + 1)))))
        lines.append(mean if constants.g_centre == "mean" else float(np.median(used)))
    return _drawn("g", given, None, layout, means, sigmas, constants, low=0, lines=lines)


def t_chart(
    times_between: ArrayLike,
    *,
    phases: Sequence[Phase] = WHOLE,
    exclude: Sequence[int] = NONE,
    constants: Constants = EXACT,
) -> Chart:
    """The t chart of times between rare events: individuals of the times raised to 1 / 3.6, drawn as times.

    Parameters
    ----------
    times_between : array_like, shape (n,), >= 0
        NaN is a missing point.
    phases, exclude
        As in `lay`.
    constants : Constants
        Its power, d2 and screening.

    Returns
    -------
    Chart
        Drawn in times; `score` is on the transformed scale. A lower limit below 0 there is drawn at 0.

    Raises
    ------
    ValueError
        A negative time; as `individuals`.

    References
    ----------
    Nelson LS (1994), A control chart for parts-per-million nonconforming items, J Qual Technol 26: 239-240.
    Montgomery, section 7.3.5.
    """
    given = arguments.floats("times_between", times_between, low=0, missing=True)
    power = constants.t_power
    roots = _charted("t", given ** (1 / power), None, _kernels.RANGES, phases, exclude, constants, low=0)
    return Chart(
        "t", given, roots.centre**power, roots.lower**power, roots.upper**power, roots.score, roots.side,
        roots.inflation, roots.layout, constants,
    )  # fmt: skip


def run_chart(values: ArrayLike, *, phases: Sequence[Phase] = WHOLE, exclude: Sequence[int] = NONE) -> Chart:
    """The run chart: values about their median, without limits.

    Parameters
    ----------
    values : array_like, shape (n,)
        NaN is a missing point.
    phases, exclude
        As in `lay`: the median is of the points that set limits.

    Returns
    -------
    Chart
        Its limits are infinite and its scores NaN: only the rules on runs and order can fire.

    Raises
    ------
    ValueError
        Values not numbers or infinite; a phase without a value; bad phases.

    References
    ----------
    Anhoej J, Olesen AV (2014), Run charts revisited, PLoS ONE 9: e113825.
    """
    given = arguments.floats("values", values, missing=True)
    layout = lay(len(given), phases, exclude)
    centre = np.empty(len(given))
    for number, span in layout.spans():
        centre[span] = np.median(_used(given[span], layout, span, number, at_least=1))
    nothing = np.full(len(given), np.nan)
    side = np.nan_to_num(np.sign(given - centre)).astype(np.int8)
    return Chart(
        "run", given, centre, np.full(len(given), -np.inf), np.full(len(given), np.inf), nothing, side,
        (1.0,) * len(layout.phases), layout, EXACT,
    )  # fmt: skip


def _ratio(
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    names: tuple[str, str] = ("numerators", "denominators"),
    low: float | None = 0,
) -> tuple[Floats, Floats]:
    """Totals and units, both NaN at a missing point."""
    totals = arguments.floats(names[0], numerators, low=low, missing=True)
    units = arguments.floats(names[1], denominators, low=0, missing=True)
    arguments.same_length(**{names[0]: totals, names[1]: units})
    impossible = (units == 0) & (totals != 0) & ~np.isnan(totals)
    if impossible.any():
        place = int(np.flatnonzero(impossible)[0])
        raise ValueError(f"{names[1]}[{place}] is 0 under {totals[place]:g} in {names[0]}")
    missing = np.isnan(totals) | np.isnan(units) | (units == 0)
    return np.where(missing, np.nan, totals), np.where(missing, np.nan, units)


def _used(values: Floats, layout: Layout, span: slice, number: int, *, at_least: int) -> Floats:
    used: Floats = values[layout.frozen[span] & ~layout.excluded[span] & ~np.isnan(values)]
    if len(used) < at_least:
        raise ValueError(f"phases[{number}] has {len(used)} point(s) that set limits: at least {at_least} needed")
    return used


def _charted(
    kind: str,
    totals: Floats,
    units: Floats | None,
    how: int,
    phases: Sequence[Phase],
    exclude: Sequence[int],
    constants: Constants,
    low: float = -np.inf,
    high: float = np.inf,
) -> Chart:
    """Limits by `level`, phase by phase."""
    layout = lay(len(totals), phases, exclude)
    use = layout.frozen & ~layout.excluded
    screen = constants.screen or 0.0
    centres, sigmas, inflation = [], [], []
    for number, span in layout.spans():
        own = np.empty(0) if units is None else units[span]
        centre, sigma, count, ranges = _kernels.level(totals[span], own, use[span], how, constants.d2, screen)
        if count < 2:
            raise ValueError(f"phases[{number}] has {count} point(s) that set limits: at least 2 needed")
        if how in (_kernels.RANGES, _kernels.LANEY) and ranges < 1:
            raise ValueError(f"phases[{number}] has no two neighbours that set limits: no moving range")
        sigmas.append(arguments.spread(f"phases[{number}]", float(sigma)))
        centres.append(arguments.number(f"centre of phases[{number}]", float(centre)))
        plain = sigma
        if how == _kernels.LANEY:
            plain = np.sqrt(centre * (1 - centre)) if kind == "p'" else np.sqrt(centre)
        inflation.append(float(sigma / plain))
    return _drawn(kind, totals, units, layout, centres, sigmas, constants, low, high, inflation=tuple(inflation))


def _drawn(
    kind: str,
    totals: Floats,
    units: Floats | None,
    layout: Layout,
    means: Sequence[float],
    sigmas: Sequence[float],
    constants: Constants,
    low: float = -np.inf,
    high: float = np.inf,
    *,
    lines: Sequence[float] | None = None,
    inflation: tuple[float, ...] | None = None,
) -> Chart:
    """A chart from the mean and the sigma of one unit of each phase; `lines` are drawn in place of the means."""
    values = totals if units is None else totals / units
    mean = np.asarray(means)[layout.phase]
    error = np.asarray(sigmas)[layout.phase]
    if units is not None:
        error = error / np.sqrt(units)
    line = mean if lines is None else np.asarray(lines)[layout.phase]
    side: NDArray[np.int8] = np.nan_to_num(np.sign(values - line)).astype(np.int8)
    return Chart(
        kind,
        values,
        line,
        np.clip(mean - 3 * error, low, high),
        np.clip(mean + 3 * error, low, high),
        (values - mean) / error,
        side,
        inflation or (1.0,) * len(sigmas),
        layout,
        constants,
    )
