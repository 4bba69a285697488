"""Enrolment and data lag against closed forms of their distributions.

Standing: closed form. Seeds are fixed; a mean may differ by four Monte Carlo standard errors, a variance by
four of its own (from the fourth moment of the sample), a share by four binomial ones.
"""

import numpy as np
import pytest

from remit.trial.data_lag import DataLag, Lag, known_day
from remit.trial.enrolment import DAYS_PER_MONTH, EnrolmentRules, Pause, Screening, SiteGroup, enrol
from remit.trial.enrolment.rules import pauses_of
from remit.trial.enrolment.sites import activation_delays, site_rates
from remit.trial.enrolment.standing import time_at_risk

pytestmark = pytest.mark.statistical
R = 4000
OPEN_END = 400.0


def assert_mean(values, mean):
    assert abs(values.mean() - mean) < 4 * values.std(ddof=1) / np.sqrt(values.size)


def assert_variance(values, variance):
    deviation = (values - values.mean()) ** 2
    assert abs(deviation.mean() - variance) < 4 * deviation.std(ddof=1) / np.sqrt(values.size)


def test_at_one_site_the_nth_patient_comes_at_a_gamma_time():
    n, rate = 12, 1.5 / DAYS_PER_MONTH
    day = enrol(1, [SiteGroup("A", "r", 1, 30.0, 0.0, 1.5, 0.0)], n, R).calendar_day
    for k in (1, 5, n):
        assert_mean(day[:, k - 1], 30 + k / rate)
        assert_variance(day[:, k - 1], k / rate**2)


@pytest.mark.parametrize("dispersion", [0.0, 0.5, 2.0])
def test_the_number_enrolled_by_a_day_is_a_sum_of_negative_binomials(dispersion):
    # Anisimov and Fedorov (2007): the count of a site has mean mt and variance mt + dispersion mt mt.
    sites = [SiteGroup("A", "r", 6, 0.0, 20.0, 0.8, dispersion)]
    found = enrol(2, sites, 400, R, rules=EnrolmentRules(closes_on_day=OPEN_END))
    for day in (60.0, 200.0):
        expected = 0.8 / DAYS_PER_MONTH * np.maximum(day - 20.0 * np.arange(6), 0)
        count = (found.calendar_day <= day).sum(axis=1).astype(float)
        assert_mean(count, expected.sum())
        assert_variance(count, (expected + dispersion * expected**2).sum())


@pytest.mark.parametrize("screening", [Screening(14.0, 14.0, 0.2), Screening(7.0, 28.0, 0.35)])
@pytest.mark.parametrize("pauses", [(), (Pause(60.0, 90.0), Pause(170.0, 250.0, ("A",)))])
def test_the_number_enrolled_is_rate_times_share_eligible_times_time_at_risk(screening, pauses):
    sites = [SiteGroup("A", "r", 4, 0.0, 30.0, 1.2, 0.5, screening=screening)]
    rules = EnrolmentRules(closes_on_day=OPEN_END, pauses=pauses)
    found = enrol(3, sites, 400, R, rules=rules)
    opened = 30.0 * np.arange(4)
    for day in (80.0, 150.0, 200.0, 390.0):
        time = time_at_risk(opened, day, pauses_of(pauses, "A"), screening)
        count = (found.calendar_day <= day).sum(axis=1).astype(float)
        # Day 200 lies in the second pause: nobody is enrolled after its start.
        assert_mean(count, (1.2 / DAYS_PER_MONTH * (1 - screening.failure) * time).sum())


def test_screen_failures_and_times_of_screening_are_those_declared():
    screening = Screening(7.0, 28.0, 0.3)
    found = enrol(4, [SiteGroup("A", "r", 5, 0.0, 0.0, 2.0, 0.5, screening=screening)], 40, R)
    screened, failed = found.flow.screened.sum(), found.flow.failed.sum()
    assert abs(failed / screened - 0.3) < 4 * np.sqrt(0.3 * 0.7 / screened)
    time = (found.calendar_day - found.screening_day)[:, :20].ravel()
    # Who is ready early is more often among the first twenty, but not by much in months of enrolment.
    assert 7 <= time.min() < time.max() <= 28
    first = enrol(4, [SiteGroup("A", "r", 1, 0.0, 0.0, 0.05, 0.0, screening=screening)], 1, R)
    assert_mean((first.calendar_day - first.screening_day)[:, 0], 17.5)


def test_rates_of_sites_and_delays_have_their_mean_and_dispersion():
    group = SiteGroup("A", "r", 3, 0.0, 0.0, 1.3, 0.6, 25.0, 0.4)
    rate = site_rates(5, group, np.arange(R)).ravel() * DAYS_PER_MONTH
    assert_mean(rate, 1.3)
    assert_variance(rate, 0.6 * 1.3**2)
    late = activation_delays(5, "enrolment", group, np.arange(R)).ravel()
    assert_mean(late, 25.0)
    assert_variance(late, 0.4 * 25.0**2)


def test_two_countries_with_the_same_plan_enrol_equally():
    sites = [SiteGroup(each, "r", 5, 0.0, 10.0, 1.0, 0.5) for each in ("A", "B")]
    share = (enrol(6, sites, 30, R).country == "A").mean(axis=1)
    assert_mean(share, 0.5)


@pytest.mark.parametrize("distribution", ["lognormal", "gamma"])
@pytest.mark.parametrize("site_dispersion", [0.0, 0.5])
def test_lags_have_their_mean_and_dispersion(distribution, site_dispersion):
    # One patient a site, so that lags are independent: E = m, E[x^2] = m^2 (1 + d)(1 + s).
    sites = [SiteGroup("A", "r", 1, 0.0, 0.0, 1.0, 0.0)]
    enrolment = enrol(7, sites, 1, 5 * R)
    lag = DataLag(Lag(20.0, 0.6, distribution), site_dispersion, Lag(10.0, 0.3, distribution))
    takes = known_day(8, enrolment.calendar_day, enrolment, lag, event="PFS") - enrolment.calendar_day
    second = 400 * 1.6 * (1 + site_dispersion)
    assert_mean(takes.ravel(), 20.0)
    assert_variance(takes.ravel(), second - 400)
    both = known_day(8, enrolment.calendar_day, enrolment, lag, event="PFS", is_adjudicated=True)
    judged = (both - enrolment.calendar_day - takes).ravel()
    assert_mean(judged, 10.0)
    assert_variance(judged, 0.3 * 100)
    assert abs(np.corrcoef(judged, takes.ravel())[0, 1]) < 4 / np.sqrt(judged.size)
