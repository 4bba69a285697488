"""What a model must say to be solved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from remit.errors import ModelSizeError, problem

MAX_STATES = 150
"""Straight-line code compiles in time proportional to size; beyond this it is no longer practical."""


@dataclass(frozen=True, slots=True)
class Equations:
    """A model: names, and its equations in plain arithmetic and ``remit.functions``.

    Parameters
    ----------
    name
        What messages call it.
    states, parameters, observables
        Names, in order.
    rates, observe
        Functions of the state, a tuple, and the parameters by name; they return tuples, in the order of
        ``states`` (per unit of time) and of ``observables``. They must not depend on time.
    levels
        Size below which each state is not observed, in its own unit: the absolute tolerance is rtol times
        this.
    groups
        States that die out together, once their sum falls below a patient's threshold.

    Raises
    ------
    InputError
        If a name stands twice, a level is missing or not positive, or a group names no state.
    """

    name: str
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    observables: tuple[str, ...]
    rates: Callable[[tuple[Any, ...], Mapping[str, Any]], tuple[Any, ...]]
    observe: Callable[[tuple[Any, ...], Mapping[str, Any]], tuple[Any, ...]]
    levels: tuple[float, ...]
    groups: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        """Check names and levels.

        Raises
        ------
        InputError
            If a name stands twice, a level is missing or not positive, or a group names no state.
        """
        where = f"model {self.name}"
        for kind, names in (
            ("states", self.states),
            ("parameters", self.parameters),
            ("observables", self.observables),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise problem(f"{where}, {kind}", f"{twice[0]} twice", "each name once")
        if len(self.levels) != len(self.states):
            raise problem(
                f"{where}, levels", f"{len(self.levels)} levels", f"{len(self.states)}, one for each state"
            )
        for state, level in zip(self.states, self.levels, strict=True):
            if not 0 < level < inf:
                raise problem(f"{where}, level of {state}", f"{level}", "a positive number")
        for name in (name for group in self.groups for name in group if name not in self.states):
            raise problem(f"{where}, groups", name, f"states: {', '.join(self.states)}")


def refuse_large(equations: Equations) -> None:
    """Refuse a model of more states than straight-line code can take.

    Raises
    ------
    ModelSizeError
        If there are more than ``MAX_STATES``.
    """
    if len(equations.states) > MAX_STATES:
        raise ModelSizeError(
            f"model {equations.name}\n  found    {len(equations.states)} states\n"
            f"  needed   at most {MAX_STATES}\n  try      lumping states; larger models need another kernel"
        )


def values_of(
    equations: Equations, y: tuple[Any, ...], p: Mapping[str, Any]
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Rates and observables at a state of numbers, arrays or symbols.

    Raises
    ------
    InputError
        If an equation cannot take them, or returns other than one rate per state and one value per
        observable.
    """
    found: list[tuple[Any, ...]] = []
    for what, function, names in (
        ("rates", equations.rates, equations.states),
        ("observables", equations.observe, equations.observables),
    ):
        where = f"model {equations.name}, {what}"
        try:
            values = tuple(function(y, p))
        except KeyError as error:
            raise problem(
                where, f"{error} asked for", f"parameters: {', '.join(equations.parameters)}"
            ) from None
        except (TypeError, AttributeError, ValueError) as error:
            raise problem(
                where,
                f"{type(error).__name__}: {error}",
                "arithmetic and the functions of remit.functions, without if and loops over values",
                "exp, log, power, minimum, maximum and where of remit.functions",
            ) from error
        if len(values) != len(names):
            raise problem(where, f"{len(values)} values", f"{len(names)}, one per name")
        found.append(values)
    return found[0], found[1]
