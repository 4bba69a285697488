"""Boundaries and decisions of the Bayesian optimal interval design, after Liu and Yuan (2015).

Standing: published table, entered from memory, and double programmed. Boundaries are those of the paper's
table for the default of 0.6 and 1.4 times the target, to the third digit (0.0006, as some prints round and
some cut). Decisions are made here a second time, in whole numbers and with the beta distribution of
``scipy.stats``.
"""

import numpy as np
import pytest
from scipy.stats import beta

from remit.stats.planning.boin import DoseFinding, boundaries, decision_table

PRINTED = {
    0.15: (0.118, 0.179),
    0.20: (0.157, 0.238),
    0.25: (0.197, 0.298),
    0.30: (0.236, 0.359),
    0.35: (0.276, 0.419),
    0.40: (0.316, 0.480),
}


@pytest.mark.parametrize("target", PRINTED)
def test_boundaries_are_those_of_the_paper(target):
    found = boundaries(DoseFinding(target=target))
    assert (found.escalate, found.de_escalate) == pytest.approx(PRINTED[target], abs=6e-4)


@pytest.mark.parametrize("target", [0.1, *PRINTED, 0.5])
@pytest.mark.parametrize("factors", [(0.6, 1.4), (0.7, 1.2), (0.3, 1.9)])
def test_at_a_boundary_two_probabilities_are_equally_likely(target, factors):
    """The definition: at the boundary, target and alternative have the same likelihood."""
    low, high = (target * each for each in factors)
    found = boundaries(DoseFinding(target=target, too_low=low, too_high=high))

    def log_likelihood(share, p):
        return share * np.log(p) + (1 - share) * np.log(1 - p)

    for share, other in ((found.escalate, low), (found.de_escalate, high)):
        assert log_likelihood(share, target) == pytest.approx(log_likelihood(share, other), rel=1e-12)
    assert low < found.escalate < target < found.de_escalate < high


@pytest.mark.parametrize("target", PRINTED)
@pytest.mark.parametrize(("eliminate", "stricter"), [(0.95, 0.0), (0.9, 0.05)])
def test_decisions_are_made_a_second_time(target, eliminate, stricter):
    rules = DoseFinding(target=target, eliminate_above=eliminate, stricter_by=stricter)
    table, between = decision_table(rules, 36), boundaries(rules)
    for n in range(1, 37):
        dlts = range(n + 1)
        k = n - 1
        assert table.patients[k] == n
        up = [y for y in dlts if y <= between.escalate * n]
        down = [y for y in dlts if y >= between.de_escalate * n]
        assert table.escalate_at_most[k] == max(up)
        assert table.de_escalate_at_least[k] == min(down)
        for limit, column in (
            (eliminate, table.eliminate_at_least),
            (eliminate - stricter, table.stop_at_least),
        ):
            out = [y for y in dlts if n >= 3 and beta.sf(target, 1 + y, 1 + n - y) > limit]
            assert column[k] == min(out, default=n + 1)


def test_the_usual_table_for_a_target_of_thirty_percent():
    """Of cohorts of three, as protocols print it."""
    table = decision_table(DoseFinding(target=0.3), 18)
    cohorts = np.arange(3, 19, 3) - 1
    assert table.escalate_at_most[cohorts].tolist() == [0, 1, 2, 2, 3, 4]
    assert table.de_escalate_at_least[cohorts].tolist() == [2, 3, 4, 5, 6, 7]
    assert table.eliminate_at_least[cohorts].tolist() == [3, 4, 5, 7, 8, 9]
