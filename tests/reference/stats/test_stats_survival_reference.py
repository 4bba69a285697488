"""Survival estimates against R: packages survival and cmprsk.

Standing: double programmed. ``survival/make.R`` makes the cases and runs survival 3.5.3 (LGPL) and cmprsk 2.2
(GPL) on R 4.2.2 for their output. Tolerance: 1e-8 relative, numbers being stored to 15 digits.

Where the programs differ on purpose: R leaves limits of a survival of 1 missing on some scales, here they are
1; where nobody is left R has no lower limit of a quantile, here it is at most the last time, as survival is 0
from there on. Both have no upper limit there. cmprsk gives -1 where it cannot test, here it is NaN.
Turnbull's estimate by survfit stops its iterations early, see the last tests.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from remit.stats.survival.competing_risks import aalen_johansen
from remit.stats.survival.follow_up import reverse_kaplan_meier
from remit.stats.survival.gray import gray, gray_test
from remit.stats.survival.interval_censored import survival_between, turnbull
from remit.stats.survival.kaplan_meier import kaplan_meier, landmark, quantile
from remit.stats.survival.many_curves import kaplan_meier_rows, restricted_means, survivals_at
from remit.stats.survival.milestone import milestone_difference
from remit.stats.survival.nelson_aalen import nelson_aalen
from remit.stats.survival.restricted_mean import restricted_mean_difference, restricted_mean_of
from remit.stats.survival.risk_table import risk_table

STORED = json.loads((Path(__file__).parent / "survival" / "survival.json").read_text())
EQUAL = {"rtol": 1e-8, "atol": 1e-10}
SCALES = {"plain": "plain", "log": "log", "log-log": "log-log", "arcsin": "arcsine", "logit": "logit"}
SHARES = (0.25, 0.5, 0.75)
NUMBERS = range(len(STORED["survival"]))
ARMS = [(number, arm) for number in NUMBERS for arm in (0, 1)]
COMPETING = range(len(STORED["competing_risks"]))
INTERVALS = range(len(STORED["interval_censored"]))


def floats(values):
    """Numbers of the file; null is NaN."""
    return np.array(values, dtype=float)


def patients(number, arm):
    data = STORED["survival"][number]["data"]
    own = np.array(data["arm"]) == arm
    return floats(data["time"])[own], np.array(data["event"])[own] == 1


def reached(values):
    """Quantiles of R, missing where they are not reached."""
    found = floats(values)
    return np.where(np.isnan(found), np.inf, found)


def test_there_are_cases_enough():
    assert len(ARMS) >= 40
    assert sum(len(case["cox"]) for case in STORED["survival"]) >= 60
    assert len(COMPETING) >= 12
    assert len(INTERVALS) >= 12


@pytest.mark.parametrize(("number", "arm"), ARMS)
def test_kaplan_meier_and_its_limits_on_every_scale(number, arm):
    time, event = patients(number, arm)
    theirs = STORED["survival"][number]["arms"][arm]
    curve = kaplan_meier(time, event, theirs["level"])
    np.testing.assert_array_equal(curve.time, theirs["time"])
    np.testing.assert_array_equal(curve.at_risk, theirs["at_risk"])
    np.testing.assert_array_equal(curve.events, theirs["events"])
    np.testing.assert_array_equal(curve.censored, theirs["censored"])
    np.testing.assert_allclose(curve.survival, theirs["survival"], **EQUAL)
    left = curve.survival > 0
    np.testing.assert_allclose(np.sqrt(curve.variance)[left], floats(theirs["se"])[left], **EQUAL)
    for name, limits in theirs["limits"].items():
        curve = kaplan_meier(time, event, theirs["level"], SCALES[name])
        for ours, other in ((curve.low, limits["low"]), (curve.high, limits["high"])):
            expected = floats(other)
            shown = left & ~np.isnan(expected)
            np.testing.assert_allclose(ours[shown], expected[shown], **EQUAL)
            assert (ours[left & ~shown] == 1).all()
            assert np.isnan(ours[~left]).all()


@pytest.mark.parametrize(("number", "arm"), ARMS)
def test_quartiles_with_intervals_of_brookmeyer_and_crowley(number, arm):
    time, event = patients(number, arm)
    theirs = STORED["survival"][number]["arms"][arm]
    for name, limits in theirs["limits"].items():
        curve = kaplan_meier(time, event, theirs["level"], SCALES[name])
        ours = [quantile(curve, share, flat="middle") for share in SHARES]
        expected = limits["quantiles"]
        np.testing.assert_allclose([q.value for q in ours], reached(expected["value"]), **EQUAL)
        np.testing.assert_allclose([q.high for q in ours], reached(expected["high"]), **EQUAL)
        for q, low in zip(ours, reached(expected["low"]), strict=True):
            if np.isfinite(low) or curve.survival[-1] > 0:
                np.testing.assert_allclose(q.low, low, **EQUAL)
            else:
                assert q.low == curve.time[-1]


@pytest.mark.parametrize(("number", "arm"), ARMS)
def test_cumulative_hazards(number, arm):
    time, event = patients(number, arm)
    theirs = STORED["survival"][number]["arms"][arm]
    plain = nelson_aalen(time, event, theirs["level"], scale="plain")
    tied = nelson_aalen(time, event, theirs["level"], ties="fleming-harrington", scale="log")
    for ours, other in ((plain, theirs["nelson_aalen"]), (tied, theirs["fleming_harrington"])):
        np.testing.assert_allclose(ours.hazard, other["hazard"], **EQUAL)
        np.testing.assert_allclose(np.sqrt(ours.variance), other["se"], **EQUAL)
        for limit, expected in ((ours.low, other["low"]), (ours.high, other["high"])):
            shown = ~np.isnan(floats(expected)) & ~np.isnan(limit)
            np.testing.assert_allclose(limit[shown], floats(expected)[shown], **EQUAL)
            assert shown[ours.hazard > 0].all()


@pytest.mark.parametrize(("number", "arm"), ARMS)
def test_restricted_means(number, arm):
    time, event = patients(number, arm)
    curve, rows = kaplan_meier(time, event), kaplan_meier_rows(time[None], event[None])
    for theirs in STORED["survival"][number]["arms"][arm]["restricted_mean"]:
        ours = restricted_mean_of(curve, theirs["horizon"])
        np.testing.assert_allclose(ours.value, theirs["value"], **EQUAL)
        np.testing.assert_allclose(np.sqrt(ours.variance), theirs["se"], **EQUAL)
        mean, variance = restricted_means(rows, np.array([theirs["horizon"]]))
        np.testing.assert_allclose([mean[0], np.sqrt(variance[0])], [theirs["value"], theirs["se"]], **EQUAL)


@pytest.mark.parametrize(("number", "arm"), ARMS)
def test_milestones_and_numbers_at_risk(number, arm):
    time, event = patients(number, arm)
    theirs = STORED["survival"][number]["arms"][arm]["milestone"]
    curve, rows = kaplan_meier(time, event), kaplan_meier_rows(time[None], event[None])
    table = risk_table(time, event, np.zeros(time.size), theirs["at"])
    np.testing.assert_array_equal(table.at_risk[0], theirs["at_risk"])
    np.testing.assert_array_equal(table.events[0], theirs["events"])
    for at, survival, se in zip(theirs["at"], theirs["survival"], theirs["se"], strict=True):
        np.testing.assert_allclose(landmark(curve, at).value, survival, **EQUAL)
        ours, variance = survivals_at(rows, at)
        np.testing.assert_allclose(ours[0], survival, **EQUAL)
        if survival > 0:
            np.testing.assert_allclose(np.sqrt(variance[0]), se, **EQUAL)


@pytest.mark.parametrize("number", NUMBERS)
def test_two_arms_by_the_numbers_of_each(number):
    case = STORED["survival"][number]
    data, (control, treated) = case["data"], case["arms"]
    arrays = floats(data["time"]), np.array(data["event"]) == 1, np.array(data["arm"]) == 1
    at_all = zip(treated["milestone"]["at"], treated["milestone"]["survival"], strict=True)
    for k, (at, survival) in enumerate(at_all):
        ours = milestone_difference(*arrays, at)
        np.testing.assert_allclose(ours.estimate, survival - control["milestone"]["survival"][k], **EQUAL)
        se = [
            0 if arm["milestone"]["survival"][k] == 0 else arm["milestone"]["se"][k] for arm in case["arms"]
        ]
        np.testing.assert_allclose(ours.se, np.hypot(*se), **EQUAL)
    assert treated["restricted_mean"]
    for one, other in zip(treated["restricted_mean"], control["restricted_mean"], strict=True):
        assert one["horizon"] == other["horizon"]
        ours = restricted_mean_difference(*arrays, one["horizon"])
        np.testing.assert_allclose(ours.estimate, one["value"] - other["value"], **EQUAL)
        np.testing.assert_allclose(ours.se, np.hypot(one["se"], other["se"]), **EQUAL)


@pytest.mark.parametrize(("number", "arm"), ARMS)
def test_follow_up_by_the_reverse_curve(number, arm):
    time, event = patients(number, arm)
    theirs = STORED["survival"][number]["arms"][arm]
    curve = reverse_kaplan_meier(time, event, theirs["level"])
    ours = [quantile(curve, share, flat="middle") for share in SHARES]
    np.testing.assert_allclose([q.value for q in ours], reached(theirs["follow_up"]["value"]), **EQUAL)
    np.testing.assert_allclose([q.high for q in ours], reached(theirs["follow_up"]["high"]), **EQUAL)


@pytest.mark.parametrize("number", COMPETING)
def test_cumulative_incidence_with_both_variances(number):
    case = STORED["competing_risks"][number]
    time, cause = floats(case["data"]["time"]), np.array(case["data"]["cause"])
    for name, limits in case["limits"].items():
        ours = aalen_johansen(time, cause, case["level"], scale=SCALES[name])
        np.testing.assert_array_equal(ours.time, case["time"])
        np.testing.assert_allclose(ours.survival, case["survival"], **EQUAL)
        np.testing.assert_allclose(ours.incidence, case["incidence"], **EQUAL)
        np.testing.assert_allclose(np.sqrt(ours.variance), case["se"], **EQUAL)
        for limit, expected in ((ours.low, floats(limits["low"])), (ours.high, floats(limits["high"]))):
            shown = ours.incidence > 0
            np.testing.assert_allclose(limit[shown], expected[shown], **EQUAL)
    aalen = aalen_johansen(time, cause, variance="aalen")
    np.testing.assert_allclose(aalen.incidence, case["cmprsk"]["incidence"], **EQUAL)
    np.testing.assert_allclose(aalen.variance, case["cmprsk"]["variance"], **EQUAL)


@pytest.mark.parametrize("number", COMPETING)
def test_gray_of_every_cause_and_weight(number):
    case = STORED["competing_risks"][number]
    data = case["data"]
    groups = set(data["group"])
    for theirs in case["gray"]:
        for k, statistic in enumerate(theirs["statistic"]):
            of = {"tested": k + 1, "rho": theirs["rho"]}
            ours = gray_test(data["time"], data["cause"], data["group"], data["stratum"], **of)
            assert ours.df == theirs["df"][k] == len(groups) - 1
            if statistic == -1:
                assert np.isnan(ours.statistic)
                continue
            np.testing.assert_allclose(ours.statistic, statistic, **EQUAL)
            np.testing.assert_allclose(ours.p_value, theirs["p_value"][k], **EQUAL)
            if len(groups) == 2:
                arm = np.array(data["group"]) == 2
                z = gray(data["time"], data["cause"], arm, data["stratum"], **of).z
                np.testing.assert_allclose(z**2, statistic, **EQUAL)


def intervals(number):
    case = STORED["interval_censored"][number]
    right = floats(case["data"]["right"])
    return case, floats(case["data"]["left"]), np.where(np.isnan(right), np.inf, right)


@pytest.mark.parametrize("number", INTERVALS)
def test_turnbull_by_self_consistency_until_nothing_moves(number):
    """The equations of Turnbull, iterated in R until no mass moves by 1e-15."""
    case, left, right = intervals(number)
    ours, theirs = turnbull(left, right), case["self_consistent"]
    ends = floats(theirs["right"])
    np.testing.assert_array_equal(ours.left, theirs["left"])
    np.testing.assert_array_equal(ours.right, np.where(np.isnan(ends), np.inf, ends))
    np.testing.assert_allclose(ours.mass, theirs["mass"], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(ours.log_likelihood, theirs["log_likelihood"], rtol=1e-12)
    assert ours.is_converged


@pytest.mark.parametrize("number", INTERVALS)
def test_turnbull_by_survfit_as_far_as_it_goes(number):
    """Survfit stops its iterations early: by up to 6e-3 it misses what is Kaplan-Meier, in the last case.

    So the tolerance is 1e-2, and the certificate of the maximum is checked beside it: no likelihood exceeds
    ours by more than the gap, which is below 1e-8.
    """
    case, left, right = intervals(number)
    ours = turnbull(left, right)
    bounds = survival_between(ours, floats(case["survfit"]["time"]))
    theirs = floats(case["survfit"]["survival"])
    assert (bounds.low - 1e-2 <= theirs).all()
    assert (theirs <= bounds.high + 1e-2).all()
    assert ours.gap <= 1e-8


def test_turnbull_is_nearer_to_kaplan_meier_than_survfit():
    """Of the case with censoring on the right alone that the tolerance above is for."""
    case, left, right = intervals(INTERVALS[-1])
    curve = kaplan_meier(left, np.isfinite(right))
    theirs = floats(case["survfit"]["survival"])
    at = np.searchsorted(curve.time, floats(case["survfit"]["time"]), side="right") - 1
    assert np.abs(theirs - curve.survival[at]).max() > 1e-3
    np.testing.assert_allclose(
        survival_between(turnbull(left, right), curve.time).low, curve.survival, **EQUAL
    )
