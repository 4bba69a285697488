"""Tumour lysis syndrome by Howard's criteria, from sampled values only.

Laboratory tumour lysis is two or more abnormal values of urate, phosphate, potassium and corrected
calcium within 24 hours, between three days before and seven days after a dose step; the window restarts
at each step. Clinical tumour lysis adds a rise of creatinine, or arrhythmia or seizure, whose
probability given laboratory tumour lysis is assumed. A criterion met before the first dose does not
count: treatment would not begin on it uncorrected. A change by 25%, once a criterion, is none here.
"""

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats
from remit.trial.laboratory import ANALYTES
from remit.trial.parameters import Lysis

Booleans = NDArray[np.bool_]

LABORATORY_EVENT = "Laboratory tumour lysis syndrome"
CLINICAL_EVENT = "Clinical tumour lysis syndrome"
CRITERIA = ("URATE", "PHOS", "K", "CA")
COLUMNS = tuple(list(ANALYTES).index(name) for name in CRITERIA)
CREATININE = list(ANALYTES).index("CREAT")


def abnormal(values: Floats, lysis: Lysis) -> Booleans:
    """Which criteria a sample meets, shape (..., 4), from values of shape (..., n_analytes).

    Limits are exclusive: a value at the limit is not abnormal.
    """
    urate, phosphate, potassium, calcium = (values[..., column] for column in COLUMNS)
    return np.stack(
        [
            urate > lysis.urate_limit,
            phosphate > lysis.phosphate_limit,
            potassium > lysis.potassium_limit,
            calcium < lysis.calcium_limit,
        ],
        axis=-1,
    )


def last_abnormal(before: Floats, time: Floats, values: Floats, baseline: Floats, lysis: Lysis) -> Floats:
    """Time at which each criterion was last newly met [day], shape (n_patients, 4).

    Values of the sample and of baseline have shape (n_patients, n_analytes).
    """
    new = abnormal(values, lysis) & ~abnormal(baseline, lysis)
    return np.where(new, time[:, None], before)


def is_laboratory(last: Floats, time: Floats, step_start: Floats, lysis: Lysis) -> Booleans:
    """Whether a sample at ``time`` completes laboratory tumour lysis, shape (n_patients,).

    Parameters
    ----------
    last
        Time at which each criterion was last met [day], this sample included, shape (n_patients, 4).
    time
        Time of the sample [day].
    step_start
        Time of the last dose step [day].
    lysis
        Limits and windows.
    """
    earliest = np.maximum(time - lysis.together_within, step_start - lysis.window_before)[:, None]
    in_window = time <= step_start + lysis.window_after
    return in_window & ((last >= earliest - 1e-9).sum(axis=1) >= 2)


def is_clinical(
    laboratory: Booleans, creatinine: Floats, baseline: Floats, chance: Floats, lysis: Lysis
) -> Booleans:
    """Whether laboratory tumour lysis is also clinical; ``chance`` is uniform, creatinine in umol/L."""
    rise = creatinine >= baseline + lysis.creatinine_rise
    return laboratory & (rise | (chance < lysis.clinical_probability))
