"""The therapeutic model: pharmacokinetics, pathway, tumour and safety coupled into one system.

Written once, in the arithmetic of the equation files, this module serves as the NumPy reference, the
unit check (called with pint quantities), and the source of the generated kernel (called with SymPy
symbols). Structure: ``docs/explanation/model.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from remit.functions import where
from remit.pathway import adaptation, apoptosis, btk_turnover
from remit.pk import two_compartment_oral
from remit.safety import haemoglobin, neutrophils, platelets, tumour_lysis
from remit.tumour import clones
from remit.units import Quantity, Value, quantities, quantity

NAME = "bcl2_btk_lymphoma"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarrowParams:
    """The marrow in which malignant and normal cells compete for room."""

    normal_cells: Value = quantity("cells", meaning="normal marrow cells", low=0)


COMPONENTS: dict[str, type] = {
    "bcl2i": two_compartment_oral.Params,
    "btki": two_compartment_oral.Params,
    "btk": btk_turnover.Params,
    "apoptosis": apoptosis.Params,
    "adaptation": adaptation.Params,
    "clones": clones.Params,
    "marrow": MarrowParams,
    "neutrophils": neutrophils.Params,
    "platelets": platelets.Params,
    "haemoglobin": haemoglobin.Params,
    "tumour_lysis": tumour_lysis.Params,
}
"""Parameter classes by component; a model parameter is named ``component.symbol``."""

PARAMETERS: dict[str, Quantity] = {
    f"{component}.{symbol}": declared
    for component, params in COMPONENTS.items()
    for symbol, declared in quantities(params).items()
}

STATES: dict[str, str] = {
    **{f"bcl2i_{name}": unit for name, unit in two_compartment_oral.STATES.items()},
    **{f"btki_{name}": unit for name, unit in two_compartment_oral.STATES.items()},
    "free_btk_blood": "fraction",
    "free_btk_node": "fraction",
    **adaptation.STATES,
    **clones.STATES,
    **neutrophils.STATES,
    **platelets.STATES,
    **haemoglobin.STATES,
    **tumour_lysis.STATES,
}

LEVELS: dict[str, float] = {
    name: {"nmol": 1e3, "cells": 1.0, "mmol": 0.1, "umol/L": 1.0, "g/L": 1.0}.get(unit, 1e-2)
    for name, unit in STATES.items()
}
"""Size below which a state is not observed, in its own unit: the absolute tolerance is rtol times this.

1,000 nmol of drug are a few nmol/L in a few hundred litres, about where assays end to quantify; one cell
is the last; the rest is a hundredth of what is seen as a change.
"""

EXTINCTION_GROUPS: dict[str, tuple[str, ...]] = {
    **{f"clone_{clone}": tuple(f"{site}_{clone}" for site in clones.SITES) for clone in clones.CLONES},
    **{f"marrow_{clone}": (f"marrow_{clone}",) for clone in clones.CLONES},
}
"""States that die out together, once their sum falls below the patient's extinction threshold."""

DOSED = {"bcl2i": "bcl2i_depot", "btki": "btki_depot"}
"""State that receives the doses of each drug class."""


@dataclass(frozen=True, slots=True)
class Params:
    """All parameters, by component."""

    bcl2i: two_compartment_oral.Params
    btki: two_compartment_oral.Params
    btk: btk_turnover.Params
    apoptosis: apoptosis.Params
    adaptation: adaptation.Params
    clones: clones.Params
    marrow: MarrowParams
    neutrophils: neutrophils.Params
    platelets: platelets.Params
    haemoglobin: haemoglobin.Params
    tumour_lysis: tumour_lysis.Params


def params(values: Mapping[str, Value]) -> Params:
    """Parameters from values by name (``component.symbol``), in canonical units.

    Raises
    ------
    KeyError
        If a declared parameter is missing.
    """
    return Params(
        **{
            component: declared(
                **{symbol: values[f"{component}.{symbol}"] for symbol in quantities(declared)}
            )
            for component, declared in COMPONENTS.items()
        }
    )


@dataclass(frozen=True, slots=True)
class View:
    """The state by module."""

    bcl2i: tuple[Value, ...]
    btki: tuple[Value, ...]
    btk_blood: tuple[Value, ...]
    btk_node: tuple[Value, ...]
    adaptation: tuple[Value, ...]
    cells: tuple[Value, ...]
    neutrophils: tuple[Value, ...]
    platelets: tuple[Value, ...]
    haemoglobin: tuple[Value, ...]
    lysis: tuple[Value, ...]


def view(y: tuple[Value, ...]) -> View:
    """Split a state, in the order of ``STATES``, by module."""
    sizes = (3, 3, 1, 1, 2, 16, 5, 5, 1, 6)
    parts: list[tuple[Value, ...]] = []
    start = 0
    for size in sizes:
        parts.append(tuple(y[start : start + size]))
        start += size
    return View(*parts)


