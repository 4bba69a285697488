"""From result tables to an analysis data set: a row per course and endpoint, with exposure and outcome.

**Exposure metrics.** ``steady state`` is the steady-state average at the target dose, relative to the typical
patient at the reference dose (EXPOREL times the fold of the arm): a property of the patient and the dose,
whatever was taken. ``to event`` multiplies it by the mean dose fraction from the first dose to the day of
the outcome, or to the end of treatment without one. That metric is what a patient had been exposed to, and
it depends on the outcome: holds and reductions follow toxicity, and an event in the ramp-up had little
exposure before it.

**Endpoints.** Every treated patient counts for ORR, CR and uMRD: not evaluable is no response, and a sample
that is missing or failed counts as detectable. Neutropenia is a laboratory grade of 3 or more, above that of
baseline, in a sample after the first dose, of patients with such a sample. Tumour lysis is laboratory
tumour lysis as the trial finds it. Discontinuation is the end of treatment for an adverse event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from remit.errors import Finding, InputError
from remit.random import draws
from remit.results import COURSE
from remit.stats.estimate import Floats
from remit.trial.lysis_syndrome import LABORATORY_EVENT
from remit.trial.milestones import KEY

Metric = Literal["steady state", "to event"]
METRICS: tuple[Metric, ...] = ("steady state", "to event")
PATIENT = ["SCENARIO", "DRAW", "USUBJID"]
SEVERE = 3
"""Grade from which an adverse event is severe (CTCAE)."""
SCHEMA = COURSE | {
    "FOLD": (
        pl.Float64,
        "fold",
        "steady-state average of the typical patient over that at the reference dose",
    ),
    "ENDPOINT": (pl.String, "", "ORR CR UMRD NEUT3 TLS DISCAE"),
    "METRIC": (pl.String, "", "steady state or to event"),
    "EXPOSURE": (pl.Float64, "fold", "exposure over that of the typical patient at the reference dose"),
    "AVAL": (pl.Int32, "", "1 with the outcome, else 0"),
    "EVENTDY": (pl.Float64, "day", "day of the outcome, null if none"),
    "WEIGHT_POP": (pl.Float64, "", "population weight"),
}
"""Columns of the analysis data set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseArm:
    """An arm as a dose.

    Parameters
    ----------
    arm
        ARM of the tables.
    dose
        How the dose is called, such as "400 mg".
    fold
        Steady-state average of the typical patient at this dose over that at the reference dose; 1 where
        EXPOREL of the arm is relative to the reference dose already.
    """

    arm: str
    dose: str
    fold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MrdPoint:
    """Which sample of minimal residual disease is meant: VISIT, COMPART and ASSAY of table ``admrd``."""

    visit: str
    compartment: str
    assay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposurePlan:
    """What is analysed.

    Parameters
    ----------
    arms
        The doses, lowest first.
    reference
        ARM of the reference dose.
    drug
        EXTRT of the drug whose exposure is meant.
    reader
        READER of the response.
    responders, complete
        Codes of overall and of complete response in the words of the criteria.
    mrd
        The sample of the uMRD endpoint; None if the study has none.
    """

    arms: tuple[DoseArm, ...]
    reference: str
    drug: str
    reader: str
    responders: tuple[str, ...]
    complete: tuple[str, ...]
    mrd: MrdPoint | None = None


def check_plan(plan: ExposurePlan, tables: Mapping[str, pl.DataFrame]) -> None:
    """Refuse a plan that the tables cannot answer.

    Raises
    ------
    InputError
        With every finding.
    """
    found: list[Finding] = []
    present = set(tables["adsl"]["ARM"].unique())
    folds = [each.fold for each in plan.arms]
    for each in plan.arms:
        if each.arm not in present:
            arms = ", ".join(sorted(present))
            found.append(Finding(f"arms: {each.arm}", "no such arm in adsl", f"one of {arms}", ""))
        if not each.fold > 0:
            found.append(Finding(f"arms: {each.arm}: fold", f"{each.fold:g}", "a number above 0", ""))
    if folds != sorted(set(folds)):
        found.append(Finding("arms: fold", f"{folds}", "rising folds", "list the lowest dose first"))
    if plan.reference not in [each.arm for each in plan.arms]:
        found.append(Finding("reference", plan.reference, "one of the arms", ""))
    if plan.drug not in set(tables["adex"]["EXTRT"].unique()):
        drugs = ", ".join(sorted(tables["adex"]["EXTRT"].unique().drop_nulls()))
        found.append(Finding("drug", plan.drug, f"a drug of table adex: {drugs}", ""))
    if plan.mrd is not None and _mrd_samples(tables, plan.mrd).is_empty():
        wanted = f"{plan.mrd.visit}, {plan.mrd.compartment}, {plan.mrd.assay}"
        found.append(Finding("mrd", "no such sample in table admrd", "a planned sample", wanted))
    if found:
        raise InputError(found)


