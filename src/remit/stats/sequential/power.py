r"""What a group-sequential trial does under a drift: where it stops, its power, its expected information.

A drift is the expected statistic at the last look. It is proportional to the effect: a hazard ratio whose
logarithm is half that of the planned one has half the planned drift.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from remit.stats.estimate import Floats
from remit.stats.sequential.design import GroupSequentialDesign
from remit.stats.sequential.drift import fixed_drift
from remit.stats.sequential.integration import Going, goings, leave, tilted

NEIGHBOURS = 8.0
"""Distance of drifts that share an integration."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """Probabilities of stopping at each look by drift, shape (n_drifts, n_looks); ``drift`` (n_drifts,).

    Parameters
    ----------
    drift
        Expected statistic at the last look, shape (n_drifts,).
    efficacy
        Benefit is shown.
    futility
        Neither benefit nor harm: at or below the futility bound, at the last look of a one-sided design
        below the efficacy bound.
    harm
        At or below the bound of harm; in a two-sided design, of the other side.
    goes_on
        Trials that go on after the look. After the last look of a two-sided design those that show nothing,
        of any other none.
    """

    drift: Floats
    efficacy: Floats
    futility: Floats
    harm: Floats
    goes_on: Floats


def stopping(design: GroupSequentialDesign, drifts: Floats | float, futility_obeyed: bool = True) -> Stopping:
    """Where trials stop under each drift.

    Parameters
    ----------
    design
        Bounds and fractions.
    drifts
        Expected statistic at the last look, shape (n_drifts,) or a number. ``design.drift`` is the
        alternative, 0 no effect.
    futility_obeyed
        Whether trials stop for futility before the last look. False gives the type I error that non-binding
        bounds are held to.
    """
    given = np.atleast_1d(np.asarray(drifts, dtype=np.float64))
    lower, harm = _stops_below(design, futility_obeyed)
    stops = np.maximum(lower, harm)
    chances = np.zeros((4, given.size, design.n_looks))
    nearest = NEIGHBOURS * np.round(given / NEIGHBOURS)
    for center in np.unique(nearest):
        path = goings(design.fractions, stops, design.upper, float(center), NEIGHBOURS / 2)
        for row in np.flatnonzero(nearest == center):
            chances[:, row] = _one(design, path, harm, stops, float(given[row]))
    return Stopping(given, *chances)


def _one(
    design: GroupSequentialDesign, path: tuple[Going, ...], harm: Floats, stops: Floats, drift: float
) -> Floats:
    """Efficacy, futility, harm and going on at each look, shape (4, n_looks)."""
    leaving = leave(path, design.fractions, stops, design.upper, drift)
    of_harm = leave(path, design.fractions, harm, design.upper, drift).lower
    goes_on = np.zeros(design.n_looks)
    goes_on[:-1] = [tilted(each, drift).probability for each in path[1:]]
    if design.sides == 2:
        goes_on[-1] = tilted(path[-1], drift).probability - leaving.upper[-1] - leaving.lower[-1]
    return np.array([leaving.upper, leaving.lower - of_harm, of_harm, goes_on])


def _stops_below(design: GroupSequentialDesign, futility_obeyed: bool) -> tuple[Floats, Floats]:
    """Futility bounds that are obeyed, and the bounds of harm or of the other side."""
    if design.sides == 2:
        return design.lower, -design.upper
    ignored = np.append(np.full(design.n_looks - 1, -np.inf), design.lower[-1])
    return (design.lower if futility_obeyed else ignored), design.harm


def power(design: GroupSequentialDesign, drifts: Floats | float) -> Floats:
    """Probability of showing benefit under each drift, shape (n_drifts,)."""
    return stopping(design, drifts).efficacy.sum(axis=1)


def expected_information(design: GroupSequentialDesign, drifts: Floats | float) -> Floats:
    r"""Expected information when a trial stops, over that at the last look, by drift; shape (n_drifts,).

    .. math:: t_1 + \sum_{k<K} (t_{k+1} - t_k)\, P(\text{goes on after look } k)

    Times ``design.inflation`` it is a share of the information of the design with one look.
    """
    return _expected(design, stopping(design, drifts))


def _expected(design: GroupSequentialDesign, where: Stopping) -> Floats:
    """Expected information of trials that stop where they do, shape (n_drifts,)."""
    return design.fractions[0] + where.goes_on[:, :-1] @ np.diff(design.fractions)


@dataclass(frozen=True, slots=True)
class PowerCurve:
    """Power and expected information by effect, arrays of shape (n_effects,).

    ``effect`` is over the planned one: 1 the alternative, 0 none, negative harm. ``information`` is
    expected, over that of the design with one look, whose power is ``fixed_power``.
    """

    effect: Floats
    drift: Floats
    power: Floats
    fixed_power: Floats
    information: Floats


def power_curve(design: GroupSequentialDesign, effects: Floats) -> PowerCurve:
    """Power and expected information at multiples of the planned effect, shape (n_effects,)."""
    relative = np.asarray(effects, dtype=np.float64)
    drifts = relative * design.drift
    where = stopping(design, drifts)
    fixed = fixed_drift(design.alpha, design.power)
    return PowerCurve(
        relative,
        drifts,
        where.efficacy.sum(axis=1),
        ndtr(relative * fixed + ndtri(design.alpha)),
        _expected(design, where) * design.inflation,
    )
