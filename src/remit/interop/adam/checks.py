"""All rules, applied to the tables of a directory; every finding is reported, none hides another."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from remit.interop.adam import (
    event_checks,
    factor_checks,
    response_checks,
    safety_checks,
    structure_checks,
    subject_checks,
    time_checks,
    unit_checks,
)
from remit.interop.adam.expected import Expected, ExpectedEndpoint
from remit.interop.adam.findings import AdamFinding, errors
from remit.interop.adam.tables import AdamTables

Check = Callable[[AdamTables, Expected], Iterator[AdamFinding]]
CHECKS: tuple[Check, ...] = (
    *structure_checks.CHECKS,
    *subject_checks.CHECKS,
    *factor_checks.CHECKS,
    *time_checks.CHECKS,
    *unit_checks.CHECKS,
    *event_checks.CHECKS,
    *response_checks.CHECKS,
    *safety_checks.CHECKS,
)


def check(tables: AdamTables, expected: Expected) -> tuple[AdamFinding, ...]:
    """Every finding about the tables: errors first, each in the order of the rules.

    What would be an error but concerns no endpoint of the analysis is a warning.
    """
    found = tuple(dict.fromkeys(finding for rule in CHECKS for finding in rule(tables, expected)))
    stops = {each for endpoint in expected.endpoints for each in stopping(found, expected, endpoint)}
    distinct = tuple(each if each in stops else replace(each, severity="warning") for each in found)
    return (*errors(distinct), *(each for each in distinct if each.severity == "warning"))


def stopping(
    findings: tuple[AdamFinding, ...], expected: Expected, endpoint: ExpectedEndpoint
) -> tuple[AdamFinding, ...]:
    """Errors that stop an endpoint: in ADSL, in its own records, or in the response that it rests on."""
    own = [
        each
        for each in errors(findings)
        if each.dataset == "ADSL"
        or (each.dataset == endpoint.dataset and each.parameter in ("", endpoint.parameter))
    ]
    response = expected.endpoint(endpoint.among)
    behind = stopping(findings, expected, response) if response is not None else ()
    return tuple(dict.fromkeys([*own, *behind]))
