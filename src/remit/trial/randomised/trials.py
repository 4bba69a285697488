"""Replicates of a randomised trial from the tables of the pool, with what must be said about them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.errors import problem
from remit.results import LOOKS, TRIALS
from remit.stats.estimate import Floats, Integers
from remit.trial.data_lag import DataLag, known_day
from remit.trial.enrolment import EnrolmentRules, SiteGroup
from remit.trial.randomisation.factors import Factors
from remit.trial.randomised.cohort import Cohort, cohort
from remit.trial.randomised.conduct import Lag, Supplied, conducted
from remit.trial.randomised.plan import RandomisedTrial, check
from remit.trial.randomised.records import Reading, records_of
from remit.trial.replicates import SIZES_NEEDED, notes_on

Allocate = Callable[[Factors], Integers]
"""Allocates patients, in the order of enrolment, to numbers of arms, shape (n_replicates, n_patients)."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Statistics and events as if no trial had stopped, shape (n_replicates, n_looks, n_hypotheses).

    NaN and 0 at a look at which a hypothesis is not analysed. ``draw`` has shape (n_replicates,).
    """

    z: Floats
    events: Integers
    draw: Integers


@dataclass(frozen=True, slots=True)
class Randomised:
    """Trials of one scenario, and what must be said about them.

    ``looks`` and ``trials`` are the tables of those names; ``regions`` has the effect of the first hypothesis
    by region at the look that ended it; ``statistics`` are of all looks, held or not. The rest is as in
    ``replicates.Replicates``.
    """

    looks: pl.DataFrame
    trials: pl.DataFrame
    regions: pl.DataFrame
    statistics: Statistics
    effective_size: float
    needed_size: int
    n_patients: int
    unmatched_fraction: float
    notes: tuple[str, ...]

    @property
    def is_refused(self) -> bool:
        """Whether the pool is too small for operating characteristics; trials then only describe."""
        return self.effective_size < self.needed_size


@dataclass(frozen=True, slots=True)
class Declared:
    """Randomised trials of one scenario: what is declared, and what is needed to carry them out.

    ``lag`` is from an event until it is known; endpoints named in ``adjudicated`` are judged by an
    independent reader besides. Without it events are known on their day. ``rules`` are limits of enrolment.
    """

    trial: RandomisedTrial
    sites: Sequence[SiteGroup]
    reading: Reading
    allocate: Allocate
    lag: DataLag | None = None
    adjudicated: tuple[str, ...] = ()
    rules: EnrolmentRules | None = None
    scan_days: Sequence[float] = ()


def randomise_trials(
    seed: int,
    scenario: str,
    tables: Mapping[str, pl.DataFrame],
    declared: Declared,
    replicates: int,
) -> Randomised:
    """Trials of one scenario.

    Parameters
    ----------
    seed
        Seed of the run.
    scenario
        Of the pool.
    tables
        ``adsl`` and ``adrs`` of the whole pool, and ``adex`` and ``admrd`` where endpoints need them.
    declared
        The trial, sites, allocation and lags.
    replicates
        Trials.

    Raises
    ------
    InputError
        If the trial cannot be conducted as declared, sites cannot enrol, or the pool does not hold the same
        patients under every arm.
    """
    trial = declared.trial
    check(trial)
    own = {name: each.filter(pl.col("SCENARIO") == scenario) for name, each in tables.items()}
    who, pool = cohort(seed, own["adsl"], (declared.sites, declared.rules), trial, replicates)
    records = records_of(own, trial.arms, declared.reading)
    supplied = Supplied(declared.allocate(who.factors), lag_days(seed, declared, who), declared.scan_days)
    done = conducted(records, who, supplied, trial)
    n_patients, unmatched = min(trial.n_patients, pool.smallest_draw), who.unmatched_fraction
    named = pl.lit(scenario).alias("SCENARIO")
    return Randomised(
        LOOKS.tidy(done.looks.with_columns(named)),
        TRIALS.tidy(done.trials.with_columns(named)),
        done.regions.with_columns(named),
        Statistics(done.z, done.events, who.draw),
        pool.effective_size,
        SIZES_NEEDED * trial.n_patients,
        n_patients,
        unmatched,
        notes_on(pool, trial.n_patients, n_patients, unmatched),
    )


def lag_days(seed: int, declared: Declared, who: Cohort) -> Lag:
    """Days from an event of each patient until it is known, by PARAMCD.

    Raises
    ------
    InputError
        If times are negative, or cleaning takes other than the days from a cut-off to its decision.
    """
    lag, testing = declared.lag, declared.trial.testing
    if lag is None:
        return {}
    if lag.cleaning_days != testing.decision_days:
        found = f"{lag.cleaning_days:g} days of cleaning"
        raise problem(
            "data_lag.cleaning_days", found, f"decision_days, {testing.decision_days:g}", "the same"
        )
    at_once = np.where(who.enrolment.enrolled, 0.0, np.inf)
    return {
        code: known_day(
            seed, at_once, who.enrolment, lag, event=code, is_adjudicated=code in declared.adjudicated
        )
        for code in {each.endpoint: None for each in testing.hypotheses}
    }
