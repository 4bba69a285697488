"""What is wrong in a study file is found, named and explained, all at once."""

from collections.abc import Callable
from typing import Any

import pytest

from remit.errors import Finding

Edit = Callable[[dict[str, Any]], object]
FindingsAfter = Callable[[Edit], list[Finding]]


def in_one_line(data: dict[str, Any], line: object) -> None:
    """Write the regimen of the second arm in one line."""
    for key in ("target_dose", "ramp_up", "interval"):
        data["arms"][1].pop(key)
    data["arms"][1]["regimen"] = line


CASES: dict[str, tuple[Edit, str, str]] = {
    "unknown key": (lambda d: d.update(diseese="mcl"), "diseese", "did you mean 'disease'"),
    "unknown key in a table": (
        lambda d: d["design"].update(n_patient=80),
        "design.n_patient",
        "'n_patients'",
    ),
    "unknown key in an arm": (
        lambda d: d["arms"][1].update(meel="fasted"),
        "arms.2.meel",
        "did you mean 'meal'",
    ),
    "missing key": (lambda d: d["design"].pop("p0_source"), "design.p0_source", "nothing"),
    "negative dose": (lambda d: d["arms"][1].update(target_dose="-400 mg"), "arms.2.target_dose", "above 0"),
    "no dose": (lambda d: d["arms"][1].update(target_dose="400"), "arms.2.target_dose", "such as '400 mg'"),
    "mass of a drug whose mass is not public": (
        lambda d: d["arms"][0].update(target_dose="125 mg"),
        "arms.1.target_dose",
        "a dose in 'study dose'",
    ),
    "falling ramp-up": (
        lambda d: d["arms"][1]["ramp_up"].reverse(),
        "arms.2.ramp_up.2.dose",
        "rises to the target",
    ),
    "impossible interval": (lambda d: d["arms"][0].update(interval="0 h"), "arms.1.interval", "above 0"),
    "negative dose in one line": (
        lambda d: in_one_line(d, "20 mg x 7 then -400 mg"),
        "arms.2.regimen",
        "'-400' in column 16 of '20 mg x 7 then -400 mg'",
    ),
    "dose in one line in another unit than the drug's": (
        lambda d: in_one_line(d, "0.5 study dose x 7 then 1 study dose"),
        "arms.2.regimen",
        "a dose in 'mg'",
    ),
    "falling ramp-up in one line": (
        lambda d: in_one_line(d, "50 mg x 7 then 20 mg x 7 then 400 mg"),
        "arms.2.regimen",
        "rises to the target",
    ),
    "ramp-up in one line longer than the trial": (
        lambda d: in_one_line(d, "20 mg x 3000 d then 400 mg"),
        "arms.2.regimen",
        "a ramp-up shorter than the follow-up",
    ),
    "two intervals in one line": (
        lambda d: in_one_line(d, "20 mg bid x 7 then 400 mg qd"),
        "arms.2.regimen",
        "one interval in all courses",
    ),
    "target dose with an end": (
        lambda d: in_one_line(d, "20 mg x 7 then 400 mg x 28"),
        "arms.2.regimen",
        "leave out its count",
    ),
    "step in one line that is no whole number of intervals": (
        lambda d: in_one_line(d, "20 mg x 7.5 d then 400 mg"),
        "arms.2.regimen",
        "a whole number of intervals of 24 h",
    ),
    "regimen that is no text": (lambda d: in_one_line(d, 400), "arms.2.regimen", "valid string"),
    "empty regimen": (lambda d: in_one_line(d, ""), "arms.2.regimen", "a dose, as '400 mg'"),
    "regimen in one line and in steps": (
        lambda d: d["arms"][1].update(regimen="400 mg"),
        "arms.2.regimen",
        "regimen and target_dose, ramp_up, interval",
    ),
    "ramp-up beside a regimen in one line": (
        lambda d: (in_one_line(d, "400 mg"), d["arms"][1].update(ramp_up=[])),
        "arms.2.regimen",
        "regimen and ramp_up",
    ),
    "no regimen": (
        lambda d: d["arms"][1].pop("target_dose"),
        "arms.2.regimen",
        "regimen, or target_dose with ramp_up and interval",
    ),
    "visit before day 1": (
        lambda d: d["visits"]["scan_interval"].update(value=-8),
        "visits.scan_interval",
        "a visit on or after day 1",
    ),
    "visit value out of range": (
        lambda d: d["visits"]["scan_interval"].update(value=-8),
        "visits.scan_interval.value",
        "at least 14",
    ),
    "site that opens after the cut-off": (
        lambda d: d["sites"][2].update(activation_start_day=3000),
        "sites.3.activation_start_day",
        "before the latest cut-off, day 2190",
    ),
    "unknown drug": (
        lambda d: d["arms"][0].update(drug="mesutoklax"),
        "arms.1.drug",
        "did you mean 'mesutoclax'",
    ),
    "unknown disease": (lambda d: d.update(disease="mcll"), "disease", "did you mean 'mcl'"),
    "unknown scenario": (
        lambda d: d["scenarios"][0].update(potency_exposure="farmacology"),
        "scenarios.1.potency_exposure",
        "did you mean 'pharmacology'",
    ),
    "scenario of no arm": (lambda d: d["scenarios"][0].update(arm="mesu"), "scenarios.1.arm", "mesutoclax"),
    "scenario twice": (lambda d: d["scenarios"].append(d["scenarios"][0]), "scenarios", "each name once"),
    "arm without a scenario": (
        lambda d: d.update(scenarios=[each for each in d["scenarios"] if each["arm"] == "mesutoclax"]),
        "scenarios",
        "at least one scenario for each arm",
    ),
    "null rate outside (0, 1)": (lambda d: d["design"].update(p0=1.3), "design.p0", "less than 1"),
    "no patients": (lambda d: d["design"].update(n_patients=0), "design.n_patients", "greater than 0"),
    "unknown source of the null rate": (
        lambda d: d["design"].update(p0_source="orr_threshold_2015"),
        "design.p0_source",
        "did you mean 'orr_threshold_2016'",
    ),
    "value without a reason": (
        lambda d: d["dropout"]["loss_rate"].pop("because"),
        "dropout.loss_rate.because",
        "a reason",
    ),
    "wrong unit": (lambda d: d["lysis"]["first_sample"].update(unit="mg"), "lysis.first_sample.unit", "day"),
    "reader who does not read": (
        lambda d: d["analysis"].update(readers=["INV"]),
        "analysis.primary_reader",
        "one of INV",
    ),
    "ramp-up longer than the trial": (
        lambda d: d["follow_up"].update(months=0.5),
        "arms.1.ramp_up",
        "follow-up",
    ),
    "country twice": (
        lambda d: d["sites"][2].update(country="China"),
        "sites.3.country",
        "one group of sites a country",
    ),
    "sites in China alone under a cap": (
        lambda d: d.update(sites=d["sites"][:1]),
        "enrolment.largest_share_china",
        "sites elsewhere",
    ),
    "two investigational arms": (
        lambda d: d["arms"][1].update(role="investigational"),
        "arms.2.role",
        "one arm of a role",
    ),
    "arm with a slash": (lambda d: d["arms"][1].update(name="vene/toclax"), "arms.2.name", "vene/toclax"),
    "wrong type": (lambda d: d.update(sites="China"), "sites", "China"),
}


