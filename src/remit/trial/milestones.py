"""What happened to each patient and when, by one reader, as arrays; and how far it is known by a given day.

Everything here is on patient time. A follow-up limit is the day up to which a patient is observed: infinite
in the pool, cut-off minus enrolment in a trial.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from remit.errors import problem
from remit.results import COURSE
from remit.stats.estimate import Booleans, Floats, Integers

KEY = list(COURSE)


@dataclass(frozen=True, slots=True)
class Milestones:
    """Days from first dose, each of shape (..., n_patients), infinite for what did not happen.

    ``response`` and ``complete`` are the first PR or CR and the first CR that count: before progression,
    not after new therapy, in a patient whose equations were solved. ``progression`` is the first by this
    reader and ``progression_scan`` its scan number; ``other_progression`` is the first by another reader.
    ``scan_time`` and ``scan_number`` are the assessments other than NE after baseline, up to progression,
    of shape (..., n_patients, n_scans), infinite and 0 where there are no more. ``response_end`` is the end
    of response follow-up, ``contact`` the last day on which more than that would be known. ``failed`` marks
    patients whose equations were not solved.
    """

    response: Floats
    complete: Floats
    progression: Floats
    progression_scan: Integers
    other_progression: Floats
    scan_time: Floats
    scan_number: Integers
    death: Floats
    new_therapy: Floats
    lost: Floats
    response_end: Floats
    contact: Floats
    failed: Booleans

    def of(self, who: Integers) -> "Milestones":
        """Milestones of the patients ``who``, of its shape."""
        return Milestones(
            self.response[who], self.complete[who], self.progression[who], self.progression_scan[who],
            self.other_progression[who], self.scan_time[who], self.scan_number[who], self.death[who],
            self.new_therapy[who], self.lost[who], self.response_end[who], self.contact[who],
            self.failed[who],
        )  # fmt: skip


def days(column: pl.Series) -> Floats:
    """Days of a nullable column, infinite where null."""
    return column.fill_null(np.inf).to_numpy().astype(float)


def milestones(adrs: pl.DataFrame, adsl: pl.DataFrame, reader: str, follow_up: float) -> Milestones:
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

    Raises
    ------
    InputError
        If ``adrs`` has no rows of the reader.
    """
    if adsl.height and reader not in adrs["READER"].unique():
        readers = ", ".join(sorted(adrs["READER"].unique())) or "no rows"
        raise problem("table adrs: READER", readers, f"rows of {reader}", "name a reader of the study")
    rows = adsl.select(*KEY, "NEWTXDY", "STATUS").with_row_index("ROW")
    visits = adrs.filter((pl.col("PARAMCD") == "OVRLRESP") & (pl.col("AVALC") != "NE")).join(rows, on=KEY)
    own, others = visits.filter(pl.col("READER") == reader), visits.filter(pl.col("READER") != reader)
    progressed = _first(own, pl.col("AVALC") == "PD", adsl.height)
    scan_time, scan_number = _scans(own, progressed)
    counted = (pl.col("STATUS") == "OK") & (pl.col("ADY") <= pl.col("NEWTXDY").fill_null(np.inf))
    failed = (adsl["STATUS"] != "OK").to_numpy()
    lost, end = days(adsl["LOSTDY"]), adsl["FUEDY"].to_numpy().astype(float)
    return Milestones(
        response=_first(own, counted & pl.col("AVALC").is_in(["PR", "CR"]), adsl.height, progressed),
        complete=_first(own, counted & (pl.col("AVALC") == "CR"), adsl.height, progressed),
        progression=progressed,
        progression_scan=np.where(scan_time == progressed[:, None], scan_number, 0).max(axis=1, initial=0),
        other_progression=_first(others, pl.col("AVALC") == "PD", adsl.height),
        scan_time=scan_time,
        scan_number=scan_number,
        death=days(adsl["DTHDY"]),
        new_therapy=days(adsl["NEWTXDY"]),
        lost=lost,
        response_end=end,
        contact=np.minimum(np.where(failed, end, follow_up), lost),
        failed=failed,
    )


def _first(visits: pl.DataFrame, which: pl.Expr, n: int, before: Floats | None = None) -> Floats:
    """Earliest day of the visits that fit, infinite if none, or if not before ``before``; shape (n,)."""
    found = visits.filter(which).group_by("ROW").agg(pl.col("ADY").min())
    day = np.full(n, np.inf)
    day[found["ROW"].to_numpy()] = found["ADY"].to_numpy()
    return day if before is None else np.where(day < before, day, np.inf)


def _scans(visits: pl.DataFrame, progressed: Floats) -> tuple[Floats, Integers]:
    """Days and numbers of assessments up to progression, in order, one row a patient."""
    ordered = visits.select("ROW", "ADY", "VISITNUM").sort("ROW", "ADY")
    row, day = ordered["ROW"].to_numpy(), ordered["ADY"].to_numpy()
    kept = day <= progressed[row]
    row, day, number = row[kept], day[kept], ordered["VISITNUM"].to_numpy()[kept]
    count = np.bincount(row, minlength=progressed.size)
    width = int(count.max(initial=0))
    place = np.arange(row.size) - (np.cumsum(count) - count)[row]
    scan_time = np.full((progressed.size, width), np.inf)
    scan_number = np.zeros((progressed.size, width), dtype=np.int64)
    scan_time[row, place], scan_number[row, place] = day, number
    return scan_time, scan_number


def happened(day: Floats, limit: Floats) -> Booleans:
    """Whether a day is known by the limit; what never happens (infinite) is not, even without a limit."""
    return (day <= limit) & np.isfinite(day)


def last_scan(m: Milestones, limit: Floats) -> tuple[Floats, Integers]:
    """Day and number of the last assessment up to ``limit``, both 0 if none; shape (..., n_patients)."""
    seen = happened(m.scan_time, limit[..., None])
    day = np.where(seen, m.scan_time, 0.0).max(axis=-1, initial=0.0)
    return day, np.where(seen, m.scan_number, 0).max(axis=-1, initial=0)
