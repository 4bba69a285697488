r"""Probability that regions of a multi-regional trial agree with the whole, in closed form.

ICH E17 (2017) asks that a trial be planned so that effects can be compared over regions. Two rules for its
share of patients come from the Japanese ministry's basic principles on global clinical trials (MHLW 2007).
With estimates :math:`\hat\theta_r` of regions that have shares :math:`f_r` of the information, independent
and normal, and the estimate of all, :math:`\hat\theta = \sum f_r \hat\theta_r`:

- method 1: the region keeps a part :math:`\pi` of the effect of all, :math:`\hat\theta_1 \ge
\pi\,\hat\theta`, with a
  probability of 80% or more; :math:`\pi` is one half or more,
- method 2: every region favours treatment, :math:`\hat\theta_r > 0` for all :math:`r`, with that probability.

With :math:`\delta = \theta\sqrt{I}`, the drift of the whole trial, and one effect for all,

.. math:: P_1 = \Phi\left(\frac{(1 - \pi)\,\delta}{\sqrt{1/f_1 - 2\pi + \pi^2}}\right), \qquad
    P_2 = \prod_r \Phi\bigl(\delta \sqrt{f_r}\bigr)

after Quan et al. (2010) and Ikeda and Bretz (2010). Effects are positive in favour of the experimental arm,
on the scale on which estimates are normal: minus the log hazard ratio.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import ndtr, ndtri

from remit.errors import Finding, InputError
from remit.stats.estimate import Floats
from remit.stats.sequential.integration import FAR, PER_SQUARE_ROOT, ROOTS

PANELS = 8
"""Panels of Gauss and Legendre over the statistics with which a trial succeeds."""
GRID = 1001
"""Sums at which their distribution is known."""


@dataclass(frozen=True, slots=True)
class Regions:
    """Shares of information of each region, which add up to 1, and effects as drifts of the whole trial.

    Both have shape (n_regions,). ``drift`` of a region is the expected statistic of the whole trial if all
    regions had its effect; of one effect for all, all are the same. Made by :func:`regions`.
    """

    share: Floats
    drift: Floats

    @property
    def whole(self) -> float:
        """Expected statistic of the whole trial."""
        return float(self.share @ self.drift)


def regions(share: Floats | list[float], drift: Floats | list[float] | float) -> Regions:
    """Regions by their shares of the information, of any sum, and their drifts or the one of all.

    Raises
    ------
    InputError
        If shares are not above zero, or drifts are not one for each.
    """
    part = np.atleast_1d(np.asarray(share, dtype=np.float64))
    effect = np.asarray(drift, dtype=np.float64)
    found: list[Finding] = []
    if part.ndim != 1 or not ((part > 0) & np.isfinite(part)).all():
        found.append(Finding("share", str(part.tolist()), "shares above 0, one for each region"))
    if effect.shape not in ((), part.shape) or not np.isfinite(effect).all():
        found.append(
            Finding("drift", str(effect.tolist()), f"a number, or one for each of {part.size} regions")
        )
    if found:
        raise InputError(found)
    return Regions(part / part.sum(), np.broadcast_to(effect, part.shape).copy())


def retained(of: Regions, region: int, part: float = 0.5, bound: float = -np.inf) -> float:
    r"""Probability of method 1: a region keeps a part of the effect of all, given that the trial succeeds.

    Parameters
    ----------
    of
        Regions.
    region
        Position of the region.
    part
        :math:`\pi`, at least 0 and at most 1.
    bound
        Of the statistic of the whole trial, reached where it succeeds; minus infinity for the
        probability without that condition.

    Returns
    -------
    A probability, computed to 1e-12.
    """
    share = float(of.share[region])
    if of.share.size == 1:
        # Of itself a trial keeps a part below one wherever it is positive.
        return 1.0 if part == 1 else float(ndtr(of.whole - max(bound, 0.0)) / ndtr(of.whole - bound))
    # Of the difference estimate of the region - part * estimate of all, in units in which the information is
    # 1.
    mean = float(of.drift[region]) - part * of.whole
    variance, covariance = 1 / share - 2 * part + part**2, 1 - part
    if np.isinf(bound):
        return float(ndtr(mean / np.sqrt(variance)))
    # Given the statistic of the whole trial, its drift plus y, the difference is normal.
    y, weight = _normal_beyond(bound - of.whole)
    kept = ndtr((mean + covariance * y) / np.sqrt(variance - covariance**2))
    return float(weight @ kept / weight.sum())


def _normal_beyond(bound: float) -> tuple[Floats, Floats]:
    """Nodes beyond a bound, and weights in proportion to the standard normal density there."""
    low = max(bound, -FAR)
    edges = np.linspace(low, max(low, 0.0) + FAR, PANELS + 1)
    half = np.diff(edges)[:, None] / 2
    y = (edges[:-1, None] + half + half * ROOTS[0]).ravel()
    return y, (half * ROOTS[1]).ravel() * np.exp(0.5 * (max(low, 0.0) ** 2 - y * y))


def share_needed(drift: float, part: float = 0.5, probability: float = 0.8) -> float:
    r"""Share of the information that a region needs by method 1, of one effect for all.

    .. math:: \frac{1}{f} = \left(\frac{(1-\pi)\,\delta}{\Phi^{-1}(P)}\right)^2 + 2\pi - \pi^2

    Parameters
    ----------
    drift
        :math:`\delta`, above zero: of a trial with one look the sum of the normal quantiles of 1 - alpha and
        power.
    part, probability
        :math:`\pi` in [0, 1), and P in [0.5, 1).

    Returns
    -------
    A share in (0, 1].

    Raises
    ------
    InputError
        If arguments are out of their ranges.
    """
    found: list[Finding] = []
    if not 0 < drift < np.inf:
        found.append(Finding("drift", f"{drift:g}", "a drift above 0", "3.24 for 90% power at 0.025"))
    if not 0 <= part < 1:
        found.append(Finding("part", f"{part:g}", "a part of the effect in [0, 1)", "0.5"))
    if not 0.5 < probability < 1:
        found.append(Finding("probability", f"{probability:g}", "a probability above 0.5 and below 1", "0.8"))
    if found:
        raise InputError(found)
    inverse = ((1 - part) * drift / float(ndtri(probability))) ** 2 + 2 * part - part**2
    return 1 / max(inverse, 1.0)


def all_positive(of: Regions, bound: float = -np.inf) -> float:
    r"""Probability of method 2: the estimates of all regions favour treatment, given that the trial succeeds.

    Without a bound it is a product. With one, regions are added one after the other: the density of the sum
    so far, :math:`\sum \sqrt{f_r} Z_r` with all :math:`Z_r > 0`, is carried on panels of Gauss and Legendre.

    Parameters
    ----------
    of
        Regions.
    bound
        As of :func:`retained`.

    Returns
    -------
    A probability, computed to 1e-8.
    """
    scale = np.sqrt(of.share)
    means = of.drift * scale
    if bound <= 0:
        # Where all are positive their sum is.
        return float(np.prod(ndtr(means)) / ndtr(of.whole - bound))
    order = np.argsort(scale)[::-1]
    return _sum_beyond(scale[order], means[order], bound) / float(ndtr(of.whole - bound))


def _sum_beyond(scale: Floats, means: Floats, bound: float) -> float:
    r"""Probability that independent normals are positive and their scaled sum is at least a bound above zero.

    With :math:`h(s)` that of the sum of some being at least s, that with one more of scale a is

    .. math:: \int_0^{s/a} \varphi(z - \mu)\,h(s - a z)\,dz + h(0)\,\Phi(\mu - s/a)
    """
    s = np.linspace(0, bound, GRID)
    beyond = ndtr(means[0] - s / scale[0])
    for a, mean in zip(scale[1:], means[1:], strict=True):
        edges = np.linspace(0, 1, 1 + int(np.ceil(bound / a)))
        half = np.diff(edges)[:, None] / 2
        parts, weight = (edges[:-1, None] + half + half * ROOTS[0]).ravel(), (half * ROOTS[1]).ravel()
        z = s[:, None] / a * parts
        inside = np.exp(-0.5 * (z - mean) ** 2) * PER_SQUARE_ROOT * CubicSpline(s, beyond)(s[:, None] - a * z)
        beyond = s / a * (inside @ weight) + beyond[0] * ndtr(mean - s / a)
    return float(beyond[-1])
