"""What every endpoint promises: censoring, ties, patients without assessments, tables."""

import numpy as np
import polars as pl
import pytest

from remit.errors import InputError
from remit.results import ADEX, ADRS, ADSL, ADTTE
from remit.trial.endpoints import CENSORING, Declared, Schedule, time_to_event
from remit.trial.estimands.endpoint import Endpoint

SCAN_DAYS = (56.0, 112.0, 168.0, 252.0, 336.0)
SCHEDULE = Schedule(SCAN_DAYS, 730.0)
KEY = {"ARM": "a", "SCENARIO": "s", "DRAW": 0, "USUBJID": "0000-00000"}


def table(codes, other=None, *, declared=None, adex=None, limit=None, **subject):
    """``adtte`` of one patient with the given responses at scans 1, 2, ...; None is a scan not done."""
    rows = [
        KEY
        | {
            "READER": reader,
            "ADY": SCAN_DAYS[number],
            "VISITNUM": number + 1,
            "PARAMCD": "OVRLRESP",
            "AVALC": code,
        }
        for reader, found in (("IRC", codes), ("INV", codes if other is None else other))
        for number, code in enumerate(found)
        if code
    ]
    rows += [KEY | {"READER": reader, "ADY": None, "VISITNUM": -1, "PARAMCD": "BOR", "AVALC": "NE"}
             for reader in ("IRC", "INV")]  # fmt: skip
    adsl = pl.DataFrame([KEY | {"STATUS": "OK", "FUEDY": 730.0} | subject], schema=ADSL.schema())
    adrs = pl.DataFrame(rows, schema=ADRS.schema())
    return time_to_event(adrs, adsl, SCHEDULE, declared=declared, adex=adex, limit=limit)


def found(adtte, code, reader="IRC"):
    """Time, censoring code and description of one endpoint, None if the patient is not counted."""
    row = adtte.filter((pl.col("PARAMCD") == code) & (pl.col("READER") == reader))
    return row.select("AVAL", "CNSR", "EVNTDESC").row(0) if row.height else None


CASES = {
    "progression is an event": (
        (["SD", "PR", "PD"], {}), {"PFS": (168, 0), "PFSNT": (168, 0), "DOR": (56, 0), "TTR": (112, 0)}),
    "death without progression is an event": (
        (["PR", "PR"], {"DTHDY": 130.0}),
        {"PFS": (130, 0), "PFSNT": (130, 0), "DOR": (74, 0), "OS": (130, 0)}),
    "in follow-up: last adequate assessment, not the end of follow-up": (
        (["PR", "PR", "NE"], {}), {"PFS": (112, 1), "PFSNT": (112, 1), "DOR": (56, 1), "OS": (730, 1)}),
    "lost to follow-up": (
        (["PR", "PR"], {"LOSTDY": 120.0, "FUEDY": 120.0}),
        {"PFS": (112, 2), "OS": (120, 2), "TTNT": (120, 2)}),
    "new therapy: ignored by PFS, censors PFSNT": (
        (["PR", "PR", None], {"NEWTXDY": 120.0, "DTHDY": 150.0}),
        {"PFS": (150, 0), "PFSNT": (112, 3), "TTNT": (120, 0), "OS": (150, 0)}),
    "new therapy on the day of progression comes too late to censor": (
        (["PR", "PD"], {"NEWTXDY": 112.0}), {"PFS": (112, 0), "PFSNT": (112, 0), "TTNT": (112, 0)}),
    "response after new therapy is none": (
        (["SD", "PR"], {"NEWTXDY": 100.0}), {"DOR": None, "TTR": None, "PFS": (112, 1), "PFSNT": (56, 3)}),
    "one missed scan before progression is forgiven": (
        (["PR", None, "PD"], {}), {"PFS": (168, 0), "PFSNT": (168, 0)}),
    "two missed scans before progression": (
        (["PR", None, None, "PD"], {}), {"PFS": (252, 0), "PFSNT": (56, 4)}),
    "a scan that could not be assessed is missed": (
        (["PR", "NE", "NE", "PD"], {}), {"PFS": (252, 0), "PFSNT": (56, 4)}),
    "two missed scans before death": (
        (["PR"], {"DTHDY": 169.0}), {"PFS": (169, 0), "PFSNT": (56, 4)}),
    "a scan planned for the day of death is not missed": (
        (["PR"], {"DTHDY": 168.0}), {"PFS": (168, 0), "PFSNT": (168, 0)}),
    "alive without any assessment: day 1": (
        ([], {}), {"PFS": (1, 5), "PFSNT": (1, 5), "DOR": None, "OS": (730, 1)}),
    "death without any assessment is an event": (([], {"DTHDY": 30.0}), {"PFS": (30, 0), "PFSNT": (30, 0)}),
    "death long after the only baseline scan": (
        ([], {"DTHDY": 200.0}), {"PFS": (200, 0), "PFSNT": (1, 5)}),
    "progression and death on one day: progression": (
        (["PR", "PD"], {"DTHDY": 112.0}), {"PFS": (112, 0, "progression"), "OS": (112, 0, "death")}),
    "responses after progression do not count": (
        (["PD", "PR"], {}), {"PFS": (56, 0), "DOR": None, "TTR": None}),
    "not solved is not evaluable and no event": (
        (["PR", "PD"], {"STATUS": "NOT_FINITE", "FUEDY": 130.0}),
        {"PFS": (112, 6), "DOR": None, "TTR": None, "OS": (130, 6)}),
}  # fmt: skip


