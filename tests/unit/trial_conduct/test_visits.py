"""Planned days, windows and misses."""

from dataclasses import replace

import numpy as np

from remit.trial.mrd import Sampling
from remit.trial.visits import assessment_days, calendar, lab_days, next_visit

RAMP_UP = (0.0, 28.0)


def test_scans_change_their_interval_after_the_first_period(setting):
    assert assessment_days(setting.protocol.visits, 400.0).tolist() == [56, 112, 168, 252, 336, 400]


def test_follow_up_ends_with_a_scan_that_is_not_moved(setting):
    visits = replace(setting.protocol.visits, window_sd=3.0)
    for follow_up in (330.0, 336.0, 345.0, 400.0):
        plan = calendar(1, np.arange(50), visits, RAMP_UP, follow_up)
        last = plan.time[:, plan.assessment == plan.n_assessments][:, 0]
        near = follow_up == 345.0
        assert np.all(last == follow_up) or (near and np.all(np.abs(last - 336.0) <= visits.window_limit))


def test_laboratory_visits_begin_after_the_ramp_up(setting):
    assert lab_days(setting.protocol.visits, RAMP_UP, 120.0).tolist() == [56, 84, 112]
    # A ramp-up that follows a lead-in has visits of its own, and the lead-in has those of the laboratory.
    assert lab_days(setting.protocol.visits, (84.0, 112.0), 150.0).tolist() == [28, 56, 140]


def test_a_longer_schedule_moves_no_earlier_visit(setting):
    visits = replace(setting.protocol.visits, window_sd=2.0, missed_assessment_probability=0.2)
    short = calendar(1, np.arange(50), visits, RAMP_UP, 185.0)
    long = calendar(1, np.arange(50), visits, RAMP_UP, 700.0)
    # The last scan is that of the last day, wherever it lies.
    both = np.isin(short.planned, long.planned)
    same = np.isin(long.planned, short.planned)
    assert both.sum() == short.planned.size - 1
    np.testing.assert_array_equal(short.time[:, both], long.time[:, same])
    np.testing.assert_array_equal(short.assessment_done[:, both], long.assessment_done[:, same])


def test_an_additional_kind_of_visit_moves_no_other(setting):
    visits = replace(setting.protocol.visits, window_sd=2.0)
    rare = calendar(1, np.arange(50), replace(visits, lab_interval=56.0), RAMP_UP, 336.0)
    often = calendar(1, np.arange(50), visits, RAMP_UP, 336.0)
    np.testing.assert_array_equal(rare.time, often.time[:, np.isin(often.planned, rare.planned)])


def test_visits_stay_within_their_window_and_in_order(setting):
    visits = replace(setting.protocol.visits, window_sd=20.0, window_limit=5.0)
    plan = calendar(1, np.arange(200), visits, RAMP_UP, 700.0)
    inside = plan.time[:, :-1] - plan.planned[:-1]
    assert np.abs(inside).max() == 5.0
    assert np.all(np.diff(plan.time, axis=1) > 0)


def test_patients_off_treatment_come_for_assessments_only(setting):
    plan = calendar(1, np.arange(2), setting.protocol.visits, RAMP_UP, 336.0)
    after = next_visit(plan, np.array([57.0, 57.0]), np.array([False, True]))
    assert after.tolist() == [84.0, 112.0]


def test_samples_for_residual_disease_are_visits_on_and_off_treatment(setting):
    sampling = Sampling(
        compartment="blood", assay="flow_1e-4", days=(70.0, 200.0, 900.0), input_cv=0.0, least_input=0.0,
        failure_probability=0.0,
    )  # fmt: skip
    plan = calendar(1, np.arange(2), setting.protocol.visits, RAMP_UP, 336.0, (sampling,))
    assert plan.planned[plan.sample[0] > 0].tolist() == [70.0, 200.0]
    assert not plan.is_lab[plan.planned == 70.0].any()
    after = next_visit(plan, np.array([57.0, 57.0]), np.array([False, True]))
    assert after.tolist() == [70.0, 70.0]
