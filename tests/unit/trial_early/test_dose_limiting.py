"""Dose-limiting toxicity by each rule, from tables of a few patients."""

from dataclasses import replace

import polars as pl
import pytest

from remit.errors import InputError
from remit.results import ADAE, ADEX, ADLB, ADSL
from remit.trial.dose_limiting import dose_limiting, planned
from remit.trial.lysis_syndrome import CLINICAL_EVENT, LABORATORY_EVENT

KEY = {"ARM": "100 mg", "SCENARIO": "s", "DRAW": 0, "USUBJID": "p"}
RULES = planned("drug", 28.0)


def table(declared, rows):
    return declared.tidy(pl.DataFrame([KEY | row for row in rows], schema=declared.schema()))


def course(subject=None, events=(), labs=(), doses=None):
    """Tables of one patient who takes the drug for 100 days, unless said otherwise."""
    adsl = {"STATUS": "OK", "TRTEDY": 100.0, "FUEDY": 100.0} | (subject or {})
    taken = [(0.0, 100.0, 1.0, "target")] if doses is None else doses
    return {
        "adsl": table(ADSL, [adsl]),
        "adae": table(ADAE, [{"AEORIGIN": "biology", "AETOXGR": 3} | event for event in events]),
        "adlb": table(ADLB, [{"PARAMCD": code, "ADY": day, "ATOXGR": grade} for code, day, grade in labs]),
        "adex": table(
            ADEX,
            [
                {"EXTRT": "drug", "ASTDY": start, "AENDY": stop, "EXDOSE": dose, "EXREAS": why}
                for start, stop, dose, why in taken
            ],
        ),
    }


def result(tables, rules=RULES, not_modelled=()):
    return dose_limiting(tables, rules, not_modelled).patients.row(0, named=True)


def counts(code, *samples):
    return [(code, day, grade) for day, grade in samples]


def test_a_patient_without_toxicity_is_evaluable_at_the_end_of_the_window():
    row = result(course())
    assert (row["DLT"], row["EVALUABLE"], row["KNOWNDY"], row["WINEND"]) == (False, True, 28, 28)
    assert row["TAKEN"] == 1
    assert row["DLTRULE"] is None


@pytest.mark.parametrize(
    ("samples", "day"),
    [
        (((-1, 0), (7, 4), (14, 2)), None),
        (((-1, 0), (7, 4), (14, 4), (21, 2)), 14),
        (((-1, 0), (7, 4), (15, 2)), 14),
        (((-1, 4), (7, 4), (21, 4)), None),
        (((-1, 0), (30, 4), (60, 4)), None),
        (((-1, 0), (27, 4)), None),
        (((-1, 0), (20, 4)), 27),
    ],
    ids=[
        "seven days",
        "fourteen",
        "eight",
        "at baseline",
        "after the window",
        "day 27, open",
        "day 20, open",
    ],
)
def test_grade_4_neutropenia_counts_if_it_lasts_more_than_seven_days(samples, day):
    row = result(course(labs=counts("ANC", *samples)))
    assert row["DLT"] is (day is not None)
    assert row["DLTDY"] == day
    assert row["EVALUABLE"]
    if day is not None:
        assert (row["DLTRULE"], row["KNOWNDY"]) == ("grade 4 neutropenia", day)


def test_grade_4_thrombocytopenia_counts_at_once_and_grade_3_only_with_bleeding():
    low = counts("PLAT", (-1, 0), (7, 3), (21, 1))
    bleeds = {"AEDECOD": "Bleeding", "ASTDY": 10.0, "AETOXGR": 2, "AEORIGIN": "background"}
    assert result(course(labs=counts("PLAT", (-1, 0), (7, 4), (9, 1))))["DLTDY"] == 7
    assert not result(course(labs=low))["DLT"]
    row = result(course(labs=low, events=[bleeds]))
    assert (row["DLTDY"], row["DLTRULE"]) == (10, "bleeding with grade 3 thrombocytopenia")
    assert not result(course(labs=low, events=[bleeds | {"ASTDY": 22.0}]))["DLT"]


def test_tumour_lysis_counts_if_clinical_and_if_declared_by_the_laboratory():
    clinical, laboratory = ({"AEDECOD": name, "ASTDY": 2.0} for name in (CLINICAL_EVENT, LABORATORY_EVENT))
    assert result(course(events=[clinical]))["DLTRULE"] == "tumour lysis"
    assert not result(course(events=[laboratory]))["DLT"]
    assert result(course(events=[laboratory]), replace(RULES, laboratory_lysis=True))["DLT"]


def test_other_severe_events_count_unless_they_are_named_as_not_limiting():
    severe = {"AEDECOD": "Nausea", "ASTDY": 5.0, "AEORIGIN": "background"}
    assert result(course(events=[severe]))["DLTRULE"] == "non-haematological, grade 3 or more"
    assert not result(course(events=[severe | {"AETOXGR": 2}]))["DLT"]
    assert not result(course(events=[severe]), replace(RULES, not_limiting=("Nausea",)))["DLT"]
    # A low count without days of its own is no event of this rule.
    assert not result(course(events=[{"AEDECOD": "Neutropenia", "ASTDY": 5.0, "AETOXGR": 4}]))["DLT"]


