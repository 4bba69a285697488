"""Where a course stands: what stays the same for an arm, and how far each patient has come."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.trial import laboratory
from remit.trial.chance import Chance
from remit.trial.ledger import Ledger
from remit.trial.protocol import ArmProtocol, Patients
from remit.trial.rules import Treatment
from remit.trial.therapy import Plan

Booleans = NDArray[np.bool_]

NODE_CELLS = ("node_S", "node_V", "node_B", "node_D")


@dataclass(frozen=True, slots=True)
class Course:
    """How far each patient has come, arrays of shape (n_patients,) unless said otherwise.

    ``now``, ``followed_until``, ``progression``, ``failure`` (the end of treatment for lack of efficacy),
    ``death`` and ``new_therapy`` are in days; what has not happened is infinite. ``next_dose`` and
    ``last_dose`` [day, NaN before the first] have shape (n_patients, n_drugs). ``last_abnormal`` [day] is by
    lysis criterion, shape (n_patients, 4); ``lysis_start`` is the dose step with the last recorded lysis.
    ``baseline_labs`` is measured on day 0, ``lysis_baseline`` before the first dose of the watched drug and
    ``labs`` last, each of shape (n_patients, n_analytes); ``baseline_cells`` by clone, (n_patients, 4);
    ``nadir`` is of the relative node burden at scans. ``in_remission`` says whose last marrow held no
    disease. ``gcsf_left`` daily doses of filgrastim remain, the next on ``gcsf_next`` [day]; ``to_give``
    counts doses of the other supportive measures due at once, by ``support.AT_ONCE``; ``last_filgrastim``
    and ``last_transfusion`` are the last days of these. ``undetectable`` counts consecutive undetectable
    samples of the stopping rule, and ``assessed`` is the slot of the last assessment.
    """

    now: Floats
    treatment: Treatment
    followed_until: Floats
    progression: Floats
    failure: Floats
    death: Floats
    died_of_event: Booleans
    new_therapy: Floats
    next_dose: Floats
    last_dose: Floats
    last_abnormal: Floats
    lysis_start: Integers
    baseline_labs: Floats
    lysis_baseline: Floats
    labs: Floats
    baseline_cells: Floats
    nadir: Floats
    in_remission: Booleans
    gcsf_left: Floats
    gcsf_next: Floats
    to_give: Floats
    last_filgrastim: Floats
    last_transfusion: Floats
    undetectable: Integers
    assessed: Integers

    @property
    def is_followed(self) -> Booleans:
        """Still in response follow-up."""
        return np.isinf(self.followed_until)


@dataclass(frozen=True)
class Arm:
    """What stays the same while an arm is conducted."""

    patients: Patients
    protocol: ArmProtocol
    chance: Chance
    ledger: Ledger
    columns: dict[str, int]

    @cached_property
    def plan(self) -> Plan:
        """The schedules of all drugs as arrays."""
        return self.protocol.plan

    @cached_property
    def watched(self) -> int:
        """Place of the drug whose dose steps are watched for tumour lysis."""
        return self.protocol.watched

    def true_labs(self, seen: Floats) -> Floats:
        """Laboratory truth from observables of shape (..., n_observables)."""
        return seen[..., [self.columns[name] for name in laboratory.ANALYTES.values()]]

    def node_cells(self, seen: Floats) -> Floats:
        """Node cells by clone S, V, B, D from observables of shape (..., n_observables)."""
        return seen[..., [self.columns[name] for name in NODE_CELLS]]
