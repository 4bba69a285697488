r"""Exact power and type I error of tests of two response rates, by looking at every table of given arm sizes.

A test is the set of tables :math:`(x_1, x_0)` at which it rejects, and what is asked of it is the probability
of that set:

.. math:: \sum_{(x_1, x_0) \in R} \binom{n_1}{x_1} p_1^{x_1} (1 - p_1)^{n_1 - x_1}
    \binom{n_0}{x_0} p_0^{x_0} (1 - p_0)^{n_0 - x_0}
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from remit.errors import Finding
from remit.stats.binomial import binomial_probabilities, log_choose
from remit.stats.estimate import Booleans, Floats
from remit.stats.planning.proportions import rate_findings
from remit.stats.planning.requirement import check

Test = Literal["fisher", "pooled z", "unpooled z", "boschloo"]
"""``fisher``: the exact conditional test. ``pooled z``, ``unpooled z``: the asymptotic tests, whose type I
error may exceed alpha. ``boschloo``: the p-value of Fisher's test, at the critical level at which the largest
type I error over the common rate is at most alpha, after Boschloo (1970)."""

TIED = 1 + 1e-12
"""Factor within which p-values are equal but for rounding."""
GRID = 401
"""Common rates at which a type I error is looked at, before the largest is refined."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Where a one-sided test rejects: ``tables[x_experimental, x_control]``, of shape (n_experimental + 1,
    n_control + 1).
    """

    test: Test
    alpha: float
    tables: Booleans

    @property
    def sizes(self) -> tuple[int, int]:
        """Patients of the experimental and of the control arm."""
        return self.tables.shape[0] - 1, self.tables.shape[1] - 1


@dataclass(frozen=True, slots=True)
class WorstCase:
    """Largest type I error over the common response rate, and the rate at which it is found."""

    type_I_error: float  # noqa: N815
    rate: float


def rejection(test: Test, n_experimental: int, n_control: int, alpha: float) -> Rejection:
    """Tables at which a one-sided test, of more responders in the experimental arm, rejects: p-value at most
    ``alpha``.

    Parameters
    ----------
    test
        See ``Test``.
    n_experimental, n_control
        Patients of each arm, at least one.
    alpha
        One-sided level of the test, in (0, 1).

    Raises
    ------
    InputError
        An unknown test, an arm without patients, an impossible level.
    """
    found = [] if test in get_args(Test) else [Finding("test", test, " or ".join(get_args(Test)))]
    if min(n_experimental, n_control) < 1:
        found.append(Finding("patients", f"{n_experimental}, {n_control}", "at least one in each arm"))
    if not 0 < alpha < 1:
        found.append(Finding("alpha", f"{alpha:g}", "a one-sided level above 0 and below 1", "0.025"))
    check(found)
    if test in {"pooled z", "unpooled z"}:
        p_values = _normal_p_values(n_experimental, n_control, pooled=test == "pooled z")
        return Rejection(test, alpha, p_values <= alpha)
    p_values = fisher_p_values(n_experimental, n_control)
    if test == "fisher":
        return Rejection(test, alpha, p_values <= alpha * TIED)
    return Rejection(test, alpha, _boschloo(p_values, alpha))


def fisher_p_values(n_experimental: int, n_control: int) -> Floats:
    """One-sided p-value of Fisher's test at every table, shape (n_experimental + 1, n_control + 1)."""
    x1, x0 = np.arange(n_experimental + 1), np.arange(n_control + 1)
    responders, both = x1[:, None] + x0, n_experimental + n_control
    weight = np.exp(
        log_choose(n_experimental, x1)[:, None] + log_choose(n_control, x0) - log_choose(both, responders)
    )
    # Tables with the same margins lie on an antidiagonal; the tail sums over more responders of the
    # experimental arm.
    tail = np.zeros((n_experimental + 2, n_control + 2))
    for row in range(n_experimental, -1, -1):
        tail[row, 1:] = weight[row] + tail[row + 1, :-1]
    return np.minimum(tail[:-1, 1:], 1.0)


