"""Data sets of NONMEM event records through pharmacokinetic structures."""

from remit.events.simulate import Population, simulate_events

__all__ = ["Population", "simulate_events"]
