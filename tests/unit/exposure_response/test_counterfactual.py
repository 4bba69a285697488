"""The association of one dose beside the change in the same patients, where the truth is known.

Standing: developer. The truth is the logistic model that made the data, integrated over its normal variables
by draws 400 times as many as a data set holds; tolerances are four Monte Carlo errors, which the functions
under test state themselves, and whose own size is checked over many data sets.
"""

import numpy as np
import pytest
from scipy.special import expit

from remit.errors import InputError
from remit.stats.exposure_response import geometric
from remit.stats.exposure_response.counterfactual import Doses, contrasts, slopes, true_rates
from remit.stats.exposure_response.jackknife import jackknife_error, jackknife_groups

FOLDS = np.array([0.5, 1.0, 2.0])
GROUPS = 20


def patients(n, seed, shared=0.0, effect=1.0):
    """The same patients under three doses; ``shared`` is how far the disease factor goes with exposure."""
    rng = np.random.default_rng(seed)
    z, own = rng.normal(size=(2, n))
    factor = shared * z + np.sqrt(1 - shared**2) * own
    exposure = np.exp(0.4 * z)[:, None] * FOLDS
    chance = expit(-0.2 + effect * np.log(exposure) + 0.9 * factor[:, None])
    response = rng.random((n, 1)) < chance
    return exposure, response, factor, chance


def doses(n=4000, seed=1, covariates=False, **truth):
    exposure, response, factor, _ = patients(n, seed, **truth)
    z = factor[:, None] if covariates else None
    return Doses(exposure, response, np.arange(n) % GROUPS, np.ones(n), z)


def test_without_confounding_the_association_is_the_change_in_the_same_patients():
    for each in contrasts(doses(20_000), reference=1):
        assert abs(each.confounding.value) < 4 * each.confounding.mcse
        assert abs(each.causal.value) > 10 * each.causal.mcse
    found = slopes(doses(20_000), reference=1)
    assert abs(found.confounding.value) < 4 * found.confounding.mcse


def test_confounding_is_found_with_its_sign_and_size():
    truth = patients(1_600_000, 99, shared=0.7)
    change = truth[3][:, 2].mean() - truth[3][:, 1].mean()
    lower, double = contrasts(doses(shared=0.7), reference=1)
    assert abs(double.causal.value - change) < 4 * double.causal.mcse
    # Exposure and disease factor rise together: the association promises too much in either direction.
    assert double.confounding.value > 6 * double.confounding.mcse
    assert lower.confounding.value < -6 * lower.confounding.mcse
    assert double.confounding.value == pytest.approx(
        double.association.value - double.causal.value, abs=1e-12
    )
    both = slopes(doses(shared=0.7), reference=1)
    assert both.between.value > both.within.value
    assert both.confounding.value > 6 * both.confounding.mcse


def test_holding_the_confounder_equal_takes_the_confounding_away():
    lower, double = contrasts(doses(20_000, shared=0.7, covariates=True), reference=1)
    for each in (lower, double):
        assert abs(each.residual.value) < 4 * each.residual.mcse
        assert abs(each.confounding.value) > 6 * each.confounding.mcse


def test_a_dose_that_changes_nothing_shows_no_change_where_the_association_promises_one():
    _, double = contrasts(doses(shared=0.7, effect=0.0), reference=1)
    assert double.causal.value == 0.0
    assert double.association.value > 6 * double.association.mcse


def test_monte_carlo_errors_are_those_of_many_data_sets():
    seen = [contrasts(doses(600, seed=k + 10, shared=0.7), reference=1)[1].confounding for k in range(60)]
    spread = np.std([each.value for each in seen], ddof=1)
    stated = np.sqrt(np.mean([each.mcse**2 for each in seen]))
    # A standard deviation of 60 values is known to 1 / sqrt(2 * 59); four of those.
    assert abs(stated / spread - 1) < 4 / np.sqrt(118)


