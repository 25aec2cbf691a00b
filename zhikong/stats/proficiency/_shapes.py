"""Reading arguments that broadcast together, and answering a number for numbers."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats import robust
from zhikong.stats.arguments import Floats, floats

Answer: TypeAlias = Any  # a float where all arguments were scalars, else an array of the broadcast shape

ANY = range(9)  # numbers of dimensions: a scalar, a list of laboratories, laboratories x samples, ...
TIE = 1e-9  # relative: (1.1 - 1.0) / 0.05 is 2.0000000000000018 in binary, and stands on the limit 2


def broadcast(arrays: Mapping[str, NDArray[Any]]) -> None:
    """ValueError unless the arrays broadcast together."""
    try:
        np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        told = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"the shapes do not fit together: {told}") from None


def results(result: ArrayLike, missing: bool) -> Floats:
    return floats("result", result, dimensions=ANY, missing=missing)


def finite(name: str, values: ArrayLike) -> Floats:
    return floats(name, values, dimensions=ANY)


def positive(name: str, values: ArrayLike) -> Floats:
    return floats(name, values, dimensions=ANY, above=0)


def not_negative(name: str, values: ArrayLike) -> Floats:
    return floats(name, values, dimensions=ANY, low=0)


def no_more_than_total(name: str, part: Floats, total: Floats) -> None:
    """ValueError where a part is more than its total."""
    part, total = np.broadcast_arrays(part, total)
    if (part > total).any():
        place = np.argmax(part > total)
        raise ValueError(f"{name} is {part.flat[place]:g} of {total.flat[place]:g}: more than the total")


def answer(array: Floats) -> Answer:
    """The array, or a plain float where all arguments were scalars."""
    return float(array) if np.ndim(array) == 0 else array


def at_most(value: float, limit: float) -> bool:
    """value <= limit, equality decided as decimals would decide it."""
    return bool(value <= limit * (1 + TIE))


def variances(values: Floats) -> Floats:
    """Variances along the last axis: 0 where all are equal, whose mean may be off by a rounding."""
    spread_out: Floats = np.where(np.ptp(values, axis=-1) > 0, values.var(axis=-1, ddof=1), 0.0)
    return spread_out


def algorithm_a(name: str, values: Floats, profile: robust.Profile) -> robust.RobustEstimate:
    """Algorithm A, its refusals told of the argument as the caller named it."""
    try:
        return robust.algorithm_a(values, profile=profile)
    except ValueError as error:
        raise ValueError(str(error).replace("values", name, 1)) from None