@pytest.mark.parametrize(("patient", "expected"), CASES.values(), ids=CASES)
def test_case(patient, expected):
    codes, subject = patient
    adtte = table(codes, **subject)
    for code, wanted in expected.items():
        row = found(adtte, code, "" if code in ("OS", "TTNT") else "IRC")
        assert (row if row is None else row[: len(wanted)]) == wanted, code


def test_scans_that_end_with_the_other_reader_s_progression_are_told_apart():
    adtte = table(["PR", "PR"], other=["PR", "PD"])
    assert found(adtte, "PFS", "IRC") == (112.0, 7, CENSORING[7])
    assert found(adtte, "PFS", "INV") == (112.0, 0, "progression")


def test_response_duration_starts_at_the_own_first_response_of_each_reader():
    adtte = table(["PR", "PR", "PD"], other=["SD", "PR", "PD"])
    assert found(adtte, "DOR", "IRC")[:2] == (112.0, 0)
    assert found(adtte, "DOR", "INV")[:2] == (56.0, 0)


@pytest.mark.parametrize(("patient", "expected"), CASES.values(), ids=CASES)
def test_time_to_response_and_duration_add_up_to_progression_free_survival(patient, expected):
    adtte = table(patient[0], **patient[1])
    if found(adtte, "DOR"):
        assert found(adtte, "TTR")[0] + found(adtte, "DOR")[0] == found(adtte, "PFS")[0]


@pytest.mark.parametrize(("patient", "expected"), CASES.values(), ids=CASES)
def test_the_strict_convention_never_ends_later_than_treatment_policy(patient, expected):
    adtte = table(patient[0], **patient[1])
    assert found(adtte, "PFSNT")[0] <= found(adtte, "PFS")[0]


def test_the_table_is_as_declared_and_every_code_is_described():
    adtte = pl.concat([table(codes, **subject) for (codes, subject), _ in CASES.values()])
    assert adtte.schema == ADTTE.schema()
    words = dict(adtte.filter(pl.col("CNSR") > 0).select("CNSR", "EVNTDESC").unique().rows())
    assert words == {code: CENSORING[code] for code in words}
    assert set(adtte.filter(pl.col("CNSR") == 0)["EVNTDESC"]) == {
        "progression",
        "death",
        "response",
        "new therapy",
    }
    assert np.isfinite(adtte["AVAL"].to_numpy()).all()


def test_a_response_stays_one_in_words_whatever_therapy_follows():
    assert found(table(["PR", "PR"], NEWTXDY=100.0), "TTR") == (56.0, 0, "response")


DECLARED = {
    "a therapy that is an event": (
        {"variable": "PFS", "strategies": {"new_therapy": "composite"}}, (100.0, 0, "new therapy")),
    "an event before the therapy": (
        {"variable": "PFS", "strategies": {"new_therapy": "composite"}, "NEWTXDY": 300.0},
        (168.0, 0, "progression")),
    "failure": ({"variable": "EFS", "landmark": 60.0, "remission": "CR"},
                (1.0, 0, "no remission by the landmark")),
    "an end for toxicity that is an event": (
        {"variable": "OS", "strategies": {"discontinuation_toxicity": "composite"}},
        (90.0, 0, "treatment stopped for toxicity")),
}  # fmt: skip


@pytest.mark.parametrize(("details", "expected"), DECLARED.values(), ids=DECLARED)
def test_declared_endpoints_are_rows_with_their_event_in_words(details, expected):
    own = {name: each for name, each in details.items() if name != "NEWTXDY"}
    facts = {"NEWTXDY": details.get("NEWTXDY", 100.0), "DCSREAS": "adverse event"}
    endpoint = Endpoint(name="MINE", **own)
    dose = KEY | {"EXTRT": "x", "ASTDY": 0.0, "AENDY": 90.0, "EXDOSE": 1.0}
    adtte = table(
        ["PR", "PR", "PD"], declared=Declared(endpoints=[endpoint]),
        adex=pl.DataFrame([dose], schema=ADEX.schema()), **facts,
    )  # fmt: skip
    readers = ["IRC", "INV"] if endpoint.variable != "OS" else [""]
    assert sorted(adtte["READER"]) == sorted(readers)
    assert set(adtte["PARAMCD"]) == {"MINE"}
    assert {found(adtte, "MINE", reader) for reader in readers} == {expected}


def test_a_limit_ends_follow_up():
    adtte = table(["PR", "PR", "PD"], limit=np.array([120.0]))
    assert found(adtte, "PFS") == (112.0, 1, CENSORING[1])
    assert found(adtte, "OS", "") == (120.0, 1, CENSORING[1])


def test_a_reader_without_rows_is_refused():
    with pytest.raises(InputError, match="READER"):
        time_to_event(ADRS.empty(), pl.DataFrame([KEY], schema=ADSL.schema()), SCHEDULE)
