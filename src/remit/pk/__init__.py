"""Pharmacokinetics: absorption, distribution and elimination, and the structures made of them.

``two_compartment_oral`` is that of the drugs in the therapeutic model, with units; ``STRUCTURES`` names those
that a data set may be sent through in units of its own.
"""

from remit.pk.structures import STRUCTURES, Structure

__all__ = ["STRUCTURES", "Structure"]
