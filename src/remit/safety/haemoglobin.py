"""Haemoglobin: one turnover compartment whose production falls with marrow infiltration."""

from dataclasses import dataclass

from remit.units import Value, quantity

NAME = "haemoglobin"
STATES = {"haemoglobin": "g/L"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Turnover and the effect of marrow disease."""

    baseline: Value = quantity("g/L", meaning="haemoglobin without marrow disease", low=0)
    kout: Value = quantity("1/day", meaning="loss rate constant, the inverse of red-cell life", low=0)
    marrow_fall: Value = quantity(
        "fraction", meaning="steady fall per unit of marrow infiltration", low=0, high=1
    )


def rates(y: tuple[Value, ...], infiltration: Value, p: Params) -> tuple[Value, ...]:
    """Rate [g/L/day] at a marrow infiltration [fraction]."""
    (level,) = y
    return (p.kout * (p.baseline * (1 - p.marrow_fall * infiltration) - level),)


def baseline(infiltration: Value, p: Params) -> tuple[Value, ...]:
    """Steady level at a marrow infiltration [fraction]."""
    return (p.baseline * (1 - p.marrow_fall * infiltration),)
