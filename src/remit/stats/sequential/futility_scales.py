r"""Futility bounds that are given as a conditional power, an observed effect or a hazard ratio.

A plan takes futility bounds as z. On another scale they depend on the design that they are a part of: a
conditional power on the last efficacy bound, an effect on the maximum information. Both are solved for here,
and the plan is returned with its bounds as z, ready for :func:`~remit.stats.sequential.design.design`.

With information in fractions :math:`t` of the last look, last bound :math:`b` and drift :math:`\delta` (the
expected statistic at the last look), the conditional power of the last test alone is

.. math:: \Phi\!\left(\frac{z\sqrt t + \delta\,(1 - t) - b}{\sqrt{1 - t}}\right), \qquad
    \delta = z / \sqrt t \text{ under the current trend}

after Lan, Simon and Halperin (1982). Efficacy bounds at looks between are left out, as is usual where
futility is discussed: with them the power is a little larger, see ``conditional.conditional_power``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from scipy.special import ndtr, ndtri

from remit.errors import Finding, InputError, problem
from remit.stats.estimate import Booleans, Floats
from remit.stats.sequential.boundaries import efficacy_bounds
from remit.stats.sequential.design import harm_bounds, placing
from remit.stats.sequential.drift import drift_where
from remit.stats.sequential.integration import exits
from remit.stats.sequential.plan import Plan, check, given_bounds

Under = Literal["current trend", "alternative"]
"""Effect that a conditional power is computed under: the one observed, or the planned one."""
SETTLED = 1e-12
"""Change of the last efficacy bound at which binding futility bounds and it are consistent."""
ROUNDS = 200


def last_test_power(z: Floats, fractions: Floats, bound: float, drift: float | None = None) -> Floats:
    """Conditional power of the last test alone, of the shape of ``z`` and ``fractions``.

    Parameters
    ----------
    z, fractions
        Statistic and information fraction at a look, the fraction in (0, 1).
    bound
        Efficacy bound of the last look.
    drift
        Expected statistic at the last look; None for the current trend.
    """
    at, t = np.asarray(z, dtype=np.float64), np.asarray(fractions, dtype=np.float64)
    effect = at / np.sqrt(t) if drift is None else drift
    return ndtr((at * np.sqrt(t) + effect * (1 - t) - bound) / np.sqrt(1 - t))


def z_of_last_test_power(
    power: Floats, fractions: Floats, bound: float, drift: float | None = None
) -> Floats:
    """Statistic at which the last test alone has a conditional power; minus infinity for a power of 0.

    Arguments as for ``last_test_power``.
    """
    t = np.asarray(fractions, dtype=np.float64)
    to_reach = bound + np.sqrt(1 - t) * ndtri(np.asarray(power, dtype=np.float64))
    if drift is None:
        return to_reach * np.sqrt(t)
    return (to_reach - drift * (1 - t)) / np.sqrt(t)


def with_conditional_powers(plan: Plan, powers: Sequence[float], under: Under = "current trend") -> Plan:
    """The plan with futility bounds at which the last test has given conditional powers.

    Parameters
    ----------
    plan
        Without futility bounds; binding if they are to be.
    powers
        At each look but the last, in [0, 1); 0 for no bound. Shape (n_looks - 1,).
    under
        Effect that they are computed under. "alternative" is the planned effect, that at which the design
        with these bounds has the power of the plan.

    Raises
    ------
    InputError
        With every finding: an impossible plan or powers; an unknown effect; or if no drift has the power of
        the plan.
    """
    given = np.asarray(powers, dtype=np.float64)
    _check(plan, given, "powers", "conditional powers from 0 to below 1", (given >= 0) & (given < 1))
    if under not in get_args(Under):
        raise problem("under", under, f"one of {', '.join(get_args(Under))}", "current trend")
    t, trend = np.asarray(plan.fractions[:-1]), under == "current trend"

    def at(bound: float, drift: float) -> Floats:
        return z_of_last_test_power(given, t, bound, None if trend else drift)

    return _with_bounds(plan, at, by_drift=not trend)


def with_effects(plan: Plan, effects: Sequence[float]) -> Plan:
    r"""The plan with futility bounds at observed effects, each a share of the planned effect.

    .. math:: z_k = s_k\,\delta\,\sqrt{t_k}

    Parameters
    ----------
    plan
        Without futility bounds; binding if they are to be.
    effects
        Shares :math:`s_k` at each look but the last: 0 no effect, 1 the planned one; minus infinity for no
        bound. Shape (n_looks - 1,).

    Raises
    ------
    InputError
        With every finding: an impossible plan or effects; or if no drift has the power of the plan.
    """
    given = np.asarray(effects, dtype=np.float64)
    _check(plan, given, "effects", "shares of the planned effect, minus infinity for none", given < np.inf)
    roots = np.sqrt(np.asarray(plan.fractions[:-1]))
    return _with_bounds(plan, lambda _, drift: given * drift * roots)


def with_hazard_ratios(plan: Plan, ratios: Sequence[float], planned: float) -> Plan:
    """The plan with futility bounds at observed hazard ratios, experimental against control.

    By Schoenfeld's (1981) information, as ``scales.hazard_ratio_at``; allocation does not matter, since the
    planned hazard ratio has the same.

    Parameters
    ----------
    plan
        Without futility bounds; binding if they are to be.
    ratios
        At each look but the last, such as 1.0 or 0.95; infinity for no bound. Shape (n_looks - 1,).
    planned
        Hazard ratio of the alternative, below 1.

    Raises
    ------
    InputError
        With every finding: an impossible plan or hazard ratios; or if no drift has the power of the plan.
    """
    given = np.asarray(ratios, dtype=np.float64)
    if not 0 < planned < 1:
        raise problem("planned", f"{planned:g}", "a hazard ratio above 0 and below 1", "benefit is below 1")
    _check(plan, given, "ratios", "hazard ratios above 0, infinity for no bound", given > 0)
    return with_effects(plan, (np.log(given) / np.log(planned) + 0.0).tolist())


def _with_bounds(plan: Plan, at: Callable[[float, float], Floats], *, by_drift: bool = True) -> Plan:
    """The plan with bounds that depend on the last efficacy bound, and on the drift that it then has."""
    harm, t = harm_bounds(plan), np.asarray(plan.fractions)
    alone = efficacy_bounds(plan.efficacy, placing(replace(plan, binding=False)))

    def bounds(drift: float) -> tuple[Plan, Floats]:
        """The plan at a drift and its efficacy bounds, consistent with each other where futility binds."""
        upper, rounds = alone, ROUNDS if plan.binding else 0
        given = replace(plan, futility=tuple(at(float(upper[-1]), drift).tolist()))
        for _ in range(rounds):
            before, upper = upper[-1], efficacy_bounds(plan.efficacy, placing(given))
            given = replace(plan, futility=tuple(at(float(upper[-1]), drift).tolist()))
            if abs(upper[-1] - before) < SETTLED:
                break
        return given, upper

    def excess(drift: float) -> float:
        given, upper = bounds(drift)
        stops = np.minimum(np.maximum(given_bounds(given), harm), upper)
        return plan.power - float(exits(t, stops, upper, drift).upper.sum())

    return bounds(drift_where(excess, plan.alpha, plan.power) if by_drift else 0.0)[0]


def _check(plan: Plan, given: Floats, where: str, needed: str, fits: Booleans) -> None:
    """Refuse a plan that no design can meet, or numbers that are no futility bounds of it."""
    check(replace(plan, futility=None, binding=False))
    found = list(_findings(plan, given, where, needed, fits))
    if found:
        raise InputError(found)


def _findings(plan: Plan, given: Floats, where: str, needed: str, fits: Booleans) -> Iterator[Finding]:
    looks = len(plan.fractions) - 1
    if plan.futility is not None:
        yield Finding("futility", str(plan.futility), "a plan without futility bounds", "futility=None")
    if plan.sides != 1:
        yield Finding("sides", str(plan.sides), "1: a two-sided design has no futility bounds", "sides=1")
    if given.shape != (looks,):
        yield Finding(where, f"{given.size} entries", f"{looks}, one for each look but the last", needed)
    if not fits.all():
        yield Finding(where, str(given.tolist()), needed, "a number at each look that fits")
