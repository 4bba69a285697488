"""Who enters the trial: plausible, through the earlier course, alive and eligible; everyone is counted."""

from collections import Counter
from dataclasses import dataclass
from functools import reduce

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit import model
from remit.courses import Status
from remit.dosing import Floats, Integers, no_doses
from remit.errors import RunError
from remit.functions import exp
from remit.population import history
from remit.population.history import PROGRESSED, REASONS, MakeBlock
from remit.population.markers import MARKERS
from remit.population.plausibility import Moments, moments, plausible, shifts
from remit.population.sample import (
    Candidates,
    PopulationSpec,
    sample_candidates,
    select,
    untreated_state,
    varied,
)
from remit.random import draws

BATCH = 64
"""Candidates simulated together; who enters does not depend on it."""
MOST_CANDIDATES = 60
"""Candidates per entering patient after which a population is given up as one that nobody can enter."""
SEEN = {name: i for i, name in enumerate(model.OBSERVABLES)}

Seen = tuple[Moments, Moments, Moments]
"""Moments of all candidates of a batch, of the plausible and of the eligible ones."""

DIED_WAITING, ENTERED, SPARE = "died before the first dose", "entered", "eligible, not needed"


@dataclass(frozen=True, slots=True)
class Cohort:
    """Patients at their first dose, each array of shape (n_patients,) unless said.

    ``counter`` is the counter of all later draws; ``covariates`` has the columns of ADSL; ``parameters``
    (n_patients, n_parameters), ``state`` (n_patients, n_states), ``thresholds`` (n_patients, n_groups);
    ``seen`` (n_patients, n_observables) is the state as observed; ``days_on_btki`` [day] is zero without a
    history. ``screening`` and ``shifts`` are the tables of these names.
    """

    draw: int
    index: Integers
    counter: Integers
    covariates: pl.DataFrame
    parameters: Floats
    state: Floats
    thresholds: Floats
    seen: Floats
    residual: Floats
    refractory: NDArray[np.bool_]
    days_on_btki: Floats
    screening: pl.DataFrame
    shifts: pl.DataFrame


def eligibility(candidates: Candidates, seen: Floats, spec: PopulationSpec) -> dict[str, NDArray[np.bool_]]:
    """Reasons for screening failure, in the order in which they are applied."""

    def low(name: str, values: Floats) -> NDArray[np.bool_]:
        return values < spec[f"eligibility.{name}_low"]

    nodes = seen[:, SEEN["node_S"] : SEEN["node_D"] + 1].sum(axis=1)
    total = nodes + seen[:, SEEN["blood_tumour"]] + seen[:, SEEN["marrow_tumour"]]
    return {
        "screen failure: nothing to measure": low("burden", nodes),
        "screen failure: too ill": total > spec["eligibility.burden_high"],
        "screen failure: renal function": low(
            "creatinine_clearance", np.asarray(candidates.covariates["CRCL"])
        ),
        "screen failure: neutrophils": low("neutrophils", seen[:, SEEN["neutrophils"]]),
        "screen failure: platelets": low("platelets", seen[:, SEEN["platelets"]]),
        "screen failure: haemoglobin": low("haemoglobin", seen[:, SEEN["haemoglobin"]]),
    }


def untreated_course(candidates: Candidates, make_block: MakeBlock) -> history.Course:
    """The course of patients without an earlier BTK inhibitor: none."""
    n = len(candidates.index)
    block = make_block(candidates.parameters, untreated_state(candidates), candidates.thresholds)
    seen = block.advance(np.zeros(n), no_doses(n), np.zeros((n, 1)))[:, 0]
    solved = np.where(block.status == Status.OK, PROGRESSED, history.FAILED)
    return history.Course(solved, np.full(n, -1), np.zeros(n), np.ones(n), block.state.copy(), seen)


def outcomes(
    seed: int, spec: PopulationSpec, candidates: Candidates, course: history.Course
) -> NDArray[np.str_]:
    """What became of each candidate that was plausible."""
    outcome = course.outcome.astype("U48")
    if spec.has_history:
        wait = varied(seed, spec, "history.washout_days", candidates.counter)
        risk = 1 - exp(-spec["history.death_rate_progressed"] * wait)
        lost = draws(seed, "history: death while waiting", candidates.counter)[:, 0] < risk
        outcome = np.where((outcome == PROGRESSED) & lost, DIED_WAITING, outcome)
    for reason, failed in eligibility(candidates, course.seen, spec).items():
        outcome = np.where((outcome == PROGRESSED) & failed, reason, outcome)
    return np.where(outcome == PROGRESSED, ENTERED, outcome)


