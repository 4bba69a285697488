"""Baskets: the posterior with borrowing, trials on the calendar, and scenarios.

Standing of the posterior: double programmed. Below, the effects themselves are on a grid: given the
heterogeneity they are jointly normal, their mean integrated out by hand, so that nothing of the shipped
tables by node is shared. Its error is of the square of its step (0.1 and 0.05 differ from the shipped one by
7.1e-4 and 1.8e-4), so that both steps together give the limit; tolerance 2e-5, five times what is left.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import binom, norm

from remit.errors import InputError
from remit.stats.bayes.basket import Borrowing, basket_posterior
from remit.stats.bayes.random_effects import Prior
from remit.trial.basket_trials import BasketPatients, conduct, null_and_mixed, scenario_look
from remit.trial.designs import basket
from remit.trial.response_status import ResponseStatus
from remit.trial.two_stage import Interim

PRIOR = Prior(-0.5, 1.5, 0.8)


def two_baskets(x, n, p0, prior, step):
    """Probability above p0 and mean of two baskets, on a grid of both effects."""
    theta = np.arange(-13, 8, step) + step / 2
    nodes, weights = np.polynomial.legendre.leggauss(14)
    likelihood = [binom.pmf(x[j], n[j], expit(logit(p0[j]) + theta)) for j in range(2)]
    # Half the mass of a cell is above where the rate in question lies within it.
    above = np.clip(theta / step + 0.5, 0, 1)
    total, sums = 0.0, np.zeros(4)
    # From where the normal is wider than a few steps on: below, the two effects are one.
    for low, high in ((0.0, 0.4), (0.4, 2.0), (2.0, 8 * prior.tau_scale)):
        for node, share in zip(nodes, weights, strict=True):
            tau = low + (high - low) / 2 * (1 + node)
            weight = share * (high - low) / 2 * norm.pdf(tau, scale=prior.tau_scale)
            mean, joint = theta - prior.mu_mean, prior.mu_sd**2
            # Sum and difference of the effects are independent.
            plus = norm.pdf((mean[:, None] + mean[None, :]) / 2, scale=np.sqrt(joint + tau**2 / 2))
            minus = difference(theta[:, None] - theta[None, :], np.sqrt(2) * tau, step)
            density = weight * plus * minus * likelihood[0][:, None] * likelihood[1][None, :]
            total += density.sum()
            rates = [expit(logit(p0[j]) + theta) for j in range(2)]
            sums += [
                (density * above[:, None]).sum(), (density * above[None, :]).sum(),
                (density * rates[0][:, None]).sum(), (density * rates[1][None, :]).sum(),
            ]  # fmt: skip
    return sums / total


def difference(away, sd, step):
    """Density of a difference of two effects in cells: the second difference of the integral of the tail."""

    def twice(z):
        return z * norm.cdf(z / sd) + sd * norm.pdf(z / sd)

    return (twice(away + step) - 2 * twice(away) + twice(away - step)) / step**2


@pytest.mark.parametrize(("x", "n"), [((3, 9), (20, 25)), ((0, 6), (12, 20))])
def test_the_posterior_of_two_baskets_is_that_of_a_grid_of_their_effects(x, n):
    p0 = (0.2, 0.3)
    found = basket_posterior(np.array([x]), np.array([n]), p0, Borrowing(prior=PRIOR))
    coarse, fine = (two_baskets(x, n, p0, PRIOR, step) for step in (0.1, 0.05))
    expected = (4 * fine - coarse) / 3
    np.testing.assert_allclose(np.ravel([found.above, found.mean]), expected, atol=2e-5)


def test_without_exchangeability_a_basket_is_alone_and_the_others_do_not_matter():
    alone = Borrowing(prior=PRIOR, exchangeable=0.0, own_mean=0.3, own_sd=1.2)
    found = basket_posterior(np.array([[6, 0], [6, 20]]), np.full((2, 2), 20), (0.2, 0.2), alone)
    theta = np.linspace(-10, 10, 400_001)
    weight = binom.pmf(6, 20, expit(logit(0.2) + theta)) * norm.pdf(theta, 0.3, 1.2)
    expected = np.where(theta > 0, weight, 0)[theta != 0].sum() / weight.sum()
    np.testing.assert_allclose(found.above[:, 0], expected, atol=2e-5)
    np.testing.assert_allclose(
        found.mean[:, 0], (weight * expit(logit(0.2) + theta)).sum() / weight.sum(), atol=1e-9
    )


def test_without_heterogeneity_baskets_are_pooled():
    pooled = Borrowing(prior=Prior(0.0, 2.0, 1e-4))
    x, n = np.array([[2, 9, 4]]), np.array([[20, 30, 10]])
    found = basket_posterior(x, n, (0.3, 0.3, 0.3), pooled)
    theta = np.linspace(-12, 12, 200_001)
    weight = binom.pmf(15, 60, expit(logit(0.3) + theta)) * norm.pdf(theta, 0, 2)
    mean = (weight * expit(logit(0.3) + theta)).sum() / weight.sum()
    np.testing.assert_allclose(found.mean, mean, atol=1e-6)


def test_the_order_of_baskets_is_no_matter_and_an_empty_one_tells_nothing():
    borrowing = Borrowing(prior=PRIOR, exchangeable=0.6)
    x, n = np.array([[1, 5, 2]]), np.array([[8, 9, 10]])
    found = basket_posterior(x, n, (0.2,) * 3, borrowing)
    turned = basket_posterior(x[:, ::-1], n[:, ::-1], (0.2,) * 3, borrowing)
    np.testing.assert_allclose(turned.above[:, ::-1], found.above, rtol=1e-12)
    with_empty = basket_posterior(np.c_[x, [[0]]], np.c_[n, [[0]]], (0.2,) * 4, borrowing)
    np.testing.assert_allclose(with_empty.above[:, :3], found.above, rtol=1e-9)


def test_good_baskets_raise_a_poor_one_and_less_so_where_it_may_stand_alone():
    own = np.array([[3, 3, 3], [3, 12, 12]])
    n = np.full(own.shape, 20)
    risen = []
    for exchangeable in (1.0, 0.5, 0.0):
        above = basket_posterior(own, n, (0.2,) * 3, Borrowing(prior=PRIOR, exchangeable=exchangeable)).above
        risen.append(above[1, 0] - above[0, 0])
    assert risen[0] > risen[1] > risen[2] == pytest.approx(0, abs=1e-12)


def test_impossible_models_and_counts_are_refused_with_every_finding():
    wrong = Borrowing(prior=Prior(0.0, -1.0, 1.0), exchangeable=2.0)
    with pytest.raises(InputError) as caught:
        basket_posterior(np.array([[5]]), np.array([[3]]), (1.2,), wrong)
    assert len(caught.value.findings) == 5


A, B = (
    basket.Basket(name="a", n=6, p0=0.2, n_interim=3, stop_at_most=0),
    basket.Basket(name="b", n=4, p0=0.2, n_interim=0, stop_at_most=0),
)
PARAMS = basket.Params(baskets=(A, B), alpha=0.1, borrowing=None, cut_off=0.9)


def patients(responders, n, gap=10.0):
    response = np.full((1, n), np.inf)
    response[0, list(responders)] = 50.0
    days = np.arange(n)[None, :] * gap
    return BasketPatients(ResponseStatus(response, np.minimum(response, 100.0)), days)


def test_a_basket_stops_alone_and_the_others_go_on():
    done = conduct({"a": patients([4, 5], 6), "b": patients([0, 1, 2], 4)}, PARAMS)
    rows = {row["BASKET"]: row for row in done.baskets.iter_rows(named=True)}
    # The third failure is on day 20 + 100.
    assert (rows["a"]["STOPPED"], rows["a"]["N"], rows["a"]["ENDDAY"]) == (True, 3, 120)
    assert (rows["b"]["STOPPED"], rows["b"]["N"], rows["b"]["RESPONDERS"]) == (False, 4, 3)
    assert rows["b"]["REJECT_OWN"]
    assert rows["b"]["PVALUE"] == pytest.approx(binom.sf(2, 4, 0.2))
    assert rows["b"]["ENDDAY"] == 130
    assert done.trials.row(0) == (0, 7, 130.0)
    assert rows["a"]["REJECT_BORROWED"] is None


def test_patients_who_came_before_a_stop_are_treated_and_reject_nothing():
    done = conduct(
        {"a": patients([4, 5], 6), "b": patients([], 4)}, PARAMS, Interim(waiting="go on")
    ).baskets.row(0, named=True)
    assert (done["N"], done["RESPONDERS"], done["STOPPED"], done["REJECT_OWN"]) == (6, 2, True, False)


def test_borrowing_is_reported_beside_the_own_analysis_and_never_in_its_place():
    declared = replace(PARAMS, borrowing=Borrowing(prior=PRIOR))
    given = {"a": patients([0, 1, 2, 3], 6), "b": patients([0, 1], 4)}
    without, borrowed = (conduct(given, each).baskets for each in (PARAMS, declared))
    assert without.drop("POSTERIOR", "ORR_BORROWED", "REJECT_BORROWED").equals(
        borrowed.drop("POSTERIOR", "ORR_BORROWED", "REJECT_BORROWED")
    )
    assert without["POSTERIOR"].null_count() == 2
    assert borrowed["POSTERIOR"].null_count() == 0


def test_a_scenario_with_more_responses_or_another_basket_has_the_same_patients():
    params = replace(PARAMS, baskets=(A, B, replace(B, name="c")))
    low, high, fewer = (
        scenario_look(3, each, rates, 200)
        for each, rates in ((params, (0.2, 0.2, 0.2)), (params, (0.5, 0.2, 0.2)), (PARAMS, (0.2, 0.2)))
    )
    np.testing.assert_array_equal(low.responders[:, :2], fewer.responders)
    assert (high.interim_responders[:, 0] >= low.interim_responders[:, 0]).all()
    np.testing.assert_array_equal(high.responders[:, 1:], low.responders[:, 1:])


def test_scenarios_go_from_none_active_to_all():
    assert [each.rates for each in null_and_mixed(PARAMS, (0.5, 0.6))] == [(0.2, 0.2), (0.5, 0.2), (0.5, 0.6)]


def test_impossible_baskets_are_refused_with_every_finding():
    wrong = replace(PARAMS, baskets=(replace(A, n_interim=6, p0=0.0), A))
    with pytest.raises(InputError) as caught:
        basket.check(wrong)
    assert len(caught.value.findings) == 3
    with pytest.raises(InputError, match="4 patients in each replicate"):
        conduct({"a": patients([], 6), "b": patients([], 3)}, PARAMS)
