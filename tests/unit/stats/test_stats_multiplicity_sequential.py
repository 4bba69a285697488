"""Graphical procedure over looks, for PFS, OS and uMRD.

Standing: worked by hand from the algorithm of Maurer and Bretz (2013). Nominal levels: at a first look the
spending function itself; at a second the bivariate normal probability of scipy (to 1e-9) is what the function
allows. With one look everything is the procedure of ``graph``.
"""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from remit.errors import InputError
from remit.stats.multiplicity.graph import graph, graphical_test
from remit.stats.multiplicity.graphical_sequential import (
    graphical_sequential_test,
    rejections_over_looks,
)
from remit.stats.multiplicity.known_graphs import fixed_sequence, holm
from remit.stats.multiplicity.schedule import Schedule, nominal_level
from remit.stats.sequential.boundaries import Boundary

NAN = float("nan")
O_BRIEN_FLEMING, POCOCK = Boundary("lan-demets-obrien-fleming"), Boundary("lan-demets-pocock")
KIM_DEMETS = Boundary("kim-demets", 2.0)
PFS = Schedule(O_BRIEN_FLEMING, 250.0, (150.0, 250.0, NAN))
OS = Schedule(KIM_DEMETS, 300.0, (100.0, 180.0, 300.0))
UMRD = Schedule(POCOCK, 400.0, (400.0, NAN, NAN))
WHOLE = graph(["PFS", "OS", "uMRD"], [0.6, 0.2, 0.2], [[0, 1, 0], [0.5, 0, 0.5], [0.5, 0.5, 0]])
SCHEDULES = (PFS, OS, UMRD)


def o_brien_fleming(level, fraction):
    return 2 * ndtr(ndtri(level / 2) / np.sqrt(fraction))


@pytest.mark.parametrize("level", [0.025, 0.015, 0.004])
def test_the_nominal_level_of_a_first_look_is_what_is_spent(level):
    assert nominal_level(PFS, 1, level) == pytest.approx(o_brien_fleming(level, 0.6), rel=1e-10)
    assert nominal_level(OS, 1, level) == pytest.approx(level / 9, rel=1e-10)
    assert nominal_level(UMRD, 1, level) == pytest.approx(level, rel=1e-10)
    assert nominal_level(PFS, 1, 0.0) == 0
    assert np.isnan(nominal_level(UMRD, 2, level))


@pytest.mark.parametrize("level", [0.025, 0.0175, 0.005])
def test_the_nominal_level_of_a_second_look_spends_the_rest(level):
    for schedule, spent in ((PFS, (o_brien_fleming(level, 0.6), level)), (OS, (level / 9, level * 0.36))):
        first, second = (-ndtri(nominal_level(schedule, look, level)) for look in (1, 2))
        r = np.sqrt(schedule.information[0] / schedule.information[1])
        both = multivariate_normal([0, 0], [[1, -r], [-r, 1]])
        assert both.cdf([first, -second], rng=1) == pytest.approx(spent[1] - spent[0], abs=1e-9)


def test_a_trial_by_hand():
    """uMRD at once, PFS at the second look, OS at the third.

    Look 1: PFS at 0.015, OS and uMRD at 0.005. uMRD has one analysis: 0.004 <= 0.005. Its fifth goes half to
    PFS, half to OS: 0.7 and 0.3; now PFS sends all to OS, OS to PFS: (0.5 + 0.5 x 0.5)/(1 - 0.5 x 0.5) = 1.
    Look 2: PFS at 0.0175: rejected, and OS has all of 0.025, of which 0.36 may be spent by now: not rejected.
    Look 3: OS at 0.025.
    """
    p = np.array([[0.02, 0.2, 0.004], [0.009, 0.011, NAN], [NAN, 0.0108, NAN]])
    found = graphical_sequential_test(WHOLE, SCHEDULES, p, 0.025)
    assert found.rejected_at.tolist() == [2, 3, 1]
    assert [each.rejected for each in found.looks] == [("uMRD",), ("PFS",), ("OS",)]
    np.testing.assert_allclose(found.looks[0].after.weights, [0.7, 0.3, 0], rtol=1e-14)
    np.testing.assert_allclose(found.looks[0].after.transitions[:2, :2], [[0, 1], [1, 0]], rtol=1e-14)
    np.testing.assert_allclose(found.looks[0].level, [0.0175, 0.0075, 0.005], rtol=1e-13)
    np.testing.assert_allclose(found.looks[1].level, [0.0175, 0.025, NAN], rtol=1e-13)
    np.testing.assert_allclose(found.looks[2].level, [NAN, 0.025, NAN], rtol=1e-13)
    for look, place, level in ((1, 0, 0.0175), (1, 2, 0.005), (2, 1, 0.025), (3, 1, 0.025)):
        expected = nominal_level(SCHEDULES[place], look, level)
        assert found.looks[look - 1].nominal[place] == pytest.approx(expected, rel=1e-12)
    assert rejections_over_looks(WHOLE, SCHEDULES, p[None], 0.025).tolist() == [[2, 3, 1]]


