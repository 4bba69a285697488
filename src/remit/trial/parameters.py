"""What the conduct of a trial needs to know: one record per table of the library.

Every number of visits, lesions, readers, laboratory, dose rules, tumour lysis, background events,
dropout and survival is declared here, with unit, meaning and range; values and sources live in the
library. ``TABLES`` names the table of each record and the kind of file it stands in.
"""

from dataclasses import dataclass, fields

from remit.units import quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """When patients are seen after the ramp-up, whose steps are visits of their own."""

    lab_interval: float = quantity("day", meaning="days between laboratory visits after the ramp-up", low=7)
    assessment_interval: float = quantity(
        "day", meaning="days between response assessments in the first period", low=14
    )
    assessment_change: float = quantity("day", meaning="last day of the first period", low=0)
    assessment_interval_late: float = quantity("day", meaning="days between assessments after that", low=14)
    window_sd: float = quantity("day", meaning="standard deviation of a visit around its planned day", low=0)
    window_limit: float = quantity("day", meaning="largest permitted shift of a visit", low=0, high=13)
    missed_assessment_probability: float = quantity(
        "fraction", meaning="probability that an assessment is not done", low=0, high=1
    )
    missed_lab_probability: float = quantity(
        "fraction", meaning="probability that a laboratory visit is not done", low=0, high=1
    )
    suspicion_fold: float = quantity(
        "fold", meaning="node burden over nadir from which a laboratory visit raises suspicion", low=1
    )
    suspicion_probability: float = quantity(
        "fraction", meaning="probability that suspicion leads to an assessment out of schedule", low=0, high=1
    )
    pk_interval: float = quantity("day", meaning="days between concentration and occupancy samples", low=0.04)
    pk_duration: float = quantity("day", meaning="last day of concentration and occupancy samples", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesions:
    """Target lesions, spleen, marrow and new sites of a patient, and their spread around the node burden."""

    extra_lesion_probability: float = quantity(
        "fraction",
        meaning="probability of each of five further target lesions beside the first",
        low=0,
        high=1,
    )
    minimum_diameter: float = quantity("mm", meaning="smallest longest diameter of a target lesion", low=0)
    longest_diameter: float = quantity(
        "mm", meaning="typical longest diameter at the reference burden", low=0
    )
    longest_diameter_spread: float = quantity(
        "", meaning="lesion-level SD of its logarithm above the minimum", low=0
    )
    reference_burden: float = quantity(
        "cells", meaning="node burden at which the typical diameter holds", low=1
    )
    axis_ratio: float = quantity("", meaning="typical shortest over longest diameter", low=0, high=1)
    axis_ratio_spread: float = quantity("", meaning="SD of the log exponent on the axis ratio", low=0)
    response_spread: float = quantity(
        "", meaning="lesion-level SD of the log exponent on relative burden", low=0
    )
    resistant_tilt: float = quantity(
        "", meaning="lesion-level SD of the logit of the resistant fraction", low=0
    )
    residual_spread: float = quantity(
        "", meaning="lesion-level SD of the log exponent on the residual share", low=0
    )
    new_site_fold: float = quantity(
        "fold", meaning="typical node burden over nadir at which a new site shows", low=1
    )
    nontarget_fold: float = quantity(
        "fold", meaning="typical node burden over nadir of unequivocal non-target progression", low=1
    )
    fold_spread: float = quantity("", meaning="patient-level SD of the logarithm of both folds", low=0)
    visible_share: float = quantity(
        "fraction", meaning="share of baseline burden below which no regrowth shows", low=0, high=1
    )
    nontarget_probability: float = quantity(
        "fraction", meaning="share of patients with non-target disease", low=0, high=1
    )
    spleen_probability: float = quantity(
        "fraction", meaning="share of patients with an involved spleen", low=0, high=1
    )
    spleen_normal: float = quantity("mm", meaning="typical vertical length of a normal spleen", low=0)
    spleen_normal_spread: float = quantity("", meaning="SD of its logarithm", low=0)
    spleen_excess: float = quantity("mm", meaning="typical added length of an involved spleen", low=0)
    spleen_excess_spread: float = quantity("", meaning="SD of its logarithm", low=0)
    marrow_visible: float = quantity(
        "fraction", meaning="marrow infiltration from which a biopsy is positive", low=0, high=1
    )
    marrow_repeat_probability: float = quantity(
        "fraction",
        meaning="probability that an involved marrow is repeated when scans suggest complete response",
        low=0,
        high=1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """How the investigator and the independent reader measure the same scan."""

    relative_error: float = quantity("", meaning="relative SD of a measured diameter", low=0)
    absolute_error: float = quantity("mm", meaning="absolute SD of a measured diameter", low=0)
    shared_fraction: float = quantity(
        "fraction", meaning="share of error variance common to both readers", low=0, high=1
    )
    spleen_error: float = quantity("", meaning="relative SD of the measured spleen length", low=0)
    selection_difference: float = quantity(
        "fraction", meaning="probability that the independent reader follows another lesion", low=0, high=1
    )
    detection_probability: float = quantity(
        "fraction",
        meaning="probability that a reader calls a visible new or progressing site at a scan",
        low=0,
        high=1,
    )
    unreadable_probability: float = quantity(
        "fraction", meaning="probability that a reader cannot assess a scan", low=0, high=1
    )
    smallest_measurable: float = quantity(
        "mm", meaning="diameter recorded for a node too small to measure", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Laboratory:
    """Assay variation and reference limits."""

    neutrophil_cv: float = quantity("", meaning="assay and day-to-day CV of neutrophils", low=0)
    platelet_cv: float = quantity("", meaning="the same of platelets", low=0)
    haemoglobin_cv: float = quantity("", meaning="the same of haemoglobin", low=0)
    lymphocyte_cv: float = quantity("", meaning="the same of lymphocytes", low=0)
    paraprotein_cv: float = quantity("", meaning="the same of immunoglobulin M", low=0)
    potassium_cv: float = quantity("", meaning="the same of potassium", low=0)
    phosphate_cv: float = quantity("", meaning="the same of phosphate", low=0)
    calcium_cv: float = quantity("", meaning="the same of albumin-corrected calcium", low=0)
    urate_cv: float = quantity("", meaning="the same of urate", low=0)
    creatinine_cv: float = quantity("", meaning="the same of creatinine", low=0)
    neutrophil_lower_limit: float = quantity("1e9/L", meaning="lower limit of normal, neutrophils", low=0)
    platelet_lower_limit: float = quantity("1e9/L", meaning="lower limit of normal, platelets", low=0)
    haemoglobin_lower_limit: float = quantity("g/L", meaning="lower limit of normal, haemoglobin", low=0)
    potassium_upper_limit: float = quantity("mmol/L", meaning="upper limit of normal, potassium", low=0)
    calcium_lower_limit: float = quantity("mmol/L", meaning="lower limit of normal, corrected calcium", low=0)
    creatinine_upper_limit: float = quantity("umol/L", meaning="upper limit of normal, creatinine", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRules:
    """When a dose is held, resumed, reduced or ended for toxicity."""

    neutrophil_hold: float = quantity("1e9/L", meaning="hold below this count", low=0)
    neutrophil_restart: float = quantity("1e9/L", meaning="resume at or above this count", low=0)
    platelet_hold: float = quantity("1e9/L", meaning="hold below this count", low=0)
    platelet_restart: float = quantity("1e9/L", meaning="resume at or above this count", low=0)
    recheck_interval: float = quantity("day", meaning="days between laboratory checks during a hold", low=1)
    lysis_recheck: float = quantity(
        "day", meaning="days from a hold for tumour lysis to the next check", low=0.5
    )
    reduction_from: float = quantity(
        "", meaning="first occurrence of toxicity after which the dose is reduced", low=1
    )
    reduction_factor: float = quantity(
        "fraction", meaning="factor on the dose at each reduction", low=0, high=1
    )
    longest_hold: float = quantity("day", meaning="longest hold before treatment ends", low=7)
    hold_from_remission: float = quantity(
        "",
        meaning="1: blood counts hold doses only once the marrow is in remission; 0: always",
        low=0,
        high=1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportiveCare:
    """Supportive care: growth factor, transfusions, rasburicase."""

    gcsf_trigger: float = quantity("1e9/L", meaning="neutrophils below which filgrastim is given", low=0)
    gcsf_probability: float = quantity(
        "fraction", meaning="share of such visits at which it is given", low=0, high=1
    )
    gcsf_days: float = quantity("day", meaning="daily doses of filgrastim in a course", low=1)
    red_cell_trigger: float = quantity("g/L", meaning="haemoglobin below which red cells are given", low=0)
    red_cell_units: float = quantity("", meaning="units of red cells at a time", low=0)
    platelet_trigger: float = quantity("1e9/L", meaning="platelets below which platelets are given", low=0)
    platelet_units: float = quantity("", meaning="units of platelets at a time", low=0)
    urate_trigger: float = quantity("mmol/L", meaning="urate above which rasburicase is given", low=0)
    prophylaxis_class: float = quantity(
        "",
        meaning="risk class of tumour lysis from which rasburicase precedes the first dose: 0 low, "
        "1 intermediate, 2 high, 3 in nobody",
        low=0,
        high=3,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Biopsy:
    """How a bone marrow sample sees the marrow."""

    cells_counted: float = quantity("", meaning="nucleated cells counted in a sample", low=1)
    sampling_cv: float = quantity("", meaning="CV of infiltration between sites of the marrow", low=0)
    failure_probability: float = quantity(
        "fraction", meaning="probability that a sample cannot be read (dry tap, haemodilution)", low=0, high=1
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossover:
    """Crossing over to the investigational drug after progression in an arm that allows it."""

    probability: float = quantity(
        "fraction", meaning="share of patients with progression who cross over", low=0, high=1
    )
    delay: float = quantity("day", meaning="mean time from progression to the first dose after it", low=0)
    fold: float = quantity(
        "fold", meaning="factor on the death rate after progression without later therapy", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lysis:
    """Laboratory and clinical tumour lysis syndrome, sampling times and windows."""

    urate_limit: float = quantity("mmol/L", meaning="abnormal above", low=0)
    phosphate_limit: float = quantity("mmol/L", meaning="abnormal above", low=0)
    potassium_limit: float = quantity("mmol/L", meaning="abnormal above", low=0)
    calcium_limit: float = quantity("mmol/L", meaning="corrected calcium, abnormal below", low=0)
    together_within: float = quantity("day", meaning="longest time between two abnormalities", low=0)
    window_before: float = quantity("day", meaning="days before a dose step that count", low=0)
    window_after: float = quantity("day", meaning="days after a dose step that count", low=0)
    first_sample: float = quantity("day", meaning="first sample after a dose step", low=0.04, high=0.5)
    second_sample: float = quantity(
        "day", meaning="second sample after a dose step, with a dose decision", low=0.5, high=3
    )
    creatinine_rise: float = quantity("umol/L", meaning="rise over baseline that makes it clinical", low=0)
    clinical_probability: float = quantity(
        "fraction",
        meaning="probability of arrhythmia, seizure or death given laboratory tumour lysis",
        low=0,
        high=1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """Adverse events that biology does not produce: rates on treatment.

    A rate or share for which no public value exists is ``None``: the event is not modelled, which is not
    the same as never happening.
    """

    pneumonia_rate: float | None = quantity("1/day", meaning="pneumonia, any grade", low=0)
    pneumonia_severe_fraction: float | None = quantity("fraction", meaning="grade 3 or more", low=0, high=1)
    infection_rate: float | None = quantity("1/day", meaning="other infection, any grade", low=0)
    infection_severe_fraction: float | None = quantity("fraction", meaning="grade 3 or more", low=0, high=1)
    diarrhoea_rate: float | None = quantity("1/day", meaning="diarrhoea, any grade", low=0)
    diarrhoea_severe_fraction: float | None = quantity("fraction", meaning="grade 3 or more", low=0, high=1)
    nausea_rate: float | None = quantity("1/day", meaning="nausea, any grade", low=0)
    nausea_severe_fraction: float | None = quantity("fraction", meaning="grade 3 or more", low=0, high=1)
    fatigue_rate: float | None = quantity("1/day", meaning="fatigue, any grade", low=0)
    fatigue_severe_fraction: float | None = quantity("fraction", meaning="grade 3 or more", low=0, high=1)
    atrial_fibrillation_rate: float | None = quantity(
        "1/day", meaning="atrial fibrillation, any grade", low=0
    )
    atrial_fibrillation_severe_fraction: float | None = quantity(
        "fraction", meaning="grade 3 or more", low=0, high=1
    )
    bleeding_rate: float | None = quantity("1/day", meaning="bleeding, any grade", low=0)
    bleeding_severe_fraction: float | None = quantity("fraction", meaning="grade 3 or more", low=0, high=1)
    liver_enzymes_rate: float | None = quantity("1/day", meaning="raised liver enzymes, any grade", low=0)
    liver_enzymes_severe_fraction: float | None = quantity(
        "fraction", meaning="grade 3 or more", low=0, high=1
    )
    febrile_probability: float | None = quantity(
        "fraction", meaning="probability that neutropenia of grade 4 at a visit is febrile", low=0, high=1
    )
    event_duration: float = quantity("day", meaning="mean duration of an event", low=0)
    hold_duration: float = quantity("day", meaning="interruption for an event of grade 3 or more", low=0)
    discontinuation_probability: float = quantity(
        "fraction", meaning="probability that an event of grade 3 or more ends treatment", low=0, high=1
    )
    death_probability: float = quantity(
        "fraction", meaning="probability that an event of grade 3 or more is fatal", low=0, high=1
    )
    reporting_period: float = quantity(
        "day", meaning="days after the last dose in which events are reported", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout:
    """Leaving treatment or the trial for reasons that are not modelled."""

    withdrawal_rate: float = quantity(
        "1/day", meaning="withdrawal of consent, ends treatment and follow-up", low=0
    )
    loss_rate: float = quantity("1/day", meaning="loss to follow-up", low=0)
    discontinuation_rate: float = quantity(
        "1/day", meaning="end of treatment for events without a rate of their own", low=0
    )
    new_therapy_rate: float = quantity(
        "1/day", meaning="other therapy after treatment ended without progression", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """Illness-death model of overall survival; graded assumed, never a headline."""

    death_rate: float = quantity(
        "1/day", meaning="death without progression, unrelated to modelled events", low=0
    )
    post_progression_rate: float = quantity(
        "1/day", meaning="death after progression without later therapy", low=0
    )
    later_therapy_fold: float = quantity("fold", meaning="factor on that rate under later therapy", low=0)
    access_probability_china: float = quantity(
        "fraction", meaning="later therapy reached, China", low=0, high=1
    )
    access_probability_other: float = quantity(
        "fraction", meaning="later therapy reached, elsewhere", low=0, high=1
    )
    later_therapy_delay: float = quantity("day", meaning="mean time from progression to later therapy", low=0)


TABLES: dict[str, tuple[type, str]] = {
    "visits": (Visits, "study"),
    "readers": (Readers, "study"),
    "laboratory": (Laboratory, "study"),
    "dose_rules": (DoseRules, "study"),
    "lysis": (Lysis, "study"),
    "dropout": (Dropout, "study"),
    "supportive_care": (SupportiveCare, "study"),
    "biopsy": (Biopsy, "study"),
    "crossover": (Crossover, "study"),
    "lesions": (Lesions, "disease"),
    "background": (Background, "drug"),
    "survival": (Survival, "population"),
}
"""Record and kind of file (study, disease, drug or population) of each table."""

OPTIONAL = frozenset(
    {
        *(
            f"background.{item.name}"
            for item in fields(Background)
            if item.name.endswith(("_rate", "_severe_fraction")) or item.name == "febrile_probability"
        ),
        *(f"lesions.{item.name}" for item in fields(Lesions)),
        *(f"crossover.{item.name}" for item in fields(Crossover)),
    }
)
"""Values that may be absent: rates (printed as "not modelled"), lesions, crossover."""