def _normal_p_values(n_experimental: int, n_control: int, *, pooled: bool) -> Floats:
    """One-sided p-value of the asymptotic test at every table; 1 where nothing varies and nothing differs."""
    p1 = np.arange(n_experimental + 1)[:, None] / n_experimental
    p0 = np.arange(n_control + 1) / n_control
    share = (p1 * n_experimental + p0 * n_control) / (n_experimental + n_control)
    own = p1 * (1 - p1) / n_experimental + p0 * (1 - p0) / n_control
    variance = share * (1 - share) * (1 / n_experimental + 1 / n_control) if pooled else own
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (p1 - p0) / np.sqrt(variance)
    return ndtr(-np.where(np.isnan(z), -np.inf, z))


def _boschloo(p_values: Floats, alpha: float) -> Booleans:
    """Tables whose p-value is at most the largest level for which the type I error is at most alpha."""
    levels = np.unique(p_values)
    rates = _grid()
    first, second = (binomial_probabilities(size - 1, rates) for size in p_values.shape)

    def on_grid(place: int) -> bool:
        tables = (p_values <= levels[place] * TIED).astype(np.float64)
        return float(((first @ tables) * second).sum(axis=-1).max()) <= alpha

    def everywhere(place: int) -> bool:
        return _worst(p_values <= levels[place] * TIED).type_I_error <= alpha

    # Rejecting at a level of alpha is certainly allowed, as Fisher's test holds it.
    held = int(np.searchsorted(levels, alpha, side="right")) - 1
    place = _last(on_grid, held, levels.size)
    if place > held and not everywhere(place):
        place = _last(everywhere, held, place)
    return p_values <= levels[place] * TIED if place >= 0 else np.zeros(p_values.shape, dtype=bool)


def _last(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Last place for which something holds that does at ``low``, and no longer at ``high``."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def rejection_probability(
    where: Rejection, p_experimental: Floats | float, p_control: Floats | float
) -> Floats:
    """Probability that a test rejects, by true response rates, whose shapes broadcast: power, or type I
    error.

    Raises
    ------
    InputError
        Rates outside (0, 1).
    """
    p1, p0 = np.broadcast_arrays(np.asarray(p_experimental, float), np.asarray(p_control, float))
    check(rate_findings("p_experimental", p1), rate_findings("p_control", p0))
    return _probability(where.tables, p1, p0)


def worst_type_one_error(where: Rejection) -> WorstCase:
    """Largest probability of rejecting where both arms have one response rate, over that rate.

    A grid of 401 rates, of which the neighbourhood of the largest three is refined; for a test that rejects,
    with a table, every table with more responders of the experimental arm or fewer of control, as all of
    these do, no pair of rates without a benefit has a larger one.
    """
    return _worst(where.tables)


def _worst(tables: Booleans) -> WorstCase:
    rates = _grid()
    errors = _probability(tables, rates, rates)
    best = WorstCase(float(errors.max()), float(rates[int(errors.argmax())]))
    inside = errors[1:-1]
    peaks = 1 + np.flatnonzero((inside >= errors[:-2]) & (inside >= errors[2:]))
    for peak in peaks[np.argsort(-errors[peaks])][:3]:
        bounds = (float(rates[peak - 1]), float(rates[peak + 1]))
        found = minimize_scalar(
            lambda p: -float(_probability(tables, np.asarray(p), np.asarray(p))),
            bounds=bounds,
            method="bounded",
            options={"xatol": 1e-10},
        )
        if -found.fun > best.type_I_error:
            best = WorstCase(-float(found.fun), float(found.x))
    return best


def _grid() -> Floats:
    """Common rates; evenly spaced angles are dense near 0 and 1, where the variance is small."""
    return np.sin(np.linspace(0, np.pi / 2, GRID + 2)[1:-1]) ** 2


def _probability(tables: Booleans, p1: Floats, p0: Floats) -> Floats:
    """Probability of a set of tables, by rates of one shape."""
    first, second = (
        binomial_probabilities(tables.shape[0] - 1, p1),
        binomial_probabilities(tables.shape[1] - 1, p0),
    )
    return ((first @ tables.astype(np.float64)) * second).sum(axis=-1)
