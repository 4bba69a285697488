"""Forecast of enrolment with prediction intervals, before the trial and from its data so far.

Before the trial the rates of sites follow the gamma distribution of the plan; later each is updated by what
the site has enrolled in its time (Anisimov and Fedorov 2007, Statistics in Medicine 26:4958). Either way
the future is simulated with all limits, pauses and openings still to come, and the intervals are quantiles
of it: they hold the chance of arrivals and the uncertainty of rates, not that of the plan itself (screen
failures, spread of rates between sites, dates of opening).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.stats.estimate import Floats
from remit.trial.enrolment.admission import enrol
from remit.trial.enrolment.rules import EnrolmentRules
from remit.trial.enrolment.sites import SiteGroup
from remit.trial.enrolment.standing import Standing

LEVELS = (50, 80, 90, 95)
"""Levels of prediction intervals, in percent."""


@dataclass(frozen=True, slots=True)
class EnrolmentForecast:
    """What is expected of enrolment.

    ``by_day`` has a row a calendar day: DAY, MEDIAN, LOW50, HIGH50, ..., LOW95, HIGH95 (patients enrolled by
    its end) and FULL (probability that the trial is full). ``full`` has a row for each level: LEVEL
    (percent), LOW, MEDIAN and HIGH (calendar day of full enrolment, null where it is not reached).
    ``full_day`` are the simulated days of full enrolment, infinite where not reached, shape (n_replicates,).
    """

    by_day: pl.DataFrame
    full: pl.DataFrame
    full_day: Floats


def forecast_enrolment(
    seed: int,
    sites: Sequence[SiteGroup],
    n_patients: int,
    replicates: int,
    *,
    days: Floats,
    standing: Standing | None = None,
    rules: EnrolmentRules | None = None,
    largest_share: Mapping[str, float] | None = None,
) -> EnrolmentForecast:
    """Forecast of a trial that is planned, or that stands at some day.

    Parameters
    ----------
    seed
        Seed of the run.
    sites
        Groups of sites, one a country; rates and dispersion are the prior of each site.
    n_patients
        Patients at whose enrolment the trial is full.
    replicates
        Simulated futures.
    days
        Calendar days of the forecast, from the day on which the trial stands; earlier ones are left out.
    standing
        Where enrolment stands; None before the trial.
    rules, largest_share
        As those of :func:`remit.trial.enrolment.enrol`.

    Raises
    ------
    InputError
        If the sites cannot enrol.
    """
    found = enrol(seed, sites, n_patients, replicates, largest_share, rules, standing)
    so_far, since = 0, 0.0
    if standing is not None:
        so_far, since = int(standing.enrolled.sum()), standing.day
    shown = days[days >= since]
    ordered = found.calendar_day
    count = np.stack([so_far + (ordered <= day).sum(axis=1) for day in shown], axis=1)
    missing = n_patients - so_far
    full = ordered[:, missing - 1] if missing > 0 else np.full(replicates, since)
    return EnrolmentForecast(_by_day(shown, count, n_patients), _full(full), full)


def _by_day(days: Floats, count: np.ndarray, n_patients: int) -> pl.DataFrame:
    columns: dict[str, np.ndarray] = {"DAY": days, "MEDIAN": _quantile(count, 0.5)}
    for level in LEVELS:
        low, high = _tails(level)
        columns |= {f"LOW{level}": _quantile(count, low), f"HIGH{level}": _quantile(count, high)}
    return pl.DataFrame(columns | {"FULL": (count >= n_patients).mean(axis=0)})


def _full(day: Floats) -> pl.DataFrame:
    rows: list[dict[str, float | int]] = []
    for level in LEVELS:
        low, median, high = (float(_quantile(day, at)) for at in (_tails(level)[0], 0.5, _tails(level)[1]))
        rows.append({"LEVEL": level, "LOW": low, "MEDIAN": median, "HIGH": high})
    found = pl.DataFrame(rows)
    return found.with_columns(pl.col("LOW", "MEDIAN", "HIGH").replace([np.inf], None))


def _tails(level: int) -> tuple[float, float]:
    return (100 - level) / 200, (100 + level) / 200


def _quantile(values: np.ndarray, at: float) -> np.ndarray:
    """Quantile over replicates that is one of them: counts stay whole and infinite days do no harm."""
    return np.quantile(values, at, axis=0, method="inverted_cdf")


def standing_at(day: float, calendar_day: Floats, site: np.ndarray, opened_day: Floats) -> Standing:
    """Where a trial stands, from its enrolled patients.

    Parameters
    ----------
    day
        Calendar day.
    calendar_day, site
        Calendar day of first dose and place of the site of each patient, shape (n_patients,); infinite or
        later days do not count.
    opened_day
        Calendar day on which each site opened or is now planned to, shape (n_sites,).
    """
    known = calendar_day <= day
    enrolled = np.bincount(site[known], minlength=opened_day.size).astype(np.int64)
    return Standing(day, opened_day, enrolled)
