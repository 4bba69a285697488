"""A study becomes a job: a plan, the function that simulates, the function that analyses."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from remit.library.study_file import RunTable
from remit.run.execution import Job, carry_out
from remit.run.options import Options, plan_of, sized
from remit.run.plan import Plan, Task
from remit.run.runs import Run
from remit.run.simulate import simulate
from remit.run.worker import Listener, Load, Tables
from remit.study import Study


def start(
    study: Study, options: Options, *, out: str | Path | None = None, listener: Listener | None = None
) -> Run:
    """Run a study, or go on with its run, in the folder ``out`` or in a temporary one.

    Raises
    ------
    InputError
        If an option cannot be used; with every finding at once.
    RunError
        If the folder holds another run, or too many patients could not be solved.
    """
    plan = plan_of(study, options)
    job = job_of(study, plan)
    n_workers = options.threads or os.cpu_count() or 1
    if out is not None:
        return carry_out(job, Path(out), n_workers=n_workers, listener=listener)
    folder = Path(tempfile.mkdtemp(prefix="remit-"))
    try:
        run = carry_out(job, folder, n_workers=n_workers, listener=listener)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(run, shutil.rmtree, folder, ignore_errors=True)
    return run


def job_of(study: Study, plan: Plan) -> Job:
    """What is to be carried out; the study is saved with the sizes that this run has."""
    sizes = plan.sizes
    table = RunTable(**asdict(sizes), seed=plan.seed)
    own = sized(study, table)
    return Job(
        plan=plan,
        study=study.name,
        resolved=own.to_toml,
        simulate=partial(_simulated, own),
        analyse=partial(_analysed, own, plan),
    )


def _simulated(study: Study, task: Task, load: Load) -> Tables:
    return simulate(task, study, load)


def _analysed(
    study: Study, plan: Plan, tables: dict[str, pl.DataFrame]
) -> tuple[Mapping[str, pl.DataFrame], Mapping[str, Any]]:
    # What analyses loads SciPy, which nothing needs before patients are simulated.
    from remit.run.finish import analyse  # noqa: PLC0415

    return analyse(study, plan, tables)
