"""A design as it is answered: what was given, tables, what a reader must know. One shape for all kinds."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

import polars as pl

from remit.stats.planning.requirement import Requirement

Given = Mapping[str, str | float | int | bool | tuple[float | str, ...] | None]
Kind = Literal["text", "count", "number", "probability", "percent", "statistic", "time"]
"""How a column is shown: see ``shown``."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a section: key into the frame, heading with unit, and how its numbers are shown."""

    key: str
    heading: str
    kind: Kind = "number"


@dataclass(frozen=True, slots=True)
class Section:
    """A table of a design. ``frame`` holds numbers in full; ``name`` is its key in JSON."""

    name: str
    title: str
    columns: tuple[Column, ...]
    frame: pl.DataFrame
    footnotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Designed:
    """A design, answered.

    ``given`` has every option with the value that was used, defaults too. ``notes`` say what is assumed and
    how numbers were rounded. ``curves`` are what figures are drawn from: "bounds", "calendar" with "looks",
    "effect" (probabilities by what ``effect`` names).
    """

    kind: str
    title: str
    given: Given
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    curves: Mapping[str, pl.DataFrame] | None = None
    effect: str = "true effect"

    def table(self, name: str) -> pl.DataFrame:
        """The numbers of a section.

        Raises
        ------
        KeyError
            If there is no such section.
        """
        return {each.name: each.frame for each in self.sections}[name]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON holds it; what is infinite or has no value is null."""
        return {
            "design": self.kind,
            "title": self.title,
            "given": {name: _plain(value) for name, value in self.given.items()},
            **{
                each.name: [
                    {name: _plain(value) for name, value in row.items()} for row in each.frame.to_dicts()
                ]
                for each in self.sections
            },
            "notes": list(self.notes),
        }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def errors_of(required: Requirement) -> str:
    """Type I error and power, for a title."""
    return f"alpha {required.alpha:g} one-sided, power {required.power:g}"


def shown(value: Any, kind: Kind) -> str:
    """A value as text: a dash for what is not there or infinite."""
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return "-"
    match kind:
        case "text":
            return str(value)
        case "count":
            return f"{round(value):,}"
        case "probability":
            return f"{value:.4f}" if value >= 0.001 or value == 0 else f"{value:.2e}"
        case "percent":
            return f"{100 * value:.1f}%"
        case "statistic":
            return f"{value:.4f}"
        case "time":
            return f"{value:.1f}"
        case _:
            return f"{value:.4g}"


def printed(design: Designed) -> list[str]:
    """Lines for a terminal: each table under its title, then the notes."""
    lines = [design.title]
    for section in design.sections:
        rows = [[each.heading for each in section.columns]]
        rows += [
            [shown(row[each.key], each.kind) for each in section.columns] for row in section.frame.to_dicts()
        ]
        widths = [max(len(row[i]) for row in rows) for i in range(len(section.columns))]
        left = [each.kind == "text" for each in section.columns]
        lines += ["", section.title]
        lines += [
            "  "
            + "  ".join(
                cell.ljust(width) if to_left else cell.rjust(width)
                for cell, width, to_left in zip(row, widths, left, strict=True)
            ).rstrip()
            for row in rows
        ]
        lines += [f"  {note}" for note in section.footnotes]
    return [*lines, *([""] if design.notes else []), *(f"Note: {note}" for note in design.notes)]
