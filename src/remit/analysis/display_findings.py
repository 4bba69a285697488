"""What the rules found about the tables, as a table of the document."""

from remit.interop.adam.findings import AdamFinding
from remit.report.records import Column, Kind, ReportTable

HEADINGS = {
    "SEVERITY": "",
    "PLACE": "Where",
    "RULE": "Rule",
    "FOUND": "Found",
    "NEEDED": "Needed",
    "REMEDY": "What to do",
}


def findings_table(findings: tuple[AdamFinding, ...], number: str, kind: Kind) -> ReportTable:
    """Every finding about the tables: where, the rule, what was found, what to do."""
    rows = tuple(
        {
            "SEVERITY": each.severity,
            "PLACE": each.place,
            "RULE": each.rule.replace("_", " "),
            "FOUND": each.found,
            "NEEDED": each.needed,
            "REMEDY": each.remedy,
        }
        for each in findings
    )
    return ReportTable(
        id="table-findings",
        title=f"Table {number} Findings about the tables",
        columns=tuple(Column(key, heading) for key, heading in HEADINGS.items()),
        rows=rows,
        n="",
        kind=kind,
        footnotes=("Rows are counted from 1 in the file, its header not counted.",) if rows else (),
        absent="No findings: the tables keep every rule.",
    )
