"""Response: headline, the reference drug beside its published results, medians, concordance of readers."""

from collections.abc import Mapping

import polars as pl

from remit.report.headline import (
    largest_swings,
    median_over_trials,
    responses,
    swings,
)
from remit.report.labels import arm_title, course_title, courses, level_title, scenario_title
from remit.report.records import Cell, Column, ReportTable
from remit.report.tabled import Report, answered, not_solved, patients, unanswered, varied_patients

LEVEL_NOTE = (
    "One assumption is changed at a time about the typical parameter draw. Low and high: 4th and 96th "
    "percentile of its own uncertainty. As assumed: left as it is."
)
RESPONSES = ("CR", "PR", "SD", "PD", "NE")


def span(low: Cell, high: Cell) -> str:
    """Two fractions as a range in percent."""
    if low is None or high is None:
        return "–"
    return f"{100 * float(low):.0f} to {100 * float(high):.0f}%"


def headline(report: Report) -> ReportTable:
    """Predicted response rates with their intervals split in two."""
    found = responses(report)
    rows = tuple(
        {
            "COURSE": course_title(str(each["ARM"]), str(each["SCENARIO"]), report.facts),
            "ORR": each["ORR"],
            "TOTAL": span(each["LOW"], each["HIGH"]),
            "PARAMETER": span(each["PLOW"], each["PHIGH"]),
            "SAMPLING": span(each["SLOW"], each["SHIGH"]),
            "CR": each["CR"],
            "CRSPAN": span(each["CRLOW"], each["CRHIGH"]),
            "REJECT": each["REJECT"],
            "RIPE": each["RIPE"],
            "ERROR": _error(each["DRAWERROR"], each["REPLICATEERROR"]),
        }
        for each in found
    )
    columns = (
        Column("COURSE", "Arm and scenario"),
        Column("ORR", "ORR, mean", "percent"),
        Column("TOTAL", "90% interval: a trial would observe"),
        Column("PARAMETER", "of this, parameters alone"),
        Column("SAMPLING", "of this, trial sampling alone"),
        Column("CR", "CR, mean", "percent"),
        Column("CRSPAN", "CR, 90% interval"),
        Column("REJECT", "Trials that exclude p0", "percent"),
        Column("RIPE", "Trials ripe at cut-off", "percent"),
        Column("ERROR", "Monte Carlo error of mean ORR (draws; replicates)"),
    )
    first = found[0] if found else None
    return ReportTable(
        id="table-headline",
        title="Predicted response rate in the trial",
        columns=columns,
        rows=rows,
        absent=unanswered(report),
        n=""
        if first is None
        else f"{first['REPLICATES']:,} simulated trials of {first['N']} patients a row; {patients(report)}",
        footnotes=(
            "No scenario is preferred to another; the scenarios are described below.",
            (
                "All treated patients count; not evaluable, death or new therapy before response is no "
                "response. Independent review."
            ),
            (
                "The two parts do not add up to the whole: variances add, widths do not. Their standard "
                "deviations are those among the operating characteristics, cleared of the finite pool."
            ),
            (
                "p0: the response rate that the trial is tested against, with an exact one-sided test at "
                "the level of the study. Ripe: every responder has the follow-up that the study asks for."
            ),
        ),
    )


def points(error: Cell) -> str:
    """An error of a rate in percentage points."""
    return "–" if error is None else f"{100 * float(error):.1f} points"


def _error(draws: Cell, replicates: Cell) -> str:
    """Monte Carlo errors of a rate in percentage points."""
    between = "one draw" if draws is None else f"{100 * float(draws):.1f} points"
    return f"{between}; {100 * float(replicates or 0):.1f} points"


