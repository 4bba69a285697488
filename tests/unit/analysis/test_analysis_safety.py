"""Safety tables on ADaM tables of eight subjects, whose counts were made by hand.

Standing: worked by hand, exact; rates to round-off.
"""

import datetime
import json

import polars as pl
import pytest
from tests.unit.analysis.adam_study import write

from remit.analysis.analysing import analyse, analysed
from remit.analysis.page import analysis_page
from remit.analysis.safety_numbers import COLUMNS, NOT_MODELLED
from remit.interop.adam.reading import read_adam
from remit.report.html import table_html
from remit.stats.safety.poisson_limits import poisson_limits

ORIGIN = datetime.date(2024, 1, 1)
CUT = datetime.date(2025, 1, 1)


def date(day):
    """Date of a study day of ADaM, which has no day 0."""
    return None if day is None else ORIGIN + datetime.timedelta(day - 1 if day > 0 else day)


def subject(number, arm, last, death=None, cause=None, **more):
    return {
        "USUBJID": f"S{number}", "TRT01P": arm, "TRT01A": arm, "SAFFL": "Y", "TRTSDT": date(1),
        "TRTEDT": date(last), "DTHDT": date(death), "DTHCAUS": cause, "DCUTDT": CUT,
    } | more  # fmt: skip


ADSL = pl.DataFrame(
    [
        subject(1, "A", 100),
        subject(2, "A", 200, 215, "Adverse event"),
        subject(3, "A", 50, 90, "Disease"),
        subject(4, "A", None),
        subject(5, "B", 100),
        # Randomised to A, took B; and one who never took anything.
        subject(6, "B", 100, TRT01P="A"),
        subject(7, "B", 100),
        subject(8, "B", 100, SAFFL="N"),
    ],
    infer_schema_length=None,
)


def event(number, term, start, grade, *, serious="N", action="DOSE NOT CHANGED", fatal="N", part="Part"):
    return {
        "USUBJID": f"S{number}", "AEDECOD": term, "AEBODSYS": part, "AETOXGR": grade, "AESER": serious,
        "AEACN": action, "AESDTH": fatal, "ASTDT": date(start),
    }  # fmt: skip


BLOOD, INFECTIONS = "Blood and lymphatic system disorders", "Infections and infestations"
ADAE = pl.DataFrame(
    [
        event(1, "Neutropenia", 11, 4.0, action="DRUG INTERRUPTED", part=BLOOD),
        event(1, "Neutropenia", 41, 3.0, action="DOSE REDUCED", part=BLOOD),
        event(1, "Nausea", 131, 1.0),  # 31 days after the last dose
        event(1, "Nausea", -2, 2.0),  # before the first dose
        event(2, "Pneumonia", 205, 5.0, serious="Y", fatal="Y", part=INFECTIONS),
        event(2, "Anaemia", 130, 2.0, part=BLOOD),
        event(3, "Neutropenia", 80, 2.0, part=BLOOD),  # 30 days after the last dose
        event(5, "Sepsis", 21, 3.0, serious="Y", action="DRUG WITHDRAWN", part=INFECTIONS),
        event(6, "Nausea", None, None),  # start and grade not known
        event(8, "Nausea", 5, 3.0),  # not in the safety population
    ]
)


def lab(number, code, day, value, grade, baseline=None, unit="10^9/L", upper=None):
    return {
        "USUBJID": f"S{number}", "PARAMCD": code, "PARAM": f"{code} ({unit})", "AVAL": value,
        "ADT": date(day), "ATOXGR": grade, "ABLFL": baseline, "ANRHI": upper,
    }  # fmt: skip


def chemistry(number, day, baseline=None, **changes):
    """Potassium in mEq/L and the rest in mg/dL, as a laboratory in the United States reports them."""
    usual = {"K": 4.0, "PHOS": 3.0, "URATE": 4.0, "CA": 9.5, "CREAT": 0.9} | changes
    return [
        lab(
            number, code, day, value, 0.0, baseline, "mEq/L" if code == "K" else "mg/dL",
            1.2 if code == "CREAT" else None,
        )
        for code, value in usual.items()
    ]  # fmt: skip


