"""Published results, one number a record; what may be fitted, and what describes available therapy."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from remit.errors import Finding

Role = Literal["calibration", "comparator", "do_not_use"]
Confidence = Literal["read_in_source", "recalled_recheck_before_use"]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"), kw_only=True)
class EvidenceRecord:
    """One published number.

    ``value`` is in ``unit`` (``percent`` for rates); ``low`` and ``high`` bound its interval of ``level``
    percent; ``at_months`` is the time of a landmark. ``preferred`` marks the record to use where several
    state the same quantity. None means not published or not read.
    """

    id: str
    trial: str
    disease: str
    line: str
    population: str
    regimen: tuple[str, ...]
    endpoint: str
    value: float
    unit: str
    role: Annotated[tuple[Role, ...], Field(min_length=1)]
    confidence: Confidence
    n: Annotated[int, Field(gt=0)] | None = None
    at_months: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 95.0
    numerator: int | None = None
    denominator: int | None = None
    followup_months: float | None = None
    subgroup: str = ""
    comparator: str = ""
    preferred: bool = False
    source_url: str = ""
    note: str = ""

    @property
    def recalled(self) -> bool:
        """Whether the record was only recalled, so that its variance is inflated."""
        return self.confidence == "recalled_recheck_before_use"


ADAPTER = TypeAdapter(EvidenceRecord)


def evidence_from(
    document: Mapping[str, Any], shown: str
) -> tuple[tuple[EvidenceRecord, ...], list[Finding]]:
    """Records of one file, and what is wrong with those that could not be read."""
    records: list[EvidenceRecord] = []
    findings: list[Finding] = []
    for number, raw in enumerate(document.get("record", ())):
        place = f"{shown}: record.{raw.get('id', number)}"
        try:
            records.append(ADAPTER.validate_python(raw))
        except ValidationError as error:
            findings += _findings(place, error)
    names = [record.id for record in records]
    findings += [
        Finding(
            f"{shown}: record.{name}", f"{names.count(name)} records", "one record of each id", "renumber one"
        )
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return tuple(records), findings


def _findings(place: str, error: ValidationError) -> Iterator[Finding]:
    """A validation error in the four parts of a message."""
    for each in error.errors():
        key = ".".join(str(part) for part in each["loc"])
        found = "nothing" if each["type"] == "missing" else repr(each["input"])
        yield Finding(f"{place}.{key}", found, each["msg"], "see the fields of EvidenceRecord")
