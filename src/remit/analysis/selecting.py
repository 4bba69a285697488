"""The subjects of an analysis and their values, in the few columns that the estimators are given."""

from collections.abc import Iterator, Sequence

import polars as pl

from remit.analysis.plan_file import AnalysisPlan, Response, TimeToEvent, expected_endpoint
from remit.interop.adam.expected import number, population, records, responders
from remit.interop.adam.tables import AdamTables
from remit.interop.adam.time_units import DAYS, unit_of

ARM, STRATUM, BY = "#ARM", "#STRATUM", "#BY"
TIME, EVENT, COMPETING, RESPONSE = "#TIME", "#EVENT", "#COMPETING", "#RESPONSE"
LEFT, RIGHT = "#LEFT", "#RIGHT"
"""Bounds between which an event happened."""
SUBGROUP = "#SUBGROUP "
"""Before the name of a variable of subgroups."""
BETWEEN = " / "
"""Between the levels of several variables."""


def population_name(plan: AnalysisPlan, endpoint: TimeToEvent | Response | None = None) -> str:
    """Flag of the analysis set of an endpoint, or of the plan; empty for everyone."""
    return plan.population if endpoint is None or endpoint.population is None else endpoint.population


def subjects(
    tables: AdamTables, plan: AnalysisPlan, endpoint: TimeToEvent | Response | None = None
) -> pl.DataFrame:
    """An analysis set: keys, arm, stratum, what is analysed apart, and the variables of subgroups."""
    people = population(tables, population_name(plan, endpoint))
    return people.select(
        *tables.key,
        pl.col(plan.treatment).alias(ARM),
        _joined(plan.strata, STRATUM),
        _joined(plan.by, BY),
        *(pl.col(name).cast(pl.String).alias(f"{SUBGROUP}{name}") for name in plan.subgroups),
    )


def _joined(variables: Sequence[str], name: str) -> pl.Expr:
    """Levels of variables as one text; empty without any."""
    if not variables:
        return pl.lit("").alias(name)
    return pl.concat_str([pl.col(each).cast(pl.String) for each in variables], separator=BETWEEN).alias(name)


def arms_of(people: pl.DataFrame, plan: AnalysisPlan) -> list[str]:
    """Arms: the experimental one, its reference, then the others by name."""
    there = people[ARM].drop_nulls().unique().sort().to_list()
    first = [arm for arm in (plan.experimental, plan.reference) if arm in there]
    return [*first, *(arm for arm in there if arm not in first)]


def apart(people: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each part that is analysed apart, by its level."""
    for level in people[BY].unique().sort().to_list():
        yield str(level), people.filter(pl.col(BY) == level)


def times(tables: AdamTables, plan: AnalysisPlan, endpoint: TimeToEvent) -> pl.DataFrame:
    """Subjects with a time: ``TIME`` in the unit of the plan, ``EVENT``, ``COMPETING``, and bounds.

    A competing event is no event of the endpoint.
    """
    own = records(tables, expected_endpoint(endpoint))
    factor = DAYS[unit_of(own) or plan.unit_in_file] / DAYS[plan.time_unit]
    codes = [each for each in endpoint.competing if isinstance(each, int)]
    words = [each.lower() for each in endpoint.competing if isinstance(each, str)]
    described = (
        pl.col("EVNTDESC").str.to_lowercase().is_in(words) if words and "EVNTDESC" in own.columns else False
    )
    competing = (pl.col("CNSR").is_in(codes) | described).fill_null(value=False)
    values = own.select(
        *tables.key,
        (pl.col("AVAL") * factor).alias(TIME),
        ((pl.col("CNSR") == 0) & ~competing).alias(EVENT),
        competing.alias(COMPETING),
        *_bounds(endpoint, factor),
    )
    return _due(tables, plan, endpoint).join(values, on=tables.key, how="inner", maintain_order="left")


def _bounds(endpoint: TimeToEvent, factor: float) -> Iterator[pl.Expr]:
    """Last time without and first time with the event; AVAL where blank, or infinite after censoring."""
    if endpoint.has_bounds:
        beyond = pl.when(pl.col("CNSR") == 0).then(pl.col("AVAL")).otherwise(float("inf"))
        yield (pl.coalesce(number(endpoint.last_without), "AVAL") * factor).alias(LEFT)
        yield (pl.coalesce(number(endpoint.first_with), beyond) * factor).alias(RIGHT)


def _due(tables: AdamTables, plan: AnalysisPlan, endpoint: TimeToEvent) -> pl.DataFrame:
    """Subjects who should have a record: the analysis set, or the responders in it."""
    people = subjects(tables, plan, endpoint)
    response = next((each for each in plan.endpoints if each.name == endpoint.among), None)
    if response is None:
        return people
    who = responders(tables, expected_endpoint(response))
    return people.join(who, on=tables.key, how="semi", maintain_order="left")


def without_record(tables: AdamTables, plan: AnalysisPlan, endpoint: TimeToEvent) -> int:
    """Subjects who should have a time and have none."""
    own = records(tables, expected_endpoint(endpoint))
    return _due(tables, plan, endpoint).join(own, on=tables.key, how="anti").height


def responses(tables: AdamTables, plan: AnalysisPlan, endpoint: Response) -> pl.DataFrame:
    """All subjects with ``AVALC``, null without a record, and ``RESPONSE``, false without a record."""
    own = records(tables, expected_endpoint(endpoint)).select(*tables.key, "AVALC")
    joined = subjects(tables, plan, endpoint).join(own, on=tables.key, how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("AVALC").is_in(list(endpoint.responders)).fill_null(value=False).alias(RESPONSE)
    )
