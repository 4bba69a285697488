"""Non-compartmental analysis: exposure, half-life, clearance and volumes without a model."""

from remit.stats.non_compartmental.analysis import Profile, nca
from remit.stats.non_compartmental.flags import FLAGS, Flag
from remit.stats.non_compartmental.samples import Dose, Rules

__all__ = ["FLAGS", "Dose", "Flag", "Profile", "Rules", "nca"]
