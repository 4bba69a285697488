"""Rules about ADaM tables: each has a directory that breaks it; the tables of the toy study break none."""

import datetime

import polars as pl
import pytest
from tests.unit.analysis.adam_study import PLAN, own_tables, tables, write

from remit.analysis.analysing import analyse, analysed
from remit.analysis.display_subjects import demographics_table
from remit.analysis.plan_file import expected_of
from remit.analysis.plan_reading import plan_of
from remit.errors import InputError
from remit.interop.adam import safety_checks
from remit.interop.adam.checks import CHECKS, check
from remit.interop.adam.reading import read_adam

ADSL, ADTTE, ADRS = "ADSL", "ADTTE", "ADRS"
FIRST = pl.int_range(pl.len()) == 0


def first_of(code):
    """The first record of a parameter."""
    return pl.int_range(pl.len()) == pl.arg_where(pl.col("PARAMCD") == code).first()


def put(dataset, variable, value, where=FIRST):
    """Tables with another value in the rows of a condition."""

    def broken(found):
        new = pl.when(where).then(pl.lit(value)).otherwise(pl.col(variable)).alias(variable)
        return found | {dataset: found[dataset].with_columns(new)}

    return broken


def without(dataset, *variables):
    return lambda found: found | {dataset: found[dataset].drop(*variables)}


def rows(dataset, change):
    return lambda found: found | {dataset: change(found[dataset])}


def text(dataset, variable, value):
    """Tables in which one value of a number is text."""
    as_text = lambda found: found | {dataset: found[dataset].with_columns(pl.col(variable).cast(pl.String))}  # noqa: E731
    return lambda found: put(dataset, variable, value)(as_text(found))


