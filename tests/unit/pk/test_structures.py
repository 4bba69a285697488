"""Structures by name: their compartments as NONMEM numbers them, conservation of mass, and their limits."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.pk import STRUCTURES, two_compartment_oral
from remit.pk.structures import MOST_TRANSIT

VALUES = {
    "CL": 1.1, "V": 20.0, "Vc": 20.0, "Q": 2.3, "Vp": 31.0, "Qp1": 2.3, "Vp1": 31.0, "Qp2": 0.4, "Vp2": 90.0,
    "ka": 1.5, "MTT": 1.2, "Vmax": 9.0, "Km": 2.0,
}  # fmt: skip
ADVAN = {
    "one_compartment": (1, ["central"], {}),
    "one_compartment_oral": (2, ["depot", "central"], {}),
    "two_compartment": (3, ["central", "peripheral"], {"V1": "Vc", "V2": "Vp"}),
    "two_compartment_oral": (4, ["depot", "central", "peripheral"], {"V2": "Vc", "V3": "Vp"}),
    "three_compartment": (
        11,
        ["central", "peripheral1", "peripheral2"],
        {"V1": "Vc", "Q2": "Qp1", "V2": "Vp1", "Q3": "Qp2", "V3": "Vp2"},
    ),
    "three_compartment_oral": (
        12,
        ["depot", "central", "peripheral1", "peripheral2"],
        {"V2": "Vc", "Q3": "Qp1", "V3": "Vp1", "Q4": "Qp2", "V4": "Vp2"},
    ),
}


def complete(structure):
    """A structure that can be evaluated."""
    return structure.with_transit(4) if structure.absorption == "transit" else structure


@pytest.mark.parametrize("name", ADVAN)
def test_compartments_and_names_are_those_of_the_advan_subroutine(name):
    _, compartments, names = ADVAN[name]
    structure = STRUCTURES[name]
    assert list(structure.compartments) == compartments
    assert structure.nonmem_names == names
    assert structure.compartments[structure.central] == "central"


def test_there_are_three_sizes_four_routes_and_two_eliminations():
    assert len(STRUCTURES) == 24
    assert all(name == structure.name for name, structure in STRUCTURES.items())


@pytest.mark.parametrize("name", STRUCTURES)
def test_what_leaves_the_compartments_is_what_is_eliminated(name):
    structure = complete(STRUCTURES[name])
    amounts = tuple(np.arange(1.0, len(structure.compartments) + 1))
    rates = structure.rates(amounts, VALUES)
    concentration = amounts[structure.central] / 20.0
    lost = VALUES["CL"] * concentration
    if structure.saturable:
        lost = VALUES["Vmax"] * concentration / (VALUES["Km"] + concentration)
    assert sum(rates) == pytest.approx(-lost, rel=1e-12)
    assert len(rates) == len(structure.compartments)


@pytest.mark.parametrize("name", STRUCTURES)
def test_at_equal_concentrations_nothing_moves_between_compartments(name):
    structure = complete(STRUCTURES[name])
    none = VALUES | {"CL": 0.0, "Vmax": 0.0}
    volumes = {"central": 20.0, "peripheral": 31.0, "peripheral1": 31.0, "peripheral2": 90.0}
    amounts = tuple(volumes.get(each, 0.0) for each in structure.compartments)
    np.testing.assert_allclose(structure.rates(amounts, none), 0.0, atol=1e-14)


def test_the_structure_of_the_therapeutic_model_is_the_one_of_its_name():
    own = two_compartment_oral.Params(**{name: VALUES[name] for name in ("ka", "CL", "Vc", "Q", "Vp")})
    amounts = (3.0, 5.0, 7.0)
    named = STRUCTURES["two_compartment_oral"]
    assert two_compartment_oral.rates(0.0, amounts, own) == pytest.approx(
        named.rates(amounts, VALUES), rel=1e-15
    )
    assert tuple(two_compartment_oral.STATES) == named.compartments


@pytest.mark.parametrize("n", [0, -1, MOST_TRANSIT + 1])
def test_a_chain_has_some_compartments_and_not_too_many(n):
    with pytest.raises(InputError, match="a whole number from 1"):
        STRUCTURES["one_compartment_transit"].with_transit(n)


def test_a_structure_without_chain_has_no_transit_compartments():
    with pytest.raises(InputError, match="'_transit' structure"):
        STRUCTURES["one_compartment_oral"].with_transit(3)


def test_the_description_names_compartments_and_parameters():
    text = STRUCTURES["three_compartment_zero_order"].described()
    for word in ("1   central", "3   peripheral2", "NONMEM's Q3", "D1"):
        assert word in text
