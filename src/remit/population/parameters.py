"""What virtual patients need beyond the parameters of the model: one record per table of the library.

``TABLES`` names the kind of file each table stands in; values, spreads and sources live there.
"""

from dataclasses import dataclass

from remit.population.markers import MarkerEffects, MarkerShares
from remit.units import quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneShares:
    """Shares of resistant clones before the first targeted drug, as logarithms to base 10."""

    log10_V: float = quantity("", meaning="log10 share of BCL2-inhibitor-resistant cells (clone V)", high=0)
    log10_B: float = quantity("", meaning="log10 share of BTK-inhibitor-resistant cells (clone B)", high=0)
    log10_D: float = quantity("", meaning="log10 share of cells resistant to both (clone D)", high=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refractory:
    """A subgroup whose tumour is mostly resistant to both classes from the start."""

    probability: float = quantity(
        "fraction", meaning="share of patients in the refractory subgroup", low=0, high=1
    )
    D_share: float = quantity(
        "fraction", meaning="share of clone D in the refractory subgroup", low=0, high=1
    )
    V_share: float = quantity(
        "fraction",
        meaning="share of clone V in the refractory subgroup, where it is not as elsewhere",
        low=0,
        high=1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """Size of the disease when it is first treated with a targeted drug."""

    protected_cells: float = quantity("cells", meaning="node-protected malignant cells", low=0)
    marrow_share: float = quantity(
        "fraction", meaning="malignant marrow cells relative to node-protected ones", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """What remains of a mass when its tumour is gone."""

    mass_share: float = quantity(
        "fraction", meaning="share of the product of diameters that is not tumour", low=0, high=1
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """How Ki-67 acts on growth, in diseases where it is measured."""

    ki67_reference: float = quantity(
        "fraction", meaning="Ki-67 at which the typical growth rate holds", low=0, high=1
    )
    ki67_growth: float = quantity("", meaning="exponent of growth on Ki-67 over its reference")
    blastoid_ki67: float = quantity("", meaning="shift of logit Ki-67 in blastoid disease")


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariates:
    """Distributions of what is recorded about a patient."""

    china_probability: float = quantity("fraction", meaning="share of candidates in China", low=0, high=1)
    age_china: float = quantity("year", meaning="age in China", low=18)
    age_other: float = quantity("year", meaning="age elsewhere", low=18)
    weight_china: float = quantity("kg", meaning="body weight in China", low=0)
    weight_other: float = quantity("kg", meaning="body weight elsewhere", low=0)
    female_probability: float = quantity("fraction", meaning="share of women", low=0, high=1)
    fewest_lines: float = quantity("", meaning="fewest prior lines of therapy", low=0)
    further_line_probability: float = quantity(
        "fraction", meaning="probability of each of four further lines", low=0, high=1
    )
    ki67: float = quantity(
        "fraction", meaning="Ki-67 positive cells in disease that is not blastoid", low=0, high=1
    )
    bcl2_expression: float = quantity("fold", meaning="BCL2 of the tumour relative to typical", low=0)
    creatinine_clearance: float = quantity("mL/min", meaning="creatinine clearance", low=0)
    normal_creatinine_clearance: float = quantity(
        "mL/min", meaning="creatinine clearance of normal renal function", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlations:
    """Correlations on the scale on which each quantity is normal."""

    age_creatinine_clearance: float = quantity("", meaning="age and creatinine clearance", low=-1, high=1)
    weight_creatinine_clearance: float = quantity(
        "", meaning="weight and creatinine clearance", low=-1, high=1
    )
    clearance_volume: float = quantity(
        "", meaning="BCL2 inhibitor clearance and central volume", low=-1, high=1
    )
    burden_growth: float = quantity("", meaning="burden and growth rate", low=-1, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausibility:
    """Limits of a plausible patient; what lies beyond is rejected and counted."""

    doubling_time_low: float = quantity("day", meaning="shortest untreated doubling time", low=0)
    doubling_time_high: float = quantity("day", meaning="longest untreated doubling time", low=0)
    burden_low: float = quantity("cells", meaning="smallest node burden", low=0)
    burden_high: float = quantity("cells", meaning="largest total burden", low=0)
    infiltration_high: float = quantity("fraction", meaning="largest marrow infiltration", low=0, high=1)
    age_high: float = quantity("year", meaning="oldest", low=18)
    creatinine_clearance_low: float = quantity("mL/min", meaning="lowest creatinine clearance", low=0)
    creatinine_clearance_high: float = quantity("mL/min", meaning="highest creatinine clearance", low=0)
    neutrophils_low: float = quantity("1e9/L", meaning="lowest neutrophils before treatment", low=0)
    platelets_low: float = quantity("1e9/L", meaning="lowest platelets before treatment", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The earlier course on a BTK inhibitor: how it ends, and what follows."""

    daily_dose: float = quantity("nmol", meaning="daily dose of the BTK inhibitor", low=0)
    scan_interval: float = quantity("day", meaning="days between scans", low=14)
    progression_fold: float = quantity(
        "fold", meaning="growth of the product of diameters over nadir that is progression", low=1
    )
    progression_rise: float = quantity("fraction", meaning="and its least rise, relative to baseline", low=0)
    intolerance_rate: float = quantity("1/day", meaning="rate of stopping for intolerance", low=0)
    completion_probability: float = quantity(
        "fraction", meaning="share treated for a planned duration", low=0, high=1
    )
    completion_days: float = quantity("day", meaning="that duration", low=0)
    death_rate: float = quantity("1/day", meaning="rate of death without progression", low=0)
    death_rate_progressed: float = quantity(
        "1/day", meaning="rate of death between progression and first dose", low=0
    )
    washout_days: float = quantity(
        "day", meaning="days from the last dose, or progression, to the first trial dose", low=0
    )
    longest_days: float = quantity("day", meaning="longest course followed, on and off the drug", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """What a patient must have to be treated in the trial."""

    neutrophils_low: float = quantity("1e9/L", meaning="lowest neutrophils", low=0)
    platelets_low: float = quantity("1e9/L", meaning="lowest platelets", low=0)
    haemoglobin_low: float = quantity("g/L", meaning="lowest haemoglobin", low=0)
    creatinine_clearance_low: float = quantity("mL/min", meaning="lowest creatinine clearance", low=0)
    burden_low: float = quantity("cells", meaning="node burden below which no lesion can be measured", low=0)
    burden_high: float = quantity("cells", meaning="total burden above which a patient is too ill", low=0)


TABLES: dict[str, tuple[type, str]] = {
    "clone_shares": (CloneShares, "disease"),
    "refractory": (Refractory, "disease"),
    "burden": (Burden, "disease"),
    "residual": (Residual, "disease"),
    "effects": (Effects, "disease"),
    "markers": (MarkerEffects, "disease"),
    "covariates": (Covariates, "population"),
    "marker_shares": (MarkerShares, "population"),
    "correlations": (Correlations, "population"),
    "plausibility": (Plausibility, "population"),
    "history": (History, "population"),
    "eligibility": (Eligibility, "population"),
}
"""Record and kind of file (disease or population) of each table."""

OPTIONAL = frozenset(
    {
        *(
            f"{table}.{name}"
            for table in ("history", "effects", "markers", "marker_shares")
            for name in TABLES[table][0].__dataclass_fields__
        ),
        "covariates.ki67",
        "refractory.V_share",
    }
)
"""Values that may be absent: no earlier BTK inhibitor, no Ki-67, no such marker or effect of it."""
