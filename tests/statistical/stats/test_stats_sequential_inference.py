"""Coverage, median-unbiasedness, bias and error rates in simulated trials.

Standing: statements that hold exactly, so that a simulated share may differ by its Monte Carlo error alone:
four standard errors are allowed, and seeds are fixed. Each has a check that its opposite would be noticed.
"""

import numpy as np
import pytest
from scipy.special import ndtr

from remit.stats.multiplicity.graph import graph
from remit.stats.multiplicity.graphical_sequential import rejections_over_looks
from remit.stats.multiplicity.schedule import Schedule
from remit.stats.sequential.adaptive import stage_statistics, weighted_intervals, weighted_statistics
from remit.stats.sequential.adaptive_inference import weighted_stagewise
from remit.stats.sequential.bias import bias_adjusted, naive_estimate
from remit.stats.sequential.boundaries import Boundary
from remit.stats.sequential.design import design
from remit.stats.sequential.inference import stagewise_p_value
from remit.stats.sequential.looks import Stop, looks, of_design
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.promising_zone import PromisingZone, re_estimate
from remit.stats.sequential.repeated import repeated_intervals

WHOLE = of_design(
    design(
        Plan(
            fractions=(0.4, 0.7, 1.0),
            efficacy=Boundary("lan-demets-pocock"),
            futility=(0.0, 0.6),
            binding=True,
        )
    )
)
DRIFT = 2.2


def within_four_errors(share, truth, n):
    return abs(share - truth) < 4 * np.sqrt(truth * (1 - truth) / n)


def paths(random, information, drift, n):
    """Statistics at each look, shape (n, n_looks)."""
    more = np.diff(information, prepend=0.0)
    score = np.cumsum(drift * more + np.sqrt(more) * random.standard_normal((n, more.size)), axis=1)
    return score / np.sqrt(information)


def stops(whole, z):
    """Place of the look at which each trial stops, shape (n,)."""
    out = (z >= whole.upper) | (z <= whole.lower)
    out[:, -1] = True
    return out.argmax(axis=1)


@pytest.fixture(scope="module")
def trials():
    z = paths(np.random.default_rng(21), WHOLE.information, DRIFT, 300_000)
    return z, stops(WHOLE, z)


@pytest.fixture(scope="module")
def p_values(trials):
    """Place in the stage-wise order under the true drift of a part of the trials."""
    z, at = trials[0][:1500], trials[1][:1500]
    return np.array(
        [
            stagewise_p_value(WHOLE, Stop(int(k) + 1, float(row[k])), DRIFT)
            for row, k in zip(z, at, strict=True)
        ]
    )


def test_the_stagewise_interval_covers_and_its_middle_is_median_unbiased(p_values):
    """A limit is beyond the drift if the p-value of that drift is beyond its tail."""
    for tail in (0.025, 0.1, 0.5, 0.9, 0.975):
        assert within_four_errors((p_values <= tail).mean(), tail, p_values.size)


def test_the_naive_estimate_is_not_median_unbiased(trials):
    z, at = trials
    naive = np.take_along_axis(z, at[:, None], 1)[:, 0] / np.sqrt(WHOLE.information[at])
    assert not within_four_errors((naive >= DRIFT).mean(), 0.5, naive.size)


def test_the_mean_of_the_naive_estimate_is_the_computed_one(trials):
    z, at = trials
    naive = np.take_along_axis(z, at[:, None], 1)[:, 0] / np.sqrt(WHOLE.information[at])
    found = naive_estimate(WHOLE, DRIFT)
    error = naive.std() / np.sqrt(naive.size)
    assert abs(naive.mean() - found.mean) < 4 * error
    assert abs(found.bias) > 10 * error
    square = (naive - DRIFT) ** 2
    assert abs(square.mean() - found.mean_square_error) < 4 * square.std() / np.sqrt(naive.size)
    for look in range(2):
        early = naive[(at == look) & (z[:, look] >= WHOLE.upper[look])]
        assert abs(early.mean() - found.upper[look]) < 4 * early.std() / np.sqrt(early.size)


