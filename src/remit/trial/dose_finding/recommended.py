"""The dose that a dose-finding trial recommends: the maximum tolerated, or the most useful tolerated one."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.planning.boin import selected_dose
from remit.trial.designs import boin
from remit.units import quantity

Rule = Literal["mtd", "utility"]
NONE = -1
"""In place of a dose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """How the dose is chosen.

    ``mtd``: the maximum tolerated dose (MTD), whose isotonic share of DLTs is nearest to the target.
    ``utility``: of the doses up to it, not eliminated and with enough patients, that of highest mean utility
    after Lin and others (2020), Biostatistics kxaa047. Scores are those of a patient with response and no DLT
    (1), no response and no DLT, response and DLT, and neither benefit nor safety (0).
    """

    rule: Rule = quantity("", meaning="mtd or utility")
    neither: float = quantity("", meaning="utility of no response and no DLT", low=0, high=1)
    both: float = quantity("", meaning="utility of response and DLT", low=0, high=1)
    fewest: int = quantity("", meaning="evaluable patients that a recommended dose has", low=1)


def maximum_tolerated() -> Recommendation:
    """Recommend the MTD."""
    return Recommendation(rule="mtd", neither=0.0, both=0.0, fewest=1)


@dataclass(frozen=True, slots=True)
class FinalData:
    """Evaluable patients at each dose and what they had, shape (n_replicates, n_doses)."""

    patients: Integers
    dlts: Integers
    responses: Integers
    response_and_dlt: Integers
    eliminated_from: Integers


def mtd(data: FinalData, params: boin.Params) -> Integers:
    """Maximum tolerated dose of each replicate, -1 for none."""
    return selected_dose(data.dlts, data.patients, params.rules, data.eliminated_from)


def mean_utility(data: FinalData, rule: Recommendation) -> Floats:
    """Posterior mean of the utility at each dose, under a uniform prior; Lin and others (2020),
    quasi-binomial.
    """
    only_response = data.responses - data.response_and_dlt
    only_dlt = data.dlts - data.response_and_dlt
    neither = data.patients - only_response - only_dlt - data.response_and_dlt
    score = only_response + rule.neither * neither + rule.both * data.response_and_dlt
    return (1 + score) / (2 + data.patients)


def recommended(data: FinalData, params: boin.Params, rule: Recommendation) -> Integers:
    """Recommended dose of each replicate, -1 for none, which is so where no dose is tolerated."""
    tolerated = mtd(data, params)
    if rule.rule == "mtd":
        return tolerated
    doses = np.arange(data.patients.shape[1])
    admissible: Booleans = (doses <= tolerated[:, None]) & (data.patients >= rule.fewest)
    # Of equal doses the lowest.
    best = np.where(admissible, mean_utility(data, rule), -np.inf).argmax(axis=1)
    return np.where(admissible.any(axis=1), best, NONE)
