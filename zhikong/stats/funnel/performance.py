"""Is a risk model any good: calibration (校准度) and discrimination (区分度)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhikong.stats.arguments import Floats, count, floats, number, same_length
from zhikong.stats.grading import rank_groups, ranks


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether predicted probabilities are as large as they should be."""

    cases: NDArray[np.int64]
    """Cases of each group of risk, the lowest risk first."""
    observed: Floats
    """Events observed in each group."""
    expected: Floats
    """Sum of the predictions in each group."""
    ratio: Floats
    """Observed / expected in each group."""
    hosmer_lemeshow: float
    """Hosmer and Lemeshow's statistic over the groups."""
    degrees_of_freedom: int
    """Groups less 2 for the cases the model was fitted to, the number of groups for others."""
    p_value: float
    """Probability of so large a statistic if the model is right."""
    slope: float
    """Slope of the outcome's log odds on the predicted ones: below 1 the predictions are too extreme."""
    slope_error: float
    """Its standard error."""
    intercept: float
    """Intercept beside that slope."""
    intercept_error: float
    """Its standard error."""
    in_the_large: float
    """Intercept when the slope is held at 1: above 0 the predictions are too low on the whole."""
    in_the_large_error: float
    """Its standard error."""


@dataclass(frozen=True, slots=True)
class Discrimination:
    """How well predicted probabilities tell cases with the event from those without."""

    auc: float
    """Area under the ROC curve: the probability that a case with the event has the higher prediction, ties half."""
    standard_error: float
    """DeLong's standard error; 0 when the predictions separate the outcomes."""
    lower: float
    """Lower end of the interval, not below 0."""
    upper: float
    """Upper end of the interval, not above 1."""
    brier: float
    """Mean squared difference of outcome and prediction."""
    brier_scaled: float
    """1 - brier / that of predicting the prevalence for every case; 1 is perfect, 0 no better than the prevalence."""
    events: int
    """Cases with the event."""
    cases: int
    """Cases."""


def calibration(outcomes: ArrayLike, predictions: ArrayLike, *, fitted: bool, groups: int = 10) -> Calibration:
    """Calibration of predicted probabilities: observed and expected by group of risk, the test, slope and intercept.

    Parameters
    ----------
    outcomes : array_like, shape (n,)
        0 or 1; both must occur.
    predictions : array_like, shape (n,)
        Predicted probabilities, strictly between 0 and 1.
    fitted : bool
        Whether the model was fitted to these very cases.
    groups : int, groups >= 3
        Groups of risk. Cases of equal prediction share a group (`grading.rank_groups`), so there may be fewer, and at
        least 3 must be left.

    Returns
    -------
    Calibration
        Nothing here depends on the order of the cases.

    Raises
    ------
    ValueError
        Values out of range, unequal lengths, one outcome only, fewer than 3 groups, equal predictions, or predictions
        that separate the outcomes (the slope is infinite then).

    References
    ----------
    Hosmer, D. W., Lemeshow, S. (1980). Communications in Statistics A9, 1043-1069. Cox, D. R. (1958). Two further
    applications of a model for binary regression. Biometrika 45, 562-565 (slope and intercept). Software cuts the groups
    in different ways, and the statistic differs with them.
    """
    outcome, predicted = _binary(outcomes, predictions)
    wanted = count("groups", groups, low=3)
    _, code = np.unique(rank_groups(predicted, wanted), return_inverse=True)
    cases = np.bincount(code)
    if len(cases) < 3:
        raise ValueError(f"predictions fall into {len(cases)} group(s): at least 3 are needed")
    observed, expected = (np.asarray(np.bincount(code, each), np.float64) for each in (outcome, predicted))
    statistic = float(((observed - expected) ** 2 / (expected * (1 - expected / cases))).sum())
    freedom = len(cases) - 2 if fitted else len(cases)
    odds = special.logit(predicted)
    (intercept, slope), errors = _recalibrated(outcome, odds, free_slope=True)
    (large, _), large_errors = _recalibrated(outcome, odds, free_slope=False)
    return Calibration(
        cases=cases,
        observed=observed,
        expected=expected,
        ratio=observed / expected,
        hosmer_lemeshow=statistic,
        degrees_of_freedom=freedom,
        p_value=float(special.chdtrc(freedom, statistic)),
        slope=slope,
        slope_error=errors[1],
        intercept=intercept,
        intercept_error=errors[0],
        in_the_large=large,
        in_the_large_error=large_errors[0],
    )


