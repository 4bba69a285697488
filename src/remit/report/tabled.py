"""The tables of a run as a report sees them: every table is there, an absent one is empty."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from remit.designation.comparators import COMPARATORS
from remit.designation.thresholds import SCHEMA as THRESHOLDS
from remit.report.facts import ReportFacts
from remit.report.records import NOT_COMPUTED
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why operating characteristics are refused: effective size of the pool, and that needed [patients].

    None: not stated.
    """

    size: float | None = None
    needed: float | None = None

    @property
    def sentence(self) -> str:
        """The refusal in words."""
        if self.size is None or self.needed is None:
            return "Refused: the pool of virtual patients is too small for operating characteristics."
        return (
            f"Refused: the pool of virtual patients is too small. It counts as {self.size:,.0f} patients "
            f"and would have to count as {self.needed:,.0f}."
        )


def refusal(report: Report) -> Refusal | None:
    """Why operating characteristics are refused; None where they are not."""
    rows = report.table("operating").filter(pl.col("MEASURE").str.starts_with("refused"))
    if rows.is_empty():
        said = any("are refused" in note for note in report.facts.notes)
        return Refusal() if said else None
    sizes = dict(rows.select("MEASURE", "VALUE").iter_rows())
    return Refusal(
        sizes.get("refused: effective size of the pool"), sizes.get("refused: effective size needed")
    )


def answered(report: Report) -> pl.DataFrame:
    """Replicated trials that may be quoted: none where operating characteristics are refused."""
    trials = report.table("trials")
    return trials if refusal(report) is None else trials.clear()


def unanswered(report: Report) -> str:
    """What stands in place of numbers from replicated trials."""
    found = refusal(report)
    return NOT_COMPUTED if found is None else found.sentence


def varied_patients(report: Report) -> str:
    """Patients behind each level of the sensitivity analysis."""
    varied = report.table("variations")
    if varied.is_empty():
        return "one assumption changed at a time"
    sizes = varied.group_by("ARM", "SCENARIO", "FACTOR", "LEVEL").len()["len"]
    low, high = sizes.min(), sizes.max()
    size = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"{size} virtual patients at each level; who enters can change with an assumption"


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
