"""Table ``adtte``: the times of declared endpoints, by default PFS under two conventions, DOR, TTR, OS, TTNT.

Each time is a function of milestones and a follow-up limit (``estimands/event_times.py``). Days run from
first dose, for times of responders from first response. What lies beyond the limit has no effect.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from remit.results import ADTTE
from remit.stats.estimate import Floats
from remit.trial.estimands import endpoint as declaration
from remit.trial.estimands.defaults import TIMES_BY_READER, TIMES_WITHOUT_READER
from remit.trial.estimands.endpoint import ASSESSED_TIMES, COMPOSITE
from remit.trial.estimands.event_times import CENSORING, FIRST_DAY, MISSES, Times, question, times
from remit.trial.estimands.intercurrent import days_under
from remit.trial.estimands.intervals import intervals
from remit.trial.estimands.response_sets import LUGANO, Codes
from remit.trial.milestones import KEY, Milestones, milestones

__all__ = [
    "CENSORING",
    "FIRST_DAY",
    "MISSES",
    "Declared",
    "Endpoint",
    "Schedule",
    "Times",
    "by_reader",
    "duration_of_response",
    "function_of",
    "overall_survival",
    "progression_free",
    "progression_free_strict",
    "time_to_event",
    "time_to_next_treatment",
    "time_to_response",
]

EVENT_WORDS: Mapping[str, str] = {
    "new_therapy": "new therapy",
    "discontinuation_toxicity": "treatment stopped for toxicity",
    "discontinuation_other": "treatment stopped",
    "crossover": "crossover",
    "death": "death",
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """Planned days of scans 1, 2, ... [day], and the longest patient time [day]."""

    scan_days: Sequence[float]
    follow_up: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a study declares about its endpoints that are times.

    Parameters
    ----------
    endpoints
        Checked before; those that are responses are passed over.
    codes
        Words of the response criterion.
    """

    endpoints: Sequence[declaration.Endpoint] = (*TIMES_BY_READER.values(), *TIMES_WITHOUT_READER.values())
    codes: Codes = LUGANO


Endpoint = Callable[[Milestones, Floats], Times]
"""A time as a function of milestones and a follow-up limit."""


def function_of(endpoint: declaration.Endpoint, scan_days: Sequence[float] = ()) -> Endpoint:
    """The times of an endpoint as a function of milestones and limit."""
    return partial(times, endpoint, scan_days=scan_days)


progression_free: Endpoint = function_of(TIMES_BY_READER["PFS"])
"""PFS, treatment policy: progression or death whenever seen, whatever other therapy came before.

Without an event, censored at the last adequate assessment, on day 1 if there is none.
"""
duration_of_response: Endpoint = function_of(TIMES_BY_READER["DOR"])
"""From first response to progression or death, responders only; censored as PFS: TTR + DOR = PFS."""
time_to_response: Endpoint = function_of(TIMES_BY_READER["TTR"])
"""From first dose to first response, responders only."""
overall_survival: Endpoint = function_of(TIMES_WITHOUT_READER["OS"])
"""To death from any cause; else to the last contact."""
time_to_next_treatment: Endpoint = function_of(TIMES_WITHOUT_READER["TTNT"])
"""To the next therapy or death from any cause; else to the last contact."""


def progression_free_strict(m: Milestones, limit: Floats, scan_days: Sequence[float]) -> Times:
    """PFS censored at the last adequate assessment before new therapy, or before missed scans and the event.

    Two consecutive planned scans without an adequate assessment, just before the event, count as missed.
    """
    return times(TIMES_BY_READER["PFSNT"], m, limit, scan_days)


def by_reader(schedule: Schedule) -> Mapping[str, Endpoint]:
    """Times by default that rest on a reader, as functions, by PARAMCD."""
    return {name: function_of(each, schedule.scan_days) for name, each in TIMES_BY_READER.items()}


def time_to_event(
    adrs: pl.DataFrame,
    adsl: pl.DataFrame,
    schedule: Schedule,
    readers: Sequence[str] = ("INV", "IRC"),
    *,
    declared: Declared | None = None,
    adex: pl.DataFrame | None = None,
    limit: Floats | None = None,
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
        Readers whose assessments are wanted, each for every time that rests on one.
    declared
        Endpoints and criterion; by default those of ``estimands.defaults``.
    adex
        Exposure, for endpoints that ask when treatment was ended.
    limit
        Day up to which each patient of ``adsl`` is followed, as ``cut_off.limits_of`` gives it; without one,
        the longest patient time.
    """
    d = Declared() if declared is None else declared
    if not adsl.height:
        return ADTTE.empty()
    until = np.full(adsl.height, np.inf) if limit is None else limit
    wanted = [each for each in d.endpoints if each.is_time]
    parts: list[pl.DataFrame] = []
    for place, reader in enumerate(readers):
        m = milestones(adrs, adsl, reader, schedule.follow_up, codes=d.codes, adex=adex)
        for each in wanted:
            # What no reader decides is written once.
            if each.is_assessed or place == 0:
                found = times(each, m, until, schedule.scan_days)
                parts.append(_rows(adsl, reader if each.is_assessed else "", each, m, found))
    return ADTTE.tidy(pl.concat(parts))


def _rows(
    adsl: pl.DataFrame, reader: str, endpoint: declaration.Endpoint, m: Milestones, found: Times
) -> pl.DataFrame:
    """Rows of an endpoint; the days between which an assessed event came are null for others."""
    kept = found.counted
    nothing = np.full(kept.shape, np.nan)
    first, last = nothing, nothing
    if endpoint.variable in ASSESSED_TIMES:
        between = intervals(endpoint, m, found)
        first, last = between.last_free, np.where(found.event, between.first_event, np.nan)
    keys = adsl.select(KEY).filter(pl.Series(kept))
    return keys.with_columns(
        READER=pl.lit(reader),
        PARAMCD=pl.lit(endpoint.name),
        AVAL=pl.Series(found.time[kept]),
        CNSR=pl.Series(found.reason[kept]),
        EVNTDESC=pl.Series(_event_text(endpoint, m, found)[kept].tolist(), dtype=pl.String),
        LASTFREE=pl.Series(first[kept]).fill_nan(None),
        FIRSTEV=pl.Series(last[kept]).fill_nan(None),
    )


def _event_text(endpoint: declaration.Endpoint, m: Milestones, found: Times) -> np.ndarray:
    """The event, or why there is none, in words."""
    words = np.array(["", *CENSORING.values()], dtype=object)[found.reason]
    q = question(endpoint, m)
    if endpoint.variable == "TTNT":
        event = np.full(words.shape, "new therapy", dtype=object)
    elif endpoint.variable in ("TTR", "OS"):
        event = np.full(words.shape, "response" if endpoint.variable == "TTR" else "death", dtype=object)
    else:
        own = np.where(m.progression <= m.death, "progression", "death").astype(object)
        event = np.where(q.fails, "no remission by the landmark", own)
    composite = {} if endpoint.variable == "TTR" else days_under(COMPOSITE, endpoint, m)
    for name, day in composite.items():
        event = np.where((day == q.day) & (day < q.own), EVENT_WORDS[name], event)
    return np.where(found.event, event, words)
