"""Effects by region in many replicates of a multi-regional trial, and how often regions agree with the whole.

The rules are those of ``consistency``, which has their probabilities for normal estimates in closed form.
Here they are counted over trials with few events in a region, late effects and regions that differ. A region
whose effect cannot be estimated does not agree.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from remit.errors import Finding, InputError, problem
from remit.stats.estimate import Booleans, Floats, Integers, MonteCarlo
from remit.stats.operating.characteristics import mean, share
from remit.stats.survival.log_rank_rows import Look, Replicates, compared, log_rank_rows

Scale = Literal["log", "risk reduction"]
"""Scale of the part that a region keeps: the log hazard ratio, or one minus the hazard ratio."""


@dataclass(frozen=True, slots=True)
class RegionalEffects:
    """Minus the log hazard ratio of each region in each trial, its standard error, and what it rests on.

    Arrays (n_replicates, n_regions); effects are NaN where a region has no event with both arms at risk.
    """

    effect: Floats
    se: Floats
    events: Integers
    patients: Integers


def regional_effects(
    patients: Replicates, region: ArrayLike, cut: Floats | None = None, threads: int = 1
) -> RegionalEffects:
    """Log-rank estimate of each region, stratified within it, from the data that the whole trial has.

    Parameters
    ----------
    patients
        Of all trials.
    region
        Number of each patient's region, from 0, that broadcasts to the shape of ``patients.time``.
    cut
        When each trial is cut, shape (n_replicates,), such as ``Analyses.cut`` at the look where it stopped;
        None if data are never cut.
    threads
        As of ``log_rank_rows``.

    Raises
    ------
    InputError
        If arrays do not fit one another.
    """
    shape = np.shape(patients.time)
    number = _numbers(region, shape)
    seen = patients if cut is None else cut_at(patients, np.asarray(cut, dtype=float))
    entry = np.broadcast_to(seen.entry, shape)
    n_regions = int(number.max(initial=0)) + 1
    effect, se = np.empty((2, shape[0], n_regions))
    counts = np.empty((2, shape[0], n_regions), dtype=np.int64)
    for k in range(n_regions):
        own = Replicates(
            entry=np.where(number == k, entry, np.inf),
            time=seen.time,
            event=seen.event,
            arm=seen.arm,
            stratum=seen.stratum,
        )
        sums = log_rank_rows(own, (Look(),), threads=threads)
        found = compared(sums)
        effect[:, k], se[:, k] = -np.log(found.estimate[:, 0]), found.se[:, 0]
        counts[:, :, k] = sums.events[:, 0].sum(axis=1), sums.patients[:, 0].sum(axis=1)
    return RegionalEffects(effect, se, *counts)


def _numbers(region: ArrayLike, shape: tuple[int, ...]) -> Integers:
    """Numbers of regions in the shape of the patients."""
    given = np.asarray(region)
    try:
        number = np.broadcast_to(given, shape)
    except ValueError:
        raise problem("region", f"shape {given.shape}", f"that of time, {shape}") from None
    if not ((number >= 0) & (number == np.floor(number))).all():
        raise problem("region", str(np.min(number)), "whole numbers from 0")
    return number.astype(np.int64)


def cut_at(patients: Replicates, cut: Floats) -> Replicates:
    """The data that trials have at a calendar time each, shape (n_replicates,).

    Who enters later is not there; follow-up ends at the cut, and an event after it has not been seen. An
    event at the cut counts.

    Raises
    ------
    InputError
        If there is not one cut for each trial.
    """
    shape = np.shape(patients.time)
    if cut.shape != shape[:1]:
        raise problem("cut", f"shape {cut.shape}", f"one calendar time for each trial, {shape[:1]}")
    end = cut[:, None]
    entry = np.broadcast_to(patients.entry, shape)
    there = (entry <= end) & np.isfinite(entry)
    since = np.where(there, end - np.where(there, entry, 0.0), 0.0)
    # Compared on the calendar, as the cut is: a difference and a sum of the same times may round apart.
    before = there & (np.where(there, entry, 0.0) + patients.time <= end)
    return Replicates(
        entry=np.where(there, entry, np.inf),
        time=np.where(before, patients.time, since),
        event=np.asarray(patients.event, dtype=bool) & before,
        arm=patients.arm,
        stratum=patients.stratum,
    )


@dataclass(frozen=True, slots=True)
class Consistency:
    """How often regions agree with the whole, over the trials that count.

    Parameters
    ----------
    n_trials
        Trials that count.
    retained
        By region: probability that it keeps the part of the effect (method 1).
    all_positive
        Probability that the effects of all regions favour treatment (method 2).
    effect
        By region: mean estimate, over trials that have one.
    heterogeneity
        Probability that Cochran's test (1954) of equal effects in all regions rejects at the level.
    part, scale, level
        As given.
    """

    n_trials: int
    retained: tuple[MonteCarlo, ...]
    all_positive: MonteCarlo
    effect: tuple[MonteCarlo, ...]
    heterogeneity: MonteCarlo
    part: float
    scale: Scale
    level: float


def consistency(
    found: RegionalEffects,
    whole: Floats,
    counts: Booleans | None = None,
    part: float = 0.5,
    scale: Scale = "log",
    level: float = 0.05,
) -> Consistency:
    """Methods 1 and 2 of the Japanese guideline, and heterogeneity, over trials.

    Parameters
    ----------
    found
        Effects by region.
    whole
        Effect in all patients, on the scale of ``found.effect``, shape (n_replicates,).
    counts
        The trials that count, shape (n_replicates,), such as ``Decisions.rejects`` for those that
        succeed; None for all. Note that both rules ask for less where all count.
    part
        Part of the effect that a region is to keep, in [0, 1].
    scale
        On which it is a part.
    level
        Of the two-sided test of heterogeneity.

    Raises
    ------
    InputError
        If arrays or arguments do not fit.
    """
    effect = found.effect
    _check(effect, whole, counts, part, scale, level)
    kept = np.ones(len(effect), dtype=bool) if counts is None else counts
    effect, se, of_all = effect[kept], found.se[kept], whole[kept]
    own, all_ = (effect, of_all) if scale == "log" else (-np.expm1(-effect), -np.expm1(-of_all))
    rejected = np.asarray(heterogeneity_p_value(effect, se) < level)
    return Consistency(
        int(kept.sum()),
        tuple(share(each >= part * all_) for each in own.T),
        share(np.asarray((effect > 0).all(axis=1))),
        tuple(mean(each[np.isfinite(each)]) for each in effect.T),
        share(rejected),
        part,
        scale,
        level,
    )


def heterogeneity_p_value(effect: Floats, se: Floats) -> Floats:
    r"""P-value of Cochran's (1954) test that all regions have one effect, shape (n_replicates,).

    .. math:: Q = \sum_r w_r (\hat\theta_r - \bar\theta)^2, \qquad w_r = 1 / se_r^2, \quad
        \bar\theta = \sum w_r \hat\theta_r / \sum w_r

    Chi-square with one degree of freedom less than there are regions; regions without an estimate are left
    out. NaN with fewer than two.
    """
    there = np.isfinite(effect) & np.isfinite(se)
    weight = np.where(there, 1 / np.where(there, se, 1.0) ** 2, 0.0)
    known = np.where(there, effect, 0.0)
    total = weight.sum(axis=1, keepdims=True)
    center = (weight * known).sum(axis=1, keepdims=True) / np.where(total > 0, total, 1.0)
    q = (weight * (known - center) ** 2).sum(axis=1)
    degrees = there.sum(axis=1) - 1
    return np.where(degrees > 0, chi2.sf(q, np.maximum(degrees, 1)), np.nan)


def _check(
    effect: Floats, whole: Floats, counts: Booleans | None, part: float, scale: str, level: float
) -> None:
    found: list[Finding] = []
    if whole.shape != effect.shape[:1]:
        found.append(
            Finding("whole", f"shape {whole.shape}", f"one effect for each trial, {effect.shape[:1]}")
        )
    if counts is not None and counts.shape != effect.shape[:1]:
        found.append(Finding("counts", f"shape {counts.shape}", f"one for each trial, {effect.shape[:1]}"))
    if not 0 <= part <= 1:
        found.append(Finding("part", f"{part:g}", "a part of the effect from 0 to 1", "0.5"))
    if scale not in ("log", "risk reduction"):
        found.append(Finding("scale", scale, "log or risk reduction", "log"))
    if not 0 < level < 1:
        found.append(Finding("level", f"{level:g}", "a level between 0 and 1", "0.05"))
    if found:
        raise InputError(found)
