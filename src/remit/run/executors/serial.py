"""One task after another in the calling thread; what to choose when debugging."""

from collections.abc import Callable, Generator, Sequence

from remit.run.plan import Task

NAME = "serial"


def completed(work: Callable[[Task], None], tasks: Sequence[Task], n_workers: int = 1) -> Generator[Task]:
    """Carry out the tasks in order. ``n_workers`` has no effect here."""
    del n_workers
    for task in tasks:
        work(task)
        yield task
