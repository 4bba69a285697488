"""Toxicities that biology produces. One file, one toxicity.

Each exports NAME, STATES (name and unit), Params, rates and baseline (the steady state without drug).
"""

from remit.safety import haemoglobin, neutrophils, platelets, tumour_lysis

TOXICITIES = {each.NAME: each for each in (neutrophils, platelets, haemoglobin, tumour_lysis)}
