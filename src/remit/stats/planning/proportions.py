r"""Sizes for response rates by the normal approximation: one rate against a fixed one, and two arms.

With a continuity correction the observed difference is taken smaller by half of what one patient more or
less makes, :math:`1/(2n)` in one arm and :math:`(1/n_1 + 1/n_0)/2` in two, which comes near to the exact
tests. These are in ``single_arm`` (one arm) and ``two_arm_exact`` (two arms).
"""

from typing import Literal, get_args

import numpy as np
from scipy.special import ndtr

from remit.errors import Finding
from remit.stats.estimate import Floats, Integers
from remit.stats.planning.allocation import (
    OneArmSize,
    Rounding,
    Size,
    allocation_findings,
    rounded_up,
    whole_arms,
)
from remit.stats.planning.requirement import Requirement, check, requirement_findings
from remit.stats.proportions.miettinen_nurminen import restricted_control_rate

Variance = Literal["restricted", "unrestricted"]
"""Variance in the denominator of the test statistic. ``restricted``: of the rates that are most likely where
they differ by the margin, which at a margin of zero is the pooled rate. ``unrestricted``: of the observed
rates, unpooled."""


def one_proportion_size(
    p0: float, p1: Floats | float, required: Requirement, *, correction: bool = False
) -> OneArmSize:
    r"""Patients of the one-sided score test of one response rate.

    .. math:: n = \left(\frac{z_{1-\alpha} \sqrt{p_0 (1 - p_0)} + z_{1-\beta} \sqrt{p_1 (1 - p_1)}}
        {p_1 - p_0}\right)^2

    After Fleiss, Levin and Paik (2003), section 2.5; with continuity correction

    .. math:: n' = \frac n4 \left(1 + \sqrt{1 + \frac{2}{n (p_1 - p_0)}}\right)^2

    Parameters
    ----------
    p0
        Rate that is tested.
    p1
        Rate under the alternative, above ``p0``; an array or a number. For a lower one count the other
        outcome.
    required
        Type I error and power.
    correction
        Whether the test has a continuity correction.

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
    spread = required.z_alpha * np.sqrt(p0 * (1 - p0)) + required.z_power * _sd(alternative)
    exact = np.asarray((spread / (alternative - p0)) ** 2)
    exact = _corrected(exact, alternative - p0, 1.0) if correction else exact
    n = rounded_up(exact)
    power = one_proportion_power(n, p0, alternative, required.alpha, correction=correction)
    return OneArmSize(_named("score test", correction), exact, n, power)


def one_proportion_power(
    n: Floats | Integers | float, p0: float, p1: Floats | float, alpha: float, *, correction: bool = False
) -> Floats:
    """Power of the one-sided score test of one rate, by the normal approximation; arguments broadcast."""
    alternative, size = np.asarray(p1, dtype=np.float64), np.asarray(n, dtype=np.float64)
    excess = alternative - p0 - (0.5 / size if correction else 0.0)
    z = Requirement(alpha).z_alpha
    return ndtr((excess * np.sqrt(size) - z * np.sqrt(p0 * (1 - p0))) / _sd(alternative))


def two_proportions_size(
    p_experimental: Floats | float,
    p_control: Floats | float,
    required: Requirement,
    *,
    ratio: float = 1.0,
    margin: float = 0.0,
    variance: Variance = "restricted",
    correction: bool = False,
    rounding: Rounding = "allocation kept",
) -> Size:
    r"""Patients of the one-sided test of a difference of two response rates.

    .. math:: n_0 = \left(\frac{z_{1-\alpha} \sqrt{v_0} + z_{1-\beta} \sqrt{v_1}}{p_1 - p_0 - m}\right)^2,
    \qquad
        v_1 = \frac{p_1 (1 - p_1)}{r} + p_0 (1 - p_0)

    with the margin :math:`m` and :math:`r` patients of the experimental arm for each of control; :math:`v_0`
    is :math:`v_1` of the restricted rates, after Farrington and Manning (1990), at :math:`m = 0` of the
    pooled rate; or :math:`v_1` itself (unrestricted). With continuity correction, after Casagrande, Pike and
    Smith (1978) and Fleiss, Tytun and Ury (1980),

    .. math:: n_0' = \frac{n_0}4 \left(1 + \sqrt{1 + \frac{2 (r + 1)}{n_0 r (p_1 - p_0 - m)}}\right)^2

    Parameters
    ----------
    p_experimental, p_control
        Response rates under the alternative, of shapes that broadcast.
    required
        Type I error and power.
    ratio
        Patients of the experimental arm for each of control.
    margin
        Difference that is tested, in (-1, 1): 0 for superiority, minus the margin for non-inferiority.
    variance, rounding
        See ``Variance`` and ``allocation.Rounding``.
    correction
        Whether the test has a continuity correction.

    Raises
    ------
    InputError
        Impossible rates, margin, ratio or requirement; an alternative that is not above the margin.
    """
    p1, p0 = _two(p_experimental, p_control)
    check(
        requirement_findings(required),
        allocation_findings(ratio, rounding),
        _two_findings(p1, p0, margin, variance),
        above_findings("p_experimental - p_control", p1 - p0 - margin, "the margin"),
    )
    tested, true = _unit_sds(p1, p0, ratio, margin, variance)
    excess = p1 - p0 - margin
    control = np.asarray(((required.z_alpha * tested + required.z_power * true) / excess) ** 2)
    control = _corrected(control, excess, (1 + ratio) / ratio) if correction else control
    n1, n0 = whole_arms(control * (1 + ratio), ratio, rounding)
    power = two_proportions_power(
        n1, n0, p1, p0, required.alpha, margin=margin, variance=variance, correction=correction
    )
    name = _named(f"difference of proportions, {variance} variance", correction)
    return Size(name, ratio, control * ratio, control, n1, n0, rounding, power)


def two_proportions_power(
    n_experimental: Floats | Integers | float,
    n_control: Floats | Integers | float,
    p_experimental: Floats | float,
    p_control: Floats | float,
    alpha: float,
    *,
    margin: float = 0.0,
    variance: Variance = "restricted",
    correction: bool = False,
) -> Floats:
    """Power of the one-sided test of a difference of two rates, by the normal approximation; arguments
    broadcast.

    Parameters
    ----------
    n_experimental, n_control
        Patients, whole or not, above zero.
    p_experimental, p_control, margin, variance, correction
        As in ``two_proportions_size``.
    alpha
        One-sided type I error.

    Raises
    ------
    InputError
        Impossible rates, margin or type I error.
    """
    n1, n0, p1, p0 = np.broadcast_arrays(n_experimental, n_control, *_two(p_experimental, p_control))
    check(requirement_findings(Requirement(alpha, 1 - 1e-12)), _two_findings(p1, p0, margin, variance))
    tested, true = _unit_sds(p1, p0, n1 / n0, margin, variance)
    excess = p1 - p0 - margin - ((1 / n1 + 1 / n0) / 2 if correction else 0.0)
    return ndtr((excess * np.sqrt(n0) - Requirement(alpha).z_alpha * tested) / true)


def _corrected(n: Floats, excess: Floats, patients: float) -> Floats:
    """Size with continuity correction from that without, for ``patients`` over n that it takes off twice."""
    return n / 4 * (1 + np.sqrt(1 + 2 * patients / (n * excess))) ** 2


def _named(test: str, correction: bool) -> str:
    return f"{test}, continuity corrected" if correction else test


def _unit_sds(
    p1: Floats, p0: Floats, ratio: Floats | float, margin: float, variance: Variance
) -> tuple[Floats, Floats]:
    """SD of the difference for one patient in the control arm: as the test takes it, and as it is."""
    true = np.sqrt(p1 * (1 - p1) / ratio + p0 * (1 - p0))
    if variance == "unrestricted":
        return true, true
    n1 = np.broadcast_to(np.asarray(ratio, dtype=np.float64), p1.shape)
    expected = (n1 * p1, n1, p0, np.ones(p1.shape))
    restricted = (
        (n1 * p1 + p0) / (n1 + 1)
        if margin == 0
        else restricted_control_rate(expected, np.full(p1.shape, margin))
    )
    shifted = restricted + margin
    return np.sqrt(shifted * (1 - shifted) / ratio + restricted * (1 - restricted)), true


def _sd(p: Floats) -> Floats:
    return np.sqrt(p * (1 - p))


def _two(p_experimental: Floats | float, p_control: Floats | float) -> tuple[Floats, Floats]:
    """Rates of both arms, of one shape."""
    p1, p0 = np.broadcast_arrays(np.asarray(p_experimental, float), np.asarray(p_control, float))
    return p1, p0


def _two_findings(p1: Floats, p0: Floats, margin: float, variance: str) -> list[Finding]:
    """What is wrong with two rates, a margin and a name."""
    found = [*rate_findings("p_experimental", p1), *rate_findings("p_control", p0)]
    if not -1 < margin < 1:
        found.append(Finding("margin", f"{margin:g}", "a difference of rates, in (-1, 1)", "-0.1"))
    if variance not in get_args(Variance):
        found.append(Finding("variance", variance, " or ".join(get_args(Variance))))
    return found


def rate_findings(where: str, p: Floats) -> list[Finding]:
    """What is wrong with response rates, which are to be inside (0, 1)."""
    wrong = ~((p > 0) & (p < 1))
    if not wrong.any():
        return []
    return [Finding(where, f"{np.asarray(p)[wrong].ravel()[0]:g}", "a rate above 0 and below 1", "0.3")]


def above_findings(where: str, excess: Floats, bound: str) -> list[Finding]:
    """What is wrong with an alternative that should exceed what is tested."""
    if (np.asarray(excess) > 0).all():
        return []
    found = f"{float(np.min(excess)):+g} from {bound}"
    return [
        Finding(
            where,
            found,
            f"an alternative above {bound}",
            "swap the arms, count the other outcome, or see the sign of a margin",
        )
    ]
