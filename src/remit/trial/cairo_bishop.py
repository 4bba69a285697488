"""Tumour lysis syndrome by Cairo and Bishop (2004), British Journal of Haematology 127:3-11.

Laboratory tumour lysis (table I): two or more of urate at least 8 mg/dL, phosphate at least 4.5 mg/dL
(adults), potassium at least 6.0 mmol/L, calcium at most 7 mg/dL, or a change of any of them by 25% from
baseline, from three days before to seven days after treatment. Clinical tumour lysis (table II): creatinine
at least 1.5 times the upper limit of normal, cardiac arrhythmia or sudden death, or seizure, besides
laboratory tumour lysis. It has the worst grade of these (table III).

The paper prints limits in mg/dL and, rounded, in SI units (476 umol/L, 1.45 and 1.75 mmol/L). Here a value is
abnormal that is so in either: limits are the more inclusive of the two.

Where the text leaves room: criteria need not be met on one day; the window starts anew at each dose step;
what the baseline meets already does not count, since treatment would not begin on it uncorrected; that a
manifestation must not be due to a drug is left to who lists manifestations.
"""

import numpy as np

from remit.dosing import Floats, Integers
from remit.trial.lysis_definition import MMOL_PER_MG_DL, Definition

URATE = min(0.476, 8 * MMOL_PER_MG_DL["URATE"])
PHOSPHATE = min(1.45, 4.5 * MMOL_PER_MG_DL["PHOS"])
POTASSIUM = 6.0
CALCIUM = max(1.75, 7 * MMOL_PER_MG_DL["CA"])
"""Limits [mmol/L]."""

CAIRO_BISHOP_2004 = Definition(
    name="Cairo and Bishop 2004",
    limits={"URATE": URATE, "PHOS": PHOSPHATE, "K": POTASSIUM, "CA": CALCIUM},
    is_met_at_limit=True,
    change=0.25,
    creatinine_fold=1.5,
    is_graded=True,
)

FATAL = 5
"""Grade of a death."""


def creatinine_grade(creatinine: Floats, upper_limit: Floats | float) -> Integers:
    """Grade by creatinine, of its shape: 1 at 1.5 times the upper limit, 2 above, 3 above 3, 4 above 6 times.

    Below, and where a value or its limit is not known, 0. Values and limit are in one unit.
    """
    grade = np.asarray(creatinine >= 1.5 * upper_limit).astype(np.int64)
    for above, found in ((1.5, 2), (3.0, 3), (6.0, 4)):
        grade = np.where(creatinine > above * upper_limit, found, grade)
    return grade
