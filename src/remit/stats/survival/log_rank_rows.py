"""Weighted stratified log-rank tests of many trials at many looks at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from remit.errors import Finding, InputError
from remit.stats.confidence_level import critical_value
from remit.stats.estimate import Booleans, Comparison, Floats, Integers
from remit.stats.survival.log_rank_weights import LOG_RANK, Weight

BLOCK = 256
"""Rows handed to the kernel at once: they fit the cache, and a slow thread holds up little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicates:
    """Patients of many trials, arrays that broadcast to the shape of ``time``, (n_replicates, n_patients).

    Parameters
    ----------
    entry
        Calendar time of randomisation; infinite where there is no such patient, so that trials may differ
        in size.
    time
        From randomisation to event or dropout, whichever comes first, as if the trial were never cut; at
        least 0, infinite for neither.
    event
        True for an event, False for a dropout.
    arm
        1 for the experimental arm, 0 for control.
    stratum
        Number of the stratum, from 0; None for one.
    """

    entry: Floats
    time: Floats
    event: Booleans
    arm: Integers
    stratum: Integers | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """When data are cut: at the event that makes up ``events``, but not after ``calendar``.

    With 0 events the calendar decides. A trial that never sees so many events is cut at ``calendar``, and
    without one when its last patient has had the event or has dropped out.
    """

    events: int = 0
    calendar: float = np.inf


@dataclass(frozen=True, slots=True)
class LogRankSums:
    r"""Sums of log-rank tests, first axes (n_replicates, n_looks).

    Over event times, of the weight :math:`w`, observed less expected events of the experimental arm, and the
    variance :math:`v` of the hypergeometric distribution:

    .. math:: U = \sum w\,(d_1 - d\,n_1/n), \qquad v = d\,\frac{n_1}{n}\,\frac{n_0}{n}\,\frac{n - d}{n - 1}

    Parameters
    ----------
    weights
        Whose sums they are.
    cut
        Calendar time of the cut, (n_replicates, n_looks).
    patients, events
        By arm, (n_replicates, n_looks, 2): patients entered by the cut, control first, and their events.
    observed
        Sum of :math:`w d` by weight and arm, (n_replicates, n_looks, n_weights, 2).
    score, slope
        :math:`U` and :math:`\sum w v`, (n_replicates, n_looks, n_weights). The score is negative in
        favour of the experimental arm.
    covariance
        :math:`\sum w w' v`, (n_replicates, n_looks, n_weights, n_weights).
    """

    weights: tuple[Weight, ...]
    cut: Floats
    patients: Integers
    events: Integers
    observed: Floats
    score: Floats
    slope: Floats
    covariance: Floats

    @property
    def variance(self) -> Floats:
        """Of each score, (n_replicates, n_looks, n_weights)."""
        return np.diagonal(self.covariance, axis1=-2, axis2=-1)

    @property
    def z(self) -> Floats:
        """Standardised statistics, positive in favour of the experimental arm; NaN without variance."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.variance > 0, -self.score / np.sqrt(self.variance), np.nan)

    @property
    def correlation(self) -> Floats:
        """Of the statistics of one look, (n_replicates, n_looks, n_weights, n_weights)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            sd = np.sqrt(self.variance)
            return self.covariance / (sd[..., :, None] * sd[..., None, :])

    @property
    def expected(self) -> Floats:
        """Weighted events expected under no effect, shape of ``observed``."""
        excess = np.stack([-self.score, self.score], axis=-1)
        return self.observed - excess


def log_rank_rows(
    patients: Replicates,
    looks: Sequence[Look] = (Look(),),
    weights: Sequence[Weight] = (LOG_RANK,),
    threads: int = 1,
) -> LogRankSums:
    """Cut the data of every trial at every look and add up its log-rank tests.

    An event at the cut counts; a patient who enters at the cut has no follow-up. At a time with events and
    censoring, events come first. Times that differ by rounding alone are different times.

    Parameters
    ----------
    patients
        Of all trials, without missing values.
    looks
        When each trial is cut; in any order.
    weights
        Of the tests; the curves that weights use are those of the data as cut.
    threads
        Threads to spread trials over; results do not depend on it.

    Raises
    ------
    InputError
        If arrays do not fit one another, or hold what they must not.
    """
    arrays = _arrays(patients)
    n, n_looks, n_weights = arrays["time"].shape[0], len(looks), len(weights)
    kernel = _kernel()
    plan = kernel.Cuts(
        np.array([look.events for look in looks], dtype=np.int64),
        np.array([look.calendar for look in looks], dtype=float),
        np.array([[w.survival_power, w.event_power, w.at_risk_power, w.held_from] for w in weights]),
        _steps(weights),
    )
    shape = (n, n_looks)
    sums = kernel.Sums(
        np.zeros(shape),
        np.zeros((*shape, 2), np.int64),
        np.zeros((*shape, 2), np.int64),
        np.zeros((*shape, n_weights, 2)),
        np.zeros((*shape, n_weights)),
        np.zeros((*shape, n_weights)),
        np.zeros((*shape, n_weights, n_weights)),
    )
    n_strata = int(arrays["stratum"].max(initial=0)) + 1

    def fill(begin: int) -> None:
        rows = slice(begin, begin + BLOCK)
        # Always copies: arrays that may not be written are another type to Numba, which would compile again.
        block = {name: np.array(arrays[name][rows], dtype=kind, order="C") for name, kind in KINDS.items()}
        kernel.fill(_ordered(kernel, block), plan, kernel.Sums(*(each[rows] for each in sums)), n_strata)

    if threads == 1:
        for begin in range(0, n, BLOCK):
            fill(begin)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, range(0, n, BLOCK)))
    return LogRankSums(tuple(weights), *sums)


