"""A simulation as SBML."""

from collections.abc import Iterator
from pathlib import Path

import sympy

from remit.interop.sbml.document import SbmlFile
from remit.interop.sbml.equilibrium import N_STEPS
from remit.interop.sbml.events import add_doses, add_extinction
from remit.interop.sbml.formulas import Formulas, formulas
from remit.interop.sbml.functions import STEP, definitions
from remit.interop.sbml.names import Identifiers, Names
from remit.interop.simulation import Simulation
from remit.run.manifest import installed
from remit.solve import Equations


def write(simulation: Simulation, path: str | Path) -> Path:
    """Write a simulation as an SBML file; one that is there is replaced.

    Parameters
    ----------
    simulation
        What to write.
    path
        The file.

    Returns
    -------
    The path of the file.

    Raises
    ------
    InputError
        If an equation or a unit has no counterpart in SBML.
    """
    target = Path(path)
    target.write_text(text(simulation), encoding="utf-8")
    return target


def text(simulation: Simulation) -> str:
    """The text of the SBML file that :func:`write` writes; the same simulation gives the same text."""
    file = SbmlFile()
    found = formulas(simulation.equations, file.names)
    states = {name: sympy.Symbol(each) for name, each in found.names.states.items()}
    for function in definitions(found.all):
        file.function(function)
    _add_inputs(file, simulation, found)
    _add_derived(file, simulation, found)
    inputs = add_doses(file, simulation, states)
    for symbol, rate in found.rates.items():
        file.rate(symbol, rate + inputs[symbol] if symbol in inputs else rate)
    add_extinction(file, simulation, states)
    name = simulation.equations.name
    return file.text(file.names.new(name), simulation.title or name, [*_notes(simulation, found)])


def identifiers(equations: Equations) -> Identifiers:
    """Identifiers that states, parameters and observables of a model have in its SBML file."""
    return formulas(equations, Names()).names


def _add_inputs(file: SbmlFile, simulation: Simulation, found: Formulas) -> None:
    """States at time 0, and parameters."""
    declared = simulation.declared
    for name, each in found.names.states.items():
        unit, shown = declared.states.get(name), f"state {_words(name)}"
        file.parameter(sympy.Symbol(each), simulation.state[name], unit, name=shown, varies=True)
    for name, each in found.names.parameters.items():
        quantity = declared.parameters.get(name)
        unit, shown = (None, name) if quantity is None else (quantity.unit, quantity.meaning)
        file.parameter(sympy.Symbol(each), simulation.values[name], unit, name=shown)


def _add_derived(file: SbmlFile, simulation: Simulation, found: Formulas) -> None:
    """Observables, and what rates and observables are computed from."""
    observables = {each: name for name, each in found.names.observables.items()}
    for symbol, formula in found.definitions.items():
        name = observables.get(str(symbol))
        shown = _words(str(symbol)) if name is None else f"observable {_words(name)}"
        unit = None if name is None else simulation.declared.observables.get(name)
        file.derived(symbol, formula, name=shown, unit=unit, fixed=symbol in found.fixed)


def _notes(simulation: Simulation, found: Formulas) -> Iterator[str]:
    """What a reader of the file must know."""
    yield "Simulated; not clinical evidence."
    yield from simulation.notes
    yield f"Model {simulation.equations.name}, written by remit {installed('remit')}. Time is in days."
    if any(each.has(STEP) for each in found.all):
        yield (
            f"A free ligand is found in {N_STEPS} of the Newton steps that remit takes, each an assignment "
            "rule, or an initial assignment where it depends on parameters alone: enough for round-off where "
            "no capacity is more than some thousand dissociation constants."
        )
    if simulation.thresholds:
        yield (
            "States die out together as soon as their sum falls below a threshold, which is a parameter; "
            "remit looks at doses and visits only, so there they may live on for up to that long."
        )
    else:
        yield "Nothing dies out in this file: cells may fall below one and grow again."


def _words(name: str) -> str:
    return name.replace("__", " ").replace("_", " ")
