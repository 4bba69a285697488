"""Sites of a trial: when they open, how fast they recruit, how they screen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remit.random import draws
from remit.stats.estimate import Floats, Integers
from remit.trial.gamma_quantile import gamma_quantile

DAYS_PER_MONTH = 365.25 / 12
SITE_WORD = np.int64(32)
"""Bits by which the number of a site is shifted, so that replicate and site are one counter."""


@dataclass(frozen=True, slots=True)
class Screening:
    """From informed consent to first dose.

    Screening takes a time uniform between ``shortest_days`` and ``longest_days`` (the screening window of
    the protocol). ``failure`` is the share that is not eligible, in [0, 1): what applying the eligibility
    criteria to the simulated patients of the country gives.
    """

    shortest_days: float = 0.0
    longest_days: float = 0.0
    failure: float = 0.0


@dataclass(frozen=True, slots=True)
class SiteGroup:
    """Sites of one country.

    The first is planned to open on calendar day ``activation_start_day``, each next
    ``activation_interval_days`` later. Each opens late by a delay of its own, gamma of mean
    ``activation_delay_days`` and dispersion ``activation_delay_dispersion`` (1 is exponential).

    ``rate_per_month`` is the mean number of patients that come to screening at an open site a month;
    ``dispersion`` is the variance of the rates of sites over the square of their mean, 0 if all are alike.
    With screen failures fewer are enrolled: ``rate_per_month * (1 - screening.failure)``.

    ``most_per_site`` and ``most_of_country`` are the patients at which a site and the country close.
    """

    country: str
    region: str
    n_sites: int
    activation_start_day: float
    activation_interval_days: float
    rate_per_month: float
    dispersion: float
    activation_delay_days: float = 0.0
    activation_delay_dispersion: float = 1.0
    screening: Screening = Screening()
    most_per_site: int | None = None
    most_of_country: int | None = None


def places(sites: Sequence[SiteGroup]) -> list[slice]:
    """Where the sites of each group stand among all sites."""
    ends = np.cumsum([each.n_sites for each in sites])
    return [slice(int(end) - each.n_sites, int(end)) for end, each in zip(ends, sites, strict=True)]


def counters(replicates: Integers, n_sites: int) -> Integers:
    """One counter for each replicate and site of a country, shape (n_replicates, n_sites)."""
    return replicates[:, None] + (np.arange(n_sites, dtype=np.int64) << SITE_WORD)[None, :]


def site_rates(seed: int, group: SiteGroup, replicates: Integers) -> Floats:
    """Patients a day that come to each open site, shape (n_replicates, n_sites)."""
    chance = draws(seed, f"enrolment.rate.{group.country}", replicates, group.n_sites)
    rate = gamma_quantile(chance, group.rate_per_month / DAYS_PER_MONTH, group.dispersion)
    return reachable(rate)


def reachable(rate: Floats) -> Floats:
    """A rate above zero: a site may be so poor a recruiter that its rate rounds to it; nobody comes then."""
    return np.asarray(np.maximum(rate, float(np.finfo(float).tiny) * 1e16), dtype=np.float64)


def planned_days(group: SiteGroup) -> Floats:
    """Calendar days on which the sites of a group are planned to open, shape (n_sites,)."""
    return group.activation_start_day + group.activation_interval_days * np.arange(float(group.n_sites))


def activation_delays(seed: int, stream: str, group: SiteGroup, replicates: Integers) -> Floats:
    """Days by which each site opens later than planned, shape (n_replicates, n_sites)."""
    if group.activation_delay_days == 0:
        return np.zeros((replicates.size, group.n_sites))
    chance = draws(seed, f"{stream}.activation.{group.country}", replicates, group.n_sites)
    return gamma_quantile(chance, group.activation_delay_days, group.activation_delay_dispersion)
