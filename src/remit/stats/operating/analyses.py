"""What the analyses of many trials found at each look: of replicates simulated here or produced elsewhere."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from remit.errors import problem
from remit.stats.estimate import Floats, Integers
from remit.stats.operating.survival_trials import BLOCK, TrialModel, check, simulate_block
from remit.stats.survival.log_rank_rows import LogRankSums, Look, Replicates, compared, log_rank_rows
from remit.stats.survival.log_rank_weights import LOG_RANK, Weight
from remit.stats.survival.max_combo import max_combo_rows

Test = Literal["log-rank", "max-combo"]
"""How the weights are used: the first of them alone, or the largest of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyses:
    """Every look of every trial, as if none had stopped; arrays (n_replicates, n_looks).

    Parameters
    ----------
    z
        Standardised statistic, positive in favour of the experimental arm; NaN where nothing is compared.
    estimate, se
        Of the effect on the scale on which it is about normal, positive in favour of the experimental arm:
        minus the log hazard ratio, a difference of rates. NaN where there is none.
    events
        Observed by the cut, both arms; patients with a result where there is no event.
    patients
        Enrolled by the cut, both arms.
    cut
        Calendar time of the cut.
    """

    z: Floats
    estimate: Floats
    se: Floats
    events: Integers
    patients: Integers
    cut: Floats

    @property
    def n_replicates(self) -> int:
        """Number of trials."""
        return self.z.shape[0]

    @property
    def n_looks(self) -> int:
        """Number of looks."""
        return self.z.shape[1]


def analyses_of(sums: LogRankSums, test: Test = "log-rank") -> Analyses:
    """Statistics and estimates from sums of log-rank tests.

    The estimate is minus the log hazard ratio of one step of the first weight, see
    ``log_rank_rows.compared``. For MaxCombo ``z`` is the normal statistic of its p-value at the look. Bounds
    that are made for independent increments hold for it at one look; over several they are an approximation,
    whose error simulation tells.
    """
    if test not in ("log-rank", "max-combo"):
        raise problem("test", test, "log-rank or max-combo", "log-rank")
    first = compared(sums)
    z = first.z if test == "log-rank" else max_combo_rows(sums, two_sided=False).z_of_p
    with np.errstate(divide="ignore"):
        effect = -np.log(first.estimate)
    return Analyses(
        z=z,
        estimate=effect,
        se=first.se,
        events=sums.events.sum(axis=2),
        patients=sums.patients.sum(axis=2),
        cut=sums.cut,
    )


def analyse(
    patients: Replicates,
    looks: Sequence[Look],
    weights: Sequence[Weight] = (LOG_RANK,),
    test: Test = "log-rank",
    threads: int = 1,
) -> Analyses:
    """Analyse trials that are there already, from wherever: arrays of entry, time, event, arm and stratum.

    Arguments as of ``log_rank_rows``, which checks them. Looks in the order in which they are held.

    Raises
    ------
    InputError
        If arrays do not fit one another, or hold what they must not.
    """
    return analyses_of(log_rank_rows(patients, looks, weights, threads), test)


def simulate_analyses(
    model: TrialModel,
    looks: Sequence[Look],
    n: int,
    seed: int,
    weights: Sequence[Weight] = (LOG_RANK,),
    test: Test = "log-rank",
    threads: int = 1,
) -> Analyses:
    """Simulate trials and analyse them by blocks: a million replicates take the memory of their looks.

    Parameters
    ----------
    model, n, seed, threads
        As of ``simulate_trials``.
    looks, weights
        As of ``log_rank_rows``; all looks are held in every trial, whatever the first ones show.
    test
        How the weights are used.

    Raises
    ------
    InputError
        If the model cannot be.
    """
    check(model, seed)
    return analyses_from(lambda number: simulate_block(model, number, seed), looks, n, weights, test, threads)


def analyses_from(
    block: Callable[[int], Replicates],
    looks: Sequence[Look],
    n: int,
    weights: Sequence[Weight] = (LOG_RANK,),
    test: Test = "log-rank",
    threads: int = 1,
) -> Analyses:
    """Analyse the first ``n`` trials, at least 1, of blocks of 256 trials that are made by number.

    Raises
    ------
    InputError
        If there is to be no trial.
    """
    if n < 1:
        raise problem("n", n, "at least 1 replicate", "10000")

    def one(number: int) -> Analyses:
        return analyse(block(number), looks, weights, test)

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(one, range(-(-n // BLOCK))))
    return Analyses(
        z=np.concatenate([part.z for part in parts])[:n],
        estimate=np.concatenate([part.estimate for part in parts])[:n],
        se=np.concatenate([part.se for part in parts])[:n],
        events=np.concatenate([part.events for part in parts])[:n],
        patients=np.concatenate([part.patients for part in parts])[:n],
        cut=np.concatenate([part.cut for part in parts])[:n],
    )
