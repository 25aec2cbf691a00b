"""Reading arguments: an array or a number as floats, or a ValueError that names the argument and the value."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
LARGEST = 1e150  # beyond, squares and their sums overflow
SMALLEST = 1e-150  # of what is divided by: its square would vanish


def floats(
    name: str,
    values: ArrayLike,
    *,
    at_least: int = 1,
    dimensions: int | Sequence[int] = 1,
    above: float | None = None,
    low: float | None = None,
    high: float | None = None,
    whole: bool = False,
    missing: bool = False,
) -> Floats:
    """The values as contiguous float64.

    Parameters
    ----------
    name : str
        What the caller's caller named the argument.
    values : array_like of int or float
        Text, booleans and objects are refused.
    at_least : int
        Fewest values along the last axis.
    dimensions : int or sequence of int
        Allowed numbers of dimensions; 0 is a scalar.
    above, low, high : float, optional
        Every value must be > above, >= low, <= high.
    whole : bool
        Every value must be a whole number.
    missing : bool
        NaN stands for a missing value and is let through; an infinity never is.

    Raises
    ------
    ValueError
        Naming the argument, the place and the value; also for a size beyond `LARGEST`, and, where the values must be
        above 0, below `SMALLEST`.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must be rectangular: its rows have unequal lengths") from None
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ValueError(f"{name} has masked values: drop missing results first")
    allowed = (dimensions,) if isinstance(dimensions, int) else tuple(dimensions)
    if array.ndim not in allowed:
        wanted = " or ".join(str(number) for number in allowed)
        raise ValueError(f"{name} must have {wanted} dimension(s), not {array.ndim}")
    if array.ndim and array.shape[-1] < at_least:
        raise ValueError(f"{name} needs at least {at_least} value(s), not {array.shape[-1]}")
    if array.dtype.kind not in "iuf":
        place, value = _first(array, np.ones(array.shape, dtype=bool), not_number=True)
        raise ValueError(f"{name}{place} is {value!r}: a number is needed")
    array = np.ascontiguousarray(array, dtype=np.float64).reshape(array.shape)
    with np.errstate(invalid="ignore"):
        size = np.abs(array)
        if not (size <= LARGEST).all():
            _refuse(name, array, np.isinf(array) if missing else ~np.isfinite(array), "a finite number is needed")
            _refuse(name, array, size > LARGEST, f"sizes beyond {LARGEST:g} are not computed with")
        if above is not None:
            _refuse(name, array, array <= above, f"it must be above {above:g}")
            if above == 0:
                _refuse(name, array, array < SMALLEST, f"sizes below {SMALLEST:g} are not computed with")
        if low is not None:
            _refuse(name, array, array < low, f"it must be at least {low:g}")
        if high is not None:
            _refuse(name, array, array > high, f"it must be at most {high:g}")
        if whole:
            _refuse(name, array, (array != np.floor(array)) & ~np.isnan(array), "a whole number is needed")
    return array


def cut(name: str, values: ArrayLike, offsets: ArrayLike | None) -> tuple[Floats, NDArray[np.int64]]:
    """Values of many groups in a row, and where each group begins and ends; NaN is a missing value.

    Without offsets the values are two-dimensional, a group a row; with them group g is values[offsets[g] : offsets[g + 1]].
    """
    array = floats(name, values, at_least=0, dimensions=2 if offsets is None else 1, missing=True)
    if offsets is None:
        return array.ravel(), np.arange(array.shape[0] + 1, dtype=np.int64) * array.shape[1]
    cuts = floats("offsets", offsets, whole=True).astype(np.int64)
    if cuts[0] != 0 or cuts[-1] != array.size or (np.diff(cuts) < 0).any():
        raise ValueError(f"offsets must rise from 0 to {array.size}, the number of {name}")
    return array, cuts


def number(
    name: str,
    value: float,
    *,
    above: float | None = None,
    below: float | None = None,
    low: float | None = None,
    high: float | None = None,
    whole: bool = False,
) -> float:
    """One finite number within its bounds, as float; ValueError otherwise."""
    result = float(floats(name, value, dimensions=0, above=above, low=low, high=high, whole=whole))
    if below is not None and result >= below:
        raise ValueError(f"{name} is {result:g}: it must be below {below:g}")
    return result


def count(name: str, value: int, *, low: int = 0, high: int | None = None) -> int:
    """One whole number within its bounds, as int; ValueError otherwise."""
    return int(number(name, value, low=low, high=high, whole=True))


def one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    """The value, if it is one of the allowed words; ValueError otherwise."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} is {value!r}: it must be one of {', '.join(allowed)}")
    return value


def same_length(**arrays: Any) -> None:
    """ValueError unless all arrays have one length along the last axis, and other sequences as many members."""
    for name, array in arrays.items():
        if np.ndim(array) == 0 if isinstance(array, np.ndarray) else not hasattr(array, "__len__"):
            raise ValueError(f"{name} is {array!r}: a sequence is needed")
    # Labels may be tuples, so that a sequence of them looks like a table.
    lengths = {name: array.shape[-1] if isinstance(array, np.ndarray) else len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ValueError(f"the lengths differ: {told}")


def labels(name: str, values: Any, *, at_least: int = 1) -> NDArray[Any]:
    """The names of units or groups as an array: numbers, texts or dates, none missing; ValueError otherwise."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must have 1 dimension(s), not {array.ndim}")
    if array.size < at_least:
        raise ValueError(f"{name} needs at least {at_least} value(s), not {array.size}")
    if array.dtype.kind == "O":  # as pandas keeps texts
        for place, value in enumerate(array.tolist()):
            if not isinstance(value, str):
                raise ValueError(f"{name}[{place}] is {value!r}: a text is needed")
        return array.astype(str)
    if array.dtype.kind == "f":
        return floats(name, array)
    if array.dtype.kind not in "iubUSM" or (array.dtype.kind == "M" and np.isnat(array).any()):
        raise ValueError(f"{name} must be numbers, texts or dates, none missing")
    return array


def spread(name: str, value: float) -> float:
    """The standard deviation, if it is above zero; ValueError otherwise."""
    if not (math.isfinite(value) and value >= SMALLEST):
        raise ValueError(f"{name} has no spread: its standard deviation is {value:g}")
    return value


def _refuse(name: str, array: Floats, bad: NDArray[np.bool_], why: str) -> None:
    if bad.any():
        place, value = _first(array, bad)
        raise ValueError(f"{name}{place} is {value:g}: {why}")


def _first(array: NDArray[Any], bad: NDArray[np.bool_], not_number: bool = False) -> tuple[str, Any]:
    if array.ndim == 0:
        return "", array.item()
    for index in np.argwhere(bad):
        value = array[tuple(index)]
        value = value.item() if hasattr(value, "item") else value
        if not not_number or isinstance(value, bool) or not isinstance(value, int | float):
            return "[" + ", ".join(str(part) for part in index) + "]", value
    return "", array.dtype.name
