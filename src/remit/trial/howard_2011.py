"""Tumour lysis syndrome by Howard, Jones and Pui (2011), New England Journal of Medicine 364:1844-54, after
the fact.

Table 1: two or more of urate above 8.0 mg/dL, phosphate above 4.5 mg/dL (adults), potassium above 6.0
mmol/L, corrected calcium below 7.0 mg/dL within the same 24 hours, from three days before to seven days
after treatment. A change by 25% does not count. Clinical tumour lysis adds a rise of creatinine by 0.3
mg/dL (26.5 umol/L), or above 1.5 times the upper limit where no baseline is known, arrhythmia, sudden
death, seizure or symptomatic hypocalcaemia. Oliguria is not measured.

Limits stand in SI units as ``lysis_syndrome`` uses them while a trial is conducted, rounded from mg/dL.
"""

from remit.trial.lysis_definition import Definition

HOWARD_2011 = Definition(
    name="Howard 2011",
    limits={"URATE": 0.476, "PHOS": 1.45, "K": 6.0, "CA": 1.75},
    is_met_at_limit=False,
    together_within=1.0,
    creatinine_rise=26.5,
    creatinine_fold=1.5,
    fold_applies="without baseline",
)
