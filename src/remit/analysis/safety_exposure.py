"""Exposure: duration, relative dose intensity, holds and reductions of each drug."""

from collections.abc import Sequence

import polars as pl

from remit.analysis.safety_input import SafetyInput, elapsed
from remit.analysis.safety_numbers import Laid, Line, Measures, Number, laid_out
from remit.interop.adam.time_units import MONTH, YEAR
from remit.report.sas_rounding import percent, rounded
from remit.stats.safety.dose_intensity import DOSE, PLANNED, START, STOP, dose_intensity, planned_doses
from remit.stats.safety.incidence import GROUP

DRUG = "#DRUG"
BANDS = ((0.9, "at least 90%"), (0.75, "75% to below 90%"), (0.5, "50% to below 75%"), (0.0, "below 50%"))
"""Usual bands of relative dose intensity, by lower bound."""


def periods(data: SafetyInput) -> pl.DataFrame | None:
    """Periods at a dose of treated subjects; None if ADEX does not say doses, or from when to when.

    DOSEA and DOSEP, the actual and planned dose of ADaM, come before EXDOSE and before what is taken for
    planned.
    """
    if not data.tables.has("ADEX", *data.key):
        return None
    rows = data.of_subjects("ADEX")
    columns = rows.columns
    actual = next((name for name in ("DOSEA", "EXDOSE") if name in columns), "")
    has_start = bool({"ASTDT", "ASTDY"} & set(columns))
    has_stop = bool({"AENDT", "AENDY"} & set(columns))
    if not actual or not has_start or not has_stop:
        return None
    by = [*data.key, DRUG]
    found = rows.select(
        *data.key,
        GROUP,
        (pl.col("EXTRT") if "EXTRT" in columns else pl.lit(None, pl.String))
        .fill_null("Study drug")
        .alias(DRUG),
        pl.col(actual).cast(pl.Float64, strict=False).alias(DOSE),
        elapsed(columns, "ASTDT", "ASTDY", whole_days=data.whole_days).alias(START),
        (elapsed(columns, "AENDT", "AENDY", whole_days=data.whole_days) + data.day).alias(STOP),
        *([pl.col("DOSEP").cast(pl.Float64, strict=False).alias(PLANNED)] if "DOSEP" in columns else []),
    ).drop_nulls([DOSE, START, STOP])
    # A parameter for each of several measures of a period repeats it; periods in whole days may share one.
    once = found.unique(maintain_order=True).sort(*by, START)
    ended = once.with_columns(pl.min_horizontal(STOP, pl.col(START).shift(-1).over(by)).alias(STOP)).filter(
        pl.col(STOP) > pl.col(START)
    )
    return ended if PLANNED in ended.columns else planned_doses(ended, by)


def exposure(data: SafetyInput, given: pl.DataFrame, number: str) -> Laid:
    """Duration, intensity, holds and reductions of each drug, in the order of their number of subjects."""
    found = dose_intensity(given, [*data.key, GROUP, DRUG])
    sizes = found.group_by(DRUG).len().sort("len", DRUG, descending=[True, False])
    numbers: list[Number] = []
    lines: list[Line] = []
    for drug in sizes[DRUG].to_list():
        lines.append(Line(str(drug)))
        for label, row, depth in _rows(str(drug)):
            lines.append(Line(label, row, depth))
        for by, arm, n in data.groups:
            own = found.filter((pl.col(DRUG) == drug) & (pl.col(GROUP) == f"{by}|{arm}"))
            numbers += _of_drug(own, str(drug), (number, by, arm), n)
    is_stated = data.tables.has("ADEX", "DOSEP")
    planned = (
        "Planned dose: DOSEP of ADEX."
        if is_stated
        else "ADEX does not say the planned dose: it is the highest dose so far, and a ramp-up is as planned."
    )
    notes = [
        "Duration: from the first dose to the end of the last period with a dose, holds included.",
        f"Relative dose intensity (RDI): dose given over dose planned in that time. {planned}",
        "Hold: a period without a dose between two with one. Reduction: a lower dose than the one before.",
        "Percentages are of the subjects who took the drug.",
    ]
    title = (number, "Exposure and dose intensity")
    return laid_out(numbers, lines, {"": _text}, data, title, notes)


