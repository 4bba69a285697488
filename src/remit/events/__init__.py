"""Data sets of NONMEM event records through pharmacokinetic structures."""

from remit.events.simulate import Variability, simulate_events, simulate_replicates

__all__ = ["Variability", "simulate_events", "simulate_replicates"]
