"""What the sensitivity analysis varies: one assumption at a time about the typical parameter draw.

A variation shifts values along their own uncertainty, or replaces a choice of the analysis. Everything
else, the virtual patients' deviates included, is held.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from remit.dosing import Floats
from remit.library import Entry
from remit.library.posteriors import members
from remit.population.distributions import normal_probability
from remit.run.draws import typical_values
from remit.study import Scenario, Study

EDGE = float(np.sqrt(3))
"""Deviate of the low and high level. With weights of 1/6 they and the middle integrate a normal exactly up
to the fifth power (three-point Gauss-Hermite rule), so that levels serve the shares of variance too."""
LEVELS = {"low (4th percentile)": -EDGE, "high (96th percentile)": EDGE}
REFERENCE = "as assumed"
"""Factor of the typical draw itself."""
DISEASE = "disease biology"
"""Factor whose levels are members of the calibration, all fitted values together."""
N_MEMBERS = 8

POTENCY, KILL, HALF_LIFE = "potency and exposure", "maximum kill of the drug", "half-life"
ALONG = {
    POTENCY: "apoptosis.potency_exposure",
    "clearance": "bcl2i.CL",
    "unbound fraction in plasma": "apoptosis.fu",
    "unbound drug in nodes": "apoptosis.node_penetration",
    "exposure in China": "pharmacy.F_china",
    "refractory share": "refractory.probability",
    "maximum kill in nodes": "apoptosis.kmax_node",
    "BCL-XL in nodes": "apoptosis.BCLXL_node",
    "BIM": "apoptosis.BIM",
    "MCL-1": "apoptosis.MCL1",
    "release from nodes": "clones.detachment_rate",
    "node adaptation": "adaptation.gain",
    "growth of sensitive cells": "clones.growth_rate",
    "faster growth of resistant cells": "clones.resistant_growth_fold",
    "residual mass": "residual.mass_share",
    "burden at entry": "burden.protected_cells",
    "cells that resist the drug at entry": "clone_shares.log10_V",
    "cells that resist the BTK inhibitor": "clone_shares.log10_B",
}
"""Assumptions that are one uncertain value of the library."""
KILL_SPREADS = (0.3, 0.6)
AS_DOSES = "as assumed, single doses"
HALF_LIFE_LEVELS = {"short (4th percentile)": -EDGE, AS_DOSES: 0.0, "long (96th percentile)": EDGE}
VOLUMES = ("bcl2i.Vc", "bcl2i.Vp")
SOURCES = (REFERENCE, DISEASE, POTENCY, KILL, HALF_LIFE)
"""Factors by which the interval of every scenario is divided; the others are varied under one resistance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """One level of one assumption.

    ``deviates`` shifts values along their uncertainty, ``factors`` multiplies them, ``member`` takes all
    fitted values from one member of the calibration. None of ``extinction`` and ``recalled_records``
    leaves the choice of the study; ``as_doses`` gives single doses in place of their daily average.
    """

    factor: str
    level: str
    note: str
    deviates: Mapping[str, float] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)
    member: int | None = None
    extinction: str | None = None
    recalled_records: str | None = None
    as_doses: bool = False


def varied_scenarios(study: Study, factor: str = REFERENCE) -> tuple[Scenario, ...]:
    """Scenarios of the investigational arm under which a factor is varied.

    All of them for the sources of the interval's width; for other factors those with the first form of
    resistance.
    """
    own = [each for each in study.scenarios if study.arm(each.arm).role == "investigational"]
    return tuple(each for each in own if factor in SOURCES or each.resistance == own[0].resistance)


def variations(study: Study) -> tuple[Variation, ...]:
    """Every variation of a study, the unchanged reference first; none without an investigational arm."""
    scenarios = varied_scenarios(study)
    if not scenarios:
        return ()
    entries, analysis = study.values(scenarios[0].arm, scenarios[0].name), study.file.analysis
    fitted = members(analysis.calibration, analysis.recalled_records)
    reference = Variation(factor=REFERENCE, level="typical draw", note="nothing varied")
    found = [reference, *_along(entries, fitted), *_kill(entries), *_half_life(entries), *_choices(study)]
    return (*found, *_members(fitted))


