"""What one task does: make the patients of a draw, or take some of them through an arm.

Patients are made once per draw, with their history, and met by every arm and scenario.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf

import polars as pl

from remit.dosing import Floats
from remit.library import Entry
from remit.library.posteriors import members
from remit.population import Cohort, PopulationSpec, enter
from remit.run.averaged import AveragedBlock
from remit.run.cohorts import from_table, to_table
from remit.run.courses import (
    MOST_SAMPLED,
    ArmSetting,
    Measuring,
    arm_parameters,
    arm_state,
    make_block,
    population_spec,
    simulate_courses,
)
from remit.run.draws import typical_values
from remit.run.plan import MOST_DRAWS, Task
from remit.run.variations import variations, varied_scenarios, varied_values
from remit.study import Scenario, Study
from remit.trial.mrd import Sampling
from remit.trial.protocol import MrdStop

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
    label = label_of(task.cohort)
    return simulate_courses(task.seed, cohort, setting, n_sampled=n_sampled, label=label)


def label_of(cohort: int) -> str:
    """What stands before the names of the patients of a cohort: nothing for the first, then B, C, ..."""
    return "" if cohort == 0 else chr(ord("A") + cohort)


def population(task: Task, study: Study) -> dict[str, pl.DataFrame]:
    """The cohort of a draw, and what became of every candidate."""
    disease, people = study.populations[task.cohort]
    chosen = next(
        each
        for each in study.scenarios
        if (study.arm(each.arm).disease, study.arm(each.arm).population) == (disease, people)
    )
    entries = study.population_values(chosen.arm, chosen.name)
    spec = drawn_spec(study, entries, task.seed, task.draw, task.n_draws)
    cohort = entered(task, spec)
    return {"cohort": to_table(cohort), "screening": cohort.screening, "shifts": cohort.shifts}


def entered(task: Task, spec: PopulationSpec) -> Cohort:
    """The patients of a draw; cohorts of one draw share no random numbers."""
    found = enter(task.seed, task.draw + task.cohort * MOST_DRAWS, task.pool, spec, make_block)
    draw = pl.lit(task.draw, dtype=pl.Int32)
    return replace(
        found,
        draw=task.draw,
        screening=found.screening.with_columns(DRAW=draw),
        shifts=found.shifts.with_columns(DRAW=draw),
    )


def varied(task: Task, study: Study) -> pl.DataFrame:
    """Table ``variations`` of one level: its own patients through every scenario that is varied."""
    level = variations(study)[task.variation]
    settings = [
        arm_setting(study, chosen, *varied_values(study, chosen, level, task.seed))
        for chosen in varied_scenarios(study, level.factor)
    ]
    cohort = entered(task, before(study, settings[0].spec))
    reader = study.file.analysis.primary_reader
    found: list[pl.DataFrame] = []
    for setting in settings:
        parameters = arm_parameters(task.seed, cohort, setting)
        block = make_block(parameters, arm_state(cohort, setting), cohort.thresholds)
        solver = block if level.as_doses else AveragedBlock(block)
        found.append(outcomes(simulate_courses(task.seed, cohort, setting, block=solver), reader))
    return pl.concat(found).with_columns(FACTOR=pl.lit(level.factor), LEVEL=pl.lit(level.level))


def before(study: Study, spec: PopulationSpec) -> PopulationSpec:
    """The specification under which patients come to the trial: the drug of an earlier course, if any."""
    earlier = {key: entry.value for key, entry in study.earlier_values().items()}
    return replace(spec, typical={**spec.typical, **earlier})


def outcomes(tables: dict[str, pl.DataFrame], reader: str) -> pl.DataFrame:
    """Best response and progression-free survival of each patient by one reader."""
    key = ["ARM", "SCENARIO", "USUBJID"]
    best = tables["adrs"].filter((pl.col("PARAMCD") == "BOR") & (pl.col("READER") == reader))
    times = tables["adtte"].filter((pl.col("PARAMCD") == "PFS") & (pl.col("READER") == reader))
    return best.select(*key, "AVALC").join(times.select(*key, "AVAL", "CNSR"), on=key, how="left")


def drawn_setting(study: Study, chosen: Scenario, seed: int, draw: int, n_draws: int) -> ArmSetting:
    """What an arm and scenario mean in one of ``n_draws`` parameter draws."""
    entries = study.values(chosen.arm, chosen.name)
    return setting_of(study, chosen, drawn_spec(study, entries, seed, draw, n_draws))


def drawn_spec(
    study: Study, entries: Mapping[str, Entry], seed: int, draw: int, n_draws: int
) -> PopulationSpec:
    """Values in one of ``n_draws`` parameter draws, with their spread between patients."""
    analysis = study.file.analysis
    fitted: dict[str, Floats] = members(analysis.calibration, analysis.recalled_records)
    typical = typical_values(seed, entries, draw, n_draws, fitted)
    return population_spec(entries, typical, analysis.extinction)


def arm_setting(study: Study, chosen: Scenario, typical: Mapping[str, float], extinction: str) -> ArmSetting:
    """What an arm and scenario mean under typical values in canonical units."""
    entries = study.values(chosen.arm, chosen.name)
    return setting_of(study, chosen, population_spec(entries, typical, extinction))


def setting_of(study: Study, chosen: Scenario, spec: PopulationSpec) -> ArmSetting:
    """An arm and scenario under some values."""
    arm = study.arm(chosen.arm)
    return ArmSetting(
        arm=arm.name,
        scenario=chosen.name,
        drugs=arm.drugs,
        conditions=arm.conditions,
        follow_up=study.follow_up,
        spec=spec,
        crossover=arm.crossover,
        measuring=measuring_of(study),
    )


def measuring_of(study: Study) -> Measuring:
    """How a study measures."""
    file = study.file
    chosen, stop = file.measurement, file.mrd_stop
    return Measuring(
        criterion=chosen.criterion,
        modality=chosen.modality,
        marrow=chosen.marrow,
        laboratory=chosen.laboratory,
        endpoints=study.times,
        response_by=inf if file.no_response is None else file.no_response.day,
        samplings=tuple(
            Sampling(
                compartment=each.compartment,
                assay=str(each.assay),
                days=each.days,
                input_cv=each.input_cv,
                least_input=each.least_input,
                failure_probability=each.failure_probability,
            )
            for each in file.mrd
        ),
        mrd_stop=None
        if stop is None
        else MrdStop(
            compartment=stop.compartment,
            assay=str(stop.assay),
            earliest=stop.earliest_day,
            consecutive=stop.consecutive,
            drugs=stop.drugs,
        ),
    )
