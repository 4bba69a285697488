"""Basket trials on the calendar, and what they do in scenarios of true response rates.

Each basket enrols on its own, is looked at when the patients of its interim are known, and ends when its last
patient is. The analysis of all baskets is at the end of the last: until then those that borrow would change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.errors import Finding, InputError, problem
from remit.random import draws
from remit.stats.estimate import Booleans, Floats, Integers, MonteCarlo
from remit.stats.monte_carlo import grouped_mean_error, mean_error, proportion_error
from remit.stats.proportions.clopper_pearson import exact_interval
from remit.trial.designs import basket
from remit.trial.response_status import ResponseStatus
from remit.trial.two_stage import Interim, first_stage, interrupted

ANALYSES = ("own", "borrowed")


@dataclass(frozen=True, slots=True)
class BasketPatients:
    """Patients of one basket in order of enrolment, shape (n_replicates, n_patients).

    ``calendar_day`` of first dose if enrolment were not interrupted.
    """

    status: ResponseStatus
    calendar_day: Floats


@dataclass(frozen=True, slots=True)
class BasketTrials:
    """Trials: ``baskets`` has a row a replicate and basket, ``trials`` one a replicate.

    ``baskets``: REPLICATE, BASKET, N, RESPONDERS, ORR, ORRLCL, ORRUCL (Clopper and Pearson), STOPPED, PVALUE,
    REJECT_OWN, POSTERIOR, ORR_BORROWED, REJECT_BORROWED (null without borrowing), ENDDAY. ``trials``:
    REPLICATE, N, ENDDAY [calendar day].
    """

    baskets: pl.DataFrame
    trials: pl.DataFrame


def conduct(
    patients: Mapping[str, BasketPatients], params: basket.Params, interim: Interim | None = None
) -> BasketTrials:
    """Conduct every basket of each replicate.

    Parameters
    ----------
    patients
        By name of the basket; each with at least the patients of its size, all with as many replicates.
    params
        The design.
    interim
        How interims are awaited; suspended without lag if not given.

    Raises
    ------
    InputError
        Impossible baskets; a basket without patients, or with too few.
    """
    basket.check(params)
    _check(patients, params)
    waits = interim or Interim()
    parts = [_one_basket(patients[each.name], each, waits) for each in params.baskets]
    n, x, first, end = (np.stack(each, axis=1) for each in zip(*parts, strict=True))
    decision = basket.decide(basket.BasketLook(n, x, first), params)
    replicates = np.arange(n.shape[0])
    interval = exact_interval(x, n)
    names = [each.name for each in params.baskets]
    frame = pl.DataFrame(
        {
            "REPLICATE": np.repeat(replicates, len(names)),
            "BASKET": names * replicates.size,
            "N": n.ravel(),
            "RESPONDERS": x.ravel(),
            "ORR": (x / np.maximum(n, 1)).ravel(),
            "ORRLCL": interval.low.ravel(),
            "ORRUCL": interval.high.ravel(),
            "STOPPED": decision.stop.ravel(),
            "PVALUE": decision.p_value.ravel(),
            "REJECT_OWN": decision.reject_own.ravel(),
            "POSTERIOR": decision.posterior.ravel(),
            "ORR_BORROWED": decision.borrowed_mean.ravel(),
            "REJECT_BORROWED": _or_null(decision.reject_borrowed, n.size),
            "ENDDAY": end.ravel(),
        }
    ).with_columns(pl.col("POSTERIOR", "ORR_BORROWED", "ENDDAY").replace([np.nan, np.inf], None))
    whole = pl.DataFrame({"REPLICATE": replicates, "N": n.sum(axis=1), "ENDDAY": end.max(axis=1)})
    return BasketTrials(frame, whole.with_columns(pl.col("ENDDAY").replace([np.inf], None)))


def _or_null(values: Booleans | None, size: int) -> pl.Series:
    flat = [None] * size if values is None else values.ravel()
    return pl.Series(flat, dtype=pl.Boolean)


def _one_basket(
    patients: BasketPatients, each: basket.Basket, waits: Interim
) -> tuple[Integers, Integers, Integers, Floats]:
    """Patients, responders, those of the interim, and the day on which the basket ended."""
    day = patients.calendar_day[:, : each.n]
    status = ResponseStatus(patients.status.response[:, : each.n], patients.status.known[:, : each.n])
    responds = status.responds & np.isfinite(day)
    early = responds[:, : each.n_interim].sum(axis=1)
    if each.n_interim == 0:
        end = (day + status.known).max(axis=1) + waits.lag_days
        return np.isfinite(day).sum(axis=1), responds.sum(axis=1), early, end
    first = first_stage(status, day, each.n_interim, each.stop_at_most)
    decided = first.day + waits.lag_days
    place = np.arange(each.n)
    before = place < each.n_interim
    if waits.waiting == "suspend":
        day = interrupted(day, decided, each.n_interim)
    # Who came in while the interim was awaited is treated, and counts in what the basket tells the others.
    treated = np.isfinite(day) & (first.goes_on[:, None] | before | (day < decided[:, None]))
    end = np.where(treated, day + status.known, -np.inf).max(axis=1) + waits.lag_days
    return treated.sum(axis=1), (treated & responds).sum(axis=1), early, end


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """True response rate of each basket, in the order of the design."""

    name: str
    rates: tuple[float, ...]


def null_and_mixed(params: basket.Params, active: Sequence[float]) -> tuple[Scenario, ...]:
    """The global null, each number of active baskets from the first on, and all active.

    Parameters
    ----------
    params
        The design.
    active
        Rate of each basket where it is active.
    """
    p0 = [each.p0 for each in params.baskets]
    return tuple(
        Scenario(
            name="none active" if k == 0 else ("all active" if k == len(p0) else f"{k} active"),
            rates=(*active[:k], *p0[k:]),
        )
        for k in range(len(p0) + 1)
    )


def scenario_look(
    seed: int, params: basket.Params, rates: Sequence[float], replicates: int
) -> basket.BasketLook:
    """Responders of trials in which every patient responds with the rate of the basket.

    Draws are keyed by basket and replicate, so that a scenario with higher rates has the same patients
    respond, and more; and another basket changes nothing.
    """
    numbers = np.arange(replicates)
    n, x, first = ([] for _ in range(3))
    for each, rate in zip(params.baskets, rates, strict=True):
        responds = draws(seed, f"basket.response.{each.name}", numbers, each.n) < rate
        early = responds[:, : each.n_interim].sum(axis=1)
        stop = (each.n_interim > 0) & (early <= each.stop_at_most)
        n.append(np.where(stop, each.n_interim, each.n))
        x.append(np.where(stop, early, responds.sum(axis=1)))
        first.append(early)
    return basket.BasketLook(*(np.stack(part, axis=1) for part in (n, x, first)))


def scenario_characteristics(
    seed: int, params: basket.Params, scenarios: Sequence[Scenario], replicates: int
) -> pl.DataFrame:
    """What the design does where every patient of a basket responds with the same probability.

    Returns
    -------
    SCENARIO, BASKET (empty for the whole trial), ANALYSIS (own, borrowed), MEASURE, VALUE, MCSE,
    N_REPLICATES. Measures by basket: type I error where its rate is at most p0, else power; early stop; mean
    patients. Of the whole trial: family-wise type I error (any true null rejected), only where there is a
    true null.

    Raises
    ------
    InputError
        Impossible baskets; scenarios that do not fit.
    """
    basket.check(params)
    rows: list[Mapping[str, object]] = []
    for each in scenarios:
        if len(each.rates) != len(params.baskets):
            found = f"{len(each.rates)} rates"
            raise problem(f"scenario {each.name}", found, f"one for each of {len(params.baskets)} baskets")
        look = scenario_look(seed, params, each.rates, replicates)
        is_null = np.array([rate <= one.p0 for rate, one in zip(each.rates, params.baskets, strict=True)])
        decision = basket.decide(look, params)
        rows += [{"SCENARIO": each.name} | row for row in _rows(look, decision, params, is_null)]
    return pl.DataFrame(rows)


def _rows(
    look: basket.BasketLook, decision: basket.BasketDecision, params: basket.Params, is_null: Booleans
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    rejected = {"own": decision.reject_own, "borrowed": decision.reject_borrowed}
    for analysis in ANALYSES:
        reject = rejected[analysis]
        if reject is None:
            continue
        for j, each in enumerate(params.baskets):
            measure = "type I error" if is_null[j] else "power"
            rows.append(_row(each.name, analysis, measure, _share(reject[:, j])))
        if is_null.any():
            any_wrong: Booleans = reject[:, is_null].sum(axis=1) > 0
            rows.append(_row("", analysis, "family-wise type I error", _share(any_wrong)))
    for j, each in enumerate(params.baskets):
        rows.append(_row(each.name, "", "early stop", _share(decision.stop[:, j])))
        rows.append(_row(each.name, "", "patients", mean_error(look.n_patients[:, j].astype(np.float64))))
    return [row | {"N_REPLICATES": look.n_patients.shape[0]} for row in rows]


def _share(where: Booleans) -> MonteCarlo:
    return proportion_error(int(where.sum()), where.size)


def _row(name: str, analysis: str, measure: str, found: MonteCarlo) -> dict[str, object]:
    return {
        "BASKET": name,
        "ANALYSIS": analysis,
        "MEASURE": measure,
        "VALUE": found.value,
        "MCSE": found.mcse,
    }


MEASURES = {
    "stopped early": "STOPPED",
    "rejects on its own": "REJECT_OWN",
    "rejects with borrowing": "REJECT_BORROWED",
    "patients": "N",
    "observed response rate": "ORR",
    "response rate with borrowing": "ORR_BORROWED",
    "end [day]": "ENDDAY",
}


def operating_characteristics(trials: BasketTrials, draw: Integers | None = None) -> pl.DataFrame:
    """Means over trials of a pool, by basket, with their Monte Carlo standard errors.

    Parameters
    ----------
    trials
        As of ``conduct``.
    draw
        Parameter draw of each replicate: those of one draw count as one for the error. None if independent.

    Returns
    -------
    BASKET (empty for the whole trial), MEASURE, VALUE, MCSE, N_REPLICATES.
    """
    rows: list[dict[str, object]] = []
    for (name,), own in trials.baskets.group_by("BASKET", maintain_order=True):
        rows += [{"BASKET": str(name)} | row for row in _means(own, MEASURES, draw)]
    whole = {"patients": "N", "duration [day]": "ENDDAY"}
    rows += [{"BASKET": ""} | row for row in _means(trials.trials, whole, draw)]
    return pl.DataFrame(rows)


def _means(
    frame: pl.DataFrame, measures: Mapping[str, str], draw: Integers | None
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for measure, column in measures.items():
        known = frame[column].is_not_null().to_numpy()
        values = frame[column].drop_nulls().to_numpy().astype(np.float64)
        if not values.size:
            continue
        found = mean_error(values) if draw is None else grouped_mean_error(values, draw[known])
        rows.append(
            {"MEASURE": measure, "VALUE": found.value, "MCSE": found.mcse, "N_REPLICATES": values.size}
        )
    return rows


def _check(patients: Mapping[str, BasketPatients], params: basket.Params) -> None:
    findings: list[Finding] = []
    for each in params.baskets:
        found = patients.get(each.name)
        if found is None:
            findings.append(
                Finding(f"basket {each.name}", "no patients", "patients by the name of the basket")
            )
        elif found.calendar_day.shape != found.status.response.shape:
            findings.append(Finding(f"basket {each.name}", "days and responses differ in shape", "one shape"))
        elif found.calendar_day.shape[1] < each.n:
            size = f"{found.calendar_day.shape[1]} patients"
            findings.append(Finding(f"basket {each.name}", size, f"{each.n} patients in each replicate"))
    if len({found.calendar_day.shape[0] for found in patients.values()}) > 1:
        findings.append(Finding("baskets", "different numbers of replicates", "as many in each"))
    if findings:
        raise InputError(findings)
