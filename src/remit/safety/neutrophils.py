"""Neutrophils: proliferating cells, three transit steps and circulation (Friberg 2002).

The drug acts on proliferating cells and saturates at low concentrations, since trials show no
relation of neutropenia to exposure. Effects are stated as the fall they cause at steady state: with
feedback exponent gamma, a production factor m gives a steady count of baseline * m**(1/gamma), so the
factor is (1 - fall)**gamma.
"""

from dataclasses import dataclass

from remit.functions import power
from remit.units import Value, quantity

NAME = "neutrophils"
UNIT = "1e9/L"
STATES = {
    "neutrophil_progenitor": UNIT,
    "neutrophil_transit_1": UNIT,
    "neutrophil_transit_2": UNIT,
    "neutrophil_transit_3": UNIT,
    "neutrophils": UNIT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Turnover, feedback and effects."""

    baseline: Value = quantity("1e9/L", meaning="neutrophils without disease or drug", low=0)
    MTT: Value = quantity("day", meaning="mean transit time", low=0)
    gamma: Value = quantity("", meaning="feedback exponent", low=0)
    drug_fall: Value = quantity("fraction", meaning="steady fall at saturating BCL2 inhibitor", low=0, high=1)
    drug_half: Value = quantity("nmol/L", meaning="unbound drug of half the effect", low=0)
    marrow_fall: Value = quantity(
        "fraction", meaning="steady fall per unit of marrow infiltration", low=0, high=1
    )


def rates(y: tuple[Value, ...], drug: Value, infiltration: Value, p: Params) -> tuple[Value, ...]:
    """Rates [1e9/L/day] at an unbound drug concentration [nmol/L] and a marrow infiltration [fraction]."""
    progenitor, first, second, third, circulating = y
    ktr = 4 / p.MTT
    left = (1 - p.drug_fall * drug / (p.drug_half + drug)) * (1 - p.marrow_fall * infiltration)
    division = ktr * progenitor * power(left * p.baseline / circulating, p.gamma)
    return (
        division - ktr * progenitor,
        ktr * (progenitor - first),
        ktr * (first - second),
        ktr * (second - third),
        ktr * (third - circulating),
    )


def baseline(infiltration: Value, p: Params) -> tuple[Value, ...]:
    """Steady counts without drug at a marrow infiltration [fraction]."""
    count = p.baseline * (1 - p.marrow_fall * infiltration)
    return (count,) * len(STATES)
