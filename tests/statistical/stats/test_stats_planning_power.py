"""Planned power against simulated trials, whose log-rank test is computed here from its definition.

Standing: an independent simulation. A planned power may differ by what ``log_rank_moments`` says, and by
four Monte Carlo standard errors.
"""

import numpy as np
import pytest
from scipy.special import ndtri

from remit.stats.planning.accrual import accrual_at_rates, time_accrued, uniform_accrual
from remit.stats.planning.log_rank_moments import log_rank_moments
from remit.stats.planning.look_calendar import look_calendar
from remit.stats.planning.means import two_means_power
from remit.stats.planning.piecewise import NONE, delayed_effect, hazard, quantile, times_hazard_ratio
from remit.stats.planning.survival import Analysis, power_at
from remit.stats.planning.survival_trial import SurvivalTrial, expected

TRIALS = 6000
CONTROL = hazard(np.log(2) / 12)


def survival_trial(patients, experimental, *, ratio=1.0, control=CONTROL, lost=NONE, accrual=None):
    return SurvivalTrial(
        accrual=accrual or uniform_accrual(patients, 18),
        control=control,
        experimental=experimental,
        dropout_control=lost,
        dropout_experimental=lost,
        ratio=ratio,
    )


def times_of(random, of, shape):
    return quantile(of, random.random(shape))


def simulated(trial, seed, trials=TRIALS):
    """Entry, event, loss and arm of patients, shape (trials, n_patients); the arms in their exact ratio."""
    random = np.random.default_rng(seed)
    n = round(trial.accrual.patients)
    experimental = round(n * trial.ratio / (1 + trial.ratio))
    arm = np.arange(n) < experimental
    entry = time_accrued(trial.accrual, random.random((trials, n)) * trial.accrual.patients)
    shape = (trials, n)
    event = np.where(arm, times_of(random, trial.experimental, shape), times_of(random, trial.control, shape))
    lost = np.where(
        arm,
        times_of(random, trial.dropout_experimental, shape),
        times_of(random, trial.dropout_control, shape),
    )
    return entry, event, lost, np.broadcast_to(arm, shape)


def log_rank_z(entry, event, lost, arm, at):
    """Standardised statistic at a calendar time, positive in favour of experimental; no ties occur."""
    followed = np.minimum(lost, at - entry)
    seen = (event <= followed) & (entry < at)
    time = np.where(entry < at, np.minimum(event, followed), -1.0)
    order = np.argsort(time, axis=1)
    seen, treated, there = (
        np.take_along_axis(each, order, 1).astype(float) for each in (seen, arm, entry < at)
    )
    at_risk = np.cumsum(there[:, ::-1], axis=1)[:, ::-1]
    share = np.cumsum((there * treated)[:, ::-1], axis=1)[:, ::-1] / np.maximum(at_risk, 1)
    score = (seen * (share - treated)).sum(axis=1)
    return score / np.sqrt((seen * share * (1 - share)).sum(axis=1))


def rejects(z, alpha=0.025):
    return np.mean(z > -ndtri(alpha))


def close_to(planned, found, trials=TRIALS, allowed=0.0):
    return abs(found - planned) < allowed + 4 * np.sqrt(planned * (1 - planned) / trials)


EQUAL_ARMS = {
    "proportional": survival_trial(240, times_hazard_ratio(CONTROL, 0.65)),
    "delayed by three months": survival_trial(300, delayed_effect(CONTROL, 3, 0.55)),
    "delayed by six months, with dropout": survival_trial(
        300, delayed_effect(CONTROL, 6, 0.4), lost=hazard(0.01)
    ),
    "crossing": survival_trial(160, hazard((0.07, 0.02), (0.0, 4.0))),
    "control that changes, enrolment that rises": survival_trial(
        200,
        hazard((0.06, 0.02), (0.0, 9.0)),
        control=hazard((0.09, 0.04), (0.0, 6.0)),
        accrual=accrual_at_rates((0.0, 6.0, 16.0), (100 / 11, 160 / 11)),
    ),
}


@pytest.mark.parametrize("name", EQUAL_ARMS)
def test_the_drift_gives_the_power_of_simulated_trials(name):
    trial = EQUAL_ARMS[name]
    planned = power_at(trial, 36, Analysis(method="log-rank drift"))
    assert 0.6 < planned < 0.95
    assert close_to(planned, rejects(log_rank_z(*simulated(trial, 3), 36)), allowed=0.006)