ADLB = pl.DataFrame(
    [
        lab(1, "ANC", -1, 1.2, 2.0),
        lab(1, "ANC", 1, 3.0, 0.0, "Y"),
        lab(1, "ANC", 11, 0.4, 4.0),
        lab(1, "ANC", 41, 0.9, 3.0),
        lab(2, "ANC", 1, 1.6, 1.0, "Y"),
        lab(2, "ANC", 300, 0.3, 4.0),  # after the reporting period
        lab(3, "ANC", 20, 2.5, 0.0),  # no baseline
        lab(5, "ANC", 1, 5.0, 0.0, "Y"),
        lab(5, "ANC", 20, 4.0, 0.0),
        *chemistry(1, 1, "Y"),
        *chemistry(1, 9, K=6.5, PHOS=5.0, CREAT=1.3),
        *chemistry(2, 1, "Y"),
        *chemistry(2, 9, K=6.5),
        *chemistry(2, 11, PHOS=5.0),
        *chemistry(5, 1, "Y"),
        *chemistry(5, 2),
    ],
    infer_schema_length=None,
)


def dose(number, start, stop, amount):
    return {
        "USUBJID": f"S{number}", "EXTRT": "drug", "EXDOSE": amount, "EXDOSU": "mg", "ASTDT": date(start),
        "AENDT": date(stop),
    }  # fmt: skip


ADEX = pl.DataFrame(
    [
        dose(1, 1, 7, 50.0), dose(1, 8, 40, 100.0), dose(1, 41, 50, 0.0), dose(1, 51, 100, 75.0),
        dose(2, 1, 7, 50.0), dose(2, 8, 200, 100.0),
        dose(3, 1, 50, 50.0),
        dose(5, 1, 100, 100.0),
    ]
)  # fmt: skip
ADTTE = pl.DataFrame(
    [
        {
            "USUBJID": f"S{k}",
            "PARAMCD": "OS",
            "PARAM": "Overall survival (Days)",
            "AVAL": 100.0 + k,
            "CNSR": 0.0,
        }
        for k in range(1, 8)
    ]
)
PLAN = {
    "format": 1,
    "treatment": "TRT01P",
    "population": "SAFFL",
    "endpoints": [{"kind": "time_to_event", "name": "OS", "parameter": "OS"}],
}
OBSERVED = {"ADSL": ADSL, "ADAE": ADAE, "ADLB": ADLB, "ADEX": ADEX, "ADTTE": ADTTE}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = write(OBSERVED, tmp_path_factory.mktemp("safety") / "adam", "parquet")
    return analysed(read_adam(folder), PLAN)


def tables_of(analysis):
    return {each.title.split()[1]: each for part in analysis.safety.sections for each in part.tables}


def number(analysis, table, arm, row, measure="subjects", by=""):
    found = analysis.safety.numbers.filter(TABLE=table, ARM=arm, ROW=row, MEASURE=measure, BY=by)
    return found.row(0, named=True)


def value(*place, **options):
    return number(*place, **options)["VALUE"]


def cells(table, label):
    row = next(each for each in table.rows if str(each["LABEL"]).strip() == label)
    return list(row.values())[1:]


def test_columns_are_the_treated_by_the_treatment_taken(study):
    table = tables_of(study)["14.3.1.1"]
    headings = [each.heading for each in table.columns[1:]]
    assert headings[0] == "A\n(N=4)\nn (%)"
    assert headings[3] == "B\n(N=3)\nn (%)"


def test_events_are_treatment_emergent_until_thirty_days_after_the_last_dose(study):
    numbers = {
        "Any adverse event": [3, 2], "Grade 3 or more": [2, 1], "Serious": [1, 1],
        "Leading to a hold of the dose": [1, 0], "Leading to a lower dose": [1, 0],
        "Leading to the end of treatment": [0, 1], "Fatal": [1, 0],
    }  # fmt: skip
    for row, expected in numbers.items():
        assert [value(study, "14.3.1.1", arm, row) for arm in "AB"] == expected
    assert [value(study, "14.3.1.1", arm, "Any adverse event", "events") for arm in "AB"] == [5, 2]
    assert cells(tables_of(study)["14.3.1.1"], "Any adverse event")[:2] == ["3 (75.0)", "5"]


