"""Simple randomisation: each patient by an independent draw, whatever came before."""

from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.random import choices
from remit.stats.estimate import Integers
from remit.trial.randomisation.factors import Factors
from remit.trial.randomisation.ratio import ratio_findings, shares

NAME = "simple"


@dataclass(frozen=True, slots=True)
class Params:
    """``ratio``: patients of each arm in whole numbers."""

    ratio: tuple[int, ...]


def findings(params: Params, factors: Factors) -> list[Finding]:  # noqa: ARG001 - as all schemes
    """What is wrong with the scheme."""
    return list(ratio_findings(params.ratio))


def allocate(seed: int, factors: Factors, params: Params) -> Integers:
    """Arm of each patient, -1 where there is none; shape (n_replicates, n_patients).

    Parameters
    ----------
    seed
        Seed of the run.
    factors
        Who is there; levels do not matter.
    params
        The ratio.

    Raises
    ------
    InputError
        If the ratio cannot be used.
    """
    wrong = findings(params, factors)
    if wrong:
        raise InputError(wrong)
    replicates, patients = factors.present.shape
    arm = choices(seed, "randomisation.simple", np.arange(replicates), shares(params.ratio), patients)
    return np.where(factors.present, arm, -1)
