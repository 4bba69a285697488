"""What a run costs beside its kernel: Python between advances, a trial replicate, and a whole run, cached."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import remit
from benchmarks import machine, options, page
from benchmarks.models import BLOCK
from benchmarks.page import Table, figure
from remit.courses import Block
from remit.dosing import DoseRecords, Floats, Integers
from remit.population import enter
from remit.run.courses import arm_parameters, make_block, simulate_courses
from remit.run.finish import readout_of, sites_of
from remit.run.simulate import drawn_setting
from remit.study import Study
from remit.trial.analysis import operating_characteristics
from remit.trial.replicates import replicate_trials

STUDY = "mcl_btki_treated"
KEPT = ("pharmacology/ki_shift", "reference/ki_shift")
"""Scenarios of the study with two arms: one of each arm."""


class Timed:
    """A block that notes how long its advances take; see ``remit.courses.Block``."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.seconds = 0.0
        self.calls = 0
        self.began = self.ended = 0.0

    @property
    def observables(self) -> tuple[str, ...]:
        return self.block.observables

    @property
    def time(self) -> Floats:
        return self.block.time

    @property
    def status(self) -> Integers:
        return self.block.status

    def advance(self, until: Floats, records: DoseRecords, observe: Floats) -> Floats:
        began = time.perf_counter()
        seen = self.block.advance(until, records, observe)
        self.ended = time.perf_counter()
        self.began = self.began or began
        self.seconds += self.ended - began
        self.calls += 1
        return seen


def between_advances(n: int, repetitions: int) -> Table:
    """One block through its whole course under each arm, on one thread."""
    study = remit.load_study(STUDY)
    rows: list[list[str]] = []
    for chosen in (each for each in study.scenarios if each.name in KEPT):
        setting = drawn_setting(study, chosen, 1, 0, 1)
        cohort = enter(1, 0, n, setting.spec, make_block)
        parameters = arm_parameters(1, cohort, setting)
        kernel: list[float] = []
        python: list[float] = []
        around: list[float] = []
        calls = 0
        for _ in range(repetitions):
            block = Timed(make_block(parameters, cohort.state, cohort.thresholds))
            began = time.perf_counter()
            simulate_courses(1, cohort, setting, block=block)
            whole = time.perf_counter() - began
            kernel.append(block.seconds)
            python.append(block.ended - block.began - block.seconds)
            around.append(whole - (block.ended - block.began))
            calls = block.calls
        inside, between, rest = (float(np.median(each)) for each in (kernel, python, around))
        cells = (inside, between, rest, 1e3 * inside / n, 100 * between / inside)
        rows.append([chosen.arm, f"{n:,}", f"{calls}", *map(figure, cells)])
    head = (
        "Arm",
        "patients",
        "advances",
        "kernel, s",
        "Python between, s",
        "before and after, s",
        "kernel, ms each",
        "between, % of kernel",
    )
    title = "One block through its whole course, one thread: the kernel, and Python between its advances"
    remark = (
        "Between advances: draws, visits, rules, measurements, what the investigator makes of scans. After "
        "them: tables, response and events."
    )
    return Table(title, head, rows, [remark])


def two_arms(folder: Path) -> Path:
    """The shipped study with one scenario of each arm, as a file."""
    file = folder / "two_arms.toml"
    text = remit.init_text(STUDY).replace(f'name = "{STUDY}"', f'name = "{file.stem}"', 1)
    tables = re.split(r"(?m)^(?=\[)", text)
    others = [each for each in tables if each.startswith("[[scenarios]]")]
    for each in others:
        found = re.search(r'(?m)^name = "(.+)"', each)
        if found and found.group(1) not in KEPT:
            tables.remove(each)
    file.write_text("".join(tables), encoding="utf-8")
    return file


