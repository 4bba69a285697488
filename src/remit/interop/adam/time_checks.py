"""Rules about times to event: values, codes of censoring, units, dates."""

from collections.abc import Iterator

import polars as pl

from remit.interop.adam.broken_rows import broken
from remit.interop.adam.expected import Expected, is_usable, number, records, responders
from remit.interop.adam.findings import AdamFinding, listed
from remit.interop.adam.tables import ROW, AdamTables
from remit.interop.adam.time_units import DAYS, IN_TITLE, STATED, unit_of, with_units
from remit.interop.adam.unit_checks import MARGIN, days_of_dates, looks_like


def times_are_not_missing(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """Every record of ADTTE has a time."""
    if tables.has("ADTTE", "AVAL", "PARAMCD"):
        yield from broken(
            tables.tables["ADTTE"].blank("AVAL"),
            ("ADTTE", "AVAL"),
            "times_are_not_missing",
            needed="a time",
            remedy="complete it, or drop the record",
        )


def times_are_not_negative(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """No time is below zero."""
    if tables.has("ADTTE", "AVAL", "PARAMCD"):
        yield from broken(
            tables.frame("ADTTE").filter(pl.col("AVAL") < 0),
            ("ADTTE", "AVAL"),
            "times_are_not_negative",
            needed="a time of at least 0",
            remedy="check the dates of origin and event",
        )


def censoring_is_coded(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """CNSR is 0 for an event and a positive whole number for censoring."""
    if tables.has("ADTTE", "CNSR", "PARAMCD"):
        table = tables.tables["ADTTE"]
        wrong = pl.concat([table.blank("CNSR"), table.frame.filter(pl.col("CNSR") < 0)]).sort(ROW)
        yield from broken(
            wrong,
            ("ADTTE", "CNSR"),
            "censoring_is_coded",
            needed="0 for an event; 1, 2 ... for censoring",
            remedy="CNSR is not an event flag: 0 is the event",
        )


def units_are_one(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """A parameter of ADTTE has one unit of time that is known, and its title agrees."""
    if not tables.has("ADTTE", "PARAMCD") or not (
        tables.has("ADTTE", "AVALU") or tables.has("ADTTE", "PARAM")
    ):
        return
    rows = with_units(tables.frame("ADTTE"))
    variable = "AVALU" if tables.has("ADTTE", "AVALU") else "PARAM"
    unknown = rows.filter(pl.col(STATED).is_not_null() & ~pl.col(STATED).is_in(list(DAYS)))
    yield from broken(
        unknown,
        ("ADTTE", "AVALU"),
        "units_are_one",
        needed="days, weeks, months or years",
        remedy="say the unit in one of these words",
    )
    for (code,), part in rows.group_by("PARAMCD", maintain_order=True):
        said = part.select(STATED, IN_TITLE).unpivot()["value"].drop_nulls().unique(maintain_order=True)
        known = [each for each in said if each in DAYS]
        if len(known) > 1:
            other = part.filter((pl.col(STATED) != known[0]) | (pl.col(IN_TITLE) != known[0]))
            yield from broken(
                other,
                ("ADTTE", variable),
                "units_are_one",
                found=" and ".join(known),
                needed="one unit for the parameter",
                remedy=f"convert the values of {code} to one unit",
            )


def dates_are_in_order(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """No record of ADTTE ends before it starts."""
    if tables.has("ADTTE", "STARTDT", "ADT", "PARAMCD"):
        yield from broken(
            tables.frame("ADTTE").filter(pl.col("ADT") < pl.col("STARTDT")),
            ("ADTTE", "ADT"),
            "dates_are_in_order",
            needed="ADT on or after STARTDT",
            remedy="check both dates",
        )


def times_agree_with_dates(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """AVAL is ADT - STARTDT + 1 in days, or that in the unit of the parameter; else a warning.

    If all records of a parameter lack the 1, that is one warning: a convention, not a slip. If most are in
    another unit, ``units_agree_with_dates`` says so in their stead.
    """
    if not tables.has("ADTTE", "STARTDT", "ADT", "AVAL", "PARAMCD"):
        return
    for (code,), part in tables.frame("ADTTE").group_by("PARAMCD", maintain_order=True):
        unit = unit_of(part) or expected.unit
        if looks_like(part, unit):
            continue
        days = days_of_dates()
        gap = part.with_columns((pl.col("AVAL") * DAYS[unit] - days).alias("#GAP")).drop_nulls("#GAP")
        off = gap.filter(pl.col("#GAP").abs() > MARGIN[unit])
        is_convention = (
            bool(len(off)) and off.height == gap.height and bool(((off["#GAP"] + 1).abs() < 1e-6).all())
        )
        if is_convention:
            yield AdamFinding(
                dataset="ADTTE",
                variable="AVAL",
                rule="times_agree_with_dates",
                found="ADT - STARTDT in all records",
                needed="ADT - STARTDT + 1, the convention of ADaM",
                remedy="the times are used as they are",
                severity="warning",
                parameter=str(code),
                rows=listed(off[ROW].to_list()),
                n_rows=off.height,
            )
        else:
            yield from broken(
                off,
                ("ADTTE", "AVAL"),
                "times_agree_with_dates",
                severity="warning",
                needed=f"ADT - STARTDT + 1, in {unit}s",
                remedy="check unit and dates; the times are used as they are",
            )


def dates_precede_the_cut_off(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """No event or assessment lies after the data cut-off, of the plan or in DCUTDT."""
    for name in ("ADTTE", "ADRS"):
        if not tables.has(name, "ADT", "PARAMCD"):
            continue
        frame = tables.frame(name)
        if expected.cut_off is not None:
            cut_off = pl.lit(expected.cut_off)
        elif "DCUTDT" in frame.columns:
            cut_off = pl.col("DCUTDT")
        elif tables.has("ADSL", "DCUTDT", *tables.key) and tables.has(name, *tables.key):
            own = tables.frame("ADSL").select(*tables.key, "DCUTDT").unique(tables.key, keep="first")
            frame, cut_off = (
                frame.join(own, on=tables.key, how="left", maintain_order="left"),
                pl.col("DCUTDT"),
            )
        else:
            continue
        yield from broken(
            frame.filter(pl.col("ADT") > cut_off),
            (name, "ADT"),
            "dates_precede_the_cut_off",
            needed="a date up to the data cut-off",
            remedy="cut the data, or mend cut_off in the plan",
        )


def bounds_hold_the_time(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """An event lies between its bounds, which come in pairs; a censored time has no second one."""
    for endpoint in expected.of_kind("time_to_event"):
        if not endpoint.bounds or not is_usable(tables, endpoint) or not tables.has("ADTTE", "CNSR"):
            continue
        low, high = (number(name) for name in endpoint.bounds)
        is_event = pl.col("CNSR") == 0
        own = records(tables, endpoint)
        given = [pl.col(name).is_not_null() & number(name).is_null() for name in endpoint.bounds]
        wrong = {
            "numbers, or blank": given[0] | given[1],
            "both bounds of an event, or neither": is_event & (low.is_null() != high.is_null()),
            "bounds of at least 0, the second not before the first": (low < 0) | (low > high),
            "AVAL of an event between its bounds": is_event & ~pl.col("AVAL").is_between(low, high),
            "no second bound of a censored time": ~is_event & high.is_not_null(),
        }
        for needed, breaks in wrong.items():
            yield from broken(
                own.filter(breaks),
                ("ADTTE", endpoint.bounds[1]),
                "bounds_hold_the_time",
                needed=needed,
                remedy=f"mend {' and '.join(endpoint.bounds)}, or leave the bounds out of the plan",
            )


def duration_needs_a_response(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Only responders have a duration of response."""
    for endpoint in expected.of_kind("time_to_event"):
        response = expected.endpoint(endpoint.among)
        if response is None or not is_usable(tables, endpoint) or not is_usable(tables, response):
            continue
        own = records(tables, endpoint)
        others = own.join(responders(tables, response), on=tables.key, how="anti", maintain_order="left")
        yield from broken(
            others,
            ("ADTTE", "USUBJID"),
            "duration_needs_a_response",
            needed=f"a responder of {response.name}: {', '.join(response.responders)}",
            remedy="check response and PARAMCD, or the reader that the plan selects",
        )


def progression_is_not_after_death(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """An event of progression-free survival is not later than the end of overall survival."""
    by_code = {each.parameter.upper(): each for each in expected.of_kind("time_to_event")}
    overall = by_code.get("OS")
    if overall is None or not is_usable(tables, overall):
        return
    ends = records(tables, overall).select(*tables.key, pl.col("AVAL").alias("#OS"))
    ends = ends.unique(tables.key, keep="first")
    to_days = DAYS[unit_of(records(tables, overall)) or expected.unit]
    for code, endpoint in by_code.items():
        if not code.startswith("PFS") or not is_usable(tables, endpoint) or not tables.has("ADTTE", "CNSR"):
            continue
        own = records(tables, endpoint)
        unit = unit_of(own) or expected.unit
        late = own.join(ends, on=tables.key, how="inner", maintain_order="left").filter(
            (pl.col("CNSR") == 0) & (pl.col("AVAL") * DAYS[unit] > pl.col("#OS") * to_days + MARGIN[unit])
        )
        yield from broken(
            late,
            ("ADTTE", "AVAL"),
            "progression_is_not_after_death",
            needed=f"{endpoint.name} no longer than {overall.name} of the subject",
            remedy="check both records",
        )


CHECKS = (
    times_are_not_missing,
    times_are_not_negative,
    censoring_is_coded,
    units_are_one,
    dates_are_in_order,
    times_agree_with_dates,
    dates_precede_the_cut_off,
    bounds_hold_the_time,
    duration_needs_a_response,
    progression_is_not_after_death,
)
