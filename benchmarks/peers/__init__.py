"""The engine and the tools beside it. One file, one tool, all of one shape.

A file exports ``NAME``; its ``LADDER`` of tolerances; ``PATIENTS`` and ``SHARE``, how many patients it takes
over which share of the time in the full benchmark, so that slow tools do not hold up the rest; ``missing()``,
why it cannot run here, empty if it can; ``version()``; and ``prepare(workload)``, which compiles whatever it
needs, outside of any timing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from benchmarks.models import Workload
from remit.dosing import Floats


@dataclass(frozen=True, slots=True)
class Solved:
    """Seconds of solving alone, and observables (n_patients, n_times, n_observables); NaN where it failed.

    ``steps`` is how many steps were tried for all patients together, where a tool tells.
    """

    seconds: float
    observables: Floats
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A workload ready to be solved at a relative tolerance; how; and the seconds that took."""

    run: Callable[[float], Solved]
    how: str
    seconds: float


class Peer(Protocol):
    """What a file of this package offers."""

    NAME: str
    LADDER: tuple[float, ...]
    PATIENTS: int
    SHARE: float

    def missing(self) -> str:
        """Why the tool cannot run here; empty if it can."""
        ...

    def version(self) -> str:
        """Its version."""
        ...

    def prepare(self, workload: Workload) -> Prepared:
        """Make the patients of a workload ready to be solved."""
        ...


def fastest(runs: dict[str, Callable[[float], Solved]], tolerance: float) -> str:
    """Which way of running takes least time, best of three; one that fails is not taken.

    Raises
    ------
    RuntimeError
        If all of them fail.
    """
    seconds: dict[str, float] = {}
    for name, run in runs.items():
        tries = [run(tolerance) for _ in range(3)]
        if all(np.isfinite(each.observables).all() for each in tries):
            seconds[name] = min(each.seconds for each in tries)
    if not seconds:
        raise RuntimeError(f"none of {', '.join(runs)} solved the patients")
    return min(seconds, key=seconds.__getitem__)
