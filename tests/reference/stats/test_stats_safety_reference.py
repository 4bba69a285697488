"""Exact Poisson limits of a rate against ``poisson.test`` of R, 84 cases.

Standing: double programmed. ``safety/make.R`` makes the numbers; the version is in ``safety/safety.json``. R
was run, not read. Tolerance: 1e-9 relative; 0 is 0.
"""

import json
from pathlib import Path

import numpy as np

from remit.stats.safety.poisson_limits import poisson_limits

CASES = json.loads((Path(__file__).parent / "safety" / "safety.json").read_text())["cases"]


def column(name, cases):
    return np.array([each[name] for each in cases], dtype=float)


def test_limits_are_those_of_poisson_test():
    assert len(CASES) >= 60
    for level in {each["level"] for each in CASES}:
        cases = [each for each in CASES if each["level"] == level]
        events, years = column("events", cases).astype(int), column("years", cases)
        found = poisson_limits(events, years, level)
        np.testing.assert_allclose(found.low, column("low", cases), rtol=1e-9)
        np.testing.assert_allclose(found.high, column("high", cases), rtol=1e-9)
        np.testing.assert_allclose(events / years, column("rate", cases), rtol=1e-12)
