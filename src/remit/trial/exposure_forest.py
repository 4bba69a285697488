"""How exposure differs between groups of patients, and what that would do to response and harm.

Ratios of geometric means of the steady-state average (EXPOREL) with 90% limits: each grouping alone, and all
groupings in one linear model, since region and weight go together. Renal function is grouped by creatinine
clearance as FDA's guidance on impaired renal function does (2020 draft, table 1), age at 65 and 75 years as
in ICH E7, weight in quarters of the patients at hand. What differs between arms (a CYP3A inhibitor, a meal)
is compared in the same patients. Patients count once each, whatever their population weight.

The change of an outcome is read off the log-linear model of the reference dose, at the geometric means of the
two groups. It is an association; the covariate itself may change the outcome by other ways.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import polars as pl

from remit.errors import Finding, InputError
from remit.results.declaration import COURSE, F, N, S, table
from remit.stats.estimate import Booleans, Estimate, Floats
from remit.stats.exposure_response import geometric
from remit.stats.exposure_response.forms import ExposureFit, fit_exposure
from remit.stats.exposure_response.prediction import difference
from remit.trial.exposure_response import PATIENT, ExposurePlan, analysis_set

RENAL = ((15.0, "kidney failure"), (30.0, "severe"), (60.0, "moderate"), (90.0, "mild"), (np.inf, "normal"))
"""Renal function by creatinine clearance below a limit [mL/min]; FDA 2020."""
AGES = ((65.0, "below 65"), (75.0, "65 to 74"), (np.inf, "75 or more"))
"""Age below a limit [year]; ICH E7."""
LEVEL = 0.90
FEWEST = 5
"""Patients of a group from which a ratio is given."""
EXPOSURE_FOREST = table(
    "exposure_forest",
    "Exposure by groups of patients",
    "SCENARIO COVARIATE LEVEL MEASURE",
    {
        "SCENARIO": COURSE["SCENARIO"],
        "COVARIATE": (S, "", "covariate, or what differs between arms"),
        "LEVEL": (S, "", "group"),
        "REFERENCE": (S, "", "group that it is compared with"),
        "MEASURE": (S, "", "GMR, GMR adjusted, or the change of an endpoint"),
        "VALUE": (F, "ratio or fraction", "ratio of geometric means, or change of the probability"),
        "LOW": (F, "ratio or fraction", "lower 90% limit"),
        "HIGH": (F, "ratio or fraction", "upper 90% limit"),
        "N": (N, "", "patients of the group"),
        "NREF": (N, "", "patients of the reference group"),
        "NOTE": (S, "", "how, or why not"),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """How patients are grouped.

    Parameters
    ----------
    title
        Name on the plot.
    column
        Column of ADSL.
    by
        ``level`` for text, ``quarter`` for numbers, ``age`` and ``renal`` for classes of age and of
        creatinine clearance.
    reference
        Level that others are compared with; empty for the largest, or for the second quarter.
    """

    title: str
    column: str
    by: Literal["level", "quarter", "age", "renal"] = "level"
    reference: str = ""


GROUPINGS = (
    Grouping(title="Region", column="REGION"),
    Grouping(title="Sex", column="SEX"),
    Grouping(title="Age", column="AGE", by="age"),
    Grouping(title="Weight", column="WEIGHT", by="quarter"),
    Grouping(title="Renal function", column="CRCL", by="renal", reference="normal"),
)
"""Groupings of every study."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmContrast:
    """Two arms of the same patients that differ in one thing, such as a CYP3A inhibitor or a meal."""

    title: str
    arm: str
    level: str
    reference_arm: str
    reference: str


@dataclass(frozen=True, slots=True)
class Group:
    """One level of a grouping: who belongs to it and to its reference, shape (n_patients,)."""

    covariate: str
    level: str
    reference: str
    is_in: Booleans
    is_reference: Booleans


