"""From an event to the day on which the sponsor knows it, and the data cut that follows from it.

An event is known when the site has entered it and, where an independent reader decides, when that reader has
judged it. An interim or final analysis is due when the target number of events is known. Its cut is that
calendar day: after cleaning, all events up to the cut are in the data, those too that were not known when
the analysis fell due. Lag therefore makes analyses later and gives them more events than planned (overrun).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from remit.errors import Finding, InputError
from remit.functions import exp, log
from remit.random import draws, normal_quantile
from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.enrolment.patient_draws import patient_draws
from remit.trial.enrolment.record import Enrolment
from remit.trial.gamma_quantile import gamma_quantile


@dataclass(frozen=True, slots=True)
class Lag:
    """A time that something takes: of mean ``mean_days``, with variance ``dispersion`` times its square."""

    mean_days: float
    dispersion: float = 0.0
    distribution: Literal["lognormal", "gamma"] = "lognormal"


NO_LAG = Lag(0.0)


@dataclass(frozen=True, slots=True)
class DataLag:
    """How long data take.

    ``entry`` is from an event to its entry at the site, ``adjudication`` from entry to the judgement of the
    independent reader. Sites differ in ``entry`` by a factor of their own, gamma of mean 1 and dispersion
    ``site_dispersion``. ``cleaning_days`` are from the cut to the locked database and the decision.
    """

    entry: Lag = NO_LAG
    site_dispersion: float = 0.0
    adjudication: Lag = NO_LAG
    cleaning_days: float = 0.0


@dataclass(frozen=True, slots=True)
class DataCut:
    """A data cut by replicate, arrays of shape (n_replicates,).

    ``cut_day`` is the calendar day of the cut and ``decision_day`` that of the decision. ``reached`` says
    whether the target was known by the calendar cap. ``known_events`` are those known on the cut day,
    ``events`` those that had happened by then and are in the cleaned data, ``overrun`` the events above the
    target (negative where the cap came first).
    """

    cut_day: Floats
    decision_day: Floats
    reached: Booleans
    known_events: Integers
    events: Integers
    overrun: Integers


def lag_findings(lag: DataLag) -> list[Finding]:
    """What is wrong with the times that data take."""
    return list(_lag_findings(lag))


def _lag_findings(lag: DataLag) -> Iterator[Finding]:
    values = (
        ("entry.mean_days", lag.entry.mean_days),
        ("entry.dispersion", lag.entry.dispersion),
        ("site_dispersion", lag.site_dispersion),
        ("adjudication.mean_days", lag.adjudication.mean_days),
        ("adjudication.dispersion", lag.adjudication.dispersion),
        ("cleaning_days", lag.cleaning_days),
    )
    for name, value in values:
        if not (value >= 0 and np.isfinite(value)):
            yield Finding(f"data_lag.{name}", f"{value:g}", "a number of at least 0")


def lag_quantile(chance: Floats, lag: Lag) -> Floats:
    """Quantile of a lag [day], of the shape of ``chance`` (probabilities in (0, 1)); NaN where that is."""
    if lag.distribution == "gamma" or lag.dispersion == 0 or lag.mean_days == 0:
        return gamma_quantile(chance, lag.mean_days, 0.0 if lag.mean_days == 0 else lag.dispersion)
    variance = log(1 + lag.dispersion)
    return lag.mean_days * exp(np.sqrt(variance) * normal_quantile(chance) - variance / 2)


def site_factors(seed: int, enrolment: Enrolment, dispersion: float) -> Floats:
    """Factor of each site on the time of data entry, shape (n_replicates, n_sites)."""
    replicates = np.arange(enrolment.calendar_day.shape[0])
    found = np.ones((replicates.size, enrolment.site_country.size))
    for country in np.unique(enrolment.site_country):
        own = np.flatnonzero(enrolment.site_country == country)
        chance = draws(seed, f"data_lag.site.{country}", replicates, own.size)
        found[:, own] = gamma_quantile(chance, 1.0, dispersion)
    return found


def known_day(
    seed: int,
    event_day: Floats,
    enrolment: Enrolment,
    lag: DataLag,
    *,
    event: str,
    is_adjudicated: bool = False,
) -> Floats:
    """Calendar day on which each event is known to the sponsor, infinite where there is none.

    Parameters
    ----------
    seed
        Seed of the run.
    event_day
        Calendar day of the event of each patient, infinite if none, shape (n_replicates, n_patients).
    enrolment
        Who is enrolled where, of the same shape.
    lag
        How long data take.
    event
        Name of the event, such as "PFS" or "death": each has lags of its own.
    is_adjudicated
        Whether an independent reader must judge it.

    Raises
    ------
    InputError
        If times are negative or shapes differ.
    """
    findings = lag_findings(lag)
    if event_day.shape != enrolment.calendar_day.shape:
        shape = f"{event_day.shape} for {enrolment.calendar_day.shape}"
        findings.append(Finding("known_day: event_day", shape, "one day for each place of the enrolment"))
    if findings:
        raise InputError(findings)
    chance = patient_draws(seed, f"data_lag.{event}", enrolment, 2)
    factor = site_factors(seed, enrolment, lag.site_dispersion)
    row = np.arange(event_day.shape[0])[:, None]
    takes = lag_quantile(chance[..., 0], lag.entry) * factor[row, enrolment.site]
    if is_adjudicated:
        takes = takes + lag_quantile(chance[..., 1], lag.adjudication)
    return np.where(np.isfinite(event_day) & enrolment.enrolled, event_day + takes, np.inf)


def cut_day_for_events(
    known: Floats, target: Integers | int, calendar_cap: Floats | float
) -> tuple[Floats, Booleans]:
    """Calendar day on which the target number of events is known, at the latest the cap.

    Parameters
    ----------
    known
        Calendar days on which events are known, in any order, infinite for none; shape (n_replicates,
        n_patients).
    target
        Events needed, for all or for each replicate.
    calendar_cap
        Latest calendar day, for all or for each replicate.

    Returns
    -------
    Day and whether the target was known by the cap, both of shape (n_replicates,). A target above the number
    of patients is never reached; a target of zero is on day 0.
    """
    replicates, patients = known.shape
    wanted = np.broadcast_to(np.asarray(target, dtype=np.int64), (replicates,))
    ordered = np.sort(known, axis=1)
    at = np.clip(wanted - 1, 0, max(patients - 1, 0))
    day = np.take_along_axis(ordered, at[:, None], axis=1)[:, 0] if patients else np.full(replicates, np.inf)
    day = np.where(wanted > patients, np.inf, np.where(wanted <= 0, 0.0, day))
    return np.minimum(day, calendar_cap), day <= calendar_cap


def data_cut(
    event_day: Floats,
    known: Floats,
    target: Integers | int,
    calendar_cap: Floats | float,
    lag: DataLag,
) -> DataCut:
    """The cut of an analysis that is due at ``target`` known events.

    Parameters
    ----------
    event_day
        Calendar day of each event, infinite if none, shape (n_replicates, n_patients).
    known
        Calendar day on which it is known, of the same shape (:func:`known_day`).
    target
        Events needed, for all or for each replicate.
    calendar_cap
        Latest calendar day of the cut, for all or for each replicate.
    lag
        For the time of cleaning.
    """
    cut, reached = cut_day_for_events(known, target, calendar_cap)
    here = np.isfinite(event_day)
    events = (here & (event_day <= cut[:, None])).sum(axis=1)
    known_events = (here & (known <= cut[:, None])).sum(axis=1)
    return DataCut(cut, cut + lag.cleaning_days, reached, known_events, events, events - target)
