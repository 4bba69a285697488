"""Markers are flags of ADSL that act as the disease says, and on nothing else."""

import numpy as np
import pytest

from remit.population.markers import MARKERS
from remit.population.sample import refractory_subgroup
from remit.results import ADSL
from remit.trial.protocol import COVARIATES


def test_every_marker_is_a_column_of_adsl_that_a_trial_carries() -> None:
    columns = {each.column for each in MARKERS}
    assert columns <= set(ADSL.columns)
    assert columns <= set(COVARIATES)


def test_tp53_cannot_act_on_commitment_under_a_bcl2_inhibitor() -> None:
    tp53 = next(each for each in MARKERS if each.name == "tp53")
    assert "priming" not in tp53.acts_on


@pytest.mark.parametrize("odds", [0.5, 1.0, 3.0])
def test_a_marker_multiplies_the_odds_of_the_refractory_subgroup(treated, odds) -> None:
    n, share = 40_000, treated["refractory.probability"]
    spec = type(treated)({**treated.typical, "markers.tp53_refractory": odds}, treated.spreads)
    known = {"TP53FL": np.ones(n, dtype=bool)}
    found = refractory_subgroup(1, spec, np.arange(n), known).mean()
    expected = share * odds / (1 - share + share * odds)
    assert found == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / n))
