"""Unit definitions of an SBML file, and the units of derived values."""

import math
import re
from collections.abc import Iterable
from functools import reduce
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pint
import sympy

from remit.errors import problem
from remit.interop.sbml.functions import POSITIVE, POWER, STEP, WHERE
from remit.symbols import WhereNode
from remit.units import measure, registry

DIMENSIONLESS = "dimensionless"
KINDS = {
    "mole": "mole",
    "liter": "litre",
    "gram": "gram",
    "meter": "metre",
    "second": "second",
    "kelvin": "kelvin",
    "ampere": "ampere",
    "candela": "candela",
    "cell": "item",
}
"""Unit kinds of SBML by the names of the registry; cells are counted, as items are."""
ATTRIBUTES = ("kind", "exponent", "scale", "multiplier")
"""What SBML says of each part of a unit: (multiplier x 10^scale x kind)^exponent."""


class Units:
    """Units of the symbols of a file, and the definitions that they need.

    Symbols without a unit are allowed; what is computed from them has none either.
    """

    def __init__(self) -> None:
        self.known: dict[sympy.Basic, Any] = {}
        self.definitions: dict[str, Any] = {}

    def declare(self, symbol: sympy.Symbol, unit: str | None) -> str | None:
        """Give a symbol its unit, and the identifier of that unit.

        Raises
        ------
        InputError
            If the unit cannot be understood.
        """
        if unit is None:
            return None
        self.known[symbol] = parsed(unit)
        return self._identifier(self.known[symbol])

    def derive(self, symbol: sympy.Symbol, formula: sympy.Expr) -> str | None:
        """Give a symbol the unit of its formula."""
        found = self._quantity(formula)
        if found is None:
            return None
        self.known[symbol] = found
        return self._identifier(found)

    def of(self, formula: sympy.Expr) -> str | None:
        """Identifier of the unit of a formula; None where it has none or is not known."""
        found = self._quantity(formula)
        return None if found is None else self._identifier(found)

    def element(self) -> Element:
        """``listOfUnitDefinitions``."""
        found = Element("listOfUnitDefinitions")
        for name, unit in self.definitions.items():
            parts = SubElement(SubElement(found, "unitDefinition", {"id": name}), "listOfUnits")
            for part in unit_parts(unit):
                SubElement(parts, "unit", dict(zip(ATTRIBUTES, map(str, part), strict=True)))
        return found

    def _identifier(self, unit: Any) -> str:
        found = identifier(unit)
        if found != DIMENSIONLESS and found not in KINDS.values():
            self.definitions.setdefault(found, unit)
        return found

    def _quantity(self, formula: Any) -> Any:
        """One of the unit of a formula, or None; a sum has the unit of any of its terms."""
        one = registry().Quantity(1.0)
        if formula.is_Symbol:
            return self.known.get(formula)
        if formula.is_Number:
            return None if formula == 0 else one
        if formula.is_Add:
            return self._first(formula.args)
        if formula.is_Mul:
            factors = [self._quantity(each) for each in formula.args]
            return None if None in factors else reduce(lambda a, b: a * b, factors)
        if formula.is_Pow or isinstance(formula, POWER):
            base = self._quantity(formula.args[0])
            if base is None or base.unitless:
                return base
            return base ** float(formula.args[1]) if formula.args[1].is_Number else None
        if isinstance(formula, WhereNode | WHERE):
            return self._first(formula.args[1:])
        if isinstance(formula, STEP | POSITIVE):
            return self._first(formula.args[:2])
        return one if isinstance(formula, sympy.exp | sympy.log) else None

    def _first(self, formulas: Iterable[sympy.Expr]) -> Any:
        # A number beside a quantity says nothing of the unit.
        ordered = sorted(formulas, key=lambda each: bool(each.is_Number))
        return next((each for each in map(self._quantity, ordered) if each is not None), None)


def parsed(unit: str) -> Any:
    """One of a unit, as a pint quantity of units that ``KINDS`` can say, without words for a pure number.

    Raises
    ------
    InputError
        If the unit cannot be understood, or SBML has no counterpart of it.
    """
    try:
        found = measure(1.0, unit)
        factor, kept = found.magnitude, registry().Quantity(1.0)
        for name, exponent in found.unit_items():
            one = registry().Quantity(1.0, name)
            if not _base(name):
                one = one.to("") if one.dimensionless else one.to_root_units()
            factor *= one.magnitude**exponent
            kept *= (one / one.magnitude) ** exponent
    except (pint.errors.PintError, ValueError, TypeError, AttributeError):
        raise problem("units", f"'{unit}'", "a unit such as nmol/L, 1/day or cells") from None
    strange = [name for name, _ in kept.unit_items() if not _base(name)]
    if strange:
        raise problem("units", f"'{unit}'", f"a unit made of {', '.join(KINDS)}")
    return kept * factor


def identifier(unit: Any) -> str:
    """Identifier of a unit, such as ``nanomole_per_litre``."""
    above: list[str] = []
    below: list[str] = []
    for name, exponent in sorted(unit.unit_items()):
        size = abs(exponent)
        word = name.replace("liter", "litre") + ("" if size == 1 else f"{size:g}")
        (above if exponent > 0 else below).append(word)
    factor = [] if unit.magnitude == 1 else [f"times_{unit.magnitude:g}"]
    words = "_".join([*factor, *above, *(["per", *below] if below else [])])
    return re.sub(r"\W", "_", words) or DIMENSIONLESS


def unit_parts(unit: Any) -> list[tuple[str, float, int, float]]:
    """What a unit is made of: kind, exponent, power of ten and factor of each part."""
    found: list[tuple[str, float, int, float]] = []
    if unit.magnitude != 1:
        found.append((DIMENSIONLESS, 1.0, 0, float(unit.magnitude)))
    for name, exponent in sorted(unit.unit_items()):
        base = _base(name)
        factor = float(registry().Quantity(1.0, name).to(base).magnitude)
        scale = round(math.log10(factor))
        is_power = math.isclose(factor, 10.0**scale)
        found.append((KINDS[base], float(exponent), scale if is_power else 0, 1.0 if is_power else factor))
    return found


def _base(name: str) -> str:
    """The unit that SBML knows of the same dimension as a unit of the registry; empty if there is none."""
    one = registry().Quantity(1.0, name)
    return next((base for base in KINDS if one.is_compatible_with(base)), "")
