"""Who is treated, and how: the patients of one draw and the protocol of one arm."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit.dosing import Floats, Integers, Regimen
from remit.errors import Finding, InputError
from remit.functions import power
from remit.trial import rules
from remit.trial.parameters import (
    Background,
    DoseRules,
    Dropout,
    Laboratory,
    Lesions,
    Lysis,
    Readers,
    Survival,
    Visits,
)
from remit.trial.readers import Measurements

Booleans = NDArray[np.bool_]

COVARIATES = (
    "COUNTRY", "REGION", "SEX", "AGE", "WEIGHT", "PRIORLN", "TP53FL", "BLASTFL", "IGHVUFL", "CKFL", "IDHFL",
    "NPM1FL", "FLT3FL", "KI67", "BCL2EXP", "CRCL", "BTKISTOP", "REFRFL", "WEIGHT_POP",
)  # fmt: skip
"""Columns of ADSL that a patient brings along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients:
    """Virtual patients of one draw, each array of shape (n_patients,).

    ``index`` [unique in the run] is the counter of all random draws, so a patient meets the same visits,
    lesions and readers under every arm. ``covariates`` holds the columns ``COVARIATES``.
    ``residual_share`` is the share of the baseline product of diameters that is not tumour. ``F`` [fold]
    is bioavailability, ``full_dose`` [nmol] the target dose, ``average_concentration`` [nmol/L] the
    patient's own steady-state average at that dose. ``sampled`` marks patients with concentration samples.
    """

    draw: int
    index: Integers
    subjects: tuple[str, ...]
    covariates: pl.DataFrame
    residual_share: Floats
    F: Floats
    full_dose: Floats
    average_concentration: Floats
    sampled: Booleans

    @property
    def n_patients(self) -> int:
        """Patients of the draw."""
        return self.index.shape[0]

    def amount(self, fraction: Floats, dose_exponent: float) -> Floats:
        """What arrives [nmol] of a dose, a fraction of the target; bioavailability follows the dose."""
        return fraction * self.full_dose * self.F * power(fraction, dose_exponent)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmProtocol:
    """How one arm is conducted under one scenario.

    ``dosed_state`` is the index of the state that receives doses, ``resistant_clones`` are the places among
    S, V, B, D of those that resist the drug, ``dose_exponent`` the power of the dose
    fraction on bioavailability, ``follow_up`` [day] the longest patient time, ``judge`` the reading of
    scans by which the investigator ends treatment.
    """

    arm: str
    scenario: str
    regimen: Regimen
    dosed_state: int
    resistant_clones: tuple[int, ...]
    dose_exponent: float
    follow_up: float
    visits: Visits
    lesions: Lesions
    readers: Readers
    laboratory: Laboratory
    dose_rules: DoseRules
    lysis: Lysis
    background: Background
    dropout: Dropout
    survival: Survival
    judge: Callable[[Measurements], Booleans] = rules.progressed


def check(patients: Patients, protocol: ArmProtocol) -> None:
    """Refuse patients or a protocol that cannot be conducted.

    Raises
    ------
    InputError
        With every finding at once.
    """
    findings: list[Finding] = []
    missing = [name for name in COVARIATES if name not in patients.covariates.columns]
    if missing:
        findings.append(
            Finding(
                "patients: covariates",
                f"no {', '.join(missing)}",
                "every covariate column of ADSL",
                "see COVARIATES",
            )
        )
    for name, array in (
        ("residual_share", patients.residual_share),
        ("F", patients.F),
        ("full_dose", patients.full_dose),
        ("average_concentration", patients.average_concentration),
        ("sampled", patients.sampled),
    ):
        if array.shape != patients.index.shape:
            findings.append(
                Finding(
                    f"patients: {name}", f"shape {array.shape}", f"shape {patients.index.shape}, as index"
                )
            )
    if protocol.follow_up <= sum(step.days for step in protocol.regimen.ramp_up):
        findings.append(
            Finding("protocol: follow_up", f"{protocol.follow_up:g} days", "longer than the ramp-up")
        )
    if protocol.visits.window_limit * 2 >= protocol.visits.lab_interval:
        findings.append(
            Finding(
                "visits.window_limit",
                f"{protocol.visits.window_limit:g} days",
                "less than half of lab_interval, so that visits keep their order",
            )
        )
    if findings:
        raise InputError(findings)
