"""How the engine scales: with cores, with the size of the model, with the number of patients."""

import json
import subprocess
import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.compare import Effort, Entry, compare, module
from benchmarks.machine import cores
from benchmarks.models import BLOCK, Workload, networks
from benchmarks.page import Table, figure, small
from benchmarks.peers import kernel

TOLERANCE = 1e-4
SIZES = (10, 30, 60, 100, 150)
BESIDE = ("kernel", "desolve", "cvode")
PATIENTS = (1_000, 10_000, 100_000)
DAYS = 14


def cores_table(workloads: Sequence[Workload], per_core: int, repetitions: int) -> Table:
    """The same number of patients for each core, on one and on all."""
    rows: list[list[str]] = []
    n_cores = cores()
    for workload in workloads:
        runs = {n: kernel.on_threads(workload.many(n * per_core), n).run for n in (1, n_cores)}
        seconds: dict[int, list[float]] = {n: [] for n in runs}
        for _ in range(repetitions):
            for n, run in runs.items():
                seconds[n].append(run(TOLERANCE).seconds)
        one, every = (float(np.median(seconds[n])) for n in (1, n_cores))
        best = n_cores * min(seconds[1]) / min(seconds[n_cores])
        rates = (per_core / one, n_cores * per_core / every)
        rows.append([workload.title, *map(figure, rates), figure(rates[1] / rates[0]), figure(best)])
    head = ("Model", "1 core", f"{n_cores} cores", "speed-up of medians", "of least times")
    title = f"Patients per second at rtol {TOLERANCE:g}, {per_core} patients for each core"
    return Table(title, head, rows, ["Threads, each with a block of its own; nothing is shared but memory."])


def sizes_table(sizes: Sequence[int], effort: Effort) -> Table:
    """Synthetic networks of several sizes, at one tolerance, beside two peers."""
    rows: list[list[str]] = []
    times: list[float] = []
    names: list[str] = []
    beside = [name for name in BESIDE if not module(name).missing()]
    for size in sizes:
        workload = networks.workload(size, kernel.PATIENTS)
        found = compare(workload, beside, effort, ladder=(TOLERANCE,))
        names = [entry.peer.NAME for entry in found.entries]
        cells = [each for entry in found.entries for each in timed(entry)]
        own = found.entries[0]
        steps = own.steps[TOLERANCE] / own.part.n_patients
        times.append(1e3 * own.ms(TOLERANCE) / steps)
        ends = (figure(steps), figure(times[-1]))
        rows.append([f"{size}", f"{len(workload.equations.parameters)}", *cells, *ends])
    head = (
        "States",
        "parameters",
        *(cell for name in names for cell in (f"{name}, ms", "error")),
        "steps of remit",
        "us per step",
    )
    title = (
        f"Networks of several sizes: ms per patient over 60 days at rtol {TOLERANCE:g}, largest log10 error"
    )
    return Table(title, head, rows, [growth(np.array(sizes, dtype=float), np.array(times))])


def timed(entry: Entry) -> tuple[str, str]:
    """Time and error of a tool."""
    return figure(entry.ms(TOLERANCE)), small(entry.errors[TOLERANCE].burden)


def growth(sizes: np.ndarray, times: np.ndarray) -> str:
    """How the time of a step grows with size: a straight line, and a power."""
    slope, start = np.polyfit(sizes, times, 1)
    left = 1 - np.var(times - (start + slope * sizes)) / np.var(times)
    exponent = np.polyfit(np.log(sizes), np.log(times), 1)[0]
    return (
        f"Networks differ in stiffness, so in steps. A step of remit takes {1e3 * slope:.2g} ns more for "
        f"each further state and patient (straight line, R2 {left:.3f}); as a power of size, the exponent is "
        f"{exponent:.2f}."
    )


def patients_table(numbers: Sequence[int]) -> Table:
    """Time per patient and peak memory of processes that solve ever more patients."""
    rows: list[list[str]] = []
    for number in numbers:
        command = [sys.executable, "-m", "benchmarks.flat", f"--patients={number}", f"--days={DAYS}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        told = json.loads(done.stdout)
        ms = 1e3 * told["seconds"] / number
        rows.append(
            [
                f"{number:,}",
                figure(told["seconds"]),
                figure(ms),
                figure(told["peak_mib"]),
                f"{told['unsolved']}",
            ]
        )
    head = ("Patients", "seconds", "ms per patient", "peak memory, MiB", "unsolved")
    title = f"Two-drug model over {DAYS} days, rtol {TOLERANCE:g}, all cores, blocks of {BLOCK:,}"
    remark = "Each in a process of its own. The time includes sampling the patients, block by block."
    return Table(title, head, rows, [remark])
