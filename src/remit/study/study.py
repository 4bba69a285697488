"""A checked study: what it says, and every number that it uses, traceable."""

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import polars as pl

from remit import model
from remit.designation.comparators import Comparator, comparator_table
from remit.errors import Finding, UnknownNameError
from remit.library import Entry, EvidenceRecord, Library, posteriors
from remit.library.absent import no_drug
from remit.library.form import nearest
from remit.library.load import Document
from remit.library.opening import used_sources
from remit.library.study_file import VALUE_TABLES, SiteTable, StudyFile
from remit.library.toml_text import written
from remit.study.arms import Arm, Scenario, arm_of
from remit.trial.estimands.defaults import TIMES_BY_READER, TIMES_WITHOUT_READER
from remit.trial.estimands.endpoint import Endpoint
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

MONTH = 30.4375
"""Days in a month."""


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
    def populations(self) -> tuple[tuple[str, str], ...]:
        """Disease and population of each cohort of virtual patients, once each, in the order of the arms."""
        return tuple(dict.fromkeys((each.disease, each.population) for each in self.arms))

    @property
    def files(self) -> tuple[str, ...]:
        """Library files that the study uses, itself last."""
        f = self.file
        earlier = [f.history.drug] if f.history else []
        drugs = dict.fromkeys([*(each.drug for arm in self.arms for each in arm.drugs), *earlier])
        patients = [
            name
            for disease, population in self.populations
            for name in (f"diseases/{disease}", f"populations/{population}")
        ]
        return (
            *(f"drugs/{drug}" for drug in drugs),
            f"populations/{f.host}",
            *dict.fromkeys(patients),
            f"conduct/{f.conduct}",
            self.document.file,
        )

    @property
    def records(self) -> tuple[str, ...]:
        """Library files of published records that the study uses."""
        comparators = () if self.file.comparators is None else (f"comparators/{self.file.comparators}",)
        return f"evidence/{self.file.evidence}", *comparators

    def values(self, arm: str, scenario: str) -> dict[str, Entry]:
        """Every value of one arm under one scenario: of the model, the population and the conduct.

        Values of a drug beside its pharmacology carry its prefix. Absent optional values ("not modelled") are
        not in it.

        Raises
        ------
        UnknownNameError
            If arm or scenario does not exist.
        """
        chosen, own = self.scenario(self.arm(arm).name, scenario), self.arm(arm)
        found = {**no_drug(), **self.earlier_values(), **self.patient_values(own, chosen.resistance)}
        for each in own.drugs:
            potency = self._potency(each.drug, chosen.potency_exposure)
            for key, entry in self.library.values(f"drugs/{each.drug}", potency).items():
                name = key if key in model.PARAMETERS else f"{each.prefix}{key}"
                found[name] = replace(entry, key=name)
        return {**found, **self.library.values(f"conduct/{self.file.conduct}"), **self._said()}

    def population_values(self, arm: str, scenario: str) -> dict[str, Entry]:
        """Values under which the patients of an arm come to the trial, its own drugs not given yet.

        Raises
        ------
        UnknownNameError
            If arm or scenario does not exist.
        """
        chosen = self.scenario(self.arm(arm).name, scenario)
        patients = self.patient_values(self.arm(arm), chosen.resistance)
        return {**no_drug(), **self.earlier_values(), **patients}

    def patient_values(self, arm: Arm, resistance: str) -> dict[str, Entry]:
        """Values of disease, host and population of an arm under a form of resistance."""
        return {
            **self.library.values(f"diseases/{arm.disease}", {"resistance": resistance}),
            **self.library.values(f"populations/{self.file.host}"),
            **self.library.values(f"populations/{arm.population}"),
        }

    def earlier_values(self) -> dict[str, Entry]:
        """Pharmacology of the BTK inhibitor of an earlier course; nothing without one."""
        if self.file.history is None:
            return {}
        values = self.library.values(f"drugs/{self.file.history.drug}")
        return {key: each for key, each in values.items() if key in model.PARAMETERS}

    def _potency(self, drug: str, name: str) -> dict[str, str]:
        """The prior on potency of a drug: the one named where it has it, else its only one."""
        names = self.library.scenarios(f"drugs/{drug}").get("potency_exposure", ())
        if not names:
            return {}
        return {"potency_exposure": name if name in names else names[0]}

    def _said(self) -> dict[str, Entry]:
        """Values that the study itself gives."""
        return self.library.values(self.document.file)

    def model_values(self, arm: str, scenario: str) -> dict[str, Entry]:
        """The parameters of the model alone, in the order of ``remit.model.PARAMETERS``."""
        values = self.values(arm, scenario)
        return {key: values[key] for key in model.PARAMETERS}

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
    def lesions(self) -> Lesions | None:
        """Lesions of the disease; None of a disease without any."""
        found = self._record(f"diseases/{self.file.disease}", "lesions", Lesions)
        return None if found["longest_diameter"] is None else Lesions(**found)

    @property
    def survival(self) -> Survival:
        """Survival model of the population."""
        return Survival(**self._record(f"populations/{self.file.population}", "survival", Survival))

    def background(self, drug: str) -> Background | None:
        """Background adverse events under a drug, without those that are not modelled; None if none is."""
        found = self._record(f"drugs/{drug}", "background", Background)
        return None if found["event_duration"] is None else Background(**found)

    @property
    def evidence(self) -> tuple[EvidenceRecord, ...]:
        """Published results of the disease."""
        return self.library.evidence[self.file.evidence]

    @property
    def comparators(self) -> tuple[Comparator, ...]:
        """Records of available therapy; none where the study names no comparators."""
        name = self.file.comparators
        return () if name is None else self.library.comparators[name]

    @property
    def times(self) -> tuple[Endpoint, ...]:
        """Endpoints that are times: those declared, and the usual ones under other names."""
        declared = {each.name: each.declared() for each in self.file.endpoints}
        usual = {**TIMES_BY_READER, **TIMES_WITHOUT_READER}
        return tuple(each for each in {**usual, **declared}.values() if each.is_time)

    def parameters_table(self) -> pl.DataFrame:
        """Every value that the study uses, as the result table ``parameters``; calibrated ones as fitted."""
        analysis = self.file.analysis
        replaced = [f"conduct/{self.file.conduct}: {key}" for key in self._said()]
        table = self.library.parameters_table(self.files).filter(~pl.col("PATH").is_in(replaced))
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
        own = {table: self.document.data[table] for table in VALUE_TABLES if table in self.document.data}
        kept = {key: each for key, each in said.items() if key not in VALUE_TABLES}
        return written({**kept, **own, "library": embedded})

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
        """Values of one of the tables of conduct, by field; what the study says goes before."""
        usual = self._record(f"conduct/{self.file.conduct}", table, record)
        own = self._record(self.document.file, table, record)
        return {name: usual[name] if value is None else value for name, value in own.items()}

    def _record(self, file: str, table: str, record: type) -> dict[str, Any]:
        """Values of a table of a file by field; None where an optional one is absent."""
        values = self.library.values(file)
        keys = {each.name: f"{table}.{each.name}" for each in fields(record)}
        return {name: values[key].value if key in values else None for name, key in keys.items()}

    def _arm(self, name: str) -> Arm:
        """An arm of the file."""
        raw = next(each for each in self.file.arms if each.name == name)
        return arm_of(self.file, raw, self.library)
