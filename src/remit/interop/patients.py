"""A patient of a study as other programs need it: the typical one as planned, or one of a run as treated."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches

import numpy as np
import polars as pl

from remit import model
from remit.dosing import DoseRecords, daily_doses, no_doses, together
from remit.errors import Finding, UnknownNameError
from remit.interop.simulation import Declared, Simulation
from remit.population import Cohort, enter
from remit.population.typical import typical_of
from remit.run.cohorts import from_table
from remit.run.courses import (
    ArmSetting,
    arm_parameters,
    arm_state,
    kernel,
    make_block,
    patients_of,
    therapy_of,
)
from remit.run.manifest import installed
from remit.run.options import digest_of
from remit.run.plan import Task
from remit.run.refusal import refused
from remit.run.runs import Run
from remit.run.simulate import before, drawn_setting
from remit.run.store import STUDY, Store
from remit.study import Scenario, Study, load_study
from remit.trial.protocol import Patients
from remit.trial.rules import INSTANT

Period = tuple[str, float, float, float, int]
"""A drug, the days on which a period begins and ends, its dose as a fraction of the target, and its step."""


def typical_patient(study: Study, arm: str | None = None, scenario: str | None = None) -> Simulation:
    """The typical patient of an arm and scenario under the planned regimen, from the first dose on.

    Every value is typical and every flag has its more frequent value; the state is that after the earlier
    course which such a patient has, if the study has a history.

    Parameters
    ----------
    study
        The study.
    arm, scenario
        Their names; the first scenario of the study, or of the arm, unless given.

    Raises
    ------
    UnknownNameError
        If the study has no such arm or scenario.
    RunError
        If such a patient cannot enter the study.
    """
    chosen = chosen_scenario(study, arm, scenario)
    setting = drawn_setting(study, chosen, study.file.run.seed, 0, 1)
    setting = replace(setting, spec=typical_of(setting.spec))
    cohort = enter(study.file.run.seed, 0, 1, typical_of(before(study, setting.spec)), make_block)
    return simulation(study, study.file.run.seed, cohort, setting, planned(setting), "typical patient")


def simulated_patient(
    run: Run, subject: str, arm: str | None = None, scenario: str | None = None
) -> Simulation:
    """A virtual patient of a run with the doses taken, from the first dose to the end of follow-up.

    Parameters
    ----------
    run
        A finished run.
    subject
        USUBJID, as in the tables.
    arm, scenario
        Under which the patient was treated; the first of the study, or of the arm, unless given.

    Raises
    ------
    UnknownNameError
        If there is no such arm, scenario or patient.
    RunError
        If the blocks of the run are gone, or another version of remit made it.
    """
    study = load_study(run.folder / STUDY)
    require_same_values(run, study)
    chosen = chosen_scenario(study, arm, scenario)
    here = (pl.col("ARM") == chosen.arm) & (pl.col("SCENARIO") == chosen.name)
    subjects = subjects_of(run, chosen.arm, chosen.name)
    if subject not in subjects:
        close = get_close_matches(subject, subjects, n=1)
        remedy = f"did you mean {close[0]}?" if close else f"{subjects[0]}, for example"
        raise UnknownNameError([Finding(f"{run.folder}: patients", f"'{subject}'", "a USUBJID", remedy)])
    draw, index = (int(part) for part in subject.split("-"))
    sizes, seed = run.manifest.sizes, run.manifest.seed
    pool = sizes.patients
    task = Task(kind="population", seed=seed, draw=draw, n_draws=sizes.draws, pool=pool, n_patients=pool)
    stored = Store(run.folder).load(task)
    row = stored["cohort"].filter(pl.col("index") == index)
    if row.height != 1:
        found = f"{row.height} rows for patient {subject}"
        raise refused(run.folder, found, "one row in its block", "run the study again in another folder")
    cohort = from_table(draw, row, stored["screening"], stored["shifts"])
    setting = drawn_setting(study, chosen, seed, draw, sizes.draws)
    periods = run.table("adex").filter(here & (pl.col("USUBJID") == subject)).sort("ASTDY")
    taken = periods.select("EXTRT", "ASTDY", "AENDY", "EXDOSE", "EXSTEP").rows()
    return simulation(study, seed, cohort, setting, taken, f"patient {subject}")


def subjects_of(run: Run, arm: str | None = None, scenario: str | None = None) -> list[str]:
    """USUBJID of every virtual patient of a run under an arm and scenario, the first unless given."""
    chosen = chosen_scenario(load_study(run.folder / STUDY), arm, scenario)
    here = (pl.col("ARM") == chosen.arm) & (pl.col("SCENARIO") == chosen.name)
    return run.table("adsl").filter(here)["USUBJID"].to_list()


def require_same_values(run: Run, study: Study) -> None:
    """Refuse a run whose patients this version would give other values than they had."""
    made, here = run.manifest.versions.get("remit"), installed("remit")
    if made != here or run.manifest.study_hash != digest_of(study):
        found = f"a run of remit {made}" if made != here else "a study that reads differently today"
        needed = f"a run that remit {here} made of the same study and library"
        raise refused(
            run.folder, found, needed, "run the study again, or export with the version that ran it"
        )


def chosen_scenario(study: Study, arm: str | None, scenario: str | None) -> Scenario:
    """The scenario of these names, the first where none is given."""
    if arm is not None:
        study.arm(arm)
    of_arm = [each for each in study.scenarios if arm in (None, each.arm)]
    if scenario is None:
        return of_arm[0]
    return study.scenario(arm or of_arm[0].arm, scenario)


def planned(setting: ArmSetting) -> list[Period]:
    """Periods of every drug as planned, to the end of follow-up."""
    found: list[Period] = []
    for each in setting.drugs:
        schedule, end = each.schedule, min(each.schedule.until, setting.follow_up)
        start, step = schedule.start, 1
        while start < end and (step <= len(schedule.periods) or schedule.repeats):
            period = schedule.periods[min(step, len(schedule.periods)) - 1]
            found.append((each.drug, start, min(start + period.days, end), period.fraction, step))
            start, step = start + period.days, step + 1
    return found


def simulation(
    study: Study, seed: int, cohort: Cohort, setting: ArmSetting, periods: Sequence[Period], who: str
) -> Simulation:
    """The one patient of a cohort under an arm."""
    parameters = arm_parameters(seed, cohort, setting)
    patients = patients_of(cohort, setting, parameters, 0)
    return Simulation(
        equations=kernel().equations,
        values=dict(zip(model.PARAMETERS, parameters[0].tolist(), strict=True)),
        state=dict(zip(model.STATES, arm_state(cohort, setting)[0].tolist(), strict=True)),
        doses=dose_records(setting, patients, periods),
        thresholds=tuple(cohort.thresholds[0].tolist()),
        declared=Declared(states=model.STATES, parameters=model.PARAMETERS, observables=model.OBSERVABLES),
        title=f"{who}, {setting.arm}, {setting.scenario}",
        notes=notes_of(study, setting, who),
    )


def dose_records(setting: ArmSetting, patients: Patients, periods: Iterable[Period]) -> DoseRecords:
    """Doses of periods; those of one drug keep their rhythm, as in ``remit.trial.giving``."""
    found: list[DoseRecords] = []
    following: dict[str, float] = {}
    drugs = {each.drug: place for place, each in enumerate(setting.drugs)}
    for drug, begin, end, fraction, step in periods:
        place = drugs[drug]
        therapy = therapy_of(setting.drugs[place], setting)
        planned_period = therapy.schedule.periods[min(step, len(therapy.schedule.periods)) - 1]
        for run in planned_period.doses if fraction > 0 else ():
            taken = min(run.fraction, fraction)
            amount = patients.amount[:, place] * taken ** (1 + therapy.dose_exponent)
            over = end if run.count is None else min(end, begin + run.offset + run.count * run.interval)
            start = max(following.get(drug, 0.0), begin + run.offset)
            count = int(np.ceil((over - start) / run.interval - INSTANT))
            if count > 0:
                until = np.array([start + (count - 0.5) * run.interval])
                state = therapy.dosed_state
                found.append(daily_doses(np.array([start]), until, amount, state, run.interval))
                following[drug] = start + count * run.interval
    return together(*found) if found else no_doses(1)


def notes_of(study: Study, setting: ArmSetting, who: str) -> tuple[str, ...]:
    """What a reader of the file must know of the patient."""
    drug = study.arm(setting.arm).drug
    calibrated = study.file.analysis.calibration or "none"
    notes = [
        f"{who[0].upper()}{who[1:]} of the study {study.name}, arm {setting.arm} ({drug}), scenario "
        f"{setting.scenario}, from the first dose of the study on.",
        f"Calibration: {calibrated}. Origin and source of each value: `remit library show` for "
        f"{', '.join(study.files[:-1])}; values of the calibration are those of its members.",
    ]
    if setting.main.schedule.unit == "study dose":
        notes.append(
            "Amounts and concentrations are in equivalents of venetoclax: one number stands for the potency "
            "and the exposure of the study dose together, and none is a measured concentration of the drug."
        )
    if setting.conditions.adherence < 1:
        notes.append("Doses are those prescribed; which of them were missed is not in the file.")
    notes.append("Supportive care of the patient is not in the file.")
    return tuple(notes)
