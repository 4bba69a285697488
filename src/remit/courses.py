"""A block of simulated patients as everything outside the solver sees it."""

from enum import IntEnum
from typing import Protocol

from remit.dosing import DoseRecords, Floats, Integers


class Status(IntEnum):
    """How a patient's solve stands; failure is a result, counted in every table."""

    OK = 0
    STEP_LIMIT = 1
    STEP_TOO_SMALL = 2
    NOT_FINITE = 3
    NEGATIVE = 4

    @property
    def meaning(self) -> str:
        """What it says, and what usually causes it."""
        return MEANINGS[self]


MEANINGS = {
    Status.OK: "solved",
    Status.STEP_LIMIT: "too many steps; usually a rate constant far outside the fitted range",
    Status.STEP_TOO_SMALL: "step size collapsed; usually two processes many orders apart in speed",
    Status.NOT_FINITE: "a state became infinite or undefined; look at the last finite state",
    Status.NEGATIVE: "an amount fell below zero by more than the tolerance",
}


class Block(Protocol):
    """Patients that advance together, each on its own clock.

    ``time`` [day] and ``status`` (values of ``Status``) have shape (n_patients,). ``observables`` names
    what :meth:`advance` returns, in order; see ``remit.model.OBSERVABLES`` for units.
    """

    @property
    def observables(self) -> tuple[str, ...]:
        """Names of the observables, in order."""
        ...

    @property
    def time(self) -> Floats:
        """Time each patient has reached [day], shape (n_patients,)."""
        ...

    @property
    def status(self) -> Integers:
        """Status of each patient, shape (n_patients,)."""
        ...

    def advance(self, until: Floats, records: DoseRecords, observe: Floats) -> Floats:
        """Take every patient to its own ``until`` and return what was seen on the way.

        Parameters
        ----------
        until
            Stop time of each patient [day], shape (n_patients,); a patient at or beyond it rests.
        records
            Doses of the interval from ``time`` to ``until``: times at or after ``time``, doses at ``until``
            itself belong to the next interval. An input that still runs at ``until`` ends there: no block
            remembers it, and what is left of it is a record of the next interval.
        observe
            Observation times [day], shape (n_patients, n_times), increasing in each row, padded with
            infinity; a time at which a dose is given is observed before the dose.

        Returns
        -------
        Observables, shape (n_patients, n_times, n_observables); NaN where padded, outside the interval, or
        where the patient's solve has failed.
        """
        ...