def occupancies(state: View) -> tuple[Value, ...]:
    """BTK occupancy in nodes that each clone feels; clones B and D carry a mutation and feel none."""
    felt = btk_turnover.occupancy(state.btk_node)
    return felt, felt, 0 * felt, 0 * felt


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


def effect(state: View, p: Params, concentration: Value) -> Effect:
    """Commitment at each site under a total plasma concentration of BCL2 inhibitor [nmol/L].

    Clones V and D bind drug with a shifted affinity and keep a share of BCL2 dependence: the two forms
    of resistance are settings of ``Ki_shift`` and ``resistant_dependence``.
    """
    a = p.apoptosis
    level, bim_fold = state.adaptation
    drug_node = apoptosis.free_drug(concentration, a.node_penetration, a)
    drug_blood = apoptosis.free_drug(concentration, 1, a)
    plain, shifted = (1, 1), (a.Ki_shift, a.resistant_dependence)
    node: list[Value] = []
    blood: list[Value] = []
    free_node: list[Value] = []
    free_blood: list[Value] = []
    for (shift, dependence), felt, fold in (
        (plain, btk_turnover.occupancy(state.btk_node), bim_fold),
        (shifted, btk_turnover.occupancy(state.btk_node), bim_fold),
        (plain, 0, 1),
        (shifted, 0, 1),
    ):
        guard = adaptation.protection(level, felt, p.adaptation)
        capacities = (a.BCL2, a.BCLXL_node * guard, a.MCL1 * (1 + (a.MCL1_node_fold - 1) * guard))
        free_node.append(apoptosis.free_bim(drug_node, a.BIM * fold, capacities, shift, a))
        free_blood.append(
            apoptosis.free_bim(drug_blood, a.BIM * fold, (a.BCL2, 0 * a.BCL2, a.MCL1), shift, a)
        )
        node.append(dependence * apoptosis.commitment(free_node[-1], a))
        blood.append(dependence * apoptosis.commitment(free_blood[-1], a))
    # Marrow cells feel the drug as blood cells do that no BTK inhibitor has primed.
    marrow = (blood[2], blood[3], blood[2], blood[3])
    return Effect(tuple(node), tuple(blood), marrow, free_node[0], free_blood[0], drug_node, drug_blood)


def deaths(acting: Effect, resting: Effect, p: Params) -> clones.Deaths:
    """Drug-induced death rates: what commitment adds to that of the same cells without drug.

    Death without drug is part of net growth; subtracting it makes the untreated course independent of
    the drug. A negative difference, which adaptation could cause, counts as none.
    """
    a = p.apoptosis

    def added(with_drug: Value, without: Value) -> Value:
        return where(with_drug - without, with_drug - without, 0 * without)

    node = [
        a.kill_factor * a.kmax_node * added(*pair) for pair in zip(acting.node, resting.node, strict=True)
    ]
    blood = [a.kmax_blood * added(*pair) for pair in zip(acting.blood, resting.blood, strict=True)]
    marrow = [a.kmax_marrow * added(*pair) for pair in zip(acting.marrow, resting.marrow, strict=True)]
    return clones.Deaths(
        tuple(node), tuple(a.released_fold * rate for rate in node), tuple(blood), tuple(marrow)
    )


def resting_effect(p: Params) -> Effect:
    """Commitment without drug, BTK inhibition or adaptation; a constant of the patient."""
    rest = View((), (), (1,), (1,), (0, 1), (), (), (), (), ())
    return effect(rest, p, 0 * p.apoptosis.BCL2)


def marrow_cells(state: View) -> Value:
    """Malignant cells in marrow."""
    return state.cells[12] + state.cells[13] + state.cells[14] + state.cells[15]


def infiltration(state: View, p: Params) -> Value:
    """Share of marrow cells that are malignant [fraction]."""
    malignant = marrow_cells(state)
    return malignant / (malignant + p.marrow.normal_cells)


def bclxl_occupancy(drug: Value, p: Params) -> Value:
    """Share of platelet BCL-XL that unbound drug [nmol/L] occupies [fraction]."""
    return drug / (drug + p.apoptosis.Ki_BCLXL)


