"""Turnover of BTK, its inactivation by covalent inhibitors, and its blockade by reversible ones.

Protein is made and lost at one rate; a covalent inhibitor removes active protein in proportion to its
concentration, a reversible one binds what is there in equilibrium. Occupancy is the share of BTK that is
not active. A cell whose BTK is mutated at C481 binds covalent inhibitors no more; one that has escaped
downstream of BTK, as through PLCG2, obeys no inhibitor. Without any mutation the reliance of cells on BTK
may fade while it is blocked, as in relapsed CLL (Ibrahim and Friberg 2025).
"""

from dataclasses import dataclass

from remit.units import Value, quantity

NAME = "btk_turnover"
STATES = {"free_btk": "fraction"}
RELIANCE = {"btk_reliance": "fraction"}
"""State of what is left of the reliance on BTK, one for all sites."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Turnover, inactivation, binding, and escape."""

    kdeg: Value = quantity("1/day", meaning="BTK resynthesis rate constant", low=0)
    k_inact: Value = quantity("L/nmol/day", meaning="inactivation per total plasma concentration", low=0)
    affinity: Value = quantity(
        "L/nmol", meaning="reversible binding per total plasma concentration; 0 if covalent", low=0
    )
    node_penetration: Value = quantity("fraction", meaning="BTK inhibitor in nodes relative to blood", low=0)
    mutant_activity: Value = quantity(
        "fraction", meaning="effect on BTK mutated at C481, relative to wild type", low=0, high=1
    )
    mutant_at_C481: Value = quantity(
        "fraction",
        meaning="1 where the BTK-inhibitor-resistant clone is mutated at C481, else 0",
        low=0,
        high=1,
    )
    fade_rate: Value = quantity(
        "1/day", meaning="loss of the reliance of cells on BTK at full occupancy, without mutation", low=0
    )


def rates(y: tuple[Value, ...], concentration: Value, p: Params) -> tuple[Value, ...]:
    """Rate of change of active BTK [1/day] at a site with a given inhibitor concentration [nmol/L]."""
    (free_btk,) = y
    return (p.kdeg * (1 - free_btk) - p.k_inact * concentration * free_btk,)


def reliance_rates(y: tuple[Value, ...], occupied: Value, p: Params) -> tuple[Value, ...]:
    """Rate of change of the reliance on BTK [1/day] at an occupancy [fraction]."""
    (reliance,) = y
    return (-p.fade_rate * occupied * reliance,)


def occupancy(y: tuple[Value, ...], concentration: Value, p: Params) -> Value:
    """Share of BTK that is inactivated or bound [fraction] at an inhibitor concentration [nmol/L]."""
    (free_btk,) = y
    return 1 - free_btk / (1 + p.affinity * concentration)


def mutant_share(p: Params) -> Value:
    """Share of the occupancy that BTK-inhibitor-resistant clones feel [fraction]."""
    return p.mutant_activity * p.mutant_at_C481
