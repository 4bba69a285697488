"""Single arm of fixed size with one look and the exact one-sided binomial test."""

from dataclasses import dataclass

import numpy as np

from remit.stats.proportions.clopper_pearson import exact_p_value, exact_power
from remit.trial.designs.look import Decision, Look
from remit.units import quantity

NAME = "fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Size, null hypothesis and level."""

    n: int = quantity("", meaning="patients", low=1)
    p0: float = quantity("fraction", meaning="response rate that does not warrant interest", low=0, high=1)
    alpha: float = quantity("fraction", meaning="one-sided type I error", low=0, high=0.5)


def decide(look: Look, params: Params) -> Decision:
    """Reject p0 if the exact one-sided p-value is below alpha, at the number of patients treated."""
    p_value = exact_p_value(look.responders, look.n_patients, params.p0)
    return Decision(p_value < params.alpha, np.ones(p_value.shape, dtype=bool), p_value)


def type_I_error(params: Params) -> float:  # noqa: N802 - the glossary's name
    """Probability of rejecting p0 where it is true."""
    return float(exact_power(params.n, params.p0, params.alpha, np.asarray(params.p0)))
