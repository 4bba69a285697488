"""Paraprotein: the immunoglobulin M that lymphoplasmacytic cells make, above the patient's own level.

Made in proportion to the cells in marrow and tissue, lost at the rate of immunoglobulin M. Its level lags
behind the burden by a week, and by more where only some of the cells secrete.
"""

from dataclasses import dataclass

from remit.units import Value, quantity

NAME = "paraprotein"
STATES = {"paraprotein": "g/L"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Secretion and loss."""

    secretion: Value = quantity("g/L/day/cells", meaning="immunoglobulin M made per malignant cell", low=0)
    loss_rate: Value = quantity("1/day", meaning="loss of immunoglobulin M", low=1e-12)
    background: Value = quantity("g/L", meaning="immunoglobulin M of normal cells", low=0)


def rates(y: tuple[Value, ...], cells: Value, p: Params) -> tuple[Value, ...]:
    """Rate [g/L/day] at a number of malignant cells."""
    (level,) = y
    return (p.secretion * cells - p.loss_rate * level,)


def baseline(cells: Value, growth: Value, p: Params) -> tuple[Value, ...]:
    """Level in balanced growth [g/L] of a number of cells at a growth rate [1/day]."""
    return (p.secretion * cells / (p.loss_rate + growth),)
