r"""Response rates of several baskets that may lend strength to one another; exact sums, no simulation.

.. math:: x_j \sim \mathrm{Bin}(n_j, p_j), \qquad \mathrm{logit}\, p_j = \mathrm{logit}\, c_j + \theta_j,
    \qquad \theta_j \sim w\, N(\mu, \tau^2) + (1 - w)\, N(m_0, s_0^2)

with :math:`\mu \sim N(m, s^2)` and :math:`\tau \sim \mathrm{HN}(\sigma)`. With :math:`w = 1` it is the
hierarchical model of Berry, Broglio, Groshen and Berry (2013), Clinical Trials 10:720; with less the
exchangeability and non-exchangeability (EXNEX) of Neuenschwander, Wandel, Roychoudhury and Bailey (2016),
Pharmaceutical Statistics 15:123, in which a basket that differs stands alone; with :math:`w = 0` nothing is
borrowed. The centre :math:`c_j`, such as the rate of no interest, lets baskets differ in what is expected of
them.

Given :math:`\mu` and :math:`\tau` baskets are independent, so that each needs a table of its likelihood by
number of responders on a grid of the two, once; the posterior of many trials is then a weighted sum. The
effect of a basket is integrated on both sides of the rate in question apart, so that its tail has no step
inside an interval.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from remit.errors import Finding, InputError
from remit.stats.bayes.random_effects import Prior
from remit.stats.binomial import log_choose
from remit.stats.estimate import Floats, Integers

WIDEST = 6.0
"""Standard deviations of a normal beyond which it is left out: 2e-9."""
WIDTH = 2.0
"""Width of a panel of the mean over the least standard error that all patients together could give it."""
MEAN_PANEL = np.polynomial.legendre.leggauss(4)
"""Nodes of a panel of the mean and their weights."""
NEAR = (0.0, 0.02, 0.08, 0.25)
"""Ends of panels of the mean around the effect at which a basket is at the rate in question: there, without
heterogeneity, its tail jumps."""
PANELS = (0.0, 0.15, 0.5, 1.5, 3.0, 5.0, 8.0)
"""Ends of panels of the heterogeneity, in scales of its prior; beyond the last are 1e-15 of it."""
PANEL = np.polynomial.legendre.leggauss(8)
"""Nodes of a panel of the heterogeneity and their weights."""
NODES_A_SIDE = 48
"""Nodes of the effect of a basket on either side of the rate in question."""
AT_ONCE = 500_000
"""Numbers held at once in a sum over the grid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowing:
    """How baskets lend strength.

    Parameters
    ----------
    prior
        Of the mean of the effects, normal, and of their heterogeneity, half-normal.
    exchangeable
        Prior probability that a basket is like the others, in [0, 1]: 1 is the hierarchical model.
    own_mean, own_sd
        Normal prior of the effect of a basket that is not.
    """

    prior: Prior
    exchangeable: float = 1.0
    own_mean: float = 0.0
    own_sd: float = 2.0


@dataclass(frozen=True, slots=True)
class BasketPosterior:
    """Posterior of each basket, arrays of shape (n_replicates, n_baskets).

    ``above`` is the probability that the rate is above the one in question, ``mean`` the expected rate.
    """

    above: Floats
    mean: Floats


@dataclass(frozen=True, slots=True)
class _Table:
    """By number of responders and node, shape (n + 1, n_grid).

    ``whole`` likelihood; share of it ``above`` the rate in question, and expected ``rate``, given the node.
    """

    whole: Floats
    above: Floats
    rate: Floats


@dataclass(frozen=True, slots=True)
class _Grid:
    """Nodes of mean and heterogeneity, and the prior probability of each, shape (n_grid,)."""

    mu: Floats
    tau: Floats
    weight: Floats


