r"""A trial whose information is changed at an interim on its data: tests that keep the type I error.

Three equivalent ways for one interim and one last analysis, of which the second and third also serve more:

- weights of the stages fixed beforehand (Cui, Hung and Wang 1999; Lehmacher and Wassmer 1999), so that each
  stage counts as much as was planned whatever its information became;
- combination of stage-wise p-values by inverse normals, with the same weights;
- the conditional type I error of what was planned, spent on what is done instead (Mueller and Schaefer 2001,
  2004), which gives new bounds for the ordinary statistic.

The statistic of a stage must be independent of what the change was based on. For a log-rank test it is the
increment of :func:`stage_statistics`, and the rule may look at nothing but the endpoint it tests (Bauer and
Posch 2004): one that also sees how patients still without an event are doing, by response say, can raise
the type I error.
"""

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtri

from remit.errors import Finding, InputError, problem
from remit.stats.estimate import Floats, Limits
from remit.stats.sequential.boundaries import setting, spending_bounds
from remit.stats.sequential.looks import Looks


def stage_statistics(z: Floats, information: Floats) -> Floats:
    r"""Independent statistics of the stages between looks, shape (..., n_looks).

    .. math:: Z^{(k)} = \frac{Z_k\sqrt{I_k} - Z_{k-1}\sqrt{I_{k-1}}}{\sqrt{I_k - I_{k-1}}}

    Parameters
    ----------
    z
        Statistic of all data at each look, shape (..., n_looks).
    information
        At each look, increasing; shape (..., n_looks), or (n_looks,) if it is the same for all.

    Raises
    ------
    InputError
        If the numbers of looks differ.
    """
    at, total = np.asarray(z, dtype=np.float64), np.asarray(information, dtype=np.float64)
    _same_looks("information", total, at)
    score = np.diff(at * np.sqrt(total), prepend=0.0, axis=-1)
    return score / np.sqrt(np.diff(total, prepend=0.0, axis=-1))


def weighted_statistics(stages: Floats, planned: Floats) -> Floats:
    r"""Statistic at each look with the weights of the planned information, shape (..., n_looks).

    .. math:: Z^*_k = \frac{\sum_{j\le k}\sqrt{w_j}\,Z^{(j)}}{\sqrt{\sum_{j\le k} w_j}},
        \qquad w_j = I_j - I_{j-1} \text{ as planned}

    It has the joint distribution of the planned trial, and keeps its bounds, whatever the information of a
    stage was made to be on the data of the stages before. After Cui, Hung and Wang (1999). Without a change
    it is the ordinary statistic.

    Parameters
    ----------
    stages
        Statistic of the data of each stage alone, shape (..., n_looks); see :func:`stage_statistics`.
    planned
        Information at each look as planned, increasing, shape (n_looks,).

    Raises
    ------
    InputError
        If the numbers of looks differ, or the planned information does not increase.
    """
    at, total = np.asarray(stages, dtype=np.float64), np.asarray(planned, dtype=np.float64)
    _same_looks("planned", total, at)
    weights = np.diff(total, prepend=0.0)
    if total.ndim != 1 or not (weights > 0).all():
        raise problem("planned", total.tolist(), "information above zero that increases")
    return np.cumsum(np.sqrt(weights) * at, axis=-1) / np.sqrt(total)


def inverse_normal(p_values: Floats, planned: Floats) -> Floats:
    r"""Combination of independent one-sided p-values of the stages at each look, shape (..., n_looks).

    :func:`weighted_statistics` of the normal quantiles :math:`\Phi^{-1}(1 - p_j)`. After Lehmacher and
    Wassmer (1999).

    Parameters
    ----------
    p_values
        Of the data of each stage alone, shape (..., n_looks), uniform or larger under no effect given the
        stages before.
    planned
        Information at each look as planned, increasing, shape (n_looks,).

    Raises
    ------
    InputError
        As :func:`weighted_statistics`.
    """
    return weighted_statistics(-ndtri(np.asarray(p_values, dtype=np.float64)), planned)


def weighted_intervals(whole: Looks, stages: Floats, information: Floats) -> Limits:
    r"""Repeated confidence interval of the drift from the weighted statistic, shape (..., n).

    The drifts that the weighted test does not reject, where stages had information :math:`J_j` in place of
    the planned :math:`w_j`. After Lehmacher and Wassmer (1999); Jennison and Turnbull (2000, chapter 9).

    .. math:: \frac{\sum_{j\le k}\sqrt{w_j}\,Z^{(j)} \mp b_k\sqrt{\sum_{j\le k} w_j}}
        {\sum_{j\le k}\sqrt{w_j J_j}}

    Parameters
    ----------
    whole
        Looks as planned: their information gives the weights, their efficacy bounds the level, 1 - 2 alpha.
    stages
        Statistic of the data of each stage alone, shape (..., n) with n at most the number of looks.
    information
        At each look as it became, increasing, shape (..., n).

    Raises
    ------
    InputError
        If there are more stages than looks, or their number and that of the information differ.
    """
    at, total = np.asarray(stages, dtype=np.float64), np.asarray(information, dtype=np.float64)
    _same_looks("information", total, at)
    seen = at.shape[-1]
    if seen > whole.n_looks:
        raise problem("stages", f"{seen} stages", f"at most one for each of {whole.n_looks} looks")
    planned, bounds = whole.information[:seen], whole.upper[:seen]
    weights, more = np.diff(planned, prepend=0.0), np.diff(total, prepend=0.0, axis=-1)
    gained = np.cumsum(np.sqrt(weights * more), axis=-1)
    roots, z = np.sqrt(planned), weighted_statistics(at, planned)
    return Limits((z - bounds) * roots / gained, (z + bounds) * roots / gained)


