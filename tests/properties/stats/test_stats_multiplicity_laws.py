"""Laws of graphical procedures: decisions, adjusted p-values, order, and the closed test behind them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.stats.multiplicity.graph import graph, graphical_test, without
from remit.stats.multiplicity.graphical_sequential import graphical_sequential_test
from remit.stats.multiplicity.intersections import intersection_weights, rejections
from remit.stats.multiplicity.known_graphs import fallback, fixed_sequence, holm
from remit.stats.multiplicity.schedule import Schedule, nominal_level
from remit.stats.sequential.boundaries import Boundary

share = st.integers(0, 6)
small = st.floats(1e-6, 0.2)


@st.composite
def graphs(draw, most=4):
    """Graphs of 1 to ``most`` hypotheses; some weight may be lost, some arrows may be missing."""
    n = draw(st.integers(1, most))
    weights = np.array(draw(st.lists(share, min_size=n, max_size=n)), dtype=float)
    arrows = np.array(draw(st.lists(share, min_size=n * n, max_size=n * n)), dtype=float).reshape(n, n)
    np.fill_diagonal(arrows, 0)
    lost = draw(st.sampled_from([0.0, 0.0, 2.0]))
    total = np.maximum(arrows.sum(axis=1, keepdims=True) + lost, 1)
    return graph([f"H{k}" for k in range(n)], weights / max(weights.sum() + lost, 1), arrows / total)


@st.composite
def graphs_with_p_values(draw):
    whole = draw(graphs())
    return whole, np.array(draw(st.lists(small, min_size=whole.n_hypotheses, max_size=whole.n_hypotheses)))


def closed(whole, p, alpha):
    """Decisions of the closed test: a hypothesis is rejected if every intersection that holds it is."""
    weights = intersection_weights(whole)
    n = whole.n_hypotheses
    local = [
        any(weights[row, j] > 0 and p[j] <= weights[row, j] * alpha * (1 + 1e-12) for j in range(n))
        for row in range(2**n)
    ]
    return [all(local[row] for row in range(2**n) if row >> j & 1) for j in range(n)]


@given(graphs_with_p_values(), st.sampled_from([0.025, 0.05, 0.1]))
def test_the_procedure_is_the_closed_test_of_its_intersections(case, alpha):
    whole, p = case
    found = graphical_test(whole, p, alpha)
    assert found.rejected.tolist() == closed(whole, p, alpha)
    np.testing.assert_array_equal(rejections(whole, p[None], alpha)[0], found.rejected)


@given(graphs_with_p_values())
def test_an_adjusted_p_value_is_the_smallest_alpha_that_rejects(case):
    whole, p = case
    adjusted = graphical_test(whole, p, 0.5).adjusted
    for j, alpha in enumerate(adjusted):
        if alpha < 1:
            assert graphical_test(whole, p, alpha).rejected[j]
            assert not graphical_test(whole, p, alpha * (1 - 1e-9)).rejected[j]


@given(graphs_with_p_values())
def test_an_adjusted_p_value_is_no_smaller_than_the_p_value(case):
    whole, p = case
    adjusted = graphical_test(whole, p, 0.025).adjusted
    assert (adjusted >= p * (1 - 1e-12)).all()
    assert (adjusted <= 1).all()


@given(graphs_with_p_values(), st.data())
def test_smaller_p_values_never_make_an_adjusted_one_larger(case, data):
    whole, p = case
    factors = data.draw(st.lists(st.floats(0, 1), min_size=p.size, max_size=p.size))
    before = graphical_test(whole, p, 0.025).adjusted
    after = graphical_test(whole, p * factors, 0.025).adjusted
    assert (after <= before * (1 + 1e-9)).all()


@given(graphs_with_p_values(), st.randoms(use_true_random=False))
def test_relabelling_hypotheses_changes_nothing(case, random):
    whole, p = case
    order = list(range(p.size))
    random.shuffle(order)
    names = [whole.hypotheses[j] for j in order]
    other = graph(names, whole.weights[order], whole.transitions[np.ix_(order, order)])
    first, second = graphical_test(whole, p, 0.05), graphical_test(other, p[order], 0.05)
    np.testing.assert_allclose(second.adjusted, first.adjusted[order], rtol=1e-9)
    np.testing.assert_array_equal(second.rejected, first.rejected[order])


@given(graphs(5), st.randoms(use_true_random=False))
def test_the_order_of_rejections_does_not_matter(whole, random):
    gone = random.sample(range(whole.n_hypotheses), random.randint(1, whole.n_hypotheses))
    forward, backward = whole, whole
    for one, other in zip(gone, reversed(gone), strict=True):
        forward, backward = without(forward, one), without(backward, other)
    np.testing.assert_allclose(forward.weights, backward.weights, atol=1e-9)
    np.testing.assert_allclose(forward.transitions, backward.transitions, atol=1e-9)


@given(graphs(5))
def test_a_graph_stays_a_graph_and_nobody_loses_weight(whole):
    now = whole
    for place in range(whole.n_hypotheses):
        after = without(now, place)
        others = np.arange(whole.n_hypotheses) != place
        assert (after.weights[others] >= now.weights[others] - 1e-15).all()
        now = after
        graph(now.hypotheses, now.weights, now.transitions)


@given(st.lists(small, min_size=1, max_size=6))
def test_the_complete_graph_is_holms_procedure(values):
    p = np.array(values)
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * (p.size - np.arange(p.size)))
    expected = np.empty(p.size)
    expected[order] = np.minimum(steps, 1)
    found = graphical_test(holm([str(k) for k in range(p.size)]), p, 0.025)
    np.testing.assert_allclose(found.adjusted, expected, rtol=1e-9)


@given(st.lists(small, min_size=1, max_size=6))
def test_the_chain_is_hierarchical_testing(values):
    p = np.array(values)
    found = graphical_test(fixed_sequence([str(k) for k in range(p.size)]), p, 0.025)
    np.testing.assert_allclose(found.adjusted, np.maximum.accumulate(p), rtol=1e-12)


@given(st.lists(small, min_size=2, max_size=5), st.data())
def test_the_fallback_procedure_gives_on_what_was_won(values, data):
    p = np.array(values)
    weights = np.array(data.draw(st.lists(st.integers(1, 5), min_size=p.size, max_size=p.size)), dtype=float)
    weights /= weights.sum()
    carried, expected = 0.0, []
    for value, weight in zip(p, weights, strict=True):
        carried += weight
        expected.append(value <= carried * 0.1)
        carried = carried if expected[-1] else 0.0
    assert (
        graphical_test(fallback([str(k) for k in range(p.size)], weights), p, 0.1).rejected.tolist()
        == expected
    )


families = st.sampled_from(
    [
        Boundary("lan-demets-obrien-fleming"),
        Boundary("lan-demets-pocock"),
        Boundary("hwang-shih-decani", -3.0),
    ]
)


@settings(max_examples=25)
@given(families, st.floats(1e-4, 0.3), st.floats(1.01, 3), st.floats(0.2, 0.8))
def test_nominal_levels_rise_with_the_level(spending, level, factor, share_):
    """The condition of Maurer and Bretz (2013) under which the error is kept."""
    schedule = Schedule(spending, 1.0, (share_ / 2, share_, 1.0))
    higher = min(level * factor, 0.317)
    for look in (1, 2, 3):
        low, high = (nominal_level(schedule, look, each) for each in (level, higher))
        assert low <= high * (1 + 1e-9)


@settings(max_examples=25)
@given(graphs(3), st.data())
def test_over_looks_nothing_is_rejected_that_the_closed_group_sequential_test_does_not(whole, data):
    """Each intersection: some hypothesis crosses, at any look, its bound for its weight in it."""
    n, alpha = whole.n_hypotheses, 0.05
    schedules = [Schedule(data.draw(families), 1.0, (0.5, 1.0)) for _ in range(n)]
    p = np.array(data.draw(st.lists(st.floats(1e-5, 0.1), min_size=2 * n, max_size=2 * n))).reshape(2, n)
    weights = intersection_weights(whole)

    def crosses(row):
        return any(
            p[k, j] <= nominal_level(schedules[j], k + 1, weights[row, j] * alpha) * (1 + 1e-9)
            for j in range(n)
            for k in range(2)
            if weights[row, j] > 0
        )

    local = [crosses(row) for row in range(2**n)]
    found = graphical_sequential_test(whole, schedules, p, alpha)
    for j in np.flatnonzero(found.rejected):
        assert all(local[row] for row in range(2**n) if row >> j & 1)


@settings(max_examples=15)
@given(graphs(3), st.integers(0, 2**32 - 1))
def test_more_of_alpha_never_rejects_less_over_looks(whole, seed):
    p = np.random.default_rng(seed).uniform(0, 0.05, (2, whole.n_hypotheses))
    schedules = [Schedule(Boundary("lan-demets-pocock"), 1.0, (0.6, 1.0))] * whole.n_hypotheses
    low, high = (graphical_sequential_test(whole, schedules, p, each) for each in (0.02, 0.05))
    assert (low.rejected <= high.rejected).all()
