"""Graphical procedure, step by step.

Standing: worked by hand, in fractions, from the update rule of Bretz, Maurer, Brannath and Posch (2009); the
working stands beside the numbers. Graphs are those of that paper: Holm, parallel gatekeeping, and the
successive procedure of two primary and two secondary hypotheses.
"""

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.multiplicity.graph import graph, graphical_test, without
from remit.stats.multiplicity.intersections import intersection_weights, rejections
from remit.stats.multiplicity.known_graphs import fallback, fixed_sequence, holm, parallel_gatekeeping

SUCCESSIVE = graph(
    ["H1", "H2", "H3", "H4"],
    [1 / 2, 1 / 2, 0, 0],
    [[0, 1 / 2, 1 / 2, 0], [1 / 2, 0, 0, 1 / 2], [0, 1, 0, 0], [1, 0, 0, 0]],
)
"""Two doses: primary H1, H2; secondary H3 of H1's dose, H4 of H2's."""


def test_one_update_by_hand():
    """H1 leaves: it gives H2 and H3 a quarter each. Arrows: H2 sends to H1 and back 1/4, so divide by 3/4.

    H2 to H3: (0 + 1/2 x 1/2)/(3/4) = 1/3; H2 to H4: (1/2 + 0)/(3/4) = 2/3. H3 had nothing to H1: it keeps its
    arrow to H2. H4 sent all to H1, which passed half each to H2 and H3.
    """
    found = without(SUCCESSIVE, 0)
    np.testing.assert_allclose(found.weights, [0, 3 / 4, 1 / 4, 0])
    expected = [[0, 0, 0, 0], [0, 0, 1 / 3, 2 / 3], [0, 1, 0, 0], [0, 1 / 2, 1 / 2, 0]]
    np.testing.assert_allclose(found.transitions, expected, rtol=1e-15)
    # The graph it came from is as it was.
    np.testing.assert_array_equal(SUCCESSIVE.weights, [0.5, 0.5, 0, 0])


def test_a_whole_path_by_hand():
    """p = (0.01, 0.02, 0.005, 0.5) at 0.025.

    H1: 0.01 <= 0.0125. Then H2 at 3/4 and H3 at 1/4: 0.02/(3/4) = 0.0267 and 0.005/(1/4) = 0.02, so H3
    leaves. H2 to H3 and back is 1/3, so its arrow to H4 becomes (2/3)/(1 - 1/3) = 1; H2 has all: 0.02 <=
    0.025. All goes to H4: 0.5.
    """
    found = graphical_test(SUCCESSIVE, [0.01, 0.02, 0.005, 0.5], 0.025)
    np.testing.assert_allclose(found.adjusted, [0.02, 0.02, 0.02, 0.5], rtol=1e-14)
    assert found.rejected.tolist() == [True, True, True, False]
    assert [each.hypothesis for each in found.path] == ["H1", "H3", "H2"]
    np.testing.assert_allclose([each.level for each in found.path], [0.0125, 0.00625, 0.025], rtol=1e-14)
    np.testing.assert_allclose(found.path[-1].after.weights, [0, 0, 0, 1], rtol=1e-14)


def test_a_path_that_stops_by_hand():
    """p = (0.02, 0.01, 0.001, 0.012) at 0.025.

    H2 leaves at 0.0125: H1 has 3/4, H4 1/4, H1 to H4 (0 + 1/2 x 1/2)/(3/4) = 1/3, H1 to H3 2/3. H1/(3/4):
    0.0267; H4/(1/4): 0.048. H1 would leave at 0.0267 > 0.025: stop. On: H3 gets 3/4 x 2/3 = 1/2, H4 1/4 + 3/4
    x 1/3 = 1/2. H3: 0.002, so 0.0267. H3 sends all to H4 (by H2 and H1): H4 at 1: 0.012, so 0.0267.
    """
    found = graphical_test(SUCCESSIVE, [0.02, 0.01, 0.001, 0.012], 0.025)
    last = 0.02 / 0.75
    np.testing.assert_allclose(found.adjusted, [last, 0.02, last, last], rtol=1e-14)
    assert found.rejected.tolist() == [False, True, False, False]
    assert [each.hypothesis for each in found.path] == ["H2"]


def test_holm_by_hand():
    """Of three with 0.01, 0.02, 0.012: 3 x 0.01, then 2 x 0.012 = 0.024 below it, then 0.02."""
    found = graphical_test(holm("abc"), [0.01, 0.02, 0.012], 0.05)
    np.testing.assert_allclose(found.adjusted, [0.03, 0.03, 0.03], rtol=1e-14)
    np.testing.assert_allclose(without(holm("abc"), 1).weights, [0.5, 0, 0.5], rtol=1e-15)
    np.testing.assert_allclose(
        without(holm("abc"), 1).transitions, [[0, 0, 1], [0, 0, 0], [1, 0, 0]], rtol=1e-15
    )


def test_weighted_holm_by_hand():
    """Weights 1/2, 1/3, 1/6. The second leaves with 0.003/(1/3) = 0.009; then the others have 3/4 and 1/4."""
    found = graphical_test(holm("abc", [1 / 2, 1 / 3, 1 / 6]), [0.03, 0.003, 0.004], 0.025)
    np.testing.assert_allclose(found.adjusted, [0.03, 0.009, 0.016], rtol=1e-13)


