"""Group-sequential probabilities against closed forms.

Standing: exact. One look is the fixed design. Two looks are the bivariate normal distribution, by Owen's T
(SciPy). Three bounds of zero are an orthant, by arcsines. Any number of equally spaced bounds of zero
are a random walk that stays below its start: by the theorem of Sparre Andersen (1954) it does for n steps
with probability C(2n, n) / 4^n, whatever the distribution of a step that is symmetric and continuous.

Tolerance: as written, 1e-9 or finer; the limit of many looks is asymptotic, to the order of its theory.
"""

from itertools import pairwise
from math import comb, exp

import numpy as np
import pytest
from scipy.special import ndtr, ndtri, owens_t
from scipy.stats import norm

from remit.stats.sequential.boundaries import FAMILIES, USER, Boundary, efficacy_bounds, setting
from remit.stats.sequential.design import design
from remit.stats.sequential.integration import begin, density, exits, goings, leave
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.power import power, power_curve, stopping

WITHOUT_LEVELS = [name for name in FAMILIES if name != USER]


def both_below(h, k, rho):
    """Probability that both of two standard normal variables are below bounds, after Owen (1956)."""
    root = np.sqrt(1 - rho**2)
    half = owens_t(h, (k - rho * h) / (h * root)) + owens_t(k, (h - rho * k) / (k * root))
    return (ndtr(h) + ndtr(k)) / 2 - half - (0.5 if h * k < 0 else 0.0)


