"""Everything that chance decides in a course.

Draws are keyed by patient and indexed by visit, scan or event, never by arm: the same patient meets the
same windows, lesions, reader errors and fates under every arm, and an extra visit moves nothing else.
"""

from dataclasses import dataclass

import numpy as np

from remit.dosing import Floats, Integers
from remit.random import draws
from remit.trial import background, dropout, laboratory, lesions, readers, survival, visits
from remit.trial.parameters import Readers
from remit.trial.protocol import ArmProtocol, Patients
from remit.trial.rules import MOST_STARTS


@dataclass(frozen=True, slots=True)
class Chance:
    """What awaits the patients of an arm.

    ``clinical`` is uniform by dose step, ``marrow`` uniform. Laboratory variation, fever and errors of
    readers are drawn when a sample is taken or a scan read: few are of the many that could be.
    """

    seed: int
    index: Integers
    calendar: visits.Calendar
    sites: lesions.Sites
    exits: dropout.Exits
    fates: survival.Fates
    events: background.Events
    clinical: Floats
    marrow: Floats

    def visit_noise(self, rows: Integers, half_weeks: Integers) -> Floats:
        """Laboratory variation [standard normal] at visits, by half week, shape (n_rows, n_analytes)."""
        return laboratory.sample_noise(self.seed, "visit", self.index[rows], half_weeks)

    def febrile(self, rows: Integers, half_weeks: Integers) -> Floats:
        """Uniform draws of the patients ``rows`` by half week."""
        return draws(self.seed, "toxicity.febrile", self.index[rows], first=half_weeks)[:, 0]

    def reading(self, rows: Integers, number: Integers, parameters: Readers) -> readers.Errors:
        """Errors of the readers at scan ``number`` of the patients ``rows``."""
        return readers.sample_errors(self.seed, self.index[rows], parameters, number)

    def step_noise(self, rows: Integers, starts: Integers, sample: int) -> Floats:
        """Laboratory variation of the first (0) or second (1) sample after a dose step."""
        return laboratory.sample_noise(self.seed, "step", self.index[rows], 2 * starts + sample)


def draw_chance(seed: int, patients: Patients, protocol: ArmProtocol, burden: Floats) -> Chance:
    """All draws of the course; ``burden`` is the node burden at baseline [cells], shape (n_patients,)."""
    index, p = patients.index, protocol
    ramp_up = sum(step.days for step in p.regimen.ramp_up)
    plan = visits.calendar(seed, index, p.visits, ramp_up, p.follow_up)
    n_starts = MOST_STARTS + len(p.regimen.ramp_up) + 1
    in_china = (patients.covariates["REGION"] == "china").to_numpy()
    return Chance(
        seed=seed,
        index=index,
        calendar=plan,
        sites=lesions.sample_sites(
            seed, index, p.lesions, burden, patients.residual_share, p.readers.selection_difference
        ),
        exits=dropout.sample_exits(seed, index, p.dropout),
        fates=survival.sample_fates(seed, index, p.survival, in_china),
        events=background.sample_events(seed, index, p.background, p.follow_up),
        clinical=draws(seed, "lysis.clinical", index, n_starts),
        marrow=draws(seed, "lesions.marrow_repeat", index, 1)[:, 0],
    )


def half_week(now: Floats) -> np.ndarray:
    """Index of the draws of a laboratory visit."""
    return (now // laboratory.HALF_WEEK).astype(np.int64)
