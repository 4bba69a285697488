"""Who was enrolled where and when, and who was screened for it."""

from dataclasses import dataclass, field

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True)
class ScreeningFlow:
    """Patients screened by replicate and country: the top of the CONSORT diagram.

    ``countries`` are in the order of the groups of sites. ``screened`` began screening, ``failed`` were not
    eligible, and ``not_entered`` were in screening when a limit closed enrolment and were turned away;
    screened = enrolled + failed + not entered. Arrays of shape (n_replicates, n_countries).
    """

    countries: tuple[str, ...]
    screened: Integers
    failed: Integers
    not_entered: Integers


def _nobody() -> ScreeningFlow:
    none = np.zeros((0, 0), dtype=np.int64)
    return ScreeningFlow((), none, none, none)


def _no_days() -> Floats:
    return np.zeros((0, 0))


def _no_numbers() -> Integers:
    return np.zeros((0, 0), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Patients in the order in which they are enrolled, by replicate.

    ``calendar_day`` of first dose, ``site`` (place in ``site_country``), ``screening_day`` (calendar day on
    which screening began) and ``arrival`` (number among those who came to the site, from 0) have shape
    (n_replicates, n_patients); ``site_country`` and ``site_region`` name country and region of each site,
    shape (n_sites,). Where a replicate enrols fewer patients than another, the places left have an infinite
    ``calendar_day`` and site -1: see ``enrolled``.
    """

    calendar_day: Floats
    site: Integers
    site_country: np.ndarray
    site_region: np.ndarray
    screening_day: Floats = field(default_factory=_no_days)
    arrival: Integers = field(default_factory=_no_numbers)
    flow: ScreeningFlow = field(default_factory=_nobody)

    @property
    def enrolled(self) -> Booleans:
        """Whether there is a patient in each place, shape (n_replicates, n_patients)."""
        return np.isfinite(self.calendar_day)

    @property
    def region(self) -> np.ndarray:
        """Region of each enrolled patient, shape (n_replicates, n_patients); empty where there is none."""
        return self.of_site(self.site_region)

    @property
    def country(self) -> np.ndarray:
        """Country of each enrolled patient, shape (n_replicates, n_patients); empty where there is none."""
        return self.of_site(self.site_country)

    @property
    def site_number(self) -> Integers:
        """Number of each site within its country, from 0, shape (n_sites,)."""
        same = self.site_country[:, None] == self.site_country[None, :]
        return np.tril(same, -1).sum(axis=1)

    def of_site(self, names: np.ndarray) -> np.ndarray:
        """Names of sites, shape (n_sites,), as those of each enrolled patient; empty where there is none."""
        return np.where(self.site >= 0, names[self.site], "")
