"""What a comparison estimates: the effect in the whole pool, by parameter draw, over a stated follow-up.

Every virtual patient is followed under both arms up to the same day, without enrolment, looks or cut-offs.
Where hazards are not proportional the hazard ratio is their Cox average over that follow-up: another
follow-up is another estimand. Restricted means and survival at the milestone do not depend on it.
"""

from dataclasses import dataclass

import numpy as np

from remit.random import draws
from remit.stats.estimate import Floats, Integers
from remit.stats.survival.cox_rows import hazard_ratios
from remit.stats.survival.milestone import milestone_difference_rows
from remit.stats.survival.restricted_mean import restricted_mean_difference_rows
from remit.trial.randomised.plan import Hypothesis, RandomisedTrial
from remit.trial.randomised.records import Records
from remit.trial.selection import Pool


@dataclass(frozen=True, slots=True)
class TrueEffects:
    """Effects by parameter draw, arrays (n_draws,).

    ``log_hazard_ratio`` of experimental to control, from a Cox regression that is stratified as the trial is;
    ``restricted_mean`` [day] and ``milestone`` are differences, NaN beyond ``follow_up`` [day].
    """

    draw: Integers
    log_hazard_ratio: Floats
    restricted_mean: Floats
    milestone: Floats
    follow_up: float


def true_effects(
    records: Records, pool: Pool, stratum: Integers, of: tuple[Hypothesis, RandomisedTrial], follow_up: float
) -> TrueEffects:
    """Effects of a hypothesis in the pool.

    Patients of unequal weight are drawn in proportion to it, systematically and as many as there are.

    Parameters
    ----------
    records, pool
        Of one scenario.
    stratum
        Of each patient of the pool, shape (n_pool,).
    of
        Hypothesis and trial.
    follow_up
        Day up to which each patient is followed.
    """
    hypothesis, trial = of
    names = np.unique(pool.draw)
    who, kept = _by_draw(pool, names)
    arms = np.array([trial.place(hypothesis.control), trial.place(hypothesis.experimental)])
    allocation = np.repeat(arms, who.shape[1])[None, :] + np.zeros((names.size, 1), dtype=np.int64)
    twice, both = np.tile(who, 2), np.tile(kept, 2)
    m = records.under(twice, allocation)
    times = trial.endpoints[hypothesis.endpoint](m, np.full(twice.shape, follow_up))
    included = both & times.counted
    time = np.where(included, times.time, 0.0)
    experimental = allocation == arms[1]
    event = times.event & included
    ratio = hazard_ratios(time, event, experimental, stratum[twice], included)
    mean = restricted_mean_difference_rows(time, event, experimental, trial.horizon, included)
    at = milestone_difference_rows(time, event, experimental, trial.milestone, included)
    with np.errstate(divide="ignore"):
        log_ratio = np.log(ratio.estimate)
    return TrueEffects(names, log_ratio, mean.estimate, at.estimate, follow_up)


def _by_draw(pool: Pool, names: Integers) -> tuple[Integers, np.ndarray]:
    """Places in the pool by draw and which of them count, shape (n_draws, most patients of a draw)."""
    sizes = [int((pool.draw == name).sum()) for name in names]
    who = np.zeros((names.size, max(sizes)), dtype=np.int64)
    start = draws(0, "truth.systematic", names)[:, 0]
    for row, (name, size) in enumerate(zip(names, sizes, strict=True)):
        members = np.flatnonzero(pool.draw == name)
        share = np.cumsum(pool.weight[members]) / pool.weight[members].sum()
        ticks = (np.arange(size) + start[row]) / size
        # Of equal weights each patient comes once.
        who[row, :size] = members[np.minimum(np.searchsorted(share, ticks), size - 1)]
    return who, np.arange(max(sizes))[None, :] < np.asarray(sizes)[:, None]
