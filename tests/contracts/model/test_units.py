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


def test_every_observable_has_its_declared_unit(parameters, state):
    for (name, unit), value in zip(model.OBSERVABLES.items(), model.observe(state, parameters), strict=True):
        assert (measure(1.0, unit) / value).check(""), f"{name}: {value.units}"


def test_a_forgotten_volume_would_be_caught(parameters, state):
    amount = state[1]
    assert not amount.is_compatible_with(measure(1.0, model.OBSERVABLES["bcl2i_concentration"]))
