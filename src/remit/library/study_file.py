"""The study file: what a user writes, read strictly. What it does not say comes from the library."""

import datetime
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from remit.library.design_tables import DESIGNS, Design
from remit.library.endpoint_tables import EndpointTable
from remit.library.strict import Count, Name, PlainName, RawTable, Sentence, Strict
from remit.trial.laboratory import ANALYTES
from remit.trial.mrd_assays import ASSAYS
from remit.trial.parameters import TABLES


class HistoryTable(Strict):
    """The BTK inhibitor: of the earlier course, and of the model where an arm has none of its own."""

    drug: Name
    because: str = ""


HoldReason = Literal["counts", "lysis", "event"]


class ArmTable(Strict):
    """An arm: its drugs, one line for each as in `remit treat`, and how they are taken.

    ``holds`` says of a drug what holds it, where that is not usual for its kind, and ``reduced`` names the
    drugs whose dose toxicity of blood counts lowers. A ``disease`` and ``population`` of its own make an
    arm a basket. Patients of an arm with ``crossover`` may have the investigational drug after progression.
    """

    name: PlainName
    role: Literal["investigational", "reference", "control", "component"]
    treatment: Annotated[
        tuple[str, ...], Field(min_length=1, description="As mesutoclax 1 study dose q24h from day 84")
    ]
    meal: Literal["fasted", "low_fat", "high_fat"] = "low_fat"
    cyp3a_inhibitor: Literal["none", "moderate", "strong", "posaconazole"] = "none"
    label_doses: bool = False
    adherence: Annotated[float, Field(gt=0, le=1)] = 1.0
    missed_run: Annotated[float, Field(ge=1)] = 1.0
    holds: dict[str, tuple[HoldReason, ...]] = Field(default_factory=dict)
    reduced: tuple[str, ...] | None = None
    crossover: bool = False
    disease: Name | None = None
    population: Name | None = None
    because: str = ""
    source: str = ""


class ScenarioTable(Strict):
    """A variant of assumptions for one arm: a prior on potency and exposure, a form of resistance.

    An arm without a drug that has several priors says nothing of potency.
    """

    name: Name
    arm: Name
    potency_exposure: Name | Literal[""] = ""
    resistance: Name


class EnrolmentTable(Strict):
    """Limits of enrolment; days count from the opening of the first site."""

    largest_share_china: Annotated[float, Field(gt=0, le=1)] = 1.0
    latest_cut_off_day: Annotated[float, Field(gt=0)]
    because: Sentence


class SiteTable(Strict):
    """A group of sites in one country that open one after another."""

    country: Annotated[str, Field(min_length=2)]
    region: Literal["china", "other"]
    n_sites: Count
    activation_start_day: Annotated[float, Field(ge=0)]
    activation_interval_days: Annotated[float, Field(ge=0)]
    patients_per_site_month: Annotated[float, Field(gt=0)]
    rate_dispersion: Annotated[float, Field(ge=0)]
    because: Sentence


class MeasurementTable(Strict):
    """The criterion of response, the modality of imaging, and when a bone marrow is taken."""

    criterion: Name = "lugano_2014"
    modality: Name = "CT"
    marrow: Literal["confirm", "every"] = "confirm"
    laboratory: tuple[str, ...] = tuple(ANALYTES)


class MrdTable(Strict):
    """Samples of one compartment for residual disease, on days counted from the first dose."""

    compartment: Literal["blood", "marrow"]
    assay: Literal[tuple(ASSAYS)]  # pyright: ignore[reportInvalidTypeForm]
    days: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1)]
    input_cv: Annotated[float, Field(ge=0)] = 0.3
    least_input: Annotated[float, Field(ge=0, le=1)] = 0.25
    failure_probability: Annotated[float, Field(ge=0, le=1)] = 0.03
    because: Sentence


class MrdStopTable(Strict):
    """Stopping with undetectable disease: the samples that decide, and the drugs that stop."""

    compartment: Literal["blood", "marrow"]
    assay: Literal[tuple(ASSAYS)]  # pyright: ignore[reportInvalidTypeForm]
    earliest_day: Annotated[float, Field(ge=0)]
    consecutive: Count = 2
    drugs: Annotated[tuple[Name, ...], Field(min_length=1)]
    because: Sentence


