"""Q method and Hampel estimator: robust against many outliers, and indifferent to many equal results."""

import itertools
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhikong.stats import arguments
from zhikong.stats.arguments import Floats
from zhikong.stats.robust.estimates import RobustEstimate

Whole = NDArray[np.int64]
KNOTS = (-4.5, -3.0, -1.5, 1.5, 3.0, 4.5)  # where Hampel's function bends, in standard deviations


def q_method(values: ArrayLike, laboratories: ArrayLike | None = None, *, ties: str = "decimal") -> float:
    """Robust standard deviation by the Q method.

    It rests on the differences between results of different laboratories: the quarter of them that is smallest. Time
    grows as n log n and memory as n: the differences are counted, never listed.

    Parameters
    ----------
    values : array_like, shape (n,)
        Results, in one unit, of at least 2 laboratories. Drop missing results first.
    laboratories : array_like of int, shape (n,), optional
        The laboratory of each result, where some gave several; the result is then the reproducibility standard
        deviation. Each laboratory has the same weight. Without it each result is a laboratory's.
    ties : {"decimal", "binary"}
        "decimal": differences within the rounding of binary numbers of each other are one, as on paper, where
        0.3 - 0.2 equals 0.2 - 0.1. "binary": only differences of the same bits are one, as in programs that leave
        this to chance; where many results are reported with few digits s* can differ by a per cent.

    Returns
    -------
    float
        s*, in the unit of `values`.

    Raises
    ------
    ValueError
        Fewer than 2 laboratories, unequal lengths, a value not finite, an unknown rule for ties, or all results equal.

    References
    ----------
    ISO 13528:2022, Annex C.5.2, Q method, as transcribed in open implementations; Uhlig S, Henschel P (1997), Fresenius'
    Journal of Analytical Chemistry 358, 761-766; DIN 38402-45. The counting follows Croux C, Rousseeuw P J (1992),
    Computational Statistics 1, 411-428: sorted rows, never the matrix.
    """
    results, codes, _ = _read(values, laboratories)
    arguments.one_of("ties", ties, ("decimal", "binary"))
    differences = _Differences(results, codes, rounding=ties == "decimal")
    total, zero = differences.total, differences.weight(0.0, inclusive=True)
    if zero >= total:
        raise ValueError("values has no spread: all results are equal")
    wanted = (total + 3 * zero) / 4  # where G1 is 0.25 + 0.75 H1(0)
    middle = differences.smallest(wanted)
    before = differences.weight(middle, inclusive=False)
    after = differences.weight(middle, inclusive=True)
    # G1 at a difference is halfway up the step of H1 there, and a straight line between two of them.
    height = (before + after) / 2
    if height >= wanted:
        end, top = middle, height
        start, base = 0.0, 0.0
        if before > zero:
            start = differences.smallest(before)
            base = (differences.weight(start, inclusive=False) + before) / 2
    else:
        start, base = middle, height
        end = differences.smallest(after, beyond=True)
        top = (after + differences.weight(end, inclusive=True)) / 2
    quantile = start + (end - start) * (wanted - base) / (top - base)
    return quantile / (math.sqrt(2) * float(special.ndtri(0.625 + 0.375 * zero / total)))