def basket_posterior(
    responders: Integers,
    n: Integers,
    question: Sequence[float],
    borrowing: Borrowing,
    centre: Sequence[float] | None = None,
) -> BasketPosterior:
    """Posterior of the rate of every basket of many trials.

    Parameters
    ----------
    responders, n
        Responders and patients, shape (n_replicates, n_baskets); a basket without patients keeps what the
        others and the prior say.
    question
        Rate of each basket that the rate is compared with, in (0, 1).
    borrowing
        The model.
    centre
        Rate of each basket about which effects lie; that in question if not given.

    Raises
    ------
    InputError
        Impossible counts, rates or model; all findings at once.
    """
    x, size = np.asarray(responders), np.asarray(n)
    at = np.asarray(question, dtype=np.float64)
    about = at if centre is None else np.asarray(centre, dtype=np.float64)
    _check(x, size, (at, about), borrowing)
    # Trials with the same counts have the same posterior.
    both, place = np.unique(np.concatenate([x, size], axis=1), axis=0, return_inverse=True)
    baskets = at.size
    grid = _grid(borrowing.prior, int(size.sum(axis=1).max(initial=1)), np.unique(logit(at) - logit(about)))
    every: dict[tuple[int, float, float], _Table] = {}
    tables: list[dict[int, _Table]] = []
    for j in range(baskets):
        own = float(logit(at[j])), float(logit(about[j]))
        sizes = [int(each) for each in np.unique(both[:, baskets + j])]
        for each in sizes:
            if (each, *own) not in every:
                every[each, *own] = _table(each, *own, grid, borrowing)
        tables.append({each: every[each, *own] for each in sizes})
    above, mean = np.empty((2, both.shape[0], baskets))
    for part in _pieces(both.shape[0], grid.mu.size):
        above[part], mean[part] = _posterior(both[part], tables, grid)
    back = np.ravel(place)
    return BasketPosterior(above[back], mean[back])


def _posterior(both: Integers, tables: Sequence[dict[int, _Table]], grid: _Grid) -> tuple[Floats, Floats]:
    """Probability above and mean of each basket, of some trials."""
    baskets = len(tables)
    weight = np.repeat(grid.weight[None, :], both.shape[0], axis=0)
    for j, by_size in enumerate(tables):
        for rows, x, found in _of_size(both, j, by_size):
            weight[rows] *= found.whole[x]
    weight /= weight.sum(axis=1, keepdims=True)
    above, mean = np.empty((2, both.shape[0], baskets))
    for j, by_size in enumerate(tables):
        for rows, x, found in _of_size(both, j, by_size):
            above[rows, j] = (weight[rows] * found.above[x]).sum(axis=1)
            mean[rows, j] = (weight[rows] * found.rate[x]).sum(axis=1)
    return np.clip(above, 0.0, 1.0), mean


def _of_size(
    both: Integers, j: int, by_size: dict[int, _Table]
) -> Iterator[tuple[Integers | slice, Integers, _Table]]:
    """Trials by the patients that a basket has: their rows, its responders and its table."""
    baskets = both.shape[1] // 2
    for size, found in by_size.items():
        rows = np.flatnonzero(both[:, baskets + j] == size)
        if rows.size == both.shape[0]:
            yield slice(None), both[:, j], found
        elif rows.size:
            yield rows, both[rows, j], found


