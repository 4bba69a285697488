"""Tumour lysis: what dying cells release, and how it is cleared.

Cells killed by drug pass through a pool of lysed cells and release purines (seen as urate),
potassium and phosphate. Urate follows Aksenov (2018): production, renal and intestinal clearance,
xanthine-oxidase inhibition (allopurinol); rasburicase, counted in daily doses, clears it too. Potassium and
phosphate return to their set points by renal clearance, which hydration raises. Phosphate binds calcium;
urate above its level without prophylaxis and phosphate raise creatinine, and renal function falls as
creatinine rises.
"""

from dataclasses import dataclass

from remit.functions import maximum
from remit.units import Value, quantity

NAME = "tumour_lysis"
STATES = {
    "lysed_cells": "cells",
    "urate": "mmol",
    "potassium": "mmol/L",
    "phosphate": "mmol/L",
    "calcium": "mmol/L",
    "creatinine": "umol/L",
    "rasburicase": "fold",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Release, distribution, clearance and baselines."""

    release_rate: Value = quantity("1/day", meaning="release of contents by lysed cells", low=0)
    urate_yield: Value = quantity("mmol/cells", meaning="urate per lysed cell", low=0)
    potassium_yield: Value = quantity("mmol/cells", meaning="potassium per lysed cell", low=0)
    phosphate_yield: Value = quantity("mmol/cells", meaning="phosphate per lysed cell", low=0)
    urate_production: Value = quantity("mmol/day", meaning="endogenous urate production", low=1e-12)
    urate_volume: Value = quantity("L", meaning="urate distribution volume", low=1e-12)
    urate_renal_CL: Value = quantity("L/day", meaning="renal urate clearance at normal renal function", low=0)
    urate_intestinal_CL: Value = quantity("L/day", meaning="intestinal urate clearance", low=1e-12)
    xanthine_oxidase_inhibition: Value = quantity(
        "fraction", meaning="share of urate formation blocked by prophylaxis", low=0, high=1
    )
    renal_function: Value = quantity("fraction", meaning="creatinine clearance relative to normal", low=0)
    potassium_baseline: Value = quantity("mmol/L", meaning="potassium set point", low=0)
    potassium_volume: Value = quantity("L", meaning="potassium distribution volume", low=1e-12)
    potassium_rate: Value = quantity("1/day", meaning="return of potassium at normal renal function", low=0)
    phosphate_baseline: Value = quantity("mmol/L", meaning="phosphate set point", low=1e-12)
    phosphate_volume: Value = quantity("L", meaning="phosphate distribution volume", low=1e-12)
    phosphate_rate: Value = quantity("1/day", meaning="return of phosphate at normal renal function", low=0)
    calcium_baseline: Value = quantity("mmol/L", meaning="calcium set point", low=1e-12)
    calcium_slope: Value = quantity("", meaning="fall of calcium per rise of phosphate", low=0)
    calcium_rate: Value = quantity("1/day", meaning="return of calcium", low=0)
    creatinine_baseline: Value = quantity("umol/L", meaning="creatinine set point", low=1e-12)
    creatinine_slope: Value = quantity(
        "", meaning="relative rise of creatinine per relative urate and phosphate load", low=0
    )
    creatinine_rate: Value = quantity("1/day", meaning="turnover of creatinine", low=0)
    hydration: Value = quantity("fold", meaning="renal clearance under hydration, relative to none", low=0)
    rasburicase_CL: Value = quantity("L/day", meaning="urate clearance per daily dose of rasburicase", low=0)
    rasburicase_loss: Value = quantity("1/day", meaning="loss of rasburicase", low=0)


def renal_share(creatinine: Value, p: Params) -> Value:
    """Renal clearance relative to normal [fraction]: own function, hydration, injury by lysis."""
    return p.renal_function * p.hydration * p.creatinine_baseline / creatinine


def urate_clearance(renal: Value, p: Params) -> Value:
    """Urate clearance by kidney and gut [L/day] at a relative renal clearance [fraction]."""
    return p.urate_renal_CL * renal + p.urate_intestinal_CL


def urate_untreated(p: Params) -> Value:
    """Urate concentration without lysis and without prophylaxis [mmol/L]."""
    return p.urate_production / urate_clearance(p.renal_function, p)


def urate_baseline(p: Params) -> Value:
    """Urate concentration without lysis, under prophylaxis [mmol/L]."""
    renal = p.renal_function * p.hydration
    return p.urate_production * (1 - p.xanthine_oxidase_inhibition) / urate_clearance(renal, p)


def bound_calcium(excess_phosphate: Value, p: Params) -> Value:
    """Calcium beside an excess of phosphate [mmol/L]: falling with the slope at first, and never to zero."""
    return p.calcium_baseline * p.calcium_baseline / (p.calcium_baseline + p.calcium_slope * excess_phosphate)


def rates(y: tuple[Value, ...], deaths: Value, p: Params) -> tuple[Value, ...]:
    """Rates of change, per day, at a number of cells dying per day [cells/day]."""
    lysed, urate, potassium, phosphate, calcium, creatinine, rasburicase = y
    released = p.release_rate * lysed
    formed = (p.urate_production + p.urate_yield * released) * (1 - p.xanthine_oxidase_inhibition)
    concentration = urate / p.urate_volume
    excess_phosphate = maximum(phosphate - p.phosphate_baseline, 0 * p.phosphate_baseline)
    excess_urate = maximum(concentration - urate_untreated(p), 0 * p.phosphate_baseline)
    load = excess_phosphate / p.phosphate_baseline + excess_urate / urate_untreated(p)
    renal = renal_share(creatinine, p)
    return (
        deaths - released,
        formed - (urate_clearance(renal, p) + p.rasburicase_CL * rasburicase) * concentration,
        p.potassium_yield * released / p.potassium_volume
        - p.potassium_rate * renal * (potassium - p.potassium_baseline),
        p.phosphate_yield * released / p.phosphate_volume
        - p.phosphate_rate * renal * (phosphate - p.phosphate_baseline),
        p.calcium_rate * (bound_calcium(excess_phosphate, p) - calcium),
        p.creatinine_rate * (p.creatinine_baseline * (1 + p.creatinine_slope * load) - creatinine),
        -p.rasburicase_loss * rasburicase,
    )


def baseline(p: Params) -> tuple[Value, ...]:
    """Steady values without lysis, under prophylaxis."""
    return (
        0 * p.release_rate,
        urate_baseline(p) * p.urate_volume,
        p.potassium_baseline,
        p.phosphate_baseline,
        p.calcium_baseline,
        p.creatinine_baseline,
        0 * p.hydration,
    )