def test_the_bias_adjusted_estimate_has_less_bias(trials):
    """The estimate is smooth in the statistic of a look: it is read between points half a unit apart."""
    z, at = trials
    last = np.take_along_axis(z, at[:, None], 1)[:, 0]
    adjusted = np.empty(at.size)
    for look in range(3):
        here = at == look
        grid = np.arange(last[here].min() - 0.5, last[here].max() + 0.5, 0.5)
        known = [bias_adjusted(WHOLE, Stop(look + 1, float(each))) for each in grid]
        adjusted[here] = np.interp(last[here], grid, known)
    bias = naive_estimate(WHOLE, DRIFT).bias
    assert abs(adjusted.mean() - DRIFT) < abs(bias) / 2


def test_repeated_intervals_cover_at_all_looks_together():
    """Exactly where trials never stop: each side misses at some look with the error of the bounds."""
    whole = of_design(design(Plan(fractions=(0.3, 0.6, 1.0))))
    z = paths(np.random.default_rng(4), whole.information, 1.7, 200_000)
    found = repeated_intervals(whole, z)
    above, below = (found.low > 1.7).any(axis=1), (found.high < 1.7).any(axis=1)
    for side in (above, below):
        assert within_four_errors(side.mean(), 0.025, side.size)


def raised(z, now, last, cap):
    """A rule that leans on the interim as hard as it can: all that there is after a middling result."""
    return np.where((z > -0.5) & (z < 1.7), cap, last)


def two_stages(drift, n, seed):
    """Stage statistics, information as it became, ordinary statistic, of trials changed at an interim."""
    random = np.random.default_rng(seed)
    planned = np.array([0.5, 1.0])
    first = drift * np.sqrt(0.5) + random.standard_normal(n)
    total = raised(first, 0.5, 1.0, 6.0)
    second = drift * np.sqrt(total - 0.5) + random.standard_normal(n)
    became = np.column_stack([np.full(n, 0.5), total])
    ordinary = (first * np.sqrt(0.5) + second * np.sqrt(total - 0.5)) / np.sqrt(total)
    return planned, np.column_stack([first, second]), became, ordinary


def test_the_weighted_test_keeps_the_type_i_error_where_the_ordinary_one_does_not():
    planned, stages, _, ordinary = two_stages(0.0, 400_000, 9)
    bound = 1.959963984540054
    weighted = weighted_statistics(stages, planned)[:, 1] >= bound
    assert within_four_errors(weighted.mean(), 0.025, weighted.size)
    assert (ordinary >= bound).mean() > 0.028


def test_weighted_inference_covers_after_a_change_and_its_middle_is_median_unbiased():
    whole = of_design(design(Plan(fractions=(0.5, 1.0))))
    drift, n = 1.5, 400
    _, stages, became, _ = two_stages(drift, n, 10)
    early = stages[:, 0] >= whole.upper[0]
    found = [
        weighted_stagewise(whole, stage[: 1 if stop else 2], total[: 1 if stop else 2], 0.8)
        for stage, total, stop in zip(stages, became, early, strict=True)
    ]
    low, value, high = (
        np.array([getattr(each.drift, name) for each in found]) for name in ("low", "value", "high")
    )
    assert within_four_errors(((low <= drift) & (drift <= high)).mean(), 0.8, n)
    assert within_four_errors((value >= drift).mean(), 0.5, n)


def test_repeated_intervals_cover_after_a_change():
    whole = of_design(design(Plan(fractions=(0.5, 1.0))))
    _, stages, became, _ = two_stages(1.5, 200_000, 11)
    found = weighted_intervals(whole, stages, became)
    for miss in ((found.low > 1.5).any(axis=1), (found.high < 1.5).any(axis=1)):
        assert within_four_errors(miss.mean(), 0.025, miss.size)


