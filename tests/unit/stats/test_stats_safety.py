"""Counting for safety tables, on tables small enough to count by hand.

Standing: worked by hand; tolerance is round-off. Limits by the known quantiles of Garwood (1936).
"""

import numpy as np
import polars as pl
import pytest

from remit.stats.safety.dose_intensity import DOSE, PLANNED, START, STOP, dose_intensity, planned_doses
from remit.stats.safety.incidence import AT_RISK, GROUP, TIME, YEAR, incidence
from remit.stats.safety.poisson_limits import poisson_limits
from remit.stats.safety.shift import AFTER, BEFORE, shifts, worst_grades

KEY = ["ID"]
PEOPLE = pl.DataFrame(
    {
        "ID": ["a", "b", "c", "d", "e"],
        GROUP: ["X", "X", "X", "Y", "Y"],
        AT_RISK: [365.25, 730.5, 365.25, 100.0, 265.25],
    }
)


def events(*rows):
    schema = {"ID": pl.String, "TERM": pl.String, TIME: pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def rows(found, *by):
    return {tuple(each[name] for name in (GROUP, *by)): each for each in found.iter_rows(named=True)}


def test_subjects_count_once_and_events_as_often_as_they_happen():
    given = events(("a", "T", 182.625), ("a", "T", 300.0), ("b", "U", 10.0), ("d", "T", 50.0))
    found = rows(incidence(PEOPLE, given, KEY, ["TERM"]), "TERM")
    assert (found["X", "T"]["SUBJECTS"], found["X", "T"]["EVENTS"], found["X", "T"]["N"]) == (1, 2, 3)
    assert (found["X", "U"]["SUBJECTS"], found["X", "U"]["EVENTS"]) == (1, 1)
    assert (found["Y", "U"]["SUBJECTS"], found["Y", "U"]["EVENTS"], found["Y", "U"]["N"]) == (0, 0, 2)


def test_time_at_risk_ends_with_the_first_event():
    given = events(("a", "T", 300.0), ("a", "T", 182.625), ("d", "T", 50.0))
    found = rows(incidence(PEOPLE, given, KEY))
    # Half a year of a, two years of b, one of c; then 50 days of d and 265.25 of e.
    assert found["X",]["YEARS"] == pytest.approx(3.5)
    assert found["Y",]["YEARS"] == pytest.approx(315.25 / YEAR)
    assert found["X",]["RATE"] == pytest.approx(100 / 3.5)
    limits = poisson_limits(np.array([1]), np.array([3.5]))
    assert found["X",]["LOW"] == pytest.approx(100 * limits.low[0])
    assert found["X",]["HIGH"] == pytest.approx(100 * limits.high[0])


def test_an_event_without_a_time_counts_and_takes_no_time_at_risk_away():
    found = rows(incidence(PEOPLE, events(("a", "T", None)), KEY))
    assert (found["X",]["SUBJECTS"], found["X",]["YEARS"]) == (1, pytest.approx(4.0))
    both = rows(incidence(PEOPLE, events(("a", "T", None), ("a", "T", 182.625)), KEY))
    assert (both["X",]["EVENTS"], both["X",]["YEARS"]) == (2, pytest.approx(3.5))


def test_without_events_there_is_a_rate_of_zero_and_without_time_none():
    found = rows(incidence(PEOPLE, events(), KEY))
    assert (found["X",]["RATE"], found["X",]["LOW"]) == (0.0, 0.0)
    assert found["X",]["HIGH"] == pytest.approx(100 * -np.log(0.025) / 4)
    nobody = rows(incidence(PEOPLE.with_columns(pl.lit(0.0).alias(AT_RISK)), events(("a", "T", 0.0)), KEY))
    assert [nobody["X",][name] for name in ("RATE", "LOW", "HIGH")] == [None, None, None]


def test_an_event_of_a_stranger_is_left_out_and_one_after_the_time_at_risk_does_not_prolong_it():
    found = rows(incidence(PEOPLE, events(("z", "T", 1.0), ("a", "T", 5000.0)), KEY))
    assert (found["X",]["EVENTS"], found["X",]["YEARS"]) == (1, pytest.approx(4.0))
    assert incidence(PEOPLE, events(("z", "V", 1.0)), KEY, ["TERM"]).is_empty()


def test_limits_of_one_event_are_the_known_ones():
    found = poisson_limits(np.array([0, 1, 10]), np.array([1.0, 1.0, 1.0]))
    np.testing.assert_allclose(found.low, [0.0, 0.02532, 4.79539], atol=5e-6)
    np.testing.assert_allclose(found.high, [3.68888, 5.57164, 18.39036], atol=5e-6)
    assert np.isnan(poisson_limits(np.array([1]), np.array([0.0])).low).all()


def grades(*rows):
    return pl.DataFrame(rows, schema={"ID": pl.String, "CODE": pl.String, "G": pl.Int64}, orient="row")


def test_a_shift_is_from_the_last_grade_before_to_the_worst_after():
    before = grades(("a", "ANC", 3), ("a", "ANC", 1), ("b", "ANC", 0))
    after = grades(("a", "ANC", 2), ("a", "ANC", 4), ("a", "ANC", 0), ("c", "ANC", 1))
    found = worst_grades(before, after, KEY, ["CODE"], "G").sort("ID")
    assert found.select("ID", BEFORE, AFTER).rows() == [("a", 1, 4), ("b", 0, None), ("c", None, 1)]


def test_shifts_sum_to_the_size_of_each_group_in_every_part():
    random = np.random.default_rng(3)
    names = [f"p{i}" for i in range(200)]
    people = pl.DataFrame({"ID": names, GROUP: random.choice(["X", "Y", "Z"], 200)})
    made = lambda n: grades(  # noqa: E731
        *zip(
            random.choice(names, n).tolist(),
            random.choice(["ANC", "K"], n).tolist(),
            [None if each < 0 else int(each) for each in random.integers(-1, 5, n)],
            strict=True,
        )
    )
    graded = worst_grades(made(150), made(400), KEY, ["CODE"], "G")
    found = shifts(people, graded, KEY, ["CODE"])
    total = found.group_by(GROUP, "CODE").agg(pl.col("SUBJECTS").sum())
    sizes = dict(people.group_by(GROUP).len().iter_rows())
    assert total.height == 6
    assert all(n == sizes[group] for group, _, n in total.iter_rows())


def periods(*rows):
    return pl.DataFrame(
        [("a", *row) for row in rows],
        schema={"ID": pl.String, START: pl.Float64, STOP: pl.Float64, DOSE: pl.Float64},
        orient="row",
    )


def intensity(*rows):
    (found,) = dose_intensity(planned_doses(periods(*rows), KEY), KEY).iter_rows(named=True)
    return found


def test_a_ramp_up_is_as_planned_and_a_hold_is_not():
    found = intensity((0, 7, 20), (7, 14, 100), (14, 24, 0), (24, 34, 100))
    assert (found["DAYS"], found["HOLDS"], found["HELD"], found["REDUCTIONS"]) == (34, 1, 10, 0)
    assert found["GIVEN"] == 7 * 20 + 17 * 100
    assert found["EXPECTED"] == 7 * 20 + 27 * 100
    assert found["INTENSITY"] == pytest.approx(1840 / 2840)


def test_a_reduction_counts_once_whether_or_not_a_hold_comes_before_it():
    found = intensity((0, 10, 100), (10, 20, 75), (20, 25, 0), (25, 30, 75), (30, 40, 0), (40, 50, 50))
    assert (found["REDUCTIONS"], found["HOLDS"], found["HELD"]) == (2, 2, 15)


def test_two_periods_of_one_hold_are_one_and_a_hold_before_or_after_all_doses_is_none():
    found = intensity((0, 5, 0), (5, 10, 100), (10, 12, 0), (12, 15, 0), (15, 20, 100), (20, 40, 0))
    assert (found["DAYS"], found["HOLDS"], found["HELD"], found["INTENSITY"]) == (15, 1, 5, 10 / 15)


def test_a_stated_plan_comes_before_the_highest_dose():
    stated = periods((0, 10, 50), (10, 20, 100)).with_columns(pl.lit(100.0).alias(PLANNED))
    assert dose_intensity(stated, KEY)["INTENSITY"][0] == pytest.approx(0.75)


def test_who_was_never_dosed_has_no_intensity():
    assert dose_intensity(planned_doses(periods((0, 10, 0)), KEY), KEY).is_empty()
