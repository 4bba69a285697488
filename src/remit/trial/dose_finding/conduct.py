"""A dose-finding trial on the calendar, many replicates at once: patients come, cohorts fill, doses change.

Time passes from one arriving patient to the next. A patient who comes takes the open slot of the cohort,
else, if back-fill is on, a place at the highest open lower dose, else is turned away or waits. When every
evaluable patient of a cohort has ended the window of dose-limiting toxicity (DLT), or had one, the next dose
is chosen by what is known on that day. A patient who is not evaluable is replaced. When escalation ends so
does back-fill; the dose is selected once the last patient's window has ended.
"""

from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.planning.boin import rule_findings
from remit.trial.designs import boin
from remit.trial.dose_finding.outcomes import Outcomes

NOT_ENROLLED, BACKFILL = -1, -1
"""In place of a dose; in place of the number of a cohort."""


@dataclass(frozen=True, slots=True)
class Conducted:
    """Trials, patients along the second axis in order of arrival.

    ``dose`` (-1 if not enrolled), ``start`` [calendar day of first dose, infinite if not enrolled] and
    ``backfill`` have shape (n_replicates, n_arrivals), as has ``who``, the place in the pool.
    ``eliminated_from`` (n_doses for none), ``escalation_end`` [calendar day] and ``filled``, whether
    escalation came to its end before arrivals ran out, have shape (n_replicates,).
    """

    who: Integers
    dose: Integers
    start: Floats
    backfill: Booleans
    eliminated_from: Integers
    escalation_end: Floats
    filled: Booleans


@dataclass(frozen=True, slots=True)
class _Pool:
    """Outcomes of the arriving patients at every dose, shape (n_replicates, n_arrivals, n_doses)."""

    dlt: Booleans
    evaluable: Booleans
    known: Floats
    response: Floats


@dataclass(frozen=True, slots=True)
class _Trials:
    """Where trials stand, changed in place; by arrival (two axes), by replicate (one).

    ``dlt``, ``evaluable``, ``known`` and ``responded`` [calendar days] are those of the dose that was given;
    ``cohort`` is the number of the cohort. ``number`` is that of the present cohort, ``settled`` the
    evaluable patients of those before it, ``clock`` the day before which nobody can start any more, ``doses``
    their number.
    """

    dose: Integers
    start: Floats
    cohort: Integers
    dlt: Booleans
    evaluable: Booleans
    known: Floats
    responded: Floats
    current: Integers
    number: Integers
    settled: Integers
    eliminated_from: Integers
    over: Booleans
    end: Floats
    clock: Floats
    doses: int


def conduct(outcomes: Outcomes, who: Integers, calendar_day: Floats, params: boin.Params) -> Conducted:
    """Conduct a trial in each replicate.

    Parameters
    ----------
    outcomes
        What happens to each patient of the pool at each dose.
    who
        Places in the pool of the patients in order of arrival, each once in a replicate, shape
        (n_replicates, n_arrivals).
    calendar_day
        Days on which they come, increasing, infinite for no more; of the same shape.
    params
        The design.

    Raises
    ------
    InputError
        Impossible rules; a first dose that does not exist; arrays that do not fit.
    """
    _check(outcomes, who, calendar_day, params)
    pool = _Pool(outcomes.dlt[who], outcomes.evaluable[who], outcomes.known[who], outcomes.response[who])
    t = _begin(who.shape, len(outcomes.doses), params)
    for k in range(who.shape[1]):
        _arrive(t, pool, k, calendar_day[:, k], params)
    _settle(t, np.full(who.shape[0], np.inf), params)
    enrolled = t.dose != NOT_ENROLLED
    last = np.where(enrolled, t.known, -np.inf).max(axis=1, initial=-np.inf)
    return Conducted(
        who, t.dose, t.start, enrolled & (t.cohort == BACKFILL), t.eliminated_from,
        np.where(t.over, t.end, last), t.over.copy(),
    )  # fmt: skip


def _begin(shape: tuple[int, ...], doses: int, params: boin.Params) -> _Trials:
    n = shape[0]
    return _Trials(
        dose=np.full(shape, NOT_ENROLLED),
        start=np.full(shape, np.inf),
        cohort=np.full(shape, BACKFILL),
        dlt=np.zeros(shape, dtype=bool),
        evaluable=np.zeros(shape, dtype=bool),
        known=np.full(shape, np.inf),
        responded=np.full(shape, np.inf),
        current=np.full(n, params.first_dose),
        number=np.zeros(n, dtype=np.int64),
        settled=np.zeros(n, dtype=np.int64),
        eliminated_from=np.full(n, doses),
        over=np.zeros(n, dtype=bool),
        end=np.full(n, np.inf),
        clock=np.full(n, -np.inf),
        doses=doses,
    )


