"""Candidates have the shares, medians and correlations that the library declares."""

import numpy as np
import pytest

from remit.functions import log
from remit.population import PopulationSpec, sample_candidates
from remit.population.sample import Candidates, growth_factor

N, SEED = 4_000, 9


@pytest.fixture(scope="module")
def candidates(treated: PopulationSpec) -> Candidates:
    return sample_candidates(SEED, 0, np.arange(N), treated)


def column(candidates: Candidates, name: str) -> np.ndarray:
    return np.asarray(candidates.covariates[name])


def assert_correlated(one: np.ndarray, other: np.ndarray, declared: float) -> None:
    """The correlation of two normal columns is the declared one within four errors."""
    error = (1 - declared**2) / np.sqrt(len(one))
    assert abs(np.corrcoef(one, other)[0, 1] - declared) < 4 * error


@pytest.mark.parametrize("region", ["china", "other"])
@pytest.mark.parametrize(("name", "scale"), [("age", np.asarray), ("weight", log)])
def test_age_and_weight_are_correlated_with_creatinine_clearance(
    candidates: Candidates, treated: PopulationSpec, region: str, name: str, scale
) -> None:
    here = column(candidates, "REGION") == region
    values = scale(column(candidates, name.upper())[here])
    assert_correlated(
        values,
        log(column(candidates, "CRCL")[here]),
        treated[f"correlations.{name}_creatinine_clearance"],
    )


def test_clearance_and_volume_are_correlated(candidates: Candidates, treated: PopulationSpec) -> None:
    clearance, volume = (log(candidates.column(f"bcl2i.{name}")) for name in ("CL", "Vc"))
    assert_correlated(clearance, volume, treated["correlations.clearance_volume"])


def test_burden_and_growth_are_correlated(candidates: Candidates, treated: PopulationSpec) -> None:
    growth = candidates.column("clones.growth_rate") / growth_factor(treated, candidates.covariates, N)
    assert_correlated(log(candidates.protected), log(growth), treated["correlations.burden_growth"])


@pytest.mark.parametrize(("one", "other"), [("AGE", "WEIGHT"), ("BCL2EXP", "KI67"), ("CRCL", "BCL2EXP")])
def test_what_is_not_declared_correlated_is_not(candidates: Candidates, one: str, other: str) -> None:
    here = column(candidates, "REGION") == "china"
    assert_correlated(column(candidates, one)[here], column(candidates, other)[here], 0.0)


def test_a_correlation_that_is_off_by_a_tenth_would_be_noticed(
    candidates: Candidates, treated: PopulationSpec
) -> None:
    clearance, volume = (log(candidates.column(f"bcl2i.{name}")) for name in ("CL", "Vc"))
    with pytest.raises(AssertionError):
        assert_correlated(clearance, volume, treated["correlations.clearance_volume"] + 0.1)


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("REGION", "china", "covariates.china_probability"),
        ("SEX", "F", "covariates.female_probability"),
        ("TP53FL", True, "marker_shares.tp53"),
        ("BLASTFL", True, "marker_shares.blastoid"),
    ],
)
def test_shares_are_the_declared_ones(
    candidates: Candidates, treated: PopulationSpec, name: str, value: object, key: str
) -> None:
    share = treated[key]
    error = np.sqrt(share * (1 - share) / N)
    assert abs((column(candidates, name) == value).mean() - share) < 4 * error


def test_the_refractory_share_is_the_declared_one(candidates: Candidates, treated: PopulationSpec) -> None:
    share = treated["refractory.probability"]
    assert abs(candidates.refractory.mean() - share) < 4 * np.sqrt(share * (1 - share) / N)


@pytest.mark.parametrize("name", ["bcl2i.CL", "bcl2i.Vc"])
def test_typical_values_are_medians(candidates: Candidates, treated: PopulationSpec, name: str) -> None:
    below = (candidates.column(name) < treated[name]).mean()
    assert abs(below - 0.5) < 4 * np.sqrt(0.25 / N)


@pytest.mark.parametrize("name", ["bcl2i.CL", "bcl2i.Vc"])
def test_spreads_are_the_declared_ones(candidates: Candidates, treated: PopulationSpec, name: str) -> None:
    declared = treated.spreads[name].sd
    found = log(candidates.column(name)).std(ddof=1)
    # The relative error of an SD from n values is about 1 / sqrt(2 n).
    assert abs(found / declared - 1) < 4 / np.sqrt(2 * N)
