"""The search for settings: simulated days, with and without a bias, drawn from the laboratory's own history."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import Floats, count, floats, number, one_of
from zhikong.stats.patient import _kernels
from zhikong.stats.patient.monitoring import PER, Setting, allowed_beyond, centre_of, rows_of

DAYS_AT_ONCE = 64  # what is held in memory, whatever the number of days


@dataclass(frozen=True, slots=True)
class Detection:
    """How soon a bias is found, in patients from its onset to the first alarm, that patient included.

    `detected` is the share of days on which it was found. `average` (ANPed) counts a day without an alarm with all its
    patients, so it is a lower bound when `detected` is below 1. `median` (MNPed) and `p95` are the smallest numbers of
    patients by which half and 95 % of the days had an alarm; infinite when fewer had one at all.
    """

    bias: float
    detected: float
    average: float
    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Performance:
    """A setting with its limits, the false-alarm rates on days not used for the limits, and its detections.

    `days_with_false_alarm` is a share of days, `false_alarms_per_result` a share of the plotted values.
    """

    setting: Setting
    lower: float
    upper: float
    centre: float
    days_with_false_alarm: float
    false_alarms_per_result: float
    detections: tuple[Detection, ...]

    @property
    def average(self) -> float:
        """Mean over the biases of the average number of patients to detection."""
        return math.fsum(each.average for each in self.detections) / len(self.detections)


def simulate(
    history: ArrayLike,
    settings: Sequence[Setting],
    biases: ArrayLike,
    *,
    false_alarm_rate: float,
    seed: int,
    per: str = "day",
    bias: str = "proportional",
    days: int = 1000,
    patients: int = 500,
    warm_up: int | None = None,
    draw: str = "stretches",
) -> tuple[Performance, ...]:
    """Limits at a chosen false-alarm rate and patients to detection, for many settings on the same simulated days.

    Each setting gets its limits from `days` in-control days. Then `days` new days are drawn: on each the statistic
    runs over a warm-up, the bias begins, and the patients until the first alarm are counted.

    Parameters
    ----------
    history : array_like, shape (n,), n >= patients
        In-control results of the laboratory, in the order of measurement.
    settings : sequence of Setting
        What to compare, as from `settings_grid`.
    biases : array_like, shape (b,)
        None of them 0. Proportional: 0.05 is + 5 %; constant: in the unit of the history.
    false_alarm_rate : float
        As in `control_limits`, of which the rule for the limits is taken.
    seed : int
        The same seed gives the same days and the same results, compiled or not.
    per : {"day", "result"}
        What the rate counts.
    bias : {"proportional", "constant"}
        value x (1 + bias), or value + bias.
    days, patients : int
        Simulated days, and patients a day.
    warm_up : int, optional
        Results before the patients of the day, in control, that fill the block; twice the largest block if not given.
    draw : {"stretches", "results"}
        A day is a stretch of the history from a random place, so that the order of a working day is kept (the end is
        joined to the beginning), or results drawn singly, with replacement.

    Returns
    -------
    tuple of Performance
        In the order of the settings.

    Raises
    ------
    ValueError
        An argument outside its bounds; a history shorter than a day; a bias of 0; a setting that plots nothing.

    Notes
    -----
    Memory does not grow with the days: 64 of them are held, with two counts of days a setting and bias
    (8 x settings x (biases + 1) x (patients + 1) bytes) and the extreme values that the limits need
    (16 x settings x rate / 2 x days bytes; with `per="result"` times `patients`). Time is proportional to settings x
    days x patients, over all cores.

    References
    ----------
    Badrick T, et al. Clin Chem 2019;65:962-971; Loh TP, et al. Clin Chem Lab Med 2020;58:1205-1213 (performance
    verification); Ng D, et al. Clin Chem 2016;62:1361-1371 (ANPed by simulated annealing);
    Bietenbeck A, et al. Clin Chem 2020;66:1072-1083 (limits from daily extremes).
    """
    values = floats("history", history)
    errors = floats("biases", biases)
    if (errors == 0).any():
        raise ValueError("biases has a 0: the days without bias are simulated in any case")
    rate = number("false_alarm_rate", false_alarm_rate, above=0, below=1)
    one_of("per", per, PER)
    one_of("bias", bias, ("proportional", "constant"))
    one_of("draw", draw, ("stretches", "results"))
    seed, days = count("seed", seed), count("days", days, low=1)
    patients = count("patients", patients, low=1)
    if not settings:
        raise ValueError("settings is empty")
    before = 2 * max(each.block for each in settings) if warm_up is None else count("warm_up", warm_up)
    if values.size < patients:
        raise ValueError(f"history has {values.size} value(s): at least a day of {patients} is needed")

    centres = [centre_of(values, each) for each in settings]
    order = _balanced(settings)
    whole, real = rows_of([settings[index] for index in order], [centres[index] for index in order])

    many = days * patients if per == "result" else days
    low = np.full((len(order), allowed_beyond(rate, many) + 1), np.inf)
    high, offered = low.copy(), np.zeros(len(order), dtype=np.int64)
    for chunk in _drawn(values, days, before + patients, draw, np.random.default_rng([seed, 0])):
        _kernels.calibrate(chunk, before, whole, real, int(per == "result"), low, high, offered)
    limits = np.empty((len(order), 2))
    for row in range(len(order)):
        if offered[row] == 0:
            raise ValueError(f"settings[{order[row]}] is {settings[order[row]]}: it plots nothing on {days} day(s)")
        may = allowed_beyond(rate, int(offered[row]))
        limits[row] = np.sort(low[row])[may], -np.sort(high[row])[may]

    none_first, nothing = np.concatenate([[0.0], errors]), np.zeros(errors.size + 1)
    factors, shifts = (1 + none_first, nothing) if bias == "proportional" else (nothing + 1, none_first)
    found = np.zeros((len(order), none_first.size, patients + 1), dtype=np.int64)
    beyond = np.zeros((len(order), 2), dtype=np.int64)
    for chunk in _drawn(values, days, before + patients, draw, np.random.default_rng([seed, 1])):
        _kernels.detect(chunk, before, whole, real, limits, factors, shifts, found, beyond)

    performances: dict[int, Performance] = {}
    for row, index in enumerate(order):
        performances[index] = Performance(
            settings[index],
            float(limits[row, 0]),
            float(limits[row, 1]),
            centres[index],
            1 - float(found[row, 0, 0]) / days,
            float(beyond[row, 1]) / max(int(beyond[row, 0]), 1),
            tuple(_detection(error, found[row, 1 + number]) for number, error in enumerate(errors.tolist())),
        )
    return tuple(performances[index] for index in range(len(settings)))


def rank_settings(
    performances: Iterable[Performance], *, most_days_with_false_alarm: float | None = None
) -> tuple[Performance, ...]:
    """The settings from best to worst: fewest patients to detection on average over the biases.

    Parameters
    ----------
    performances : iterable of Performance
        From one `simulate`.
    most_days_with_false_alarm : float, optional
        Leave out settings whose false-alarm rate on the new days is above this share of days.

    Returns
    -------
    tuple of Performance
        By the mean of the ANPed over the biases, each bias counting alike; equal ones in the order given.

    Raises
    ------
    ValueError
        A share outside 0 to 1.

    References
    ----------
    Ng D, et al. Clin Chem 2016;62:1361-1371. Badrick T, et al. Clin Chem 2019;65:962-971.
    """
    chosen = list(performances)
    if most_days_with_false_alarm is not None:
        most = number("most_days_with_false_alarm", most_days_with_false_alarm, low=0, high=1)
        chosen = [each for each in chosen if each.days_with_false_alarm <= most]
    return tuple(sorted(chosen, key=lambda each: each.average))


def _drawn(values: Floats, days: int, length: int, draw: str, rng: np.random.Generator) -> Iterator[Floats]:
    for first in range(0, days, DAYS_AT_ONCE):
        many = min(DAYS_AT_ONCE, days - first)
        if draw == "results":
            places = rng.integers(values.size, size=(many, length))
        else:
            places = (rng.integers(values.size, size=(many, 1)) + np.arange(length)) % values.size
        yield values[places]


def _balanced(settings: Sequence[Setting]) -> list[int]:
    """An order in which any equal parts have like amounts of work: a core is given a part in a piece."""
    work = [each.block * (each.method == "median") for each in settings]
    ranked = sorted(range(len(settings)), key=lambda index: work[index])
    return [index for first in range(8) for index in ranked[first::8]]


def _detection(bias: float, found: NDArray[np.int64]) -> Detection:
    """From the number of days found after 1, 2, ... patients, and never (in the place of 0)."""
    days, patients = int(found.sum()), found.size - 1
    by = np.cumsum(found[1:])
    total = int(np.sum(found[1:] * np.arange(1, patients + 1))) + int(found[0]) * patients

    def reached(share: float) -> float:
        enough = by >= share * days - 1e-9
        return float(np.argmax(enough) + 1) if enough.any() else math.inf

    return Detection(bias, float(by[-1]) / days, total / days, reached(0.5), reached(0.95))
