"""Simulated dose finding against the exact distribution, every outcome of every patient followed by hand.

Standing: double programmed. The walk below is a scalar program of its own: one trial, whole numbers, beta
tails of ``scipy.stats`` and pooling of adjacent violators step by step. Tolerance: four Monte Carlo standard
errors.
"""

from itertools import product

import numpy as np
import pytest
from scipy.stats import beta

from remit.stats.planning.boin import DoseFinding, boundaries
from remit.stats.planning.boin_operation import (
    DoseFindingConduct,
    dose_finding_characteristics,
    simulate_dose_finding,
)

TRIALS = 15_000


def pooled(shares, weights):
    """Means of pools of adjacent violators, one for each value."""
    pools = []
    for share, weight in zip(shares, weights, strict=True):
        pools.append([share, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            b, a = pools.pop(), pools.pop()
            total = a[1] + b[1]
            pools.append([(a[0] * a[1] + b[0] * b[1]) / total, total, a[2] + b[2]])
    return [mean for mean, _, count in pools for _ in range(count)]


def chosen(y, n, out, target):
    tried = [dose for dose in range(out) if n[dose]]
    if not tried:
        return -1
    seen = [dose for dose in range(len(n)) if n[dose]]
    fit = dict(zip(seen, pooled([y[d] / n[d] for d in seen], [n[d] for d in seen]), strict=True))
    away = {dose: abs(fit[dose] - target) for dose in tried}
    nearest = [dose for dose in tried if away[dose] <= min(away.values()) + 1e-12]
    below = [dose for dose in nearest if fit[dose] < target]
    return max(below) if below else min(nearest)


def one_trial(outcomes, true, rules, conduct):
    """Probability of a trial, its selected dose, patients and DLTs, given an outcome for each patient."""
    between, doses = boundaries(rules), len(true)
    y, n, dose, out, chance = [0] * doses, [0] * doses, conduct.first_dose, doses, 1.0
    place = 0
    while place < conduct.most:
        cohort = outcomes[place : place + conduct.cohort]
        place += len(cohort)
        for toxic in cohort:
            chance *= true[dose] if toxic else 1 - true[dose]
            y[dose] += toxic
            n[dose] += 1
        excess = beta.sf(rules.target, 1 + y[dose], 1 + n[dose] - y[dose])
        limit = rules.eliminate_above - (rules.stricter_by if dose == 0 else 0)
        if n[dose] >= rules.fewest_to_eliminate and excess > limit:
            out = min(out, dose)
            if dose == 0:
                break
            dose -= 1
        elif y[dose] <= between.escalate * n[dose]:
            dose = min(dose + 1, out - 1)
        elif y[dose] >= between.de_escalate * n[dose]:
            dose = max(dose - 1, 0)
        if conduct.enough is not None and n[dose] >= conduct.enough:
            break
    # Outcomes of patients who were never treated count once, not for each value they could have had.
    unused = 0.5 ** (conduct.most - sum(n))
    return chance * unused, chosen(y, n, out, rules.target), n, y, out


CASES = {
    "cohorts of one": (
        (0.1, 0.3, 0.5),
        DoseFinding(target=0.3, fewest_to_eliminate=2, eliminate_above=0.8),
        DoseFindingConduct(most=10, cohort=1),
    ),
    "cohorts of three, of which the last is smaller": (
        (0.05, 0.25, 0.6, 0.7),
        DoseFinding(target=0.25),
        DoseFindingConduct(most=10, cohort=3, first_dose=1),
    ),
    "a toxic lowest dose, stricter": (
        (0.6, 0.8),
        DoseFinding(target=0.25, stricter_by=0.1),
        DoseFindingConduct(most=9, cohort=3),
    ),
    "enough at a dose": (
        (0.2, 0.35, 0.4),
        DoseFinding(target=0.33, too_low=0.2, too_high=0.45),
        DoseFindingConduct(most=10, cohort=2, enough=4),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_operating_characteristics_are_those_of_all_outcomes(name):
    true, rules, conduct = CASES[name]
    doses = len(true)
    chances, rows = [], []
    for outcomes in product((0, 1), repeat=conduct.most):
        chance, dose, n, y, out = one_trial(outcomes, true, rules, conduct)
        chances.append(chance)
        rows.append(
            [*(dose == np.arange(doses)), dose < 0, out == 0, *n, *y, sum(n), sum(y)],
        )
    weight, values = np.array(chances), np.array(rows, dtype=float)
    assert weight.sum() == pytest.approx(1, rel=1e-12)
    mean = weight @ values
    error = np.sqrt(np.maximum(weight @ values**2 - mean**2, 0) / TRIALS)
    done = simulate_dose_finding(np.random.default_rng(1), np.array(true), rules, conduct, TRIALS)
    found = dose_finding_characteristics(done)
    simulated = [
        *found.selected,
        found.none_selected,
        found.stopped_for_safety,
        *found.patients,
        *found.dlts,
        found.total_patients,
        found.total_dlts,
    ]
    assert (np.abs([each.value for each in simulated] - mean) <= 4 * error + 1e-12).all()
    likely = error > 0.05 / np.sqrt(TRIALS)
    stated = np.array([each.mcse for each in simulated])
    np.testing.assert_allclose(stated[likely], error[likely], rtol=0.15)
    assert found.trials == TRIALS
