"""Commitment to death by site and clone: competition under drug, protection and BTK inhibition.

Clones S and B carry BCL2 that binds drug as usual; V and D bind it with a shifted affinity and keep a
share of BCL2 dependence, the two forms of resistance. S and V feel all of a BTK inhibitor, B and D the
share that reaches BTK mutated at C481.
"""

from dataclasses import dataclass

from remit.pathway import adaptation, apoptosis
from remit.units import Value


@dataclass(frozen=True, slots=True)
class Effect:
    """Commitment to death [fraction] by site and clone, and the unbound drug that causes it [nmol/L]."""

    node: tuple[Value, ...]
    blood: tuple[Value, ...]
    marrow: tuple[Value, ...]
    free_bim_node: Value
    free_bim_blood: Value
    drug_node: Value
    drug_blood: Value


@dataclass(frozen=True, slots=True)
class BtkEffect:
    """What clones feel of a BTK inhibitor in nodes: occupancy, and the mutated clones' share of it."""

    occupied: Value
    mutant_share: Value


def effect(
    adapted: tuple[Value, ...],
    btk: BtkEffect,
    concentration: Value,
    a: apoptosis.Params,
    guarding: adaptation.Params,
) -> Effect:
    """Commitment at each site.

    Parameters
    ----------
    adapted
        States of ``adaptation``.
    btk
        Occupancy in nodes.
    concentration
        Total plasma concentration of the BCL2 inhibitor [nmol/L].
    a, guarding
        Parameters of competition and of adaptation.
    """
    level, bim_fold = adapted
    drug_node = apoptosis.free_drug(concentration, a.node_penetration, a)
    drug_blood = apoptosis.free_drug(concentration, 1, a)
    plain, shifted = (1, 1), (apoptosis.affinity_loss(a), a.resistant_dependence)
    mutant = btk.occupied * btk.mutant_share, 1 + (bim_fold - 1) * btk.mutant_share
    node: list[Value] = []
    blood: list[Value] = []
    free_node: list[Value] = []
    free_blood: list[Value] = []
    for (shift, dependence), (felt, fold) in (
        (plain, (btk.occupied, bim_fold)),
        (shifted, (btk.occupied, bim_fold)),
        (plain, mutant),
        (shifted, mutant),
    ):
        guard = adaptation.protection(level, felt, guarding)
        capacities = (a.BCL2, a.BCLXL_node * guard, a.MCL1 * (1 + (a.MCL1_node_fold - 1) * guard))
        free_node.append(apoptosis.free_bim(drug_node, a.BIM * fold, capacities, shift, a))
        free_blood.append(
            apoptosis.free_bim(drug_blood, a.BIM * fold, (a.BCL2, 0 * a.BCL2, a.MCL1), shift, a)
        )
        node.append(dependence * apoptosis.commitment(free_node[-1], a))
        blood.append(dependence * apoptosis.commitment(free_blood[-1], a))
    # Marrow cells commit as blood cells of their clone: marrow is as close to the drug and has no BCL-XL.
    return Effect(tuple(node), tuple(blood), tuple(blood), free_node[0], free_blood[0], drug_node, drug_blood)


def resting(a: apoptosis.Params, guarding: adaptation.Params) -> Effect:
    """Commitment without drug, BTK inhibition or adaptation; a constant of the patient."""
    return effect((0, 1), BtkEffect(0, 0), 0 * a.BCL2, a, guarding)
