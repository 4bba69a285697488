"""How drug leaves the central compartment for good: a rate [amount per time] from the amount there."""

from remit.units import Value


def linear(central: Value, volume: Value, clearance: Value) -> Value:
    """In proportion to the concentration."""
    return clearance / volume * central


def michaelis_menten(central: Value, volume: Value, vmax: Value, km: Value) -> Value:
    """Saturable: at most ``vmax`` [amount per time], half of that at the concentration ``km``."""
    return vmax * central / (km * volume + central)