def test_parallel_gatekeeping_by_hand():
    """Gate P1, P2 at 1/2 each, Holm behind. p = (0.01, 0.04; 0.003, 0.02) at 0.025.

    P1 leaves at 0.02, S1 and S2 get 1/4 each: 0.012, so S1 leaves (0.02), S2 then has 1/2: 0.04. P2: 0.08.
    """
    whole = parallel_gatekeeping(["P1", "P2"], ["S1", "S2"])
    found = graphical_test(whole, [0.01, 0.04, 0.003, 0.02], 0.025)
    np.testing.assert_allclose(found.adjusted, [0.02, 0.08, 0.02, 0.04], rtol=1e-14)
    assert [each.hypothesis for each in found.path] == ["P1", "S1"]


def test_the_fallback_procedure_by_hand():
    """Weights 1/2, 1/4, 1/4 in order; p = (0.3, 0.006, 0.012): the second gives its quarter to the third."""
    found = graphical_test(fallback("abc", [0.5, 0.25, 0.25]), [0.3, 0.006, 0.012], 0.025)
    np.testing.assert_allclose(found.adjusted, [0.6, 0.024, 0.024], rtol=1e-14)
    assert found.rejected.tolist() == [False, True, True]


def test_a_fixed_sequence_stops_at_the_first_that_is_not_rejected():
    found = graphical_test(fixed_sequence("abc"), [0.001, 0.03, 0.0001], 0.025)
    np.testing.assert_allclose(found.adjusted, [0.001, 0.03, 0.03])
    assert found.rejected.tolist() == [True, False, False]


def test_weight_that_is_lost_or_not_given_is_not_used():
    half = graph("ab", [0.5, 0.25], [[0, 0.5], [0, 0]])
    np.testing.assert_allclose(without(half, 0).weights, [0, 0.5])
    np.testing.assert_allclose(graphical_test(half, [0.01, 0.01], 0.025).adjusted, [0.02, 0.02])


def test_what_has_no_weight_and_gets_none_cannot_be_rejected():
    alone = graph("ab", [1, 0], [[0, 0], [0, 0]])
    found = graphical_test(alone, [0.001, 0.0], 0.025)
    assert found.adjusted.tolist() == [0.001, 1.0]
    assert found.rejected.tolist() == [True, False]


def test_a_hypothesis_without_a_p_value_keeps_its_weight():
    found = graphical_test(holm("abc"), [0.01, np.nan, 0.012], 0.05)
    # The others go from a third to a half, never to all.
    np.testing.assert_allclose(found.adjusted, [0.03, np.nan, 0.03], rtol=1e-14)
    assert found.rejected.tolist() == [True, False, True]


def test_a_p_value_at_its_level_is_rejected_in_spite_of_rounding():
    for n in range(1, 9):
        names = [str(each) for each in range(n)]
        p = np.array([0.025 / (n - k) for k in range(n)])
        assert graphical_test(holm(names), p, 0.025).rejected.all()
        assert rejections(holm(names), p[None], 0.025).all()
        assert not graphical_test(holm(names), p * (1 + 1e-9), 0.025).rejected.any()


def test_weights_of_intersections_by_hand():
    """Rows by bits: in that of H3 and H4 both primaries are gone, and each has what was its dose's."""
    found = intersection_weights(SUCCESSIVE)
    np.testing.assert_allclose(found[0b1111], [0.5, 0.5, 0, 0])
    np.testing.assert_allclose(found[0b1110], [0, 0.75, 0.25, 0])
    np.testing.assert_allclose(found[0b1100], [0, 0, 0.5, 0.5])
    np.testing.assert_allclose(found[0b0100], [0, 0, 1, 0])
    np.testing.assert_array_equal(found[0], [0, 0, 0, 0])


def test_many_trials_are_decided_as_one():
    random = np.random.default_rng(5)
    p = random.uniform(0, 0.06, (300, 4))
    p[random.random(p.shape) < 0.05] = np.nan
    each = [graphical_test(SUCCESSIVE, row, 0.05).rejected for row in p]
    np.testing.assert_array_equal(rejections(SUCCESSIVE, p, 0.05), each)
    assert np.any(each)
    assert not np.all(each)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: graph("aa", [0.5, 0.6], [[0, 1], [1, 0]]), ["hypotheses", "weights"]),
        (lambda: graph("ab", [0.5], [[0, 1]]), ["weights", "transitions"]),
        (
            lambda: graph("ab", [0.5, np.nan], [[0.1, 1], [-1, 0]]),
            ["weights", "transitions of a", "transitions of a", "transitions of b"],
        ),
        (lambda: holm([]), ["hypotheses"]),
        (lambda: graphical_test(SUCCESSIVE, [0.1], 1.0), ["p_values", "alpha"]),
        (lambda: graphical_test(SUCCESSIVE, [0.1, -0.1, 1.1, 0], 0.025), ["p_values"]),
        (lambda: rejections(SUCCESSIVE, np.zeros((2, 3)), 0.0), ["p_values", "alpha"]),
        (lambda: intersection_weights(holm([str(each) for each in range(15)])), ["graph"]),
    ],
)
def test_what_cannot_be_used_is_refused_with_every_finding(call, names):
    with pytest.raises(InputError) as caught:
        call()
    assert [each.where for each in caught.value.findings] == names
