r"""Hazard ratio of treatment in many replicates of a trial at once, one row each.

With treatment the only covariate, the partial likelihood of a row needs of each event only how many are at
risk in each arm, :math:`c_0` and :math:`c_1` (after Efron less a share of the tied events). With the log
hazard ratio :math:`\beta` and :math:`D_1` events in the experimental arm,

.. math:: U(\beta) = D_1 - \sum_e p_e, \qquad I(\beta) = \sum_e p_e (1 - p_e), \qquad
    p_e = \frac{c_{1e}\,e^\beta}{c_{0e} + c_{1e}\,e^\beta}

as in logistic regression with an offset. :func:`remit.stats.survival.cox.hazard_ratio` is the same of one
trial.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from remit.errors import problem
from remit.stats.confidence_level import check_level
from remit.stats.estimate import Booleans, Comparison, Floats, Integers
from remit.stats.survival.checks import check_rows
from remit.stats.survival.cox import compare_log_hazards
from remit.stats.survival.cox_likelihood import Ties

N_ITERATIONS = 100
CLOSE = 1e-10
"""Length of a Newton step, in standard errors, after which neither ratio nor information changes."""
LONGEST = 3.0
"""Longest step in the log hazard ratio until the maximum lies between two points."""


@dataclass(frozen=True, slots=True)
class Events:
    """Events of all rows, row by row; at risk at each, less the share of tied events, shape (n_events,).

    ``experimental`` is the number of events in that arm by row, shape (n_replicates,).
    """

    row: Integers
    control_at_risk: Floats
    experimental_at_risk: Floats
    experimental: Floats


def hazard_ratios(
    time: Floats,
    event: Booleans,
    experimental: Booleans,
    strata: Integers | None = None,
    included: Booleans | None = None,
    *,
    ties: Ties = "efron",
    level: float = 0.95,
) -> Comparison:
    """Hazard ratio of treatment of each row, with Wald's interval and test; arrays of shape (n_replicates,).

    NaN where no event has both arms at risk. Where all such events are in one arm the ratio is 0 or infinite,
    and limits, ``se`` and ``z`` are NaN.

    Parameters
    ----------
    time, event
        Time of event or censoring, and true for an event, shape (n_replicates, n_patients).
    experimental
        True in the experimental arm, of that shape or (n_patients,).
    strata
        Number of the stratum of each patient, of that shape or (n_patients,).
    included
        Who belongs to the data set, of that shape or (n_patients,); everyone if not given.
    ties, level
        As of :func:`remit.stats.survival.cox.hazard_ratio`.

    Raises
    ------
    InputError
        If shapes do not go together or an option is not known.
    """
    check_level(level)
    if ties not in ("efron", "breslow"):
        raise problem("ties", ties, "efron or breslow", "efron")
    when = check_rows(time, event=event, experimental=experimental, strata=strata, included=included)
    happened = np.broadcast_to(np.asarray(event, dtype=bool), when.shape)
    arm = np.broadcast_to(np.asarray(experimental, dtype=bool), when.shape)
    kept = np.broadcast_to(np.True_ if included is None else np.asarray(included, dtype=bool), when.shape)
    label = np.broadcast_to(np.int64(0) if strata is None else np.asarray(strata), when.shape)
    found = events_at_risk(when, happened & kept, arm, np.where(kept, label, label.max(initial=0) + 1), ties)
    log_hr, information = _maxima(found)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(information > 0, 1 / np.sqrt(information), np.nan)
    name = "Cox" + ("" if strata is None else ", stratified")
    return compare_log_hazards(name, log_hr, se, level)


def events_at_risk(time: Floats, event: Booleans, arm: Booleans, label: Integers, ties: Ties) -> Events:
    """Who is at risk at each event of each row; all of shape (n_replicates, n_patients)."""
    n_rows, n = time.shape
    order = np.lexsort((~event, time, label), axis=1)
    when, happened, treated, own = (
        np.take_along_axis(each, order, axis=1) for each in (time, event, arm, label)
    )
    place = np.arange(n)
    edge = np.ones((n_rows, 1), dtype=bool)
    other = np.concatenate([edge, own[:, 1:] != own[:, :-1]], axis=1)
    later = other | np.concatenate([edge, when[:, 1:] != when[:, :-1]], axis=1)
    first = np.maximum.accumulate(np.where(later, place, 0), axis=1)
    # The end of a stratum is where the next begins.
    begins = np.concatenate([np.where(other, place, n)[:, 1:], np.full((n_rows, 1), n)], axis=1)
    end = np.minimum.accumulate(begins[:, ::-1], axis=1)[:, ::-1]
    before = np.concatenate([np.zeros((n_rows, 1), dtype=np.int64), treated.cumsum(axis=1)], axis=1)

    row, column = np.nonzero(happened)
    start, stop = first[row, column], end[row, column]
    n1 = (before[row, stop] - before[row, start]).astype(float)
    n0 = stop - start - n1
    in_arm = treated[row, column]
    if ties == "efron":
        # Events of a time are side by side, so that the place among them is counted from its first.
        among = column - start
        moment = np.cumsum(among == 0) - 1
        d = np.bincount(moment)[moment] if row.size else among
        d1 = np.bincount(moment, weights=in_arm)[moment] if row.size else among
        share = among / d
        n0, n1 = n0 - share * (d - d1), n1 - share * d1
    return Events(row, n0, n1, np.bincount(row, weights=in_arm, minlength=n_rows).astype(float))


def _maxima(found: Events) -> tuple[Floats, Floats]:
    """Log hazard ratio and information of each row; NaN or infinite, and 0, where there is no maximum."""
    n_rows = found.experimental.size
    alone = found.control_at_risk <= 0
    mixed = ~alone & (found.experimental_at_risk > 0)
    # Where one arm alone is at risk its event was certain and says nothing.
    events = found.experimental - np.bincount(found.row[alone], minlength=n_rows)
    row = found.row[mixed]
    count = np.bincount(row, minlength=n_rows)
    offset = np.log(found.experimental_at_risk[mixed] / found.control_at_risk[mixed])
    log_hr = np.where(count == 0, np.nan, np.where(events == 0, -np.inf, np.inf))
    information = np.zeros(n_rows)
    active = np.flatnonzero((events > 0) & (events < count))
    offset = offset[np.isin(row, active)]
    log_hr[active] = 0.0
    low, high = np.full(n_rows, -np.inf), np.full(n_rows, np.inf)
    for _ in range(N_ITERATIONS):
        if not active.size:
            break
        size, at = count[active], log_hr[active]
        begins = np.cumsum(size) - size
        p = expit(np.repeat(at, size) + offset)
        score = events[active] - np.add.reduceat(p, begins)
        information[active] = np.add.reduceat(p * (1 - p), begins)
        step = score / information[active]
        low[active] = np.where(score > 0, at, low[active])
        high[active] = np.where(score < 0, at, high[active])
        following = at + np.clip(step, -LONGEST, LONGEST)
        outside = (following <= low[active]) & (score < 0) | (following >= high[active]) & (score > 0)
        # Both ends are finite where a step has left them.
        low_end, high_end = (np.where(outside, end[active], following) for end in (low, high))
        log_hr[active] = low_end / 2 + high_end / 2
        going = ~(np.abs(score) < CLOSE * np.sqrt(information[active])) | outside
        offset, active = offset[np.repeat(going, size)], active[going]
    log_hr[active] = np.nan
    information[active] = 0.0
    return log_hr, information
