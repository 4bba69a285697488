"""From a plan to a finished run: open the store, do what is missing, assemble, analyse, finish."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from remit.run.files import write_text
from remit.run.manifest import manifest_of
from remit.run.plan import Plan
from remit.run.runs import FACTS, Run, open_run
from remit.run.store import Store, open_store
from remit.run.worker import Listener, Progress, Simulate, work_through

TIMINGS = "timings.json"

Analyse = Callable[[dict[str, pl.DataFrame]], tuple[Mapping[str, pl.DataFrame], Mapping[str, Any]]]
"""From the assembled tables to those that are added to them, and the facts of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is run: a plan, the study's name and resolved text, and the two functions that do the work."""

    plan: Plan
    study: str
    resolved: Callable[[], str]
    simulate: Simulate
    analyse: Analyse


def carry_out(
    job: Job, folder: Path, *, n_workers: int, listener: Listener | None = None, executor: str = "threads"
) -> Run:
    """Begin, continue or find finished the run of a job in a folder.

    Raises
    ------
    RunError
        If the folder holds another run, or too many patients could not be solved.
    """
    with open_store(folder, manifest_of(job.plan, job.study), job.resolved) as store:
        started = time.perf_counter()
        done = work_through(
            job.plan, store, job.simulate, n_workers=n_workers, listener=listener, executor=executor
        )
        if done.tasks:
            _note_time(store, done.courses, time.perf_counter() - started, n_workers)
        if done.tasks or not store.is_finished:
            _finish(job, store, listener)
    return open_run(folder)


def _finish(job: Job, store: Store, listener: Listener | None) -> None:
    """Assemble the blocks and add what is computed from all of them."""
    if listener is not None:
        listener(Progress("analysis", 0, 1))
    tables = store.assemble(job.plan.tasks)
    added, facts = job.analyse(tables)
    store.finish(tables | dict(added), {FACTS: json.dumps(facts, indent=1, sort_keys=True) + "\n"})
    if listener is not None:
        listener(Progress("analysis", 1, 1))


def _note_time(store: Store, courses: int, seconds: float, n_workers: int) -> None:
    """Add one line of timing. It stands apart, so that nothing that is compared holds a time."""
    path = store.folder / TIMINGS
    before: list[dict[str, float]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    entry = {"courses": courses, "seconds": round(seconds, 3), "threads": n_workers}
    write_text(path, json.dumps([*before, entry], indent=1) + "\n")
