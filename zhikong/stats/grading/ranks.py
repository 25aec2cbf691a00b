"""Ranks: the best is 1."""

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import Floats, count, floats, one_of

Better = Literal["higher", "lower"]
RankTies = Literal["competition", "dense", "fractional"]
MOST_GROUPS = 1_000_000  # so that a rank times the groups stays exact


def ranks(
    scores: ArrayLike, *, ties: RankTies = "competition", better: Better = "higher", excluded: ArrayLike | None = None
) -> NDArray[Any]:
    """The rank of every score in its series; the best has rank 1.

    Parameters
    ----------
    scores : array_like, shape (n,) or (k, n)
        One series, or k series ranked each by itself. Scores are tied when they are equal as numbers: round scores
        that come from arithmetic before ranking them.
    ties : {'competition', 'dense', 'fractional'}
        'competition': 1, 1, 3 (the usual ranking of contests); 'dense': 1, 1, 2; 'fractional': 1.5, 1.5, 3.
    better : {'higher', 'lower'}
        Which scores are the good ones.
    excluded : array_like of bool, shape of `scores`, optional
        Who is not ranked: their scores may be NaN, they take no place, and their rank is 0.

    Returns
    -------
    ndarray, shape of `scores`
        int64 for 'competition' and 'dense', float64 for 'fractional'.

    Raises
    ------
    ValueError
        No score; a score not finite that is not excluded; an unknown word.

    References
    ----------
    Kendall, M. G. (1945). The treatment of ties in ranking problems. Biometrika 33(3), 239-251, for 'fractional'.
    'competition' is the rule of sport rankings ("1224"), as in scipy.stats.rankdata(method="min").
    """
    one_of("ties", ties, get_args(RankTies))
    one_of("better", better, get_args(Better))
    array, out = _with_exclusions("scores", scores, excluded)
    downhill = np.where(out, np.inf, -array if better == "higher" else array)
    result = _ascending_ranks(downhill, ties)
    result[out] = 0
    return result


def rank_groups(values: ArrayLike, groups: int) -> NDArray[np.int64]:
    """Groups of nearly equal size by rank, numbered from 0 (the lowest values); equal values share a group.

    Parameters
    ----------
    values : array_like, shape (n,) or (k, n)
        One series, or k series grouped each by itself.
    groups : int, 2 <= groups <= 1,000,000
        How many groups are wanted. With ties or fewer values than groups, some may be empty.

    Returns
    -------
    ndarray of int64, shape of `values`
        floor(rank x groups / (n + 1)), where tied values have their mean rank.

    Raises
    ------
    ValueError
        No value; a value not finite; fewer than 2 groups or more than a million.

    References
    ----------
    SAS/STAT, PROC RANK, option GROUPS=, the definition that NHS Digital's SHMI uses to trim z-scores.
    """
    array = floats("values", values, dimensions=(1, 2))
    wanted = count("groups", groups, low=2, high=MOST_GROUPS)
    doubled = (2 * _ascending_ranks(array, "fractional")).astype(np.int64)  # whole: no rounding at the borders
    return doubled * wanted // (2 * (array.shape[-1] + 1))


def _ascending_ranks(array: Floats, ties: RankTies) -> NDArray[Any]:
    size = array.shape[-1]
    order = np.argsort(array, axis=-1, kind="stable")
    ordered = np.take_along_axis(array, order, axis=-1)
    starts = np.ones(array.shape, dtype=bool)
    starts[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    place = np.arange(size)
    found: NDArray[Any]
    if ties == "dense":
        found = np.cumsum(starts, axis=-1)
    else:
        first = np.maximum.accumulate(np.where(starts, place, 0), axis=-1)
        found = first + 1
        if ties == "fractional":
            ends = np.roll(starts, -1, axis=-1)
            last = np.minimum.accumulate(np.where(ends, place, size)[..., ::-1], axis=-1)[..., ::-1]
            found = (first + last) / 2 + 1
    result = np.empty_like(found)
    np.put_along_axis(result, order, found, axis=-1)
    return result


def _with_exclusions(name: str, scores: ArrayLike, excluded: ArrayLike | None) -> tuple[Floats, NDArray[np.bool_]]:
    """The scores, and who is out; whoever is in has a finite score."""
    if excluded is None:
        array = floats(name, scores, dimensions=(1, 2))
        return array, np.zeros(array.shape, dtype=bool)
    array = floats(name, scores, dimensions=(1, 2), missing=True)
    out = np.asarray(excluded)
    if out.dtype != np.bool_ or out.shape != array.shape:
        raise ValueError(f"excluded must be true or false for each of {name}, shape {array.shape}, not {out.shape}")
    floats(name, np.where(out, 0.0, array), dimensions=(1, 2))
    if out.all(axis=-1).any():
        raise ValueError(f"excluded leaves no one of {name}")
    return array, out
