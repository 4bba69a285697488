"""The first anchor: a few MCL quantities fitted to the venetoclax and ibrutinib records in MCL.

A design of parameter sets is simulated with the conduct, readers and response criterion of predictions,
on at least 1,000 patients with common random numbers; a quadratic surface through the results gives the
posterior for every weight of the recalled records and both forms of resistance.
"""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import norm, qmc

from remit.dosing import Floats, Regimen, Step
from remit.fit.emulator import Surface, fit_surface, metropolis
from remit.fit.targets import WEIGHTS, Measure, covariance, measures
from remit.library import Entry
from remit.model import DOSED, STATES
from remit.population import Cohort, enter
from remit.run import courses
from remit.run.averaged import AveragedBlock
from remit.run.courses import ArmSetting, arm_parameters, make_block, population_spec, simulate_courses
from remit.study import Study
from remit.trial.parameters import Visits
from remit.trial.visits import scan_days

FITTED = (
    "refractory.probability",
    "apoptosis.kmax_node",
    "apoptosis.BCLXL_node",
    "clones.growth_rate",
    "clones.resistant_growth_fold",
    "residual.mass_share",
    "clone_shares.log10_V",
    "clone_shares.log10_B",
)
RESISTANCE = ("ki_shift", "bcl2_independent")
WIDEN = 1.5
"""Factor on the prior spread of the library: what is learned should not be decided by a narrow prior."""
RAMP = tuple(Step(fraction, 7.0) for fraction in (0.05, 0.125, 0.25, 0.5))
N_STEPS, N_MEMBERS = 60_000, 64
READER = "INV"
"""Published response rates of these trials are read as the investigator's."""
GRID = 14.0
"""Days by which a scan may precede a published median and still be the one that showed it."""
NHL_DOSE = 2.0
"""Full dose of M12-175 relative to 400 mg: 200 to 1,200 mg were given, taken as 800 mg."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """A chain (n_steps, n_parameters) of standardised parameters, its acceptance, and surface residuals (logit)."""

    chain: Floats
    acceptance: float
    residual: Floats


@dataclass(frozen=True, slots=True)
class Design:
    """Standardised parameters of the design, shape (n_points, n_parameters), and what was simulated at them."""

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
    for name, each in zip(FITTED, z, strict=True):
        uncertainty = entries[name].uncertainty
        if uncertainty is None:
            raise ValueError(f"{name} carries no uncertainty")
        found[name] = uncertainty.quantile(entries[name].value, WIDEN * float(each))
    return found


def setting(
    study: Study, resistance: str, population: str, over: Mapping[str, float], months: float
) -> ArmSetting:
    """Venetoclax at 400 mg in a population, with some values replaced."""
    entries = study.values("venetoclax", f"reference/{resistance}")
    if population != study.file.population:
        entries = {name: entry for name, entry in entries.items() if not name.startswith("history.")}
        entries |= study.library.values(f"populations/{population}")
    typical = {name: entry.value for name, entry in entries.items()} | dict(over)
    return ArmSetting(
        arm="venetoclax", scenario=f"reference/{resistance}", regimen=Regimen(400.0, "mg", RAMP), meal="low_fat",
        cyp3a_inhibitor="none", follow_up=months * 30.4375, spec=population_spec(entries, typical, "stochastic"),
    )  # fmt: skip


def visits_of(study: Study) -> Visits:
    """Visits of the study."""
    return courses.record(setting(study, "ki_shift", study.file.population, {}, 12.0).spec, "visits")


def course(seed: int, cohort: Cohort, each: ArmSetting) -> dict[str, pl.DataFrame]:
    """Tables of a cohort with doses as their daily average."""
    parameters = arm_parameters(seed, cohort, each)
    block = AveragedBlock(make_block(parameters, cohort.state, cohort.thresholds))
    return simulate_courses(seed, cohort, each, block=block)


def ibrutinib_course(
    seed: int, cohort: Cohort, each: ArmSetting, daily_dose: float
) -> dict[str, pl.DataFrame]:
    """Tables of a cohort on the BTK inhibitor at its daily dose [nmol], no ramp-up."""
    typical = dict(each.spec.typical) | {
        "pharmacy.full_dose": daily_dose,
        "pharmacy.dose_exponent": 0.0,
        "pharmacy.F_china": 1.0,
    }
    spec = replace(each.spec, typical=typical)
    own = replace(each, arm="ibrutinib", spec=spec, regimen=Regimen(1.0, "study dose", ()))
    block = AveragedBlock(make_block(cohort.parameters, cohort.state, cohort.thresholds))
    patients = courses.patients_of(cohort, own, cohort.parameters, 0)
    protocol = replace(courses.protocol_of(own), dosed_state=list(STATES).index(DOSED["btki"]))
    return courses.conducted(seed, block, patients, protocol, own)


def forward(study: Study, z: Floats, n_patients: int, seed: int) -> dict[str, dict[str, pl.DataFrame]]:
    """Every course of the anchor at one point, by name; venetoclax under each form of resistance."""
    over = values_at(study.values("venetoclax", "reference/ki_shift"), z)
    naive = setting(study, "ki_shift", "mcl_btki_naive", over, 26.0)
    treated = setting(study, "ki_shift", study.file.population, over, 12.0)
    unexposed = enter(seed, 0, n_patients, naive.spec, make_block)
    exposed = enter(seed, 0, n_patients, treated.spec, make_block)
    daily = study.values("venetoclax", "reference/ki_shift")["history.daily_dose"].value
    found = {"ibrutinib naive": ibrutinib_course(seed, unexposed, naive, daily)}
    factor = NHL_DOSE ** (1 + naive.spec["pharmacy.dose_exponent"])
    double = {"pharmacy.full_dose": naive.spec["pharmacy.full_dose"] * factor}
    for form in RESISTANCE:
        high = setting(study, form, "mcl_btki_naive", over | double, 18.0)
        found[f"venetoclax naive/{form}"] = course(seed, unexposed, high)
        found[f"venetoclax after BTKi/{form}"] = course(
            seed, exposed, setting(study, form, study.file.population, over, 12.0)
        )
    return found


def rates_of(
    chosen: tuple[Measure, ...], results: Mapping[str, Mapping[str, pl.DataFrame]], form: str, visits: Visits
) -> Floats:
    """Model value of every measure under one form of resistance, shape (n_measures,)."""
    return np.array(
        [rate(each, results.get(each.course) or results[f"{each.course}/{form}"], visits) for each in chosen]
    )


def rate(measure: Measure, tables: Mapping[str, pl.DataFrame], visits: Visits) -> float:
    """Model value of a measure: a response rate, or the Kaplan-Meier estimate at a time."""
    n = tables["adsl"].height
    if measure.kind in ("orr", "cr"):
        best = tables["adrs"].filter((pl.col("PARAMCD") == "BOR") & (pl.col("READER") == READER))["AVALC"]
        return best.is_in(["CR", "PR"] if measure.kind == "orr" else ["CR"]).sum() / n
    rows = tables["adtte"].filter((pl.col("PARAMCD") == measure.kind.upper()) & (pl.col("READER") == READER))
    return survival_at(rows["AVAL"].to_numpy(), rows["CNSR"].to_numpy() == 0, day_seen(measure, visits))


def day_seen(measure: Measure, visits: Visits) -> float:
    """Day at which a measure is read off the simulated curve.

    Progression is seen at scans, and medians of published curves fall on the grid of their own scans. A
    median PFS is read just after the window of the simulated scan that is due then.
    """
    if measure.kind != "pfs" or not measure.is_median:
        return measure.day
    planned = scan_days(visits, measure.day + 2 * visits.scan_interval_late)
    return float(planned[planned >= measure.day - GRID][0]) + visits.window_limit


def survival_at(times: Floats, event: Floats, day: float) -> float:
    """Kaplan-Meier estimate at a day."""
    surviving = 1.0
    for time in np.unique(times[(event) & (times <= day)]):
        surviving *= 1 - np.sum((times == time) & event) / np.sum(times >= time)
    return float(surviving)


def run_design(
    study: Study, chosen: tuple[Measure, ...], z: Floats, n_patients: int, seed: int, threads: int
) -> Design:
    """Simulate every point of a design."""
    visits = visits_of(study)

    def one(point: Floats) -> dict[str, Floats]:
        results = forward(study, point, n_patients, seed)
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
            "measure": each.label, "records": list(each.records), "recalled": each.recalled, "published": each.value,
            "model": round(float(p), 4), "distance": round(float((each.value - p) / np.sqrt(matrix[i, i])), 2),
        }
        for i, (each, p) in enumerate(zip(chosen, predicted, strict=True))
    ]  # fmt: skip


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
    entries = study.values("venetoclax", "reference/ki_shift")
    chosen = published_measures(study)
    found: dict[str, Any] = {
        "format": 1, "name": "mcl_anchor", "n_points": len(design.z), "n_patients": n_patients, "seed": seed,
        "reader": READER, "widen": WIDEN, "fitted": list(FITTED),
        "prior": {name: [entries[name].value, str(entries[name].uncertainty)] for name in FITTED},
        "records": [{"measure": each.label, "records": list(each.records)} for each in chosen],
        "design": {"z": np.round(design.z, 5).tolist()} | {form: np.round(r, 5).tolist() for form, r in design.rates.items()},
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
            results = forward(study, got.chain.mean(axis=0), n_patients, seed + 1)
            found["check"] = {
                form: check(chosen, rates_of(chosen, results, form, visits_of(study)), weight)
                for form in RESISTANCE
            }
    return found


def published_measures(study: Study) -> tuple[Measure, ...]:
    """Measures of the study's evidence."""
    return measures({each.id: each for each in study.evidence})


def fit_anchor(
    study: Study, path: Path, *, n_points: int, n_patients: int, seed: int, threads: int
) -> dict[str, Any]:
    """Run the fit and write it as JSON.

    Parameters
    ----------
    study
        A study of BTKi-treated MCL.
    path
        File to write.
    n_points, n_patients
        Points of the design, patients of each cohort.
    seed
        Seed of design, patients and chains.
    threads
        Points simulated side by side.
    """
    points = design_points(n_points, seed)
    design = run_design(study, published_measures(study), points, n_patients, seed, threads)
    found = concluded(study, design, n_patients, seed)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def stored_design(path: Path) -> Design:
    """The simulated design of a stored calibration, so that posteriors can be drawn again without it."""
    stored = json.loads(path.read_text(encoding="utf-8"))["design"]
    return Design(np.array(stored["z"]), {form: np.array(stored[form]) for form in RESISTANCE})
