"""What one task does: make the patients of a draw, or take some of them through an arm.

Patients are made once per draw, with their history, and met by every arm and scenario.
"""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from remit.library.posteriors import members
from remit.population import PopulationSpec, enter
from remit.run.cohorts import from_table, to_table
from remit.run.courses import MOST_SAMPLED, ArmSetting, make_block, population_spec, simulate_courses
from remit.run.draws import typical_values
from remit.run.plan import Task
from remit.study import Scenario, Study

Load = Callable[[Task], dict[str, pl.DataFrame]]


def simulate(task: Task, study: Study, load: Load) -> dict[str, pl.DataFrame]:
    """Tables of one task; pure in the task and the study.

    Parameters
    ----------
    task
        A population task gives ``cohort`` and ``screening``; a course task the tables of its block.
    study
        The study, with the sizes of the run.
    load
        Gives the tables of the population task of the same draw.
    """
    if task.kind == "population":
        return population(task, study)
    stored = load(task.population)
    table = stored["cohort"].slice(task.first, task.n_patients)
    cohort = from_table(task.draw, table, stored["screening"])
    n_sampled = -(-MOST_SAMPLED // task.n_draws) if task.first == 0 else 0
    chosen = study.scenario(task.arm, task.scenario)
    setting = arm_setting(study, chosen, task.seed, task.draw, task.n_draws)
    return simulate_courses(task.seed, cohort, setting, n_sampled=n_sampled)


def population(task: Task, study: Study) -> dict[str, pl.DataFrame]:
    """The cohort of a draw, and what became of every candidate."""
    spec = arm_setting(study, study.scenarios[0], task.seed, task.draw, task.n_draws).spec
    cohort = enter(task.seed, task.draw, task.pool, spec, make_block)
    return {"cohort": to_table(cohort), "screening": cohort.screening}


def arm_setting(study: Study, chosen: Scenario, seed: int, draw: int, n_draws: int) -> ArmSetting:
    """What an arm and scenario mean in one of ``n_draws`` parameter draws."""
    entries = study.values(chosen.arm, chosen.name)
    analysis = study.file.analysis
    fitted = members(analysis.calibration, analysis.recalled_records)
    typical = typical_values(seed, entries, draw, n_draws, fitted)
    arm = study.arm(chosen.arm)
    setting = ArmSetting(
        arm=arm.name,
        scenario=chosen.name,
        regimen=arm.regimen,
        meal=arm.meal,
        cyp3a_inhibitor=arm.cyp3a_inhibitor,
        follow_up=study.follow_up,
        spec=population_spec(entries, typical, analysis.extinction),
    )
    return replace(setting, spec=with_target(setting.spec, arm.full_dose))


def with_target(spec: PopulationSpec, full_dose: float) -> PopulationSpec:
    """The specification with the target dose of the arm, its bioavailability following the dose."""
    relative = full_dose / spec["pharmacy.full_dose"]
    amount = full_dose * relative ** spec["pharmacy.dose_exponent"]
    return replace(spec, typical={**spec.typical, "pharmacy.full_dose": amount})
