"""What stands for a drug that is not given: values under which it does nothing.

The model always has a place for one drug of each kind. Where a study or a treatment gives none, these
values fill it; no dose arrives there, so no result depends on them.
"""

from functools import cache

from remit.library.declared import DECLARED, DOSED_KINDS, kind_of
from remit.library.entries import Entry
from remit.model import PARAMETERS

NEUTRAL = (
    "fu", "node_penetration", "potency_exposure", "shift_share", "drug_fall", "bclxl_loss", "k_inact",
    "affinity", "mutant_activity", "kill_node", "kill_blood", "kill_marrow", "b_cell_kill", "progenitor_kill",
)  # fmt: skip
"""Symbols that are 0 for an absent drug: its effects. All others are 1."""


@cache
def absent(kind: str) -> dict[str, Entry]:
    """Values of an absent drug of a kind, by parameter of the model."""
    return {
        key: _entry(kind, key, 0.0 if key.split(".")[1] in NEUTRAL else 1.0)
        for key in PARAMETERS
        if kind_of(key) == kind
    }


@cache
def no_drug() -> dict[str, Entry]:
    """Values of all absent drugs together."""
    return {key: entry for kind in DOSED_KINDS for key, entry in absent(kind).items()}


def _entry(kind: str, key: str, value: float) -> Entry:
    """A value by convention."""
    declared = DECLARED[kind][key].quantity
    return Entry(
        file="no drug", path=key, key=key, value=value, unit=declared.unit, meaning=declared.meaning,
        origin="assumed", source="", where="", studied_in="", grade="convention", verified="derived",
        because="No such drug is given.", derivation="", between_patients=None, uncertainty=None,
    )  # fmt: skip
