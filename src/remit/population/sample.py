"""Candidates: covariates, parameters and clones of virtual patients, before any history.

The fate of a candidate depends on seed, draw and index alone. Every quantity has a stream of its own,
so adding one leaves the others as they are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit import model
from remit.dosing import Floats, Integers
from remit.functions import exp, log, power
from remit.population.distributions import FIXED, Spread, correlated, values
from remit.population.markers import MARKERS
from remit.random import draws, exponentials, logistic, normals

Column = NDArray[Any]
"""One covariate of all candidates: numbers, flags or words."""

DRAW_SPAN = 1_000_000
"""Candidates of one draw have counters ``draw * DRAW_SPAN + index``."""


@dataclass(frozen=True, slots=True)
class PopulationSpec:
    """All that a population is drawn from, in canonical units.

    ``typical`` holds every parameter of the model and of ``remit.population.parameters.TABLES`` by name
    (``component.symbol``); ``spreads`` those that vary between patients. ``one_cell_extinction`` replaces
    stochastic extinction by a cut at one cell.
    """

    typical: Mapping[str, float]
    spreads: Mapping[str, Spread]
    one_cell_extinction: bool = False

    @property
    def has_history(self) -> bool:
        """Whether patients come with an earlier BTK inhibitor course."""
        return "history.daily_dose" in self.typical

    def __getitem__(self, name: str) -> float:
        """Typical value of a parameter."""
        return self.typical[name]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Sampled patients, each array of shape (n_patients,) unless said.

    ``counter`` is the counter of all later draws, ``parameters`` (n_patients, n_parameters) is in the
    order of ``model.PARAMETERS``, ``thresholds`` (n_patients, n_groups) in that of
    ``model.EXTINCTION_GROUPS``, ``shares`` (4, n_patients) in that of the clones.
    """

    index: Integers
    counter: Integers
    covariates: dict[str, Column]
    parameters: Floats
    thresholds: Floats
    protected: Floats
    marrow: Floats
    shares: Floats
    refractory: NDArray[np.bool_]
    residual: Floats

    def column(self, name: str) -> Floats:
        """Values of one parameter of the model."""
        return self.parameters[:, list(model.PARAMETERS).index(name)]


def counters(draw: int, index: Integers) -> Integers:
    """Counters of the candidates of a draw."""
    return np.asarray(index, dtype=np.int64) + draw * DRAW_SPAN


def deviates(seed: int, name: str, spread: Spread, counter: Integers) -> Floats:
    """Standard normal deviates of a quantity, shape (n_patients,)."""
    return normals(seed, f"between patients: {spread.same_draw_as or name}", counter)[:, 0]


def varied(seed: int, spec: PopulationSpec, name: str, counter: Integers) -> Floats:
    """Values of one parameter between patients, shape (n_patients,)."""
    spread = spec.spreads.get(name, FIXED)
    if spread.distribution == "fixed":
        return np.full(len(counter), float(spec[name]))
    return values(spread, spec[name], deviates(seed, name, spread, counter))


def model_values(
    seed: int, spec: PopulationSpec, names: Iterable[str], counter: Integers
) -> dict[str, Floats]:
    """Values of model parameters between patients, kept inside the range that the model declares."""
    found: dict[str, Floats] = {}
    for name in names:
        declared = model.PARAMETERS[name]
        found[name] = np.clip(varied(seed, spec, name, counter), declared.low, declared.high)
    if {"bcl2i.CL", "bcl2i.Vc"} <= found.keys():
        found["bcl2i.Vc"] = _volume(seed, spec, counter)
    return found


def _volume(seed: int, spec: PopulationSpec, counter: Integers) -> Floats:
    """Central volume, correlated with clearance."""
    clearance, volume = (spec.spreads.get(f"bcl2i.{each}", FIXED) for each in ("CL", "Vc"))
    first, second = (
        deviates(seed, f"bcl2i.{name}", spread, counter)
        for name, spread in (("CL", clearance), ("Vc", volume))
    )
    return values(volume, spec["bcl2i.Vc"], correlated(first, second, spec["correlations.clearance_volume"]))


