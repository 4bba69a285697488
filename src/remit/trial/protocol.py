"""Who is treated, and how: the patients of one draw and the protocol of one arm."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.errors import Finding, InputError
from remit.functions import power
from remit.trial.mrd import Sampling
from remit.trial.parameters import (
    Biopsy,
    Crossover,
    DoseRules,
    Dropout,
    Laboratory,
    Lesions,
    Lysis,
    Readers,
    SupportiveCare,
    Survival,
    Visits,
)
from remit.trial.response import lugano_2014
from remit.trial.response.readings import Readings
from remit.trial.therapy import Plan, Therapy, plan_of, watched

Booleans = NDArray[np.bool_]

COVARIATES = (
    "COUNTRY", "REGION", "SEX", "AGE", "WEIGHT", "PRIORLN", "TP53FL", "BLASTFL", "IGHVUFL", "CKFL", "IDHFL",
    "NPM1FL", "FLT3FL", "KI67", "BCL2EXP", "CRCL", "BTKISTOP", "REFRFL", "WEIGHT_POP",
)  # fmt: skip
"""Columns of ADSL that a patient brings along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients:
    """Virtual patients of one draw, each array of shape (n_patients,) unless said.

    ``index`` [unique in the run] is the counter of all random draws, so a patient meets the same visits,
    lesions and readers under every arm. ``covariates`` holds the columns ``COVARIATES``. ``residual_share``
    is the share of the baseline product of diameters that is not tumour. ``amount``, of shape (n_patients,
    n_drugs), is what arrives of each target dose in the unit of its state. ``average_concentration``
    [nmol/L] is the patient's own steady-state average of the watched drug at its target dose,
    ``relative_exposure`` [fold] the same over that of the typical patient. ``sampled`` marks patients with
    concentration samples.
    """

    draw: int
    index: Integers
    subjects: tuple[str, ...]
    covariates: pl.DataFrame
    residual_share: Floats
    amount: Floats
    average_concentration: Floats
    relative_exposure: Floats
    sampled: Booleans

    @property
    def n_patients(self) -> int:
        """Patients of the draw."""
        return self.index.shape[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class MrdStop:
    """Stopping when disease is undetectable.

    Treatment with the ``drugs`` ends at a sample of ``compartment`` by ``assay``, on or after day
    ``earliest``, that is the ``consecutive``-th undetectable one in a row.
    """

    compartment: str
    assay: str
    earliest: float
    consecutive: int
    drugs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """Share of doses of small molecules that are taken, and the mean run of missed ones."""

    share: float = 1.0
    missed_run: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmProtocol:
    """How one arm is conducted under one scenario.

    ``therapies`` are its drugs. ``resistant_clones`` are the places among S, V, B, D of those that resist
    the main drug, ``follow_up`` [day] is the longest patient time, ``judge`` the reading of assessments by
    which the investigator ends treatment. Treatment without a response, as ``has_responded`` reads the
    assessments so far, ends at the first assessment from day ``response_by`` on. ``marrow`` says when a bone
    marrow is taken: at every assessment, or to confirm what scans suggest. ``measured`` names the laboratory
    parameters, all if it is empty. ``support_amounts`` gives what one dose of each supportive measure
    amounts to in its state, by name, with the index of that state.
    """

    arm: str
    scenario: str
    therapies: tuple[Therapy, ...]
    resistant_clones: tuple[int, ...]
    follow_up: float
    visits: Visits
    lesions: Lesions | None
    readers: Readers
    laboratory: Laboratory
    dose_rules: DoseRules
    lysis: Lysis
    dropout: Dropout
    survival: Survival
    supportive_care: SupportiveCare
    biopsy: Biopsy
    support_amounts: Mapping[str, tuple[int, float]] = field(default_factory=dict[str, tuple[int, float]])
    crossover: Crossover | None = None
    adherence: Adherence = field(default_factory=Adherence)
    samplings: tuple[Sampling, ...] = ()
    mrd_stop: MrdStop | None = None
    marrow: Literal["every", "confirm"] = "confirm"
    marrow_visible: float = 0.05
    measured: tuple[str, ...] = ()
    judge: Callable[[Readings, Integers], Booleans] = lugano_2014.judge
    response_by: float = np.inf
    has_responded: Callable[[Readings], Booleans] | None = None

    @property
    def plan(self) -> Plan:
        """The schedules of all drugs as arrays."""
        return plan_of([each.schedule for each in self.therapies])

    @property
    def watched(self) -> int:
        """Place of the drug whose dose steps are watched for tumour lysis."""
        return watched(self.therapies)

    def place(self, kind: str) -> int | None:
        """Place of the drug of a kind; None if there is none."""
        return next((i for i, each in enumerate(self.therapies) if each.kind == kind), None)


def given_amount(patients: Patients, fraction: Floats, exponent: Floats) -> Floats:
    """What arrives of doses, fractions of the target; bioavailability follows the dose.

    ``fraction`` has shape (n_patients, n_drugs, n_runs), ``exponent`` (n_drugs,).
    """
    whole = patients.amount[:, :, None] * fraction
    if not exponent.any():
        return whole
    positive = np.where(fraction > 0, fraction, 1.0)
    return whole * power(positive, np.broadcast_to(exponent[None, :, None], positive.shape))


def check(patients: Patients, protocol: ArmProtocol) -> None:
    """Refuse patients or a protocol that cannot be conducted.

    Raises
    ------
    InputError
        With every finding at once.
    """
    findings = [*_of_patients(patients, protocol), *_of_protocol(protocol)]
    if findings:
        raise InputError(findings)


def _of_patients(patients: Patients, protocol: ArmProtocol) -> Iterator[Finding]:
    missing = [name for name in COVARIATES if name not in patients.covariates.columns]
    if missing:
        found, needed = f"no {', '.join(missing)}", "every covariate column of ADSL"
        yield Finding("patients: covariates", found, needed, "see COVARIATES")
    n = patients.n_patients
    for name, array, shape in (
        ("residual_share", patients.residual_share, (n,)),
        ("amount", patients.amount, (n, len(protocol.therapies))),
        ("average_concentration", patients.average_concentration, (n,)),
        ("relative_exposure", patients.relative_exposure, (n,)),
        ("sampled", patients.sampled, (n,)),
    ):
        if array.shape != shape:
            yield Finding(f"patients: {name}", f"shape {array.shape}", f"shape {shape}")


def _of_protocol(protocol: ArmProtocol) -> Iterator[Finding]:
    for each in protocol.therapies:
        s = each.schedule
        if protocol.follow_up <= s.start + s.ramp_up_days:
            found, needed = f"{protocol.follow_up:g} days", "longer than the ramp-up"
            yield Finding(f"protocol: follow_up ({each.drug})", found, needed)
    v = protocol.visits
    if v.window_limit * 2 >= v.lab_interval:
        needed = "less than half of lab_interval, so that visits keep their order"
        yield Finding("visits.window_limit", f"{v.window_limit:g} days", needed)