def _pieces(rows: int, width: int) -> Iterator[slice]:
    step = max(AT_ONCE // width, 1)
    return (slice(first, min(first + step, rows)) for first in range(0, rows, step))


def _grid(prior: Prior, patients: int, cuts: Floats) -> _Grid:
    """Panels of the mean, with an end at each of ``cuts`` (effects), and of the heterogeneity."""
    half = WIDEST * prior.mu_sd
    width = min(WIDTH * 2 / np.sqrt(patients), prior.mu_sd)
    edges = np.linspace(-half, half, int(np.ceil(2 * half / width)) + 1) + prior.mu_mean
    around = (cuts[:, None] + np.array([*NEAR, *(-each for each in NEAR)])).ravel()
    inside = around[(around > edges[0]) & (around < edges[-1])]
    mu, share = _panels(np.unique(np.concatenate([edges, inside])), MEAN_PANEL)
    away = (mu - prior.mu_mean) / prior.mu_sd
    share = share * np.exp(-away * away / 2)
    tau, part = _panels(prior.tau_scale * np.array(PANELS), PANEL)
    part = part * np.exp(-((tau / prior.tau_scale) ** 2) / 2)
    every = (share / share.sum())[:, None] * (part / part.sum())
    return _Grid(np.repeat(mu, tau.size), np.tile(tau, mu.size), every.ravel())


def _panels(ends: Floats, rule: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss and Legendre on neighbouring panels."""
    half = np.diff(ends)[:, None] / 2
    return (ends[:-1, None] + half * (1 + rule[0])).ravel(), (half * rule[1]).ravel()


def _table(n: int, at: float, about: float, grid: _Grid, borrowing: Borrowing) -> _Table:
    """Likelihood of a basket by responders and node; ``at`` and ``about`` are logits."""
    w = borrowing.exchangeable
    parts: list[tuple[float, _Table]] = []
    if w > 0:
        parts.append((w, _normal_table(n, at, about + grid.mu, grid.tau)))
    if w < 1:
        alone = _normal_table(n, at, np.array([about + borrowing.own_mean]), np.array([borrowing.own_sd]))
        parts.append((1 - w, alone))
    whole, above, rate = (
        sum((share * getattr(part, name) for share, part in parts), start=np.zeros((n + 1, grid.mu.size)))
        for name in ("whole", "above", "rate")
    )
    # Where a number of responders is all but impossible, what would follow from it has no weight.
    likely = np.maximum(whole, np.finfo(float).tiny)
    return _Table(whole, above / likely, rate / likely)


def _normal_table(n: int, at: float, mean: Floats, sd: Floats) -> _Table:
    """Likelihood where the logit is normal, by Gauss and Legendre on both sides of ``at``."""
    x = np.arange(n + 1)[:, None]
    ways = np.exp(log_choose(n, x))
    cut = np.clip((at - mean) / sd, -WIDEST, WIDEST)
    whole, above, rate = np.zeros((3, n + 1, mean.size))
    nodes, weights = np.polynomial.legendre.leggauss(NODES_A_SIDE)
    for low, high, is_above in (
        (np.full(cut.shape, -WIDEST), cut, False),
        (cut, np.full(cut.shape, WIDEST), True),
    ):
        half = (high - low) / 2
        for node, share in zip(nodes, weights, strict=True):
            z = low + half * (1 + node)
            density = share * half * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
            theta = mean + sd * z
            log_one, log_none = -np.logaddexp(0.0, -theta), -np.logaddexp(0.0, theta)
            value = density * np.exp(x * log_one + (n - x) * log_none)
            whole += value
            rate += value * np.exp(log_one)
            if is_above:
                above += value
    return _Table(ways * whole, ways * above, ways * rate)


def _check(x: Integers, size: Integers, rates: tuple[Floats, Floats], borrowing: Borrowing) -> None:
    findings: list[Finding] = []
    if x.ndim != 2 or x.shape != size.shape:
        needed = "one shape, replicates and baskets"
        findings.append(Finding("responders, n", f"shapes {x.shape}, {size.shape}", needed))
    elif ((x < 0) | (x > size)).any():
        findings.append(
            Finding("responders", "fewer than 0, or more than patients", "between 0 and all patients")
        )
    for name, rate in zip(("question", "centre"), rates, strict=True):
        if rate.shape != x.shape[1:] or not ((rate > 0) & (rate < 1)).all():
            findings.append(Finding(name, str(rate.tolist()), "a rate in (0, 1) for each basket"))
    if not 0 <= borrowing.exchangeable <= 1:
        findings.append(Finding("exchangeable", f"{borrowing.exchangeable:g}", "a probability from 0 to 1"))
    scales = {
        "mu_sd": borrowing.prior.mu_sd,
        "tau_scale": borrowing.prior.tau_scale,
        "own_sd": borrowing.own_sd,
    }
    findings += [
        Finding(name, f"{value:g}", "a finite number above 0")
        for name, value in scales.items()
        if not 0 < value < np.inf
    ]
    if findings:
        raise InputError(findings)
