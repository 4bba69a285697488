"""Turnover of BTK and its covalent inactivation.

Protein is made and lost at one rate; a covalent inhibitor removes active protein in proportion to
its concentration. Occupancy is the share of BTK that is no longer active.
"""

from dataclasses import dataclass

from remit.units import Value, quantity

NAME = "btk_turnover"
STATES = {"free_btk": "fraction"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Turnover and inactivation."""

    kdeg: Value = quantity("1/day", meaning="BTK resynthesis rate constant", low=0)
    k_inact: Value = quantity("L/nmol/day", meaning="inactivation per total plasma concentration", low=0)
    node_penetration: Value = quantity("fraction", meaning="BTK inhibitor in nodes relative to blood", low=0)


def rates(y: tuple[Value, ...], concentration: Value, p: Params) -> tuple[Value, ...]:
    """Rate of change of active BTK [1/day] at a site with a given inhibitor concentration [nmol/L]."""
    (free_btk,) = y
    return (p.kdeg * (1 - free_btk) - p.k_inact * concentration * free_btk,)


def occupancy(y: tuple[Value, ...]) -> Value:
    """Share of BTK that is inactivated [fraction]."""
    (free_btk,) = y
    return 1 - free_btk
