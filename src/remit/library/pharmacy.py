"""What a dose of a small molecule amounts to: its size, what changes it, what the label says."""

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
    CL_posaconazole: float = quantity("fold", meaning="clearance under posaconazole", low=0)
    CL_strong_inducer: float = quantity("fold", meaning="clearance under a strong CYP3A inducer", low=0)
    F_pgp_inhibitor: float = quantity("fold", meaning="bioavailability under a P-gp inhibitor", low=0)
    CL_moderate_hepatic: float = quantity(
        "fold", meaning="clearance in moderate hepatic impairment (Child-Pugh B)", low=0
    )
    CL_severe_hepatic: float = quantity(
        "fold", meaning="clearance in severe hepatic impairment (Child-Pugh C)", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Dose under an interaction as the label has it, relative to the usual one; absent if it has no rule."""

    moderate_inhibitor: float = quantity("fraction", meaning="dose under a moderate CYP3A inhibitor", low=0)
    strong_inhibitor: float = quantity("fraction", meaning="dose under a strong CYP3A inhibitor", low=0)
    posaconazole: float = quantity("fraction", meaning="dose under posaconazole", low=0)
    pgp_inhibitor: float = quantity("fraction", meaning="dose under a P-gp inhibitor", low=0)
    moderate_hepatic: float = quantity("fraction", meaning="dose in moderate hepatic impairment", low=0)
    severe_hepatic: float = quantity("fraction", meaning="dose in severe hepatic impairment", low=0)


MEALS = {"fasted": "pharmacy.F_fasted", "low_fat": "pharmacy.F_low_fat", "high_fat": "pharmacy.F_high_fat"}
"""Parameter that gives the bioavailability of each meal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What one unit of a transfusion amounts to."""

    red_cell_unit: float = quantity("g/L", meaning="rise of haemoglobin by one unit of red cells", low=0)
    platelet_unit: float = quantity("1e9/L", meaning="rise of platelets by one unit of platelets", low=0)


OPTIONAL = frozenset(
    {
        *(f"label.{name}" for name in Label.__dataclass_fields__),
        *(
            f"pharmacy.{name}"
            for name in (
                "CL_posaconazole",
                "CL_strong_inducer",
                "F_pgp_inhibitor",
                "CL_moderate_hepatic",
                "CL_severe_hepatic",
            )
        ),
    }
)
"""Values that may be absent, where nothing is known of an interaction or the label has no rule."""

INHIBITORS = {"moderate": "pharmacy.CL_moderate_inhibitor", "strong": "pharmacy.CL_strong_inhibitor"}
"""Parameter that gives the clearance under each strength of CYP3A inhibition."""
