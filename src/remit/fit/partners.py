"""Kill terms of partners, each matched to control arms of its own: ``python -m remit.fit.partners``.

One number per partner, a factor on all its death rates of malignant cells, is matched to published results of
regimens without a BCL2 inhibitor. Patients are simulated without a trial around them: response is half the
product of diameters, progression half as much again over the nadir at scans every 12 weeks, death without
progression has an assumed rate. What this gives is a starting point with its residuals, not a calibration of
the disease, which the same records would inform.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from remit.dosing import Floats
from remit.errors import problem
from remit.functions import exp, log
from remit.library import EvidenceRecord, open_library
from remit.random import exponentials
from remit.treatment import Who, simulate_treatment
from remit.treatment.simulate import Treated

SCAN = 84.0
MONTH = 30.4375
N_PATIENTS, SEED = 400, 11
FACTORS = np.exp(np.linspace(np.log(0.05), np.log(20.0), 13))
"""Factors tried before the search is narrowed."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A published record that a partner is matched to, as what is simulated in its place.

    ``kind`` is response, umrd, free (of progression and death) or blasts; ``day`` is when it is read, where
    the record does not say.
    """

    record: str
    kind: str
    day: float = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """A control arm that a partner is matched to: regimen, population, yearly deaths, measures.

    One time is read from each curve, since its points are the same patients. ``values`` says how the
    population of the trial differs.
    """

    disease: str
    population: str
    treatment: tuple[str, ...]
    death_per_year: float
    measures: tuple[Measure, ...]
    values: tuple[tuple[str, float], ...] = ()


CHLORAMBUCIL = "chlorambucil 0.5 mg/kg q14d x 2 every 28 d x 12"
OBINUTUZUMAB = (
    "obinutuzumab 1000 mg q7d x 3",
    "obinutuzumab 1000 mg q28d x 5 from day 28",
)
BR = (
    "bendamustine 90 mg/m2 q24h x 2 every 28 d x 6",
    "rituximab 375 mg/m2 q28d x 6",
)
BR_RELAPSED = ("bendamustine 70 mg/m2 q24h x 2 every 28 d x 6", BR[1])
WITHOUT_TP53 = (("marker_shares.tp53", 0.0),)
"""A trial that excluded del(17p)."""
YEAR = 365.0
SIX_CYCLES = 168.0

TARGETS: dict[str, tuple[Target, ...]] = {
    "chlorambucil": (
        Target(
            "cll_untreated", "cll_unfit", (CHLORAMBUCIL,), 0.02,
            (Measure("C0258", "response", YEAR), Measure("C0262", "free")),
        ),
    ),
    "obinutuzumab": (
        Target(
            "cll_untreated", "cll_unfit", (CHLORAMBUCIL, *OBINUTUZUMAB), 0.02,
            (
                Measure("C0060", "umrd"), Measure("C0069", "response", YEAR), Measure("C0067", "free"),
            ),
        ),
        Target(
            "cll_untreated", "cll_unfit", (CHLORAMBUCIL, *OBINUTUZUMAB), 0.02, (Measure("C0436", "free"),),
        ),
    ),
    "bendamustine": (
        Target(
            "cll_untreated", "cll_unfit", BR, 0.02,
            (Measure("C0184", "response", YEAR), Measure("C0182", "free")), WITHOUT_TP53,
        ),
        Target(
            "cll_untreated", "cll_unfit", BR, 0.02,
            (Measure("C0269", "response", YEAR), Measure("C0271", "free")),
        ),
        Target(
            "cll", "cll_relapsed", BR_RELAPSED, 0.04,
            (Measure("C0391", "umrd"), Measure("C0393", "free")),
        ),
    ),
    "azacitidine": (
        Target(
            "aml", "aml_unfit", ("azacitidine 75 mg/m2 q24h x 7 every 28 d",), 0.3,
            (Measure("C0101", "blasts", SIX_CYCLES),),
        ),
    ),
}  # fmt: skip
"""Partners in the order in which they are matched: later ones are given with earlier ones."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a record says of ``n`` patients: a share, and the day on which it is read."""

    share: float
    n: int
    day: float


@cache
def records() -> dict[str, EvidenceRecord]:
    """Every published record of the library, by its key."""
    return {each.id: each for several in open_library().evidence.values() for each in several}


def published(measure: Measure) -> Published:
    """The record of a measure as a share: a median is half of the patients on its day.

    Raises
    ------
    InputError
        If the record may not be fitted, or gives no number of patients or no time.
    """
    record = records()[measure.record]
    if "calibration" not in record.role or record.n is None:
        found = f"role {', '.join(record.role)}, n {record.n}"
        raise problem(f"evidence {record.id}", found, "a calibration record with its number of patients")
    if record.endpoint == "pfs_median_months":
        return Published(0.5, record.n, record.value * MONTH)
    day = measure.day or (record.at_months or 0.0) * MONTH
    if not day:
        raise problem(f"evidence {record.id}", "no time", "at_months, or a day of the measure")
    return Published(record.value / 100, record.n, day)


KILLS = ("kill_node", "kill_blood", "kill_marrow")


def column(treated: Treated, name: str) -> Floats:
    """An observable, shape (n_patients, n_times)."""
    n = treated.patients.height
    return treated.courses[name].to_numpy().reshape(n, -1)


