"""Risk adjustment: a model of the outcome by what patients bring with them, and units against their expected number."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhikong.stats.arguments import Floats, floats, labels, one_of, same_length

from .intervals import PoissonMethod, poisson_interval

Family = Literal["logistic", "poisson"]
SEPARATED = 100.0  # a standard error of 100 log odds per standard deviation of a covariate: the estimate ran away


@dataclass(frozen=True, slots=True)
class RiskModel:
    """A fitted model. Store it with what it judged: names, coefficients and family are all that predicting needs."""

    family: Family
    """'logistic' or 'poisson'."""
    names: tuple[str, ...]
    """The intercept, then the covariates."""
    coefficients: Floats
    """Estimates on the scale of log odds or log rates, shape (1 + covariates,)."""
    standard_errors: Floats
    """Their standard errors."""
    covariance: Floats
    """Their covariance matrix."""
    log_likelihood: float
    """At the estimates."""
    cases: int
    """Cases the model was fitted to."""

    def predict(self, covariates: ArrayLike, exposure: ArrayLike | None = None) -> Floats:
        """Probability (logistic) or expected count (Poisson) of each row of `covariates`, shape (m, covariates)."""
        linear = _design(covariates, len(self.names) - 1) @ self.coefficients
        if self.family == "logistic":
            if exposure is not None:
                raise ValueError("exposure has no place in a logistic model")
            return np.asarray(special.expit(linear))
        return np.asarray(np.exp(linear) * _exposure(exposure, len(linear)))


@dataclass(frozen=True, slots=True)
class UnitRatios:
    """Units against the risk of their own cases; one element a unit, in ascending order."""

    units: NDArray[Any]
    """The units."""
    cases: NDArray[np.int64]
    """Cases."""
    observed: Floats
    """Events observed."""
    expected: Floats
    """Sum of the predictions."""
    ratio: Floats
    """Observed / expected."""
    lower: Floats
    """Lower end of the ratio's interval."""
    upper: Floats
    """Upper end of the ratio's interval."""
    adjusted_rate: Floats
    """Ratio x events of all units / cases of all units."""


