"""What each agency asks for, how often it grants, and what it has granted, from ``agencies.toml``."""

import datetime
import tomllib
from importlib.resources import files
from typing import Literal

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid")
CriterionKind = Literal[
    "serious", "no_effective_means", "advantage", "stage", "clinical_evidence", "applicable_to_us"
]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Criterion:
    """One thing an agency asks for."""

    name: str
    kind: CriterionKind
    sentence: str
    source: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class BaseRate:
    """A published share of requests that were granted. Displayed, never multiplied."""

    period: str
    text: str
    granted: int
    requests: int
    source: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Agency:
    """An agency and its criteria."""

    name: Literal["cde", "fda"]
    title: str
    region: Literal["china", "us"]
    advantage: str
    criterion: tuple[Criterion, ...]
    base_rate: tuple[BaseRate, ...]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Designation:
    """A designation that was granted, as a fact with a date."""

    agency: Literal["cde", "fda"]
    product: str
    indication: str
    granted: datetime.date
    sentence: str
    source: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Agencies:
    """All agencies and all designations known."""

    format: Literal[1]
    agency: tuple[Agency, ...]
    designation: tuple[Designation, ...]

    def named(self, name: str) -> Agency:
        """The agency of that name."""
        return next(each for each in self.agency if each.name == name)


def shipped_agencies() -> Agencies:
    """The agencies that ship with remit."""
    text = files("remit.designation").joinpath("agencies.toml").read_text(encoding="utf-8")
    return TypeAdapter(Agencies).validate_python(tomllib.loads(text))


def status_sentences(product: str, as_of: datetime.date) -> tuple[str, ...]:
    """The product's actual status at each agency on a date, one sentence each."""
    agencies = shipped_agencies()
    sentences: list[str] = []
    for agency in agencies.agency:
        known = [
            each.sentence
            for each in agencies.designation
            if each.agency == agency.name and each.product == product and each.granted <= as_of
        ]
        sentences += known or [f"{agency.title}: no designation of {product} was found in the sources read."]
    return tuple(sentences)
