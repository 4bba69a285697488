"""CTCAE version 5.0 grades, bound by bound, and the events that blood counts show.

Standing: worked by hand from the text of CTCAE 5.0 (2017), laboratory bounds in SI units; exact.
"""

import numpy as np
import polars as pl
import pytest
from tests.unit.trial_safety.records import LABORATORY

from remit.trial.laboratory import ANALYTES
from remit.trial.toxicity import FurtherLimits, bounds, episodes, grades, is_severe_neutropenia

FURTHER = FurtherLimits(lymphocytes=1.0, potassium=3.5, calcium=2.6)
LOW = {
    "ANC": [(2.0, 0, 1), (1.5, 1, 2), (1.0, 2, 3), (0.5, 3, 4)],
    "PLAT": [(150.0, 0, 1), (75.0, 1, 2), (50.0, 2, 3), (25.0, 3, 4)],
    "HGB": [(120.0, 0, 1), (100.0, 1, 2), (80.0, 2, 3), (40.0, 3, 3)],
    "LYMPH": [(1.0, 0, 1), (0.8, 1, 2), (0.5, 2, 3), (0.2, 3, 4)],
    "K": [(3.5, 0, 1), (3.0, 1, 3), (2.5, 3, 4)],
    "CA": [(2.1, 0, 1), (2.0, 1, 2), (1.75, 2, 3), (1.5, 3, 4)],
}
"""Bound, grade at it, and grade just past it, of values that are too low."""
HIGH = {
    "LYMPH": [(4.0, 0, 2), (20.0, 2, 3), (500.0, 3, 3)],
    "K": [(5.0, 0, 1), (5.5, 1, 2), (6.0, 2, 3), (7.0, 3, 4)],
    "CA": [(2.6, 0, 1), (2.9, 1, 2), (3.1, 2, 3), (3.4, 3, 4)],
    "CREAT": [(105.0, 0, 1), (157.5, 1, 2), (315.0, 2, 3), (630.0, 3, 4)],
}
"""The same of values that are too high."""
CASES = [
    (code, direction, *case)
    for direction, table in (("low", LOW), ("high", HIGH))
    for code, cases in table.items()
    for case in cases
]


def grade(code, value, direction=None, further=FURTHER, baseline=None):
    place = list(ANALYTES).index(code)
    values = np.full((1, len(ANALYTES)), np.nan)
    values[0, place] = value
    before = None if baseline is None else np.full((1, len(ANALYTES)), baseline)
    return int(grades(values, LABORATORY, before, further, direction)[0, place])


@pytest.mark.parametrize(("code", "direction", "bound", "at", "past"), CASES)
def test_a_grade_begins_past_its_bound(code, direction, bound, at, past):
    outward = np.inf if direction == "high" else -np.inf
    assert grade(code, bound, direction) == at
    assert grade(code, np.nextafter(bound, outward), direction) == past
    assert grade(code, np.nextafter(bound, -outward), direction) <= at


@pytest.mark.parametrize(("code", "direction", "bound", "at", "past"), CASES)
def test_both_directions_together_have_the_grade_of_the_one_that_is_abnormal(
    code, direction, bound, at, past
):
    outward = np.inf if direction == "high" else -np.inf
    assert grade(code, np.nextafter(bound, outward)) == past


def test_every_bound_is_in_the_table_and_no_value_is_too_low_and_too_high():
    assert {(code, direction) for code, direction, *_ in CASES} == set(bounds(LABORATORY, FURTHER))
    for code in ("LYMPH", "K", "CA"):
        for value in np.linspace(0.05, 30, 600):
            assert min(grade(code, value, "low"), grade(code, value, "high")) == 0


def test_without_a_limit_of_normal_only_its_first_grade_is_missing():
    unknown = FurtherLimits()
    assert [grade("K", each, "low", unknown) for each in (3.4, 3.0, 2.9, 2.4)] == [0, 0, 3, 4]
    assert [grade("CA", each, "high", unknown) for each in (2.8, 3.0)] == [0, 2]
    assert [grade("LYMPH", each, "low", unknown) for each in (0.9, 0.7)] == [0, 2]


@pytest.mark.parametrize("code", ["PHOS", "URATE", "IGM"])
def test_what_version_5_grades_by_consequence_stays_ungraded(code):
    assert grade(code, 5.0) == -1
    assert grade("ANC", np.nan) == -1


@pytest.mark.parametrize(
    ("value", "baseline", "expected"),
    [
        (90.0, 60.0, 0), (90.1, 60.0, 2), (180.0, 60.0, 2), (180.1, 60.0, 3),
        (180.0, 180.0, 2), (320.0, 200.0, 3), (640.0, 300.0, 4), (110.0, 100.0, 1), (110.0, np.nan, 1),
    ],
)  # fmt: skip
def test_creatinine_has_the_worse_grade_of_upper_limit_and_baseline(value, baseline, expected):
    assert grade("CREAT", value, baseline=baseline) == expected
    assert grade("CREAT", value, "high", baseline=baseline) == expected


def test_a_baseline_that_is_abnormal_already_does_not_lower_a_grade():
    assert grade("CREAT", 400.0, baseline=400.0) == grade("CREAT", 400.0) == 3


def test_neutropenia_of_grade_4_begins_below_a_half():
    found = is_severe_neutropenia(np.array([0.49, 0.5, np.nan]), LABORATORY)
    assert found.tolist() == [True, False, False]


def labs(*grade: int) -> pl.DataFrame:
    n = len(grade)
    return pl.DataFrame(
        {
            "ROW": [0] * n,
            "ADY": [7.0 * k for k in range(n)],
            "PARAMCD": ["ANC"] * n,
            "ATOXGR": list(grade),
        }
    )


def test_an_episode_runs_from_the_first_to_the_last_visit_above_baseline_at_its_worst_grade():
    found = episodes(labs(0, 2, 4, 3, 0, 0))
    assert found.rows() == [(0, "Neutropenia", 4, 7.0, 28.0)]


def test_two_episodes_are_two_events_and_the_last_may_have_no_end():
    found = episodes(labs(0, 1, 0, 2, 2)).sort("ASTDY")
    assert found.select("AETOXGR", "ASTDY", "AENDY").rows() == [(1, 7.0, 14.0), (2, 21.0, None)]


def test_a_grade_present_at_baseline_is_no_event_until_it_worsens():
    assert episodes(labs(2, 2, 1, 2)).is_empty()
    assert episodes(labs(2, 3, 2)).select("AETOXGR").to_series().to_list() == [3]