def rates(t: Value, y: tuple[Value, ...], p: Params) -> tuple[Value, ...]:
    """Rates of change of all states, per day, in the order and unit of ``STATES``.

    Parameters
    ----------
    t
        Time [day]. Not used: the system is autonomous between doses.
    y
        States, each of shape (n_patients,).
    p
        Parameters, each of shape (n_patients,) or a number.
    """
    state = view(y)
    concentration = two_compartment_oral.concentration(state.bcl2i, p.bcl2i)
    inhibitor = two_compartment_oral.concentration(state.btki, p.btki)
    acting = effect(state, p, concentration)
    dying = deaths(acting, resting_effect(p), p)
    filled = infiltration(state, p)
    lysing = clones.drug_deaths(state.cells, dying)
    return (
        *two_compartment_oral.rates(t, state.bcl2i, p.bcl2i),
        *two_compartment_oral.rates(t, state.btki, p.btki),
        *btk_turnover.rates(state.btk_blood, inhibitor, p.btk),
        *btk_turnover.rates(state.btk_node, inhibitor * p.btk.node_penetration, p.btk),
        *adaptation.rates(
            state.adaptation, acting.node[0], btk_turnover.occupancy(state.btk_node), p.adaptation
        ),
        *clones.rates(state.cells, occupancies(state), dying, p.clones),
        *neutrophils.rates(state.neutrophils, acting.drug_blood, filled, p.neutrophils),
        *platelets.rates(
            state.platelets, acting.drug_blood, bclxl_occupancy(acting.drug_blood, p), filled, p.platelets
        ),
        *haemoglobin.rates(state.haemoglobin, filled, p.haemoglobin),
        *tumour_lysis.rates(state.lysis, lysing, p.tumour_lysis),
    )


OBSERVABLES: dict[str, str] = {
    "bcl2i_concentration": "nmol/L",
    "btki_concentration": "nmol/L",
    "bcl2_occupancy_blood": "fraction",
    "bcl2_occupancy_node": "fraction",
    "btk_occupancy_blood": "fraction",
    "btk_occupancy_node": "fraction",
    "node_S": "cells",
    "node_V": "cells",
    "node_B": "cells",
    "node_D": "cells",
    "blood_tumour": "cells",
    "marrow_tumour": "cells",
    "marrow_infiltration": "fraction",
    "node_death_rate": "1/day",
    "neutrophils": "1e9/L",
    "platelets": "1e9/L",
    "haemoglobin": "g/L",
    "urate": "mmol/L",
    "potassium": "mmol/L",
    "phosphate": "mmol/L",
    "calcium": "mmol/L",
    "creatinine": "umol/L",
    "lysed_cells": "cells",
}
"""What a trial may see of a patient: name and unit."""


def observe(y: tuple[Value, ...], p: Params) -> tuple[Value, ...]:
    """Observables in the order and unit of ``OBSERVABLES``."""
    state = view(y)
    concentration = two_compartment_oral.concentration(state.bcl2i, p.bcl2i)
    acting = effect(state, p, concentration)
    cells = state.cells
    lysed, urate, *electrolytes = state.lysis
    return (
        concentration,
        two_compartment_oral.concentration(state.btki, p.btki),
        apoptosis.occupancy(acting.drug_blood, acting.free_bim_blood, p.apoptosis),
        apoptosis.occupancy(acting.drug_node, acting.free_bim_node, p.apoptosis),
        btk_turnover.occupancy(state.btk_blood),
        btk_turnover.occupancy(state.btk_node),
        *(cells[i] + cells[i + 4] for i in range(4)),
        cells[8] + cells[9] + cells[10] + cells[11],
        marrow_cells(state),
        infiltration(state, p),
        deaths(acting, resting_effect(p), p).protected[0],
        state.neutrophils[-1],
        state.platelets[-1],
        state.haemoglobin[0],
        urate / p.tumour_lysis.urate_volume,
        *electrolytes,
        lysed,
    )


def baseline(protected: Value, shares: tuple[Value, ...], marrow: Value, p: Params) -> tuple[Value, ...]:
    """Untreated state: balanced growth, steady blood counts and chemistry, full BTK, no drug.

    Parameters
    ----------
    protected
        Node-protected malignant cells [cells], shape (n_patients,).
    shares
        Share of each clone S, V, B, D [fraction], each of shape (n_patients,).
    marrow
        Malignant marrow cells [cells], shape (n_patients,).
    p
        Parameters.
    """
    none, all_ = 0 * p.bcl2i.ka / p.bcl2i.ka, p.bcl2i.ka / p.bcl2i.ka
    filled = marrow / (marrow + p.marrow.normal_cells)
    return (
        *(none,) * 6,
        all_,
        all_,
        none,
        all_,
        *clones.baseline(protected, shares, marrow, p.clones),
        *neutrophils.baseline(filled, p.neutrophils),
        *platelets.baseline(filled, p.platelets),
        *haemoglobin.baseline(filled, p.haemoglobin),
        *tumour_lysis.baseline(p.tumour_lysis),
    )


def rates_by_name(y: tuple[Value, ...], values: Mapping[str, Value]) -> tuple[Value, ...]:
    """:func:`rates` with parameters by name, as the solvers call it."""
    return rates(0 * y[0], y, params(values))


def observe_by_name(y: tuple[Value, ...], values: Mapping[str, Value]) -> tuple[Value, ...]:
    """:func:`observe` with parameters by name, as the solvers call it."""
    return observe(y, params(values))