def hampel(values: ArrayLike, sd: float) -> float:
    """Robust mean by Hampel's estimator, found exactly in a finite number of steps.

    Results within 1.5 s* of x* count in full, those farther less and less, those beyond 4.5 s* not at all. Of several
    solutions the one nearest to the median is taken; of two equally near, or none, the median itself.

    Parameters
    ----------
    values : array_like, shape (n,), n >= 2
        One result, or mean of replicates, per laboratory.
    sd : float, sd > 0
        Robust standard deviation, in the unit of `values`; s* of the Q method.

    Returns
    -------
    float
        x*, in the unit of `values`.

    Raises
    ------
    ValueError
        Fewer than 2 values, a value not finite, or sd not above 0.

    References
    ----------
    ISO 13528:2022, Annex C.5.3, Hampel estimator, finite step algorithm, as transcribed in open implementations.
    """
    results = np.sort(arguments.floats("values", values, at_least=2))
    sd = arguments.number("sd", sd, above=0)
    median = float(np.median(results))
    results = results - median
    nodes = np.sort(np.concatenate([results + knot * sd for knot in KNOTS]))
    pull = _pull(results, nodes, sd)
    pull[np.abs(pull) <= 1e-12 * results.size] = 0.0
    crossing = np.flatnonzero(pull[:-1] * pull[1:] < 0)
    share = pull[crossing] / (pull[crossing] - pull[crossing + 1])
    solutions = np.concatenate([nodes[pull == 0.0], nodes[crossing] + share * (nodes[crossing + 1] - nodes[crossing])])
    if not solutions.size:
        return median
    distance = np.abs(solutions)
    near = solutions[distance <= distance.min() + 1e-12 * sd]
    return median if float(np.ptp(near)) > 1e-9 * sd else median + float(near[0])


def q_hampel(values: ArrayLike, laboratories: ArrayLike | None = None, *, ties: str = "decimal") -> RobustEstimate:
    """Robust mean and standard deviation by Q method and Hampel estimator.

    Parameters
    ----------
    values : array_like, shape (n,)
        Results, in one unit, of at least 2 laboratories. Drop missing results first.
    laboratories : array_like of int, shape (n,), optional
        The laboratory of each result, where some gave several; the mean is then taken over the laboratories' means.
    ties : {"decimal", "binary"}
        See `q_method`.

    Returns
    -------
    RobustEstimate
        In the unit of `values`; `n` is the number of laboratories.

    Raises
    ------
    ValueError
        As `q_method`.

    References
    ----------
    ISO 13528:2022, Annex C.5.4, Q/Hampel method, as transcribed in open implementations.
    """
    results, codes, laboratory_count = _read(values, laboratories)
    sd = q_method(results, None if laboratories is None else codes, ties=ties)
    if laboratories is not None:
        results = np.bincount(codes, weights=results) / np.bincount(codes)
    return RobustEstimate(hampel(results, sd), sd, laboratory_count)


def _read(values: ArrayLike, laboratories: ArrayLike | None) -> tuple[Floats, Whole, int]:
    results = arguments.floats("values", values, at_least=2)
    if laboratories is None:
        return results, np.arange(results.size), results.size
    given = arguments.floats("laboratories", laboratories, whole=True)
    arguments.same_length(values=results, laboratories=given)
    distinct, codes = np.unique(given, return_inverse=True)
    if distinct.size < 2:
        raise ValueError(f"laboratories has only {distinct[0]:g}: at least 2 laboratories are needed")
    return results, codes.astype(np.int64), distinct.size


