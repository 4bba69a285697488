"""The generated scalar kernel: source written once per model, compiled by Numba, kept on disk.

A block holds patients, their states and their clocks, and satisfies ``remit.courses.Block``.
"""

import hashlib
import importlib.util
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np

from remit import functions
from remit.courses import Status
from remit.dosing import DoseRecords, Floats, Integers
from remit.errors import problem
from remit.functions import FreeLigandNode
from remit.solve import arithmetic, driver, emit, rodas5p
from remit.solve.system import Equations, System, drop_absent_partners, trace

NAME = "rodas5p_scalar"
MARKER = "# ---- kernel ----"
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Kernel:
    """A compiled model: its equations and the module of generated functions."""

    equations: Equations
    module: ModuleType
    level: Floats
    members: Integers
    starts: Integers
    n_constants: int

    def rates(self, parameters: Floats, state: Floats) -> Floats:
        """Rates of change, shape (n_patients, n_states), as the kernel computes them."""
        constants = self.constants(parameters)
        out = np.empty_like(state)
        scratch = np.empty(self.module.N_SCRATCH)
        for k in range(state.shape[0]):
            self.module.rates(state[k], constants[k], out[k], scratch)
        return out

    def constants(self, parameters: Floats) -> Floats:
        """Parameters and what is computed from them once, shape (n_patients, n_constants)."""
        constants = np.empty((parameters.shape[0], self.n_constants))
        self.module.prepare_block(np.ascontiguousarray(parameters), constants)
        return constants


def source(system: System) -> str:
    """Source of the kernel of a traced system."""
    factorise, substitute, n_factors = emit.factorise_function(system)
    n = len(system.states)
    sizes = {
        "N_STATES": n,
        "N_OBSERVABLES": len(system.observables),
        "N_FACTORS": n_factors,
        "N_STAGES": rodas5p.STAGES,
        "N_CONSTANTS": len(emit.fixed(system)),
        "N_SCRATCH": 8 * most_equilibria(system),
        "GAMMA": repr(rodas5p.GAMMA),
    }
    head = "\n".join(
        [
            '"""Generated; do not edit."""',
            "import math",
            "import numpy as np",
            "from numba import njit",
            *(f"{name} = {value}" for name, value in sizes.items()),
            *(f"{name} = {value!r}" for name, value in constants_of_functions().items()),
        ]
    )
    called = Path(arithmetic.__file__).read_text().split("\n\n\n", 1)[1]
    return "\n\n".join(
        [
            head,
            called,
            emit.constants_function(system),
            emit.value_function("rates", system, system.rates),
            emit.value_function("observe", system, system.observables),
            factorise,
            substitute,
            emit.step_function(n),
            emit.dense_function(n),
            Path(driver.__file__).read_text().split(MARKER, 1)[1],
        ]
    )


def most_equilibria(system: System) -> int:
    """Free-ligand equilibria in the model, an upper bound on those that one function solves."""
    constants = [expression for _, expression in system.constants]
    every = [*system.rates, *system.observables, *system.jacobian.values(), *constants]
    return len({node for each in every for node in each.atoms(FreeLigandNode)}) or 1


def constants_of_functions() -> dict[str, Any]:
    """The numbers that the arithmetic of the kernel uses."""
    return {
        "EXP_COEFFICIENTS": functions.EXP_COEFFICIENTS,
        "EXP_OVERFLOW": functions.EXP_OVERFLOW,
        "EXP_UNDERFLOW": functions.EXP_UNDERFLOW,
        "LN2_HIGH": functions.LN2_HIGH,
        "LN2_LOW": functions.LN2_LOW,
        "LOG2_E": functions.LOG2_E,
        "LOG_COEFFICIENTS": functions.LOG_COEFFICIENTS,
        "NEWTON_STEPS": functions.NEWTON_STEPS,
        "SQRT_HALF": functions.SQRT_HALF,
    }


