"""A study file resolved against the library: everything that a run needs, with every number traceable.

``load_study("mcl_btki_treated")`` opens a shipped study, ``load_study("my_study.toml")`` a file. A resolved
study, written by ``Study.to_toml()``, carries the library files that it used and opens to the same study.
"""

import datetime
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl

from remit import model
from remit.designation.comparators import Comparator, comparator_table
from remit.dosing import Regimen, Step
from remit.errors import Finding, InputError, UnknownNameError, problem
from remit.library import Entry, EvidenceRecord, Library, posteriors
from remit.library.absent import no_drug
from remit.library.form import nearest
from remit.library.load import Document
from remit.library.opening import assembled, read_shelf, shipped_shelf, used_sources
from remit.library.pharmacy import INHIBITORS, MEALS
from remit.library.schemas import schema
from remit.library.study_checks import check_study
from remit.library.study_file import VALUE_TABLES, SiteTable, StudyFile, dose, interval_days
from remit.library.study_reading import opened
from remit.library.toml_text import written
from remit.trial.parameters import (
    Background,
    DoseRules,
    Dropout,
    Laboratory,
    Lesions,
    Lysis,
    Readers,
    Survival,
    Visits,
)

__all__ = ["Arm", "Scenario", "Study", "init_study", "init_text", "load_study", "schema"]