def test_what_is_not_known_is_counted_and_said(study):
    notes = " ".join(tables_of(study)["14.3.1.1"].footnotes)
    assert "without a grade, counted in any grade only: 1" in notes
    assert "without a start, taken for treatment-emergent: 1" in notes


def test_time_at_risk_ends_with_the_first_event_death_or_thirty_days_after_the_last_dose(study):
    # S1: day 11. S2: anaemia on day 130. S3: day 80. S4: on treatment until the cut-off.
    days = 11 + 130 + 80 + (CUT - ORIGIN).days + 1
    found = number(study, "14.3.1.1", "A", "Any adverse event", "incidence per 100 patient-years")
    assert value(study, "14.3.1.1", "A", "Any adverse event", "patient-years at risk") == pytest.approx(
        days / 365.25
    )
    limits = poisson_limits(3, days / 36525)
    assert [found[name] for name in ("VALUE", "LOW", "HIGH")] == pytest.approx(
        [3 / days * 36525, float(limits.low), float(limits.high)]
    )
    # Nobody had a reduction in B: 130 days each.
    held = value(study, "14.3.1.1", "B", "Leading to a lower dose", "patient-years at risk")
    assert held == pytest.approx(3 * 130 / 365.25)
    # S2 died on day 215, before the thirty days were over.
    fatal = value(study, "14.3.1.1", "A", "Fatal", "patient-years at risk")
    assert fatal == pytest.approx((130 + 205 + 80 + 367) / 365.25)


def test_classes_and_terms_stand_in_falling_order_with_both_severities(study):
    table = tables_of(study)["14.3.1.2"]
    labels = [str(row["LABEL"]).strip() for row in table.rows]
    assert labels == [
        "Any adverse event", BLOOD, "Neutropenia", "Anaemia", INFECTIONS, "Pneumonia", "Sepsis", "Part",
        "Nausea",
    ]  # fmt: skip
    assert cells(table, BLOOD) == ["3 (75.0)", "1 (25.0)", "0 (0.0)", "0 (0.0)"]
    assert cells(table, "Neutropenia") == ["2 (50.0)", "1 (25.0)", "0 (0.0)", "0 (0.0)"]
    assert cells(table, "Nausea") == ["0 (0.0)", "0 (0.0)", "1 (33.3)", "0 (0.0)"]


def test_serious_events_stand_alone(study):
    labels = [str(row["LABEL"]).strip() for row in tables_of(study)["14.3.1.3"].rows]
    assert labels == ["Any adverse event", INFECTIONS, "Pneumonia", "Sepsis"]


def test_a_group_of_special_interest_may_be_a_whole_class(study):
    assert [value(study, "14.3.1.4", arm, "Infection") for arm in "AB"] == [1, 1]
    assert value(study, "14.3.1.4", "A", "Neutropenia", "events") == 3
    assert value(study, "14.3.1.4", "A", "Atrial fibrillation") == 0


def test_deaths_are_told_apart_by_the_days_since_the_last_dose(study):
    # S2 died 15 days after the last dose, S3 40 days.
    rows = {
        "Deaths": 2, "Within 30 days of the last dose": 1,
        "Within 30 days of the last dose: Adverse Event": 1, "Within 30 days of the last dose: Disease": 0,
        "More than 30 days after it": 1, "More than 30 days after it: Disease": 1,
        "Fatal adverse event: Pneumonia": 1,
    }  # fmt: skip
    assert {row: value(study, "14.3.2.1", "A", row) for row in rows} == rows