class _Differences:
    """The absolute differences between results of different laboratories, each with the weight 1 / (n_i n_k).

    Row i of the differences of sorted results, those to the results after it, is sorted too; so what lies below a bound
    is one search a row.
    """

    def __init__(self, results: Floats, codes: Whole, *, rounding: bool) -> None:
        order = np.argsort(results, kind="stable")
        self.results, codes = results[order], codes[order]
        self.places = np.arange(results.size)
        counts = np.bincount(codes)
        multiple = math.lcm(*(int(number) for number in np.unique(counts)))
        # Whole weights make their sums exact, so that equality with the wanted weight is seen.
        self.weights = (multiple if multiple <= 2**20 else 1.0) / counts[codes]
        self.sums = np.concatenate(([0.0], np.cumsum(self.weights)))
        self.rounding = rounding
        self.typical = float(np.median(np.abs(results)))
        self.replicated = bool((counts > 1).any())
        if self.replicated:  # the places of each laboratory's results, laboratory by laboratory
            self.offsets = codes * (results.size + 1)
            self.keys = np.sort(self.offsets + self.places)
            self.own = np.searchsorted(self.keys, self.offsets + self.places, "right")
        self.total = self._weigh(np.full(results.size, results.size))

    def weight(self, bound: float, *, inclusive: bool) -> float:
        """The weight of the differences below the bound, or up to it."""
        return self._weigh(self._ends(bound, inclusive))

    def smallest(self, weight: float, *, beyond: bool = False) -> float:
        """The smallest difference up to which the weight reaches the given one, or passes it."""
        begin, end = self.places + 1, np.full(self.places.size, self.places.size)
        while True:
            rows = np.flatnonzero(begin < end)
            lengths = end[rows] - begin[rows]
            # The weighted median of the rows' medians: at least a quarter of the candidates falls away.
            medians = self.results[begin[rows] + lengths // 2] - self.results[rows]
            order = np.argsort(medians)
            passed = np.cumsum(lengths[order])
            pivot = float(medians[order[np.searchsorted(passed, passed[-1] / 2)]])
            below, upto = self._ends(pivot, False), self._ends(pivot, True)
            if self._reaches(below, weight, beyond):
                end = np.minimum(end, below)
            elif self._reaches(upto, weight, beyond):
                return pivot
            else:
                begin = np.maximum(begin, upto)

    def _reaches(self, ends: Whole, weight: float, beyond: bool) -> bool:
        reached = self._weigh(ends)
        return reached > weight if beyond else reached >= weight

    def _ends(self, bound: float, inclusive: bool) -> Whole:
        """For each row the end of the differences below the bound, or up to it."""
        reach = self.results + bound
        if self.rounding:
            slack = (
                4 * np.finfo(np.float64).eps * np.maximum(np.maximum(np.abs(self.results), np.abs(reach)), self.typical)
            )
            reach += slack if inclusive else -slack
        ends = np.searchsorted(self.results, reach, "right" if inclusive else "left")
        ends = np.maximum(ends, self.places + 1)
        if not self.rounding:
            self._correct(ends, bound, inclusive)
        return ends

    def _correct(self, ends: Whole, bound: float, inclusive: bool) -> None:
        """Move ends found by sums to where the differences themselves, each rounded once, have them."""
        inside = np.less_equal if inclusive else np.less
        last = self.places.size - 1
        while (short := (ends <= last) & inside(self.results[np.minimum(ends, last)] - self.results, bound)).any():
            ends[short] = np.searchsorted(self.results, self.results[ends[short]], "right")
        while (long := (ends > self.places + 1) & ~inside(self.results[ends - 1] - self.results, bound)).any():
            ends[long] = np.maximum(np.searchsorted(self.results, self.results[ends[long] - 1]), self.places[long] + 1)

    def _weigh(self, ends: Whole) -> float:
        """The weight of the pairs of different laboratories in the rows up to `ends`."""
        inside = self.sums[ends] - self.sums[1:]
        if self.replicated:
            inside -= self.weights * (np.searchsorted(self.keys, self.offsets + ends) - self.own)
        return float((self.weights * inside).sum())


def _pull(results: Floats, nodes: Floats, sd: float) -> Floats:
    """Hampel's function summed over the sorted results, at each node."""
    middle = int(np.searchsorted(results, 0.0))
    # Sums from the median outwards: those near it hold no outlier, whose size would drown the others' digits.
    sums = np.concatenate([-np.cumsum(results[:middle][::-1])[::-1], [0.0], np.cumsum(results[middle:])])
    edges: list[Whole] = [np.searchsorted(results, nodes + knot * sd) for knot in KNOTS]
    counts = [after - before for before, after in itertools.pairwise(edges)]
    scores = [
        (sums[after] - sums[before] - (after - before) * nodes) / sd for before, after in itertools.pairwise(edges)
    ]
    falling = -4.5 * counts[0] - scores[0] + 4.5 * counts[4] - scores[4]
    level: Floats = falling + 1.5 * (counts[3] - counts[1]) + scores[2]
    return level
