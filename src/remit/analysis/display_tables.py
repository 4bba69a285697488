"""Results laid out as the tables of a study report: a column for each arm, a line for each number."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from remit.analysis.display_text import (
    ABBREVIATIONS,
    Record,
    column_heading,
    count,
    level_text,
    p_text,
    share,
    time,
    title_text,
    with_limits,
)
from remit.analysis.interval_times import MEDIAN, SURVIVAL
from remit.analysis.plan_file import AnalysisPlan, Response, TimeToEvent
from remit.report.records import Column, Kind, ReportTable
from remit.report.sas_rounding import rounded

INDENT = "\u2003"
COMPETING = (
    "Competing events are censored in Kaplan-Meier, and counted in the cumulative incidence after Aalen and "
    "Johansen.",
)
INTERVALS = (
    "Between visits: events are only known to lie between two visits (Turnbull); a range is what the "
    "estimate allows, and no confidence interval."
)
Shown = Callable[[float | None], str]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a table under construction: label, and text by column."""

    label: str
    cells: Mapping[str, str]


def groups(results: pl.DataFrame) -> list[tuple[str, str]]:
    """Columns of a table: what is analysed apart and the arm, in the order of the results."""
    own = results.filter((pl.col("REFERENCE") == "") & (pl.col("SUBGROUP") == ""))
    return own.select("BY", "ARM").unique(maintain_order=True).rows()


def time_to_event_table(
    results: pl.DataFrame, endpoint: TimeToEvent, plan: AnalysisPlan, number: str, kind: Kind
) -> ReportTable:
    """Events, quartiles, survival at milestones, restricted mean and follow-up of each arm."""
    unit, ci = plan.time_unit, level_text(plan.level)
    lines = [
        *_counts(results, ("Events", "Censored")),
        *_line(results, f"Median, {unit}s ({ci})", "median", lambda row: with_limits(row, time)),
        *_quartiles(results, unit),
        *_line(
            results,
            f"Median follow-up, {unit}s ({ci})",
            "median follow-up",
            lambda row: with_limits(row, time),
        ),
    ]
    for at in endpoint.milestones:
        label = f"Event-free at {at:g} {unit}s, % ({ci})"
        lines += _line(results, label, "survival", lambda row: with_limits(row, share), at)
        label = f"Cumulative incidence at {at:g} {unit}s, % ({ci})"
        lines += _line(results, label, "cumulative incidence", lambda row: with_limits(row, share), at)
        label = f"{INDENT}of the competing event, % ({ci})"
        lines += _line(
            results, label, "cumulative incidence, competing", lambda row: with_limits(row, share), at
        )
    if endpoint.has_bounds:
        lines += _between(results, endpoint, unit)
    if endpoint.restricted_mean is not None:
        tau = endpoint.restricted_mean
        label = f"Restricted mean up to {tau:g} {unit}s ({ci})"
        lines += _line(results, label, "restricted mean", lambda row: with_limits(row, two_decimals), tau)
    notes = [
        f"Times and survival: Kaplan-Meier, limits on the {endpoint.interval} scale, those of the median "
        "after Brookmeyer and Crowley.",
        *(["Follow-up: reverse Kaplan-Meier."] if endpoint.follow_up else []),
        *_noted(results, "restricted mean", "Restricted mean"),
        *(["+ after a number of the range: censored."] if _has_plus(lines) else []),
        *(COMPETING if endpoint.competing else []),
        *([INTERVALS] if endpoint.has_bounds else []),
    ]
    return _table(results, lines, title_text(f"Table {number}", endpoint, plan), number, kind, notes)


def response_table(
    results: pl.DataFrame, endpoint: Response, plan: AnalysisPlan, number: str, kind: Kind
) -> ReportTable:
    """Response rate, each kind of response, and the test of the null rate, of each arm."""
    ci = level_text(plan.level)
    responders = ", ".join(endpoint.responders)
    lines = [
        *_line(results, f"Responders ({responders}), n (%)", "response rate", _n_percent),
        *_line(results, f"{INDENT}{ci}, %", "response rate", _limits_only),
    ]
    for value in endpoint.values:
        lines += _line(results, f"{INDENT}{value}, n (%)", f"rate of {value}", _n_percent)
    lines += _line(results, f"{INDENT}No record, n (%)", "rate without a record", _n_percent)
    method = "Wilson" if endpoint.interval == "wilson" else "Clopper and Pearson, exact"
    notes = [f"Interval: {method}. Subjects without a record count as no responders."]
    if endpoint.p0 is not None:
        tests = results.filter(pl.col("METHOD").str.starts_with("exact binomial"))
        lines += _lines_of(
            tests, f"p-value, rate above {100 * endpoint.p0:g}%, one-sided", lambda row: p_text(row, 1)
        )
        notes.append("Test: exact binomial, one-sided.")
    return _table(results, lines, title_text(f"Table {number}", endpoint, plan), number, kind, notes)


