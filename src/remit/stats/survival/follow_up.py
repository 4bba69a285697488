r"""How long patients were followed: the reverse Kaplan-Meier curve, and how complete follow-up is.

The times of all patients, or of those without an event, are short where events are early and say more of the
events than of the follow-up. With censoring for the event and the event for censoring (Schemper and Smith
1996) the Kaplan-Meier curve estimates how long patients would have been followed had none had an event;
its median is the median follow-up, ``many_curves.medians`` with ``~event`` that of many data sets.
"""

import numpy as np
from numpy.typing import ArrayLike

from remit.errors import Finding, InputError
from remit.stats.survival.checks import check_patients
from remit.stats.survival.kaplan_meier import Curve, kaplan_meier
from remit.stats.survival.pointwise_limits import Scale


def reverse_kaplan_meier(
    time: ArrayLike, event: ArrayLike, level: float = 0.95, scale: Scale = "log-log"
) -> Curve:
    """Share of patients still followed at each time, had none had an event.

    Its ``events`` are patients who were censored, its ``censored`` those with an event. At a time with both,
    censoring comes first, as where ``1 - event`` is given to a program for Kaplan-Meier curves.
    ``kaplan_meier.quantile`` reads off the quartiles of follow-up.

    Parameters
    ----------
    time, event
        Time of event or censoring, and true for an event, shape (n_patients,).
    level, scale
        As of :func:`remit.stats.survival.kaplan_meier.kaplan_meier`.

    Raises
    ------
    InputError
        If patients are not known, or an option is none of these.
    """
    when, happened = check_patients(time, event)
    return kaplan_meier(when, ~happened, level, scale)


def completeness(time: ArrayLike, event: ArrayLike, potential: ArrayLike) -> float:
    """Time of follow-up seen, as a share of what could have been seen, after Clark and others (2002).

    What could have been seen ends at the event, or for who has none at the cut-off. 1 if nobody was lost
    before it; NaN if nothing could be seen.

    Parameters
    ----------
    time, event
        Time of event or censoring, and true for an event, shape (n_patients,).
    potential
        Time from the patient's start to the cut-off of the data, shape (n_patients,); at least ``time``.

    Raises
    ------
    InputError
        If patients are not known, or someone is followed for longer than the data reach.
    """
    when, happened = check_patients(time, event)
    longest = np.asarray(potential, dtype=float)
    found: list[Finding] = []
    if longest.shape != when.shape:
        shape = f"one time per patient, shape {when.shape}"
        found.append(Finding("completeness: potential", f"shape {longest.shape}", shape))
    elif not (longest >= when).all():
        number = int(np.flatnonzero(~(longest >= when))[0])
        pair = f"{longest[number]}, and time {when[number]}, for patient {number}"
        found.append(Finding("completeness: potential", pair, "at least the time", "cut-off less start"))
    if found:
        raise InputError(found)
    possible = float(np.where(happened, when, longest).sum())
    return float(when.sum()) / possible if possible > 0 else np.nan
