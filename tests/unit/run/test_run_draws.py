"""Parameter draws of a run."""

from collections import Counter

import numpy as np
import pytest

import remit
from remit.library import Entry
from remit.population.distributions import normal_probability
from remit.run.draws import member_of, strata, typical_values

SEED = 5


@pytest.fixture(scope="module")
def entries() -> dict[str, Entry]:
    return remit.load_study("mcl_btki_treated").values("mesutoclax", "pharmacology/ki_shift")


@pytest.mark.parametrize("n_draws", [1, 2, 7, 64])
def test_every_stratum_of_a_margin_holds_one_draw(n_draws: int) -> None:
    probability = normal_probability(strata(SEED, "bcl2i.CL", n_draws))
    assert sorted(np.floor(probability * n_draws).astype(int)) == list(range(n_draws))


def test_two_quantities_are_not_stratified_in_the_same_order() -> None:
    assert strata(SEED, "bcl2i.CL", 64).argsort().tolist() != strata(SEED, "bcl2i.ka", 64).argsort().tolist()


@pytest.mark.parametrize(("n_draws", "size"), [(3, 64), (64, 64), (128, 64), (100, 64), (1, 8)])
def test_members_of_a_calibration_are_used_evenly(n_draws: int, size: int) -> None:
    used = Counter(member_of(SEED, draw, n_draws, size) for draw in range(n_draws))
    counts = [used[member] for member in range(size)]
    assert max(counts) - min(counts) <= 1
    assert sum(counts) == n_draws


def test_a_single_draw_is_the_typical_model(entries: dict[str, Entry]) -> None:
    fitted = {"clones.growth_rate": np.array([0.01, 0.02, 0.06])}
    found = typical_values(SEED, entries, 0, 1, fitted)
    assert found.pop("clones.growth_rate") == 0.02
    for name, value in found.items():
        uncertainty = entries[name].uncertainty
        if uncertainty is None or "uniform" not in uncertainty.distribution:
            assert value == pytest.approx(entries[name].value, rel=1e-12), name
        else:
            # The median lies in the middle of the range, which need not be where the library's value is.
            assert uncertainty.low < value < uncertainty.high


def test_fitted_values_come_from_one_member_together(entries: dict[str, Entry]) -> None:
    size = 8
    fitted = {
        "clones.growth_rate": np.arange(size) + 1.0,
        "apoptosis.fu": np.arange(size) + 101.0,
        "no.such_value": np.arange(size) + 0.0,
    }
    drawn = [typical_values(SEED, entries, draw, size, fitted) for draw in range(size)]
    assert {each["apoptosis.fu"] - each["clones.growth_rate"] for each in drawn} == {100.0}
    assert {each["clones.growth_rate"] for each in drawn} == set(fitted["clones.growth_rate"])
    assert not any("no.such_value" in each for each in drawn)


def test_certain_values_never_move_and_uncertain_ones_do(entries: dict[str, Entry]) -> None:
    drawn = [typical_values(SEED, entries, draw, 4) for draw in range(4)]
    for name, entry in entries.items():
        values = {each[name] for each in drawn}
        if entry.uncertainty is None:
            assert values == {entry.value}
        elif entry.uncertainty.distribution != "fixed":
            assert len(values) == 4, name


def test_values_that_share_a_draw_have_the_same_rank(entries: dict[str, Entry]) -> None:
    shared = {
        name: entry.uncertainty.same_draw_as
        for name, entry in entries.items()
        if entry.uncertainty is not None and entry.uncertainty.same_draw_as in entries
    }
    drawn = [typical_values(SEED, entries, draw, 8) for draw in range(8)]
    for name, other in shared.items():
        ranks = [np.argsort([each[key] for each in drawn]).tolist() for key in (name, other)]
        assert ranks[0] == ranks[1], name