def covariates(seed: int, spec: PopulationSpec, counter: Integers) -> dict[str, Column]:
    """What is recorded about candidates, under the names of ADSL."""

    def share(name: str) -> NDArray[np.bool_]:
        return draws(seed, f"covariate: {name}", counter)[:, 0] < spec[f"covariates.{name}"]

    china = share("china_probability")
    where = ("china", "other")
    age_deviate, weight_deviate, renal_deviate = (
        normals(seed, f"covariate: {name}", counter)[:, 0]
        for name in ("age", "weight", "creatinine_clearance")
    )

    def by_region(name: str, deviate: Floats) -> Floats:
        here, there = (
            values(
                spec.spreads.get(f"covariates.{name}_{each}", FIXED),
                spec[f"covariates.{name}_{each}"],
                deviate,
            )
            for each in where
        )
        return np.where(china, here, there)

    with_age = spec["correlations.age_creatinine_clearance"]
    with_weight = spec["correlations.weight_creatinine_clearance"]
    own = np.sqrt(max(0.0, 1 - with_age * with_age - with_weight * with_weight))
    renal = with_age * age_deviate + with_weight * weight_deviate + own * renal_deviate
    renal_spread = spec.spreads.get("covariates.creatinine_clearance", FIXED)
    further = draws(seed, "covariate: lines", counter, 4) < spec["covariates.further_line_probability"]
    found: dict[str, Column] = {
        "COUNTRY": np.where(china, "China", "other"),
        "REGION": np.where(china, "china", "other"),
        "SEX": np.where(share("female_probability"), "F", "M"),
        "AGE": np.maximum(by_region("age", age_deviate), 18.0),
        "WEIGHT": by_region("weight", weight_deviate),
        "PRIORLN": np.round(spec["covariates.fewest_lines"]).astype(np.int64) + further.sum(axis=1),
        **markers(seed, spec, counter),
        "BCL2EXP": varied(seed, spec, "covariates.bcl2_expression", counter),
        "CRCL": values(renal_spread, spec["covariates.creatinine_clearance"], renal),
    }
    if "covariates.ki67" in spec.typical:
        found["KI67"] = ki67(seed, spec, counter, present(found, "BLASTFL", len(counter)))
    return found


def markers(seed: int, spec: PopulationSpec, counter: Integers) -> dict[str, Column]:
    """Flags of the markers that are known in the population."""
    return {
        each.column: draws(seed, f"covariate: {each.name}_probability", counter)[:, 0]
        < spec[f"marker_shares.{each.name}"]
        for each in MARKERS
        if f"marker_shares.{each.name}" in spec.typical
    }


def present(known: Mapping[str, Column], column: str, n: int) -> NDArray[np.bool_]:
    """Who is known to carry a marker; nobody where it is unknown."""
    return np.asarray(known.get(column, np.zeros(n, dtype=bool)), dtype=bool)


def marker_factor(spec: PopulationSpec, known: Mapping[str, Column], effect: str, n: int) -> Floats:
    """Product of an effect [fold] of the markers that each patient carries, shape (n_patients,)."""
    factor = np.ones(n)
    for each in MARKERS:
        size = spec.typical.get(f"markers.{each.name}_{effect}")
        if size is not None and each.column in known:
            factor = factor * np.where(present(known, each.column, n), size, 1.0)
    return factor


def ki67(seed: int, spec: PopulationSpec, counter: Integers, blastoid: NDArray[np.bool_]) -> Floats:
    """Ki-67 [fraction], higher in blastoid disease."""
    plain = varied(seed, spec, "covariates.ki67", counter)
    return logistic(log(plain / (1 - plain)) + spec.typical.get("effects.blastoid_ki67", 0.0) * blastoid)


def growth_factor(spec: PopulationSpec, known: Mapping[str, Column], n: int) -> Floats:
    """Factor of covariates on the growth rate, shape (n_patients,)."""
    factor = marker_factor(spec, known, "growth", n)
    if "KI67" not in known or "effects.ki67_growth" not in spec.typical:
        return factor
    relative = np.asarray(known["KI67"]) / spec["effects.ki67_reference"]
    return np.asarray(power(relative, spec["effects.ki67_growth"])) * factor


def clone_shares(
    seed: int,
    spec: PopulationSpec,
    counter: Integers,
    known: Mapping[str, Column],
    refractory: NDArray[np.bool_],
) -> Floats:
    """Shares of clones S, V, B and D, shape (4, n_patients), summing to one."""
    n, shift = len(counter), np.zeros(len(counter))
    for each in MARKERS:
        size = spec.typical.get(f"markers.{each.name}_resistance")
        if size is not None and each.column in known:
            shift = shift + size * present(known, each.column, n)
    logarithms = [
        np.minimum(varied(seed, spec, f"clone_shares.log10_{clone}", counter), 0.0) + shift for clone in "VBD"
    ]
    shares = [exp(log(10.0) * value) for value in logarithms]
    shares[2] = np.where(refractory, varied(seed, spec, "refractory.D_share", counter), shares[2])
    if "refractory.V_share" in spec.typical:
        shares[0] = np.where(refractory, varied(seed, spec, "refractory.V_share", counter), shares[0])
    room = np.where(refractory, 1 - shares[2], 1.0)
    resistant = [np.minimum(shares[0], 0.99) * room, np.minimum(shares[1], 0.99) * room]
    total = resistant[0] + resistant[1] + np.minimum(shares[2], 0.99)
    scale = np.where(total > 0.999, 0.999 / total, 1.0)
    v, b, d = (each * scale for each in (*resistant, np.minimum(shares[2], 0.99)))
    return np.stack([1 - v - b - d, v, b, d])