EARLY = datetime.date(2020, 1, 1)
LATE = datetime.date(2030, 1, 1)
BREAKS = {
    "no ADRS": (
        lambda found: {k: v for k, v in found.items() if k != ADRS},
        "datasets_are_there",
        "ADRS",
        "",
    ),
    "ADTTE without rows": (rows(ADTTE, lambda f: f[:0]), "datasets_have_rows", "ADTTE", ""),
    "a blank parameter": (put(ADTTE, "PARAMCD", None), "parameters_are_named", "ADTTE", "PARAMCD"),
    "months that are called days": (
        rows(ADTTE, lambda f: f.with_columns((pl.col("AVAL") / 30.4375).round(2))),
        "units_agree_with_dates",
        "ADTTE",
        "AVAL",
    ),
    "days that are called months": (
        rows(
            ADTTE,
            lambda f: f.with_columns(
                AVALU=pl.lit("MONTHS"), PARAM=pl.col("PARAM").str.replace(r" \(Days\)", "")
            ),
        ),
        "units_agree_with_dates",
        "ADTTE",
        "AVAL",
    ),
    "another arm in a second variable of treatment": (
        rows(ADTTE, lambda f: f.with_columns(TRT01P=pl.col("TRTP").replace({"Drug A": "Placebo"}))),
        "treatment_is_one",
        "ADTTE",
        "TRT01P",
    ),
    "no CNSR": (without(ADTTE, "CNSR"), "variables_are_there", "ADTTE", "CNSR"),
    "no AVAL": (without(ADTTE, "AVAL"), "variables_are_there", "ADTTE", "AVAL"),
    "no AVALC": (without(ADRS, "AVALC"), "variables_are_there", "ADRS", "AVALC"),
    "no USUBJID": (without(ADTTE, "USUBJID"), "variables_are_there", "ADTTE", "USUBJID"),
    "no flag of the population": (without(ADSL, "ITTFL"), "variables_are_there", "ADSL", "ITTFL"),
    "no treatment": (without(ADSL, "TRT01P"), "variables_are_there", "ADSL", "TRT01P"),
    "no stratum": (without(ADSL, "STRAT2R"), "variables_are_there", "ADSL", "STRAT2R"),
    "a time that is text": (text(ADTTE, "AVAL", "12 days"), "values_have_their_type", "ADTTE", "AVAL"),
    "half an event": (put(ADTTE, "CNSR", 0.5), "values_have_their_type", "ADTTE", "CNSR"),
    "no record of PFS": (
        rows(ADTTE, lambda f: f.filter(pl.col("PARAMCD") != "PFS")),
        "parameters_are_there",
        "ADTTE",
        "PARAMCD",
    ),
    "no record by where": (
        put(ADTTE, "ANL01FL", "N", pl.col("PARAMCD") == "PFS"),
        "parameters_are_there",
        "ADTTE",
        "ANL01FL",
    ),
    "a flag of 1": (put(ADSL, "ITTFL", "1"), "flags_are_yes_or_no", "ADSL", "ITTFL"),
    "a flag in lower case": (put(ADTTE, "ANL01FL", "y"), "flags_are_yes_or_no", "ADTTE", "ANL01FL"),
    "a subject twice": (rows(ADSL, lambda f: pl.concat([f, f[:1]])), "keys_are_unique", "ADSL", "USUBJID"),
    "a record twice": (rows(ADTTE, lambda f: pl.concat([f, f[:1]])), "keys_are_unique", "ADTTE", "USUBJID"),
    "two responses": (rows(ADRS, lambda f: pl.concat([f, f[:1]])), "keys_are_unique", "ADRS", "USUBJID"),
    "nobody": (put(ADSL, "ITTFL", "N", pl.lit(value=True)), "population_is_not_empty", "ADSL", "ITTFL"),
    "a stranger": (put(ADTTE, "USUBJID", "TOY-01-777"), "subjects_are_known", "ADTTE", "USUBJID"),
    "a subject without a time": (rows(ADTTE, lambda f: f[1:]), "subjects_have_records", "ADTTE", "USUBJID"),
    "no arm": (put(ADSL, "TRT01P", None), "treatment_is_known", "ADSL", "TRT01P"),
    "an arm by another name": (
        put(ADSL, "TRT01P", "Drug X", pl.col("TRT01P") == "Drug A"),
        "treatment_is_known",
        "ADSL",
        "TRT01P",
    ),
    "two arms of one subject": (put(ADTTE, "TRTP", "Placebo"), "treatment_is_one", "ADTTE", "TRTP"),
    "no level of a stratum": (put(ADSL, "STRAT1R", None), "strata_are_complete", "ADSL", "STRAT1R"),
    "a time that is missing": (put(ADTTE, "AVAL", None), "times_are_not_missing", "ADTTE", "AVAL"),
    "a negative time": (put(ADTTE, "AVAL", -1.0), "times_are_not_negative", "ADTTE", "AVAL"),
    "a negative code": (put(ADTTE, "CNSR", -1.0), "censoring_is_coded", "ADTTE", "CNSR"),
    "no code": (put(ADTTE, "CNSR", None), "censoring_is_coded", "ADTTE", "CNSR"),
    "two units": (put(ADTTE, "AVALU", "MONTHS", first_of("OS")), "units_are_one", "ADTTE", "AVALU"),
    "a title of another unit": (
        put(ADTTE, "PARAM", "Overall Survival (Months)", pl.col("PARAMCD") == "OS"),
        "units_are_one",
        "ADTTE",
        "AVALU",
    ),
    "a unit that is none": (put(ADTTE, "AVALU", "CYCLES"), "units_are_one", "ADTTE", "AVALU"),
    "an end before the start": (put(ADTTE, "ADT", EARLY), "dates_are_in_order", "ADTTE", "ADT"),
    "a date after the cut-off": (put(ADTTE, "ADT", LATE), "dates_precede_the_cut_off", "ADTTE", "ADT"),
    "bounds without the time": (
        put(ADTTE, "AINTHI", 1.0, first_of("PFS")),
        "bounds_hold_the_time",
        "ADTTE",
        "AINTHI",
    ),
    "a duration of no responder": (
        put(ADRS, "AVALC", "SD", pl.lit(value=True)),
        "duration_needs_a_response",
        "ADTTE",
        "USUBJID",
    ),
    "progression after death": (
        put(ADTTE, "AVAL", 1.0, pl.col("PARAMCD") == "OS"),
        "progression_is_not_after_death",
        "ADTTE",
        "AVAL",
    ),
    "a response that is no word": (put(ADRS, "AVALC", "GOOD"), "responses_are_known", "ADRS", "AVALC"),
}
WARNINGS = {
    "a date that disagrees with the time": (
        put(ADTTE, "AVAL", 3000.0, first_of("OS")),
        "times_agree_with_dates",
        "ADTTE",
        "AVAL",
    ),
    "a subject without a response": (rows(ADRS, lambda f: f[2:]), "subjects_have_records", "ADRS", "USUBJID"),
    "a third arm": (
        lambda found: put(ADSL, "TRT01P", "Drug B", pl.int_range(pl.len()) < 4)(
            {name: frame.drop("TRTP", strict=False) for name, frame in found.items()}
        ),
        "treatment_is_known",
        "ADSL",
        "TRT01P",
    ),
    "a parameter in lower case": (
        rows(ADTTE, lambda f: pl.concat([f, f[:1].with_columns(PARAMCD=pl.lit("os"))])),
        "parameters_are_named",
        "ADTTE",
        "PARAMCD",
    ),
    "another treatment than was planned": (
        put(ADSL, "TRT01A", "Placebo"),
        "treatment_is_as_planned",
        "ADSL",
        "TRT01A",
    ),
    "times without unit and dates": (
        lambda found: rows(ADTTE, lambda f: f.with_columns(PARAM=pl.col("PARAMCD")))(
            without(ADTTE, "AVALU", "STARTDT", "ADT")(found)
        ),
        "units_are_said",
        "ADTTE",
        "AVAL",
    ),
    "nobody with an event": (
        put(ADTTE, "CNSR", 1.0, pl.col("PARAMCD") == "OS"),
        "events_occur",
        "ADTTE",
        "CNSR",
    ),
    "a death that is censored": (
        put(ADTTE, "CNSR", 1.0, (pl.col("EVNTDESC") == "Death") & (pl.col("PARAMCD") == "OS")),
        "events_agree_with_their_words",
        "ADTTE",
        "CNSR",
    ),
    "an event of the alive": (
        put(ADTTE, "CNSR", 0.0, (pl.col("EVNTDESC") == "Data cut-off") & (pl.col("PARAMCD") == "OS")),
        "events_agree_with_their_words",
        "ADTTE",
        "CNSR",
    ),
    "a stratum with one arm": (
        put(ADSL, "STRAT1R", "alone"),
        "strata_compare_arms",
        "ADSL",
        "STRAT1R / STRAT2R",
    ),
    "two studies": (put(ADRS, "STUDYID", "TOY-02"), "study_is_one", "ADSL, ADTTE, ADRS", "STUDYID"),
    "a flag that nothing rests on": (put(ADSL, "SAFFL", "yes"), "flags_are_yes_or_no", "ADSL", "SAFFL"),
    "a negative time of what is not analysed": (
        rows(ADTTE, lambda f: pl.concat([f, f[:1].with_columns(PARAMCD=pl.lit("TTNT"), AVAL=pl.lit(-4.0))])),
        "times_are_not_negative",
        "ADTTE",
        "AVAL",
    ),
    "a partial date": (text(ADTTE, "ADT", "2024-05"), "values_have_their_type", "ADTTE", "ADT"),
}


