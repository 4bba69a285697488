"""SymPy expressions as content MathML, in the subset that SBML takes."""

import math
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import sympy

from remit.errors import problem
from remit.symbols import WhereNode

MATHML = "http://www.w3.org/1998/Math/MathML"
TIME = sympy.Symbol("?time")
"""The time of a simulation; no identifier looks like it."""

TIME_URL = "http://www.sbml.org/sbml/symbols/time"
DIMENSIONLESS = "dimensionless"

NAMES: dict[type, str] = {
    sympy.exp: "exp",
    sympy.log: "ln",
    sympy.Abs: "abs",
    sympy.StrictGreaterThan: "gt",
    sympy.GreaterThan: "geq",
    sympy.StrictLessThan: "lt",
    sympy.And: "and",
}
"""Elements of functions and comparisons."""

OWN_UNITS = ("where_positive", "power_or_zero")
"""Functions of a file whose first argument may have another unit than the rest."""

UnitOf = Callable[[sympy.Expr], str | None]
"""Identifier of the unit of an expression; None where it has none or is not known."""


def formula(expression: sympy.Basic, unit_of: UnitOf, unit: str | None = DIMENSIONLESS) -> Element:
    """The element ``math`` of an expression; ``unit`` is that of an expression that is a mere number."""
    element = Element("math", {"xmlns": MATHML})
    element.append(number(expression, unit) if expression.is_Number else Writer(unit_of)(expression))
    return element


def function(arguments: Sequence[sympy.Symbol], body: sympy.Expr, unit_of: UnitOf) -> Element:
    """The element ``math`` of a function definition."""
    element = Element("math", {"xmlns": MATHML})
    scope = SubElement(element, "lambda")
    for argument in arguments:
        SubElement(SubElement(scope, "bvar"), "ci").text = str(argument)
    scope.append(Writer(unit_of)(body))
    return element


class Writer:
    """Writes an expression; a number is given the unit of what it is added to or compared with."""

    def __init__(self, unit_of: UnitOf) -> None:
        self.unit_of = unit_of

    def __call__(self, expression: Any) -> Element:
        """The element of an expression."""
        if expression.is_Number:
            return number(expression, DIMENSIONLESS)
        if expression == TIME:
            return _leaf("csymbol", "time", {"encoding": "text", "definitionURL": TIME_URL})
        if expression.is_Symbol:
            return _leaf("ci", str(expression))
        if expression.is_Add:
            return self._sum(expression.args)
        if expression.is_Mul or (expression.is_Pow and expression.exp.is_negative):
            return self._product(expression)
        if expression.is_Pow:
            return _apply("power", self(expression.base), self(expression.exp))
        if isinstance(expression, WhereNode):
            return self._choice(*expression.args)
        if type(expression) in NAMES:
            return _apply(NAMES[type(expression)], *self._alike(expression.args))
        called = type(expression).__name__
        return _apply(_leaf("ci", called), *self._arguments(called, expression.args))

    def _alike(self, expressions: Sequence[Any]) -> list[Element]:
        """Elements of expressions of one unit."""
        others = [each for each in expressions if not each.is_Number]
        unit = next((found for found in map(self.unit_of, others) if found), None)
        return [number(each, unit) if each.is_Number else self(each) for each in expressions]

    def _arguments(self, called: str, expressions: Sequence[Any]) -> list[Element]:
        """Arguments of a function of the file: a condition and an exponent have units of their own."""
        if called not in OWN_UNITS:
            return self._alike(expressions)
        first, *rest = expressions
        return [self(first), *self._alike(rest)]

    def _sum(self, terms: Sequence[Any]) -> Element:
        """What is added, less what is taken away."""
        signs = [term.could_extract_minus_sign() for term in terms]
        sizes = self._alike([-term if sign else term for term, sign in zip(terms, signs, strict=True)])
        parts: dict[bool, list[Element]] = {False: [], True: []}
        for size, sign in zip(sizes, signs, strict=True):
            parts[sign].append(size)
        taken = _joined("plus", parts[True])
        if taken is None:
            return _apply("plus", *parts[False])
        added = _joined("plus", parts[False])
        return _apply("minus", taken) if added is None else _apply("minus", added, taken)

    def _product(self, expression: Any) -> Element:
        """Numerator over denominator, the sign in front."""
        if expression.could_extract_minus_sign():
            return _apply("minus", self(-expression))
        factors: Any = sympy.Mul.make_args(expression)
        below = [each for each in factors if each.is_Pow and each.exp.is_negative]
        above = _joined("times", [self(each) for each in factors if each not in below])
        divisor = _joined("times", [self(1 / each) for each in below])
        if divisor is None:
            return above if above is not None else number(1, DIMENSIONLESS)
        return _apply("divide", number(1, DIMENSIONLESS) if above is None else above, divisor)

    def _choice(self, condition: Any, above: Any, otherwise: Any) -> Element:
        """The second where the first is above zero, else the third."""
        element = Element("piecewise")
        piece = SubElement(element, "piece")
        first, last = self._alike((above, otherwise))
        piece.append(first)
        piece.append(_apply("gt", *self._alike((condition, sympy.Integer(0)))))
        SubElement(element, "otherwise").append(last)
        return element


def number(value: Any, unit: str | None) -> Element:
    """A number with its unit, if it has one.

    Raises
    ------
    InputError
        If it is not finite.
    """
    if not math.isfinite(float(value)):
        raise problem("equations", f"the number {value}", "a finite number")
    units = {} if unit is None else {"sbml:units": unit}
    if sympy.sympify(value).is_Integer:
        return _leaf("cn", str(value), {**units, "type": "integer"})
    mantissa, _, exponent = repr(float(value)).partition("e")
    if not exponent:
        return _leaf("cn", mantissa, units)
    element = _leaf("cn", mantissa, {**units, "type": "e-notation"})
    SubElement(element, "sep").tail = str(int(exponent))
    return element


def _leaf(tag: str, text: str, attributes: dict[str, str] | None = None) -> Element:
    element = Element(tag, attributes or {})
    element.text = text
    return element


def _apply(operator: str | Element, *arguments: Element) -> Element:
    element = Element("apply")
    element.append(Element(operator) if isinstance(operator, str) else operator)
    element.extend(arguments)
    return element


def _joined(operator: str, arguments: list[Element]) -> Element | None:
    """Several in one element, one as it is, none as none."""
    if len(arguments) < 2:
        return arguments[0] if arguments else None
    return _apply(operator, *arguments)
