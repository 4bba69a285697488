"""Numbers of the report: headline intervals, swings, survival, safety."""

import numpy as np
import polars as pl
import pytest

from remit.report.figures import kaplan_meier, tornado
from remit.report.figures.spider import MONTH
from remit.report.headline import largest_swings, median_over_trials, response_summary, swings
from remit.report.tabled import Report
from remit.report.tables import assumed, safety


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


def drawn_rows(spec) -> list[dict]:
    """Rows of all data inside a specification."""
    if isinstance(spec, dict):
        own = spec["values"] if isinstance(spec.get("values"), list) else []
        rows = [row for row in own if isinstance(row, dict)]
        named = [row for part in spec.get("datasets", {}).values() for row in part]
        return (
            rows
            + named
            + [row for key, part in spec.items() if key != "datasets" for row in drawn_rows(part)]
        )
    return [row for part in spec for row in drawn_rows(part)] if isinstance(spec, list) else []


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


def test_parts_of_the_interval_have_the_standard_deviations_of_the_operating_characteristics(facts):
    operating = pl.DataFrame(
        {
            "ARM": ["mesutoclax"] * 2,
            "SCENARIO": ["pharmacology/ki_shift"] * 2,
            "MEASURE": ["SD of ORR: parameter uncertainty", "SD of ORR: trial sampling"],
            "VALUE": [0.05, 0.1],
        }
    )
    frame = trials([0.3, 0.5, 0.5, 0.7], [0, 0, 1, 1])
    plain, found = response_summary(frame, facts)[0], response_summary(frame, facts, operating)[0]
    # Two draws at 0.4 and 0.6 have a standard deviation of 0.1: half of it halves the interval.
    assert found["PHIGH"] - found["PLOW"] == pytest.approx((plain["PHIGH"] - plain["PLOW"]) / 2)
    assert found["SHIGH"] - found["SLOW"] == pytest.approx(plain["SHIGH"] - plain["SLOW"])
    assert (found["LOW"], found["HIGH"]) == (plain["LOW"], plain["HIGH"])


def sensitivity(*levels: tuple[str, str, float, float]) -> pl.DataFrame:
    """Levels with their change and its error, about a rate of one half."""
    rows = [
        {"ARM": "mesutoclax", "SCENARIO": "plateau/ki_shift", "FACTOR": factor, "LEVEL": level}
        | {"ORR": 0.5 + change, "CHANGE": change, "CHANGEERR": error}
        for factor, level, change, error in levels
    ]
    return pl.DataFrame(rows)


def test_a_swing_runs_from_the_level_as_assumed_where_all_others_lie_above(facts):
    table = sensitivity(("a", "one", 0.1, 0.03), ("a", "two", 0.2, 0.04))
    row = swings(table, trials([], []), facts).row(0, named=True)
    assert (row["LOWLEVEL"], row["HIGHLEVEL"]) == ("as assumed", "two")
    assert row["SWING"] == pytest.approx(0.2)
    assert row["ERROR"] == pytest.approx(0.04)


def test_the_error_of_a_swing_is_that_of_both_its_ends(facts):
    table = sensitivity(("a", "one", -0.1, 0.03), ("a", "two", 0.2, 0.04))
    assert swings(table, trials([], []), facts)["ERROR"][0] == pytest.approx(0.05)


@pytest.mark.parametrize("factor", ["as assumed", "disease biology"])
def test_what_has_no_low_and_high_level_has_no_swing(factor, facts):
    table = sensitivity((factor, "one", -0.3, 0.01), (factor, "two", 0.3, 0.01))
    assert swings(table, trials([], []), facts).is_empty()


def test_the_error_between_scenarios_is_that_of_the_same_draws(tables, facts):
    rates = {"plateau/ki_shift": [0.2, 0.4, 0.6], "plateau/bcl2_independent": [0.1, 0.3, 0.5]}
    frame = pl.concat(
        trials(values, [0, 1, 2]).with_columns(SCENARIO=pl.lit(name)) for name, values in rates.items()
    )
    row = swings(tables["sensitivity"].clear(), frame, facts).row(0, named=True)
    assert row["SWING"] == pytest.approx(0.1)
    assert row["ERROR"] == pytest.approx(0.0, abs=1e-12), "draws move both scenarios alike"


def test_the_tornado_shows_the_ten_largest(tables, facts):
    spec = tornado.figure(Report(tables, facts)).spec
    factors = {row["FACTOR"] for row in drawn_rows(spec)}
    assert len(factors) == 10
    assert "disease biology" not in factors
    assert {"recalled records", "maximum kill of the drug"} <= factors


def test_the_headline_is_shown_under_every_choice_with_its_error(tables, facts):
    table = assumed.dependence(Report(tables, facts))
    words = [row["LEVEL"] for row in table.rows]
    assert [word for word in words if "weight" in word or word == "left out"] == [
        "at full weight", "at half weight (as assumed)", "left out",
    ]  # fmt: skip
    assert [word for word in words if "SD" in word] == ["SD 0 (as assumed)", "SD 0.3", "SD 0.6"]
    assert [row["P0"] is not None for row in table.rows if row["LEVEL"].startswith(("by ch", "below"))] == [
        True, True,
    ]  # fmt: skip
    assert all("±" in row[f"S{place}"] for row in table.rows for place in (0, 1))
    spread = next(row["S0"] for row in table.rows if row["LEVEL"] == "SD 0.3")
    assert spread == "60% to 66% (-7.5 ± 0.6; -2.5 ± 0.6)"


def test_an_assumption_that_was_not_varied_has_no_row(tables, facts):
    without = tables["sensitivity"].filter(pl.col("FACTOR") != "recalled records")
    table = assumed.dependence(Report(tables | {"sensitivity": without}, facts))
    assert not [row for row in table.rows if "weight" in row["LEVEL"]]


def test_the_error_of_progression_free_survival_is_greenwoods(tables, facts):
    row = assumed.dependence(Report(tables, facts)).rows[0]
    # Times 60, 120, ..., 720 days; even ones are events. Events at 60, 180, 300 with 12, 10, 8 at risk.
    survival = 11 / 12 * 9 / 10 * 7 / 8
    error = survival * np.sqrt(1 / (12 * 11) + 1 / (10 * 9) + 1 / (8 * 7))
    assert row["P0"] == f"50% (± {100 * error:.1f})"


def test_a_curve_ends_where_fewer_than_one_in_ten_is_at_risk(tables, facts):
    one = tables["adtte"].filter((pl.col("PARAMCD") == "PFS") & (pl.col("READER") == facts.reader)).head(20)
    months = np.arange(1, 21)
    table = one.with_columns(
        ARM=pl.lit("mesutoclax"),
        SCENARIO=pl.lit("plateau/ki_shift"),
        USUBJID=pl.Series([f"0000-{month:05d}" for month in months]),
        AVAL=pl.Series(months * MONTH),
    )
    spec = kaplan_meier.progression_free(Report({"adtte": table}, facts)).spec
    drawn = [row["MONTH"] for row in drawn_rows(spec) if "S" in row]
    # Patients at risk after 18 months: two of twenty; after 19 months only one.
    assert max(drawn) == 19.0


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
