"""The tables of a run as a report sees them: every table is there, an absent one is empty."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from remit.designation.comparators import COMPARATORS
from remit.designation.thresholds import SCHEMA as THRESHOLDS
from remit.report.facts import ReportFacts
from remit.results import TABLES


@dataclass(frozen=True, slots=True)
class Report:
    """Tables by name, and facts."""

    tables: Mapping[str, pl.DataFrame]
    facts: ReportFacts

    def table(self, name: str) -> pl.DataFrame:
        """A table; without rows if the run has none."""
        if name in self.tables:
            return self.tables[name]
        if name == "comparators":
            return COMPARATORS.empty()
        if name == "thresholds":
            return pl.DataFrame(schema=THRESHOLDS)
        return TABLES[name].empty()


def not_solved(report: Report) -> str:
    """How many courses could not be solved, for the line beside a table."""
    adsl = report.table("adsl")
    if adsl.is_empty():
        return "not computed"
    failed = adsl.filter(pl.col("STATUS") != "OK").height
    return f"{failed:,} of {adsl.height:,} simulated courses could not be solved; they count as not evaluable"


def patients(report: Report) -> str:
    """Size of the pool in words."""
    adsl = report.table("adsl")
    if adsl.is_empty():
        return "not computed"
    people, draws = adsl["USUBJID"].n_unique(), adsl["DRAW"].n_unique()
    who = f"{people:,} virtual patients over {draws} parameter draws, the same patients in every scenario"
    return f"{who}; {not_solved(report)}"


def trial_sized(frame: pl.DataFrame, adsl: pl.DataFrame, n: int) -> pl.DataFrame:
    """Rows of the first ``n`` virtual patients, spread evenly over parameter draws."""
    index = pl.col("USUBJID").str.split("-").list.last()
    people = adsl.select("DRAW", "USUBJID").unique().sort(index, "DRAW").head(n)
    return frame.join(people, on=["DRAW", "USUBJID"], how="semi", maintain_order="left")
