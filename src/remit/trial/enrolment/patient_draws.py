"""Random draws of enrolled patients, keyed by where and as whom they came."""

import numpy as np

from remit.errors import problem
from remit.random import draws
from remit.stats.estimate import Floats
from remit.trial.enrolment.record import Enrolment
from remit.trial.enrolment.sites import SITE_WORD

MOST = 16
"""Draws of one name that a patient can have."""


def patient_draws(seed: int, name: str, enrolment: Enrolment, n: int = 1) -> Floats:
    """Uniform draws of each enrolled patient, NaN where there is none; shape (n_replicates, n_patients, n).

    The key is replicate, country, number of the site in its country, and arrival at the site. So neither the
    place in the order of enrolment nor other sites matter.

    Parameters
    ----------
    seed
        Seed of the run.
    name
        Name of the quantity.
    enrolment
        Who is enrolled where.
    n
        Draws of each, at most 16; more only append.

    Raises
    ------
    InputError
        If the enrolment does not number arrivals, or more than 16 draws are asked for.
    """
    if enrolment.arrival.shape != enrolment.site.shape or n > MOST:
        found = f"arrivals of shape {enrolment.arrival.shape}, {n} draws"
        raise problem(
            "patient_draws",
            found,
            f"a number of arrival for each patient, at most {MOST} draws",
            "use enrol()",
        )
    found = np.full((*enrolment.site.shape, n), np.nan)
    number, country = enrolment.site_number, enrolment.country
    for each in np.unique(enrolment.site_country):
        row, place = np.nonzero(country == each)
        keys = row + (number[enrolment.site[row, place]] << SITE_WORD)
        first = enrolment.arrival[row, place] * MOST
        found[row, place] = draws(seed, f"{name}.{each}", keys, n, first)
    return found
