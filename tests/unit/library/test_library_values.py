"""Spreads, derivations and TOML text."""

import math
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.library.arithmetic import evaluate
from remit.library.entries import Spread
from remit.library.load import spread
from remit.library.toml_text import written


def test_a_cv_of_a_lognormal_becomes_the_sd_of_the_logarithm() -> None:
    found = spread({"distribution": "lognormal", "cv": 0.5}, 10.0)
    assert found is not None
    assert found.sd == pytest.approx(math.sqrt(math.log(1.25)))


def test_an_interval_becomes_the_sd_whose_95_percent_limits_it_is() -> None:
    found = spread({"low": 4.0, "high": 26.0}, 10.0)
    assert found is not None
    assert found.sd is not None
    assert math.exp(2 * 1.959964 * found.sd) == pytest.approx(6.5, rel=1e-5)


def test_an_rse_of_a_normal_is_relative_to_the_value() -> None:
    found = spread({"distribution": "normal", "rse": 0.1}, -20.0)
    assert found is not None
    assert found.sd == pytest.approx(2.0)


def test_limits_are_converted_with_the_unit_of_the_value() -> None:
    found = spread({"distribution": "uniform", "low": 1.0, "high": 2.0}, 36.0, factor=24.0)
    assert found is not None
    assert (found.low, found.high) == (24.0, 48.0)


@pytest.mark.parametrize("distribution", ["lognormal", "normal", "logitnormal"])
def test_the_value_is_the_median(distribution: str) -> None:
    assert Spread(distribution, 0.7).quantile(0.3, 0.0) == pytest.approx(0.3)


def test_mass_outside_a_range_is_that_of_the_normal_distribution() -> None:
    assert Spread("normal", 1.0).mass_outside(0.0, None, 1.959964) == pytest.approx(0.025, abs=1e-6)
    assert Spread("loguniform", low=1.0, high=100.0).mass_outside(10.0, None, 10.0) == pytest.approx(0.5)
    assert Spread("logitnormal", 3.0).mass_outside(0.5, 0.0, 1.0) == 0.0
    assert Spread("fixed", 0.0).mass_outside(0.5, 0.0, 1.0) == 0.0


def test_truncation_keeps_values_within_its_limit() -> None:
    cut = Spread("normal", 1.5, truncate_high=-0.05)
    assert cut.mass_outside(-2.3, None, 0.0) == 0.0
    assert cut.quantile(-2.3, 6.0) <= -0.05
    assert cut.quantile(-2.3, -1.0) < cut.quantile(-2.3, 1.0)


def test_arithmetic_is_evaluated() -> None:
    assert evaluate("-log(1 - 0.2) / (12.1 * 30.4375) / 0.4") == pytest.approx(1.5147e-3, rel=1e-4)


@pytest.mark.parametrize(
    "text", ["__import__('os')", "x + 1", "open", "1 +", "'a' * 3", "1 / 0", "True", "9.0 ** 999"]
)
def test_what_is_not_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        evaluate(text)


PLAIN = st.one_of(
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8"), max_size=6),
)
KEY = st.text(st.characters(codec="utf-8"), min_size=1, max_size=3)
TABLE = st.dictionaries(KEY, st.one_of(PLAIN, st.lists(PLAIN, max_size=3)), max_size=3)


@given(st.dictionaries(KEY, st.one_of(PLAIN, TABLE, st.lists(TABLE, max_size=3)), max_size=4))
def test_toml_that_is_written_reads_back_the_same(document: dict[str, object]) -> None:
    assert tomllib.loads(written(document)) == document