@pytest.fixture
def findings(tmp_path):
    """What the rules find in the toy study after a change."""

    def found(change, **keys):
        read = read_adam(write(change(tables()), tmp_path / "adam", "parquet"))
        return check(read, expected_of(plan_of({**PLAN, **keys})))

    return found


def test_the_toy_study_breaks_no_rule(findings):
    assert findings(lambda found: found) == ()


@pytest.mark.parametrize("name", BREAKS)
def test_an_error_names_dataset_variable_rule_and_rows(findings, name):
    change, rule, dataset, variable = BREAKS[name]
    found = [each for each in findings(change) if each.rule == rule]
    assert (dataset, variable, "error") in {(each.dataset, each.variable, each.severity) for each in found}
    for each in found:
        assert all((each.found, each.needed, each.remedy))
        assert len(each.rows) == min(each.n_rows, 10)


@pytest.mark.parametrize("name", WARNINGS)
def test_what_stops_nothing_is_a_warning(findings, name):
    change, rule, dataset, variable = WARNINGS[name]
    every = findings(change)
    assert all(each.severity == "warning" for each in every)
    assert (dataset, variable) in {(each.dataset, each.variable) for each in every if each.rule == rule}


def test_every_rule_is_broken_by_something_here():
    broken = {rule for _, rule, *_ in (*BREAKS.values(), *WARNINGS.values())}
    elsewhere = {
        "arms_have_their_own_subjects",
        "grades_are_known",
        "competing_events_occur",
        "subgroups_have_few_levels",
        *(each.__name__ for each in safety_checks.CHECKS),
    }
    assert {each.__name__ for each in CHECKS} == broken | elsewhere


def test_rows_are_counted_from_one_in_the_file(findings):
    third = pl.int_range(pl.len()) == 2
    (found,) = findings(put(ADTTE, "AVAL", -3.0, third))[:1]
    assert found.rows == (3,)
    assert found.found == "'-3.0'"
    assert found.parameter == tables()[ADTTE]["PARAMCD"][2]


def same(found):
    return found


def competing(*events):
    endpoint = {"kind": "time_to_event", "name": "TTP", "parameter": "PFS", "milestones": [6]}
    return [*PLAN["endpoints"], {**endpoint, "competing": list(events)}]


