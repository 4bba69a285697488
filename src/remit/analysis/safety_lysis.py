"""Tumour lysis syndrome by the definitions of Cairo and Bishop and of Howard, at each dose of the ramp-up."""

from collections.abc import Iterator, Mapping

import polars as pl

from remit.analysis.safety_events import FATAL, GRADE, TERM
from remit.analysis.safety_exposure import DRUG
from remit.analysis.safety_input import SafetyInput, creatinine_limit, elapsed
from remit.analysis.safety_numbers import SUBJECTS, Laid, Line, Number, laid_out, n_percent, whole
from remit.stats.safety.dose_intensity import DOSE, START
from remit.stats.safety.incidence import GROUP, TIME
from remit.trial.adverse_event_terms import LYSIS_MANIFESTATIONS
from remit.trial.cairo_bishop import CAIRO_BISHOP_2004
from remit.trial.howard_2011 import HOWARD_2011
from remit.trial.lysis_by_step import dose_steps, lysis_by_step
from remit.trial.lysis_definition import CRITERIA, MMOL_PER_MG_DL, UMOL_PER_MG_DL

CODES = (*CRITERIA, "CREAT")
UNIT = "#UNIT"
DEFINITIONS = (CAIRO_BISHOP_2004, HOWARD_2011)
AT_STEP, SAMPLED = "at this dose", "with a sample"
MICRO = ("umol/l", "\u00b5mol/l", "\u03bcmol/l")
"""How files write micromoles."""
FACTORS: Mapping[tuple[str, str], float] = {
    **{(code, "mmol/l"): 1.0 for code in CRITERIA},
    **{(code, "mg/dl"): factor for code, factor in MMOL_PER_MG_DL.items()},
    **{("URATE", unit): 1e-3 for unit in MICRO},
    ("K", "meq/l"): 1.0,
    **{("CREAT", unit): 1.0 for unit in MICRO},
    ("CREAT", "mg/dl"): UMOL_PER_MG_DL,
}
"""What turns a unit of an analyte into mmol/L, of creatinine into umol/L."""
ANY = "Any dose"
KINDS = ("Laboratory", "Clinical")


def lysis_records(data: SafetyInput) -> tuple[pl.DataFrame | None, str]:
    """Values of treated subjects in the units of the definitions, or None and why there are none.

    Columns: key, ``GROUP``, ADY (elapsed days), PARAMCD, AVAL, BASELINE, ANRHI (of the same unit; the limit
    of the study for a run of remit). Simulated tables have these units.
    """
    if not data.tables.has("ADLB", *data.key, "PARAMCD", "AVAL"):
        return None, "ADLB has no PARAMCD and AVAL"
    rows = data.of_subjects("ADLB").filter(pl.col("PARAMCD").is_in(CODES))
    there = set(rows["PARAMCD"].unique().to_list())
    if len(there & set(CRITERIA)) < 2:
        return None, f"fewer than two of {', '.join(CRITERIA)} are in ADLB"
    columns = rows.columns
    rows = rows.with_columns(_unit(columns, is_own=not data.whole_days).alias(UNIT))
    pairs = rows.select("PARAMCD", UNIT).unique().sort("PARAMCD", UNIT).rows()
    strange = [f"{code} in '{unit or 'no unit'}'" for code, unit in pairs if (code, unit) not in FACTORS]
    if strange:
        return None, f"units that are not known: {', '.join(strange)}"
    factors = pl.DataFrame(
        [(*pair, factor) for pair, factor in FACTORS.items()],
        schema={"PARAMCD": pl.String, UNIT: pl.String, "#FACTOR": pl.Float64},
        orient="row",
    )
    converted = rows.join(factors, on=["PARAMCD", UNIT], how="left", maintain_order="left")
    day = elapsed(columns, "ADT", "ADY", whole_days=data.whole_days)
    upper = pl.col("ANRHI").cast(pl.Float64, strict=False) if "ANRHI" in columns else pl.lit(None, pl.Float64)
    first = (pl.col("ABLFL") == "Y").fill_null(value=False) if "ABLFL" in columns else day <= 0
    found = converted.select(
        *data.key,
        GROUP,
        day.alias("ADY"),
        "PARAMCD",
        pl.col("AVAL") * pl.col("#FACTOR"),
        (upper * pl.col("#FACTOR"))
        .fill_null(pl.lit(creatinine_limit(data.tables), pl.Float64))
        .alias("ANRHI"),
        first.alias("BASELINE"),
    )
    return found.filter(pl.col("ADY").is_not_null()), ""


def _unit(columns: list[str], *, is_own: bool) -> pl.Expr:
    """Unit of each record in lower case, from AVALU or from the brackets at the end of PARAM."""
    said: list[pl.Expr] = []
    if "AVALU" in columns:
        said.append(pl.col("AVALU").cast(pl.String).str.to_lowercase())
    if "PARAM" in columns:
        said.append(pl.col("PARAM").str.extract(r"\(([^()]+)\)\s*$").str.to_lowercase())
    own = pl.when(pl.col("PARAMCD") == "CREAT").then(pl.lit("umol/l")).otherwise(pl.lit("mmol/l"))
    return pl.coalesce([*said, *([own] if is_own else [])]) if said or is_own else pl.lit(None, pl.String)


