"""The plan of an analysis: what a user writes, read strictly. Descriptions are also the comments of keys."""

import datetime
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from remit.interop.adam.expected import Expected, ExpectedEndpoint

Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
Unit = Literal["day", "week", "month", "year"]
Interval = Literal["clopper-pearson", "wilson"]

RESPONSES = (
    "sCR", "CR", "CRh", "CRi", "nCR", "VGPR", "PR", "nPR", "PR-L", "MR", "MLFS", "SD", "NON-CR/NON-PD",
    "PD", "NED", "NE", "ND",
)  # fmt: skip
"""Words for a response that are known unless a plan names its own."""


class Strict(BaseModel):
    """A table that takes no unknown key."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Endpoint(Strict):
    """What every endpoint says."""

    name: Text = Field(description="Short name, such as PFS")
    title: str = Field(default="", description="Title in tables and figures; the name unless given")
    parameter: Text = Field(description="PARAMCD of its records")
    where: dict[str, str] = Field(
        default_factory=dict,
        description="Further values that its records have, such as { ANL01FL = 'Y' }; '' stands for blank",
    )

    population: str | None = Field(
        default=None, description="Flag of ADSL of its own analysis set; that of the plan unless given"
    )

    @property
    def shown(self) -> str:
        """Title, or the name without one."""
        return self.title or self.name


class TimeToEvent(Endpoint):
    """A time to an event: records of ADTTE."""

    kind: Literal["time_to_event"] = Field(description="time_to_event, in ADTTE, or response, in ADRS")
    among: str = Field(
        default="", description="Name of the response whose responders have it, for a duration"
    )
    without_record: Literal["stop", "leave_out"] = Field(
        default="stop", description="What a subject without a record does: stop the analysis, or be left out"
    )
    interval: Literal["log-log", "log", "plain", "arcsine"] = Field(
        default="log-log",
        description="Scale of the pointwise Kaplan-Meier limits: log-log, log, plain, arcsine",
    )
    flat: Literal["middle", "first"] = Field(
        default="middle",
        description="Median if the curve stays at one half: middle of that stretch, as SAS and R, or first",
    )
    milestones: tuple[Positive, ...] = Field(
        default=(), description="Times at which survival is estimated, in time_unit"
    )
    restricted_mean: Positive | None = Field(
        default=None, description="Horizon of the restricted mean survival time, in time_unit"
    )
    log_rank: bool = Field(
        default=True, description="Log-rank test of the two arms, over strata if there are any"
    )
    max_combo: bool = Field(
        default=False, description="Max-combo test: largest of four Fleming-Harrington statistics"
    )
    hazard_ratio: bool = Field(
        default=True, description="Hazard ratio of a Cox model, over strata if there are any"
    )
    ties: Literal["efron", "breslow"] = Field(
        default="efron", description="Ties in the Cox model: efron or breslow"
    )
    follow_up: bool = Field(default=True, description="Median follow-up by the reverse Kaplan-Meier method")
    competing: tuple[int | str, ...] = Field(
        default=(), description="Competing events, as CNSR codes (2) or texts of EVNTDESC ('death')"
    )
    last_without: str = Field(
        default="",
        description="Variable of ADTTE: last time known without the event, in the unit of AVAL",
    )
    first_with: str = Field(
        default="",
        description="Variable of ADTTE: first time known with it; adds interval-censored survival",
    )

    @property
    def has_bounds(self) -> bool:
        """Whether variables say between which times an event lies."""
        return bool(self.last_without and self.first_with)


class Response(Endpoint):
    """A response: one record of ADRS for each subject."""

    kind: Literal["response"] = Field(description="time_to_event, in ADTTE, or response, in ADRS")
    responders: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        default=("CR", "PR"),
        description="Values of AVALC that count as response; all else, and no record, do not",
    )
    values: tuple[Text, ...] = Field(default=RESPONSES, description="Words that AVALC may hold")
    p0: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="Rate that each arm is tested against, exactly and one-sided"
    )
    interval: Interval = Field(
        default="clopper-pearson",
        description="Interval of a rate: clopper-pearson, which is exact, or wilson",
    )
    risk_difference: bool = Field(default=True, description="Difference of rates, Miettinen and Nurminen")
    margin: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.0, description="Non-inferiority margin of the difference; 0 tests superiority"
    )
    mantel_haenszel: bool = Field(default=True, description="Cochran-Mantel-Haenszel test over the strata")
    fisher: bool = Field(default=False, description="Fisher's exact test")
    odds_ratio: bool = Field(default=True, description="Odds ratio; that of Mantel and Haenszel over strata")


AnyEndpoint = Annotated[TimeToEvent | Response, Field(discriminator="kind")]


class AnalysisPlan(Strict):
    """The plan of an analysis."""

    format: Literal[1] = Field(default=1, description="Version of this format")
    title: Text = Field(default="Analysis", description="What stands over the document")
    data: Literal["simulated", "observed"] | None = Field(
        default=None, description="Whether data are simulated or observed; told from the tables unless given"
    )
    population: str = Field(
        default="", description="Flag of ADSL that is Y in the analysis set; '' is everyone"
    )
    treatment: Text = Field(description="Variable of ADSL with the arm")
    experimental: str = Field(default="", description="Experimental arm, a value of the treatment variable")
    reference: str = Field(default="", description="Arm that it is compared with; '' for no comparison")
    strata: tuple[Text, ...] = Field(default=(), description="Stratification factors, variables of ADSL")
    by: tuple[Text, ...] = Field(default=(), description="Variables of ADSL whose levels are analysed apart")
    subgroups: tuple[Text, ...] = Field(
        default=(), description="Variables of ADSL in whose levels the arms are also compared, without a test"
    )
    level: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        default=0.95, description="Confidence level of two-sided intervals"
    )
    sides: Literal[1, 2] = Field(
        default=2, description="Whether tables print one-sided or two-sided p-values"
    )
    time_unit: Unit = Field(
        default="month", description="Unit in which times are shown; a month is 30.4375 days"
    )
    unit_in_file: Unit = Field(
        default="day", description="Unit of AVAL where neither AVALU nor PARAM says it"
    )
    cut_off: datetime.date | None = Field(
        default=None, description="Data cut-off after which no date may lie; DCUTDT is used without it"
    )
    not_modelled: tuple[Text, ...] = Field(
        default=(),
        description="Adverse events that simulated data do not hold: printed as not modelled, never as 0",
    )
    endpoints: Annotated[tuple[AnyEndpoint, ...], Field(min_length=1)] = Field(
        description="What is analysed, in the order of the document"
    )

    @property
    def is_comparison(self) -> bool:
        """Whether two arms are compared."""
        return bool(self.experimental and self.reference)


def expected_of(plan: AnalysisPlan) -> Expected:
    """What the rules of ``remit.interop.adam`` check the tables against."""
    return Expected(
        treatment=plan.treatment,
        arms=tuple(arm for arm in (plan.experimental, plan.reference) if arm),
        population=plan.population,
        strata=plan.strata,
        by=tuple(dict.fromkeys((*plan.by, *plan.subgroups))),
        subgroups=plan.subgroups,
        unit=plan.unit_in_file,
        is_unit_given="unit_in_file" in plan.model_fields_set,
        cut_off=plan.cut_off,
        endpoints=tuple(expected_endpoint(each) for each in plan.endpoints),
    )


def expected_endpoint(endpoint: TimeToEvent | Response) -> ExpectedEndpoint:
    """Which records an endpoint has."""
    if isinstance(endpoint, Response):
        return ExpectedEndpoint(
            name=endpoint.name,
            kind="response",
            parameter=endpoint.parameter,
            where=endpoint.where,
            population=endpoint.population,
            values=endpoint.values,
            responders=endpoint.responders,
        )
    return ExpectedEndpoint(
        name=endpoint.name,
        kind="time_to_event",
        parameter=endpoint.parameter,
        where=endpoint.where,
        population=endpoint.population,
        among=endpoint.among,
        competing=endpoint.competing,
        bounds=(endpoint.last_without, endpoint.first_with) if endpoint.has_bounds else (),
        without_record=endpoint.without_record,
    )


def table_at(location: tuple[int | str, ...]) -> type[BaseModel]:
    """The table in which a location of a validation error stands."""
    kinds: Mapping[str, type[BaseModel]] = {"time_to_event": TimeToEvent, "response": Response}
    kind = next((str(part) for part in location if str(part) in kinds), "")
    return kinds.get(kind, AnalysisPlan)


def described(model: type[BaseModel], key: str) -> str:
    """Description of a key."""
    field = model.model_fields.get(key)
    return (field.description or "") if field else ""
