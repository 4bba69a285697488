"""Laws of the readings and of exact limits."""

import datetime
import tomllib
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

import remit.library as library_package
from remit.designation import comparators_from, what_would_change
from remit.designation.exact import exact_limits, exact_lower_limits

PATH = Path(library_package.__path__[0]) / "comparators" / "mcl_btki_treated.toml"
COMPARATORS = comparators_from(tomllib.loads(PATH.read_text(encoding="utf-8")), PATH.name)
AS_OF = datetime.date(2026, 11, 23)


@pytest.mark.parametrize("n", [1, 7, 80])
def test_exact_limits_leave_the_stated_tail_on_each_side(n):
    for responders in range(n + 1):
        low, high = exact_limits(responders, n)
        assert responders == 0 or binom.sf(responders - 1, n, low) == pytest.approx(0.025, rel=1e-6)
        assert responders == n or binom.cdf(responders, n, high) == pytest.approx(0.025, rel=1e-6)


@pytest.mark.parametrize("n", [1, 7, 80])
def test_lower_limits_rise_with_the_responders_and_agree_one_by_one(n):
    lower = exact_lower_limits(n)
    assert (np.diff(lower) > 0).all()
    assert lower.tolist() == pytest.approx([exact_limits(count, n)[0] for count in range(n + 1)])


@pytest.mark.parametrize("agency", ["cde", "fda"])
def test_a_larger_trial_needs_no_higher_rate_for_a_limit_to_clear_a_bar(agency):
    table = what_would_change((40, 80, 160, 320), COMPARATORS, agency, AS_OF)
    confident = table.filter((pl.col("READING") != "lenient") & pl.col("RATE").is_not_null())
    for _, group in confident.group_by("SET", "READING", "COUNTING"):
        # One patient is the grain of a rate, so a rate may rise by less than that.
        assert (np.diff(group.sort("N")["RATE"].to_numpy()) < 1 / 80).all()


@pytest.mark.parametrize("agency", ["cde", "fda"])
def test_strict_sets_a_higher_bar_than_lenient(agency):
    table = what_would_change((120,), COMPARATORS, agency, AS_OF)
    wide = table.pivot(on="READING", index=["SET", "COUNTING"], values="BAR")
    assert (wide["strict"] > wide["lenient"]).all()
