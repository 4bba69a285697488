"""When the response of a patient is known: as a response, or because none can come any more."""

from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.milestones import Milestones


@dataclass(frozen=True, slots=True)
class ResponseStatus:
    """Days from first dose, of shape (..., n_patients).

    ``response`` is the first that counts, infinite for none. ``known`` is the day on which it is settled
    whether the patient is a responder: that of the response, or the first on which none can come any more.
    """

    response: Floats
    known: Floats

    @property
    def responds(self) -> Booleans:
        """Whether the patient is a responder in the end."""
        return np.isfinite(self.response)

    def of(self, who: Integers) -> "ResponseStatus":
        """Status of the patients ``who``, of its shape."""
        return ResponseStatus(self.response[who], self.known[who])


def response_status(m: Milestones, within: float, *, complete: bool = False) -> ResponseStatus:
    """Response within a number of days, from milestones.

    A patient without an assessment, or whose equations were not solved, is no responder. None can come after
    progression by this reader, death, new therapy or the end of response follow-up.

    Parameters
    ----------
    m
        Milestones of every patient.
    within
        Days from first dose within which a response counts.
    complete
        Whether complete responses alone count.
    """
    first = m.complete if complete else m.response
    ended = np.minimum(np.minimum(m.progression, m.death), np.minimum(m.new_therapy, m.response_end))
    response = np.where((first <= within) & ~m.failed, first, np.inf)
    no_more = np.where(m.failed, 0.0, np.minimum(ended, within))
    return ResponseStatus(response, np.minimum(response, no_more))
