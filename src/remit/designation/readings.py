"""The numerical readings of a criterion: named, editable rules, read from ``readings.toml``."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from remit.errors import Finding, InputError

STRICT = ConfigDict(extra="forbid")
Probability = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Reading:
    """One reading: what of the trial must lie above which bar."""

    name: str
    trial: Literal["estimate", "lower_limit"]
    bar: Literal["best_estimate", "pooled_estimate", "best_upper_limit"]
    sentence: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class ComparatorSet:
    """Which classes of therapy are compared with."""

    name: str
    title: str
    feasibility: tuple[str, ...]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Cutoffs:
    """Share of simulated trials from which a reading is called met, and up to which not met."""

    met_probability: Probability
    not_met_probability: Probability
    because: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Pooling:
    """How comparators are pooled."""

    method: Literal["counts", "random_effects"]
    because: str


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Rules:
    """All rules that turn a rate into a verdict."""

    format: Literal[1]
    verdict: Cutoffs
    pooling: Pooling
    reading: tuple[Reading, ...]
    set: tuple[ComparatorSet, ...]


def rules_from(document: Mapping[str, Any], where: str) -> Rules:
    """Rules of one data file.

    Raises
    ------
    InputError
        With every finding at once.
    """
    try:
        return TypeAdapter(Rules).validate_python(document)
    except ValidationError as error:
        raise InputError(
            [
                Finding(
                    f"{where}: {'.'.join(map(str, each['loc']))}",
                    repr(each["input"]),
                    each["msg"],
                    "compare with the shipped readings.toml",
                )
                for each in error.errors()
            ]
        ) from None


def shipped_rules() -> Rules:
    """The rules that ship with remit."""
    text = files("remit.designation").joinpath("readings.toml").read_text(encoding="utf-8")
    return rules_from(tomllib.loads(text), "designation/readings.toml")
