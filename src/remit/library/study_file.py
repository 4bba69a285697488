"""The study file: what a user writes, read strictly. What it does not say comes from the library."""

import datetime
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from remit.errors import problem

DOSE = re.compile(r"\s*(-?[0-9]*\.?[0-9]+)\s*(mg|study dose)\s*")
DURATION = re.compile(r"\s*(-?[0-9]*\.?[0-9]+)\s*(h|day)\s*")

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_/-]+$")]
PlainName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Sentence = Annotated[str, Field(min_length=10)]
Count = Annotated[int, Field(gt=0)]
Probability = Annotated[float, Field(gt=0, lt=1)]
RawTable = dict[str, Any]


class Strict(BaseModel):
    """A table that takes no unknown key."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HistoryTable(Strict):
    """The BTK inhibitor: of the earlier course, and of the model where an arm has none of its own."""

    drug: Name
    because: str = ""


class DesignTable(Strict):
    """Size and inference of a single-arm trial."""

    kind: Literal["single_arm"]
    n_patients: Count
    n_because: Sentence
    p0: Probability
    p0_because: Sentence
    p0_source: Name
    alpha: Annotated[float, Field(gt=0, lt=0.5)]


class RampStep(Strict):
    """One step of a ramp-up; ``dose`` as ``20 mg`` or ``0.05 study dose``."""

    dose: str
    days: Annotated[float, Field(gt=0)]


class ArmTable(Strict):
    """A drug and how it is taken."""

    name: PlainName
    drug: Name
    role: Literal["investigational", "reference"]
    target_dose: str
    ramp_up: tuple[RampStep, ...] = ()
    interval: str = "24 h"
    meal: Literal["fasted", "low_fat", "high_fat"] = "low_fat"
    cyp3a_inhibitor: Literal["none", "moderate", "strong"] = "none"
    because: str = ""
    source: str = ""


class ScenarioTable(Strict):
    """A variant of assumptions for one arm: a prior on potency and exposure, a form of resistance."""

    name: Name
    arm: Name
    potency_exposure: Name
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
    """Modality by which complete response is judged."""

    modality: Literal["CT"]


class TreatmentTable(Strict):
    """How long treatment lasts."""

    until: Literal["progression"]


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
    evidence: Name = "mcl"
    comparators: Name = "mcl_btki_treated"
    history: HistoryTable
    design: DesignTable
    arms: Annotated[tuple[ArmTable, ...], Field(min_length=1)]
    scenarios: Annotated[tuple[ScenarioTable, ...], Field(min_length=1)]
    enrolment: EnrolmentTable
    sites: Annotated[tuple[SiteTable, ...], Field(min_length=1)]
    measurement: MeasurementTable
    treatment: TreatmentTable
    follow_up: FollowUpTable
    analysis: AnalysisTable
    run: RunTable = RunTable()
    visits: RawTable
    readers: RawTable
    laboratory: RawTable
    dose_rules: RawTable
    lysis: RawTable
    dropout: RawTable
    library: RawTable | None = None


def dose(text: str, where: str) -> tuple[float, str]:
    """Amount and unit (``mg`` or ``study dose``) of a dose.

    Raises
    ------
    InputError
        If the text is no dose, or the dose is not positive.
    """
    match = DOSE.fullmatch(text)
    if match is None:
        raise problem(
            where, f"'{text}'", "a dose such as '400 mg' or '0.5 study dose'", "mass only where it is public"
        )
    amount = float(match[1])
    if amount <= 0:
        raise problem(
            where, f"'{text}'", "a dose above 0", "check the sign; a hold is a dose rule, not a dose"
        )
    return amount, match[2]


def interval_days(text: str, where: str) -> float:
    """Days between doses.

    Raises
    ------
    InputError
        If the text is no duration, or it is not positive.
    """
    match = DURATION.fullmatch(text)
    if match is None or float(match[1]) <= 0:
        raise problem(where, f"'{text}'", "a duration above 0, such as '24 h' or '1 day'")
    return float(match[1]) / (24 if match[2] == "h" else 1)


def known_keys(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """Keys of the table in which a location of a validation error stands."""
    model: type[BaseModel] = StudyFile
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            inner = _table_of(model.model_fields[part].annotation)
            model = inner or model
    return tuple(model.model_fields)


def _table_of(annotation: Any) -> type[BaseModel] | None:
    """The table model within an annotation, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_table_of(each) for each in annotation.__args__) if hasattr(annotation, "__args__") else ()
    return next((each for each in inner if each is not None), None)


VALUE_TABLES = ("visits", "readers", "laboratory", "dose_rules", "lysis", "dropout")
"""Tables of a study whose values carry unit, origin and reason, as those of the library."""


def without_library(data: Mapping[str, Any]) -> dict[str, Any]:
    """A study document without the library files that a resolved study carries."""
    return {key: value for key, value in data.items() if key != "library"}
