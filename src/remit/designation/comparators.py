"""A comparator: one published record of a therapy, with all that decides whether it may be compared.

Records of the same patients form a cluster; of each cluster one record leads for each agency, so that
no patient is counted twice and an agency's own label comes before a paper.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from remit.designation.exact import exact_limits
from remit.errors import Finding, InputError
from remit.results import Table, table

AGENCIES = ("cde", "fda")
AgencyName = Literal["cde", "fda"]
Counted = Literal["yes", "no", "cannot tell"]
OsOrigin = Literal["trial entry", "BTK inhibitor start", "BTK inhibitor stop", "not stated"]
Fraction = Annotated[float, Field(ge=0, le=1)]
STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Approval:
    """An approval in one region; ``date`` is the last day of the month where only the month is known."""

    region: Literal["china", "us", "eu"]
    type: Literal["full", "accelerated", "conditional", "off-label", "not stated"]
    source: str
    date: datetime.date | None = None
    date_precision: Literal["day", "month"] = "day"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Available:
    """Whether an agency would count the therapy as available, and the sentence that is relied on."""

    counted: Counted
    sentence: Annotated[str, Field(min_length=10)]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Comparator:
    """One published record. Fractions are in [0, 1], times in months; None means not published."""

    id: str
    therapy: str
    trial: str
    cluster: str
    leads_for: tuple[AgencyName, ...]
    evidence: tuple[str, ...]
    reader: str
    modality: str
    response: str
    analysis_set: str
    prior_lines: str
    btki_stopped_for_progression: str
    feasibility: Literal["oral", "antibody", "immunochemotherapy", "car_t"]
    n: Annotated[int, Field(gt=0)]
    confidence: Literal["read", "recalled"]
    region: str
    source: str
    available: dict[AgencyName, Available]
    responders: Annotated[int, Field(ge=0)] | None = None
    orr: Fraction | None = None
    orr_low: Fraction | None = None
    orr_high: Fraction | None = None
    cr: Fraction | None = None
    dor_months: float | None = None
    pfs_months: float | None = None
    os_months: float | None = None
    os_origin: OsOrigin | None = None
    recalled_fields: tuple[str, ...] = ()
    approval: tuple[Approval, ...] = ()
    note: str = ""


ADAPTER = TypeAdapter(Comparator)

S, F, N = pl.String, pl.Float64, pl.Int32
COMPARATORS: Table = table(
    "comparators",
    "Published results of other therapies",
    "ID",
    {
        "ID": (S, "", "record"),
        "THERAPY": (S, "", "therapy"),
        "TRIAL": (S, "", "trial or series"),
        "CLUSTER": (S, "", "records of the same patients share it"),
        "EVIDENCE": (S, "", "ids of evidence records"),
        "READER": (S, "", "who read the scans"),
        "MODALITY": (S, "", "CT or PET"),
        "RESPONSE": (S, "", "best response, or at a fixed time"),
        "ANALYSISSET": (S, "", "who is counted"),
        "PRIORLINES": (S, "", "earlier lines"),
        "BTKISTOPPROG": (S, "", "share that stopped the BTK inhibitor for progression"),
        "FEASIBILITY": (S, "", "oral, antibody, immunochemotherapy or car_t"),
        "APPROVAL": (S, "", "region, type, date"),
        "REGION": (S, "", "where the patients were"),
        "LEADS_CDE": (pl.Boolean, "", "leads its cluster for CDE"),
        "LEADS_FDA": (pl.Boolean, "", "leads its cluster for FDA"),
        "AVAILABLE_CDE": (S, "", "would CDE count it as available"),
        "SENTENCE_CDE": (S, "", "sentence relied on"),
        "AVAILABLE_FDA": (S, "", "would FDA count it as available"),
        "SENTENCE_FDA": (S, "", "sentence relied on"),
        "N": (N, "", "patients"),
        "RESPONDERS": (N, "", "CR or PR"),
        "ORR": (F, "fraction", "overall response rate"),
        "ORRLCL": (F, "fraction", "exact lower 95% limit"),
        "ORRUCL": (F, "fraction", "exact upper 95% limit"),
        "CR": (F, "fraction", "complete response rate"),
        "DOR": (F, "month", "median duration of response"),
        "PFS": (F, "month", "median PFS"),
        "OS": (F, "month", "median OS"),
        "OSORIGIN": (S, "", "time zero of OS"),
        "CONFIDENCE": (S, "", "read in its source, or recalled"),
        "RECALLED": (S, "", "single fields that are recalled"),
        "SOURCE": (S, "", "key of the source"),
        "NOTE": (S, "", "note"),
    },
)


def comparators_from(document: Mapping[str, Any], where: str) -> tuple[Comparator, ...]:
    """Comparators of one data file.

    Parameters
    ----------
    document
        The parsed file: ``comparator``, a list of records, and ``sources``, by key.
    where
        Name of the file, for messages.

    Raises
    ------
    InputError
        With every finding at once.
    """
    findings: list[Finding] = []
    records: list[Comparator] = []
    for number, entry in enumerate(document.get("comparator", ())):
        place = f"{where}: comparator.{entry.get('id', number)}"
        try:
            records.append(ADAPTER.validate_python(entry))
        except ValidationError as error:
            findings += [_finding(place, each) for each in error.errors()]
    sources = document.get("sources", {})
    findings += [each for record in records for each in _record_findings(record, sources, where)]
    findings += _leader_findings(records, where)
    if findings:
        raise InputError(findings)
    return tuple(records)


def _finding(place: str, error: Mapping[str, Any]) -> Finding:
    """One validation error in the four parts of a message."""
    key = ".".join(str(part) for part in error["loc"])
    found = "nothing" if error["type"] == "missing" else repr(error["input"])
    return Finding(f"{place}.{key}", found, error["msg"], "see the comparator format in the reference")


def _record_findings(record: Comparator, sources: Mapping[str, Any], where: str) -> list[Finding]:
    """What is wrong within one record that its types do not show."""
    place = f"{where}: comparator.{record.id}"
    findings: list[Finding] = []
    findings += [
        Finding(f"{place}.source", key, "a key of [sources]", "describe it there")
        for key in (record.source, *(approval.source for approval in record.approval))
        if key not in sources
    ]
    findings += [
        Finding(f"{place}.available", "nothing", f"available.{agency}", "say yes, no or cannot tell")
        for agency in AGENCIES
        if agency not in record.available
    ]
    if record.orr is not None and record.responders is None:
        findings.append(
            Finding(place, "orr without responders", "both", "give the numerator, inferred if need be")
        )
    if (
        record.orr is not None
        and record.responders is not None
        and abs(record.responders / record.n - record.orr) > 0.008
    ):
        found = f"{record.responders} of {record.n}, orr {record.orr}"
        findings.append(
            Finding(f"{place}.orr", found, "a rate that fits its counts", "check both against the source")
        )
    if (record.os_months is None) != (record.os_origin is None):
        findings.append(
            Finding(
                f"{place}.os_origin", record.os_origin or "nothing", "a time zero with every OS", "name it"
            )
        )
    return findings


def _leader_findings(records: Sequence[Comparator], where: str) -> list[Finding]:
    """Clusters that are led by none, or by two records, for an agency."""
    findings: list[Finding] = []
    for cluster in sorted({record.cluster for record in records}):
        for agency in AGENCIES:
            leaders = [
                record.id for record in records if record.cluster == cluster and agency in record.leads_for
            ]
            if len(leaders) != 1:
                found = ", ".join(leaders) or "no record"
                place = f"{where}: cluster {cluster}"
                findings.append(
                    Finding(place, found, f"one record that leads for {agency}", "edit leads_for")
                )
    return findings


def comparator_table(comparators: Sequence[Comparator]) -> pl.DataFrame:
    """Comparators as the table ``COMPARATORS``; intervals are exact, from the counts."""
    if not comparators:
        return COMPARATORS.empty()
    rows = [_row(each) for each in comparators]
    return pl.DataFrame(rows, schema=COMPARATORS.schema()).sort(COMPARATORS.key).rechunk()


def _row(record: Comparator) -> dict[str, Any]:
    """One row of the comparator table."""
    low, high = orr_limits(record)
    cde, fda = record.available["cde"], record.available["fda"]
    return {
        "ID": record.id,
        "THERAPY": record.therapy,
        "TRIAL": record.trial,
        "CLUSTER": record.cluster,
        "EVIDENCE": ", ".join(record.evidence),
        "READER": record.reader,
        "MODALITY": record.modality,
        "RESPONSE": record.response,
        "ANALYSISSET": record.analysis_set,
        "PRIORLINES": record.prior_lines,
        "BTKISTOPPROG": record.btki_stopped_for_progression,
        "FEASIBILITY": record.feasibility,
        "APPROVAL": "; ".join(approval_text(each) for each in record.approval),
        "REGION": record.region,
        "LEADS_CDE": "cde" in record.leads_for,
        "LEADS_FDA": "fda" in record.leads_for,
        "AVAILABLE_CDE": cde.counted,
        "SENTENCE_CDE": cde.sentence,
        "AVAILABLE_FDA": fda.counted,
        "SENTENCE_FDA": fda.sentence,
        "N": record.n,
        "RESPONDERS": record.responders,
        "ORR": record.orr,
        "ORRLCL": low,
        "ORRUCL": high,
        "CR": record.cr,
        "DOR": record.dor_months,
        "PFS": record.pfs_months,
        "OS": record.os_months,
        "OSORIGIN": record.os_origin or "",
        "CONFIDENCE": record.confidence,
        "RECALLED": ", ".join(record.recalled_fields),
        "SOURCE": record.source,
        "NOTE": record.note,
    }


def orr_limits(record: Comparator) -> tuple[float | None, float | None]:
    """Exact 95% limits of the response rate, from the counts."""
    if record.responders is None:
        return None, None
    return exact_limits(record.responders, record.n)


def approval_text(approval: Approval) -> str:
    """Region, type and date of an approval in words."""
    if approval.date is None:
        when = "date not stated"
    else:
        when = (
            f"{approval.date:%B %Y}"
            if approval.date_precision == "month"
            else f"{approval.date.day} {approval.date:%B %Y}"
        )
    kind = "type not stated" if approval.type == "not stated" else approval.type
    return (
        f"{approval.region.upper() if len(approval.region) == 2 else approval.region.title()}: {kind}, {when}"
    )
