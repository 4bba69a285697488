"""Numbers of the report: headline intervals, swings, survival, safety."""

import numpy as np
import polars as pl
import pytest

from remit.report.headline import largest_swings, median_over_trials, response_summary, swings
from remit.report.tabled import Report
from remit.report.tables import safety


def trials(rates, draws) -> pl.DataFrame:
    size = len(rates)
    return pl.DataFrame(
        {
            "ARM": ["mesutoclax"] * size,
            "SCENARIO": ["pharmacology/ki_shift"] * size,
            "REPLICATE": range(size),
            "DRAW": draws,
        }
        | {"N": [80] * size, "ORR": rates, "CR": rates, "REJECT": [True] * size, "RIPE": [True] * size}
    )


def test_trials_that_differ_only_between_draws_have_no_sampling_part(facts):
    found = response_summary(trials([0.4, 0.4, 0.6, 0.6], [0, 0, 1, 1]), facts)[0]
    assert (found["SLOW"], found["SHIGH"]) == (pytest.approx(0.5), pytest.approx(0.5))
    assert found["PHIGH"] - found["PLOW"] == pytest.approx(0.18)


def test_trials_that_differ_only_within_draws_have_no_parameter_part(facts):
    found = response_summary(trials([0.4, 0.6, 0.4, 0.6], [0, 0, 1, 1]), facts)[0]
    assert (found["PLOW"], found["PHIGH"]) == (pytest.approx(0.5), pytest.approx(0.5))
    assert found["DRAWERROR"] == pytest.approx(0.0)


def test_one_draw_has_no_error_over_draws(facts):
    assert response_summary(trials([0.4, 0.6], [0, 0]), facts)[0]["DRAWERROR"] is None


def test_a_median_that_most_trials_do_not_reach_is_infinite():
    frame = pl.DataFrame({"OSMED": [None, None, 12.0, None]}, schema={"OSMED": pl.Float64})
    low, middle, _ = median_over_trials(frame, "OSMED")
    assert (low, middle) == (12.0, np.inf)


def test_the_largest_swing_comes_first_and_each_assumption_once(tables, facts):
    top = largest_swings(swings(tables["sensitivity"], tables["trials"], facts))
    sizes = [each["SWING"] for each in top]
    assert sizes == sorted(sizes, reverse=True)
    assert len({each["FACTOR"] for each in top}) == 3


def test_the_parts_of_a_scenario_are_assumptions_too(tables, facts):
    factors = swings(tables["sensitivity"], tables["trials"], facts)["FACTOR"].unique().to_list()
    assert {"form of resistance", "potency and exposure prior"} <= set(factors)


def test_an_event_without_a_rate_is_not_modelled_and_never_zero(tables, facts):
    row = next(
        row for row in safety.background(Report(tables, facts)).rows if row["EVENT"] == "Atrial fibrillation"
    )
    assert {row[f"C{place}"] for place in range(6)} == {"not modelled"}


def test_lysis_without_its_chemistry_is_not_modelled(tables, facts):
    without = tables | {"adlb": tables["adlb"].filter(pl.col("PARAMCD") != "URATE")}
    assert {row["LAB"] for row in safety.lysis(Report(without, facts)).rows} == {"not modelled"}


def test_grades_add_up_to_patients(tables, facts):
    for row in safety.neutropenia(Report(tables, facts)).rows:
        assert row["SEVERE"] == pytest.approx(row["G3"] + row["G4"])


def test_a_grade_before_the_first_dose_does_not_count(tables, facts):
    early = tables["adlb"].with_columns(ADY=pl.lit(-3.0)).head(1)
    assert safety.neutropenia(Report(tables | {"adlb": early}, facts)).rows == ()
