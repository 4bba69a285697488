"""Times to event of an endpoint from milestones, at any follow-up limit, under the strategies it declares.

A strategy changes a time in one of four ways. Treatment policy ignores the intercurrent event. Composite
makes it an event. Hypothetical censors before it, at the last adequate assessment, which takes those who have
it for no different from those who go on (non-informative censoring). While on treatment ends the time with
it, as a competing event: such times belong to a cumulative incidence, not to Kaplan-Meier. On one and the
same day the event of the variable comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from remit.errors import problem
from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.estimands.endpoint import (
    ASSESSED_TIMES,
    COMPOSITE,
    CROSSOVER,
    DEATH,
    HYPOTHETICAL,
    MISSED,
    NEW_THERAPY,
    OTHER_STOP,
    START,
    TIMES,
    TOXICITY_STOP,
    WHILE,
    Endpoint,
    strategies_of,
)
from remit.trial.estimands.intercurrent import days_under, earliest
from remit.trial.milestones import Milestones, before, happened, last_scan

FOLLOWED, LOST, SWITCHED, GAP, NOT_ASSESSED, NOT_SOLVED, OTHER_READER, STOPPED, CROSSED, DIED, COMPETING = (
    range(1, 12)
)
CENSORING: Mapping[int, str] = MappingProxyType(
    {
        FOLLOWED: "in follow-up at the last adequate assessment or contact",
        LOST: "lost to follow-up or withdrawn",
        SWITCHED: "new therapy before progression",
        GAP: "two or more scans missed before the event",
        NOT_ASSESSED: "no adequate assessment after baseline",
        NOT_SOLVED: "not evaluable: the equations were not solved",
        OTHER_READER: "scans ended when another reader called progression",
        STOPPED: "treatment stopped before the event",
        CROSSED: "crossed over before the event",
        DIED: "died before the event",
        COMPETING: "competing event: treatment no longer the one of interest",
    }
)
"""What each value of CNSR above 0 means."""
REASON: Mapping[str, int] = MappingProxyType(
    {NEW_THERAPY: SWITCHED, TOXICITY_STOP: STOPPED, OTHER_STOP: STOPPED, CROSSOVER: CROSSED, DEATH: DIED}
)
FIRST_DAY = 1.0
"""Time of a patient without an assessment after baseline: first dose is day 1 in ADaM."""
MISSES = 2


@dataclass(frozen=True, slots=True)
class Times:
    """Times [day], events, and reasons for censoring (0 for an event), arrays of one shape.

    ``counted`` marks the patients whom the endpoint is about; others have meaningless values.
    """

    time: Floats
    event: Booleans
    reason: Integers
    counted: Booleans


@dataclass(frozen=True, slots=True)
class Question:
    """A time before follow-up is looked at, arrays of the shape of milestones; days from first dose.

    ``start`` is where the time begins, 0 or a response; ``own`` the day of the variable's own event and
    ``day`` that of the first of it and of composite events; ``hypothetical`` and ``competing`` are days of
    intercurrent events by name. ``fails`` marks patients whose event is failure to reach remission.
    """

    start: Floats
    own: Floats
    day: Floats
    hypothetical: Mapping[str, Floats]
    competing: Mapping[str, Floats]
    fails: Booleans


def times(endpoint: Endpoint, m: Milestones, limit: Floats, scan_days: Sequence[float] = ()) -> Times:
    """Times of an endpoint.

    Parameters
    ----------
    endpoint
        Of a variable in ``TIMES``; checked before.
    m
        Milestones by the reader of the endpoint, of any shape.
    limit
        Day up to which each patient is followed, of that shape; what lies beyond has no effect.
    scan_days
        Planned days of assessments 1, 2, ...; needed to tell how many were missed.

    Returns
    -------
    Times from first dose, or from the response with which the time begins.

    Raises
    ------
    InputError
        If the variable is no time, or milestones lack the data that it needs.
    """
    if endpoint.variable not in TIMES:
        raise problem(
            f"endpoint {endpoint.name}", endpoint.variable, f"one of {', '.join(TIMES)}", "responses()"
        )
    q = question(endpoint, m)
    if endpoint.variable == "TTR":
        responder = happened(q.start, limit)
        reason = np.where(responder, 0, FOLLOWED)
        return Times(np.where(responder, q.start, limit), responder, reason, responder)
    if endpoint.variable not in ASSESSED_TIMES:
        return _by_contact(q, m, limit)
    gaps = scan_days if strategies_of(endpoint)[MISSED] == HYPOTHETICAL else None
    return _by_assessment(q, m, limit, gaps)


def known_days(endpoint: Endpoint, m: Milestones, scan_days: Sequence[float] = ()) -> Floats:
    """Day from first dose on which the event of each patient is known, infinite if never.

    Of the shape of milestones. Not the time itself where that counts from a response, or is the first day by
    convention.
    """
    q, found = question(endpoint, m), times(endpoint, m, np.full(m.death.shape, np.inf), scan_days)
    day = q.start if endpoint.variable == "TTR" else q.day
    return np.where(found.event & found.counted, day, np.inf)


def question(endpoint: Endpoint, m: Milestones) -> Question:
    """What an endpoint asks of each patient, without a limit."""
    composite = days_under(COMPOSITE, endpoint, m)
    hypothetical, competing = days_under(HYPOTHETICAL, endpoint, m), days_under(WHILE, endpoint, m)
    nobody, zero = np.zeros(m.death.shape, dtype=bool), np.zeros(m.death.shape)
    variable = endpoint.variable
    if variable in START or variable == "RFS":
        start = _response(START.get(variable, endpoint.remission), m)
        # A response counts only before events that are not ignored, and before another therapy always.
        stops = earliest({NEW_THERAPY: m.new_therapy, **composite, **hypothetical, **competing}, m)
        start, own, fails = before(start, stops), np.minimum(m.progression, m.death), nobody
    elif variable == "EFS":
        start = zero
        own, fails = _failure(endpoint, m)
    elif variable == "PFS":
        start, own, fails = zero, np.minimum(m.progression, m.death), nobody
    else:
        start, own, fails = zero, m.death if variable == "OS" else m.new_therapy, nobody
    day = np.minimum(own, earliest(composite, m))
    return Question(start, own, day, hypothetical, competing, fails & (own <= day))


def _response(name: str, m: Milestones) -> Floats:
    first = {"ORR": m.response, "CR": m.complete, **m.first}
    if name not in first:
        needed = f"a criterion that knows {name}"
        raise problem(f"response {name}", ", ".join(first), needed, "name another set of responses")
    return first[name]


def _failure(endpoint: Endpoint, m: Milestones) -> tuple[Floats, Booleans]:
    """Day on which the event of EFS is known, and who fails to reach remission.

    Failure is known on the landmark, or on the day of progression without remission before it. Who dies
    without remission before that has the event on the day of death.
    """
    landmark = np.inf if endpoint.landmark is None else endpoint.landmark
    reaches = happened(_response(endpoint.remission, m), np.full(m.death.shape, landmark))
    # Nobody is known to have failed who was lost before.
    known = np.minimum(m.progression, np.where(m.contact >= landmark, landmark, np.inf))
    relapse = np.minimum(m.progression, m.death)
    fails = ~reaches & (known < m.death)
    return np.where(reaches, relapse, np.minimum(known, m.death)), fails


def _by_assessment(q: Question, m: Milestones, limit: Floats, scan_days: Sequence[float] | None) -> Times:
    """Times that end without an event at the last adequate assessment, on day 1 if there is none."""
    event = happened(q.day, limit) & ~m.failed
    last, number = last_scan(m, limit)
    reason = np.where(happened(m.lost, limit), LOST, FOLLOWED)
    reason = np.where(happened(m.other_progression, limit), OTHER_READER, reason)
    reason = np.where(event, 0, _common_reasons(m, number, reason))
    time = np.where(event, np.where(q.fails, FIRST_DAY, q.day), np.where(number > 0, last, FIRST_DAY))

    first = earliest(q.hypothetical, m)
    switched = happened(first, limit) & (~event | (first < q.day))
    # An assessment on the day of the event is the event itself, not one before it.
    until = np.minimum(np.where(event, np.nextafter(q.day, -np.inf), limit), first)
    if q.hypothetical or scan_days is not None:
        last, number = last_scan(m, until)
    gap = np.zeros(event.shape, dtype=bool)
    if scan_days is not None:
        by_reader = event & ~q.fails & (q.day == np.minimum(m.progression, m.death))
        gap = by_reader & ~switched & (_missed(q, m, number, scan_days) >= MISSES)
    censored = switched | gap
    why = np.where(switched, _which(q.hypothetical, first), GAP)
    reason = np.where(censored, _common_reasons(m, number, why), reason)
    time = np.where(censored, np.where(number > 0, last, FIRST_DAY), time)
    found = Times(time, event & ~censored, reason, (q.start <= 0) | happened(q.start, limit))
    return _from_start(_ended(found, q, m, limit), q)


def _by_contact(q: Question, m: Milestones, limit: Floats) -> Times:
    """Times that end without an event at the last contact."""
    until = np.minimum(m.contact, limit)
    event = happened(q.day, until) & ~m.failed
    reason = np.where(m.failed, NOT_SOLVED, np.where(happened(m.lost, limit), LOST, FOLLOWED))
    first = earliest(q.hypothetical, m)
    switched = happened(first, until) & (~event | (first < q.day)) & ~m.failed
    time = np.where(switched, first, np.where(event, q.day, until))
    reason = np.where(switched, _which(q.hypothetical, first), np.where(event, 0, reason))
    found = Times(time, event & ~switched, reason, np.ones(event.shape, dtype=bool))
    return _ended(found, q, m, until)


def _ended(found: Times, q: Question, m: Milestones, limit: Floats) -> Times:
    """Times that a competing event ends, before the event and before what censors."""
    if not q.competing:
        return found
    first = earliest(q.competing, m)
    ended = happened(first, limit) & (first < q.day) & (first <= earliest(q.hypothetical, m)) & ~m.failed
    return Times(
        np.where(ended, first, found.time),
        found.event & ~ended,
        np.where(ended, COMPETING, found.reason),
        found.counted,
    )


def _from_start(found: Times, q: Question) -> Times:
    start = np.where(found.counted, q.start, 0.0)
    return Times(found.time - start, found.event, found.reason, found.counted)


def _which(days: Mapping[str, Floats], first: Floats) -> Integers:
    """Reason of the event that comes first."""
    reason = np.zeros(first.shape, dtype=np.int64)
    for event, day in days.items():
        reason = np.where(day == first, REASON[event], reason)
    return reason


def _missed(q: Question, m: Milestones, last: Floats, scan_days: Sequence[float]) -> Floats:
    """Planned scans without an adequate assessment between the last one and the event.

    An unscheduled assessment between planned ones k - 1 and k has the number k - 0.5.
    """
    due = np.searchsorted(np.asarray(scan_days, dtype=float), q.day, side="left")
    by_scan = m.progression <= m.death
    return np.where(by_scan, np.ceil(m.progression_scan) - 1, due) - np.floor(last)


def _common_reasons(m: Milestones, number: Floats, reason: Integers) -> Integers:
    return np.where(m.failed, NOT_SOLVED, np.where(number == 0, NOT_ASSESSED, reason))
