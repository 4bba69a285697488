r"""Simulated trials with a time to event: patients of two arms come, drop out, cross over, have the event.

Patients come by a Poisson process, are in a stratum by chance, and are randomised in permuted blocks within
it. Times are drawn by inverting cumulative hazards: an exponential draw :math:`E` of mean one is an event at
:math:`\Lambda^{-1}(E)`. A control patient who crosses over at :math:`s` has from then on the hazard of the
experimental arm,

.. math:: T = \Lambda_1^{-1}\bigl(E - \Lambda_0(s) + \Lambda_1(s)\bigr) \quad\text{if } \Lambda_0(s) < E.

A replicate is the same whatever their number and the number of threads: more replicates only append. With
one seed, trials with as many patients share their draws, so that scenarios differ by what they assume.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Floats
from remit.stats.planning.accrual import Accrual, accrual_findings
from remit.stats.planning.piecewise import NONE, Hazard, hazard, hazard_findings, rate_at
from remit.stats.planning.survival_trial import SurvivalTrial
from remit.stats.survival.log_rank_rows import Replicates

BLOCK = 256
"""Replicates that share a stream of random numbers; another number gives other trials."""
LARGEST_RATIO = 12
"""Largest number of patients of one arm in a smallest block, where a ratio is given as a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Patients who are alike: their share of all, and the hazard of the event in each arm.

    A region, a level of a stratification factor, or a combination of such.
    """

    share: float
    control: Hazard
    experimental: Hazard


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialModel:
    """What is assumed of a trial; one unit of time throughout.

    Parameters
    ----------
    patients
        Of both arms, in every replicate.
    accrual
        Rates at which they come, both arms together. The last rate goes on until all have come: how long
        enrolment takes is random.
    strata
        One or more; shares are made to add up to 1.
    dropout_control, dropout_experimental
        Hazard of loss to follow-up, independent of the event.
    crossover
        Hazard of crossing over from control to the experimental treatment, by time since entry. Analyses
        by arm as randomised know nothing of it.
    allocation
        Patients randomised to the experimental and to the control arm in a smallest block.
    smallest_blocks
        Of them in a block, so that the length of a block is the sum of ``allocation`` times this.
    """

    patients: int
    accrual: Accrual
    strata: tuple[Stratum, ...]
    dropout_control: Hazard = NONE
    dropout_experimental: Hazard = NONE
    crossover: Hazard = NONE
    allocation: tuple[int, int] = (1, 1)
    smallest_blocks: int = 2


def model_of(assumed: SurvivalTrial) -> TrialModel:
    """The simulated counterpart of assumptions for which ``planning`` computes expected events.

    Patients are those expected at the end of enrolment, rounded.
    """
    ratio = Fraction(assumed.ratio).limit_denominator(LARGEST_RATIO)
    return TrialModel(
        patients=round(assumed.accrual.patients),
        accrual=assumed.accrual,
        strata=(Stratum(share=1.0, control=assumed.control, experimental=assumed.experimental),),
        dropout_control=assumed.dropout_control,
        dropout_experimental=assumed.dropout_experimental,
        allocation=(ratio.numerator, ratio.denominator),
    )


def varying_effect(control: Hazard, starts: tuple[float, ...], ratios: tuple[float, ...]) -> Hazard:
    """Hazard of the experimental arm whose hazard ratio changes at given times.

    (0, 6) and (1, 0.6) is an effect that begins after 6; (0.6, 1) one that ends; (0.6, 1.4) lets hazards
    cross.

    Raises
    ------
    InputError
        Starts that do not increase from 0, negative ratios, numbers that do not fit.
    """
    ratio = hazard(ratios, starts)
    at = np.union1d(control.starts, starts)
    return hazard(tuple((rate_at(control, at) * rate_at(ratio, at)).tolist()), tuple(at.tolist()))


def simulate_trials(model: TrialModel, n: int, seed: int, threads: int = 1) -> Replicates:
    """Patients of replicates of a trial, in the order in which they come.

    Parameters
    ----------
    model
        What is assumed.
    n
        Replicates.
    seed
        At least 0.
    threads
        Threads to spread replicates over; they do not depend on it.

    Raises
    ------
    InputError
        If the model cannot be, with every finding.
    """
    check(model, seed)
    begins = range(0, n, BLOCK)
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(lambda begin: simulate_block(model, begin // BLOCK, seed), begins))

    def together(arrays: list[Any]) -> Any:
        return np.concatenate(arrays)[:n] if arrays else np.zeros((0, model.patients))

    return Replicates(
        entry=together([part.entry for part in parts]),
        time=together([part.time for part in parts]),
        event=together([part.event for part in parts]).astype(bool, copy=False),
        arm=together([part.arm for part in parts]),
        stratum=together([part.stratum for part in parts]),
    )


def simulate_block(model: TrialModel, number: int, seed: int) -> Replicates:
    """One block of replicates of a model that has been checked; blocks are numbered from 0."""
    from remit.stats.operating import patients as kernel  # noqa: PLC0415 - loads Numba

    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(number,))))
    shape = (BLOCK, model.patients)
    gap, stratum, arm = rng.standard_exponential(shape), rng.random(shape), rng.random(shape)
    event, dropout = rng.standard_exponential(shape), rng.standard_exponential(shape)
    # Last, so that the other draws are the same with and without.
    crossover = rng.standard_exponential(shape if max(model.crossover.rates) > 0 else (1, 1))
    courses = kernel.Courses(
        np.empty(shape),
        np.empty(shape),
        np.empty(shape, np.bool_),
        np.empty(shape, np.int8),
        np.empty(shape, np.int32),
    )
    drawn = kernel.Drawn(gap, stratum, arm, event, dropout, crossover)
    kernel.live(_rules(kernel, model), drawn, courses, np.empty((len(model.strata), 2)))
    return Replicates(
        entry=courses.entry,
        time=courses.time,
        event=courses.event,
        arm=courses.arm,
        stratum=courses.stratum,
    )


def _rules(kernel: Any, model: TrialModel) -> Any:
    """A model as the kernel takes it."""
    shares = np.cumsum([stratum.share for stratum in model.strata])
    by_arm = [each for stratum in model.strata for each in (stratum.control, stratum.experimental)]
    start, cumulative, rate = _pieces(by_arm)
    by_stratum = (len(model.strata), 2, -1)
    whole = sum(model.allocation)
    coming = Hazard(model.accrual.times[:-1], model.accrual.rates)
    accrual, crossover = _pieces([coming]), _pieces([model.crossover])
    return kernel.Rules(
        kernel.Pieces(*(each[0] for each in accrual)),
        kernel.Pieces(start.reshape(by_stratum), cumulative.reshape(by_stratum), rate.reshape(by_stratum)),
        kernel.Pieces(*_pieces([model.dropout_control, model.dropout_experimental])),
        kernel.Pieces(*(each[0] for each in crossover)),
        shares / shares[-1],
        model.allocation[0] * model.smallest_blocks,
        whole * model.smallest_blocks,
    )


def _pieces(hazards: list[Hazard]) -> tuple[Floats, Floats, Floats]:
    """Starts, cumulative hazards there, and rates, (n_hazards, n_pieces); infinite beyond the last piece."""
    most = max(len(each.starts) for each in hazards)
    start, cumulative = np.full((2, len(hazards), most), np.inf)
    rate = np.zeros((len(hazards), most))
    for k, each in enumerate(hazards):
        size = len(each.starts)
        start[k, :size], rate[k, :size] = each.starts, each.rates
        cumulative[k, :size] = np.append(0.0, np.cumsum(np.diff(each.starts) * each.rates[:-1]))
    return start, cumulative, rate


def check(model: TrialModel, seed: int = 0) -> None:
    """Refuse a model that cannot be, and a negative seed.

    Raises
    ------
    InputError
        With every finding at once.
    """
    found = list(_findings(model))
    if seed < 0:
        found.append(Finding("seed", str(seed), "a whole number of at least 0", "1"))
    if found:
        raise InputError(found)


def _findings(model: TrialModel) -> Iterator[Finding]:
    if model.patients < 1:
        yield Finding("patients", str(model.patients), "at least 1")
    yield from accrual_findings(model.accrual)
    shares = [stratum.share for stratum in model.strata]
    if not shares or not all(0 <= share < np.inf for share in shares) or sum(shares) <= 0:
        yield Finding("strata", f"shares {shares}", "one stratum or more, with shares of at least 0")
    for k, stratum in enumerate(model.strata):
        yield from hazard_findings(f"strata[{k}].control", stratum.control)
        yield from hazard_findings(f"strata[{k}].experimental", stratum.experimental)
    yield from hazard_findings("dropout_control", model.dropout_control)
    yield from hazard_findings("dropout_experimental", model.dropout_experimental)
    yield from hazard_findings("crossover", model.crossover)
    if min(model.allocation) < 1 or model.smallest_blocks < 1:
        needed = "at least one patient of each arm in a block"
        yield Finding(
            "allocation", f"{model.allocation} times {model.smallest_blocks}", needed, "(1, 1) and 2"
        )
