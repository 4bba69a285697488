"""Doses as their daily average: a block that takes repeated doses as a constant input.

Response and progression follow the average over weeks, so a fit, which needs very many courses, leaves
out the peaks; predictions keep them.
"""

import numpy as np

from remit.dosing import NEVER, DoseRecords, Floats, Integers
from remit.solve import KernelBlock


class AveragedBlock:
    """A kernel block whose boluses arrive evenly over their interval; see ``remit.courses.Block``."""

    def __init__(self, block: KernelBlock) -> None:
        self.block = block

    @property
    def observables(self) -> tuple[str, ...]:
        """Names of the observables, in order."""
        return self.block.observables

    @property
    def time(self) -> Floats:
        """Time each patient has reached [day]."""
        return self.block.time

    @property
    def status(self) -> Integers:
        """Status of each patient."""
        return self.block.status

    @property
    def state(self) -> Floats:
        """State of each patient, shape (n_patients, n_states)."""
        return self.block.state

    def advance(self, until: Floats, records: DoseRecords, observe: Floats) -> Floats:
        """Take every patient to its own ``until`` on constant inputs."""
        return self.block.advance(until, averaged(records, until), observe)


def averaged(records: DoseRecords, until: Floats) -> DoseRecords:
    """The same amounts, each record of boluses as one constant input that ends by ``until``.

    Inputs that last stay as they are, with their repeats.
    """
    given = np.isfinite(records.time) & (records.duration == 0)
    interval = np.where(records.interval > 0, records.interval, 1.0)
    doses = records.additional + 1
    end = np.minimum(np.where(given, records.time, 0.0) + doses * interval, until[:, None])
    duration = np.where(given, np.maximum(end - records.time, 0.0), records.duration)
    amount = np.where(given, records.amount / interval * duration, records.amount)
    kept = (amount > 0) & (duration > 0)
    lasting = kept & ~given
    return DoseRecords(
        np.where(kept, records.time, NEVER),
        np.where(kept, amount, 0.0),
        records.state,
        np.where(kept, duration, 0.0),
        np.where(lasting, records.interval, 0.0),
        np.where(lasting, records.additional, 0),
    )