@pytest.mark.parametrize(("ratio", "too_high"), [(2.0, 0.015), (0.5, -0.024)])
def test_in_unequal_arms_with_a_large_effect_the_power_is_off_by_what_is_said(ratio, too_high):
    trial = survival_trial(81, times_hazard_ratio(CONTROL, 0.4), ratio=ratio)
    planned = power_at(trial, 30, Analysis(method="log-rank drift"))
    found = rejects(log_rank_z(*simulated(trial, 4), 30))
    assert close_to(planned - too_high, found, allowed=0.005)


def test_without_an_effect_the_test_rejects_as_often_as_it_may():
    z = log_rank_z(*simulated(survival_trial(200, CONTROL), 5), 30)
    assert close_to(0.025, rejects(z), allowed=0.002)


def test_the_statistic_at_looks_is_expected_where_it_is():
    """An early look sees a delayed effect less: not as the root of information says."""
    trial = survival_trial(300, delayed_effect(CONTROL, 4, 0.5))
    looks = look_calendar(trial, np.array([60.0, 120.0, 180.0]))
    parts = simulated(trial, 6)
    drift = looks.log_rank.drift
    for time, planned in zip(looks.time, drift, strict=True):
        z = log_rank_z(*parts, time)
        assert abs(z.mean() - planned) < 0.03 + 4 * z.std() / np.sqrt(TRIALS)
    assert drift[0] < 0.8 * drift[2] * np.sqrt(60 / 180)


def test_expected_patients_events_and_dropouts_are_means_over_trials():
    trial = survival_trial(
        201, delayed_effect(CONTROL, 5, 0.5), ratio=2.0, lost=hazard((0.03, 0.005), (0.0, 6.0))
    )
    entry, event, lost, arm = simulated(trial, 7, 3000)
    for at in (7.0, 15.0, 40.0):
        planned = expected(trial, at)
        here = entry < at
        dead = here & (event <= np.minimum(lost, at - entry))
        gone = here & (lost < np.minimum(event, at - entry))
        for found, number in (
            (here, planned.accrued),
            (dead & ~arm, planned.events_control),
            (dead & arm, planned.events_experimental),
            (gone & ~arm, planned.dropouts_control),
            (gone & arm, planned.dropouts_experimental),
        ):
            counts = found.sum(axis=1)
            assert abs(counts.mean() - number) < 4 * counts.std() / np.sqrt(3000) + 1e-9


def test_the_cox_limit_is_where_its_estimate_tends_to():
    """A large trial's score for the limit is zero in the mean: the estimating equation of one covariate."""
    trial = survival_trial(400, delayed_effect(CONTROL, 6, 0.4))
    limit = float(log_rank_moments(trial, 30.0).hazard_ratio)
    entry, event, lost, arm = simulated(trial, 8, 1500)
    followed = np.minimum(lost, 30 - entry)
    time = np.minimum(event, followed)
    order = np.argsort(time, axis=1)
    seen, treated = (np.take_along_axis(each, order, 1).astype(float) for each in (event <= followed, arm))
    weight = np.where(treated > 0, limit, 1.0)
    share = (
        np.cumsum((weight * treated)[:, ::-1], axis=1)[:, ::-1] / np.cumsum(weight[:, ::-1], axis=1)[:, ::-1]
    )
    score = (seen * (treated - share)).sum(axis=1)
    # The bias is of one event at most, while the score of no effect would be far away.
    assert abs(score.mean()) < 0.5 + 4 * score.std() / np.sqrt(1500)
    assert limit == pytest.approx(0.56, abs=0.1)


def test_the_power_of_the_t_test_is_that_of_simulated_trials():
    random = np.random.default_rng(9)
    n1, n0, effect = 14, 9, 1.1
    a, b = random.normal(effect, 1, (40_000, n1)), random.normal(0, 1, (40_000, n0))
    variance = (a.var(axis=1, ddof=1) * (n1 - 1) + b.var(axis=1, ddof=1) * (n0 - 1)) / (n1 + n0 - 2)
    t = (a.mean(axis=1) - b.mean(axis=1)) / np.sqrt(variance * (1 / n1 + 1 / n0))
    # 2.0796 is the upper 2.5% point of t with 21 degrees of freedom.
    planned = float(two_means_power(n1, n0, effect, 1.0, 0.025))
    assert close_to(planned, np.mean(t > 2.0796138447), trials=40_000)
