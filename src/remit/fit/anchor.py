"""The first anchor: a few MCL quantities fitted to the venetoclax and ibrutinib records in MCL.

A design of parameter sets is simulated with the conduct, readers and response criterion of predictions, on
at least 1,000 patients with common random numbers, then a second one where the first posterior lies. A
quadratic surface through both gives the posterior for every weight of the recalled records.
"""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm, qmc

from remit.dosing import Floats
from remit.fit.emulator import Surface, fit_surface, metropolis
from remit.fit.forward import READER, RESISTANCE, forward, rates_of, visits_of
from remit.fit.targets import WEIGHTS, Measure, covariance, measures
from remit.library import Entry
from remit.study import Study

WIDEN = 1.5
"""Factor on a prior spread of the library: what is learned should not be decided by a narrow prior."""
FITTED = {
    "refractory.probability": WIDEN,
    "apoptosis.kmax_node": WIDEN,
    "apoptosis.BCLXL_node": WIDEN,
    "clones.growth_rate": WIDEN,
    "clones.resistant_growth_fold": WIDEN,
    "residual.mass_share": WIDEN,
    "clone_shares.log10_V": WIDEN,
    "clone_shares.log10_B": WIDEN,
    "apoptosis.node_penetration": 1.0,
    "apoptosis.fu": 1.0,
    "apoptosis.BIM": 1.0,
    "apoptosis.MCL1": 1.0,
}
"""What is fitted, and the factor on its prior spread. The last four are not identified by these records and
keep their priors; they are fitted because only together with the others do they agree with the records."""
N_STEPS, N_MEMBERS = 60_000, 64


@dataclass(frozen=True, slots=True)
class Posterior:
    """A chain (n_steps, n_parameters) of standardised parameters, its acceptance, and surface residuals."""

    chain: Floats
    acceptance: float
    residual: Floats


@dataclass(frozen=True, slots=True)
class Design:
    """Standardised parameters, shape (n_points, n_parameters), and what was simulated at them."""

    z: Floats
    rates: dict[str, Floats]


def design_points(n_points: int, seed: int) -> Floats:
    """A Latin hypercube on the prior, cut at two standard deviations."""
    unit = qmc.LatinHypercube(len(FITTED), rng=np.random.default_rng(seed)).random(n_points)
    low, high = norm.cdf(-2), norm.cdf(2)
    return np.asarray(norm.ppf(low + (high - low) * unit))


def values_at(entries: Mapping[str, Entry], z: Floats) -> dict[str, float]:
    """Fitted values at standardised parameters, by the library's own value and uncertainty, widened."""
    found: dict[str, float] = {}
    for (name, widen), each in zip(FITTED.items(), z, strict=True):
        uncertainty = entries[name].uncertainty
        if uncertainty is None:
            raise ValueError(f"{name} carries no uncertainty")
        found[name] = uncertainty.quantile(entries[name].value, widen * float(each))
    return found


def run_design(
    study: Study, chosen: tuple[Measure, ...], z: Floats, n_patients: int, seed: int, threads: int
) -> Design:
    """Simulate every point of a design."""
    visits = visits_of(study)
    entries = fitted_entries(study)

    def one(point: Floats) -> dict[str, Floats]:
        results = forward(study, values_at(entries, point), n_patients, seed)
        return {form: rates_of(chosen, results, form, visits) for form in RESISTANCE}

    with ThreadPoolExecutor(threads) as pool:
        every = list(pool.map(one, z))
    return Design(z, {form: np.stack([each[form] for each in every]) for form in RESISTANCE})


def posterior(design: Design, chosen: tuple[Measure, ...], weight: str, seed: int) -> Posterior:
    """Posterior of the standardised parameters, shared by both forms of resistance.

    The forms are a scenario, not a parameter: records of the BTK inhibitor do not depend on them, and
    those of venetoclax count once, as the mean of their log-likelihood under the two. One set of members
    then serves both, so that a virtual patient is the same under either.
    """
    used = [i for i, each in enumerate(chosen) if not (weight == "absent" and each.recalled)]
    kept = tuple(chosen[i] for i in used)
    surfaces = {form: fit_surface(design.z, design.rates[form][:, used]) for form in RESISTANCE}
    observed = np.array([each.value for each in kept])

    def log_likelihood(surface: Surface, z: Floats) -> float:
        predicted = surface(z[None])[0]
        matrix = covariance(kept, predicted, weight)
        matrix[np.diag_indices(len(kept))] += (surface.residual * predicted * (1 - predicted)) ** 2
        gap = observed - predicted
        return float(-0.5 * (gap @ np.linalg.solve(matrix, gap) + np.linalg.slogdet(matrix)[1]))

    def log_density(z: Floats) -> float:
        beyond = np.maximum(np.abs(z) - 2.5, 0.0).sum()
        fits = [log_likelihood(surface, z) for surface in surfaces.values()]
        return float(np.mean(fits) - 0.5 * z @ z - 50 * beyond)

    chain, acceptance = metropolis(log_density, len(FITTED), N_STEPS, seed)
    return Posterior(chain, acceptance, np.max([surface.residual for surface in surfaces.values()], axis=0))


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


