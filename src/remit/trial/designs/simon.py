"""Two stages of one arm, after Simon (1989): stop early for futility, and an exact test of p0 at the end.

A decision is a function of the numbers reached: with the planned sizes p0 is rejected by more than ``r``
responders; with other final sizes (overrunning, a trial that fell short) by the exact two-stage p-value,
which is at most the type I error of the plan just there.
"""

from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Booleans, Integers
from remit.stats.planning.requirement import Requirement
from remit.stats.planning.simon import TwoStage, characteristics, simon_designs
from remit.stats.planning.two_stage_inference import p_value
from remit.trial.designs.look import Decision
from remit.units import quantity

NAME = "simon"
ROUNDING = 1e-12
"""Relative excess of a p-value over the type I error that is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Sizes and boundaries of the two stages, and the null hypothesis."""

    r1: int = quantity("", meaning="most responders of the first stage with which the trial stops", low=0)
    n1: int = quantity("", meaning="patients of the first stage", low=1)
    r: int = quantity("", meaning="most responders in all with which there is no interest", low=0)
    n: int = quantity("", meaning="patients in all", low=2)
    p0: float = quantity("fraction", meaning="response rate that does not warrant interest", low=0, high=1)

    @property
    def design(self) -> TwoStage:
        """Sizes and boundaries."""
        return TwoStage(self.r1, self.n1, self.r, self.n)


@dataclass(frozen=True, slots=True)
class StageLook:
    """What is known at a look, arrays of shape (n_replicates,).

    ``n_patients`` and ``responders`` in all; ``first_responders`` those of the ``n1`` patients of the first
    stage. A look at no more than ``n1`` patients is that of the first stage.
    """

    n_patients: Integers
    responders: Integers
    first_responders: Integers


def planned(p0: float, p1: float, required: Requirement, kind: str = "optimal") -> Params:
    """Parameters of the optimal or minimax design of Simon (1989).

    Raises
    ------
    InputError
        Impossible probabilities or requirement.
    """
    found = simon_designs(p0, p1, required)
    chosen = (found.minimax if kind == "minimax" else found.optimal).design
    return Params(r1=chosen.r1, n1=chosen.n1, r=chosen.r, n=chosen.n, p0=p0)


def goes_on(first_responders: Integers, params: Params) -> Booleans:
    """Whether the first stage is followed by the second."""
    return np.asarray(first_responders) > params.r1


def decide(look: StageLook, params: Params) -> Decision:
    """Stop after a poor first stage; at the end reject p0 where the exact p-value is as small as at ``r +
    1``.

    The p-value of a trial that goes on is NaN: it has none yet.
    """
    size, x = np.asarray(look.n_patients), np.asarray(look.responders)
    on = goes_on(look.first_responders, params)
    final = (size > params.n1) & on
    # Who came in while the first stage was awaited does not undo its stop: its numbers are those of n1.
    seen_n = np.where(on, size, np.minimum(size, params.n1))
    seen = np.where(on, x, look.first_responders)
    p = p_value(seen, seen_n, params.r1, params.n1, params.p0)
    reject = final & (p <= type_I_error(params) * (1 + ROUNDING))
    return Decision(reject, ~on | final, np.where(on & ~final, np.nan, p))


def type_I_error(params: Params) -> float:  # noqa: N802 - the glossary's name
    """Probability of rejecting p0 where it is true, at the planned sizes.

    Raises
    ------
    InputError
        Sizes and boundaries that do not fit.
    """
    return float(characteristics(params.design, params.p0).interest)