def test_febrile_neutropenia_counts_and_the_first_of_several_toxicities_is_named():
    events = [
        {"AEDECOD": "Febrile neutropenia", "ASTDY": 12.0},
        {"AEDECOD": CLINICAL_EVENT, "ASTDY": 2.0},
    ]
    assert result(course(events=events[:1]))["DLTRULE"] == "febrile neutropenia"
    assert (result(course(events=events))["DLTDY"], result(course(events=events))["DLTRULE"]) == (
        2,
        "tumour lysis",
    )


def test_death_counts_unless_of_the_disease_and_who_died_of_it_is_replaced():
    died = {"DTHDY": 20.0, "FUEDY": 20.0, "TRTEDY": 20.0}
    row = result(course(died | {"DTHCAUS": "other"}))
    assert (row["DLTRULE"], row["DLTDY"], row["EVALUABLE"]) == ("death", 20, True)
    row = result(course(died | {"DTHCAUS": "disease"}))
    assert (row["DLT"], row["EVALUABLE"], row["KNOWNDY"]) == (False, False, 20)


def test_too_few_doses_make_a_patient_not_evaluable_unless_there_was_a_toxicity():
    doses = [(0.0, 14.0, 1.0, "target"), (14.0, 100.0, 0.0, "hold")]
    row = result(course(doses=doses))
    assert row["TAKEN"] == pytest.approx(0.5)
    assert not row["EVALUABLE"]
    assert result(course(doses=doses), replace(RULES, least_taken=0.5))["EVALUABLE"]
    toxic = result(course(doses=doses, events=[{"AEDECOD": CLINICAL_EVENT, "ASTDY": 2.0}]))
    assert (toxic["DLT"], toxic["EVALUABLE"]) == (True, True)


RAMP = [(0.0, 21.0, 0.2, "ramp-up"), (21.0, 100.0, 1.0, "target")]
FROM_TARGET = planned("drug", 28.0, "target dose")


def test_a_window_from_the_target_dose_holds_the_ramp_up_as_well():
    row = result(course(doses=RAMP), FROM_TARGET)
    assert (row["WINEND"], row["KNOWNDY"], row["EVALUABLE"]) == (49, 49, True)
    early, late = ({"AEDECOD": CLINICAL_EVENT, "ASTDY": day} for day in (2.0, 40.0))
    assert result(course(doses=RAMP, events=[early]), FROM_TARGET)["DLT"]
    assert result(course(doses=RAMP, events=[late]), FROM_TARGET)["DLT"]
    assert not result(course(doses=RAMP, events=[late]), RULES)["DLT"]


def test_who_never_reaches_the_target_dose_is_not_evaluable_when_given_up():
    doses = [(0.0, 60.0, 0.2, "ramp-up")]
    row = result(course({"TRTEDY": 60.0}, doses=doses), FROM_TARGET)
    assert (row["WINEND"], row["EVALUABLE"], row["KNOWNDY"]) == (None, False, 60)
    capped = planned("drug", 28.0, "target dose", longest_ramp_days=45.0)
    assert result(course({"TRTEDY": 60.0}, doses=doses), capped)["KNOWNDY"] == 45


def test_a_reduced_dose_in_place_of_the_target_dose_starts_the_window():
    doses = [(0.0, 21.0, 0.2, "ramp-up"), (21.0, 100.0, 0.5, "reduction")]
    assert result(course(doses=doses), FROM_TARGET)["WINEND"] == 49


def test_a_patient_whose_equations_were_not_solved_is_never_evaluable():
    row = result(course({"STATUS": "FAILED"}, events=[{"AEDECOD": CLINICAL_EVENT, "ASTDY": 2.0}]))
    assert (row["DLT"], row["EVALUABLE"]) == (False, False)


def test_what_is_not_modelled_is_listed_and_not_counted_as_absent():
    listed = ("Bleeding", "Nausea", "Infection, grade 3 or more", "Febrile neutropenia")
    assert dose_limiting(course(), RULES, listed).not_modelled == listed
    declared = replace(RULES, not_limiting=("Nausea",))
    assert "Nausea" not in dose_limiting(course(), declared, listed).not_modelled


def test_other_arms_and_doses_of_other_drugs_change_nothing():
    tables = course(events=[{"AEDECOD": CLINICAL_EVENT, "ASTDY": 2.0}])
    other = {name: frame.with_columns(ARM=pl.lit("200 mg")) for name, frame in course().items()}
    both = {name: pl.concat([frame, other[name]]) for name, frame in tables.items()}
    found = dose_limiting(both, RULES).patients
    assert found["ARM"].to_list() == ["100 mg", "200 mg"]
    assert found["DLT"].to_list() == [True, False]


def test_a_drug_that_nobody_took_and_a_missing_table_are_refused_together():
    tables = {name: frame for name, frame in course().items() if name != "adlb"}
    with pytest.raises(InputError) as caught:
        dose_limiting(tables, replace(RULES, drug="other"))
    assert len(caught.value.findings) == 2
