r"""Partial likelihood of the proportional hazards model, with its first two derivatives.

With the risk set :math:`R_i` and the :math:`d_i` events :math:`D_i` at the time :math:`t_i` of a stratum,

.. math:: \ell(\beta) = \sum_i \left[ \sum_{j \in D_i} x_j^\top \beta
    - \sum_{k=0}^{d_i - 1} \log\left( \sum_{j \in R_i} e^{x_j^\top \beta}
    - f_{ik} \sum_{j \in D_i} e^{x_j^\top \beta} \right) \right]

where :math:`f_{ik} = k / d_i` after Efron (1977) and 0 after Breslow (1974); without ties both are that of
Cox (1972).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers

Ties = Literal["efron", "breslow"]

FARTHEST = 500.0
"""Spread of the linear predictor beyond which hazards can no longer be added in double precision."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Patients of a stratum in order of time, events first, and a row for each of its events.

    Parameters
    ----------
    patient
        Place of each patient in the data, shape (n_patients,).
    time
        Their times, increasing.
    covariates
        Their covariates, shape (n_patients, n_covariates).
    event
        Which of them have the event, places in this order, shape (n_events,).
    first
        Of each event, the first patient of its risk set; those after are in it too.
    moment, begins
        Of each event, the number of its distinct time; of each distinct time, its first event.
    fraction
        Of each event, the share of the tied events that is taken from the risk set.
    """

    patient: Integers
    time: Floats
    covariates: Floats
    event: Integers
    first: Integers
    moment: Integers
    begins: Integers
    fraction: Floats


@dataclass(frozen=True, slots=True)
class Point:
    """Log partial likelihood at coefficients, its gradient (p,) and its negative second derivative (p, p)."""

    log_likelihood: float
    score: Floats
    information: Floats


def stratum(time: Floats, event: Booleans, covariates: Floats, patient: Integers, ties: Ties) -> Stratum:
    """Bring the patients of a stratum into order; ``patient`` are their places in the data."""
    order = np.lexsort((~event[patient], time[patient]))
    patient = patient[order]
    when = time[patient]
    places = np.flatnonzero(event[patient])
    _, begins, moment, d = np.unique(when[places], return_index=True, return_inverse=True, return_counts=True)
    within = np.arange(places.size) - begins[moment]
    fraction = within / d[moment] if ties == "efron" else np.zeros(places.size)
    first = np.searchsorted(when, when[places], side="left")
    return Stratum(patient, when, covariates[patient], places, first, moment, begins, fraction)


def evaluate(strata: tuple[Stratum, ...], coefficients: Floats) -> Point:
    """Log partial likelihood, score and information, summed over strata.

    Beyond ``FARTHEST`` the likelihood counts as minus infinite, and a search turns back.
    """
    p = coefficients.size
    total, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    for one in strata:
        if one.event.size == 0:
            continue
        x = one.covariates
        predictor = x @ coefficients
        # The largest is taken out, so that no hazard overflows.
        largest = predictor.max()
        if not largest - predictor.min() <= FARTHEST:
            return Point(-np.inf, np.full(p, np.nan), np.full((p, p), np.nan))
        weight = np.exp(predictor - largest)
        s0 = denominators(one, weight)
        mean = denominators(one, weight[:, None] * x) / s0[:, None]
        square = denominators(one, weight[:, None, None] * x[:, :, None] * x[:, None, :])
        total += float((predictor[one.event] - largest - np.log(s0)).sum())
        score += (x[one.event] - mean).sum(axis=0)
        information += (square / s0[:, None, None]).sum(axis=0) - mean.T @ mean
    return Point(total, score, information)


def denominators(one: Stratum, value: Floats) -> Floats:
    """Sum of a value over the risk set of each event, less its share of the tied events.

    ``value`` has shape (n_patients, ...) and the result (n_events, ...).
    """
    at_risk = value[::-1].cumsum(axis=0)[::-1][one.first]
    if not one.fraction.any():
        return at_risk
    tied = np.add.reduceat(value[one.event], one.begins, axis=0)[one.moment]
    return at_risk - one.fraction.reshape(-1, *(1,) * (value.ndim - 1)) * tied
