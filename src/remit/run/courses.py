"""One cohort through one arm under one scenario: parameters, doses, conduct, response, events.

The same patients, with the same deviates and draws, meet every arm; only what the drug and the scenario
decide is put in place of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Literal

import numpy as np
import polars as pl

from remit import model
from remit.courses import Block
from remit.dosing import Floats
from remit.library.conditions import Conditions, bioavailability_factor, clearance_factor, label_factor
from remit.library.declared import DOSED_KINDS, SCENARIO_GROUPS, kind_of
from remit.library.entries import Entry
from remit.library.entries import Spread as DeclaredSpread
from remit.library.placing import PLACES, SMALL, SUPPORT
from remit.population import Cohort, PopulationSpec, Spread
from remit.population.sample import model_values
from remit.solve import Equations, Kernel, KernelBlock, compile_kernel
from remit.stats.estimate import Booleans
from remit.study import ArmDrug
from remit.trial.conduct import conduct_arm
from remit.trial.endpoints import Declared, Schedule, time_to_event
from remit.trial.estimands.defaults import TIMES_BY_READER, TIMES_WITHOUT_READER
from remit.trial.estimands.endpoint import Endpoint
from remit.trial.estimands.response_sets import codes_of
from remit.trial.mrd import Sampling
from remit.trial.parameters import TABLES as TRIAL_TABLES
from remit.trial.parameters import Background, Crossover, Lesions
from remit.trial.protocol import Adherence, ArmProtocol, MrdStop, Patients
from remit.trial.response import CRITERIA
from remit.trial.response.readings import Readings
from remit.trial.therapy import BTK_INHIBITOR, Therapy
from remit.trial.visits import assessment_days
from remit.tumour.clones import CLONES

RTOL = 1e-3
"""Relative tolerance of the kernel in a study: errors below 0.02 in log10 of cells, 0.1% of platelets."""
DRUG_PARAMETERS = tuple(
    name
    for name in model.PARAMETERS
    if kind_of(name) in DOSED_KINDS or name in SCENARIO_GROUPS["disease"]["resistance"]
)
"""Parameters that differ between arms and scenarios."""
RESISTANT = {
    "bcl2_inhibitor": (CLONES.index("V"), CLONES.index("D")),
    "btk_inhibitor": (CLONES.index("B"), CLONES.index("D")),
}
"""Clones that resist a drug of each kind."""
STATE = {name: place for place, name in enumerate(model.STATES)}
BTKI_STATES = [place for name, place in STATE.items() if name.startswith("btki_")]
BTKI_PARAMETERS = [place for place, name in enumerate(model.PARAMETERS) if kind_of(name) == "btk_inhibitor"]
MOST_SAMPLED = 40
OF_ARMS = ("background", "lesions", "crossover")
"""Records of the trial that an arm may lack, or that each drug has its own of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """How response and residual disease are measured, and which laboratory parameters are."""

    criterion: str = "lugano_2014"
    modality: str = "CT"
    marrow: Literal["confirm", "every"] = "confirm"
    samplings: tuple[Sampling, ...] = ()
    mrd_stop: MrdStop | None = None
    response_by: float = np.inf
    laboratory: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = (*TIMES_BY_READER.values(), *TIMES_WITHOUT_READER.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSetting:
    """What a course is simulated under: names, drugs, and values and spreads of one parameter draw."""

    arm: str
    scenario: str
    drugs: tuple[ArmDrug, ...]
    conditions: Conditions
    follow_up: float
    spec: PopulationSpec
    crossover: bool = False
    measuring: Measuring = Measuring()

    @property
    def main(self) -> ArmDrug:
        """The drug whose exposure is shown and whose dose steps are watched."""
        return next(each for each in self.drugs if not each.prefix)

    def own(self, drug: ArmDrug) -> dict[str, float]:
        """Values of a drug under their own names."""
        typical = self.spec.typical
        if not drug.prefix:
            return {key: value for key, value in typical.items() if ":" not in key}
        own = {
            key.removeprefix(drug.prefix): each
            for key, each in typical.items()
            if key.startswith(drug.prefix)
        }
        return {key: value for key, value in typical.items() if key in model.PARAMETERS} | own


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
    """Parameters of every patient under the drugs and scenario of an arm, (n_patients, n_parameters)."""
    parameters = cohort.parameters.copy()
    order = list(model.PARAMETERS)
    for name, values in model_values(seed, setting.spec, DRUG_PARAMETERS, cohort.counter).items():
        parameters[:, order.index(name)] = values
    for drug in setting.drugs:
        place = PLACES[drug.kind]
        if place in SMALL:
            factor = clearance_factor(setting.own(drug), setting.conditions, drug.drug)
            parameters[:, order.index(f"{place}.CL")] *= factor
    return parameters


def arm_state(cohort: Cohort, setting: ArmSetting) -> Floats:
    """State of every patient at the first dose; what is left of an earlier drug is not the one given now."""
    if not any(each.kind == BTK_INHIBITOR for each in setting.drugs):
        return cohort.state
    state = cohort.state.copy()
    state[:, BTKI_STATES] = 0.0
    return state


def target_amounts(cohort: Cohort, setting: ArmSetting) -> Floats:
    """What arrives of each target dose in the unit of its state, shape (n_patients, n_drugs)."""
    china = (cohort.covariates["REGION"] == "china").to_numpy()
    columns: list[Floats] = []
    for drug in setting.drugs:
        values = setting.own(drug)
        if PLACES[drug.kind] not in SMALL:
            columns.append(np.full(len(china), drug.relative_dose))
            continue
        relative = drug.relative_dose * label_factor(values, setting.conditions, drug.drug)
        amount = values["pharmacy.full_dose"] * relative ** (1 + values["pharmacy.dose_exponent"])
        factor = bioavailability_factor(values, setting.conditions, drug.drug)
        columns.append(amount * factor * np.where(china, values["pharmacy.F_china"], 1.0))
    return np.stack(columns, axis=1)


def patients_of(
    cohort: Cohort, setting: ArmSetting, parameters: Floats, n_sampled: int, label: str = ""
) -> Patients:
    """The cohort as the trial meets it; ``label`` stands before the names of its patients."""
    n, amount = len(cohort.index), target_amounts(cohort, setting)
    place = PLACES[setting.main.kind]
    if place in SMALL:
        clearance = parameters[:, list(model.PARAMETERS).index(f"{place}.CL")]
        daily = amount[:, setting.drugs.index(setting.main)] / interval_of(setting.main)
        average = daily / clearance
        values = setting.own(setting.main)
        relative = setting.main.relative_dose
        usual = values["pharmacy.full_dose"] * relative ** (1 + values["pharmacy.dose_exponent"])
        exposure = average / (usual / interval_of(setting.main) / setting.spec[f"{place}.CL"])
    else:
        average = exposure = np.full(n, np.nan)
    return Patients(
        draw=cohort.draw,
        index=cohort.counter,
        subjects=tuple(f"{label}{cohort.draw:04d}-{index:05d}" for index in cohort.index),
        covariates=cohort.covariates,
        residual_share=cohort.residual,
        amount=amount,
        average_concentration=average,
        relative_exposure=exposure,
        sampled=np.arange(n) < n_sampled,
    )


def interval_of(drug: ArmDrug) -> float:
    """Days between doses at the target."""
    return drug.schedule.periods[-1].doses[-1].interval


def record(spec: PopulationSpec, table: str) -> Any:
    """A record of the trial's parameters, with values that may be absent as ``None``."""
    declared, _ = TRIAL_TABLES[table]
    return declared(**{name: spec.typical.get(f"{table}.{name}") for name in declared.__dataclass_fields__})


def therapy_of(drug: ArmDrug, setting: ArmSetting) -> Therapy:
    """A drug of an arm as the trial gives it."""
    values = setting.own(drug)
    background = {name: values.get(f"background.{name}") for name in Background.__dataclass_fields__}
    return Therapy(
        drug=drug.drug,
        kind=drug.kind,
        dosed_state=STATE[model.DOSED[PLACES[drug.kind]]],
        schedule=drug.schedule,
        dose_exponent=values.get("pharmacy.dose_exponent", 0.0) if PLACES[drug.kind] in SMALL else 0.0,
        holds=frozenset(drug.holds),
        is_reduced=drug.is_reduced,
        background=None if background["event_duration"] is None else Background(**background),  # pyright: ignore[reportArgumentType]
    )


def support_amounts(spec: PopulationSpec) -> dict[str, tuple[int, float]]:
    """State and amount of one dose of each supportive measure."""
    return {
        name: (STATE[model.DOSED[place]], spec[size] if size else 1.0)
        for name, (place, size) in SUPPORT.items()
    }


def has_responded(criterion: str, readings: Readings) -> Booleans:
    """Whether any assessment so far was a response, lymphocytosis included; shape (n_patients,)."""
    rules = CRITERIA[criterion]
    good = {*rules.RESPONDERS, *rules.LYMPHOCYTOSIS}
    places = [place for place, code in enumerate(rules.CODES) if code in good]
    return np.any(np.isin(rules.responses(readings), places), axis=1)


def protocol_of(setting: ArmSetting) -> ArmProtocol:
    """How the arm is conducted; treatment ends at progression as the response criterion reads it."""
    spec, chosen = setting.spec, setting.measuring
    criterion = CRITERIA[chosen.criterion]
    has_lesions = "lesions.longest_diameter" in spec.typical
    lesions: Lesions | None = record(spec, "lesions") if has_lesions else None
    crossover: Crossover | None = record(spec, "crossover") if setting.crossover else None
    return ArmProtocol(
        arm=setting.arm,
        scenario=setting.scenario,
        therapies=tuple(therapy_of(each, setting) for each in setting.drugs),
        resistant_clones=RESISTANT.get(setting.main.kind, ()),
        follow_up=setting.follow_up,
        lesions=lesions,
        crossover=crossover,
        support_amounts=support_amounts(spec),
        adherence=Adherence(share=setting.conditions.adherence, missed_run=setting.conditions.missed_run),
        samplings=chosen.samplings,
        mrd_stop=chosen.mrd_stop,
        marrow=chosen.marrow,
        measured=chosen.laboratory,
        judge=criterion.judge,
        response_by=chosen.response_by,
        has_responded=partial(has_responded, chosen.criterion),
        **({} if lesions is None else {"marrow_visible": lesions.marrow_visible}),
        **{table: record(spec, table) for table in TRIAL_TABLES if table not in OF_ARMS},
    )


def simulate_courses(
    seed: int,
    cohort: Cohort,
    setting: ArmSetting,
    *,
    n_sampled: int = 0,
    block: Block | None = None,
    label: str = "",
) -> dict[str, pl.DataFrame]:
    """Tables of a cohort under one arm and scenario, by name, with responses and times to event.

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
    label
        What stands before the names of the patients.
    """
    parameters = arm_parameters(seed, cohort, setting)
    solver = block or make_block(parameters, arm_state(cohort, setting), cohort.thresholds)
    patients = patients_of(cohort, setting, parameters, n_sampled, label)
    return conducted(seed, solver, patients, protocol_of(setting), setting)


def conducted(
    seed: int, block: Block, patients: Patients, protocol: ArmProtocol, setting: ArmSetting
) -> dict[str, pl.DataFrame]:
    """Tables of patients conducted through an arm, with response and events judged from them."""
    tables = conduct_arm(block, patients, protocol, seed)
    chosen = CRITERIA[setting.measuring.criterion]
    tables["adrs"] = chosen.assess(tables, modality=setting.measuring.modality)
    codes = codes_of(
        chosen.CODES, chosen.RESPONDERS, chosen.COMPLETE, chosen.PROGRESSION, chosen.LYMPHOCYTOSIS
    )
    planned = assessment_days(protocol.visits, protocol.follow_up).tolist()
    tables["adtte"] = time_to_event(
        tables["adrs"],
        tables["adsl"],
        Schedule(planned, protocol.follow_up),
        declared=Declared(endpoints=setting.measuring.endpoints, codes=codes),
        adex=tables["adex"],
    )
    return tables
