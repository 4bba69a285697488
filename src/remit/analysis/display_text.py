"""Numbers of the results as text of a display table, rounded as SAS rounds."""

from collections.abc import Mapping
from math import isfinite, isinf
from typing import Any

from remit.report.sas_rounding import p_value, percent, rounded

NOT_REACHED, NOT_ESTIMABLE, NOTHING = "NR", "NE", "–"
ABBREVIATIONS = {
    NOT_REACHED: "NR: not reached.",
    NOT_ESTIMABLE: "NE: not estimable.",
}
Record = Mapping[str, Any]
"""A row of the results by column."""


def count(n: int, of: int) -> str:
    """A count with its percentage: 12 (40.0)."""
    return f"{n} ({percent(n / of)})" if of else f"{n}"


def time(value: float | None, decimals: int = 1) -> str:
    """A time; infinite if not reached."""
    if value is None:
        return NOT_ESTIMABLE
    return NOT_REACHED if isinf(value) else rounded(value, decimals)


def share(value: float | None) -> str:
    """A probability in percent."""
    return NOT_ESTIMABLE if value is None else percent(value)


def ratio(value: float | None, decimals: int = 3) -> str:
    """A ratio."""
    if value is None or not isfinite(value):
        return NOT_ESTIMABLE
    return rounded(value, decimals)


def with_limits(record: Record, shown: Any) -> str:
    """Estimate and limits: 12.3 (10.1, 15.0)."""
    estimate, low, high = (shown(record[name]) for name in ("ESTIMATE", "LOW", "HIGH"))
    if record["LOW"] is None and record["HIGH"] is None:
        return estimate
    return f"{estimate} ({low}, {high})"


def p_text(record: Record, sides: int) -> str:
    """The p-value of one or two sides."""
    value = record["P_ONE"] if sides == 1 else record["P_TWO"]
    return NOTHING if value is None else p_value(value)


def column_heading(arm: str, by: str, n: int | None = None) -> str:
    """Arm, what is analysed apart, number of subjects, a line each; a path may break at its slashes."""
    size = "" if n is None else f"(N={n})"
    return "\n".join(filter(None, [arm, by.replace("/", "/\u200b"), size]))


def level_text(level: float) -> str:
    """A confidence level as 95% CI."""
    return f"{100 * level:g}% CI"