def _noted(results: pl.DataFrame, parameter: str, label: str) -> list[str]:
    """What must be known to read the numbers of some arms, a sentence for each thing."""
    own = results.filter((pl.col("PARAMETER") == parameter) & (pl.col("NOTE") != ""))
    arms: dict[str, list[str]] = {}
    for row in own.iter_rows(named=True):
        arms.setdefault(row["NOTE"], []).append(f"{row['ARM']} {row['BY']}".strip())
    return [f"{label} of {', '.join(names)}: {note}." for note, names in arms.items()]


def table_id(number: str) -> str:
    """Id of a table, for links and names of files."""
    return f"table-{number.replace('.', '-')}"


def two_decimals(value: float | None) -> str:
    """A difference of times, or a mean of them."""
    return time(value, 2)


def percent_points(value: float | None) -> str:
    """A difference of rates in percentage points."""
    return "NE" if value is None else rounded(100 * value, 1)


def _n_percent(row: Record) -> str:
    return count(row["EVENTS"], row["N"])


def _limits_only(row: Record) -> str:
    return f"({share(row['LOW'])}, {share(row['HIGH'])})"


def _line(
    results: pl.DataFrame, label: str, parameter: str, shown: Callable[[Record], str], at: float | None = None
) -> Iterator[Lines]:
    """A line with the value of each column; none if no column has it."""
    own = results.filter(
        (pl.col("PARAMETER") == parameter) & (pl.col("REFERENCE") == "") & (pl.col("SUBGROUP") == "")
    )
    yield from _lines_of(own if at is None else own.filter(pl.col("TIME") == at), label, shown)


def _lines_of(own: pl.DataFrame, label: str, shown: Callable[[Record], str]) -> Iterator[Lines]:
    cells = {_key(row["BY"], row["ARM"]): shown(row) for row in own.iter_rows(named=True)}
    if cells:
        yield Lines(label, cells)


def _key(by: str, arm: str) -> str:
    return f"{by}|{arm}"


def _counts(results: pl.DataFrame, labels: tuple[str, str]) -> Iterator[Lines]:
    """Events and censored subjects."""
    own = results.filter(pl.col("PARAMETER") == "median")
    event, censored = labels
    yield from _lines_of(own, f"{event}, n (%)", _n_percent)
    yield from _lines_of(own, f"{censored}, n (%)", lambda row: count(row["N"] - row["EVENTS"], row["N"]))


def _quartiles(results: pl.DataFrame, unit: str) -> Iterator[Lines]:
    """Lower and upper quartile on one line, and the range."""
    pairs = {
        f"{INDENT}25th, 75th percentile, {unit}s": ("lower quartile", "upper quartile"),
        f"{INDENT}Range, {unit}s": ("shortest time", "longest time"),
    }
    for label, names in pairs.items():
        first, second = (results.filter(pl.col("PARAMETER") == name) for name in names)
        ends = {_key(row["BY"], row["ARM"]): _end(row) for row in second.iter_rows(named=True)}
        yield from _lines_of(
            first, label, lambda row, ends=ends: f"{_end(row)}, {ends.get(_key(row['BY'], row['ARM']), '')}"
        )


def _between(results: pl.DataFrame, endpoint: TimeToEvent, unit: str) -> Iterator[Lines]:
    """Estimates from intervals: a value, or the two between which it lies."""

    def text(row: Record, shown: Shown) -> str:
        return (
            shown(row["LOW"]) if row["LOW"] == row["HIGH"] else f"{shown(row['LOW'])} to {shown(row['HIGH'])}"
        )

    yield from _line(results, f"Median between visits, {unit}s", MEDIAN, lambda row: text(row, time))
    for at in endpoint.milestones:
        label = f"{INDENT}Event-free between visits at {at:g} {unit}s, %"
        yield from _line(results, label, SURVIVAL, lambda row: text(row, share), at)


def _end(row: Record) -> str:
    return time(row["ESTIMATE"]) + ("+" if row["NOTE"] == "censored" else "")


def _has_plus(lines: Sequence[Lines]) -> bool:
    return any("+" in cell for line in lines for cell in line.cells.values())


def _table(
    results: pl.DataFrame, lines: Sequence[Lines], title: str, number: str, kind: Kind, notes: Sequence[str]
) -> ReportTable:
    """Lines under a heading for each arm."""
    columns = [Column("LABEL", "")]
    for by, arm in groups(results):
        own = results.filter((pl.col("BY") == by) & (pl.col("ARM") == arm) & (pl.col("REFERENCE") == ""))
        n = max(own["N"].to_list())
        columns.append(Column(_key(by, arm), column_heading(arm, by, n), "figure"))
    text = " ".join(cell for line in lines for cell in line.cells.values())
    used = [sentence for word, sentence in ABBREVIATIONS.items() if word in text]
    return ReportTable(
        id=table_id(number),
        title=title,
        columns=tuple(columns),
        rows=tuple({"LABEL": line.label, **line.cells} for line in lines),
        n="",
        kind=kind,
        footnotes=(*notes, *used),
    )
