r"""Gray's test: whether the cumulative incidence of a cause is the same in all groups, under competing risks.

After Gray (1988), over strata if there are any. With :math:`Y_r` at risk and :math:`dN_{jr}` events of cause
:math:`j` in group :math:`r`, its survival :math:`\hat S_r` and incidence :math:`\hat F_r` of the cause that
is tested, :math:`j = 1`,

.. math:: h_r = \frac{Y_r}{\hat S_r(t-)}, \qquad R_r = h_r\,(1 - \hat F_r(t-)), \qquad
    z_k = \sum_t L(t) \left[ dN_{1k} - \frac{R_k}{R_\cdot}\,dN_{1\cdot} \right]

where a dot is the sum over groups. :math:`R_r` is who could still have the event of the cause, those with an
event of another kept in; so it is the log-rank test of the hazard of the subdistribution. The weight is
:math:`L = (1 - \hat F_0(t-))^\rho`, with the pooled incidence :math:`d\hat F_0 = dN_{1\cdot} / h_\cdot`.

A difference of incidences may come from an effect on the competing cause alone. A log-rank test that censors
the others compares hazards of the cause; which of the two is of interest is part of the estimand.

The variance is that of the martingales of both kinds of event, with
:math:`c_{kr} = L\,(\delta_{kr} - h_k / h_\cdot)` and :math:`e_{kr}` the sum of
:math:`c_{kr} h_r\,d\hat F_0 / (1 - \hat F_0(t-))` over later times:

.. math:: V_{kl} &= \sum_r \sum_t a_{kr} a_{lr}\,h_r\,d\hat F_0 + b_{kr} b_{lr}\,dN_{2r} \\
    a_{kr} &= c_{kr} + \left(1 - \frac{1 - \hat F_0}{\hat S_r}\right) \frac{e_{kr}}{h_r}, \qquad
    b_{kr} = -\frac{1 - \hat F_0}{\hat S_r}\,\frac{e_{kr}}{h_r}

Tied events are taken as drawn without replacement, as in R's cmprsk: the first terms are multiplied by
:math:`1 - (dN_{1\cdot} - 1) / (h_\cdot \hat S_r(t-) - 1)`, the second by
:math:`1 - (dN_{2r} - 1) / (Y_r - 1)`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtr

from remit.errors import Finding, InputError
from remit.stats.estimate import Comparison, Floats, Integers
from remit.stats.survival.checks import check_causes, check_two_arms


@dataclass(frozen=True, slots=True)
class GrayTest:
    """Cumulative incidence of a cause compared between groups.

    Parameters
    ----------
    group
        Label of each group, in order, shape (n_groups,).
    score
        Events of the cause less those expected, by group, shape (n_groups,); they sum to 0.
    covariance
        Their covariance if incidences are equal, shape (n_groups, n_groups); rows sum to 0.
    statistic, df, p_value
        Chi-square test; statistic and p-value are NaN where the data cannot tell the groups apart.
    """

    group: NDArray[np.generic]
    score: Floats
    covariance: Floats
    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class _Table:
    """Counts and curves of one stratum at times of events; (n_groups, n_times), left limits ``_before``."""

    at_risk: Floats
    of_cause: Floats
    of_others: Floats
    survival: Floats
    survival_before: Floats
    incidence_before: Floats


def gray_test(
    time: ArrayLike,
    cause: ArrayLike,
    group: ArrayLike,
    strata: ArrayLike | None = None,
    *,
    tested: int = 1,
    rho: float = 0.0,
) -> GrayTest:
    """Test equal cumulative incidence of a cause in several groups.

    Parameters
    ----------
    time, cause
        As of :func:`remit.stats.survival.competing_risks.aalen_johansen`.
    group
        Label of the group of each patient, shape (n_patients,); anything that can be ordered.
    strata
        Label of the stratum of each patient, shape (n_patients,).
    tested
        The cause whose incidence is compared; all others compete.
    rho
        Power of one minus the pooled incidence that weighs each time; 0 for equal weights.

    Raises
    ------
    InputError
        If patients, causes, groups or strata do not go together.
    """
    when, which = check_causes(time, cause)
    label, stratum = np.asarray(group), np.zeros(when.shape) if strata is None else np.asarray(strata)
    found = [
        Finding(name, f"shape {part.shape}", f"one label per patient, shape {when.shape}")
        for name, part in (("group", label), ("strata", stratum))
        if part.shape != when.shape
    ]
    if tested < 1:
        found.append(Finding("tested", str(tested), "the number of a cause, from 1"))
    if found:
        raise InputError(found)
    groups, member = np.unique(label, return_inverse=True)
    score, covariance = np.zeros(groups.size), np.zeros((groups.size, groups.size))
    for one in np.unique(stratum):
        own = stratum == one
        table = _table(when[own], which[own], member[own], groups.size, tested)
        added, spread = _score_and_covariance(table, rho)
        score, covariance = score + added, covariance + spread
    df = max(groups.size - 1, 0)
    statistic = _quadratic(score[:df], covariance[:df, :df])
    return GrayTest(groups, score, covariance, statistic, df, float(chdtrc(df, statistic)) if df else np.nan)


def gray(
    time: ArrayLike,
    cause: ArrayLike,
    experimental: ArrayLike,
    strata: ArrayLike | None = None,
    *,
    tested: int = 1,
    rho: float = 0.0,
) -> Comparison:
    """Gray's test of two arms; ``z`` is positive if the incidence is lower in the experimental arm.

    It has no estimate. Parameters as of :func:`gray_test`; ``experimental`` is true in that arm.
    """
    when, which = check_causes(time, cause)
    _, _, arm = check_two_arms(when, which > 0, experimental)
    found = gray_test(when, which, arm, strata, tested=tested, rho=rho)
    nothing = np.asarray(np.nan)
    z = np.full((), np.nan)
    if np.isfinite(found.statistic):
        z = np.asarray(-found.score[-1] / np.sqrt(found.covariance[-1, -1]))
    name = "Gray" + ("" if strata is None else ", stratified")
    return Comparison(name, "", nothing, nothing, nothing, nothing, z, np.asarray(ndtr(-z)))


def _table(time: Floats, cause: Integers, member: Integers, n_groups: int, tested: int) -> _Table:
    """Counts of one stratum at its times of events while two groups or more are at risk."""
    moments = np.unique(time[cause > 0])
    shape = n_groups, moments.size
    at_risk, of_cause, of_others = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for r in range(n_groups):
        own = member == r
        at_risk[r] = own.sum() - np.searchsorted(np.sort(time[own]), moments, side="left")
        for counts, chosen in ((of_cause, cause == tested), (of_others, (cause > 0) & (cause != tested))):
            places = np.searchsorted(moments, time[own & chosen])
            counts[r] = np.bincount(places, minlength=moments.size)
    present = np.maximum(at_risk, 1)
    survival: Floats = np.cumprod(1 - (of_cause + of_others) / present, axis=1, dtype=np.float64)
    edge = np.ones((n_groups, 1))
    before = np.concatenate([edge, survival[:, :-1]], axis=1)
    incidence: Floats = np.cumsum(before * of_cause / present, axis=1, dtype=np.float64)
    incidence_before = np.concatenate([0 * edge, incidence[:, :-1]], axis=1)
    both = (at_risk > 0).sum(axis=0) > 1
    parts = at_risk, of_cause, of_others, survival, before, incidence_before
    return _Table(*(part[:, both] for part in parts))


def _score_and_covariance(table: _Table, rho: float) -> tuple[Floats, Floats]:
    """Scores (n_groups,) and their covariance (n_groups, n_groups) in one stratum."""
    n_groups, n_times = table.at_risk.shape
    if n_times == 0:
        return np.zeros(n_groups), np.zeros((n_groups, n_groups))
    is_there = table.at_risk > 0
    h = np.divide(table.at_risk, table.survival_before, out=np.zeros(is_there.shape), where=is_there)
    events, total = table.of_cause.sum(axis=0), h.sum(axis=0)
    risk = h * (1 - table.incidence_before)
    step = events / total
    pooled = np.cumsum(step)
    # Where censoring moves from group to group the pooled incidence may pass 1, and nothing is known of it.
    left = 1 - np.concatenate([[0.0], pooled[:-1]])
    left = np.where((left > 0) | (events == 0), left, np.nan)
    weight = np.where(events > 0, np.abs(left) ** rho, 0.0) if rho != 0 else np.ones(n_times)
    score = (weight * (table.of_cause - risk / risk.sum(axis=0) * events)).sum(axis=1)

    c = weight * (np.eye(n_groups)[:, :, None] - (h / total)[:, None, :])
    terms = c * h * np.where(events > 0, step / np.where(events > 0, left, 1.0), 0.0)
    later = terms.sum(axis=2, keepdims=True) - np.cumsum(terms, axis=2)
    survives = table.survival > 0
    ratio = np.divide(1 - pooled, table.survival, out=np.zeros(is_there.shape), where=survives)
    # Nobody of a group that is not there is later at risk.
    e = np.divide(later, h, out=np.zeros(later.shape), where=np.broadcast_to(is_there, later.shape))
    a, b = c + (1 - ratio) * e, -ratio * e
    as_if_all = np.where(is_there, total * table.survival_before - 1, 1.0)
    tied = np.where(events > 1, np.maximum(1 - (events - 1) / as_if_all, 0.0), 1.0)
    others = table.of_others
    tied_others = np.where(others > 1, 1 - (others - 1) / np.maximum(table.at_risk - 1, 1), 1.0)
    first = np.einsum("krt,lrt,rt->kl", a, a, h * step * tied)
    return score, first + np.einsum("krt,lrt,rt->kl", b, b, others * tied_others)


def _quadratic(score: Floats, covariance: Floats) -> float:
    """Score in units of its covariance; NaN where that is singular or not known."""
    if score.size == 0 or not np.isfinite(covariance).all():
        return np.nan
    if np.linalg.matrix_rank(covariance, hermitian=True) < score.size:
        return np.nan
    return float(score @ np.linalg.solve(covariance, score))
