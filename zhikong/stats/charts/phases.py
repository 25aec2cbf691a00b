"""Where a series has limits of its own, and which of its points set them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhikong.stats import arguments


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a series with limits of its own, up to where the next phase starts.

    start : place of its first point
    reason : why limits begin anew here; demanded of every phase but the first
    freeze : its limits come from this many first points (missing and excluded ones counted); None takes all
    """

    start: int = 0
    reason: str = ""
    freeze: int | None = None


WHOLE: tuple[Phase, ...] = (Phase(),)


@dataclass(frozen=True, slots=True)
class Layout:
    """Phases laid over a series.

    phases : as given
    phase : number of the phase of each point
    frozen : whether the point lies in the stretch that sets its phase's limits
    excluded : whether it was excluded
    """

    phases: tuple[Phase, ...]
    phase: NDArray[np.int64]
    frozen: NDArray[np.bool_]
    excluded: NDArray[np.bool_]

    def spans(self) -> Iterator[tuple[int, slice]]:
        """Each phase's number and its stretch."""
        starts = [phase.start for phase in self.phases] + [len(self.phase)]
        for number in range(len(self.phases)):
            yield number, slice(starts[number], starts[number + 1])


def lay(points: int, phases: Sequence[Phase] = WHOLE, exclude: Sequence[int] = ()) -> Layout:
    """Lay phases over a series and take out excluded points.

    Parameters
    ----------
    points : int
        Length of the series, 1 or more.
    phases : sequence of Phase
        In order; the first starts at 0.
    exclude : sequence of int
        Places, from 0, of points that are drawn and judged against the limits but do not set them, and over which
        runs, trends and windows step.

    Returns
    -------
    Layout

    Raises
    ------
    ValueError
        No point, no phase, phases out of order or outside the series, a rebase without a reason, a freeze below 2, a place
        outside the series.

    References
    ----------
    NHS England, Making Data Count: rebase only with a known reason. Montgomery, section 6.2 (excluded samples).
    """
    points = arguments.count("points", points, low=1)
    if len(phases) == 0:
        raise ValueError("phases is empty: at least one is needed")
    phase = np.zeros(points, dtype=np.int64)
    frozen = np.zeros(points, dtype=bool)
    previous = -1
    for number, each in enumerate(phases):
        if not isinstance(each, Phase):
            raise ValueError(f"phases[{number}] is {each!r}: a Phase is needed")
        start = arguments.count(f"phases[{number}].start", each.start, high=points - 1)
        if number == 0 and start != 0:
            raise ValueError(f"phases[0].start is {start}: the first phase starts at 0")
        if start <= previous:
            raise ValueError(f"phases[{number}].start is {start}: it must be after {previous}")
        if number and not each.reason.strip():
            raise ValueError(f"phases[{number}].reason is {each.reason!r}: a rebase needs a reason")
        freeze = points if each.freeze is None else arguments.count(f"phases[{number}].freeze", each.freeze, low=2)
        phase[start:] = number
        frozen[start:] = False
        frozen[start : start + freeze] = True
        previous = start
    excluded = np.zeros(points, dtype=bool)
    if len(exclude):
        places = arguments.floats("exclude", exclude, low=0, high=points - 1, whole=True)
        excluded[places.astype(np.int64)] = True
    return Layout(tuple(phases), phase, frozen, excluded)