def test_exposures_that_depend_on_the_dose_taken_are_used_as_they_are():
    given = doses(3000, shared=0.5)
    reduced = given.exposure.copy()
    reduced[:, 2] = given.exposure[:, 1]
    same = Doses(reduced, given.response, given.group, given.weight)
    double = contrasts(same, reference=1)[1]
    assert double.association.value == 0.0
    assert double.causal.value == contrasts(given, reference=1)[1].causal.value


def test_weights_count_as_patients():
    given = doses(500, shared=0.5)
    weight = np.where(np.arange(500) % 2 == 0, 2.0, 1.0)
    heavy = Doses(given.exposure, given.response, given.group, weight)
    rows = np.repeat(np.arange(500), weight.astype(int))
    repeated = Doses(given.exposure[rows], given.response[rows], given.group[rows], np.ones(rows.size))
    one, other = contrasts(heavy, reference=1)[0], contrasts(repeated, reference=1)[0]
    assert one.association.value == pytest.approx(other.association.value, rel=1e-8)
    assert one.causal.value == pytest.approx(other.causal.value, rel=1e-12)


def test_what_one_outcome_cannot_tell_is_not_a_number():
    given = doses(200)
    nobody = Doses(given.exposure, np.zeros_like(given.response), given.group, given.weight)
    found = contrasts(nobody, reference=1)[0]
    assert np.isnan(found.association.value)
    assert np.isnan(found.association.mcse)
    assert found.causal.value == 0.0
    assert np.isnan(slopes(nobody, 1).between.value)


def test_true_rates_are_means_with_an_error_of_groups():
    given = doses(2000)
    rates = true_rates(given.response, given.weight, given.group)
    assert [each.value for each in rates] == pytest.approx(given.response.mean(axis=0).tolist())
    assert rates[0].value < rates[1].value < rates[2].value


def test_jackknife_of_a_mean_over_groups_of_one_size_is_the_standard_error_of_group_means():
    rng = np.random.default_rng(4)
    value, group = rng.normal(size=200), np.arange(200) % 10
    means = np.array([value[group == each].mean() for each in range(10)])
    found = jackknife_error(lambda kept: value[kept].mean(), group)
    assert float(found) == pytest.approx(means.std(ddof=1) / np.sqrt(10), rel=1e-10)


def test_a_single_group_is_cut_into_blocks_of_patients():
    assert np.unique(jackknife_groups(np.zeros(100, dtype=np.int64))).size == 20
    assert jackknife_groups(np.array([7, 3, 7])).tolist() == [1, 0, 1]
    assert np.isnan(jackknife_error(lambda kept: np.array(1.0), np.zeros(5, dtype=np.int64)))


def test_ratio_of_geometric_means_of_a_multiple_is_that_multiple():
    rng = np.random.default_rng(6)
    x = np.exp(rng.normal(size=40))
    pair = geometric.paired_ratio(3 * x, x)
    assert (pair.value, pair.low, pair.high) == pytest.approx((3.0, 3.0, 3.0))
    both, first = np.concatenate([x, 3 * x]), np.arange(80) >= 40
    assert geometric.geometric_mean_ratio(both, first, ~first).value == pytest.approx(3.0)
    assert geometric.geometric_mean(3 * x) == pytest.approx(3 * geometric.geometric_mean(x))


def test_groups_that_cannot_be_told_apart_have_no_adjusted_ratio():
    x = np.exp(np.random.default_rng(6).normal(size=40))
    one = (np.arange(40) % 2).astype(float)
    assert np.isnan(geometric.adjusted_ratios(x, np.column_stack([one, one])).ratios[0].value)
    alone = geometric.geometric_mean_ratio(x, np.arange(40) == 0, np.arange(40) > 0)
    assert np.isfinite(alone.value) and np.isnan(alone.low)


def test_doses_that_cannot_be_used_are_refused_with_every_finding():
    with pytest.raises(InputError) as caught:
        Doses(np.zeros((4, 2)), np.zeros((4, 3), dtype=bool), np.zeros(3, dtype=np.int64), np.ones(4))
    assert "3 problems" in str(caught.value)
