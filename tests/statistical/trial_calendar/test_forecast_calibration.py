"""Prediction intervals of enrolment hold what they promise on trials simulated from the same plan.

Standing: closed form (the coverage of a quantile is its level). Trials and forecasts have different seeds.
The day of full enrolment is continuous: its share inside an interval may differ from the level by four
binomial standard errors of the trials and, as each forecast has a finite number of futures, by what that
costs: the expected share inside the ranks i and j of m futures is (j - i) / (m + 1). Counts are whole
numbers, so their intervals may hold more, not fewer.
"""

import numpy as np
import pytest
from scipy.stats import nbinom

from remit.trial.enrolment import EnrolmentRules, Pause, Screening, SiteGroup, Standing, enrol
from remit.trial.enrolment_forecast import LEVELS, forecast_enrolment, standing_at

pytestmark = pytest.mark.statistical
SITES = [
    SiteGroup("A", "r", 5, 0.0, 20.0, 1.0, 0.8, screening=Screening(7.0, 21.0, 0.25)),
    SiteGroup("B", "s", 3, 90.0, 40.0, 0.7, 0.4, screening=Screening(7.0, 21.0, 0.1)),
]
RULES = EnrolmentRules(pauses=(Pause(100.0, 115.0),))
N = 40
PLANNED = np.concatenate([20.0 * np.arange(5), 90 + 40.0 * np.arange(3)])


def spread(level, trials):
    return 4 * np.sqrt(level / 100 * (1 - level / 100) / trials)


def test_before_the_trial_intervals_cover_at_their_level():
    trials, futures = 4000, 4000
    seen = enrol(11, SITES, N, trials, rules=RULES)
    forecast = forecast_enrolment(12, SITES, N, futures, days=np.array([150.0, 250.0]), rules=RULES)
    full = seen.calendar_day[:, N - 1]
    for row in forecast.full.iter_rows(named=True):
        inside = ((full >= row["LOW"]) & (full <= row["HIGH"])).mean()
        # Both the trials and the forecast are a sample of the same size.
        assert abs(inside - row["LEVEL"] / 100) < np.sqrt(2) * spread(row["LEVEL"], trials)
    for row in forecast.by_day.iter_rows(named=True):
        count = (seen.calendar_day <= row["DAY"]).sum(axis=1)
        for level in LEVELS:
            inside = ((count >= row[f"LOW{level}"]) & (count <= row[f"HIGH{level}"])).mean()
            assert inside > level / 100 - np.sqrt(2) * spread(level, trials)
            inner = ((count > row[f"LOW{level}"]) & (count < row[f"HIGH{level}"])).mean()
            assert inner < level / 100 + np.sqrt(2) * spread(level, trials)


def test_during_the_trial_intervals_cover_at_their_level():
    trials, futures, day = 250, 399, 180.0
    seen = enrol(13, SITES, N, trials, rules=RULES)
    inside = np.zeros((trials, len(LEVELS)), dtype=bool)
    held = np.zeros((trials, len(LEVELS)), dtype=bool)
    under_way = seen.calendar_day[:, N - 1] > day
    for trial in np.flatnonzero(under_way):
        standing = standing_at(day, seen.calendar_day[trial], seen.site[trial], PLANNED)
        days = np.array([260.0])
        found = forecast_enrolment(14 + trial, SITES, N, futures, days=days, standing=standing, rules=RULES)
        full, count = seen.calendar_day[trial, N - 1], (seen.calendar_day[trial] <= 260).sum()
        row = found.by_day.row(0, named=True)
        for place, (level, low, _, high) in enumerate(found.full.iter_rows()):
            inside[trial, place] = low <= full <= high
            held[trial, place] = row[f"LOW{level}"] <= count <= row[f"HIGH{level}"]
    n = under_way.sum()
    assert n > 200
    for place, level in enumerate(LEVELS):
        finite = 2 / (futures + 1)
        assert abs(inside[under_way, place].mean() - level / 100) < spread(level, n) + finite
        assert held[under_way, place].mean() > level / 100 - spread(level, n) - finite


def test_without_the_update_intervals_would_be_too_wide_or_wrong():
    # The alarm rings: rates of sites that recruit at a third of the plan are learned, and not without data.
    slow = [SiteGroup("A", "r", 6, 0.0, 0.0, 0.3, 0.2)]
    plan = [SiteGroup("A", "r", 6, 0.0, 0.0, 1.0, 2.0)]
    trial = enrol(15, slow, 60, 200)
    prior = forecast_enrolment(16, plan, 60, 400, days=np.array([0.0]))
    full = trial.calendar_day[:, 59]
    assert (full > prior.full["HIGH"][0]).mean() > 0.9
    opened = np.zeros(6)
    inside = []
    for each in range(60):
        standing = standing_at(500.0, trial.calendar_day[each], trial.site[each], opened)
        found = forecast_enrolment(17, plan, 60, 200, days=np.array([500.0]), standing=standing)
        inside.append(found.full["LOW"][3] <= full[each] <= found.full["HIGH"][3])
    assert np.mean(inside) > 0.8


def test_the_forecast_of_one_site_is_negative_binomial():
    # Given k patients in t days the number in the next s is negative binomial of size 1/d + k and probability
    # (b + t) / (b + t + s) with b = 1 / (d m) (Anisimov and Fedorov 2007).
    month = 365.25 / 12
    dispersion, t, s, k, futures = 0.5, 100.0, 60.0, 7, 20000
    group = SiteGroup("A", "r", 1, 0.0, 0.0, 1.0, dispersion)
    standing = Standing(t, np.array([0.0]), np.array([k]))
    found = enrol(18, [group], 200, futures, rules=EnrolmentRules(closes_on_day=t + s), standing=standing)
    count = found.enrolled.sum(axis=1)
    b = month / dispersion
    wanted = nbinom(1 / dispersion + k, (b + t) / (b + t + s))
    for number in range(10):
        share = wanted.cdf(number)
        assert abs((count <= number).mean() - share) < 4 * np.sqrt(share * (1 - share) / futures)
