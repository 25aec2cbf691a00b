"""Measurement uncertainty: propagated through a model (GUM), or top-down from control results and bias (Nordtest)."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhikong.stats.arguments import Floats, floats, number, one_of, same_length


@dataclass(frozen=True, slots=True)
class Contribution:
    """One line of the budget: sensitivity, and |sensitivity| x standard uncertainty in the unit of the result."""

    name: str
    value: float
    standard_uncertainty: float
    degrees_of_freedom: float
    sensitivity: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Combined and expanded uncertainty of a result, in its unit. `degrees_of_freedom` may be infinite."""

    value: float
    combined: float
    degrees_of_freedom: float
    coverage_factor: float
    expanded: float
    budget: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class TopDown:
    """Combined and expanded uncertainty from precision, bias and calibration, all in one unit (or all in percent)."""

    precision: float
    bias: float
    calibration: float
    combined: float
    coverage_factor: float
    expanded: float


SMALLEST_STEP = 1e-6  # of the estimate: below, the difference of two results is rounding


def propagate(
    model: Callable[..., float],
    values: ArrayLike,
    uncertainties: ArrayLike,
    *,
    degrees_of_freedom: ArrayLike | None = None,
    correlation: ArrayLike | None = None,
    sensitivities: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    coverage: float = 0.95,
    coverage_factor: float | None = None,
    rounding: str = "none",
) -> Uncertainty:
    """Law of propagation of uncertainty, first order.

    Parameters
    ----------
    model : callable
        `model(x1, x2, ...)` gives the result from the input quantities. It is called near the estimates only.
    values, uncertainties : array_like, shape (k,)
        Estimates of the input quantities and their standard uncertainties (>= 0), each in its unit.
    degrees_of_freedom : array_like, shape (k,), optional
        > 0; infinite (the default) for an uncertainty that is taken as exactly known.
    correlation : array_like, shape (k, k), optional
        Correlation matrix of the estimates. The effective degrees of freedom then still follow Welch and
        Satterthwaite, who assume independence: give `coverage_factor` where that matters.
    sensitivities : array_like, shape (k,), optional
        Partial derivatives. If not given: central differences with steps of a quarter of a standard uncertainty (or of
        a millionth of the estimate, if that is more) and its halves, extrapolated to a step of zero (Richardson): about
        nine digits of a smooth model.
    names : sequence of str, optional
        Of the input quantities, for the budget.
    coverage : float
        Coverage probability, where the factor is taken from the t distribution.
    coverage_factor : float, optional
        A fixed factor, as 2, instead.
    rounding : {"none", "down"}
        GUM G.4.1 lets the effective degrees of freedom be truncated to the next lower whole number.

    Returns
    -------
    Uncertainty
        In the unit of the result, with one budget line an input.

    Raises
    ------
    ValueError
        Unequal lengths, a negative uncertainty, all uncertainties zero, a matrix that is not a correlation matrix, a
        model that does not give a finite number.

    References
    ----------
    JCGM 100:2008 (GUM), equations (10), (13), (16), (G.2b), (G.1d); 5.1.3 note 2 on numerical sensitivities.
    """
    x = floats("values", values)
    u = floats("uncertainties", uncertainties, low=0)
    k = x.size
    freedom = np.full(k, math.inf) if degrees_of_freedom is None else _freedom(degrees_of_freedom)
    labels = [f"x{index + 1}" for index in range(k)] if names is None else list(names)
    same_length(values=x, uncertainties=u, degrees_of_freedom=freedom, names=labels)
    one_of("rounding", rounding, ("none", "down"))
    value = _evaluate(model, x)
    slopes = _slopes(model, x, u) if sensitivities is None else floats("sensitivities", sensitivities)
    same_length(values=x, sensitivities=slopes)
    parts = slopes * u
    together = np.eye(k) if correlation is None else _correlation(correlation, k)
    combined = math.sqrt(max(float(parts @ together @ parts), 0.0))
    if combined == 0:
        raise ValueError("uncertainties gives a combined uncertainty of 0: no input contributes")
    # (G.2b); an infinite nu_i drops out of the sum
    total = float(np.sum((parts / combined) ** 4 / freedom))
    effective = 1 / total if total > 0 else math.inf
    if rounding == "down" and math.isfinite(effective):
        effective = max(math.floor(effective), 1)
    factor = _coverage_factor(coverage_factor, coverage, effective)
    budget = zip(labels, x, u, freedom, slopes, np.abs(parts), strict=True)
    return Uncertainty(
        value,
        combined,
        float(effective),
        factor,
        factor * combined,
        tuple(Contribution(name, *(float(number) for number in rest)) for name, *rest in budget),
    )


