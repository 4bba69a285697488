"""Dose finding by the Bayesian optimal interval design: decisions by count, and what the rules do."""

from dataclasses import asdict, dataclass

import numpy as np
import polars as pl

from remit.design.designed import Column, Designed, Section
from remit.errors import problem
from remit.stats.estimate import Integers, MonteCarlo
from remit.stats.planning.boin import DecisionTable, DoseFinding, boundaries, decision_table
from remit.stats.planning.boin_operation import (
    DoseFindingCharacteristics,
    DoseFindingConduct,
    conduct_findings,
    dose_finding_characteristics,
    simulate_dose_finding,
)
from remit.stats.planning.requirement import check

DECISIONS = (
    Column("N", "patients at the dose", "count"),
    Column("ESCALATE", "escalate at or below", "count"),
    Column("DEESCALATE", "de-escalate at or above", "count"),
    Column("ELIMINATE", "eliminate at or above", "count"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Probabilities of a DLT by dose under which the rules are tried, on simulated trials."""

    rates: tuple[float, ...]
    trials: int = 10_000
    seed: int = 1


def boin(rules: DoseFinding, conduct: DoseFindingConduct, truth: Truth | None = None) -> Designed:
    """Boundaries and the decision table; with true rates also how trials go.

    Parameters
    ----------
    rules
        Target, rates that are too low and too toxic, elimination.
    conduct
        Patients, cohorts, first dose, early stop.
    truth
        Rates of DLTs by dose; None for no simulated trials.

    Raises
    ------
    InputError
        Impossible rules, conduct or rates.
    """
    between = boundaries(rules)
    check(conduct_findings(conduct))
    most = conduct.most if conduct.enough is None else min(conduct.most, conduct.enough)
    table = decision_table(rules, most)
    frame = pl.DataFrame({"ESCALATE": [between.escalate], "DEESCALATE": [between.de_escalate]})
    columns = (
        Column("ESCALATE", "escalate at or below, share of DLTs", "statistic"),
        Column("DEESCALATE", "de-escalate at or above, share of DLTs", "statistic"),
    )
    sections = [
        Section("boundaries", "Boundaries of the share of DLTs at the current dose", columns, frame),
        _decisions(table, rules, conduct.cohort),
    ]
    notes = [
        "DLT: dose-limiting toxicity. Between the two numbers the dose stays.",
        f"A dose is eliminated, with all above, where its rate exceeds {rules.target:g} with a posterior "
        f"probability over {rules.eliminate_above:g}, from {rules.fewest_to_eliminate} patients on.",
    ]
    given = asdict(rules) | asdict(conduct) | {"first_dose": conduct.first_dose + 1}
    if truth is not None:
        if truth.trials < 2:
            raise problem("trials", str(truth.trials), "at least 2 simulated trials", "10000")
        done = simulate_dose_finding(
            np.random.default_rng(truth.seed), np.array(truth.rates), rules, conduct, truth.trials
        )
        sections += _operation(dose_finding_characteristics(done), truth)
        given |= {"rates": truth.rates, "trials": truth.trials, "seed": truth.seed}
        notes.append(
            f"Operating characteristics are of {truth.trials:,} simulated trials, seed {truth.seed}; MCSE is "
            "their Monte Carlo standard error. They hold for the rates given, which nobody knows."
        )
    title = f"Dose finding (BOIN), target {rules.target:g}, up to {conduct.most} patients"
    return Designed("boin", title, given, tuple(sections), tuple(notes), {})


def _decisions(table: DecisionTable, rules: DoseFinding, cohort: int) -> Section:
    """Decisions by count."""
    n = table.patients
    frame = pl.DataFrame(
        {
            "N": n,
            "ESCALATE": _counts(table.escalate_at_most, n),
            "DEESCALATE": _counts(table.de_escalate_at_least, n),
            "ELIMINATE": _counts(table.eliminate_at_least, n),
        }
    )
    columns = DECISIONS
    if rules.stricter_by > 0:
        frame = frame.with_columns(STOP=_counts(table.stop_at_least, n))
        columns = (*DECISIONS, Column("STOP", "lowest dose: stop at or above", "count"))
    note = f"Decisions are made after cohorts of {cohort}; a dash: no count leads to it."
    return Section("decisions", "Decisions by number of DLTs at the current dose", columns, frame, (note,))


def _counts(numbers: Integers, most: Integers) -> pl.Series:
    """Counts; null where none of up to ``most`` patients leads to the decision."""
    reached = (numbers >= 0) & (numbers <= most)
    return pl.Series([int(x) if y else None for x, y in zip(numbers, reached, strict=True)], dtype=pl.Int64)


def _operation(at: DoseFindingCharacteristics, truth: Truth) -> list[Section]:
    """What trials do under true rates, each with its Monte Carlo standard error."""
    frame = pl.DataFrame(
        {
            "DOSE": np.arange(1, len(truth.rates) + 1),
            "RATE": list(truth.rates),
            **_both("SELECTED", at.selected),
            **_both("PATIENTS", at.patients),
            **_both("DLTS", at.dlts),
        }
    )
    columns = (
        Column("DOSE", "dose", "count"),
        Column("RATE", "true rate of DLTs", "percent"),
        Column("SELECTED", "selected", "percent"),
        Column("SELECTEDMCSE", "MCSE", "probability"),
        Column("PATIENTS", "mean patients", "statistic"),
        Column("PATIENTSMCSE", "MCSE", "probability"),
        Column("DLTS", "mean DLTs", "statistic"),
        Column("DLTSMCSE", "MCSE", "probability"),
    )
    whole = {
        "no dose selected": at.none_selected,
        "stopped: lowest dose eliminated": at.stopped_for_safety,
        "mean patients": at.total_patients,
        "mean DLTs": at.total_dlts,
    }
    overall = pl.DataFrame({"WHAT": list(whole), **_both("VALUE", tuple(whole.values()))})
    overall_columns = (
        Column("WHAT", "", "text"),
        Column("VALUE", "value", "statistic"),
        Column("VALUEMCSE", "MCSE", "probability"),
    )
    return [
        Section("doses", "Simulated trials, by dose", columns, frame),
        Section("trials", "Simulated trials, as a whole", overall_columns, overall),
    ]


def _both(name: str, values: tuple[MonteCarlo, ...]) -> dict[str, list[float]]:
    return {name: [each.value for each in values], f"{name}MCSE": [each.mcse for each in values]}
