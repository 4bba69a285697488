"""A table and a figure as records, and the stamp that each of them carries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Format = Literal["text", "figure", "integer", "percent", "number", "months", "verdict", "marked"]
"""How values are printed; `figure` is a number that is text already."""
Kind = Literal["simulated", "published", "input", "planned", "observed"]
Cell = str | int | float | None

STAMP = "Simulated data, not clinical evidence"
NOT_COMPUTED = "not computed"
STAMPS: dict[str, str] = {
    "simulated": f"{STAMP}.",
    "published": f"Published results as their sources print them. All else in this report: {STAMP}.",
    "input": f"Inputs of the simulation. {STAMP}.",
    "planned": "Calculated from the assumptions given, not from data.",
    "observed": "Computed from observed data.",
}
"""The line under each figure and table, by the kind of numbers it holds."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: key into the rows, heading, and how its values are printed.

    ``plain`` prints labels and published values of a simulated table in black.
    """

    key: str
    heading: str
    format: Format = "text"
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """A table as a record. ``rows`` hold values, not text; ``n`` says of whom or of how many.

    A table without rows is printed as ``absent``.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Cell], ...]
    n: str
    kind: Kind = "simulated"
    footnotes: tuple[str, ...] = ()
    missing: str = "–"
    folded: bool = False
    absent: str = NOT_COMPUTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure as a record. ``spec`` is a Vega-Lite specification; None is printed as ``absent``."""

    id: str
    title: str
    spec: Mapping[str, Any] | None
    caption: str
    n: str
    kind: Kind = "simulated"
    absent: str = NOT_COMPUTED
