"""What a rule reports about ADaM tables: dataset, variable, rows, the rule, and what would mend it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from remit.errors import Finding

Severity = Literal["error", "warning"]
MOST_ROWS = 10
"""Rows that are listed; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdamFinding:
    """One rule that one variable of one dataset breaks.

    ``rows`` are the first rows concerned, counted from 1 in the file as it was read, header not counted;
    ``n_rows`` is how many there are. ``parameter`` is the PARAMCD that is concerned, empty for the whole
    dataset. An error stops the analysis of what it concerns; a warning is printed and put into the document.
    """

    dataset: str
    variable: str
    rule: str
    found: str
    needed: str
    remedy: str
    severity: Severity = "error"
    parameter: str = ""
    rows: tuple[int, ...] = ()
    n_rows: int = 0

    @property
    def place(self) -> str:
        """Dataset, variable, parameter and rows, on one line."""
        place = f"{self.dataset}.{self.variable}" if self.variable else self.dataset
        if self.parameter:
            place += f", PARAMCD {self.parameter}"
        return f"{place}, {self.row_text}" if self.rows else place

    @property
    def row_text(self) -> str:
        """The rows in words."""
        if not self.rows:
            return ""
        numbers = ", ".join(map(str, self.rows))
        more = f" and {self.n_rows - len(self.rows):,} more" if self.n_rows > len(self.rows) else ""
        return f"{'row' if self.n_rows == 1 else 'rows'} {numbers}{more}"

    def finding(self) -> Finding:
        """The same as the four parts of a message."""
        return Finding(f"{self.place} ({self.severity}: {self.rule})", self.found, self.needed, self.remedy)


def listed(rows: Sequence[int]) -> tuple[int, ...]:
    """The first rows, of which a finding lists no more."""
    return tuple(int(each) for each in rows[:MOST_ROWS])


def errors(findings: Iterable[AdamFinding]) -> tuple[AdamFinding, ...]:
    """Those that stop something."""
    return tuple(each for each in findings if each.severity == "error")
