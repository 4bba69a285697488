"""The populations of the shipped study, with and without a BTK inhibitor before."""

import pytest

from remit import load_study
from remit.population import PopulationSpec
from remit.run.courses import population_spec


@pytest.fixture(scope="session")
def treated() -> PopulationSpec:
    """Patients after a BTK inhibitor."""
    entries = load_study("mcl_btki_treated").values("venetoclax", "reference/ki_shift")
    return population_spec(entries, {name: each.value for name, each in entries.items()}, "stochastic")


@pytest.fixture(scope="session")
def naive() -> PopulationSpec:
    """Patients who never had one."""
    study = load_study("mcl_btki_treated")
    treated = study.values("venetoclax", "reference/ki_shift")
    entries = {name: each for name, each in treated.items() if not name.startswith("history.")}
    entries |= study.library.values("populations/mcl_btki_naive")
    return population_spec(entries, {name: each.value for name, each in entries.items()}, "stochastic")
