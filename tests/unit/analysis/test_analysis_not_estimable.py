"""What data cannot give is printed as NE with its reason, and what is the main result stands first.

The toy study is broken on purpose: an arm without an event, strata of one subject each, nobody who responds.
"""

import polars as pl
import pytest
from tests.unit.analysis.adam_study import CONTROL, EXPERIMENTAL, PLAN, tables, write

from remit.analysis.analysing import analyse
from remit.analysis.display_comparisons import EMPTY, FIRST
from remit.analysis.page import CHOSEN, analysis_page
from remit.report.figures.subgroups import ratio_ticks

OS = {"kind": "time_to_event", "name": "OS", "title": "Overall survival", "parameter": "OS"}
ORR = {"kind": "response", "name": "ORR", "parameter": "BOR", "fisher": True}


def changed(folder, plan, **datasets):
    """Analysis of the toy study with some datasets changed."""
    return analyse(write({**tables(), **datasets}, folder, "parquet"), {**PLAN, **plan})


def table(done, number):
    page = analysis_page(done)
    return next(each for s in page.sections for each in s.tables if each.title.startswith(f"Table {number} "))


def cells(shown, method):
    """Estimate and p-value of the first row of a method."""
    row = next(each for each in shown.rows if str(each["METHOD"]).startswith(method))
    return row["ESTIMATE"], row["P"]


@pytest.fixture(scope="module")
def silent(tmp_path_factory):
    """The experimental arm has no event of OS."""
    found = tables()
    own = (pl.col("TRTP") == EXPERIMENTAL) & (pl.col("PARAMCD") == "OS")
    times = found["ADTTE"].with_columns(
        CNSR=pl.when(own).then(1.0).otherwise("CNSR"),
        EVNTDESC=pl.when(own).then(pl.lit("Data cut-off")).otherwise("EVNTDESC"),
    )
    plan = {"endpoints": [OS | {"milestones": [6], "restricted_mean": 6}], "subgroups": ["SEX"]}
    return changed(tmp_path_factory.mktemp("silent"), plan, ADTTE=times)


def test_a_hazard_ratio_that_ran_off_to_zero_is_not_printed_and_stays_in_the_results(silent):
    shown = table(silent, "14.2.1.2")
    assert cells(shown, "Cox") == ("NE", "NE")
    assert any(
        "no finite maximum of the likelihood; see the log-rank test" in f.lower() for f in shown.footnotes
    )
    assert EMPTY not in shown.footnotes
    ratios = silent.results.filter(PARAMETER="hazard ratio", SUBGROUP="")
    assert ratios["ESTIMATE"].to_list() == [0.0, 0.0]
    assert {row["TEXT"] for row in table(silent, "14.2.1.3").rows} == {"NE"}


def test_a_restricted_mean_without_variance_has_no_limits_and_says_why(silent):
    shown = table(silent, "14.2.1.1")
    row = next(each for each in shown.rows if str(each["LABEL"]).startswith("Restricted mean up to 6 "))
    assert row[f"|{EXPERIMENTAL}"] == "6.00 (NE, NE)"
    assert "NE" not in row[f"|{CONTROL}"]
    note = f"Restricted mean of {EXPERIMENTAL}: no event before the horizon, so the variance"
    assert any(each.startswith(note) for each in shown.footnotes)
    assert any("its limits are too narrow" in each for each in table(silent, "14.2.1.2").footnotes)


def test_a_restricted_mean_beyond_the_follow_up_of_its_arm_is_not_estimable(tmp_path):
    done = changed(tmp_path, {"endpoints": [OS | {"restricted_mean": 60}]})
    assert done.results.filter(PARAMETER="restricted mean")["ESTIMATE"].null_count() == 2
    shown = table(done, "14.2.1.1")
    row = next(each for each in shown.rows if str(each["LABEL"]).startswith("Restricted mean"))
    assert (row[f"|{EXPERIMENTAL}"], row[f"|{CONTROL}"]) == ("NE", "NE")
    assert any("the arm is not followed up to the horizon" in each for each in shown.footnotes)
    assert cells(table(done, "14.2.1.2"), "Restricted mean") == ("NE", "NE")


