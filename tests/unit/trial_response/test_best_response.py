"""Best response, and response after treatment, of patients of the worked cases."""

import polars as pl
import pytest
from tests.reference.response.case_tables import READER, read_cases, tables_of

from remit.errors import InputError
from remit.results import ADRS, ADSL
from remit.trial.response import CRITERIA, iwcll_2018
from remit.trial.response.best import best_responses

KEY = {"ARM": "a", "SCENARIO": "s", "DRAW": 0, "USUBJID": "0000-00000"}
INTERVAL = 56.0


def best(codes, **changes):
    """Best response of a patient with these responses at assessments 1, 2, ..."""
    rows = [
        KEY
        | {"READER": "IRC", "ADY": INTERVAL * k, "VISITNUM": float(k), "PARAMCD": "OVRLRESP", "AVALC": code}
        for k, code in enumerate(codes, start=1)
    ]
    visits = pl.DataFrame(rows, schema=ADRS.schema())
    adsl = pl.DataFrame([KEY | {"STATUS": "OK"} | changes], schema=ADSL.schema())
    return best_responses(visits, adsl, ["IRC"]).row(0, named=True)


@pytest.mark.parametrize(
    ("codes", "changes", "expected"),
    [
        (["PR", "CR"], {}, "CR"),
        (["SD", "PR"], {}, "PR"),
        (["SD", "SD"], {}, "SD"),
        (["PD", "PD"], {}, "PD"),
        (["PR", "PD"], {}, "PR"),
        (["NE"], {}, "NE"),
        ([], {}, "NE"),
        (["SD", "PR-L"], {}, "PR-L"),
        (["PR-L", "PR"], {}, "PR"),
        (["CRi", "PR"], {}, "CRi"),
        (["MLFS", "CRi", "CRh", "REL"], {}, "CRh"),
        (["NR", "RD"], {}, "NR"),
        (["MR", "VGPR", "PR"], {}, "VGPR"),
        (["PR", "CR"], {"NEWTXDY": 2 * INTERVAL - 1}, "PR"),
        (["PR"], {"NEWTXDY": INTERVAL}, "PR"),
        (["PR"], {"NEWTXDY": INTERVAL - 1}, "NE"),
        (["CR"], {"STATUS": "STEP_LIMIT"}, "NE"),
    ],
)
def test_best_response_counts_before_progression_and_new_therapy_only(codes, changes, expected):
    assert best(codes, **changes)["AVALC"] == expected


def test_best_response_is_dated_by_the_first_assessment_that_shows_it():
    found = best(["SD", "PR", "PR"])
    assert (found["VISITNUM"], found["ADY"], found["PARAMCD"]) == (-1.0, 2 * INTERVAL, "BOR")


def test_none_is_not_dated():
    assert best(["NE"])["ADY"] is None


def test_a_code_that_no_criterion_has_is_refused():
    with pytest.raises(InputError, match=r"(?s)AVALC.*nPR.*PR-L"):
        best(["nPR"])


def test_the_rate_with_and_without_lymphocytosis_comes_from_best_response():
    cases = read_cases("iwcll_2018")
    adrs = iwcll_2018.assess(tables_of(cases), readers=[READER])
    codes = adrs.filter(pl.col("PARAMCD") == "BOR").sort("USUBJID")["AVALC"].to_list()
    without = [code in iwcll_2018.RESPONDERS for code in codes]
    included = [code in {*iwcll_2018.RESPONDERS, *iwcll_2018.LYMPHOCYTOSIS} for code in codes]
    ever = [not {"PR", "CRi", "CR"}.isdisjoint(case.expected) for case in cases]
    with_ever = [shown or "PR-L" in case.expected for shown, case in zip(ever, cases, strict=True)]
    assert (without, included) == (ever, with_ever)
    assert sum(included) > sum(without)


AFTER = "PR: nodes and lymphocytes down by half"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"TRTEDY": 56.0}, ("PR", 112.0)),
        ({"TRTEDY": 57.0}, ("NE", None)),
        ({"TRTEDY": 0.0}, ("SD", 56.0)),
        ({"TRTEDY": 56.0, "NEWTXDY": 100.0}, ("NE", None)),
        ({"TRTEDY": 56.0, "NEWTXDY": 112.0}, ("PR", 112.0)),
        ({"TRTEDY": 56.0, "STATUS": "STEP_LIMIT"}, ("NE", None)),
        ({"TRTEDY": 56.0, "DCSREAS": "ongoing"}, None),
        ({"TRTEDY": 56.0, "DCSREAS": "last dose before the cut-off"}, None),
        ({"TRTEDY": None, "DCSREAS": "completed"}, None),
    ],
)
def test_response_after_treatment_is_read_two_months_after_the_last_dose(changes, expected):
    case = next(each for each in read_cases("iwcll_2018") if each.name == AFTER)
    tables = tables_of([case], **({"DCSREAS": "completed"} | changes))
    rows = iwcll_2018.assess(tables, readers=[READER]).filter(pl.col("PARAMCD") == "EOTRESP")
    assert rows.select("AVALC", "ADY").rows() == ([] if expected is None else [expected])
    assert rows["VISITNUM"].to_list() == ([] if expected is None else [-1.0])


def test_response_after_treatment_of_one_who_progressed_is_progression():
    case = next(each for each in read_cases("iwcll_2018") if each.name == "progression stays")
    tables = tables_of([case], TRTEDY=56.0, DCSREAS="progression")
    rows = iwcll_2018.assess(tables, readers=[READER]).filter(pl.col("PARAMCD") == "EOTRESP")
    assert rows.select("AVALC", "ADY").rows() == [("PD", 56.0)]


@pytest.mark.parametrize("name", ["lugano_2014", "eln_2022", "iwwm_6"])
def test_only_iwcll_has_a_response_after_treatment(name):
    tables = tables_of(read_cases(name), TRTEDY=1.0, DCSREAS="completed")
    assert set(CRITERIA[name].assess(tables)["PARAMCD"]) == {"OVRLRESP", "BOR"}