def movers(report: Report) -> ReportTable:
    """The three assumptions that move the response rate most."""
    top = largest_swings(swings(report.table("sensitivity"), answered(report), report.facts))
    rows = tuple(
        {
            "FACTOR": each["FACTOR"],
            "SWING": f"{100 * float(each['SWING']):.0f} points",
            "ERROR": points(each["ERROR"]),
            "FROM": f"{100 * float(each['LOW']):.0f}%: {level_title(str(each['LOWLEVEL']))}",
            "TO": f"{100 * float(each['HIGH']):.0f}%: {level_title(str(each['HIGHLEVEL']))}",
            "SCENARIO": scenario_title(str(each["SCENARIO"]), report.facts.scenario_titles),
        }
        for each in top
    )
    columns = (
        Column("FACTOR", "Assumption"),
        Column("SWING", "Moves the mean ORR by"),
        Column("ERROR", "Monte Carlo error"),
        Column("FROM", "from"),
        Column("TO", "to"),
        Column("SCENARIO", "in the scenario where it moves most", plain=True),
    )
    return ReportTable(
        id="table-movers",
        title="The three assumptions that move the response rate most",
        columns=columns,
        rows=rows,
        n=varied_patients(report),
        footnotes=(
            LEVEL_NOTE,
            (
                "The two parts of a scenario's name are assumptions like any other; their rates are means "
                "over parameter draws. A move of less than two Monte Carlo errors may be chance."
            ),
        ),
    )


def reference(report: Report) -> ReportTable:
    """The reference drug in the same study beside its published results."""
    facts = report.facts
    simulated = [each for each in responses(report) if each["ARM"] == facts.reference]
    rows: list[Mapping[str, Cell]] = [
        {
            "WHAT": f"Simulated, this study: {scenario_title(str(each['SCENARIO']), facts.scenario_titles)}",
            "N": each["N"],
            "ORR": each["ORR"],
            "INTERVAL": f"{span(each['LOW'], each['HIGH'])} (90%, a trial would observe)",
            "CR": each["CR"],
            "PFS": _median_text(report, facts.reference, str(each["SCENARIO"]), "PFSMED"),
            "STATE": "simulated",
            "SOURCE": "",
        }
        for each in simulated
    ]
    rows += [
        {
            "WHAT": f"Published, {each.population}: {each.trial}",
            "N": each.n,
            "ORR": each.orr,
            "INTERVAL": "–" if each.orr_low is None else f"{span(each.orr_low, each.orr_high)} (95%)",
            "CR": each.cr,
            "PFS": "–" if each.pfs_months is None else f"{each.pfs_months:g}",
            "KIND": "published",
            "STATE": "published, recalled, not yet checked"
            if each.recalled
            else "published, read in its source",
            "SOURCE": each.source,
        }
        for each in facts.published
    ]
    columns = (
        Column("WHAT", f"{arm_title(facts.reference)}"),
        Column("N", "n", "integer"),
        Column("ORR", "ORR", "percent"),
        Column("INTERVAL", "Interval"),
        Column("CR", "CR", "percent"),
        Column("PFS", "Median PFS, months"),
        Column("STATE", "Standing", "marked"),
        Column("SOURCE", "Source"),
    )
    return ReportTable(
        id="table-reference",
        title=f"{arm_title(facts.reference)} in the same study, beside its published results",
        columns=columns,
        rows=tuple(rows),
        n="in the table",
        footnotes=(
            (
                "Simulated and published rows differ in population, reader and follow-up; the published "
                "rows after a BTK inhibitor are those the model was anchored on."
            ),
            "Recalled: written from memory of the literature; to be checked against the source before use.",
        ),
    )


def _median_text(report: Report, arm: str, scenario: str, column: str) -> str:
    """Median over trials of a median time, with its 90% range."""
    found = median_over_trials(
        answered(report).filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario)), column
    )
    if found is None:
        return "–"
    if found[0] == float("inf"):
        return "not reached in 95% of trials"
    low, middle, high = ("not reached" if value == float("inf") else f"{value:.1f}" for value in found)
    return f"{middle} ({low} to {high})"


