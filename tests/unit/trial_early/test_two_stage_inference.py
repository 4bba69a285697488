"""Exact inference after two stages, by enumeration of every outcome.

Standing: double programmed; probabilities of ``scipy.stats.binom``. Unbiasedness and coverage are the
definitions.
"""

import numpy as np
import pytest
from scipy.stats import binom

from remit.stats.planning.simon import TwoStage, characteristics
from remit.stats.planning.two_stage_inference import exact_limits, p_value, unbiased_estimate, upper_tail

DESIGNS = [TwoStage(5, 15, 18, 46), TwoStage(1, 10, 5, 29), TwoStage(0, 9, 2, 17)]
RATES = (0.05, 0.2, 0.37, 0.5, 0.8)
every_design = pytest.mark.parametrize("design", DESIGNS)


def every_outcome(design, p):
    """Sufficient outcomes of a design, responders and patients, with their probabilities."""
    stopped = np.arange(design.r1 + 1)
    rows = [(x, design.n1, binom.pmf(x, design.n1, p)) for x in stopped]
    n2 = design.n - design.n1
    for s in range(design.r1 + 1, design.n + 1):
        chance = sum(
            binom.pmf(x, design.n1, p) * binom.pmf(s - x, n2, p) for x in range(design.r1 + 1, design.n1 + 1)
        )
        rows.append((s, design.n, chance))
    s, n, chance = (np.array(each) for each in zip(*rows, strict=True))
    assert chance.sum() == pytest.approx(1)
    return s, n, chance


@every_design
@pytest.mark.parametrize("p", RATES)
def test_the_estimate_is_unbiased_and_the_observed_share_is_not(design, p):
    s, n, chance = every_outcome(design, p)
    estimate = unbiased_estimate(s, n, design.r1, design.n1)
    assert (chance * estimate).sum() == pytest.approx(p, abs=1e-12)
    assert (chance * s / n).sum() < p
    assert (np.diff(estimate) > 0).all()


@every_design
@pytest.mark.parametrize("p", RATES)
def test_tails_are_sums_over_outcomes_as_high_or_higher(design, p):
    s, n, chance = every_outcome(design, p)
    expected = np.cumsum(chance[::-1])[::-1]
    np.testing.assert_allclose(upper_tail(s, n, design.r1, design.n1, p), expected, rtol=1e-9, atol=1e-15)


@every_design
def test_the_p_value_of_the_first_outcome_of_interest_is_the_type_i_error(design):
    found = p_value(np.array([design.r + 1]), np.array([design.n]), design.r1, design.n1, 0.3)
    assert found[0] == pytest.approx(float(characteristics(design, 0.3).interest), rel=1e-12)


@every_design
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_limits_cover_at_least_as_often_as_they_say(design, level):
    limits = exact_limits(*every_outcome(design, 0.5)[:2], design.r1, design.n1, level)
    for p in np.linspace(0.01, 0.99, 15):
        chance = every_outcome(design, p)[2]
        tails = (chance[limits.low > p].sum(), chance[limits.high < p].sum())
        assert max(tails) <= (1 - level) / 2 + 1e-9


def test_limits_hold_the_estimate_and_know_their_ends():
    design = DESIGNS[0]
    s, n, _ = every_outcome(design, 0.3)
    limits = exact_limits(s, n, design.r1, design.n1)
    estimate = unbiased_estimate(s, n, design.r1, design.n1)
    assert ((limits.low <= estimate) & (estimate <= limits.high)).all()
    assert limits.low[0] == 0
    assert limits.high[-1] == 1
