"""What a dose of a BCL2 inhibitor amounts to: its size, and what changes how much of it arrives."""

from dataclasses import dataclass

from remit.units import quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Pharmacy:
    """Size of the full dose, and factors on bioavailability or clearance.

    Bioavailability is relative to the full dose with a low-fat meal outside China, without CYP3A
    inhibitors; an amount is multiplied by the factors of meal and region and by the dose, as a fraction
    of the full dose, to the power ``dose_exponent``.
    """

    full_dose: float = quantity("nmol", meaning="amount of the full dose, in venetoclax-equivalents", low=0)
    dose_exponent: float = quantity(
        "", meaning="exponent of bioavailability on the fraction of the full dose", low=-1, high=1
    )
    F_fasted: float = quantity("fold", meaning="bioavailability fasted, relative to a low-fat meal", low=0)
    F_low_fat: float = quantity("fold", meaning="bioavailability with a low-fat meal, the reference", low=0)
    F_high_fat: float = quantity(
        "fold", meaning="bioavailability with a fatty meal, relative to a low-fat one", low=0
    )
    F_china: float = quantity(
        "fold", meaning="bioavailability in Chinese patients, relative to others", low=0
    )
    CL_moderate_inhibitor: float = quantity(
        "fold", meaning="clearance under a moderate CYP3A inhibitor", low=0
    )
    CL_strong_inhibitor: float = quantity("fold", meaning="clearance under a strong CYP3A inhibitor", low=0)


MEALS = {"fasted": "pharmacy.F_fasted", "low_fat": "pharmacy.F_low_fat", "high_fat": "pharmacy.F_high_fat"}
"""Parameter that gives the bioavailability of each meal."""

INHIBITORS = {"moderate": "pharmacy.CL_moderate_inhibitor", "strong": "pharmacy.CL_strong_inhibitor"}
"""Parameter that gives the clearance under each strength of CYP3A inhibition."""
