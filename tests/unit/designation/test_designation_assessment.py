"""Verdicts of each criterion and reading."""

import datetime
from dataclasses import replace

import polars as pl
import pytest

from remit.designation import Case, assess, shipped_rules, what_would_change
from remit.designation.agencies import status_sentences
from remit.designation.bars import pooled_rate, random_effects_rate
from remit.designation.exact import exact_limits

AS_OF = datetime.date(2026, 11, 23)
CASE = Case(agency="cde", as_of=AS_OF, product="mesutoclax", phase_3_begun=False, regions=("china",))
NUMERICAL = ("door B", "oral_non_cellular")


def trials(*responders: int, n: int = 80) -> pl.DataFrame:
    rows = []
    for replicate, count in enumerate(responders):
        low, high = exact_limits(count, n)
        rows.append(
            {"ARM": "mesutoclax", "SCENARIO": "a/b", "REPLICATE": replicate, "DRAW": replicate % 4, "N": n}
            | {"RESPONDERS": count, "ORR": count / n, "ORRLCL": low, "ORRUCL": high}
        )
    return pl.DataFrame(rows)


def verdict(table: pl.DataFrame, criterion: str, members="any", reading="not numerical") -> dict:
    found = table.filter(pl.col("CRITERION").str.starts_with(criterion))
    found = found.filter((pl.col("SET") == members) & (pl.col("READING") == reading))
    assert found.height == 1
    return found.row(0, named=True)


def test_a_reading_that_holds_in_every_simulated_trial_is_met_only_if_observed(only):
    row = verdict(assess(trials(*[75] * 20), only("pirtobrutinib_bruin_primary"), CASE), *NUMERICAL, "strict")
    assert (row["VERDICT"], row["PROBABILITY"]) == ("met", 1.0)
    assert row["CRITERION"].endswith(", if observed")


def test_a_reading_that_holds_in_half_of_the_trials_cannot_be_told(only):
    table = assess(trials(*[40, 70] * 10), only("pirtobrutinib_bruin_primary"), CASE)
    row = verdict(table, *NUMERICAL, "lenient")
    assert (row["VERDICT"], row["PROBABILITY"]) == ("cannot tell", 0.5)


def test_a_reading_that_never_holds_is_not_met(comparators):
    row = verdict(assess(trials(*[20] * 20), comparators, CASE), "door B", "all", "lenient")
    assert row["VERDICT"] == "not met"


def test_a_verdict_that_depends_on_a_therapy_nobody_can_place_cannot_be_told(only):
    both = only("pirtobrutinib_bruin_primary", "r_bac_after_btki")
    row = verdict(assess(trials(*[60] * 20), both, CASE), *NUMERICAL, "lenient")
    assert (row["VERDICT"], row["PROBABILITY"]) == ("cannot tell", 1.0)
    assert "The two differ." in row["BECAUSE"]


def test_simulated_trials_never_satisfy_what_asks_for_clinical_evidence(comparators):
    table = assess(trials(*[80] * 20), comparators, replace(CASE, agency="fda"))
    assert verdict(table, "preliminary clinical evidence")["VERDICT"] == "cannot tell"
    numerical = table.filter(pl.col("READING") != "not numerical")
    assert numerical["CRITERION"].str.ends_with(", if observed").all()


def test_an_observed_trial_is_judged_without_the_words_if_observed(only):
    table = assess(trials(75), only("pirtobrutinib_bruin_primary"), replace(CASE, evidence="observed"))
    assert not table["CRITERION"].str.contains("if observed").any()
    assert verdict(table, *NUMERICAL, "strict")["VERDICT"] == "met"


def test_door_a_is_closed_once_a_therapy_is_approved_in_china_and_open_to_doubt_before(comparators):
    after = verdict(assess(trials(50), comparators, CASE), "door A")
    early = replace(CASE, as_of=datetime.date(2022, 3, 1))
    before = verdict(assess(trials(50), comparators, early), "door A")
    assert (after["VERDICT"], before["VERDICT"]) == ("not met", "cannot tell")
    assert "30 October 2024" in after["BECAUSE"]


@pytest.mark.parametrize(
    ("begun", "expected"), [(False, "met"), (True, "cannot tell"), (None, "cannot tell")]
)
def test_phase_3_begun_is_late_and_never_not_met(comparators, begun, expected):
    case = replace(CASE, phase_3_begun=begun)
    row = verdict(assess(trials(50), comparators, case), "during clinical trials")
    assert row["VERDICT"] == expected
    assert ("Late" in row["BECAUSE"]) == (begun is True)


def test_data_from_china_alone_cannot_tell_about_us_practice(comparators):
    table = assess(trials(50), comparators, replace(CASE, agency="fda"))
    assert verdict(table, "applicable to US")["VERDICT"] == "cannot tell"


def test_editing_a_cut_off_changes_the_verdict(only):
    rules = shipped_rules()
    strict = replace(CASE, rules=replace(rules, verdict=replace(rules.verdict, met_probability=1.0)))
    data, record = trials(*[40] + [70] * 19), only("pirtobrutinib_bruin_primary")
    found = [verdict(assess(data, record, case), *NUMERICAL, "lenient")["VERDICT"] for case in (CASE, strict)]
    assert found == ["met", "cannot tell"]


def test_no_trials_give_no_verdicts(comparators):
    assert assess(trials(50).clear(), comparators, CASE).is_empty()


def test_the_smallest_result_that_meets_a_reading_does_and_one_fewer_does_not(comparators):
    table = what_would_change((80,), comparators, "cde", AS_OF).filter(
        (pl.col("SET") == "oral_non_cellular") & (pl.col("COUNTING") == "available")
    )
    needed = table.row(by_predicate=pl.col("READING") == "central", named=True)
    assert exact_limits(needed["RESPONDERS"], 80)[0] > needed["BAR"]
    assert exact_limits(needed["RESPONDERS"] - 1, 80)[0] <= needed["BAR"]


def test_a_bar_above_every_possible_result_is_out_of_reach(only):
    table = what_would_change((10,), only("brexu_cel_zuma_2"), "fda", AS_OF)
    wide = table.filter((pl.col("COUNTING") != "available") & (pl.col("SET") == "all"))
    assert wide.row(by_predicate=pl.col("READING") == "strict", named=True)["RESPONDERS"] is None


def test_pooling_by_counts_is_the_sum_of_responders_over_patients(only):
    chosen = only("pirtobrutinib_bruin_primary", "lenalidomide_mcl_004")
    assert pooled_rate(chosen) == pytest.approx((52 + 17) / (90 + 58))


def test_random_effects_of_equal_rates_is_that_rate(only):
    assert random_effects_rate(only("pirtobrutinib_fda_label") * 3) == pytest.approx(0.5)


def test_status_is_a_fact_with_a_date():
    assert "11 May 2025" in status_sentences("mesutoclax", AS_OF)[0]
    assert "11 May 2025" not in " ".join(status_sentences("mesutoclax", datetime.date(2025, 5, 10)))
