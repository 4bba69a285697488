"""What one task does: make the patients of a draw, or take some of them through an arm.

Patients are made once per draw, with their history, and met by every arm and scenario.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import polars as pl

from remit.library.posteriors import members
from remit.population import PopulationSpec, enter
from remit.run.averaged import AveragedBlock
from remit.run.cohorts import from_table, to_table
from remit.run.courses import (
    MOST_SAMPLED,
    ArmSetting,
    arm_parameters,
    make_block,
    population_spec,
    simulate_courses,
)
from remit.run.draws import typical_values
from remit.run.plan import Task
from remit.run.variations import variations, varied_scenarios, varied_values
from remit.study import Scenario, Study

Load = Callable[[Task], dict[str, pl.DataFrame]]


def simulate(task: Task, study: Study, load: Load) -> dict[str, pl.DataFrame]:
    """Tables of one task; pure in the task and the study.

    Parameters
    ----------
    task
        A population task gives ``cohort``, ``screening`` and ``shifts``; a course task its tables; a
        variation task the table ``variations``.
    study
        The study, with the sizes of the run.
    load
        Gives the tables of the population task of the same draw.
    """
    if task.kind == "population":
        return population(task, study)
    if task.kind == "variation":
        return {"variations": varied(task, study)}
    stored = load(task.population)
    table = stored["cohort"].slice(task.first, task.n_patients)
    cohort = from_table(task.draw, table, stored["screening"], stored["shifts"])
    n_sampled = -(-MOST_SAMPLED // task.n_draws) if task.first == 0 else 0
    chosen = study.scenario(task.arm, task.scenario)
    setting = drawn_setting(study, chosen, task.seed, task.draw, task.n_draws)
    return simulate_courses(task.seed, cohort, setting, n_sampled=n_sampled)


def population(task: Task, study: Study) -> dict[str, pl.DataFrame]:
    """The cohort of a draw, and what became of every candidate."""
    spec = drawn_setting(study, study.scenarios[0], task.seed, task.draw, task.n_draws).spec
    cohort = enter(task.seed, task.draw, task.pool, spec, make_block)
    return {"cohort": to_table(cohort), "screening": cohort.screening, "shifts": cohort.shifts}


def varied(task: Task, study: Study) -> pl.DataFrame:
    """Table ``variations`` of one level: its own patients through every scenario that is varied."""
    level = variations(study)[task.variation]
    settings = [
        arm_setting(study, chosen, *varied_values(study, chosen, level, task.seed))
        for chosen in varied_scenarios(study, level.factor)
    ]
    cohort = enter(task.seed, task.draw, task.pool, settings[0].spec, make_block)
    reader = study.file.analysis.primary_reader
    found: list[pl.DataFrame] = []
    for setting in settings:
        block = make_block(arm_parameters(task.seed, cohort, setting), cohort.state, cohort.thresholds)
        solver = block if level.as_doses else AveragedBlock(block)
        found.append(outcomes(simulate_courses(task.seed, cohort, setting, block=solver), reader))
    return pl.concat(found).with_columns(FACTOR=pl.lit(level.factor), LEVEL=pl.lit(level.level))


def outcomes(tables: dict[str, pl.DataFrame], reader: str) -> pl.DataFrame:
    """Best response and progression-free survival of each patient by one reader."""
    key = ["ARM", "SCENARIO", "USUBJID"]
    best = tables["adrs"].filter((pl.col("PARAMCD") == "BOR") & (pl.col("READER") == reader))
    times = tables["adtte"].filter((pl.col("PARAMCD") == "PFS") & (pl.col("READER") == reader))
    return best.select(*key, "AVALC").join(times.select(*key, "AVAL", "CNSR"), on=key, how="left")


def drawn_setting(study: Study, chosen: Scenario, seed: int, draw: int, n_draws: int) -> ArmSetting:
    """What an arm and scenario mean in one of ``n_draws`` parameter draws."""
    analysis = study.file.analysis
    fitted = members(analysis.calibration, analysis.recalled_records)
    typical = typical_values(seed, study.values(chosen.arm, chosen.name), draw, n_draws, fitted)
    return arm_setting(study, chosen, typical, analysis.extinction)


def arm_setting(study: Study, chosen: Scenario, typical: Mapping[str, float], extinction: str) -> ArmSetting:
    """What an arm and scenario mean under typical values in canonical units."""
    arm = study.arm(chosen.arm)
    setting = ArmSetting(
        arm=arm.name,
        scenario=chosen.name,
        regimen=arm.regimen,
        meal=arm.meal,
        cyp3a_inhibitor=arm.cyp3a_inhibitor,
        follow_up=study.follow_up,
        spec=population_spec(study.values(chosen.arm, chosen.name), typical, extinction),
    )
    return replace(setting, spec=with_target(setting.spec, arm.full_dose))


def with_target(spec: PopulationSpec, full_dose: float) -> PopulationSpec:
    """The specification with the target dose of the arm, its bioavailability following the dose."""
    relative = full_dose / spec["pharmacy.full_dose"]
    amount = full_dose * relative ** spec["pharmacy.dose_exponent"]
    return replace(spec, typical={**spec.typical, "pharmacy.full_dose": amount})
