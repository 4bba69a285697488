"""Effects between two records of the same patients against R: package survival.

Standing: double programmed. ``pair_effects/make.R`` makes the cases and runs survival 3.5.3 (LGPL) on R 4.2.2
for its output: coxph with patients as clusters, and the influence of each patient on survfit. Tolerance: 1e-8
relative, numbers being stored to 15 digits.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from remit.trial.estimands.pair_effects import Outcome, log_hazard_ratio, restricted_mean, survival

CASES = json.loads((Path(__file__).parent / "pair_effects" / "pair_effects.json").read_text())["cases"]
every_case = pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
AT, HORIZON = 180.0, 360.0
ARMS = ("experimental", "control")


def outcome(case, arm):
    return Outcome(np.array(case[arm]["time"], dtype=float), np.array(case[arm]["event"]))


def close(estimate, value, error):
    assert estimate.value == pytest.approx(value, rel=1e-8)
    assert estimate.mcse == pytest.approx(error, rel=1e-8)


@every_case
def test_hazard_ratio_and_its_error_by_patient_are_those_of_coxph(case):
    found = log_hazard_ratio(*(outcome(case, arm) for arm in ARMS)).estimate
    close(found, case["log_hr"], case["log_hr_error"])


@every_case
@pytest.mark.parametrize(
    ("measure", "name"),
    [(lambda each: survival(each, AT), "survival"), (lambda each: restricted_mean(each, HORIZON), "mean")],
    ids=["survival", "restricted mean"],
)
def test_curves_and_their_differences_have_the_errors_of_survfit(case, measure, name):
    one, other = (measure(outcome(case, arm)) for arm in ARMS)
    for place, each in enumerate((one, other)):
        close(each.estimate, case[name][place], case[f"{name}_error"][place])
    difference = case[name][0] - case[name][1]
    close(one.minus(other).estimate, difference, case[f"{name}_difference_error"])
