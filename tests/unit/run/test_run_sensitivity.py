"""Tables ``sensitivity`` and ``variance`` from the patients of each level."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from remit.random import draws
from remit.results import OPERATING, VARIATIONS
from remit.run.sensitivity import (
    N_RESAMPLES,
    OTHER,
    SAMPLING,
    Resampled,
    between,
    explained,
    reference_of,
    sensitivity_of,
    variance_of,
    weights,
)
from remit.run.variations import (
    AS_DOSES,
    DISEASE,
    EDGE,
    HALF_LIFE,
    HALF_LIFE_LEVELS,
    KILL,
    LEVELS,
    POTENCY,
    REFERENCE,
    Variation,
)

SEED, N = 3, 60
COURSE = {"ARM": "mesutoclax", "SCENARIO": "plateau/ki_shift"}
TYPICAL = Variation(factor=REFERENCE, level="typical draw", note="")
coefficients = st.floats(-1.0, 1.0)


def certain(*values: float) -> list[Resampled]:
    """Rates without Monte Carlo error."""
    return [Resampled(value, np.full(N_RESAMPLES, value)) for value in values]


def level(factor: str, name: str, **more: bool) -> Variation:
    return Variation(factor=factor, level=name, note="", **more)


def patients(each: Variation, responds: np.ndarray) -> pl.DataFrame:
    """Rows of one level; responders progress late."""
    return pl.DataFrame(
        {
            "FACTOR": each.factor,
            "LEVEL": each.level,
            "USUBJID": [f"0000-{index:05d}" for index in range(len(responds))],
            "AVALC": np.where(responds, "PR", "PD"),
            "AVAL": np.where(responds, 400.0, 80.0),
            "CNSR": 0,
        }
    )


def varied(*responders: tuple[Variation, np.ndarray]) -> pl.DataFrame:
    rows = pl.concat([patients(each, responds) for each, responds in responders])
    return VARIATIONS.tidy(rows.with_columns(**{name: pl.lit(value) for name, value in COURSE.items()}))


def first(count: int) -> np.ndarray:
    return np.arange(N) < count


def operating(between_draws: float, sampling: float) -> pl.DataFrame:
    """Parts of the variance as the operating characteristics have them; SDs."""
    rows = [
        ("ORR", 0.5, None),
        ("SD of ORR: parameter uncertainty", between_draws, None),
        ("SD of ORR: trial sampling", sampling, None),
        ("share of ORR variance: trial sampling", 0.3, 0.02),
        ("share of ORR variance: parameter uncertainty", 0.7, 0.02),
    ]
    blank = dict.fromkeys(OPERATING.columns) | COURSE
    return pl.DataFrame(
        [blank | {"MEASURE": name, "VALUE": value, "MCSE": error} for name, value, error in rows],
        schema=OPERATING.schema(),
    )


def every_source() -> pl.DataFrame:
    """Patients of every level that a share is computed from."""
    low, high = LEVELS
    counts = [
        (TYPICAL, 30),
        (level(POTENCY, low), 20),
        (level(POTENCY, high), 38),
        (level(KILL, "low at SD 0.6"), 12),
        (level(KILL, "high at SD 0.6"), 45),
        *((level(HALF_LIFE, hours), 28 + 2 * i) for i, hours in enumerate(HALF_LIFE_LEVELS)),
        *((level(DISEASE, f"member {i}"), 25 + 4 * i) for i in range(4)),
    ]
    return varied(*((each, first(count)) for each, count in counts))


@given(coefficients, coefficients, coefficients)
def test_the_variance_of_a_quadratic_is_exact(constant: float, slope: float, bend: float) -> None:
    places = np.array([-EDGE, 0.0, EDGE])
    found = explained(places, certain(*(constant + slope * places + bend * places**2)))
    assert found.value == pytest.approx(slope**2 + 2 * bend**2, abs=1e-12)


@given(coefficients, coefficients, coefficients)
def test_it_is_that_of_the_three_point_gauss_hermite_rule(low: float, middle: float, high: float) -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(3)
    weights = weights / weights.sum()
    assert nodes[-1] == pytest.approx(EDGE)
    levels = np.array([low, middle, high])
    rule = weights @ levels**2 - (weights @ levels) ** 2
    assert explained(nodes, certain(*levels)).value == pytest.approx(rule, abs=1e-12)


def test_places_need_not_be_symmetric() -> None:
    places = np.array([-1.4, 0.0, 0.9])
    found = explained(places, certain(*(0.5 + 0.2 * places + 0.1 * places**2)))
    assert found.value == pytest.approx(0.2**2 + 2 * 0.1**2)


def test_the_noise_of_resampling_is_taken_off_but_never_below_zero() -> None:
    noise = np.tile([-0.1, 0.1], N_RESAMPLES // 2)
    noisy = [Resampled(0.5, 0.5 + noise), Resampled(0.5, 0.5 - noise)]
    assert between(noisy).value == 0.0
    apart = [Resampled(0.2, 0.2 + noise), Resampled(0.8, 0.8 - noise)]
    assert between(apart).value == pytest.approx(0.18 - 0.02)


def test_the_error_between_members_is_that_of_a_variance_of_so_few() -> None:
    # The members have no Monte Carlo error; that of an SD from n resamples is about 1 / sqrt(2 n) of it.
    count, samples = 6, np.random.default_rng(8).normal(0.5, 0.1, (4000, 6))
    variances = samples.var(axis=1, ddof=1)
    found = between(certain(*samples[0]))
    spread = variances.std(ddof=1) / variances.mean()
    kurtosis = 3 + 12 / (count - 1)
    own = np.sqrt((kurtosis - 1) / 4 / len(variances))
    assert abs(found.error / found.value / spread - 1) < 4 * np.hypot(1 / np.sqrt(2 * N_RESAMPLES), own)


def test_a_change_between_identical_outcomes_has_no_error() -> None:
    other = level("clearance", "low")
    outcome = np.random.default_rng(1).random(N) < 0.4
    table = sensitivity_of(varied((TYPICAL, outcome), (other, outcome)), (TYPICAL, other), SEED)
    assert table["CHANGE"].to_list() == [0.0, 0.0]
    assert table["CHANGEERR"].to_list() == [0.0, 0.0]
    assert (table["MCSE"] > 0).all()


def test_a_change_between_other_patients_with_the_same_rate_has_one() -> None:
    other = level("clearance", "low")
    outcome = first(24)
    table = sensitivity_of(varied((TYPICAL, outcome), (other, ~first(N - 24))), (TYPICAL, other), SEED)
    row = table.filter(pl.col("FACTOR") == "clearance").row(0, named=True)
    assert row["CHANGE"] == 0.0
    assert row["CHANGEERR"] > row["MCSE"] > 0


def test_the_error_of_a_rate_is_the_binomial_one() -> None:
    # Within 4 errors of an SD from N_RESAMPLES values, and Poisson weights add a part of 1/n.
    row = sensitivity_of(varied((TYPICAL, first(24))), (TYPICAL,), SEED).row(0, named=True)
    binomial = np.sqrt(0.4 * 0.6 / N)
    assert row["ORR"] == pytest.approx(0.4)
    assert abs(row["MCSE"] / binomial - 1) < 4 / np.sqrt(2 * 400) + 1 / N
    assert row["PFS12"] == pytest.approx(0.4)


def test_weights_are_poisson_quantiles_of_the_draws_of_each_patient() -> None:
    subjects = pl.Series([f"0000-{index:05d}" for index in range(500)])
    uniforms = draws(SEED, "sensitivity: resample", np.arange(500), N_RESAMPLES)
    np.testing.assert_array_equal(weights(subjects, SEED), poisson.ppf(uniforms, 1.0))


def test_single_doses_are_compared_with_single_doses() -> None:
    assert reference_of(level(HALF_LIFE, "short", as_doses=True)) == (HALF_LIFE, AS_DOSES)
    assert reference_of(level("clearance", "low")) == (REFERENCE, "typical draw")


@pytest.mark.parametrize("between_draws", [0.02, 0.6])
def test_shares_of_a_scenario_sum_to_one(between_draws: float) -> None:
    table = variance_of(operating(between_draws, 0.05), every_source(), SEED)
    assert set(table["SOURCE"]) == {POTENCY, KILL, HALF_LIFE, DISEASE, OTHER, SAMPLING}
    assert table["SHARE"].sum() == pytest.approx(1.0)
    assert (table["SHARE"] >= 0).all()


def test_what_the_sources_do_not_explain_is_that_of_others() -> None:
    table = variance_of(operating(0.6, 0.05), every_source(), SEED)
    shares = dict(table.select("SOURCE", "SHARE").iter_rows())
    whole = 0.6**2 + 0.05**2
    assert shares[SAMPLING] == pytest.approx(0.05**2 / whole)
    assert sum(share for source, share in shares.items() if source != SAMPLING) == pytest.approx(0.36 / whole)
    # The kill moves the rate most, by far more than the half-life.
    assert shares[KILL] > shares[POTENCY] > shares[HALF_LIFE]


def test_every_share_has_an_error_and_that_of_sampling_is_the_one_of_the_characteristics() -> None:
    # Both shares of an undivided variance have the error 0.02, and dividing one leaves the other's.
    whole = 0.6**2 + 0.05**2
    table = variance_of(operating(0.6, 0.05), every_source(), SEED)
    errors = dict(table.select("SOURCE", "MCSE").iter_rows())
    assert all(error > 0 for error in errors.values())
    assert errors[SAMPLING] == pytest.approx(0.02)
    assert errors[OTHER] > 0.02 * 0.6**2 / whole


def test_without_an_error_between_draws_the_shares_that_rest_on_it_have_none() -> None:
    unknown = operating(0.6, 0.05).with_columns(MCSE=pl.lit(None, dtype=pl.Float64))
    table = variance_of(unknown, every_source(), SEED)
    assert table["SHARE"].sum() == pytest.approx(1.0)
    assert table["MCSE"].is_null().all()


def test_shares_are_undivided_where_nothing_was_varied() -> None:
    variance = variance_of(operating(0.1, 0.05), VARIATIONS.empty(), SEED)
    assert variance.select("SOURCE", "SHARE", "MCSE").rows() == [
        ("parameter uncertainty", 0.7, 0.02),
        ("trial sampling", 0.3, 0.02),
    ]


def test_a_scenario_that_was_refused_has_no_shares() -> None:
    refused = operating(0.1, 0.05).clear()
    assert variance_of(refused, every_source(), SEED).is_empty()


def test_with_a_single_draw_the_sources_share_what_sampling_leaves() -> None:
    table = variance_of(operating(0.0, 0.05), every_source(), SEED)
    shares = dict(table.select("SOURCE", "SHARE").iter_rows())
    assert shares[OTHER] == 0.0
    assert sum(shares.values()) == pytest.approx(1.0)
