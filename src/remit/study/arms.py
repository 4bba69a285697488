"""The arms of a study: their drugs, how these are taken, and what holds them."""

from collections.abc import Mapping
from dataclasses import dataclass

from remit.dosing import Schedule, parse_given, schedule_of
from remit.library import Library
from remit.library.conditions import Conditions
from remit.library.study_file import ArmTable, StudyFile
from remit.trial.therapy import BCL2_INHIBITOR, BTK_INHIBITOR

HOLDS: Mapping[str, tuple[str, ...]] = {
    BCL2_INHIBITOR: ("counts", "lysis", "event"),
    BTK_INHIBITOR: ("counts", "event"),
    "antibody": ("event",),
    "cytotoxic": ("counts", "event"),
}
"""What holds a drug of each kind, where the study does not say otherwise."""
REDUCED = (BCL2_INHIBITOR, "cytotoxic")
"""Kinds whose dose toxicity of blood counts lowers, where the study does not say otherwise."""


@dataclass(frozen=True, slots=True)
class ArmDrug:
    """A drug of an arm and how it is taken.

    ``relative_dose`` is its target over the reference dose of its file. ``prefix`` stands before its own
    values in those of the arm: none for the main drug, else its name and a colon.
    """

    drug: str
    kind: str
    lines: tuple[str, ...]
    schedule: Schedule
    relative_dose: float
    holds: tuple[str, ...]
    is_reduced: bool
    prefix: str


@dataclass(frozen=True, slots=True)
class Arm:
    """Drugs and how they are taken; ``drug`` is the main one: the BCL2 inhibitor, else the first.

    ``disease`` and ``population`` are those of its patients.
    """

    name: str
    role: str
    drugs: tuple[ArmDrug, ...]
    conditions: Conditions
    crossover: bool
    disease: str
    population: str
    because: str

    @property
    def main(self) -> ArmDrug:
        """The main drug."""
        return next(each for each in self.drugs if not each.prefix)

    @property
    def drug(self) -> str:
        """Name of the main drug."""
        return self.main.drug

    @property
    def described(self) -> str:
        """Its drugs as the study has them, one after the other."""
        return "; ".join(line for each in self.drugs for line in each.lines)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named variant of assumptions for one arm."""

    arm: str
    name: str
    potency_exposure: str
    resistance: str


def arm_of(file: StudyFile, raw: ArmTable, library: Library) -> Arm:
    """An arm of a study file with its drugs."""
    lines: dict[str, list[str]] = {}
    for line in raw.treatment:
        lines.setdefault(parse_given(line).drug, []).append(line)
    kinds = {drug: library.document(f"drugs/{drug}").kind for drug in lines}
    main = next((drug for drug, kind in kinds.items() if kind == BCL2_INHIBITOR), next(iter(lines)))
    references = {drug: float(library.document(f"drugs/{drug}").data["reference_dose"]) for drug in lines}
    drugs = tuple(
        _drug(raw, drug, kinds[drug], own, references[drug], "" if drug == main else f"{drug}:")
        for drug, own in lines.items()
    )
    return Arm(
        name=raw.name,
        role=raw.role,
        drugs=drugs,
        conditions=Conditions(
            meal=raw.meal,
            cyp3a_inhibitor=raw.cyp3a_inhibitor,
            label_doses=raw.label_doses,
            adherence=raw.adherence,
            missed_run=raw.missed_run,
        ),
        crossover=raw.crossover,
        disease=raw.disease or file.disease,
        population=raw.population or file.population,
        because=raw.because,
    )


def _drug(raw: ArmTable, drug: str, kind: str, lines: list[str], reference: float, prefix: str) -> ArmDrug:
    """A drug of an arm."""
    schedule = schedule_of([parse_given(line) for line in lines], f"arm {raw.name}: {drug}")
    return ArmDrug(
        drug=drug,
        kind=kind,
        lines=tuple(lines),
        schedule=schedule,
        relative_dose=schedule.target / reference,
        holds=raw.holds.get(drug, HOLDS[kind]),
        is_reduced=kind in REDUCED if raw.reduced is None else drug in raw.reduced,
        prefix=prefix,
    )
