"""Platelets: precursors, three transit steps and circulation, with loss through BCL-XL.

Circulating platelets live by BCL-XL, so a drug that occupies it shortens their life directly
(Kaefer 2014); marrow disease lowers production. Precursors come from stem cells at a rate that rises as
platelets fall, so that a lasting loss is made good in part: with an exponent gamma, a loss m times as fast
leaves baseline * m**(-1 / (1 + gamma)). (A pool that renews itself, as that of neutrophils, would make it
good in full.) Effects on production are stated as the steady fall that they cause; cytotoxic partners kill
precursors. A transfusion is a dose into circulation.
"""

from dataclasses import dataclass

from remit.functions import power
from remit.units import Value, quantity

NAME = "platelets"
UNIT = "1e9/L"
STATES = {
    "platelet_precursors": UNIT,
    "platelet_transit_1": UNIT,
    "platelet_transit_2": UNIT,
    "platelet_transit_3": UNIT,
    "platelets": UNIT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Turnover, feedback and effects."""

    baseline: Value = quantity("1e9/L", meaning="platelets without disease or drug", low=1e-12)
    ktr: Value = quantity("1/day", meaning="transit rate constant", low=1e-12)
    gamma: Value = quantity("", meaning="exponent of production on low platelets", low=0)
    kout: Value = quantity("1/day", meaning="loss of circulating platelets", low=1e-12)
    bclxl_loss: Value = quantity("fold", meaning="rise of loss at full BCL-XL occupancy", low=0)
    drug_fall: Value = quantity(
        "fraction", meaning="steady fall of production at saturating BCL2 inhibitor", low=0, high=1
    )
    drug_half: Value = quantity("nmol/L", meaning="unbound drug of half the effect on production", low=1e-12)
    marrow_fall: Value = quantity(
        "fraction", meaning="steady fall per unit of marrow infiltration", low=0, high=1
    )


def rates(
    y: tuple[Value, ...], drug: Value, bclxl: Value, infiltration: Value, killed: Value, p: Params
) -> tuple[Value, ...]:
    """Rates [1e9/L/day].

    Parameters
    ----------
    y
        States.
    drug
        Unbound BCL2 inhibitor [nmol/L].
    bclxl
        Share of platelet BCL-XL that it occupies [fraction].
    infiltration
        Share of marrow cells that are malignant [fraction].
    killed
        Death rate of precursors under partners [1/day].
    p
        Parameters.
    """
    precursors, first, second, third, circulating = y
    left = (1 - p.drug_fall * drug / (p.drug_half + drug)) * (1 - p.marrow_fall * infiltration)
    resting = p.baseline * p.kout / p.ktr
    made = left * resting * power(left * p.baseline / circulating, p.gamma)
    return (
        p.ktr * (made - precursors) - killed * precursors,
        p.ktr * (precursors - first),
        p.ktr * (first - second),
        p.ktr * (second - third),
        p.ktr * third - p.kout * (1 + p.bclxl_loss * bclxl) * circulating,
    )


def baseline(infiltration: Value, p: Params) -> tuple[Value, ...]:
    """Steady counts without drug at a marrow infiltration [fraction]."""
    count = p.baseline * (1 - p.marrow_fall * infiltration)
    made = count * p.kout / p.ktr
    return made, made, made, made, count
