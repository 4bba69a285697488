"""CTCAE version 5.0 grades and the events that blood counts show."""

import numpy as np
import polars as pl
import pytest

from remit.trial.laboratory import ANALYTES
from remit.trial.toxicity import episodes, grades

CASES = [
    ("ANC", 2.0, 0), ("ANC", 1.99, 1), ("ANC", 1.5, 1), ("ANC", 1.49, 2), ("ANC", 1.0, 2), ("ANC", 0.99, 3),
    ("ANC", 0.5, 3), ("ANC", 0.49, 4),
    ("PLAT", 150.0, 0), ("PLAT", 75.0, 1),
    ("PLAT", 74.0, 2), ("PLAT", 50.0, 2), ("PLAT", 49.0, 3), ("PLAT", 25.0, 3),
    ("PLAT", 24.9, 4),
    ("HGB", 120.0, 0), ("HGB", 100.0, 1),
    ("HGB", 99.0, 2), ("HGB", 80.0, 2), ("HGB", 79.0, 3), ("HGB", 40.0, 3),
    ("K", 5.1, 0), ("K", 5.5, 1), ("K", 5.6, 2), ("K", 6.0, 2), ("K", 6.1, 3), ("K", 7.1, 4),
    ("CA", 2.1, 0), ("CA", 2.0, 1), ("CA", 1.9, 2), ("CA", 1.74, 3), ("CA", 1.49, 4),
    ("CREAT", 105.0, 0), ("CREAT", 157.5, 1), ("CREAT", 158.0, 2), ("CREAT", 316.0, 3), ("CREAT", 631.0, 4),
    ("PHOS", 5.0, -1), ("URATE", 5.0, -1), ("ANC", float("nan"), -1),
]  # fmt: skip


@pytest.mark.parametrize(("analyte", "value", "grade"), CASES)
def test_a_value_has_the_grade_of_the_worst_bound_passed(setting, analyte, value, grade):
    values = np.full((1, len(ANALYTES)), np.nan)
    values[0, list(ANALYTES).index(analyte)] = value
    assert grades(values, setting.protocol.laboratory)[0, list(ANALYTES).index(analyte)] == grade


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
