"""Rules about ADAE, ADEX and ADLB, on which safety tables rest. They stop no endpoint: all are warnings."""

from collections.abc import Iterator

import polars as pl

from remit.interop.adam.broken_rows import broken
from remit.interop.adam.expected import Expected
from remit.interop.adam.findings import AdamFinding
from remit.interop.adam.tables import AdamTables

DOSES = ("EXDOSE", "DOSEA", "DOSEP")
SPANS = (("ASTDT", "AENDT"), ("ASTDY", "AENDY"))
"""Start and end of a record, as dates or as days."""


def periods_are_in_order(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """No event and no period of exposure ends before it starts."""
    for dataset in ("ADAE", "ADEX"):
        for start, end in SPANS:
            if tables.has(dataset, start, end):
                yield from broken(
                    tables.frame(dataset).filter(pl.col(end) < pl.col(start)),
                    (dataset, end),
                    "periods_are_in_order",
                    needed=f"no earlier than {start}",
                    remedy="check both; such a period of exposure has no days",
                    severity="warning",
                )


def doses_are_no_less_than_zero(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """Doses are zero, in a hold, or more."""
    for variable in DOSES:
        if tables.has("ADEX", variable):
            yield from broken(
                tables.frame("ADEX").filter(pl.col(variable) < 0),
                ("ADEX", variable),
                "doses_are_no_less_than_zero",
                needed="a dose, 0 in a hold",
                remedy="mend the dose; it is used as it is",
                severity="warning",
            )


def fatal_events_agree(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """AESDTH, grade 5 and an outcome of FATAL agree; an event counts as fatal if one of them says so."""
    marks = {
        "AESDTH": pl.col("AESDTH") == "Y",
        "AETOXGR": pl.col("AETOXGR") == 5,
        "AEOUT": pl.col("AEOUT").str.to_uppercase() == "FATAL",
    }
    said = {name: mark for name, mark in marks.items() if tables.has("ADAE", name)}
    if len(said) < 2:
        return
    known = pl.any_horizontal(each.fill_null(value=False) for each in said.values())
    first = next(iter(said))
    yield from broken(
        tables.frame("ADAE").filter(
            known & ~pl.all_horizontal(each.fill_null(value=True) for each in said.values())
        ),
        ("ADAE", first),
        "fatal_events_agree",
        needed=f"the same in {', '.join(said)}",
        remedy="mend the one that is wrong; the event counts as fatal",
        severity="warning",
    )


def events_precede_death(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """No adverse event starts after the death of its subject."""
    for start, death in (("ASTDT", "DTHDT"), ("ASTDY", "DTHDY")):
        if tables.has("ADAE", start, *tables.key) and tables.has("ADSL", death, *tables.key):
            died = tables.frame("ADSL").select(*tables.key, pl.col(death).alias("#DEATH")).unique(tables.key)
            rows = tables.frame("ADAE").join(died, on=tables.key, how="left", maintain_order="left")
            yield from broken(
                rows.filter(pl.col(start) > pl.col("#DEATH")),
                ("ADAE", start),
                "events_precede_death",
                needed=f"no later than {death} of ADSL",
                remedy="check both dates",
                severity="warning",
            )


def baselines_are_unique(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """A subject has one record of baseline of each parameter."""
    if not tables.has("ADLB", "ABLFL", "PARAMCD", *tables.key):
        return
    flagged = tables.frame("ADLB").filter(pl.col("ABLFL") == "Y")
    yield from broken(
        flagged.filter(pl.struct(*tables.key, "PARAMCD").is_duplicated()),
        ("ADLB", "ABLFL"),
        "baselines_are_unique",
        found="more than one Y for a subject",
        needed="one record of baseline for each subject and parameter",
        remedy="leave the flag at one; the last is used",
        severity="warning",
    )


def safety_days_are_known(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """Events, doses and laboratory values have a date or a day."""
    for dataset, names in (
        ("ADAE", ("ASTDT", "ASTDY")),
        ("ADEX", ("ASTDT", "ASTDY")),
        ("ADLB", ("ADT", "ADY")),
    ):
        there = [name for name in names if tables.has(dataset, name)]
        if dataset not in tables.tables:
            continue
        if not there:
            yield AdamFinding(
                dataset=dataset,
                variable=names[0],
                rule="safety_days_are_known",
                found=f"neither {names[0]} nor {names[1]}",
                needed="a date or a study day",
                remedy="without it nothing is known to be treatment-emergent, and no time at risk",
                severity="warning",
            )
            continue
        blank = pl.all_horizontal(pl.col(name).is_null() for name in there)
        yield from broken(
            tables.frame(dataset).filter(blank).drop("PARAMCD", strict=False),
            (dataset, there[0]),
            "safety_days_are_known",
            found="blank",
            needed=" or ".join(there),
            remedy="complete it; an event counts as treatment-emergent, other records are left out",
            severity="warning",
        )


CHECKS = (
    periods_are_in_order,
    doses_are_no_less_than_zero,
    fatal_events_agree,
    events_precede_death,
    baselines_are_unique,
    safety_days_are_known,
)
