"""Schedules made of the lines of a treatment."""

from math import inf

import pytest

from remit.dosing import Doses, Period, parse_given, schedule_of
from remit.errors import InputError


def schedule(*lines: str):
    return schedule_of([parse_given(line) for line in lines], "here")


def test_a_ramp_up_is_a_period_for_each_step_and_the_target_goes_on():
    found = schedule(
        "venetoclax 20 mg q24h x 7 then 50 mg q24h x 7 then 400 mg q24h from day 84 until day 448"
    )
    daily = [Doses(0.0, fraction, 1.0, None) for fraction in (0.05, 0.125, 1.0)]
    assert found.periods == (Period(7.0, (daily[0],)), Period(7.0, (daily[1],)), Period(inf, (daily[2],)))
    assert (found.start, found.until, found.end, found.n_ramp) == (84.0, 448.0, 448.0, 2)
    assert found.ramp_up_days == 14.0 and not found.is_cyclic


def test_cycles_are_periods_and_repeat_where_they_have_no_number():
    counted = schedule("azacitidine 75 mg/m2 q24h x 7 every 28 d x 6")
    endless = schedule("azacitidine 75 mg/m2 q24h x 7 every 28 d")
    assert counted.periods == (Period(28.0, (Doses(0.0, 1.0, 1.0, 7),)),) * 6
    assert counted.end == 168.0 and not counted.repeats
    assert len(endless.periods) == 1 and endless.repeats and endless.end == inf
    assert counted.is_cyclic and endless.is_cyclic


def test_doses_a_week_or_more_apart_are_cycles_of_one_dose_each():
    found = schedule("rituximab 375 mg/m2 q28d x 1", "rituximab 500 mg/m2 q28d x 5 from day 28")
    assert [each.fraction for each in found.periods] == [0.75, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert found.target == 500.0 and found.end == 168.0 and found.n_ramp == 0


def test_a_cycle_may_hold_several_courses():
    found = schedule("obinutuzumab 100 mg q24h x 1 then 900 mg q24h x 7 every 28 d x 1")
    assert found.periods[0].doses == (Doses(0.0, 100 / 900, 1.0, 1), Doses(1.0, 1.0, 1.0, 7))


def test_time_between_lines_is_a_rest():
    found = schedule("venetoclax 400 mg q24h x 28", "venetoclax 400 mg q24h x 28 from day 56")
    assert found.periods[1] == Period(28.0, ())
    assert found.periods[1].fraction == 0.0


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("venetoclax 400 mg q24h", "venetoclax 400 mg q24h from day 56"), "a line that goes on"),
        (("venetoclax 400 mg q24h x 28", "venetoclax 400 mg q24h from day 14"), "do not overlap"),
        (("rituximab 375 mg/m2 q28d x 1", "rituximab 700 mg q28d x 1 from day 28"), "one unit"),
        ((), "one line or more"),
    ],
)
def test_lines_that_are_no_schedule_are_refused(lines, text):
    with pytest.raises(InputError, match=text):
        schedule(*lines)
