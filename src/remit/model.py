"""The therapeutic model: pharmacokinetics, pathway, tumour and safety coupled into one system.

Written once, in the arithmetic of the equation files, this module serves as the NumPy reference, the
unit check (called with pint quantities), and the source of the generated kernel (called with SymPy
symbols). Structure: ``docs/explanation/model.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from remit.functions import where
from remit.pathway import adaptation, apoptosis, btk_turnover, commitment, empirical_kill
from remit.pathway.commitment import BtkEffect, Effect
from remit.pk import two_compartment_oral
from remit.safety import b_cells, haemoglobin, infections, neutrophils, platelets, tumour_lysis
from remit.tumour import clones, paraprotein
from remit.units import Quantity, Value, quantities, quantity

NAME = "bcl2_btk_lymphoma"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarrowParams:
    """The marrow in which malignant and normal cells compete for room."""

    normal_cells: Value = quantity("cells", meaning="normal marrow cells", low=0)
    tissue_share: Value = quantity(
        "fraction",
        meaning="share of tissue cells that lie in marrow: 0 in nodal disease, 1 in acute leukaemia",
        low=0,
        high=1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodParams:
    """What circulates beside the cells that the model follows."""

    cells_per_count: Value = quantity(
        "cells/(1e9/L)", meaning="cells in all blood at a count of 1e9/L: the blood volume", low=1e-12
    )
    other_lymphocytes: Value = quantity("1e9/L", meaning="T and natural killer cells", low=0)
    other_leukocytes: Value = quantity(
        "1e9/L", meaning="leukocytes that are neither neutrophils nor lymphocytes", low=0
    )
    lymphoid: Value = quantity(
        "fraction",
        meaning="share of circulating malignant cells that count as lymphocytes",
        low=0,
        high=1,
    )


COMPONENTS: dict[str, type] = {
    "bcl2i": two_compartment_oral.Params,
    "btki": two_compartment_oral.Params,
    "btk": btk_turnover.Params,
    "antibody": empirical_kill.Params,
    "cytotoxic": empirical_kill.Params,
    "apoptosis": apoptosis.Params,
    "adaptation": adaptation.Params,
    "clones": clones.Params,
    "paraprotein": paraprotein.Params,
    "marrow": MarrowParams,
    "blood": BloodParams,
    "neutrophils": neutrophils.Params,
    "platelets": platelets.Params,
    "haemoglobin": haemoglobin.Params,
    "b_cells": b_cells.Params,
    "infections": infections.Params,
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
    **btk_turnover.RELIANCE,
    **adaptation.STATES,
    "antibody_amount": "fold",
    "cytotoxic_amount": "fold",
    **clones.STATES,
    **paraprotein.STATES,
    **neutrophils.STATES,
    **platelets.STATES,
    **haemoglobin.STATES,
    **b_cells.STATES,
    **infections.STATES,
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

DOSED = {
    "bcl2i": "bcl2i_depot",
    "btki": "btki_depot",
    "antibody": "antibody_amount",
    "cytotoxic": "cytotoxic_amount",
    "gcsf": "gcsf",
    "rasburicase": "rasburicase",
    "red_cells": "transfused_haemoglobin",
    "platelet_transfusion": "platelets",
}
"""State that receives the doses of each class of drug or support, in the unit of the state."""


@dataclass(frozen=True, slots=True)
class Params:
    """All parameters, by component."""

    bcl2i: two_compartment_oral.Params
    btki: two_compartment_oral.Params
    btk: btk_turnover.Params
    antibody: empirical_kill.Params
    cytotoxic: empirical_kill.Params
    apoptosis: apoptosis.Params
    adaptation: adaptation.Params
    clones: clones.Params
    paraprotein: paraprotein.Params
    marrow: MarrowParams
    blood: BloodParams
    neutrophils: neutrophils.Params
    platelets: platelets.Params
    haemoglobin: haemoglobin.Params
    b_cells: b_cells.Params
    infections: infections.Params
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
    reliance: tuple[Value, ...]
    adaptation: tuple[Value, ...]
    antibody: tuple[Value, ...]
    cytotoxic: tuple[Value, ...]
    cells: tuple[Value, ...]
    paraprotein: tuple[Value, ...]
    neutrophils: tuple[Value, ...]
    platelets: tuple[Value, ...]
    haemoglobin: tuple[Value, ...]
    b_cells: tuple[Value, ...]
    infections: tuple[Value, ...]
    lysis: tuple[Value, ...]


def view(y: tuple[Value, ...]) -> View:
    """Split a state, in the order of ``STATES``, by module."""
    sizes = (3, 3, 1, 1, 1, 2, 1, 1, 20, 1, 6, 5, 3, 1, 1, 7)
    parts: list[tuple[Value, ...]] = []
    start = 0
    for size in sizes:
        parts.append(tuple(y[start : start + size]))
        start += size
    return View(*parts)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What acts on cells at one state: drug concentrations [nmol/L] and BTK occupancies [fraction]."""

    bcl2i: Value
    btki: Value
    occupied_blood: Value
    occupied_node: Value


