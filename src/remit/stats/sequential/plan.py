"""What is asked of a group-sequential design, before any bound is computed."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Booleans, Floats
from remit.stats.sequential.boundaries import FAMILIES, USER, Boundary

USUAL = Boundary("lan-demets-obrien-fleming")
"""The efficacy bounds of most trials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Looks, errors and rules of a group-sequential trial.

    Parameters
    ----------
    fractions
        Information at each look over that at the last: increasing, in (0, 1], the last 1; at most 200.
    alpha
        One-sided type I error, in (0, 0.5): of the test of benefit; of each side where ``sides`` is 2.
    power
        Probability of showing benefit under the alternative, over ``alpha`` and below 1.
    sides
        1: benefit is tested. 2: symmetric, both directions are tested, each at ``alpha``.
    efficacy
        Family of the efficacy bounds.
    efficacy_looks
        Whether efficacy is tested at each look; None for all. The last is always tested.
    futility
        None; a spending family, which spends 1 - power under the alternative; or bounds of z at every look
        but the last, minus infinity where there is none (``futility_scales`` makes them from conditional
        powers, effects and hazard ratios). One-sided designs only.
    futility_looks
        Whether futility is tested at each look but the last; None for all.
    binding
        Whether the efficacy bounds count on futility stops being obeyed. Type I error is held
        without them where it is False.
    harm
        None, or the family of a lower bound of harm, computed under no effect and on its own.
    alpha_harm
        One-sided error spent on harm.
    """

    fractions: tuple[float, ...]
    alpha: float = 0.025
    power: float = 0.9
    sides: int = 1
    efficacy: Boundary = USUAL
    efficacy_looks: tuple[bool, ...] | None = None
    futility: Boundary | tuple[float, ...] | None = None
    futility_looks: tuple[bool, ...] | None = None
    binding: bool = False
    harm: Boundary | None = None
    alpha_harm: float = 0.025


def futility_tested(plan: Plan) -> Booleans:
    """Whether futility is tested at each look, shape (n_looks,); at the last it always is."""
    tested = np.ones(len(plan.fractions), dtype=np.bool_)
    if plan.futility_looks is not None:
        tested[:-1] = plan.futility_looks
    return tested


def given_bounds(plan: Plan) -> Floats:
    """Futility bounds that a plan gives, shape (n_looks,); minus infinity where none is, so at the last."""
    given = plan.futility if isinstance(plan.futility, tuple) else ()
    lower = np.full(len(plan.fractions), -np.inf)
    lower[: len(given)] = given
    return np.where(futility_tested(plan), lower, -np.inf)


NEAREST = 1e-8
"""Least share of the information between two looks that can be told apart numerically."""
MOST_LOOKS = 200
"""Most looks of a design: bounds for so many take some ten seconds, and the time grows as the square."""


def check(plan: Plan) -> None:
    """Refuse a plan that no design can meet.

    Raises
    ------
    InputError
        With every finding at once.
    """
    findings = [*_numbers(plan), *_looks(plan), *_families(plan)]
    if findings:
        raise InputError(findings)


def _numbers(plan: Plan) -> Iterator[Finding]:
    """Errors and sides are in their ranges."""
    if plan.sides not in {1, 2}:
        yield Finding("sides", str(plan.sides), "1 or 2", "1 to test benefit, 2 to test both directions")
    if not 0 < plan.alpha < 0.5:
        yield Finding(
            "alpha",
            f"{plan.alpha:g}",
            "a one-sided error above 0 and below 0.5",
            "0.025, also of each side of a two-sided test at 0.05",
        )
    if not plan.alpha < plan.power < 1:
        yield Finding(
            "power",
            f"{plan.power:g}",
            f"a probability above alpha = {plan.alpha:g} and below 1",
            "0.8 or 0.9",
        )
    if plan.harm is not None and not 0 < plan.alpha_harm < 0.5:
        yield Finding(
            "alpha_harm", f"{plan.alpha_harm:g}", "a one-sided error above 0 and below 0.5", "0.025"
        )


def _looks(plan: Plan) -> Iterator[Finding]:
    """Fractions increase to 1, and what is given by look has one entry for each."""
    at = np.asarray(plan.fractions, dtype=np.float64)
    gaps = np.diff(at, prepend=0.0)
    if at.size == 0 or not (gaps >= NEAREST).all() or at[-1] != 1.0:
        yield Finding(
            "fractions",
            ", ".join(f"{each:g}" for each in plan.fractions) or "none",
            "information fractions that increase from above 0 to 1, each by 1e-8 or more",
            "divide the information at each look by that at the last",
        )
    if at.size > MOST_LOOKS:
        yield Finding(
            "fractions",
            f"{at.size} looks",
            f"at most {MOST_LOOKS}",
            "fewer looks: beyond some fifty, one more hardly moves a bound",
        )
    if plan.efficacy_looks is not None:
        yield from _one_for_each("efficacy_looks", len(plan.efficacy_looks), at.size)
        if plan.efficacy_looks[-1:] != (True,):
            yield Finding(
                "efficacy_looks", "no test at the last look", "efficacy tested at the last look", "True there"
            )
    if plan.futility_looks is not None:
        yield from _one_for_each("futility_looks", len(plan.futility_looks), at.size - 1)
    yield from _given_futility(plan)


def _given_futility(plan: Plan) -> Iterator[Finding]:
    """Futility is none, a family, or a tuple of bounds at each look but the last."""
    given = cast(object, plan.futility)
    if given is None or isinstance(given, Boundary):
        return
    if not isinstance(given, tuple):
        yield Finding(
            "futility",
            f"{given!r}, a {type(given).__name__}",
            "None, a Boundary, or a tuple of bounds of z",
            "tuple(bounds)",
        )
        return
    bounds = np.asarray(given, dtype=np.float64)
    yield from _one_for_each("futility", bounds.size, len(plan.fractions) - 1)
    if np.isnan(bounds).any() or (bounds == np.inf).any():
        yield Finding(
            "futility", str(given), "bounds of z, minus infinity for none", "-inf at looks without futility"
        )


def _one_for_each(where: str, found: int, needed: int) -> Iterator[Finding]:
    if found != needed:
        but_last = " but the last" if where.startswith("futility") else ""
        yield Finding(
            where,
            f"{found} entries",
            f"{needed}, one for each look{but_last}",
            "leave it out for the same at each look" if where.endswith("looks") else "-inf for no bound",
        )


def _families(plan: Plan) -> Iterator[Finding]:
    """Families exist, have their parameters, and fit each other."""
    looks = len(plan.fractions)
    yield from boundary_findings("efficacy", plan.efficacy, plan.alpha, looks)
    if isinstance(plan.futility, Boundary):
        yield from boundary_findings("futility", plan.futility, 1 - plan.power, looks)
        family, efficacy = FAMILIES.get(plan.futility.family), FAMILIES.get(plan.efficacy.family)
        if family is not None and not family.spends:
            yield Finding(
                "futility",
                f"the classical family {plan.futility.family}",
                "a spending function, or bounds of z",
                family.like,
            )
        if efficacy is not None and plan.binding and not efficacy.spends:
            yield Finding(
                "efficacy",
                f"the classical family {plan.efficacy.family} with binding futility by a spending function",
                "a spending function for efficacy, or non-binding futility",
                efficacy.like,
            )
    if plan.harm is not None:
        yield from boundary_findings("harm", plan.harm, plan.alpha_harm, looks)
    if plan.sides == 2 and (plan.futility is not None or plan.harm is not None):
        yield Finding(
            "sides",
            "2, with a bound of futility or harm",
            "1 where there is a lower bound",
            "a one-sided design at the same alpha, with its bound of harm as the other side",
        )
    if plan.binding and plan.futility is None:
        yield Finding("binding", "True without futility", "futility bounds to be binding", "binding=False")


def boundary_findings(where: str, boundary: Boundary, error: float, looks: int) -> Iterator[Finding]:
    """What is wrong with a boundary that is to use up an error over a number of looks."""
    family = FAMILIES.get(boundary.family)
    if family is None:
        close = get_close_matches(boundary.family, FAMILIES, n=1)
        remedy = close[0] if close else USUAL.family
        yield Finding(where, boundary.family, f"one of {', '.join(FAMILIES)}", remedy)
        return
    value = boundary.parameter
    if value is not None and not family.parameter:
        yield Finding(
            where,
            f"the parameter {value:g} for {boundary.family}",
            "none: it has no parameter",
            "leave it out, or take a family that has one",
        )
    elif value is not None and not family.low <= value <= family.high:
        yield Finding(
            where,
            f"{family.parameter} = {value:g} for {boundary.family}",
            f"{family.parameter} from {family.low:g} to {family.high:g}",
            f"{family.default:g}, its default",
        )
    if boundary.family != USER:
        if boundary.levels:
            yield Finding(
                where, f"levels for {boundary.family}", f"levels for {USER!r} only", f"the family {USER!r}"
            )
        return
    levels = np.asarray(boundary.levels, dtype=np.float64)
    ends = levels.size == looks and abs(levels[-1] - error) <= 1e-9 * error
    if not ends or not (np.diff(levels, prepend=0.0) >= 0).all():
        yield Finding(
            where,
            f"cumulative levels {', '.join(f'{each:g}' for each in boundary.levels) or 'none'}",
            f"{looks} levels from 0 or more that do not decrease and end at {error:g}",
            "one cumulative level for each look, the last the whole error",
        )
