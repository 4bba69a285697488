"""LSODA of R's deSolve on a compiled C model. Of its Jacobians and ways to give doses, the fastest here."""

import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.csource import BUILD, compiled, no_compiler
from benchmarks.models import Workload, intervals
from benchmarks.peers import Prepared, Solved, fastest
from remit.dosing import Floats

NAME = "deSolve LSODA, C"
LADDER = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
PATIENTS = 8
SHARE = 1.0

HARNESS, SCRIPT = Path(__file__).with_name("desolve.c"), Path(__file__).with_name("desolve.R")
WAYS = {
    f"{jacobian} Jacobian, {handling}": (jactype, handling)
    for jacobian, jactype in (("analytic", "fullusr"), ("differenced", "fullint"))
    for handling in ("events", "restarts")
}


def missing() -> str:
    """Why it cannot run."""
    return no_compiler() or ("" if version() else "Debian package r-cran-desolve is missing")


def version() -> str:
    """Of deSolve and R; empty if either is not there."""
    asked = 'cat(as.character(packageVersion("deSolve")), "on R", as.character(getRversion()))'
    try:
        done = subprocess.run(["Rscript", "-e", asked], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def prepare(workload: Workload) -> Prepared:
    """Compile, lay out the arrays, and find the fastest way on the first patient and a tenth of the time."""
    began = time.perf_counter()
    model = compiled(workload.equations, HARNESS.read_text(encoding="utf-8"), "desolve")
    trial = workload.part(1, 0.1)
    folder = write(trial, model.constants, "trial")
    ways = {name: partial(solve, trial, model.path, folder, way) for name, way in WAYS.items()}
    best = fastest(ways, 1e-4)
    folder = write(workload, model.constants, "course")
    run = partial(solve, workload, model.path, folder, WAYS[best])
    return Prepared(run, best, time.perf_counter() - began)


def write(workload: Workload, constants: Callable[[Floats], Floats], name: str) -> Path:
    """Write what the script reads, and return the folder."""
    folder = BUILD / workload.equations.name / f"desolve_{name}"
    folder.mkdir(parents=True, exist_ok=True)
    parts = list(intervals(workload))
    arrays = {
        "levels": workload.levels,
        "constants": constants(workload.parameters),
        "state": workload.state,
        "outputs": workload.outputs,
        "edges": np.array([*(part.start for part in parts), workload.end]),
        "given": np.stack([part.given for part in parts]),
    }
    for file, array in arrays.items():
        np.ascontiguousarray(array, dtype=float).tofile(folder / file)
    return folder


def solve(workload: Workload, library: Path, folder: Path, way: tuple[str, str], tolerance: float) -> Solved:
    """One R process; it says how long solving took."""
    shape = (workload.n_patients, len(workload.outputs), workload.state.shape[1])
    (folder / "states").unlink(missing_ok=True)
    done = subprocess.run(
        ["Rscript", SCRIPT, folder, library, repr(tolerance), *way],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return Solved(np.nan, workload.observed(np.full(shape, np.nan)))
    states = np.fromfile(folder / "states").reshape(shape)
    return Solved(float(done.stdout.split()[-1]), workload.observed(states))
