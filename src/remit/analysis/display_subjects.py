"""Who is analysed: subjects of the analysis set by arm, their records, what they were like at the start."""

from collections.abc import Iterator, Mapping

import polars as pl

from remit.analysis.display_tables import INDENT, table_id
from remit.analysis.display_text import column_heading, count
from remit.analysis.plan_file import AnalysisPlan, expected_endpoint
from remit.analysis.selecting import ARM, BY, STRATUM, arms_of, population_name, subjects
from remit.interop.adam.expected import is_usable, population, records
from remit.interop.adam.tables import AdamTables
from remit.report.records import Cell, Column, Kind, ReportTable
from remit.report.sas_rounding import rounded

Parts = Mapping[str, pl.DataFrame]
"""Subjects of each column: by what is analysed apart and by arm."""
CATEGORIES = ("SEX", "RACE", "ETHNIC", "REGION1", "AGEGR1", "ECOG")
"""Variables of ADSL whose levels are counted, if they are there."""


def parts_of(people: pl.DataFrame, plan: AnalysisPlan) -> dict[str, pl.DataFrame]:
    """Subjects by column, empty columns left out."""
    pairs = [(by, arm) for by in people[BY].unique().sort().to_list() for arm in arms_of(people, plan)]
    found = {f"{by}|{arm}": people.filter((pl.col(BY) == by) & (pl.col(ARM) == arm)) for by, arm in pairs}
    return {key: part for key, part in found.items() if part.height}


def _columns(parts: Parts) -> tuple[Column, ...]:
    """A heading for each column, with its number of subjects."""
    found = [Column("LABEL", "")]
    for key, part in parts.items():
        by, _, arm = key.partition("|")
        found.append(Column(key, column_heading(arm, by, part.height)))
    return tuple(found)


def subjects_table(tables: AdamTables, plan: AnalysisPlan, number: str, kind: Kind) -> ReportTable:
    """Numbers of subjects by arm: strata, and records of each endpoint."""
    parts = parts_of(subjects(tables, plan), plan)
    who = f"{plan.population} = Y" if plan.population else "all"
    rows: list[dict[str, Cell]] = [
        {"LABEL": f"Analysis set ({who}), n", **{key: str(part.height) for key, part in parts.items()}}
    ]
    if plan.strata:
        rows += _counts(parts, STRATUM, "Stratum")
    for endpoint in plan.endpoints:
        expected = expected_endpoint(endpoint)
        flag = population_name(plan, endpoint)
        if is_usable(tables, expected) and tables.has("ADSL", *filter(None, [flag])):
            inside = population(tables, flag).select(tables.key)
            kept = (
                records(tables, expected).select(tables.key).unique().join(inside, on=tables.key, how="semi")
            )
            cells = {
                key: str(part.join(kept, on=tables.key, how="semi").height) for key, part in parts.items()
            }
            own = f", {flag} = Y" if flag != plan.population else ""
            rows.append({"LABEL": f"With a record of {endpoint.name}{own}, n", **cells})
    inside = population(tables, plan.population).height
    notes = [f"ADSL has {tables.frame('ADSL').height} rows, of which {inside} are in the analysis set."]
    if plan.strata:
        notes.append(f"Strata: {', '.join(plan.strata)}.")
    return ReportTable(
        id=table_id(number),
        title=f"Table {number} Subjects analysed",
        columns=_columns(parts),
        rows=tuple(rows),
        n="",
        kind=kind,
        footnotes=tuple(notes),
    )


def demographics_table(tables: AdamTables, plan: AnalysisPlan, number: str, kind: Kind) -> ReportTable | None:
    """Age, sex and other characteristics by arm; None if ADSL has none of them."""
    adsl = tables.frame("ADSL")
    names = [*(name for name in CATEGORIES if name in adsl.columns), *plan.subgroups]
    wanted = [name for name in dict.fromkeys(("AGE", *names)) if name in adsl.columns]
    if not wanted:
        return None
    own = adsl.select(*(pl.col(name).alias(f"#D {name}") for name in wanted), *tables.key)
    people = subjects(tables, plan).join(own, on=tables.key, how="left", maintain_order="left")
    parts = parts_of(people, plan)
    rows: list[dict[str, Cell]] = []
    for name in wanted:
        if name == "AGE":
            rows += _quantity(parts, "#D AGE", "Age, years")
        else:
            rows += _counts(parts, f"#D {name}", tables.tables["ADSL"].labels.get(name, name))
    return ReportTable(
        id=table_id(number),
        title=f"Table {number} Demographics and baseline characteristics",
        columns=_columns(parts),
        rows=tuple(rows),
        n="",
        kind=kind,
        footnotes=("SD: standard deviation. Percentages are of the subjects of the column.",),
    )


def _counts(parts: Parts, variable: str, title: str) -> Iterator[dict[str, Cell]]:
    """A heading, and a line with the count of each level; a last one for subjects without a level."""
    yield {"LABEL": f"{title}, n (%)", **dict.fromkeys(parts, "")}
    levels = pl.concat([part[variable] for part in parts.values()]).unique().sort(nulls_last=True).to_list()
    for level in levels:
        cells = {
            key: count(part.filter(pl.col(variable).eq_missing(level)).height, part.height)
            for key, part in parts.items()
        }
        yield {"LABEL": f"{INDENT}{'missing' if level is None else level}", **cells}


def _quantity(parts: Parts, variable: str, title: str) -> Iterator[dict[str, Cell]]:
    """Mean with standard deviation, median, and range."""
    yield {"LABEL": title, **dict.fromkeys(parts, "")}
    known = {key: part[variable].drop_nulls() for key, part in parts.items()}

    def line(label: str, shown: dict[str, str]) -> dict[str, Cell]:
        return {"LABEL": f"{INDENT}{label}", **shown}

    yield line("n", {key: str(len(values)) for key, values in known.items()})
    yield line(
        "Mean (SD)",
        {key: f"{_shown(values.mean(), 1)} ({_shown(values.std(), 2)})" for key, values in known.items()},
    )
    yield line("Median", {key: _shown(values.median(), 1) for key, values in known.items()})
    yield line(
        "Minimum, maximum",
        {key: f"{_shown(values.min(), 0)}, {_shown(values.max(), 0)}" for key, values in known.items()},
    )


def _shown(value: object, decimals: int) -> str:
    return rounded(float(value), decimals) if isinstance(value, int | float) else "–"