def analysis_set(
    tables: Mapping[str, pl.DataFrame], plan: ExposurePlan, metrics: Sequence[Metric] = METRICS
) -> pl.DataFrame:
    """The analysis data set: columns of ``SCHEMA``, sorted by course, endpoint and metric.

    Parameters
    ----------
    tables
        ``adsl adex adrs adlb adae``, and ``admrd`` where uMRD is an endpoint.
    plan
        What is analysed.
    metrics
        Exposure metrics.

    Returns
    -------
    Courses without an exposure (EXPOREL null or not above 0) have no rows.

    Raises
    ------
    InputError
        If the plan does not fit the tables.
    """
    check_plan(plan, tables)
    folds = pl.DataFrame(
        {"ARM": [each.arm for each in plan.arms], "FOLD": [float(each.fold) for each in plan.arms]}
    )
    subjects = tables["adsl"].join(folds, on="ARM").filter(pl.col("EXPOREL") > 0)
    outcomes = outcome_rows(tables, plan, subjects)
    base = subjects.select(*KEY, "FOLD", "WEIGHT_POP", STEADY=pl.col("EXPOREL") * pl.col("FOLD"))
    rows = outcomes.join(base, on=KEY, how="inner")
    parts: list[pl.DataFrame] = []
    for metric in metrics:
        if metric == "steady state":
            exposed = rows.with_columns(EXPOSURE="STEADY")
        else:
            mean = mean_dose_fraction(tables["adex"], plan.drug, rows.select(*KEY, "ENDPOINT", "EVENTDY"))
            exposed = rows.join(mean, on=[*KEY, "ENDPOINT"], how="inner").with_columns(
                EXPOSURE=pl.col("STEADY") * pl.col("FRACTION")
            )
        parts.append(exposed.with_columns(METRIC=pl.lit(metric)).select(list(SCHEMA)))
    types = pl.Schema({name: column[0] for name, column in SCHEMA.items()})
    found = pl.concat(parts).filter(pl.col("EXPOSURE") > 0).cast(types)
    return found.sort(*KEY, "ENDPOINT", "METRIC")


def outcome_rows(
    tables: Mapping[str, pl.DataFrame], plan: ExposurePlan, subjects: pl.DataFrame
) -> pl.DataFrame:
    """ENDPOINT, AVAL and EVENTDY of every course that counts for an endpoint."""
    everyone = subjects.select(KEY)
    adrs, adae = tables["adrs"], tables["adae"]
    responses = {"ORR": plan.responders, "CR": plan.complete}
    found = {name: _responses(adrs, plan.reader, codes) for name, codes in responses.items()}
    lysis = adae.filter(pl.col("AEDECOD") == LABORATORY_EVENT)
    found["TLS"] = lysis.group_by(KEY).agg(EVENTDY=pl.col("ASTDY").min())
    stopped = subjects.filter(pl.col("DCSREAS") == "adverse event")
    found["DISCAE"] = stopped.select(*KEY, EVENTDY="TRTEDY")
    if plan.mrd is not None:
        samples = _mrd_samples(tables, plan.mrd).filter(pl.col("AVALC") == "undetectable")
        found["UMRD"] = samples.group_by(KEY).agg(EVENTDY=pl.col("ADY").min())
    parts = [_outcome(everyone, name, events) for name, events in found.items()]
    seen, severe = _neutropenia(tables["adlb"])
    parts.append(_outcome(everyone.join(seen, on=KEY, how="semi"), "NEUT3", severe))
    return pl.concat(parts)


def _outcome(counted: pl.DataFrame, name: str, events: pl.DataFrame) -> pl.DataFrame:
    """Rows of one endpoint: those counted, with the day of the outcome where there is one."""
    marked = events.select(*KEY, pl.col("EVENTDY").cast(pl.Float64), HAS=pl.lit(1, dtype=pl.Int32))
    joined = counted.join(marked, on=KEY, how="left", maintain_order="left")
    return joined.select(*KEY, "EVENTDY", ENDPOINT=pl.lit(name), AVAL=pl.col("HAS").fill_null(0))


def _responses(adrs: pl.DataFrame, reader: str, codes: Sequence[str]) -> pl.DataFrame:
    """Courses whose best response is one of the codes, with the first day of such a response."""
    own = adrs.filter(pl.col("READER") == reader)
    best = own.filter((pl.col("PARAMCD") == "BOR") & pl.col("AVALC").is_in(list(codes)))
    first = own.filter((pl.col("PARAMCD") == "OVRLRESP") & pl.col("AVALC").is_in(list(codes)))
    days = first.group_by(KEY).agg(FIRSTDY=pl.col("ADY").min())
    joined = best.select(*KEY, "ADY").join(days, on=KEY, how="left")
    return joined.select(*KEY, EVENTDY=pl.coalesce("FIRSTDY", "ADY"))


