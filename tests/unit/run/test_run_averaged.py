"""Doses as their daily average."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.dosing import NEVER, constant_input, daily_doses, no_doses, together
from remit.run.averaged import averaged

starts = st.floats(0.0, 400.0)
amounts = st.floats(0.1, 1e6)
intervals = st.sampled_from([0.5, 1.0, 2.0])


def row(value: float) -> np.ndarray:
    return np.array([value])


@given(starts, st.integers(1, 60), amounts, intervals)
def test_over_whole_intervals_the_amount_is_that_of_the_doses(start, n, amount, interval):
    until = row(start + n * interval)
    doses = daily_doses(row(start), until, row(amount), 3, interval)
    found = averaged(doses, until)
    given_amount = doses.amount * (doses.additional + 1)
    np.testing.assert_allclose(found.amount, given_amount, rtol=1e-12)
    np.testing.assert_allclose(found.duration, n * interval, rtol=1e-12)
    np.testing.assert_array_equal(found.time, doses.time)
    np.testing.assert_array_equal(found.state, doses.state)


@given(starts, st.floats(0.01, 60.0), amounts, intervals)
def test_the_input_ends_by_the_end_of_the_step_at_the_rate_of_the_doses(start, span, amount, interval):
    until = row(start + span)
    found = averaged(daily_doses(row(start), until, row(amount), 0, interval), until)
    assert found.time + found.duration <= until * (1 + 1e-15)
    np.testing.assert_allclose(found.amount, amount / interval * span, rtol=1e-6)
    assert not found.additional.any()


def test_a_record_that_is_constant_already_stays_as_it_is():
    start, until = np.array([0.0, 2.0]), np.array([4.0, 9.0])
    constant = constant_input(start, until, np.array([5.0, 7.0]), 1)
    found = averaged(constant, until)
    for name in ("time", "amount", "state", "duration"):
        np.testing.assert_array_equal(getattr(found, name), getattr(constant, name))


def test_padding_stays_padding():
    until = np.array([5.0, 5.0])
    doses = daily_doses(np.zeros(2), until, np.array([1.0, 0.0]), 0)
    found = averaged(together(doses, no_doses(2)), until)
    assert found.time[:, 0].tolist() == [0.0, NEVER]
    assert found.amount[:, 0].tolist() == [5.0, 0.0]
    assert found.duration[:, 0].tolist() == [5.0, 0.0]


def test_doses_beyond_the_end_of_the_step_would_be_noticed():
    doses = daily_doses(np.zeros(1), row(10.0), row(1.0), 0)
    found = averaged(doses, row(4.0))
    assert found.amount.item() == pytest.approx(4.0)
    assert (doses.amount * (doses.additional + 1)).item() == 10.0