def whole_runs(patients: int, extra: list[str], folder: Path) -> tuple[Table, remit.Run]:
    """`remit run` in a process of its own, cached, of the study with two arms and as shipped."""
    rows: list[list[str]] = []
    studies = {"two arms, a scenario each": str(two_arms(folder)), "as shipped, six scenarios": STUDY}
    for index, (name, study) in enumerate(studies.items()):
        out = folder / f"run_{index}"
        command = [
            sys.executable,
            "-m",
            "remit",
            "run",
            study,
            f"--patients={patients}",
            f"--out={out}",
            *extra,
        ]
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        timed = json.loads((out / "timings.json").read_text(encoding="utf-8"))[0]
        rest = seconds - timed["seconds"]
        cells = (timed["seconds"], rest, seconds)
        rows.append([name, f"{patients:,}", f"{timed['courses']:,}", *map(figure, cells)])
    head = ("Study", "patients", "courses", "simulation, s", "analysis, report, start, s", "in all, s")
    title = f"`remit run` with all tables and the report, {os.cpu_count()} cores, cached kernel"
    return Table(title, head, rows), remit.open_run(folder / "run_0")


def replicate(study: Study, run: remit.Run, replicates: int) -> Table:
    """Trials replicated from the pool of a run, and what is computed of them; per trial of all arms."""
    adsl, adrs, adtte = (run.table(name) for name in ("adsl", "adrs", "adtte"))
    readout = readout_of(study)
    seconds: list[tuple[float, float]] = []
    for number in (replicates // 10, replicates):
        began = time.perf_counter()
        trials = replicate_trials(1, adsl, adrs, sites_of(study), readout, number)
        simulated = time.perf_counter()
        operating_characteristics(trials, adrs, adtte, readout)
        seconds.append((simulated - began, time.perf_counter() - simulated))
    made = replicates - replicates // 10
    each = [1e3 * (many - few) / made for few, many in zip(*seconds, strict=True)]
    row = [f"{replicates:,}", f"{adsl.height:,}", *map(figure, (*each, sum(seconds[1])))]
    head = ("Replicates", "courses in the pool", "trial, ms", "its analysis, ms", "all of them, s")
    remark = "Per further replicate of every arm: the difference between ten times as many and as few."
    return Table("Trial replicates on tables", head, [row], [remark])


FIRST_ADVANCE = """
import os, sys, threading, time
from remit.cli import main
from remit.solve import KernelBlock

once = threading.Lock()

def advance(*arguments):
    once.acquire()
    os.write(1, f"{time.time()}".encode())
    os._exit(0)

KernelBlock.advance = advance
main(sys.argv[1:])
"""
"""Runs a command until it would first advance patients, and prints the time then."""


def answers(repetitions: int) -> Table:
    """How soon the command line answers, and begins to simulate."""
    helped: list[float] = []
    began: list[float] = []
    for _ in range(repetitions):
        start = time.time()
        subprocess.run([sys.executable, "-m", "remit", "--help"], check=True, stdout=subprocess.DEVNULL)
        helped.append(time.time() - start)
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", FIRST_ADVANCE, "run", STUDY, f"--out={folder}/run"]
            start = time.time()
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            began.append(float(done.stdout) - start)
    timed = {"`remit --help`": helped, "`remit run`, to the first advance": began}
    rows = [[name, figure(float(np.median(each))), figure(min(each))] for name, each in timed.items()]
    return Table("How soon the command line answers, kernel cached", ("What", "median, s", "least, s"), rows)


def main() -> None:
    """Measure, print, and write if asked to."""
    asked = options.parsed(options.parser(__doc__))
    heading = machine.described()
    print(heading, flush=True)
    found: list[Table] = [between_advances(64 if asked.quick else BLOCK, 1 if asked.quick else 3)]
    print(found[-1], flush=True)
    extra = ["--sensitivity=0"] if asked.quick else []
    with tempfile.TemporaryDirectory() as folder:
        table, run = whole_runs(160 if asked.quick else 2_000, extra, Path(folder))
        found += [table, replicate(remit.load_study(STUDY), run, 1_000)]
    found.append(answers(5))
    for table in found[1:]:
        print(table, flush=True)
    if asked.write:
        page.write("run", "\n".join([heading, *map(str, found)]))


if __name__ == "__main__":
    main()
