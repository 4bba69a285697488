"""Neutrophils: proliferating cells, three transit steps and circulation (Friberg 2002), and G-CSF.

A BCL2 inhibitor acts on proliferating cells and saturates at low concentrations, since trials show no
relation of neutropenia to exposure; mature neutrophils carry no BCL2 (Cook 2003). Effects are stated as
the fall they cause at steady state: with feedback exponent gamma, a production factor m gives a steady
count of baseline * m**(1/gamma), so the factor is (1 - fall)**gamma. Cytotoxic partners kill proliferating
cells. G-CSF, counted in daily doses, raises the count at which feedback rests and speeds transit; both
effects saturate.
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
    "gcsf": "fold",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Turnover, feedback and effects."""

    baseline: Value = quantity("1e9/L", meaning="neutrophils without disease or drug", low=1e-12)
    MTT: Value = quantity("day", meaning="mean transit time", low=1e-12)
    gamma: Value = quantity("", meaning="feedback exponent", low=0)
    drug_fall: Value = quantity("fraction", meaning="steady fall at saturating BCL2 inhibitor", low=0, high=1)
    drug_half: Value = quantity("nmol/L", meaning="unbound drug of half the effect", low=1e-12)
    marrow_fall: Value = quantity(
        "fraction", meaning="steady fall per unit of marrow infiltration", low=0, high=1
    )
    gcsf_loss: Value = quantity("1/day", meaning="loss of the amount of G-CSF that acts", low=0)
    gcsf_rise: Value = quantity("fold", meaning="rise of the steady count at saturating G-CSF", low=0)
    gcsf_transit: Value = quantity("fold", meaning="rise of transit at saturating G-CSF", low=0)


def rates(
    y: tuple[Value, ...], drug: Value, infiltration: Value, killed: Value, p: Params
) -> tuple[Value, ...]:
    """Rates [1e9/L/day], and that of G-CSF [daily doses per day].

    Parameters
    ----------
    y
        States.
    drug
        Unbound BCL2 inhibitor [nmol/L].
    infiltration
        Share of marrow cells that are malignant [fraction].
    killed
        Death rate of progenitors under partners [1/day].
    p
        Parameters.
    """
    progenitor, first, second, third, circulating, gcsf = y
    helped = gcsf / (1 + gcsf)
    ktr = 4 / p.MTT
    moved = ktr * (1 + p.gcsf_transit * helped)
    left = (1 - p.drug_fall * drug / (p.drug_half + drug)) * (1 - p.marrow_fall * infiltration)
    held = left * p.baseline * (1 + p.gcsf_rise * helped)
    division = ktr * progenitor * power(held / circulating, p.gamma)
    return (
        division - (ktr + killed) * progenitor,
        ktr * progenitor - moved * first,
        moved * (first - second),
        moved * (second - third),
        moved * third - ktr * circulating,
        -p.gcsf_loss * gcsf,
    )


def baseline(infiltration: Value, p: Params) -> tuple[Value, ...]:
    """Steady counts without drug at a marrow infiltration [fraction], and no G-CSF."""
    count = p.baseline * (1 - p.marrow_fall * infiltration)
    return (*(count,) * 5, 0 * p.gamma)
