"""Two-stage trials of one arm on the calendar: the first stage is awaited, then the trial stops or goes on.

Everything is on days of response and of enrolment; nobody is simulated again. The first stage is decided on
the day on which its outcome can no longer change: when more than ``r1`` have responded, or so many have not
that no more than ``r1`` can. Patients who are not evaluable are no responders (ITT).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Floats, Integers, MonteCarlo
from remit.stats.monte_carlo import grouped_mean_error, mean_error
from remit.stats.planning.two_stage_inference import exact_limits, unbiased_estimate
from remit.trial.designs import simon
from remit.trial.response_status import ResponseStatus

Waiting = Literal["suspend", "go on"]
"""What enrolment does between the last patient of the first stage and its decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interim:
    """How the first stage is awaited.

    Parameters
    ----------
    waiting
        ``suspend``: sites stop, and the time until the next patient begins anew on the day of the decision.
        ``go on``: patients keep coming; those who came before a stop are treated and do not undo it.
    lag_days
        Days between what happens and its being known.
    """

    waiting: Waiting = "suspend"
    lag_days: float = 0.0


@dataclass(frozen=True, slots=True)
class FirstStage:
    """Outcome of a first stage, arrays of shape (n_replicates,).

    ``responders`` of its patients and ``goes_on`` as they are in the end; ``day`` [calendar day] on which
    that was certain, infinite where the stage was not filled.
    """

    responders: Integers
    goes_on: Booleans
    day: Floats


def first_stage(status: ResponseStatus, calendar_day: Floats, size: int, most_to_stop: int) -> FirstStage:
    """Outcome of the first ``size`` patients, and the day on which it could no longer change.

    Parameters
    ----------
    status
        Of patients in order of enrolment, shape (n_replicates, n_patients).
    calendar_day
        Of first dose, of the same shape; infinite where no patient was enrolled.
    size, most_to_stop
        Patients, and responders with which the trial stops.
    """
    day, responds = calendar_day[:, :size] + status.known[:, :size], status.responds[:, :size]
    responders = (responds & np.isfinite(day)).sum(axis=1)
    goes_on = responders > most_to_stop
    # Both sorted: the response that is one too many to stop, the failure that leaves too few.
    enough = np.sort(np.where(responds, day, np.inf), axis=1)[:, most_to_stop]
    too_few = np.sort(np.where(responds, np.inf, day), axis=1)[:, size - most_to_stop - 1]
    return FirstStage(responders, goes_on, np.where(goes_on, enough, too_few))


def conduct(
    status: ResponseStatus, calendar_day: Floats, params: simon.Params, interim: Interim | None = None
) -> pl.DataFrame:
    """Trials of the two-stage design, one row for each replicate.

    Parameters
    ----------
    status
        Responses of the patients of each replicate in order of enrolment, shape (n_replicates, n_patients).
    calendar_day
        Of first dose if enrolment were not interrupted, of the same shape.
    params
        The design.
    interim
        How the first stage is awaited; suspended without lag if not given.

    Returns
    -------
    REPLICATE; N and RESPONDERS treated, N1 and RESP1 of the first stage; STOPPED after the first stage;
    REJECT; PVALUE (exact, two-stage); ORR observed, ORRUMVU unbiased, ORRLCL and ORRUCL (exact 95%); INTERIM
    and ENDDAY [calendar day], null if it never came; OVERRUN, patients treated beyond a stop, who count in N
    only.

    Raises
    ------
    InputError
        Fewer patients than the design needs.
    """
    waits = interim or Interim()
    _check(status, calendar_day, params)
    status = ResponseStatus(status.response[:, : params.n], status.known[:, : params.n])
    planned = calendar_day[:, : params.n]
    first = first_stage(status, planned, params.n1, params.r1)
    decided = first.day + waits.lag_days
    day = interrupted(planned, decided, params.n1) if waits.waiting == "suspend" else planned
    enrolled = np.isfinite(day)
    place = np.arange(params.n)
    treated = enrolled & (first.goes_on[:, None] | (place < params.n1) | (day < decided[:, None]))
    counted = treated & (first.goes_on[:, None] | (place < params.n1))
    n, x = counted.sum(axis=1), (counted & status.responds).sum(axis=1)
    decision = simon.decide(simon.StageLook(n, x, first.responders), params)
    known = np.where(counted, day + status.known, -np.inf).max(axis=1) + waits.lag_days
    limits = exact_limits(x, n, params.r1, params.n1)
    return pl.DataFrame(
        {
            "REPLICATE": np.arange(n.size),
            "N": treated.sum(axis=1),
            "RESPONDERS": x,
            "N1": (counted & (place < params.n1)).sum(axis=1),
            "RESP1": first.responders,
            "STOPPED": ~first.goes_on,
            "REJECT": decision.reject,
            "PVALUE": decision.p_value,
            "ORR": x / np.maximum(n, 1),
            "ORRUMVU": unbiased_estimate(x, n, params.r1, params.n1),
            "ORRLCL": limits.low,
            "ORRUCL": limits.high,
            "INTERIM": decided,
            "ENDDAY": np.where(first.goes_on, known, decided),
            "OVERRUN": treated.sum(axis=1) - n,
        }
    ).with_columns(pl.col("PVALUE", "ORRUMVU", "INTERIM", "ENDDAY").replace([np.inf, np.nan], None))