def test_the_level_that_comes_free_is_used_at_the_same_look():
    """OS would miss its first bound at 0.005; after PFS and uMRD it has 0.025 and is rejected at once."""
    level = nominal_level(OS, 1, 0.025)
    p = np.array([[1e-9, 0.99 * level, 1e-9]] + [[NAN] * 3] * 2)
    found = graphical_sequential_test(WHOLE, SCHEDULES, p, 0.025)
    assert found.rejected_at.tolist() == [1, 1, 1]
    assert level > nominal_level(OS, 1, 0.005) * 4
    assert p[0, 1] > nominal_level(OS, 1, 0.005)


def test_past_looks_are_not_gone_back_to():
    """OS at look 1 was between its bound at 0.2 of alpha and at all of it; PFS is rejected at look 2 only."""
    p = np.array([[0.5, 0.99 * nominal_level(OS, 1, 0.025), 1e-9], [1e-9, 0.4, NAN], [NAN, 0.4, NAN]])
    found = graphical_sequential_test(WHOLE, SCHEDULES, p, 0.025)
    assert found.rejected_at.tolist() == [2, 0, 1]
    assert found.rejected.tolist() == [True, False, True]


def test_a_last_analysis_can_be_repeated_when_its_level_has_grown():
    """uMRD misses 0.005 at look 1. At look 2 PFS leaves, then OS, which sends half its alpha to uMRD.

    OS then has all but uMRD's fifth, 0.8, and PFS is gone: its arrows are (OS to uMRD) (0.5 + 0)/(1 - 0.5) =
    1, so uMRD is tested at 0.025.
    """
    p = np.array([[0.5, 0.5, 0.02], [1e-9, 1e-9, NAN], [NAN, NAN, NAN]])
    once = graphical_sequential_test(WHOLE, SCHEDULES, p, 0.025)
    assert once.rejected_at.tolist() == [2, 2, 0]
    again = (PFS, OS, Schedule(POCOCK, 400.0, (400.0, 400.0, NAN)))
    p[1, 2] = 0.02
    found = graphical_sequential_test(WHOLE, again, p, 0.025)
    assert found.rejected_at.tolist() == [2, 2, 2]
    np.testing.assert_allclose(found.looks[1].level[2], 0.025, rtol=1e-12)
    assert found.looks[1].nominal[2] == pytest.approx(0.025, rel=1e-10)


def test_with_one_look_it_is_the_graphical_procedure():
    random = np.random.default_rng(3)
    single = [Schedule(spending, 10.0, (10.0,)) for spending in (O_BRIEN_FLEMING, POCOCK, KIM_DEMETS)]
    for p in random.uniform(0, 0.03, (60, 3)):
        found = graphical_sequential_test(WHOLE, single, p[None], 0.025)
        expected = graphical_test(WHOLE, p, 0.025)
        np.testing.assert_array_equal(found.rejected, expected.rejected)