def test_a_shift_table_has_the_worst_grade_and_sums_to_all_subjects(study):
    table = next(each for each in tables_of(study).values() if "ANC" in each.title)
    got = {(row["ARM"], row["BEFORE"]): [row[f"G{k}"] for k in range(6)] + [row["ALL"]] for row in table.rows}
    assert table.title.endswith("too low (SAFFL)")
    assert got["A (N=4)", "0"] == ["0", "0", "0", "0", "1", "0", "1"]
    assert got["A (N=4)", "1"] == ["0", "0", "0", "0", "0", "1", "1"]
    assert got["A (N=4)", "missing"] == ["1", "0", "0", "0", "0", "1", "2"]
    assert got["A (N=4)", "all"][-1] == "4"
    assert got["B (N=3)", "0"] == ["1", "0", "0", "0", "0", "0", "1"]
    assert got["B (N=3)", "all"][-1] == "3"


def test_both_directions_of_a_parameter_have_a_table_of_their_own(tmp_path):
    rows = [
        lab(number, "K", day, level, grade, flag, "mmol/L")
        for number in (1, 2)
        for day, level, grade, flag in (
            (1, 4.0, 0.0, "Y"), (5, 5.6 if number == 1 else 2.9, 2.0 if number == 1 else 3.0, None)
        )
    ]  # fmt: skip
    folder = write(OBSERVED | {"ADLB": pl.DataFrame(rows, infer_schema_length=None)}, tmp_path, "parquet")
    found = analysed(read_adam(folder), PLAN).safety.numbers
    for side, worst in (("too high", "worst 2"), ("too low", "worst 3")):
        own = found.filter(ROW=f"K (mmol/L), {side}: baseline 0", ARM="A")
        counts = dict(own.select("MEASURE", "VALUE").iter_rows())
        assert counts == {f"worst {k}": 0 for k in range(5)} | {"worst missing": 0} | {"worst 0": 1, worst: 1}
    given = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        ATOXGRH=pl.when(pl.col("AVAL") > 3).then("ATOXGR").otherwise(0.0),
        ATOXGRL=pl.when(pl.col("AVAL") < 3).then("ATOXGR").otherwise(0.0),
    )
    other = write(OBSERVED | {"ADLB": given.drop("ATOXGR")}, tmp_path / "sides", "parquet")
    own = analysed(read_adam(other), PLAN).safety.numbers
    is_shift = pl.col("ROW").str.contains("baseline")
    assert own.filter(is_shift).sort(list(COLUMNS)).equals(found.filter(is_shift).sort(list(COLUMNS)))


def test_baseline_may_be_given_by_its_own_variables(tmp_path):
    rows = [
        {
            "USUBJID": "S1",
            "PARAMCD": "ANC",
            "AVAL": 0.4,
            "BASE": 1.6,
            "ATOXGR": 4.0,
            "BTOXGR": 1.0,
            "ADT": date(9),
        },
        {
            "USUBJID": "S5",
            "PARAMCD": "ANC",
            "AVAL": 3.0,
            "BASE": 4.0,
            "ATOXGR": 0.0,
            "BTOXGR": 0.0,
            "ADT": date(9),
        },
    ]
    folder = write(OBSERVED | {"ADLB": pl.DataFrame(rows)}, tmp_path, "parquet")
    found = analysed(read_adam(folder), PLAN).safety.numbers.filter(pl.col("VALUE") > 0)
    own = found.filter(pl.col("ROW").str.starts_with("ANC"))
    assert own.filter(ARM="A", ROW="ANC, too low: baseline 1").select("MEASURE", "VALUE").rows() == [
        ("worst 4", 1)
    ]
    assert own.filter(ARM="B", ROW="ANC, too low: baseline 0").select("MEASURE", "VALUE").rows() == [
        ("worst 0", 1)
    ]


def test_exposure_is_counted_by_drug(study):
    table = tables_of(study)["14.3.5.1"]
    a = lambda label: cells(table, label)[0]  # noqa: E731
    assert a("Subjects dosed, n") == "3"
    assert value(study, "14.3.5.1", "A", "drug: patient-years", "total") == pytest.approx(350 / 365.25)
    # S1: 350 + 3300 + 3750 of 350 + 3300 + 1000 + 5000; the others as planned.
    assert value(study, "14.3.5.1", "A", "drug: intensity", "smallest") == pytest.approx(100 * 7400 / 9650)
    assert (a("RDI at least 90%, n (%)"), a("RDI 75% to below 90%, n (%)")) == ("2 (66.7)", "1 (33.3)")
    assert (a("With a hold, n (%)"), a("Holds"), a("With a reduction, n (%)")) == (
        "1 (33.3)",
        "1",
        "1 (33.3)",
    )
    assert a("Days held, of those: median (min, max)") == "10.0 (10.0, 10.0)"
    assert cells(table, "Days held, of those: median (min, max)")[1] == "– (–, –)"


