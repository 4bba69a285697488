"""Native CVODE with sparse KLU factorisation, on C with the analytic Jacobian; no Python while it solves."""

import ctypes
import subprocess
import time
from pathlib import Path

import numpy as np

from benchmarks.csource import address, compiled, no_compiler
from benchmarks.models import Workload, intervals
from benchmarks.peers import Prepared, Solved

NAME = "CVODE with KLU, C"
LADDER = (1e-2, 1e-3, 3e-4, 1e-4, 1e-5)
PATIENTS = 8
SHARE = 1.0

HARNESS = Path(__file__).with_name("cvode.c")
LIBRARIES = ("cvode", "nvecserial", "sunlinsolklu", "sunmatrixsparse")
INCLUDE = "-I/usr/include/suitesparse"


def missing() -> str:
    """Why it cannot be compiled."""
    return no_compiler() or ("" if version() else "Debian package libsundials-dev is missing")


def version() -> str:
    """Of SUNDIALS."""
    return _macro("SUNDIALS_VERSION").strip('"')


def _macro(name: str) -> str:
    """Value of a macro of SUNDIALS; empty if its headers are not there."""
    text = f"#include <sundials/sundials_config.h>\n#include <sunlinsol/sunlinsol_klu.h>\nFOUND {name}\n"
    command = ["gcc", INCLUDE, "-E", "-P", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return done.stdout.rpartition("FOUND")[2].strip() if done.returncode == 0 else ""


def prepare(workload: Workload) -> Prepared:
    """Compile, and lay out intervals and constants."""
    began = time.perf_counter()
    options = (INCLUDE, *(f"-lsundials_{name}" for name in LIBRARIES))
    model = compiled(workload.equations, HARNESS.read_text(encoding="utf-8"), "cvode", options)
    parts = list(intervals(workload))
    edges = np.array([*(part.start for part in parts), workload.end])
    given = np.stack([part.given for part in parts])
    constants = model.constants(workload.parameters)
    start = np.ascontiguousarray(workload.state)
    n, n_outputs = workload.n_patients, len(workload.outputs)

    def run(tolerance: float) -> Solved:
        states = np.full((n, n_outputs, workload.state.shape[1]), np.nan)
        absolute = tolerance * workload.levels
        clock = time.perf_counter()
        model.library.solve(
            *(ctypes.c_int(n), address(constants), address(start)),
            *(ctypes.c_int(len(parts)), address(edges), address(given)),
            *(ctypes.c_int(n_outputs), address(workload.outputs)),
            *(address(absolute), ctypes.c_double(tolerance), address(states)),
        )
        return Solved(time.perf_counter() - clock, workload.observed(states))

    return Prepared(run, "begun anew at each dose", time.perf_counter() - began)
