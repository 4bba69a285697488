"""Safety: cytopenia by grade, tumour lysis syndrome, background events. What is not modelled is never 0."""

from collections.abc import Mapping

import polars as pl

from remit.report.labels import course_title, courses
from remit.report.records import Cell, Column, ReportTable
from remit.report.tabled import Report, not_solved

NOT_MODELLED = "not modelled"
KEYS = ["ARM", "SCENARIO", "DRAW", "USUBJID"]
LYSIS = "(?i)lysis|^tls"


def neutropenia(report: Report) -> ReportTable:
    """Neutropenia by worst CTCAE grade."""
    return _cytopenia(report, "ANC", "table-neutropenia", "Neutropenia by worst CTCAE grade")


def thrombocytopenia(report: Report) -> ReportTable:
    """Thrombocytopenia by worst CTCAE grade."""
    return _cytopenia(report, "PLAT", "table-thrombocytopenia", "Thrombocytopenia by worst CTCAE grade")


def _cytopenia(report: Report, code: str, identifier: str, title: str) -> ReportTable:
    graded = report.table("adlb").filter(
        (pl.col("PARAMCD") == code) & (pl.col("ADY") > 0) & (pl.col("ATOXGR") >= 0)
    )
    worst = graded.group_by(KEYS).agg(pl.col("ATOXGR").max())
    rows: list[Mapping[str, Cell]] = []
    for arm, scenario in courses(worst, report.facts):
        part = worst.filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario))
        grade = part["ATOXGR"].to_numpy()
        by_draw = part.group_by("DRAW").agg(SEVERE=(pl.col("ATOXGR") >= 3).mean())["SEVERE"]
        low, high = by_draw.quantile(0.05, "linear") or 0.0, by_draw.quantile(0.95, "linear") or 0.0
        rows.append(
            {"COURSE": course_title(arm, scenario, report.facts), "N": part.height}
            | {f"G{level}": float((grade == level).mean()) for level in (1, 2, 3, 4)}
            | {"SEVERE": float((grade >= 3).mean()), "SPAN": f"{100 * low:.0f} to {100 * high:.0f}%"}
        )
    columns = (
        Column("COURSE", "Arm and scenario"),
        Column("N", "n with a sample", "integer"),
        Column("G1", "Grade 1", "percent"),
        Column("G2", "Grade 2", "percent"),
        Column("G3", "Grade 3", "percent"),
        Column("G4", "Grade 4", "percent"),
        Column("SEVERE", "Grade 3 or 4", "percent"),
        Column("SPAN", "Grade 3 or 4: 90% range over parameter draws"),
    )
    return ReportTable(
        id=identifier,
        title=title,
        columns=columns,
        rows=tuple(rows),
        n=not_solved(report),
        footnotes=(
            (
                "Worst grade at a scheduled sample after the first dose; values between samples are not "
                "seen, as in a real trial."
            ),
        ),
    )


def lysis(report: Report) -> ReportTable:
    """Laboratory and clinical tumour lysis syndrome."""
    adsl, events = report.table("adsl"), report.table("adae").filter(pl.col("AEDECOD").str.contains(LYSIS))
    modelled = not report.table("adlb").filter(pl.col("PARAMCD") == "URATE").is_empty()
    laboratory = pl.col("AEDECOD").str.contains("(?i)lab")
    rows: list[Mapping[str, Cell]] = []
    for arm, scenario in courses(adsl, report.facts):
        n = adsl.filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario)).height
        here = events.filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario))
        rows.append(
            {
                "COURSE": course_title(arm, scenario, report.facts),
                "N": n,
                "LAB": _share(here.filter(laboratory), n) if modelled else NOT_MODELLED,
                "CLINICAL": _share(here.filter(~laboratory), n) if modelled else NOT_MODELLED,
            }
        )
    columns = (
        Column("COURSE", "Arm and scenario"),
        Column("N", "n", "integer"),
        Column("LAB", "Laboratory"),
        Column("CLINICAL", "Clinical"),
    )
    return ReportTable(
        id="table-lysis",
        title="Tumour lysis syndrome",
        columns=columns,
        rows=tuple(rows),
        n=not_solved(report),
        footnotes=(
            (
                "Laboratory: two abnormalities within 24 h in a window around a dose step, on sampled "
                "values only (Howard)."
            ),
            "Clinical: a probability given laboratory tumour lysis syndrome; assumed.",
        ),
    )


