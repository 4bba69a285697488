"""A plan from what the tables hold, and every assumption that was made on the way, as a sentence."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from remit.analysis.plan_file import RESPONSES, AnalysisPlan
from remit.analysis.plan_reading import plan_of
from remit.errors import Finding, InputError
from remit.interop.adam.expected import equal
from remit.interop.adam.tables import AdamTables
from remit.interop.adam.time_units import DAYS, unit_of
from remit.interop.adam.variables import FIRST_WITH, LAST_WITHOUT, TREATMENTS

POPULATIONS = ("ITTFL", "FASFL", "RANDFL", "SAFFL")
CONTROL = re.compile(r"placebo|control|standard|comparator|reference|\bsoc\b|\bpbo\b", re.IGNORECASE)
STRATA = re.compile(r"STRAT[1-9]R|STRATA?[1-9]")
"""Stratification factors as the Implementation Guide names them, and as many studies do."""
BEST = ("CBOR", "BOR", "BESTRSP", "BESTRESP", "BRSP", "OBJRSP", "ORR", "RESP")
"""Codes of a response with one record for each subject."""
RESPONSE = ("sCR", "CR", "CRh", "CRi", "nCR", "VGPR", "PR", "nPR", "PR-L", "Y")
AFTER_RESPONSE = re.compile(r"(DOR|TTR)")
MILESTONES = (6.0, 12.0, 18.0, 24.0, 36.0, 48.0, 60.0)
MOST_MILESTONES = 4
WITHOUT = {"ADTTE": "times to event", "ADRS": "responses"}
"""What is not analysed without a dataset."""
NO_ADSL, NO_ENDPOINT = "no ADSL", "no endpoint that is known"
HORIZON_STEP = 3.0
TITLES = {
    "PFS": "Progression-free survival", "OS": "Overall survival", "DOR": "Duration of response",
    "PFSNT": "Progression-free survival, censored at new therapy", "TTNT": "Time to next treatment",
    "TTR": "Time to response", "EFS": "Event-free survival", "BOR": "Overall response",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposed:
    """A plan, and what was assumed to make it."""

    plan: AnalysisPlan
    assumed: tuple[str, ...]


def default_plan(tables: AdamTables) -> Proposed:
    """The plan that the tables suggest.

    Raises
    ------
    InputError
        If ADSL has no treatment, or there is nothing that can be analysed.
    """
    assumed: list[str] = []
    if not tables.has("ADSL"):
        found, needed = NO_ADSL, "ADSL, with one row for each subject"
        raise InputError([Finding(str(tables.folder), found, needed, "put it into the directory")])
    adsl = tables.frame("ADSL")
    treatment = next((name for name in TREATMENTS if name in adsl.columns), "")
    if not treatment:
        where, needed = f"{tables.folder}: ADSL", f"one of {', '.join(TREATMENTS)}"
        raise InputError([Finding(where, "no variable of treatment", needed, "name it in a plan")])
    population = next((name for name in POPULATIONS if name in adsl.columns), "")
    people = adsl.filter(equal(population, "Y")) if population else adsl
    run = _run_facts(tables) if tables.run else {}
    document: dict[str, Any] = {
        "format": 1,
        "title": run.get("title", "Analysis of ADaM tables"),
        "population": population,
        "treatment": treatment,
    }
    if tables.kind == "observed":
        assumed.append(
            f"The analysis set is {population} = Y." if population else "All subjects of ADSL are analysed."
        )
        assumed.append(f"The arm is {treatment} of ADSL.")
        document |= _arms(people[treatment].drop_nulls().unique().sort().to_list(), assumed)
        document["strata"] = _strata(adsl.columns, assumed)
    else:
        document["by"] = ["SCENARIO"]
        assumed += _of_a_pool(run)
    document["endpoints"] = [*_responses(tables, run, assumed), *_times(tables, people, run, assumed)]
    assumed += [f"No {name}: no {what}." for name, what in WITHOUT.items() if name not in tables.tables]
    if not document["endpoints"]:
        needed = f"ADTTE with PARAMCD, or ADRS with one of {', '.join(BEST)}"
        raise InputError([Finding(str(tables.folder), NO_ENDPOINT, needed, "name it in a plan")])
    return Proposed(plan_of(document, "default plan"), tuple(assumed))


def _arms(levels: Sequence[str], assumed: list[str]) -> dict[str, str]:
    """Experimental arm and reference, if there are two arms."""
    if len(levels) != 2:
        arms = "One arm" if len(levels) == 1 else f"{len(levels)} arms"
        assumed.append(f"{arms}: no comparison. Name two arms in a plan to compare them.")
        return {}
    controls = [level for level in levels if CONTROL.search(level)]
    if len(controls) == 1:
        reference = controls[0]
        assumed.append(f"The reference arm is '{reference}', by its name.")
    else:
        reference = levels[1]
        assumed.append(
            f"Nothing says which arm is the reference: '{reference}' was taken, the last of the alphabet. "
            "The other choice turns every ratio over; say it in a plan."
        )
    return {"experimental": next(each for each in levels if each != reference), "reference": reference}


def _strata(variables: Sequence[str], assumed: list[str]) -> list[str]:
    """Stratification factors by their names."""
    own = [name for name in variables if STRATA.fullmatch(name)]
    found = own or [name for name in ("STRATAR", "STRATA") if name in variables]
    assumed.append(
        f"Tests and ratios are stratified by {', '.join(found)}."
        if found
        else "No variable is called as a stratification factor: nothing is stratified."
    )
    return found


def _of_a_pool(run: dict[str, Any]) -> Iterator[str]:
    """What must be said of the patients of a run."""
    yield "The arm is ARM, and scenarios are analysed apart."
    yield (
        "The same virtual patients stand under every arm and scenario: arms are described and not compared, "
        "since the usual tests hold for different patients in each arm."
    )
    size = f", not the {run['n_patients']} of the trial" if "n_patients" in run else ""
    yield (
        f"All virtual patients of the pool are analysed{size}: intervals are those of so many "
        "independent patients. What a trial would show, and what the draws of parameters leave open, "
        "`remit summary` says."
    )


def _run_facts(tables: AdamTables) -> dict[str, Any]:
    """Title, reader and size of the study of a run."""
    study = tables.run / "study.toml" if tables.run else None
    if study is None or not study.is_file():
        return {}
    data = tomllib.loads(study.read_text(encoding="utf-8"))
    design, analysis = data.get("design", {}), data.get("analysis", {})
    return {
        "title": data.get("title", "Run of remit"),
        "reader": analysis.get("primary_reader", "IRC"),
        **{name: design[name] for name in ("n_patients",) if name in design},
    }


def _where(
    tables: AdamTables, dataset: str, code: str, run: dict[str, Any], assumed: list[str]
) -> dict[str, str]:
    """By what records of a parameter are selected."""
    frame = tables.frame(dataset).filter(pl.col("PARAMCD") == code)
    found: dict[str, str] = {}
    if "ANL01FL" in frame.columns:
        found["ANL01FL"] = "Y"
        sentence = f"Records of {dataset} with ANL01FL = Y are used."
        if sentence not in assumed:
            assumed.append(sentence)
    readers = frame["READER"].drop_nulls().unique().sort().to_list() if "READER" in frame.columns else []
    if readers:
        reader = run.get("reader", "IRC")
        found["READER"] = reader if reader in readers else readers[0]
        sentence = f"The reader is {found['READER']}."
        if sentence not in assumed:
            assumed.append(sentence)
    return found


def _codes(tables: AdamTables, dataset: str, value: str) -> list[str]:
    """Codes of the parameters of a dataset."""
    if not tables.has(dataset, "PARAMCD", value):
        return []
    return tables.frame(dataset)["PARAMCD"].drop_nulls().unique().sort().to_list()


def _title(tables: AdamTables, dataset: str, code: str) -> str:
    """Title of a parameter, without its unit."""
    if code in TITLES and not tables.has(dataset, "PARAM"):
        return TITLES[code]
    if not tables.has(dataset, "PARAM"):
        return code
    titles = tables.frame(dataset).filter(pl.col("PARAMCD") == code)["PARAM"].drop_nulls()
    title = str(titles[0]) if len(titles) else TITLES.get(code, code)
    return re.sub(r"\s*\((?:days?|weeks?|months?|years?)\)\s*$", "", title, flags=re.IGNORECASE)


def _responses(tables: AdamTables, run: dict[str, Any], assumed: list[str]) -> list[dict[str, Any]]:
    """Responses with one record for each subject."""
    found: list[dict[str, Any]] = []
    codes = _codes(tables, "ADRS", "AVALC")
    for code in [each for each in BEST if each in codes]:
        rows = tables.frame("ADRS").filter(pl.col("PARAMCD") == code)
        words = set(rows["AVALC"].drop_nulls().unique())
        is_yes_no = words <= {"Y", "N"}
        responders = [each for each in RESPONSE if each in words and (each == "Y") == is_yes_no] or [
            "CR",
            "PR",
        ]
        endpoint: dict[str, Any] = {
            "kind": "response",
            "name": "ORR" if code in ("BOR", "CBOR") and not found else code,
            "title": _title(tables, "ADRS", code),
            "parameter": code,
            "responders": responders,
            "where": _where(tables, "ADRS", code, run, assumed),
        }
        if is_yes_no:
            endpoint["values"] = ["Y", "N"]
        else:
            endpoint["values"] = list(RESPONSES)
        assumed.append(f"{endpoint['name']}: {', '.join(responders)} of {code} count as response.")
        found.append(endpoint)
    return found


def _times(
    tables: AdamTables, people: pl.DataFrame, run: dict[str, Any], assumed: list[str]
) -> list[dict[str, Any]]:
    """Times to event."""
    found: list[dict[str, Any]] = []
    responses = [each for each in BEST if each in _codes(tables, "ADRS", "AVALC")]
    response = "ORR" if responses and responses[0] in ("BOR", "CBOR") else next(iter(responses), "")
    for code in _codes(tables, "ADTTE", "AVAL"):
        rows = tables.frame("ADTTE").filter(pl.col("PARAMCD") == code)
        is_after = bool(AFTER_RESPONSE.match(code)) and bool(response)
        endpoint: dict[str, Any] = {
            "kind": "time_to_event",
            "name": code,
            "title": _title(tables, "ADTTE", code),
            "parameter": code,
            "where": _where(tables, "ADTTE", code, run, assumed),
            "milestones": _milestones(tables, people, rows),
        }
        if is_after:
            endpoint |= {"among": response, "log_rank": False, "hazard_ratio": False}
            assumed.append(f"{code} belongs to the responders of {response}; responders are not compared.")
        elif tables.kind == "observed":
            horizon = _horizon(tables, people, rows)
            if horizon is not None:
                endpoint["restricted_mean"] = horizon
        bounds = [name for name in (LAST_WITHOUT, FIRST_WITH) if name in rows.columns]
        if len(bounds) == 2 and rows[FIRST_WITH].drop_nulls().len():
            endpoint |= {"last_without": LAST_WITHOUT, "first_with": FIRST_WITH}
            assumed.append(
                f"{code} lies between {LAST_WITHOUT} and {FIRST_WITH}: estimated from intervals too."
            )
        if unit_of(rows) is None:
            sentence = "Times are in days where the file does not say their unit."
            if sentence not in assumed:
                assumed.append(sentence)
        found.append(endpoint)
    return sorted(found, key=lambda each: bool(each.get("among")))


def _months(rows: pl.DataFrame) -> pl.Series:
    """Times in months; those that are no time left out."""
    factor = DAYS[unit_of(rows) or "day"] / DAYS["month"]
    return rows["AVAL"].drop_nulls() * factor


def _milestones(tables: AdamTables, people: pl.DataFrame, rows: pl.DataFrame) -> list[float]:
    """Usual times that the data reach."""
    own = (
        rows.join(people.select(tables.key).unique(), on=tables.key, how="semi")
        if tables.has("ADTTE", *tables.key)
        else rows
    )
    times = _months(own)
    longest = float(times.max() or 0.0)  # pyright: ignore[reportArgumentType]
    return [each for each in MILESTONES if each < longest][:MOST_MILESTONES]


def _horizon(tables: AdamTables, people: pl.DataFrame, rows: pl.DataFrame) -> float | None:
    """Largest multiple of three months that is within the follow-up of every arm."""
    treatment = next(name for name in TREATMENTS if name in people.columns)
    if not tables.has("ADTTE", *tables.key):
        return None
    arms = people.select(*tables.key, pl.col(treatment).alias("#ARM")).unique(tables.key, keep="first")
    joined = rows.drop_nulls("AVAL").join(arms, on=tables.key, how="inner")
    longest = [float(_months(part).max() or 0.0) for _, part in joined.group_by("#ARM")]  # pyright: ignore[reportArgumentType]
    horizon = HORIZON_STEP * (min(longest, default=0.0) // HORIZON_STEP)
    return horizon if horizon > 0 else None
