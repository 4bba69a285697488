r"""Proportional hazards model of one data set: hazard ratios by Newton's method on the partial likelihood.

The hazard of a patient with covariates :math:`x` in stratum :math:`s` is
:math:`\lambda_s(t)\,e^{x^\top\beta}`, after Cox (1972). ``cox_rows`` holds the treatment effect of
replicates.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr

from remit.errors import problem
from remit.stats.confidence_level import check_level, critical_value
from remit.stats.estimate import Comparison, Floats
from remit.stats.survival.checks import check_patients, check_two_arms
from remit.stats.survival.cox_likelihood import Point, Stratum, Ties, evaluate, stratum
from remit.stats.survival.cox_monotone import infinite_directions

N_ITERATIONS = 80
CLOSE = 1e-7
"""Length of a Newton step, in standard errors, after which the next, its square, would change nothing."""
N_HALVED = 60
"""How often a step is halved before the likelihood counts as too flat."""
FAR = 12.0
"""Spread of the linear predictor from which on an infinite maximum is looked for."""
ALIKE = 1e-11
"""Ratio of the smallest to the largest information of the standardised covariates that counts as none."""


class Status(Enum):
    """How a fit ended, and what that usually means."""

    CONVERGED = "converged"
    INFINITE = "infinite coefficient; events are all on one side of a covariate among those at risk"
    NOT_IDENTIFIED = "not identified; covariates are collinear, or the same in everyone at risk at events"
    NO_EVENTS = "no events"
    ITERATION_LIMIT = "too many iterations; likelihood too flat to be climbed"


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A statistic that has a chi-square distribution if all coefficients are zero."""

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class CoxFit:
    """A proportional hazards model that was fitted, with p covariates.

    Parameters
    ----------
    coefficients
        Log hazard ratios, shape (p,); infinite where the likelihood has its maximum there, NaN if not known.
    covariance
        Inverse of the information, shape (p, p); NaN in rows of coefficients that are not finite.
    information
        Observed information at the coefficients, shape (p, p).
    log_likelihood, null_log_likelihood
        Log partial likelihood there and with all coefficients zero.
    wald, score, likelihood_ratio
        Tests of all coefficients at once; Wald's is NaN with an infinite coefficient, the others are not.
    n_patients, n_events
        Counts.
    iterations
        Newton steps.
    status
        How the fit ended.
    ties
        How tied events were treated.
    """

    coefficients: Floats
    covariance: Floats
    information: Floats
    log_likelihood: float
    null_log_likelihood: float
    wald: ChiSquare
    score: ChiSquare
    likelihood_ratio: ChiSquare
    n_patients: int
    n_events: int
    iterations: int
    status: Status
    ties: Ties

    @property
    def se(self) -> Floats:
        """Standard errors of the log hazard ratios, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    strata: ArrayLike | None = None,
    *,
    ties: Ties = "efron",
) -> CoxFit:
    """Fit a proportional hazards model.

    Parameters
    ----------
    time, event
        Time of event or censoring, and true for an event, shape (n_patients,).
    covariates
        Shape (n_patients, p), or (n_patients,) for one; finite numbers.
    strata
        Label of the stratum of each patient, shape (n_patients,); each has its own baseline hazard.
    ties
        ``efron`` or ``breslow``. Breslow's draws hazard ratios towards 1 where ties are many, as they are
        with scheduled assessments.

    Returns
    -------
    A fit; its ``status`` says if the data have no maximum. That is never an exception.

    Raises
    ------
    InputError
        If shapes differ or numbers are not known.
    """
    when, happened = check_patients(time, event)
    x = np.asarray(covariates, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or x.shape[0] != when.size or x.shape[1] == 0:
        raise problem("covariates", f"shape {x.shape}", f"shape ({when.size}, p), a row per patient")
    if not np.isfinite(x).all():
        raise problem("covariates", "a value that is not finite", "finite numbers", "leave the patient out")
    label = np.zeros(when.size, dtype=np.int64) if strata is None else np.asarray(strata)
    if label.shape != when.shape:
        raise problem("strata", f"shape {label.shape}", f"one label per patient, shape {when.shape}")
    if ties not in ("efron", "breslow"):
        raise problem("ties", ties, "efron or breslow", "efron")

    centre = x.mean(axis=0) if when.size else np.zeros(x.shape[1])
    spread = x.std(axis=0) if when.size else np.ones(x.shape[1])
    scale = np.where(spread > ALIKE * np.abs(centre), spread, 1.0)
    standardised = np.where(spread > ALIKE * np.abs(centre), (x - centre) / scale, 0.0)
    groups = [np.flatnonzero(label == one) for one in np.unique(label)]
    parts = tuple(stratum(when, happened, standardised, patients, ties) for patients in groups)
    return _fit(parts, scale, ties)


def hazard_ratio(
    time: ArrayLike,
    event: ArrayLike,
    experimental: ArrayLike,
    strata: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
    *,
    ties: Ties = "efron",
    level: float = 0.95,
) -> Comparison:
    """Hazard ratio of treatment, experimental to control, with Wald's interval and test.

    Where it is 0 or infinite its limits, ``se`` and ``z`` are NaN: use a score test, the log-rank.

    Parameters
    ----------
    time, event, strata, ties
        As of :func:`cox`.
    experimental
        True in the experimental arm, shape (n_patients,).
    covariates
        Further covariates that the hazard ratio is adjusted for, shape (n_patients, p) or (n_patients,).
    level
        Confidence level, in (0, 1).
    """
    check_level(level)
    when, happened, arm = check_two_arms(time, event, experimental)
    columns = [arm.astype(float)]
    if covariates is not None:
        more = np.asarray(covariates, dtype=float)
        more = more[:, None] if more.ndim == 1 else more
        if more.ndim != 2 or more.shape[0] != when.size:
            raise problem("covariates", f"shape {more.shape}", f"shape ({when.size}, p), a row per patient")
        columns += list(more.T)
    fit = cox(when, happened, np.column_stack(columns), strata, ties=ties)
    name = "Cox" + ("" if strata is None else ", stratified") + ("" if covariates is None else ", adjusted")
    return compare_log_hazards(name, fit.coefficients[0], fit.se[0], level)


def compare_log_hazards(method: str, log_ratio: Floats, se: Floats, level: float) -> Comparison:
    """A comparison by a log hazard ratio and its standard error, of any shape."""
    log_hr, error = np.asarray(log_ratio, dtype=float), np.asarray(se, dtype=float)
    half = critical_value(level) * error
    z = -log_hr / error
    numbers = np.exp(log_hr), np.exp(log_hr - half), np.exp(log_hr + half), error, z, ndtr(-z)
    return Comparison(method, "hazard ratio", *map(np.asarray, numbers), level=level)


def _fit(strata: tuple[Stratum, ...], scale: Floats, ties: Ties) -> CoxFit:
    """Climb on standardised covariates and bring the result back to their own scale."""
    null = evaluate(strata, np.zeros(scale.size))
    n_events = sum(one.event.size for one in strata)
    values = np.linalg.eigvalsh(null.information)
    status = None
    if n_events == 0:
        status = Status.NO_EVENTS
    elif not values[0] > ALIKE * max(values[-1], 1.0):
        status = Status.NOT_IDENTIFIED
    iterations, point = 0, null
    coefficients = np.full(scale.size, np.nan)
    covariance = np.full((scale.size, scale.size), np.nan)
    if status is None:
        coefficients, point, iterations, status = _climb(strata, null)
        covariance, status = _uncertainty(strata, coefficients, point, status)
    known = status is not Status.NO_EVENTS and status is not Status.NOT_IDENTIFIED
    fitted = point.log_likelihood if known else np.nan
    is_finite = bool(np.isfinite(covariance).all())
    wald = float(coefficients @ point.information @ coefficients) if is_finite else np.nan
    rao = float(null.score @ np.linalg.solve(null.information, null.score)) if known else np.nan
    return CoxFit(
        coefficients / scale,
        covariance / np.outer(scale, scale),
        point.information * np.outer(scale, scale),
        fitted,
        null.log_likelihood,
        _chi_square(wald, scale.size),
        _chi_square(rao, scale.size),
        _chi_square(2 * (fitted - null.log_likelihood), scale.size),
        sum(one.time.size for one in strata),
        n_events,
        iterations,
        status,
        ties,
    )


def _climb(strata: tuple[Stratum, ...], null: Point) -> tuple[Floats, Point, int, Status]:
    """Newton's method with halved steps; the likelihood is concave, so that it rises to its one maximum."""
    coefficients, point = np.zeros(null.score.size), null
    for iteration in range(1, N_ITERATIONS + 1):
        try:
            step = np.linalg.solve(point.information, point.score)
        except np.linalg.LinAlgError:
            return coefficients, point, iteration, Status.ITERATION_LIMIT
        length = float(np.sqrt(max(step @ point.score, 0.0)))
        reached = evaluate(strata, coefficients + step)
        # Within rounding of the maximum a step is not asked to rise.
        least = point.log_likelihood - 1e-12 * (1 + abs(point.log_likelihood))
        for _ in range(N_HALVED):
            if reached.log_likelihood >= least:
                break
            step = step / 2
            reached = evaluate(strata, coefficients + step)
        else:
            return coefficients, point, iteration, Status.ITERATION_LIMIT
        coefficients, point = coefficients + step, reached
        if length < CLOSE:
            return coefficients, point, iteration, Status.CONVERGED
    return coefficients, point, N_ITERATIONS, Status.ITERATION_LIMIT


def _uncertainty(
    strata: tuple[Stratum, ...], coefficients: Floats, point: Point, status: Status
) -> tuple[Floats, Status]:
    """Covariance; where a coefficient is infinite it is set so, in place, and has none."""
    spread = max(float(np.ptp(one.covariates @ coefficients)) for one in strata)
    signs = np.zeros(coefficients.size)
    if spread > FAR or status is not Status.CONVERGED:
        signs = infinite_directions(strata, coefficients)
    infinite = signs != 0
    covariance = np.full(point.information.shape, np.nan)
    if infinite.any():
        coefficients[infinite] = signs[infinite] * np.inf
        status = Status.INFINITE
    finite = np.flatnonzero(~infinite)
    if status is not Status.ITERATION_LIMIT and finite.size:
        # A coefficient at infinity has no information left, so that the others are as if it were known.
        block = np.ix_(finite, finite)
        covariance[block] = np.linalg.inv(point.information[block])
    return covariance, status


def _chi_square(statistic: float, df: int) -> ChiSquare:
    return ChiSquare(float(statistic), df, float(chdtrc(df, max(float(statistic), 0.0))))