def exposure(state: View, p: Params) -> Exposure:
    """Concentrations and occupancies of a state."""
    inhibitor = two_compartment_oral.concentration(state.btki, p.btki)
    return Exposure(
        two_compartment_oral.concentration(state.bcl2i, p.bcl2i),
        inhibitor,
        btk_turnover.occupancy(state.btk_blood, inhibitor, p.btk),
        btk_turnover.occupancy(state.btk_node, inhibitor * p.btk.node_penetration, p.btk),
    )


def effect(state: View, acting: Exposure, p: Params) -> Effect:
    """Commitment to death at each site."""
    felt = BtkEffect(acting.occupied_node, btk_turnover.mutant_share(p.btk))
    return commitment.effect(state.adaptation, felt, acting.bcl2i, p.apoptosis, p.adaptation)


def inhibition(state: View, acting: Exposure, p: Params) -> clones.Inhibition:
    """What each clone feels of the BTK inhibitor; clones B and D carry an escape from it."""
    felt, share = acting.occupied_node, btk_turnover.mutant_share(p.btk)
    signalling = felt * state.reliance[0]
    return clones.Inhibition(
        (felt, felt, felt * share, felt * share), (signalling, signalling, felt * share, felt * share)
    )


def gained(with_drug: Value, without: Value) -> Value:
    """What commitment adds to that of the same cell without drug [fraction]; below zero it is none."""
    return where(with_drug - without, with_drug - without, 0 * without)


def deaths(committed: Effect, resting: Effect, state: View, p: Params) -> clones.Deaths:
    """Drug-induced death rates: what commitment adds to that of the same cells without drug, and partners.

    Death without drug is part of net growth; subtracting it makes the untreated course independent of
    the drug. A negative difference, which adaptation could cause, counts as none.
    """
    a = p.apoptosis
    partners = zip(
        empirical_kill.tumour_kill(state.antibody, p.antibody),
        empirical_kill.tumour_kill(state.cytotoxic, p.cytotoxic),
        strict=True,
    )
    in_node, in_blood, in_marrow = (first + second for first, second in partners)

    node = [
        a.kill_factor * a.kmax_node * gained(*pair) for pair in zip(committed.node, resting.node, strict=True)
    ]
    blood = [a.kmax_blood * gained(*pair) for pair in zip(committed.blood, resting.blood, strict=True)]
    marrow = [a.kmax_marrow * gained(*pair) for pair in zip(committed.marrow, resting.marrow, strict=True)]
    return clones.Deaths(
        tuple(rate + in_node for rate in node),
        tuple(p.clones.slow_kill * rate + in_node for rate in node),
        tuple(a.released_fold * rate + in_node for rate in node),
        tuple(rate + in_blood for rate in blood),
        tuple(rate + in_marrow for rate in marrow),
    )


def resting_effect(p: Params) -> Effect:
    """Commitment without drug, BTK inhibition or adaptation; a constant of the patient."""
    return commitment.resting(p.apoptosis, p.adaptation)


def tissue_cells(cells: tuple[Value, ...]) -> Value:
    """Malignant cells in nodes or other tissue, protected in both colonies and released."""
    return sum(cells[1:12], cells[0])