def time_to_event(report: Report) -> ReportTable:
    """Medians that trials of this size would report."""
    trials = answered(report)
    rows = tuple(
        {"COURSE": course_title(arm, scenario, report.facts)}
        | {column: _median_text(report, arm, scenario, column) for column in ("PFSMED", "DORMED", "OSMED")}
        for arm, scenario in courses(trials, report.facts)
    )
    columns = (
        Column("COURSE", "Arm and scenario"),
        Column("PFSMED", "PFS"),
        Column("DORMED", "DOR"),
        Column("OSMED", "OS"),
    )
    return ReportTable(
        id="table-medians",
        title="Median PFS, DOR and OS in months, as trials of this size would report them",
        columns=columns,
        rows=rows,
        absent=unanswered(report),
        n=patients(report),
        footnotes=(
            (
                "Median over simulated trials (5th to 95th percentile). Descriptive: no test, no "
                "probability of superiority, no verdict rests on them."
            ),
            "Overall survival after progression is assumed, not calibrated.",
        ),
    )


def best_response(report: Report) -> ReportTable:
    """Best overall response of the whole pool by the primary reader."""
    best = report.table("adrs").filter(
        (pl.col("PARAMCD") == "BOR") & (pl.col("READER") == report.facts.reader)
    )
    rows: list[Mapping[str, Cell]] = []
    for arm, scenario in courses(best, report.facts):
        part = best.filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario))["AVALC"]
        rows.append(
            {"COURSE": course_title(arm, scenario, report.facts), "N": len(part)}
            | {code: float((part == code).to_numpy().mean()) for code in RESPONSES}
        )
    columns = (
        Column("COURSE", "Arm and scenario"),
        Column("N", "n", "integer"),
        *(Column(code, code, "percent") for code in RESPONSES),
    )
    return ReportTable(
        id="table-best-response",
        title="Best overall response in the pool of virtual patients (independent review)",
        columns=columns,
        rows=tuple(rows),
        n=patients(report),
        footnotes=("Lugano 2014; CR and PR need no confirmation.",),
    )


def concordance(report: Report) -> ReportTable:
    """Responders by investigator against independent review."""
    best = (
        report.table("adrs")
        .filter(pl.col("PARAMCD") == "BOR")
        .with_columns(RESPONSE=pl.col("AVALC").is_in(["CR", "PR"]))
    )
    keys = ["ARM", "SCENARIO", "DRAW", "USUBJID"]
    pair = best.filter(pl.col("READER") == "INV").join(
        best.filter(pl.col("READER") == "IRC"), on=keys, how="inner"
    )
    rows: list[Mapping[str, Cell]] = []
    for arm, scenario in courses(pair, report.facts):
        part = pair.filter((pl.col("ARM") == arm) & (pl.col("SCENARIO") == scenario))
        own, independent = part["RESPONSE"].to_numpy(), part["RESPONSE_right"].to_numpy()
        rows.append(
            {
                "COURSE": course_title(arm, scenario, report.facts),
                "N": part.height,
                "BOTH": float((own & independent).mean()),
                "INVONLY": float((own & ~independent).mean()),
                "IRCONLY": float((independent & ~own).mean()),
                "NEITHER": float((~own & ~independent).mean()),
                "AGREE": float((own == independent).mean()),
            }
        )
    columns = (
        Column("COURSE", "Arm and scenario"),
        Column("N", "n", "integer"),
        Column("BOTH", "Responder by both", "percent"),
        Column("INVONLY", "Investigator only", "percent"),
        Column("IRCONLY", "Independent only", "percent"),
        Column("NEITHER", "Neither", "percent"),
        Column("AGREE", "Agreement", "percent"),
    )
    return ReportTable(
        id="table-concordance",
        title="Concordance of investigator and independent review",
        columns=columns,
        rows=tuple(rows),
        n=not_solved(report),
    )
