"""Doses and extinction as events: one event for a dose record, however often it repeats."""

import sympy

from remit.interop.sbml.document import TIME_UNIT, SbmlFile
from remit.interop.sbml.mathml import TIME
from remit.interop.simulation import Dose, Simulation

Symbols = dict[str, sympy.Symbol]


def add_doses(file: SbmlFile, simulation: Simulation, states: Symbols) -> dict[sympy.Symbol, sympy.Symbol]:
    """Events of every dose; returns the input of each state that is infused, to be added to its rate."""
    inputs: dict[sympy.Symbol, sympy.Symbol] = {}
    for index, dose in enumerate(simulation.given, 1):
        state, unit = states[dose.state], simulation.declared.states.get(dose.state)
        event = file.names.new(f"dose_{index}")
        amount = _parameter(file, f"{event}__amount", dose.amount, unit, f"amount of {event}")
        if dose.duration > 0:
            if state not in inputs:
                rate = None if unit is None else f"({unit})/{TIME_UNIT}" if unit else f"1/{TIME_UNIT}"
                wanted, name = f"{dose.state}__input", f"present input into {dose.state}"
                inputs[state] = _parameter(file, wanted, 0.0, rate, name, varies=True)
            length = _parameter(
                file, f"{event}__duration", dose.duration, TIME_UNIT, f"duration of each input of {event}"
            )
            change = amount / length
            _repeated(file, event, dose, 0.0, (inputs[state], inputs[state] + change), "begins")
            ending = file.names.new(f"{event}__end")
            _repeated(file, ending, dose, dose.duration, (inputs[state], inputs[state] - change), "ends")
        else:
            _repeated(file, event, dose, 0.0, (state, state + amount), "given")
    return inputs


def add_extinction(file: SbmlFile, simulation: Simulation, states: Symbols) -> None:
    """An event for each group of states that dies out once its sum falls below the threshold."""
    groups = simulation.equations.groups if simulation.thresholds else ()
    for index, group in enumerate(groups):
        members = [states[name] for name in group]
        event = file.names.new(f"extinction_{index + 1}")
        unit, size = simulation.declared.states.get(group[0]), simulation.thresholds[index]
        together = ", ".join(group)
        threshold = _parameter(
            file, f"{event}__threshold", size, unit, f"sum of {together} below which they die out; 0: never"
        )
        changes = {member: sympy.Integer(0) for member in members}
        file.event(event, sum(members[1:], members[0]) < threshold, changes, name=f"{together} die out")


def _repeated(
    file: SbmlFile,
    event: str,
    dose: Dose,
    after: float,
    change: tuple[sympy.Symbol, sympy.Expr],
    what: str,
) -> None:
    """An event ``after`` the time of every dose of a record; it knows its next time and how many are left."""
    following = _parameter(
        file, f"{event}__next_time", dose.time + after, TIME_UNIT, f"next time of {event}", varies=True
    )
    left = _parameter(
        file, f"{event}__left", dose.count, "", f"how many times {event} is still due", varies=True
    )
    changes = dict([change]) | {left: left - 1}
    if dose.count > 1:
        interval = _parameter(
            file, f"{event}__interval", dose.interval, TIME_UNIT, f"time from one {event} to the next"
        )
        changes[following] = following + interval
    often = f", {dose.count} times every {dose.interval:g} {TIME_UNIT}" if dose.count > 1 else ""
    name = f"{what} from {TIME_UNIT} {dose.time + after:g}{often}: {dose.amount:g} into {dose.state}"
    file.event(event, sympy.And(sympy.Ge(TIME, following), left > 0), changes, name=name)


def _parameter(
    file: SbmlFile, wanted: str, value: float, unit: str | None, name: str, *, varies: bool = False
) -> sympy.Symbol:
    symbol = sympy.Symbol(file.names.new(wanted))
    file.parameter(symbol, value, unit, name=name, varies=varies)
    return symbol
