"""Haemoglobin: precursors, own red cells and transfused ones.

Precursors are made at a rate that rises with the shortfall of haemoglobin (erythropoietin), to a bound, and
that marrow infiltration lowers; red cells made from them live for months. Transfused haemoglobin is a dose,
in g/L, with a life of its own; while it lasts it holds own production down. A fall by infiltration is stated
as that of own haemoglobin at steady state.
"""

from dataclasses import dataclass

from remit.functions import maximum
from remit.units import Value, quantity

NAME = "haemoglobin"
STATES = {"erythroid_precursors": "fraction", "own_haemoglobin": "g/L", "transfused_haemoglobin": "g/L"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Turnover, feedback and the effect of marrow disease."""

    baseline: Value = quantity("g/L", meaning="haemoglobin without marrow disease", low=1e-12)
    kout: Value = quantity("1/day", meaning="loss rate constant, the inverse of red-cell life", low=0)
    maturation: Value = quantity("1/day", meaning="turnover of red-cell precursors", low=0)
    feedback: Value = quantity("", meaning="rise of production per relative shortfall of haemoglobin", low=0)
    transfused_loss: Value = quantity("1/day", meaning="loss of transfused red cells", low=0)
    marrow_fall: Value = quantity(
        "fraction", meaning="steady fall per unit of marrow infiltration", low=0, high=1
    )


def total(y: tuple[Value, ...]) -> Value:
    """Haemoglobin as it is measured [g/L]."""
    return y[1] + y[2]


def rates(y: tuple[Value, ...], infiltration: Value, killed: Value, p: Params) -> tuple[Value, ...]:
    """Rates of precursors [1/day] and haemoglobin [g/L/day].

    Parameters
    ----------
    y
        States.
    infiltration
        Share of marrow cells that are malignant [fraction].
    killed
        Death rate of precursors under partners [1/day].
    p
        Parameters.
    """
    precursors, own, transfused = y
    left = 1 - p.marrow_fall * infiltration
    shortfall = 1 - total(y) / (left * p.baseline)
    made = left * maximum(1 + p.feedback * shortfall, 0 * shortfall)
    return (
        p.maturation * (made - precursors) - killed * precursors,
        p.kout * (p.baseline * precursors - own),
        -p.transfused_loss * transfused,
    )


def baseline(infiltration: Value, p: Params) -> tuple[Value, ...]:
    """Steady levels at a marrow infiltration [fraction], without transfusion."""
    left = 1 - p.marrow_fall * infiltration
    return left, p.baseline * left, 0 * p.baseline
