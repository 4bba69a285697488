"""A run small enough to test how runs are run: four draws, two scenarios, a value per patient.

Also a program: ``python toy_run.py FOLDER N_THREADS SECONDS_PER_TASK`` carries it out.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl

from remit.results import OPERATING
from remit.run.execution import Job, carry_out
from remit.run.plan import Plan, Sizes, Task, make_plan
from remit.run.worker import Load, Simulate

COURSES = (("mesutoclax", "pharmacology/ki_shift"), ("venetoclax", "reference/ki_shift"))


def toy_plan(
    *, study_hash: str = "0123456789abcdef", seed: int = 1, patients: int = 7, sensitivity: int = 0
) -> Plan:
    sizes = Sizes(draws=4, patients=patients, replicates=10, sensitivity=sensitivity)
    return make_plan(study_hash, COURSES, seed=seed, sizes=sizes, n_variations=3)


def toy_simulate(task: Task, load: Load) -> dict[str, pl.DataFrame]:
    """A value per patient that depends on seed, draw and patient; doubled under the second arm."""
    names = [f"{task.draw:04d}-{index:05d}" for index in range(task.first, task.first + task.n_patients)]
    if task.kind == "population":
        values = [(1 + task.seed) * (1 + task.draw) / (1 + index) for index in range(task.n_patients)]
        outcomes = pl.DataFrame(
            {
                "SCENARIO": ["ki_shift"],
                "DRAW": [task.draw],
                "OUTCOME": ["entered"],
                "COUNT": [task.n_patients],
            }
        )
        return {"patients": pl.DataFrame({"USUBJID": names, "x": values}), "screening": outcomes}
    if task.kind == "variation":
        return {"variations": toy_variation(task, names)}
    people = load(task.population)["patients"]
    factor = 2.0 if task.arm == "venetoclax" else 1.0
    fixed = {"ARM": task.arm, "SCENARIO": task.scenario, "DRAW": task.draw, "ADY": 1.0, "PARAMCD": "CONCREL"}
    frame = people.slice(task.first, task.n_patients).select(
        *(pl.lit(value).alias(name) for name, value in fixed.items()),
        "USUBJID",
        (pl.col("x") * factor).alias("AVAL"),
    )
    return {"adpc": frame.reverse()}


def toy_variation(task: Task, names: list[str]) -> pl.DataFrame:
    """Outcomes of the patients of one level, the same under every level."""
    fixed = {"ARM": COURSES[0][0], "SCENARIO": COURSES[0][1], "FACTOR": "a", "LEVEL": str(task.variation)}
    outcome = {"AVALC": "PR", "AVAL": 100.0, "CNSR": 0}
    return pl.DataFrame({"USUBJID": names}).with_columns(
        **{name: pl.lit(value) for name, value in (fixed | outcome).items()}
    )


def toy_analyse(tables: dict[str, pl.DataFrame]) -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
    """A mean for each arm, in the place of operating characteristics."""
    values = pl.col("AVAL").sort()
    means = tables["adpc"].group_by("ARM", "SCENARIO").agg(
        pl.lit("mean").alias("MEASURE"), values.mean().alias("VALUE"), pl.lit(0.5).alias("MCSE"),
        values.min().alias("LOW90"), values.max().alias("HIGH90"), pl.lit(10).alias("N_REPLICATES"),
    )  # fmt: skip
    return {"operating": OPERATING.tidy(means)}, {"title": "Toy"}


def toy_job(plan: Plan, *, pause: float = 0.0, simulate: Simulate | None = None) -> Job:
    def paused(task: Task, load: Load) -> dict[str, pl.DataFrame]:
        time.sleep(pause)
        return toy_simulate(task, load)

    return Job(
        plan=plan,
        study="toy",
        resolved=lambda: "format = 1\n",
        simulate=simulate or paused,
        analyse=toy_analyse,
    )


def reordered(plan: Plan) -> Plan:
    return replace(plan, tasks=plan.tasks[::-1])


if __name__ == "__main__":
    folder, n_threads, seconds = sys.argv[1:]
    carry_out(toy_job(toy_plan(), pause=float(seconds)), Path(folder), n_workers=int(n_threads))
