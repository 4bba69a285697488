"""remit's generated kernel, all doses in one call; on several threads, each with a block of its own."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.models import Workload
from benchmarks.peers import Prepared, Solved
from remit import __version__
from remit.courses import Status
from remit.solve import KernelBlock, compile_kernel

NAME = "remit"
LADDER = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
PATIENTS = 64
SHARE = 1.0


def missing() -> str:
    """Nothing."""
    return ""


def version() -> str:
    """Of remit."""
    return __version__


def prepare(workload: Workload) -> Prepared:
    """On one thread."""
    return on_threads(workload, 1)


def on_threads(workload: Workload, threads: int) -> Prepared:
    """The workload divided among threads."""
    began = time.perf_counter()
    kernel = compile_kernel(workload.equations)
    records = workload.records_of_all()
    no_thresholds = np.zeros((workload.n_patients, len(workload.equations.groups)))
    shares = np.array_split(np.arange(workload.n_patients), threads)

    def solve(rows: np.ndarray, tolerance: float, end: float) -> tuple[np.ndarray, int]:
        given = workload.parameters[rows], workload.state[rows], no_thresholds[rows]
        block = KernelBlock(kernel, *given, rtol=tolerance)
        doses = type(records)(*(getattr(records, name)[rows] for name in records.__slots__))
        outputs = np.tile(workload.outputs, (len(rows), 1))
        seen = block.advance(np.full(len(rows), end), doses, outputs)
        seen[block.status != Status.OK] = np.nan
        return seen, block.n_steps

    def run(tolerance: float) -> Solved:
        start = time.perf_counter()
        if threads == 1:
            found = [solve(shares[0], tolerance, workload.end)]
        else:
            with ThreadPoolExecutor(threads) as pool:
                found = list(pool.map(lambda rows: solve(rows, tolerance, workload.end), shares))
        seconds = time.perf_counter() - start
        return Solved(seconds, np.concatenate([seen for seen, _ in found]), sum(steps for _, steps in found))

    for tolerance in (LADDER[0], LADDER[-1]):
        solve(np.arange(1), tolerance, workload.end / 1_000)
    return Prepared(run, "all doses in one call", time.perf_counter() - began)
