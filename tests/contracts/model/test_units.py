"""Every right-hand side carries the unit of its state per day: the equations run on pint quantities."""

import pytest

from remit import model
from remit.units import measure


def with_units(units: dict[str, str], start: float = 0.3) -> dict[str, object]:
    return {name: measure(start + 0.01 * i, unit) for i, (name, unit) in enumerate(units.items())}


@pytest.fixture(scope="module")
def parameters():
    return model.params(with_units({name: declared.unit for name, declared in model.PARAMETERS.items()}))


@pytest.fixture(scope="module")
def state():
    return tuple(with_units(model.STATES).values())


def test_every_rate_has_the_unit_of_its_state_per_day(parameters, state):
    rates = model.rates(0 * state[0], state, parameters)
    for (name, unit), rate in zip(model.STATES.items(), rates, strict=True):
        assert rate.is_compatible_with(measure(1.0, unit) / measure(1.0, "day")), f"{name}: {rate.units}"


def wrong_units(observed: tuple[object, ...]) -> list[str]:
    """Observables that do not have their declared unit; a plain number has none."""
    named = zip(model.OBSERVABLES.items(), observed, strict=True)
    return [
        name for (name, unit), value in named if not measure(value, "").is_compatible_with(measure(1.0, unit))
    ]


def test_every_observable_has_its_declared_unit(parameters, state):
    assert wrong_units(model.observe(state, parameters)) == []


@pytest.mark.parametrize("value", [1.0, 0.0])
def test_an_observable_in_the_unit_of_another_would_be_caught(parameters, state, value):
    observed = dict(zip(model.OBSERVABLES, model.observe(state, parameters), strict=True))
    spoilt = observed | {"node_death_rate": value * state[0], "haemoglobin": value}
    assert wrong_units(tuple(spoilt.values())) == ["node_death_rate", "haemoglobin"]


def test_a_forgotten_volume_would_be_caught(parameters, state):
    amount = state[1]
    assert not amount.is_compatible_with(measure(1.0, model.OBSERVABLES["bcl2i_concentration"]))
