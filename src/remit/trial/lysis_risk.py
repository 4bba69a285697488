"""Risk class of tumour lysis before a BCL2 inhibitor, by node size and lymphocyte count, as its label has it.

Low: every node below 5 cm and lymphocytes below 25e9/L. High: a node of 10 cm or more, or lymphocytes of
25e9/L or more together with a node of 5 cm or more. Intermediate: the rest. Made for CLL; in other diseases
it is borrowed.
"""

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats

CLASSES = ("low", "intermediate", "high")
BULKY, VERY_BULKY = 50.0, 100.0
"""Longest diameter of a node [mm]."""
MANY = 25.0
"""Lymphocytes [1e9/L]."""


def risk_class(longest_node: Floats, lymphocytes: Floats) -> NDArray[np.int64]:
    """Index in ``CLASSES``, from longest node [mm] and lymphocytes [1e9/L]; -1 where either is unknown."""
    bulky, many = longest_node >= BULKY, lymphocytes >= MANY
    high = (longest_node >= VERY_BULKY) | (bulky & many)
    found = np.where(high, 2, np.where(bulky | many, 1, 0))
    return np.where(np.isnan(longest_node) | np.isnan(lymphocytes), -1, found).astype(np.int64)