MONTH = 30.4375
"""Days in a month."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A drug and how it is taken; ``full_dose`` is the target dose [nmol of venetoclax-equivalents]."""

    name: str
    drug: str
    role: str
    regimen: Regimen
    meal: str
    cyp3a_inhibitor: str
    full_dose: float
    because: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named variant of assumptions for one arm."""

    arm: str
    name: str
    potency_exposure: str
    resistance: str


@dataclass(frozen=True, slots=True)
class Study:
    """A checked study: ``file`` is what it says, ``values`` gives every number."""

    file: StudyFile
    document: Document
    library: Library

    @property
    def name(self) -> str:
        """Name of the study."""
        return self.file.name

    @property
    def title(self) -> str:
        """Title of the study."""
        return self.file.title

    @property
    def question(self) -> str:
        """The question that the study answers."""
        return self.file.question

    @property
    def as_of(self) -> datetime.date:
        """Date to which facts in the study refer."""
        return self.file.as_of

    @property
    def follow_up(self) -> float:
        """Longest follow-up of a patient [day]."""
        return self.file.follow_up.months * MONTH

    @property
    def ripe_after(self) -> float:
        """Follow-up of every responder from first response at which the readout is ripe [day]."""
        return self.file.analysis.ripe_months * MONTH

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Arms in the order of the file."""
        return tuple(self._arm(each.name) for each in self.file.arms)

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Scenarios in the order of the file; (arm, name) is unique."""
        return tuple(
            Scenario(each.arm, each.name, each.potency_exposure, each.resistance)
            for each in self.file.scenarios
        )

    def arm(self, name: str) -> Arm:
        """An arm by name.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        names = [each.name for each in self.file.arms]
        if name not in names:
            raise UnknownNameError(
                [Finding(f"study {self.name}: arms", f"'{name}'", "an arm", nearest(name, names))]
            )
        return self._arm(name)

    def scenario(self, arm: str, name: str) -> Scenario:
        """A scenario by arm and name.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        names = [each.name for each in self.scenarios if each.arm == arm]
        if name not in names:
            where = f"study {self.name}: scenarios of {arm}"
            raise UnknownNameError(
                [Finding(where, f"'{name}'", "a scenario of the arm", nearest(name, names))]
            )
        return next(each for each in self.scenarios if (each.arm, each.name) == (arm, name))

    @property
    def files(self) -> tuple[str, ...]:
        """Library files that the study uses, itself last."""
        drugs = dict.fromkeys([*(each.drug for each in self.file.arms), self.file.history.drug])
        f = self.file
        return (
            *(f"drugs/{drug}" for drug in drugs),
            f"diseases/{f.disease}",
            f"populations/{f.host}",
            f"populations/{f.population}",
            self.document.file,
        )

    @property
    def records(self) -> tuple[str, ...]:
        """Library files of published records that the study uses."""
        return f"evidence/{self.file.evidence}", f"comparators/{self.file.comparators}"

    def values(self, arm: str, scenario: str) -> dict[str, Entry]:
        """Every value of one arm under one scenario: of the model, the population and the conduct.

        Absent optional values ("not modelled") are not in it.

        Raises
        ------
        UnknownNameError
            If arm or scenario does not exist.
        """
        chosen = self.scenario(self.arm(arm).name, scenario)
        f = self.file
        drug = self.library.values(
            f"drugs/{self.arm(arm).drug}", {"potency_exposure": chosen.potency_exposure}
        )
        disease = self.library.values(f"diseases/{f.disease}", {"resistance": chosen.resistance})
        return {
            **no_drug(),
            **self.library.values(f"drugs/{f.history.drug}"),
            **drug,
            **disease,
            **self.library.values(f"populations/{f.host}"),
            **self.library.values(f"populations/{f.population}"),
            **self.library.values(self.document.file),
        }

    def model_values(self, arm: str, scenario: str) -> dict[str, Entry]:
        """The parameters of the model alone, in the order of ``remit.model.PARAMETERS``."""
        values = self.values(arm, scenario)
        return {key: values[key] for key in model.PARAMETERS}

    def bioavailability(self, arm: str, region: str) -> float:
        """Typical factor on the full dose of an arm [fold] for its meal, the region and the dose itself."""
        taken = self.arm(arm)
        values = self.library.values(f"drugs/{taken.drug}")
        factor = values[MEALS[taken.meal]].value * (
            values["pharmacy.F_china"].value if region == "china" else 1.0
        )
        relative = taken.full_dose / values["pharmacy.full_dose"].value
        return factor * relative ** values["pharmacy.dose_exponent"].value

    def clearance_factor(self, arm: str) -> float:
        """Factor on the clearance of an arm [fold] for its CYP3A inhibitor."""
        taken = self.arm(arm)
        values = self.library.values(f"drugs/{taken.drug}")
        return values[INHIBITORS[taken.cyp3a_inhibitor]].value if taken.cyp3a_inhibitor in INHIBITORS else 1.0

    @property
    def sites(self) -> tuple[SiteTable, ...]:
        """Groups of sites as the file gives them; days count from the opening of the first site."""
        return self.file.sites

    @property
    def visits(self) -> Visits:
        """When patients are seen."""
        return Visits(**self._own("visits", Visits))

    @property
    def readers(self) -> Readers:
        """How readers measure."""
        return Readers(**self._own("readers", Readers))

    @property
    def laboratory(self) -> Laboratory:
        """Assay variation and reference limits."""
        return Laboratory(**self._own("laboratory", Laboratory))

    @property
    def dose_rules(self) -> DoseRules:
        """Rules for holding and reducing doses."""
        return DoseRules(**self._own("dose_rules", DoseRules))

    @property
    def lysis(self) -> Lysis:
        """Definition and sampling of tumour lysis syndrome."""
        return Lysis(**self._own("lysis", Lysis))

    @property
    def dropout(self) -> Dropout:
        """Dropout."""
        return Dropout(**self._own("dropout", Dropout))

    @property
    def lesions(self) -> Lesions:
        """Lesions of the disease."""
        return Lesions(**self._record(f"diseases/{self.file.disease}", "lesions", Lesions))

    @property
    def survival(self) -> Survival:
        """Survival model of the population."""
        return Survival(**self._record(f"populations/{self.file.population}", "survival", Survival))

    def background(self, arm: str) -> Background:
        """Background adverse events under an arm; None where not modelled."""
        return Background(**self._record(f"drugs/{self.arm(arm).drug}", "background", Background))

    @property
    def evidence(self) -> tuple[EvidenceRecord, ...]:
        """Published results of the disease."""
        return self.library.evidence[self.file.evidence]

    @property
    def comparators(self) -> tuple[Comparator, ...]:
        """Records of available therapy."""
        return self.library.comparators[self.file.comparators]

    def parameters_table(self) -> pl.DataFrame:
        """Every value that the study uses, as the result table ``parameters``; calibrated ones as fitted."""
        analysis = self.file.analysis
        table = self.library.parameters_table(self.files)
        return posteriors.calibrated(table, analysis.calibration, analysis.recalled_records)

    def sources_table(self) -> pl.DataFrame:
        """Sources of values, spreads and comparators, as the result table ``sources``."""
        return self.library.sources_table()

    def comparators_table(self) -> pl.DataFrame:
        """Comparators as a result table."""
        return comparator_table(self.comparators)

    def to_toml(self) -> str:
        """The resolved study: what it says and the library files it used; reads back to the same study."""
        documents = {
            file: dict(self.library.document(file).data) for file in (*self.files[:-1], *self.records)
        }
        embedded = {**documents, "sources": {key: dict(each) for key, each in self._sources().items()}}
        said = self.file.model_dump(mode="python", exclude={"library"}, exclude_none=True)
        return written(
            {**said, **{table: self.document.data[table] for table in VALUE_TABLES}, "library": embedded}
        )

    def digest(self) -> str:
        """Digest of what the study says and of every value and record it uses."""
        said = self.file.model_dump(mode="json", exclude={"library"})
        entries = [repr(entry) for file in self.files for entry in self.library.entries[file]]
        fitted = posteriors.digest(self.file.analysis.calibration)
        records = [dict(self.library.document(file).data) for file in self.records]
        whole = json.dumps([said, entries, fitted, records], sort_keys=True, default=str)
        return hashlib.sha256(whole.encode()).hexdigest()

    def _sources(self) -> Mapping[str, Mapping[str, Any]]:
        """Sources that stand in sources.toml and are named by a file of the study."""
        documents = {file: self.library.document(file) for file in self.files}
        used = used_sources(documents)
        return {key: each for key, each in self.library.sources.items() if key in used}

    def _own(self, table: str, record: type) -> dict[str, Any]:
        """Values of one of the study's own tables, by field."""
        return self._record(self.document.file, table, record)

    def _record(self, file: str, table: str, record: type) -> dict[str, Any]:
        """Values of a table of a file by field; None where an optional one is absent."""
        values = self.library.values(file)
        keys = {each.name: f"{table}.{each.name}" for each in fields(record)}
        return {name: values[key].value if key in values else None for name, key in keys.items()}

    def _arm(self, name: str) -> Arm:
        """An arm of the file with its regimen."""
        raw = next(each for each in self.file.arms if each.name == name)
        target, unit = dose(raw.target_dose, name)
        steps = tuple(Step(dose(each.dose, name)[0] / target, each.days) for each in raw.ramp_up)
        drug = self.library.document(f"drugs/{raw.drug}")
        full = (
            self.library.values(drug.file)["pharmacy.full_dose"].value
            * target
            / float(drug.data["reference_dose"])
        )
        regimen = Regimen(target, unit, steps, interval_days(raw.interval, name))
        return Arm(raw.name, raw.drug, raw.role, regimen, raw.meal, raw.cyp3a_inhibitor, full, raw.because)


