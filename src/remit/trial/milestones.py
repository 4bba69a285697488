"""What happened to each patient and when, by one reader, as arrays; and how far it is known by a given day.

Everything here is on patient time. A follow-up limit is the day up to which a patient is observed: infinite
in the pool, cut-off minus enrolment in a trial.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit.errors import problem
from remit.results import COURSE
from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.estimands.response_sets import LUGANO, Codes

KEY = list(COURSE)
ASSESSED = "assessed"
"""Among responses after treatment, that there is one at all."""
NOT_EARLY, TOXICITY, OTHER = range(3)
"""How treatment ended: as planned or for what is an event of its own; for toxicity; for another reason."""
PLANNED = (
    "ongoing", "last dose before the cut-off", "progression", "death", "withdrawal", "lost to follow-up",
    "not evaluable", "completed", "undetectable disease",
)  # fmt: skip
"""DCSREAS that is no early end: planned, an event that has its own day, or the end of all follow-up."""
UNDETECTABLE, DETECTABLE, FAILED, NO_SAMPLE = range(4)
RESULTS = ("undetectable", "detectable", "failed")
"""Words of ADMRD.AVALC, by index."""


@dataclass(frozen=True, slots=True)
class TreatmentEnd:
    """End of treatment, arrays of shape (..., n_patients).

    ``last_dose`` [day], infinite without any. ``day`` on which treatment was ended, infinite while it goes
    on, and ``kind``, one of ``NOT_EARLY``, ``TOXICITY`` and ``OTHER``; both None where exposure was not
    given, for the last dose does not say when it was decided that it was the last.
    """

    last_dose: Floats
    day: Floats | None = None
    kind: Integers | None = None


@dataclass(frozen=True, slots=True)
class Samples:
    """MRD samples of one compartment by one assay, in order of time, of shape (..., n_patients, n_samples).

    ``time`` [day], infinite where there are no more; ``result`` is one of ``UNDETECTABLE``, ``DETECTABLE``,
    ``FAILED``, ``NO_SAMPLE``. ``threshold`` is that of the assay.
    """

    time: Floats
    result: Integers
    threshold: float


@dataclass(frozen=True, slots=True)
class Milestones:
    """Days from first dose, each of shape (..., n_patients), infinite for what did not happen.

    ``response`` and ``complete`` are the first response of set ORR and CR that counts: before progression,
    not after new therapy, in a patient whose equations were solved; ``first`` has the first response of
    every set, whatever therapy came before. ``progression`` is the first by this reader and
    ``progression_scan`` its assessment number; ``other_progression`` is the first by another reader.
    ``scan_time`` and ``scan_number`` are the assessments other than NE after baseline, up to progression, of
    shape (..., n_patients, n_scans), infinite and 0 where there are no more; an unscheduled one ends in .5.
    ``response_end`` is the end of response follow-up, ``contact`` the last day on which more than that
    would be known. ``failed`` marks patients whose equations were not solved.

    ``after_treatment`` has, by set, the day of a response after treatment, and of any under ``ASSESSED``.
    ``treatment``, ``crossover`` and ``mrd`` (by compartment and assay) are there where they were given.
    """

    response: Floats
    complete: Floats
    progression: Floats
    progression_scan: Floats
    other_progression: Floats
    scan_time: Floats
    scan_number: Floats
    death: Floats
    new_therapy: Floats
    lost: Floats
    response_end: Floats
    contact: Floats
    failed: Booleans
    first: Mapping[str, Floats] = field(default_factory=dict[str, Floats])
    after_treatment: Mapping[str, Floats] = field(default_factory=dict[str, Floats])
    treatment: TreatmentEnd | None = None
    crossover: Floats | None = None
    mrd: Mapping[tuple[str, str], Samples] = field(default_factory=dict[tuple[str, str], Samples])

    def of(self, who: Integers) -> "Milestones":
        """Milestones of the patients ``who``, of its shape; these are of one dimension."""
        return _rows((self,), lambda arrays: np.take(arrays[0], who, axis=0))


Array = NDArray[Any]
Take = Callable[[Sequence[Array]], Array]
"""From one array of each arm, all of a width, to those of some patients."""


def joined(arms: Sequence[Milestones]) -> Milestones:
    """Milestones of several arms below one another: patient i under arm a is row ``a * n_patients + i``.

    Raises
    ------
    InputError
        If arms do not hold the same number of patients, or not the same data of them.
    """
    sizes = {each.death.shape for each in arms}
    kinds = {
        (frozenset(m.first), frozenset(m.after_treatment), m.treatment is None,
         m.treatment is None or m.treatment.day is None, m.crossover is None)
        for m in arms
    }  # fmt: skip
    if len(sizes) != 1 or len(kinds) != 1 or len(next(iter(sizes))) != 1:
        found = f"{len(arms)} arms of shapes {', '.join(map(str, sorted(sizes))) or 'none'}"
        needed = "arms of the same patients, each in one dimension, with the same tables given"
        raise problem("milestones of arms", found, needed, "call milestones() alike for every arm")
    return _rows(arms, _concatenated)


def assigned(arms: Sequence[Milestones], who: Integers, arm: Integers) -> Milestones:
    """Milestones of patients under the arms to which they are assigned.

    For many blocks of replicates join the arms once, and call ``of(arm * n_patients + who)``.

    Parameters
    ----------
    arms
        The pool under each arm, the same patients in the same order.
    who
        Places in the pool, shape (n_replicates, n_patients).
    arm
        Index into ``arms``, of that shape.

    Raises
    ------
    InputError
        As :func:`joined`.
    """
    return joined(arms).of(arm * arms[0].death.size + who)


def _concatenated(arrays: Sequence[Array]) -> Array:
    return np.concatenate(arrays)


def _padded(arrays: Sequence[Array], blank: float) -> list[Array]:
    """Arrays of one width, what is added being blank."""
    width = max(each.shape[-1] for each in arrays)
    filled: list[Array] = []
    for each in arrays:
        wide = np.full((*each.shape[:-1], width), blank, dtype=each.dtype)
        wide[..., : each.shape[-1]] = each
        filled.append(wide)
    return filled


def _rows(arms: Sequence[Milestones], take: Take) -> Milestones:
    """Milestones made of those of arms, array by array."""
    one = arms[0]

    def each(get: Callable[[Milestones], Array]) -> Array:
        return take([get(m) for m in arms])

    def wide(get: Callable[[Milestones], Array], blank: float) -> Array:
        return take(_padded([get(m) for m in arms], blank))

    return Milestones(
        response=each(lambda m: m.response),
        complete=each(lambda m: m.complete),
        progression=each(lambda m: m.progression),
        progression_scan=each(lambda m: m.progression_scan),
        other_progression=each(lambda m: m.other_progression),
        scan_time=wide(lambda m: m.scan_time, np.inf),
        scan_number=wide(lambda m: m.scan_number, 0.0),
        death=each(lambda m: m.death),
        new_therapy=each(lambda m: m.new_therapy),
        lost=each(lambda m: m.lost),
        response_end=each(lambda m: m.response_end),
        contact=each(lambda m: m.contact),
        failed=each(lambda m: m.failed),
        first={name: take([m.first[name] for m in arms]) for name in one.first},
        after_treatment={name: take([m.after_treatment[name] for m in arms]) for name in one.after_treatment},
        treatment=_ends([m.treatment for m in arms if m.treatment is not None], take),
        crossover=_optional([m.crossover for m in arms if m.crossover is not None], take),
        mrd={test: _samples(arms, test, take) for test in sorted({test for m in arms for test in m.mrd})},
    )  # fmt: skip


def _optional(arrays: Sequence[Array], take: Take) -> Array | None:
    return take(arrays) if arrays else None


def _ends(arms: Sequence[TreatmentEnd], take: Take) -> TreatmentEnd | None:
    if not arms:
        return None
    last = take([each.last_dose for each in arms])
    days = [each.day for each in arms if each.day is not None]
    kinds = [each.kind for each in arms if each.kind is not None]
    return TreatmentEnd(last, take(days), take(kinds)) if days and kinds else TreatmentEnd(last)


def _samples(arms: Sequence[Milestones], test: tuple[str, str], take: Take) -> Samples:
    """Samples of a test; an arm in which it is not done has none."""
    threshold = next(m.mrd[test].threshold for m in arms if test in m.mrd)
    none = Samples(np.empty((*arms[0].death.shape, 0)), np.empty((*arms[0].death.shape, 0), int), threshold)
    found = [m.mrd.get(test, none) for m in arms]
    time = take(_padded([each.time for each in found], np.inf))
    return Samples(time, take(_padded([each.result for each in found], NO_SAMPLE)), threshold)


def days(column: pl.Series) -> Floats:
    """Days of a nullable column, infinite where null."""
    return column.fill_null(np.inf).to_numpy().astype(float)


def milestones(
    adrs: pl.DataFrame,
    adsl: pl.DataFrame,
    reader: str,
    follow_up: float,
    *,
    codes: Codes = LUGANO,
    adex: pl.DataFrame | None = None,
    admrd: pl.DataFrame | None = None,
) -> Milestones:
    """Milestones of every row of ``adsl``, in its order.

    Parameters
    ----------
    adrs
        Response by visit; rows of other readers say when their progression was.
    adsl
        Subjects of any number of arms and scenarios.
    reader
        Whose response is meant.
    follow_up
        Longest patient time [day].
    codes
        Words of the response criterion.
    adex
        Exposure, for the day on which treatment was ended; whole, or cut together with ``adsl``.
    admrd
        MRD samples.

    Raises
    ------
    InputError
        If ``adrs`` has no rows of the reader.
    """
    if adsl.height and reader not in adrs["READER"].unique():
        readers = ", ".join(sorted(adrs["READER"].unique())) or "no rows"
        raise problem("table adrs: READER", readers, f"rows of {reader}", "name a reader of the study")
    rows = adsl.select(*KEY, "NEWTXDY", "STATUS").with_row_index("ROW")
    known = adrs.filter(pl.col("AVALC") != "NE").join(rows, on=KEY)
    visits = known.filter((pl.col("PARAMCD") == "OVRLRESP") & (pl.col("VISITNUM") > 0))
    own, others = visits.filter(pl.col("READER") == reader), visits.filter(pl.col("READER") != reader)
    n, progresses, solved = adsl.height, pl.col("AVALC").is_in(codes.progression), pl.col("STATUS") == "OK"
    progressed = _first(own, progresses, n)
    scan_time, scan_number = _scans(own, progressed)
    first = {
        name: _first(own, solved & pl.col("AVALC").is_in(words), n, progressed)
        for name, words in codes.sets.items()
    }
    after = known.filter((pl.col("PARAMCD") == "EOTRESP") & (pl.col("READER") == reader) & solved)
    failed, therapy = (adsl["STATUS"] != "OK").to_numpy(), days(adsl["NEWTXDY"])
    lost, end = days(adsl["LOSTDY"]), adsl["FUEDY"].to_numpy().astype(float)
    return Milestones(
        response=before(first["ORR"], therapy),
        complete=before(first["CR"], therapy),
        progression=progressed,
        progression_scan=np.where(scan_time == progressed[:, None], scan_number, 0).max(axis=1, initial=0),
        other_progression=_first(others, progresses, n),
        scan_time=scan_time,
        scan_number=scan_number,
        death=days(adsl["DTHDY"]),
        new_therapy=therapy,
        lost=lost,
        response_end=end,
        contact=np.minimum(np.where(failed, end, follow_up), lost),
        failed=failed,
        first=first,
        after_treatment={ASSESSED: _first(after, pl.lit(value=True), n)}
        | {name: _first(after, pl.col("AVALC").is_in(words), n) for name, words in codes.sets.items()},
        treatment=_treatment_end(adsl, adex),
        crossover=days(adsl["XOVERDY"]) if "XOVERDY" in adsl.columns else None,
        mrd={} if admrd is None else _mrd(admrd, rows),
    )


def before(day: Floats, event: Floats) -> Floats:
    """Days that come no later than an event, infinite where they do."""
    return np.where(day <= event, day, np.inf)


def _first(visits: pl.DataFrame, which: pl.Expr, n: int, before: Floats | None = None) -> Floats:
    """Earliest day of the visits that fit, infinite if none, or if not before ``before``; shape (n,)."""
    found = visits.filter(which).group_by("ROW").agg(pl.col("ADY").min())
    day = np.full(n, np.inf)
    day[found["ROW"].to_numpy()] = found["ADY"].to_numpy()
    return day if before is None else np.where(day < before, day, np.inf)


def _places(row: Integers, n: int) -> tuple[Integers, int]:
    """Place of each entry among those of its row, rows being in order, and the most that a row has."""
    count = np.bincount(row, minlength=n)
    return np.arange(row.size) - (np.cumsum(count) - count)[row], int(count.max(initial=0))


def _scans(visits: pl.DataFrame, progressed: Floats) -> tuple[Floats, Floats]:
    """Days and numbers of assessments up to progression, in order, one row a patient."""
    ordered = visits.select("ROW", "ADY", "VISITNUM").sort("ROW", "ADY")
    row, day = ordered["ROW"].to_numpy(), ordered["ADY"].to_numpy()
    kept = day <= progressed[row]
    row, day, number = row[kept], day[kept], ordered["VISITNUM"].to_numpy()[kept]
    place, width = _places(row, progressed.size)
    scan_time = np.full((progressed.size, width), np.inf)
    scan_number = np.zeros((progressed.size, width))
    scan_time[row, place], scan_number[row, place] = day, number
    return scan_time, scan_number


def _treatment_end(adsl: pl.DataFrame, adex: pl.DataFrame | None) -> TreatmentEnd:
    """End of treatment: the end of the last period of exposure, of whatever drug."""
    last = days(adsl["TRTEDY"])
    if adex is None:
        return TreatmentEnd(last)
    ends = adex.group_by(KEY).agg(pl.col("AENDY").max())
    day = days(adsl.select(KEY).join(ends, on=KEY, how="left", maintain_order="left")["AENDY"])
    reason = adsl["DCSREAS"]
    kind = np.where(reason.is_in(PLANNED).fill_null(value=True), NOT_EARLY, OTHER)
    kind = np.where((reason == "adverse event").fill_null(value=False), TOXICITY, kind)
    goes_on = reason.is_in(PLANNED[:2]).fill_null(value=True).to_numpy()
    return TreatmentEnd(last, np.where(goes_on, np.inf, day), kind)


def _mrd(admrd: pl.DataFrame, rows: pl.DataFrame) -> dict[tuple[str, str], Samples]:
    """Samples by compartment and assay."""
    n, found = rows.height, dict[tuple[str, str], Samples]()
    placed = admrd.join(rows, on=KEY).sort("ROW", "ADY")
    for (compartment, assay), part in placed.group_by("COMPART", "ASSAY", maintain_order=True):
        row = part["ROW"].to_numpy()
        place, width = _places(row, n)
        time, result = np.full((n, width), np.inf), np.full((n, width), NO_SAMPLE)
        time[row, place] = part["ADY"].to_numpy()
        result[row, place] = part["AVALC"].replace_strict(RESULTS, range(3), return_dtype=pl.Int64).to_numpy()
        found[str(compartment), str(assay)] = Samples(time, result, float(part["LIMIT"][0]))
    return found


def happened(day: Floats, limit: Floats) -> Booleans:
    """Whether a day is known by the limit; what never happens (infinite) is not, even without a limit."""
    return (day <= limit) & np.isfinite(day)


def last_scan(m: Milestones, limit: Floats) -> tuple[Floats, Floats]:
    """Day and number of the last assessment up to ``limit``, both 0 if none; shape (..., n_patients)."""
    seen = happened(m.scan_time, limit[..., None])
    if not m.scan_time.shape[-1]:
        return np.zeros(seen.shape[:-1]), np.zeros(seen.shape[:-1])
    count = seen.sum(axis=-1, keepdims=True)
    place = np.maximum(count - 1, 0)
    day, number = (
        np.where(count > 0, np.take_along_axis(each, place, axis=-1), 0.0)[..., 0]
        for each in (m.scan_time, m.scan_number)
    )
    return day, number
