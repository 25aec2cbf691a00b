"""Anhoej's rules on runs: the longest run and the number of crossings that chance allows."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from zhikong.stats import arguments
from zhikong.stats.charts.chart import Chart


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one phase about its centre line.

    useful : points that are neither missing, nor excluded, nor on the centre line
    longest, longest_limit : the longest run on one side, and the longest that is not unusual
    crossings, crossings_limit : how often the series crosses the line, and the fewest that is not unusual
    """

    useful: int
    longest: int
    longest_limit: int
    crossings: int
    crossings_limit: int

    @property
    def signal(self) -> bool:
        """Whether the phase is not random: a run longer, or crossings fewer, than the limits."""
        return self.longest > self.longest_limit or self.crossings < self.crossings_limit


def longest_run_limit(useful: int) -> int:
    """The longest run that is not unusual: log2(n) + 3, rounded to the nearest whole number.

    Parameters
    ----------
    useful : int, >= 1
        Points not on the centre line.

    Returns
    -------
    int
        A run of this length is no signal; one longer is.

    Raises
    ------
    ValueError
        Fewer than one point.

    References
    ----------
    Anhoej J, Olesen AV (2014), Run charts revisited, PLoS ONE 9: e113825; after Schilling MF (2012), The surprising
    predictability of long runs.
    """
    return round(math.log2(arguments.count("useful", useful, low=1)) + 3)


def crossings_limit(useful: int) -> int:
    """The fewest crossings that are not unusual: the lower 5 % point of a binomial of n - 1 and one half.

    Parameters
    ----------
    useful : int, >= 1
        Points not on the centre line.

    Returns
    -------
    int
        This many crossings are no signal; one fewer is. 0 for n <= 5: then no number of crossings is a signal.

    Raises
    ------
    ValueError
        Fewer than one point.

    References
    ----------
    Anhoej J, Olesen AV (2014), PLoS ONE 9: e113825; after Chen Z (2010), A note on the runs test.
    """
    return _fewest_crossings(arguments.count("useful", useful, low=1) - 1)


@lru_cache(maxsize=4096)
def _fewest_crossings(trials: int) -> int:
    low, high = -1, trials  # P(X <= low) < 0.05 <= P(X <= high)
    while high - low > 1:
        middle = (low + high) // 2
        if bdtr(middle, trials, 0.5) >= 0.05:
            high = middle
        else:
            low = middle
    return high


def run_limits(longest: int) -> NDArray[np.int64]:
    """Both limits for every number of useful points up to one.

    Parameters
    ----------
    longest : int, >= 0

    Returns
    -------
    ndarray, shape (longest + 1, 2)
        Row n: the limits of n useful points; row 0 is 0, 0 and never a signal.

    Raises
    ------
    ValueError
        A negative number.

    References
    ----------
    As `longest_run_limit` and `crossings_limit`.
    """
    table = np.zeros((arguments.count("longest", longest) + 1, 2), dtype=np.int64)
    for useful in range(1, longest + 1):
        table[useful] = longest_run_limit(useful), crossings_limit(useful)
    return table


def runs(chart: Chart) -> tuple[Runs, ...]:
    """Anhoej's analysis of each phase of a chart, of a run chart or a control chart.

    Parameters
    ----------
    chart : Chart

    Returns
    -------
    tuple of Runs
        One a phase. Missing and excluded points, and points on the line, are left out: neither counted nor broken at.

    Raises
    ------
    ValueError
        A phase without a point off the centre line.

    References
    ----------
    Anhoej J, Olesen AV (2014), PLoS ONE 9: e113825; Anhoej J (2015), PLoS ONE 10: e0121349.
    """
    found = []
    for number, _ in enumerate(chart.layout.phases):
        side = chart.side[(chart.layout.phase == number) & ~chart.layout.excluded]
        side = side[side != 0]
        if len(side) == 0:
            raise ValueError(f"phases[{number}] has no point off its centre line: there are no runs to judge")
        turns = np.flatnonzero(np.diff(side)) + 1
        lengths = np.diff(np.concatenate(([0], turns, [len(side)])))
        found.append(
            Runs(
                useful=len(side),
                longest=int(lengths.max()),
                longest_limit=longest_run_limit(len(side)),
                crossings=len(turns),
                crossings_limit=crossings_limit(len(side)),
            )
        )
    return tuple(found)
