"""Endpoints that are times: PFS under two conventions, DOR, TTR, OS and time to next treatment.

Each is a function of milestones and a follow-up limit that gives the time, whether it ended in the event,
and the reason (``CENSORING``) if not. Days run from first dose, for DOR from first response. What lies
beyond the limit has no effect.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from remit.results import ADTTE
from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.milestones import KEY, Milestones, happened, last_scan, milestones

FOLLOWED, LOST, NEW_THERAPY, MISSED, NOT_ASSESSED, NOT_SOLVED, OTHER_READER = range(1, 8)
CENSORING = {
    FOLLOWED: "in follow-up at the last adequate assessment or contact",
    LOST: "lost to follow-up or withdrawn",
    NEW_THERAPY: "new therapy before progression",
    MISSED: "two or more scans missed before the event",
    NOT_ASSESSED: "no adequate assessment after baseline",
    NOT_SOLVED: "not evaluable: the equations were not solved",
    OTHER_READER: "scans ended when another reader called progression",
}
"""What each value of CNSR above 0 means."""
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
class Schedule:
    """Planned days of scans 1, 2, ... [day], and the longest patient time [day]."""

    scan_days: Sequence[float]
    follow_up: float


def progression_free(m: Milestones, limit: Floats) -> Times:
    """PFS, treatment policy: progression or death whenever seen, whatever other therapy came before.

    Without an event, censored at the last adequate assessment, on day 1 if there is none.
    """
    event_day = np.minimum(m.progression, m.death)
    event = happened(event_day, limit) & ~m.failed
    last, number = last_scan(m, limit)
    reason = np.where(happened(m.lost, limit), LOST, FOLLOWED)
    reason = np.where(happened(m.other_progression, limit), OTHER_READER, reason)
    reason = _common_reasons(m, number, reason)
    time = np.where(event, event_day, np.where(number > 0, last, FIRST_DAY))
    return Times(time, event, np.where(event, 0, reason), np.ones(event.shape, dtype=bool))


def progression_free_strict(m: Milestones, limit: Floats, scan_days: Sequence[float]) -> Times:
    """PFS censored at the last adequate assessment before new therapy, or before missed scans and the event.

    Two consecutive planned scans without an adequate assessment, just before the event, count as missed.
    """
    policy = progression_free(m, limit)
    # An assessment on the day of the event is the event itself, not one before it.
    before_event = np.where(policy.event, np.nextafter(policy.time, -np.inf), limit)
    last, number = last_scan(m, np.minimum(before_event, m.new_therapy))
    switched = happened(m.new_therapy, limit) & (~policy.event | (m.new_therapy < policy.time))
    gap = policy.event & ~switched & (_missed(m, policy, number, scan_days) >= MISSES)
    censored = switched | gap
    reason = np.where(switched, NEW_THERAPY, np.where(gap, MISSED, policy.reason))
    reason = np.where(censored, _common_reasons(m, number, reason), reason)
    time = np.where(censored, np.where(number > 0, last, FIRST_DAY), policy.time)
    return Times(time, policy.event & ~censored, reason, policy.counted)


def _missed(m: Milestones, policy: Times, last: Integers, scan_days: Sequence[float]) -> Integers:
    """Planned scans without an adequate assessment between the last one and the event."""
    due = np.searchsorted(np.asarray(scan_days, dtype=float), policy.time, side="left")
    by_scan = policy.event & (m.progression <= m.death)
    return np.where(by_scan, m.progression_scan - 1, due) - last


def _common_reasons(m: Milestones, number: Integers, reason: Integers) -> Integers:
    return np.where(m.failed, NOT_SOLVED, np.where(number == 0, NOT_ASSESSED, reason))


def duration_of_response(m: Milestones, limit: Floats) -> Times:
    """From first response to progression or death, responders only; censored as PFS: TTR + DOR = PFS."""
    pfs, responder = progression_free(m, limit), happened(m.response, limit)
    start = np.where(responder, m.response, 0.0)
    return Times(pfs.time - start, pfs.event, pfs.reason, responder)


def time_to_response(m: Milestones, limit: Floats) -> Times:
    """From first dose to first response, responders only."""
    responder = happened(m.response, limit)
    reason = np.where(responder, 0, FOLLOWED)
    return Times(np.where(responder, m.response, limit), responder, reason, responder)


def overall_survival(m: Milestones, limit: Floats) -> Times:
    """To death from any cause; else to the last contact."""
    return _to_event(m, m.death, limit)


def time_to_next_treatment(m: Milestones, limit: Floats) -> Times:
    """To the next therapy or death from any cause; else to the last contact."""
    return _to_event(m, np.minimum(m.death, m.new_therapy), limit)


def _to_event(m: Milestones, day: Floats, limit: Floats) -> Times:
    until = np.minimum(m.contact, limit)
    event = happened(day, until) & ~m.failed
    reason = np.where(m.failed, NOT_SOLVED, np.where(happened(m.lost, limit), LOST, FOLLOWED))
    everyone = np.ones(event.shape, dtype=bool)
    return Times(np.where(event, day, until), event, np.where(event, 0, reason), everyone)


Endpoint = Callable[[Milestones, Floats], Times]
WITHOUT_READER: Mapping[str, Endpoint] = {"OS": overall_survival, "TTNT": time_to_next_treatment}


def by_reader(schedule: Schedule) -> Mapping[str, Endpoint]:
    """Endpoints that rest on a reader, by PARAMCD."""
    strict = partial(progression_free_strict, scan_days=schedule.scan_days)
    return {
        "PFS": progression_free,
        "PFSNT": strict,
        "DOR": duration_of_response,
        "TTR": time_to_response,
    }


def time_to_event(
    adrs: pl.DataFrame, adsl: pl.DataFrame, schedule: Schedule, readers: Sequence[str] = ("INV", "IRC")
) -> pl.DataFrame:
    """Table ``adtte`` from responses and subjects.

    Parameters
    ----------
    adrs
        Response by visit and reader.
    adsl
        Every treated patient: death, loss, new therapy, end of follow-up.
    schedule
        Planned scans, to tell how many were missed, and the longest patient time.
    readers
        Readers whose endpoints are wanted; OS and TTNT have none.
    """
    if not adsl.height:
        return ADTTE.empty()
    limit = np.full(adsl.height, np.inf)
    parts: list[pl.DataFrame] = []
    for reader in readers:
        m = milestones(adrs, adsl, reader, schedule.follow_up)
        parts += [
            _rows(adsl, (code, reader), m, each(m, limit)) for code, each in by_reader(schedule).items()
        ]
    m = milestones(adrs, adsl, readers[0], schedule.follow_up)
    parts += [_rows(adsl, (code, ""), m, each(m, limit)) for code, each in WITHOUT_READER.items()]
    return ADTTE.tidy(pl.concat(parts))


def _rows(adsl: pl.DataFrame, names: tuple[str, str], m: Milestones, times: Times) -> pl.DataFrame:
    """Rows of an endpoint, ``names`` being its PARAMCD and reader."""
    code, reader = names
    kept = times.counted
    keys = adsl.select(KEY).filter(pl.Series(kept))
    return keys.with_columns(
        READER=pl.lit(reader),
        PARAMCD=pl.lit(code),
        AVAL=pl.Series(times.time[kept]),
        CNSR=pl.Series(times.reason[kept]),
        EVNTDESC=pl.Series(_event_text(code, m, times)[kept].tolist(), dtype=pl.String),
    )


def _event_text(code: str, m: Milestones, times: Times) -> np.ndarray:
    """The event, or why there is none, in words."""
    words = np.array(["", *CENSORING.values()], dtype=object)[times.reason]
    if code == "TTNT":
        event = np.where(m.new_therapy <= m.death, "new therapy", "death")
    elif code in ("TTR", "OS"):
        event = np.full(words.shape, "response" if code == "TTR" else "death")
    else:
        event = np.where(m.progression <= m.death, "progression", "death")
    return np.where(times.event, event.astype(object), words)
