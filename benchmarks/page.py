"""Tables, printed and written into a page of ``docs/reference`` between the marks of their section."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "performance.md"
BEGIN, END = "<!-- measured: {} -->", "<!-- end: {} -->"


@dataclass(frozen=True, slots=True)
class Table:
    """A title, columns, rows of text, and remarks."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    remarks: Sequence[str] = field(default_factory=tuple)

    def __str__(self) -> str:
        """As Markdown, aligned; numbers to the right."""
        cells = [list(self.head), *(list(row) for row in self.rows)]
        widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(self.head))]
        right = [all(is_number(row[i]) for row in cells[1:]) for i in range(len(self.head))]
        rule = [
            f"{'-' * (width - 1)}:" if to else "-" * width for width, to in zip(widths, right, strict=True)
        ]

        def line(row: Sequence[str]) -> str:
            padded = [
                each.rjust(width) if to else each.ljust(width)
                for each, width, to in zip(row, widths, right, strict=True)
            ]
            return f"| {' | '.join(padded)} |"

        lines = [f"**{self.title}**", "", line(cells[0]), line(rule), *map(line, cells[1:])]
        return "\n".join([*lines, *([""] if self.remarks else []), *self.remarks]) + "\n"


def is_number(text: str) -> bool:
    """Whether a cell holds a number, or the place of one."""
    try:
        float(text.rstrip("*x%").replace(",", "") or "nan")
    except ValueError:
        return text in {"-", "missing"}
    return True


def figure(value: float, digits: int = 3) -> str:
    """A number with so many significant digits; a dash where there is none."""
    if not np.isfinite(value):
        return "-"
    places = max(0, digits - 1 - int(np.floor(np.log10(abs(value))))) if value else 0
    return f"{value:,.{places}f}"


def small(value: float) -> str:
    """An error."""
    return f"{value:.1e}" if np.isfinite(value) else "-"


def write(section: str, text: str, page: Path = PAGE) -> None:
    """Put a text between the marks of a section.

    Raises
    ------
    ValueError
        If the page has no such section.
    """
    begin, end = BEGIN.format(section), END.format(section)
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{page}: no section between {begin} and {end}")
    page.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