class NoResponseTable(Strict):
    """Ending treatment without a response: at the first assessment from a day on."""

    day: Annotated[float, Field(gt=0)]
    because: Sentence


class FollowUpTable(Strict):
    """Longest follow-up of a patient."""

    months: Annotated[float, Field(gt=0, le=120)]


class AnalysisTable(Strict):
    """Readers, ripeness, extinction rule, agencies, and the calibration whose draws are used.

    ``recalled_records`` is the weight of records that were recalled and not read in their source.
    """

    readers: Annotated[tuple[Literal["IRC", "INV"], ...], Field(min_length=1)] = ("IRC", "INV")
    primary_reader: Literal["IRC", "INV"] = "IRC"
    ripe_months: Annotated[float, Field(ge=0)] = 6.0
    extinction: Literal["stochastic", "one_cell"] = "stochastic"
    agencies: tuple[Literal["cde", "fda"], ...] = ("cde", "fda")
    calibration: Name | Literal["none"] = "mcl_anchor"
    recalled_records: Literal["full", "default", "absent"] = "default"


class RunTable(Strict):
    """Size of a default run: parameter draws, patients in each, trial replicates, seed.

    ``sensitivity`` is patients of each level of the sensitivity analysis; 0 leaves it out.
    """

    draws: Count = 16
    patients: Count = 100
    replicates: Count = 1000
    sensitivity: Annotated[int, Field(ge=0)] = 150
    seed: Annotated[int, Field(ge=0)] = 1


class StudyFile(Strict):
    """A study file; its tables of values are checked as library files are.

    ``library`` holds the files that a resolved study carries.
    """

    format: Literal[1]
    name: Name
    title: Annotated[str, Field(min_length=5)]
    question: Annotated[str, Field(min_length=10)]
    as_of: datetime.date
    disease: Name
    population: Name
    host: Name = "host_adult"
    conduct: Name = "lymphoma"
    evidence: Name = "mcl"
    comparators: Name | None = None
    history: HistoryTable | None = None
    design: Design
    endpoints: tuple[EndpointTable, ...] = ()
    arms: Annotated[tuple[ArmTable, ...], Field(min_length=1)]
    scenarios: Annotated[tuple[ScenarioTable, ...], Field(min_length=1)]
    enrolment: EnrolmentTable
    sites: Annotated[tuple[SiteTable, ...], Field(min_length=1)]
    measurement: MeasurementTable = MeasurementTable()
    mrd: tuple[MrdTable, ...] = ()
    mrd_stop: MrdStopTable | None = None
    no_response: NoResponseTable | None = None
    follow_up: FollowUpTable
    analysis: AnalysisTable
    run: RunTable = RunTable()
    visits: RawTable = Field(default_factory=dict)
    readers: RawTable = Field(default_factory=dict)
    laboratory: RawTable = Field(default_factory=dict)
    dose_rules: RawTable = Field(default_factory=dict)
    lysis: RawTable = Field(default_factory=dict)
    dropout: RawTable = Field(default_factory=dict)
    supportive_care: RawTable = Field(default_factory=dict)
    biopsy: RawTable = Field(default_factory=dict)
    crossover: RawTable = Field(default_factory=dict)
    library: RawTable | None = None


def known_keys(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """Keys of the table in which a location of a validation error stands."""
    model: type[BaseModel] = StudyFile
    for part in location[:-1]:
        if isinstance(part, str) and part in DESIGNS and model is not StudyFile:
            model = DESIGNS[part]
        elif isinstance(part, str) and part in model.model_fields:
            inner = _table_of(model.model_fields[part].annotation)
            model = inner or model
    return tuple(model.model_fields)


def _table_of(annotation: Any) -> type[BaseModel] | None:
    """The table model within an annotation, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_table_of(each) for each in annotation.__args__) if hasattr(annotation, "__args__") else ()
    return next((each for each in inner if each is not None), None)


VALUE_TABLES = tuple(name for name, (_, kind) in TABLES.items() if kind == "study")
"""Tables of a study whose values carry unit, origin and reason, as those of the library."""


def without_library(data: Mapping[str, Any]) -> dict[str, Any]:
    """A study document without the library files that a resolved study carries."""
    return {key: value for key, value in data.items() if key != "library"}
