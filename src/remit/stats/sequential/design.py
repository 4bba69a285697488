"""A group-sequential design: bounds at each look, errors they spend, drift that gives the power."""

from dataclasses import dataclass

import numpy as np

from remit.errors import problem
from remit.stats.estimate import Floats
from remit.stats.sequential.boundaries import (
    Boundary,
    Setting,
    crossing_error,
    efficacy_bounds,
    setting,
    spent_by,
)
from remit.stats.sequential.crossing import increments
from remit.stats.sequential.drift import bounds_drift, drift_where, fixed_drift
from remit.stats.sequential.futility import FutilitySpending, futility_bounds
from remit.stats.sequential.integration import exits
from remit.stats.sequential.plan import Plan, check, futility_tested, given_bounds


@dataclass(frozen=True, slots=True)
class GroupSequentialDesign:
    r"""Bounds of the standardised statistic at each look, positive in favour of the experimental arm.

    All arrays have shape (n_looks,). ``integration.exits(fractions, lower, upper, drift)`` holds as it
    stands: information is measured in that of the last look, so that the statistic at a look is normal with
    mean ``drift * sqrt(fraction)`` and variance one.

    Parameters
    ----------
    plan
        What was asked.
    fractions
        Information at each look over that at the last; increasing, the last 1.
    upper
        Efficacy bound: benefit is shown at or above it; infinite at looks where efficacy is not tested. In a
        two-sided design minus this is the bound of the other side.
    lower
        Futility bound: the trial may stop at or below it; minus infinity where there is none. At the last
        look of a one-sided design it equals ``upper``, at that of a two-sided one it is minus infinity.
    harm
        Bound of harm; minus infinity where there is none.
    alpha_spent
        Cumulative one-sided type I error, of each side of a two-sided design.
    beta_spent
        Cumulative probability of stopping at or below ``lower`` (or ``harm``, where that is higher) under the
        alternative; ends at 1 - power in a one-sided design, zero in a two-sided one.
    harm_spent
        Cumulative probability of crossing ``harm`` under no effect.
    drift
        Expected statistic at the last look under the alternative, :math:`\theta\sqrt{I_{max}}`.
    inflation
        Maximum information over that of the design with one look and the same errors.
    """

    plan: Plan
    fractions: Floats
    upper: Floats
    lower: Floats
    harm: Floats
    alpha_spent: Floats
    beta_spent: Floats
    harm_spent: Floats
    drift: float
    inflation: float

    @property
    def n_looks(self) -> int:
        """Number of looks, the last included."""
        return len(self.fractions)

    @property
    def alpha(self) -> float:
        """One-sided type I error, of each side of a two-sided design."""
        return self.plan.alpha

    @property
    def power(self) -> float:
        """Probability of showing benefit under ``drift``."""
        return self.plan.power

    @property
    def sides(self) -> int:
        """1, or 2 for a symmetric two-sided design."""
        return self.plan.sides

    @property
    def binding(self) -> bool:
        """Whether type I error is held only if futility stops are obeyed."""
        return self.plan.binding

    @property
    def stops_below(self) -> Floats:
        """The bound at or below which a trial stops: of futility or harm, or of the other side."""
        return -self.upper if self.sides == 2 else np.maximum(self.lower, self.harm)


def design(plan: Plan) -> GroupSequentialDesign:
    """Bounds, spent errors, and the drift that gives the power of a plan.

    Raises
    ------
    InputError
        If the plan cannot be met; with every finding that is known before bounds are computed.
    """
    check(plan)
    where = placing(plan)
    harm = harm_bounds(plan)
    if isinstance(plan.futility, Boundary):
        upper, lower, drift = _with_futility_spending(plan, where, harm)
    else:
        upper = efficacy_bounds(plan.efficacy, where)
        lower = np.full(upper.size, -np.inf) if plan.futility is None else given_bounds(plan)
        lower[-1] = upper[-1] if plan.sides == 1 else -np.inf
        stops = -upper if plan.sides == 2 else np.maximum(lower, harm)
        drift = bounds_drift(where.fractions, stops, upper, plan.alpha, plan.power)
    _keep_apart(lower, harm, upper)
    return described(plan, (upper, lower, harm), drift)


def placing(plan: Plan) -> Setting:
    """Where the efficacy bounds of a plan are placed: with its futility bounds if given and binding."""
    tested = None if plan.efficacy_looks is None else np.asarray(plan.efficacy_looks, dtype=np.bool_)
    where = setting(np.asarray(plan.fractions), plan.alpha, plan.sides, tested)
    if isinstance(plan.futility, tuple) and plan.binding:
        return Setting(where.fractions, where.alpha, where.sides, where.tested, given_bounds(plan))
    return where


def harm_bounds(plan: Plan) -> Floats:
    """Bound of harm at each look: the efficacy bounds of the harm family, with the arms swapped.

    They are computed under no effect and on their own, as if nothing else stopped the trial, so
    that ``alpha_harm`` is the most that crossing them can have.
    """
    if plan.harm is None:
        return np.full(len(plan.fractions), -np.inf)
    return -efficacy_bounds(plan.harm, setting(np.asarray(plan.fractions), plan.alpha_harm))


def _with_futility_spending(plan: Plan, where: Setting, harm: Floats) -> tuple[Floats, Floats, float]:
    """Efficacy and futility bounds, and the drift at which the futility bounds have spent 1 - power."""
    assert isinstance(plan.futility, Boundary)  # noqa: S101
    alpha = (
        increments(spent_by(plan.efficacy, where.fractions, plan.alpha), where.tested)
        if plan.binding
        else None
    )
    upper = np.full(where.fractions.size, np.inf) if plan.binding else efficacy_bounds(plan.efficacy, where)
    beta = spent_by(plan.futility, where.fractions, 1 - plan.power)
    spending = FutilitySpending(where.fractions, beta, futility_tested(plan), harm, alpha)
    drift = drift_where(lambda d: futility_bounds(spending, upper, d).excess, plan.alpha, plan.power)
    bounds = futility_bounds(spending, upper, drift)
    return bounds.upper, bounds.lower, drift


def _keep_apart(lower: Floats, harm: Floats, upper: Floats) -> None:
    """Before the last look some trials go on, and harm is below efficacy at every look."""
    crossed = np.flatnonzero(np.append(lower[:-1] >= upper[:-1], False) | (harm >= upper))
    if crossed.size:
        looks = ", ".join(str(k + 1) for k in crossed)
        raise problem(
            "futility",
            f"a lower bound at or above the efficacy bound at look {looks}",
            "lower bounds below the efficacy bound at every look but the last",
            "spend less there, or a lower bound of z",
        )


def described(plan: Plan, bounds: tuple[Floats, Floats, Floats], drift: float) -> GroupSequentialDesign:
    """The record of a design from its upper, lower and harm bounds."""
    upper, lower, harm = bounds
    at = np.asarray(plan.fractions, dtype=np.float64)
    counted = lower if plan.binding else np.full(at.size, -np.inf)
    alpha = crossing_error(upper, Setting(at, plan.alpha, plan.sides, np.isfinite(upper), counted))
    stops = np.maximum(lower, harm)
    beta = exits(at, stops, upper, drift).lower if plan.sides == 1 else np.zeros(at.size)
    of_harm = crossing_error(-harm, setting(at, plan.alpha_harm))
    return GroupSequentialDesign(
        plan,
        at,
        upper,
        lower,
        harm,
        np.cumsum(alpha),
        np.cumsum(beta),
        np.cumsum(of_harm),
        drift,
        (drift / fixed_drift(plan.alpha, plan.power)) ** 2,
    )
