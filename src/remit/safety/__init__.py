"""Toxicities that biology produces. One file, one toxicity.

Each exports NAME, STATES (name and unit), Params and rates; those that start from a balance also baseline
(the steady state without drug).
"""

from remit.safety import b_cells, haemoglobin, infections, neutrophils, platelets, tumour_lysis

TOXICITIES = {
    each.NAME: each for each in (neutrophils, platelets, haemoglobin, b_cells, infections, tumour_lysis)
}
