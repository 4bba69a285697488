"""Rounding as SAS displays it: what SAS publishes about ROUND near 2.5; the rest is arithmetic by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.report.sas_rounding import p_value, percent, rounded


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.25, 1, "0.3"),
        (-0.25, 1, "-0.3"),
        (0.35, 1, "0.4"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (1.005, 2, "1.01"),
        (2.675, 2, "2.68"),
        (0.125, 2, "0.13"),
        (1e-9, 2, "0.00"),
        (-0.04, 1, "0.0"),
        (12.0, 3, "12.000"),
        (999.95, 1, "1000.0"),
    ],
)
def test_half_is_rounded_away_from_zero_on_the_decimal_value(value, decimals, text):
    assert rounded(value, decimals) == text


@pytest.mark.parametrize(("value", "text"), [(2.5 - 4e-16, "3"), (2.5 + 4e-16, "3"), (2.4999999, "2")])
def test_a_value_that_binary_arithmetic_has_put_beside_half_counts_as_half(value, text):
    assert rounded(value, 0) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.285, "28.5"), (1 / 3, "33.3"), (0.0005, "0.1"), (1.0, "100.0")]
)
def test_a_percentage_has_one_decimal(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "<.0001"),
        (0.00009999, "<.0001"),
        (0.0001, "0.0001"),
        (0.04995, "0.0500"),
        (0.5, "0.5000"),
        (1.0, "1.0000"),
    ],
)
def test_a_p_value_is_printed_by_the_rule_of_pvalue64(p, text):
    assert p_value(p) == text


@given(st.floats(-1e6, 1e6, allow_subnormal=False), st.integers(0, 4))
def test_a_rounded_number_is_within_half_of_its_last_digit_and_odd_in_its_sign(value, decimals):
    text = rounded(value, decimals)
    assert abs(float(text) - value) <= 0.5 * 10**-decimals * (1 + 1e-9) + 1e-9
    assert float(rounded(-value, decimals)) == -float(text)
