"""Patients of a disease under a treatment, without a trial: latent courses of everything the model observes.

Nothing is measured, nobody drops out and no dose is held: this is what the biology does. What a trial would
see of it is the matter of ``remit.trial``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from remit import model
from remit.courses import Status
from remit.dosing import Floats
from remit.dosing.given import parse_given
from remit.errors import Finding, UnknownNameError, problem
from remit.library import Entry, Library, open_library
from remit.library.conditions import Conditions
from remit.library.declared import kind_of
from remit.library.form import nearest
from remit.library.placing import Taken, clearance_factors, placed, scenarios_of
from remit.population import Cohort, PopulationSpec, enter
from remit.population.history import size
from remit.population.sample import model_values
from remit.population.typical import typical_of
from remit.run.courses import make_block, population_spec
from remit.treatment.nodes import lesion_values, mean_number, measured
from remit.treatment.plan import records
from remit.treatment.who import NO_DRUG, Who, observation_days, replaced
from remit.trial.mrd import detection_probability
from remit.trial.mrd_assays import DEEP_SEQUENCING, FLOW, SEQUENCING
from remit.trial.parameters import Lesions

CHUNK = 128
"""Patients simulated together; no result depends on it."""
ASSAYS = {"1e4": FLOW, "1e5": SEQUENCING, "1e6": DEEP_SEQUENCING}
"""MRD assays by the inverse of their limit."""
EARLIER = "ibrutinib"
"""Drug of earlier courses, whose daily dose populations state."""
BTKI = tuple(name for name in model.PARAMETERS if kind_of(name) == "btk_inhibitor")
BTKI_DRUG = [list(model.STATES).index(name) for name in model.STATES if name.startswith("btki_")]
CLONES_IN_NODES = [list(model.OBSERVABLES).index(f"node_{clone}") for clone in "SVBD"]
LYMPHOCYTES = list(model.OBSERVABLES).index("lymphocytes")


@dataclass(frozen=True, slots=True)
class Treated:
    """Patients under a treatment.

    ``courses`` has a row for each patient and day: SUBJECT, DAY, every observable of the model under its
    name; ``negative_1e4_blood`` and the like, the probability that an MRD assay of that limit is negative
    in blood or marrow; and of diseases with lesions ``size``, the product of diameters relative to the
    first day, ``longest_node`` [mm], ``spd`` (sum of products of diameters of target lesions [mm2]),
    ``spleen`` [mm] and ``lysis_risk``, the class of the label's risk of tumour lysis.
    ``patients`` has their covariates, latent facts, and STATUS. ``values`` are the typical
    values that were used, by parameter, in canonical units.
    """

    courses: pl.DataFrame
    patients: pl.DataFrame
    values: Mapping[str, float]
    parameters: pl.DataFrame
    notes: tuple[str, ...]


def simulate_treatment(
    disease: str,
    treatment: str | Sequence[str],
    *,
    days: float,
    every: float | Iterable[float] = 1.0,
    who: Who | None = None,
    conditions: Conditions | None = None,
    library: str | Path | None = None,
) -> Treated:
    """Simulate patients of a disease under a treatment, without a trial around them.

    Parameters
    ----------
    disease
        A disease of the library, as ``cll``.
    treatment
        One line for each drug: its name, its regimen in the field's shorthand, and where needed
        ``every 28 d x 6`` (cycles), ``from day 36``, ``until day 365``; as
        ``["venetoclax 20 mg q24h x 7 then 400 mg q24h", "rituximab 375 mg/m2 q28d x 6 from day 36"]``. An
        empty sequence leaves patients untreated. Day 0 is the day of the first dose.
    days
        How long patients are followed [day].
    every
        Days between observations, or the days themselves.
    who
        Population, number of patients, scenarios, seed; the typical patient unless given.
    conditions
        Meals, interactions, adherence; the conditions of the reference exposure unless given.
    library
        A directory of library files that stand in front of the shipped ones.

    Returns
    -------
    The patients. A patient whose equations cannot be solved keeps a status, and has no values from there on.

    Raises
    ------
    UnknownNameError
        If disease, population or drug does not exist.
    InputError
        If a line, a condition or a number cannot be used.
    RunError
        If hardly any candidate can enter the population.
    """
    chosen, taking = who or Who(), conditions or Conditions()
    times = observation_days(days, every)
    opened = open_library(None if library is None else Path(library))
    lines = tuple(parse_given(each) for each in ([treatment] if isinstance(treatment, str) else treatment))
    base = base_entries(opened, disease, chosen)
    host = {key: each.value for key, each in base.items()}
    taken, drugs = placed(opened, lines, host, chosen.drug_scenarios)
    earlier = earlier_entries(opened, base, taken)
    entries = replaced({**base, **drugs, **earlier.before_and_now}, chosen.values)
    spec = spec_of({**entries, **earlier.before}, chosen)
    cohort = enter(chosen.seed, 0, max(chosen.patients, 1), spec, make_block)
    parameters = treated_parameters(cohort, spec_of(entries, chosen), taken, taking, chosen)
    typical = {key: each.value for key, each in entries.items()}
    lesions = lesion_values(typical, is_typical=not chosen.patients)
    n_alike = 1.0 if chosen.patients or lesions is None else mean_number(typical)
    courses, status = followed(cohort, parameters, taken, taking, times, chosen.seed, lesions, n_alike)
    return Treated(
        courses,
        people(cohort, status, chosen),
        typical,
        pl.DataFrame(parameters, schema=list(model.PARAMETERS), orient="row"),
        notes_of(entries, taken, chosen, float(times[-1])),
    )


def base_entries(library: Library, disease: str, who: Who) -> dict[str, Entry]:
    """Values of disease, host and population.

    Raises
    ------
    UnknownNameError
        If one of them does not exist.
    """
    if not isinstance(disease, str) or disease not in library.names("diseases"):  # pyright: ignore[reportUnnecessaryIsInstance]
        known = library.names("diseases")
        raise UnknownNameError(
            [Finding("disease", f"'{disease}'", "a disease of the library", nearest(disease, known))]
        )
    file = f"diseases/{disease}"
    resistance = {} if who.resistance is None else {"resistance": who.resistance}
    population = who.population or population_of(library, disease)
    document = library.document(f"populations/{population}")
    whose = document.data.get("disease", disease)
    if document.kind != "population" or whose != disease:
        found = (
            f"'{population}', {'patients with ' + str(whose) if document.kind == 'population' else 'a host'}"
        )
        raise problem(
            "who: population", found, f"a population of {disease}", "leave it out for the usual one"
        )
    people = library.values(f"populations/{population}")
    host = who.host or str(document.data.get("host", "host_adult"))
    if library.document(f"populations/{host}").kind != "host":
        raise problem("who: host", f"'{host}', a population", "a host", "as host_adult")
    return {
        **library.values(file, scenarios_of(library, file, resistance)),
        **library.values(f"populations/{host}"),
        **people,
    }


def population_of(library: Library, disease: str) -> str:
    """The first population that says it has a disease, one without an earlier BTK inhibitor if there is any.

    Raises
    ------
    InputError
        If there is none.
    """
    documents = (library.document(f"populations/{name}") for name in library.names("populations"))
    found = [each for each in documents if each.data.get("disease") == disease]
    if found:
        return min(found, key=lambda each: ("history" in each.data, each.name)).name
    needed = f"a population with disease = '{disease}'"
    raise problem("population", "none", needed, "name one of another disease with Who(population=...)")


@dataclass(frozen=True, slots=True)
class Earlier:
    """Values of the BTK inhibitor of an earlier course; what of them still holds where none is given now."""

    before: Mapping[str, Entry]
    before_and_now: Mapping[str, Entry]


def earlier_entries(library: Library, base: Mapping[str, Entry], taken: tuple[Taken, ...]) -> Earlier:
    """Values of the drug of the earlier course; none where the population has no history."""
    if "history.daily_dose" not in base:
        return Earlier({}, {})
    values = library.values(f"drugs/{EARLIER}")
    before = {name: values[name] for name in BTKI}
    is_replaced = any(each.place == "btki" for each in taken)
    return Earlier(before if is_replaced else {}, {} if is_replaced else before)


def spec_of(entries: Mapping[str, Entry], who: Who) -> PopulationSpec:
    """What patients are drawn from; the typical patient where none are asked for."""
    spec = population_spec(entries, {name: each.value for name, each in entries.items()}, who.extinction)
    return spec if who.patients else typical_of(spec)


def treated_parameters(
    cohort: Cohort, spec: PopulationSpec, taken: tuple[Taken, ...], conditions: Conditions, who: Who
) -> Floats:
    """Parameters of every patient under the treatment, shape (n_patients, n_parameters)."""
    parameters, order = cohort.parameters.copy(), list(model.PARAMETERS)
    if spec.has_history and any(each.place == "btki" for each in taken):
        for name, values in model_values(who.seed, spec, BTKI, cohort.counter).items():
            parameters[:, order.index(name)] = values
    for name, factor in clearance_factors(taken, conditions).items():
        parameters[:, order.index(name)] *= factor
    return parameters


def followed(
    cohort: Cohort,
    parameters: Floats,
    taken: tuple[Taken, ...],
    conditions: Conditions,
    times: Floats,
    seed: int,
    lesions: Lesions | None,
    n_alike: float,
) -> tuple[pl.DataFrame, list[str]]:
    """Courses of all patients, and how each solve ended."""
    state = cohort.state.copy()
    if any(each.place == "btki" for each in taken):
        # What is left of an earlier drug is not the drug that is given now.
        state[:, BTKI_DRUG] = 0.0
    china = (cohort.covariates["REGION"] == "china").to_numpy().astype(float)
    frames: list[pl.DataFrame] = []
    status: list[str] = []
    for first in range(0, len(state), CHUNK):
        rows = slice(first, first + CHUNK)
        n = len(state[rows])
        block = make_block(parameters[rows], state[rows], cohort.thresholds[rows])
        until = np.full(n, times[-1])
        doses = records(taken, conditions, china[rows], cohort.counter[rows], seed, float(times[-1]))
        seen = block.advance(until, doses, np.tile(times, (n, 1)))
        residual, nodes = cohort.residual[rows], None
        if lesions is not None:
            cells, blood = seen[:, :, CLONES_IN_NODES], seen[:, :, LYMPHOCYTES]
            nodes = measured(
                lesions, cells, blood, cohort.counter[rows], residual, resisted(taken), seed, n_alike
            )  # fmt: skip
        frames.append(as_rows(seen, times, cohort.index[rows], residual).with_columns(**columns_of(nodes)))
        status += [Status(each).name for each in block.status]
    return pl.concat(frames), status


def resisted(taken: tuple[Taken, ...]) -> str:
    """Place of the drug whose resistance tells lesions apart: the BCL2 inhibitor first."""
    places = {each.place for each in taken}
    return next((each for each in ("bcl2i", "btki") if each in places), "")


def columns_of(nodes: Mapping[str, Floats | list[str | None]] | None) -> dict[str, pl.Series | pl.Expr]:
    """Columns of lesions, empty for a disease without any, which has no size either."""
    if nodes is None:
        empty = dict.fromkeys(("size", "longest_node", "spd", "spleen"), pl.lit(None, dtype=pl.Float64))
        return {**empty, "lysis_risk": pl.lit(None, dtype=pl.String)}
    kinds = {"lysis_risk": pl.String}
    return {name: pl.Series(name, each, dtype=kinds.get(name, pl.Float64)) for name, each in nodes.items()}


def as_rows(seen: Floats, times: Floats, index: np.ndarray, residual: Floats) -> pl.DataFrame:
    """Observables as a table of one row for each patient and day."""
    n = len(seen)
    nodes = seen[:, :, CLONES_IN_NODES].sum(axis=2)
    names = list(model.OBSERVABLES)
    share = residual[:, None]
    relative = size(nodes, nodes[:, :1], share)
    columns: dict[str, object] = {
        "SUBJECT": np.repeat(index, len(times)),
        "DAY": np.tile(times, n),
        **{name: seen[:, :, i].ravel() for i, name in enumerate(names)},
    }
    columns["size"] = np.asarray(relative).ravel()
    for site, name in (("blood", "mrd_blood"), ("marrow", "marrow_infiltration")):
        fraction = seen[:, :, names.index(name)].ravel()
        solved = np.isfinite(fraction)
        fraction = np.where(solved, fraction, 0.0)
        for limit, assay in ASSAYS.items():
            undetected = 1 - detection_probability(fraction, assay)
            columns[f"negative_{limit}_{site}"] = np.where(solved, undetected, np.nan)
    return pl.DataFrame(columns)


def people(cohort: Cohort, status: list[str], who: Who) -> pl.DataFrame:
    """Covariates of the patients, with the latent facts that explain their courses."""
    shown = cohort.covariates.with_columns(
        SUBJECT=pl.Series(cohort.index),
        RESIDUAL=pl.Series(cohort.residual),
        DAYSBTKI=pl.Series(cohort.days_on_btki),
        STATUS=pl.Series(status),
        WHO=pl.lit("virtual patient" if who.patients else "typical patient"),
    )
    return shown.select("SUBJECT", pl.exclude("SUBJECT"))


def notes_of(
    entries: Mapping[str, Entry], taken: tuple[Taken, ...], who: Who, days: float
) -> tuple[str, ...]:
    """What a reader of the courses must know."""
    used = [entries[name] for name in model.PARAMETERS if entries[name].file != NO_DRUG]
    assumed = sum(each.origin == "assumed" for each in used)
    notes = [
        f"Simulated, not observed. {assumed} of the {len(used)} values of the model are assumed.",
        "Latent courses: no measurement error, no dropout, no dose held.",
    ]
    borrowed = sorted({each.given.drug for each in taken if each.given.unit == "study dose"})
    if borrowed:
        notes.append(
            f"{', '.join(borrowed)}: exposure and potency are equivalents of venetoclax; concentrations are "
            "none of the drug itself."
        )
    scenarios = sorted(
        {
            (path[1], path[2])
            for path in (each.path.split(".") for each in entries.values())
            if path[0] == "scenario"
        }
    )
    if scenarios:
        notes.append(f"Scenarios: {', '.join(f'{group} {name}' for group, name in scenarios)}.")
    late = [each.given.drug for each in taken if each.given.start >= days]
    if late:
        notes.append(f"{', '.join(late)}: no dose, the first would be after day {days:g}.")
    if "history.daily_dose" in entries:
        notes.append(f"Patients had {EARLIER} before, at the daily dose that their population states.")
    if who.extinction != "one_cell" and who.patients:
        notes.append("Clones die out by chance; beyond 24 months this rule decides durations.")
    return tuple(notes)
