"""Data sets of NONMEM event records through pharmacokinetic structures."""

from remit.events.simulate import Population, simulate_events, simulate_replicates

__all__ = ["Population", "simulate_events", "simulate_replicates"]
