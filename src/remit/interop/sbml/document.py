"""The parts of an SBML Level 3 Version 1 file, collected and put in order."""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import sympy

from remit.interop.sbml import mathml
from remit.interop.sbml.functions import Definition
from remit.interop.sbml.names import Names
from remit.interop.sbml.units import Units

SBML = "http://www.sbml.org/sbml/level3/version1/core"
XHTML = "http://www.w3.org/1999/xhtml"
TIME_UNIT = "day"


class SbmlFile:
    """An SBML file that grows part by part; every quantity is a parameter with a unit, if it is known.

    ``names`` gives the identifiers, ``units`` knows the unit of every symbol.
    """

    def __init__(self) -> None:
        self.names = Names()
        self.units = Units()
        self.units.declare(mathml.TIME, TIME_UNIT)
        self.functions = Element("listOfFunctionDefinitions")
        self.parameters = Element("listOfParameters")
        self.initial = Element("listOfInitialAssignments")
        self.rules = Element("listOfRules")
        self.events = Element("listOfEvents")

    def function(self, function: Definition) -> None:
        """Define a function."""
        units = Units()
        for argument in function.arguments:
            units.declare(argument, function.unit)
        definition = SubElement(self.functions, "functionDefinition", {"id": function.name})
        definition.append(mathml.function(function.arguments, function.body, units.of))

    def parameter(
        self, symbol: sympy.Symbol, value: float | None, unit: str | None, *, name: str, varies: bool = False
    ) -> None:
        """A number with its meaning; ``varies`` if rules or events change it."""
        self._parameter(symbol, value, self.units.declare(symbol, unit), name, varies=varies)

    def derived(
        self, symbol: sympy.Symbol, formula: sympy.Expr, *, name: str, unit: str | None, fixed: bool
    ) -> None:
        """A value that follows from others: at the start if ``fixed``, else at any time."""
        given = self.units.derive(symbol, formula) if unit is None else self.units.declare(symbol, unit)
        self._parameter(symbol, None, given, name, varies=not fixed)
        if fixed:
            place = SubElement(self.initial, "initialAssignment", {"symbol": str(symbol)})
        else:
            place = SubElement(self.rules, "assignmentRule", {"variable": str(symbol)})
        place.append(mathml.formula(formula, self.units.of, given))

    def rate(self, symbol: sympy.Symbol, formula: sympy.Expr) -> None:
        """The rate of change of a value per day."""
        place = SubElement(self.rules, "rateRule", {"variable": str(symbol)})
        place.append(mathml.formula(formula, self.units.of, self.units.of(symbol / mathml.TIME)))

    def event(
        self,
        identifier: str,
        trigger: sympy.Basic,
        changes: Mapping[sympy.Symbol, sympy.Expr],
        *,
        name: str,
    ) -> None:
        """What changes once ``trigger`` becomes true, at the start of the simulation as well."""
        # Values are taken when the event is carried out: of two doses into one state at one time, the
        # second adds to the first.
        attributes = {"id": identifier, "name": name, "useValuesFromTriggerTime": "false"}
        event = SubElement(self.events, "event", attributes)
        start = SubElement(event, "trigger", {"initialValue": "false", "persistent": "true"})
        start.append(mathml.formula(trigger, self.units.of))
        assignments = SubElement(event, "listOfEventAssignments")
        for symbol, formula in changes.items():
            place = SubElement(assignments, "eventAssignment", {"variable": str(symbol)})
            place.append(mathml.formula(formula, self.units.of, self.units.of(symbol)))

    def text(self, identifier: str, title: str, notes: Sequence[str]) -> str:
        """The file."""
        root = Element("sbml", {"xmlns": SBML, "xmlns:sbml": SBML, "level": "3", "version": "1"})
        model = SubElement(root, "model", {"id": identifier, "name": title, "timeUnits": TIME_UNIT})
        body = SubElement(SubElement(model, "notes"), "body", {"xmlns": XHTML})
        for note in notes:
            SubElement(body, "p").text = note
        lists = (self.functions, self.units.element(), self.parameters, self.initial, self.rules, self.events)
        model.extend(each for each in lists if len(each))
        indent(root, space=" ")
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"

    def _parameter(
        self, symbol: sympy.Symbol, value: float | None, unit: str | None, name: str, *, varies: bool
    ) -> None:
        attributes = {"id": str(symbol), "name": name}
        if value is not None:
            attributes["value"] = repr(float(value))
        if unit is not None:
            attributes["units"] = unit
        attributes["constant"] = "false" if varies else "true"
        SubElement(self.parameters, "parameter", attributes)