def blood_cells(cells: tuple[Value, ...]) -> Value:
    """Malignant cells in blood."""
    return sum(cells[13:16], cells[12])


def marrow_pool(cells: tuple[Value, ...]) -> Value:
    """Malignant cells of the site that is marrow in nodal disease."""
    return sum(cells[17:20], cells[16])


def marrow_cells(cells: tuple[Value, ...], p: Params) -> Value:
    """Malignant cells in marrow, with those of a tissue that lies in it."""
    return marrow_pool(cells) + p.marrow.tissue_share * tissue_cells(cells)


def infiltration(cells: tuple[Value, ...], p: Params) -> Value:
    """Share of marrow cells that are malignant [fraction]."""
    malignant = marrow_cells(cells, p)
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
    acting = exposure(state, p)
    committed = effect(state, acting, p)
    dying = deaths(committed, resting_effect(p), state, p)
    filled = infiltration(state.cells, p)
    lysing = clones.drug_deaths(state.cells, dying)
    drug, inhibitor = committed.drug_blood, acting.btki
    antibody, cytotoxic = state.antibody[0], state.cytotoxic[0]
    progenitors = antibody * p.antibody.progenitor_kill + cytotoxic * p.cytotoxic.progenitor_kill
    b_cells_killed = antibody * p.antibody.b_cell_kill + cytotoxic * p.cytotoxic.b_cell_kill
    return (
        *two_compartment_oral.rates(t, state.bcl2i, p.bcl2i),
        *two_compartment_oral.rates(t, state.btki, p.btki),
        *btk_turnover.rates(state.btk_blood, inhibitor, p.btk),
        *btk_turnover.rates(state.btk_node, inhibitor * p.btk.node_penetration, p.btk),
        *btk_turnover.reliance_rates(state.reliance, acting.occupied_node, p.btk),
        *adaptation.rates(
            state.adaptation,
            gained(committed.node[0], resting_effect(p).node[0]),
            acting.occupied_node,
            p.adaptation,
        ),
        *empirical_kill.rates(state.antibody, p.antibody),
        *empirical_kill.rates(state.cytotoxic, p.cytotoxic),
        *clones.rates(state.cells, inhibition(state, acting, p), dying, p.clones),
        *paraprotein.rates(
            state.paraprotein,
            tissue_cells(state.cells) + marrow_pool(state.cells),
            p.paraprotein,
        ),
        *neutrophils.rates(state.neutrophils, drug, filled, progenitors, p.neutrophils),
        *platelets.rates(state.platelets, drug, bclxl_occupancy(drug, p), filled, progenitors, p.platelets),
        *haemoglobin.rates(state.haemoglobin, filled, progenitors, p.haemoglobin),
        *b_cells.rates(state.b_cells, acting.bcl2i * p.apoptosis.potency_exposure, b_cells_killed, p.b_cells),
        *infections.rates(state.neutrophils[4], p.infections),
        *tumour_lysis.rates(state.lysis, lysing, p.tumour_lysis),
    )


OBSERVABLES: dict[str, str] = {
    "bcl2i_concentration": "nmol/L",
    "btki_concentration": "nmol/L",
    "bcl2_occupancy_blood": "fraction",
    "bcl2_occupancy_node": "fraction",
    "btk_occupancy_blood": "fraction",
    "btk_occupancy_node": "fraction",
    "bclxl_occupancy": "fraction",
    "node_S": "cells",
    "node_V": "cells",
    "node_B": "cells",
    "node_D": "cells",
    "blood_tumour": "cells",
    "marrow_tumour": "cells",
    "tumour": "cells",
    "marrow_infiltration": "fraction",
    "mrd_blood": "fraction",
    "node_death_rate": "1/day",
    "blood_death_rate": "1/day",
    "lymphocytes": "1e9/L",
    "normal_b_cells": "1e9/L",
    "paraprotein": "g/L",
    "neutrophils": "1e9/L",
    "platelets": "1e9/L",
    "haemoglobin": "g/L",
    "infection_hazard": "fold",
    "urate": "mmol/L",
    "potassium": "mmol/L",
    "phosphate": "mmol/L",
    "calcium": "mmol/L",
    "creatinine": "umol/L",
    "lysed_cells": "cells",
}
"""What a trial may see of a patient: name and unit. ``paraprotein`` is all immunoglobulin M."""