def _rows(drug: str) -> list[tuple[str, str, int]]:
    """Label, row and indent of the lines of a drug."""
    plain = [
        ("Subjects dosed, n", "dosed", 1),
        ("Duration, months: median (min, max)", "months", 1),
        ("Patient-years of exposure", "patient-years", 1),
        ("RDI, %: mean (SD)", "intensity, mean", 1),
        ("RDI, %: median (min, max)", "intensity", 1),
        *((f"RDI {words}, n (%)", f"intensity {words}", 2) for _, words in BANDS),
        ("With a hold, n (%)", "held", 1),
        ("Holds", "holds", 2),
        ("Days held, of those: median (min, max)", "days held", 2),
        ("With a reduction, n (%)", "reduced", 1),
        ("Reductions", "reductions", 2),
    ]
    return [(label, f"{drug}: {row}", depth) for label, row, depth in plain]


def _of_drug(own: pl.DataFrame, drug: str, place: tuple[str, str, str], n: int) -> list[Number]:
    """Numbers of a drug in a column; counts are of the subjects who took it."""
    table, by, arm = place
    dosed = own.height
    found: list[Number] = []

    def add(row: str, measure: str, value: float | None, size: int | None = dosed) -> None:
        found.append(Number(table, by, arm, f"{drug}: {row}", measure, value, N=size))

    def spread(row: str, values: pl.Series) -> None:
        for measure, value in zip(SPREAD, (values.median(), values.min(), values.max()), strict=True):
            add(row, measure, _number(value), len(values))

    add("dosed", COUNT, dosed, n)
    intensity = own["INTENSITY"].drop_nulls() * 100
    held = own.filter(pl.col("HOLDS") > 0)
    spread("months", own["DAYS"] / MONTH)
    add("patient-years", TOTAL, float(own["DAYS"].sum()) / YEAR)
    add("intensity, mean", MEAN, _number(intensity.mean()), len(intensity))
    add("intensity, mean", SD, _number(intensity.std()), len(intensity))
    spread("intensity", intensity)
    upper = float("inf")
    for low, words in BANDS:
        share = own["INTENSITY"].round(9)
        add(f"intensity {words}", SHARE, int(((share >= low) & (share < upper)).sum()))
        upper = low
    add("held", SHARE, held.height)
    add("holds", COUNT, int(own["HOLDS"].sum()))
    spread("days held", held["HELD"])
    add("reduced", SHARE, own.filter(pl.col("REDUCTIONS") > 0).height)
    add("reductions", COUNT, int(own["REDUCTIONS"].sum()))
    return found


COUNT, TOTAL, SHARE, MEAN, SD = "count", "total", "subjects", "mean", "standard deviation"
SPREAD: Sequence[str] = ("median", "smallest", "largest")
"""Measures of these numbers."""


def _number(value: object) -> float | None:
    """A statistic of a series; None of an empty one."""
    return float(value) if isinstance(value, int | float) else None


def _text(found: Measures) -> str:
    """A cell, by what its numbers are."""

    def shown(measure: str, decimals: int) -> str:
        value = found[measure].VALUE
        return "–" if value is None else rounded(value, decimals)

    if SHARE in found:
        number = found[SHARE]
        count = int(number.VALUE or 0)
        return f"{count} ({percent(count / number.N)})" if number.N else f"{count}"
    if COUNT in found:
        return shown(COUNT, 0)
    if TOTAL in found:
        return shown(TOTAL, 1)
    if MEAN in found:
        return f"{shown(MEAN, 1)} ({shown(SD, 2)})"
    if SPREAD[0] in found:
        middle, low, high = (shown(each, 1) for each in SPREAD)
        return f"{middle} ({low}, {high})"
    return "–"
