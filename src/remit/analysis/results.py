"""The results of an analysis as one tidy table: a row for each number that was estimated or tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import polars as pl

from remit.stats.estimate import Comparison

S, F, N = pl.String, pl.Float64, pl.Int64
COLUMNS: dict[str, tuple[type[pl.DataType], str]] = {
    "ENDPOINT": (S, "name of the endpoint in the plan"),
    "POPULATION": (S, "analysis set: flag of ADSL, or all"),
    "BY": (S, "levels of what is analysed apart, empty if nothing is"),
    "SUBGROUP": (S, "subgroup, empty for the whole set"),
    "ARM": (S, "arm"),
    "REFERENCE": (S, "arm that it is compared with, empty where it is not"),
    "METHOD": (S, "method"),
    "PARAMETER": (S, "what is estimated, empty for a test alone"),
    "TIME": (F, "time at which, or up to which, in UNIT"),
    "UNIT": (S, "unit of times; of ESTIMATE too where that is a time"),
    "ESTIMATE": (F, "estimate; infinite if not reached"),
    "LOW": (F, "lower confidence limit"),
    "HIGH": (F, "upper confidence limit"),
    "LEVEL": (F, "confidence level"),
    "SE": (F, "standard error, of the logarithm for a ratio"),
    "Z": (F, "standardised statistic, positive in favour of ARM"),
    "P_ONE": (F, "one-sided p-value"),
    "P_TWO": (F, "two-sided p-value"),
    "N": (N, "subjects"),
    "EVENTS": (N, "events or responders"),
    "STRATA": (S, "stratification factors that were used"),
    "NOTE": (S, "what must be known to read the row"),
}
"""Type and meaning of each column."""
SCHEMA = {name: column[0] for name, column in COLUMNS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number; see :data:`COLUMNS`. NaN becomes null in the table."""

    METHOD: str
    PARAMETER: str
    ENDPOINT: str = ""
    POPULATION: str = ""
    BY: str = ""
    SUBGROUP: str = ""
    ARM: str = ""
    REFERENCE: str = ""
    TIME: float | None = None
    UNIT: str = ""
    ESTIMATE: float | None = None
    LOW: float | None = None
    HIGH: float | None = None
    LEVEL: float | None = None
    SE: float | None = None
    Z: float | None = None
    P_ONE: float | None = None
    P_TWO: float | None = None
    N: int | None = None
    EVENTS: int | None = None
    STRATA: str = ""
    NOTE: str = ""


def compared(
    comparison: Comparison, *, n: int, events: int, strata: Sequence[str] = (), time: float | None = None
) -> Row:
    """A comparison of two arms as a row, still without endpoint and arms.

    An interval of no width, of a variance estimated as zero, is none: its limits are left out.
    """
    is_point = float(comparison.low) == float(comparison.high)
    return Row(
        METHOD=comparison.method,
        PARAMETER=comparison.parameter,
        TIME=time,
        ESTIMATE=float(comparison.estimate),
        LOW=None if is_point else float(comparison.low),
        HIGH=None if is_point else float(comparison.high),
        LEVEL=comparison.level if comparison.parameter else None,
        SE=float(comparison.se),
        Z=float(comparison.z),
        P_ONE=float(comparison.p_value),
        P_TWO=float(comparison.two_sided),
        N=n,
        EVENTS=events,
        STRATA=", ".join(strata),
    )


def as_table(rows: Sequence[Row]) -> pl.DataFrame:
    """Rows as a table in the declared types."""
    values = [tuple(_without_nan(getattr(row, name)) for name in SCHEMA) for row in rows]
    return pl.DataFrame(values, schema=SCHEMA, orient="row")


def _without_nan(value: str | float | None) -> str | float | None:
    return None if isinstance(value, float) and isnan(value) else value
