r"""Families of efficacy bounds, by name: classical shapes with one constant, and spending functions.

A classical family fixes the shape of the bounds, and its constant is solved so that the type I error at the
given fractions is ``alpha``. A spending function fixes what is spent by each fraction, and the bounds follow
one after the other; that is why only these can meet looks that were not planned.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from remit.errors import problem
from remit.stats.estimate import Booleans, Floats
from remit.stats.roots import root
from remit.stats.sequential.crossing import increments, upper_bound
from remit.stats.sequential.integration import begin, exits, within
from remit.stats.sequential.spending import SPENDING

USER = "user"
"""The family whose cumulative levels are given."""
HAYBITTLE_PETO = "haybittle-peto"


@dataclass(frozen=True, slots=True)
class Boundary:
    """A family of bounds, by its name in ``FAMILIES``, and what it leaves open.

    Parameters
    ----------
    family
        Such as "obrien-fleming" or "lan-demets-obrien-fleming".
    parameter
        Delta of Wang and Tsiatis, gamma of Hwang, Shih and DeCani, rho of Kim and DeMets, the early bound of
        Haybittle and Peto; None for the default of the family.
    levels
        Cumulative error at each look of "user", the last the whole.
    last_adjusted
        Haybittle and Peto only: True (default) lowers the error left to the last look so that the type I
        error is ``alpha``; False tests the last look at ``alpha`` itself, and the type I error is a little
        above it.
    """

    family: str
    parameter: float | None = None
    levels: tuple[float, ...] = ()
    last_adjusted: bool = True


@dataclass(frozen=True, slots=True)
class Family:
    """A family of bounds: whether it spends (else it has a shape), and its parameter as in ``Spending``.

    ``like`` is the spending function to take instead of a classical family where looks may not keep to plan.
    """

    meaning: str
    spends: bool
    parameter: str = ""
    default: float = np.nan
    low: float = np.nan
    high: float = np.nan
    like: str = ""


FAMILIES = {
    "pocock": Family("one bound of z for all looks; Pocock (1977)", False, like="lan-demets-pocock"),
    "obrien-fleming": Family(
        "bounds that fall as 1/sqrt(t); O'Brien and Fleming (1979)", False, like="lan-demets-obrien-fleming"
    ),
    "wang-tsiatis": Family(
        "bounds that fall as t^(Delta - 1/2), 0 O'Brien and Fleming, 1/2 Pocock; Wang and Tsiatis (1987)",
        False,
        "Delta",
        0.25,
        -1.0,
        1.0,
        "kim-demets",
    ),
    HAYBITTLE_PETO: Family(
        "one high bound early, 3 by custom; Haybittle (1971), Peto and others (1976)",
        False,
        "early bound",
        3.0,
        0.0,
        38.0,
        USER,
    ),
    **{
        name: Family(each.meaning, True, each.parameter, each.default, each.low, each.high)
        for name, each in SPENDING.items()
    },
    USER: Family("cumulative error given at each look", True),
}
"""Every family by its name."""


def parameter_of(boundary: Boundary) -> float:
    """The parameter of a boundary: its own, or the default of its family (NaN where there is none)."""
    return FAMILIES[boundary.family].default if boundary.parameter is None else boundary.parameter


def spent_by(boundary: Boundary, fractions: Floats, error: float) -> Floats:
    """Cumulative error that a spending family allows at each look, of the shape of ``fractions``."""
    if boundary.family == USER:
        return np.asarray(boundary.levels, dtype=np.float64)
    spending = SPENDING[boundary.family]
    return np.minimum(spending.spent(fractions, error, parameter_of(boundary)), error)


def shape_of(boundary: Boundary, fractions: Floats) -> Floats:
    """Bounds of a classical family (not Haybittle and Peto's) for a constant of one, the last look one."""
    delta = {"pocock": 0.5, "obrien-fleming": 0.0}.get(boundary.family, parameter_of(boundary))
    return (fractions / fractions[-1]) ** (delta - 0.5)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where efficacy bounds are to be placed.

    ``fractions``, ``tested`` (whether efficacy is tested at a look) and ``lower`` (futility bounds that the
    bounds count on, minus infinity without) have shape (n_looks,). ``alpha`` is one-sided, of each
    of ``sides``.
    """

    fractions: Floats
    alpha: float
    sides: int
    tested: Booleans
    lower: Floats


def setting(
    fractions: Floats | list[float], alpha: float, sides: int = 1, tested: Booleans | None = None
) -> Setting:
    """Looks at ``fractions`` without futility bounds; all tested unless said otherwise."""
    at = np.asarray(fractions, dtype=np.float64)
    return Setting(
        at,
        alpha,
        sides,
        np.ones(at.size, dtype=bool) if tested is None else tested,
        np.full(at.size, -np.inf),
    )


def efficacy_bounds(boundary: Boundary, where: Setting) -> Floats:
    """Efficacy bound of z at each look, shape (n_looks,); infinite where efficacy is not tested.

    Raises
    ------
    InputError
        If a classical family cannot have the error: Haybittle and Peto's early bounds spend more than all of
        it, or binding futility bounds leave too few trials.
    """
    if FAMILIES[boundary.family].spends:
        return spending_bounds(
            increments(spent_by(boundary, where.fractions, where.alpha), where.tested), where
        )
    if boundary.family == HAYBITTLE_PETO:
        return _haybittle_peto(boundary, where)
    shape = np.where(where.tested, shape_of(boundary, where.fractions), np.inf)
    most = -float(ndtri(where.alpha / np.count_nonzero(where.tested))) / float(shape.min())
    constant = _solve(lambda c: _scaled(c, shape), where, 0.0, most + 1e-9, boundary.family)
    return _scaled(constant, shape)


def _scaled(constant: float, shape: Floats) -> Floats:
    """Bounds for a constant, infinite where the shape is."""
    return np.where(np.isfinite(shape), constant * np.where(np.isfinite(shape), shape, 1.0), np.inf)


def _haybittle_peto(boundary: Boundary, where: Setting) -> Floats:
    """One early bound, and a last one that holds the error, or the fixed design's."""
    early = np.where(where.tested, parameter_of(boundary), np.inf)

    def bounds(last: float) -> Floats:
        return np.append(early[:-1], last)

    fixed = -float(ndtri(where.alpha))
    if not boundary.last_adjusted or where.fractions.size == 1:
        return bounds(fixed)
    if _error(bounds(np.inf), where) >= where.alpha:
        raise problem(
            "efficacy",
            f"early bounds of {parameter_of(boundary):g} at {where.fractions.size - 1} looks",
            f"bounds that spend less than alpha = {where.alpha:g} before the last look",
            "a higher early bound, or fewer looks",
        )
    return bounds(_solve(bounds, where, min(fixed, 0.0) - 1.0, 38.0, boundary.family))


def crossing_error(upper: Floats, where: Setting) -> Floats:
    """One-sided type I error of bounds at each look, shape (n_looks,): upper crossed, and nothing before."""
    lower = -upper if where.sides == 2 else np.minimum(where.lower, upper)
    return exits(where.fractions, lower, upper, 0.0).upper


def _error(upper: Floats, where: Setting) -> float:
    return float(crossing_error(upper, where).sum())


def _solve(bounds: Callable[[float], Floats], where: Setting, low: float, high: float, family: str) -> float:
    """Constant for which bounds have the type I error."""

    def off(constant: float) -> float:
        return float(np.log(max(_error(bounds(constant), where), 1e-320) / where.alpha))

    least = off(low)
    if least <= 0:
        if least > -1e-12:
            return low
        raise problem(
            "futility",
            f"binding futility bounds that leave less than alpha = {where.alpha:g} to the {family} bounds",
            "lower futility bounds",
            "non-binding futility, or futility bounds that stop fewer trials",
        )
    return root(off, low, high)


def spending_bounds(spending: Floats, where: Setting) -> Floats:
    """Bounds that spend a given part of the error at each look, one after the other; shape (n_looks,).

    A part below 1e-300 has an infinite bound.

    Raises
    ------
    InputError
        If binding futility bounds leave fewer trials than are to be spent.
    """
    going, upper = begin(0.0), np.full(where.fractions.size, np.inf)
    for k, now in enumerate(where.fractions):
        upper[k] = upper_bound(going, now, float(spending[k]))
        if upper[k] == -np.inf:
            raise problem(
                "futility",
                f"binding futility bounds that leave {going.probability:g} before look {k + 1}",
                f"at least the alpha to be spent there, {spending[k]:g}",
                "non-binding futility, or lower futility bounds",
            )
        if k + 1 < where.fractions.size:
            low = -upper[k] if where.sides == 2 else min(where.lower[k], upper[k])
            going = within(going, now, low, upper[k], where.fractions[k + 1])
    return upper
