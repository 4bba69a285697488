"""Replicates of a randomised trial through their whole conduct, from records of the pool.

Nobody is simulated again. Of each replicate: patients under the arms to which they are allocated, looks on
the days on which their events are known, tests and estimates from the data as of the cut-off, decisions at
the information that was achieved, over-running, and what each arm shows at the last cut-off.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import polars as pl

from remit.stats.estimate import Floats, Integers
from remit.stats.operating.decisions import Outcome
from remit.trial.randomised.cohort import Cohort, part_of
from remit.trial.randomised.compared import estimated, tested
from remit.trial.randomised.data_cut import LookDays, Patients, data_cut, known_days, look_days
from remit.trial.randomised.decisions import Decided, decide
from remit.trial.randomised.looks_table import Analysis, Calendar, Over, look_rows, with_over_running
from remit.trial.randomised.overrunning import over_run_p_values
from remit.trial.randomised.plan import RandomisedTrial
from remit.trial.randomised.records import Records
from remit.trial.randomised.regions import region_rows
from remit.trial.replicates import described

BLOCK = 128
"""Replicates whose scans are held in memory together."""
Lag = Mapping[str, Floats]
"""By PARAMCD, days from event until it is known, that broadcast to (n_replicates, n_patients)."""


@dataclass(frozen=True, slots=True)
class Supplied:
    """What comes with a trial from elsewhere: allocation, and days until events are known.

    ``scan_days`` are planned scans, for the descriptive table.
    """

    allocation: Integers
    lag: Lag = field(default_factory=dict[str, Floats])
    scan_days: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Conducted:
    """Tables of some replicates without scenario, as in ``Randomised``."""

    looks: pl.DataFrame
    trials: pl.DataFrame
    regions: pl.DataFrame
    z: Floats
    events: Integers


def conducted(records: Records, who: Cohort, supplied: Supplied, trial: RandomisedTrial) -> Conducted:
    """Conduct of trials, in blocks: the scans of all would not fit into memory.

    Parameters
    ----------
    records
        Of the pool.
    who
        Patients of each replicate.
    supplied
        Allocation and lags.
    trial
        As declared, see ``plan.check``.
    """
    shape = who.who.shape
    lag = {code: np.broadcast_to(each, shape) for code, each in supplied.lag.items()}
    parts: list[Conducted] = []
    for first in range(0, shape[0], BLOCK):
        rows = slice(first, first + BLOCK)
        own, allocation = part_of(who, rows), supplied.allocation[rows]
        patients = Patients(
            records.under(own.who, allocation), own.day, allocation, own.stratum,
            {code: each[rows] for code, each in lag.items()},
        )  # fmt: skip
        parts.append(_block(patients, own, trial, supplied.scan_days, first))
    return Conducted(
        pl.concat([part.looks for part in parts]),
        pl.concat([part.trials for part in parts]),
        pl.concat([part.regions for part in parts]),
        np.concatenate([part.z for part in parts]),
        np.concatenate([part.events for part in parts]),
    )


def _block(
    patients: Patients, who: Cohort, trial: RandomisedTrial, scan_days: Sequence[float], first: int
) -> Conducted:
    """Conduct of some replicates, the first of which has the number ``first``."""
    testing = trial.testing

    @cache
    def known(name: str) -> Floats:
        return known_days(patients, next(each for each in testing.hypotheses if each.name == name), trial)

    days = look_days(known, trial)
    analyses = _analyses(patients, trial, days, known)
    z, events = _arrays(analyses, days.cut.shape[0], trial)
    decided = decide(z, events, testing)
    calendar = _calendar(days, patients.day, testing.decision_days)
    rows: list[pl.DataFrame] = []
    for j, hypothesis in enumerate(testing.hypotheses):
        own = [
            look_rows((k, j), hypothesis, analyses[k, j], decided, calendar)
            for k in testing.positions(hypothesis)
        ]
        over = _over(patients, trial, j, (decided, calendar, events[:, :, j]))
        rows.append(with_over_running(pl.concat(own), over))
    last = np.take_along_axis(days.cut, decided.stop[:, None], axis=1)[:, 0]
    ends = np.take_along_axis(days.cut, decided.look[:, :1], axis=1)[:, 0]
    regions = region_rows(data_cut(patients, testing.hypotheses[0], trial, ends), who.enrolment.region)
    arms = _arm_rows(patients, trial, last, scan_days)
    rejected = pl.DataFrame(
        {
            "REPLICATE": np.arange(who.draw.size),
            "DRAW": who.draw,
            "REJECTS": decided.outcome[:, 0] == Outcome.EFFICACY,
        }
    )

    def placed(frame: pl.DataFrame) -> pl.DataFrame:
        whole = frame.join(rejected, on="REPLICATE", how="left", maintain_order="left")
        return whole.with_columns(pl.col("REPLICATE") + first)

    return Conducted(placed(pl.concat(rows)), placed(arms), placed(regions), z, events)


def _analyses(
    patients: Patients, trial: RandomisedTrial, days: LookDays, known: Callable[[str], Floats]
) -> dict[tuple[int, int], Analysis]:
    """Every hypothesis at each of its looks, as if no trial had stopped."""
    found: dict[tuple[int, int], Analysis] = {}
    for j, hypothesis in enumerate(trial.testing.hypotheses):
        for k in trial.testing.positions(hypothesis):
            cut = days.cut[:, k]
            data = data_cut(patients, hypothesis, trial, cut)
            seen = (known(hypothesis.name) <= cut[:, None]).sum(axis=1)
            found[k, j] = Analysis(tested(data), estimated(data, trial), seen)
    return found


def _arrays(
    analyses: Mapping[tuple[int, int], Analysis], n: int, trial: RandomisedTrial
) -> tuple[Floats, Integers]:
    """Statistics and events, shape (n_replicates, n_looks, n_hypotheses)."""
    shape = (n, len(trial.testing.looks), len(trial.testing.hypotheses))
    z, events = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    for (k, j), each in analyses.items():
        z[:, k, j], events[:, k, j] = each.tested.z, each.tested.events.sum(axis=1)
    return z, events


def _calendar(days: LookDays, day: Floats, decision_days: float) -> Calendar:
    decision = days.cut + decision_days
    by = [(day[:, None, :] <= each[:, :, None]).sum(axis=2) for each in (days.cut, decision)]
    return Calendar(days, decision, *by)


def _over(
    patients: Patients, trial: RandomisedTrial, j: int, found: tuple[Decided, Calendar, Integers]
) -> Over:
    """Over-running of a hypothesis that a look stopped before the last, for efficacy or futility."""
    decided, calendar, events = found
    hypothesis = trial.testing.hypotheses[j]
    at = trial.testing.positions(hypothesis)
    early = np.isin(decided.outcome[:, j], (Outcome.EFFICACY, Outcome.FUTILITY))
    early &= (decided.look[:, j] < at[-1]) & (trial.testing.decision_days > 0)
    look = np.where(early, decided.look[:, j], -1)
    n = look.size
    z, counts, p_value = np.full(n, np.nan), np.zeros(n, dtype=np.int64), np.full(n, np.nan)
    rows = np.flatnonzero(early)
    if rows.size:
        cut = calendar.decision[rows, look[rows]]
        test = tested(data_cut(_some(patients, rows), hypothesis, trial, cut))
        z[rows], counts[rows] = test.z, test.events.sum(axis=1)
        place = np.searchsorted(at, look[rows])
        own = (events[rows][:, at], decided.bound[rows][:, at, j])
        p_value[rows] = over_run_p_values(*own, place, (z[rows], counts[rows]))
    return Over(look, counts, z, p_value)


def _some(patients: Patients, rows: Integers) -> Patients:
    return Patients(
        patients.milestones.of(rows), patients.day[rows], patients.allocation[rows], patients.stratum[rows],
        {code: each[rows] for code, each in patients.lag.items()},
    )  # fmt: skip


def _arm_rows(
    patients: Patients, trial: RandomisedTrial, cut: Floats, scan_days: Sequence[float]
) -> pl.DataFrame:
    """Each arm at the last cut-off of its trial; it has no test of its own."""
    parts = [
        described(
            patients.milestones,
            patients.day,
            cut,
            (patients.day <= cut[:, None]) & (patients.allocation == place),
            scan_days,
        ).with_columns(ARM=pl.lit(arm), REJECT=pl.lit(None, pl.Boolean), RIPE=pl.lit(None, pl.Boolean))
        for place, arm in enumerate(trial.arms)
    ]
    return pl.concat(parts)
