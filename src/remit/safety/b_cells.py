"""Normal B cells: one turnover compartment; a BCL2 inhibitor and antibodies shorten their life.

Structure and slope after Dave (2019), who followed healthy women after one dose of venetoclax; the slope
is on total concentration, as it was estimated, in venetoclax-equivalents: the unbound fraction, which is
known less well, plays no part.
"""

from dataclasses import dataclass

from remit.units import Value, quantity

NAME = "b_cells"
STATES = {"normal_b_cells": "1e9/L"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Turnover and effects."""

    baseline: Value = quantity("1e9/L", meaning="normal B cells in blood without drug", low=0)
    kout: Value = quantity("1/day", meaning="loss rate constant", low=0)
    drug_slope: Value = quantity(
        "L/nmol",
        meaning="rise of loss per total concentration of BCL2 inhibitor, in venetoclax-equivalents",
        low=0,
    )


def rates(y: tuple[Value, ...], drug: Value, killed: Value, p: Params) -> tuple[Value, ...]:
    """Rate [1e9/L/day] at a total drug concentration [nmol/L] and a death rate under partners [1/day]."""
    (count,) = y
    return (p.kout * (p.baseline - (1 + p.drug_slope * drug) * count) - killed * count,)


def baseline(p: Params) -> tuple[Value, ...]:
    """Steady count without drug."""
    return (p.baseline,)
