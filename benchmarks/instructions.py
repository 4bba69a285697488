"""Instructions that a patient takes, counted by callgrind: unlike times, the same on every run.

The process counts only while a tool solves. Callgrind knows no AVX-512, so the kernel is compiled for four
patients side by side; that kernel is in the cache beforehand.
"""

import argparse
import ctypes
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.accuracy import error
from benchmarks.compare import module
from benchmarks.csource import ARCHITECTURE, BUILD
from benchmarks.models import Workload, two_drug_patients
from benchmarks.page import Table, figure, small
from benchmarks.truth import truth

HELPER = Path(__file__).with_name("callgrind.c")
PEERS = ("kernel", "cvode", "lsoda")
PATIENTS = 16
DAYS = 28
TOLERANCE = 1e-4
WIDTH = 4
ENVIRONMENT = {"REMIT_KERNEL_WIDTH": f"{WIDTH}"}
if platform.machine() == "x86_64":
    ENVIRONMENT[ARCHITECTURE] = "x86-64-v3"


def missing() -> str:
    """Why nothing can be counted; empty if it can."""
    for program, package in (("valgrind", "valgrind"), ("gcc", "gcc")):
        if shutil.which(program) is None:
            return f"{program} is missing (Debian package {package})"
    return ""


def library() -> ctypes.CDLL:
    """The functions that say what is counted."""
    BUILD.mkdir(parents=True, exist_ok=True)
    path = BUILD / "callgrind.so"
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", path, HELPER], check=True)
    return ctypes.CDLL(str(path))


def counted(name: str) -> None:
    """Solve the workload by a tool; only solving is counted."""
    helper = library()
    prepared = module(name).prepare(part())
    helper.begin_counting()
    prepared.run(TOLERANCE)
    helper.end_counting()


def part() -> Workload:
    """The patients that are counted, and the time."""
    return two_drug_patients.workload(PATIENTS).part(PATIENTS, DAYS / two_drug_patients.DAYS)


def count(name: str) -> float:
    """Instructions per patient, in millions.

    Raises
    ------
    RuntimeError
        If callgrind does not say how many.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind.out"
        command = [
            *("valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"),
            *(sys.executable, "-m", "benchmarks.instructions", name),
        ]
        done = subprocess.run(
            command, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=False
        )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or found is None:
        raise RuntimeError(f"callgrind failed: {done.stderr.strip().splitlines()[-1:]}")
    return int(found.group(1)) / PATIENTS / 1e6


def table(names: Sequence[str]) -> Table:
    """Instructions of the engine and of the peers that can be counted."""
    rows: list[list[str]] = []
    true = truth(part())
    for name in names:
        peer = module(name)
        if reason := missing() or peer.missing():
            rows.append([peer.NAME, "missing", "-", reason])
            continue
        of = error(part(), peer.prepare(part()).run(TOLERANCE).observables, true.observables)
        rows.append([peer.NAME, figure(count(name)), small(of.burden), "counted by callgrind"])
    head = ("Tool", "millions per patient", "log10 burden", "how")
    title = f"Instructions: two-drug model over {DAYS} days at rtol {TOLERANCE:g}, {PATIENTS} patients"
    remark = f"Callgrind knows no AVX-512; the kernel took {WIDTH} patients side by side with AVX2."
    return Table(title, head, rows, [remark])


def main() -> None:
    """Do what is counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PEERS)
    counted(parser.parse_args().name)


if __name__ == "__main__":
    main()
