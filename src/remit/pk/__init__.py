"""Pharmacokinetic structures. One file, one structure.

Each exports NAME, STATES (name and unit of every amount), Params, rates(t, y, p)
and concentration(y, p).
"""

from remit.pk import two_compartment_oral

PK_MODELS = {model.NAME: model for model in (two_compartment_oral,)}
