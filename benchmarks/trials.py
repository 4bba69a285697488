"""Ten thousand trials with three looks: drawing them, cutting and testing them, and other tools beside."""

import sys
import time

import numpy as np

from benchmarks import machine, options, page
from benchmarks import trials_elsewhere as elsewhere
from benchmarks.page import Table, figure, small
from benchmarks.trials_elsewhere import Tested
from remit.stats.estimate import Floats
from remit.stats.operating.analyses import analyse, simulate_analyses
from remit.stats.operating.decisions import bounds_of, decide
from remit.stats.operating.scenarios import looks_at_events
from remit.stats.operating.survival_trials import Stratum, TrialModel, simulate_trials
from remit.stats.planning.accrual import ramp_up_accrual
from remit.stats.planning.piecewise import hazard_of_median, hazard_of_share, times_hazard_ratio
from remit.stats.sequential.design import design
from remit.stats.sequential.plan import Plan
from remit.stats.survival.log_rank_rows import Replicates

TRIALS, PATIENTS, EVENTS, QUICK, SEED = 10_000, 600, 360, 512, 1
"""Trials, their patients, events at the last look, trials of a quick look, and the seed."""
BESIDE = {"survival": 100, "lifelines": 30}
"""Trials that other tools are given; their time is scaled to all of them."""
STRATA = ((0.3, 16.0), (0.3, 12.0), (0.2, 9.0), (0.2, 7.0))
"""Share and median of control, in months."""

DESIGN = design(Plan(fractions=(1 / 3, 2 / 3, 1.0)))
LOOKS = looks_at_events(DESIGN, EVENTS)
BOUNDS = bounds_of(DESIGN)


def model() -> TrialModel:
    """Invented: 600 patients over two years, four strata, a hazard ratio of 0.7, 5% lost in a year."""
    controls = [(share, hazard_of_median(months)) for share, months in STRATA]
    return TrialModel(
        patients=PATIENTS,
        accrual=ramp_up_accrual(PATIENTS, 24.0, 6.0),
        strata=tuple(
            Stratum(share=share, control=control, experimental=times_hazard_ratio(control, 0.7))
            for share, control in controls
        ),
        dropout_control=hazard_of_share(0.05, 12.0),
        dropout_experimental=hazard_of_share(0.05, 12.0),
    )


def timed(n: int, threads: int) -> tuple[float, float, float, float]:
    """Seconds to draw, to analyse what was drawn, to do both by blocks; processor seconds of the last."""
    began = time.perf_counter()
    trials = simulate_trials(model(), n, SEED, threads)
    drawn = time.perf_counter()
    decide(analyse(trials, LOOKS, threads=threads).z, BOUNDS)
    analysed = time.perf_counter()
    del trials
    again, used = time.perf_counter(), time.process_time()
    decide(simulate_analyses(model(), LOOKS, n, SEED, threads=threads).z, BOUNDS)
    return drawn - began, analysed - drawn, time.perf_counter() - again, time.process_time() - used


def many_trials(n: int, repetitions: int) -> Table:
    """On one thread and on all."""
    timed(min(n, QUICK), 1)
    rows: list[list[str]] = []
    for threads in sorted({1, machine.cores()}):
        seconds = np.array([timed(n, threads) for _ in range(repetitions)])
        middle, least = np.median(seconds, axis=0), seconds.min(axis=0)
        rows.append([str(threads), *map(figure, middle[:3]), *map(figure, least)])
    at = ", ".join(str(each.events) for each in LOOKS)
    head = ("threads", "drawing, s", "analysis, s", "both, s")
    return Table(
        f"{n:,} trials of {PATIENTS} patients with looks at {at} events",
        (*head, "drawing, least", "analysis, least", "both, least", "both, processor s"),
        rows,
        [
            "Medians, then least times, kernels compiled; the last is processor time, which other work on",
            "the machine lengthens less. Drawing: entry, stratum, arm in blocks, event and dropout of every",
            "patient. Analysis: every look of every trial, cut at its event; the log-rank test of four",
            "strata with its one-step hazard ratio; the bounds of Lan and DeMets after O'Brien and Fleming,",
            "computed beforehand. Both: by blocks, as `remit.stats.operating.scenarios` does it, in little",
            "memory.",
        ],
    )


def beside(n: int, quick: bool) -> Table:
    """The same trials through other tools, in a loop over trials and looks on one thread."""
    few = {name: 3 if quick else number for name, number in BESIDE.items()}
    trials = simulate_trials(model(), max(few.values()), SEED)
    ours = analyse(trials, LOOKS)
    rows: list[list[str]] = []
    if why := elsewhere.no_survival():
        rows.append(["survival", "missing", "-", "-", why])
    else:
        some = first(trials, few["survival"])
        tested = elsewhere.by_survival(some, [look.events for look in LOOKS])
        rows.append(row(tested, ours.z, n))
    if why := elsewhere.no_lifelines():
        rows.append(["lifelines", "missing", "-", "-", why])
    else:
        some = first(trials, few["lifelines"])
        tested = elsewhere.by_lifelines(some, ours.cut[: few["lifelines"]])
        plain = analyse(without_strata(some), LOOKS).z
        rows.append(row(tested, np.abs(plain), n))
    head = ("tool", "trials", "s", f"s, scaled to {n:,}", "largest difference in z")
    return Table(
        "The same trials through other tools, one thread",
        head,
        rows,
        [
            "Seconds of the loop alone, without starting or reading. survdiff: cuts and stratified tests,",
            "in R. lifelines: tests of data that were cut beforehand, compared with tests without strata.",
        ],
    )


def row(tested: Tested, z: Floats, n: int) -> list[str]:
    """A tool, its trials, seconds, seconds scaled to all trials, and how far its statistics are from ours."""
    trials = len(tested.z)
    off = float(np.abs(tested.z - z[:trials]).max())
    scaled = figure(tested.seconds * n / trials)
    return [tested.tool, str(trials), figure(tested.seconds), scaled, small(off)]


def first(trials: Replicates, n: int) -> Replicates:
    """The first of them."""
    assert trials.stratum is not None  # noqa: S101
    return Replicates(
        entry=trials.entry[:n],
        time=trials.time[:n],
        event=trials.event[:n],
        arm=trials.arm[:n],
        stratum=trials.stratum[:n],
    )


def without_strata(trials: Replicates) -> Replicates:
    """The same patients in one stratum."""
    return Replicates(entry=trials.entry, time=trials.time, event=trials.event, arm=trials.arm)


def main() -> None:
    """Measure, print, and write down if asked to."""
    asked = options.parsed(options.parser(__doc__))
    n = QUICK if asked.quick else TRIALS
    heading = machine.described()
    tables = [many_trials(n, 1 if asked.quick else 5), beside(n, asked.quick)]
    text = "\n".join([heading, *map(str, tables)])
    sys.stdout.write(f"{text}\n")
    if asked.write:
        page.write("trials", text)


if __name__ == "__main__":
    main()
