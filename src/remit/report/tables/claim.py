"""The claim: a verdict per reading, and what would change it."""

from collections.abc import Mapping

import polars as pl

from remit.designation.agencies import shipped_agencies
from remit.designation.readings import shipped_rules
from remit.report.labels import arm_title, courses, scenario_title
from remit.report.records import Cell, Column, ReportTable
from remit.report.tabled import Report, answered, unanswered

READING_ORDER = {"not numerical": 0, "lenient": 1, "central": 2, "strict": 3}


def set_titles() -> dict[str, str]:
    """Titles of the comparator sets."""
    return {each.name: each.title for each in shipped_rules().set} | {"any": ""}


def reading_notes() -> tuple[str, ...]:
    """What each reading asks for, and where a share of trials becomes a verdict."""
    rules = shipped_rules()
    readings = tuple(f"{each.name.capitalize()}: {each.sentence}" for each in rules.reading)
    return (*readings, f"Pooled: {rules.pooling.because}", rules.verdict.because)


def verdicts(report: Report) -> ReportTable:
    """Verdict of each criterion and reading for the investigational arm, one column a scenario."""
    table = report.table("verdicts").filter(pl.col("ARM") == report.facts.investigational)
    scenarios = [scenario for _, scenario in courses(table, report.facts)]
    titles, agencies = set_titles(), [each.name for each in shipped_agencies().agency]
    keys = table.select("AGENCY", "CRITERION", "SET", "READING").unique().rows()
    order = {
        (agency.name, criterion.name): place
        for agency in shipped_agencies().agency
        for place, criterion in enumerate(agency.criterion)
    }

    def rank(key: tuple[str, str, str, str]) -> tuple[object, ...]:
        agency, criterion, members, reading = key
        plain = criterion.removesuffix(", if observed")
        return (
            agencies.index(agency),
            order.get((agency, plain), 99),
            members != "oral_non_cellular",
            READING_ORDER.get(reading, 9),
        )

    rows: list[Mapping[str, Cell]] = []
    for agency, criterion, members, reading in sorted(keys, key=rank):
        row: dict[str, Cell] = {
            "AGENCY": agency.upper(),
            "CRITERION": criterion,
            "SET": titles.get(members, members),
            "READING": reading,
        }
        for place, scenario in enumerate(scenarios):
            found = table.filter(
                (pl.col("SCENARIO") == scenario)
                & (pl.col("AGENCY") == agency)
                & (pl.col("CRITERION") == criterion)
                & (pl.col("SET") == members)
                & (pl.col("READING") == reading)
            )
            row[f"S{place}"] = _verdict_text(found)
        rows.append(row)
    columns = (
        Column("AGENCY", "Agency"),
        Column("CRITERION", "Criterion"),
        Column("SET", "Compared with"),
        Column("READING", "Reading"),
        *(
            Column(f"S{place}", scenario_title(scenario, report.facts.scenario_titles), "verdict")
            for place, scenario in enumerate(scenarios)
        ),
    )
    return ReportTable(
        id="table-verdicts",
        title=f"{arm_title(report.facts.investigational)}: a verdict for each reading of each criterion",
        columns=columns,
        rows=tuple(_without_repeats(rows, ("AGENCY", "CRITERION", "SET"))),
        absent=unanswered(report),
        n=counted(report),
        footnotes=(
            (
                "Met, not met or cannot tell; the last is normal. A verdict does not say that an agency "
                "would grant anything."
            ),
            (
                "If observed: the percentage is the share of simulated trials in which the reading would "
                "hold against therapies counted as available, had the trial been real."
            ),
            (
                "Cannot tell beside a share near 0% or 100%: the verdict would change if therapies were "
                "counted whose availability nobody can tell. Every reason is in the table of reasons."
            ),
            *reading_notes(),
        ),
    )


def counted(report: Report) -> str:
    """Trials behind the verdicts, and the day on which comparators are counted."""
    trials = answered(report).filter(pl.col("ARM") == report.facts.investigational)
    per_scenario = trials.group_by("SCENARIO").len()["len"].max()
    how_many = f"{per_scenario:,} simulated trials for each scenario; " if per_scenario else ""
    return f"{how_many}comparators as of {report.facts.as_of.day} {report.facts.as_of:%B %Y}"


def _without_repeats(rows: list[Mapping[str, Cell]], keys: tuple[str, ...]) -> list[Mapping[str, Cell]]:
    """Rows in which a leading cell that repeats the one above is left empty."""
    shown: list[Mapping[str, Cell]] = []
    above: tuple[Cell, ...] = ()
    for row in rows:
        here = tuple(row[key] for key in keys)
        same = 0
        while same < len(above) and above[same] == here[same]:
            same += 1
        shown.append({**row, **dict.fromkeys(keys[:same], "")})
        above = here
    return shown


def _verdict_text(found: pl.DataFrame) -> str | None:
    """A verdict with the share of trials behind it."""
    if found.is_empty():
        return None
    row = found.row(0, named=True)
    return (
        row["VERDICT"]
        if row["PROBABILITY"] is None
        else f"{row['VERDICT']} ({100 * row['PROBABILITY']:.0f}%)"
    )


