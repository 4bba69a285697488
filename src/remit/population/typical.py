"""The typical patient: every value typical, every flag the more frequent one, nothing left to chance."""

from dataclasses import replace
from math import inf

from remit.population.sample import PopulationSpec

EVEN_ODDS = 0.5
FLAGS = ("covariates.", "refractory.", "history.", "marker_shares.")
"""Tables whose probabilities are those of what a patient is or is not."""
SHARES = ("btk.mutant_at_C481",)
"""Model parameters that are a share in the population, and 0 or 1 in a patient."""
CHANCES = ("history.intolerance_rate", "history.death_rate", "history.death_rate_progressed")
"""Rates of what happens to some on the way to the study, and not to the typical patient."""


def typical_of(spec: PopulationSpec) -> PopulationSpec:
    """What the typical patient is drawn from: nothing is left to chance, and clones die out at one cell."""
    typical = dict(spec.typical)
    for name, value in spec.typical.items():
        is_share = name.startswith("marker_shares.") or name in SHARES
        if is_share or (name.startswith(FLAGS) and name.endswith("probability")):
            typical[name] = float(value >= EVEN_ODDS)
        elif name in CHANCES:
            typical[name] = 0.0
        elif name.startswith("eligibility."):
            # Nobody is screened: the typical patient is looked at, not enrolled.
            typical[name] = inf if name.endswith("_high") else 0.0
    return replace(spec, typical=typical, spreads={}, one_cell_extinction=True)
