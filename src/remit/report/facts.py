"""What a report says beside its tables: question, date, status, scenarios, published results, unknowns."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any

from pydantic import TypeAdapter, ValidationError

from remit.designation.agencies import shipped_agencies, status_sentences
from remit.designation.dossier import Observed, PlannedReadout
from remit.errors import Finding, InputError

UNKNOWN_FACTS = (
    (
        "Mesutoclax: affinity, cell potency, human pharmacokinetics, dose levels, ramp-up, dose chosen "
        "for registration."
    ),
    (
        "Mesutoclax: response, duration and safety rates with numbers of patients, by dose and by "
        "earlier BTK inhibitor."
    ),
    "The registrational trial: size, endpoint, historical control, registry number.",
    (
        "CDE's numerical bar for a significant advantage, the evidence behind the designation, any "
        "refused request."
    ),
    (
        "How far the effect of venetoclax carries to another drug of the class: the evidence holds one "
        "BCL2 inhibitor."
    ),
    (
        "The form of resistance after a BTK inhibitor: outcomes in MCL do not tell a shift of affinity "
        "from loss of BCL2 dependence."
    ),
    "Tissue potency in mantle cell lymphoma: the response rates do not identify it.",
    (
        "Platelets: splenic sequestration and damage by earlier therapy are not modelled, which lowers "
        "severe thrombocytopenia."
    ),
)
STAMP_BECAUSE = "No calibration is named with this run: take every value for a prior."


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResult:
    """A published result of the reference drug. Fractions in [0, 1], times in months; None: not published."""

    therapy: str
    population: str
    trial: str
    n: int
    source: str
    recalled: bool
    orr: float | None = None
    orr_low: float | None = None
    orr_high: float | None = None
    cr: float | None = None
    pfs_months: float | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSafety:
    """Published share of patients with an event, a fraction in [0, 1]."""

    event: str
    therapy: str
    trial: str
    population: str
    n: int
    share: float
    recalled: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRate:
    """A published share of designation requests that were granted; shown, never multiplied."""

    agency: str
    period: str
    granted: int
    requests: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationCheck:
    """A published result beside what the calibrated model gives, by form of resistance.

    ``published`` and ``model`` are fractions in [0, 1]; ``distance`` is published minus model in standard
    errors of the published result.
    """

    measure: str
    records: tuple[str, ...]
    recalled: bool
    published: float
    model: Mapping[str, float]
    distance: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """Facts of a study and a run that are not in its tables.

    ``scenarios`` describes each scenario by name; ``scenario_titles`` gives a short title where the name
    does not speak for itself. ``opening`` holds sentences for the first paragraph, such as an answer that
    depends on recalled records. ``not_modelled`` names adverse events without a public rate. ``planned`` is
    the readout that a dossier would wait for, ``observed`` holds results seen in patients, by dossier field.
    ``stamp`` says how far the model is calibrated; ``calibration`` and ``calibration_text`` say to what.
    """

    title: str
    question: str
    as_of: datetime.date
    seed: int
    pool: str
    versions: Mapping[str, str]
    scenarios: Mapping[str, str]
    status: tuple[str, ...] = ()
    scenario_titles: Mapping[str, str] = field(default_factory=dict[str, str])
    opening: tuple[str, ...] = ()
    investigational: str = "mesutoclax"
    reference: str = "venetoclax"
    reader: str = "IRC"
    stamp: str = "not calibrated"
    stamp_because: str = STAMP_BECAUSE
    design: tuple[str, ...] = ()
    published: tuple[PublishedResult, ...] = ()
    published_safety: tuple[PublishedSafety, ...] = ()
    calibration: tuple[CalibrationCheck, ...] = ()
    calibration_text: str = ""
    base_rates: tuple[PublishedRate, ...] = ()
    not_modelled: tuple[str, ...] = ()
    unknowns: tuple[str, ...] = UNKNOWN_FACTS
    notes: tuple[str, ...] = ()
    planned: PlannedReadout | None = None
    observed: Mapping[str, Observed] = field(default_factory=dict[str, Observed])


def facts_of(document: Mapping[str, Any]) -> ReportFacts:
    """Facts from plain data, such as the facts of a run read from JSON.

    Parameters
    ----------
    document
        Values by the field names of :class:`ReportFacts`; dates as "2026-11-23". Without ``status`` and
        ``base_rates`` those known to the designation package are taken.

    Raises
    ------
    InputError
        With every finding at once.
    """
    unknown = sorted(set(document) - {each.name for each in fields(ReportFacts)})
    findings = [Finding(f"facts.{key}", key, "a field of ReportFacts", _nearest(key)) for key in unknown]
    try:
        facts = TypeAdapter(ReportFacts).validate_python(
            {key: value for key, value in document.items() if key not in unknown}
        )
    except ValidationError as error:
        findings += [
            Finding(f"facts.{'.'.join(map(str, each['loc']))}", repr(each["input"])[:80], each["msg"])
            for each in error.errors()
        ]
        raise InputError(findings) from None
    if findings:
        raise InputError(findings)
    return replace(
        facts,
        status=facts.status or status_sentences(facts.investigational, facts.as_of),
        base_rates=facts.base_rates or published_rates(),
    )


def _nearest(key: str) -> str:
    """What may have been meant."""
    near = get_close_matches(key, [each.name for each in fields(ReportFacts)], n=1)
    return f"did you mean {near[0]}?" if near else "leave it out"


def published_rates() -> tuple[PublishedRate, ...]:
    """Published shares of requests granted, of every agency."""
    return tuple(
        PublishedRate(
            agency=agency.name,
            period=rate.period,
            granted=rate.granted,
            requests=rate.requests,
            source=rate.source,
        )
        for agency in shipped_agencies().agency
        for rate in agency.base_rate
    )
