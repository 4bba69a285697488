"""What is wrong in a study file is found, named and explained, all at once."""

from collections.abc import Callable
from typing import Any

import pytest

from remit.errors import Finding

Edit = Callable[[dict[str, Any]], object]
FindingsAfter = Callable[[Edit], list[Finding]]


def give(data: dict[str, Any], *lines: object) -> None:
    """Another treatment of the second arm."""
    data["arms"][1]["treatment"] = list(lines)


def conduct(table: str, symbol: str, value: float, unit: str) -> Edit:
    """A value of conduct that the study says otherwise."""

    def edit(data: dict[str, Any]) -> None:
        data.setdefault(table, {})[symbol] = {
            "value": value, "unit": unit, "origin": "assumed", "because": "tried", "grade": "assumed",
            "verified": "derived",
        }  # fmt: skip

    return edit


def mrd(*days: float, **other: object) -> dict[str, Any]:
    """Samples for residual disease on some days."""
    return {
        "compartment": "blood",
        "assay": "flow_1e-4",
        "days": list(days),
        "because": "tried here",
        **other,
    }


STOP = {
    "compartment": "marrow", "assay": "flow_1e-4", "earliest_day": 300.0, "drugs": ["venetoclax"],
    "because": "tried here",
}  # fmt: skip


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
    "no dose": (lambda d: give(d, "venetoclax 400"), "arms.2.treatment: ", "a unit, 'mg'"),
    "negative dose": (
        lambda d: give(d, "venetoclax 20 mg x 7 then -400 mg"),
        "arms.2.treatment: ",
        "'-400' in column 16",
    ),
    "mass of a drug whose mass is not public": (
        lambda d: d["arms"][0].update(treatment=["mesutoclax 125 mg q24h"]),
        "arms.1.treatment",
        "doses in 'study dose'",
    ),
    "falling ramp-up": (
        lambda d: give(d, "venetoclax 50 mg x 7 then 20 mg x 7 then 400 mg"),
        "arms.2.treatment (venetoclax)",
        "rises to the target",
    ),
    "ramp-up longer than the follow-up": (
        lambda d: give(d, "venetoclax 20 mg x 3000 d then 400 mg"),
        "arms.2.treatment (venetoclax)",
        "a ramp-up that ends within the follow-up",
    ),
    "ramp-up longer than treatment": (
        lambda d: give(d, "venetoclax 20 mg x 28 then 400 mg until day 21"),
        "arms.2.treatment (venetoclax)",
        "its end before treatment ends, day 21",
    ),
    "step that is no whole number of intervals": (
        lambda d: give(d, "venetoclax 20 mg x 7.5 d then 400 mg"),
        "arms.2.treatment: ",
        "a whole number of intervals of 24 h",
    ),
    "lines of a drug that overlap": (
        lambda d: give(d, "venetoclax 20 mg x 28", "venetoclax 400 mg from day 14"),
        "arms.2.treatment (venetoclax)",
        "do not overlap",
    ),
    "two drugs of a kind": (
        lambda d: give(d, "venetoclax 400 mg", "mesutoclax 1 study dose"),
        "arms.2.treatment",
        "one drug of a kind (bcl2i) in an arm",
    ),
    "nothing on the first day": (
        lambda d: give(d, "venetoclax 400 mg from day 14"),
        "arms.2.treatment",
        "a drug that begins on day 0",
    ),
    "treatment that is no text": (lambda d: give(d, 400), "arms.2.treatment.1", "valid string"),
    "no treatment": (lambda d: d["arms"][1].pop("treatment"), "arms.2.treatment", "nothing"),
    "hold of a drug that is not given": (
        lambda d: d["arms"][1].update(holds={"ibrutinib": ["counts"]}),
        "arms.2.holds",
        "a drug of the arm",
    ),
    "inhibitor of which nothing is known": (
        lambda d: d["arms"][0].update(cyp3a_inhibitor="strong", label_doses=True),
        "arms.1.cyp3a_inhibitor",
        "label.strong_inhibitor in the file of mesutoclax",
    ),
    "visit before day 1": (
        conduct("visits", "assessment_interval", -8.0, "day"),
        "visits.assessment_interval",
        "a visit on or after day 1",
    ),
    "visit value out of range": (
        conduct("visits", "assessment_interval", -8.0, "day"),
        "visits.assessment_interval.value",
        "at least 14",
    ),
    "windows that overlap": (
        conduct("visits", "lab_interval", 10.0, "day"),
        "visits.lab_interval",
        "windows that do not overlap",
    ),
    "windows of samples that overlap": (
        lambda d: d.update(mrd=[mrd(100.0, 105.0)]),
        "mrd.1.days",
        "windows that do not overlap",
    ),
    "sample after the follow-up": (
        lambda d: d.update(mrd=[mrd(2000.0)]),
        "mrd.1.days",
        "days within the follow-up of 24 months",
    ),
    "stopping rule without samples": (
        lambda d: d.update(mrd=[mrd(300.0)], mrd_stop=STOP),
        "mrd_stop",
        "samples that [[mrd]] plans",
    ),
    "rule on a parameter that is not measured": (
        lambda d: d["measurement"].update(laboratory=["ANC", "PLAT"]),
        "measurement.laboratory",
        "K, PHOS, CA, URATE, CREAT, on which the rules of tumour lysis rest",
    ),
    "unknown criterion": (
        lambda d: d["measurement"].update(criterion="lugano_2024"),
        "measurement.criterion",
        "did you mean 'lugano_2014'",
    ),
    "disease without lesions under a criterion by CT": (
        lambda d: d.update(disease="aml"),
        "disease",
        "a disease with lesions",
    ),
    "unknown conduct": (lambda d: d.update(conduct="lymfoma"), "conduct", "did you mean 'lymphoma'"),
    "history without its drug": (
        lambda d: d.pop("history"),
        "history.drug",
        "patients of mcl_btki_treated had a BTK inhibitor",
    ),
    "site that opens after the cut-off": (
        lambda d: d["sites"][2].update(activation_start_day=3000),
        "sites.3.activation_start_day",
        "before the latest cut-off, day 2190",
    ),
    "unknown drug": (
        lambda d: d["arms"][0].update(treatment=["mesutoklax 1 study dose"]),
        "arms.1.treatment",
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
        lambda d: (
            conduct("dropout", "loss_rate", 1e-4, "1/day")(d),
            d["dropout"]["loss_rate"].pop("because"),
        ),
        "dropout.loss_rate.because",
        "a reason",
    ),
    "wrong unit": (conduct("lysis", "first_sample", 0.25, "mg"), "lysis.first_sample.unit", "day"),
    "reader who does not read": (
        lambda d: d["analysis"].update(readers=["INV"]),
        "analysis.primary_reader",
        "one of INV",
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
    named = [each for each in found if each.where.partition("edited.toml: ")[2].startswith(key)]
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

    found = [each.where.partition("edited.toml: ")[2] for each in findings_after(edit)]
    for name in (*chosen, "site that opens after the cut-off"):
        assert any(each.startswith(CASES[name][1]) for each in found), name


def test_a_treatment_of_several_drugs_has_no_findings(findings_after: FindingsAfter) -> None:
    lines = (
        "orelabrutinib 150 mg q24h until day 448",
        "venetoclax 20 mg q24h x 7 then 400 mg q24h from day 84 until day 448",
        "rituximab 375 mg/m2 q28d x 6",
    )
    assert findings_after(lambda data: give(data, *lines)) == []


def test_sites_in_china_alone_need_no_others_without_a_cap(findings_after: FindingsAfter) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["sites"] = data["sites"][:1]
        data["enrolment"]["largest_share_china"] = 1

    assert findings_after(edit) == []


def test_the_shipped_study_has_no_findings(findings_after: FindingsAfter) -> None:
    assert findings_after(lambda _: None) == []
