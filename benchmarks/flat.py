"""Solves many patients of the two-drug model in blocks on all cores; prints time and peak memory as JSON.

Run by ``benchmarks/scaling.py`` in a process of its own, so that the peak is that of this work.
"""

import argparse
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.machine import cores
from benchmarks.models import BLOCK
from benchmarks.models.two_drug_patients import DAYS, workload
from benchmarks.peers.kernel import prepare
from benchmarks.scaling import TOLERANCE


def peak() -> float:
    """Most memory that this process has held [MiB].

    On Linux not ``ru_maxrss``, which begins at what the process held that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / 2**10
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main() -> None:
    """Solve, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, required=True)
    parser.add_argument("--days", type=float, required=True)
    asked = parser.parse_args()
    sizes = [min(BLOCK, asked.patients - first) for first in range(0, asked.patients, BLOCK)]

    def block(seed: int) -> np.ndarray:
        part = workload(sizes[seed], seed).part(sizes[seed], asked.days / DAYS)
        return prepare(part).run(TOLERANCE).observables

    block(0)
    began = time.perf_counter()
    with ThreadPoolExecutor(cores()) as pool:
        done = list(pool.map(block, range(len(sizes))))
    found = {
        "seconds": time.perf_counter() - began,
        "peak_mib": peak(),
        "unsolved": int(sum((~np.isfinite(seen).all(axis=(1, 2))).sum() for seen in done)),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
