"""Group-sequential designs against rpact: 183 designs, and 48 that were met by other looks than planned.

Standing: double programmed. ``group_sequential/make.R`` runs rpact 3.3.4 (LGPL-3; run, not read or copied);
versions are in ``group_sequential/group_sequential.json``, which holds the cases and what rpact says.

Tolerance: 1e-6 on bounds and on cumulative spending. rpact's grid of integration, which cannot be chosen,
does not carry that far where looks are close together, are many, or begin late. So the script has a referee
in base R: adaptive integrals one inside the other, or Simpson's rule on a dense grid, say what rpact's own
bounds spend.

- remit and the referee agree on what rpact's bounds spend, at every case: to 1e-15, Simpson's rule to 2e-11.
- rpact's bounds miss the alpha that was asked, in the units of alpha: by up to 2e-7 with looks at 0.62,
  0.81, 0.93 and with ten or fifteen looks, by 1e-6 or more with twenty, by up to 5e-5 with looks at 0.001 and
  0.999, by 6e-4 to 0.2 with looks at 0.5, 0.51, 0.511, by 4e-12 with an alpha of 1e-6. Four designs with
  looks close together it refuses.
- So designs are compared where rpact's bounds spend what was asked to 4e-7 of alpha. Elsewhere the bounds
  that remit has for what rpact's do spend are rpact's, to 1e-8: the difference is all in rpact's integration.
- rpact has an infinite bound where less than about 1e-15 is to be spent; remit goes on to 1e-300.
- rpact rounds its last cumulative level down at the eighth digit.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from remit.stats.sequential.actual import recompute
from remit.stats.sequential.boundaries import (
    FAMILIES,
    Boundary,
    crossing_error,
    efficacy_bounds,
    setting,
    spending_bounds,
    spent_by,
)
from remit.stats.sequential.design import design, placing
from remit.stats.sequential.integration import exits
from remit.stats.sequential.plan import Plan
from remit.stats.sequential.power import stopping

FOUND = json.loads((Path(__file__).parent / "group_sequential" / "group_sequential.json").read_text())
CASES = {each["name"]: each for each in FOUND["cases"]}
REFUSED = [name for name, each in CASES.items() if "refused" in each["rpact"]]
DESIGNS = [name for name in CASES if name not in REFUSED]
REFEREED = [name for name in DESIGNS if "alpha_of_upper" in CASES[name]["rpact"]]
# Where rpact's bounds spend what was asked, and where not. Two-sided designs and futility have no referee.
FINE = [name for name in DESIGNS if CASES[name]["rpact"].get("spends_what_was_asked", True)]
LIMITED = [name for name in DESIGNS if name not in FINE]
RECOMPUTED = [pytest.param(each, id=each["name"]) for each in FOUND["recomputed"]]
BOUND = 1e-6


def numbers(values):
    """Numbers of the file: R writes infinity as Inf and what is missing as NA."""
    return np.array(
        [np.nan if each == "NA" else float(each) for each in np.atleast_1d(np.array(values, object))]
    )


def plan_of(asked):
    futility = tuple(asked["futility"]) if "futility" in asked else None
    if "beta_family" in asked:
        futility = Boundary(asked["beta_family"], asked.get("beta_parameter"))
    return Plan(
        fractions=tuple(asked["fractions"]), alpha=asked["alpha"], sides=asked["sides"], power=asked["power"],
        efficacy=Boundary(asked["efficacy"], asked.get("parameter"), tuple(asked.get("levels", ()))),
        futility=futility, binding=asked["binding"],
    )  # fmt: skip


@cache
def ours(name):
    return design(plan_of(CASES[name]["asked"]))


def test_there_are_enough_cases():
    assert len(DESIGNS) >= 175
    assert len(REFEREED) >= 100
    assert len(RECOMPUTED) >= 48
    assert len(FINE) >= 130
    assert len(REFUSED) == 4


@pytest.mark.parametrize("name", FINE)
def test_bounds_and_cumulative_spending_are_those_of_rpact(name):
    found, theirs = ours(name), CASES[name]["rpact"]
    np.testing.assert_allclose(found.upper, numbers(theirs["upper"]), rtol=0, atol=BOUND)
    np.testing.assert_allclose(found.alpha_spent, numbers(theirs["alpha_spent"]), rtol=0, atol=BOUND)
    assert found.alpha_spent[-1] == pytest.approx(found.alpha, rel=1e-11)


@pytest.mark.parametrize("name", REFEREED)
def test_for_what_bounds_of_rpact_do_spend_remit_has_the_same_bounds(name):
    theirs = CASES[name]["rpact"]
    spent = np.diff(numbers(theirs["alpha_of_upper"]), prepend=0.0)
    where = setting(np.array(CASES[name]["asked"]["fractions"]), CASES[name]["asked"]["alpha"])
    np.testing.assert_allclose(spending_bounds(spent, where), numbers(theirs["upper"]), rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", LIMITED)
def test_bounds_of_remit_spend_what_was_asked_where_those_of_rpact_do_not(name):
    plan = plan_of(CASES[name]["asked"])
    where = placing(plan)
    spent = np.cumsum(crossing_error(efficacy_bounds(plan.efficacy, where), where))
    # To 1e-11 of alpha, where rpact is off by 4e-7 of it or more, or has no bound at all.
    assert spent[-1] == pytest.approx(plan.alpha, rel=1e-11)
    if FAMILIES[plan.efficacy.family].spends:
        asked = spent_by(plan.efficacy, where.fractions, plan.alpha)
        np.testing.assert_allclose(spent, asked, rtol=1e-11, atol=1e-300)


@pytest.mark.parametrize("name", REFEREED)
def test_what_bounds_of_rpact_spend_is_agreed_with_a_referee(name):
    bounds = numbers(CASES[name]["rpact"]["upper"])
    at = np.array(CASES[name]["asked"]["fractions"])
    spent = np.cumsum(exits(at, np.full(at.size, -np.inf), bounds, 0.0).upper)
    by_simpson = at.size > 4
    np.testing.assert_allclose(
        spent, numbers(CASES[name]["rpact"]["alpha_of_upper"]), rtol=1e-9, atol=2e-11 if by_simpson else 1e-15
    )


@pytest.mark.parametrize("name", [name for name in DESIGNS if "lower" in CASES[name]["rpact"]])
def test_futility_bounds_and_the_error_they_spend_are_those_of_rpact(name):
    theirs, found = CASES[name]["rpact"], ours(name)
    np.testing.assert_allclose(found.lower[:-1], numbers(theirs["lower"]), rtol=0, atol=BOUND)
    if "beta_spent" in theirs:
        np.testing.assert_allclose(found.beta_spent, numbers(theirs["beta_spent"]), rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", FINE)
def test_stage_levels_power_and_expected_information_are_those_of_rpact(name):
    theirs, found = CASES[name]["rpact"], ours(name)
    np.testing.assert_allclose(ndtr(-found.upper), numbers(theirs["nominal_p"]), rtol=0, atol=1e-7)
    drifts = np.concatenate([[found.drift, found.drift / 2, 0.0], numbers(theirs["curve_drift"])])
    where = stopping(found, drifts)
    expected = found.fractions[0] + where.goes_on[:, :-1] @ np.diff(found.fractions)
    # With two sides rpact's curve is of rejecting in either direction.
    shown = where.efficacy.sum(axis=1) + (where.harm.sum(axis=1) if found.sides == 2 else 0.0)
    for mine, key in (
        (found.drift, "drift"),
        (found.inflation, "inflation"),
        (np.cumsum(where.efficacy[0]), "efficacy"),
        (expected[0] * found.inflation, "information_alternative"),
        (expected[1] * found.inflation, "information_half"),
        (expected[2] * found.inflation, "information_none"),
        (shown[3:], "curve_power"),
        (expected[3:], "curve_information"),
    ):
        np.testing.assert_allclose(mine, numbers(theirs[key]), rtol=1e-6, atol=1e-6, err_msg=key)


@pytest.mark.parametrize("name", REFUSED)
def test_what_rpact_refuses_is_designed(name):
    found = ours(name)
    asked = spent_by(found.plan.efficacy, found.fractions, found.alpha)
    np.testing.assert_allclose(found.alpha_spent, asked, rtol=1e-10)
    assert np.isfinite(found.upper).all()


@pytest.mark.parametrize("case", RECOMPUTED)
def test_bounds_for_looks_that_differ_from_plan_are_those_of_rpact_for_the_levels_they_spend(case):
    planned = design(
        Plan(
            fractions=tuple(case["planned"]), alpha=case["alpha"], sides=case["sides"],
            efficacy=Boundary(case["efficacy"]),
        )
    )  # fmt: skip
    found = recompute(planned, case["information"], case["maximum"], final=True)
    np.testing.assert_allclose(found.upper, numbers(case["upper"]), rtol=0, atol=BOUND)
    np.testing.assert_allclose(found.alpha_spent, case["levels"], rtol=1e-10)
    # Look by look, as they came, the bounds are the same.
    for look in range(1, len(case["information"])):
        then = recompute(planned, case["information"][:look], case["maximum"])
        np.testing.assert_allclose(then.upper[:look], found.upper[:look], rtol=0, atol=1e-9)
