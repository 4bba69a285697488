"""ADaM tables in the one form in which they are checked and analysed, whatever format they came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from remit.interop.adam.findings import AdamFinding

ROW = "#ROW"
"""Column that numbers the rows of a file from 1; no variable can be called so."""

OWN_KEY = ("ARM", "SCENARIO", "DRAW", "USUBJID")
"""What tells the courses of remit's own tables apart: a virtual patient stands under every arm."""


@dataclass(frozen=True, slots=True)
class AdamTable:
    """One dataset: ``frame`` has upper-case names, declared types, null for missing, and :data:`ROW`.

    ``unread`` holds, by variable, the rows whose value is null because it could not be read.
    """

    name: str
    file: str
    frame: pl.DataFrame
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    unread: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])

    def blank(self, variable: str) -> pl.DataFrame:
        """Rows in which a variable is missing in the file, not merely unreadable."""
        return self.frame.filter(
            pl.col(variable).is_null() & ~pl.col(ROW).is_in(list(self.unread.get(variable, ())))
        )

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of its variables."""
        return tuple(name for name in self.frame.columns if name != ROW)


@dataclass(frozen=True, slots=True)
class AdamTables:
    """The datasets of a directory by their ADaM names, and what was found while they were read.

    ``run`` is the folder of a run of remit if the tables are those of one, else None.
    """

    folder: Path
    tables: Mapping[str, AdamTable]
    findings: tuple[AdamFinding, ...] = ()
    run: Path | None = None

    @property
    def kind(self) -> Literal["simulated", "observed"]:
        """Simulated if a run wrote them, or if subjects have a scenario and a draw of parameters."""
        return "simulated" if self.run is not None or self._is_own else "observed"

    @property
    def key(self) -> tuple[str, ...]:
        """Variables that identify a subject."""
        return OWN_KEY if self._is_own else ("USUBJID",)

    @property
    def _is_own(self) -> bool:
        adsl = self.tables.get("ADSL")
        return adsl is not None and set(OWN_KEY) <= set(adsl.frame.columns)

    def has(self, dataset: str, *variables: str) -> bool:
        """Whether a dataset is there with all these variables."""
        return dataset in self.tables and set(variables) <= set(self.tables[dataset].frame.columns)

    def frame(self, dataset: str) -> pl.DataFrame:
        """Rows of a dataset."""
        return self.tables[dataset].frame
