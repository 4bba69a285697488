"""How drug moves between the central compartment and a peripheral one."""

from remit.units import Value


def outflow(central: Value, peripheral: Value, q: Value, volumes: tuple[Value, Value]) -> Value:
    """Net rate [amount per time] out of the central compartment, from the amounts and volumes of both."""
    return q / volumes[0] * central - q / volumes[1] * peripheral