def test_a_competing_event_that_does_not_occur_is_an_error_with_the_nearest(findings):
    (found,) = findings(same, endpoints=competing("Deth"))
    assert (found.rule, found.severity, found.remedy) == (
        "competing_events_occur",
        "error",
        "did you mean 'Death'?",
    )
    assert findings(same, endpoints=competing("death")) == ()
    assert [each.variable for each in findings(same, endpoints=competing(2))] == ["CNSR"]


def test_a_competing_event_by_code_is_no_censoring_that_is_called_death(findings):
    deaths = put(ADTTE, "CNSR", 2.0, (pl.col("EVNTDESC") == "Death") & (pl.col("PARAMCD") == "PFS"))
    endpoints = [each for each in competing(2) if each["name"] != "PFS"]
    assert findings(deaths, endpoints=endpoints) == ()


@pytest.mark.parametrize(
    "text", ["Death after two missed visits", "Last visit before progression", "No death"]
)
def test_words_that_are_denied_name_no_event(findings, text):
    change = put(ADTTE, "EVNTDESC", text, pl.col("CNSR") > 0)
    assert findings(change) == ()


def test_a_quantity_is_no_subgroup(findings):
    (found,) = findings(same, subgroups=["AGE", "SEX"])
    n_levels = tables()[ADSL].filter(pl.col("ITTFL") == "Y")["AGE"].n_unique()
    assert (found.rule, found.found) == ("subgroups_have_few_levels", f"AGE has {n_levels} levels")
    grouped = rows(ADSL, lambda f: f.with_columns(AGEGR1=pl.lit("any")))
    assert [each.remedy for each in findings(grouped, subgroups=["AGE"])] == ["use AGEGR1"]


