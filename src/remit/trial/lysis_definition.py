"""What a definition of tumour lysis syndrome consists of, and units of the values that it judges."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats

CRITERIA = ("URATE", "PHOS", "K", "CA")
"""Analytes that are judged, in mmol/L; a fall of (corrected) calcium counts, a rise of the others."""

SIGN: Mapping[str, float] = {"URATE": 1.0, "PHOS": 1.0, "K": 1.0, "CA": -1.0}

MMOL_PER_MG_DL: Mapping[str, float] = {"URATE": 10 / 168.11, "PHOS": 10 / 30.974, "CA": 10 / 40.078}
"""mmol/L in 1 mg/dL, from molar masses [g/mol]: uric acid C5H4N4O3, phosphorus, calcium.

Standard atomic weights of IUPAC. Potassium is the same number in mEq/L and mmol/L.
"""
UMOL_PER_MG_DL = 10_000 / 113.12
"""umol/L of creatinine (C4H7N3O) in 1 mg/dL."""

ROUND_OFF = 1e-9
"""Share of a baseline by which a change may fall short: 1.8 is a quarter below 2.4, but not in binary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A definition of laboratory and clinical tumour lysis.

    Parameters
    ----------
    name
        Authors and year.
    limits
        Limit of each of ``CRITERIA`` [mmol/L].
    is_met_at_limit
        Whether a value at its limit meets it.
    change
        Share of the baseline by which a value must have changed to meet a criterion too; infinite for none.
    together_within
        Longest time between two criteria [day]; infinite for anywhere in the window.
    before, after
        Days around the start of a dose step that make its window.
    creatinine_rise
        Rise over baseline that makes it clinical [umol/L]; infinite for none.
    creatinine_fold
        Multiple of the upper limit of normal that makes it clinical; infinite for none.
    fold_applies
        Whether the multiple is always looked at, or only without a baseline of creatinine.
    is_graded
        Whether clinical tumour lysis has grades.
    """

    name: str
    limits: Mapping[str, float]
    is_met_at_limit: bool
    change: float = inf
    together_within: float = inf
    before: float = 3.0
    after: float = 7.0
    creatinine_rise: float = inf
    creatinine_fold: float = inf
    fold_applies: Literal["always", "without baseline"] = "always"
    is_graded: bool = False


def meets(definition: Definition, code: str, values: Floats, baseline: Floats) -> NDArray[np.bool_]:
    """Whether values of an analyte [mmol/L] newly meet a criterion; NaN meets none.

    A limit that the baseline meets already does not count; a change from that baseline does.

    Parameters
    ----------
    definition
        The definition.
    code
        One of ``CRITERIA``.
    values, baseline
        Values and those before treatment, of one shape; NaN where not known.
    """
    sign, limit = SIGN[code], definition.limits[code]

    def beyond(given: Floats) -> NDArray[np.bool_]:
        return given * sign >= limit * sign if definition.is_met_at_limit else given * sign > limit * sign

    by_limit = beyond(values) & ~beyond(baseline)
    if not np.isfinite(definition.change):
        return by_limit
    changed = (values - baseline) * sign >= definition.change * baseline - ROUND_OFF * baseline
    return by_limit | changed
