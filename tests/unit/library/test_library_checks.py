"""Every rule for library files catches a file that breaks it."""

from collections.abc import Callable
from typing import Any

import pytest

from remit.errors import Finding
from remit.library.checks import CHECKS

FindingsAfter = Callable[[str, Callable[[dict[str, Any]], object]], list[Finding]]

VEN = "drugs/venetoclax"
MCL = "diseases/mcl"


def put(path: str, value: object) -> Callable[[dict[str, Any]], object]:
    """An edit that sets a key."""
    *tables, key = path.split("/")

    def edit(data: dict[str, Any]) -> None:
        for table in tables:
            data = data[table]
        data[key] = value

    return edit


def drop(path: str) -> Callable[[dict[str, Any]], object]:
    """An edit that removes a key."""
    *tables, key = path.split("/")

    def edit(data: dict[str, Any]) -> None:
        for table in tables:
            data = data[table]
        del data[key]

    return edit


WIDE = {"distribution": "normal", "sd": 5.0}
CASES = {
    "file_says_what_it_is": (VEN, put("kind", "bcl2_inhibiter"), "kind", "did you mean 'bcl2_inhibitor'"),
    "tables_are_known": (VEN, put("bcl2", {}), "bcl2", "did you mean 'bcl2i'"),
    "values_are_tables": (VEN, put("bcl2i/CL", 292.0), "bcl2i.CL", "292.0"),
    "parameters_are_known": (VEN, put("bcl2i/CLL", {"value": 1.0}), "bcl2i.CLL", "did you mean 'CL'"),
    "fields_are_known": (VEN, put("bcl2i/CL/units", "L"), "bcl2i.CL.units", "did you mean 'unit'"),
    "fields_are_there": (VEN, drop("bcl2i/CL/grade"), "bcl2i.CL.grade", "nothing"),
    "words_are_known": (VEN, put("bcl2i/CL/origin", "reportd"), "bcl2i.CL.origin", "did you mean 'reported'"),
    "nothing_is_missing": (VEN, drop("bcl2i/Q"), "bcl2i.Q", "inter-compartmental clearance"),
    "optional_tables_are_whole": (
        "populations/mcl_btki_treated",
        drop("history/washout_days"),
        "history.washout_days",
        "or none of it",
    ),
    "scenarios_are_complete": (
        MCL,
        drop("scenario/resistance/ki_shift/apoptosis/Ki_shift"),
        "scenario.resistance.ki_shift.apoptosis.Ki_shift",
        "every parameter of the group",
    ),
    "units_fit": (VEN, put("bcl2i/CL/unit", "L"), "bcl2i.CL.unit", "L/day"),
    "values_are_in_range": (VEN, put("bcl2i/CL/value", -292.0), "bcl2i.CL.value", "at least 0"),
    "sources_are_known": (
        VEN,
        put("bcl2i/ka/source", "dave_2018"),
        "bcl2i.ka.source",
        "did you mean 'dave_2019'",
    ),
    "assumption_is_argued": (
        VEN,
        drop("platelets/drug_fall/because"),
        "platelets.drug_fall.because",
        "reason",
    ),
    "recalled_is_graded_assumed": (
        VEN,
        put("bcl2i/ka/verified", "recalled"),
        "bcl2i.ka",
        "origin and grade 'assumed'",
    ),
    "derivation_recomputes": (
        VEN,
        put("bcl2i/CL/derivation", "400 / 32.8 * 25"),
        "bcl2i.CL.derivation",
        "304.878",
    ),
    "fit_is_named": (VEN, put("bcl2i/ka/origin", "fitted"), "bcl2i.ka.run", "the run that fitted it"),
    "spreads_are_well_formed": (
        VEN,
        put("bcl2i/ka/between_patients", {"distribution": "lognormal", "cv": 0.2, "sd": 0.2}),
        "bcl2i.ka.between_patients",
        "lognormal with cv, sd",
    ),
    "spread_and_uncertainty_are_apart": (
        VEN,
        put("bcl2i/ka/uncertainty", {"distribution": "lognormal", "cv": 0.2}),
        "bcl2i.ka.uncertainty",
        "move it to between_patients",
    ),
    "distribution_stays_in_range": (
        VEN,
        put("bcl2i/ka/uncertainty", WIDE),
        "bcl2i.ka.uncertainty",
        "% outside",
    ),
    "shared_draws_exist": (
        "drugs/mesutoclax",
        put("bcl2i/Vp/uncertainty/same_draw_as", "bcl2i.Vcc"),
        "bcl2i.Vp.uncertainty.same_draw_as",
        "did you mean 'bcl2i.Vc'",
    ),
}


@pytest.mark.parametrize(("file", "edit", "key", "text"), CASES.values(), ids=CASES)
def test_a_broken_file_is_caught_and_the_finding_names_file_and_key(
    findings_after: FindingsAfter,
    file: str,
    edit: Callable[[dict[str, Any]], object],
    key: str,
    text: str,
) -> None:
    found = findings_after(file, edit)
    named = [each for each in found if each.where.endswith(f"{file}.toml: {key}")]
    assert named, [str(each) for each in found]
    assert any(text in str(each) for each in named)


def test_every_rule_has_a_broken_file() -> None:
    assert set(CASES) == {check.__name__ for check in CHECKS}


def test_all_findings_are_reported_at_once(findings_after: FindingsAfter) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["bcl2i"]["CL"]["unit"] = "L"
        data["bcl2i"]["ka"]["value"] = -1.0
        del data["bcl2i"]["Vp"]
        data["extra"] = 1

    keys = {each.where.split(": ")[1] for each in findings_after(VEN, edit)}
    assert {"bcl2i.CL.unit", "bcl2i.ka.value", "bcl2i.Vp", "extra"} <= keys


def test_a_compatible_unit_is_converted_once(findings_after: FindingsAfter) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["bcl2i"]["CL"].update(value=292.0 / 24, unit="L/hour", derivation="400 / 32.8")

    assert findings_after(VEN, edit) == []
