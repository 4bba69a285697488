"""The first anchor: a few MCL quantities fitted to the venetoclax and ibrutinib records in MCL.

A design of parameter sets is simulated with the conduct, readers and response criterion of predictions, on
at least 1,000 patients with common random numbers. A chain on a quadratic surface through it proposes
further sets, which are simulated in turn, in rounds; those of the last round are weighted by their own
likelihood: every member of the posterior was simulated. One posterior for each weight of recalled records.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from remit.dosing import Floats
from remit.fit.design import FITTED, HELD, Design, fitted_entries, hypercube, joined, run_design, values_at
from remit.fit.forward import READER, RESISTANCE
from remit.fit.posterior import Proposal, effective_size, importance, propose, resample
from remit.fit.targets import WEIGHTS, Measure, covariance, measures
from remit.study import Study

N_STEPS, N_MEMBERS, N_CHECKED = 60_000, 64, 8
PROPOSED = "default"
"""Weight of recalled records under which points are proposed."""


def check(chosen: tuple[Measure, ...], predicted: Floats, weight: str) -> list[dict[str, Any]]:
    """Published value beside the model's, with the distance in standard errors."""
    matrix = covariance(chosen, predicted, weight)
    return [
        {
            "measure": each.label,
            "records": list(each.records),
            "recalled": each.recalled,
            "published": each.value,
            "model": round(float(p), 4),
            "distance": round(float((each.value - p) / np.sqrt(matrix[i, i])), 2),
        }
        for i, (each, p) in enumerate(zip(chosen, predicted, strict=True))
    ]


def published_measures(study: Study) -> tuple[Measure, ...]:
    """Measures of the study's evidence."""
    return measures({each.id: each for each in study.evidence})


def posterior(
    study: Study, proposal: Proposal, simulated: Design, weight: str, seed: int
) -> tuple[dict[str, Any], Floats]:
    """A posterior as it is stored, and the standardised parameters of its members."""
    chosen, entries = published_measures(study), fitted_entries(study)
    weights = importance(proposal, PROPOSED, simulated, chosen, weight)
    places = resample(weights, N_MEMBERS, seed)
    values = [values_at(entries, simulated.z[i]) for i in places]
    mean = weights @ simulated.z
    sd = np.sqrt(weights @ (simulated.z - mean) ** 2)
    return {
        "members": {name: [round(each[name], 8) for each in values] for name in FITTED},
        "effective_size": round(effective_size(weights), 1),
        "distinct": len(np.unique(places)),
        "mean_z": dict(zip(FITTED, np.round(mean, 3).tolist(), strict=True)),
        "sd_z": dict(zip(FITTED, np.round(sd, 3).tolist(), strict=True)),
    }, simulated.z[places]


def concluded(
    study: Study, proposal: Proposal, simulated: Design, *, n_patients: int, seed: int, threads: int
) -> dict[str, Any]:
    """A calibration from simulated points: posteriors, diagnostics, and a check on fresh patients.

    The check is the mean over ``N_CHECKED`` members, each on patients of ``seed + 1``.
    """
    entries, chosen = fitted_entries(study), published_measures(study)
    found: dict[str, Any] = {
        "format": 1,
        "name": "mcl_anchor",
        "n_patients": n_patients,
        "seed": seed,
        "reader": READER,
        "fitted": FITTED,
        "held": {name: entries[name].value for name in HELD},
        "prior": {
            name: [entries[name].value, str(entries[name].uncertainty or "")] for name in (*FITTED, *HELD)
        },
        "records": [{"measure": each.label, "records": list(each.records)} for each in chosen],
        "acceptance": round(proposal.acceptance, 3),
        "surface_residual_logit": {
            form: surface.residual.round(3).tolist() for form, surface in proposal.surfaces.items()
        },
        "posterior": {},
    }
    for weight in WEIGHTS:
        found["posterior"][weight], z = posterior(study, proposal, simulated, weight, seed)
        if weight == PROPOSED:
            fresh = run_design(
                study, chosen, z[:N_CHECKED], n_patients=n_patients, seed=seed + 1, threads=threads
            )
            found["check"] = {
                form: check(chosen, fresh.rates[form].mean(axis=0), weight) for form in RESISTANCE
            }
    return found


def stored(design: Design) -> dict[str, Any]:
    """A design as it is written."""
    rates = {form: each.round(5).tolist() for form, each in design.rates.items()}
    return {"z": design.z.round(5).tolist(), **rates}


def fit_anchor(
    study: Study, path: Path, *, n_points: Sequence[int], n_patients: int, seed: int, threads: int
) -> dict[str, Any]:
    """Run the fit and write it as JSON, with every simulated point.

    Parameters
    ----------
    study
        A study of BTKi-treated MCL; gives the library and the conduct.
    path
        File to write.
    n_points
        Points of the first design, and of each round of points proposed from all before; two at least.
    n_patients
        Patients of each cohort.
    seed
        Seed of design, patients and chain.
    threads
        Points simulated side by side.
    """
    chosen = published_measures(study)
    first, *rounds = n_points
    points = hypercube(first, seed)
    designs = [run_design(study, chosen, points, n_patients=n_patients, seed=seed, threads=threads)]
    proposal = propose(joined(designs), chosen, PROPOSED, N_STEPS, seed)
    for place, size in enumerate(rounds):
        if place:
            proposal = propose(joined(designs), chosen, PROPOSED, N_STEPS, seed + place)
        points = proposal.chain[:: len(proposal.chain) // size][:size]
        designs.append(run_design(study, chosen, points, n_patients=n_patients, seed=seed, threads=threads))
    found = concluded(study, proposal, designs[-1], n_patients=n_patients, seed=seed, threads=threads)
    found["designs"] = [stored(each) for each in designs]
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found
