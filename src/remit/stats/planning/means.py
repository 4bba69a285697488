r"""Sizes for means of normal variables: one and two arms, standard deviation known, or estimated (t test)."""

from collections.abc import Callable

import numpy as np
from scipy.special import nctdtr, ndtr, stdtrit

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
from remit.stats.roots import root

LARGEST = 1e12
"""Patients beyond which no size is looked for."""


def one_mean_size(effect: float, sd: float, required: Requirement, *, known: bool = False) -> OneArmSize:
    r"""Patients of the one-sided test of one mean, or of paired differences.

    With a known standard deviation :math:`n = ((z_{1-\alpha} + z_{1-\beta}) \sigma / \delta)^2`; else the
    number, taken for real, with which the power of the t test is as required (see ``one_mean_power``).

    Parameters
    ----------
    effect
        Mean under the alternative less the mean that is tested, above zero.
    sd
        Standard deviation of one patient.
    required
        Type I error and power.
    known
        Whether the standard deviation is known, so that z is tested, not t.

    Raises
    ------
    InputError
        An effect or standard deviation not above zero, impossible requirement.
    """
    check(requirement_findings(required), _effect_findings(effect, sd))
    normal = (required.drift * sd / effect) ** 2
    exact = normal if known else _size(lambda n: one_mean_power(n, effect, sd, required.alpha), 2.0, required)
    n = rounded_up(np.asarray(exact))
    power = one_mean_power(n, effect, sd, required.alpha, known=known)
    return OneArmSize("z test" if known else "t test", np.asarray(exact), n, power)


def one_mean_power(
    n: Floats | Integers | float, effect: Floats | float, sd: float, alpha: float, *, known: bool = False
) -> Floats:
    r"""Power of the one-sided test of one mean; arguments broadcast.

    .. math:: \Pr\left(T_{n-1}(\delta \sqrt n / \sigma) > t_{n-1, 1-\alpha}\right)

    with the noncentral t distribution; NaN with one patient or fewer.
    """
    size = np.asarray(n, dtype=np.float64)
    shift = np.asarray(effect) * np.sqrt(size) / sd
    return _power(shift, size - 1, alpha, known=known)


def two_means_size(
    effect: float,
    sd: float,
    required: Requirement,
    *,
    sd_control: float | None = None,
    ratio: float = 1.0,
    known: bool = False,
    rounding: Rounding = "allocation kept",
) -> Size:
    r"""Patients of the one-sided test of a difference of two means.

    With known standard deviations

    .. math:: n_0 = \left(\frac{z_{1-\alpha} + z_{1-\beta}}{\delta}\right)^2 \left(\frac{\sigma_1^2}{r} +
    \sigma_0^2\right)

    else the number, taken for real, with which the power of Student's t test is as required (see
    ``two_means_power``).

    Parameters
    ----------
    effect
        Difference under the alternative less that which is tested, above zero (non-inferiority: plus the
        margin).
    sd
        Standard deviation of one patient, of the experimental arm where the arms differ.
    required
        Type I error and power.
    sd_control
        Standard deviation in the control arm, where it differs; known only.
    ratio
        Patients of the experimental arm for each of control.
    known
        Whether standard deviations are known, so that z is tested, not t.
    rounding
        See ``allocation.Rounding``.

    Raises
    ------
    InputError
        An effect or standard deviation not above zero, unequal ones for the t test, impossible ratio or
        requirement.
    """
    other = sd if sd_control is None else sd_control
    unequal = Finding(
        "sd_control", f"{other:g}", f"that of the other arm, {sd:g}, for Student's t test", "known=True"
    )
    check(
        requirement_findings(required),
        allocation_findings(ratio, rounding),
        _effect_findings(effect, sd),
        _effect_findings(effect, other)[:1] if not other > 0 else [],
        [] if known or other == sd else [unequal],
    )

    def power(n1: Floats | Integers | float, n0: Floats | Integers | float) -> Floats:
        return two_means_power(n1, n0, effect, sd, required.alpha, sd_control=other, known=known)

    normal = (required.drift / effect) ** 2 * (sd**2 / ratio + other**2)
    control = normal if known else _size(lambda n: power(n * ratio, n), 3 / (1 + ratio), required)
    n1, n0 = whole_arms(np.asarray(control * (1 + ratio)), ratio, rounding)
    name = "difference of means, " + ("z test" if known else "t test")
    return Size(
        name, ratio, np.asarray(control * ratio), np.asarray(control), n1, n0, rounding, power(n1, n0)
    )


def two_means_power(
    n_experimental: Floats | Integers | float,
    n_control: Floats | Integers | float,
    effect: Floats | float,
    sd: float,
    alpha: float,
    *,
    sd_control: float | None = None,
    known: bool = False,
) -> Floats:
    r"""Power of the one-sided test of a difference of two means; arguments broadcast.

    .. math:: \Pr\left(T_{n_1 + n_0 - 2}\left(\frac{\delta}{\sigma\sqrt{1/n_1 + 1/n_0}}\right) >
    t_{1-\alpha}\right)

    with the noncentral t distribution, and the normal one for known standard deviations; NaN with too few
    patients.
    """
    n1, n0 = np.asarray(n_experimental, dtype=np.float64), np.asarray(n_control, dtype=np.float64)
    other = sd if sd_control is None else sd_control
    shift = np.asarray(effect) / np.sqrt(sd**2 / n1 + other**2 / n0)
    return _power(shift, n1 + n0 - 2, alpha, known=known)


def _power(shift: Floats, df: Floats, alpha: float, *, known: bool) -> Floats:
    """Probability that a shifted normal or t variable exceeds its critical value."""
    if known:
        return ndtr(shift - Requirement(alpha).z_alpha)
    possible = df > 0
    freedom = np.where(possible, df, 1.0)
    return np.where(possible, 1 - nctdtr(freedom, shift, stdtrit(freedom, 1 - alpha)), np.nan)


def _size(power: Callable[[float], Floats], fewest: float, required: Requirement) -> float:
    """Real number of patients, at least the fewest that leave one degree of freedom, with the required
    power.
    """

    def missing(n: float) -> float:
        return float(power(n)) - required.power

    low, high = fewest, fewest * 4
    if missing(low) >= 0:
        return low
    while missing(high) < 0 and high < LARGEST:
        low, high = high, 2 * high
    return root(missing, low, high)


def _effect_findings(effect: float, sd: float) -> list[Finding]:
    """What is wrong with an effect and a standard deviation."""
    found: list[Finding] = []
    if not (np.isfinite(sd) and sd > 0):
        found.append(Finding("sd", f"{sd:g}", "a standard deviation above 0"))
    if not (np.isfinite(effect) and effect > 0):
        found.append(Finding("effect", f"{effect:g}", "an effect above what is tested", "swap the arms"))
    return found
