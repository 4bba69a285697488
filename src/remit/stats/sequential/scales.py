"""From the drift of the statistic to an effect, and back."""

import numpy as np
from scipy.special import ndtr, ndtri

from remit.stats.estimate import Estimate, Floats


def event_information(events: Floats | float, experimental_share: float = 0.5) -> Floats:
    r"""Information on the log hazard ratio near no effect, after Schoenfeld (1981).

    .. math:: I = D\,r\,(1 - r)

    Parameters
    ----------
    events
        Events D of both arms together, of any shape.
    experimental_share
        Share r of the patients in the experimental arm, in (0, 1): 1/2 for 1:1, 2/3 for 2:1.
    """
    return np.asarray(events, dtype=np.float64) * (experimental_share * (1 - experimental_share))


def hazard_ratio(drift: Estimate) -> Estimate:
    r"""Hazard ratio, experimental against control: :math:`\exp(-\theta)`, with the limits in order.

    The information must have been that of :func:`event_information`; a drift above zero, fewer events, is a
    hazard ratio below one.
    """
    value, low, high = np.exp([-drift.value, -drift.high, -drift.low])
    return Estimate(float(value), float(low), float(high))


def drift_of_hazard_ratio(hazard_ratio: Floats | float) -> Floats:
    r"""Drift of a hazard ratio, experimental against control: :math:`-\log \mathrm{HR}`."""
    return -np.log(np.asarray(hazard_ratio, dtype=np.float64))


def nominal_p(z: Floats) -> Floats:
    """One-sided p-value at a bound of z, of its shape."""
    return ndtr(-np.asarray(z))


def z_of_nominal_p(p_value: Floats) -> Floats:
    """Bound of z at a one-sided p-value, of its shape."""
    return -ndtri(np.asarray(p_value))


def share_of(allocation: float) -> float:
    """Share of the experimental arm where it has ``allocation`` patients to one in the control arm."""
    return allocation / (1 + allocation)


def hazard_ratio_at(z: Floats, events: Floats, allocation: float = 1.0, null: float = 1.0) -> Floats:
    r"""Hazard ratio at a bound.

    .. math:: HR = h_0 \exp\left(-z / \sqrt{D\,r\,(1 - r)}\right)

    The log-rank statistic and the logarithm of the hazard ratio are taken as related by Schoenfeld's (1981)
    information, which holds near HR = 1; the estimate of a Cox model at the bound differs a little.

    Parameters
    ----------
    z, events
        Bounds and events at each look, of one shape. An infinite bound has a hazard ratio of 0 or infinity.
    allocation
        Patients in the experimental arm to one in the control arm.
    null
        Hazard ratio that is tested: 1, or the margin of non-inferiority.
    """
    return null * np.exp(-np.asarray(z) / np.sqrt(event_information(events, share_of(allocation))))


def z_of_hazard_ratio(
    hazard_ratio: Floats, events: Floats, allocation: float = 1.0, null: float = 1.0
) -> Floats:
    """Bound of z at a hazard ratio: for a futility bound given as one, such as 1.0 or 0.95.

    Arguments as for ``hazard_ratio_at``. Where the events are those of a design that depends on its futility
    bounds, see ``futility_scales.with_hazard_ratios``.
    """
    root = np.sqrt(event_information(events, share_of(allocation)))
    return -np.log(np.asarray(hazard_ratio) / null) * root


def mean_difference_at(z: Floats, n: Floats, sd: float, allocation: float = 1.0) -> Floats:
    r"""Difference of two means at a bound; a positive one favours the experimental arm.

    .. math:: \Delta = z\,\sigma / \sqrt{N\,r\,(1 - r)}

    Parameters
    ----------
    z, n
        Bounds, and patients of both arms together, at each look.
    sd
        Standard deviation of one observation, the same in both arms.
    allocation
        Patients in the experimental arm to one in the control arm.
    """
    return np.asarray(z) * sd / np.sqrt(event_information(n, share_of(allocation)))


def z_of_mean_difference(difference: Floats, n: Floats, sd: float, allocation: float = 1.0) -> Floats:
    """Bound of z at a difference of two means."""
    return np.asarray(difference) / sd * np.sqrt(event_information(n, share_of(allocation)))


def z_of_risk_difference(
    difference: Floats, n: Floats, control_rate: float, allocation: float = 1.0
) -> Floats:
    r"""Score statistic, with pooled variance, at a difference of two response rates.

    .. math:: z = \Delta \sqrt{\frac{N\,r\,(1 - r)}{\bar p\,(1 - \bar p)}}, \qquad
        \bar p = p_0 + r\,\Delta

    NaN where nobody, or everybody, responds in both arms.
    """
    delta = np.asarray(difference, dtype=np.float64)
    share = share_of(allocation)
    pooled = control_rate + share * delta
    with np.errstate(divide="ignore", invalid="ignore"):
        return delta * np.sqrt(event_information(n, share) / (pooled * (1 - pooled)))


def risk_difference_at(z: Floats, n: Floats, control_rate: float, allocation: float = 1.0) -> Floats:
    r"""Difference of two response rates at a bound, given the rate of the control arm.

    The root, of the sign of :math:`z`, of the square of what ``z_of_risk_difference`` says:

    .. math:: (I + r^2 z^2)\,\Delta^2 - r\,(1 - 2 p_0)\,z^2\,\Delta - p_0 (1 - p_0)\,z^2 = 0,
        \qquad I = N\,r\,(1 - r)

    Parameters
    ----------
    z, n
        Bounds, and patients of both arms together, at each look.
    control_rate
        Response rate seen in the control arm, in (0, 1).
    allocation
        Patients in the experimental arm to one in the control arm.

    Returns
    -------
    Differences, NaN where no rate in [0, 1] of the experimental arm reaches the bound.
    """
    bound = np.asarray(z, dtype=np.float64)
    share = share_of(allocation)
    information = event_information(n, share)
    with np.errstate(invalid="ignore", over="ignore"):
        square = bound**2
        lead, middle = information + share**2 * square, share * (1 - 2 * control_rate) * square
        last = control_rate * (1 - control_rate) * square
        delta = (middle + np.sign(bound) * np.sqrt(middle**2 + 4 * lead * last)) / (2 * lead)
        rate = control_rate + delta
        return np.where((rate >= 0) & (rate <= 1), delta, np.nan)