def _mrd_samples(tables: Mapping[str, pl.DataFrame], point: MrdPoint) -> pl.DataFrame:
    return tables["admrd"].filter(
        (pl.col("VISIT") == point.visit)
        & (pl.col("COMPART") == point.compartment)
        & (pl.col("ASSAY") == point.assay)
    )


def _neutropenia(adlb: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Courses with a graded count after the first dose, and those that reached a worse grade of 3 or 4."""
    graded = adlb.filter((pl.col("PARAMCD") == "ANC") & (pl.col("ATOXGR") >= 0))
    baseline = graded.filter(pl.col("ADY") <= 0).sort("ADY").group_by(KEY).agg(BASE=pl.col("ATOXGR").last())
    later = graded.filter(pl.col("ADY") > 0).join(baseline, on=KEY, how="left")
    emerging = (pl.col("ATOXGR") >= SEVERE) & (pl.col("ATOXGR") > pl.col("BASE").fill_null(0))
    severe = later.filter(emerging).group_by(KEY).agg(EVENTDY=pl.col("ADY").min())
    return later.select(KEY).unique(), severe


def mean_dose_fraction(adex: pl.DataFrame, drug: str, until: pl.DataFrame) -> pl.DataFrame:
    """Mean dose, as a fraction of the target dose, from the first dose to a day, holds counting as 0.

    Parameters
    ----------
    adex
        Periods of equal doses.
    drug
        EXTRT.
    until
        Course, ENDPOINT and EVENTDY, null for the end of treatment.

    Returns
    -------
    Course, ENDPOINT and FRACTION of those who took the drug before that day.
    """
    own = adex.filter(pl.col("EXTRT") == drug).select(*KEY, "ASTDY", "AENDY", "EXDOSE")
    ends = own.group_by(KEY).agg(FIRST=pl.col("ASTDY").min(), LAST=pl.col("AENDY").max())
    asked = until.join(ends, on=KEY).with_columns(
        UNTIL=pl.min_horizontal(pl.col("EVENTDY").fill_null(float("inf")), "LAST")
    )
    periods = asked.join(own, on=KEY)
    length = (pl.min_horizontal("AENDY", "UNTIL") - pl.col("ASTDY")).clip(0, None)
    taken = periods.group_by(*KEY, "ENDPOINT").agg(
        DOSE=(length * pl.col("EXDOSE")).sum(), DAYS=(pl.col("UNTIL") - pl.col("FIRST")).first()
    )
    taken = taken.filter((pl.col("DAYS") > 0) & (pl.col("DOSE") > 0))
    return taken.select(*KEY, "ENDPOINT", FRACTION=pl.col("DOSE") / pl.col("DAYS"))


def allocated_arm(adsl: pl.DataFrame, plan: ExposurePlan, seed: int) -> pl.DataFrame:
    """One dose for each patient of each scenario, by an even lottery, as a randomised dose comparison has it.

    The lottery is keyed by parameter draw and patient, so that more patients change nobody's dose.

    Returns
    -------
    ARM, SCENARIO, DRAW, USUBJID.
    """
    people = adsl.select(PATIENT).unique().sort(PATIENT)
    index = people["USUBJID"].str.extract(r"(\d+)$").cast(pl.UInt64)
    who = people["DRAW"].cast(pl.UInt64) * 2**32 + index
    chance = draws(seed, "exposure_response.allocation", who.to_numpy())[:, 0]
    place = np.minimum((chance * len(plan.arms)).astype(np.int64), len(plan.arms) - 1)
    return people.with_columns(ARM=pl.Series([each.arm for each in plan.arms]).gather(place)).select(KEY)


def covariate_columns(adsl: pl.DataFrame, names: Sequence[str]) -> tuple[list[str], Floats]:
    """Covariates as numbers: text as indicators against its first level, numbers in SDs from the mean.

    Raises
    ------
    InputError
        If one is not there, or not known of every patient.
    """
    found = [
        Finding(f"covariates: {name}", what, "a column of adsl known of every patient", "leave it out")
        for name in names
        for what in ["not in adsl" if name not in adsl.columns else "unknown in some patients"]
        if name not in adsl.columns or adsl[name].null_count()
    ]
    if found:
        raise InputError(found)
    titles: list[str] = []
    columns: list[Floats] = []
    for name in names:
        series = adsl[name]
        if series.dtype == pl.String:
            for level in series.unique().sort().to_list()[1:]:
                titles.append(f"{name}: {level}")
                columns.append((series == level).to_numpy().astype(float))
            continue
        value = series.cast(pl.Float64).to_numpy()
        spread = float(value.std()) if value.size else 0.0
        titles.append(name)
        columns.append((value - value.mean()) / spread if spread > 0 else value - value.mean())
    return titles, np.column_stack(columns) if columns else np.empty((adsl.height, 0))
