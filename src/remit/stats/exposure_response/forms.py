r"""Response probability against exposure: linear, log-linear or Emax on the log-odds.

.. math:: \operatorname{logit} p = \beta_0 + \beta_1 f(x) + z^\top\gamma,\quad
   f(x) = x,\ \ln x \text{ or } \frac{x}{EC_{50} + x}

with exposure :math:`x` and further covariates :math:`z`. In the Emax form :math:`\beta_1` is the largest
change of the log-odds. For a given EC50 it is a logistic model, so the likelihood is maximised over EC50
alone, between 1/50 of the smallest positive exposure and 50 times the largest; where the maximum is at one of
these ends, the data show no curvature and EC50 is not identified.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy  # of which `optimize` is loaded when it is first asked for
from numpy.typing import ArrayLike
from scipy.special import chdtri

from remit.errors import problem
from remit.stats.confidence_level import critical_value
from remit.stats.estimate import Estimate, Floats
from remit.stats.exposure_response.logistic import LogisticFit, Status, logistic
from remit.stats.exposure_response.profile import profile_limits
from remit.stats.roots import root

Form = Literal["linear", "log-linear", "Emax"]
FORMS: tuple[Form, ...] = ("linear", "log-linear", "Emax")
BEYOND = 50.0
"""How far beyond the exposures an EC50 is looked for, as a factor."""
STEPS = 25
"""Values of EC50 at which the search begins."""
FLAT = 1e-6
"""Rise of the log-likelihood inside the range of EC50, over that at its ends, that counts as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureFit:
    """An exposure-response model fitted to one data set.

    Parameters
    ----------
    form
        How exposure enters.
    fit
        The logistic model with columns intercept, f(exposure), covariates; of the Emax form at its EC50.
    ec50
        In the unit of exposure; NaN in the other forms and where it is not identified.
    covariance
        Of the coefficients and, in the Emax form, the logarithm of EC50 after them.
    n_parameters
        Number of estimated parameters.
    """

    form: Form
    fit: LogisticFit
    ec50: float
    covariance: Floats
    n_parameters: int

    @property
    def aic(self) -> float:
        """Akaike's criterion: twice the parameters less twice the log-likelihood."""
        return 2 * self.n_parameters - 2 * self.fit.log_likelihood

    @property
    def reason(self) -> str:
        """Why there is no estimate; empty where there is one."""
        return "" if self.fit.status is Status.CONVERGED else self.fit.status.value


def exposure_term(exposure: Floats, form: Form, ec50: float = np.nan) -> Floats:
    """Column by which exposure enters, of its shape."""
    if form == "linear":
        return exposure
    if form == "log-linear":
        with np.errstate(divide="ignore"):
            return np.log(exposure)
    return exposure / (ec50 + exposure)


def design_matrix(
    exposure: Floats, form: Form, covariates: Floats | None = None, ec50: float = np.nan
) -> Floats:
    """Columns intercept, f(exposure), covariates, shape (n_patients, 2 + q)."""
    columns = [np.ones(exposure.size), exposure_term(exposure, form, ec50)]
    return np.column_stack([*columns, *(() if covariates is None else covariates.T)])


def fit_exposure(
    exposure: ArrayLike,
    response: ArrayLike,
    form: Form,
    covariates: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    *,
    firth: bool = False,
) -> ExposureFit:
    """Fit one exposure-response model by maximum likelihood.

    Parameters
    ----------
    exposure
        Finite, at least 0, shape (n_patients,).
    response
        True for the outcome, shape (n_patients,).
    form
        How exposure enters; the logarithm needs exposures above 0.
    covariates
        Further covariates, shape (n_patients, q).
    weight
        Frequency weights.
    firth
        Use the penalty of Firth; not with the Emax form, where it would depend on how EC50 is written.

    Raises
    ------
    InputError
        If shapes differ or a number cannot be used.
    """
    x = np.asarray(exposure, dtype=float)
    if x.ndim != 1 or not (np.isfinite(x) & (x >= 0)).all():
        raise problem("exposure", f"shape {x.shape}", "finite exposures of at least 0, one per patient")
    z = _columns(covariates, x.size)
    if form == "Emax" and firth:
        raise problem("firth", "the Emax form", "the linear or log-linear form", "log-linear")
    if form == "Emax":
        return _fit_emax(x, response, z, weight)
    if form == "log-linear" and not (x > 0).all():
        empty = logistic(np.ones((x.size, 1)), response, weight)
        p = 2 + (0 if z is None else z.shape[1])
        nothing = np.full((p, p), np.nan)
        undefined = replace(
            empty, coefficients=nothing[0], covariance=nothing, log_likelihood=np.nan, penalised=np.nan,
            status=Status.NOT_DEFINED,
        )  # fmt: skip
        return ExposureFit(form=form, fit=undefined, ec50=np.nan, covariance=nothing, n_parameters=p)
    fit = logistic(design_matrix(x, form, z), response, weight, firth=firth)
    return ExposureFit(
        form=form, fit=fit, ec50=np.nan, covariance=fit.covariance, n_parameters=fit.coefficients.size
    )


def _columns(covariates: ArrayLike | None, n: int) -> Floats | None:
    """Covariates as columns; None if there are none."""
    if covariates is None:
        return None
    z = np.asarray(covariates, dtype=float)
    z = z[:, None] if z.ndim == 1 else z
    if z.ndim != 2 or z.shape[0] != n:
        raise problem("covariates", f"shape {z.shape}", f"shape ({n}, q), one row per patient")
    return z if z.shape[1] else None


