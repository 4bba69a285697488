"""Rules about subjects: who they are, their treatment and strata, whether their records are there."""

from collections.abc import Iterator, Sequence

import polars as pl

from remit.interop.adam.broken_rows import broken, examples
from remit.interop.adam.expected import Expected, analysed, is_usable, population, records, responders
from remit.interop.adam.findings import AdamFinding, Severity, listed
from remit.interop.adam.structure_checks import nearest
from remit.interop.adam.tables import ROW, AdamTables
from remit.interop.adam.variables import TREATMENTS

OF_ADSL = {**{name: name for name in TREATMENTS}, "TRTP": "TRT01P", "TRTA": "TRT01A"}
"""Treatment of ADSL by the treatment of a record; a dataset may have several."""
PLANNED, ACTUAL = "TRT01P", "TRT01A"


def subjects_are_known(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """Every subject of a dataset is in ADSL."""
    if not tables.has("ADSL", *tables.key):
        return
    known = tables.frame("ADSL").select(tables.key)
    for name in tables.tables:
        if name != "ADSL" and tables.has(name, *tables.key):
            strangers = tables.frame(name).join(known, on=tables.key, how="anti", maintain_order="left")
            yield from broken(
                strangers,
                (name, "USUBJID"),
                "subjects_are_known",
                needed="a subject of ADSL",
                remedy="add the subject to ADSL, or drop its records",
            )


def subjects_have_records(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Every subject of the analysis set has a record of each endpoint, and every responder of its duration.

    A subject without a response counts as no responder, which is a warning. One without a time stops the
    analysis unless the plan leaves such subjects out.
    """
    for endpoint in expected.endpoints:
        flag = expected.population_of(endpoint)
        if not tables.has("ADSL", *tables.key, *filter(None, [flag])):
            continue
        if not is_usable(tables, endpoint) or records(tables, endpoint).is_empty():
            continue
        due = population(tables, flag)
        response = expected.endpoint(endpoint.among)
        if endpoint.among:
            if response is None or not is_usable(tables, response):
                continue
            due = due.join(responders(tables, response), on=tables.key, how="semi", maintain_order="left")
        absent = due.join(records(tables, endpoint), on=tables.key, how="anti", maintain_order="left")
        if absent.is_empty():
            continue
        is_response = endpoint.kind == "response"
        severity: Severity = "warning" if is_response or endpoint.without_record == "leave_out" else "error"
        what = (
            "they count as no responders"
            if is_response
            else "add them, or say without_record = 'leave_out' in the plan"
        )
        yield AdamFinding(
            dataset=endpoint.dataset,
            variable="USUBJID",
            rule="subjects_have_records",
            found=f"{absent.height} without a record: {examples(absent, 'USUBJID')}",
            needed=f"a record of {endpoint.name} for each {'responder' if endpoint.among else 'subject'}",
            remedy=f"{what}; rows are those of ADSL",
            severity=severity,
            parameter=endpoint.parameter,
            rows=listed(absent[ROW].to_list()),
            n_rows=absent.height,
        )


def treatment_is_known(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Every subject of the analysis set has a treatment, and the arms of the plan are among them."""
    if not tables.has("ADSL", expected.treatment, *filter(None, expected.populations)):
        return
    everyone = analysed(tables, expected)
    yield from broken(
        everyone.filter(pl.col(expected.treatment).is_null()),
        ("ADSL", expected.treatment),
        "treatment_is_known",
        needed="a treatment for each subject of the analysis set",
        remedy="complete it, or mend the flag",
    )
    levels = everyone[expected.treatment].drop_nulls().unique().sort().to_list()
    for arm in expected.arms:
        if arm not in levels:
            yield AdamFinding(
                dataset="ADSL",
                variable=expected.treatment,
                rule="treatment_is_known",
                found=f"no subject with '{arm}'",
                needed="subjects in each arm that the plan names",
                remedy=nearest(arm, levels),
            )
    others = [level for level in levels if level not in expected.arms]
    if expected.arms and others:
        yield AdamFinding(
            dataset="ADSL",
            variable=expected.treatment,
            rule="treatment_is_known",
            found=", ".join(f"'{each}'" for each in others[:5]),
            needed="an arm that the plan names",
            remedy=_other_arms(others, expected.arms),
            severity="warning",
        )


def _other_arms(others: Sequence[str], arms: Sequence[str]) -> str:
    """What happens to further arms, and which may be one of the plan in other letters."""
    names = {arm.upper(): arm for arm in arms}
    same = [f"'{each}' is '{names[each.upper()]}' but for case" for each in others if each.upper() in names]
    return "; ".join(["these arms are described and compared with none", *same])


def arms_have_their_own_subjects(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """No virtual patient of a run stands in both arms of a comparison: tests take subjects as independent."""
    if len(tables.key) == 1 or not expected.arms or not tables.has("ADSL", *tables.key, expected.treatment):
        return
    adsl = tables.frame("ADSL").filter(pl.col(expected.treatment).is_in(list(expected.arms)))
    seen = pl.col(expected.treatment).n_unique().over("SCENARIO", "DRAW", "USUBJID")
    yield from broken(
        adsl.filter(seen > 1),
        ("ADSL", "USUBJID"),
        "arms_have_their_own_subjects",
        needed="different subjects in each arm that is compared",
        remedy="leave experimental and reference out; `remit summary` says what trials of a run would show",
    )


def treatment_is_one(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """A subject has one treatment: every variable of treatment of a record says the same as ADSL does.

    A warning for a treatment that the plan does not use.
    """
    if not tables.has("ADSL", *tables.key):
        return
    adsl = tables.frame("ADSL").unique(subset=tables.key, keep="first", maintain_order=True)
    for name in tables.tables:
        if name == "ADSL" or not tables.has(name, *tables.key):
            continue
        for variable, of_adsl in OF_ADSL.items():
            if variable in tables.key or not (tables.has(name, variable) and tables.has("ADSL", of_adsl)):
                continue
            own = adsl.select(*tables.key, pl.col(of_adsl).alias("#ARM"))
            joined = tables.frame(name).join(own, on=tables.key, how="inner", maintain_order="left")
            other = joined.filter(pl.col(variable) != pl.col("#ARM"))
            is_case = bool((other[variable].str.to_uppercase() == other["#ARM"].str.to_uppercase()).all())
            yield from broken(
                other,
                (name, variable),
                "treatment_is_one",
                needed=f"the {of_adsl} of ADSL",
                remedy="equal but for case: write it as ADSL does" if is_case else "mend the record or ADSL",
                severity="error" if of_adsl == expected.treatment else "warning",
            )


def treatment_is_as_planned(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Subjects have the treatment that was planned for them; a warning that counts those who have not."""
    if not tables.has("ADSL", PLANNED, ACTUAL, *filter(None, expected.populations)):
        return
    people = analysed(tables, expected)
    other = people.filter(pl.col(PLANNED) != pl.col(ACTUAL))
    yield from broken(
        other,
        ("ADSL", ACTUAL),
        "treatment_is_as_planned",
        found=f"{other.height} of {people.height} subjects with another {ACTUAL} than {PLANNED}",
        needed="the same treatment, in most subjects",
        remedy=f"the plan analyses by {expected.treatment}: check that it is meant",
        severity="warning",
    )


def strata_are_complete(tables: AdamTables, expected: Expected) -> Iterator[AdamFinding]:
    """Every subject of the analysis set has a level of each stratification factor."""
    for variable in (*expected.strata, *expected.by):
        if tables.has("ADSL", variable, *filter(None, expected.populations)):
            yield from broken(
                analysed(tables, expected).filter(pl.col(variable).is_null()),
                ("ADSL", variable),
                "strata_are_complete",
                needed="a level for each subject of the analysis set",
                remedy="complete it, or leave the factor out of the plan",
            )


def study_is_one(tables: AdamTables, _: Expected) -> Iterator[AdamFinding]:
    """All datasets are of one study."""
    seen = {
        name: frozenset(tables.frame(name)["STUDYID"].drop_nulls().unique())
        for name in tables.tables
        if tables.has(name, "STUDYID")
    }
    studies = sorted(frozenset().union(*seen.values()))
    if len(studies) > 1:
        yield AdamFinding(
            dataset=", ".join(seen),
            variable="STUDYID",
            rule="study_is_one",
            found=", ".join(studies),
            needed="one study",
            remedy="put each study into a directory of its own, or go on if they are pooled",
            severity="warning",
        )


CHECKS = (
    subjects_are_known,
    treatment_is_known,
    arms_have_their_own_subjects,
    treatment_is_one,
    treatment_is_as_planned,
    strata_are_complete,
    subjects_have_records,
    study_is_one,
)
