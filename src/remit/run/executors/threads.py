"""One task to one thread; the kernels release the interpreter lock, so threads use all cores."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from remit.run.plan import Task

NAME = "threads"


def completed(work: Callable[[Task], None], tasks: Sequence[Task], n_workers: int) -> Generator[Task]:
    """Carry out the tasks in ``n_workers`` threads and yield each when it is done."""
    with ThreadPoolExecutor(n_workers, thread_name_prefix="remit") as pool:
        futures = {pool.submit(work, task): task for task in tasks}
        try:
            for future in as_completed(futures):
                future.result()
                yield futures[future]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
