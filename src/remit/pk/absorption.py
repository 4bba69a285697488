"""How drug enters the central compartment from where it is given.

Each function takes the amounts of the absorption compartments and their parameters and returns the rates
of change of those amounts and the rate at which drug reaches the central compartment.
"""

from itertools import pairwise

from remit.units import Value

Flow = tuple[tuple[Value, ...], Value]
"""Rates of change of the absorption compartments, and the rate of arrival in the central one."""


def first_order(depot: Value, ka: Value) -> Flow:
    """A depot that empties at a rate in proportion to what is in it."""
    absorbed = ka * depot
    return (-absorbed,), absorbed


def transit(dosed: Value, chain: tuple[Value, ...], absorbing: Value, mtt: Value, ka: Value) -> Flow:
    """A dosed compartment, a chain of transit compartments and a depot, as Savic et al. 2007.

    Drug leaves the dosed compartment and each of the ``n`` transit compartments at the rate constant
    ``(n + 1) / MTT``, so that it arrives in the absorbing depot after ``MTT`` on average, and leaves that at
    ``ka``. Whole compartments, unlike the gamma function that stands for them, superpose exactly when one
    dose follows another. The rates are those of the dosed compartment, the chain, and the depot, in order.
    """
    ktr = (len(chain) + 1) / mtt
    sources = (dosed, *chain)
    moved = tuple(ktr * amount for amount in sources)
    absorbed = ka * absorbing
    passing = tuple(into - out for into, out in pairwise(moved))
    return (-moved[0], *passing, moved[-1] - absorbed), absorbed
