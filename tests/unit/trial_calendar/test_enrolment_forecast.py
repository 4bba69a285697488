"""Forecast of enrolment: its table, its days, and its figure."""

import json

import numpy as np
import polars as pl
import pytest

from remit.report.figures import enrolment_forecast as figures
from remit.trial.enrolment import EnrolmentRules, Pause, Screening, SiteGroup, Standing, enrol
from remit.trial.enrolment.standing import posterior, time_at_risk
from remit.trial.enrolment_forecast import forecast_enrolment, standing_at

SITES = [SiteGroup("A", "r", 4, 0.0, 30.0, 1.0, 0.5), SiteGroup("B", "s", 2, 60.0, 30.0, 1.0, 0.5)]
DAYS = np.arange(0.0, 601.0, 50.0)
OPENED = np.array([0.0, 30.0, 60.0, 90.0, 60.0, 200.0])


def test_intervals_are_nested_about_the_median_and_rise_with_time():
    found = forecast_enrolment(1, SITES, 40, 300, days=DAYS)
    table = found.by_day
    order = (
        [f"LOW{each}" for each in (95, 90, 80, 50)]
        + ["MEDIAN"]
        + [f"HIGH{each}" for each in (50, 80, 90, 95)]
    )
    values = table.select(order).to_numpy()
    assert (np.diff(values, axis=1) >= 0).all()
    assert (np.diff(values, axis=0) >= 0).all()
    assert table["DAY"].to_list() == DAYS.tolist()
    assert table["FULL"][0] == 0
    assert 0.95 < table["FULL"][-1] <= 1
    full = found.full
    assert full["LEVEL"].to_list() == [50, 80, 90, 95]
    assert full["LOW"].is_sorted(descending=True)
    assert full["HIGH"].is_sorted()
    np.testing.assert_allclose(np.median(found.full_day), full["MEDIAN"][0], rtol=0.02)


def test_before_the_trial_the_forecast_is_that_of_the_trials_themselves():
    trials = enrol(1, SITES, 40, 300)
    found = forecast_enrolment(1, SITES, 40, 300, days=DAYS)
    count = (trials.calendar_day[:, :, None] <= DAYS).sum(axis=1)
    wanted = np.quantile(count, 0.95, axis=0, method="inverted_cdf")
    np.testing.assert_array_equal(found.by_day["HIGH90"].to_numpy(), wanted)


def test_a_trial_under_way_starts_from_what_it_has():
    standing = Standing(120.0, OPENED, np.array([6, 0, 3, 1, 2, 0]))
    found = forecast_enrolment(1, SITES, 40, 300, days=DAYS, standing=standing)
    assert found.by_day["DAY"].to_list() == DAYS[DAYS >= 120].tolist()
    at_once = forecast_enrolment(1, SITES, 40, 300, days=np.array([120.0]), standing=standing)
    assert at_once.by_day.select("LOW95", "MEDIAN", "HIGH95").row(0) == (12, 12, 12)


def test_a_trial_that_is_full_stays_so():
    standing = Standing(120.0, OPENED, np.array([30, 4, 3, 1, 2, 0]))
    found = forecast_enrolment(1, SITES, 40, 20, days=np.array([120.0, 300.0]), standing=standing)
    assert found.by_day["HIGH95"].to_list() == [40, 40]
    assert (found.full_day == 120).all()


def test_a_day_of_full_enrolment_that_is_not_reached_is_unknown():
    rules = EnrolmentRules(closes_on_day=250.0)
    found = forecast_enrolment(1, SITES, 40, 200, days=DAYS, rules=rules)
    assert found.full["HIGH"].null_count() == 4
    assert 0 < found.by_day["FULL"][-1] < 1


def test_sites_that_recruit_faster_than_planned_bring_the_end_forward():
    slow, fast = (
        forecast_enrolment(
            1, SITES, 60, 300, days=DAYS, standing=Standing(120.0, OPENED, np.array([k, k, k, k, k, 0]))
        )
        for k in (0, 5)
    )
    assert fast.full["MEDIAN"][0] < slow.full["MEDIAN"][0] - 60


def test_the_rate_of_a_site_is_updated_by_its_count_and_its_time():
    # Anisimov and Fedorov (2007): gamma of shape 1 / dispersion + count, rate 1 / (dispersion mean) + time.
    month = 365.25 / 12
    shape, rate = posterior(SITES[0], np.zeros((0, 2)), Standing(120.0, OPENED[:4], np.array([6, 0, 3, 1])))
    np.testing.assert_allclose(shape, [8.0, 2.0, 5.0, 3.0])
    np.testing.assert_allclose(rate, 2 * month + np.array([120.0, 90.0, 60.0, 30.0]))


@pytest.mark.parametrize("screening", [Screening(), Screening(14.0, 14.0), Screening(7.0, 28.0)])
@pytest.mark.parametrize("day", [20.0, 75.0, 200.0])
def test_time_at_risk_is_the_integral_over_days_on_which_screening_can_have_ended(screening, day):
    pauses = np.array([[40.0, 60.0], [70.0, 90.0]])
    opened = np.array([0.0, 50.0, 300.0])
    step = 0.01
    came = np.arange(0.0, 320.0, step) + step / 2
    last = 70.0 if 70 <= day < 90 else day
    span = screening.longest_days - screening.shortest_days
    late = last - came - screening.shortest_days
    ended = np.clip(late / span, 0, 1) if span else (late > 0).astype(float)
    counts = ended * ~(((came >= 40) & (came < 60)) | ((came >= 70) & (came < 90)))
    wanted = [(counts * (came > each)).sum() * step for each in opened]
    # A jump of the integrand costs the numerical integral half a step.
    np.testing.assert_allclose(time_at_risk(opened, day, pauses, screening), wanted, atol=4 * step)


def test_where_a_trial_stands_is_read_from_its_patients():
    trial = enrol(1, SITES, 40, 1, rules=EnrolmentRules(pauses=(Pause(50.0, 60.0),)))
    found = standing_at(100.0, trial.calendar_day[0], trial.site[0], OPENED)
    assert found.enrolled.sum() == (trial.calendar_day[0] <= 100).sum()
    assert found.enrolled.shape == OPENED.shape


def test_the_figure_draws_every_band_the_median_and_what_was_observed():
    found = forecast_enrolment(1, SITES, 40, 50, days=DAYS)
    observed = pl.DataFrame({"DAY": [0.0, 50.0], "ENROLLED": [0, 4]})
    figure = figures.figure(found.by_day, 40, observed)
    text = json.dumps(figure.spec)
    for each in ("LOW50", "HIGH95", "MEDIAN", "ENROLLED", "FULL"):
        assert each in text
    assert len(figure.spec["layer"]) == 7
    assert len(figures.figure(found.by_day, 40).spec["layer"]) == 6
    assert figures.figure(found.by_day.clear(), 40).spec is None