@pytest.mark.parametrize("family", WITHOUT_LEVELS)
@pytest.mark.parametrize("sides", [1, 2])
def test_one_look_is_the_fixed_design(family, sides):
    found = design(Plan(fractions=(1.0,), alpha=0.01, power=0.85, sides=sides, efficacy=Boundary(family)))
    assert found.upper[0] == pytest.approx(-ndtri(0.01), rel=1e-12)
    assert found.drift == pytest.approx(ndtri(0.85) - ndtri(0.01), rel=1e-11)
    assert found.inflation == pytest.approx(1, rel=1e-11)
    assert found.alpha_spent[-1] == pytest.approx(0.01, rel=1e-12)
    drifts = np.array([-1.0, 0.0, 2.0, 5.0])
    np.testing.assert_allclose(power(found, drifts), ndtr(drifts + ndtri(0.01)), rtol=1e-11)
    curve = power_curve(found, np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(curve.power, curve.fixed_power, rtol=1e-11)
    np.testing.assert_allclose(curve.information, 1, rtol=1e-11)


@pytest.mark.parametrize("t", [0.001, 0.2, 0.5, 0.9, 0.999, 1 - 1e-6])
@pytest.mark.parametrize("drift", [-2.0, 0.0, 3.3])
@pytest.mark.parametrize(("first", "second"), [(2.8, 1.97), (2.18, 2.2), (0.4, -0.7), (4.5, 1.1)])
def test_two_looks_are_the_bivariate_normal_distribution(t, drift, first, second):
    found = exits(np.array([t, 1.0]), np.full(2, -np.inf), np.array([first, second]), drift)
    h, k = first - drift * np.sqrt(t), second - drift
    assert found.upper[0] == pytest.approx(ndtr(-h), rel=1e-13)
    assert found.upper[1] == pytest.approx(ndtr(h) - both_below(h, k, np.sqrt(t)), abs=2e-14)


@pytest.mark.parametrize("t", [0.01, 0.35, 0.8, 0.9999])
@pytest.mark.parametrize("drift", [0.1, 2.9])
def test_two_looks_with_lower_bounds_are_differences_of_it(t, drift):
    lower, upper = np.array([0.3, 1.9]), np.array([2.9, 2.0])
    found = exits(np.array([t, 1.0]), lower, upper, drift)
    (a, b), (c, d) = ((bounds - drift * np.sqrt([t, 1.0])) for bounds in (lower, upper))
    rho = np.sqrt(t)
    above = (ndtr(c) - ndtr(a)) - (both_below(c, d, rho) - both_below(a, d, rho))
    below = both_below(c, b, rho) - both_below(a, b, rho)
    np.testing.assert_allclose(found.upper, [ndtr(-c), above], atol=2e-14)
    np.testing.assert_allclose(found.lower, [ndtr(a), below], atol=2e-14)
    assert found.stays == pytest.approx(1 - ndtr(-c) - ndtr(a) - above - below, abs=5e-14)


@pytest.mark.parametrize("t", [(0.2, 0.5, 1.0), (0.001, 0.999, 1.0), (0.5, 0.5 + 1e-6, 1.0)])
def test_three_bounds_of_zero_are_an_orthant(t):
    found = exits(np.array(t), np.full(3, -np.inf), np.zeros(3), 0.0)
    arcs = sum(np.arcsin(np.sqrt(t[j] / t[k])) for j, k in [(0, 1), (0, 2), (1, 2)])
    assert found.stays == pytest.approx(1 / 8 + arcs / (4 * np.pi), abs=2e-14)


@pytest.mark.parametrize("n", [2, 5, 20, 50, 100, 200])
def test_any_number_of_bounds_of_zero_is_a_walk_that_stays_below_its_start(n):
    fractions = np.arange(1, n + 1) / n
    stays = np.array([comb(2 * k, k) / 4**k for k in range(n + 1)])
    found = exits(fractions, np.full(n, -np.inf), np.zeros(n), 0.0)
    np.testing.assert_allclose(found.upper, -np.diff(stays), rtol=1e-10)
    np.testing.assert_allclose(1 - found.upper.sum(), stays[-1], rtol=1e-12)


def test_a_small_probability_keeps_its_digits():
    # Both looks far out: to leading order the second crossing is a normal tail of its own.
    far = exits(np.array([0.5, 1.0]), np.full(2, -np.inf), np.array([np.inf, 30.0]), 0.0)
    assert far.upper[1] == pytest.approx(norm.sf(30.0), rel=1e-11)
    both = exits(np.array([1e-4, 1.0]), np.full(2, -np.inf), np.array([30.0, 31.0]), 0.0)
    assert both.upper[1] == pytest.approx(norm.sf(31.0), rel=1e-9)


@pytest.mark.parametrize("gap", [1e-8, 1e-6, 1e-3])
def test_looks_close_together_change_nothing_where_the_second_has_no_bound(gap):
    free = exits(np.array([0.3, 0.5, 1.0]), np.full(3, -np.inf), np.array([2.7, 2.5, 2.0]), 1.0)
    more = exits(
        np.array([0.3, 0.5, 0.5 + gap, 1.0]), np.full(4, -np.inf), np.array([2.7, 2.5, np.inf, 2.0]), 1.0
    )
    np.testing.assert_allclose(more.upper[[0, 1, 3]], free.upper, rtol=1e-12)


def test_the_density_of_a_look_is_that_of_the_joint_distribution():
    # f(z) at the second look is normal times the probability of having been below the first bound, given z.
    t, bound, z = 0.4, 1.2, np.linspace(-4, 4, 9)
    path = goings(np.array([t, 1.0]), np.full(2, -np.inf), np.array([bound, 9.0]), 0.0)
    kept = ndtr((bound - np.sqrt(t) * z) / np.sqrt(1 - t))
    np.testing.assert_allclose(density(path[1], 1.0, z), norm.pdf(z) * kept, rtol=1e-12)
    np.testing.assert_allclose(density(begin(0.7), 2.0, z), norm.pdf(z - 0.7 * np.sqrt(2)), rtol=1e-14)


def test_another_drift_is_a_ratio_of_likelihoods():
    t, lower, upper = np.array([0.3, 0.6, 1.0]), np.array([-0.4, 0.6, 1.9]), np.array([3.2, 2.6, 2.0])
    path = goings(t, lower, upper, 2.0, margin=2.0)
    for drift in (0.0, 1.3, 4.0):
        near, direct = leave(path, t, lower, upper, drift), exits(t, lower, upper, drift)
        np.testing.assert_allclose(near.upper, direct.upper, rtol=1e-11)
        np.testing.assert_allclose(near.lower, direct.lower, rtol=1e-11)


@pytest.mark.parametrize("family", ["lan-demets-obrien-fleming", "hwang-shih-decani", "kim-demets"])
def test_the_first_bound_is_the_quantile_of_what_is_spent(family):
    found = design(Plan(fractions=(0.37, 1.0), efficacy=Boundary(family)))
    by_hand = {
        "lan-demets-obrien-fleming": 2 * norm.sf(norm.isf(0.0125) / np.sqrt(0.37)),
        "hwang-shih-decani": 0.025 * (1 - exp(4 * 0.37)) / (1 - exp(4)),
        "kim-demets": 0.025 * 0.37**3,
    }[family]
    assert found.alpha_spent[0] == pytest.approx(by_hand, rel=1e-12)
    assert found.upper[0] == pytest.approx(norm.isf(by_hand), rel=1e-12)


def test_two_looks_of_pocock_share_their_bound_and_it_solves_the_bivariate_equation():
    bound = design(Plan(fractions=(0.5, 1.0), efficacy=Boundary("pocock"))).upper
    assert bound[0] == bound[1]
    assert 1 - both_below(bound[0], bound[1], np.sqrt(0.5)) == pytest.approx(0.025, abs=1e-14)


def test_with_ever_more_looks_obrien_fleming_bounds_tend_to_those_of_a_brownian_motion():
    # P(max W > c) = 2 (1 - Phi(c)); looks at n times act as a bound higher by 0.5826 / sqrt(n), with an
    # error of smaller order (Siegmund 1985; Chernoff 1965). 0.5826 is -zeta(1/2) / sqrt(2 pi).
    continuous = -float(ndtri(0.0125))
    off = []
    for n in (9, 36):
        last = efficacy_bounds(Boundary("obrien-fleming"), setting(np.arange(1, n + 1) / n, 0.025))[-1]
        off.append(last - (continuous - 0.5826 / np.sqrt(n)))
    assert 0 < off[1] < off[0] / 3
    assert off[1] < 0.01


def test_trials_that_stop_or_go_on_are_all_trials():
    found = design(
        Plan(
            fractions=(0.25, 0.6, 1.0),
            futility=(-0.2, 0.7),
            harm=Boundary("lan-demets-pocock"),
            alpha_harm=0.01,
        )
    )
    where = stopping(found, np.array([-2.0, 0.0, 3.0]))
    left = np.cumsum(where.efficacy + where.futility + where.harm, axis=1)
    np.testing.assert_allclose(left + where.goes_on, 1, atol=1e-13)
    # The first look by hand: harm is at or below its bound, futility between it and its own.
    for row, drift in enumerate(where.drift):
        edges = np.array([-np.inf, found.harm[0], found.lower[0], found.upper[0], np.inf])
        shares = [b - a for a, b in pairwise(ndtr(edges - drift * 0.5))]
        seen = [each[row, 0] for each in (where.harm, where.futility, where.goes_on, where.efficacy)]
        np.testing.assert_allclose(seen, shares, atol=1e-14)
