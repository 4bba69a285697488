"""The variables of ADaM that are read, with type and meaning; what is not declared here is kept as text.

Names and meanings follow the CDISC ADaM Implementation Guide 1.3 and the occurrence and time-to-event
structures. Variables of remit's own tables stand beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "number", "whole", "date", "flag"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a dataset: its type, its meaning, and whether no analysis can do without it."""

    type: Type
    meaning: str
    is_required: bool = False


Declared = Mapping[str, Variable]

TREATMENTS = ("TRT01P", "TRT01A", "TRTP", "TRTA", "ARM", "ACTARM")
"""Variables of treatment, in the order in which they are preferred."""

LAST_WITHOUT, FIRST_WITH = "AINTLO", "AINTHI"
"""Bounds of an event between two assessments; ADaM has no names for them, so these are ours."""

SUBJECT: Declared = {
    "STUDYID": Variable("text", "study"),
    "USUBJID": Variable("text", "subject, unique over all studies", is_required=True),
    **{name: Variable("text", "treatment") for name in TREATMENTS},
    "SCENARIO": Variable("text", "named variant of assumptions (simulated data)"),
    "DRAW": Variable("whole", "parameter draw (simulated data)"),
}
PARAMETER: Declared = {
    "PARAMCD": Variable("text", "code of the parameter", is_required=True),
    "PARAM": Variable("text", "parameter, often with its unit in brackets"),
    "READER": Variable("text", "who read the scans (simulated data)"),
    "AVALU": Variable("text", "unit of the value"),
    "ADT": Variable("date", "date of the value"),
    "ADY": Variable("number", "day of the value"),
}

DATASETS: Mapping[str, Declared] = {
    "ADSL": {
        **SUBJECT,
        "AGE": Variable("number", "age"),
        "SEX": Variable("text", "sex"),
        "RANDDT": Variable("date", "randomisation"),
        "TRTSDT": Variable("date", "first dose"),
        "TRTEDT": Variable("date", "last dose"),
        "DTHDT": Variable("date", "death"),
        "DTHDY": Variable("number", "day of death"),
        "DTHCAUS": Variable("text", "cause of death"),
        "TRTEDY": Variable("number", "day of the last dose"),
        "LOSTDY": Variable("number", "day of loss to follow-up (simulated data)"),
        "FUEDY": Variable("number", "end of follow-up (simulated data)"),
        "EOSDT": Variable("date", "end of the study for the subject"),
        "LSTALVDT": Variable("date", "last date known alive"),
        "DCUTDT": Variable("date", "data cut-off"),
    },
    "ADTTE": {
        **SUBJECT,
        **PARAMETER,
        "AVAL": Variable("number", "time to the event or to censoring", is_required=True),
        "CNSR": Variable("whole", "0 event, positive: a reason for censoring", is_required=True),
        "EVNTDESC": Variable("text", "event, or reason for censoring"),
        "CNSDTDSC": Variable("text", "what the date of censoring is"),
        "STARTDT": Variable("date", "origin of the time"),
        "DCUTDT": Variable("date", "data cut-off"),
        LAST_WITHOUT: Variable("number", "last time without the event"),
        FIRST_WITH: Variable("number", "first time with it"),
    },
    "ADRS": {
        **SUBJECT,
        **PARAMETER,
        "AVALC": Variable("text", "response", is_required=True),
        "AVAL": Variable("number", "response as a number"),
        "AVISIT": Variable("text", "visit"),
        "AVISITN": Variable("number", "visit, as a number"),
        "VISITNUM": Variable("number", "visit"),
    },
    "ADAE": {
        **SUBJECT,
        "AEDECOD": Variable("text", "preferred term", is_required=True),
        "AEBODSYS": Variable("text", "body system"),
        "AETOXGR": Variable("whole", "grade, 1 to 5"),
        "ATOXGR": Variable("whole", "analysis grade, 1 to 5"),
        "AESER": Variable("flag", "serious"),
        "AESDTH": Variable("flag", "fatal"),
        "AEOUT": Variable("text", "outcome"),
        "AEACN": Variable("text", "what was done with the dose"),
        "ASTDT": Variable("date", "start"),
        "AENDT": Variable("date", "end"),
        "ASTDY": Variable("number", "day of start"),
        "AENDY": Variable("number", "day of end"),
    },
    "ADEX": {
        **SUBJECT,
        "PARAMCD": Variable("text", "code of the parameter"),
        "AVAL": Variable("number", "value"),
        "EXTRT": Variable("text", "drug"),
        "ASTDT": Variable("date", "first day of the period"),
        "AENDT": Variable("date", "last day of the period"),
        "ASTDY": Variable("number", "day of start"),
        "AENDY": Variable("number", "day of end"),
        "EXDOSE": Variable("number", "dose"),
        "EXDOSU": Variable("text", "unit of the dose"),
        "DOSEA": Variable("number", "actual dose"),
        "DOSEP": Variable("number", "planned dose"),
    },
    "ADLB": {
        **SUBJECT,
        **PARAMETER,
        "AVAL": Variable("number", "value"),
        "BASE": Variable("number", "value at baseline"),
        "ANRLO": Variable("number", "lower limit of normal"),
        "ANRHI": Variable("number", "upper limit of normal"),
        "ATOXGR": Variable("whole", "grade"),
        "ATOXGRL": Variable("whole", "grade of values that are too low"),
        "ATOXGRH": Variable("whole", "grade of values that are too high"),
        "BTOXGR": Variable("whole", "grade at baseline"),
        "BTOXGRL": Variable("whole", "grade at baseline, too low"),
        "BTOXGRH": Variable("whole", "grade at baseline, too high"),
    },
}
"""Every dataset that is read, by its ADaM name."""


def type_of(dataset: str, name: str) -> Type:
    """Type of a variable; by ADaM's rules of names a flag ends in FL and a date in DT, all else is text."""
    declared = DATASETS.get(dataset, {}).get(name)
    if declared is not None:
        return declared.type
    if name.endswith("FL"):
        return "flag"
    return "date" if name.endswith("DT") else "text"


def required(dataset: str) -> tuple[str, ...]:
    """Variables without which a dataset cannot be used."""
    return tuple(name for name, each in DATASETS[dataset].items() if each.is_required)