def published(report: Report) -> ReportTable:
    """Published shares of the same events under the reference drug; nothing was fitted to them."""
    rows = tuple(
        {
            "EVENT": each.event,
            "THERAPY": each.therapy,
            "TRIAL": f"{each.trial}; {each.population}",
            "N": each.n,
            "SHARE": each.share,
            "STANDING": "recalled, not yet checked" if each.recalled else "read in its source",
            "RECORD": each.evidence,
        }
        for each in report.facts.published_safety
    )
    columns = (
        Column("EVENT", "Event"),
        Column("THERAPY", "Therapy"),
        Column("TRIAL", "Trial and population"),
        Column("N", "n", "integer"),
        Column("SHARE", "Share", "percent"),
        Column("STANDING", "Standing"),
        Column("RECORD", "Record"),
    )
    return ReportTable(
        id="table-published-safety",
        title=f"Published rates of the same events with {report.facts.reference}",
        columns=columns,
        rows=rows,
        n="in the table",
        kind="published",
        footnotes=(
            "No safety value was fitted to these. Splenic sequestration and damage by earlier therapy are "
            "not modelled, which lowers severe thrombocytopenia.",
        ),
        absent="none in the evidence",
    )


def _share(events: pl.DataFrame, n: int) -> str:
    """Patients with an event, and their share."""
    count = events.select(KEYS).n_unique() if not events.is_empty() else 0
    return f"{count:,} ({100 * count / n:.1f}%)" if n else "–"


def background(report: Report) -> ReportTable:
    """Other adverse events, any grade and grade 3 or more; events without a public rate say so."""
    adsl = report.table("adsl")
    events = report.table("adae").filter(~pl.col("AEDECOD").str.contains(LYSIS))
    pairs = courses(adsl, report.facts)
    names = events["AEDECOD"].unique().sort().to_list()
    rows: list[Mapping[str, Cell]] = []
    for name in names:
        row: dict[str, Cell] = {
            "EVENT": name,
            "ORIGIN": ", ".join(
                events.filter(pl.col("AEDECOD") == name)["AEORIGIN"].unique().sort().to_list()
            ),
        }
        rows.append(
            row | {f"C{place}": _event_share(events, adsl, name, pair) for place, pair in enumerate(pairs)}
        )
    rows += [
        {"EVENT": name, "ORIGIN": ""} | {f"C{place}": NOT_MODELLED for place in range(len(pairs))}
        for name in report.facts.not_modelled
        if name not in names
    ]
    columns = (
        Column("EVENT", "Event"),
        Column("ORIGIN", "From"),
        *(
            Column(f"C{place}", course_title(arm, scenario, report.facts))
            for place, (arm, scenario) in enumerate(pairs)
        ),
    )
    return ReportTable(
        id="table-events",
        title="Other adverse events: any grade (grade 3 or more)",
        columns=columns,
        rows=tuple(rows),
        n=not_solved(report),
        footnotes=(
            "Background: an empirical rate for this kind of drug and disease, not produced by the model.",
            "Not modelled: no public rate was found; it is not zero.",
        ),
    )


def _event_share(events: pl.DataFrame, adsl: pl.DataFrame, name: str, pair: tuple[str, str]) -> str:
    """Share of patients with an event: any grade, and grade 3 or more."""
    arm, scenario = pair
    n = adsl.filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario)).height
    here = events.filter(
        (pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario) & (pl.col("AEDECOD") == name)
    )
    worst = here.group_by(KEYS).agg(pl.col("AETOXGR").max())
    severe = worst.filter(pl.col("AETOXGR") >= 3).height
    return f"{100 * worst.height / n:.1f}% ({100 * severe / n:.1f}%)" if n else "–"
