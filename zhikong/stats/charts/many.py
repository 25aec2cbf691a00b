"""Charts of very many series at once: limits and rule flags of all the indicators of a province."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats import arguments
from zhikong.stats.arguments import Floats
from zhikong.stats.charts import _kernels
from zhikong.stats.charts.constants import EXACT, Constants
from zhikong.stats.charts.rules import NHS_MDC, RuleProfile, limits_for

KINDS = {
    "individuals": _kernels.RANGES, "normalised individuals": _kernels.RANGES, "p": _kernels.BINOMIAL,
    "u": _kernels.POISSON, "c": _kernels.POISSON, "p'": _kernels.LANEY, "u'": _kernels.LANEY,
}  # fmt: skip
WITHOUT_UNITS = ("individuals", "c")
JUDGED, TOO_FEW, NO_SPREAD = _kernels.JUDGED, _kernels.TOO_FEW, _kernels.NO_SPREAD


@dataclass(frozen=True, slots=True)
class ManyCharts:
    """Limits and flags of many series.

    kind : which chart
    centre : shape (series,), the centre lines
    sigma : shape (series,), of one unit: a point's limits are centre -+ 3 sigma / sqrt(units), cut where no value can be
    state : shape (series,), 0 judged; 1 too few points that set limits, centre and sigma are NaN; 2 no spread, sigma is 0
    flags : of the shape of the values, bit r where a point shows rule r; 0 at missing points and series not judged
    profile, constants : what they were judged by
    """

    kind: str
    centre: Floats
    sigma: Floats
    state: NDArray[np.int8]
    flags: NDArray[np.uint8]
    profile: RuleProfile
    constants: Constants


def many_charts(
    values: ArrayLike,
    units: ArrayLike | None = None,
    *,
    kind: str = "individuals",
    offsets: ArrayLike | None = None,
    freeze: int | None = None,
    constants: Constants = EXACT,
    profile: RuleProfile = NHS_MDC,
) -> ManyCharts:
    """Limits and rule flags of many series at once, equal to the charts made one by one.

    One series that cannot be judged does not stop the others: its `state` says why.

    Parameters
    ----------
    values : array_like, shape (series, n), or shape (points,) with `offsets`
        Individual values, counts, or numerators. NaN is a missing point.
    units : array_like, of the shape of `values`, >= 0
        Denominators or exposures, of every kind but "individuals" and "c"; NaN, or 0 with a numerator of 0, is a missing
        point.
    kind : str
        "individuals", "normalised individuals", "p", "u", "c", "p'" or "u'".
    offsets : array_like of int, shape (series + 1,), optional
        Ragged series: series s is values[offsets[s]:offsets[s + 1]]; from 0, rising, to the number of points.
    freeze : int, >= 2, optional
        The first points that set the limits of each series.
    constants : Constants
    profile : RuleProfile

    Returns
    -------
    ManyCharts

    Raises
    ------
    ValueError
        As the charts one by one, but for series too short and without spread; bad offsets.

    References
    ----------
    As the charts and `signals`.
    """
    how = KINDS[arguments.one_of("kind", kind, tuple(KINDS))]
    ragged = offsets is not None
    low = None if how == _kernels.RANGES else 0
    totals = arguments.floats("values", values, dimensions=1 if ragged else 2, low=low, missing=True)
    bounds = _offsets(offsets, totals)
    exposure = np.empty(0)
    if kind in WITHOUT_UNITS:
        if units is not None:
            raise ValueError(f"units are given: a chart of kind {kind!r} has none")
    else:
        if units is None:
            raise ValueError(f"units are missing: a chart of kind {kind!r} needs them")
        totals, exposure = _paired(totals, units, proportion=kind in ("p", "p'"))
    series = len(bounds) - 1
    longest = int(np.max(np.diff(bounds), initial=0))
    centre, sigma = np.empty(series), np.empty(series)
    state, flags = np.empty(series, dtype=np.int8), np.empty(totals.size, dtype=np.uint8)
    rules, zones = profile.table()
    frozen = 0 if freeze is None else min(arguments.count("freeze", freeze, low=2), max(longest, 2))
    _kernels.judge(
        totals.reshape(-1), exposure.reshape(-1), bounds, how, constants.d2, constants.screen or 0.0, frozen, longest,
        rules, zones, limits_for(longest, profile.rules), centre, sigma, state, flags,
    )  # fmt: skip
    return ManyCharts(kind, centre, sigma, state, flags.reshape(totals.shape), profile, constants)


def _offsets(offsets: ArrayLike | None, totals: Floats) -> NDArray[np.int64]:
    if offsets is None:
        return np.arange(totals.shape[0] + 1, dtype=np.int64) * totals.shape[1]
    bounds = arguments.floats("offsets", offsets, at_least=2, low=0, high=len(totals), whole=True).astype(np.int64)
    if bounds[0] != 0 or bounds[-1] != len(totals) or np.any(np.diff(bounds) < 0):
        raise ValueError(
            f"offsets run from {bounds[0]} to {bounds[-1]}: they must rise from 0 to {len(totals)}, the number of values"
        )
    return bounds


def _paired(totals: Floats, units: ArrayLike, *, proportion: bool) -> tuple[Floats, Floats]:
    exposure = arguments.floats("units", units, dimensions=totals.ndim, low=0, missing=True)
    if exposure.shape != totals.shape:
        raise ValueError(f"units have shape {exposure.shape} and values {totals.shape}: they must be equal")
    bad = (exposure == 0) & (totals != 0) & ~np.isnan(totals)
    if proportion:
        bad |= totals > exposure
    if bad.any():
        place = tuple(int(part) for part in np.argwhere(bad)[0])
        told = ", ".join(map(str, place))
        raise ValueError(f"values[{told}] is {totals[place]:g} with {exposure[place]:g} in units")
    missing = np.isnan(exposure) | (exposure == 0)
    if missing.any():
        totals, exposure = np.where(missing, np.nan, totals), np.where(missing, np.nan, exposure)
    return totals, exposure
