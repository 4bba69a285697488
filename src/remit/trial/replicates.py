"""Replicated single-arm trials from a pool of simulated patients: enrolment, data cut-off, analysis.

Everything here is on tables and calendar time; nobody is simulated again. A replicate takes the same
patients, enrolled on the same days, under every arm and scenario. Its data cut-off is its own, for it
waits for its responders.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.results import TRIALS
from remit.stats.estimate import Booleans, Floats
from remit.stats.proportions.clopper_pearson import exact_interval
from remit.stats.survival.many_curves import medians
from remit.trial.designs import fixed
from remit.trial.designs.look import Look
from remit.trial.endpoints import (
    Times,
    duration_of_response,
    overall_survival,
    progression_free,
    progression_free_strict,
)
from remit.trial.enrolment import DAYS_PER_MONTH, Enrolment, SiteGroup, enrol
from remit.trial.milestones import Milestones, happened, last_scan, milestones
from remit.trial.readout import Readout, cut_off
from remit.trial.selection import SUBJECT, Pool, enrolled_places, pool_of, select_patients

SIZES_NEEDED = 10
"""Effective pool size, in trial sizes, below which operating characteristics are refused."""


@dataclass(frozen=True, slots=True)
class Replicates:
    """Trials, and what must be said about them.

    ``trials`` is the table of that name. ``effective_size`` is that of the pool, ``needed_size`` what
    operating characteristics ask of it. ``n_patients`` is the size used, smaller than planned where a draw
    holds fewer patients. ``unmatched_fraction`` of patients stand in for another region. ``notes`` says
    all of it in sentences.
    """

    trials: pl.DataFrame
    effective_size: float
    needed_size: int
    n_patients: int
    unmatched_fraction: float
    notes: tuple[str, ...]

    @property
    def is_refused(self) -> bool:
        """Whether the pool is too small for operating characteristics; trials then only describe."""
        return self.effective_size < self.needed_size


def replicate_trials(
    seed: int,
    adsl: pl.DataFrame,
    adrs: pl.DataFrame,
    sites: Sequence[SiteGroup],
    readout: Readout,
    replicates: int,
) -> Replicates:
    """Trials of every arm and scenario in the pool.

    Parameters
    ----------
    seed
        Seed of the run.
    adsl, adrs
        Subjects and responses of the whole pool.
    sites
        Where patients are enrolled.
    readout
        Size, test, reader and cut-off.
    replicates
        Trials of each arm and scenario.

    Raises
    ------
    InputError
        If sites cannot enrol, or the pool is not the same under every arm and scenario.
    """
    pool = pool_of(adsl)
    n_patients = min(readout.n_patients, pool.smallest_draw)
    enrolment = enrolled_places(
        enrol(seed, sites, n_patients, replicates, readout.largest_share), pool.smallest_draw
    )
    selection = select_patients(seed, pool, enrolment.region, enrolment.calendar_day.shape[1])
    parts: list[pl.DataFrame] = []
    for arm, scenario in adsl.select("ARM", "SCENARIO").unique().sort("ARM", "SCENARIO").iter_rows():
        here = (pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario)
        own = adsl.filter(here).sort(SUBJECT)
        m = milestones(adrs.filter(here), own, readout.reader, readout.follow_up)
        rows = trial_rows(m.of(selection.who), enrolment, readout, n_patients)
        parts.append(
            rows.with_columns(ARM=pl.lit(arm), SCENARIO=pl.lit(scenario), DRAW=pl.Series(selection.draw))
        )
    unmatched = 1 - float(selection.matched[enrolment.enrolled].mean())
    needed = SIZES_NEEDED * readout.n_patients
    notes = notes_on(pool, readout.n_patients, n_patients, unmatched)
    return Replicates(
        TRIALS.tidy(pl.concat(parts)), pool.effective_size, needed, n_patients, unmatched, notes
    )


def trial_rows(m: Milestones, enrolment: Enrolment, readout: Readout, n_patients: int) -> pl.DataFrame:
    """Rows of table ``trials`` without arm, scenario and draw.

    ``m`` has shape (n_replicates, n_patients), in the order of ``enrolment``.
    """
    day = enrolment.calendar_day
    cut, ripe = cut_off(m, day, readout)
    # Who would have come after the cut-off is not a patient of the trial.
    rows = described(m, day, cut, cut[:, None] >= day, readout.scan_days)
    params = fixed.Params(n=n_patients, p0=readout.p0, alpha=readout.alpha)
    look = Look(rows["N"].to_numpy(), rows["RESPONDERS"].to_numpy())
    return rows.with_columns(REJECT=fixed.decide(look, params).reject, RIPE=ripe)


def described(
    m: Milestones, day: Floats, cut: Floats, treated: Booleans, scan_days: Sequence[float]
) -> pl.DataFrame:
    """What an arm shows at a cut-off, in columns of table ``trials``: no test, and nothing of ripeness.

    Parameters
    ----------
    m
        Milestones, shape (n_replicates, n_patients).
    day
        Calendar day of first dose, of the same shape.
    cut
        Calendar day of the cut-off, shape (n_replicates,).
    treated
        Who is a patient of the arm by then, of the shape of ``day``.
    scan_days
        Planned scans.
    """
    limit = cut[:, None] - day
    n = treated.sum(axis=1)
    responders = (treated & happened(m.response, limit)).sum(axis=1)
    complete = (treated & happened(m.complete, limit)).sum(axis=1)
    assessed = treated & ~m.failed & (last_scan(m, limit)[1] > 0)
    interval = exact_interval(responders, n)
    size = np.where(n > 0, n, np.nan)
    frame = pl.DataFrame(
        {
            "REPLICATE": np.arange(day.shape[0]),
            "N": n,
            "EVALUABLE": assessed.sum(axis=1),
            "RESPONDERS": responders,
            "ORR": responders / size,
            "ORRLCL": interval.low,
            "ORRUCL": interval.high,
            "CRN": complete,
            "CR": complete / size,
            "PFSMED": _median_months(progression_free(m, limit), treated),
            "PFSNTMED": _median_months(progression_free_strict(m, limit, scan_days), treated),
            "DORMED": _median_months(duration_of_response(m, limit), treated),
            "OSMED": _median_months(overall_survival(m, limit), treated),
            "CUTDAY": cut,
            "ENROLDAY": np.where(treated, day, -np.inf).max(axis=1),
        }
    )
    not_reached = pl.col("PFSMED", "PFSNTMED", "DORMED", "OSMED").replace([np.inf, np.nan], None)
    # An arm into which nobody has come has no rates.
    nobody = (pl.col("ORR", "CR").replace([np.nan], None), pl.col("ENROLDAY").replace([-np.inf], None))
    return frame.with_columns(not_reached, *nobody)


def _median_months(times: Times, treated: Booleans) -> Floats:
    """Median of each trial [month], infinite where not reached."""
    return medians(times.time, times.event, times.counted & treated) / DAYS_PER_MONTH


def notes_on(pool: Pool, planned: int, n_patients: int, unmatched: float) -> tuple[str, ...]:
    """What the reader must know about the pool behind trials of ``planned`` patients.

    ``n_patients`` is the size used, ``unmatched`` the fraction that stands in for another region.
    """
    notes: list[str] = []
    needed = SIZES_NEEDED * planned
    if n_patients < planned:
        notes.append(
            f"The trial of {planned} patients is shrunk to {n_patients}: the smallest parameter "
            f"draw holds no more virtual patients."
        )
    if pool.effective_size < needed:
        notes.append(
            f"Operating characteristics are refused: the pool has an effective size of "
            f"{pool.effective_size:.0f} patients and needs {needed}, ten times the trial."
        )
    if unmatched > 0:
        notes.append(
            f"{100 * unmatched:.1f}% of enrolled patients stand in for another region: their parameter "
            f"draw holds too few of the region that enrolled."
        )
    return tuple(notes)
