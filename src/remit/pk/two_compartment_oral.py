"""Two-compartment disposition with first-order absorption.

The usual structure for an oral small molecule: drug leaves the depot for the
central compartment, is eliminated from there, and exchanges with one
peripheral compartment.
"""

from dataclasses import dataclass

from remit.pk import absorption, distribution, elimination
from remit.units import Value, quantity

STATES = {"depot": "nmol", "central": "nmol", "peripheral": "nmol"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Disposition parameters, each a number or one value per patient."""

    ka: Value = quantity("1/day", meaning="absorption rate constant", low=0)
    CL: Value = quantity("L/day", meaning="apparent clearance, CL/F", low=0)
    Vc: Value = quantity("L", meaning="apparent central volume, Vc/F", low=1e-12)
    Q: Value = quantity("L/day", meaning="apparent inter-compartmental clearance, Q/F", low=0)
    Vp: Value = quantity("L", meaning="apparent peripheral volume, Vp/F", low=1e-12)


def rates(t: Value, y: tuple[Value, ...], p: Params) -> tuple[Value, ...]:
    """Rate of change of each amount between doses.

    Parameters
    ----------
    t
        Time since the first dose [day]. Not used: the system is autonomous.
    y
        Amounts [nmol], in the order of ``STATES``, each of shape (n_patients,).
    p
        Disposition parameters.

    Returns
    -------
    Rates [nmol/day], in the order of ``STATES``, each of shape (n_patients,).
    """
    del t
    depot, central, peripheral = y
    (emptying,), absorbed = absorption.first_order(depot, p.ka)
    lost = elimination.linear(central, p.Vc, p.CL)
    moved = distribution.outflow(central, peripheral, p.Q, (p.Vc, p.Vp))
    return emptying, absorbed - lost - moved, moved


def concentration(y: tuple[Value, ...], p: Params) -> Value:
    """Total plasma concentration [nmol/L]."""
    _, central, _ = y
    return central / p.Vc
