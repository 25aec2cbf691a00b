"""Outliers of a series by z-score: the plausibility check of submitted figures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhikong.stats import arguments
from zhikong.stats.arguments import Floats


@dataclass(frozen=True, slots=True)
class Outliers:
    """One series, or one a row.

    mean, sd : of each series
    score : (value - mean) / sd, with its sign; NaN where the value is missing
    outlier : whether |score| is above the threshold
    lower, upper : mean -+ threshold * sd
    """

    mean: Floats
    sd: Floats
    score: Floats
    outlier: NDArray[np.bool_]
    lower: Floats
    upper: Floats


def z_score_outliers(values: ArrayLike, *, threshold: float = 3.0, sd: str = "population") -> Outliers:
    """Values too far from the mean of their series, the value itself included.

    Of n values |z| cannot exceed (n - 1) / sqrt(n) with the sample's standard deviation, nor sqrt(n - 1) with the
    population's: a threshold of 3 finds nothing among ten values.

    Parameters
    ----------
    values : array_like, shape (n,) or (series, n)
        NaN is a missing value: neither counted nor judged.
    threshold : float, > 0
        A score equal to it is no outlier.
    sd : str
        "population" (divisor n, as DHIS2) or "sample" (divisor n - 1).

    Returns
    -------
    Outliers
        `mean`, `sd`, `lower`, `upper` of shape () or (series,), the others of the shape of `values`.

    Raises
    ------
    ValueError
        Fewer than two values in a series, no spread (naming the series), a threshold not above 0.

    References
    ----------
    DHIS2 documentation, Outlier detection, z-score with default threshold 3.0; stddev_pop and a strict comparison as in
    its source.
    """
    given = arguments.floats("values", values, dimensions=(1, 2), at_least=2, missing=True)
    threshold = arguments.number("threshold", threshold, above=0)
    lost = 0 if arguments.one_of("sd", sd, ("population", "sample")) == "population" else 1
    rows = np.atleast_2d(given)
    present = ~np.isnan(rows)
    count = present.sum(axis=1)
    if np.any(count < 2):
        short = int(np.flatnonzero(count < 2)[0])
        raise ValueError(f"values of series {short} has {count[short]} value(s): at least 2 needed")
    mean = np.where(present, rows, 0).sum(axis=1) / count
    away = rows - mean[:, None]
    deviation = np.sqrt(np.where(present, away**2, 0).sum(axis=1) / (count - lost))
    for row in np.flatnonzero(~(np.nanmax(rows, axis=1) > np.nanmin(rows, axis=1))):
        arguments.spread(f"values of series {row}", 0.0)
    score = away / deviation[:, None]
    shape = given.shape[:-1]
    outlier = np.abs(score) > threshold
    return Outliers(
        mean.reshape(shape), deviation.reshape(shape), score.reshape(given.shape), outlier.reshape(given.shape),
        (mean - threshold * deviation).reshape(shape), (mean + threshold * deviation).reshape(shape),
    )  # fmt: skip
