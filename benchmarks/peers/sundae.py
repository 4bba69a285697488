"""CVODE through scikit-sundae on compiled C, begun anew at each dose; dense or sparse, as is faster."""

import importlib.util
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib import metadata
from typing import Any

import numpy as np

from benchmarks.csource import no_compiler
from benchmarks.models import Workload, intervals
from benchmarks.peers import Prepared, Solved, fastest
from benchmarks.peers.calls import Calls, calls
from remit.dosing import Floats

NAME = "scikit-sundae CVODE"
LADDER = (1e-3, 3e-4, 1e-4, 1e-5)
PATIENTS = 4
SHARE = 1.0


def missing() -> str:
    """Why it cannot run."""
    here = importlib.util.find_spec("sksundae") is not None
    return no_compiler() or ("" if here else "Python package scikit-sundae is missing")


def version() -> str:
    """Of scikit-sundae."""
    return metadata.version("scikit-sundae")


def prepare(workload: Workload) -> Prepared:
    """Compile, and find the faster of the two solvers of linear systems."""
    began = time.perf_counter()
    functions = calls(workload)
    trial = workload.part(1, 0.02)
    names = {f"{way}, analytic Jacobian, begun anew at each dose": way for way in ("dense", "sparse")}
    best = fastest({name: partial(solve, trial, functions, way) for name, way in names.items()}, 1e-4)
    return Prepared(partial(solve, workload, functions, names[best]), best, time.perf_counter() - began)


def solver(workload: Workload, functions: Calls, linear: str, tolerance: float) -> tuple[Any, list[Floats]]:
    """A solver, and the list whose one element is the constants of the patient it solves."""
    from sksundae.cvode import CVODE  # noqa: PLC0415 - it may be missing

    now = [np.empty(0)]
    fill: Callable[..., None] = functions.dense if linear == "dense" else functions.columns

    def rates(t: float, y: Floats, out: Floats) -> None:
        del t
        functions.rates(y, now[0], out)

    def jacobian(t: float, y: Floats, f: Floats, out: Floats) -> None:
        del t, f
        fill(y, now[0], out)

    options: dict[str, Any] = {"linsolver": linear, "jacfn": jacobian, "max_num_steps": 100_000}
    if linear == "sparse":
        n, source = workload.state.shape[1], functions.model.source
        options["sparsity"] = np.zeros((n, n))
        options["sparsity"][list(source.rows), np.repeat(np.arange(n), np.diff(source.column_starts))] = 1
    with warnings.catch_warnings(action="ignore"):  # it says that the given Jacobian will be used
        return CVODE(rates, rtol=tolerance, atol=tolerance * workload.levels, **options), now


def solve(workload: Workload, functions: Calls, linear: str, tolerance: float) -> Solved:
    """States of every patient; what follows a failure is NaN."""
    parts = list(intervals(workload))
    constants = functions.model.constants(workload.parameters)
    states = np.full((workload.n_patients, len(workload.outputs), workload.state.shape[1]), np.nan)
    cvode, now = solver(workload, functions, linear, tolerance)
    began = time.perf_counter()
    for start, q, found in zip(workload.state, constants, states, strict=True):
        now[0], y = q, start
        for part in parts:
            cvode.init_step(part.start, y + part.given)
            reached = [cvode.step(workload.outputs[index], tstop=part.end) for index in part.outputs]
            reached.append(cvode.step(part.end, tstop=part.end))
            if not all(each.success for each in reached):
                break
            for index, each in zip(part.outputs, reached[:-1], strict=True):
                found[index] = each.y
            y = reached[-1].y
    return Solved(time.perf_counter() - began, workload.observed(states))
