r"""Weights of the log-rank test: how much an event counts by when it happens.

All are of one form. With :math:`\hat S` the Kaplan-Meier curve of both arms together, taken just before an
event and held from a time :math:`u` on, and :math:`Y` the patients at risk in both arms,

.. math:: w(t) = \hat S_u(t-)^{\rho}\,\bigl(1 - \hat S_u(t-)\bigr)^{\gamma}\,Y(t)^{\tau}\,c(t), \qquad
    \hat S_u(t) = \max\bigl(\hat S(t), \hat S(u)\bigr)

where :math:`c` is a step function of time. In a stratified test curve and risk set are those of the stratum.
A weight that depends on what is seen in this way keeps the type I error, for it is known before the event.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError, problem


@dataclass(frozen=True, slots=True)
class Weight:
    r"""A weight of the form above.

    Parameters
    ----------
    name
        As it is reported.
    survival_power, event_power, at_risk_power
        :math:`\rho`, :math:`\gamma` and :math:`\tau`.
    held_from
        :math:`u`, in the unit of time of the data; infinite if the curve is not held.
    breaks, factors
        :math:`c`: the first factor until before the first break, the next from it on; one factor more than
        breaks. None: 1 everywhere.
    """

    name: str
    survival_power: float = 0.0
    event_power: float = 0.0
    at_risk_power: float = 0.0
    held_from: float = np.inf
    breaks: tuple[float, ...] = ()
    factors: tuple[float, ...] = (1.0,)


LOG_RANK = Weight("log-rank")
"""Every event counts the same; after Mantel (1966) and Cox (1972), best under proportional hazards."""
GEHAN = Weight("Gehan", at_risk_power=1.0)
"""After Gehan (1965) and Breslow (1970): depends on how patients are censored."""
TARONE_WARE = Weight("Tarone-Ware", at_risk_power=0.5)
"""After Tarone and Ware (1977)."""


def fleming_harrington(rho: float, gamma: float) -> Weight:
    """Early events by ``rho``, late ones by ``gamma``; after Fleming and Harrington (1991).

    Raises
    ------
    InputError
        If one of them is negative.
    """
    if not (0 <= rho < np.inf and 0 <= gamma < np.inf):
        raise problem("rho, gamma", (rho, gamma), "numbers of at least 0", "FH(0, 1) weighs late events more")
    return Weight(f"FH({rho:g}, {gamma:g})", rho, gamma)


def modestly_weighted(until: float) -> Weight:
    r"""Weights that rise from 1 until a time and then stay, after Magirr and Burman (2019).

    .. math:: w(t) = 1 / \max\bigl(\hat S(t-), \hat S(t^*)\bigr)

    Unlike FH(0, 1) it cannot find for an arm whose survival is lower at every time.

    Parameters
    ----------
    until
        :math:`t^*`, in the unit of time of the data; at 0 the test is the log-rank test.

    Raises
    ------
    InputError
        If it is negative.
    """
    if not until >= 0:
        raise problem("until", until, "a time of at least 0", "the time until which an effect may be late")
    return Weight(f"modestly weighted, {until:g}", survival_power=-1.0, held_from=until)


def piecewise(breaks: Sequence[float], factors: Sequence[float]) -> Weight:
    """A step function of time, such as 0 until an effect is expected and 1 from then on.

    After Xu et al. (2017).

    Parameters
    ----------
    breaks
        Times at which the factor changes, increasing, above 0.
    factors
        One more than breaks, at least 0 and not all of them 0; an event at a break has the later one.

    Raises
    ------
    InputError
        If they are not so.
    """
    at, by = np.asarray(breaks, dtype=float), np.asarray(factors, dtype=float)
    found: list[Finding] = []
    if not ((np.diff(np.concatenate([[0.0], at])) > 0).all() and np.isfinite(at).all()):
        found.append(Finding("breaks", str(breaks), "increasing times above 0"))
    if len(by) != len(at) + 1:
        found.append(Finding("factors", f"{len(by)} for {len(at)} breaks", "one more than breaks"))
    if not (np.isfinite(by).all() and (by >= 0).all() and (by > 0).any()):
        found.append(Finding("factors", str(factors), "numbers of at least 0, one of them above"))
    if found:
        raise InputError(found)
    steps = ", ".join(f"{each:g}" for each in by)
    return Weight(f"piecewise {steps}", breaks=tuple(at.tolist()), factors=tuple(by.tolist()))