def enter(seed: int, draw: int, n: int, spec: PopulationSpec, make_block: MakeBlock) -> Cohort:
    """The first ``n`` candidates of a draw who enter the trial.

    Raises
    ------
    RunError
        If hardly any candidate can enter.
    """
    counts: Counter[str] = Counter()
    parts: list[tuple[Candidates, history.Course]] = []
    seen: list[Seen] = []
    entered = start = 0
    while entered < n:
        if start >= max(MOST_CANDIDATES * n, 4 * BATCH):
            raise RunError(
                f"population of draw {draw}\n  found    {entered} of {start} candidates entered\n"
                f"  needed   {n}\n"
                f"  try      wider eligibility or plausibility limits; what failed: {dict(counts)}"
            )
        every = sample_candidates(seed, draw, np.arange(start, start + BATCH), spec)
        kept = plausible(every, spec)
        counts["implausible"] += int((~kept).sum())
        candidates = select(every, kept)
        run = (
            history.earlier_course(seed, spec, candidates, make_block)
            if spec.has_history
            else untreated_course(candidates, make_block)
        )
        outcome = outcomes(seed, spec, candidates, run)
        chosen = np.flatnonzero(outcome == ENTERED)
        needed = chosen[: n - entered]
        seen.append((moments(every, np.ones_like(kept)), moments(every, kept), eligible(candidates, chosen)))
        outcome[chosen[n - entered :]] = SPARE
        counts.update(outcome.tolist())
        parts.append((select(candidates, np.isin(np.arange(len(outcome)), needed)), pick(run, needed)))
        entered += len(needed)
        start += BATCH
    whole, left, able = (reduce(Moments.__add__, each) for each in zip(*seen, strict=True))
    return gather(draw, parts, counts, shifts(draw, whole, left, able))


def eligible(candidates: Candidates, chosen: Integers) -> Moments:
    """Moments of the candidates that could enter."""
    return moments(candidates, np.isin(np.arange(len(candidates.index)), chosen))


def pick(course: history.Course, rows: Integers) -> history.Course:
    """Some patients of a course."""
    return history.Course(
        course.outcome[rows],
        course.reason[rows],
        course.days_on[rows],
        course.depth[rows],
        course.state[rows],
        course.seen[rows],
    )


def gather(
    draw: int, parts: list[tuple[Candidates, history.Course]], counts: Counter[str], moved: pl.DataFrame
) -> Cohort:
    """One cohort from the batches."""
    names = list(parts[0][0].covariates)
    columns = {name: np.concatenate([each.covariates[name] for each, _ in parts]) for name in names}
    reasons = np.concatenate([course.reason for _, course in parts])
    refractory = np.concatenate([each.refractory for each, _ in parts])
    columns["BTKISTOP"] = np.array([*REASONS, "none"])[reasons]
    columns["REFRFL"] = refractory
    columns["WEIGHT_POP"] = np.ones(len(reasons))
    screening = pl.DataFrame(
        {
            "DRAW": [draw] * len(counts),
            "OUTCOME": sorted(counts),
            "COUNT": [counts[name] for name in sorted(counts)],
        },
        schema={"DRAW": pl.Int32, "OUTCOME": pl.String, "COUNT": pl.Int32},
    )
    return Cohort(
        draw=draw,
        index=np.concatenate([each.index for each, _ in parts]),
        counter=np.concatenate([each.counter for each, _ in parts]),
        covariates=with_unknown(pl.DataFrame(columns)),
        parameters=np.concatenate([each.parameters for each, _ in parts]),
        state=np.concatenate([course.state for _, course in parts]),
        thresholds=np.concatenate([each.thresholds for each, _ in parts]),
        seen=np.concatenate([course.seen for _, course in parts]),
        residual=np.concatenate([each.residual for each, _ in parts]),
        refractory=refractory,
        days_on_btki=np.concatenate([course.days_on for _, course in parts]),
        screening=screening,
        shifts=moved,
    )


def with_unknown(covariates: pl.DataFrame) -> pl.DataFrame:
    """Covariates with an empty column for each that is unknown in the population."""
    wanted: dict[str, pl.DataType] = {each.column: pl.Boolean() for each in MARKERS}
    wanted["KI67"] = pl.Float64()
    return covariates.with_columns(
        pl.lit(None, dtype=kind).alias(name)
        for name, kind in wanted.items()
        if name not in covariates.columns
    )