def circulating(state: View, p: Params) -> tuple[Value, Value]:
    """Lymphocytes [1e9/L], and malignant cells relative to all leukocytes in blood [fraction]."""
    malignant = blood_cells(state.cells) / p.blood.cells_per_count
    normal = p.blood.other_lymphocytes + state.b_cells[0]
    every = malignant + normal + p.blood.other_leukocytes + state.neutrophils[4]
    return normal + p.blood.lymphoid * malignant, malignant / every


def observe(y: tuple[Value, ...], p: Params) -> tuple[Value, ...]:
    """Observables in the order and unit of ``OBSERVABLES``."""
    state = view(y)
    acting = exposure(state, p)
    committed = effect(state, acting, p)
    dying = deaths(committed, resting_effect(p), state, p)
    cells = state.cells
    lymphocytes, mrd = circulating(state, p)
    lysed, urate, *electrolytes, _ = state.lysis
    return (
        acting.bcl2i,
        acting.btki,
        apoptosis.occupancy(committed.drug_blood, committed.free_bim_blood, p.apoptosis),
        apoptosis.occupancy(committed.drug_node, committed.free_bim_node, p.apoptosis),
        acting.occupied_blood,
        acting.occupied_node,
        bclxl_occupancy(committed.drug_blood, p),
        *(cells[i] + cells[i + 4] + cells[i + 8] for i in range(4)),
        blood_cells(cells),
        marrow_cells(cells, p),
        sum(cells[1:], cells[0]),
        infiltration(cells, p),
        mrd,
        dying.protected[0],
        dying.blood[0],
        lymphocytes,
        state.b_cells[0],
        state.paraprotein[0] + p.paraprotein.background,
        state.neutrophils[4],
        state.platelets[-1],
        haemoglobin.total(state.haemoglobin),
        infections.relative_hazard(state.neutrophils[4], p.infections),
        urate / p.tumour_lysis.urate_volume,
        *electrolytes,
        lysed,
    )


def baseline(protected: Value, shares: tuple[Value, ...], marrow: Value, p: Params) -> tuple[Value, ...]:
    """Untreated state: balanced growth, steady blood counts and chemistry, full BTK, no drug.

    Parameters
    ----------
    protected
        Protected malignant cells in tissue [cells], shape (n_patients,).
    shares
        Share of each clone S, V, B, D [fraction], each of shape (n_patients,).
    marrow
        Malignant cells in marrow that exchange with no other site [cells], shape (n_patients,).
    p
        Parameters.
    """
    none, all_ = 0 * p.bcl2i.ka / p.bcl2i.ka, p.bcl2i.ka / p.bcl2i.ka
    # The room that cells leave is that of cells which had all of it: released cells differ by a few percent.
    room = clones.room_left(clones.baseline(protected, shares, marrow, p.clones), p.clones)
    cells = clones.baseline(protected, shares, marrow, p.clones, room)
    filled = infiltration(cells, p)
    secreting = tissue_cells(cells) + marrow
    return (
        *(none,) * 6,
        all_,
        all_,
        all_,
        none,
        all_,
        none,
        none,
        *cells,
        *paraprotein.baseline(secreting, p.clones.growth_rate * room, p.paraprotein),
        *neutrophils.baseline(filled, p.neutrophils),
        *platelets.baseline(filled, p.platelets),
        *haemoglobin.baseline(filled, p.haemoglobin),
        *b_cells.baseline(p.b_cells),
        0 * p.neutrophils.MTT,
        *tumour_lysis.baseline(p.tumour_lysis),
    )


def rates_by_name(y: tuple[Value, ...], values: Mapping[str, Value]) -> tuple[Value, ...]:
    """:func:`rates` with parameters by name, as the solvers call it."""
    return rates(0 * y[0], y, params(values))


def observe_by_name(y: tuple[Value, ...], values: Mapping[str, Value]) -> tuple[Value, ...]:
    """:func:`observe` with parameters by name, as the solvers call it."""
    return observe(y, params(values))