def test_strata_that_leave_nothing_to_compare_have_their_own_footnote(tmp_path):
    alone = tables()["ADSL"].with_columns(STRAT1R=pl.col("USUBJID"))
    done = changed(tmp_path, {"endpoints": [OS, ORR], "strata": ["STRAT1R"]}, ADSL=alone)
    shown = table(done, "14.2.1.2")
    assert cells(shown, "Log-rank") == ("–", "NE")
    assert cells(shown, "Cox") == ("NE", "NE")
    assert EMPTY in shown.footnotes
    assert not any("maximum" in each for each in shown.footnotes)
    assert EMPTY in table(done, "14.2.2.2").footnotes


def test_nobody_who_responds_is_no_fault_of_the_strata(tmp_path):
    nobody = tables()["ADRS"].with_columns(AVALC=pl.lit("SD"))
    shown = table(changed(tmp_path, {"endpoints": [ORR]}, ADRS=nobody), "14.2.1.2")
    assert cells(shown, "Cochran-Mantel-Haenszel") == ("–", "NE")
    assert cells(shown, "Odds ratio") == ("NE", "NE")
    assert EMPTY not in shown.footnotes


def test_results_over_strata_stand_first_and_only_measures_that_are_there_are_explained(analysis):
    shown = table(analysis, "14.2.2.2")
    strata = [row["STRATA"] != "none" for row in shown.rows]
    assert strata == sorted(strata, reverse=True)
    assert set(strata) == {True, False}
    assert shown.footnotes[0] == FIRST
    assert any(each.startswith("A hazard ratio below 1") for each in shown.footnotes)
    assert {str(row["METHOD"])[0].isupper() for row in shown.rows} == {True}


def test_a_test_alone_has_no_footnote_about_a_ratio(folder):
    done = analyse(folder, {**PLAN, "strata": [], "endpoints": [OS | {"hazard_ratio": False}]})
    notes = table(done, "14.2.1.2").footnotes
    assert not any("favour" in each for each in notes)
    assert FIRST not in notes


def test_titles_carry_endpoint_and_analysis_set_and_rtf_the_study(written, analysis):
    shown = table(analysis, "14.2.5.1")
    assert shown.title == "Table 14.2.5.1 TTP: Time to progression (ITTFL)"
    assert table(analysis, "14.1.1").title.endswith("(ITTFL)")
    rtf = (written / "tables" / f"{shown.id}.rtf").read_text(encoding="ascii")
    assert "Study: TOY-01" in rtf
    assert "Analysis set: ITTFL = Y" in rtf
    findings = (written / "tables" / "table-findings.rtf").read_text(encoding="ascii")
    assert "Table 16.1.9.1 Findings about the tables" in findings


def test_times_that_were_chosen_from_the_data_are_called_so(folder, analysis):
    proposed = analyse(folder)
    notes = [
        each.footnotes for s in analysis_page(proposed).sections for each in s.tables if "OS: " in each.title
    ]
    assert len(notes) == 2
    assert all(CHOSEN in each for each in notes)
    assert not any(CHOSEN in each.footnotes for s in analysis_page(analysis).sections for each in s.tables)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.8, 1.2, [0.5, 1, 2]),
        (0.24, 2.1, [0.125, 0.25, 0.5, 1, 2, 4]),
        (0.01, 99.0, [0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16]),
    ],
)
def test_ticks_of_a_ratio_are_powers_of_two_around_its_limits(low, high, ticks):
    assert ratio_ticks(low, high) == ticks


def test_a_forest_says_whom_each_side_favours_and_which_arm_stands_first(analysis):
    figures = [each for s in analysis_page(analysis).sections for each in s.figures]
    forest = next(str(each.spec) for each in figures if "14.2.2" in each.title and "subgroups" in each.title)
    assert f"\u2190 favours {EXPERIMENTAL}  |  favours {CONTROL} \u2192" in forest
    assert forest.index(f"['{EXPERIMENTAL}', 'events / N']") < forest.index(f"['{CONTROL}', 'events / N']")
    curves = next(str(each.spec) for each in figures if each.title.startswith("Figure 14.2.2.1 "))
    assert "PFS: share without event" in curves
    assert "months since randomisation or start" in curves
