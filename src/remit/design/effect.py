"""The alternative of a group-sequential trial: what it measures, and how much information its drift takes."""

from dataclasses import dataclass

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Floats
from remit.stats.planning.proportions import two_proportions_size
from remit.stats.planning.requirement import Requirement
from remit.stats.planning.survival_events import drift_per_root_event
from remit.stats.sequential.design import GroupSequentialDesign
from remit.stats.sequential.scales import hazard_ratio_at, risk_difference_at


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardRatio:
    """The alternative of a time to event, below 1 for benefit; ``ratio`` is experimental per control.

    Information is counted in events.
    """

    value: float
    ratio: float = 1.0

    unit = "events"
    code = "HR"
    axis = "true hazard ratio"

    def maximum(self, found: GroupSequentialDesign) -> float:
        """Events at the last look, not rounded; Schoenfeld (1981)."""
        return float((found.drift / drift_per_root_event(self.value, ratio=self.ratio)) ** 2)

    def at(self, z: Floats, amount: Floats) -> Floats:
        """Estimates at which the statistic is z."""
        return hazard_ratio_at(z, amount, self.ratio)

    def along(self, shares: Floats) -> Floats:
        """True effects at shares of the alternative's drift."""
        return self.value**shares

    def given(self) -> dict[str, float]:
        """For the record."""
        return {"hazard_ratio": self.value, "ratio": self.ratio}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The alternative of response rates; ``ratio`` is experimental patients per control patient.

    Information is counted in patients whose response is known.
    """

    experimental: float
    control: float
    ratio: float = 1.0

    unit = "patients"
    code = "RD"
    axis = "true difference of response rates"

    def maximum(self, found: GroupSequentialDesign) -> float:
        """Patients of both arms at the last look, not rounded: those of one look, by pooled variance, times
        the inflation.
        """
        required = Requirement(found.alpha, found.power)
        one = two_proportions_size(self.experimental, self.control, required, ratio=self.ratio)
        return found.inflation * float(one.exact_total)

    def at(self, z: Floats, amount: Floats) -> Floats:
        """Differences at which the statistic is z, where the control arm has its rate; NaN where none is."""
        return risk_difference_at(z, amount, self.control, self.ratio)

    def along(self, shares: Floats) -> Floats:
        """True differences at shares of the alternative's drift."""
        return shares * (self.experimental - self.control)

    def given(self) -> dict[str, float]:
        """For the record."""
        return {"experimental": self.experimental, "control": self.control, "ratio": self.ratio}


Effect = HazardRatio | Rates


def check(effect: Effect) -> None:
    """Refuse an alternative that is none.

    Raises
    ------
    InputError
        With everything that is wrong with it.
    """
    found: list[Finding] = []
    if isinstance(effect, HazardRatio):
        if not 0 < effect.value < 1:
            found.append(
                Finding("hazard ratio", f"{effect.value:g}", "above 0 and below 1", "benefit is below 1")
            )
    elif not 0 < effect.control < effect.experimental < 1:
        shown = f"{effect.experimental:g} against {effect.control:g}"
        found.append(Finding("rates", shown, "rates between 0 and 1, the experimental one higher", "0.6,0.4"))
    if not (np.isfinite(effect.ratio) and effect.ratio > 0):
        found.append(Finding("ratio", f"{effect.ratio:g}", "a ratio above 0"))
    if found:
        raise InputError(found)
