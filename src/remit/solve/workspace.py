"""The workspace that compiled functions and driver share: rows that hold one number per lane.

Single rows come first, in places that are the same for every model; the arrays of a model follow.
"""

from typing import NamedTuple

Layout = dict[str, tuple[int, int]]
"""Place of every array: its first row, and how many."""

SINGLES = (
    "patient",  # row of the block, -1 where the lane is free
    "time",  # reached [day]
    "stop",  # next dose, end of input, or end [day]
    "next_look",  # time of the next observation [day], infinite if there is none
    "step",  # next size that the error allows [day]
    "step_after_dose",  # size that followed the first step after the last dose [day]
    "after_dose",  # positive until the first step after a dose is taken
    "rejected",  # positive where the last step was
    "n_steps",  # tried
    "size",  # of the step [day]
    "norm",  # mean square error, in units of the tolerance
    "factor",  # of the next step, as the error allows
    "lowest",  # negative where a state fell below zero
    "guard",  # negative where a pivot is not to be trusted
    "accepted",  # positive where the step is taken
    "arrived",  # positive where it ends at the stop
    "due",  # positive where it passes an observation
    "failed",  # status of a lane that cannot go on, else 0
    "share",  # place in the step that dense output is asked for
    "w",  # diagonal of the linear system, 1 / (size gamma)
    "rtol",  # relative tolerance
)
(
    PATIENT, TIME, STOP, NEXT_LOOK, STEP, STEP_AFTER_DOSE, AFTER_DOSE, REJECTED, N_STEPS, SIZE, NORM, FACTOR,
    LOWEST, GUARD, ACCEPTED, ARRIVED, DUE, FAILED, SHARE, W, RTOL,
) = range(len(SINGLES))  # fmt: skip


OK, STEP_LIMIT, STEP_TOO_SMALL, NOT_FINITE, NEGATIVE = 0, 1, 2, 3, 4
"""Values of ``remit.courses.Status``."""
TIME_TOLERANCE = 1e-9
"""Times closer than this are the same [day]."""


class Rows(NamedTuple):
    """First rows of the arrays that the driver touches, and how many of ``free`` there are."""

    y: int
    given: int
    u: int
    q: int
    seen: int
    free: int
    n_free: int


def layout(sizes: dict[str, int]) -> Layout:
    """Rows of a workspace: the single ones, then arrays of these sizes, by name."""
    rows: Layout = {name: (place, 1) for place, name in enumerate(SINGLES)}
    first = len(SINGLES)
    for name, count in sizes.items():
        rows[name] = (first, count)
        first += count
    return rows
