"""Where trials stop by hand, what is summed up of them, and simulated patients who obey their rules."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from remit.errors import InputError
from remit.stats.operating.analyses import Analyses, analyse, analyses_from, simulate_analyses
from remit.stats.operating.characteristics import operating_characteristics, quality
from remit.stats.operating.decisions import Bounds, Decisions, Outcome, bounds_at, bounds_of, decide
from remit.stats.operating.scenarios import (
    Conduct,
    Scenario,
    characteristics_of,
    log_hazard_ratio_of,
    looks_at_events,
    planned_looks,
    replicated,
    simulated,
)
from remit.stats.operating.stagewise_rows import covers, median_unbiased, stagewise_p_values
from remit.stats.operating.survival_trials import (
    Stratum,
    TrialModel,
    model_of,
    simulate_block,
    simulate_trials,
    varying_effect,
)
from remit.stats.planning.accrual import Accrual, uniform_accrual
from remit.stats.planning.piecewise import Hazard, hazard, times_hazard_ratio
from remit.stats.planning.survival_trial import SurvivalTrial
from remit.stats.sequential.actual import recompute
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.design import design
from remit.stats.sequential.inference import stagewise, stagewise_p_value
from remit.stats.sequential.looks import Stop, looks
from remit.stats.sequential.plan import Plan
from remit.stats.survival.log_rank_rows import Look, log_rank_rows

NONE = np.full(3, -np.inf)
MODEL = TrialModel(
    patients=120,
    accrual=uniform_accrual(120, 10.0),
    strata=(
        Stratum(share=3, control=hazard(0.1), experimental=hazard(0.06)),
        Stratum(share=1, control=hazard((0.2, 0.1), (0.0, 5.0)), experimental=hazard(0.08)),
    ),
    dropout_control=hazard(0.01),
    allocation=(2, 1),
)
DESIGN = design(Plan(fractions=(0.5, 1.0), power=0.8))


def test_a_trial_stops_at_its_first_bound():
    upper, futility, harm = (
        np.array([3.0, 2.5, 2.0]),
        np.array([-0.5, 0.5, 2.0]),
        np.array([-3.0, -2.5, -2.0]),
    )
    z = np.array(
        [
            [3.0, -9, -9],
            [1.0, 2.6, 0],
            [0.0, 1.0, 2.0],
            [0.0, 1.0, 1.9],
            [-0.5, 9, 9],
            [-3.1, 9, 9],
            [np.nan, 0.4, 9],
            [0.0, 1.0, np.nan],
        ]
    )
    found = decide(z, Bounds(upper, futility, harm))
    assert found.look.tolist() == [0, 1, 2, 2, 0, 0, 1, 2]
    e, f, h, n = Outcome
    assert found.outcome.tolist() == [e, e, e, f, f, h, f, n]
    assert found.rejects.tolist() == [True] * 3 + [False] * 5


def test_without_a_lower_bound_nothing_may_happen_at_the_last_look():
    z = np.array([[0.0, 1.0, 1.5], [0.0, -4.0, 9.0]])
    found = decide(z, Bounds(np.array([3.0, 2.5, 2.0]), NONE, -np.array([3.0, 2.5, 2.0])))
    assert found.outcome.tolist() == [Outcome.NOTHING, Outcome.HARM]
    assert found.look.tolist() == [2, 1]


def test_a_look_that_is_not_held_is_not_the_last():
    upper = np.array([[3.0, 2.0, np.nan], [np.nan] * 3])
    z = np.array([[0.0, 1.0, 9.0], [9.0, 9.0, 9.0]])
    found = decide(z, Bounds(upper, np.full((2, 3), np.nan), np.full((2, 3), np.nan)))
    assert found.look.tolist() == [1, 2]
    assert found.outcome.tolist() == [Outcome.NOTHING] * 2


def test_bounds_of_a_design_with_and_without_futility():
    plan = Plan(fractions=(0.5, 1.0), futility=(0.0,), harm=Boundary("lan-demets-pocock"))
    made = design(plan)
    obeyed, ignored = bounds_of(made), bounds_of(made, futility_obeyed=False)
    assert obeyed.futility.tolist() == [0.0, made.upper[1]]
    assert ignored.futility.tolist() == [-np.inf, made.upper[1]]
    np.testing.assert_array_equal(obeyed.harm, made.harm)
    two = design(replace(plan, futility=None, harm=None, sides=2))
    np.testing.assert_array_equal(bounds_of(two).harm, -two.upper)


def test_bounds_follow_the_events_that_were_seen():
    events = np.array([[100, 200], [80, 200], [100, 150], [100, 100], [0, 0], [200, 240], [100, 200]])
    found = bounds_at(DESIGN, events, 200)
    np.testing.assert_allclose(found.upper[0], DESIGN.upper, atol=1e-9)
    np.testing.assert_array_equal(found.upper[0], found.upper[6])
    for row, history in ((1, [80, 200]), (2, [100, 150])):
        np.testing.assert_array_equal(found.upper[row], recompute(DESIGN, history, 200, final=True).upper)
    # One look that is the last has all of alpha.
    assert found.upper[3, 0] == pytest.approx(norm.isf(0.025))
    assert found.upper[5, 0] == pytest.approx(norm.isf(0.025))
    assert np.isnan([found.upper[3, 1], found.upper[5, 1], *found.upper[4]]).all()


def test_too_many_histories_are_refused():
    events = np.stack([np.arange(1, 2002), np.arange(2, 2003)], axis=1)
    with pytest.raises(InputError, match="2001 different histories"):
        bounds_at(DESIGN, events, 4000)


def hand_made():
    """Four trials with two looks: stop for efficacy at 1, efficacy at 2, futility at 1, nothing at 2."""
    z = np.array([[3.0, 9], [1.0, 2.5], [-1.0, 9], [1.0, 1.0]])
    estimate = np.array([[0.6, 9], [0.1, 0.4], [-0.2, 9], [0.1, 0.1]])
    analyses = Analyses(
        z=z,
        estimate=estimate,
        se=np.full(z.shape, 0.1),
        events=np.array([[10, 20]] * 4),
        patients=np.array([[30, 40], [30, 40], [32, 40], [30, 44]]),
        cut=np.array([[5.0, 9], [5, 10], [6, 11], [5, 12]]),
    )
    return analyses, decide(z, Bounds(np.array([2.8, 2.0]), np.array([0.0, -np.inf]), NONE[:2]))


def test_the_summary_by_hand():
    analyses, decisions = hand_made()
    found = operating_characteristics(analyses, decisions, truth=0.3)
    assert found.n_replicates == 4
    assert found.power.value == 0.5
    assert found.power.mcse == pytest.approx(0.25)
    assert (found.futility.value, found.harm.value, found.nothing.value) == (0.25, 0, 0.25)
    assert found.events.value == 15
    assert found.patients.value == (30 + 40 + 32 + 44) / 4
    assert found.duration.value == (5 + 10 + 6 + 12) / 4
    assert found.duration.mcse == pytest.approx(np.std([5, 10, 6, 12], ddof=1) / 2)
    one, two = found.looks
    assert (one.held.value, two.held.value) == (1, 0.5)
    assert (one.efficacy.value, two.efficacy.value) == (0.25, 0.25)
    assert (one.futility.value, two.futility.value) == (0.25, 0)
    assert two.calendar.value == 11
    assert found.naive.bias.value == pytest.approx((0.3 + 0.1 - 0.5 - 0.2) / 4)
    assert found.naive.mean.value == pytest.approx((0.6 + 0.4 - 0.2 + 0.1) / 4)
    assert found.naive.median_bias.value == 0
    assert found.naive.coverage.value == 0.25
    assert found.naive.root_mean_square_error.value == pytest.approx(np.sqrt((0.09 + 0.01 + 0.25 + 0.04) / 4))
    assert found.median_unbiased is None


def test_nothing_is_said_of_an_estimate_without_a_truth():
    found = operating_characteristics(*hand_made())
    assert found.naive is None
    assert found.median_unbiased is None


def test_estimates_that_are_missing_are_counted():
    found = quality(np.array([1.0, np.nan, np.inf, 1.0]), 1.0, np.array([True, True]))
    assert found.without.value == 0.5
    assert found.bias.value == 0
    assert found.median_bias.value == 0
    nothing = quality(np.array([np.nan]), 1.0, np.array([], dtype=bool))
    assert np.isnan([nothing.bias.value, nothing.coverage.value]).all()


def test_stagewise_rows_are_the_single_inferences():
    whole = looks([20.0, 35.0, 50.0], [3.0, 2.4, 2.0], [-0.2, 0.9, 2.0], binding=True)
    rng = np.random.default_rng(1)
    look = np.repeat([0, 1, 2], 40)
    z = rng.normal(np.array([1.0, 2.0, 1.9])[look], 0.9)
    estimates, p_values = median_unbiased(whole, look, z), stagewise_p_values(whole, look, z, 0.1)
    inside = covers(p_values, 0.9)
    for row in range(0, 120, 8):
        single = stagewise(whole, Stop(int(look[row]) + 1, float(z[row])), 0.9)
        # The estimate is interpolated, in units of its standard error of about 0.15.
        assert estimates[row] == pytest.approx(single.drift.value, abs=1e-5)
        p_value = stagewise_p_value(whole, Stop(int(look[row]) + 1, float(z[row])), 0.1)
        assert p_values[row] == pytest.approx(p_value, abs=1e-10)
        assert inside[row] == (single.drift.low < 0.1 < single.drift.high)


def test_stagewise_rows_of_few_trials_and_of_none():
    whole = looks([20.0, 50.0], [3.0, 2.0])
    found = median_unbiased(whole, np.array([1, 1, 0]), np.array([1.5, np.nan, 3.2]))
    assert found[0] == pytest.approx(stagewise(whole, Stop(2, 1.5)).drift.value)
    assert np.isnan(found[1])
    assert found[2] == pytest.approx(3.2 / np.sqrt(20))
    assert np.isnan(stagewise_p_values(whole, np.array([1]), np.array([np.nan]), 0.0)).all()


def test_looks_at_events_round_up_and_do_not_trip_over_fractions():
    made = design(Plan(fractions=(1 / 3, 2 / 3, 1.0)))
    assert [each.events for each in looks_at_events(made, 360)] == [120, 240, 360]
    assert [each.events for each in looks_at_events(made, 361)] == [121, 241, 361]
    assert [each.calendar for each in looks_at_events(made, 361, (9, 12, 15))] == [9, 12, 15]


def test_replicates_produced_elsewhere_are_analysed_alike():
    conduct = Conduct(design=DESIGN, looks=looks_at_events(DESIGN, 80), experimental_share=2 / 3)
    here = simulated({"one": Scenario(MODEL)}, conduct, 300, 4, threads=2)["one"]
    there = replicated(simulate_trials(MODEL, 300, 4), conduct)
    assert here == there
    assert planned_looks(conduct).information.tolist() == pytest.approx([40 * 2 / 9, 80 * 2 / 9])


def test_bounds_as_observed_are_those_of_each_trial():
    ends = looks_at_events(DESIGN, 80, (9.0, 9.0))
    conduct = Conduct(design=DESIGN, looks=ends, as_observed=True)
    found = simulate_analyses(MODEL, ends, 60, 4)
    decided = decide(found.z, bounds_at(DESIGN, found.events, 80))
    seen = characteristics_of(found, conduct, 0.0)
    assert seen.power.value == decided.rejects.mean()
    assert seen.looks[1].held.value == (decided.look == 1).mean()
    assert seen.median_unbiased is None


def test_a_replicate_does_not_depend_on_number_or_threads():
    few, many = simulate_trials(MODEL, 3, 7), simulate_trials(MODEL, 600, 7, threads=2)
    np.testing.assert_array_equal(few.time, many.time[:3])
    np.testing.assert_array_equal(few.entry, many.entry[:3])
    other = simulate_trials(MODEL, 3, 8)
    assert (few.time != other.time).all()
    assert (many.time[0] != many.time[256]).all()


def test_scenarios_share_their_patients():
    changed = replace(MODEL, dropout_control=hazard(0.5), crossover=hazard(0.1))
    one, other = simulate_trials(MODEL, 5, 1), simulate_trials(changed, 5, 1)
    for name in ("entry", "arm", "stratum"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.time[one.arm == 1], other.time[one.arm == 1])


def test_patients_are_randomised_in_blocks_within_strata():
    trials = simulate_trials(MODEL, 40, 2)
    assert (np.diff(trials.entry, axis=1) >= 0).all()
    assert abs((trials.stratum == 0).mean() - 0.75) < 4 * np.sqrt(0.75 * 0.25 / trials.stratum.size)
    for arm, stratum in zip(trials.arm, trials.stratum, strict=True):
        for s in (0, 1):
            own = arm[stratum == s]
            blocks = own[: own.size // 6 * 6].reshape(-1, 6)
            assert (blocks.sum(axis=1) == 4).all()


def test_accrual_follows_its_rates_and_goes_on():
    slow = replace(MODEL, accrual=Accrual((0.0, 5.0, 10.0), (4.0, 20.0)))
    entry = simulate_trials(slow, 256, 3).entry
    early = (entry < 5).sum(axis=1)
    assert abs(early.mean() - 20) < 4 * np.sqrt(20 / 256)
    # Expected to be full at 10; half the trials are later.
    assert 0.3 < (entry[:, -1] > 10).mean() < 0.7


def test_a_hazard_of_zero_is_never_and_events_then_do_not_happen():
    none = Stratum(
        share=1, control=hazard((0.0, 0.2), (0.0, 4.0)), experimental=hazard((0.2, 0.0), (0.0, 4.0))
    )
    trials = simulate_trials(replace(MODEL, strata=(none,), dropout_control=hazard(0.0)), 50, 1)
    control, experimental = trials.time[trials.arm == 0], trials.time[trials.arm == 1]
    assert (control > 4).all()
    never = np.isinf(experimental)
    assert abs(never.mean() - np.exp(-0.8)) < 4 * np.sqrt(0.45 * 0.55 / never.size)
    assert (experimental[~never] <= 4).all()
    assert not trials.event[trials.arm == 1][never].any()


def test_varying_effects():
    control = hazard((0.1, 0.2), (0.0, 6.0))
    found = varying_effect(control, (0.0, 3.0), (1.0, 0.5))
    assert found.starts == (0.0, 3.0, 6.0)
    assert found.rates == pytest.approx((0.1, 0.05, 0.1))


def test_the_log_hazard_ratio_is_known_where_it_is_one():
    proportional = replace(
        MODEL,
        strata=tuple(
            Stratum(share=1, control=each, experimental=times_hazard_ratio(each, 0.7))
            for each in (hazard(0.1), hazard((0.2, 0.0, 0.1), (0.0, 5.0, 6.0)))
        ),
    )
    assert log_hazard_ratio_of(proportional) == pytest.approx(np.log(0.7))
    assert np.isnan(log_hazard_ratio_of(MODEL))
    assert np.isnan(log_hazard_ratio_of(replace(proportional, crossover=hazard(0.1))))


def test_a_planned_trial_has_a_simulated_counterpart():
    assumed = SurvivalTrial(
        accrual=uniform_accrual(300, 20.0), control=hazard(0.1), experimental=hazard(0.05), ratio=1.5
    )
    made = model_of(assumed)
    assert made.patients == 300
    assert made.allocation == (3, 2)


def test_blocks_from_elsewhere_are_analysed_alike():
    held = looks_at_events(DESIGN, 80)
    one = analyses_from(lambda number: simulate_block(MODEL, number, 4), held, 400, threads=2)
    two = simulate_analyses(MODEL, held, 400, 4)
    np.testing.assert_array_equal(one.z, two.z)
    whole = analyse(simulate_trials(MODEL, 400, 4), held)
    np.testing.assert_array_equal(one.z, whole.z)
    sums = log_rank_rows(simulate_trials(MODEL, 400, 4), held)
    np.testing.assert_allclose(one.estimate, -(sums.score / sums.slope)[..., 0], atol=1e-14)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"patients": 0}, "patients"),
        ({"strata": ()}, "strata"),
        ({"strata": (Stratum(share=-1, control=hazard(1.0), experimental=hazard(1.0)),)}, "strata"),
        ({"crossover": Hazard((0.0,), (-1.0,))}, "crossover rates"),
        ({"dropout_control": Hazard((1.0,), (1.0,))}, "dropout_control starts"),
        ({"accrual": Accrual((0.0, 1.0), (0.0,))}, "accrual rates"),
        ({"allocation": (0, 1)}, "allocation"),
    ],
)
def test_a_model_that_cannot_be_is_refused(changes, where):
    with pytest.raises(InputError) as caught:
        simulate_trials(replace(MODEL, **changes), 1, 1)
    assert [each.where for each in caught.value.findings] == [where]


@pytest.mark.parametrize(
    "held",
    [
        (Look(40),),
        (Look(80), Look(40)),
        (Look(40), Look(80, 20.0)),
    ],
)
def test_looks_that_do_not_fit_are_refused(held):
    analyses = simulate_analyses(MODEL, looks_at_events(DESIGN, 80), 2, 1)
    with pytest.raises(InputError):
        characteristics_of(analyses, Conduct(design=DESIGN, looks=held))


@pytest.mark.parametrize(
    "call",
    [
        lambda: looks_at_events(DESIGN, 1),
        lambda: looks_at_events(DESIGN, 80, (1.0,)),
        lambda: analyse(simulate_trials(MODEL, 1, 1), (Look(10),), test="z"),
        lambda: simulate_analyses(MODEL, (Look(10),), 0, 1),
        lambda: simulate_analyses(MODEL, (Look(10),), 1, -1),
        lambda: simulate_trials(MODEL, 1, -1),
        lambda: operating_characteristics(hand_made()[0], Decisions(np.zeros(3, int), np.zeros(3, int))),
        lambda: operating_characteristics(*hand_made(), level=1.0),
        lambda: operating_characteristics(*hand_made(), whole=looks([1.0], [2.0])),
        lambda: characteristics_of(
            simulate_analyses(MODEL, (Look(10), Look(0, 9.0)), 1, 1),
            Conduct(design=DESIGN, looks=(Look(10), Look(0, 9.0)), as_observed=True),
        ),
    ],
)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(InputError):
        call()