def cache_directory() -> Path:
    """Where kernels are kept: ``REMIT_CACHE``, else the user's cache directory."""
    named = os.environ.get("REMIT_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return (Path(named) if named else Path.home() / ".cache") / "remit" / "kernels"


def compile_kernel(equations: Equations) -> Kernel:
    """The kernel of a model, generated on first use and then read from the cache.

    Raises
    ------
    ModelSizeError
        If the model is too large for straight-line code.
    """
    key = fingerprint(equations)
    with _LOCK:
        path = cache_directory() / f"kernel_{key}.py"
        if not path.exists():
            system = trace(simplified(equations))
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(f".{os.getpid()}")
            unfinished.write_text(source(system))
            unfinished.replace(path)
        module = load(f"remit_kernel_{key}", path)
    index = {name: i for i, name in enumerate(equations.states)}
    members = [index[name] for group in equations.groups for name in group]
    starts = np.cumsum([0, *(len(group) for group in equations.groups)])
    return Kernel(
        equations,
        module,
        np.array(equations.levels),
        np.array(members, dtype=np.int64),
        starts.astype(np.int64),
        module.N_CONSTANTS,
    )


def simplified(equations: Equations) -> Equations:
    """The same equations without binding partners that are absent."""

    def without(function: Any) -> Any:
        def traced(y: tuple[Any, ...], p: Any) -> tuple[Any, ...]:
            return tuple(drop_absent_partners(value) for value in function(y, p))

        return traced

    return Equations(
        equations.name,
        equations.states,
        equations.parameters,
        equations.observables,
        without(equations.rates),
        without(equations.observe),
        equations.levels,
        equations.groups,
    )


def fingerprint(equations: Equations) -> str:
    """Digest of everything the generated code depends on."""
    state = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted(here.glob("*.py")):
        state.update(path.read_bytes())
    state.update((here.parent / "functions.py").read_bytes())
    state.update(
        repr((numba.__version__, sys.version_info[:2], equations.states, equations.parameters)).encode()
    )
    numbers = _probe(equations)
    state.update(np.array(numbers).tobytes())
    return state.hexdigest()[:20]


def _probe(equations: Equations) -> list[float]:
    """Rates and observables at an arbitrary point: changes with any change of an equation."""
    y = tuple(0.37 + 0.61 * i for i in range(len(equations.states)))
    p = {name: 0.53 + 0.13 * i for i, name in enumerate(equations.parameters)}
    with np.errstate(all="ignore"):
        return [float(value) for value in (*equations.rates(y, p), *equations.observe(y, p))]


def load(name: str, path: Path) -> ModuleType:
    """Import a generated file under a name of its own."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise problem(
            str(path), "a file that cannot be imported", "a generated kernel", "delete it and run again"
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class KernelBlock:
    """Patients solved by the generated kernel; see ``remit.courses.Block`` for the contract.

    Parameters
    ----------
    kernel
        The compiled model.
    parameters
        Shape (n_patients, n_parameters), in the order of the equations, canonical units.
    state
        State at time ``start``, shape (n_patients, n_states).
    thresholds
        Extinction threshold of each group, shape (n_patients, n_groups).
    rtol
        Relative tolerance; the absolute one is this times each state's level.
    start
        Time of the initial state [day].
    """

    def __init__(
        self,
        kernel: Kernel,
        parameters: Floats,
        state: Floats,
        thresholds: Floats,
        *,
        rtol: float = 1e-4,
        start: float = 0.0,
    ) -> None:
        self.kernel = kernel
        self.rtol = rtol
        self.state = np.array(state, dtype=float, order="C")
        self.thresholds = np.array(thresholds, dtype=float, order="C")
        self.constants = kernel.constants(np.asarray(parameters, dtype=float))
        n = self.state.shape[0]
        self._status = np.zeros(n, dtype=np.int64)
        self._status[~np.isfinite(self.state).all(axis=1) | ~np.isfinite(self.constants).all(axis=1)] = (
            Status.NOT_FINITE
        )
        self._clocks = np.empty((n, 3))
        self._clocks[:] = (start, driver.FIRST_STEP, driver.FIRST_STEP)

    @property
    def observables(self) -> tuple[str, ...]:
        """Names of the observables, in order."""
        return self.kernel.equations.observables

    @property
    def time(self) -> Floats:
        """Time each patient has reached [day]."""
        return self._clocks[:, 0].copy()

    @property
    def status(self) -> Integers:
        """Status of each patient."""
        return self._status.copy()

    def advance(self, until: Floats, records: DoseRecords, observe: Floats) -> Floats:
        """Take every patient to its own ``until``; see ``remit.courses.Block``."""
        out = np.full((*observe.shape, len(self.observables)), np.nan)
        self.kernel.module.advance_block(
            self.constants,
            self.state,
            self._clocks,
            self._status,
            np.ascontiguousarray(until, dtype=float),
            np.ascontiguousarray(records.time),
            np.ascontiguousarray(records.amount),
            np.ascontiguousarray(records.state),
            np.ascontiguousarray(records.duration),
            np.ascontiguousarray(records.interval),
            np.ascontiguousarray(records.additional),
            np.ascontiguousarray(observe, dtype=float),
            out,
            self.thresholds,
            self.kernel.members,
            self.kernel.starts,
            self.kernel.level,
            self.rtol,
        )
        return out