def load_study(name_or_path: str | Path, library: Path | None = None) -> Study:
    """A study by the name of a shipped one, or from a file.

    Parameters
    ----------
    name_or_path
        ``mcl_btki_treated``, or the path of a TOML file.
    library
        A directory of library files that stand in front of the shipped ones.

    Raises
    ------
    UnknownNameError
        If there is no such study.
    InputError
        With every finding in the study and in the library files.
    """
    mine = None if library is None else read_shelf(library, f"{library}/")
    study, shelf = opened(str(name_or_path), mine)
    resolved, findings = assembled(shelf)
    shipped = shipped_shelf()
    documents = shipped.documents | (shelf.documents if shelf else {})
    findings += check_study(study, documents, shipped.sources | (shelf.sources if shelf else {}))
    if resolved is None or findings:
        raise InputError(list(dict.fromkeys(findings)))
    found = Study(StudyFile.model_validate(dict(study.data)), study, resolved)
    name = found.file.analysis.calibration
    unfit = [
        each
        for one in found.scenarios
        for each in posteriors.differing(name, found.values(one.arm, one.name))
    ]
    if unfit:
        raise InputError(list(dict.fromkeys(unfit)))
    return found


def init_text(name: str) -> str:
    """A shipped study file with its comments, for a user to edit.

    Raises
    ------
    UnknownNameError
        If there is no such study.
    """
    folder = resources.files("remit.library") / "studies"
    known = sorted(
        each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml")
    )
    if name not in known:
        raise UnknownNameError([Finding("study", f"'{name}'", "a shipped study", nearest(name, known))])
    return (folder / f"{name}.toml").read_text(encoding="utf-8")


def init_study(path: str | Path, source: str = "mcl_btki_treated") -> Path:
    """Write a commented study file to edit, named after its file.

    Parameters
    ----------
    path
        The file to write; it must not exist.
    source
        The shipped study to start from.

    Raises
    ------
    InputError
        If the file exists already, or its name cannot be that of a study.
    UnknownNameError
        If there is no such shipped study.
    """
    target = Path(path)
    if target.exists():
        raise problem(str(target), "a file that is there already", "a new file", "choose another name")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", target.stem):
        raise problem(str(target), f"'{target.stem}'", "letters, digits, _ and - in the name", "rename it")
    text = init_text(source).replace(f'name = "{source}"', f'name = "{target.stem}"', 1)
    target.write_text(text, encoding="utf-8")
    return target
