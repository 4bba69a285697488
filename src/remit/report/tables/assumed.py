"""How the headline depends on what is assumed: a few assumptions, each level beside the one as assumed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from remit.report.figures.spider import MONTH
from remit.report.labels import courses, level_title, scenario_title
from remit.report.records import Cell, Column, ReportTable
from remit.report.tabled import Report, varied_patients
from remit.stats.survival.kaplan_meier import kaplan_meier

REFERENCE = ("as assumed", "typical draw")
LOW, HIGH = "low (4th percentile)", "high (96th percentile)"
YEAR = 12 * MONTH
Level = tuple[str, str]
"""Factor and level of the sensitivity table."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: its words, the levels it spans (one or two), and whether PFS is shown as well."""

    assumption: str
    level: str
    spans: tuple[Level, ...]
    with_pfs: bool = False


CHOICES = {
    "recalled records": ("at full weight", "at half weight", "left out"),
    "extinction": ("by chance per cell", "below one cell"),
}
"""Choices of an analysis with all their levels; the one that was not varied is the one as assumed."""
WORDS = {
    "recalled records": "Published records that are recalled, in the calibration",
    "extinction": "Rule by which the last tumour cells die out",
    "maximum kill of the drug": "Maximum kill of the drug: spread between drugs of the class",
    "unbound drug in nodes": "Unbound drug in nodes (tissue potency)",
}
KILL, SPREADS = "maximum kill of the drug", ("SD 0.3", "SD 0.6")
NODES = "unbound drug in nodes"


def lines(known: set[Level]) -> Iterator[Line]:
    """Rows for the levels that a run has; an assumption that was not varied has none."""
    yield Line("All as assumed", "", (REFERENCE,), with_pfs=True)
    for factor in ("recalled records", KILL, "extinction", NODES):
        if not any(name == factor for name, _ in known):
            continue
        if factor in CHOICES:
            yield from _choices(factor, known)
        elif factor == KILL:
            yield Line(WORDS[factor], "SD 0 (as assumed)", (REFERENCE,))
            for spread in SPREADS:
                yield Line(WORDS[factor], spread, ((KILL, f"low at {spread}"), (KILL, f"high at {spread}")))
        else:
            yield from (Line(WORDS[factor], level_title(level), ((factor, level),)) for level in (LOW, HIGH))


def _choices(factor: str, known: set[Level]) -> Iterator[Line]:
    """Every level of a choice; the one that was not varied is the reference."""
    with_pfs = factor == "extinction"
    for level in CHOICES[factor]:
        varied = (factor, level) in known
        words = level if varied else f"{level} (as assumed)"
        yield Line(WORDS[factor], words, ((factor, level) if varied else REFERENCE,), with_pfs)


def dependence(report: Report) -> ReportTable:
    """Response rate of each varied scenario of the investigational arm under the other choices."""
    own = report.table("sensitivity").filter(pl.col("ARM") == report.facts.investigational)
    most = own.group_by("SCENARIO").len().filter(pl.col("len") == pl.col("len").max())["SCENARIO"].to_list()
    scenarios = [scenario for _, scenario in courses(own, report.facts) if scenario in most]
    found = {(each["SCENARIO"], each["FACTOR"], each["LEVEL"]): each for each in own.iter_rows(named=True)}
    known = set(own.select("FACTOR", "LEVEL").iter_rows())
    rows: list[Mapping[str, Cell]] = []
    above = ""
    for line in lines(known) if scenarios else ():
        row: dict[str, Cell] = {
            "ASSUMPTION": "" if line.assumption == above else line.assumption,
            "LEVEL": line.level,
        }
        above = line.assumption
        for place, scenario in enumerate(scenarios):
            levels = [found.get((scenario, *level)) for level in line.spans]
            row[f"S{place}"] = _rates([each for each in levels if each is not None])
            if line.with_pfs:
                row[f"P{place}"] = _progression_free(report, scenario, line.spans[0], levels[0])
        rows.append(row)
    titles = [scenario_title(name, report.facts.scenario_titles) for name in scenarios]
    columns = (
        Column("ASSUMPTION", "Assumption"),
        Column("LEVEL", "Level", plain=True),
        *(Column(f"S{place}", f"ORR: {title}") for place, title in enumerate(titles)),
        *(Column(f"P{place}", f"PFS at 12 months: {title}") for place, title in enumerate(titles)),
    )
    return ReportTable(
        id="table-dependence",
        title="How the headline depends on what is assumed",
        columns=columns,
        rows=tuple(rows),
        missing="",
        n=varied_patients(report),
        footnotes=(
            (
                "In brackets: change from the level as assumed ± its Monte Carlo error, in points, with the "
                "same chances for every virtual patient. A rate without a change, and PFS, carry their own "
                "error."
            ),
            (
                "These rates are about the typical parameter draw; the headline averages over draws. "
                "Compare rows with each other, not with the headline."
            ),
            (
                "Spread between drugs: low and high end of the drug's own maximum kill, 1.7 standard "
                "deviations of its logarithm either way. No drug of the class but one is known well enough "
                "to estimate it."
            ),
            (
                "Low and high unbound drug in nodes: 4th and 96th percentile of its uncertainty. Follow-up "
                "ends at 24 months: what either rule of dying out does beyond 24 months is not shown."
            ),
        ),
    )


def _rates(levels: list[dict[str, Any]]) -> str | None:
    """One rate, or two as a range, with their changes and errors."""
    if not levels:
        return None
    ordered = sorted(levels, key=lambda each: each["ORR"])
    rates = " to ".join(f"{100 * each['ORR']:.0f}%" for each in ordered)
    if ordered[0]["FACTOR"] == REFERENCE[0]:
        return f"{rates} (± {100 * ordered[0]['MCSE']:.1f})"
    changes = "; ".join(f"{100 * each['CHANGE']:+.1f} ± {100 * each['CHANGEERR']:.1f}" for each in ordered)
    return f"{rates} ({changes})"


def _progression_free(report: Report, scenario: str, level: Level, row: dict[str, Any] | None) -> str | None:
    """Share free of progression at 12 months, with Greenwood's error from the patients of the level."""
    if row is None or row["PFS12"] is None:
        return None
    part = report.table("variations").filter(
        (pl.col("ARM") == report.facts.investigational)
        & (pl.col("SCENARIO") == scenario)
        & (pl.col("FACTOR") == level[0])
        & (pl.col("LEVEL") == level[1])
    )
    rate = f"{100 * row['PFS12']:.0f}%"
    if part.is_empty():
        return rate
    curve = kaplan_meier(part["AVAL"].to_numpy(), (part["CNSR"] == 0).to_numpy())
    place = int(np.searchsorted(curve.time, YEAR, side="right")) - 1
    error = float(np.sqrt(curve.variance[place])) if place >= 0 else 0.0
    return f"{rate} (± {100 * error:.1f})"
