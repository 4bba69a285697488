"""Rules about responses and adverse events: the words and grades that may stand there."""

from collections.abc import Iterator

import polars as pl

from remit.interop.adam.broken_rows import broken
from remit.interop.adam.expected import Expected, is_usable, records
from remit.interop.adam.findings import AdamFinding
from remit.interop.adam.tables import AdamTables

GRADES = (1, 5)


def responses_are_known(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """AVALC of a response is one of the words that the plan knows."""
    for endpoint in expected.of_kind("response"):
        if is_usable(tables, endpoint):
            own = records(tables, endpoint)
            yield from broken(
                own.filter(~pl.col("AVALC").is_in(list(endpoint.values)) | pl.col("AVALC").is_null()),
                ("ADRS", "AVALC"),
                "responses_are_known",
                needed=f"one of {', '.join(endpoint.values)}",
                remedy="mend the value, or add the word to values in the plan",
            )


def grades_are_known(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """Grades of adverse events are 1 to 5; a warning, since events without a grade still count as events."""
    for variable in ("AETOXGR", "ATOXGR"):
        if tables.has("ADAE", variable):
            wrong = tables.frame("ADAE").filter(~pl.col(variable).is_between(*GRADES))
            yield from broken(
                wrong,
                ("ADAE", variable),
                "grades_are_known",
                needed="a grade of 1 to 5, or blank",
                remedy="check the grade",
                severity="warning",
            )


CHECKS = (responses_are_known, grades_are_known)
