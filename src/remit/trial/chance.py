"""Everything that chance decides in a course, drawn before it begins.

Draws are keyed by patient and indexed by visit, scan or event, never by arm: the same patient meets the
same windows, lesions, reader errors and fates under every arm, and an extra visit moves nothing else.
"""

from dataclasses import dataclass

import numpy as np

from remit.dosing import Floats
from remit.random import draws
from remit.trial import background, dropout, laboratory, lesions, readers, survival, visits
from remit.trial.protocol import ArmProtocol, Patients
from remit.trial.rules import MOST_STARTS


@dataclass(frozen=True, slots=True)
class Chance:
    """What awaits the patients of an arm.

    ``visit_noise`` [standard normal] is by half week, ``step_noise`` by dose step and sample (first,
    second), both with a last axis of analytes; ``febrile`` is uniform by half week, ``clinical`` uniform by
    dose step, ``marrow`` uniform.
    """

    calendar: visits.Calendar
    sites: lesions.Sites
    errors: readers.Errors
    exits: dropout.Exits
    fates: survival.Fates
    events: background.Events
    visit_noise: Floats
    step_noise: Floats
    febrile: Floats
    clinical: Floats
    marrow: Floats


def draw_chance(seed: int, patients: Patients, protocol: ArmProtocol, burden: Floats) -> Chance:
    """All draws of the course; ``burden`` is the node burden at baseline [cells], shape (n_patients,)."""
    index, p = patients.index, protocol
    ramp_up = sum(step.days for step in p.regimen.ramp_up)
    plan = visits.calendar(seed, index, p.visits, ramp_up, p.follow_up)
    half_weeks = int(p.follow_up // laboratory.HALF_WEEK) + 1
    n_starts = MOST_STARTS + len(p.regimen.ramp_up) + 1
    steps = laboratory.sample_noise(seed, "step", index, n_starts * 2)
    in_china = (patients.covariates["REGION"] == "china").to_numpy()
    return Chance(
        calendar=plan,
        sites=lesions.sample_sites(
            seed, index, p.lesions, burden, patients.residual_share, p.readers.selection_difference
        ),
        errors=readers.sample_errors(seed, index, p.readers, plan.n_scans + 1),
        exits=dropout.sample_exits(seed, index, p.dropout),
        fates=survival.sample_fates(seed, index, p.survival, in_china),
        events=background.sample_events(seed, index, p.background, p.follow_up),
        visit_noise=laboratory.sample_noise(seed, "visit", index, half_weeks),
        step_noise=steps.reshape(patients.n_patients, n_starts, 2, len(laboratory.ANALYTES)),
        febrile=draws(seed, "toxicity.febrile", index, half_weeks),
        clinical=draws(seed, "lysis.clinical", index, n_starts),
        marrow=draws(seed, "lesions.marrow_repeat", index, 1)[:, 0],
    )


def half_week(now: Floats) -> np.ndarray:
    """Index of the draws of a laboratory visit."""
    return (now // laboratory.HALF_WEEK).astype(np.int64)
