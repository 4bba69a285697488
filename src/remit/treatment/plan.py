"""What a treatment means: drugs of the library in their places in the model, and doses in its units."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remit import model
from remit.dosing import DoseRecords, Floats, Integers, no_doses, together
from remit.errors import Finding, InputError, UnknownNameError, problem
from remit.library import Entry, Library
from remit.library.absent import no_drug
from remit.library.form import nearest
from remit.random import draws
from remit.treatment.conditions import Conditions, bioavailability_factor, clearance_factor, label_factor
from remit.treatment.given import Given

PLACES = {
    "bcl2_inhibitor": "bcl2i",
    "btk_inhibitor": "btki",
    "antibody": "antibody",
    "cytotoxic": "cytotoxic",
}
"""Place in the model of each kind of drug."""
SMALL = ("bcl2i", "btki")
SUPPORT = {
    "filgrastim": ("gcsf", ""),
    "rasburicase": ("rasburicase", ""),
    "red_cells": ("red_cells", "support.red_cell_unit"),
    "platelets": ("platelet_transfusion", "support.platelet_unit"),
}
"""Supportive measures: place in the model, and the value of the host that one dose amounts to."""
TO_BE_CHOSEN = ("potency_exposure",)
"""Groups of scenarios of which none is preferred, so that one has to be chosen."""
SEVERAL = ("gcsf", "rasburicase", "red_cells", "platelet_transfusion")


@dataclass(frozen=True, slots=True)
class Taken:
    """A drug in its place: values of its file, amount per unit of dose, and exponent on the relative dose.

    ``unit_amount`` is what one full dose amounts to in the unit of the receiving state, before meal and
    region; ``reference`` is the full dose in the unit of the regimen.
    """

    given: Given
    place: str
    values: Mapping[str, float]
    unit_amount: float
    reference: float

    @property
    def exponent(self) -> float:
        """Exponent of bioavailability on the dose relative to the full one."""
        return self.values.get("pharmacy.dose_exponent", 0.0)


def placed(
    library: Library,
    lines: tuple[Given, ...],
    host: Mapping[str, float],
    scenarios: Mapping[str, Mapping[str, str]],
) -> tuple[tuple[Taken, ...], dict[str, Entry]]:
    """Every line of a treatment in its place, and the values of all drugs by parameter.

    Parameters
    ----------
    library
        The library.
    lines
        The treatment.
    host
        Values of the host.
    scenarios
        Chosen scenarios of each drug, by drug and group.

    Raises
    ------
    UnknownNameError
        With every line that names no drug.
    InputError
        With every second drug of a kind, and every dose in another unit.
    """
    findings: list[Finding] = []
    unknown = [
        Finding(
            "drug_scenarios",
            f"'{drug}'",
            "a drug of the treatment",
            nearest(drug, [each.drug for each in lines]),
        )
        for drug in scenarios
        if drug not in [each.drug for each in lines]
    ]
    taken: list[Taken] = []
    entries = dict(no_drug())
    for line in lines:
        if line.drug in SUPPORT:
            place, size = SUPPORT[line.drug]
            amount, reference, unit, values = host[size] if size else 1.0, 1.0, "dose", {}
        else:
            names = [*library.names("drugs"), *SUPPORT]
            if line.drug not in names:
                unknown.append(Finding("treatment", f"'{line.drug}'", "a drug", nearest(line.drug, names)))
                continue
            file = f"drugs/{line.drug}"
            document = library.document(file)
            own = library.values(file, scenarios_of(library, file, scenarios.get(line.drug, {})))
            place = PLACES[document.kind]
            entries |= {key: each for key, each in own.items() if key in entries}
            values = {key: each.value for key, each in own.items()}
            amount = values.get("pharmacy.full_dose", 1.0)
            reference, unit = float(document.data["reference_dose"]), str(document.data["dose_unit"])
        if line.unit != unit:
            findings.append(Finding(f"treatment: {line.drug}", f"doses in {line.unit}", f"doses in {unit}"))
        if place not in SEVERAL and any(
            each.place == place and each.given.drug != line.drug for each in taken
        ):
            needed = f"one drug of its kind ({place}) at a time"
            findings.append(
                Finding(f"treatment: {line.drug}", "a second one", needed, "simulate one after the other")
            )
        taken.append(Taken(line, place, values, amount, reference))
    if unknown:
        raise UnknownNameError(unknown + findings)
    if findings:
        raise InputError(findings)
    return tuple(taken), entries


def scenarios_of(library: Library, file: str, chosen: Mapping[str, str]) -> dict[str, str]:
    """A scenario of every group of a file that must have one.

    Where none is chosen it is the only one; of several priors on a drug none is preferred, and of several
    forms of resistance the first stands, which notes name.

    Raises
    ------
    InputError
        If a group does not exist, or one of several priors has to be chosen.
    """
    known = library.scenarios(file)
    for group in chosen:
        if group not in known:
            raise problem(
                f"{file}: scenario", f"'{group}'", "a group of scenarios of the file", nearest(group, known)
            )
    required = library.required_groups(file)
    for group in sorted(set(required) - set(chosen)):
        names = known.get(group, ())
        if group in TO_BE_CHOSEN and len(names) > 1:
            raise problem(
                f"{file}: {group}", f"{len(names)} scenarios and no choice", f"one of {', '.join(names)}",
                f"name one: --scenario {file.split('/')[1]}:{group}={names[0]}, or Who(drug_scenarios=...)",
            )  # fmt: skip
    return {
        group: chosen.get(group, names[0])
        for group, names in known.items()
        if group in chosen or group in required
    }


def clearance_factors(taken: tuple[Taken, ...], conditions: Conditions) -> dict[str, float]:
    """Factor of the conditions on each clearance of the model, by parameter."""
    return {
        f"{each.place}.CL": clearance_factor(each.values, conditions, each.given.drug)
        for each in taken
        if each.place in SMALL
    }


def records(
    taken: tuple[Taken, ...], conditions: Conditions, china: Floats, counter: Integers, seed: int, end: float
) -> DoseRecords:
    """Doses of patients before ``end`` [day].

    Parameters
    ----------
    taken
        The treatment.
    conditions
        Under what it is taken.
    china
        1 for patients in China, else 0, shape (n_patients,).
    counter
        Counters of the patients' draws.
    seed
        Seed of who misses which dose.
    end
        Last day.
    """
    found = [
        each
        for line, one in enumerate(taken)
        for each in _doses(one, line, conditions, china, counter, seed, end)
    ]
    return together(*found) if found else no_doses(len(counter))


def _doses(
    one: Taken, line: int, conditions: Conditions, china: Floats, counter: Integers, seed: int, end: float
) -> list[DoseRecords]:
    """Doses of one drug."""
    state = list(model.STATES).index(model.DOSED[one.place])
    factor = np.ones(len(counter))
    is_small = one.place in SMALL
    if is_small:
        drug = one.given.drug
        factor *= bioavailability_factor(one.values, conditions, drug)
        factor *= np.where(china > 0, one.values["pharmacy.F_china"], 1.0)
    rule = label_factor(one.values, conditions, one.given.drug) if is_small else 1.0
    found: list[DoseRecords] = []
    for k, segment in enumerate(one.given.segments(end)):
        relative = rule * segment.amount / one.reference
        amount = factor * one.unit_amount * relative ** (1 + one.exponent)
        if is_small and conditions.adherence < 1:
            name = f"adherence: {line} {one.given.drug} {k}"
            keep = kept_doses(seed, name, counter, segment.additional + 1, conditions)
            times = segment.start + segment.interval * np.arange(segment.additional + 1)
            found.append(_each(np.where(keep, times, np.inf), amount, state))
        else:
            found.append(_repeated(segment.start, segment.interval, segment.additional, amount, state))
    return found


def _repeated(start: float, interval: float, additional: int, amount: Floats, state: int) -> DoseRecords:
    """The same doses for every patient, in one record each."""
    shape = (len(amount), 1)
    return DoseRecords(
        np.where(amount[:, None] > 0, start, np.inf), amount[:, None], np.full(shape, state, dtype=np.int64),
        np.zeros(shape), np.full(shape, interval), np.full(shape, additional, dtype=np.int64),
    )  # fmt: skip


def _each(times: Floats, amount: Floats, state: int) -> DoseRecords:
    """One record for every dose; those that are missed stand at the end, at infinity."""
    ordered = np.sort(times, axis=1)
    given = np.isfinite(ordered)
    whole = np.zeros(ordered.shape, dtype=np.int64)
    return DoseRecords(
        ordered, np.where(given, amount[:, None], 0.0), whole + state, np.zeros(ordered.shape),
        np.zeros(ordered.shape), whole,
    )  # fmt: skip


def kept_doses(
    seed: int, name: str, counter: Integers, n_doses: int, conditions: Conditions
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which doses each patient takes, shape (n_patients, n_doses): a chain with the stated share and runs."""
    u = draws(seed, name, counter, n_doses)
    share, run = conditions.adherence, conditions.missed_run
    to_miss, stay = (1 - share) / (share * run), 1 - 1 / run
    keep = np.empty(u.shape, dtype=bool)
    keep[:, 0] = u[:, 0] < share
    for i in range(1, n_doses):
        keep[:, i] = np.where(keep[:, i - 1], u[:, i] >= to_miss, u[:, i] >= stay)
    return keep