def exposure_forest(
    tables: Mapping[str, pl.DataFrame],
    plan: ExposurePlan,
    groupings: Sequence[Grouping] = GROUPINGS,
    arms: Sequence[ArmContrast] = (),
    endpoints: Sequence[str] = ("ORR", "NEUT3"),
) -> pl.DataFrame:
    """Table ``exposure_forest`` of the reference dose.

    Parameters
    ----------
    tables
        Result tables; see :func:`remit.trial.exposure_response.analysis_set`.
    plan
        The reference dose and outcomes.
    groupings
        Groups of patients.
    arms
        Arms that differ in one thing.
    endpoints
        Outcomes whose change is predicted.

    Raises
    ------
    InputError
        If a column or an arm is not there.
    """
    adsl = tables["adsl"]
    _check(adsl, groupings, arms)
    rows = analysis_set(tables, plan, ("steady state",)).filter(pl.col("ARM") == plan.reference)
    own = adsl.filter((pl.col("ARM") == plan.reference) & (pl.col("EXPOREL") > 0)).sort(PATIENT)
    fold = next(each.fold for each in plan.arms if each.arm == plan.reference)
    found: list[dict[str, object]] = []
    for (scenario,), people in own.group_by("SCENARIO", maintain_order=True):
        part = rows.filter(pl.col("SCENARIO") == scenario)
        fits = {name: _fit(part.filter(pl.col("ENDPOINT") == name)) for name in endpoints}
        fits = {name: fit for name, fit in fits.items() if fit is not None}
        exposure = people["EXPOREL"].to_numpy() * fold
        lines = [
            *_group_rows(people, exposure, groupings, fits),
            *_arm_rows(adsl, str(scenario), arms, fits, fold),
        ]
        found += [{"SCENARIO": scenario} | line for line in lines]
    frame = (
        pl.DataFrame(found, schema=pl.Schema(EXPOSURE_FOREST.schema())) if found else EXPOSURE_FOREST.empty()
    )
    return EXPOSURE_FOREST.tidy(frame.with_columns(pl.col(pl.Float64).fill_nan(None)))


def _check(adsl: pl.DataFrame, groupings: Sequence[Grouping], arms: Sequence[ArmContrast]) -> None:
    """Refuse what is not there."""
    present = set(adsl["ARM"].unique())
    found = [
        Finding(f"groupings: {each.title}", f"no column {each.column} in adsl", "a column of adsl", "")
        for each in groupings
        if each.column not in adsl.columns
    ]
    found += [
        Finding(f"arms: {each.title}", f"no arm {name} in adsl", f"one of {', '.join(sorted(present))}", "")
        for each in arms
        for name in (each.arm, each.reference_arm)
        if name not in present
    ]
    if found:
        raise InputError(found)


def _fit(rows: pl.DataFrame) -> ExposureFit | None:
    """Log-linear model of one outcome; None where there is nothing to fit."""
    if not rows.height:
        return None
    return fit_exposure(rows["EXPOSURE"].to_numpy(), rows["AVAL"].to_numpy() == 1, "log-linear")


def groups_of(people: pl.DataFrame, grouping: Grouping) -> list[Group]:
    """Levels of a grouping but its reference, in order; none where nothing is known or all are alike.

    Unknown values belong to no level.
    """
    labels, order = _labels(people[grouping.column], grouping.by)
    if len(order) < 2:
        return []
    largest = max(order, key=lambda each: int((labels == each).sum()))
    reference = grouping.reference or (order[1] if grouping.by == "quarter" else largest)
    if reference not in order:
        reference = largest
    return [
        Group(grouping.title, each, reference, labels == each, labels == reference)
        for each in order
        if each != reference
    ]


def _labels(column: pl.Series, by: str) -> tuple[np.ndarray, list[str]]:
    """Label of each patient, and the labels that occur in their order; unknown values have an empty one."""
    if by == "level":
        labels = np.array(column.cast(pl.String).fill_null("").to_list(), dtype=object)
        return labels, sorted({str(each) for each in labels} - {""})
    value = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    known = np.isfinite(value)
    classes = {"renal": RENAL, "age": AGES}.get(by)
    if classes is not None:
        limits = np.array([limit for limit, _ in classes[:-1]])
        names = [name for _, name in classes]
    else:
        limits = (
            np.unique(np.round(np.quantile(value[known], [0.25, 0.5, 0.75]))) if known.any() else np.empty(0)
        )
        edges = [f"{each:.0f}" for each in limits]
        between = [f"{a} to {b}" for a, b in pairwise(edges)]
        names = [f"below {edges[0]}", *between, f"{edges[-1]} or more"] if edges else [""]
    place = np.searchsorted(limits, np.where(known, value, 0.0), side="right")
    labels = np.where(known, np.array(names, dtype=object)[place], "")
    present = set(labels.tolist())
    return labels, [each for each in names if each in present and each]