def concluded(study: Study, design: Design, n_patients: int, seed: int) -> dict[str, Any]:
    """A calibration from a simulated design: posteriors, diagnostics, and a check on fresh patients.

    Parameters
    ----------
    study
        A study of BTKi-treated MCL; gives the library and the conduct.
    design
        Simulated points.
    n_patients
        Patients of each cohort in the design and in the check.
    seed
        Seed of the design and of the chains; patients of the check have ``seed + 1``.
    """
    entries = fitted_entries(study)
    chosen = published_measures(study)
    found: dict[str, Any] = {
        "format": 1, "name": "mcl_anchor", "n_points": len(design.z), "n_patients": n_patients, "seed": seed,
        "reader": READER, "fitted": FITTED,
        "prior": {name: [entries[name].value, str(entries[name].uncertainty)] for name in FITTED},
        "records": [{"measure": each.label, "records": list(each.records)} for each in chosen],
        "design": {"z": design.z.round(5).tolist()}
        | {form: rates.round(5).tolist() for form, rates in design.rates.items()},
        "posterior": {},
    }  # fmt: skip
    for weight in WEIGHTS:
        got = posterior(design, chosen, weight, seed)
        thinned = got.chain[:: len(got.chain) // N_MEMBERS][:N_MEMBERS]
        values = [values_at(entries, z) for z in thinned]
        found["posterior"][weight] = {
            "members": {name: [round(each[name], 8) for each in values] for name in FITTED},
            "acceptance": round(got.acceptance, 3),
            "posterior_mean_z": dict(zip(FITTED, np.round(got.chain.mean(axis=0), 3).tolist(), strict=True)),
            "posterior_over_prior_sd": dict(
                zip(FITTED, np.round(got.chain.std(axis=0), 3).tolist(), strict=True)
            ),
            "surface_residual_logit": np.round(got.residual, 3).tolist(),
        }
        if weight == "default":
            results = forward(study, values_at(entries, got.chain.mean(axis=0)), n_patients, seed + 1)
            found["check"] = {
                form: check(chosen, rates_of(chosen, results, form, visits_of(study)), weight)
                for form in RESISTANCE
            }
    return found


def fitted_entries(study: Study) -> Mapping[str, Entry]:
    """Library entries of the fitted quantities; the form of resistance does not touch them."""
    return study.values("venetoclax", "reference/ki_shift")


def published_measures(study: Study) -> tuple[Measure, ...]:
    """Measures of the study's evidence."""
    return measures({each.id: each for each in study.evidence})


def refined(
    study: Study, design: Design, n_points: int, *, n_patients: int, seed: int, threads: int
) -> Design:
    """The design with further points, drawn from the posterior that it gives."""
    chosen = published_measures(study)
    chain = posterior(design, chosen, "default", seed).chain
    points = chain[:: len(chain) // n_points][:n_points]
    more = run_design(study, chosen, points, n_patients, seed, threads)
    rates = {form: np.concatenate([each, more.rates[form]]) for form, each in design.rates.items()}
    return Design(np.concatenate([design.z, points]), rates)


def fit_anchor(
    study: Study, path: Path, *, n_points: tuple[int, int], n_patients: int, seed: int, threads: int
) -> dict[str, Any]:
    """Run the fit and write it as JSON.

    Parameters
    ----------
    study
        A study of BTKi-treated MCL.
    path
        File to write.
    n_points
        Points of the first design, and of the second.
    n_patients
        Patients of each cohort.
    seed
        Seed of design, patients and chains.
    threads
        Points simulated side by side.
    """
    points = design_points(n_points[0], seed)
    design = run_design(study, published_measures(study), points, n_patients, seed, threads)
    design = refined(study, design, n_points[1], n_patients=n_patients, seed=seed, threads=threads)
    found = concluded(study, design, n_patients, seed)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def stored_design(path: Path) -> Design:
    """The simulated design of a stored calibration, so that posteriors can be drawn again without it."""
    stored = json.loads(path.read_text(encoding="utf-8"))["design"]
    return Design(np.array(stored["z"]), {form: np.array(stored[form]) for form in RESISTANCE})