def refractory_subgroup(
    seed: int, spec: PopulationSpec, counter: Integers, known: Mapping[str, Column]
) -> NDArray[np.bool_]:
    """Who is refractory from the start; markers act on the odds."""
    odds = marker_factor(spec, known, "refractory", len(counter))
    share = spec["refractory.probability"]
    return draws(seed, "refractory", counter)[:, 0] < share * odds / (1 - share + share * odds)


def sample_candidates(seed: int, draw: int, index: Integers, spec: PopulationSpec) -> Candidates:
    """Candidates of a draw, before plausibility, history and screening.

    Parameters
    ----------
    seed
        Seed of the run.
    draw
        Parameter draw; part of the counter of every patient.
    index
        Indices of candidates, shape (n_patients,).
    spec
        Typical values and spreads.
    """
    counter = counters(draw, index)
    n = len(counter)
    known = covariates(seed, spec, counter)
    found = model_values(seed, spec, model.PARAMETERS, counter)
    burden_deviate = deviates(seed, "burden.protected_cells", FIXED, counter)
    growth_spread = spec.spreads.get("clones.growth_rate", FIXED)
    growth_deviate = correlated(
        burden_deviate,
        deviates(seed, "clones.growth_rate", growth_spread, counter),
        spec["correlations.burden_growth"],
    )
    growth = values(growth_spread, spec["clones.growth_rate"], growth_deviate)
    found["clones.growth_rate"] = growth * growth_factor(spec, known, n)
    found["apoptosis.BCL2"] = found["apoptosis.BCL2"] * np.asarray(known["BCL2EXP"])
    found["apoptosis.BIM"] = found["apoptosis.BIM"] * marker_factor(spec, known, "priming", n)
    sensitive = marker_factor(spec, known, "cytotoxic", n)
    found["cytotoxic.sensitivity"] = found["cytotoxic.sensitivity"] * sensitive
    at_c481 = draws(seed, "resistance at C481", counter)[:, 0] < spec["btk.mutant_at_C481"]
    found["btk.mutant_at_C481"] = at_c481.astype(float)
    renal = np.asarray(known["CRCL"]) / spec["covariates.normal_creatinine_clearance"]
    found["tumour_lysis.renal_function"] = np.minimum(renal, 1.5)
    found["tumour_lysis.creatinine_baseline"] = found["tumour_lysis.creatinine_baseline"] / np.minimum(
        renal, 1.5
    )
    refractory = refractory_subgroup(seed, spec, counter, known)
    burden = values(
        spec.spreads.get("burden.protected_cells", FIXED), spec["burden.protected_cells"], burden_deviate
    )
    thresholds = exponentials(seed, "extinction", counter, len(model.EXTINCTION_GROUPS))
    return Candidates(
        index=np.asarray(index, dtype=np.int64),
        counter=counter,
        covariates=known,
        parameters=np.stack([found[name] for name in model.PARAMETERS], axis=1),
        thresholds=np.ones_like(thresholds) if spec.one_cell_extinction else thresholds,
        protected=burden,
        marrow=burden * varied(seed, spec, "burden.marrow_share", counter),
        shares=clone_shares(seed, spec, counter, known, refractory),
        refractory=refractory,
        residual=np.clip(varied(seed, spec, "residual.mass_share", counter), 0.0, 0.95) * np.ones(n),
    )


def untreated_state(candidates: Candidates) -> Floats:
    """State of candidates in balanced untreated growth, shape (n_patients, n_states)."""
    columns = dict(zip(model.PARAMETERS, candidates.parameters.T, strict=True))
    parts = model.baseline(
        candidates.protected, tuple(candidates.shares), candidates.marrow, model.params(columns)
    )
    return np.stack(np.broadcast_arrays(*parts), axis=1).copy()


def select(candidates: Candidates, keep: NDArray[np.bool_]) -> Candidates:
    """The candidates that are kept."""
    return Candidates(
        index=candidates.index[keep],
        counter=candidates.counter[keep],
        covariates={name: column[keep] for name, column in candidates.covariates.items()},
        parameters=candidates.parameters[keep],
        thresholds=candidates.thresholds[keep],
        protected=candidates.protected[keep],
        marrow=candidates.marrow[keep],
        shares=candidates.shares[:, keep],
        refractory=candidates.refractory[keep],
        residual=candidates.residual[keep],
    )
