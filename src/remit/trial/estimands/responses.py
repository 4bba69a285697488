"""Responses of an endpoint from milestones, at any follow-up limit, under the strategies it declares.

A response that was not reached, not assessed, or missing is none. Under the composite strategy, and while on
treatment, a response counts if it comes no later than the intercurrent event; for a response at any time the
two are the same. At a time point the composite strategy makes an earlier event a failure, whatever the sample
shows. There is no hypothetical strategy: it would have to say what would have been measured.
"""

from dataclasses import dataclass

import numpy as np

from remit.errors import problem
from remit.stats.estimate import Booleans, Floats
from remit.trial.estimands.endpoint import (
    AFTER_TREATMENT,
    BEST_RESPONSES,
    COMPOSITE,
    RESIDUAL,
    RESPONSES,
    WHILE,
    Endpoint,
    MrdTest,
)
from remit.trial.estimands.intercurrent import days_under, earliest
from remit.trial.milestones import (
    ASSESSED,
    DETECTABLE,
    UNDETECTABLE,
    Milestones,
    Samples,
    happened,
    last_scan,
)

SAME = 1e-6
"""Relative difference up to which two thresholds are the same."""


@dataclass(frozen=True, slots=True)
class Responses:
    """Who responds and who could be evaluated, arrays of the shape of milestones.

    ``counted`` is the denominator of the endpoint: everyone, or only who could be evaluated.
    """

    response: Booleans
    evaluable: Booleans
    counted: Booleans


def responses(endpoint: Endpoint, m: Milestones, limit: Floats) -> Responses:
    """Responses of an endpoint.

    Parameters
    ----------
    endpoint
        Of a variable in ``RESPONSES``; checked before.
    m
        Milestones by the reader of the endpoint, of any shape.
    limit
        Day up to which each patient is followed, of that shape; what lies beyond has no effect.

    Returns
    -------
    Evaluable is who has an adequate assessment after baseline, a response after treatment, or a valid MRD
    sample at the time point.

    Raises
    ------
    InputError
        If the variable is no response, or milestones lack the data that it needs.
    """
    if endpoint.variable not in RESPONSES:
        needed = f"one of {', '.join(RESPONSES)}"
        raise problem(f"endpoint {endpoint.name}", endpoint.variable, needed, "times()")
    stops = np.minimum(
        earliest(days_under(COMPOSITE, endpoint, m), m), earliest(days_under(WHILE, endpoint, m), m)
    )
    if endpoint.variable in RESIDUAL:
        found, assessed = _undetectable(endpoint, m, limit, stops)
    else:
        found, assessed = _responses(endpoint, m, limit, stops)
    evaluable = assessed & ~m.failed
    response = found & ~m.failed
    everyone = np.ones(evaluable.shape, dtype=bool)
    return Responses(response, evaluable, evaluable if endpoint.population == "evaluable" else everyone)


def _responses(endpoint: Endpoint, m: Milestones, limit: Floats, stops: Floats) -> tuple[Booleans, Booleans]:
    """Best response, and response after treatment."""
    variable = endpoint.variable
    name = variable.removeprefix("EOT") if variable in AFTER_TREATMENT else variable
    days = m.after_treatment if variable in AFTER_TREATMENT else m.first
    if name not in days:
        needed, known = f"a criterion that knows {name}", ", ".join(days) or "none"
        raise problem(f"endpoint {endpoint.name}: {variable}", known, needed, "name another variable")
    response = happened(days[name], limit) & (days[name] <= stops)
    if variable in BEST_RESPONSES:
        return response, last_scan(m, limit)[1] > 0
    return response, happened(days[ASSESSED], limit)


def _undetectable(
    endpoint: Endpoint, m: Milestones, limit: Floats, stops: Floats
) -> tuple[Booleans, Booleans]:
    """Undetectable residual disease at the time point, or at any time."""
    test = endpoint.mrd
    if test is None:
        raise problem(f"endpoint {endpoint.name}: mrd", "none", "compartment, assay and threshold")
    samples = _samples(endpoint, test, m)
    valid = happened(samples.time, limit[..., None]) & (samples.result <= DETECTABLE)
    if endpoint.variable == "UMRDEVER":
        negative = valid & (samples.result == UNDETECTABLE) & (samples.time <= stops[..., None])
        return np.asarray(negative.any(axis=-1)), np.asarray(valid.any(axis=-1))
    point = _time_point(test, m)
    # Infinite days are left out before they are subtracted from one another.
    distance = np.where(valid, np.abs(np.where(valid, samples.time, 0.0) - point[..., None]), np.inf)
    nearest = distance.min(axis=-1, initial=np.inf)
    has_sample = nearest <= test.window
    chosen = valid & (distance == nearest[..., None])
    chosen &= np.cumsum(chosen, axis=-1) == 1
    negative = chosen & (samples.result == UNDETECTABLE) & (samples.time <= stops[..., None])
    return has_sample & np.asarray(negative.any(axis=-1)), has_sample


def _samples(endpoint: Endpoint, test: MrdTest, m: Milestones) -> Samples:
    where, asked = f"endpoint {endpoint.name}: mrd", (test.compartment, test.assay)
    if asked not in m.mrd:
        known = "; ".join(f"{assay} in {compartment}" for compartment, assay in m.mrd) or "no samples"
        remedy = "give admrd to milestones(), or name a test of the study"
        raise problem(where, known, f"samples by {test.assay} in {test.compartment}", remedy)
    found = m.mrd[asked]
    if abs(found.threshold - test.threshold) > SAME * found.threshold:
        needed = f"that of {test.assay}, {found.threshold:g}"
        raise problem(f"{where}: threshold", f"{test.threshold:g}", needed, f"{found.threshold:g}")
    return found


def _time_point(test: MrdTest, m: Milestones) -> Floats:
    """Day of the time point of each patient."""
    if test.origin == "first_dose":
        return np.full(m.death.shape, test.day)
    if m.treatment is None:
        raise problem("milestones: treatment", "none", "the day of the last dose", "use milestones()")
    return m.treatment.last_dose + test.day
