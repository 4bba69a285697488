"""Where each of many trials stops, and why: statistics at the looks against the bounds of a design."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from remit.errors import problem
from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.sequential.actual import recompute
from remit.stats.sequential.design import GroupSequentialDesign

MOST = 2000
"""Most different histories of events for which bounds are computed anew."""


class Outcome(IntEnum):
    """Why a trial stopped. ``NOTHING`` is its last look without a bound crossed."""

    EFFICACY = 1
    FUTILITY = 2
    HARM = 3
    NOTHING = 4


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of z, shape (n_looks,), or (n_replicates, n_looks) where trials differ.

    ``upper`` is for efficacy, ``futility`` stops at or below, ``harm`` too; infinite where there is none. NaN
    in ``upper`` says that a look is not held.
    """

    upper: Floats
    futility: Floats
    harm: Floats


@dataclass(frozen=True, slots=True)
class Decisions:
    """Where each trial stopped, shape (n_replicates,): position of the look, from 0, and the ``Outcome``."""

    look: Integers
    outcome: Integers

    @property
    def rejects(self) -> Booleans:
        """Whether benefit was shown."""
        return self.outcome == Outcome.EFFICACY


def bounds_of(design: GroupSequentialDesign, futility_obeyed: bool = True) -> Bounds:
    """The planned bounds, for looks that come at the planned events; shape (n_looks,).

    Without ``futility_obeyed`` futility stops no trial before its last look, which is how non-binding bounds
    hold the type I error.
    """
    futility = design.lower.copy()
    if not futility_obeyed:
        futility[:-1] = -np.inf
    return Bounds(design.upper, futility, -design.upper if design.sides == 2 else design.harm)


def bounds_at(
    design: GroupSequentialDesign, events: Integers, maximum: int, futility_obeyed: bool = True
) -> Bounds:
    """Bounds for the events that each trial had, by the spending functions of the design.

    A trial has its last look when it has the maximum, or at the last of its looks that has more events than
    the one before: that look spends all that is left. A look without more events is not held.

    Parameters
    ----------
    design
        As planned, with spending functions.
    events
        At each look of each trial, shape (n_replicates, n_looks).
    maximum
        Events planned for the last look.
    futility_obeyed
        Whether futility stops trials before their last look.

    Returns
    -------
    Arrays (n_replicates, n_looks).

    Raises
    ------
    InputError
        For a classical family, and if there are more than 2,000 different histories of events: each takes an
        integration of its own.
    """
    histories, which = np.unique(events, axis=0, return_inverse=True)
    if len(histories) > MOST:
        raise problem(
            "events",
            f"{len(histories)} different histories",
            f"at most {MOST}, each with bounds of its own",
            "looks at numbers of events, or fewer replicates",
        )
    found = np.full((3, *histories.shape), np.nan)
    for row, history in enumerate(histories):
        held = _held(history, maximum)
        if held.size:
            met = bounds_of(recompute(design, history[held], maximum, final=True), futility_obeyed)
            found[:, row, held] = met.upper, met.futility, met.harm
    return Bounds(*found[:, which.ravel()])


def _held(history: Integers, maximum: int) -> Integers:
    """Positions of the looks that a trial holds: with more events than before, until it has the maximum."""
    before = np.concatenate([[0], np.maximum.accumulate(history)[:-1]])
    return np.flatnonzero((history > before) & (before < maximum))


def decide(z: Floats, bounds: Bounds) -> Decisions:
    """Stop each trial at its first look at which a bound is reached, else at its last.

    Parameters
    ----------
    z
        Statistics, shape (n_replicates, n_looks). A look whose statistic is NaN stops nothing.
    bounds
        Of the design.
    """
    upper, futility, harm = (
        np.broadcast_to(each, z.shape) for each in (bounds.upper, bounds.futility, bounds.harm)
    )
    outcomes = np.zeros(z.shape, dtype=np.int64)
    # Of two bounds that are reached the later line counts: at the last look futility begins where efficacy
    # ends.
    outcomes[z <= futility] = Outcome.FUTILITY
    outcomes[z <= harm] = Outcome.HARM
    outcomes[z >= upper] = Outcome.EFFICACY
    places = np.arange(z.shape[1])
    last = np.where(np.isnan(upper), -1, places).max(axis=1)
    last = np.where(last < 0, z.shape[1] - 1, last)
    outcomes[np.arange(len(z)), last] = np.where(
        outcomes[np.arange(len(z)), last] == 0, Outcome.NOTHING, outcomes[np.arange(len(z)), last]
    )
    look = (outcomes > 0).argmax(axis=1)
    return Decisions(look, outcomes[np.arange(len(z)), look])
