"""What an analysis expects of ADaM tables: which variables play which part, and the endpoints."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from remit.interop.adam.tables import AdamTables

EndpointKind = Literal["time_to_event", "response"]
DATASET_OF: Mapping[EndpointKind, str] = {"time_to_event": "ADTTE", "response": "ADRS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedEndpoint:
    """The records of an endpoint.

    Parameters
    ----------
    name
        Its name in the plan.
    kind
        Time to event, in ADTTE, or response, in ADRS.
    parameter
        PARAMCD of its records.
    where
        Values of further variables that its records have; "" stands for blank.
    values
        Of a response: the words that AVALC may hold.
    responders
        Of a response: the words that count as one.
    population
        Flag of ADSL of its own analysis set; None for that of the analysis, empty for every subject.
    among
        Of a time from response: the response whose responders have it; empty for the whole population.
    competing
        Of a time: competing events, as CNSR codes or texts of EVNTDESC in any case.
    bounds
        Variables with the last time without and the first with the event, or nothing.
    without_record
        Whether a subject without a record stops the analysis, or is left out and counted.
    """

    name: str
    kind: EndpointKind
    parameter: str
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    values: tuple[str, ...] = ()
    responders: tuple[str, ...] = ()
    population: str | None = None
    among: str = ""
    competing: tuple[int | str, ...] = ()
    bounds: tuple[str, ...] = ()
    without_record: Literal["stop", "leave_out"] = "stop"

    @property
    def dataset(self) -> str:
        """The dataset that holds its records."""
        return DATASET_OF[self.kind]

    @property
    def value(self) -> str:
        """The variable that holds its value."""
        return "AVAL" if self.kind == "time_to_event" else "AVALC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an analysis expects.

    Parameters
    ----------
    treatment
        Variable of ADSL with the arm.
    arms
        Arms that must be among its values.
    population
        Flag of ADSL that is Y in the analysis set; empty for every subject.
    strata
        Variables of ADSL that define strata.
    by
        Variables of ADSL whose levels are analysed apart.
    subgroups
        Those of ``by`` in whose levels the arms are compared.
    unit
        Unit of times where the file says none.
    is_unit_given
        Whether the plan says that unit, or it is only the default.
    cut_off
        Date after which no record may lie; None to go by DCUTDT.
    endpoints
        The endpoints.
    """

    treatment: str
    arms: tuple[str, ...] = ()
    population: str = ""
    strata: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()
    unit: str = "day"
    is_unit_given: bool = False
    cut_off: datetime.date | None = None
    endpoints: tuple[ExpectedEndpoint, ...] = ()

    def endpoint(self, name: str) -> ExpectedEndpoint | None:
        """An endpoint by name."""
        return next((each for each in self.endpoints if each.name == name), None)

    def of_kind(self, kind: EndpointKind) -> tuple[ExpectedEndpoint, ...]:
        """Endpoints of a kind."""
        return tuple(each for each in self.endpoints if each.kind == kind)

    @property
    def populations(self) -> tuple[str, ...]:
        """Flags of all analysis sets, that of the analysis first; empty for every subject."""
        own = [each.population for each in self.endpoints if each.population is not None]
        return tuple(dict.fromkeys([self.population, *own]))

    def population_of(self, endpoint: ExpectedEndpoint) -> str:
        """Flag of the analysis set of an endpoint; empty for every subject."""
        return self.population if endpoint.population is None else endpoint.population

    def used(self, dataset: str) -> frozenset[str]:
        """Variables of a dataset that the analysis rests on."""
        if dataset == "ADSL":
            return frozenset({self.treatment, *self.populations, *self.strata, *self.by} - {""})
        own = [each for each in self.endpoints if each.dataset == dataset]
        wheres = {name for each in own for name in (*each.where, *each.bounds)}
        values = {"ADTTE": {"AVAL", "CNSR", "PARAMCD", "AVALU"}, "ADRS": {"AVALC", "PARAMCD"}}
        return frozenset(values.get(dataset, set()) | wheres)


def equal(variable: str, value: str) -> pl.Expr:
    """Whether a variable, as text, has a value; an empty value stands for blank."""
    column = pl.col(variable)
    return column.is_null() if not value else (column.cast(pl.String) == value).fill_null(value=False)


def number(variable: str) -> pl.Expr:
    """A variable as a number; one that is declared nowhere was read as text."""
    return pl.col(variable).cast(pl.Float64, strict=False)


def population(tables: AdamTables, flag: str) -> pl.DataFrame:
    """Rows of ADSL in an analysis set: its flag is Y; all rows without a flag."""
    adsl = tables.frame("ADSL")
    return adsl.filter(equal(flag, "Y")) if flag else adsl


def analysed(tables: AdamTables, expected: Expected) -> pl.DataFrame:
    """Rows of ADSL in any of the analysis sets, all of whose flags must be there."""
    adsl = tables.frame("ADSL")
    if not all(expected.populations):
        return adsl
    return adsl.filter(pl.any_horizontal(equal(flag, "Y") for flag in expected.populations))


def records(tables: AdamTables, endpoint: ExpectedEndpoint) -> pl.DataFrame:
    """Rows of the dataset of an endpoint that are its own."""
    frame = tables.frame(endpoint.dataset).filter(equal("PARAMCD", endpoint.parameter))
    for variable, value in endpoint.where.items():
        frame = frame.filter(equal(variable, value))
    return frame


def is_usable(tables: AdamTables, endpoint: ExpectedEndpoint) -> bool:
    """Whether the dataset of an endpoint and the variables that it needs are there."""
    return tables.has(
        endpoint.dataset, "USUBJID", "PARAMCD", endpoint.value, *endpoint.where, *endpoint.bounds
    )


def responders(tables: AdamTables, response: ExpectedEndpoint) -> pl.DataFrame:
    """Keys of the subjects whose response counts as one."""
    rows = records(tables, response).filter(pl.col("AVALC").is_in(list(response.responders)))
    return rows.select(tables.key).unique(maintain_order=True)
