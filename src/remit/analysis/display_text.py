"""Numbers of the results as text of a display table, rounded as SAS rounds."""

from collections.abc import Mapping
from math import isfinite, isinf
from typing import Any

from remit.analysis.plan_file import AnalysisPlan, Response, TimeToEvent
from remit.analysis.selecting import population_name
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
    """Estimate and limits: 12.3 (10.1, 15.0); NE where there is no estimate, 12.3 (NE, NE) without limits."""
    if record["ESTIMATE"] is None:
        return NOT_ESTIMABLE
    estimate, low, high = (shown(record[name]) for name in ("ESTIMATE", "LOW", "HIGH"))
    return f"{estimate} ({low}, {high})"


def ratio_with_limits(record: Record, decimals: int = 3) -> str:
    """A ratio and its limits; NE where it has none, since it then ran off to zero or to infinity."""
    if record["LOW"] is None and record["HIGH"] is None:
        return NOT_ESTIMABLE
    return with_limits(record, lambda value: ratio(value, decimals))


def p_text(record: Record, sides: int) -> str:
    """The p-value of one or two sides of a row that is a test; NE where the data do not give it."""
    value = record["P_ONE"] if sides == 1 else record["P_TWO"]
    return NOT_ESTIMABLE if value is None else p_value(value)


def method_text(method: str) -> str:
    """A method as a heading writes it: a capital first, and those of names."""
    text = method.replace("mantel-haenszel", "Mantel-Haenszel")
    return f"{text[:1].upper()}{text[1:]}"


def endpoint_text(endpoint: TimeToEvent | Response) -> str:
    """Name of an endpoint and its title: ORR: Best Overall Response."""
    return (
        f"{endpoint.name}: {endpoint.title}" if endpoint.title not in ("", endpoint.name) else endpoint.name
    )


def set_text(plan: AnalysisPlan, endpoint: TimeToEvent | Response | None = None) -> str:
    """The analysis set of an endpoint, or of the plan, as titles carry it."""
    return population_name(plan, endpoint) or "all subjects"


def title_text(what: str, endpoint: TimeToEvent | Response, plan: AnalysisPlan, more: str = "") -> str:
    """Title of a table or figure of an endpoint: its number, the endpoint, and the analysis set."""
    return f"{what} {endpoint_text(endpoint)}{more} ({set_text(plan, endpoint)})"


def column_heading(arm: str, by: str, n: int | None = None) -> str:
    """Arm, what is analysed apart, number of subjects, a line each; a path may break at its slashes."""
    size = "" if n is None else f"(N={n})"
    return "\n".join(filter(None, [arm, by.replace("/", "/\u200b"), size]))


def level_text(level: float) -> str:
    """A confidence level as 95% CI."""
    return f"{100 * level:g}% CI"


def counted(n_errors: int, n_warnings: int) -> str:
    """Numbers of warnings and errors in words; "No warnings." without any of either."""
    if not n_errors and not n_warnings:
        return "No warnings."
    return ", ".join(
        f"{n} {name}{'' if n == 1 else 's'}" for n, name in ((n_warnings, "warning"), (n_errors, "error"))
    )
