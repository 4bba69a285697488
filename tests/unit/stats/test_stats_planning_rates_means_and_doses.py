"""Sizes for rates and means, exact designs and dose-finding rules: edges, and what is refused."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.planning.arcsine import one_proportion_arcsine_size, two_proportions_arcsine_size
from remit.stats.planning.boin import DoseFinding, boundaries, decision_table, isotonic, selected_dose
from remit.stats.planning.boin_operation import (
    DoseFindingConduct,
    dose_finding_characteristics,
    simulate_dose_finding,
)
from remit.stats.planning.means import one_mean_power, one_mean_size, two_means_power, two_means_size
from remit.stats.planning.proportions import one_proportion_size, two_proportions_power, two_proportions_size
from remit.stats.planning.requirement import Requirement
from remit.stats.planning.simon import TwoStage, characteristics, simon_designs
from remit.stats.planning.single_arm import at_least, critical_values, single_stage_sizes
from remit.stats.planning.two_arm_exact import (
    fisher_p_values,
    rejection,
    rejection_probability,
    worst_type_one_error,
)
from remit.stats.planning.two_arm_exact_size import two_arm_exact_size
from remit.stats.proportions.clopper_pearson import critical_responders
from remit.stats.proportions.fisher import fisher_exact

PLANNED = Requirement(0.025, 0.9)


def test_a_huge_effect_still_needs_patients_enough_to_estimate_the_spread():
    assert one_mean_size(100.0, 1.0, PLANNED).n == 2
    assert two_means_size(100.0, 1.0, PLANNED).n_total == 4
    assert two_means_size(100.0, 1.0, PLANNED, rounding="each arm up").exact_total == pytest.approx(3)
    assert one_mean_size(100.0, 1.0, PLANNED, known=True).n == 1


def test_power_without_patients_to_estimate_the_spread_is_not_a_number():
    assert np.isnan(one_mean_power(1, 1.0, 1.0, 0.025))
    np.testing.assert_array_equal(
        np.isnan(two_means_power([1, 1, 2], [1, 2, 2], 1.0, 1.0, 0.025)), [True, False, False]
    )


def test_a_tiny_effect_needs_many_patients_and_both_tests_agree():
    t, z = (two_means_size(1e-3, 1.0, PLANNED, known=each) for each in (False, True))
    assert t.exact_total == pytest.approx(float(z.exact_total), rel=1e-6)


def test_sizes_are_arrays_where_rates_are():
    size = two_proportions_size(np.array([0.4, 0.5]), 0.2, PLANNED, ratio=2.0)
    assert size.n_total.shape == (2,)
    assert (size.n_experimental == 2 * size.n_control).all()
    assert (size.power >= 0.9).all()
    assert one_proportion_size(0.1, np.array([0.2, 0.3]), PLANNED).n.shape == (2,)


def test_the_restricted_variance_becomes_the_pooled_one_as_the_margin_goes():
    near, at = (two_proportions_power(50, 50, 0.7, 0.5, 0.025, margin=each) for each in (1e-9, 0.0))
    assert near == pytest.approx(float(at), rel=1e-6)
    assert near != at


def test_exact_tails_at_their_ends():
    r, n = np.array([0, 1, 5, 6]), 5
    np.testing.assert_allclose(at_least(r, n, 0.5), [1, 1 - 0.5**5, 0.5**5, 0.0])
    np.testing.assert_array_equal(critical_values(np.array([1, 2, 3]), 0.5, 0.025), [2, 3, 4])


@pytest.mark.parametrize("n", [1, 9, 40])
def test_critical_values_are_those_of_the_exact_test(n):
    assert critical_values(np.array(n), 0.3, 0.025) == critical_responders(n, 0.3, 0.025)


def test_fishers_p_values_at_every_table_are_those_of_the_test():
    p = fisher_p_values(7, 5)
    for x1 in range(8):
        for x0 in range(6):
            assert p[x1, x0] == pytest.approx(float(fisher_exact(x1, 7, x0, 5).p_value), rel=1e-12)


@pytest.mark.parametrize("test", ["fisher", "pooled z", "unpooled z", "boschloo"])
def test_every_test_rejects_with_more_benefit_if_it_does_with_less(test):
    for sizes in ((5, 9), (13, 13), (20, 8)):
        tables = rejection(test, *sizes, 0.05).tables
        assert not (tables[:-1] & ~tables[1:]).any()
        assert not (tables[:, 1:] & ~tables[:, :-1]).any()


def test_the_asymptotic_test_may_exceed_its_level_and_says_where():
    worst = worst_type_one_error(rejection("pooled z", 30, 10, 0.025))
    assert worst.type_I_error > 0.025
    where = rejection("pooled z", 30, 10, 0.025)
    assert rejection_probability(where, worst.rate, worst.rate) == pytest.approx(
        worst.type_I_error, rel=1e-12
    )
    assert rejection_probability(where, 0.31, 0.31) <= worst.type_I_error


def test_the_largest_type_one_error_of_one_pair_of_patients_is_by_hand():
    """With one patient in each arm a test at 0.3 rejects at (1, 0) alone: p (1 - p), at most 1/4 at 1/2."""
    where = rejection("boschloo", 1, 1, 0.3)
    assert where.tables.tolist() == [[False, False], [True, False]]
    worst = worst_type_one_error(where)
    assert (worst.type_I_error, worst.rate) == pytest.approx((0.25, 0.5), rel=1e-7)
    assert where.sizes == (1, 1)


@pytest.mark.parametrize(("test", "ratio"), [("fisher", 1.0), ("fisher", 2.0), ("pooled z", 1.0)])
def test_the_exact_size_of_two_arms_is_the_first_with_the_power(test, ratio):
    required = Requirement(0.05, 0.8)
    found = two_arm_exact_size(0.8, 0.35, required, test=test, ratio=ratio)

    def power(n0):
        return float(rejection_probability(rejection(test, int(ratio * n0), n0, 0.05), 0.8, 0.35))

    first, steady = found.first.n_control, found.steady.n_control
    assert found.first.n_experimental == ratio * first
    assert found.first.power == pytest.approx(power(first))
    assert max(power(n0) for n0 in range(1, first)) < 0.8 <= power(first)
    last = round(found.looked_at / (1 + ratio))
    assert last >= 1.25 * steady
    assert min(power(n0) for n0 in range(steady, last + 1)) >= 0.8
    assert steady == first or power(steady - 1) < 0.8


def test_boschloo_needs_fewer_patients_than_fisher_and_holds_the_level():
    required = Requirement(0.05, 0.8)
    boschloo, fisher = (two_arm_exact_size(0.9, 0.3, required, test=each) for each in ("boschloo", "fisher"))
    assert boschloo.first.n_control < fisher.first.n_control
    assert fisher.first.type_I_error < boschloo.first.type_I_error <= 0.05


def test_a_two_stage_design_by_hand():
    """Stop at no responder of 2, no interest at one of 4, at one half: PET 1/4, EN 3.5; 10 of 16 outcomes."""
    at = characteristics(TwoStage(0, 2, 1, 4), 0.5)
    assert (at.early_stop, at.expected_patients) == (0.25, 3.5)
    assert at.interest == pytest.approx(10 / 16)
    ends = characteristics(TwoStage(0, 2, 1, 4), np.array([0.0, 1.0]))
    np.testing.assert_array_equal(ends.interest, [0.0, 1.0])
    np.testing.assert_array_equal(ends.expected_patients, [2.0, 4.0])


def test_a_search_that_ends_too_early_says_so():
    found = simon_designs(0.3, 0.45, Requirement(0.05, 0.9), most=95)
    assert not found.proven
    assert found.minimax.design.n == 88
    assert found.optimal.expected_patients > 60.8


def test_isotonic_shares_by_hand():
    """1/3 and 0 of three each are pooled to 1/6; an untried dose has no share and parts no pool."""
    fit = isotonic(np.array([[1 / 3, 0.0, 0.5], [1 / 3, 9.0, 0.0]]), np.array([[3, 3, 6], [3, 0, 6]]))
    np.testing.assert_allclose(fit, [[1 / 6, 1 / 6, 0.5], [1 / 9, np.nan, 1 / 9]])


def test_of_equally_near_doses_the_higher_is_taken_below_the_target_and_the_lower_above():
    rules = DoseFinding(target=0.3)
    n = np.full(3, 10)
    assert selected_dose(np.array([2, 2, 9]), n, rules) == 1
    assert selected_dose(np.array([4, 4, 9]), n, rules) == 0
    assert selected_dose(np.array([2, 4, 9]), n, rules) == 0
    assert selected_dose(np.array([0, 0, 0]), np.zeros(3, int), rules) == -1
    assert selected_dose(np.array([3, 3, 9]), n, rules, np.array(0)) == -1


def test_elimination_needs_patients_enough():
    table = decision_table(DoseFinding(target=0.3, fewest_to_eliminate=6), 8)
    assert (table.eliminate_at_least[:5] == table.patients[:5] + 1).all()
    assert (table.eliminate_at_least[5:] <= table.patients[5:]).all()


def test_the_same_patients_are_met_by_two_designs():
    true, conduct = np.array([0.1, 0.3]), DoseFindingConduct(most=12)
    first, second = (
        simulate_dose_finding(np.random.default_rng(3), true, DoseFinding(target=0.3), conduct, 200)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.dlts, second.dlts)
    assert (first.patients.sum(axis=1) <= 12).all()
    assert (first.dlts <= first.patients).all()


def test_a_dose_that_is_always_toxic_stops_every_trial_after_one_cohort():
    done = simulate_dose_finding(
        np.random.default_rng(1),
        np.array([1.0, 1.0]),
        DoseFinding(target=0.3),
        DoseFindingConduct(most=30),
        50,
    )
    found = dose_finding_characteristics(done)
    assert found.none_selected.value == found.stopped_for_safety.value == 1.0
    assert found.total_patients.value == found.total_dlts.value == 3.0
    assert found.none_selected.mcse > 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: one_mean_size(0.0, 1.0, PLANNED),
        lambda: one_mean_size(1.0, -1.0, PLANNED),
        lambda: two_means_size(1.0, 1.0, PLANNED, sd_control=2.0),
        lambda: two_means_size(1.0, 1.0, PLANNED, sd_control=-2.0, known=True),
        lambda: two_means_size(1.0, 1.0, Requirement(0.6, 0.9)),
        lambda: one_proportion_size(0.3, 0.2, PLANNED),
        lambda: one_proportion_size(0.0, 0.2, PLANNED),
        lambda: two_proportions_size(0.2, 0.4, PLANNED),
        lambda: two_proportions_size(0.4, 0.2, PLANNED, margin=1.5),
        lambda: two_proportions_size(0.4, 0.2, PLANNED, variance="other"),
        lambda: two_proportions_size(1.4, 0.2, PLANNED, ratio=-1.0),
        lambda: one_proportion_arcsine_size(0.3, 0.2, PLANNED),
        lambda: two_proportions_arcsine_size(0.2, 0.4, PLANNED),
        lambda: single_stage_sizes(0.4, 0.3, PLANNED),
        lambda: single_stage_sizes(0.3, 0.3005, PLANNED),
        lambda: rejection("other", 5, 5, 0.05),
        lambda: rejection("fisher", 0, 5, 0.05),
        lambda: rejection("fisher", 5, 5, 0.0),
        lambda: rejection_probability(rejection("fisher", 5, 5, 0.05), 0.0, 0.5),
        lambda: two_arm_exact_size(0.31, 0.3, PLANNED),
        lambda: two_arm_exact_size(0.2, 0.3, PLANNED),
        lambda: two_arm_exact_size(0.6, 0.3, PLANNED, ratio=np.pi),
        lambda: simon_designs(0.4, 0.3, PLANNED),
        lambda: simon_designs(0.3, 0.4, PLANNED, most=1000),
        lambda: simon_designs(0.3, 0.4, PLANNED, most=20),
        lambda: characteristics(TwoStage(2, 2, 3, 5), 0.3),
        lambda: characteristics(TwoStage(1, 3, 0, 5), 0.3),
        lambda: boundaries(DoseFinding(target=0.8)),
        lambda: boundaries(DoseFinding(target=0.3, too_low=0.4)),
        lambda: decision_table(DoseFinding(target=0.3), 0),
        lambda: decision_table(DoseFinding(target=0.3, eliminate_above=1.0), 5),
        lambda: decision_table(DoseFinding(target=0.3, stricter_by=-0.1), 5),
        lambda: decision_table(DoseFinding(target=0.3, fewest_to_eliminate=0), 5),
        lambda: selected_dose(np.array([3]), np.array([2]), DoseFinding(target=0.3)),
        lambda: selected_dose(np.array([3]), np.array([4, 4]), DoseFinding(target=0.3)),
        lambda: simulate_dose_finding(
            np.random.default_rng(1),
            np.array([1.2]),
            DoseFinding(target=0.3),
            DoseFindingConduct(most=1, cohort=3, first_dose=4, enough=0),
            0,
        ),
    ],
)
def test_impossible_input_is_refused(call):
    with pytest.raises(InputError) as error:
        call()
    assert all(each.where and each.found and each.needed for each in error.value.findings)


def test_everything_wrong_with_a_simulation_is_said_at_once():
    with pytest.raises(InputError) as error:
        simulate_dose_finding(
            np.random.default_rng(1),
            np.array([1.2]),
            DoseFinding(target=0.3),
            DoseFindingConduct(most=1, cohort=3, first_dose=4, enough=0),
            0,
        )
    assert [each.where for each in error.value.findings] == [
        "true",
        "cohort, most",
        "first_dose",
        "enough",
        "trials",
    ]
