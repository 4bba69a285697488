"""Simulated operating characteristics against recursive integration and closed forms, within their errors.

Standing: closed form. A Monte Carlo estimate has to be within four of its standard errors of the probability
that ``sequential`` integrates; what is true only to first order in the effect gets its named allowance
besides.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from remit.stats.operating.analyses import analyse, simulate_analyses
from remit.stats.operating.characteristics import share
from remit.stats.operating.consistency import all_positive, regions, retained
from remit.stats.operating.decisions import bounds_at, decide
from remit.stats.operating.regions import RegionalEffects, consistency, regional_effects
from remit.stats.operating.scenarios import (
    Conduct,
    Scenario,
    characteristics_of,
    log_hazard_ratio_of,
    looks_at_events,
    planned_looks,
    simulated,
)
from remit.stats.operating.survival_trials import (
    Stratum,
    TrialModel,
    model_of,
    simulate_trials,
    varying_effect,
)
from remit.stats.planning.accrual import uniform_accrual
from remit.stats.planning.piecewise import Hazard, hazard, hazard_of_share, survival, times_hazard_ratio
from remit.stats.planning.survival_trial import SurvivalTrial, expected
from remit.stats.sequential.bias import naive_estimate
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.design import design
from remit.stats.sequential.looks import looks
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.power import expected_information, stopping
from remit.stats.survival.log_rank_rows import Look
from remit.stats.survival.max_combo import COMBINATION

pytestmark = pytest.mark.statistical

N, EVENTS = 12_000, 180
DESIGN = design(Plan(fractions=(0.4, 0.7, 1.0), power=0.8, futility=Boundary("hwang-shih-decani", -2.0)))
CONDUCT = Conduct(design=DESIGN, looks=looks_at_events(DESIGN, EVENTS), futility_counted=True)
CONTROL = hazard((0.06, 0.09), (0.0, 6.0))


def model(hazard_ratio: float = 1.0, strata: int = 2) -> TrialModel:
    levels = np.linspace(0.7, 1.4, strata) if strata > 1 else [1.0]
    controls = [times_hazard_ratio(CONTROL, float(each)) for each in levels]
    return TrialModel(
        patients=240,
        accrual=uniform_accrual(240, 12.0),
        strata=tuple(
            Stratum(share=1.0, control=each, experimental=times_hazard_ratio(each, hazard_ratio))
            for each in controls
        ),
        dropout_control=hazard_of_share(0.04, 12.0),
        dropout_experimental=hazard_of_share(0.06, 12.0),
    )


@pytest.fixture(scope="module")
def null():
    """Analyses of trials without an effect."""
    return simulate_analyses(model(), CONDUCT.looks, N, 20261124, threads=2)


def near(found, truth, allowance=0.0):
    return abs(found.value - truth) < 4 * found.mcse + allowance


def test_type_i_error_and_stopping_at_each_look(null):
    found = characteristics_of(null, CONDUCT, 0.0)
    truth = stopping(DESIGN, 0.0)
    assert near(found.power, truth.efficacy.sum())
    assert near(found.futility, truth.futility.sum())
    for k, look in enumerate(found.looks):
        assert near(look.efficacy, truth.efficacy[0, k])
        assert near(look.futility, truth.futility[0, k])
        assert near(look.held, 1.0 if k == 0 else truth.goes_on[0, k - 1])
        assert look.events.value == CONDUCT.looks[k].events
    assert near(found.events, EVENTS * expected_information(DESIGN, 0.0)[0])


def test_type_i_error_where_futility_is_not_obeyed(null):
    found = characteristics_of(null, replace(CONDUCT, futility_obeyed=False), 0.0)
    assert near(found.power, DESIGN.alpha)
    assert found.power.value > characteristics_of(null, CONDUCT, 0.0).power.value


def test_a_wrong_bound_would_be_noticed(null):
    bound = np.full(3, norm.isf(0.025))
    nominal = replace(DESIGN, upper=bound, lower=np.minimum(DESIGN.lower, bound))
    found = characteristics_of(null, replace(CONDUCT, design=nominal, futility_obeyed=False), 0.0)
    assert not near(found.power, DESIGN.alpha)


def test_the_naive_estimate_is_biased_as_integration_says(null):
    found = characteristics_of(null, CONDUCT, 0.0).naive
    truth = naive_estimate(planned_looks(CONDUCT), 0.0)
    assert near(found.bias, truth.bias)
    # Information differs a little from events / 4: by 0.5% at 180 events in two strata.
    assert near(found.root_mean_square_error, np.sqrt(truth.mean_square_error), 0.01 * 0.2)
    assert found.without.value == 0


def test_the_stagewise_estimate_is_median_unbiased_and_its_interval_holds_its_level(null):
    found = characteristics_of(null, CONDUCT, 0.0).median_unbiased
    assert near(found.median_bias, 0.0)
    assert near(found.coverage, 0.95)


def test_power_under_an_effect_is_near_that_of_its_drift():
    ratio = 0.66
    assumed = model(ratio)
    found = simulated({"effect": Scenario(assumed, log_hazard_ratio_of(assumed))}, CONDUCT, 6000, 5)["effect"]
    drift = -np.log(ratio) * np.sqrt(EVENTS / 4)
    truth = stopping(DESIGN, drift)
    # Schoenfeld's drift holds to first order in the log hazard ratio.
    assert near(found.power, truth.efficacy.sum(), 0.01)
    for k, look in enumerate(found.looks):
        assert near(look.efficacy, truth.efficacy[0, k], 0.01)
    assert near(found.median_unbiased.coverage, 0.95, 0.005)
    assert near(
        found.naive.mean, -np.log(ratio) + naive_estimate(planned_looks(CONDUCT), -np.log(ratio)).bias, 0.01
    )


def test_bounds_at_the_events_that_were_seen_hold_the_type_i_error():
    """The calendar ends the trial, often before its events have come: the last look spends what is left."""
    ends = looks_at_events(DESIGN, EVENTS, (20.5, 20.5, 20.5))
    found = simulate_analyses(model(), ends, 8000, 9)
    assert np.unique(found.events[:, 2]).size > 20
    bounds = bounds_at(DESIGN, found.events, EVENTS, futility_obeyed=False)
    assert near(share(decide(found.z, bounds).rejects), DESIGN.alpha)
    # Who has fewer events has spent the same alpha before and has all the rest to spend at less information.
    last = bounds.upper[:, 2]
    held = ~np.isnan(last)
    np.testing.assert_array_equal(held, found.events[:, 2] > found.events[:, 1])
    order = np.argsort(found.events[held, 2], kind="stable")
    assert (np.diff(last[held][order]) >= -1e-12).all()
    assert last[held].max() == pytest.approx(DESIGN.upper[2], abs=1e-9)
    assert last[held].min() < DESIGN.upper[2] - 0.005


def test_max_combo_holds_the_type_i_error_at_one_look():
    one = design(Plan(fractions=(1.0,)))
    conduct = Conduct(design=one, looks=(Look(120),), weights=COMBINATION, test="max-combo")
    found = simulated({"null": Scenario(model(strata=1))}, conduct, 4000, 3)["null"]
    assert near(found.power, 0.025)
    assert found.naive is None


def test_max_combo_finds_a_late_effect_more_often_than_the_log_rank_test():
    one = design(Plan(fractions=(1.0,)))
    late = Stratum(share=1.0, control=CONTROL, experimental=varying_effect(CONTROL, (0.0, 6.0), (1.0, 0.5)))
    assumed = replace(model(), strata=(late,))
    plain = Conduct(design=one, looks=(Look(170),))
    several = replace(plain, weights=COMBINATION, test="max-combo")
    powers = [
        simulated({"late": Scenario(assumed)}, each, 1024, 8)["late"].power for each in (plain, several)
    ]
    # The same trials, so that the difference has a smaller error than either.
    assert powers[1].value > powers[0].value + 0.05


def test_expected_events_are_those_of_planning():
    assumed = SurvivalTrial(
        accrual=uniform_accrual(300, 20.0),
        control=CONTROL,
        experimental=varying_effect(CONTROL, (0.0, 3.0, 9.0), (1.0, 0.5, 1.2)),
        dropout_control=hazard_of_share(0.1, 12.0),
        dropout_experimental=hazard_of_share(0.2, 12.0),
        ratio=2.0,
    )
    at = np.array([5.0, 12.0])
    found = simulate_analyses(model_of(assumed), [Look(0, each) for each in at], 4000, 2)
    truth = expected(assumed, at)
    # Enrolment is not over, so that the number of patients is that of the Poisson process.
    for seen, wanted in ((found.events, truth.events), (found.patients, truth.accrued)):
        error = seen.std(axis=0, ddof=1) / np.sqrt(4000)
        assert (np.abs(seen.mean(axis=0) - wanted) < 4 * error).all()


def test_times_have_the_survival_of_their_hazards_and_crossing_over_mixes_them():
    rate, other, crossing = 0.1, 0.03, 0.08
    assumed = TrialModel(
        patients=200,
        accrual=uniform_accrual(200, 10.0),
        strata=(Stratum(share=1.0, control=hazard(rate), experimental=hazard(other)),),
        crossover=Hazard((0.0,), (crossing,)),
    )
    trials = simulate_trials(assumed, 512, 4)
    t = np.array([3.0, 10.0, 25.0])
    leaving = rate + crossing
    mixed = np.exp(-leaving * t) + crossing * (np.exp(-other * t) - np.exp(-leaving * t)) / (leaving - other)
    for arm, truth in ((0, mixed), (1, survival(hazard(other), t))):
        times = trials.time[trials.arm == arm]
        share = (times[:, None] > t).mean(axis=0)
        assert (np.abs(share - truth) < 4 * np.sqrt(truth * (1 - truth) / times.size)).all()


def test_consistency_of_normal_estimates_has_its_closed_form():
    rng = np.random.default_rng(11)
    for drift in (3.24, [2.0, 3.5, 4.0]):
        of = regions([0.15, 0.25, 0.6], drift)
        effect = of.drift + rng.standard_normal((40_000, 3)) / np.sqrt(of.share)
        whole = effect @ of.share
        counts = np.zeros(effect.shape, dtype=np.int64)
        found = RegionalEffects(effect, np.broadcast_to(1 / np.sqrt(of.share), effect.shape), counts, counts)
        for bound in (-np.inf, 1.96):
            seen = consistency(found, whole, whole >= bound)
            for k in range(3):
                assert near(seen.retained[k], retained(of, k, 0.5, bound))
            assert near(seen.all_positive, all_positive(of, bound))
        if isinstance(drift, float):
            assert near(consistency(found, whole).heterogeneity, 0.05)


def test_consistency_of_trials_is_near_that_of_normal_estimates():
    ratio, n = 0.7, 3000
    trials = simulate_trials(model(ratio, strata=3), n, 6)
    found = analyse(trials, (Look(180),))
    by_region = regional_effects(trials, trials.stratum, found.cut[:, 0])
    np.testing.assert_array_equal(by_region.events.sum(axis=1), 180)
    seen = consistency(by_region, found.estimate[:, 0])
    of = regions(by_region.events.mean(axis=0), -np.log(ratio) * np.sqrt(180 / 4))
    # Shares of the events vary from trial to trial.
    for k in range(3):
        assert near(seen.retained[k], retained(of, k), 0.015)
        assert near(seen.effect[k], -np.log(ratio), 0.01)
    assert near(seen.all_positive, all_positive(of), 0.015)
    assert near(seen.heterogeneity, 0.05, 0.01)


def test_looks_with_information_of_their_own_have_no_bias_without_stopping():
    """One look: naive and stage-wise estimates are the same line."""
    one = design(Plan(fractions=(1.0,)))
    conduct = Conduct(design=one, looks=(Look(150),))
    found = simulated({"null": Scenario(model(), 0.0)}, conduct, 3000, 12)["null"]
    assert near(found.naive.bias, 0.0)
    assert near(found.naive.coverage, 0.95)
    assert near(found.median_unbiased.coverage, 0.95)
    assert naive_estimate(looks([37.5], one.upper), 0.0).bias == pytest.approx(0, abs=1e-12)
