"""Moving statistics of patients' results, their control limits, and the alarms."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import Floats, count, floats, number, one_of, same_length
from zhikong.stats.patient import _kernels

OUTSIDE, MOVING, PER = ("exclude", "winsorise"), ("sliding", "block"), ("day", "result")


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to watch patients' results.

    `method` is "mean", "median", "ewma" or "sd" (n - 1) of `block` results. The weight of an EWMA is 2 / (block + 1), so
    that its results are as old on average as those of a block, unless `weight` (above 0, at most 1) is given.
    Results below `low` or above `high` are left out ("exclude") or set to the limit they pass ("winsorise"); a result
    equal to a limit is inside. `moving` is "sliding", a value after each accepted result once the block is full, or
    "block", a value after every `block` accepted results of their own. An EWMA starts at the in-control centre and
    plots from the first accepted result on ("sliding") or at every `block`th ("block").
    """

    method: str
    block: int
    low: float = -math.inf
    high: float = math.inf
    outside: str = "exclude"
    moving: str = "sliding"
    weight: float | None = None

    def __post_init__(self) -> None:
        one_of("method", self.method, _kernels.METHODS)
        count("block", self.block, low=2 if self.method == "sd" else 1)
        for name, limit, none in (("low", self.low, -math.inf), ("high", self.high, math.inf)):
            if not isinstance(limit, int | float) or limit != none:
                number(name, limit)
        if not self.low < self.high:
            raise ValueError(f"low is {self.low} and high is {self.high}: low must be below high")
        one_of("outside", self.outside, OUTSIDE)
        one_of("moving", self.moving, MOVING)
        if self.weight is not None:
            if self.method != "ewma":
                raise ValueError(f"weight is {self.weight}: only an EWMA has one, not {self.method!r}")
            number("weight", self.weight, above=0, high=1)


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """Plotted values, each with the index of the result after which it was plotted."""

    at: NDArray[np.int64]
    values: Floats


@dataclass(frozen=True, slots=True)
class Limits:
    """Control limits: a value below `lower` or above `upper` is an alarm, a value equal to a limit is not.

    `centre` is the in-control mean of the accepted results, at which an EWMA starts. `false_alarm_rate` is the share of
    the in-control days (or values, as `per` says) beyond the limits; it is never above the one asked for.
    """

    lower: float
    upper: float
    centre: float
    false_alarm_rate: float
    per: str


@dataclass(frozen=True, slots=True, eq=False)
class Monitored:
    """Plotted values, the index of the result after which each was plotted, and whether it is an alarm."""

    at: NDArray[np.int64]
    values: Floats
    alarm: NDArray[np.bool_]


def truncation_limits(history: ArrayLike, share: float) -> tuple[float, float]:
    """Limits that cut the given share of the history off each end.

    Parameters
    ----------
    history : array_like, shape (n,)
        In-control results.
    share : float, 0 <= share < 0.5
        0 cuts nothing: the limits are infinite.

    Returns
    -------
    tuple of float
        The interpolated quantiles at `share` and 1 - `share` (linear between order statistics).

    Raises
    ------
    ValueError
        A share outside its bounds; limits that coincide.

    References
    ----------
    Badrick T, et al. Clin Chem 2019;65:962-971 (IFCC recommendation on PBRTQC), truncation limits.
    """
    values = floats("history", history)
    share = number("share", share, low=0, below=0.5)
    if share == 0:
        return -math.inf, math.inf
    low, high = (float(limit) for limit in np.quantile(values, [share, 1 - share]))
    if low == high:
        raise ValueError(f"share is {share:g}: both truncation limits are {low:g}")
    return low, high


