"""A phase 3 trial of 600 patients in 80 sites with three looks, from a pool that is there: time a trial."""

import sys
import time
from dataclasses import dataclass

import numpy as np

from benchmarks import machine, options, page
from benchmarks.page import Table, figure
from remit.random import exponentials
from remit.stats.estimate import Floats
from remit.stats.multiplicity.known_graphs import fixed_sequence
from remit.trial.data_lag import DataLag, Lag, known_day
from remit.trial.designs.group_sequential import planned
from remit.trial.endpoints import overall_survival, progression_free
from remit.trial.enrolment import Enrolment, SiteGroup, enrol
from remit.trial.milestones import Milestones
from remit.trial.randomisation import stratified_blocks
from remit.trial.randomisation.factors import Factors
from remit.trial.randomised.cohort import Cohort, stratum_numbers
from remit.trial.randomised.conduct import Supplied, conducted
from remit.trial.randomised.plan import Hypothesis, LookAt, RandomisedTrial, Testing
from remit.trial.randomised.records import Records
from remit.trial.selection import Pool, enrolled_places, select_patients

TRIALS, QUICK, SEED = 256, 16, 1
"""Trials, those of a quick look, and the seed."""
PATIENTS, POOL, SCANS = 600, 6_000, 20
"""Of a trial, virtual patients of the pool, and scans of each."""
INTERVAL, FOLLOW_UP = 84.0, 1_826.0
SITES = [
    SiteGroup("First", "china", 40, 30.0, 6.0, 0.4, 0.7),
    SiteGroup("Second", "europe", 20, 60.0, 12.0, 0.3, 0.7),
    SiteGroup("Third", "america", 20, 60.0, 12.0, 0.3, 0.7),
]
"""80 sites in three regions."""
LAG = DataLag(Lag(21.0, 0.5), 0.3, Lag(30.0, 0.3), 60.0)
ENDPOINTS = {"PFS": progression_free, "OS": overall_survival}
TRIAL = RandomisedTrial(
    arms={"control": "control", "experimental": "experimental"},
    n_patients=PATIENTS,
    testing=Testing(
        hypotheses=(
            Hypothesis(
                name="PFS", experimental="experimental", control="control", endpoint="PFS",
                test=planned(360, (1 / 3, 2 / 3, 1.0), futility=(-0.5, 0.3)), looks=(1, 2, 3),
            ),
            Hypothesis(
                name="OS", experimental="experimental", control="control", endpoint="OS",
                test=planned(280, (0.25, 0.55, 1.0), alpha_harm=0.025), looks=(1, 2, 3),
            ),
        ),
        graph=fixed_sequence(["PFS", "OS"]),
        looks=(LookAt("PFS", 120, 1500.0), LookAt("PFS", 240, 2000.0), LookAt("PFS", 360, 2600.0)),
        decision_days=60.0,
    ),
    endpoints=ENDPOINTS,
    horizon=730.0,
    milestone=730.0,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seconds:
    """Of one part of the work."""

    enrolment: float
    selection: float
    allocation: float
    conduct: float


def records() -> Records:
    """Invented: exponential progression seen at the next scan, and death; a hazard ratio of 0.75."""
    n = 2 * POOL
    better = np.repeat([1.0, 1 / 0.75], POOL)
    hazard = exponentials(SEED, "benchmark.pool", np.arange(n), 3)
    progression, death = 500.0 * better * hazard[:, 0], 1500.0 * better**0.5 * hazard[:, 1]
    end = np.minimum(np.minimum(death, 20_000.0 * hazard[:, 2]), FOLLOW_UP)
    scans = INTERVAL * np.arange(1, SCANS + 1)
    seen = (scans <= end[:, None]) & (scans - INTERVAL < progression[:, None])
    progressed = np.where(seen & (scans >= progression[:, None]), scans, np.inf).min(axis=1)
    never = np.full(n, np.inf)
    m = Milestones(
        response=np.where(seen[:, 0], scans[0], np.inf), complete=never, progression=progressed,
        progression_scan=np.where(np.isfinite(progressed), progressed / INTERVAL, 0.0),
        other_progression=never, scan_time=np.where(seen, scans, np.inf),
        scan_number=np.where(seen, np.arange(1.0, SCANS + 1), 0.0),
        death=np.where(death <= end, death, np.inf), new_therapy=never,
        lost=np.where((end < death) & (end < FOLLOW_UP), end, np.inf), response_end=end,
        contact=np.minimum(end, FOLLOW_UP), failed=np.zeros(n, dtype=bool),
    )  # fmt: skip
    return Records(m, np.array([0, 1]), POOL)


def pool() -> Pool:
    """Half of the patients are from the first region."""
    import polars as pl  # noqa: PLC0415

    names = np.repeat(["china", "europe", "america"], [POOL // 2, POOL // 4, POOL // 4])
    who = pl.DataFrame({"DRAW": np.zeros(POOL, dtype=np.int32), "USUBJID": np.arange(POOL).astype(str)})
    return Pool(who, np.zeros(POOL, dtype=np.int64), names, np.ones(POOL))


def strata(enrolment: Enrolment) -> Factors:
    """By region and one covariate of two levels."""
    levels = tuple(np.unique(enrolment.site_region).tolist())
    region = np.searchsorted(np.asarray(levels), enrolment.region)
    other = np.indices(region.shape)[1] % 2
    codes = np.where(enrolment.enrolled[..., None], np.stack([region, other], axis=2), -1)
    return Factors(codes, ("region", "risk"), (levels, ("high", "low")))


def timed(n: int, of: tuple[Records, Pool]) -> Seconds:
    """Conduct ``n`` trials."""
    kept, drawn = of
    at = [time.perf_counter()]
    enrolment = enrolled_places(enrol(SEED, SITES, PATIENTS, n), POOL)
    at.append(time.perf_counter())
    chosen = select_patients(SEED, drawn, enrolment.region, enrolment.calendar_day.shape[1])
    at.append(time.perf_counter())
    factors = strata(enrolment)
    allocation = stratified_blocks.allocate(SEED, factors, stratified_blocks.Params((1, 1), (4, 6)))
    none: Floats = np.where(enrolment.enrolled, 0.0, np.inf)
    lag = {
        code: known_day(SEED, none, enrolment, LAG, event=code, is_adjudicated=code == "PFS")
        for code in ENDPOINTS
    }
    at.append(time.perf_counter())
    who = Cohort(enrolment, chosen.who, chosen.matched, factors, stratum_numbers(factors), chosen.draw)
    conducted(kept, who, Supplied(allocation, lag), TRIAL)
    at.append(time.perf_counter())
    return Seconds(*np.diff(at).tolist())


def table(n: int, repetitions: int) -> Table:
    """Milliseconds a trial, by part."""
    of = records(), pool()
    timed(QUICK, of)
    found = np.array([
        [each.enrolment, each.selection, each.allocation, each.conduct]
        for each in (timed(n, of) for _ in range(repetitions))
    ])  # fmt: skip
    by_part = np.column_stack([found, found.sum(axis=1)]) / n * 1e3
    head = ("", "enrolment", "selection", "allocation and lags", "looks and decisions", "all")
    rows = [
        ["median, ms", *map(figure, np.median(by_part, axis=0))],
        ["least, ms", *map(figure, by_part.min(axis=0))],
    ]
    return Table(
        f"A phase 3 trial of {PATIENTS} patients, 80 sites, three looks; a pool of {POOL:,} under two arms",
        head,
        rows,
        [
            f"{n} trials on one thread, compiled kernels. Looks at 120, 240 and 360 events of PFS that are",
            "known; PFS and OS at each, stratified by six strata: log-rank tests, Cox regression, restricted",
            "means, milestones, medians; bounds recomputed for the events of every trial; over-running,",
            "regions, and what each arm shows at the end.",
        ],
    )


def main() -> None:
    """Measure, print, and write down if asked to."""
    asked = options.parsed(options.parser(__doc__))
    text = "\n".join(
        [machine.described(), str(table(QUICK if asked.quick else TRIALS, 1 if asked.quick else 3))]
    )
    sys.stdout.write(f"{text}\n")
    if asked.write:
        page.write("randomised_trial", text)


if __name__ == "__main__":
    main()
