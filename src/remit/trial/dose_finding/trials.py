"""Dose-finding trials as tables, and what they do against the truth of their pool."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.monte_carlo import grouped_mean_error, mean_error
from remit.trial.designs import boin
from remit.trial.dose_finding.conduct import NOT_ENROLLED, Conducted, conduct, counts
from remit.trial.dose_finding.outcomes import Outcomes, Truth, truth
from remit.trial.dose_finding.recommended import (
    NONE,
    FinalData,
    Recommendation,
    maximum_tolerated,
    mtd,
    recommended,
)

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DoseFindingTrials:
    """Trials and their pool.

    ``trials`` has a row a replicate: REPLICATE, DRAW, MTD and RECOMMENDED (arm, null for none), N, NBACKFILL,
    NDLT, NONEVAL, ELIMFROM (arm, null for none), STOPSAFE (the lowest dose was eliminated), FILLED, ESCDAY
    and ENDDAY [calendar day]. ``doses`` has a row a replicate and dose: N treated, NEVAL, NDLT, NRESP,
    NBACKFILL and the true rates of the draw, TRUEDLT and TRUERESP.
    """

    trials: pl.DataFrame
    doses: pl.DataFrame
    truth: Truth
    params: boin.Params
    arms: tuple[str, ...]


def dose_finding_trials(
    outcomes: Outcomes,
    who: Integers,
    calendar_day: Floats,
    params: boin.Params,
    rule: Recommendation | None = None,
) -> DoseFindingTrials:
    """Conduct trials, select their doses, and write both down.

    Parameters
    ----------
    outcomes, who, calendar_day, params
        As of ``conduct``; the patients of a replicate are of one draw.
    rule
        How the dose is recommended; the maximum tolerated dose if not given.

    Raises
    ------
    InputError
        As ``conduct``.
    """
    chosen_by = rule or maximum_tolerated()
    done = conduct(outcomes, who, calendar_day, params)
    data = _final(outcomes, done)
    true = truth(outcomes)
    draw = outcomes.draw[who[:, 0]]
    arms = pl.Series([*outcomes.doses, None], dtype=pl.String)
    enrolled = done.dose != NOT_ENROLLED
    evaluable = _at_dose(outcomes.evaluable, done)
    last = _last_day(outcomes, done, waits_for_response=chosen_by.rule == "utility")
    trials = pl.DataFrame(
        {
            "REPLICATE": np.arange(draw.size),
            "DRAW": draw,
            "MTD": arms.gather(_place(mtd(data, params), outcomes)),
            "RECOMMENDED": arms.gather(_place(recommended(data, params, chosen_by), outcomes)),
            "N": enrolled.sum(axis=1),
            "NBACKFILL": done.backfill.sum(axis=1),
            "NDLT": data.dlts.sum(axis=1),
            "NONEVAL": (enrolled & ~evaluable).sum(axis=1),
            "ELIMFROM": arms.gather(done.eliminated_from),
            "STOPSAFE": done.eliminated_from == 0,
            "FILLED": done.filled,
            "ESCDAY": done.escalation_end,
            "ENDDAY": np.maximum(done.escalation_end, last),
        }
    )
    return DoseFindingTrials(
        trials, _by_dose(outcomes, done, data, true.of(draw)), true, params, outcomes.doses
    )


def _place(dose: Integers, outcomes: Outcomes) -> Integers:
    """Place of the name of a dose, that of null for none."""
    return np.where(dose == NONE, len(outcomes.doses), dose)


def _at_dose(values: np.ndarray, done: Conducted) -> np.ndarray:
    """Values of the pool at the dose that each patient had; those of who was not enrolled mean nothing."""
    return values[done.who, np.maximum(done.dose, 0)]


def _final(outcomes: Outcomes, done: Conducted) -> FinalData:
    doses = len(outcomes.doses)
    counted = (done.dose != NOT_ENROLLED) & _at_dose(outcomes.evaluable, done)
    dlt = counted & _at_dose(outcomes.dlt, done)
    response = counted & np.isfinite(_at_dose(outcomes.response, done))
    patients, dlts, responses, both = (
        counts(done.dose, which, doses) for which in (counted, dlt, response, dlt & response)
    )
    return FinalData(patients, dlts, responses, both, done.eliminated_from)


def _last_day(outcomes: Outcomes, done: Conducted, *, waits_for_response: bool) -> Floats:
    """Day on which the last outcome is known that the selection needs."""
    known = _at_dose(outcomes.known, done)
    if waits_for_response:
        known = np.maximum(known, _at_dose(outcomes.response_known, done))
    enrolled = done.dose != NOT_ENROLLED
    return np.where(enrolled, np.where(enrolled, done.start, 0.0) + known, -np.inf).max(axis=1)


def _by_dose(outcomes: Outcomes, done: Conducted, data: FinalData, true: Truth) -> pl.DataFrame:
    n, doses = data.patients.shape
    enrolled = done.dose != NOT_ENROLLED
    responds = enrolled & np.isfinite(_at_dose(outcomes.response, done))
    return pl.DataFrame(
        {
            "REPLICATE": np.repeat(np.arange(n), doses),
            "DOSE": list(outcomes.doses) * n,
            "N": counts(done.dose, enrolled, doses).ravel(),
            "NEVAL": data.patients.ravel(),
            "NDLT": data.dlts.ravel(),
            "NRESP": counts(done.dose, responds, doses).ravel(),
            "NBACKFILL": counts(done.dose, done.backfill, doses).ravel(),
            "TRUEDLT": true.dlt.ravel(),
            "TRUERESP": true.response.ravel(),
        }
    )


def true_mtd(true: Truth, params: boin.Params) -> Integers:
    """Dose whose true rate of DLT is nearest to the target, by row; -1 where the lowest is already too toxic.

    Of equally near doses the lowest.
    """
    away = np.where(np.isnan(true.dlt), np.inf, np.abs(true.dlt - params.target))
    return np.where(true.dlt[:, 0] >= params.too_high, NONE, away.argmin(axis=1))


def operating_characteristics(done: DoseFindingTrials) -> pl.DataFrame:
    """What trials do, against the truth of their draw.

    A dose is an overdose where its true rate of DLT in the draw of the trial is at least ``too_high``. The
    errors treat trials of one draw as one.

    Returns
    -------
    MEASURE, DOSE (arm, empty for the whole trial), VALUE, MCSE, N_REPLICATES.
    """
    draw = done.trials["DRAW"].to_numpy()
    shape = (draw.size, len(done.arms))
    n = done.doses["N"].to_numpy().reshape(shape)
    over = done.doses["TRUEDLT"].to_numpy().reshape(shape) >= done.params.too_high
    right = true_mtd(done.truth.of(draw), done.params)
    arms = np.array([*done.arms, ""], dtype=object)
    selected = {
        name: done.trials[name].fill_null("").to_numpy().astype(object) for name in ("MTD", "RECOMMENDED")
    }
    chosen_over = (over & (arms[:-1] == selected["RECOMMENDED"][:, None])).any(axis=1)
    per_trial: dict[str, np.ndarray] = {
        "correct selection (MTD)": selected["MTD"] == arms[right],
        "overdose recommended": chosen_over,
        "no dose recommended": selected["RECOMMENDED"] == "",
        "stopped for safety": done.trials["STOPSAFE"].to_numpy(),
        "escalation completed": done.trials["FILLED"].to_numpy(),
        "patients": n.sum(axis=1),
        "patients back-filled": done.trials["NBACKFILL"].to_numpy(),
        "patients not evaluable": done.trials["NONEVAL"].to_numpy(),
        "DLTs": done.trials["NDLT"].to_numpy(),
        "share of patients overdosed": (n * over).sum(axis=1) / np.maximum(n.sum(axis=1), 1),
        "escalation [day]": done.trials["ESCDAY"].to_numpy(),
        "duration [day]": done.trials["ENDDAY"].to_numpy(),
    }
    rows: list[Row] = [_row(measure, "", values, draw) for measure, values in per_trial.items()]
    for place in range(len(done.arms)):
        rows += _dose_rows(done, place, selected, draw)
    return pl.DataFrame(rows)


def _dose_rows(
    done: DoseFindingTrials, place: int, selected: Mapping[str, np.ndarray], draw: Integers
) -> Iterator[Row]:
    arm = done.arms[place]
    own = done.doses.filter(pl.col("DOSE") == arm)
    yield _row("selected as MTD", arm, selected["MTD"] == arm, draw)
    yield _row("recommended", arm, selected["RECOMMENDED"] == arm, draw)
    columns = (("patients", "N"), ("back-filled", "NBACKFILL"), ("DLTs", "NDLT"), ("responses", "NRESP"))
    for measure, column in columns:
        yield _row(f"{measure} at the dose", arm, own[column].to_numpy(), draw)
    for measure, values in (("true DLT rate", done.truth.dlt), ("true response rate", done.truth.response)):
        yield _row(measure, arm, values[:, place], done.truth.draws)


def _row(measure: str, dose: str, values: np.ndarray | Booleans, draw: Integers) -> Row:
    """Mean with its error; over draws where each of them has several values."""
    numbers = np.asarray(values).astype(np.float64)
    several = np.unique(draw).size > 1
    found = grouped_mean_error(numbers, draw) if several else mean_error(numbers)
    return {
        "MEASURE": measure,
        "DOSE": dose,
        "VALUE": found.value,
        "MCSE": found.mcse,
        "N_REPLICATES": numbers.size,
    }