def watched_steps(data: SafetyInput, given: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str]]:
    """Dose steps of the drug with the most of them per subject, in each column; and its name by column."""
    key = [*data.key, GROUP]
    steps = dose_steps(
        given.select(*key, DRUG, pl.col(START).alias("ASTDY"), pl.col(DOSE).alias("EXDOSE")), [*key, DRUG]
    )
    each = (
        steps.group_by(GROUP, DRUG)
        .agg(per=pl.len() / pl.struct(data.key).n_unique())
        .sort(GROUP, "per", DRUG, descending=[False, True, False])
        .unique(GROUP, keep="first", maintain_order=True)
    )
    return steps.join(each.select(GROUP, DRUG), on=[GROUP, DRUG], how="semi", maintain_order="left"), dict(
        each.select(GROUP, DRUG).iter_rows()
    )


def lysis_table(
    data: SafetyInput, labs: pl.DataFrame, given: pl.DataFrame, events: pl.DataFrame | None, number: str
) -> Laid:
    """Subjects with laboratory and clinical tumour lysis by both definitions, at any and at each dose."""
    steps, drugs = watched_steps(data, given)
    found = {
        each.name: lysis_by_step(
            labs,
            steps.drop(GROUP, DRUG),
            data.key,
            each,
            manifestations(data, events),
            day_counts=data.whole_days,
        ).join(data.people.select(*data.key, GROUP), on=list(data.key), how="left", maintain_order="left")
        for each in DEFINITIONS
    }
    doses: list[float] = sorted(steps["EXDOSE"].unique().to_list())
    numbers: list[Number] = []
    lines: list[Line] = []
    for title, dose in ((ANY, None), *((_dose(data, each), each) for each in doses)):
        lines.append(Line(f"{title}: subjects, n", f"{title}: {AT_STEP}"))
        for name, per_step in found.items():
            own = per_step if dose is None else per_step.filter(pl.col("EXDOSE") == dose)
            numbers += _at(data, own, (number, title), name)
            lines += [Line(f"{kind}, {name}, n (%)", f"{title}: {kind}, {name}", 1) for kind in KINDS]
    return laid_out(
        numbers,
        lines,
        {"": lambda cells: whole(AT_STEP)(cells) if AT_STEP in cells else n_percent(SUBJECTS)(cells)},
        data,
        (number, "Tumour lysis syndrome by definition and dose"),
        [*_notes(data, labs, drugs)],
    )


def manifestations(data: SafetyInput, events: pl.DataFrame | None) -> pl.DataFrame | None:
    """Arrhythmia, seizure and sudden death among adverse events: key, ADY (elapsed), GRADE."""
    if events is None:
        return None
    own = events.filter(pl.col(TERM).is_in(list(LYSIS_MANIFESTATIONS)) & pl.col(TIME).is_not_null())
    return own.select(
        *data.key,
        (pl.col(TIME) - data.day).alias("ADY"),
        pl.when(FATAL).then(5).otherwise(pl.col(GRADE).fill_null(1)).alias("GRADE"),
    )


def _at(data: SafetyInput, own: pl.DataFrame, place: tuple[str, str], name: str) -> Iterator[Number]:
    """Subjects at a dose, and those of them with a sample who had tumour lysis there."""
    table, title = place
    people = own.group_by(*data.key, GROUP).agg(
        pl.col("LABORATORY").any().alias("Laboratory"),
        pl.col("CLINICAL").any().alias("Clinical"),
        (pl.col("SAMPLES").sum() > 0).alias("sampled"),
    )
    for by, arm, _ in data.groups:
        here = people.filter(pl.col(GROUP) == f"{by}|{arm}")
        n = here.filter("sampled").height
        yield Number(table, by, arm, f"{title}: {AT_STEP}", AT_STEP, here.height)
        for kind in KINDS:
            count = here.filter(pl.col(kind).fill_null(value=False)).height
            yield Number(table, by, arm, f"{title}: {kind}, {name}", SUBJECTS, count, N=n)


def _dose(data: SafetyInput, dose: float) -> str:
    """A dose in words; those of remit's own tables are fractions of the target dose."""
    if not data.whole_days:
        return f"{100 * dose:.3g}% of the target dose"
    units = data.tables.frame("ADEX")["EXDOSU"].drop_nulls() if data.tables.has("ADEX", "EXDOSU") else []
    return f"{dose:g} {units[0]}" if len(units) else f"Dose {dose:g}"


def _notes(data: SafetyInput, labs: pl.DataFrame, drugs: Mapping[str, str]) -> Iterator[str]:
    """What must be known to read the table."""
    names = sorted(set(drugs.values()))
    yield (
        f"Dose steps of {', '.join(names)}: first dose, each higher dose, and doses taken up again after a "
        "hold. Sampled values only, from 3 days before to 7 days after a step, in the step in course."
    )
    yield (
        "Cairo and Bishop 2004: two or more of urate, phosphate, potassium, calcium beyond their limit or "
        "changed by 25%; clinical with creatinine from 1.5 times its upper limit, arrhythmia, seizure or "
        "sudden death."
    )
    yield (
        "Howard 2011: two or more beyond their limit within 24 hours; clinical with a rise of creatinine by "
        "26.5 umol/L, or the same events. For both, what was met at baseline does not count."
    )
    yield "Percentages are of subjects with a sample in the window."
    if labs.filter((pl.col("PARAMCD") == "CREAT") & pl.col("ANRHI").is_not_null()).is_empty():
        yield "No upper limit of creatinine is known: clinical by Cairo and Bishop rests on events alone."
    if data.kind == "simulated":
        yield (
            "In simulated data arrhythmia and seizure are drawn with an assumed probability, into the "
            "adverse event of clinical tumour lysis; here clinical rests on creatinine alone."
        )
