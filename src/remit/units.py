"""Canonical units, and the declaration of a parameter.

Inside remit a number is in days, litres, nmol, nmol/L, cells or mm. Files may use any compatible
unit; they are converted once, where they are read. Concentrations of ions and metabolites are in
mmol/L (creatinine in umol/L), blood counts in 10^9 cells/L: the units in which they are reported.
Pint is loaded when a unit has to be understood; a value in its canonical unit needs none of it.
"""

from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pint

Value = Any
"""A number, an array over patients, a SymPy symbol or a pint quantity."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a parameter is: unit, meaning and permitted range (inclusive), in that unit."""

    unit: str
    meaning: str
    low: float | None = None
    high: float | None = None


def quantity(unit: str, *, meaning: str, low: float | None = None, high: float | None = None) -> Any:
    """A dataclass field that declares a parameter, once, for loader, checker, docs and report."""
    return field(metadata={"quantity": Quantity(unit, meaning, low, high)})


def quantities(params: type) -> dict[str, Quantity]:
    """Declared parameters of a ``Params`` class, by name, in order."""
    return {item.name: item.metadata["quantity"] for item in fields(params)}


@cache
def registry() -> "pint.UnitRegistry[Any]":
    """The unit registry, with cells as a dimension of its own and the field's dimensionless words."""
    import pint  # noqa: PLC0415 - takes a third of a second to load with its registry

    units: pint.UnitRegistry[Any] = pint.UnitRegistry(cache_folder=None)
    units.define("cell = [cell_count] = cells")
    units.define("fraction = []")
    units.define("fold = []")
    return units


def measure(value: Value, unit: str) -> Value:
    """A value with its unit, as a pint quantity; the unit may carry a factor, as ``1e9/L`` does."""
    return value * registry().parse_expression(unit or "dimensionless")


def is_compatible(unit: str, needed: str) -> bool:
    """Whether two unit strings have the same dimension; an unknown unit is compatible with nothing."""
    import pint  # noqa: PLC0415 - as in registry

    try:
        return bool(measure(1.0, unit).is_compatible_with(measure(1.0, needed)))
    except (pint.errors.PintError, ValueError, TypeError, AttributeError):
        return False


def convert(value: float, unit: str, needed: str) -> float:
    """``value`` in ``unit`` expressed in ``needed``.

    Raises
    ------
    pint.DimensionalityError
        If the units have different dimensions; check with :func:`is_compatible` first.
    """
    if unit == needed:
        return value
    return float((measure(value, unit) / measure(1.0, needed)).to("dimensionless").magnitude)
