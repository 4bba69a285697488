"""Mechanisms between drug and cell. One file, one mechanism.

Each exports NAME and Params; those with memory also STATES (name and unit) and rates.
"""

from remit.pathway import adaptation, apoptosis, btk_turnover, empirical_kill

MECHANISMS = {
    mechanism.NAME: mechanism for mechanism in (btk_turnover, apoptosis, adaptation, empirical_kill)
}
