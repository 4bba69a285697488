"""Everything that chance decides in a course.

Draws are keyed by patient and indexed by visit, assessment or event, never by arm: the same patient meets the
same windows, lesions, reader errors and fates under every arm, and an extra visit moves nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.random import draws
from remit.trial import background, dropout, laboratory, lesions, readers, survival, visits
from remit.trial.adherence import kept_doses
from remit.trial.crossing import Crossing, sample_crossing
from remit.trial.parameters import Readers
from remit.trial.protocol import ArmProtocol, Patients
from remit.trial.rules import MOST_STARTS
from remit.trial.therapy import BCL2_INHIBITOR, BTK_INHIBITOR


@dataclass(frozen=True, slots=True)
class Chance:
    """What awaits the patients of an arm.

    ``sites`` is None for a disease without lesions. ``events`` has an entry for each drug, None where it has
    none of its own; ``taken`` says of a drug which doses a patient takes, by place, shape (n_patients,
    n_doses), without an entry where all are. ``clinical`` is uniform by dose step, ``marrow`` uniform.
    Laboratory variation, fever and errors of readers are drawn when a sample is taken or a scan read: few
    are of the many that could be.
    """

    seed: int
    index: Integers
    calendar: visits.Calendar
    sites: lesions.Sites | None
    exits: dropout.Exits
    crossing: Crossing
    fates: survival.Fates
    events: tuple[background.Events | None, ...]
    taken: Mapping[int, NDArray[np.bool_]]
    clinical: Floats
    marrow: Floats

    def visit_noise(self, rows: Integers, half_weeks: Integers) -> Floats:
        """Laboratory variation [standard normal] at visits, by half week, shape (n_rows, n_analytes)."""
        return laboratory.sample_noise(self.seed, "visit", self.index[rows], half_weeks)

    def by_half_week(self, name: str, rows: Integers, half_weeks: Integers) -> Floats:
        """Uniform draws of the patients ``rows`` for what is decided at a visit, by half week."""
        return draws(self.seed, name, self.index[rows], first=half_weeks)[:, 0]

    def reading(self, rows: Integers, number: Integers, parameters: Readers) -> readers.Errors:
        """Errors of the readers at scan ``number`` of the patients ``rows``."""
        return readers.sample_errors(self.seed, self.index[rows], parameters, number)

    def step_noise(self, rows: Integers, starts: Integers, sample: int) -> Floats:
        """Laboratory variation of the first (0) or second (1) sample after a dose step."""
        return laboratory.sample_noise(self.seed, "step", self.index[rows], 2 * starts + sample)


def draw_chance(seed: int, patients: Patients, protocol: ArmProtocol, burden: Floats) -> Chance:
    """All draws of the course; ``burden`` is the node burden at baseline [cells], shape (n_patients,)."""
    index, p = patients.index, protocol
    watched = p.therapies[p.watched].schedule
    ramp_up = (watched.start, watched.start + watched.ramp_up_days)
    in_china = (patients.covariates["REGION"] == "china").to_numpy()
    crossing = sample_crossing(seed, index, p.crossover)
    return Chance(
        seed=seed,
        index=index,
        calendar=visits.calendar(seed, index, p.visits, ramp_up, p.follow_up, p.samplings),
        sites=None
        if p.lesions is None
        else lesions.sample_sites(
            seed, index, p.lesions, burden, patients.residual_share, p.readers.selection_difference
        ),
        exits=dropout.sample_exits(seed, index, p.dropout),
        crossing=crossing,
        fates=survival.sample_fates(seed, index, p.survival, in_china, crossing),
        events=tuple(
            None
            if each.background is None
            else background.sample_events(seed, index, each.background, p.follow_up, each.kind)
            for each in p.therapies
        ),
        taken=taken_doses(seed, index, p),
        clinical=draws(seed, "lysis.clinical", index, MOST_STARTS + watched.n_ramp + 1),
        marrow=draws(seed, "lesions.marrow_repeat", index, 1)[:, 0],
    )


def taken_doses(seed: int, index: Integers, p: ArmProtocol) -> dict[int, NDArray[np.bool_]]:
    """Which doses of each small molecule are taken; no entry where adherence is complete."""
    if p.adherence.share >= 1:
        return {}
    found: dict[int, NDArray[np.bool_]] = {}
    for place, each in enumerate(p.therapies):
        if each.kind in (BCL2_INHIBITOR, BTK_INHIBITOR):
            shortest = min(run.interval for period in each.schedule.periods for run in period.doses)
            n_doses = int(p.follow_up / shortest) + 2
            name = f"adherence.{each.kind}"
            found[place] = kept_doses(seed, name, index, n_doses, p.adherence.share, p.adherence.missed_run)
    return found


def half_week(now: Floats) -> np.ndarray:
    """Index of the draws of a laboratory visit."""
    return (now // laboratory.HALF_WEEK).astype(np.int64)