def settings_grid(
    history: ArrayLike,
    *,
    methods: Iterable[str] = _kernels.METHODS,
    blocks: Iterable[int] = (10, 20, 30, 50, 75, 100, 150, 200),
    shares: Iterable[float] = (0.0, 0.01, 0.05, 0.10),
    outside: Iterable[str] = OUTSIDE,
    moving: Iterable[str] = ("sliding",),
) -> tuple[Setting, ...]:
    """Every combination of the given choices, for `simulate`.

    Parameters
    ----------
    history : array_like, shape (n,)
        In-control results, for the truncation limits.
    methods, blocks, outside, moving : iterable
        As in `Setting`.
    shares : iterable of float
        Truncation on each side, as in `truncation_limits`. With 0 nothing is outside: that combination comes once.

    Returns
    -------
    tuple of Setting

    Raises
    ------
    ValueError
        An empty choice, or one that `Setting` or `truncation_limits` refuses.

    References
    ----------
    Bietenbeck A, et al. Clin Chem 2020;66:1072-1083, the parameters varied there.
    """
    limits = [truncation_limits(history, share) for share in shares]
    ways = tuple(outside)
    tails = [
        (low, high, way)
        for low, high in limits
        for way in (ways if math.isfinite(low) or math.isfinite(high) else ways[:1])
    ]
    grid = tuple(
        Setting(method, block, low, high, way, kind)
        for method in methods
        for kind in moving
        for block in tuple(blocks)
        for low, high, way in tails
    )
    if not grid:
        raise ValueError("methods, blocks, shares, outside and moving must each have at least one choice")
    return grid


def moving_statistic(results: ArrayLike, setting: Setting, *, centre: float | None = None) -> Moving:
    """The plotted values of a series of results.

    Parameters
    ----------
    results : array_like, shape (n,)
        Patients' results in the order of measurement, in one unit. Drop missing results first.
    setting : Setting
        Method, block, truncation.
    centre : float, optional
        Where an EWMA starts; the mean of the accepted results if not given. No other method depends on it.

    Returns
    -------
    Moving
        Empty where the series is too short for a value.

    Raises
    ------
    ValueError
        A result not finite; no accepted result to take the centre from.

    References
    ----------
    Badrick T, et al. Clin Chem 2019;65:962-971. For the EWMA: Roberts SW. Technometrics 1959;1:239-250.
    """
    values = floats("results", results)
    centre = centre_of(values, setting) if centre is None else number("centre", centre)
    whole, real = rows_of([setting], [centre])
    plotted = np.empty(values.size)
    _kernels.walk(values, whole[0], real[0], plotted)
    at = np.flatnonzero(~np.isnan(plotted))
    return Moving(at, plotted[at])


def control_limits(
    results: ArrayLike,
    setting: Setting,
    *,
    false_alarm_rate: float,
    per: str = "day",
    day: ArrayLike | None = None,
) -> Limits:
    """Control limits from in-control results, for a chosen false-alarm rate, half of it on each side.

    Parameters
    ----------
    results : array_like, shape (n,)
        In-control results in the order of measurement.
    setting : Setting
        Method, block, truncation.
    false_alarm_rate : float
        Share of days with at least one false alarm, or share of plotted values that are false alarms.
    per : {"day", "result"}
        "day": percentiles of the daily extremes, so that the rate is what the laboratory lives with. "result":
        percentiles of all plotted values.
    day : array_like of int, shape (n,)
        The day of each result, never falling; for `per="day"`. The statistic runs on over midnight.

    Returns
    -------
    Limits
        With m days (values), k = floor(rate / 2 x m) of them may lie beyond each limit: the lower limit is the
        (k + 1)th smallest daily minimum, the upper the (k + 1)th largest daily maximum. With fewer than 2 / rate of
        them, k is 0 and the limits are the extremes seen.

    Raises
    ------
    ValueError
        A rate outside 0 to 1, days missing or falling, nothing plotted.

    References
    ----------
    Bietenbeck A, et al. Clin Chem 2020;66:1072-1083 ("percentiles of daily extremes").
    Badrick T, et al. Clin Chem 2019;65:962-971.
    """
    rate = number("false_alarm_rate", false_alarm_rate, above=0, below=1)
    one_of("per", per, PER)
    values = floats("results", results)
    centre = centre_of(values, setting)
    moving = moving_statistic(values, setting, centre=centre)
    if moving.at.size == 0:
        raise ValueError(f"results has {values.size} value(s): too few for a block of {setting.block}")
    lows = highs = moving.values
    if per == "day":
        if day is None:
            raise ValueError("day is None: it is needed for a false-alarm rate per day")
        days = floats("day", day, whole=True)
        same_length(results=values, day=days)
        if (np.diff(days) < 0).any():
            raise ValueError(f"day falls at index {int(np.argmax(np.diff(days) < 0)) + 1}: results must be in order")
        first = np.flatnonzero(np.diff(days[moving.at], prepend=-math.inf))
        lows, highs = np.minimum.reduceat(moving.values, first), np.maximum.reduceat(moving.values, first)
    may = allowed_beyond(rate, lows.size)
    lower, upper = float(np.partition(lows, may)[may]), float(-np.partition(-highs, may)[may])
    beyond = float(np.mean((lows < lower) | (highs > upper)))
    return Limits(lower, upper, centre, beyond, per)


