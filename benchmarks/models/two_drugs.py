"""A model of 36 states with two oral drugs: two-compartment kinetics of both, BTK turnover and binding, BCL2
and MCL1 with BIM as fast binding reactions, effector activation, a sensitive and a resistant clone in
blood, nodes and marrow, two chains of blood counts, urate and potassium.

A benchmark workload, not a model of a disease: the numbers are plausible and invented. Time is in hours.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from benchmarks.models.two_drug_values import PARAMETERS
from remit.functions import power
from remit.solve import Equations

SITES = ("blood", "node", "marrow")

DRUG = ("depot", "transit", "central", "peripheral")
BINDING = (
    "btk_free",
    "btk_bound",
    "bcl2",
    "bim",
    "bcl2_bim",
    "bcl2_drug",
    "mcl1",
    "mcl1_bim",
    "bax",
    "effector",
)
CHAIN = ("proliferating", "transit_1", "transit_2", "transit_3", "circulating")
CELLS = tuple(f"{clone}_{site}" for clone in ("sensitive", "resistant") for site in SITES)
LINEAGES = ("neutrophils", "platelets")
STATES = (
    *(f"{drug}_{each}" for drug in "ab" for each in DRUG),
    *BINDING,
    *CELLS,
    *(f"{lineage}_{each}" for lineage in LINEAGES for each in CHAIN),
    "urate",
    "potassium",
)

LEVELS = {
    **dict.fromkeys(STATES, 1e-2),
    **dict.fromkeys(("btk_free", "btk_bound", "bim", "effector"), 1e-3),
    **dict.fromkeys(CELLS, 1e-9),
    **dict.fromkeys((f"platelets_{each}" for each in CHAIN), 1e-1),
}

Values = Mapping[str, Any]


def drug(name: str, y: Values, p: Values) -> dict[str, Any]:
    """Rates of one drug: depot, transit, central and peripheral amounts [mg/h]."""
    depot, transit, central, peripheral = (y[f"{name}_{each}"] for each in DRUG)
    absorbed, released = p[f"{name}_absorption"] * depot, p[f"{name}_transit"] * transit
    out = p[f"{name}_exchange"] / p[f"{name}_central"] * central
    back = p[f"{name}_exchange"] / p[f"{name}_peripheral"] * peripheral
    cleared = p[f"{name}_clearance"] / p[f"{name}_central"] * central
    rates = (-absorbed, absorbed - released, released - cleared - out + back, out - back)
    return {f"{name}_{each}": rate for each, rate in zip(DRUG, rates, strict=True)}


def concentrations(y: Values, p: Values) -> tuple[Any, Any]:
    """Plasma concentrations of both drugs [mg/L]."""
    return y["a_central"] / p["a_central"], y["b_central"] / p["b_central"]


def occupancy(y: Values) -> Any:
    """Share of BTK that is bound."""
    return y["btk_bound"] / (y["btk_free"] + y["btk_bound"])


def binding(y: Values, p: Values) -> dict[str, Any]:
    """Rates of the targets, their complexes and what they activate."""
    in_a, in_b = concentrations(y, p)
    to_btk = p["btk_on"] * p["b_free"] * in_b * y["btk_free"] - p["btk_off"] * y["btk_bound"]
    to_bcl2 = p["bcl2_on"] * y["bcl2"] * y["bim"] - p["bcl2_off"] * y["bcl2_bim"]
    to_mcl1 = p["mcl1_on"] * y["mcl1"] * y["bim"] - p["mcl1_off"] * y["mcl1_bim"]
    drug_bound = p["drug_on"] * p["a_free"] * in_a * y["bcl2"] - p["drug_off"] * y["bcl2_drug"]
    open_share = y["bax"] * y["bax"] / (p["effector_half"] * p["effector_half"] + y["bax"] * y["bax"])
    made_mcl1 = p["mcl1_made"] * (1 - p["mcl1_by_btk"] * occupancy(y))
    return {
        "btk_free": p["btk_made"] - p["btk_loss"] * y["btk_free"] - to_btk,
        "btk_bound": to_btk - p["btk_loss"] * y["btk_bound"],
        "bcl2": p["bcl2_made"] - p["bcl2_loss"] * y["bcl2"] - to_bcl2 - drug_bound,
        "bim": p["bim_made"] - p["bim_loss"] * y["bim"] - to_bcl2 - to_mcl1,
        "bcl2_bim": to_bcl2 - p["bcl2_bim_loss"] * y["bcl2_bim"],
        "bcl2_drug": drug_bound - p["bcl2_loss"] * y["bcl2_drug"],
        "mcl1": made_mcl1 - p["mcl1_loss"] * y["mcl1"] - to_mcl1,
        "mcl1_bim": to_mcl1 - p["mcl1_bim_loss"] * y["mcl1_bim"],
        "bax": p["bax_on"] * y["bim"] * (p["bax_total"] - y["bax"]) - p["bax_off"] * y["bax"],
        "effector": p["effector_rate"] * (open_share - y["effector"]),
    }


def killing(y: Values, p: Values) -> Any:
    """Death rate of sensitive blood cells that the effector causes [1/h]."""
    raised = power(y["effector"], p["kill_slope"])
    return p["kill_most"] * raised / (power(p["kill_half"], p["kill_slope"]) + raised)


def cells(y: Values, p: Values) -> tuple[dict[str, Any], Any]:
    """Rates of both clones at the three sites, and cells killed per hour."""
    occupied, kill = occupancy(y), killing(y, p)
    room = 1 - sum(y[name] for name in CELLS) / p["capacity"]
    growth = (1 - p["growth_by_btk"] * occupied) * room
    leave_node = p["leave_node"] * (1 + p["leave_by_btk"] * occupied)
    kept_out = 1 - p["home_by_btk"] * occupied
    home_node, home_marrow = p["home_node"] * kept_out, p["home_marrow"] * kept_out
    rates: dict[str, Any] = {}
    killed = 0
    for clone, felt in (("sensitive", 1), ("resistant", p["kill_resistant"])):
        blood, node, marrow = (y[f"{clone}_{site}"] for site in SITES)
        deaths = felt * kill, felt * p["kill_node"] * kill, felt * p["kill_marrow"] * kill
        from_node, from_marrow = leave_node * node, p["leave_marrow"] * marrow
        resting = p["kill_untreated"] * felt
        rates[f"{clone}_blood"] = (
            from_node + from_marrow - (deaths[0] + p["death_blood"] + home_node + home_marrow) * blood
        )
        rates[f"{clone}_node"] = (
            (p["growth_node"] * growth + resting * p["kill_node"] - deaths[1]) * node
            - from_node
            + home_node * blood
        )
        rates[f"{clone}_marrow"] = (
            (p["growth_marrow"] * growth + resting * p["kill_marrow"] - deaths[2]) * marrow
            - from_marrow
            + home_marrow * blood
        )
        killed = killed + deaths[0] * blood + deaths[1] * node + deaths[2] * marrow
    return rates, killed


def lineage(name: str, concentration: Any, y: Values, p: Values) -> dict[str, Any]:
    """Rates of a chain of blood counts with feedback, inhibited by a drug."""
    first, *_, last = chain = [y[f"{name}_{each}"] for each in CHAIN]
    inhibited = p[f"{name}_most"] * concentration / (p[f"{name}_half"] + concentration)
    feedback = power(p[f"{name}_start"] / last, p[f"{name}_feedback"])
    rate = p[f"{name}_rate"]
    passed = [rate * (before - after) for before, after in pairwise(chain)]
    rates = (rate * first * ((1 - inhibited) * feedback - 1), *passed)
    return {f"{name}_{each}": each_rate for each, each_rate in zip(CHAIN, rates, strict=True)}


def released(name: str, killed: Any, y: Values, p: Values) -> dict[str, Any]:
    """Rate of what dying cells release."""
    return {name: p[f"{name}_made"] + p[f"{name}_rate"] * (p[f"{name}_release"] * killed - y[name])}


def rates(state: tuple[Any, ...], p: Values) -> tuple[Any, ...]:
    """Rates of change of all states, per hour."""
    y = dict(zip(STATES, state, strict=True))
    in_a, in_b = concentrations(y, p)
    of_cells, killed = cells(y, p)
    found = {
        **drug("a", y, p), **drug("b", y, p), **binding(y, p), **of_cells,
        **lineage("neutrophils", in_a, y, p), **lineage("platelets", in_b, y, p),
        **released("urate", killed, y, p), **released("potassium", killed, y, p),
    }  # fmt: skip
    return tuple(found[name] for name in STATES)


OBSERVABLES = (
    "a_concentration", "b_concentration", "btk_occupancy", "bcl2_occupancy",
    "blood_burden", "total_burden", "neutrophils", "platelets",
)  # fmt: skip


def observe(state: tuple[Any, ...], p: Values) -> tuple[Any, ...]:
    """What is looked at, in the order of ``OBSERVABLES``."""
    y = dict(zip(STATES, state, strict=True))
    of_bcl2 = y["bcl2_drug"] / (y["bcl2"] + y["bcl2_bim"] + y["bcl2_drug"])
    in_blood = y["sensitive_blood"] + y["resistant_blood"]
    everywhere = sum((y[name] for name in CELLS[1:]), y[CELLS[0]])
    counts = (y["neutrophils_circulating"], y["platelets_circulating"])
    return (*concentrations(y, p), occupancy(y), of_bcl2, in_blood, everywhere, *counts)


EQUATIONS = Equations(
    "two_drugs", STATES, PARAMETERS, OBSERVABLES, rates, observe, tuple(LEVELS[name] for name in STATES)
)
