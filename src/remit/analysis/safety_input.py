"""Who is at risk of adverse events, and for how long: the safety population on one clock of elapsed days.

Simulated tables count fractional days from the first dose, day 0. Observed tables have dates, or study days
without a day 0 (day 1 is that of the first dose); a difference of dates comes first, and a period from one
day to another counts both.
"""

import datetime
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from remit.analysis.plan_file import AnalysisPlan
from remit.analysis.selecting import ARM, BY, arms_of
from remit.interop.adam.expected import equal
from remit.interop.adam.tables import AdamTables
from remit.report.records import Kind
from remit.stats.safety.incidence import AT_RISK, GROUP
from remit.trial.adverse_event_terms import not_modelled_terms

REPORTING = 30.0
"""Days after the last dose in which an event is treatment-emergent, and a death belongs to treatment."""

START, LAST, DEATH, CAUSE = "#START", "#LAST", "#DEATH", "#CAUSE"
"""Date of the first dose; elapsed days of last dose and death, null if none; cause of death."""

ENDS = ("DCUTDT", "EOSDT", "LSTALVDT")
"""Dates of ADSL after which nothing is known of a subject."""
Terms = Mapping[str, frozenset[str]]
"""Terms by arm."""
SAFETY, ACTUAL, PLANNED = "SAFFL", "TRT01A", "TRT01P"


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyInput:
    """What every safety table is made of.

    Parameters
    ----------
    tables
        What was read.
    people
        A row for each treated subject: key, arm, what is analysed apart, ``GROUP`` (both of these as the key
        of a column), ``START``, ``LAST``, ``DEATH``, ``CAUSE`` and ``AT_RISK``.
    groups
        What is analysed apart and arm of each column, and its number of subjects.
    population
        Flag of the safety population, or empty.
    treatment
        Variable of the treatment taken.
    not_modelled, severity_not_modelled
        Terms that a simulation does not produce under an arm, and those that it produces without severity.
    whole_days
        Whether times are whole days.
    level
        Confidence level of limits.
    kind
        Simulated or observed.
    """

    tables: AdamTables
    people: pl.DataFrame
    groups: tuple[tuple[str, str, int], ...]
    population: str
    treatment: str
    not_modelled: Terms
    severity_not_modelled: Terms
    whole_days: bool
    level: float
    kind: Kind

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that identify a subject."""
        return self.tables.key

    @property
    def nowhere(self) -> tuple[str, ...]:
        """Terms that are modelled under no arm, by name."""
        sets = [self.not_modelled[arm] for _, arm, _ in self.groups]
        return tuple(sorted(frozenset.intersection(*sets))) if sets else ()

    @property
    def somewhere_not(self) -> tuple[str, ...]:
        """Terms that are not modelled under some arm, by name."""
        return tuple(sorted(frozenset[str]().union(*self.not_modelled.values())))

    @property
    def day(self) -> int:
        """What a count of days adds to a difference of them."""
        return 1 if self.whole_days else 0

    def of_subjects(self, dataset: str) -> pl.DataFrame:
        """Rows of a dataset of the treated subjects, with ``GROUP``, ``START``, ``LAST`` and ``AT_RISK``."""
        own = self.people.select(*self.key, GROUP, START, LAST, AT_RISK)
        return self.tables.frame(dataset).join(own, on=list(self.key), how="inner", maintain_order="left")


def group_key(by: str, arm: str) -> str:
    """Key of the column of an arm in what is analysed apart."""
    return f"{by}|{arm}"


def elapsed(columns: Sequence[str], date: str, day: str, *, whole_days: bool) -> pl.Expr:
    """Elapsed days since the first dose, from a date or a day; null where neither is there."""
    found: list[pl.Expr] = []
    if whole_days and {date, START} <= set(columns):
        found.append((pl.col(date) - pl.col(START)).dt.total_days().cast(pl.Float64))
    if day in columns:
        given = pl.col(day).cast(pl.Float64, strict=False)
        found.append(pl.when(given > 0).then(given - 1).otherwise(given) if whole_days else given)
    return pl.coalesce(found) if found else pl.lit(None, pl.Float64)


def safety_input(tables: AdamTables, plan: AnalysisPlan, kind: Kind) -> SafetyInput | None:
    """The safety population; None if ADSL does not say who was treated with what.

    It is SAFFL = Y if there is such a flag, else the analysis set of the plan; the treatment is the actual
    one if the plan names the planned one and ADSL has both. Who has no first dose is left out.
    """
    treatment = ACTUAL if plan.treatment == PLANNED and tables.has("ADSL", ACTUAL) else plan.treatment
    population = SAFETY if tables.has("ADSL", SAFETY) else plan.population
    if not tables.has("ADSL", *tables.key, treatment, *plan.by, *filter(None, [population])):
        return None
    adsl = tables.frame("ADSL")
    chosen = adsl.filter(equal(population, "Y")) if population else adsl
    whole = tables.kind == "observed"
    levels = [pl.col(each).cast(pl.String) for each in plan.by]
    people = (
        chosen.filter(pl.col(treatment).is_not_null())
        .unique(tables.key, keep="first", maintain_order=True)
        .with_columns(
            pl.col(treatment).cast(pl.String).alias(ARM),
            (pl.concat_str(levels, separator=" / ") if levels else pl.lit("")).fill_null("").alias(BY),
            (pl.col("TRTSDT") if "TRTSDT" in adsl.columns else pl.lit(None, pl.Date)).alias(START),
        )
    )
    timed = _with_days(people, plan.cut_off, whole=whole)
    kept = timed.select(*tables.key, ARM, BY, START, LAST, DEATH, CAUSE, AT_RISK)
    kept = kept.with_columns(pl.concat_str(BY, ARM, separator="|").alias(GROUP))
    sizes = dict(kept.group_by(GROUP).len().iter_rows())
    pairs = [(by, arm) for by in kept[BY].unique().sort().to_list() for arm in arms_of(kept, plan)]
    groups = [(by, arm, sizes[group_key(by, arm)]) for by, arm in pairs if group_key(by, arm) in sizes]
    everywhere, by_arm = _of_run(tables)
    listed = {
        arm: not_modelled_terms((*plan.not_modelled, *everywhere, *by_arm.get(arm, ())))
        for _, arm, _ in groups
    }
    return SafetyInput(
        tables=tables,
        people=kept,
        groups=tuple(groups),
        population=population,
        treatment=treatment,
        not_modelled={arm: frozenset(terms) for arm, (terms, _) in listed.items()},
        severity_not_modelled={arm: frozenset(terms) for arm, (_, terms) in listed.items()},
        whole_days=whole,
        level=plan.level,
        kind=kind,
    )


def _with_days(people: pl.DataFrame, cut_off: datetime.date | None, *, whole: bool) -> pl.DataFrame:
    """People with last dose, death and days at risk; simulated ones who were never dosed are left out."""
    columns = people.columns
    last = elapsed(columns, "TRTEDT", "TRTEDY", whole_days=whole)
    death = elapsed(columns, "DTHDT", "DTHDY", whole_days=whole)
    if whole:
        ends = [elapsed(columns, name, "", whole_days=True) for name in ENDS if name in columns]
        if cut_off is not None:
            ends.append((pl.lit(cut_off) - pl.col(START)).dt.total_days().cast(pl.Float64))
    else:
        ends = [pl.col(name).cast(pl.Float64) for name in ("LOSTDY", "FUEDY") if name in columns]
    cause = pl.col("DTHCAUS").cast(pl.String) if "DTHCAUS" in columns else pl.lit(None, pl.String)
    timed = people.with_columns(last.alias(LAST), death.alias(DEATH), cause.alias(CAUSE))
    if not whole:
        timed = timed.filter(pl.col(LAST).is_not_null())
    end = pl.min_horizontal(pl.col(LAST) + REPORTING, DEATH, *ends)
    at_risk = (end + (1 if whole else 0)).clip(lower_bound=0.0).fill_null(0.0)
    return timed.with_columns(at_risk.alias(AT_RISK))


def _of_run(tables: AdamTables) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Terms that a run of remit says are not modelled: under no arm, and by arm if it says that."""
    facts = tables.run / "tables" / "facts.json" if tables.run else None
    if facts is None or not facts.is_file():
        return (), {}
    document: dict[str, Any] = json.loads(facts.read_text(encoding="utf-8"))
    by_arm: dict[str, list[str]] = document.get("not_modelled_by_arm", {})
    return (
        tuple(document.get("not_modelled", ())),
        {arm: tuple(terms) for arm, terms in by_arm.items()},
    )


def creatinine_limit(tables: AdamTables) -> float | None:
    """Upper limit of normal of creatinine [umol/L] in the study of a run; None if it does not say one."""
    study = tables.run / "study.toml" if tables.run else None
    if study is None or not study.is_file():
        return None
    document: dict[str, Any] = tomllib.loads(study.read_text(encoding="utf-8"))
    entry: Any = document.get("laboratory", {}).get("creatinine_upper_limit", {})
    value: Any = entry.get("value") if isinstance(entry, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return float(value) if isinstance(value, int | float) else None
