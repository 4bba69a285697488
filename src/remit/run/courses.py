"""One cohort through one arm under one scenario: parameters, doses, conduct, response, events.

The same patients, with the same deviates and draws, meet every arm; only what the drug and the scenario
decide is put in place of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
import polars as pl

from remit import model
from remit.courses import Block
from remit.dosing import Floats, Regimen
from remit.library.declared import SCENARIO_GROUPS, kind_of
from remit.library.entries import Entry
from remit.library.entries import Spread as DeclaredSpread
from remit.library.pharmacy import INHIBITORS, MEALS
from remit.population import Cohort, PopulationSpec, Spread
from remit.population.sample import model_values
from remit.solve import Equations, Kernel, KernelBlock, compile_kernel
from remit.trial.conduct import conduct_arm
from remit.trial.endpoints import Schedule, time_to_event
from remit.trial.parameters import TABLES as TRIAL_TABLES
from remit.trial.protocol import ArmProtocol, Patients
from remit.trial.response import CRITERIA
from remit.trial.visits import scan_days
from remit.tumour.clones import CLONES

RTOL = 1e-3
"""Relative tolerance of the kernel in a study: errors below 0.02 in log10 of cells, 0.1% of platelets."""
DRUG_PARAMETERS = tuple(
    name
    for name in model.PARAMETERS
    if kind_of(name) == "bcl2_inhibitor" or name in SCENARIO_GROUPS["disease"]["resistance"]
)
"""Parameters that differ between arms and scenarios."""
DOSED = list(model.STATES).index(model.DOSED["bcl2i"])
RESISTANT = (CLONES.index("V"), CLONES.index("D"))
"""Clones that resist a BCL2 inhibitor."""
CLEARANCE = list(model.PARAMETERS).index("bcl2i.CL")
MOST_SAMPLED = 40

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSetting:
    """What a course is simulated under: names, regimen, and values and spreads of one parameter draw."""

    arm: str
    scenario: str
    regimen: Regimen
    meal: str
    cyp3a_inhibitor: str
    follow_up: float
    spec: PopulationSpec
    criterion: str = "lugano_2014"
    modality: str = "CT"


@cache
def kernel() -> Kernel:
    """The kernel of the therapeutic model."""
    return compile_kernel(
        Equations(
            model.NAME,
            tuple(model.STATES),
            tuple(model.PARAMETERS),
            tuple(model.OBSERVABLES),
            model.rates_by_name,
            model.observe_by_name,
            tuple(model.LEVELS.values()),
            tuple(model.EXTINCTION_GROUPS.values()),
        )
    )


def make_block(parameters: Floats, state: Floats, thresholds: Floats) -> KernelBlock:
    """A block of patients on the generated kernel."""
    return KernelBlock(kernel(), parameters, state, thresholds, rtol=RTOL)


def population_spec(
    entries: Mapping[str, Entry], typical: Mapping[str, float], extinction: str
) -> PopulationSpec:
    """What patients are drawn from: typical values of one draw, and spread between patients."""
    spreads = {
        name: spread_of(entry.between_patients)
        for name, entry in entries.items()
        if entry.between_patients is not None
    }
    return PopulationSpec(dict(typical), spreads, one_cell_extinction=extinction == "one_cell")


def spread_of(declared: DeclaredSpread) -> Spread:
    """A spread of the library as the population draws it."""
    return Spread(
        declared.distribution,
        declared.sd or 0.0,
        declared.low or 0.0,
        declared.high or 0.0,
        declared.same_draw_as,
        -np.inf if declared.truncate_low is None else declared.truncate_low,
        np.inf if declared.truncate_high is None else declared.truncate_high,
    )


def arm_parameters(seed: int, cohort: Cohort, setting: ArmSetting) -> Floats:
    """Parameters of every patient under the drug and scenario of an arm, shape (n_patients, n_parameters)."""
    parameters = cohort.parameters.copy()
    order = list(model.PARAMETERS)
    for name, values in model_values(seed, setting.spec, DRUG_PARAMETERS, cohort.counter).items():
        parameters[:, order.index(name)] = values
    if setting.cyp3a_inhibitor != "none":
        parameters[:, CLEARANCE] *= setting.spec[INHIBITORS[setting.cyp3a_inhibitor]]
    return parameters


def patients_of(cohort: Cohort, setting: ArmSetting, parameters: Floats, n_sampled: int) -> Patients:
    """The cohort as the trial meets it."""
    china = (cohort.covariates["REGION"] == "china").to_numpy()
    bioavailability = setting.spec[MEALS[setting.meal]] * np.where(
        china, setting.spec["pharmacy.F_china"], 1.0
    )
    full_dose = np.full(len(china), setting.spec["pharmacy.full_dose"])
    return Patients(
        draw=cohort.draw,
        index=cohort.counter,
        subjects=tuple(f"{cohort.draw:04d}-{index:05d}" for index in cohort.index),
        covariates=cohort.covariates,
        residual_share=cohort.residual,
        F=bioavailability,
        full_dose=full_dose,
        average_concentration=bioavailability
        * full_dose
        / parameters[:, CLEARANCE]
        / setting.regimen.interval,
        sampled=np.arange(len(china)) < n_sampled,
    )


def record(spec: PopulationSpec, table: str) -> Any:
    """A record of the trial's parameters, with values that may be absent as ``None``."""
    declared, _ = TRIAL_TABLES[table]
    return declared(**{name: spec.typical.get(f"{table}.{name}") for name in declared.__dataclass_fields__})


def protocol_of(setting: ArmSetting) -> ArmProtocol:
    """How the arm is conducted; treatment ends at progression as the response criterion reads it."""
    return ArmProtocol(
        arm=setting.arm,
        scenario=setting.scenario,
        regimen=setting.regimen,
        dosed_state=DOSED,
        resistant_clones=RESISTANT,
        dose_exponent=setting.spec["pharmacy.dose_exponent"],
        follow_up=setting.follow_up,
        judge=CRITERIA[setting.criterion].judge,
        **{table: record(setting.spec, table) for table in TRIAL_TABLES},
    )


def simulate_courses(
    seed: int, cohort: Cohort, setting: ArmSetting, *, n_sampled: int = 0, block: Block | None = None
) -> dict[str, pl.DataFrame]:
    """Tables of a cohort under one arm and scenario: adsl, adex, adpc, adtr, adlb, adae, marrow, adrs, adtte.

    Parameters
    ----------
    seed
        Seed of the run.
    cohort
        Patients at their first dose.
    setting
        The arm.
    n_sampled
        Patients, the first of the cohort, with concentration and occupancy samples.
    block
        Solver of the patients, if not the kernel; its parameters must be those of the arm.
    """
    parameters = arm_parameters(seed, cohort, setting)
    solver = block or make_block(parameters, cohort.state, cohort.thresholds)
    patients = patients_of(cohort, setting, parameters, n_sampled)
    return conducted(seed, solver, patients, protocol_of(setting), setting)


def conducted(
    seed: int, block: Block, patients: Patients, protocol: ArmProtocol, setting: ArmSetting
) -> dict[str, pl.DataFrame]:
    """Tables of patients conducted through an arm, with response and events judged from them."""
    tables = conduct_arm(block, patients, protocol, seed)
    tables["adrs"] = CRITERIA[setting.criterion].assess(
        tables["adtr"], tables["adsl"], tables["marrow"], modality=setting.modality
    )
    planned = scan_days(protocol.visits, protocol.follow_up).tolist()
    tables["adtte"] = time_to_event(tables["adrs"], tables["adsl"], Schedule(planned, protocol.follow_up))
    return tables
