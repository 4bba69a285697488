"""Tables of an analysis as lines of plain text, with the same numbers as in the documents."""

from collections.abc import Iterator, Sequence

from remit.analysis.analysed import Analysis
from remit.analysis.page import analysis_page
from remit.interop.adam.findings import AdamFinding
from remit.report.html import cell_text
from remit.report.records import STAMPS, ReportTable

GAP = "  "


def printed(analysis: Analysis) -> Iterator[str]:
    """Assumptions, every table but the findings, warnings, and the stamp."""
    page = analysis_page(analysis)
    yield page.title
    yield from page.about
    for sentence in page.assumed:
        yield f"Assumed: {sentence}"
    for section in page.sections:
        if section.id == "findings":
            continue
        if section.paragraphs:
            yield ""
            yield section.title
            yield from section.paragraphs
        for table in section.tables:
            yield ""
            yield from table_lines(table)
    yield from warning_lines(analysis.warnings)
    yield ""
    yield STAMPS[analysis.kind]


def warning_lines(findings: Sequence[AdamFinding]) -> Iterator[str]:
    """Warnings in four parts each; nothing without any."""
    if findings:
        yield ""
        yield f"{len(findings)} warning{'s' if len(findings) > 1 else ''} about the tables"
        for each in findings:
            yield ""
            yield str(each.finding())


def table_lines(table: ReportTable) -> Iterator[str]:
    """A table under its title, columns aligned; then its notes."""
    yield table.title
    heads = [each.heading.split("\n") for each in table.columns]
    depth = max(len(each) for each in heads)
    lines = [[head[row] if row < len(head) else "" for head in heads] for row in range(depth)]
    rows = [
        [cell_text(row.get(each.key), each, table.missing) for each in table.columns] for row in table.rows
    ]
    widths = [max(len(line[place]) for line in [*lines, *rows]) for place in range(len(heads))]
    for line in lines:
        yield _aligned(line, widths)
    yield "-" * (sum(widths) + len(GAP) * (len(widths) - 1))
    for row in rows:
        yield _aligned(row, widths)
    yield from table.footnotes
    if table.n:
        yield f"n: {table.n}"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Cells in their widths, the first to the left and the others centred."""
    first = cells[0].ljust(widths[0])
    others = [cell.center(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return GAP.join([first, *others]).rstrip()
