"""Error of baskets through their conduct, in null and mixed scenarios.

Standing: double programmed (exact errors of baskets on their own). Tolerance: four Monte Carlo standard
errors.
"""

import numpy as np
import polars as pl
import pytest

from remit.stats.bayes.basket import Borrowing
from remit.stats.bayes.random_effects import Prior
from remit.trial.basket_trials import null_and_mixed, scenario_characteristics
from remit.trial.designs import basket

TRIALS = 1500
PARAMS = basket.Params(
    baskets=tuple(
        basket.Basket(name=name, n=n, p0=p0, n_interim=n // 2, stop_at_most=int(p0 * n / 2))
        for name, n, p0 in (("mcl", 24, 0.2), ("wm", 20, 0.3), ("mzl", 20, 0.2))
    ),
    alpha=0.05,
    borrowing=Borrowing(prior=Prior(0.0, 2.0, 0.5)),
    cut_off=0.95,
)


@pytest.fixture(scope="module")
def found():
    scenarios = null_and_mixed(PARAMS, (0.45, 0.55, 0.45))
    return scenario_characteristics(7, PARAMS, scenarios, TRIALS)


def row(table, **wanted):
    return table.filter([pl.col(name) == value for name, value in wanted.items()]).row(0, named=True)


@pytest.mark.statistical
def test_baskets_on_their_own_have_their_exact_errors_in_every_scenario(found):
    exact = basket.type_I_error(PARAMS)
    own = found.filter((pl.col("ANALYSIS") == "own") & (pl.col("MEASURE") == "type I error"))
    assert own.height == 6
    for each in own.iter_rows(named=True):
        level = exact[["mcl", "wm", "mzl"].index(each["BASKET"])]
        assert abs(each["VALUE"] - level) < 4 * np.sqrt(level * (1 - level) / TRIALS)
        assert level <= PARAMS.alpha


@pytest.mark.statistical
def test_the_family_wise_error_of_independent_baskets_is_the_exact_one(found):
    family = row(found, SCENARIO="none active", ANALYSIS="own", MEASURE="family-wise type I error")
    exact = basket.family_wise_error(PARAMS)
    assert abs(family["VALUE"] - exact) < 4 * np.sqrt(exact * (1 - exact) / TRIALS)
    assert exact > PARAMS.alpha


@pytest.mark.statistical
def test_power_on_its_own_is_the_exact_one(found):
    power = row(found, SCENARIO="all active", ANALYSIS="own", MEASURE="power", BASKET="mcl")
    exact = basket.rejection_probability(PARAMS.baskets[0], PARAMS.alpha, 0.45)
    assert abs(power["VALUE"] - exact) < 4 * power["MCSE"]


@pytest.mark.statistical
def test_borrowing_gains_power_where_all_work_and_pays_with_error_where_some_do(found):
    def value(scenario, analysis, measure, name):
        return row(found, SCENARIO=scenario, ANALYSIS=analysis, MEASURE=measure, BASKET=name)

    gained, own = (value("all active", analysis, "power", "mzl") for analysis in ("borrowed", "own"))
    assert gained["VALUE"] - own["VALUE"] > 4 * np.hypot(gained["MCSE"], own["MCSE"])
    paid, held = (value("2 active", analysis, "type I error", "mzl") for analysis in ("borrowed", "own"))
    assert paid["VALUE"] - held["VALUE"] > 4 * np.hypot(paid["MCSE"], held["MCSE"])