def reasons(report: Report) -> ReportTable:
    """Why each verdict is what it is."""
    table = report.table("verdicts").filter(pl.col("ARM") == report.facts.investigational)
    titles = set_titles()
    merged = table.group_by("AGENCY", "CRITERION", "SET", "READING", "VERDICT", "BECAUSE").agg(
        pl.col("SCENARIO").sort()
    )
    rows = tuple(
        {
            "AGENCY": each["AGENCY"].upper(),
            "CRITERION": each["CRITERION"],
            "SET": titles.get(each["SET"], each["SET"]),
            "READING": each["READING"],
            "SCENARIO": "every scenario"
            if len(each["SCENARIO"]) == table["SCENARIO"].n_unique() and len(each["SCENARIO"]) > 1
            else "; ".join(scenario_title(name, report.facts.scenario_titles) for name in each["SCENARIO"]),
            "VERDICT": each["VERDICT"],
            "BECAUSE": each["BECAUSE"],
        }
        for each in merged.sort(
            "AGENCY", "CRITERION", "SET", "READING", pl.col("SCENARIO").list.first()
        ).iter_rows(named=True)
    )
    columns = (
        Column("AGENCY", "Agency"),
        Column("CRITERION", "Criterion"),
        Column("SET", "Compared with"),
        Column("READING", "Reading"),
        Column("SCENARIO", "Scenario"),
        Column("VERDICT", "Verdict", "verdict"),
        Column("BECAUSE", "Because"),
    )
    return ReportTable(
        id="table-reasons",
        title="Reasons for the verdicts",
        columns=columns,
        rows=rows,
        n=counted(report),
        folded=True,
    )


def thresholds(report: Report) -> ReportTable:
    """Smallest number of responders that would meet each reading, at the size of the trial."""
    table, titles = report.table("thresholds"), set_titles()
    n = _trial_size(report)
    rows: list[Mapping[str, Cell]] = []
    for head in table.select("AGENCY", "SET", "READING").unique(maintain_order=True).iter_rows(named=True):
        row: dict[str, Cell] = {
            "AGENCY": head["AGENCY"].upper(),
            "SET": titles.get(head["SET"], head["SET"]),
            "READING": head["READING"],
        }
        here = pl.all_horizontal(pl.col(name) == value for name, value in head.items()) & (pl.col("N") == n)
        for each in table.filter(here).iter_rows(named=True):
            group = "SURE" if each["COUNTING"] == "available" else "WIDE"
            row |= {
                group: "–" if each["BAR"] is None else f"{100 * each['BAR']:.1f}% ({each['BAROF']})",
                f"{group}NEEDED": _needed(each),
            }
        rows.append(row)
    columns = (
        Column("AGENCY", "Agency"),
        Column("SET", "Compared with"),
        Column("READING", "Reading"),
        Column("SURE", "Bar: therapies counted as available"),
        Column("SURENEEDED", f"Responders needed of {n}"),
        Column("WIDE", "Bar: also those nobody can place"),
        Column("WIDENEEDED", f"Responders needed of {n}"),
    )
    return ReportTable(
        id="table-thresholds",
        title="What would change the verdict: smallest observed result that meets each reading",
        columns=columns,
        rows=tuple(_without_repeats(rows, ("AGENCY", "SET"))),
        n=f"{n} patients; exact, from the published counts",
        kind="published",
        footnotes=(
            (
                "Only observed results could meet a reading. A verdict is safe where both columns are "
                "met. Other trial sizes are in a table further below."
            ),
            "Out of reach: not even all patients responding would meet the reading at that size.",
            *reading_notes()[:3],
        ),
    )


def _trial_size(report: Report) -> int:
    """Size of the simulated trial where thresholds hold it, else the middle one that they hold."""
    sizes = report.table("thresholds")["N"].unique().sort().to_list()
    planned = report.table("trials")["N"].max()
    return planned if planned in sizes else sizes[len(sizes) // 2] if sizes else 0  # pyright: ignore[reportReturnType]


def all_thresholds(report: Report) -> ReportTable:
    """Smallest number of responders that would meet each reading, for several sizes."""
    table, titles = report.table("thresholds"), set_titles()
    sizes = table["N"].unique().sort().to_list()
    keys = ("AGENCY", "SET", "COUNTING", "READING")
    rows: list[Mapping[str, Cell]] = []
    for head in table.select(*keys, "BAR", "BAROF").unique(maintain_order=True).iter_rows(named=True):
        part = table.filter(pl.all_horizontal(pl.col(name) == head[name] for name in keys))
        row: dict[str, Cell] = head | {
            "AGENCY": head["AGENCY"].upper(),
            "SET": titles.get(head["SET"], head["SET"]),
        }
        rows.append(row | {f"N{each['N']}": _needed(each) for each in part.iter_rows(named=True)})
    columns = (
        Column("AGENCY", "Agency"),
        Column("SET", "Compared with"),
        Column("COUNTING", "Therapies counted"),
        Column("READING", "Reading"),
        Column("BAR", "Bar", "percent"),
        Column("BAROF", "Set by"),
        *(Column(f"N{n}", f"Responders needed of {n}") for n in sizes),
    )
    return ReportTable(
        id="table-all-thresholds",
        title="Smallest observed result that meets each reading, for several trial sizes",
        columns=columns,
        rows=tuple(rows),
        n="exact, from the published counts",
        kind="published",
        folded=True,
    )


def _needed(row: dict[str, object]) -> str:
    """Responders needed, with the rate that they are."""
    if row["BAR"] is None:
        return "nothing to compare with"
    return (
        "out of reach"
        if row["RESPONDERS"] is None
        else f"{row['RESPONDERS']} ({100 * float(str(row['RATE'])):.0f}%)"
    )
