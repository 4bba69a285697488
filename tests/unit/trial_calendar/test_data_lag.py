"""Data lag on a handful of events."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.trial.data_lag import DataLag, Lag, cut_day_for_events, data_cut, known_day, lag_findings
from remit.trial.enrolment import EnrolmentRules, SiteGroup, enrol

SITES = [SiteGroup("A", "r", 3, 0.0, 0.0, 2.0, 0.5)]
ENROLMENT = enrol(1, SITES, 40, 20)
EVENT = np.where(np.arange(40) % 4 == 3, np.inf, ENROLMENT.calendar_day + 100)
LAG = DataLag(Lag(20.0, 1.0), 0.5, Lag(10.0, 0.25, "gamma"), 45.0)


def known(lag, **more):
    return known_day(1, EVENT, ENROLMENT, lag, event="PFS", **more)


def test_without_lag_an_event_is_known_on_its_day():
    np.testing.assert_array_equal(known(DataLag()), EVENT)


def test_constant_lags_add_up():
    lag = DataLag(Lag(7.0), 0.0, Lag(14.0))
    here = np.isfinite(EVENT)
    np.testing.assert_allclose(known(lag)[here], EVENT[here] + 7.0)
    np.testing.assert_allclose(known(lag, is_adjudicated=True)[here], EVENT[here] + 21.0)


def test_events_by_independent_review_are_known_later_than_by_the_site():
    own, reviewed = known(LAG), known(LAG, is_adjudicated=True)
    here = np.isfinite(EVENT)
    assert (own[here] > EVENT[here]).all()
    assert (reviewed[here] > own[here]).all()
    assert np.isinf(reviewed[~here]).all()


def test_two_events_of_a_patient_have_lags_of_their_own():
    death = known_day(1, EVENT, ENROLMENT, LAG, event="death")
    assert (death != known(LAG))[np.isfinite(EVENT)].all()


def test_the_cut_is_on_the_day_of_the_last_event_that_is_needed():
    days = np.array([[40.0, 10.0, np.inf, 30.0], [np.inf, 5.0, np.inf, np.inf], [1.0, 2.0, 3.0, 4.0]])
    day, reached = cut_day_for_events(days, 3, 100.0)
    np.testing.assert_array_equal(day, [40.0, 100.0, 3.0])
    np.testing.assert_array_equal(reached, [True, False, True])
    day, reached = cut_day_for_events(days, np.array([1, 1, 5]), np.array([100.0, 4.0, 100.0]))
    np.testing.assert_array_equal(day, [10.0, 4.0, 100.0])
    np.testing.assert_array_equal(reached, [True, False, False])


def test_lag_makes_the_analysis_later_and_gives_it_more_events_than_planned():
    prompt = data_cut(EVENT, known(DataLag()), 15, 2000.0, DataLag())
    late = data_cut(EVENT, known(LAG), 15, 2000.0, LAG)
    assert (prompt.overrun == 0).all()
    assert (late.cut_day > prompt.cut_day).all()
    assert (late.known_events == 15).all()
    assert (late.overrun >= 0).all()
    assert late.overrun.mean() > 1
    np.testing.assert_array_equal(late.events, 15 + late.overrun)
    np.testing.assert_array_equal(late.decision_day, late.cut_day + 45.0)


def test_a_target_out_of_reach_is_cut_at_the_cap_with_the_events_there_are():
    cut = data_cut(EVENT, known(LAG), 35, 2000.0, LAG)
    assert not cut.reached.any()
    np.testing.assert_array_equal(cut.cut_day, 2000.0)
    np.testing.assert_array_equal(cut.events, 30)
    np.testing.assert_array_equal(cut.overrun, -5)


def test_who_is_not_enrolled_has_no_event():
    short = enrol(1, SITES, 40, 20, rules=EnrolmentRules(closes_on_day=100.0))
    found = known_day(1, np.zeros(short.site.shape), short, LAG, event="PFS")
    np.testing.assert_array_equal(np.isfinite(found), short.enrolled)


def test_bad_times_are_refused_all_at_once():
    bad = DataLag(Lag(-1.0, np.nan), -1.0, Lag(np.inf, -2.0), -3.0)
    assert len(lag_findings(bad)) == 6
    with pytest.raises(InputError, match="cleaning_days"):
        known(bad)
    with pytest.raises(InputError, match="event_day"):
        known_day(1, EVENT[:, 1:], ENROLMENT, LAG, event="PFS")
