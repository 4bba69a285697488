"""What a report says beside the tables, as plain data in the fields of ``remit.report.ReportFacts``."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from itertools import groupby
from typing import Any

from remit.library import EvidenceRecord, posteriors
from remit.run.manifest import installed_versions
from remit.run.plan import Plan
from remit.study import Arm, Scenario, Study
from remit.trial.parameters import Background

PUBLISHED = {"orr": "orr", "cr": "cr", "pfs_median_months": "pfs_months"}
"""Endpoints of the evidence that stand beside the reference arm, and the fields that they fill."""

SAFETY = {
    "g3_neutropenia": "Neutropenia, grade 3 or more",
    "g3_thrombocytopenia": "Thrombocytopenia, grade 3 or more",
    "tls_lab": "Laboratory tumour lysis syndrome",
    "tls_clinical": "Clinical tumour lysis syndrome",
}
"""Endpoints of the evidence that stand beside simulated safety."""

POTENCY = {
    "pharmacology": "Potency and exposure from the pharmacology of the class.",
    "plateau": "The study dose lies on the plateau of the class.",
    "reference": "The reference drug at its own potency and exposure.",
}
RESISTANCE = {
    "ki_shift": "Resistant cells bind the drug less, which more drug overcomes.",
    "bcl2_independent": "Resistant cells no longer depend on BCL2, which no dose overcomes.",
}


def facts_of_run(study: Study, plan: Plan) -> dict[str, Any]:
    """Facts of a study and a run that are not in its tables."""
    sizes, analysis = plan.sizes, study.file.analysis
    investigational, reference = arm_of(study, "investigational"), arm_of(study, "reference")
    return {
        "title": study.title,
        "question": study.question,
        "as_of": study.as_of.isoformat(),
        "seed": plan.seed,
        "pool": f"{sizes.draws} parameter draws of {sizes.patients} patients, {sizes.replicates} replicates",
        "versions": installed_versions(),
        "scenarios": {each.name: described(each) for each in study.scenarios},
        "investigational": investigational.name if investigational else study.arms[0].name,
        "reference": reference.name if reference else "",
        "reader": analysis.primary_reader,
        "design": design_lines(study),
        "published": published(study.evidence, reference.drug, study.file.disease) if reference else [],
        "published_safety": published_safety(study.evidence, reference.drug) if reference else [],
        "not_modelled": not_modelled(study),
        **calibration_facts(analysis.calibration, len(study.evidence)),
        "planned": {
            "n": study.file.design.n_patients,
            "months": analysis.ripe_months,
            "endpoint": f"overall response rate by {analysis.primary_reader}",
        },
    }


def arm_of(study: Study, role: str) -> Arm | None:
    """The first arm of a role; None if there is none."""
    return next((arm for arm in study.arms if arm.role == role), None)


def described(scenario: Scenario) -> str:
    """A scenario in two sentences."""
    potency = POTENCY.get(scenario.potency_exposure, f"Potency and exposure: {scenario.potency_exposure}.")
    return f"{potency} {RESISTANCE.get(scenario.resistance, f'Resistance: {scenario.resistance}.')}"


def design_lines(study: Study) -> list[str]:
    """The design in a few sentences."""
    design, n_sites = study.file.design, sum(each.n_sites for each in study.file.sites)
    countries = ", ".join(each.country for each in study.file.sites)
    return [
        f"Single arm, {design.n_patients} patients, {n_sites} sites ({countries}).",
        f"The response rate is tested against {100 * design.p0:g}%, one-sided at {100 * design.alpha:g}%.",
        *(f"{arm.name.capitalize()}: {arm.described}." for arm in study.arms),
    ]


def published(evidence: Iterable[EvidenceRecord], drug: str, disease: str) -> list[dict[str, Any]]:
    """Published results of a drug given alone in a disease, one entry for each trial and population."""
    used = [
        each
        for each in evidence
        if len(each.regimen) == 1
        and each.regimen[0].startswith(drug)
        and disease.upper() in each.population
        and each.endpoint in PUBLISHED
        and each.role != ("do_not_use",)
        and each.preferred
    ]
    place = {(each.trial, each.population): None for each in used}
    order = sorted(used, key=lambda each: list(place).index((each.trial, each.population)))
    groups = groupby(order, key=lambda each: (each.trial, each.population))
    return [_result(drug, list(group)) for _, group in groups]


def _result(drug: str, records: list[EvidenceRecord]) -> dict[str, Any]:
    """One published trial in the fields of ``PublishedResult``; percent becomes a fraction."""
    first = records[0]
    values: dict[str, Any] = {
        PUBLISHED[each.endpoint]: each.value / 100 if each.unit == "percent" else each.value
        for each in records
    }
    limits = next(((each.low, each.high) for each in records if each.endpoint == "orr"), (None, None))
    low, high = (None if each is None else each / 100 for each in limits)
    identifiers = [each.id for each in records]
    return {
        "therapy": drug,
        "population": first.population,
        "trial": first.trial,
        "n": max(each.n or 0 for each in records),
        "source": first.source_url or f"evidence {', '.join(identifiers)}",
        "recalled": any(each.recalled for each in records),
        "orr_low": low,
        "orr_high": high,
        "evidence": identifiers,
        **values,
    }


def published_safety(evidence: Iterable[EvidenceRecord], drug: str) -> list[dict[str, Any]]:
    """Published shares of events of regimens with a drug, in the fields of ``PublishedSafety``."""
    return [
        {
            "event": SAFETY[each.endpoint],
            "therapy": " with ".join(part.split(" ")[0] for part in each.regimen),
            "trial": each.trial,
            "population": each.population,
            "n": each.n,
            "share": each.value / 100,
            "recalled": each.recalled,
            "evidence": each.id,
        }
        for each in evidence
        if each.endpoint in SAFETY
        and any(part.startswith(drug) for part in each.regimen)
        and each.role != ("do_not_use",)
        and each.preferred
        and each.n
    ]


def not_modelled(study: Study) -> list[str]:
    """Adverse events without a public rate under any arm."""
    drugs = dict.fromkeys(drug.drug for arm in study.arms for drug in arm.drugs)
    known = [found for drug in drugs if (found := study.background(drug)) is not None]
    rates = [asdict(each) for each in known]
    events = {
        each.name: each.name.removesuffix("_rate").replace("_", " ").capitalize()
        for each in fields(Background)
        if each.name.endswith("_rate")
    } | {"febrile_probability": "Febrile neutropenia"}
    return [event for name, event in events.items() if not any(each[name] for each in rates)]


def calibration_facts(name: str, n_records: int) -> dict[str, Any]:
    """Standing of the model, and what its calibration reproduces."""
    if name == "none":
        return {"stamp": "not calibrated", "stamp_because": "Every value has its prior from the library."}
    stored = posteriors.calibration(name)
    by_form = {form: {each["measure"]: each for each in rows} for form, rows in stored["check"].items()}
    used = sorted({key for each in stored["records"] for key in each["records"]})
    n_fitted = len(stored["fitted"])
    return {
        "stamp": "partly calibrated",
        "stamp_because": (
            f"{n_fitted} values of mantle cell lymphoma were fitted together to {len(used)} of {n_records} "
            "published results, those of ibrutinib and venetoclax alone; all other values are priors."
        ),
        "calibration": [
            {
                "measure": measure,
                "records": first["records"],
                "recalled": first["recalled"],
                "published": first["published"],
                "model": {form: rows[measure]["model"] for form, rows in by_form.items()},
                "distance": {form: rows[measure]["distance"] for form, rows in by_form.items()},
            }
            for measure, first in next(iter(by_form.values())).items()
        ],
        "calibration_text": (
            f"Mean over members of the posterior, each on {stored['n_patients']:,} fresh virtual patients. "
            f"Members are worth {stored['posterior']['default']['effective_size']:.0f} independent ones. "
            "Distances are in standard errors of the published result: its sampling error, a spread "
            "between trials, and twice the variance for records that were recalled and not yet checked. "
            "Times to progression are read at the next planned scan."
        ),
    }
