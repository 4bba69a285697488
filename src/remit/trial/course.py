"""Where a course stands: what stays the same for an arm, and how far each patient has come."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.trial import laboratory
from remit.trial.chance import Chance
from remit.trial.ledger import Ledger
from remit.trial.protocol import ArmProtocol, Patients
from remit.trial.rules import Treatment

Booleans = NDArray[np.bool_]

NODE_CELLS = ("node_S", "node_V", "node_B", "node_D")


@dataclass(frozen=True, slots=True)
class Course:
    """How far each patient has come, arrays of shape (n_patients,) unless said otherwise.

    ``now``, ``followed_until``, ``progression``, ``death``, ``new_therapy``, ``next_dose`` and ``last_dose``
    are in days; what has not happened is infinite, ``last_dose`` NaN. ``last_abnormal`` [day] is by lysis
    criterion, shape (n_patients, 4); ``lysis_start`` is the dose step with the last recorded lysis.
    ``baseline_labs`` is measured, shape (n_patients, n_analytes); ``baseline_cells`` by clone, (n_patients,
    4); ``nadir`` is of the relative node burden at scans.
    """

    now: Floats
    treatment: Treatment
    followed_until: Floats
    progression: Floats
    death: Floats
    died_of_event: Booleans
    new_therapy: Floats
    next_dose: Floats
    last_dose: Floats
    last_abnormal: Floats
    lysis_start: Integers
    baseline_labs: Floats
    baseline_cells: Floats
    nadir: Floats

    @property
    def is_followed(self) -> Booleans:
        """Still in response follow-up."""
        return np.isinf(self.followed_until)


@dataclass(frozen=True, slots=True)
class Arm:
    """What stays the same while an arm is conducted."""

    patients: Patients
    protocol: ArmProtocol
    chance: Chance
    ledger: Ledger
    columns: dict[str, int]

    def true_labs(self, seen: Floats) -> Floats:
        """Laboratory truth from observables of shape (..., n_observables)."""
        return seen[..., [self.columns[name] for name in laboratory.ANALYTES.values()]]

    def node_cells(self, seen: Floats) -> Floats:
        """Node cells by clone S, V, B, D from observables of shape (..., n_observables)."""
        return seen[..., [self.columns[name] for name in NODE_CELLS]]