def test_more_or_less_information_than_planned():
    """A final look spends all whatever its information; a look over the maximum is the last that spends."""
    short = Schedule(KIM_DEMETS, 300.0, (100.0, 240.0), final=2)
    first, second = (-ndtri(nominal_level(short, look, 0.025)) for look in (1, 2))
    r = np.sqrt(100 / 240)
    both = multivariate_normal([0, 0], [[1, -r], [-r, 1]])
    assert both.cdf([first, -second], rng=1) == pytest.approx(0.025 * 8 / 9, abs=1e-9)
    over = Schedule(KIM_DEMETS, 200.0, (100.0, 240.0, 260.0))
    assert nominal_level(over, 2, 0.025) > 0.01
    assert nominal_level(over, 3, 0.025) == 0.0
    # Without a final look some level is not used; a final look to come changes nothing now.
    assert nominal_level(Schedule(KIM_DEMETS, 300.0, (100.0, 240.0)), 2, 0.025) < nominal_level(
        short, 2, 0.025
    )
    assert nominal_level(Schedule(KIM_DEMETS, 300.0, (100.0, 240.0), final=3), 2, 0.025) == nominal_level(
        Schedule(KIM_DEMETS, 300.0, (100.0, 240.0)), 2, 0.025
    )


def test_a_look_without_an_analysis_spends_nothing():
    skipped = Schedule(KIM_DEMETS, 300.0, (NAN, 180.0, 300.0))
    assert nominal_level(skipped, 2, 0.02) == pytest.approx(0.36 * 0.02, rel=1e-10)


def test_many_trials_are_decided_as_one():
    random = np.random.default_rng(8)
    p = random.uniform(0, 1, (50, 3, 3)) ** 4 * 0.2
    missing = np.isnan(np.array([each.information for each in SCHEDULES])).T
    p[:, missing] = NAN
    each = [graphical_sequential_test(WHOLE, SCHEDULES, one, 0.025).rejected_at for one in p]
    np.testing.assert_array_equal(rejections_over_looks(WHOLE, SCHEDULES, p, 0.025), each)
    assert len({tuple(row) for row in np.array(each)}) > 8


def refused(schedule=OS, p=((0.1, 0.1, NAN),) * 3, alpha=0.025):
    graphical_sequential_test(holm(["a", "b", "c"]), (PFS, schedule, UMRD), np.array(p), alpha)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: refused(p=[[0.1, 0.1, 0.1]] * 3), ["p_values of c", "p_values of a", "p_values of c"]),
        (lambda: refused(p=[[0.1, 0.1]] * 3, alpha=0.4), ["alpha", "p_values"]),
        (
            lambda: graphical_sequential_test(fixed_sequence("ab"), (PFS,), np.zeros((1, 2)), 0.025),
            ["schedules"],
        ),
        (
            lambda: refused(Schedule(Boundary("pocock"), 0.0, (1.0, 2.0)), [[NAN] * 3] * 3),
            ["spending of b", "maximum of b", "information of b"],
        ),
        (lambda: refused(Schedule(POCOCK, 9.0, (2.0, 1.0, 3.0)), [[NAN] * 3] * 3), ["information of b"]),
        (lambda: refused(Schedule(POCOCK, 9.0, (1.0, 2.0, 3.0), final=2), [[NAN] * 3] * 3), ["final of b"]),
        (lambda: refused(Schedule(POCOCK, 9.0, (1.0, 2.0, 2.0), final=3), [[NAN] * 3] * 3), ["final of b"]),
        (lambda: refused(Schedule(POCOCK, 9.0, (1.0, 2.0, NAN), final=3), [[NAN] * 3] * 3), ["final of b"]),
        (
            lambda: refused(Schedule(POCOCK, 9.0, (1.0, 2.0, 2.0)), [[NAN, x, NAN] for x in (0.1, 0.2, 0.3)]),
            ["p_values of b"],
        ),
        (
            lambda: refused(Schedule(Boundary("kim-demets", -1.0), 9.0, (1.0, 2.0, 3.0)), [[NAN] * 3] * 3),
            ["spending of b"],
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_every_finding(call, names):
    with pytest.raises(InputError) as caught:
        call()
    assert [each.where for each in caught.value.findings] == names
