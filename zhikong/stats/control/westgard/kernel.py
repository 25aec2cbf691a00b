"""The Westgard rules over many series at once, for a table of control results of a whole network."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats.arguments import floats
from zhikong.stats.control.westgard._bytes import BIT, in_bytes
from zhikong.stats.control.westgard._histories import with_gaps, with_history
from zhikong.stats.control.westgard.profile import Profile, preset
from zhikong.stats.control.westgard.rules import LONGEST, Edges, Flags
from zhikong.stats.kernels import kernel, prange

TURNS = 64  # shares of the series, which threads take in turn
PLANE = 8192  # points of one level in work at once: all planes of a block stay in the nearest cache


def flags(
    results: ArrayLike,
    *,
    mean: ArrayLike | None = None,
    sd: ArrayLike | None = None,
    profile: str | Profile = "westgard-classic",
    out: Flags | None = None,
) -> Flags:
    """Judge many control series in one call.

    Parameters
    ----------
    results : array_like, shape (runs,), (levels, runs) or (series, levels, runs)
        Control results in order of time; NaN is no result. float32 is judged in float32, everything else in float64.
    mean, sd : array_like, shape of `results` without its last axis, optional
        Target and standard deviation of each series and level. Left out, both, the results are z-scores.
    profile : str or Profile
        A preset's name or a profile.
    out : ndarray of uint16, shape of `results`, C-contiguous, optional
        Where to write: saves the operating system handing out new memory.

    Returns
    -------
    ndarray of uint16, shape of `results`
        Bit i is set where rule i of `RULES` fired: at the points of the group that belong to the run which completed
        it. Equal to the `flags` of `judge` for each series.

    Raises
    ------
    ValueError
        A result that is not a number or infinite, shapes that do not fit, an sd not above 0, an unknown profile.

    References
    ----------
    As `judge`.
    """
    profile = preset(profile) if isinstance(profile, str) else profile
    if (mean is None) != (sd is None):
        raise ValueError(f"{'sd' if sd is None else 'mean'} is left out: give both or neither")
    values = _large(results)
    shape = values.shape
    rows = values.reshape((1,) * (3 - len(shape)) + shape)
    centre, scale = np.zeros((0, 0), values.dtype), np.zeros((0, 0), values.dtype)
    if mean is not None and sd is not None:
        centre, scale = (_per_level(name, given, rows) for name, given in (("mean", mean), ("sd", sd)))
    if out is None:
        out = np.empty(shape, dtype=np.uint16)
    elif out.shape != shape or out.dtype != np.uint16 or not out.flags.c_contiguous:
        raise ValueError(f"out has shape {out.shape} and type {out.dtype}: it must be {shape}, uint16, C-contiguous")
    infinite = np.zeros(TURNS, dtype=np.bool_)
    if rows.size:
        _many(rows, centre, scale, *_plan(profile, rows.dtype), out.reshape(rows.shape), infinite)
    if infinite.any():
        floats("results", results, dimensions=(1, 2, 3), missing=True)
        raise ValueError("results are so large that (results - mean) / sd is infinite")
    return out


def _large(results: ArrayLike) -> NDArray[Any]:
    """The results without a pass over them: the kernel looks for infinities itself."""
    if type(results) is np.ndarray and results.dtype.char in "fd" and results.ndim in (1, 2, 3):
        return np.ascontiguousarray(results)
    return floats("results", results, dimensions=(1, 2, 3), at_least=0, missing=True)


def _per_level(name: str, given: ArrayLike, rows: NDArray[Any]) -> NDArray[Any]:
    values = floats(name, given, dimensions=(0, 1, 2), above=0 if name == "sd" else None)
    wanted = rows.shape[:2]
    try:
        spread_out = np.broadcast_to(values, wanted)
    except ValueError:
        raise ValueError(f"{name} has shape {values.shape}: it must have one value for each of {wanted}") from None
    return np.ascontiguousarray(spread_out, dtype=rows.dtype)


def _plan(profile: Profile, dtype: np.dtype[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The profile as numbers: edges, and the flags judged over a level, a run, the levels; rejections; settings."""
    edges = Edges.of(profile, dtype)
    over = [sum(BIT[rule.name] for rule in profile.rules if scope in rule.over) for scope in ("level", "run", "levels")]
    rejections = sum(BIT[rule.name] for rule in profile.rules if rule.verdict == "rejection")
    return (
        np.array([edges.mean, edges.one, edges.two, edges.three, edges.range, edges.range_side], dtype=dtype),
        np.array([*over, rejections, profile.screen, profile.rejected_stay], dtype=np.int64),
    )


def _example() -> tuple[Any, ...]:
    z, nothing = np.zeros((1, 2, 3)), np.zeros((0, 0))
    plan = _plan(preset("westgard-classic"), z.dtype)
    return z, nothing, nothing, *plan, np.empty(z.shape, np.uint16), np.zeros(TURNS, np.bool_)


@kernel(parallel=True, example=_example)
def _many(results, mean, sd, edges, plan, out, infinite):  # type: ignore[no-untyped-def]
    series, levels, runs = results.shape
    stride = LONGEST + runs
    block = min(series, max(1, PLANE // stride))
    for turn in prange(TURNS):
        first, last = series * turn // TURNS, series * (turn + 1) // TURNS
        scaled = np.empty((block if mean.size else 0, levels, runs), results.dtype)
        flat, planes = np.empty(block * levels * runs, np.uint8), np.zeros((3 * levels + 5, block * stride), np.uint8)
        for start in range(first, last, block):
            here = min(block, last - start)
            z = results[start : start + here]
            if mean.size:
                _scale(z, mean[start : start + here], sd[start : start + here], scaled)
                z = scaled[:here]
            judged = out[start : start + here]
            odd = True
            if plan[5]:
                odd = in_bytes(z, edges, plan, flat, planes[:, : here * stride], judged)
            if odd:
                for one in range(here):
                    gap = False
                    for level in range(levels):
                        for run in range(runs):
                            v = z[one, level, run]
                            gap |= v != v
                            infinite[turn] |= abs(v) == np.inf
                    if not plan[5]:
                        with_history(z[one], edges, plan, judged[one])
                    elif gap:
                        with_gaps(z[one], edges, plan, judged[one])


@kernel()
def _scale(results, mean, sd, z):  # type: ignore[no-untyped-def]
    for one in range(results.shape[0]):
        for level in range(results.shape[1]):
            centre, scale = mean[one, level], sd[one, level]
            for run in range(results.shape[2]):
                z[one, level, run] = (results[one, level, run] - centre) / scale