def monitor(results: ArrayLike, setting: Setting, limits: Limits) -> Monitored:
    """The plotted values of a series of results, and which of them are alarms.

    Parameters
    ----------
    results : array_like, shape (n,)
        Patients' results in the order of measurement.
    setting : Setting
        As the limits were made for.
    limits : Limits
        From `control_limits`, or a laboratory's own.

    Returns
    -------
    Monitored
        A value equal to a limit is not an alarm.

    Raises
    ------
    ValueError
        A result not finite.

    References
    ----------
    Badrick T, et al. Clin Chem 2019;65:962-971.
    """
    moving = moving_statistic(results, setting, centre=limits.centre)
    return Monitored(moving.at, moving.values, (moving.values < limits.lower) | (moving.values > limits.upper))


def centre_of(values: Floats, setting: Setting) -> float:
    """The mean of the results as the setting accepts them.

    Parameters
    ----------
    values : array, shape (n,)
        Results.
    setting : Setting
        Truncation.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        No result inside the truncation limits.

    References
    ----------
    None: a definition of this module.
    """
    if setting.outside == "winsorise":
        return float(np.mean(np.clip(values, setting.low, setting.high)))
    inside = values[(values >= setting.low) & (values <= setting.high)]
    if inside.size == 0:
        raise ValueError(f"results has no value between {setting.low:g} and {setting.high:g}")
    return float(inside.mean())


def rows_of(settings: Iterable[Setting], centres: Iterable[float]) -> tuple[NDArray[np.int64], Floats]:
    """Settings as the kernels read them.

    Parameters
    ----------
    settings : iterable of Setting
        In order.
    centres : iterable of float
        One a setting.

    Returns
    -------
    tuple of array
        Whole numbers and real numbers, a row a setting.

    Raises
    ------
    ValueError
        Unequal lengths.

    References
    ----------
    None: a convenience of this module.
    """
    pairs = list(zip(settings, centres, strict=True))
    whole = [
        (_kernels.METHODS.index(each.method), each.block, each.moving == "sliding", each.outside == "winsorise")
        for each, _ in pairs
    ]
    real = [
        (2 / (each.block + 1) if each.weight is None else each.weight, centre, each.low, each.high)
        for each, centre in pairs
    ]
    return np.array(whole, dtype=np.int64), np.array(real, dtype=np.float64)


def allowed_beyond(rate: float, many: int) -> int:
    """How many of `many` in-control days may lie beyond one limit: floor(rate / 2 x many), rounding forgiven.

    Parameters
    ----------
    rate : float
        False-alarm rate, both sides together.
    many : int
        Days, or values.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        Never: the arguments are checked by the callers.

    References
    ----------
    None: a definition of this module.
    """
    return math.floor(rate / 2 * many + 1e-9)
