"""The log-rank tests of other tools, in a loop over trials and looks: R's package survival, and lifelines."""

import importlib.util
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

from remit.stats.estimate import Floats
from remit.stats.operating.regions import cut_at
from remit.stats.survival.log_rank_rows import Replicates

SCRIPT = Path(__file__).with_name("trials.R")


@dataclass(frozen=True, slots=True)
class Tested:
    """Statistics (n_replicates, n_looks), seconds of the loop alone, and what did it."""

    z: Floats
    seconds: float
    tool: str


def no_survival() -> str:
    """Why R cannot run; empty if it can."""
    try:
        done = subprocess.run(
            ["Rscript", "-e", "library(survival)"], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return "Debian package r-base-core is missing"
    return "" if done.returncode == 0 else "Debian package r-cran-survival is missing"


def by_survival(trials: Replicates, targets: list[int]) -> Tested:
    """Cuts and stratified tests by survdiff, in R."""
    columns = [trials.entry, trials.time, trials.event, trials.arm, trials.stratum]
    data = np.stack([np.asarray(each, dtype=float) for each in columns], axis=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data.tofile(folder / "patients.bin")
        sizes = [len(data), data.shape[2], *targets]
        (folder / "sizes.txt").write_text(" ".join(map(str, sizes)), encoding="utf-8")
        command = ["Rscript", str(SCRIPT), str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        z = np.fromfile(folder / "z.bin").reshape(len(data), len(targets))
    seconds, survival, r = done.stdout.split()
    return Tested(z, float(seconds), f"survival {survival} on R {r}: survdiff")


def no_lifelines() -> str:
    """Why lifelines cannot run; empty if it can."""
    return "not installed" if importlib.util.find_spec("lifelines") is None else ""


def by_lifelines(trials: Replicates, cuts: Floats) -> Tested:
    """Absolute statistics of tests without strata, which lifelines lacks, of data that are cut beforehand."""
    from lifelines.statistics import logrank_test  # noqa: PLC0415 - may be missing

    z, seconds = np.empty(cuts.shape), 0.0
    for k, cut in enumerate(cuts.T):
        seen = cut_at(trials, cut)
        for row, there in enumerate(np.isfinite(seen.entry)):
            when, event, arm = (each[row][there] for each in (seen.time, seen.event, seen.arm))
            began = time.perf_counter()
            found = logrank_test(when[arm == 1], when[arm == 0], event[arm == 1], event[arm == 0])
            seconds += time.perf_counter() - began
            z[row, k] = np.sqrt(found.test_statistic)
    return Tested(z, seconds, f"lifelines {metadata.version('lifelines')}: logrank_test, no strata")
