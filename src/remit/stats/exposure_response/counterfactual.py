r"""What an association of response with exposure leaves out: the same patients under several doses.

Within one dose, exposure is not assigned: what changes clearance may change the disease too, holds and
reductions lower the exposure of those with toxicity, and those who stay longer are exposed longer. Where the
same patients were simulated under every dose, the change that another dose makes is known, and stands
beside the change that the association predicts.

Two contrasts, which answer different questions:

**Risk difference.** A model is fitted to one dose. For another dose it predicts the change
:math:`\overline{\hat p(x_{id}) - \hat p(x_{i0})}` (the g-formula, Robins 1986), from the exposures that the
same patients have there; the true change is :math:`\overline{Y_{id} - Y_{i0}}`. Their difference is
confounding together with whatever the form of the model does beyond the exposures it saw. Risk differences
are averages over patients, so they have one meaning in both, which odds ratios have not (Greenland, Robins
and Pearl 1999).

**Slopes between and within patients** (Neuhaus and Kalbfleisch 1998). All doses enter one model,
:math:`\operatorname{logit} p = a + b\,\ln x_{i0} + w\,\ln(x_{id}/x_{i0})`: ``between`` compares patients
at one dose, ``within`` compares doses in a patient. Without confounding they are equal;
``between - within`` does not extrapolate.

Monte Carlo errors are by the jackknife over groups, parameter draws where there are several.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Floats, Integers, MonteCarlo
from remit.stats.exposure_response.forms import Form, fit_exposure
from remit.stats.exposure_response.jackknife import jackknife_error, jackknife_groups
from remit.stats.exposure_response.logistic import logistic
from remit.stats.exposure_response.prediction import fitted_probability


@dataclass(frozen=True, slots=True)
class Doses:
    """The same patients under several doses.

    ``exposure`` (above 0) and ``response`` have shape (n_patients, n_doses); ``group`` (n_patients,) is the
    parameter draw; ``weight`` (n_patients,) is the population weight; ``covariates`` (n_patients, q), known
    before treatment, are what an analyst could adjust for.

    Raises
    ------
    InputError
        If shapes differ or a number cannot be used.
    """

    exposure: Floats
    response: Booleans
    group: Integers
    weight: Floats
    covariates: Floats | None = None

    def __post_init__(self) -> None:
        """Check numbers at the border."""
        n = self.exposure.shape[0]
        found: list[Finding] = []
        if self.exposure.ndim != 2 or self.response.shape != self.exposure.shape:
            shapes = f"{self.exposure.shape} and {self.response.shape}"
            found.append(Finding("exposure, response", shapes, "one shape (n_patients, n_doses)", ""))
        if self.group.shape != (n,) or self.weight.shape != (n,):
            shapes = f"{self.group.shape} and {self.weight.shape}"
            found.append(Finding("group, weight", shapes, f"shape ({n},)", ""))
        if not (np.isfinite(self.exposure) & (self.exposure > 0)).all():
            found.append(Finding("exposure", "a value not above 0", "finite exposures above 0", ""))
        if self.covariates is not None and (self.covariates.ndim != 2 or self.covariates.shape[0] != n):
            shape = f"shape {self.covariates.shape}"
            found.append(Finding("covariates", shape, f"shape ({n}, q), one row per patient", ""))
        if found:
            raise InputError(found)

    def of(self, kept: Booleans) -> "Doses":
        """The patients kept."""
        z = None if self.covariates is None else self.covariates[kept]
        return Doses(self.exposure[kept], self.response[kept], self.group[kept], self.weight[kept], z)


@dataclass(frozen=True, slots=True)
class Contrast:
    """Change of the response probability from the dose of the model to another one, with Monte Carlo errors.

    ``association`` is what a model fitted at one dose predicts for the other, ``adjusted`` the same with the
    covariates in the model (NaN without covariates), ``causal`` the change in the same patients;
    ``confounding`` and ``residual`` are the first and the second minus the third.
    """

    dose: int
    association: MonteCarlo
    adjusted: MonteCarlo
    causal: MonteCarlo
    confounding: MonteCarlo
    residual: MonteCarlo


@dataclass(frozen=True, slots=True)
class Slopes:
    """Log-odds per unit of ln exposure, between patients of one dose and within patients across doses."""

    between: MonteCarlo
    within: MonteCarlo
    confounding: MonteCarlo


def contrasts(doses: Doses, reference: int, form: Form = "log-linear") -> list[Contrast]:
    """Predicted and true change of response at every other dose.

    Parameters
    ----------
    doses
        The same patients under every dose.
    reference
        Dose at which the model is fitted, a place along the doses.
    form
        Form of the model.

    Returns
    -------
    One contrast per other dose; NaN where the model has no estimate.
    """
    everyone = np.ones(doses.group.shape, dtype=bool)
    group = jackknife_groups(doses.group)

    def changes(kept: Booleans) -> Floats:
        return _changes(doses.of(kept), reference, form)

    value, error = changes(everyone), jackknife_error(changes, group)
    # A change that is not known has no error either.
    error = np.where(np.isfinite(value), error, np.nan)
    others = [place for place in range(doses.exposure.shape[1]) if place != reference]
    return [
        Contrast(
            dose,
            *(MonteCarlo(float(value[place, k]), float(error[place, k])) for k in range(value.shape[1])),
        )
        for place, dose in enumerate(others)
    ]


def _changes(doses: Doses, reference: int, form: Form) -> Floats:
    """Association, adjusted, causal, confounding, residual of each other dose, shape (n_doses - 1, 5)."""
    here = doses.exposure[:, reference]
    share = doses.weight / doses.weight.sum()
    weight = share * share.size
    models = [None] if doses.covariates is None else [None, doses.covariates]
    fits = [fit_exposure(here, doses.response[:, reference], form, z, weight) for z in models]
    rows: list[list[float]] = []
    for dose in range(doses.exposure.shape[1]):
        if dose == reference:
            continue
        there = doses.exposure[:, dose]
        change = doses.response[:, dose].astype(float) - doses.response[:, reference]
        causal = float((share * change).sum())
        predicted = [
            float((share * (fitted_probability(fit, there, z) - fitted_probability(fit, here, z))).sum())
            for fit, z in zip(fits, models, strict=True)
        ]
        crude, adjusted = predicted[0], predicted[1] if len(predicted) > 1 else np.nan
        rows.append([crude, adjusted, causal, crude - causal, adjusted - causal])
    return np.array(rows).reshape(-1, 5)


def slopes(doses: Doses, reference: int) -> Slopes:
    """Slopes between and within patients of a log-linear model of all doses; see the module.

    NaN where one dose is all there is, or the data do not give them.
    """
    group = jackknife_groups(doses.group)

    def both(kept: Booleans) -> Floats:
        return _slopes(doses.of(kept), reference)

    value, error = both(np.ones(group.shape, dtype=bool)), jackknife_error(both, group)
    error = np.where(np.isfinite(value), error, np.nan)
    return Slopes(*(MonteCarlo(float(value[k]), float(error[k])) for k in range(3)))


def _slopes(doses: Doses, reference: int) -> Floats:
    """Between, within and their difference, shape (3,)."""
    n, n_doses = doses.exposure.shape
    own = np.log(doses.exposure[:, [reference]])
    change = np.log(doses.exposure) - own
    design = np.stack([np.ones((n, n_doses)), np.broadcast_to(own, change.shape), change], axis=-1)
    weight = np.broadcast_to((doses.weight / doses.weight.mean())[:, None], change.shape)
    fit = logistic(design.reshape(-1, 3), doses.response.ravel(), weight.ravel())
    _, between, within = fit.coefficients
    return np.array([between, within, between - within])


def true_rates(response: ArrayLike, weight: ArrayLike, group: Integers) -> list[MonteCarlo]:
    """Response probability at each dose with its Monte Carlo error, from responses (n_patients, n_doses)."""
    y, w = np.asarray(response, dtype=float), np.asarray(weight, dtype=float)

    def rates(kept: Booleans) -> Floats:
        return (w[kept, None] * y[kept]).sum(axis=0) / w[kept].sum()

    value = rates(np.ones(w.shape, dtype=bool))
    error = jackknife_error(rates, jackknife_groups(group))
    return [MonteCarlo(float(a), float(b)) for a, b in zip(value, error, strict=True)]
