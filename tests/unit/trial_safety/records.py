"""Records of limits for the tests of safety, whatever else such a record holds."""

from dataclasses import fields

from remit.trial.parameters import Laboratory, Lysis

LABORATORY = Laboratory(
    **{each.name: 0.1 for each in fields(Laboratory)}
    | {
        "neutrophil_lower_limit": 2.0,
        "platelet_lower_limit": 150.0,
        "haemoglobin_lower_limit": 120.0,
        "potassium_upper_limit": 5.0,
        "calcium_lower_limit": 2.1,
        "creatinine_upper_limit": 105.0,
    }
)
LYSIS = Lysis(
    **{each.name: 0.1 for each in fields(Lysis)}
    | {
        "urate_limit": 0.476,
        "phosphate_limit": 1.45,
        "potassium_limit": 6.0,
        "calcium_limit": 1.75,
        "together_within": 1.0,
        "window_before": 3.0,
        "window_after": 7.0,
        "creatinine_rise": 26.5,
        "clinical_probability": 0.0,
    }
)
