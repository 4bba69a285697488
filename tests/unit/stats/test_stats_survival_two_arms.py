"""Milestones, restricted means, cumulative hazards, follow-up and risk tables, by hand."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.survival.follow_up import completeness, reverse_kaplan_meier
from remit.stats.survival.milestone import (
    milestone_difference,
    milestone_difference_rows,
    milestone_log_log,
    milestone_log_log_rows,
)
from remit.stats.survival.nelson_aalen import nelson_aalen
from remit.stats.survival.restricted_mean import (
    latest_horizon,
    restricted_mean_difference,
    restricted_mean_difference_rows,
    restricted_mean_ratio,
)
from remit.stats.survival.risk_table import risk_table

# Of four controls two have the event, at 1 and 2, and two are censored at 5; of four treated one has it at 3.
TIME = np.array([1.0, 2.0, 5.0, 5.0, 3.0, 6.0, 6.0, 6.0])
EVENT = np.array([1, 1, 0, 0, 1, 0, 0, 0]) == 1
ARM = np.arange(8) >= 4
V1, V0 = 0.75 * 0.25 / 4, 0.5 * 0.5 / 4


def test_difference_at_a_milestone():
    found = milestone_difference(TIME, EVENT, ARM, 4.0)
    assert found.estimate == pytest.approx(0.75 - 0.5)
    assert found.se == pytest.approx(np.sqrt(V1 + V0))
    assert found.z == pytest.approx(0.25 / np.sqrt(V1 + V0))
    assert found.low == pytest.approx(0.25 - 1.959963984540054 * np.sqrt(V1 + V0))


def test_ratio_of_cumulative_hazards_at_a_milestone():
    found = milestone_log_log(TIME, EVENT, ARM, 4.0)
    assert found.estimate == pytest.approx(np.log(0.75) / np.log(0.5))
    se = np.sqrt(V1 / (0.75 * np.log(0.75)) ** 2 + V0 / (0.5 * np.log(0.5)) ** 2)
    assert found.se == pytest.approx(se)
    assert found.z == pytest.approx(-np.log(found.estimate) / se)
    assert found.high == pytest.approx(found.estimate * np.exp(1.959963984540054 * se))


def test_a_milestone_beyond_follow_up_or_without_events_is_unknown():
    assert np.isnan(milestone_difference(TIME, EVENT, ARM, 5.5).estimate)
    before = milestone_difference(TIME, EVENT, ARM, 0.5)
    assert before.estimate == 0
    assert np.isnan(before.z)
    # The experimental arm has no event yet.
    assert np.isnan(milestone_log_log(TIME, EVENT, ARM, 2.5).estimate)
    # Nor is there anything to say of an arm that is empty.
    assert np.isnan(milestone_difference(TIME, EVENT, np.zeros(8), 2.0).estimate)


def test_restricted_means_by_hand():
    found = restricted_mean_difference(TIME, EVENT, ARM, 4.0)
    one, other = 3 + 0.75, 1 + 0.75 + 2 * 0.5
    assert found.estimate == pytest.approx(one - other)
    v1 = 0.75**2 / 12
    v0 = (0.75 + 1.0) ** 2 / 12 + 1.0**2 / 6
    assert found.se == pytest.approx(np.sqrt(v1 + v0))
    ratio = restricted_mean_ratio(TIME, EVENT, ARM, 4.0)
    assert ratio.estimate == pytest.approx(one / other)
    assert ratio.se == pytest.approx(np.sqrt(v1 / one**2 + v0 / other**2))
    assert ratio.z == pytest.approx(np.log(one / other) / ratio.se)


def test_a_horizon_that_is_not_given_is_the_smaller_last_time():
    assert latest_horizon(TIME, EVENT, ARM) == 5.0
    given, default = (restricted_mean_difference(TIME, EVENT, ARM, tau) for tau in (5.0, None))
    assert given.estimate == default.estimate
    assert np.isnan(restricted_mean_difference(TIME, EVENT, ARM, 5.5).estimate)
    # Nobody is left in either arm: any horizon will do, and an infinite one compares means.
    everyone = np.ones(8)
    assert latest_horizon(TIME, everyone, ARM) == np.inf
    means = restricted_mean_difference(TIME, everyone, ARM, np.inf)
    assert means.estimate == pytest.approx(TIME[ARM].mean() - TIME[~ARM].mean())
    assert np.isnan(restricted_mean_difference(TIME, EVENT, np.ones(8), 4.0).estimate)


def test_rows_are_the_data_sets_one_by_one():
    random = np.random.default_rng(1)
    time, event = np.ceil(random.exponential(5, (6, 30))), random.random((6, 30)) < 0.7
    arm, included = random.random((6, 30)) < 0.5, random.random((6, 30)) < 0.8
    included[5] = False
    for many, one, at in (
        (milestone_difference_rows, milestone_difference, 3.0),
        (milestone_log_log_rows, milestone_log_log, 3.0),
        (restricted_mean_difference_rows, restricted_mean_difference, 4.0),
        (restricted_mean_difference_rows, restricted_mean_difference, None),
    ):
        rows = many(time, event, arm, at, included)
        for r in range(5):
            kept = included[r]
            alone = one(time[r, kept], event[r, kept], arm[r, kept], at)
            for name in ("estimate", "low", "high", "se", "z", "p_value"):
                np.testing.assert_allclose(getattr(rows, name)[r], getattr(alone, name), rtol=1e-12)
        assert np.isnan(rows.estimate[5])


def test_nelson_aalen_and_fleming_harrington_by_hand():
    time, event = [1.0, 1.0, 2.0, 3.0], [1, 1, 0, 1]
    plain, tied = (nelson_aalen(time, event, ties=ties) for ties in ("nelson-aalen", "fleming-harrington"))
    np.testing.assert_allclose(plain.hazard, [2 / 4, 2 / 4, 2 / 4 + 1])
    np.testing.assert_allclose(tied.hazard, [1 / 4 + 1 / 3, 1 / 4 + 1 / 3, 1 / 4 + 1 / 3 + 1])
    np.testing.assert_allclose(plain.variance, [2 / 16, 2 / 16, 2 / 16 + 1])
    np.testing.assert_allclose(tied.variance, [1 / 16 + 1 / 9, 1 / 16 + 1 / 9, 1 / 16 + 1 / 9 + 1])
    binomial, greenwood = (nelson_aalen(time, event, variance=v).variance for v in ("binomial", "greenwood"))
    np.testing.assert_allclose(binomial, [2 * 2 / 64, 2 * 2 / 64, 2 * 2 / 64])
    np.testing.assert_allclose(greenwood, [2 / 8, 2 / 8, np.inf])
    half = 1.959963984540054 * np.sqrt(2 / 16)
    assert plain.low[0] == pytest.approx(0.5 * np.exp(-half / 0.5))
    assert nelson_aalen(time, event, scale="plain").low[0] == 0
    for wrong in ({"ties": "efron"}, {"variance": "exact"}, {"scale": "logit"}, {"level": 2}):
        with pytest.raises(InputError):
            nelson_aalen(time, event, **wrong)


def test_a_risk_table_counts_on_the_day():
    table = risk_table(TIME, EVENT, np.where(ARM, "new", "control"), [0, 2, 5, 5.5])
    assert table.arm.tolist() == ["control", "new"]
    assert table.at_risk.tolist() == [[4, 3, 2, 0], [4, 4, 3, 3]]
    assert table.events.tolist() == [[0, 2, 2, 2], [0, 0, 1, 1]]
    assert table.censored.tolist() == [[0, 0, 2, 2], [0, 0, 0, 0]]
    with pytest.raises(InputError, match="arm"):
        risk_table(TIME, EVENT, ["a"], [1])


def test_follow_up_and_its_completeness():
    curve = reverse_kaplan_meier(TIME[~ARM], EVENT[~ARM])
    np.testing.assert_allclose(curve.survival, [1, 1, 0])
    assert curve.events.tolist() == [0, 0, 2]
    # All control patients could be followed for 8: 13 of 1 + 2 + 8 + 8.
    assert completeness(TIME[~ARM], EVENT[~ARM], np.full(4, 8.0)) == pytest.approx(13 / 19)
    assert completeness(TIME, EVENT, TIME) == 1
    assert np.isnan(completeness([], [], []))
    with pytest.raises(InputError, match="potential"):
        completeness(TIME, EVENT, TIME - 0.5)
    with pytest.raises(InputError, match="potential"):
        completeness(TIME, EVENT, [1.0])


def test_rows_of_other_shapes_are_refused():
    for function in (milestone_difference_rows, milestone_log_log_rows, restricted_mean_difference_rows):
        with pytest.raises(InputError, match="n_replicates"):
            function(TIME, EVENT, ARM, 2.0)
        with pytest.raises(InputError, match="included"):
            function(TIME[None], EVENT, ARM, 2.0, np.ones(3))
