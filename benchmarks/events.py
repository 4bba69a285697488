"""A data set of a million records through `remit events`: time of the command, and the error beside it."""

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import machine, options, page
from benchmarks.page import Table, figure, small
from remit.dosing import Floats
from remit.events import simulate_events

SUBJECTS, RECORDS, QUICK = 10_000, 100, 200
DOSE, EVERY, ADDITIONAL, TIMES = 100.0, 12.0, 11, 10
"""Amount, hours between doses, additional doses of a record, and records of doses of a subject."""
LINEAR = {"CL": "1.1*(WT/70)**0.75", "Vc": "20", "Q": "2", "Vp": "30", "ka": "1.5"}
SATURABLE = {"Vmax": "50*(WT/70)**0.75", "Km": "5", "Vc": "20", "Q": "2", "Vp": "30", "ka": "1.5"}
CHECKED = 50
"""Subjects whose concentrations are computed anew."""


def write_data(path: Path, n_subjects: int) -> None:
    """Records of doses every 12 h for 60 days, and observations at times of their own, drawn once."""
    rng = np.random.default_rng(1)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["ID", "TIME", "AMT", "CMT", "EVID", "II", "ADDL", "WT", "DV"])
        for subject in range(1, n_subjects + 1):
            weight = round(float(rng.normal(70, 10)), 1)
            doses = [(EVERY * (ADDITIONAL + 1) * k, DOSE, 1, 1, EVERY, ADDITIONAL) for k in range(TIMES)]
            observed = rng.uniform(0, 1500, RECORDS - TIMES).round(2)
            seen = [(float(t), ".", 2, 0, ".", ".") for t in observed]
            for row in sorted([*doses, *seen], key=lambda each: (each[0], -each[3])):
                rows.writerow([subject, *row, weight, "."])


def tri_exponential(times: Floats, doses: Floats, clearance: float) -> Floats:
    """Concentrations after equal oral doses (Gibaldi and Perrier, two compartments), by superposition."""
    ka, k10, k12, k21 = 1.5, clearance / 20.0, 2.0 / 20.0, 2.0 / 30.0
    total, product = k10 + k12 + k21, k10 * k21
    fast = (total + np.sqrt(total**2 - 4 * product)) / 2
    slow = product / fast
    found = np.zeros_like(times)
    since = times[:, None] - doses[None, :]
    for rate, one, other in ((ka, fast, slow), (fast, ka, slow), (slow, ka, fast)):
        each = np.where(since >= 0, np.exp(-rate * np.maximum(since, 0)), 0.0).sum(axis=1)
        found += (k21 - rate) / ((one - rate) * (other - rate)) * each
    return DOSE * ka / 20.0 * found


def error_of(out: Path, data: Path, model: str) -> float:
    """Largest error of the first subjects' concentrations, as a share of each subject's largest."""
    found = pl.read_csv(out, null_values=".", n_rows=CHECKED * RECORDS)
    if model.endswith("michaelis_menten"):
        some = pl.read_csv(data, infer_schema=False, n_rows=CHECKED * RECORDS)
        exact = simulate_events(some, model, SATURABLE, accuracy=1e-12)["CP"].to_numpy()
    else:
        doses = EVERY * np.arange(TIMES * (ADDITIONAL + 1))
        exact = np.concatenate(
            [
                tri_exponential(each["TIME"].to_numpy(), doses, 1.1 * (each["WT"][0] / 70) ** 0.75)
                for each in found.partition_by("ID", maintain_order=True)
            ]
        )
    here = found["CP"].to_numpy().reshape(-1, RECORDS)
    exact = exact.reshape(-1, RECORDS)
    return float(np.max(np.abs(here - exact) / exact.max(axis=1, keepdims=True)))


def timed(data: Path, out: Path, model: str, values: dict[str, str], threads: int) -> float:
    """Seconds of the command, the start of Python and the files included."""
    given = [text for name, value in values.items() for text in ("--set", f"{name}={value}")]
    command = [sys.executable, "-m", "remit", "events", str(data), "--model", model, *given]
    began = time.perf_counter()
    subprocess.run([*command, "--out", str(out), "--threads", str(threads)], check=True, capture_output=True)
    return time.perf_counter() - began


def a_million_records(n_subjects: int, repetitions: int) -> Table:
    """Both kinds of elimination, on one thread and on all."""
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "data.csv", Path(folder) / "out.csv"
        write_data(data, n_subjects)
        for model, values in (
            ("two_compartment_oral", LINEAR),
            ("two_compartment_oral_michaelis_menten", SATURABLE),
        ):
            timed(data, out, model, values, 1)
            for threads in sorted({1, machine.cores()}):
                seconds = [timed(data, out, model, values, threads) for _ in range(repetitions)]
                error = small(error_of(out, data, model))
                middle, least = figure(float(np.median(seconds))), figure(min(seconds))
                rows.append([model, str(threads), middle, least, error])
    records = n_subjects * RECORDS
    return Table(
        f"`remit events`: {n_subjects:,} subjects, {records:,} records, 120 doses each, a covariate",
        ["structure", "threads", "s, median", "s, least", "error"],
        rows,
        [
            "The whole command: start, reading, simulating, writing. Error: the largest of 50 subjects, as a",
            "share of a subject's largest concentration; against sums of exponentials, or an accuracy of",
            "1e-12.",
        ],
    )


def main() -> None:
    """Measure, print, and write down if asked to."""
    asked = options.parsed(options.parser(__doc__))
    table = a_million_records(QUICK if asked.quick else SUBJECTS, 1 if asked.quick else 3)
    sys.stdout.write(f"{machine.described()}\n\n{table}\n")
    if asked.write:
        page.write("events", f"{machine.described()}\n\n{table}")


if __name__ == "__main__":
    main()