def interrupted(planned: Floats, decided: Floats, n1: int) -> Floats:
    """Calendar days where the second stage begins on the day of the decision and keeps its pace."""
    # A first stage that was not filled, or never decided, has nobody after it.
    known = np.isfinite(decided) & np.isfinite(planned[:, n1 - 1])
    delay = np.where(known, np.where(known, decided, 0.0) - np.where(known, planned[:, n1 - 1], 0.0), 0.0)
    later = np.arange(planned.shape[1]) >= n1
    return np.where(later, planned + np.maximum(delay, 0.0)[:, None], planned)


MEASURES = {
    "probability of stopping after the first stage": "STOPPED",
    "probability of rejecting p0": "REJECT",
    "expected patients": "N",
    "expected patients beyond a stop": "OVERRUN",
    "mean observed response rate": "ORR",
    "mean unbiased response rate": "ORRUMVU",
    "expected day of the first decision": "INTERIM",
    "expected duration [day]": "ENDDAY",
}


def operating_characteristics(trials: pl.DataFrame, draw: Integers | None = None) -> pl.DataFrame:
    """Means over trials with their Monte Carlo standard errors.

    Parameters
    ----------
    trials
        As of ``conduct``.
    draw
        Parameter draw of each replicate: those of one draw count as one for the error. None if they are
        independent.

    Returns
    -------
    MEASURE, VALUE, MCSE, N_REPLICATES: trials in which the measure is known.
    """
    rows: list[dict[str, object]] = []
    for measure, column in MEASURES.items():
        known = trials[column].is_not_null().to_numpy()
        values = trials[column].drop_nulls().to_numpy().astype(np.float64)
        found = _mean(values, None if draw is None else draw[known])
        rows.append(
            {"MEASURE": measure, "VALUE": found.value, "MCSE": found.mcse, "N_REPLICATES": values.size}
        )
    return pl.DataFrame(rows)


def _mean(values: Floats, draw: Integers | None) -> MonteCarlo:
    if not values.size:
        return MonteCarlo(np.nan, np.nan)
    return mean_error(values) if draw is None else grouped_mean_error(values, draw)


def _check(status: ResponseStatus, calendar_day: Floats, params: simon.Params) -> None:
    findings: list[Finding] = []
    if status.response.shape != calendar_day.shape:
        found = f"shapes {status.response.shape} and {calendar_day.shape}"
        findings.append(Finding("response status, calendar days", found, "one shape"))
    elif calendar_day.shape[1] < params.n:
        found, needed = f"{calendar_day.shape[1]} patients", f"{params.n} patients in each replicate"
        findings.append(Finding("two-stage design: pool", found, needed, "simulate more virtual patients"))
    if findings:
        raise InputError(findings)