KINDS = {"entry": np.float64, "time": np.float64, "event": np.bool_, "arm": np.int8, "stratum": np.int32}


def _ordered(kernel: Any, block: dict[str, Any]) -> Any:
    """A block of rows as the kernel takes it, sorted by NumPy: faster than a sort compiled by Numba."""
    happened = np.where(block["event"], block["entry"] + block["time"], np.inf)
    happened.sort(axis=1)
    orders = (np.argsort(block["time"], axis=1), np.argsort(block["entry"], axis=1))
    return kernel.Patients(**block, by_time=orders[0], by_entry=orders[1], happened=happened)


def _kernel() -> Any:
    from remit.stats.survival import risk_sets  # noqa: PLC0415 - loads Numba

    return risk_sets


def _steps(weights: Sequence[Weight]) -> Floats:
    """Beginnings and factors of the steps of each weight, (n_weights, n_steps, 2)."""
    found = np.full((len(weights), max((len(w.factors) for w in weights), default=1), 2), np.inf)
    for steps, w in zip(found, weights, strict=True):
        steps[: len(w.factors), 0] = [-np.inf, *w.breaks]
        steps[: len(w.factors), 1] = w.factors
    return found


def _arrays(patients: Replicates) -> dict[str, Any]:
    """Arrays of one shape by name, not yet of the kinds that the kernel takes."""
    time = np.asarray(patients.time)
    stratum = 0 if patients.stratum is None else patients.stratum
    given = {
        "entry": np.asarray(patients.entry),
        "time": time,
        "event": np.asarray(patients.event),
        "arm": np.asarray(patients.arm),
        "stratum": np.asarray(stratum),
    }
    if time.ndim != 2:
        needed, remedy = "shape (n_replicates, n_patients)", "one data set is time[None]"
        raise InputError([Finding("time", f"shape {time.shape}", needed, remedy)])
    found: list[Finding] = []
    for name, each in given.items():
        try:
            given[name] = np.broadcast_to(each, time.shape)
        except ValueError:
            found.append(Finding(name, f"shape {each.shape}", f"that of time, {time.shape}"))
    needs = {
        "entry": (lambda x: ~np.isnan(x) & (x > -np.inf), "times, infinite for nobody"),
        "time": (lambda x: x >= 0, "times of at least 0"),
        "event": (lambda x: (x == 0) | (x == 1), "true or false"),
        "arm": (lambda x: (x == 0) | (x == 1), "0 for control, 1 for experimental"),
        "stratum": (lambda x: (x >= 0) & (x == np.floor(x)) & (x < 2**31), "whole numbers from 0"),
    }
    for name, (holds, needed) in needs.items():
        wrong = ~holds(given[name])
        if wrong.any():
            first = given[name][wrong].flat[0]
            found.append(Finding(name, f"{first} and {int(wrong.sum()) - 1} more", needed))
    if found:
        raise InputError(found)
    return given


def compared(sums: LogRankSums, which: int = 0, level: float = 0.95) -> Comparison:
    r"""The tests of one weight with the hazard ratio that belongs to their scores.

    .. math:: \log \widetilde{HR} = U / \sum w v, \qquad se = \sqrt{\sum w^2 v} \,\big/ \sum w v

    One step of Newton from no effect: without weights the estimator of Peto (Yusuf et al. 1985), with weights
    an average hazard ratio. Its interval excludes 1 exactly where the two-sided test rejects. It is biased
    where the effect is large or arms are unequal (Greenland and Salvan 1990); Cox regression is not.

    Parameters
    ----------
    sums
        From ``log_rank_rows``.
    which
        Position of the weight.
    level
        Confidence level of the two-sided interval.

    Returns
    -------
    Arrays (n_replicates, n_looks).
    """
    z, slope = sums.z[..., which], sums.slope[..., which]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        log_ratio = np.where(slope > 0, sums.score[..., which] / slope, np.nan)
        se = np.where(slope > 0, np.sqrt(sums.variance[..., which]) / slope, np.nan)
        half = critical_value(level) * se
        ratio, low, high = np.exp(log_ratio), np.exp(log_ratio - half), np.exp(log_ratio + half)
    weight = sums.weights[which]
    name = "hazard ratio (Peto)" if weight == LOG_RANK else "average hazard ratio (one step)"
    return Comparison(_name_of(weight), name, ratio, low, high, se, z, ndtr(-z), level)


def _name_of(weight: Weight) -> str:
    return "log-rank" if weight == LOG_RANK else f"log-rank, {weight.name}"
