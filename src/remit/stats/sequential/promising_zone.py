r"""Promising zone: an interim that raises the information where the result is promising, and only there.

After Mehta and Pocock (2011). By the conditional power under the current trend, with the information planned,
an interim result is unfavourable, promising or favourable. In the promising zone the last look is put off
until the conditional power is the target, up to a cap; elsewhere nothing changes. Where the zone begins at or
above :func:`least_power` the ordinary statistic may be held against the planned bound and the type I error
stays below its level (Chen, DeMets and Lan 2004; Gao, Ware and Mehta 2008); elsewhere the weighted statistic
is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from scipy.special import ndtr, ndtri

from remit.errors import Finding, InputError
from remit.stats.estimate import Floats, Integers
from remit.stats.roots import root
from remit.stats.sequential.adaptive import adapted_bound, information_for_power
from remit.stats.sequential.conditional import conditional_error, conditional_power, current_trend
from remit.stats.sequential.integration import FAR, PER_SQUARE_ROOT, ROOTS
from remit.stats.sequential.looks import Looks, after


class Zone(IntEnum):
    """Where an interim result stands."""

    STOPPED = 0
    UNFAVOURABLE = 1
    PROMISING = 2
    FAVOURABLE = 3


@dataclass(frozen=True, slots=True)
class PromisingZone:
    """A trial of two looks, the second of which may be put off.

    Parameters
    ----------
    planned
        Information and bounds of both looks. Trials stop at the first where they reach its upper bound or,
        binding or not, its lower one; the upper bound of the second is that of the last analysis.
    target
        Conditional power that the promising zone is raised to, and at which it ends.
    least
        Conditional power at which the promising zone begins.
    cap
        Largest information of the last look.
    """

    planned: Looks
    target: float
    least: float
    cap: float


@dataclass(frozen=True, slots=True)
class Reestimation:
    """What an interim leads to; arrays of the shape of the interim statistics.

    ``zone`` has the numbers of :class:`Zone`; ``conditional_power`` is under the current trend with the
    information planned; ``information`` is that of the last look, or of the first where the trial stops
    there; ``bound`` is that of the ordinary statistic at the last look which keeps the type I error, NaN
    after a stop.
    """

    zone: Integers
    conditional_power: Floats
    information: Floats
    bound: Floats


@dataclass(frozen=True, slots=True)
class Performance:
    """Probability of showing benefit, by the test that keeps the type I error and by the ordinary one.

    ``weighted`` compares with the adapted bound, which is the test of Cui, Hung and Wang; ``ordinary``
    compares with the planned bound. ``information`` is expected, ``zones`` the probability of each of
    ``Zone``.
    """

    weighted: float
    ordinary: float
    information: float
    zones: Floats


def check(plan: PromisingZone) -> None:
    """Find what is wrong with a plan.

    Raises
    ------
    InputError
        With every finding: not two looks, powers not in order, a cap below the planned information.
    """
    found = list(_findings(plan))
    if found:
        raise InputError(found)


def _findings(plan: PromisingZone) -> Iterator[Finding]:
    if plan.planned.n_looks != 2:
        yield Finding("planned", f"{plan.planned.n_looks} looks", "two: the interim and the last")
    elif not plan.cap >= plan.planned.information[1]:
        needed = f"at least the planned information, {plan.planned.information[1]:g}"
        yield Finding("cap", f"{plan.cap:g}", needed)
    elif not np.isfinite(plan.planned.upper[1]):
        yield Finding("planned", "no bound at the last look", "a finite upper bound")
    if not 0 < plan.least < plan.target < 1:
        needed = "two conditional powers in (0, 1), the least first"
        yield Finding("least, target", f"{plan.least:g}, {plan.target:g}", needed)


def re_estimate(plan: PromisingZone, z: Floats | float) -> Reestimation:
    """Zone, new information and new bound for interim statistics of any shape; NaN stays NaN, unfavourable.

    Raises
    ------
    InputError
        As :func:`check`.
    """
    check(plan)
    at = np.asarray(z, dtype=np.float64)
    now, last = (float(each) for each in plan.planned.information)
    ahead = after(plan.planned, 1)
    trend = current_trend(at, now)
    power, error = conditional_power(ahead, at, now, trend), conditional_error(ahead, at, now)
    stopped = (at >= plan.planned.upper[0]) | (at <= plan.planned.lower[0])
    promising = ~stopped & (power >= plan.least) & (power < plan.target)
    wanted = np.clip(information_for_power(error, now, trend, plan.target), last, plan.cap)
    information = np.where(stopped, now, np.where(promising, wanted, last))
    zone = np.select(
        [stopped, promising, power >= plan.target],
        [Zone.STOPPED, Zone.PROMISING, Zone.FAVOURABLE],
        Zone.UNFAVOURABLE,
    ).astype(np.int64)
    return Reestimation(zone, power, information, adapted_bound(error, at, now, information))


def interim_at_power(planned: Looks, power: float) -> float:
    r"""Interim statistic at which the conditional power under the current trend is a given one.

    With :math:`m = I_1 - I_0` it is a line in z, so that

    .. math:: z = \frac{\Phi^{-1}(\pi) + b\sqrt{I_1/m}}{\sqrt{m/I_0} + \sqrt{I_0/m}}
    """
    now, last = (float(each) for each in planned.information)
    more = last - now
    return float(
        (ndtri(power) + planned.upper[1] * np.sqrt(last / more)) / (np.sqrt(more / now) + np.sqrt(now / more))
    )


GRID = 4000
"""Steps in which the beginning of the zone is sought before it is solved for."""


def least_power(planned: Looks, target: float, cap: float) -> float:
    """Least conditional power from which on the ordinary statistic may be held against the planned bound.

    Between it and ``target`` the adapted bound is nowhere above the planned one, so that the planned bound
    rejects less often than the test that keeps the type I error. It is at most one half (Chen, DeMets and
    Lan 2004), and depends on when the interim is, on the target and on the cap (Mehta and Pocock 2011, table
    I).

    Parameters
    ----------
    planned
        Information and bounds of the two looks.
    target
        Conditional power that is aimed at, above one half.
    cap
        Largest information of the last look; may be infinite.

    Raises
    ------
    InputError
        If the target is not above one half, or as :func:`check`.
    """
    half = 0.5
    check(PromisingZone(planned, target, half, cap))
    plan = PromisingZone(planned, target, TINY_POWER, cap)

    def excess(z: Floats | float) -> Floats:
        return re_estimate(_without_stops(plan), z).bound - planned.upper[1]

    top = interim_at_power(planned, half)
    # At one half the two bounds are equal for any information; just below it the adapted one is lower.
    z = np.linspace(top, 0.0, GRID)[1:-1]
    above = np.flatnonzero(excess(z) > 0)
    if above.size == 0:
        return _power_at(planned, 0.0)
    first = int(above[0])
    if first == 0:
        return half
    edge = root(lambda x: float(excess(x)), float(z[first]), float(z[first - 1]))
    return _power_at(planned, edge)


TINY_POWER = 1e-12
"""Begins the zone nowhere in particular."""


def _power_at(planned: Looks, z: float) -> float:
    now = float(planned.information[0])
    return float(conditional_power(after(planned, 1), z, now, current_trend(z, now)))


def _without_stops(plan: PromisingZone) -> PromisingZone:
    """The same plan where no trial stops at the interim."""
    looks = plan.planned
    upper, lower = np.array([np.inf, looks.upper[1]]), np.array([-np.inf, looks.lower[1]])
    return PromisingZone(Looks(looks.information, upper, lower, lower), plan.target, plan.least, plan.cap)


PANELS = 24
"""Panels of 16 nodes in each piece over which the rule is smooth."""


def performance(plan: PromisingZone, drift: float) -> Performance:
    """Power (type I error without drift) and expected information, by quadrature over the interim.

    Parameters
    ----------
    plan
        The design. Stops at the lower bound of the first look are obeyed.
    drift
        True effect per unit of information.

    Raises
    ------
    InputError
        As :func:`check`.
    """
    check(plan)
    now, last_bound = float(plan.planned.information[0]), float(plan.planned.upper[1])
    z, weight = _nodes(plan, drift)
    found = re_estimate(plan, z)
    mass = weight * PER_SQUARE_ROOT * np.exp(-0.5 * (z - drift * np.sqrt(now)) ** 2)
    goes_on = found.zone != Zone.STOPPED

    def rejects(bound: Floats | float) -> float:
        more = np.where(goes_on, found.information - now, 1.0)
        to_go = bound * np.sqrt(found.information) - z * np.sqrt(now)
        return float((mass * np.where(goes_on, ndtr((drift * more - to_go) / np.sqrt(more)), 0.0)).sum())

    early = float(ndtr(drift * np.sqrt(now) - plan.planned.upper[0]))
    zones = np.bincount(found.zone, weights=mass, minlength=len(Zone)).astype(np.float64)
    stops = early + float(ndtr(plan.planned.lower[0] - drift * np.sqrt(now)))
    zones[Zone.STOPPED] = stops
    expected = stops * now + float((mass * np.where(goes_on, found.information, 0.0)).sum())
    return Performance(
        early + rejects(np.where(goes_on, found.bound, 0.0)), early + rejects(last_bound), expected, zones
    )


def _nodes(plan: PromisingZone, drift: float) -> tuple[Floats, Floats]:
    """Nodes and weights between the points where the rule has a step or a kink."""
    planned = plan.planned
    now, last = (float(each) for each in planned.information)
    centre, more, most = drift * np.sqrt(now), last - now, plan.cap - now
    low, high = max(centre - FAR, float(planned.lower[0])), min(centre + FAR, float(planned.upper[0]))
    if not low < high:
        return np.zeros(0), np.zeros(0)
    # Where the information wanted is the cap, which again is a line in z.
    capped = (float(ndtri(plan.target)) + planned.upper[1] * np.sqrt(last / more)) / (
        np.sqrt(most / now) + np.sqrt(now / more)
    )
    inner = [interim_at_power(planned, plan.least), capped, interim_at_power(planned, plan.target)]
    edges = np.unique(np.clip([low, *inner, high], low, high))
    pieces = [np.linspace(*ends, PANELS + 1)[:-1] for ends in pairwise(edges)]
    ends = np.concatenate([*pieces, edges[-1:]])
    half = np.diff(ends)[:, None] / 2
    return (ends[:-1, None] + half + half * ROOTS[0]).ravel(), (half * ROOTS[1]).ravel()
