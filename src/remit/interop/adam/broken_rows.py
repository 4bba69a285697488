"""Findings from rows that break a rule: one for each parameter, since each endpoint is stopped apart."""

from collections.abc import Iterator

import polars as pl

from remit.interop.adam.findings import AdamFinding, Severity, listed
from remit.interop.adam.tables import ROW

EXAMPLES = 3


def broken(
    rows: pl.DataFrame,
    place: tuple[str, str],
    rule: str,
    *,
    needed: str,
    remedy: str,
    found: str = "",
    severity: Severity = "error",
) -> Iterator[AdamFinding]:
    """One finding for each PARAMCD of the rows; none without rows.

    Parameters
    ----------
    rows
        Rows that break the rule, with ``ROW``.
    place
        Dataset and variable.
    rule
        Name of the rule.
    needed, remedy, severity
        As in :class:`AdamFinding`.
    found
        What was found; the first different values of the variable unless given.
    """
    dataset, variable = place
    if rows.is_empty():
        return
    groups = (
        [(str(code or ""), part) for (code,), part in rows.group_by("PARAMCD", maintain_order=True)]
        if "PARAMCD" in rows.columns
        else [("", rows)]
    )
    for parameter, part in groups:
        yield AdamFinding(
            dataset=dataset,
            variable=variable,
            rule=rule,
            found=found or examples(part, variable),
            needed=needed,
            remedy=remedy,
            severity=severity,
            parameter=parameter,
            rows=listed(part[ROW].to_list()),
            n_rows=part.height,
        )


def examples(rows: pl.DataFrame, variable: str) -> str:
    """The first different values of a variable."""
    values = rows[variable].unique(maintain_order=True).to_list()
    shown = ", ".join("blank" if each is None else f"'{each}'" for each in values[:EXAMPLES])
    return f"{shown} and {len(values) - EXAMPLES} more" if len(values) > EXAMPLES else shown
