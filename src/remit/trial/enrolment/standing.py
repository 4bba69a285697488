"""Where enrolment stands on a calendar day, and what that says about the rates of sites.

The rate of a site is gamma before the trial; given how many it enrolled in how much time it is gamma again
(Anisimov and Fedorov 2007, section 4): the number enrolled is added to the shape, the time to the rate.
Screening thins and delays a Poisson process, which stays one, so the numbers enrolled are enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from remit.random import draws
from remit.stats.estimate import Floats, Integers
from remit.trial.enrolment.arrivals import Process
from remit.trial.enrolment.rules import Pause, pauses_of
from remit.trial.enrolment.sites import (
    DAYS_PER_MONTH,
    Screening,
    SiteGroup,
    activation_delays,
    places,
    planned_days,
    reachable,
    site_rates,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Enrolment as it stands on calendar day ``day``.

    ``opened_day`` is the calendar day on which each site opened, after ``day`` that on which it is now
    planned to open; ``enrolled`` are the patients of each site so far. Both of shape (n_sites,), sites in
    the order of their groups.
    """

    day: float
    opened_day: Floats
    enrolled: Integers


def effective_day(day: float, pauses: Floats) -> float:
    """Last day whose end of screening counts as enrolled: in a pause all since its start still wait."""
    inside = [float(start) for start, end in pauses if start <= day < end]
    return inside[0] if inside else day


def time_at_risk(opened: Floats, day: float, pauses: Floats, screening: Screening) -> Floats:
    """Days in which a site could screen, each weighted by the chance that screening has ended by ``day``.

    Times the rate and the share that is eligible it is the expected number enrolled.

    Parameters
    ----------
    opened
        Calendar days on which sites opened, any shape.
    day
        Calendar day.
    pauses
        Pauses of the country, in order and apart, shape (n_pauses, 2).
    screening
        How the country screens.
    """
    last = effective_day(day, pauses)
    found = _weighted(last - opened, screening)
    for start, end in pauses:
        lost = _weighted(last - np.maximum(start, opened), screening)
        found = found - (lost - _weighted(last - np.maximum(end, opened), screening))
    return found


def _weighted(span: Floats, screening: Screening) -> Floats:
    """Integral of the distribution function of the time of screening, up to ``span``."""
    short, long = screening.shortest_days, screening.longest_days
    if long == short:
        return np.maximum(span - long, 0.0)
    near, far = np.maximum(span - short, 0.0), np.maximum(span - long, 0.0)
    return (near * near - far * far) / (2 * (long - short))


def processes(
    seed: int,
    sites: Sequence[SiteGroup],
    pauses: Sequence[Pause],
    standing: Standing | None,
    replicates: Integers,
) -> list[Process]:
    """Processes of all groups, from the start of the trial or from where it stands."""
    if standing is None:
        return [_planned(seed, each, pauses_of(pauses, each.country), replicates) for each in sites]
    return [
        _from_here(seed, each, pauses_of(pauses, each.country), _part(standing, own), replicates)
        for each, own in zip(sites, places(sites), strict=True)
    ]


def _planned(seed: int, group: SiteGroup, pauses: Floats, replicates: Integers) -> Process:
    opened = planned_days(group) + activation_delays(seed, "enrolment", group, replicates)
    return Process(site_rates(seed, group, replicates), opened, pauses)


def _part(standing: Standing, own: slice) -> Standing:
    return Standing(standing.day, standing.opened_day[own], standing.enrolled[own])


def _from_here(
    seed: int, group: SiteGroup, pauses: Floats, standing: Standing, replicates: Integers
) -> Process:
    opened = np.broadcast_to(standing.opened_day, (replicates.size, group.n_sites))
    late = activation_delays(seed, "forecast", group, replicates)
    opened = np.where(opened > standing.day, opened + late, opened)
    # Nobody who came earlier can still be in screening.
    begins = np.maximum(opened, effective_day(standing.day, pauses) - group.screening.longest_days)
    return Process(posterior_rates(seed, group, pauses, standing, replicates), begins, pauses)


def posterior_rates(
    seed: int, group: SiteGroup, pauses: Floats, standing: Standing, replicates: Integers
) -> Floats:
    """Patients a day that come to each open site, drawn given what it has enrolled; shape (n_replicates,
    n_sites).
    """
    chance = draws(seed, f"forecast.rate.{group.country}", replicates, group.n_sites)
    mean = group.rate_per_month / DAYS_PER_MONTH
    if group.dispersion == 0:
        return np.full(chance.shape, mean)
    shape, rate = posterior(group, pauses, standing)
    return reachable(gammaincinv(shape, chance) / rate)


def posterior(group: SiteGroup, pauses: Floats, standing: Standing) -> tuple[Floats, Floats]:
    """Shape and rate [day] of the gamma distribution of the rate of each site, each of shape (n_sites,)."""
    time = time_at_risk(standing.opened_day, standing.day, pauses, group.screening)
    shape = 1 / group.dispersion + standing.enrolled.astype(np.float64)
    rate = DAYS_PER_MONTH / (group.dispersion * group.rate_per_month) + (1 - group.screening.failure) * time
    return shape, rate
