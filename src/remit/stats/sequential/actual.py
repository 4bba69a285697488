"""A design met by what happens: information or looks that differ from plan, an early end.

A spending function needs to know only what has been spent and what fraction of the information has come in.
So each look is tested at a bound for its actual fraction, bounds of looks that are done stay as they were,
and the last analysis, whenever it comes, spends all that is left: after more information than planned, or
after less, where the calendar ends the trial. After Lan and DeMets (1983, 1989).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Floats
from remit.stats.sequential.boundaries import (
    FAMILIES,
    USER,
    Boundary,
    Setting,
    setting,
    spending_bounds,
    spent_by,
)
from remit.stats.sequential.crossing import increments
from remit.stats.sequential.design import GroupSequentialDesign, described
from remit.stats.sequential.futility import FutilitySpending, futility_bounds
from remit.stats.sequential.integration import exits
from remit.stats.sequential.plan import NEAREST, Plan, futility_tested, given_bounds


@dataclass(frozen=True, slots=True)
class Schedule:
    """Looks done and to come, shape (n_looks,).

    ``information`` in the unit it was given in; ``spent_at`` the fraction by which each spends, not
    decreasing, 1 at the last.
    """

    information: Floats
    spent_at: Floats

    @property
    def fractions(self) -> Floats:
        """Information over that at the last look."""
        return self.information / self.information[-1]


def recompute(
    design: GroupSequentialDesign,
    information: Sequence[float],
    maximum: float | Sequence[float],
    *,
    final: bool = False,
    ahead: Sequence[float] | None = None,
    planned: float | None = None,
) -> GroupSequentialDesign:
    """The design with the information that looks had.

    Always from the design as planned and all looks so far, in their order: the bounds of looks that are done
    then come out as they did at the time. Futility bounds that spend keep the planned effect. A futility
    bound that was given as z, and whether a look tests efficacy or futility at all, go by the number of the
    look; an unplanned look beyond them tests efficacy and has no given futility bound.

    Parameters
    ----------
    design
        As planned, with spending functions. Levels of "user" are read as a function linear between planned
        looks.
    information
        At each look so far, such as events; the current look is the last. Increasing.
    maximum
        Information planned for the last look, in the same unit; or as it was planned at each look so far.
    final
        Whether the current look is the last: it then spends all that is left. So does a look that has the
        maximum.
    ahead
        Fractions of ``maximum`` of the looks to come, the last 1; None for those of the plan after as many
        as there have been, as far as they are still to come.
    planned
        Information at which the design has its drift, such as its events before they are rounded; None for
        the first ``maximum``.

    Returns
    -------
    The design over the looks so far and, before the final one, those to come. Its fractions are of the
    information at its last look, its drift is the planned effect there, and its plan states the errors as
    levels and the power that is left. At a look after all of alpha is spent the bound is infinite.

    Raises
    ------
    InputError
        For a classical family, which says nothing of looks that differ from plan; for information that does
        not increase.
    """
    done = np.asarray(information, dtype=np.float64)
    findings = [*_families(design), *_information(done, maximum, ahead)]
    if planned is not None and not (np.isfinite(planned) and planned > 0):
        findings.append(Finding("planned", f"{planned:g}", "information above 0", "leave it out"))
    if findings:
        raise InputError(findings)
    most = np.broadcast_to(np.asarray(maximum, dtype=np.float64), done.shape)
    looks = _looks(design.plan, done, most, final, ahead)
    # The effect per unit of information is what was planned; more information has a larger drift.
    drift = design.drift * float(np.sqrt(looks.information[-1] / (most[0] if planned is None else planned)))
    return _rebuilt(design.plan, looks, drift)


def _looks(plan: Plan, done: Floats, most: Floats, final: bool, ahead: Sequence[float] | None) -> Schedule:
    """Looks done and to come, and the fraction by which each spends."""
    actual = np.maximum.accumulate(np.minimum(done / most, 1.0))
    if final or actual[-1] >= 1:
        actual[-1] = 1.0
        return Schedule(done, actual)
    planned = np.asarray(plan.fractions[done.size :] or (1.0,) if ahead is None else ahead, dtype=np.float64)
    coming = planned[planned > done[-1] / most[-1] + NEAREST]
    spent_at = np.maximum.accumulate(np.concatenate([actual, coming]))
    return Schedule(np.concatenate([done, coming * most[-1]]), spent_at)


def _rebuilt(plan: Plan, looks: Schedule, drift: float) -> GroupSequentialDesign:
    """The design of a plan over other looks."""
    at, n = looks.fractions, looks.fractions.size
    tested = _by_number(_tests_efficacy(plan).astype(np.float64), n, 1.0) > 0
    levels = _allowed(plan, plan.efficacy, plan.alpha, looks)
    alpha = increments(levels, tested)
    harm, of_harm = np.full(n, -np.inf), None
    if plan.harm is not None:
        harm_levels = _allowed(plan, plan.harm, plan.alpha_harm, looks)
        harm = -spending_bounds(increments(harm_levels, np.ones(n, dtype=bool)), setting(at, plan.alpha_harm))
        of_harm = Boundary(USER, levels=tuple(harm_levels.tolist()))
    lower = _by_number(given_bounds(plan), n, -np.inf)
    counted = lower if plan.binding else np.full(n, -np.inf)
    if isinstance(plan.futility, Boundary):
        beta = _allowed(plan, plan.futility, 1 - plan.power, looks)
        futility_looks = _by_number(futility_tested(plan).astype(np.float64), n, 1.0) > 0
        spending = FutilitySpending(at, beta, futility_looks, harm, alpha if plan.binding else None)
        upper = np.zeros(n) if plan.binding else spending_bounds(alpha, setting(at, plan.alpha, plan.sides))
        bounds = futility_bounds(spending, upper, drift)
        upper, lower = bounds.upper, bounds.lower
    else:
        upper = spending_bounds(alpha, Setting(at, plan.alpha, plan.sides, tested, counted))
        lower[:-1] = np.minimum(lower[:-1], upper[:-1])
    lower[-1] = upper[-1] if plan.sides == 1 else -np.inf
    stops = -upper if plan.sides == 2 else np.maximum(lower, harm)
    met = replace(
        plan,
        fractions=tuple(at.tolist()),
        power=float(exits(at, stops, upper, drift).upper.sum()),
        efficacy=Boundary(USER, levels=tuple(levels.tolist())),
        efficacy_looks=tuple(tested.tolist()),
        futility=None if plan.futility is None else tuple(lower[:-1].tolist()),
        futility_looks=None,
        harm=of_harm,
    )
    return described(met, (upper, lower, harm), drift)


def _tests_efficacy(plan: Plan) -> Booleans:
    """Whether each planned look tests efficacy: as the plan says, and not where its levels do not grow."""
    tested = np.asarray(plan.efficacy_looks or (True,) * len(plan.fractions), dtype=np.bool_)
    if plan.efficacy.family == USER:
        tested = tested & (np.diff(plan.efficacy.levels, prepend=0.0) > 0)
    return tested


def _by_number(planned: Floats, looks: int, beyond: float) -> Floats:
    """What a plan says of a look, by its number; of the last, and of those beyond the plan, what is given."""
    said = np.full(looks, beyond)
    known = min(looks, planned.size) - 1
    said[:known] = planned[:known]
    return said


def _allowed(plan: Plan, boundary: Boundary, error: float, looks: Schedule) -> Floats:
    """Cumulative error that a boundary allows at each look."""
    if boundary.family == USER:
        return np.interp(looks.spent_at, (0.0, *plan.fractions), (0.0, *boundary.levels))
    return spent_by(boundary, looks.spent_at, error)


def _families(design: GroupSequentialDesign) -> Iterator[Finding]:
    """Efficacy and harm are spent by functions."""
    plan = design.plan
    for where, boundary, spent in (
        ("efficacy", plan.efficacy, design.alpha_spent),
        ("harm", plan.harm, design.harm_spent),
    ):
        if boundary is None or FAMILIES[boundary.family].spends:
            continue
        levels = ", ".join(f"{each:.6g}" for each in spent)
        like = FAMILIES[boundary.family].like
        yield Finding(
            where,
            f"the classical family {boundary.family}, which has bounds for the planned looks only",
            "a spending function, which has one for any look",
            f"plan with {USER!r} and the levels {levels}, the same bounds where looks keep to plan"
            + (f"; or with {like!r}" if like != USER else ""),
        )


def _information(
    done: Floats, maximum: float | Sequence[float], ahead: Sequence[float] | None
) -> Iterator[Finding]:
    """Information increases, and there is a maximum for it."""
    gaps = np.diff(done, prepend=0.0)
    if done.size == 0 or not (gaps > NEAREST * done[-1]).all():
        yield Finding(
            "information",
            ", ".join(f"{each:g}" for each in done) or "none",
            "information at each look so far, increasing from above 0",
            "all looks in their order, the current one last",
        )
    most = np.asarray(maximum, dtype=np.float64)
    if most.shape not in {(), done.shape} or not (most > 0).all() or not np.isfinite(most).all():
        yield Finding(
            "maximum",
            str(maximum),
            "one finite number above 0, or one for each look so far",
            "the information planned for the last look, such as its events",
        )
    if ahead is not None and (
        not ahead or ahead[-1] != 1 or not (np.diff(ahead, prepend=0.0) > NEAREST).all()
    ):
        yield Finding(
            "ahead",
            str(list(ahead)),
            "increasing fractions of the maximum, the last 1",
            "leave it out for the planned looks",
        )
