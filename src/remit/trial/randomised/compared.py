"""Tests and estimates of a comparison at its looks, in many replicates at once."""

from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Comparison, Floats, Integers
from remit.stats.survival.cox_rows import hazard_ratios
from remit.stats.survival.log_rank_rows import Look, Replicates, compared, log_rank_rows
from remit.stats.survival.many_curves import medians
from remit.stats.survival.milestone import milestone_difference_rows
from remit.stats.survival.restricted_mean import restricted_mean_difference_rows
from remit.trial.enrolment import DAYS_PER_MONTH
from remit.trial.randomised.data_cut import DataCut
from remit.trial.randomised.plan import RandomisedTrial


@dataclass(frozen=True, slots=True)
class Tested:
    """Stratified log-rank test of each replicate.

    ``z`` and ``p_value`` are NaN where no event has both arms at risk; ``events`` and ``patients`` have a
    last axis of control and experimental arm.
    """

    z: Floats
    p_value: Floats
    events: Integers
    patients: Integers


@dataclass(frozen=True, slots=True)
class Estimated:
    """Effects of each replicate, arrays (n_replicates,), NaN where the data cannot give them.

    The hazard ratio is that of a stratified Cox regression: where hazards are not proportional, their average
    over the follow-up of the data. Restricted means and milestone are not stratified. Medians are in months,
    infinite where not reached.
    """

    hazard_ratio: Comparison
    restricted_mean: Comparison
    milestone: Comparison
    median_experimental: Floats
    median_control: Floats


def rows_of(data: DataCut) -> Replicates:
    """The data of a cut as the log-rank kernel takes them; they are not cut again."""
    return Replicates(
        entry=np.where(data.included, 0.0, np.inf),
        time=data.time,
        event=data.event,
        arm=data.experimental.astype(np.int64),
        stratum=data.stratum,
    )


def tested(data: DataCut) -> Tested:
    """Stratified log-rank test of the data of a cut."""
    sums = log_rank_rows(rows_of(data), (Look(),))
    found = compared(sums)
    return Tested(found.z[:, 0], found.p_value[:, 0], sums.events[:, 0], sums.patients[:, 0])


def estimated(data: DataCut, trial: RandomisedTrial, level: float = 0.95) -> Estimated:
    """Effects in the data of a cut, with intervals of a level as if the trial had had one look."""
    time, event, arm, included = data.time, data.event, data.experimental, data.included
    return Estimated(
        hazard_ratios(time, event, arm, data.stratum, included, level=level),
        restricted_mean_difference_rows(time, event, arm, trial.horizon, included, level),
        milestone_difference_rows(time, event, arm, trial.milestone, included, level),
        medians(time, event, included & arm) / DAYS_PER_MONTH,
        medians(time, event, included & ~arm) / DAYS_PER_MONTH,
    )
