"""Enrolment on the calendar clock: sites open one after another and recruit by a Poisson-gamma process.

After Anisimov and Fedorov (2007): the rate of a site is drawn once, arrivals at a site are a Poisson process
from its activation, and the trial closes to enrolment when it is full. Region shares are what emerges.
Draws are keyed by country, site and arrival: a site added elsewhere moves nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from remit.errors import Finding, InputError
from remit.random import draws, exponentials
from remit.stats.estimate import Floats, Integers

DAYS_PER_MONTH = 365.25 / 12
DRAWN_AT_ONCE = 100
"""Replicates whose arrivals are held in memory together."""


@dataclass(frozen=True, slots=True)
class SiteGroup:
    """Sites of one country.

    The first opens on calendar day ``activation_start_day``, each next ``activation_interval_days`` later.
    ``rate_per_month`` is the mean number of patients of an open site a month; ``dispersion`` is the variance
    of the rates of sites over the square of their mean, 0 if all are alike.
    """

    country: str
    region: str
    n_sites: int
    activation_start_day: float
    activation_interval_days: float
    rate_per_month: float
    dispersion: float


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Patients in the order in which they are enrolled, by replicate.

    ``calendar_day`` of first dose, ``site`` (place in ``site_country``) of shape (n_replicates, n_patients);
    ``site_country`` and ``site_region`` name country and region of each site, shape (n_sites,).
    """

    calendar_day: Floats
    site: Integers
    site_country: np.ndarray
    site_region: np.ndarray

    @property
    def region(self) -> np.ndarray:
        """Region of each enrolled patient, shape (n_replicates, n_patients)."""
        return self.site_region[self.site]

    @property
    def country(self) -> np.ndarray:
        """Country of each enrolled patient, shape (n_replicates, n_patients)."""
        return self.site_country[self.site]


@dataclass(frozen=True, slots=True)
class Limits:
    """Patients of the trial, and the most that each region may enrol."""

    n_patients: int
    most: Mapping[str, int]


def check(sites: Sequence[SiteGroup], limits: Limits) -> None:
    """Refuse sites that cannot enrol.

    Raises
    ------
    InputError
        With every finding at once.
    """
    n_patients = limits.n_patients
    findings: list[Finding] = []
    for place, each in enumerate(sites):
        where = f"sites.{place} ({each.country})"
        needs = (
            ("n_sites", each.n_sites, 1.0, "at least one site"),
            ("activation_start_day", each.activation_start_day, 0.0, "day 0 or later"),
            ("activation_interval_days", each.activation_interval_days, 0.0, "0 days or more"),
            ("rate_per_month", each.rate_per_month, 0.0, "patients per site and month, more than 0"),
            ("dispersion", each.dispersion, 0.0, "0 or more"),
        )
        findings += [
            Finding(f"{where}.{name}", f"{value:g}", needed)
            for name, value, least, needed in needs
            if value < least or (name == "rate_per_month" and value == 0)
        ]
    if len({each.country for each in sites}) < len(sites):
        findings.append(Finding("sites", "a country twice", "one group a country", "join its groups"))
    if not sites or n_patients < 1:
        found = f"{len(sites)} groups of sites, {n_patients} patients"
        findings.append(Finding("sites", found, "at least one of each", "declare sites and a size"))
    if sites and sum(limits.most.values()) < n_patients:
        found = ", ".join(f"{region}: at most {most}" for region, most in limits.most.items())
        findings.append(Finding("enrolment: largest share", found, f"{n_patients} patients", "raise a share"))
    if findings:
        raise InputError(findings)


def enrol(
    seed: int,
    sites: Sequence[SiteGroup],
    n_patients: int,
    replicates: int,
    largest_share: Mapping[str, float] | None = None,
) -> Enrolment:
    """Enrolment of ``replicates`` trials of ``n_patients``.

    Parameters
    ----------
    seed
        Seed of the run.
    sites
        Groups of sites, one a country.
    n_patients
        Patients at whose enrolment the trial closes.
    replicates
        Trials; number r is the same whatever their total.
    largest_share
        Share of the planned patients beyond which a region enrols no more; regions not named have no limit.

    Raises
    ------
    InputError
        If the sites cannot enrol.
    """
    limits = _limits(sites, n_patients, largest_share or {})
    check(sites, limits)
    parts = [
        _enrolled(seed, sites, limits, np.arange(first, min(first + DRAWN_AT_ONCE, replicates)))
        for first in range(0, replicates, DRAWN_AT_ONCE)
    ]
    sizes = [each.n_sites for each in sites]
    country = np.repeat([each.country for each in sites], sizes)
    region = np.repeat([each.region for each in sites], sizes)
    day = np.concatenate([part[0] for part in parts])
    site = np.concatenate([part[1] for part in parts])
    return Enrolment(day, site, country, region)


def _limits(sites: Sequence[SiteGroup], n_patients: int, largest_share: Mapping[str, float]) -> Limits:
    most = {
        each.region: min(int(n_patients * largest_share.get(each.region, 1.0) + 1e-9), n_patients)
        for each in sites
    }
    return Limits(n_patients, most)


def _enrolled(
    seed: int, sites: Sequence[SiteGroup], limits: Limits, replicates: Integers
) -> tuple[Floats, Integers]:
    """Calendar days and sites of the first patients of some replicates, in order."""
    n_patients = limits.n_patients
    arrivals = np.concatenate([_arrivals(seed, each, n_patients, replicates) for each in sites], axis=1)
    flat = arrivals.reshape(replicates.size, -1)
    first = np.argsort(flat, axis=1, kind="stable")
    regions = np.repeat([each.region for each in sites], [each.n_sites for each in sites])[
        first // n_patients
    ]
    refused = np.zeros(first.shape, dtype=bool)
    for region, most in limits.most.items():
        of_region = regions == region
        refused |= of_region & (np.cumsum(of_region, axis=1) > most)
    # A stable sort by refusal moves those who may enter to the front and keeps their order.
    front = np.argsort(refused, axis=1, kind="stable")[:, :n_patients]
    first = np.take_along_axis(first, front, axis=1)
    return np.take_along_axis(flat, first, axis=1), first // n_patients


def _arrivals(seed: int, group: SiteGroup, n_patients: int, replicates: Integers) -> Floats:
    """Calendar days at which patients come to each site, shape (n_replicates, n_sites, n_patients)."""
    shape = (replicates.size, group.n_sites, n_patients)
    gaps = exponentials(seed, f"enrolment.gap.{group.country}", replicates, group.n_sites * n_patients)
    opened = group.activation_start_day + group.activation_interval_days * np.arange(group.n_sites)
    rate = site_rates(seed, group, replicates)[:, :, None]
    return opened[None, :, None] + np.cumsum(gaps.reshape(shape), axis=2) / rate


def site_rates(seed: int, group: SiteGroup, replicates: Integers) -> Floats:
    """Patients a day of each open site, shape (n_replicates, n_sites)."""
    mean = group.rate_per_month / DAYS_PER_MONTH
    chance = draws(seed, f"enrolment.rate.{group.country}", replicates, group.n_sites)
    if group.dispersion == 0:
        return np.full(chance.shape, mean)
    shape = 1 / group.dispersion
    # A site may be so poor a recruiter that its rate rounds to zero; its patients then never come.
    return np.maximum(mean * gammaincinv(shape, chance) / shape, np.finfo(float).tiny * 1e16)