def test_lysis_is_told_by_both_definitions_and_dose(study):
    cairo, howard = "Cairo and Bishop 2004", "Howard 2011"
    at = lambda dose, name, kind="Laboratory": value(study, "14.3.4.2", "A", f"{dose}: {kind}, {name}")  # noqa: E731
    # S1 has two criteria in one sample of the second dose; S2 two days apart.
    assert (at("Any dose", cairo), at("Any dose", howard)) == (2, 1)
    assert (at("100 mg", cairo), at("100 mg", howard), at("50 mg", cairo)) == (2, 1, 0)
    # Creatinine rose by 0.4 mg/dL, to less than 1.5 times its upper limit.
    assert (at("Any dose", cairo, "Clinical"), at("Any dose", howard, "Clinical")) == (0, 1)
    assert value(study, "14.3.4.2", "A", "100 mg: at this dose", "at this dose") == 2


def test_an_unknown_unit_stops_lysis_and_says_so(tmp_path):
    strange = ADLB.with_columns(pl.col("PARAM").str.replace("mg/dL", "grain"))
    folder = write(OBSERVED | {"ADLB": strange}, tmp_path, "parquet")
    done = analysed(read_adam(folder), PLAN)
    (section,) = [each for each in done.safety.sections if each.id == "laboratory"]
    assert any("units that are not known: CA in 'grain'" in each for each in section.paragraphs)


def simulated():
    """The events of S1 to S3 under the keys of remit's own tables, under two arms, without days of dates."""
    arms = []
    for arm in ("mono", "combination"):
        adsl = pl.DataFrame(
            {
                "ARM": arm, "SCENARIO": "plain", "DRAW": 0, "USUBJID": ["V1", "V2"], "TRTEDY": [100.0, 50.0],
                "DTHDY": [None, 60.5], "DTHCAUS": [None, "adverse event"], "FUEDY": [300.0, 60.5],
                "STATUS": "OK",
            }
        )  # fmt: skip
        adae = pl.DataFrame(
            {
                "ARM": arm, "SCENARIO": "plain", "DRAW": 0, "USUBJID": ["V1", "V2"],
                "AEDECOD": ["Neutropenia", "Infection" if arm == "mono" else "Atrial fibrillation"],
                "AETOXGR": [4, 3], "ASTDY": [10.25, 20.0], "AESER": [False, True],
            }
        )  # fmt: skip
        arms.append({"ADSL": adsl, "ADAE": adae})
    return {name: pl.concat([each[name] for each in arms]) for name in ("ADSL", "ADAE")}


def run_folder(path, facts):
    folder = path / "run"
    write(
        simulated()
        | {
            "ADTTE": simulated()["ADSL"]
            .select("ARM", "SCENARIO", "DRAW", "USUBJID")
            .with_columns(PARAMCD=pl.lit("OS"), AVAL=pl.lit(100.0), CNSR=pl.lit(0))
        },
        folder / "tables",
        "parquet",
    )
    (folder / "manifest.json").write_text("{}")
    (folder / "tables" / "facts.json").write_text(json.dumps(facts))
    return folder


FACTS = {
    "not_modelled": ["Pneumonia", "Bleeding", "Infection, grade 3 or more"],
    "not_modelled_by_arm": {"mono": ["Atrial fibrillation"], "combination": []},
}


