"""Carries out what a plan still lacks and commits every block as it is done."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

import polars as pl

from remit.errors import RemitError
from remit.run.executors import EXECUTORS
from remit.run.plan import Plan, Task
from remit.run.store import Store, Tables

Load = Callable[[Task], dict[str, pl.DataFrame]]
"""Gives the tables of a task of an earlier stage."""

Simulate = Callable[[Task, Load], Tables]
"""Carries out one task; pure: its result depends on the task, the study bound to it and what it loads."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: patients of a stage, of all there are."""

    stage: Literal["population", "course", "variation", "analysis"]
    done: int
    total: int


Listener = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Done:
    """Tasks carried out, and among them patients taken through an arm, once under every arm and scenario."""

    tasks: int
    courses: int


def work_through(
    plan: Plan,
    store: Store,
    simulate: Simulate,
    *,
    n_workers: int,
    listener: Listener | None = None,
    executor: str = "threads",
) -> Done:
    """Carry out every task of a plan that the store does not hold.

    Parameters
    ----------
    plan
        The plan.
    store
        The open run folder.
    simulate
        Carries out one task.
    n_workers
        Threads that work side by side; the result does not depend on it.
    listener
        Told after every task how far the run is.
    executor
        Where tasks are carried out, a key of ``EXECUTORS``.

    Returns
    -------
    What was carried out now; blocks found in the store do not count.
    """
    present = store.committed(plan.tasks)
    place = EXECUTORS[executor]

    def work(task: Task) -> None:
        store.commit(task, _carried_out(task, simulate, store.load))

    tasks = courses = 0
    for stage in plan.stages:
        missing = [task for task in stage if task.id not in present]
        total = sum(task.n_patients for task in stage)
        done = total - sum(task.n_patients for task in missing)
        _tell(listener, stage, done, total)
        # Closed here and now: left to the garbage collector, an interrupted run would go on in its threads.
        with closing(place.completed(work, missing, n_workers)) as finished:
            for task in finished:
                done += task.n_patients
                tasks += 1
                courses += task.n_patients if task.kind == "course" else 0
                _tell(listener, stage, done, total)
    return Done(tasks, courses)


def _carried_out(task: Task, simulate: Simulate, load: Load) -> Tables:
    """Tables of a task; an exception that was not foreseen says in which task it happened."""
    try:
        return simulate(task, load)
    except RemitError:
        raise
    except Exception as error:
        error.add_note(f"This happened in task {task.id}.")
        raise


def _tell(listener: Listener | None, stage: tuple[Task, ...], done: int, total: int) -> None:
    if listener is not None and stage:
        listener(Progress(stage[0].kind, done, total))