def _along(entries: Mapping[str, Entry], fitted: Mapping[str, object]) -> list[Variation]:
    """Low and high level of every assumption that is one uncertain value."""
    uncertain = {
        factor: name
        for factor, name in ALONG.items()
        if name in fitted or (name in entries and entries[name].uncertainty is not None)
    }
    return [
        Variation(
            factor=factor,
            level=level,
            note=f"{name} along its {'calibrated' if name in fitted else 'prior'} uncertainty",
            deviates={name: deviate},
        )
        for factor, name in uncertain.items()
        for level, deviate in LEVELS.items()
    ]


def _kill(entries: Mapping[str, Entry]) -> list[Variation]:
    """Ends of the drug's own maximum kill for each spread within the class that is assumed."""
    if "apoptosis.kill_factor" not in entries:
        return []
    return [
        Variation(
            factor=KILL,
            level=f"{end} at SD {spread:g}",
            note="apoptosis.kill_factor; the spread between drugs of the class is assumed, never estimated",
            factors={"apoptosis.kill_factor": float(np.exp(sign * EDGE * spread))},
        )
        for spread in KILL_SPREADS
        for end, sign in (("low", -1), ("high", 1))
    ]


def _half_life(entries: Mapping[str, Entry]) -> list[Variation]:
    """Half-lives at the same average exposure, given as single doses; the middle one is the reference."""
    if any(name not in entries or entries[name].uncertainty is None for name in VOLUMES):
        return []
    return [
        Variation(
            factor=HALF_LIFE,
            level=level,
            note="both volumes along their uncertainty at the same clearance; simulated with single doses",
            deviates=dict.fromkeys(VOLUMES, deviate),
            as_doses=True,
        )
        for level, deviate in HALF_LIFE_LEVELS.items()
    ]


def _choices(study: Study) -> list[Variation]:
    """The other choices of the analysis."""
    analysis = study.file.analysis
    rules = {"stochastic": "by chance per cell", "one_cell": "below one cell"}
    found = [
        Variation(factor="extinction", level=level, note="rule by which a clone dies out", extinction=rule)
        for rule, level in rules.items()
        if rule != analysis.extinction
    ]
    if analysis.calibration == "none":
        return found
    weights = {"full": "at full weight", "default": "at half weight", "absent": "left out"}
    return [
        *found,
        *(
            Variation(
                factor="recalled records",
                level=level,
                note="published records that were recalled and not yet checked, in the calibration",
                recalled_records=weight,
            )
            for weight, level in weights.items()
            if weight != analysis.recalled_records
        ),
    ]


def _members(fitted: Mapping[str, Floats]) -> list[Variation]:
    """All fitted values from evenly spaced members of the calibration, none of them twice."""
    if not fitted:
        return []
    _, different = np.unique(np.stack(list(fitted.values())), axis=1, return_index=True)
    places = np.linspace(0, len(different) - 1, min(N_MEMBERS, len(different))).round().astype(int)
    chosen = np.sort(different)[places].tolist()
    return [
        Variation(factor=DISEASE, level=f"member {each}", note="all fitted values together", member=each)
        for each in chosen
    ]


def varied_values(
    study: Study, scenario: Scenario, variation: Variation, seed: int
) -> tuple[dict[str, float], str]:
    """Typical values under a variation, in canonical units, and the rule of extinction."""
    analysis = study.file.analysis
    entries = study.values(scenario.arm, scenario.name)
    weight = variation.recalled_records or analysis.recalled_records
    fitted = members(analysis.calibration, weight)
    found = typical_values(seed, entries, 0, 1, fitted)
    if variation.member is not None:
        found |= {name: float(each[variation.member]) for name, each in fitted.items() if name in found}
    for name, deviate in variation.deviates.items():
        found[name] = _shifted(entries[name], fitted.get(name), deviate)
    for name, factor in variation.factors.items():
        found[name] *= factor
    return found, variation.extinction or analysis.extinction


def _shifted(entry: Entry, fitted: Floats | None, deviate: float) -> float:
    """A value at a deviate of its calibration, or else of its prior."""
    if fitted is not None:
        return float(np.quantile(fitted, float(normal_probability(deviate))))
    if entry.uncertainty is None:
        return entry.value
    return entry.uncertainty.quantile(entry.value, deviate)
