"""Scores of a participant's result: how far from the assigned value, in which unit."""

import numpy as np
from numpy.typing import ArrayLike

from zhikong.stats.arguments import Floats, floats, number
from zhikong.stats.proficiency._shapes import ANY, Answer, answer, broadcast, finite, not_negative, positive, results


def z_score(result: ArrayLike, assigned: ArrayLike, sigma_pt: ArrayLike, *, missing: bool = False) -> Answer:
    """The z score, (x - x_pt) / sigma_pt.

    Parameters
    ----------
    result : array_like of float
        Results x of participants, in one unit.
    assigned : array_like of float
        Assigned value x_pt, broadcast against `result`.
    sigma_pt : array_like of float, > 0
        Standard deviation for proficiency assessment, fixed by the scheme or robust from the results.
    missing : bool
        NaN in `result` is a result not reported; its score is NaN, and `judge` makes it NOT_REPORTED.

    Returns
    -------
    float or ndarray
        Of the broadcast shape; a float for scalars.

    Raises
    ------
    ValueError
        A value that is not finite, a sigma_pt not above 0, or shapes that do not broadcast.

    References
    ----------
    ISO 13528:2022, 9.4. The difference is divided once: no rounding, no limits of mean + k sd.
    """
    x, m, s = results(result, missing), finite("assigned", assigned), positive("sigma_pt", sigma_pt)
    broadcast({"result": x, "assigned": m, "sigma_pt": s})
    return answer((x - m) / s)


def z_prime_score(
    result: ArrayLike, assigned: ArrayLike, sigma_pt: ArrayLike, u_assigned: ArrayLike, *, missing: bool = False
) -> Answer:
    """The z' score, (x - x_pt) / sqrt(sigma_pt^2 + u(x_pt)^2).

    Parameters
    ----------
    result, assigned, sigma_pt, missing
        As of `z_score`.
    u_assigned : array_like of float, >= 0
        Standard uncertainty u(x_pt) of the assigned value. Used where it is not negligible, which
        `uncertainty_is_negligible` decides.

    Returns
    -------
    float or ndarray
        Of the broadcast shape.

    Raises
    ------
    ValueError
        As of `z_score`, and a negative uncertainty.

    References
    ----------
    ISO 13528:2022, 9.5.
    """
    x, m, s = results(result, missing), finite("assigned", assigned), positive("sigma_pt", sigma_pt)
    u = not_negative("u_assigned", u_assigned)
    broadcast({"result": x, "assigned": m, "sigma_pt": s, "u_assigned": u})
    return answer((x - m) / np.hypot(s, u))


def zeta_score(
    result: ArrayLike, assigned: ArrayLike, u_result: ArrayLike, u_assigned: ArrayLike, *, missing: bool = False
) -> Answer:
    """The zeta score, (x - x_pt) / sqrt(u(x)^2 + u(x_pt)^2), of standard uncertainties.

    Parameters
    ----------
    result, assigned, missing
        As of `z_score`.
    u_result : array_like of float, >= 0
        Standard uncertainty that the participant states.
    u_assigned : array_like of float, >= 0
        Standard uncertainty of the assigned value.

    Returns
    -------
    float or ndarray
        Of the broadcast shape. Two assigned values are compared the same way (ISO 13528:2022, 7.8).

    Raises
    ------
    ValueError
        As of `z_score`; a negative uncertainty; both uncertainties 0.

    References
    ----------
    ISO 13528:2022, 9.6.
    """
    return _over_uncertainties(result, assigned, u_result, u_assigned, ("u_result", "u_assigned"), missing)


def en_score(
    result: ArrayLike,
    assigned: ArrayLike,
    expanded_result: ArrayLike,
    expanded_assigned: ArrayLike,
    *,
    missing: bool = False,
) -> Answer:
    """The En score, (x - x_pt) / sqrt(U(x)^2 + U(x_pt)^2), of expanded uncertainties (k = 2).

    Parameters
    ----------
    result, assigned, missing
        As of `z_score`.
    expanded_result, expanded_assigned : array_like of float, >= 0
        Expanded uncertainties U of the result and of the assigned value.

    Returns
    -------
    float or ndarray
        Of the broadcast shape; zeta / 2 where both U are 2 u.

    Raises
    ------
    ValueError
        As of `z_score`; a negative uncertainty; both uncertainties 0.

    References
    ----------
    ISO 13528:2022, 9.7; ISO/IEC 17043:2010, Annex B.
    """
    names = ("expanded_result", "expanded_assigned")
    return _over_uncertainties(result, assigned, expanded_result, expanded_assigned, names, missing)


def ez_scores(
    result: ArrayLike,
    assigned: ArrayLike,
    expanded_result: ArrayLike,
    expanded_assigned: ArrayLike,
    *,
    missing: bool = False,
) -> tuple[Answer, Answer]:
    """The pair E_z- and E_z+, (x - (x_pt -+ U(x_pt))) / U(x).

    Parameters
    ----------
    result, assigned, missing
        As of `z_score`.
    expanded_result : array_like of float, > 0
        Expanded uncertainty U(x) that the participant states.
    expanded_assigned : array_like of float, >= 0
        Expanded uncertainty U(x_pt) of the assigned value.

    Returns
    -------
    tuple of float or ndarray
        E_z- (against x_pt - U) and E_z+ (against x_pt + U); `judge_ez` judges the pair.

    Raises
    ------
    ValueError
        As of `z_score`; U(x) not above 0; U(x_pt) negative.

    References
    ----------
    ISO 13528:2005 (not in later editions), as described in the NIST Dataplot reference manual.
    """
    x, m = results(result, missing), finite("assigned", assigned)
    mine, theirs = positive("expanded_result", expanded_result), not_negative("expanded_assigned", expanded_assigned)
    broadcast({"result": x, "assigned": m, "expanded_result": mine, "expanded_assigned": theirs})
    return answer((x - (m - theirs)) / mine), answer((x - (m + theirs)) / mine)


