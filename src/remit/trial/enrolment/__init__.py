"""Enrolment on the calendar clock: countries, sites, screening, limits, pauses, and who is enrolled when.

Sites open one after another, patients come to an open site as a Poisson process whose rate is drawn once
(Anisimov and Fedorov 2007, Statistics in Medicine 26:4958), are screened, and enter while nothing is full.
Every draw is keyed by country, site and arrival: a site or a country added elsewhere moves nobody.
"""

from remit.trial.enrolment.admission import enrol
from remit.trial.enrolment.checks import check, enrolment_findings
from remit.trial.enrolment.patient_draws import patient_draws
from remit.trial.enrolment.record import Enrolment, ScreeningFlow
from remit.trial.enrolment.rules import EnrolmentRules, Pause
from remit.trial.enrolment.sites import DAYS_PER_MONTH, Screening, SiteGroup, site_rates
from remit.trial.enrolment.standing import Standing

__all__ = [
    "DAYS_PER_MONTH",
    "Enrolment",
    "EnrolmentRules",
    "Pause",
    "Screening",
    "ScreeningFlow",
    "SiteGroup",
    "Standing",
    "check",
    "enrol",
    "enrolment_findings",
    "patient_draws",
    "site_rates",
]