def _arrive(t: _Trials, pool: _Pool, k: int, day: Floats, params: boin.Params) -> None:
    """Give the patient who comes on ``day`` a dose, or none."""
    now = np.maximum(day, t.clock)
    _settle(t, now, params)
    comes = np.isfinite(day) & ~t.over
    slot = comes & (_active(t, now) < _wanted(t, params))
    dose = t.current.copy()
    lower = np.zeros(slot.shape, dtype=bool)
    if params.backfill_cap > boin.NEVER and not slot.all():
        is_open = boin.open_for_backfill(
            _look(t, now),
            counts(t.dose, t.dose != NOT_ENROLLED, t.doses),
            counts(t.dose, t.responded <= now[:, None], t.doses),
            params,
        )
        lower = comes & ~slot & is_open.any(axis=1)
        highest = is_open.shape[1] - 1 - np.argmax(is_open[:, ::-1], axis=1)
        dose = np.where(lower, highest, dose)
    if params.waiting == "wait":
        waits = comes & ~slot & ~lower
        later = np.where(waits, _next_slot(t, now), now)
        _settle(t, np.where(waits, later, -np.inf), params)
        slot |= waits & ~t.over & np.isfinite(later)
        dose = np.where(waits, t.current, dose)
        now = later
        t.clock[:] = np.where(slot & waits, now, t.clock)
    _enrol(t, pool, k, (slot | lower, slot), dose, now)


def _enrol(
    t: _Trials, pool: _Pool, k: int, enters: tuple[Booleans, Booleans], dose: Integers, now: Floats
) -> None:
    """Write down who enters at all, and who in the cohort."""
    enrolled, in_cohort = enters
    rows = np.flatnonzero(enrolled)
    at, begin = dose[rows], now[rows]
    t.dose[rows, k], t.start[rows, k] = at, begin
    t.cohort[rows, k] = np.where(in_cohort[rows], t.number[rows], BACKFILL)
    t.dlt[rows, k], t.evaluable[rows, k] = pool.dlt[rows, k, at], pool.evaluable[rows, k, at]
    t.known[rows, k] = begin + pool.known[rows, k, at]
    t.responded[rows, k] = begin + pool.response[rows, k, at]


def _members(t: _Trials) -> Booleans:
    """Patients of the present cohort."""
    return t.cohort == t.number[:, None]


def _active(t: _Trials, now: Floats) -> Integers:
    """Patients of the present cohort who need not be replaced, as far as is known."""
    return (_members(t) & (t.evaluable | (t.known > now[:, None]))).sum(axis=1)


def _wanted(t: _Trials, params: boin.Params) -> Integers:
    """Evaluable patients of the present cohort; the last is smaller if need be."""
    return np.minimum(params.cohort, params.most - t.settled)


def _next_slot(t: _Trials, now: Floats) -> Floats:
    """Day on which a slot opens in a cohort that is full: a patient to replace, or the next cohort."""
    members = _members(t)
    to_replace = np.where(members & ~t.evaluable & (t.known > now[:, None]), t.known, np.inf).min(axis=1)
    complete = np.where(members & t.evaluable, t.known, -np.inf).max(axis=1)
    return np.where(np.isfinite(to_replace), to_replace, np.maximum(complete, now))


def _settle(t: _Trials, now: Floats, params: boin.Params) -> None:
    """Choose the next dose where the cohort is complete by ``now``, by what was known when it became so."""
    counted = _members(t) & t.evaluable
    complete = np.where(counted, t.known, -np.inf).max(axis=1, initial=-np.inf)
    due = ~t.over & (counted.sum(axis=1) >= _wanted(t, params)) & (complete <= now) & np.isfinite(complete)
    rows = np.flatnonzero(due)
    if not rows.size:
        return
    part = _rows(t, rows)
    decision = boin.decide(_look(part, complete[rows]), params)
    t.settled[rows] += counted[rows].sum(axis=1)
    t.number[rows] += 1
    t.current[rows] = decision.dose
    t.eliminated_from[rows] = decision.eliminated_from
    over = decision.stop | (t.settled[rows] >= params.most)
    t.over[rows] = over
    t.end[rows] = np.where(over, complete[rows], np.inf)


def _rows(t: _Trials, rows: Integers) -> _Trials:
    """Some of the replicates."""
    return _Trials(
        t.dose[rows], t.start[rows], t.cohort[rows], t.dlt[rows], t.evaluable[rows], t.known[rows],
        t.responded[rows], t.current[rows], t.number[rows], t.settled[rows], t.eliminated_from[rows],
        t.over[rows], t.end[rows], t.clock[rows], t.doses,
    )  # fmt: skip


def _look(t: _Trials, now: Floats) -> boin.DoseLook:
    """Evaluable patients and DLTs by dose, as known on a day."""
    known = t.evaluable & (t.known <= now[:, None])
    return boin.DoseLook(
        t.current, counts(t.dose, known, t.doses), counts(t.dose, known & t.dlt, t.doses), t.eliminated_from
    )


def counts(dose: Integers, which: Booleans, doses: int) -> Integers:
    """Patients by dose, shape (n_replicates, n_doses)."""
    return np.stack([(which & (dose == each)).sum(axis=1) for each in range(doses)], axis=1)


def _check(outcomes: Outcomes, who: Integers, calendar_day: Floats, params: boin.Params) -> None:
    findings: list[Finding] = list(rule_findings(params.rules))
    if not 0 <= params.first_dose < len(outcomes.doses):
        needed = f"a dose from 0 to {len(outcomes.doses) - 1}"
        findings.append(Finding("first_dose", str(params.first_dose), needed))
    if params.cohort < 1 or params.most < params.cohort:
        found = f"cohorts of {params.cohort} among {params.most} patients"
        findings.append(
            Finding("cohort, most", found, "at least 1 patient in a cohort, and one whole cohort")
        )
    if who.shape != calendar_day.shape or who.ndim != 2:
        found = f"shapes {who.shape} and {calendar_day.shape}"
        findings.append(Finding("who, calendar_day", found, "one shape, replicates and arrivals"))
    if findings:
        raise InputError(findings)
