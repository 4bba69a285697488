"""SciPy's LSODA (``odeint``) on compiled C, called anew at each dose; with and without the Jacobian."""

import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import scipy
from scipy.integrate import ODEintWarning, odeint

from benchmarks.csource import no_compiler
from benchmarks.models import Interval, Workload, intervals
from benchmarks.peers import Prepared, Solved, fastest
from benchmarks.peers.calls import Calls, calls
from remit.dosing import Floats

NAME = "SciPy LSODA"
LADDER = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
PATIENTS = 8
SHARE = 1.0


def missing() -> str:
    """Why it cannot run."""
    return no_compiler()


def version() -> str:
    """Of SciPy."""
    return scipy.__version__


def prepare(workload: Workload) -> Prepared:
    """Compile, and find the faster of the two."""
    began = time.perf_counter()
    functions = calls(workload)
    ways = ("analytic", "differenced")
    trial = workload.part(1, 0.02)
    names = {f"{way} Jacobian, begun anew at each dose": way == "analytic" for way in ways}
    best = fastest({name: course(trial, functions, given) for name, given in names.items()}, 1e-4)
    return Prepared(course(workload, functions, names[best]), best, time.perf_counter() - began)


def course(workload: Workload, functions: Calls, with_jacobian: bool) -> Callable[[float], Solved]:
    """All patients, one after another."""
    parts = list(intervals(workload))
    constants = functions.model.constants(workload.parameters)
    run = partial(solve, workload, parts, constants, functions, with_jacobian)
    with warnings.catch_warnings(action="ignore"):
        solve(workload.part(1), parts[:1], constants[:1], functions, with_jacobian, 1e-3)
    return run


def solve(
    workload: Workload,
    parts: list[Interval],
    constants: Floats,
    functions: Calls,
    with_jacobian: bool,
    tolerance: float,
) -> Solved:
    """States of every patient; what follows a failure is NaN."""
    states = np.full((workload.n_patients, len(workload.outputs), workload.state.shape[1]), np.nan)
    n = workload.state.shape[1]
    out, matrix = np.empty(n), np.empty((n, n))

    def rates(y: Any, t: float, q: Floats) -> Floats:
        del t
        functions.rates(y, q, out)
        return out

    def jacobian(y: Any, t: float, q: Floats) -> Floats:
        del t
        functions.dense(y, q, matrix)
        return matrix

    options: dict[str, Any] = {
        "rtol": tolerance,
        "atol": tolerance * workload.levels,
        "mxstep": 100_000,
        "Dfun": jacobian if with_jacobian else None,
    }
    began = time.perf_counter()
    for start, q, found in zip(workload.state, constants, states, strict=True):
        y = start
        for part in parts:
            times = np.array([part.start, *workload.outputs[part.outputs], part.end])
            with warnings.catch_warnings(action="error", category=ODEintWarning):
                try:
                    reached = odeint(rates, y + part.given, times, args=(q,), **options)
                except ODEintWarning:
                    break
            found[part.outputs] = reached[1:-1]
            y = reached[-1]
    return Solved(time.perf_counter() - began, workload.observed(states))
