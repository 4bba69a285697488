"""Competition of BIM and drug for BCL2, BCL-XL and MCL1, and commitment to death.

Binding is in equilibrium, since it relaxes in hours and cells change over days. Drug raises the
apparent dissociation constant of BIM from the proteins it occupies; BIM that is set free commits
cells to death through a Hill function. Concentrations are per cell volume.
"""

from dataclasses import dataclass

from remit.functions import free_ligand, power
from remit.units import Value, quantity

NAME = "apoptosis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Amounts, affinities, and the link from free BIM to death."""

    BCL2: Value = quantity("nmol/L", meaning="total BCL2 per cell", low=0)
    BIM: Value = quantity(
        "nmol/L", meaning="total releasable BH3 activator per cell (BIM and PUMA lumped)", low=0
    )
    MCL1: Value = quantity("nmol/L", meaning="total MCL1 per blood cell", low=0)
    MCL1_node_fold: Value = quantity("fold", meaning="node MCL1 relative to blood", low=1)
    BCLXL_node: Value = quantity("nmol/L", meaning="BCL-XL (and BFL1) in node cells; none in blood", low=0)
    K_BIM_BCL2: Value = quantity("nmol/L", meaning="dissociation constant of BIM and BCL2", low=1e-12)
    K_BIM_BCLXL: Value = quantity("nmol/L", meaning="dissociation constant of BIM and BCL-XL", low=1e-12)
    K_BIM_MCL1: Value = quantity("nmol/L", meaning="dissociation constant of BIM and MCL1", low=1e-12)
    Ki_BCL2: Value = quantity(
        "nmol/L", meaning="inhibition constant of the reference drug on BCL2", low=1e-12
    )
    Ki_BCLXL: Value = quantity(
        "nmol/L", meaning="inhibition constant of the reference drug on BCL-XL", low=1e-12
    )
    Ki_MCL1: Value = quantity(
        "nmol/L", meaning="inhibition constant of the reference drug on MCL1", low=1e-12
    )
    fu: Value = quantity("fraction", meaning="fraction unbound in plasma", low=0, high=1)
    node_penetration: Value = quantity("fraction", meaning="unbound drug in nodes relative to plasma", low=0)
    potency_exposure: Value = quantity(
        "fold", meaning="exposure times potency at the study dose, relative to venetoclax 400 mg", low=0
    )
    Ki_shift: Value = quantity(
        "fold", meaning="loss of drug affinity in BCL2-inhibitor-resistant clones", low=1
    )
    shift_share: Value = quantity(
        "fraction", meaning="share of that loss which this drug suffers; 1 as venetoclax", low=0
    )
    resistant_dependence: Value = quantity(
        "fraction",
        meaning="share of BCL2-dependent commitment left in BCL2-inhibitor-resistant clones",
        low=0,
        high=1,
    )
    f50: Value = quantity("nmol/L", meaning="free BIM of half-maximal commitment", low=1e-12)
    hill: Value = quantity("", meaning="Hill exponent of commitment", low=1)
    kmax_blood: Value = quantity("1/day", meaning="maximum drug-induced death rate in blood", low=0)
    kmax_node: Value = quantity(
        "1/day", meaning="maximum drug-induced death rate of node-protected cells", low=0
    )
    kmax_marrow: Value = quantity("1/day", meaning="maximum drug-induced death rate in marrow", low=0)
    released_fold: Value = quantity(
        "fold", meaning="death rate of released relative to protected node cells", low=0
    )
    kill_factor: Value = quantity("fold", meaning="between-drug factor on the maximum node death rate", low=0)


def free_drug(concentration: Value, penetration: Value, p: Params) -> Value:
    """Unbound, potency-scaled drug at a site [nmol/L of venetoclax-equivalents]."""
    return p.potency_exposure * p.fu * penetration * concentration


def free_bim(
    drug: Value, bim: Value, capacities: tuple[Value, Value, Value], shift: Value, p: Params
) -> Value:
    """Free BIM at a site [nmol/L], for capacities of BCL2, BCL-XL and MCL1 [nmol/L] and a Ki shift [fold]."""
    dissociations = (
        p.K_BIM_BCL2 * (1 + drug / (p.Ki_BCL2 * shift)),
        p.K_BIM_BCLXL * (1 + drug / p.Ki_BCLXL),
        p.K_BIM_MCL1 * (1 + drug / p.Ki_MCL1),
    )
    return free_ligand(bim, capacities, dissociations)


def affinity_loss(p: Params) -> Value:
    """Loss of affinity that this drug suffers in BCL2-inhibitor-resistant clones [fold]."""
    return 1 + (p.Ki_shift - 1) * p.shift_share


def commitment(free: Value, p: Params) -> Value:
    """Share of the maximum death rate at a given free BIM [fraction]."""
    ratio = power(free / p.f50, p.hill)
    return ratio / (1 + ratio)


def occupancy(drug: Value, free: Value, p: Params) -> Value:
    """Share of BCL2 that drug has bound, in competition with free BIM [fraction]."""
    bound = drug / p.Ki_BCL2
    return bound / (1 + bound + free / p.K_BIM_BCL2)
