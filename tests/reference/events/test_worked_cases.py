"""Worked cases of NONMEM's event records, each a folder: the data set, the reasoning, and CP as formulas."""

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

from remit.events import simulate_events

CASES = sorted(each.parent for each in Path(__file__).parent.glob("*/case.toml"))


def test_the_cases_are_there():
    assert len(CASES) >= 20
    for case in CASES:
        assert {"data.csv", "reasoning.md"} <= {each.name for each in case.iterdir()}


@pytest.mark.parametrize("case", CASES, ids=lambda each: each.name)
def test_a_worked_case(case):
    said = tomllib.loads((case / "case.toml").read_text())
    known = {"exp": math.exp}
    if "where" in said:
        name, _, formula = said["where"].partition("=")
        known[name.strip()] = eval(formula, {"__builtins__": {}}, known)  # noqa: S307 - our own file
    expected = [eval(formula, {"__builtins__": {}}, known) for formula in said["expected"]]  # noqa: S307
    found = simulate_events(case / "data.csv", said["model"], said["values"])
    np.testing.assert_allclose(found["CP"].to_numpy(), expected, rtol=1e-12, atol=1e-14)
