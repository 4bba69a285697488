r"""Sizes for response rates by the arcsine transformation, whose variance does not depend on the rate.

With :math:`\varphi(p) = 2 \arcsin\sqrt p`, of an observed rate about normal with variance :math:`1/n`, and
Cohen's (1988, chapter 6) effect :math:`h = \varphi(p_1) - \varphi(p_0)`.
"""

import numpy as np
from scipy.special import ndtr

from remit.stats.estimate import Floats, Integers
from remit.stats.planning.allocation import (
    OneArmSize,
    Rounding,
    Size,
    allocation_findings,
    rounded_up,
    whole_arms,
)
from remit.stats.planning.proportions import above_findings, rate_findings
from remit.stats.planning.requirement import Requirement, check, requirement_findings


def arcsine_effect(p1: Floats | float, p0: Floats | float) -> Floats:
    """Cohen's h: difference of transformed rates, above 0 where ``p1`` is larger; arguments broadcast."""
    return 2 * (np.arcsin(np.sqrt(p1)) - np.arcsin(np.sqrt(p0)))


def one_proportion_arcsine_size(p0: float, p1: Floats | float, required: Requirement) -> OneArmSize:
    r"""Patients of the one-sided test of one response rate, :math:`n = ((z_{1-\alpha} + z_{1-\beta}) / h)^2`.

    Parameters
    ----------
    p0
        Rate that is tested.
    p1
        Rate under the alternative, above ``p0``; an array or a number.
    required
        Type I error and power.

    Raises
    ------
    InputError
        Rates outside (0, 1), an alternative not above ``p0``, impossible requirement.
    """
    alternative = np.asarray(p1, dtype=np.float64)
    check(
        requirement_findings(required),
        rate_findings("p0", np.asarray(p0)),
        rate_findings("p1", alternative),
        above_findings("p1", alternative - p0, "p0"),
    )
    effect = arcsine_effect(alternative, p0)
    exact = np.asarray((required.drift / effect) ** 2)
    n = rounded_up(exact)
    return OneArmSize("arcsine test", exact, n, ndtr(effect * np.sqrt(n) - required.z_alpha))


def two_proportions_arcsine_size(
    p_experimental: Floats | float,
    p_control: Floats | float,
    required: Requirement,
    *,
    ratio: float = 1.0,
    rounding: Rounding = "allocation kept",
) -> Size:
    r"""Patients of the one-sided test of two response rates.

    .. math:: n_0 = \left(\frac{z_{1-\alpha} + z_{1-\beta}}{h}\right)^2 \left(1 + \frac 1r\right)

    Parameters
    ----------
    p_experimental, p_control
        Response rates under the alternative, of shapes that broadcast; the first is larger.
    required
        Type I error and power.
    ratio
        Patients of the experimental arm for each of control.
    rounding
        See ``allocation.Rounding``.

    Raises
    ------
    InputError
        Impossible rates, ratio or requirement; a rate of the experimental arm not above that of control.
    """
    p1, p0 = np.broadcast_arrays(np.asarray(p_experimental, float), np.asarray(p_control, float))
    check(
        requirement_findings(required),
        allocation_findings(ratio, rounding),
        rate_findings("p_experimental", p1),
        rate_findings("p_control", p0),
        above_findings("p_experimental", p1 - p0, "p_control"),
    )
    control = np.asarray((required.drift / arcsine_effect(p1, p0)) ** 2 * (1 + 1 / ratio))
    n1, n0 = whole_arms(control * (1 + ratio), ratio, rounding)
    power = two_proportions_arcsine_power(n1, n0, p1, p0, required.alpha)
    return Size("arcsine test", ratio, control * ratio, control, n1, n0, rounding, power)


def two_proportions_arcsine_power(
    n_experimental: Floats | Integers | float,
    n_control: Floats | Integers | float,
    p_experimental: Floats | float,
    p_control: Floats | float,
    alpha: float,
) -> Floats:
    """Power of the one-sided test of two rates; arguments broadcast."""
    effect = arcsine_effect(p_experimental, p_control)
    n1, n0 = np.asarray(n_experimental, dtype=np.float64), np.asarray(n_control, dtype=np.float64)
    return ndtr(effect / np.sqrt(1 / n1 + 1 / n0) - Requirement(alpha).z_alpha)