def _group_rows(
    people: pl.DataFrame, exposure: Floats, groupings: Sequence[Grouping], fits: Mapping[str, ExposureFit]
) -> Iterator[dict[str, object]]:
    """Rows of every group of patients."""
    groups = [group for each in groupings for group in groups_of(people, each)]
    groups = [each for each in groups if min(each.is_in.sum(), each.is_reference.sum()) >= FEWEST]
    if not groups:
        return
    design = np.column_stack([each.is_in for each in groups]).astype(float)
    adjusted = geometric.adjusted_ratios(exposure, design, level=LEVEL).ratios
    for each, ratio in zip(groups, adjusted, strict=True):
        crude = geometric.geometric_mean_ratio(exposure, each.is_in, each.is_reference, level=LEVEL)
        mean = geometric.geometric_mean(exposure[each.is_reference])
        counts = int(each.is_in.sum()), int(each.is_reference.sum())
        yield _row(each.covariate, each.level, each.reference, "GMR", crude, counts, "alone")
        note = "with all other groupings held equal"
        yield _row(each.covariate, each.level, each.reference, "GMR adjusted", ratio, counts, note)
        for name, fit in fits.items():
            yield _change_row((each.covariate, each.level, each.reference), name, fit, (mean, crude), counts)


def _arm_rows(
    adsl: pl.DataFrame,
    scenario: str,
    arms: Sequence[ArmContrast],
    fits: Mapping[str, ExposureFit],
    fold: float,
) -> Iterator[dict[str, object]]:
    """Rows of every pair of arms, in the same patients."""
    for each in arms:
        here = adsl.filter((pl.col("SCENARIO") == scenario) & (pl.col("EXPOREL") > 0))
        one = here.filter(pl.col("ARM") == each.arm).select(*PATIENT, "EXPOREL")
        other = here.filter(pl.col("ARM") == each.reference_arm).select(*PATIENT, REF="EXPOREL")
        both = one.join(other, on=PATIENT).sort(PATIENT)
        if not both.height:
            continue
        a, b = both["EXPOREL"].to_numpy(), both["REF"].to_numpy()
        counts = both.height, both.height
        ratio = geometric.paired_ratio(a, b, level=LEVEL)
        yield _row(
            each.title, each.level, each.reference, "GMR", ratio, counts, "the same patients under both arms"
        )
        mean = geometric.geometric_mean(b * fold)
        for name, fit in fits.items():
            yield _change_row((each.title, each.level, each.reference), name, fit, (mean, ratio), counts)


def _change_row(
    what: tuple[str, str, str],
    name: str,
    fit: ExposureFit,
    exposures: tuple[float, Estimate],
    counts: tuple[int, int],
) -> dict[str, object]:
    """Change of an outcome between the geometric means of two groups.

    ``exposures`` are the mean of the reference and the ratio to it. The limits hold the error of the model
    and that of the ratio, as if independent.
    """
    mean, ratio = exposures
    change = difference(fit, mean * ratio.value, mean, level=LEVEL)
    low, high = (difference(fit, mean * each, mean, level=LEVEL).value for each in (ratio.low, ratio.high))
    below = float(np.hypot(change.value - change.low, change.value - min(low, high)))
    above = float(np.hypot(change.high - change.value, max(low, high) - change.value))
    change = Estimate(change.value, change.value - below, change.value + above)
    note = fit.reason or "log-linear model of the reference dose at the geometric means; an association"
    return _row(*what, f"change of {name}", change, counts, note)


def _row(
    covariate: str,
    level: str,
    reference: str,
    measure: str,
    value: Estimate,
    counts: tuple[int, int],
    note: str,
) -> dict[str, object]:
    return {
        "COVARIATE": covariate, "LEVEL": level, "REFERENCE": reference, "MEASURE": measure,
        "VALUE": value.value, "LOW": value.low, "HIGH": value.high, "N": counts[0], "NREF": counts[1],
        "NOTE": note,
    }  # fmt: skip
