"""The study file: what a user writes, read strictly. What it does not say comes from the library."""

import datetime
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from remit.dosing import parse_regimen, regimen_of
from remit.dosing.shorthand import interval_text, plain
from remit.errors import InputError, problem

DOSE = re.compile(r"\s*(-?[0-9]*\.?[0-9]+)\s*(mg|mg/m2|mg/kg|study dose)\s*")
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


STEPWISE = ("target_dose", "ramp_up", "interval")
"""Keys of an arm that say how the drug is taken where ``regimen`` does not."""


def two_ways(described: dict[str, Any]) -> None:
    """Say in the JSON Schema of an arm that it has a regimen in one line or in steps, and not both."""
    for key in ("regimen", "target_dose"):
        described["properties"][key].pop("default")
    steps = {"anyOf": [{"required": [key]} for key in STEPWISE]}
    described["oneOf"] = [
        {"required": ["regimen"], "not": steps},
        {"required": ["target_dose"], "not": {"required": ["regimen"]}},
    ]


class ArmTable(Strict):
    """A drug and how it is taken: ``regimen`` in one line, or ``target_dose``, ``ramp_up`` and ``interval``.

    The line is read into the other three at once, so that both ways of writing give the same study.
    """

    model_config = ConfigDict(json_schema_extra=two_ways)

    name: PlainName
    drug: Name
    role: Literal["investigational", "reference"]
    regimen: str = Field(default="", exclude=True, description="As 20 mg q24h x 7 then 400 mg q24h")
    target_dose: str = ""
    ramp_up: tuple[RampStep, ...] = ()
    interval: str = "24 h"
    meal: Literal["fasted", "low_fat", "high_fat"] = "low_fat"
    cyp3a_inhibitor: Literal["none", "moderate", "strong"] = "none"
    because: str = ""
    source: str = ""

    @model_validator(mode="before")
    @classmethod
    def _in_steps(cls, arm: Any) -> Any:
        """The table with its regimen in steps."""
        return in_steps(arm) if isinstance(arm, Mapping) else arm


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
    # Divided as decimals: 2.4 h is 0.1 days to the last digit, as in a regimen in one line.
    return float(Decimal(match[1]) / (24 if match[2] == "h" else 1))


def in_steps(arm: Mapping[str, Any]) -> dict[str, Any]:
    """An arm with its one-line regimen in steps; as it stands if there is none that can be read."""
    text = arm.get("regimen")
    if not isinstance(text, str) or any(key in arm for key in STEPWISE):
        return dict(arm)
    try:
        courses = parse_regimen(text)
        regimen_of(courses)
    except InputError:
        return dict(arm)
    *steps, target = (f"{plain(each.amount)} {each.unit}" for each in courses)
    number, unit = interval_text(courses[-1].interval)
    return {
        **{key: value for key, value in arm.items() if key != "regimen"},
        "target_dose": target,
        "ramp_up": [
            {"dose": step, "days": each.days} for step, each in zip(steps, courses[:-1], strict=True)
        ],
        "interval": f"{number} {'h' if unit == 'h' else 'day'}",
    }


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
