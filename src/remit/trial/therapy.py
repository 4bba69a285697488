"""The drugs of an arm: what of each is planned, and on which rules it is held, lowered or ended."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers, Schedule
from remit.trial.parameters import Background

Booleans = NDArray[np.bool_]

BCL2_INHIBITOR, BTK_INHIBITOR = "bcl2_inhibitor", "btk_inhibitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Therapy:
    """One drug of an arm.

    Parameters
    ----------
    drug, kind
        Its name, and the kind of its library file.
    dosed_state
        Index of the state that receives its doses.
    schedule
        What is planned.
    dose_exponent
        Power of the dose fraction on bioavailability.
    holds
        What holds it: any of ``counts``, ``lysis`` and ``event``; a cyclic drug is held at the start of a
        cycle only.
    is_reduced
        Whether toxicity of blood counts lowers its dose.
    background
        Adverse events under it that biology does not produce; None if it brings none of its own.
    """

    drug: str
    kind: str
    dosed_state: int
    schedule: Schedule
    dose_exponent: float = 0.0
    holds: frozenset[str] = frozenset({"counts", "lysis", "event"})
    is_reduced: bool = True
    background: Background | None = None


def watched(therapies: Sequence[Therapy]) -> int:
    """Place of the drug whose dose steps are watched for tumour lysis: the BCL2 inhibitor, else the first."""
    kinds = [each.kind for each in therapies]
    return kinds.index(BCL2_INHIBITOR) if BCL2_INHIBITOR in kinds else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The schedules of an arm as arrays, k drugs of at most p periods with at most r runs of equal doses.

    ``days`` (k, p) is the length of periods and infinite beyond the last; ``offset``, ``fraction``,
    ``interval`` and ``count`` (k, p, r) describe runs, ``count`` infinite to the end of the period and 0
    where there is no run; ``planned`` (k, p) is the largest fraction of a period. ``last`` is the place of
    the last period of each drug, ``start``, ``until`` and ``n_ramp`` are of shape (k,), as are the flags.
    """

    days: Floats
    offset: Floats
    fraction: Floats
    interval: Floats
    count: Floats
    planned: Floats
    last: Integers
    start: Floats
    until: Floats
    n_ramp: Integers
    is_cyclic: Booleans
    repeats: Booleans

    def at(self, values: Floats, period: Integers) -> Floats:
        """Values of the period in which each patient is, shape (n_patients, k, ...)."""
        drug = np.arange(self.last.size)
        return values[drug, np.minimum(period, self.last)]


def plan_of(schedules: Sequence[Schedule]) -> Plan:
    """Schedules of an arm as arrays."""
    k = len(schedules)
    p = max(len(each.periods) for each in schedules)
    r = max((len(period.doses) for each in schedules for period in each.periods), default=1) or 1
    days, planned = np.full((k, p), np.inf), np.zeros((k, p))
    offset, fraction, interval, count = (
        np.zeros((k, p, r)),
        np.zeros((k, p, r)),
        np.ones((k, p, r)),
        np.zeros((k, p, r)),
    )
    for i, schedule in enumerate(schedules):
        for j, period in enumerate(schedule.periods):
            days[i, j], planned[i, j] = period.days, period.fraction
            for m, run in enumerate(period.doses):
                offset[i, j, m], fraction[i, j, m], interval[i, j, m] = run.offset, run.fraction, run.interval
                count[i, j, m] = np.inf if run.count is None else run.count
    return Plan(
        days=days,
        offset=offset,
        fraction=fraction,
        interval=interval,
        count=count,
        planned=planned,
        last=np.array([len(each.periods) - 1 for each in schedules]),
        start=np.array([each.start for each in schedules]),
        until=np.array([each.until for each in schedules]),
        n_ramp=np.array([each.n_ramp for each in schedules]),
        is_cyclic=np.array([each.is_cyclic for each in schedules]),
        repeats=np.array([each.repeats for each in schedules]),
    )
