"""When the looks of a trial come, and what is expected at each: patients, events and hazard ratio."""

from dataclasses import astuple, dataclass

import numpy as np

from remit.errors import Finding
from remit.stats.estimate import Floats, Integers
from remit.stats.planning.allocation import rounded_up
from remit.stats.planning.log_rank_moments import LogRankMoments, log_rank_moments
from remit.stats.planning.requirement import check
from remit.stats.planning.survival_trial import Expected, SurvivalTrial, expected, times_of_events


@dataclass(frozen=True, slots=True)
class LookCalendar:
    """Looks of a trial in calendar time, all arrays of shape (n_looks,).

    Parameters
    ----------
    events
        Events of both arms at which each look is made; at a look made at the cap, fewer are expected.
    time
        Expected calendar time of each, at most the cap; infinite where the events are never expected.
    at_cap
        Whether a look is made at the cap since its events are expected later.
    expected
        Patients, events and dropouts expected then; NaN at an infinite time.
    log_rank
        Expected statistic, information and hazard ratios then; NaN at an infinite time.
    """

    events: Floats
    time: Floats
    at_cap: np.ndarray
    expected: Expected
    log_rank: LogRankMoments


def events_at_looks(events: int, fractions: Floats | tuple[float, ...]) -> Integers:
    """Whole events at each look: the fraction of the final events, rounded up; the last is the final number.

    Raises
    ------
    InputError
        Fractions that do not increase to 1, or so close that looks have the same events.
    """
    at = np.asarray(fractions, dtype=np.float64)
    wrong = (
        []
        if at.size and at[0] > 0 and at[-1] == 1
        else [Finding("fractions", str(at.tolist()), "information fractions that increase from above 0 to 1")]
    )
    check(wrong)
    whole = rounded_up(at * events)
    if (np.diff(whole) <= 0).any():
        needed = "more events from each look to the next"
        check([Finding("fractions", f"events {whole.tolist()}", needed, "looks further apart")])
    return whole


def look_calendar(trial: SurvivalTrial, events: Floats | Integers, cap: float = np.inf) -> LookCalendar:
    """Expected calendar of looks that are made at given numbers of events.

    Parameters
    ----------
    trial
        Assumptions, under the alternative, or under the null (``survival_trial.under_null``).
    events
        Events of both arms at each look, whole or not, increasing, shape (n_looks,).
    cap
        Calendar time at which the trial ends in any case.

    Raises
    ------
    InputError
        Impossible assumptions, events that do not increase from above zero.
    """
    wanted = np.asarray(events, dtype=np.float64)
    if wanted.ndim != 1 or not (np.diff(wanted, prepend=0.0) > 0).all():
        check(
            [
                Finding(
                    "events",
                    str(wanted.tolist()),
                    "events that increase from above 0, one number for each look",
                )
            ]
        )
    uncapped = times_of_events(trial, wanted)
    time = np.minimum(uncapped, cap)
    reached = np.isfinite(time)
    safe = np.where(reached, time, 0.0)
    then, test = expected(trial, safe), log_rank_moments(trial, safe)
    return LookCalendar(
        wanted,
        time,
        uncapped > cap,
        Expected(time, *(_known(each, reached) for each in astuple(then)[1:])),
        LogRankMoments(time, *(_known(each, reached) for each in astuple(test)[1:])),
    )


def _known(values: Floats, reached: np.ndarray) -> Floats:
    return np.where(reached, values, np.nan)
