"""Two-stage trials on the calendar, small enough to be followed by hand."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.trial.designs import simon
from remit.trial.response_status import ResponseStatus
from remit.trial.two_stage import Interim, conduct, first_stage

# Stop at one responder or fewer of four; no interest at three or fewer of eight.
PARAMS = simon.Params(r1=1, n1=4, r=3, n=8, p0=0.2)
FOLLOW = 100.0


def status(responders, day=50.0, n=8):
    """One trial whose patients at ``responders`` respond on ``day``; the others are settled on day 100."""
    response = np.full((1, n), np.inf)
    response[0, list(responders)] = day
    return ResponseStatus(response, np.minimum(response, FOLLOW))


def days(*values):
    return np.array([values], dtype=float)


WEEKLY = days(0, 7, 14, 21, 28, 35, 42, 49)


def test_the_first_stage_is_decided_by_the_response_that_is_one_too_many():
    found = first_stage(status([0, 3, 5]), WEEKLY, 4, 1)
    # The second response is that of patient 3: day 21 + 50.
    assert (found.responders[0], found.goes_on[0], found.day[0]) == (2, True, 71)


def test_the_first_stage_stops_when_too_few_are_left():
    found = first_stage(status([3]), WEEKLY, 4, 1)
    # Three failures leave at most one responder: the third is patient 2, day 14 + 100.
    assert (found.responders[0], found.goes_on[0], found.day[0]) == (1, False, 114)


def test_suspended_enrolment_resumes_on_the_day_of_the_decision_and_keeps_its_pace():
    row = conduct(status([0, 3, 6, 7]), WEEKLY, PARAMS).row(0, named=True)
    assert (row["N"], row["RESPONDERS"], row["STOPPED"], row["REJECT"]) == (8, 4, False, True)
    assert row["INTERIM"] == 71
    # Next patients on days 78, 85, 92, 99; those at 4 and 5 do not respond: 78 + 100, 85 + 100.
    assert row["ENDDAY"] == 185
    assert row["OVERRUN"] == 0


def test_enrolment_that_goes_on_treats_those_who_come_before_the_decision():
    row = conduct(status([3, 4, 5, 6, 7]), WEEKLY, PARAMS, Interim(waiting="go on")).row(0, named=True)
    assert (row["N"], row["RESPONDERS"], row["N1"]) == (8, 1, 4)
    assert (row["STOPPED"], row["REJECT"], row["OVERRUN"]) == (True, False, 4)
    assert row["ENDDAY"] == row["INTERIM"] == 114
    late = days(0, 7, 14, 21, 113, 114, 120, 130)
    assert conduct(status([3]), late, PARAMS, Interim(waiting="go on"))["OVERRUN"][0] == 1


def test_a_lag_moves_the_decision_and_the_end():
    without, lagged = (
        conduct(status([0, 3, 6, 7]), WEEKLY, PARAMS, Interim(lag_days=lag)).row(0, named=True)
        for lag in (0.0, 14.0)
    )
    assert lagged["INTERIM"] - without["INTERIM"] == 14
    assert lagged["ENDDAY"] - without["ENDDAY"] == 28


def test_a_trial_decides_by_its_own_patients_only_and_not_by_those_beyond_its_size():
    many = np.concatenate([WEEKLY, WEEKLY + 60], axis=1)
    longer = ResponseStatus(
        np.concatenate([status([0, 3, 6, 7]).response, np.zeros((1, 8))], axis=1),
        np.concatenate([status([0, 3, 6, 7]).known, np.zeros((1, 8))], axis=1),
    )
    assert conduct(longer, many, PARAMS).equals(conduct(status([0, 3, 6, 7]), WEEKLY, PARAMS))


def test_a_first_stage_that_is_never_filled_has_no_decision_day():
    short = days(0, 7, 14, np.inf, np.inf, np.inf, np.inf, np.inf)
    row = conduct(status([]), short, PARAMS).row(0, named=True)
    assert (row["N"], row["STOPPED"], row["REJECT"]) == (3, True, False)
    # Three failures of four are already too many to go on.
    assert row["INTERIM"] == 114
    never = conduct(status([0]), days(*[0.0] * 2, *[np.inf] * 6), PARAMS).row(0, named=True)
    assert never["INTERIM"] is None


def test_too_few_patients_are_refused_with_shapes_that_differ():
    with pytest.raises(InputError, match="8 patients in each replicate"):
        conduct(status([], n=5), WEEKLY[:, :5], PARAMS)
    with pytest.raises(InputError, match="one shape"):
        conduct(status([]), WEEKLY[:, :5], PARAMS)