def adapted_bound(
    error: Floats | float, z: Floats | float, now: float, information: Floats | float
) -> Floats:
    r"""Bound of the ordinary statistic at a new last look that has a given conditional type I error.

    .. math:: b = \frac{z\sqrt{I_0} + \Phi^{-1}(1 - \epsilon)\sqrt{I^* - I_0}}{\sqrt{I^*}}

    For one planned look ahead this is b(z, n) of Mehta and Pocock (2011) and Gao, Ware and Mehta (2008), and
    comparing with it is the same test as that of Cui, Hung and Wang with its planned bound.

    Parameters
    ----------
    error
        Conditional type I error, :func:`~remit.stats.sequential.conditional.conditional_error`.
    z, now
        Statistic and information at the interim.
    information
        Of the new last look; NaN is returned where it is not above ``now``. All but ``now`` are broadcast.
    """
    share, at, total = np.broadcast_arrays(
        *(np.asarray(each, dtype=np.float64) for each in (error, z, information))
    )
    more = np.where(total > now, total - now, np.nan)
    return np.asarray((at * np.sqrt(now) - ndtri(share) * np.sqrt(more)) / np.sqrt(total))


def adapted_bounds(error: float, z: float, now: float, information: Floats, spent: Floats) -> Floats:
    """Bounds of the ordinary statistic at several new looks, which spend a conditional type I error.

    The data after the interim are a group-sequential trial of their own at level ``error``; its bounds are
    put back on the scale of the statistic of all data. After Mueller and Schaefer (2001).

    Parameters
    ----------
    error
        Conditional type I error of what was planned, in (0, 1).
    z, now
        Statistic and information at the interim.
    information
        At the new looks, increasing, above ``now``; shape (n_looks,).
    spent
        Share of ``error`` spent by each look, shape (n_looks,): not decreasing, the last 1.

    Raises
    ------
    InputError
        With every finding, if arguments are not so.
    """
    total, share = np.asarray(information, dtype=np.float64), np.asarray(spent, dtype=np.float64)
    found = list(_adaptation_findings(error, now, total, share))
    if found:
        raise InputError(found)
    more = total - now
    bounds = spending_bounds(error * np.diff(share, prepend=0.0), setting(more, error))
    return (z * np.sqrt(now) + bounds * np.sqrt(more)) / np.sqrt(total)


def _adaptation_findings(error: float, now: float, total: Floats, share: Floats) -> Iterator[Finding]:
    if not 0 < error < 1:
        yield Finding("error", f"{error:g}", "a conditional type I error between 0 and 1, ends excluded")
    if total.ndim != 1 or total.size == 0 or not (np.diff(total, prepend=now) > 0).all():
        yield Finding("information", str(total.tolist()), f"more than now, {now:g}, and increasing")
    if share.shape != total.shape:
        yield Finding("spent", f"{share.size} shares", f"one for each of {total.size} looks")
    elif share.size and not ((np.diff(share, prepend=0.0) >= 0).all() and share[-1] == 1):
        yield Finding("spent", str(share.tolist()), "shares from 0 that do not decrease and end at 1")


def information_for_power(error: Floats | float, now: float, drift: Floats | float, power: float) -> Floats:
    r"""Information at a new last look that gives a conditional power, when the type I error is kept.

    .. math:: I^* = I_0 + \left(\frac{\Phi^{-1}(1 - \epsilon) + \Phi^{-1}(\pi)}{\theta}\right)^2

    After Mehta and Pocock (2011), equation for the increment. It is ``now`` where the conditional error is
    so large that no further data are needed, infinite where the drift is not above zero and they are.

    Parameters
    ----------
    error
        Conditional type I error.
    now
        Information at the interim.
    drift
        Effect per unit of information, assumed or the current trend. Broadcast with ``error``.
    power
        Conditional power wanted, in (0, 1).
    """
    share, effect = np.broadcast_arrays(
        np.asarray(error, dtype=np.float64), np.asarray(drift, dtype=np.float64)
    )
    wanted = np.maximum(float(ndtri(power)) - ndtri(share), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        more = np.where(effect > 0, (wanted / effect) ** 2, np.where(wanted > 0, np.inf, 0.0))
    return np.where(np.isnan(wanted + effect), np.nan, now + more)


def _same_looks(name: str, total: Floats, at: Floats) -> None:
    if total.ndim == 0 or at.ndim == 0 or total.shape[-1] != at.shape[-1]:
        raise problem(name, f"shape {total.shape}", f"as many looks as the data, of shape {at.shape}")
