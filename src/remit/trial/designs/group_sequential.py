"""Two randomised arms and a time to event, with looks at its events; with one look it is the fixed design.

Bounds follow the events that each look had, by spending functions; the last look spends all that is left.
Futility does not bind unless ``binding`` says so: the type I error is then held whether or not it is obeyed.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from remit.stats.estimate import Floats, Integers
from remit.stats.operating.decisions import Bounds, Decisions, bounds_at
from remit.stats.operating.decisions import decide as stopped
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.design import GroupSequentialDesign, design
from remit.stats.sequential.plan import Plan
from remit.units import quantity

NAME = "group_sequential"
NO_FUTILITY, NO_HARM = (), 0.0
KEPT = 20_000
"""Histories of events whose bounds are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Events, errors and bounds of the test of one hypothesis.

    ``fractions`` are planned: of ``events``, increasing, the last 1. ``futility`` has a bound of z for each
    look but the last, minus infinity for none; it is empty where there is none at all. A bound of harm spends
    ``alpha_harm`` by the function of ``spending``; 0 for no such bound.
    """

    events: int = quantity("", meaning="events planned for the last look", low=1)
    fractions: tuple[float, ...] = quantity("fraction", meaning="planned events at each look over the last")
    alpha: float = quantity("fraction", meaning="one-sided type I error", low=0, high=0.5)
    power: float = quantity("fraction", meaning="power at the planned effect", low=0, high=1)
    spending: str = quantity("", meaning="spending function, by its name")
    futility: tuple[float, ...] = quantity("", meaning="bounds of z for futility, all but the last look")
    binding: bool = quantity("", meaning="whether efficacy bounds count on futility stops")
    alpha_harm: float = quantity("fraction", meaning="one-sided error of a bound of harm", low=0, high=0.5)


@dataclass(frozen=True, slots=True)
class SequentialLook:
    """Statistics and events at each look of many trials, shape (n_replicates, n_looks).

    ``z`` is positive in favour of the experimental arm. Looks that came at no more events than the one before
    are not held.
    """

    z: Floats
    events: Integers


def planned(
    events: int,
    fractions: tuple[float, ...] = (1.0,),
    alpha: float = 0.025,
    spending: str = "lan-demets-obrien-fleming",
    futility: tuple[float, ...] = NO_FUTILITY,
    alpha_harm: float = NO_HARM,
) -> Params:
    """Parameters with the usual choices: 90% power, futility that does not bind."""
    return Params(
        events=events,
        fractions=fractions,
        alpha=alpha,
        power=0.9,
        spending=spending,
        futility=futility,
        binding=False,
        alpha_harm=alpha_harm,
    )


def design_of(params: Params, share: float = 1.0) -> GroupSequentialDesign:
    """Bounds of a plan, at a share of its alpha, such as the weight of a hypothesis in a graph.

    Raises
    ------
    InputError
        If the plan cannot be met.
    """
    spending = Boundary(params.spending)
    plan = Plan(
        fractions=params.fractions,
        alpha=params.alpha * share,
        power=params.power,
        efficacy=spending,
        futility=params.futility or None,
        binding=params.binding,
        harm=spending if params.alpha_harm > 0 else None,
        alpha_harm=params.alpha_harm or params.alpha,
    )
    return design(plan)


def bounds_of_events(params: Params, events: Integers, share: float = 1.0) -> Bounds:
    """Bounds at the events that each look had, shape (n_replicates, n_looks).

    Each history of events takes an integration of its own, which is kept: many trials share theirs.

    Raises
    ------
    InputError
        If the plan cannot be met.
    """
    histories, which = np.unique(events, axis=0, return_inverse=True)
    found = [_bounds_of_history(params, share, tuple(each)) for each in histories.tolist()]
    upper, futility, harm = (np.stack(each)[which.ravel()] for each in zip(*found, strict=True))
    return Bounds(upper, futility, harm)


@lru_cache(maxsize=KEPT)
def _bounds_of_history(
    params: Params, share: float, history: tuple[int, ...]
) -> tuple[Floats, Floats, Floats]:
    met = bounds_at(_kept_design(params, share), np.asarray([history], dtype=np.int64), params.events)
    return met.upper[0], met.futility[0], met.harm[0]


@lru_cache
def _kept_design(params: Params, share: float) -> GroupSequentialDesign:
    return design_of(params, share)


def decide(look: SequentialLook, params: Params) -> Decisions:
    """Where each trial stops and why, futility obeyed."""
    return stopped(look.z, bounds_of_events(params, look.events))


def type_I_error(params: Params) -> float:  # noqa: N802 - the glossary's name
    """Probability of showing benefit where there is none, at the planned looks, futility not obeyed.

    Exact for statistics with the canonical joint normal distribution, which that of a log-rank test comes
    close to with many events.
    """
    return float(np.asarray(design_of(params).alpha_spent)[-1])