@pytest.mark.parametrize(("edit", "key", "text"), CASES.values(), ids=CASES)
def test_a_broken_study_is_caught_and_the_finding_names_the_key(
    findings_after: FindingsAfter, edit: Edit, key: str, text: str
) -> None:
    found = findings_after(edit)
    named = [each for each in found if each.where.endswith(f"edited.toml: {key}")]
    assert named, [str(each) for each in found]
    assert any(text in str(each) for each in named)


def test_findings_of_every_sort_come_together(findings_after: FindingsAfter) -> None:
    chosen = (
        "unknown key",
        "wrong unit",
        "negative dose",
        "visit before day 1",
        "missing key",
        "unknown drug",
    )

    def edit(data: dict[str, Any]) -> None:
        for name in (*chosen, "site that opens after the cut-off"):
            CASES[name][0](data)

    keys = {each.where.split(": ")[1] for each in findings_after(edit)}
    assert {CASES[name][1] for name in (*chosen, "site that opens after the cut-off")} <= keys


@pytest.mark.parametrize("name", [name for name in CASES if "one line" in name or "regimen" in name])
def test_a_wrong_regimen_is_one_finding(findings_after: FindingsAfter, name: str) -> None:
    assert len(findings_after(CASES[name][0])) == 1


def test_a_regimen_in_one_line_has_no_findings(findings_after: FindingsAfter) -> None:
    line = "20 mg q24h x 7 then 50 mg q24h x 7 then 400 mg q24h"
    assert findings_after(lambda data: in_one_line(data, line)) == []


def test_sites_in_china_alone_need_no_others_without_a_cap(findings_after: FindingsAfter) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["sites"] = data["sites"][:1]
        data["enrolment"]["largest_share_china"] = 1

    assert findings_after(edit) == []


def test_the_shipped_study_has_no_findings(findings_after: FindingsAfter) -> None:
    assert findings_after(lambda _: None) == []