def test_age_of_few_levels_as_a_subgroup_is_analysed(tmp_path):
    old = rows(ADSL, lambda f: f.with_columns(AGE=10.0 * (f["AGE"] // 20)))
    read = read_adam(write(old(tables()), tmp_path / "adam", "parquet"))
    done = analysed(read, {**PLAN, "subgroups": ["AGE"]})
    assert done.stopped == {}
    table = demographics_table(read, done.plan, "14.1.2", "observed")
    assert table is not None
    assert [row["LABEL"] for row in table.rows].count("Age, years") == 1


def test_a_unit_that_the_dates_deny_is_said_once_with_both_units(findings):
    months = rows(ADTTE, lambda f: f.with_columns((pl.col("AVAL") / 30.4375).round(2)))
    found = [each for each in findings(months) if "AVAL" in each.variable]
    assert {each.parameter for each in found} == {"PFS", "OS", "DOR"}
    assert {each.rule for each in found} == {"units_agree_with_dates"}
    assert all("AVAL looks like months" in each.found and "days" in each.needed for each in found)


def test_short_times_without_a_unit_are_doubted_unless_the_plan_says_the_unit(findings):
    bare = without(ADTTE, "AVALU", "PARAM", "STARTDT", "ADT")
    months = lambda found: rows(ADTTE, lambda f: f.with_columns(pl.col("AVAL") / 30.4375))(bare(found))  # noqa: E731
    endpoints = [each for each in PLAN["endpoints"] if each["name"] in ("ORR", "OS")]
    (long,), (short,) = findings(bare, endpoints=endpoints), findings(months, endpoints=endpoints)
    assert (long.rule, short.rule) == ("units_are_said", "units_are_said")
    assert "are these months?" not in long.found
    assert "are these months?" in short.found
    assert findings(months, endpoints=endpoints, unit_in_file="month") == ()


def test_codes_of_one_and_two_are_asked_about(findings):
    shifted = rows(ADTTE, lambda f: f.with_columns(pl.col("CNSR") + 1))
    found = [each for each in findings(shifted) if each.rule == "events_occur"]
    assert {each.parameter for each in found} == {"PFS", "OS", "DOR"}
    assert all("is CNSR coded 1 and 2?" in each.found for each in found)


def test_a_date_that_cannot_be_read_says_what_was_not_checked_and_is_an_error_under_a_cut_off(findings):
    partial = text(ADTTE, "ADT", "2024-05")
    (plain,) = findings(partial)
    assert plain.severity == "warning"
    assert "so order, cut-off and AVAL were not checked" in plain.remedy
    (cut,) = findings(partial, cut_off="2025-09-30")
    assert (cut.severity, cut.variable) == ("error", "ADT")


@pytest.mark.parametrize(("variable", "value"), [("AVAL", "12 days"), ("CNSR", "N")])
def test_a_value_that_is_no_number_is_not_said_to_be_blank_too(findings, variable, value):
    found = [each for each in findings(text(ADTTE, variable, value)) if each.variable == variable]
    assert [each.rule for each in found] == ["values_have_their_type"]


def test_a_row_that_stands_there_twice_says_whether_it_is_identical(findings):
    twice = lambda change: rows(ADTTE, lambda f: pl.concat([f, change(f[:1])]))  # noqa: E731
    (identical,) = findings(twice(lambda f: f))
    assert "the rows are identical" in identical.found
    other = findings(twice(lambda f: f.with_columns(pl.col("AVAL") + 0.25)))
    assert any("the rows differ in AVAL" in each.found for each in other if each.rule == "keys_are_unique")


def test_what_is_equal_but_for_case_is_said_so(findings):
    lower = rows(ADTTE, lambda f: f.with_columns(pl.col("TRTP").str.to_uppercase()))
    assert {each.remedy for each in findings(lower)} == {"equal but for case: write it as ADSL does"}
    code = rows(ADTTE, lambda f: f.with_columns(pl.col("PARAMCD").replace("OS", "Os")))
    assert "did you mean 'Os'? It is equal but for case" in {each.remedy for each in findings(code)}


def test_yes_is_to_be_written_as_y(findings):
    yes = findings(put(ADSL, "ITTFL", "yes"))
    assert [each.remedy for each in yes if each.rule == "flags_are_yes_or_no"] == ["write Y for yes"]


def test_treatments_that_differ_from_the_plan_are_counted(findings):
    (found,) = findings(put(ADSL, "TRT01A", "Placebo"))
    assert found.found.startswith("1 of 60 subjects")


def test_no_finding_hides_another(findings):
    def broken(found):
        for change in (
            put(ADTTE, "AVAL", -1.0),
            put(ADRS, "AVALC", "GOOD"),
            put(ADSL, "ITTFL", "1"),
            without(ADTTE, "AVALU"),
        ):
            found = change(found)
        return found

    assert {"times_are_not_negative", "responses_are_known", "flags_are_yes_or_no"} <= {
        each.rule for each in findings(broken)
    }


def test_grades_of_adverse_events_are_1_to_5(findings):
    events = pl.DataFrame(
        {"USUBJID": ["TOY-01-000"], "AEDECOD": ["Nausea"], "AETOXGR": [6.0], "ASTDY": [3.0]}
    )
    assert [each.rule for each in findings(lambda found: found | {"ADAE": events})] == ["grades_are_known"]


def test_an_error_stops_the_endpoints_that_it_concerns_and_no_other(tmp_path):
    change = put(ADTTE, "CNSR", -1.0, first_of("PFS"))
    done = analyse(write(change(tables()), tmp_path / "adam", "parquet"), PLAN)
    assert set(done.stopped) == {"PFS"}
    assert done.results["ENDPOINT"].unique().sort().to_list() == ["DOR", "ORR", "OS"]


def test_an_error_in_a_response_stops_the_duration_that_rests_on_it(tmp_path):
    done = analyse(write(put(ADRS, "AVALC", "GOOD")(tables()), tmp_path / "adam", "parquet"), PLAN)
    assert set(done.stopped) == {"ORR", "DOR"}


def test_an_error_in_the_subjects_stops_everything_and_nothing_is_written(tmp_path):
    folder = write(put(ADSL, "TRT01P", None)(tables()), tmp_path / "adam", "parquet")
    with pytest.raises(InputError, match="treatment_is_known"):
        analyse(folder, PLAN, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_subjects_without_a_time_are_left_out_where_the_plan_says_so(tmp_path):
    endpoints = [
        {**each, "without_record": "leave_out"} if each["name"] == "OS" else each
        for each in PLAN["endpoints"]
    ]
    folder = write(rows(ADTTE, lambda f: f[1:])(tables()), tmp_path / "adam", "parquet")
    done = analyse(folder, {**PLAN, "endpoints": endpoints})
    medians = done.results.filter((pl.col("ENDPOINT") == "OS") & (pl.col("PARAMETER") == "median"))
    assert done.stopped == {}
    assert medians["N"].to_list() == [29, 30]
    assert [each.rule for each in done.warnings] == ["subjects_have_records"]


def test_patients_of_a_run_who_stand_in_both_arms_are_not_compared(tmp_path):
    plan = {**PLAN, "population": "", "treatment": "ARM", "by": ["SCENARIO"], "strata": []}
    read = read_adam(write(own_tables(), tmp_path / "adam", "parquet"))
    done = analysed(read, plan)
    assert {each.rule for each in done.errors} == {"arms_have_their_own_subjects"}
    described = analysed(read, {**plan, "experimental": "", "reference": ""})
    assert described.stopped == {}
    assert described.kind == "simulated"