def test_what_is_not_modelled_is_printed_so_and_never_zero(tmp_path):
    done = analysed(read_adam(run_folder(tmp_path, FACTS)))
    table = tables_of(done)["14.3.1.2"]
    # Two columns, any grade and grade 3 or more, for each of combination and mono.
    assert cells(table, "Bleeding") == [NOT_MODELLED] * 4
    assert cells(table, "Pneumonia") == [NOT_MODELLED] * 4
    assert cells(table, "Atrial fibrillation") == ["1 (50.0)", "1 (50.0)", NOT_MODELLED, NOT_MODELLED]
    assert cells(table, "Neutropenia") == ["1 (50.0)"] * 4
    interest = tables_of(done)["14.3.1.4"]
    assert cells(interest, "Bleeding") == [NOT_MODELLED] * 8
    assert cells(interest, "Febrile neutropenia")[0] == "0 (0.0)"
    assert any("without Pneumonia" in each for each in interest.footnotes)
    assert NOT_MODELLED in table_html(table)
    unknown = done.safety.numbers.filter(NOTE=NOT_MODELLED)
    assert unknown.height and unknown["VALUE"].null_count() == unknown.height


def test_a_serious_event_that_did_not_happen_is_zero_where_its_class_is_modelled(tmp_path):
    facts = {"not_modelled": ["Febrile neutropenia"]}
    table = tables_of(analysed(read_adam(run_folder(tmp_path, facts))))["14.3.1.3"]
    assert cells(table, BLOOD) == ["0 (0.0)"] * 4
    assert cells(table, "Febrile neutropenia") == [NOT_MODELLED] * 4


def test_a_severity_that_is_not_modelled_has_no_count_of_grade_three(tmp_path):
    facts = {"not_modelled": ["Bleeding, grade 3 or more", "Infection, grade 3 or more"]}
    done = analysed(read_adam(run_folder(tmp_path, facts)))
    assert any("Severity not modelled" in note for note in tables_of(done)["14.3.1.2"].footnotes)
    interest = tables_of(done)["14.3.1.4"]
    assert cells(interest, "Bleeding")[:2] == ["0 (0.0)", NOT_MODELLED]


def test_a_plan_may_say_what_is_not_modelled(tmp_path):
    plan = PLAN | {"treatment": "ARM", "population": "", "by": ["SCENARIO"], "not_modelled": ["Nausea"]}
    done = analysed(read_adam(run_folder(tmp_path, {})), plan)
    assert cells(tables_of(done)["14.3.1.2"], "Nausea") == [NOT_MODELLED] * 4


def test_fractional_days_count_as_they_are(tmp_path):
    done = analysed(read_adam(run_folder(tmp_path, FACTS)))
    found = value(done, "14.3.1.1", "mono", "Any adverse event", "patient-years at risk", by="plain")
    assert found == pytest.approx((10.25 + 20.0) / 365.25)
    fatal = value(done, "14.3.1.1", "mono", "Fatal", "patient-years at risk", by="plain")
    assert fatal == pytest.approx((130.0 + 60.5) / 365.25)
    assert cells(tables_of(done)["14.3.1.1"], "Leading to a lower dose")[0] == "not recorded"


def test_the_page_and_the_files_hold_the_same_numbers(tmp_path, study):
    folder = write(OBSERVED, tmp_path / "adam", "parquet")
    done = analyse(folder, PLAN, out=tmp_path / "out")
    saved = pl.read_parquet(tmp_path / "out" / "safety.parquet")
    assert saved.equals(study.safety.numbers)
    assert saved.columns == list(COLUMNS)
    document = json.loads((tmp_path / "out" / "analysis.json").read_text())
    assert len(document["safety"]) == saved.height
    titles = [each.title for part in analysis_page(done).sections for each in part.tables]
    assert len(set(titles)) == len(titles)
    text = (tmp_path / "out" / "analysis.html").read_text()
    assert "14.3.1 Adverse events" in text and "14.3.5 Exposure" in text


def test_without_the_datasets_nothing_is_said_of_safety(tmp_path):
    folder = write({"ADSL": ADSL, "ADTTE": ADTTE}, tmp_path, "parquet")
    done = analyse(folder, PLAN, out=tmp_path / "out")
    assert done.safety.sections == ()
    assert not (tmp_path / "out" / "safety.parquet").exists()
