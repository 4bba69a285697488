"""AMICI (CVODES with KLU) on the SBML that remit exports, compiled to C++; doses as its events.

Its absolute tolerance is one number for all states, so it is that of the smallest level. It gives one dose
too many where a record of doses ends and another goes on, so a ramp is given as records that all last to the
end. Its compilation runs in a process of its own, which is given up after some minutes.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks.csource import BUILD, no_compiler
from benchmarks.models import Workload
from benchmarks.peers import Prepared, Solved
from benchmarks.peers.roadrunner import text
from remit.dosing import DoseRecords, daily_doses, together
from remit.interop import sbml

NAME = "AMICI"
LADDER = (1e-2, 1e-3, 1e-4, 1e-5)
PATIENTS = 1
SHARE = 1.0
LONGEST = 180.0
"""Seconds after which compilation is given up."""


def missing() -> str:
    """Why it cannot run."""
    here = importlib.util.find_spec("amici") is not None
    return no_compiler() or ("" if here else "Python package amici is missing (it is built from source)")


def version() -> str:
    """Of AMICI."""
    return metadata.version("amici")


def lasting(workload: Workload) -> DoseRecords:
    """The same doses as records that last to the end: each step of a ramp adds what it raises the dose by.

    Raises
    ------
    ValueError
        If a dose is ever lowered.
    """
    rows = workload.records
    raised: list[DoseRecords] = []
    for state in np.unique(rows.state):
        steps = np.flatnonzero(rows.state[0] == state)
        steps = steps[np.argsort(rows.time[0, steps])]
        amounts = np.diff(rows.amount[0, steps], prepend=0.0)
        if (amounts <= 0).any():
            raise ValueError(f"doses into state {state} do not rise with every step")
        for step, amount in zip(steps, amounts, strict=True):
            lasts = (rows.time[:, step], np.array([workload.end]), np.array([amount]))
            raised.append(daily_doses(*lasts, int(state), interval=float(rows.interval[0, step])))
    return together(*raised)


def prepare(workload: Workload) -> Prepared:
    """Compile the first patient's file.

    Raises
    ------
    RuntimeError
        If the compilation fails or takes too long.
    """
    began = time.perf_counter()
    name = f"amici_{workload.equations.name}"
    folder = BUILD / workload.equations.name / "amici"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "patient.xml"
    file.write_text(text(replace(workload, records=lasting(workload)), 0), encoding="utf-8")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "benchmarks.peers.amici", file, name, folder / name]
    try:
        done = subprocess.run(
            command, env=os.environ | {"PATH": path}, capture_output=True, check=False, timeout=LONGEST
        )
    except subprocess.TimeoutExpired as failure:
        raise RuntimeError(f"not compiled within {LONGEST:g} seconds") from failure
    if done.returncode:
        raise RuntimeError(
            f"not compiled; see python -m benchmarks.peers.amici {file} {name} {folder / name}"
        )
    import amici  # noqa: PLC0415 - it may be missing
    from amici.sim.sundials import LinearSolver_KLU, run_simulation  # noqa: PLC0415

    model = amici.import_model_module(name, folder / name).get_model()
    model.set_timepoints(workload.outputs)
    solver = model.create_solver()
    solver.set_linear_solver(LinearSolver_KLU)
    solver.set_max_steps(10_000_000)
    found = list(model.get_state_ids())
    order = [found.index(each) for each in sbml.identifiers(workload.equations).states.values()]

    def run(tolerance: float) -> Solved:
        solver.set_relative_tolerance(tolerance)
        solver.set_absolute_tolerance(float(tolerance * workload.levels.min()))
        clock = time.perf_counter()
        reached = run_simulation(model, solver)
        seconds = time.perf_counter() - clock
        states = np.asarray(reached.x)[None][..., order]
        return Solved(seconds, workload.observed(states if reached.status == 0 else states * np.nan))

    return Prepared(run, "doses as SBML events, one absolute tolerance", time.perf_counter() - began)


def main() -> None:
    """Compile an SBML file."""
    from amici.importers.sbml import SbmlImporter  # noqa: PLC0415 - it may be missing

    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("file", "name", "folder"):
        parser.add_argument(name)
    asked = parser.parse_args()
    SbmlImporter(asked.file).sbml2amici(asked.name, asked.folder, generate_sensitivity_code=False)


if __name__ == "__main__":
    main()