def ec50_range(exposure: Floats) -> tuple[float, float]:
    """Logarithms between which an EC50 is looked for; NaN where no exposure is above 0."""
    positive = exposure[exposure > 0]
    if not positive.size:
        return np.nan, np.nan
    return float(np.log(positive.min() / BEYOND)), float(np.log(positive.max() * BEYOND))


def _fit_emax(x: Floats, response: ArrayLike, z: Floats | None, weight: ArrayLike | None) -> ExposureFit:
    """Maximise over EC50 what the logistic model of each EC50 reaches."""

    def at(log_ec50: float) -> LogisticFit:
        return logistic(design_matrix(x, "Emax", z, float(np.exp(log_ec50))), response, weight)

    low, high = ec50_range(x)
    line = logistic(design_matrix(x, "linear", z), response, weight)
    p = line.coefficients.size + 1
    nothing = np.full((p, p), np.nan)
    failed = ExposureFit(form="Emax", fit=line, ec50=np.nan, covariance=nothing, n_parameters=p)
    if np.isnan(low) or line.status is not Status.CONVERGED:
        return failed
    grid = np.linspace(low, high, STEPS)
    fits = [at(float(each)) for each in grid]
    heights = np.array([each.maximum if each.status is Status.CONVERGED else -np.inf for each in fits])
    best = int(heights.argmax())
    around = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, STEPS - 1)])
    found = scipy.optimize.minimize_scalar(
        lambda value: -at(float(value)).maximum, bounds=around, method="bounded", options={"xatol": 1e-8}
    )
    log_ec50 = float(found.x)
    fit = at(log_ec50)
    if fit.status is not Status.CONVERGED or fit.maximum < max(heights[0], heights[-1]) + FLAT:
        flat = fits[best] if np.isfinite(heights[best]) else line
        unknown = replace(
            flat, coefficients=nothing[0, :-1], covariance=nothing[:-1, :-1], status=Status.NO_CURVATURE
        )
        return replace(failed, fit=unknown)
    covariance = _emax_covariance(x, z, fit, log_ec50, weight)
    return ExposureFit(
        form="Emax", fit=fit, ec50=float(np.exp(log_ec50)), covariance=covariance, n_parameters=p
    )


def emax_gradient(exposure: Floats, z: Floats | None, coefficients: Floats, ec50: float) -> Floats:
    """Derivative of the log-odds by the coefficients and the logarithm of EC50, shape (n, p + 1)."""
    design = design_matrix(exposure, "Emax", z, ec50)
    term = design[:, 1]
    return np.column_stack([design, -coefficients[1] * term * (1 - term)])


def _emax_covariance(
    x: Floats, z: Floats | None, fit: LogisticFit, log_ec50: float, weight: ArrayLike | None
) -> Floats:
    """Inverse of the expected information of the coefficients and ln EC50; NaN where it is singular."""
    ec50 = float(np.exp(log_ec50))
    gradient = emax_gradient(x, z, fit.coefficients, ec50)
    p = scipy.special.expit(design_matrix(x, "Emax", z, ec50) @ fit.coefficients)
    w = np.ones(x.size) if weight is None else np.asarray(weight, dtype=float)
    information = (gradient.T * (w * p * (1 - p))) @ gradient
    scale = np.sqrt(np.diag(information))
    scale = np.where(scale > 0, scale, 1.0)
    correlation = information / np.outer(scale, scale)
    if np.linalg.eigvalsh(correlation)[0] < 1e-12:
        return np.full(information.shape, np.nan)
    return np.linalg.inv(correlation) / np.outer(scale, scale)


def ec50_limits(
    fitted: ExposureFit,
    exposure: ArrayLike,
    response: ArrayLike,
    covariates: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> Estimate:
    """EC50 with profile-likelihood limits; 0 or infinity where no value on that side is rejected."""
    if fitted.fit.status is not Status.CONVERGED or fitted.form != "Emax":
        return Estimate(np.nan, np.nan, np.nan)
    x = np.asarray(exposure, dtype=float)
    z = _columns(covariates, x.size)
    most = float(chdtri(1, 1 - level))

    def excess(log_ec50: float) -> float:
        design = design_matrix(x, "Emax", z, float(np.exp(log_ec50)))
        reached = logistic(design, response, weight)
        return 2 * (fitted.fit.maximum - reached.maximum) - most

    low, high = ec50_range(x)
    at = float(np.log(fitted.ec50))
    below = float(np.exp(root(excess, low, at))) if excess(low) > 0 else 0.0
    above = float(np.exp(root(excess, at, high))) if excess(high) > 0 else np.inf
    return Estimate(fitted.ec50, below, above)


def slope_limits(
    fitted: ExposureFit,
    exposure: ArrayLike,
    response: ArrayLike,
    covariates: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> Estimate:
    """Coefficient of exposure with its limits.

    Profile-likelihood limits; of the Emax form those of Wald, which hold the uncertainty of EC50.
    """
    if fitted.fit.status is not Status.CONVERGED:
        return Estimate(np.nan, np.nan, np.nan)
    if fitted.form == "Emax":
        value = float(fitted.fit.coefficients[1])
        half = critical_value(level) * float(np.sqrt(fitted.covariance[1, 1]))
        return Estimate(value, value - half, value + half)
    x = np.asarray(exposure, dtype=float)
    design = design_matrix(x, fitted.form, _columns(covariates, x.size), fitted.ec50)
    return profile_limits(fitted.fit, design, response, 1, weight, level=level)
