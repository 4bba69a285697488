"""Drugs of the library in their places in the model, and how they are dosed there."""

from collections.abc import Mapping
from dataclasses import dataclass

from remit.dosing.given import Given
from remit.errors import Finding, InputError, UnknownNameError, problem
from remit.library.absent import no_drug
from remit.library.catalogue import Library
from remit.library.conditions import Conditions, clearance_factor
from remit.library.entries import Entry
from remit.library.form import nearest

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
