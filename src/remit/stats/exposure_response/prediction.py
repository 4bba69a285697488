"""Response probabilities of a fitted exposure-response model at given exposures, with their limits.

Limits are those of the log-odds by the delta method, brought back to probabilities. With covariates the
probability is standardised: the mean over the covariates of the patients handed in (the g-formula, Robins
1986), which is on the scale on which arms are compared.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from remit.errors import problem
from remit.stats.confidence_level import check_level, critical_value
from remit.stats.estimate import Estimate, Floats
from remit.stats.exposure_response.forms import (
    ExposureFit,
    design_matrix,
    emax_gradient,
)
from remit.stats.exposure_response.logistic import Status


@dataclass(frozen=True, slots=True)
class Curve:
    """Probability with limits at each exposure, arrays of one shape."""

    exposure: Floats
    probability: Floats
    low: Floats
    high: Floats


def curve(
    fitted: ExposureFit, exposure: Floats, covariates: Floats | None = None, *, level: float = 0.95
) -> Curve:
    """Probability along exposures.

    Parameters
    ----------
    fitted
        The fitted model.
    exposure
        Shape (n_points,).
    covariates
        Covariates of the patients over whom the probability is averaged, shape (n_patients, q); needed if the
        model has any.
    level
        Confidence level of the limits at each point.

    Returns
    -------
    NaN where the model has no estimate.
    """
    check_level(level)
    points = np.asarray(exposure, dtype=float)
    if fitted.fit.status is not Status.CONVERGED:
        nothing = np.full(points.shape, np.nan)
        return Curve(points, nothing, nothing, nothing)
    value, gradient = _means(fitted, points, covariates)
    variance = ((gradient @ fitted.covariance) * gradient).sum(axis=1)
    spread = value * (1 - value)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = critical_value(level) * np.sqrt(variance) / spread
        odds = logit(value)
    return Curve(points, value, expit(odds - half), expit(odds + half))


def difference(
    fitted: ExposureFit, at: float, reference: float, covariates: Floats | None = None, *, level: float = 0.95
) -> Estimate:
    """Probability at one exposure minus that at another, with limits by the delta method."""
    check_level(level)
    if fitted.fit.status is not Status.CONVERGED:
        return Estimate(np.nan, np.nan, np.nan)
    value, gradient = _means(fitted, np.array([at, reference]), covariates)
    change = gradient[0] - gradient[1]
    half = critical_value(level) * float(np.sqrt(change @ fitted.covariance @ change))
    estimate = float(value[0] - value[1])
    return Estimate(estimate, estimate - half, estimate + half)


def fitted_probability(fitted: ExposureFit, exposure: Floats, covariates: Floats | None = None) -> Floats:
    """Probability of each patient at the own exposure and covariates, shape (n_patients,)."""
    if fitted.fit.status is not Status.CONVERGED:
        return np.full(exposure.shape, np.nan)
    return expit(design_matrix(exposure, fitted.form, covariates, fitted.ec50) @ fitted.fit.coefficients)


def _means(fitted: ExposureFit, points: Floats, covariates: Floats | None) -> tuple[Floats, Floats]:
    """Mean probability at each point and its derivative by the parameters, shapes (n,) and (n, p)."""
    n_covariates = fitted.fit.coefficients.size - 2
    if (0 if covariates is None else covariates.shape[1]) != n_covariates:
        needed = f"{n_covariates} columns of covariates, over whose patients the model is averaged"
        raise problem("covariates", "none" if covariates is None else f"shape {covariates.shape}", needed)
    value, gradient = np.empty(points.size), np.empty((points.size, fitted.covariance.shape[0]))
    n = 1 if covariates is None else covariates.shape[0]
    for place, point in enumerate(points):
        x = np.full(n, point)
        p = fitted_probability(fitted, x, covariates)
        if fitted.form == "Emax":
            slope = emax_gradient(x, covariates, fitted.fit.coefficients, fitted.ec50)
        else:
            slope = design_matrix(x, fitted.form, covariates)
        value[place] = p.mean()
        gradient[place] = (slope * (p * (1 - p))[:, None]).mean(axis=0)
    return value, gradient
