"""Log-rank tests and MaxCombo against R: packages survival and mvtnorm, and the textbook formula again.

Standing: double programmed. ``log_rank/make.R`` makes the cases and runs survival 3.5.3 (LGPL, run for its
output) on R 4.2.2: survdiff for powers of the left-continuous Kaplan-Meier curve, and the score test of
coxph, which with the exact treatment of ties is the log-rank test. Neither knows gamma, at-risk powers,
modest weights or covariances; for these the script has the formula as a table of times. The largest of two or
three statistics is from mvtnorm 1.1.3 (GPL, run for its output; TVPACK, no random numbers), that of four one
integral over it.

Tolerance: 1e-8 relative, numbers being stored to 15 digits; 1e-8 absolute for probabilities of the largest.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from remit.stats.survival.largest_normal import bound_of, probability_beyond
from remit.stats.survival.log_rank import log_rank, observed_and_expected, sums_of
from remit.stats.survival.log_rank_rows import Look, Replicates, log_rank_rows
from remit.stats.survival.log_rank_weights import Weight, fleming_harrington
from remit.stats.survival.max_combo import max_combo_rows

STORED = json.loads((Path(__file__).parent / "log_rank" / "log_rank.json").read_text())
WEIGHTS = [
    Weight("", w["rho"], w["gamma"], w["tau"], np.inf if w["held"] is None else w["held"])
    for w in STORED["weights"]
]
EQUAL = {"rtol": 1e-8, "atol": 1e-10}
NODES = np.polynomial.legendre.leggauss(200)
NUMBERS = range(len(STORED["data_sets"]))


def arrays(case):
    found = {name: np.array(values) for name, values in case["data"].items()}
    return found["time"], found["event"] == 1, found["arm"], found["stratum"]


def test_there_are_cases_enough():
    """Each data set is compared by four survdiff tests, a score test and ten weights."""
    assert len(STORED["data_sets"]) * (4 + 1 + len(WEIGHTS)) >= 300


@pytest.mark.parametrize("number", NUMBERS)
def test_survdiff_agrees(number):
    case = STORED["data_sets"][number]
    time, event, arm, stratum = arrays(case)
    for theirs in case["survdiff"]:
        weight = fleming_harrington(theirs["rho"], 0)
        ours = observed_and_expected(time, event, arm, stratum, weight)
        np.testing.assert_allclose(ours.observed, theirs["observed"], **EQUAL)
        np.testing.assert_allclose(ours.expected, theirs["expected"], **EQUAL)
        np.testing.assert_allclose(ours.variance, theirs["variance"], **EQUAL)
        np.testing.assert_allclose(ours.chi_square, theirs["chi_square"], **EQUAL)
        z = log_rank(time, event, arm, stratum, weight).z
        assert np.sign(z) == np.sign(theirs["expected"][1] - theirs["observed"][1])


@pytest.mark.parametrize("number", NUMBERS)
def test_the_score_test_of_cox_regression_agrees(number):
    case = STORED["data_sets"][number]
    np.testing.assert_allclose(log_rank(*arrays(case)).z ** 2, case["cox_score"], **EQUAL)


@pytest.mark.parametrize("number", NUMBERS)
def test_all_weights_and_their_covariances_agree_with_the_textbook_formula(number):
    case = STORED["data_sets"][number]
    ours = sums_of(*arrays(case), WEIGHTS)
    np.testing.assert_allclose(ours.score[0, 0], case["textbook"]["score"], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(ours.covariance[0, 0], case["textbook"]["covariance"], **EQUAL)
    np.testing.assert_allclose(ours.observed[0, 0], case["textbook"]["observed"], **EQUAL)


@pytest.mark.parametrize("number", range(len(STORED["trials"])))
def test_trials_that_are_cut_agree(number):
    """Cut by event, by calendar, by whichever comes first, and at a target that is never reached."""
    case = STORED["trials"][number]
    time, event, arm, stratum = arrays(case)
    row = Replicates(
        entry=np.array(case["data"]["entry"])[None],
        time=time[None],
        event=event[None],
        arm=arm[None],
        stratum=(stratum - stratum.min())[None],
    )
    looks = [
        Look(each["target"], np.inf if each["calendar"] is None else each["calendar"])
        for each in case["looks"]
    ]
    ours = log_rank_rows(row, looks, WEIGHTS)
    for k, theirs in enumerate(case["looks"]):
        assert ours.cut[0, k] == theirs["cut"]
        assert ours.patients[0, k].tolist() == theirs["patients"]
        assert ours.events[0, k].tolist() == theirs["events"]
        np.testing.assert_allclose(ours.z[0, k, 0] ** 2, theirs["survdiff"]["chi_square"], **EQUAL)
        np.testing.assert_allclose(ours.score[0, k], theirs["textbook"]["score"], rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(ours.covariance[0, k], theirs["textbook"]["covariance"], **EQUAL)


@pytest.mark.parametrize("number", range(len(STORED["largest"])))
def test_the_largest_statistic_has_the_same_distribution(number):
    case = STORED["largest"][number]
    correlation = np.array(case["correlation"])
    # Four dimensions take a second for each bound.
    some = slice(None) if len(correlation) < 4 else slice(1, 3)
    at, beyond = np.array(case["at"][some]), case["beyond"][some]
    ours = probability_beyond(at, np.broadcast_to(correlation, (at.size, *correlation.shape)))
    np.testing.assert_allclose(ours, beyond, rtol=0, atol=1e-8)
    if len(correlation) < 4:
        assert bound_of(correlation, beyond[2]) == pytest.approx(at[2], abs=1e-6)


@pytest.mark.parametrize("number", range(len(STORED["data_sets"])))
def test_max_combo_is_the_largest_of_the_reference_statistics(number):
    """With what R found for the statistics and their covariances, by the textbook formula."""
    case = STORED["data_sets"][number]
    which = [0, 3]
    covariance = np.array(case["textbook"]["covariance"])[np.ix_(which, which)]
    sd = np.sqrt(np.diag(covariance))
    z = -np.array(case["textbook"]["score"])[which] / sd
    ours = max_combo_rows(sums_of(*arrays(case), [WEIGHTS[k] for k in which]), two_sided=False)
    np.testing.assert_allclose(ours.comparison.z[0, 0], z.max(), rtol=1e-8)
    # Of two normal variables the largest is known in one integral: that over the first.
    correlation = covariance[0, 1] / sd.prod()
    rest = np.sqrt(1 - correlation**2)
    x, w = (NODES[0] - 1) / 2 * (9 + z.max()) + z.max(), NODES[1] * (9 + z.max()) / 2
    inside = (w * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)) @ ndtr((z.max() - correlation * x) / rest)
    np.testing.assert_allclose(ours.comparison.p_value[0, 0], 1 - inside, rtol=0, atol=1e-8)


@pytest.mark.parametrize("number", range(len(STORED["largest"])))
def test_p_values_of_the_statistics_agree(number):
    case = STORED["largest"][number]
    z, correlation = np.array(case["z"]), np.array(case["correlation"])
    ours = probability_beyond(z.max()[None], correlation[None])
    np.testing.assert_allclose(ours, case["p_value"], rtol=0, atol=1e-8)
