"""libroadrunner on the SBML that remit exports, doses as its events; one file per patient."""

import importlib.util
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.csource import BUILD
from benchmarks.models import Workload
from benchmarks.peers import Prepared, Solved
from remit.interop import sbml
from remit.interop.simulation import Simulation

NAME = "libroadrunner"
LADDER = (1e-3, 3e-4, 1e-4, 1e-5)
PATIENTS = 2
SHARE = 0.25
LONGEST = 120.0
"""Seconds after which loading is given up."""


def missing() -> str:
    """Why it cannot run."""
    return "" if importlib.util.find_spec("roadrunner") else "Python package libroadrunner is missing"


def version() -> str:
    """Of libroadrunner."""
    return metadata.version("libroadrunner")


def text(workload: Workload, patient: int) -> str:
    """The SBML of a patient."""
    model = workload.equations
    values = dict(zip(model.parameters, workload.parameters[patient].tolist(), strict=True))
    state = dict(zip(model.states, workload.state[patient].tolist(), strict=True))
    simulation = Simulation(equations=model, values=values, state=state, doses=workload.records)
    return sbml.text(simulation)


def try_to_load(file: Path) -> None:
    """See in a process of its own, which can be given up, whether a file loads.

    Raises
    ------
    RuntimeError
        If it does not, or takes too long.
    """
    program = "import sys, roadrunner; roadrunner.RoadRunner(sys.argv[1])"
    command = [sys.executable, "-c", program, str(file)]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired as failure:
        raise RuntimeError(f"the model did not load within {LONGEST:g} seconds") from failure
    if done.returncode:
        raise RuntimeError(f"the model did not load; see {file}")


def prepare(workload: Workload) -> Prepared:
    """Write and load the file of every patient.

    Raises
    ------
    RuntimeError
        If the first one does not load.
    """
    from roadrunner import RoadRunner  # noqa: PLC0415 - it may be missing

    began = time.perf_counter()
    folder = BUILD / workload.equations.name
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "patient.xml"
    file.write_text(text(workload, 0), encoding="utf-8")
    try_to_load(file)
    names = sbml.identifiers(workload.equations).states
    loaded: list[Any] = []
    for patient in range(workload.n_patients):
        simulator = RoadRunner(text(workload, patient))
        simulator.timeCourseSelections = list(names.values())
        loaded.append(simulator)

    def run(tolerance: float) -> Solved:
        shape = (workload.n_patients, len(workload.outputs), workload.state.shape[1])
        states = np.full(shape, np.nan)
        seconds = 0.0
        for simulator, found in zip(loaded, states, strict=True):
            simulator.resetAll()
            simulator.integrator.setValue("relative_tolerance", tolerance)
            absolute = (tolerance * workload.levels).tolist()
            simulator.integrator.setValue("absolute_tolerance", absolute)
            clock = time.perf_counter()
            try:
                reached = simulator.simulate(times=[0.0, *workload.outputs])
            except RuntimeError:
                continue
            finally:
                seconds += time.perf_counter() - clock
            found[:] = np.asarray(reached)[1:]
        return Solved(seconds, workload.observed(states))

    return Prepared(run, "doses as SBML events", time.perf_counter() - began)
