"""Rules about which records are events: codes of censoring against each other and against their words."""

from collections.abc import Iterator

import polars as pl

from remit.interop.adam.broken_rows import broken
from remit.interop.adam.expected import Expected, ExpectedEndpoint, is_usable, records
from remit.interop.adam.findings import AdamFinding, listed
from remit.interop.adam.structure_checks import nearest
from remit.interop.adam.tables import ROW, AdamTables

EVENT_WORDS = r"(?i)\b(death|dead|died|progress(ion|ed|ive)|relapsed?)\b"
CENSORING_WORDS = r"(?i)\b(alive|ongoing|censor(ed|ing)?|cut-?off|lost to follow)\b"
DENIED = r"(?i)\b(no|not|non|without|free|before|prior|until|after|missed|missing)\b"
"""Words that turn the sense of a text, as "no progression" or "last visit before death"."""


def events_occur(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """A time to event has events: without any in any arm the codes may be others."""
    for endpoint in expected.of_kind("time_to_event"):
        if not is_usable(tables, endpoint) or not tables.has("ADTTE", "CNSR"):
            continue
        own = records(tables, endpoint)
        codes = own["CNSR"].drop_nulls().unique().sort().to_list()
        if not codes or 0 in codes:
            continue
        shown = ", ".join(map(str, codes[:5]))
        doubt = ": is CNSR coded 1 and 2?" if len(codes) > 1 else ""
        yield AdamFinding(
            dataset="ADTTE",
            variable="CNSR",
            rule="events_occur",
            found=f"no event in any arm, only CNSR of {shown}{doubt}",
            needed="0 for an event; 1, 2 ... for censoring",
            remedy="mend CNSR, unless nobody has had the event",
            severity="warning",
            parameter=endpoint.parameter,
            rows=listed(own[ROW].to_list()),
            n_rows=own.height,
        )


def events_agree_with_their_words(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """EVNTDESC names an event where CNSR is 0 and none where it is positive; else a warning."""
    if not tables.has("ADTTE", "CNSR", "EVNTDESC", "PARAMCD"):
        return
    words = pl.col("EVNTDESC").cast(pl.String)
    is_denied = words.str.contains(DENIED)
    for endpoint in expected.of_kind("time_to_event"):
        if not is_usable(tables, endpoint):
            continue
        own = records(tables, endpoint).filter(~_competes(endpoint))
        wrong = {
            "censored": (pl.col("CNSR") > 0) & words.str.contains(EVENT_WORDS) & ~is_denied,
            "an event": (pl.col("CNSR") == 0) & words.str.contains(CENSORING_WORDS) & ~is_denied,
        }
        for what, breaks in wrong.items():
            rows = own.filter(breaks)
            counted = rows.group_by("EVNTDESC").len().sort("len", "EVNTDESC", descending=[True, False])
            shown = ", ".join(f"'{text}' {n} times" for text, n in counted.head(3).iter_rows())
            yield from broken(
                rows,
                ("ADTTE", "CNSR"),
                "events_agree_with_their_words",
                found=f"{shown}, and CNSR says {what}",
                needed="0 for an event; 1, 2 ... for censoring",
                remedy="check CNSR; it is used as it is",
                severity="warning",
            )


def _competes(endpoint: ExpectedEndpoint) -> pl.Expr:
    """Whether a record is a competing event, which is no event and still no censoring."""
    codes = [each for each in endpoint.competing if isinstance(each, int)]
    return pl.col("CNSR").is_in(codes).fill_null(value=False)


def competing_events_occur(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Every competing event of the plan is among the records of its endpoint."""
    for endpoint in expected.of_kind("time_to_event"):
        if not endpoint.competing or not is_usable(tables, endpoint) or not tables.has("ADTTE", "CNSR"):
            continue
        own = records(tables, endpoint)
        if own.is_empty():
            continue
        for event in endpoint.competing:
            variable = "CNSR" if isinstance(event, int) else "EVNTDESC"
            there = own[variable].drop_nulls().unique().sort().to_list() if variable in own.columns else []
            if str(event).lower() not in {str(each).lower() for each in there}:
                yield AdamFinding(
                    dataset="ADTTE",
                    variable=variable,
                    rule="competing_events_occur",
                    found=f"no record with '{event}'" if there else f"no {variable} at all",
                    needed=f"records of the competing event of {endpoint.name}",
                    remedy=nearest(str(event), there),
                    parameter=endpoint.parameter,
                )


CHECKS = (events_occur, events_agree_with_their_words, competing_events_occur)