def test_the_adapted_bound_of_the_promising_zone_keeps_the_type_i_error():
    plan = PromisingZone(looks([0.5, 1.0], [2.96258804, 1.96859564]), 0.9, 0.1, 3.0)
    random = np.random.default_rng(12)
    first = random.standard_normal(300_000)
    rule = re_estimate(plan, first)
    on = first < 2.96258804
    more = np.where(on, rule.information - 0.5, 1.0)
    last = (first * np.sqrt(0.5) + random.standard_normal(first.size) * np.sqrt(more)) / np.sqrt(
        rule.information
    )
    rejected = np.where(on, last >= np.where(on, rule.bound, 0.0), True)
    assert within_four_errors(rejected.mean(), 0.025, first.size)


GRAPH = graph(["PFS", "OS", "uMRD"], [0.6, 0.2, 0.2], [[0, 1, 0], [0.5, 0, 0.5], [0.5, 0.5, 0]])
NAN = float("nan")
SCHEDULES = (
    Schedule(Boundary("lan-demets-obrien-fleming"), 250.0, (150.0, 250.0, NAN)),
    Schedule(Boundary("lan-demets-obrien-fleming"), 300.0, (100.0, 180.0, 300.0)),
    Schedule(Boundary("lan-demets-pocock"), 400.0, (400.0, NAN, NAN)),
)


def three_endpoints(effects, correlation, n, seed):
    """One-sided p-values of correlated endpoints, shape (n, 3, 3); effects are expected last statistics."""
    random = np.random.default_rng(seed)
    root = np.linalg.cholesky(np.full((3, 3), correlation) + (1 - correlation) * np.eye(3))
    steps = random.standard_normal((n, 3, 3)) @ root.T
    p = np.full((n, 3, 3), NAN)
    for j, schedule in enumerate(SCHEDULES):
        information = np.array(schedule.information)
        seen = ~np.isnan(information)
        more = np.diff(information[seen], prepend=0.0)
        score = np.cumsum(steps[:, seen, j] * np.sqrt(more), axis=1)
        fraction = information[seen] / information[seen][-1]
        p[:, seen, j] = ndtr(-score / np.sqrt(information[seen]) - effects[j] * np.sqrt(fraction))
    return p


@pytest.mark.parametrize("correlation", [0.0, 0.6])
@pytest.mark.parametrize("effects", [(0, 0, 0), (6, 0, 0), (0, 6, 6), (0, 0, 6), (2.5, 0, 3)])
def test_the_family_wise_error_is_at_most_alpha_whatever_is_true(effects, correlation):
    n = 40_000
    at = rejections_over_looks(GRAPH, SCHEDULES, three_endpoints(effects, correlation, n, 30), 0.025)
    null = np.array(effects) == 0
    wrong = (at[:, null] > 0).any(axis=1).mean()
    assert wrong < 0.025 + 4 * np.sqrt(0.025 * 0.975 / n)
    if effects in {(0, 6, 6), (6, 0, 0)}:
        # All of alpha is there for what is true, so that it is also used.
        assert wrong > 0.015


def test_each_endpoint_at_the_whole_alpha_would_exceed_it():
    whole = graph(["PFS", "OS", "uMRD"], [1 / 3] * 3, np.zeros((3, 3)))
    at = rejections_over_looks(whole, SCHEDULES, three_endpoints((0, 0, 0), 0.0, 40_000, 31), 0.075)
    assert (at > 0).any(axis=1).mean() > 0.05


def test_stages_of_simulated_trials_are_independent():
    z = paths(np.random.default_rng(1), np.array([1.0, 3.0]), 0.0, 100_000)
    stages = stage_statistics(z, np.array([1.0, 3.0]))
    assert abs(np.corrcoef(stages.T)[0, 1]) < 4 / np.sqrt(100_000)
    assert abs(np.corrcoef(z.T)[0, 1]) > 0.5