def difference(result: ArrayLike, assigned: ArrayLike, *, missing: bool = False) -> Answer:
    """The difference D = x - x_pt.

    Parameters
    ----------
    result, assigned, missing
        As of `z_score`.

    Returns
    -------
    float or ndarray
        In the unit of the results.

    Raises
    ------
    ValueError
        As of `z_score`.

    References
    ----------
    ISO 13528:2022, 9.3.
    """
    x, m = results(result, missing), finite("assigned", assigned)
    broadcast({"result": x, "assigned": m})
    return answer(x - m)


def percent_difference(result: ArrayLike, assigned: ArrayLike, *, missing: bool = False) -> Answer:
    """The relative difference D% = 100 (x - x_pt) / x_pt, called bias (偏倚) in Chinese schemes.

    Parameters
    ----------
    result, missing
        As of `z_score`.
    assigned : array_like of float, not 0
        Assigned value.

    Returns
    -------
    float or ndarray
        In percent of the assigned value.

    Raises
    ------
    ValueError
        As of `z_score`; an assigned value of 0.

    References
    ----------
    ISO 13528:2022, 9.3.
    """
    x, m = results(result, missing), _not_zero(assigned)
    broadcast({"result": x, "assigned": m})
    return answer(100 * (x - m) / m)


def percent_of_allowed(result: ArrayLike, assigned: ArrayLike, allowed: ArrayLike, *, missing: bool = False) -> Answer:
    """P_A, the difference in percent of the allowable error: 100 (x - x_pt) / delta_E.

    Parameters
    ----------
    result, assigned, missing
        As of `z_score`.
    allowed : array_like of float, > 0
        Allowable error delta_E in the unit of the results; `allowable_difference` makes it from a limit.

    Returns
    -------
    float or ndarray
        Percent; acceptable from -100 to 100 (`judge` with PA_LIMITS).

    Raises
    ------
    ValueError
        As of `z_score`; an allowable error not above 0.

    References
    ----------
    ISO 13528:2015, 9.3, as transcribed in accreditation guides.
    """
    x, m, allowance = results(result, missing), finite("assigned", assigned), positive("allowed", allowed)
    broadcast({"result": x, "assigned": m, "allowed": allowance})
    return answer(100 * ((x - m) / allowance))


def variance_index_score(
    result: ArrayLike,
    assigned: ArrayLike,
    chosen_cv: ArrayLike,
    *,
    highest: float = 400.0,
    zero_below: float = 0.0,
    missing: bool = False,
) -> Answer:
    """The variance index score VIS (变异指数得分), historic: VI = 100 V / CCV, held at 400.

    Parameters
    ----------
    result, missing
        As of `z_score`.
    assigned : array_like of float, not 0
        Target value (the Chinese form of 1985) or the mean of all participants (the British form).
    chosen_cv : array_like of float, > 0
        Chosen coefficient of variation CCV (选定变异系数) of the analyte, in percent.
    highest : float
        A larger index counts as this, so that one gross error does not hide the rest.
    zero_below : float
        An index below this counts as 0: 50 in some countries, never in China.

    Returns
    -------
    float or ndarray
        Without sign; 0 is best. Not rounded: schemes printed whole numbers.

    Raises
    ------
    ValueError
        As of `z_score`; an assigned value of 0; a CCV not above 0; bounds that are not 0 <= zero_below < highest.

    References
    ----------
    Whitehead TP, Browning DM, Gregory A. J Clin Pathol 1973;26:435; the Chinese form as given in 临床生物化学,
    室间质量控制的统计方法.
    """
    x, m, ccv = results(result, missing), _not_zero(assigned), positive("chosen_cv", chosen_cv)
    highest = number("highest", highest, above=0)
    zero_below = number("zero_below", zero_below, low=0, below=highest)
    broadcast({"result": x, "assigned": m, "chosen_cv": ccv})
    index = 100 * np.abs(100 * (x - m) / m) / ccv
    return answer(np.where(index < zero_below, 0.0, np.minimum(index, highest)))


def overall_mean_vis(scores: ArrayLike) -> Answer:
    """OMVIS, the mean of a laboratory's variance index scores over analytes and rounds.

    Parameters
    ----------
    scores : array_like of float, shape (..., n), >= 0
        Scores of `variance_index_score`; what was not reported is left out beforehand.

    Returns
    -------
    float or ndarray
        The mean over the last axis.

    Raises
    ------
    ValueError
        No scores, or a negative one.

    References
    ----------
    Whitehead TP, Browning DM, Gregory A. J Clin Pathol 1973;26:435.
    """
    return answer(floats("scores", scores, dimensions=ANY[1:], low=0).mean(axis=-1))


def _not_zero(assigned: ArrayLike) -> Floats:
    m = finite("assigned", assigned)
    if (m == 0).any():
        raise ValueError("assigned is 0: a percentage of 0 has no meaning")
    return m


def _over_uncertainties(
    result: ArrayLike, assigned: ArrayLike, mine: ArrayLike, theirs: ArrayLike, names: tuple[str, str], missing: bool
) -> Answer:
    x, m = results(result, missing), finite("assigned", assigned)
    u, v = not_negative(names[0], mine), not_negative(names[1], theirs)
    broadcast({"result": x, "assigned": m, names[0]: u, names[1]: v})
    combined = np.hypot(u, v)
    if (combined == 0).any():
        raise ValueError(f"{names[0]} and {names[1]} are both 0: the score has no unit")
    return answer((x - m) / combined)