def fit_risk_model(
    outcomes: ArrayLike,
    covariates: ArrayLike,
    *,
    family: Family,
    exposure: ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> RiskModel:
    """Fit a logistic or a Poisson model by maximum likelihood. Needs the extra `models` (statsmodels).

    Parameters
    ----------
    outcomes : array_like, shape (n,)
        0 or 1 (logistic), counts (Poisson).
    covariates : array_like, shape (n, k)
        What is adjusted for, without the intercept. Code categories as 0/1 columns, leaving one out.
    family : {'logistic', 'poisson'}
        The model; logarithmic link for Poisson.
    exposure : array_like, shape (n,), optional
        Poisson only: person-time or days, > 0. Default: 1.
    names : sequence of str, optional
        Names of the covariates. Default: x1, x2, ...

    Returns
    -------
    RiskModel
        Estimates, and `predict`.

    Raises
    ------
    ValueError
        Values not finite; outcomes that do not fit the family or do not vary; covariates that repeat one another or are
        constant; separation (a covariate that decides the outcome, so that no finite estimate exists); no convergence.
    ImportError
        statsmodels is not installed; the message names the remedy.

    References
    ----------
    McCullagh, P., Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., by iteratively reweighted least squares in
    statsmodels. Separation: Albert, A., Anderson, J. A. (1984). Biometrika 71, 1-10.
    """
    one_of("family", family, get_args(Family))
    logistic = family == "logistic"
    if logistic and exposure is not None:
        raise ValueError("exposure has no place in a logistic model")
    outcome = floats("outcomes", outcomes, low=0, high=1 if logistic else None, whole=True)
    array = floats("covariates", covariates, dimensions=2)
    if len(array) != len(outcome):
        raise ValueError(f"the lengths differ: outcomes has {len(outcome)}, covariates has {len(array)} rows")
    called = tuple(f"x{place + 1}" for place in range(array.shape[1])) if names is None else tuple(names)
    if len(called) != array.shape[1]:
        raise ValueError(f"names has {len(called)}: covariates has {array.shape[1]} columns")
    if not outcome.any() or (logistic and outcome.all()):
        raise ValueError(f"outcomes are all {outcome[0]:g}: there is nothing to model")
    middle, spread = array.mean(axis=0), array.std(axis=0)
    for name, width in zip(called, spread, strict=True):
        if width <= 0:
            raise ValueError(f"covariates has no spread in {name!r}: leave it out")
    design = np.column_stack([np.ones(len(array)), (array - middle) / spread])  # units of sd: well conditioned
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError(f"covariates {called} repeat one another: leave one out")
    time = _exposure(exposure, len(outcome))
    models = _statsmodels()
    kind = models.families.Binomial() if logistic else models.families.Poisson()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence and separation are judged below, by numbers
        try:
            fit = models.GLM(outcome, design, family=kind, offset=None if logistic else np.log(time)).fit(
                maxiter=100,
                tol=1e-10,
                tol_criterion="params",  # quadratic: the next error is its square
            )
        except ValueError:  # weights that overflow
            raise ValueError("outcomes, covariates and exposure: their sizes differ too much for a fit") from None
    errors = np.asarray(fit.bse)
    if not np.isfinite(errors).all() or errors.max() > SEPARATED:
        worst = ("intercept", *called)[int(np.argmax(np.where(np.isfinite(errors), errors, np.inf)))]
        raise ValueError(f"covariates separate the outcomes: {worst!r} has no finite estimate; merge its categories")
    if not fit.converged:
        raise ValueError("outcomes and covariates: the fit did not converge")
    back = np.diag(np.concatenate([[1.0], 1 / spread]))
    back[0, 1:] = -middle / spread
    covariance = back @ np.asarray(fit.cov_params()) @ back.T
    return RiskModel(
        family=family,
        names=("intercept", *called),
        coefficients=back @ np.asarray(fit.params),
        standard_errors=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        log_likelihood=float(fit.llf),
        cases=len(outcome),
    )


def unit_ratios(
    outcomes: ArrayLike,
    predictions: ArrayLike,
    units: ArrayLike,
    *,
    level: float = 0.95,
    method: PoissonMethod = "byar_from_10",
) -> UnitRatios:
    """Observed against expected events of every unit, from the predictions of its cases.

    Parameters
    ----------
    outcomes : array_like, shape (n,)
        0/1 or counts, one a case.
    predictions : array_like, shape (n,)
        Predicted probabilities or counts, > 0.
    units : array_like, shape (n,)
        The unit of each case: texts or whole numbers, none missing.
    level : float, 0 < level < 1
        Of the intervals.
    method : {'byar_from_10', 'exact', 'byar'}
        Poisson interval of the observed count; the expected number is taken as known.

    Returns
    -------
    UnitRatios
        For a funnel pass `observed` and `expected` on with a target of 1.

    Raises
    ------
    ValueError
        Values not finite or negative, a prediction of 0, a unit missing, unequal lengths.

    References
    ----------
    Iezzoni, L. I. (ed.) (2013). Risk Adjustment for Measuring Health Care Outcomes, 4th ed. (observed / expected and the
    risk-adjusted rate); intervals as in `poisson_interval`.
    """
    outcome = floats("outcomes", outcomes, low=0)
    predicted = floats("predictions", predictions, above=0)
    owners = labels("units", units)
    same_length(outcomes=outcome, predictions=predicted, units=owners)
    names, code = np.unique(owners, return_inverse=True)
    observed, expected = (np.asarray(np.bincount(code, each), np.float64) for each in (outcome, predicted))
    limits = poisson_interval(observed, level=level, method=method)
    ratio = observed / expected
    return UnitRatios(
        units=names,
        cases=np.bincount(code),
        observed=observed,
        expected=expected,
        ratio=ratio,
        lower=limits.lower / expected,
        upper=limits.upper / expected,
        adjusted_rate=ratio * outcome.mean(),
    )


def _design(covariates: ArrayLike, columns: int) -> Floats:
    array = floats("covariates", covariates, dimensions=2)
    if array.shape[1] != columns:
        raise ValueError(f"covariates has {array.shape[1]} columns: the model has {columns}")
    return np.column_stack([np.ones(len(array)), array])


def _exposure(exposure: ArrayLike | None, cases: int) -> Floats:
    if exposure is None:
        return np.ones(cases)
    time = floats("exposure", exposure, above=0)
    if len(time) != cases:
        raise ValueError(f"the lengths differ: exposure has {len(time)}, the cases are {cases}")
    return time


def _statsmodels() -> Any:
    try:
        import statsmodels.api
    except ImportError:
        raise ImportError("risk models need statsmodels: pip install 'zhikong[models]'") from None
    return statsmodels.api
