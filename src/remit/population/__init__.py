"""Virtual patients: sampled, held to plausibility, taken through their history, and screened.

``sample_candidates`` draws them, ``enter`` gives the cohort that a trial treats. Weights are one unless a
population is matched to data.
"""

from remit.population.distributions import Spread
from remit.population.sample import PopulationSpec, sample_candidates
from remit.population.screening import Cohort, enter

__all__ = ["Cohort", "PopulationSpec", "Spread", "enter", "sample_candidates"]
