"""Designs about rates: what a user reads is what the mathematics gives, exactly."""

import json

import numpy as np
import pytest

from remit.design.boin import Truth, boin
from remit.design.proportions import proportions
from remit.design.simon import simon
from remit.design.single_arm import single_arm
from remit.stats.planning.boin import DoseFinding
from remit.stats.planning.boin_operation import DoseFindingConduct
from remit.stats.planning.requirement import Requirement

PHASE_2 = Requirement(0.05, 0.8)


def test_designs_of_simon_are_listed_from_optimal_to_minimax():
    rows = simon(0.1, 0.3, PHASE_2).table("designs")
    assert rows["WHAT"].to_list() == ["optimal", "admissible", "admissible", "minimax"]
    assert rows.select("R1", "N1", "R", "N").rows()[0] == (1, 10, 5, 29)
    assert rows.select("R1", "N1", "R", "N").rows()[-1] == (1, 15, 5, 25)
    assert (np.diff(rows["EN"].to_numpy()) > 0).all()
    assert (rows["ALPHA"].to_numpy() <= 0.05).all()
    assert (rows["POWER"].to_numpy() >= 0.8).all()


def test_a_search_that_ended_too_early_says_so():
    assert "looked at" not in " ".join(simon(0.1, 0.3, PHASE_2).notes)
    assert any("search ended at 26" in note for note in simon(0.1, 0.3, PHASE_2, most=26).notes)


def test_weights_of_admissible_designs_cover_zero_to_one():
    weights = simon(0.1, 0.3, PHASE_2).table("weights")
    assert weights["LOW"].to_list()[:-1] == weights["HIGH"].to_list()[1:]
    assert (weights["HIGH"][0], weights["LOW"][-1]) == (1.0, 0.0)


def test_the_critical_responders_exclude_the_rate_that_does_not_warrant_interest():
    rows = single_arm(0.35, 0.55, Requirement()).table("sizes")
    assert (rows["LOW"].to_numpy() > 0.35).all()
    assert (rows["ALPHA"].to_numpy() <= 0.025).all()
    assert (rows["POWER"].to_numpy() >= 0.9).all()
    assert rows["N"][0] <= rows["N"][1]


def test_exact_power_is_shown_beside_the_approximation():
    found = proportions(0.6, 0.4, Requirement())
    assert found.table("exact")["TEST"].to_list() == ["pooled z", "fisher", "boschloo"]
    fisher = found.table("exact").filter(TEST="fisher")
    assert fisher["ALPHA"][0] <= 0.025
    assert fisher["POWER"][0] < found.table("size")["POWER"][0]
    assert found.table("exact")["SAID"].to_list() == ["exceeds alpha", "misses the power", "misses the power"]


def test_non_inferiority_has_no_exact_table_and_says_so():
    found = proportions(0.6, 0.6, Requirement(), margin=-0.1)
    assert [each.name for each in found.sections] == ["size"]
    assert any("superiority alone" in note for note in found.notes)


def test_decisions_agree_with_the_boundaries():
    found = boin(DoseFinding(target=0.3), DoseFindingConduct(most=12))
    low, high = found.table("boundaries").row(0)
    for row in found.table("decisions").to_dicts():
        assert row["ESCALATE"] / row["N"] <= low < (row["ESCALATE"] + 1) / row["N"]
        assert row["DEESCALATE"] / row["N"] >= high > (row["DEESCALATE"] - 1) / row["N"]


def test_simulated_trials_are_the_same_for_a_seed_and_add_up():
    truth = Truth(rates=(0.1, 0.3, 0.5), trials=500, seed=3)
    first, second = (boin(DoseFinding(target=0.3), DoseFindingConduct(most=18), truth) for _ in range(2))
    doses, whole = first.table("doses"), dict(first.table("trials").select("WHAT", "VALUE").iter_rows())
    assert doses.equals(second.table("doses"))
    assert doses["SELECTED"].sum() + whole["no dose selected"] == pytest.approx(1.0)
    assert doses["PATIENTS"].sum() == pytest.approx(whole["mean patients"])
    assert first.given["seed"] == 3
    assert json.loads(json.dumps(first.to_dict()))["given"]["rates"] == [0.1, 0.3, 0.5]
