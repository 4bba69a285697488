"""Dose finding with back-fill against published operating characteristics.

Standing: published. Table 4 of Zhao, Yuan, Korn and Freidlin (2024), Clinical Cancer Research 30:673,
scenario 3, as the vignette of the R package simFastBOIN 2.1 prints it; and the output in the documentation of
the R package bfboin 0.1.1 (100 trials). Neither code was read. One DLT of three means stay, escalation ends
with nine patients where the dose stays, three patients a month, a window of one month.

Tolerance: four Monte Carlo standard errors of a difference from as many trials (bfboin: 100) for shares. The
paper leaves open how patients arrive within a month; numbers of patients may differ by one and months by 1.5.
"""

from dataclasses import replace

import numpy as np
import pytest

from remit.trial.designs import boin
from remit.trial.dose_finding.outcomes import Outcomes
from remit.trial.dose_finding.trials import dose_finding_trials, operating_characteristics

TRIALS, ARRIVALS, MONTH = 1500, 90, 30.0
TOXIC, RESPONDS = (0.04, 0.12, 0.25, 0.43, 0.63), (0.10, 0.20, 0.30, 0.45, 0.58)
ZHAO = replace(boin.planned(0.25, 3, 30, 9), stay_on_one_of_three=True, enough_on_stay=True)
PRINTED = {
    # Selected: MTD, above it [%]; patients below, at, above the MTD, in all; months.
    "back-fill": (boin.with_backfill(ZHAO, 12), (57.6, 9.7, 16.9, 9.8, 4.2, 30.9, 14.3)),
    "no back-fill": (ZHAO, (56.7, 12.3, 11.4, 8.0, 4.6, 23.9, 14.3)),
}


def outcomes(toxic, responds, size):
    rng = np.random.default_rng(12)
    dlt = rng.random((size, 1)) < np.array(toxic)
    response = np.where(rng.random((size, 1)) < np.array(responds), MONTH, np.inf)
    return Outcomes(
        tuple(str(k) for k in range(len(toxic))), np.zeros(size, dtype=np.int64), np.ones(size), dlt,
        np.ones(dlt.shape, dtype=bool), np.full(dlt.shape, MONTH), response, np.full(dlt.shape, MONTH),
    )  # fmt: skip


@pytest.mark.statistical
@pytest.mark.parametrize("name", PRINTED)
def test_selection_patients_and_months_are_those_of_the_published_table(name):
    params, printed = PRINTED[name]
    pool = outcomes(TOXIC, RESPONDS, TRIALS * ARRIVALS)
    who = np.arange(TRIALS * ARRIVALS).reshape(TRIALS, ARRIVALS)
    days = np.arange(1, ARRIVALS + 1) * MONTH / 3 + np.zeros((TRIALS, 1))
    found = operating_characteristics(dose_finding_trials(pool, who, days, params))
    value = {(row["MEASURE"], row["DOSE"]): row["VALUE"] for row in found.iter_rows(named=True)}

    def total(measure, doses):
        return sum(value[measure, str(dose)] for dose in doses)

    for published, share in (
        (printed[0], value["selected as MTD", "2"]),
        (printed[1], total("selected as MTD", (3, 4))),
    ):
        p = published / 100
        assert abs(share - p) < 4 * np.sqrt(2 * p * (1 - p) / TRIALS)
    at_doses = [total("patients at the dose", doses) for doses in ((0, 1), (2,), (3, 4), range(5))]
    np.testing.assert_allclose(at_doses, printed[2:6], atol=1.0)
    assert value["escalation [day]", ""] / MONTH == pytest.approx(printed[6], abs=1.5)
    # Doses above the MTD are overdoses by the design's own limit, 1.4 times the target.
    assert value["correct selection (MTD)", ""] == value["selected as MTD", "2"]
    overdosed = (at_doses[2] / at_doses[3], value["share of patients overdosed", ""])
    assert overdosed[0] == pytest.approx(overdosed[1], abs=0.05)


@pytest.mark.statistical
def test_two_doses_with_a_stricter_lowest_one_are_those_of_another_program():
    """bfboin 0.1.1: 75% and 18% selected, 7% stopped, 10.54 and 7.41 patients, in 100 trials."""
    params = replace(boin.planned(0.25, 3, 30, 9), stricter_by=0.1, enough_on_stay=True)
    pool = outcomes((0.1, 0.5), (0.001, 0.001), TRIALS * 60)
    who = np.arange(TRIALS * 60).reshape(TRIALS, 60)
    days = np.arange(1, 61) * MONTH * 2 + np.zeros((TRIALS, 1))
    done = dose_finding_trials(pool, who, days, params)
    shares = [float((done.trials["MTD"].fill_null("none") == name).mean()) for name in ("0", "1", "none")]
    for share, p in zip(shares, (0.75, 0.18, 0.07), strict=True):
        assert abs(share - p) < 4 * np.sqrt(p * (1 - p) * (1 / 100 + 1 / TRIALS))
    for name, printed in (("0", 10.54), ("1", 7.41)):
        patients = done.doses.filter(done.doses["DOSE"] == name)["N"]
        assert abs(patients.mean() - printed) < 4 * patients.std() * np.sqrt(1 / 100 + 1 / TRIALS)


@pytest.mark.statistical
def test_overdosing_and_selection_are_judged_by_the_truth_of_each_draw():
    rng = np.random.default_rng(2)
    each = 600
    rates = np.array([[0.05, 0.25, 0.6], [0.25, 0.6, 0.8], [0.6, 0.8, 0.9]])
    draw = np.repeat(np.arange(3), each)
    dlt = rng.random((draw.size, 1)) < rates[draw]
    pool = Outcomes(
        ("low", "middle", "high"), draw, np.ones(draw.size), dlt, np.ones(dlt.shape, dtype=bool),
        np.full(dlt.shape, 28.0), np.full(dlt.shape, np.inf), np.full(dlt.shape, 28.0),
    )  # fmt: skip
    own = np.arange(900) % 3
    who = np.argsort(rng.random((900, each)), axis=1)[:, :30] + own[:, None] * each
    days = np.arange(30) * 60.0 + np.zeros((900, 1))
    done = dose_finding_trials(pool, who, days, boin.planned(0.25, 3, 30))
    np.testing.assert_array_equal(done.trials["DRAW"], own)
    right = done.trials["MTD"].fill_null("none").to_numpy()
    by_draw = [(right[own == k] == name).mean() for k, name in enumerate(("middle", "low", "none"))]
    found = operating_characteristics(done)
    value = {(row["MEASURE"], row["DOSE"]): row for row in found.iter_rows(named=True)}
    assert value["correct selection (MTD)", ""]["VALUE"] == pytest.approx(np.mean(by_draw))
    assert value["correct selection (MTD)", ""]["MCSE"] == pytest.approx(np.std(by_draw, ddof=1) / np.sqrt(3))
    assert min(by_draw) > 0.5
