"""Reading a plan: every finding at once, each with what to try."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from remit.analysis.plan_file import AnalysisPlan, Response, TimeToEvent, described, table_at
from remit.errors import Finding, InputError
from remit.interop.adam.variables import TREATMENTS
from remit.library.form import nearest
from remit.library.load import read

WRITE_ONE = "write one that fits the tables: remit analyse DIR --write-plan FILE"


def read_plan(path: str | Path) -> AnalysisPlan:
    """Read a plan from a TOML file.

    Raises
    ------
    InputError
        If the file cannot be read, is not TOML or is no plan; with every finding.
    """
    file = Path(path)
    return plan_of(read(file, "plans").data, str(file))


def plan_of(document: Mapping[str, Any], shown: str = "plan") -> AnalysisPlan:
    """A plan from plain values.

    Raises
    ------
    InputError
        With every finding.
    """
    findings = [*_types_and_keys(document, shown), *_rules(document, shown)]
    if findings:
        raise InputError(findings)
    return AnalysisPlan.model_validate(dict(document))


def _types_and_keys(document: Mapping[str, Any], shown: str) -> Iterator[Finding]:
    """Every key is known and has a value of its type and range."""
    if "format" not in document:
        yield Finding(f"{shown}: format", "nothing", "format = 1", WRITE_ONE)
    try:
        AnalysisPlan.model_validate(dict(document))
    except ValidationError as error:
        for each in error.errors():
            table = table_at(each["loc"])
            parts = [part for part in each["loc"] if part not in ("time_to_event", "response")]
            where = ".".join(str(part + 1) if isinstance(part, int) else part for part in parts)
            key = str(each["loc"][-1])
            match each["type"]:
                case "missing":
                    found, needed, remedy = "nothing", f"a value for {key}", described(table, key)
                case "extra_forbidden":
                    found, needed = f"unknown key '{key}'", "a key of the format"
                    remedy = nearest(key, table.model_fields)
                case "union_tag_invalid" | "union_tag_not_found":
                    found, needed = "no kind that is known", "kind = 'time_to_event' or 'response'"
                    remedy = nearest(str(_at(document, each["loc"], "kind")), ("time_to_event", "response"))
                case "literal_error":
                    found, needed = repr(each["input"]), str(each.get("ctx", {}).get("expected", each["msg"]))
                    remedy = described(table, key)
                case _:
                    found, needed, remedy = repr(each["input"])[:80], each["msg"], described(table, key)
            yield Finding(f"{shown}: {where}", found, needed, remedy)


def _at(document: Mapping[str, Any], location: tuple[int | str, ...], key: str) -> Any:
    """Value of a key of the table at a location; nothing where the file has something else."""
    found: Any = document
    for part in location:
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):
            return ""
    return found.get(key, "") if isinstance(found, Mapping) else ""


def _rules(document: Mapping[str, Any], shown: str) -> Iterator[Finding]:
    """What a plan must satisfy beyond types; of the file as it stands, so that nothing hides another."""
    experimental, reference = document.get("experimental", ""), document.get("reference", "")
    if bool(experimental) != bool(reference):
        missing = "reference" if experimental else "experimental"
        needed = "both arms of the comparison, or neither"
        yield Finding(f"{shown}: {missing}", "nothing", needed, described(AnalysisPlan, missing))
    if experimental and experimental == reference:
        yield Finding(f"{shown}: reference", f"'{reference}'", "another arm than experimental")
    yield from _factors(document, shown)
    given = document.get("endpoints", ())
    listed = [each for each in given if isinstance(each, Mapping)] if isinstance(given, list | tuple) else []
    names = [str(each.get("name", "")) for each in listed]
    responses = [str(each.get("name", "")) for each in listed if each.get("kind") == "response"]
    for place, each in enumerate(listed, 1):
        where = f"{shown}: endpoints.{place}"
        if names[:place].count(names[place - 1]) > 1:
            yield Finding(f"{where}.name", f"'{names[place - 1]}' again", "a name for each endpoint")
        among = each.get("among")
        if isinstance(among, str) and among and among not in responses:
            needed = "the name of a response of this plan"
            yield Finding(f"{where}.among", f"'{among}'", needed, nearest(among, responses))
        yield from _responders(each, where)
        yield from _times(each, where)


def _factors(document: Mapping[str, Any], shown: str) -> Iterator[Finding]:
    """A list of variables names each once, and neither the arm nor the subject where arms are compared."""
    whole = {str(document.get("treatment", "")), *TREATMENTS, "USUBJID"}
    for key in ("strata", "by", "subgroups"):
        given = document.get(key, ())
        if not isinstance(given, list | tuple):
            continue
        names = [each for each in given if isinstance(each, str)]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                yield Finding(f"{shown}: {key}", f"'{name}' {names.count(name)} times", "each variable once")
            if key != "by" and name in whole:
                needed = "variables known before treatment, with the same levels in both arms"
                yield Finding(f"{shown}: {key}", f"'{name}'", needed, described(AnalysisPlan, key))


def _responders(endpoint: Mapping[str, Any], where: str) -> Iterator[Finding]:
    """Words that count as response are words that may stand there."""
    default = Response.model_fields["values"].default
    values, responders = endpoint.get("values", default), endpoint.get("responders", ())
    if isinstance(values, list | tuple) and isinstance(responders, list | tuple):
        for word in responders:
            if isinstance(word, str) and word not in values:
                yield Finding(f"{where}.responders", f"'{word}'", "a word of values", nearest(word, values))


def _times(endpoint: Mapping[str, Any], where: str) -> Iterator[Finding]:
    """Bounds come in pairs, and what is estimated at milestones has some."""
    given = {name: endpoint.get(name, "") for name in ("last_without", "first_with")}
    for name, value in given.items():
        if not value and any(given.values()):
            yield Finding(
                f"{where}.{name}", "nothing", "both bounds, or neither", described(TimeToEvent, name)
            )
    if endpoint.get("competing") and any(given.values()):
        needed = "bounds of an endpoint without competing events"
        yield Finding(f"{where}.competing", "bounds too", needed, "make two endpoints of it")
    if endpoint.get("competing") and not endpoint.get("milestones"):
        needed = "times at which cumulative incidence is estimated"
        yield Finding(f"{where}.milestones", "nothing", needed, "milestones = [12, 24]")


def compares(endpoint: TimeToEvent | Response) -> bool:
    """Whether an endpoint asks for a comparison of two arms."""
    if isinstance(endpoint, Response):
        return endpoint.risk_difference or endpoint.mantel_haenszel or endpoint.fisher or endpoint.odds_ratio
    return endpoint.log_rank or endpoint.hazard_ratio or endpoint.max_combo