def discrimination(outcomes: ArrayLike, predictions: ArrayLike, *, level: float = 0.95) -> Discrimination:
    """Area under the ROC curve with DeLong's interval, and the Brier score.

    Parameters
    ----------
    outcomes : array_like, shape (n,)
        0 or 1; at least two of each.
    predictions : array_like, shape (n,)
        Predicted probabilities, strictly between 0 and 1.
    level : float, 0 < level < 1
        Of the interval, by the normal distribution, cut at 0 and 1.

    Returns
    -------
    Discrimination
        In O(n log n), by mid-ranks.

    Raises
    ------
    ValueError
        Values out of range, unequal lengths, fewer than two cases of an outcome.

    References
    ----------
    DeLong, E. R., DeLong, D. M., Clarke-Pearson, D. L. (1988). Biometrics 44, 837-845; by mid-ranks: Sun, X., Xu, W.
    (2014). IEEE Signal Processing Letters 21, 1389-1393. Brier, G. W. (1950). Monthly Weather Review 78, 1-3.
    """
    outcome, predicted = _binary(outcomes, predictions)
    z = -special.ndtri((1 - number("level", level, above=0, below=1)) / 2)
    event = outcome == 1
    with_event, without = int(event.sum()), int((~event).sum())
    if min(with_event, without) < 2:
        raise ValueError(f"outcomes has {with_event} event(s) in {len(outcome)} cases: two of each outcome are needed")
    together = ranks(predicted, ties="fractional", better="lower")
    among_events = ranks(predicted[event], ties="fractional", better="lower")
    among_others = ranks(predicted[~event], ties="fractional", better="lower")
    beaten = (together[event] - among_events) / without  # of each event: share of the others below it
    beating = 1 - (together[~event] - among_others) / with_event
    auc = float(beaten.mean())
    error = float(np.sqrt(beaten.var(ddof=1) / with_event + beating.var(ddof=1) / without))
    brier, prevalence = float(((outcome - predicted) ** 2).mean()), outcome.mean()
    return Discrimination(
        auc=auc,
        standard_error=error,
        lower=float(max(0.0, auc - z * error)),
        upper=float(min(1.0, auc + z * error)),
        brier=brier,
        brier_scaled=float(1 - brier / (prevalence * (1 - prevalence))),
        events=with_event,
        cases=len(outcome),
    )


def _binary(outcomes: ArrayLike, predictions: ArrayLike) -> tuple[Floats, Floats]:
    outcome = floats("outcomes", outcomes, low=0, high=1, whole=True)
    predicted = floats("predictions", predictions, above=0)
    same_length(outcomes=outcome, predictions=predicted)
    if (predicted >= 1).any():
        place = int(np.argmax(predicted >= 1))
        raise ValueError(f"predictions[{place}] is {predicted[place]:g}: it must be below 1")
    if outcome.min() == outcome.max():
        raise ValueError(f"outcomes are all {outcome[0]:g}: both outcomes are needed")
    return outcome, predicted


def _recalibrated(
    outcome: Floats, odds: Floats, *, free_slope: bool
) -> tuple[tuple[float, float], tuple[float, float]]:
    """(intercept, slope) and their standard errors, by damped Newton steps; the slope is 1 unless it is free."""
    design = np.column_stack([np.ones(len(odds)), odds])[:, : 1 + free_slope]
    fixed = 0.0 if free_slope else odds

    def likelihood(at: Floats) -> float:
        linear = design @ at + fixed
        return float((outcome * linear - np.logaddexp(0, linear)).sum())

    found = np.zeros(design.shape[1])
    reached = likelihood(found)
    for _ in range(100):
        chance = special.expit(design @ found + fixed)
        information = (design * (chance * (1 - chance))[:, None]).T @ design
        if np.linalg.cond(information) > 1e14:
            break
        step = np.linalg.solve(information, design.T @ (outcome - chance))
        if np.abs(step).max() <= 1e-9 * (1 + np.abs(found).max()):  # the next error is the square of this one
            found = found + step
            errors = np.sqrt(np.diag(np.linalg.inv(information)))
            slope = float(found[1]) if free_slope else 1.0
            return (float(found[0]), slope), (float(errors[0]), float(errors[-1]))
        while (better := likelihood(found + step)) < reached and np.abs(step).max() > 1e-9:
            step = step / 2
        found, reached = found + step, better
    raise ValueError("predictions separate the outcomes, or are all equal: no calibration slope exists")