def bias_uncertainty(
    biases: ArrayLike, reference_uncertainties: ArrayLike, *, sd: float | None = None, replicates: int | None = None
) -> float:
    """u(bias) from reference materials, EQA rounds or recovery tests.

    Parameters
    ----------
    biases : array_like, shape (k,)
        Mean difference from the reference value, one a material, round or test, all in the unit of the measurement or
        all in percent. The bias is not corrected for: it enters the uncertainty by its root mean square.
    reference_uncertainties : array_like, shape (k,) or a scalar
        u(Cref), the standard uncertainties of the reference values. For EQA rounds: the reproducibility standard
        deviation over the root of the number of laboratories. Their mean is used.
    sd, replicates : float and int, optional
        With one reference material only: the standard deviation of the replicates behind the bias and their number.

    Returns
    -------
    float
        sqrt(RMS(bias)^2 + u(Cref)^2), and for one material also + sd^2 / replicates under the root.

    Raises
    ------
    ValueError
        Unequal lengths, a negative uncertainty, `sd` without `replicates` or with several biases.

    References
    ----------
    Nordtest TR 537, edition 4 (2017), sections 5.2 to 5.4. ISO 11352:2012, 8.3.
    """
    each = floats("biases", biases)
    reference = floats("reference_uncertainties", reference_uncertainties, dimensions=(0, 1), low=0)
    if reference.ndim:
        same_length(biases=each, reference_uncertainties=reference)
    if (sd is None) != (replicates is None):
        raise ValueError(f"sd is {sd} and replicates is {replicates}: give both or neither")
    squares = float(np.mean(each**2)) + float(np.mean(reference)) ** 2
    if sd is not None and replicates is not None:
        if each.size > 1:
            raise ValueError(f"sd is {sd}: with {each.size} biases their spread is already in the root mean square")
        squares += number("sd", sd, low=0) ** 2 / number("replicates", replicates, low=1, whole=True)
    return math.sqrt(squares)


def top_down(precision: float, *, bias: float = 0.0, calibration: float = 0.0, coverage_factor: float = 2.0) -> TopDown:
    """Expanded uncertainty from the laboratory's own control results and its bias.

    Parameters
    ----------
    precision : float, > 0
        u(Rw): the long-term within-laboratory standard deviation (or CV) of the control, of several periods pooled.
    bias : float, >= 0
        u(bias), as from `bias_uncertainty`; 0 says that bias is left out or has been removed.
    calibration : float, >= 0
        u(cal), the standard uncertainty of the calibrator's value after correction (ISO/TS 20914).
    coverage_factor : float
        k; 2 for about 95 %.

    Returns
    -------
    TopDown
        In the unit of the arguments.

    Raises
    ------
    ValueError
        A value outside its bounds.

    References
    ----------
    Nordtest TR 537, edition 4 (2017), sections 4 to 7. ISO/TS 20914:2019, 6.
    White GH. Clin Biochem Rev 2008;29 Suppl 1:S53-S60, appendix 1 (bias left out).
    """
    precision = number("precision", precision, above=0)
    bias, calibration = number("bias", bias, low=0), number("calibration", calibration, low=0)
    factor = number("coverage_factor", coverage_factor, above=0)
    combined = math.sqrt(precision**2 + bias**2 + calibration**2)
    return TopDown(precision, bias, calibration, combined, factor, factor * combined)


def _evaluate(model: Callable[..., float], x: Floats) -> float:
    return number("model", model(*x.tolist()))


def _freedom(degrees: ArrayLike) -> Floats:
    given = np.asarray(degrees)
    if given.ndim != 1 or given.dtype.kind not in "iuf" or np.isnan(given).any() or (given <= 0).any():
        raise ValueError(f"degrees_of_freedom is {degrees!r}: one number above 0 an input is needed")
    return given.astype(np.float64)


def _slopes(model: Callable[..., float], x: Floats, u: Floats) -> Floats:
    """Central differences at u/4, u/8, u/16, u/32; their error terms of even order are eliminated in turn (Romberg)."""
    slopes = np.zeros(x.size)
    for index, step in enumerate(u):
        if step == 0:
            continue  # it contributes nothing, whatever its slope
        step = max(step, abs(x[index]) * SMALLEST_STEP)
        tableau = []
        for halving in range(4):
            ends = x.copy(), x.copy()
            ends[0][index] -= step / 2 ** (halving + 2)
            ends[1][index] += step / 2 ** (halving + 2)
            width = ends[1][index] - ends[0][index]  # what the floats make of twice the step
            tableau.append((_evaluate(model, ends[1]) - _evaluate(model, ends[0])) / width)
        for order in range(1, 4):
            power = 4**order
            tableau = [(power * finer - coarser) / (power - 1) for coarser, finer in itertools.pairwise(tableau)]
        slopes[index] = tableau[0]
    return slopes


def _correlation(correlation: ArrayLike, k: int) -> Floats:
    matrix = floats("correlation", correlation, dimensions=2, low=-1, high=1)
    if matrix.shape != (k, k) or not (np.diag(matrix) == 1).all() or not np.array_equal(matrix, matrix.T):
        raise ValueError(f"correlation must be a symmetric {k} x {k} matrix with 1 on its diagonal")
    if np.linalg.eigvalsh(matrix)[0] < -1e-12:
        raise ValueError("correlation is not a correlation matrix: it has a negative eigenvalue")
    return matrix


def _coverage_factor(given: float | None, coverage: float, degrees: float) -> float:
    if given is not None:
        return number("coverage_factor", given, above=0)
    upper = (1 + number("coverage", coverage, above=0, below=1)) / 2
    return float(special.ndtri(upper) if math.isinf(degrees) else special.stdtrit(degrees, upper))
