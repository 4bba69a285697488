"""Cox regression against R's survival: both ways of ties, strata, several covariates, and rows of replicates.

Standing: double programmed. ``survival/make.R`` makes the cases and runs coxph of survival 3.5.3 (LGPL, run
for its output) on R 4.2.2, iterated until its likelihood changes by less than 1e-13. Tolerance: 1e-8
relative.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from remit.stats.survival.cox import Status, cox, hazard_ratio
from remit.stats.survival.cox_rows import hazard_ratios

STORED = json.loads((Path(__file__).parent / "survival" / "survival.json").read_text())["survival"]
EQUAL = {"rtol": 1e-8, "atol": 1e-9}
FITS = [(number, fit) for number, case in enumerate(STORED) for fit in range(len(case["cox"]))]
OF_ARM = [at for at in FITS if STORED[at[0]]["cox"][at[1]]["covariates"] == ["arm"]]


def arrays(number, fit):
    data, theirs = STORED[number]["data"], STORED[number]["cox"][fit]
    covariates = np.column_stack([np.array(data[name], dtype=float) for name in theirs["covariates"]])
    strata = np.array(data["stratum"]) if theirs["stratified"] else None
    return np.array(data["time"], dtype=float), np.array(data["event"]) == 1, covariates, strata, theirs


@pytest.mark.parametrize(("number", "fit"), FITS)
def test_coefficients_covariance_and_the_three_tests(number, fit):
    time, event, covariates, strata, theirs = arrays(number, fit)
    ours = cox(time, event, covariates, strata, ties=theirs["ties"])
    assert ours.status is Status.CONVERGED
    np.testing.assert_allclose(ours.coefficients, theirs["coefficients"], **EQUAL)
    np.testing.assert_allclose(ours.covariance, theirs["covariance"], **EQUAL)
    likelihoods = [ours.null_log_likelihood, ours.log_likelihood]
    np.testing.assert_allclose(likelihoods, theirs["log_likelihood"], **EQUAL)
    np.testing.assert_allclose(ours.score.statistic, theirs["score"], **EQUAL)
    np.testing.assert_allclose(ours.wald.statistic, theirs["wald"], **EQUAL)
    null, fitted = theirs["log_likelihood"]
    np.testing.assert_allclose(ours.likelihood_ratio.statistic, 2 * (fitted - null), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(("number", "fit"), OF_ARM)
def test_hazard_ratio_of_a_row_among_others(number, fit):
    time, event, covariates, strata, theirs = arrays(number, fit)
    arm = covariates[:, 0] == 1
    # The row of interest is second; in the first nobody has an event, in the third the arms are swapped.
    events = np.stack([np.zeros_like(event), event, event])
    arms = np.stack([arm, arm, ~arm])
    rows = hazard_ratios(np.stack([time] * 3), events, arms, strata, ties=theirs["ties"])
    np.testing.assert_allclose(np.log(rows.estimate[1]), theirs["coefficients"][0], **EQUAL)
    np.testing.assert_allclose(rows.se[1] ** 2, theirs["covariance"][0][0], **EQUAL)
    np.testing.assert_allclose(rows.estimate[2], 1 / rows.estimate[1], rtol=1e-9)
    assert np.isnan(rows.estimate[0])


@pytest.mark.parametrize(("number", "fit"), OF_ARM)
def test_rows_padded_with_patients_who_are_not_included(number, fit):
    time, event, covariates, strata, theirs = arrays(number, fit)
    n = time.size
    more = np.full(7, time.max() / 2)
    padded = np.concatenate([more, time])[None]
    included = np.concatenate([np.zeros(7, dtype=bool), np.ones(n, dtype=bool)])
    events = np.concatenate([np.ones(7, dtype=bool), event])
    arm = np.concatenate([np.arange(7) % 2 == 0, covariates[:, 0] == 1])
    labels = None if strata is None else np.concatenate([np.full(7, strata[0]), strata])
    ours = hazard_ratios(padded, events, arm, labels, included, ties=theirs["ties"], level=0.9)
    alone = hazard_ratio(time, event, covariates[:, 0] == 1, strata, ties=theirs["ties"], level=0.9)
    for name in ("estimate", "low", "high", "se", "z", "p_value"):
        np.testing.assert_allclose(getattr(ours, name)[0], getattr(alone, name), rtol=1e-8)