def progression_free(treated: Treated, times: Floats, deaths: Floats) -> Floats:
    """Day of progression at a scan, or of death, of each patient."""
    size, blood = column(treated, "size"), column(treated, "lymphocytes")
    nadir, least = size[:, 0].copy(), blood[:, 0].copy()
    ended = np.full(len(size), np.inf)
    for scan in np.arange(SCAN, times[-1] + 1e-6, SCAN):
        k = int(np.searchsorted(times, scan))
        if k >= len(times):
            break
        worse = (size[:, k] >= 1.5 * nadir) & (size[:, k] - nadir >= 0.05)
        worse |= (blood[:, k] >= 1.5 * least) & (blood[:, k] > 5.0)
        ended = np.where(worse & np.isinf(ended), scan, ended)
        nadir, least = np.minimum(nadir, size[:, k]), np.minimum(least, blood[:, k])
    return np.minimum(ended, deaths)


def share(measure: Measure, treated: Treated, times: Floats, ended: Floats) -> float:
    """Simulated share of a measure."""
    day = published(measure).day
    k = min(int(np.searchsorted(times, day)), len(times) - 1)
    alive = ended > day
    match measure.kind:
        case "response":
            best = np.minimum.accumulate(column(treated, "size"), axis=1)[:, k]
            return float(np.mean((best <= 0.5) & (ended > SCAN)))
        case "umrd":
            return float(np.mean((column(treated, "mrd_blood")[:, k] < 1e-4) & alive))
        case "free":
            return float(np.mean(alive))
        case _:
            # Complete remission with either count recovered, at any look until then.
            early = times <= day
            cleared = column(treated, "marrow_infiltration")[:, early] < 0.05
            neutrophils = column(treated, "neutrophils")[:, early] >= 1.0
            platelets = column(treated, "platelets")[:, early] >= 100.0
            return float(np.mean((cleared & (neutrophils | platelets)).any(axis=1)))


def simulated(target: Target, values: Mapping[str, float], seed: int) -> dict[str, float]:
    """Simulated share of every measure of a target, by record."""
    read = [published(each).day for each in target.measures]
    times = np.unique([*np.arange(0.0, max(read) + SCAN, 28.0), *read])
    treated = simulate_treatment(
        target.disease,
        target.treatment,
        days=float(times[-1]),
        every=times,
        who=Who(
            population=target.population,
            patients=N_PATIENTS,
            seed=seed,
            values=dict(values) | dict(target.values),
        ),
    )
    rate = target.death_per_year / 365.25
    deaths = exponentials(seed, "partners: death", np.arange(N_PATIENTS))[:, 0] / rate
    has_mass = not treated.courses["size"].is_null().all()
    ended = progression_free(treated, times, deaths) if has_mass else deaths
    return {each.record: share(each, treated, times, ended) for each in target.measures}


def distance(measure: Measure, found: float) -> float:
    """Difference on the logit scale in standard errors of the published share."""
    told = published(measure)
    p, q = told.share, min(max(found, 0.5 / N_PATIENTS), 1 - 0.5 / N_PATIENTS)
    error = 1 / np.sqrt(told.n * p * (1 - p))
    return float((log(q / (1 - q)) - log(p / (1 - p))) / error)


def misfit(
    partner: str, factor: float, base: Mapping[str, float], seed: int
) -> tuple[float, dict[str, float]]:
    """Sum of squared distances, and the simulated shares, with all kills of a partner times a factor."""
    place = open_library().document(f"drugs/{partner}").kind
    total, shares = 0.0, {}
    for target in TARGETS[partner]:
        values = {f"{place}.{name}": factor * base[name] for name in KILLS}
        found = simulated(target, values, seed)
        shares |= found
        total += sum(distance(each, found[each.record]) ** 2 for each in target.measures)
    return total, shares


def matched(
    partner: str, base: Mapping[str, float], seed: int = SEED
) -> tuple[float, float, dict[str, float]]:
    """The factor with the least misfit, that misfit, and the simulated shares at it."""
    tried = {float(each): misfit(partner, float(each), base, seed) for each in FACTORS}
    for width in (0.25, 0.1):
        best = min(tried, key=lambda each: tried[each][0])
        for step in (-width, width):
            near = float(best * exp(step))
            tried[near] = misfit(partner, near, base, seed)
    best = min(tried, key=lambda each: tried[each][0])
    return best, *tried[best]


def report(partner: str, held: Mapping[str, float]) -> str:
    """Factor, kill terms and residuals of a partner matched from given kill terms, as text."""
    factor, total, shares = matched(partner, held)
    kills = ", ".join(f"{name} {factor * held[name]:.3g}" for name in KILLS)
    lines = [f"{partner}: factor {factor:.3g}, misfit {total:.1f}", f"  {kills}"]
    lines += [
        f"  {each.record} {each.kind:<10} day {told.day:5.0f}: published {told.share:.3f} (n = {told.n}), "
        f"simulated {shares[each.record]:.3f}"
        for target in TARGETS[partner]
        for each in target.measures
        for told in (published(each),)
    ]
    return "\n".join(lines)


def main() -> None:
    """Match every partner and print the result, which the library holds."""
    library = open_library()
    for partner in TARGETS:
        held = library.values(f"drugs/{partner}")
        place = library.document(f"drugs/{partner}").kind
        sys.stdout.write(report(partner, {name: held[f"{place}.{name}"].value for name in KILLS}) + "\n")


if __name__ == "__main__":
    main()
