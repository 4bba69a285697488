"""What every place that carries out tasks promises."""

import threading
import time
from contextlib import closing
from types import ModuleType

import pytest

from remit.run.executors import EXECUTORS
from remit.run.plan import Task

every_executor = pytest.mark.parametrize("place", EXECUTORS.values(), ids=EXECUTORS)
TASKS = tuple(
    Task(kind="population", seed=1, draw=draw, n_draws=20, pool=1, n_patients=1) for draw in range(20)
)


@every_executor
def test_every_task_is_carried_out_once_and_reported_once(place: ModuleType) -> None:
    begun: list[Task] = []
    reported = list(place.completed(begun.append, TASKS, 3))
    assert sorted(task.draw for task in begun) == sorted(task.draw for task in reported) == list(range(20))


@every_executor
def test_no_tasks_are_no_trouble(place: ModuleType) -> None:
    assert list(place.completed(print, (), 2)) == []


@every_executor
def test_a_failure_reaches_the_caller_and_ends_the_rest(place: ModuleType) -> None:
    begun: list[int] = []

    def work(task: Task) -> None:
        begun.append(task.draw)
        if task.draw == 2:
            raise ValueError("task 2")
        if task.draw > 2:
            time.sleep(0.05)

    with pytest.raises(ValueError, match="task 2"):
        list(place.completed(work, TASKS, 1))
    assert begun[:3] == [0, 1, 2]
    assert len(begun) < len(TASKS)


@every_executor
def test_closing_it_leaves_nothing_under_way(place: ModuleType) -> None:
    ended: list[int] = []
    release = threading.Event()

    def work(task: Task) -> None:
        if task.draw:
            release.wait(5)
        ended.append(task.draw)

    with closing(place.completed(work, TASKS, 2)) as finished:
        next(finished)
        release.set()
    n_ended = len(ended)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("remit")]
    assert n_ended == len(ended)
