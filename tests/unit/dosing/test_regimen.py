"""Regimens of a study: from courses, and in one line."""

import numpy as np
import pytest

from remit.dosing import Course, Regimen, Step, describe, parse_regimen, regimen_of
from remit.errors import InputError


def test_courses_before_the_last_are_the_ramp_up() -> None:
    regimen = regimen_of(parse_regimen("20 mg q12h x 14 then 50 mg q12h for 1 w then 400 mg q12h"))
    assert regimen == Regimen(400.0, "mg", (Step(0.05, 7.0), Step(0.125, 7.0)), 0.5)


def test_a_single_course_is_the_target_dose() -> None:
    assert regimen_of(parse_regimen("1 study dose")) == Regimen(1.0, "study dose", (), 1.0)


@pytest.mark.parametrize(
    ("courses", "found", "needed"),
    [
        ((), "no course", "one course or more"),
        (parse_regimen("20 mg bid x 7 then 40 mg"), "q12h, then q24h", "one interval in all courses"),
        (parse_regimen("20 mg x 7 then 40 mg x 28"), "28 doses", "a last course that goes on"),
        ((Course(20, "mg"), Course(40, "mg")), "goes on", "a number of doses"),
        ((Course(20, "mg", 1.0, 7), Course(1, "study dose")), "mg and study dose", "one unit"),
    ],
)
def test_courses_that_a_study_cannot_follow_are_refused(
    courses: tuple[Course, ...], found: str, needed: str
) -> None:
    with pytest.raises(InputError) as caught:
        regimen_of(courses, "here")
    (finding,) = caught.value.findings
    assert finding.where == "here"
    assert found in finding.found
    assert needed in finding.needed


def test_everything_that_hinders_is_said_at_once() -> None:
    with pytest.raises(InputError) as caught:
        regimen_of((Course(20, "mg", 0.5), Course(1, "study dose", 1.0, 7)))
    assert len(caught.value.findings) == 4


@pytest.mark.parametrize(
    "line",
    [
        "20 mg q24h x 7 then 50 mg q24h x 7 then 400 mg q24h",
        "0.05 study dose q24h x 7 then 1 study dose q24h",
        "10 mg q8h x 21 then 30 mg q8h",
        "100 mg q7h x 24 then 300 mg q7h",
        "400 mg q168h",
    ],
)
def test_a_regimen_is_described_as_it_was_written(line: str) -> None:
    regimen = regimen_of(parse_regimen(line))
    assert describe(regimen) == line


def test_the_noise_of_a_fraction_is_not_shown() -> None:
    assert 0.07 * 100 != 7.0
    assert describe(Regimen(100, "mg", (Step(0.07, 7),))) == "7 mg q24h x 7 then 100 mg q24h"


def test_a_step_that_is_no_whole_number_of_intervals_is_shown_in_days() -> None:
    regimen = Regimen(400.0, "mg", (Step(0.05, 7.5), Step(0.5, 0.25)))
    assert describe(regimen) == "20 mg q24h x 7.5 d then 200 mg q24h x 0.25 d then 400 mg q24h"


@pytest.mark.parametrize("value", [0.0, -1.0, 1e-300, 1e300, float("inf"), float("nan"), np.float64(0.5)])
def test_no_regimen_is_too_odd_to_be_described(value: float) -> None:
    for regimen in (
        Regimen(value, "furlong", (Step(0.5, 7.0),)),
        Regimen(400.0, "mg", (Step(value, 7.0),)),
        Regimen(400.0, "mg", (Step(0.5, value),)),
        Regimen(400.0, "mg", (Step(0.5, 7.0),), value),
    ):
        assert " then " in describe(regimen)
