"""A data cut-off: tables on patient time as they stand on a calendar day.

The cut removes what happened later and what would betray it. Responses by visit stay as they are, for
they look back only; best response and reasons that rest on the future are derived again.
"""

from collections.abc import Callable, Mapping

import polars as pl

from remit.errors import problem
from remit.results import COURSE, TABLES
from remit.trial.response.best import best_responses

SUBJECT = ["DRAW", "USUBJID"]
KEY = list(COURSE)
DATED = {"adpc": "ADY", "adtr": "ADY", "adlb": "ADY", "adae": "ASTDY", "adex": "ASTDY", "marrow": "ADY"}
"""The column that dates a row."""


def cut_at(
    tables: Mapping[str, pl.DataFrame], enrolment: pl.DataFrame, calendar_day: float
) -> dict[str, pl.DataFrame]:
    """Tables as known on ``calendar_day``.

    Parameters
    ----------
    tables
        Any of ``adsl adex adpc adtr adrs adlb adae marrow``; ``adtte`` is left out, derive it again.
    enrolment
        DRAW, USUBJID and ENRDAY, the calendar day of first dose. Who is not in it, or came later, is
        left out.
    calendar_day
        Day of the cut-off; what happens on the day is known.

    Raises
    ------
    InputError
        If ``adrs`` comes without ``adsl``.
    """
    limits = enrolment.select(*SUBJECT, LIMIT=calendar_day - pl.col("ENRDAY")).filter(pl.col("LIMIT") >= 0)
    if "adrs" in tables and "adsl" not in tables:
        raise problem(
            "cut_at: tables", "adrs without adsl", "both", "best response rests on new therapy in adsl"
        )
    known: dict[str, pl.DataFrame] = {}
    for name, frame in tables.items():
        if name == "adtte":
            continue
        placed = frame.join(limits, on=SUBJECT, how="inner")
        if name in DATED:
            placed = placed.filter(pl.col(DATED[name]) <= pl.col("LIMIT"))
        if name == "adrs":
            placed = _responses(placed, tables["adsl"])
        ready = CUTS[name](placed).drop("LIMIT") if name in CUTS else placed.drop("LIMIT")
        known[name] = TABLES[name].tidy(ready) if name in TABLES else ready.sort(*KEY, DATED[name])
    return known


def _responses(placed: pl.DataFrame, adsl: pl.DataFrame) -> pl.DataFrame:
    """Response by visit up to the cut-off, and the best of it."""
    known = (pl.col("PARAMCD") == "OVRLRESP") & (pl.col("ADY") <= pl.col("LIMIT"))
    visits = placed.filter(known)
    treated = adsl.join(placed.select(KEY).unique(), on=KEY, how="semi")
    best = best_responses(visits, treated, sorted(placed["READER"].unique()))
    return pl.concat([visits, best.with_columns(LIMIT=0.0).select(visits.columns)])


def _subjects(placed: pl.DataFrame) -> pl.DataFrame:
    """Subject level: later days are null, later ends are the cut-off."""
    limit = pl.col("LIMIT")
    reason = (
        pl.when(pl.col("FUEDY") <= limit)
        .then("DCSREAS")
        .when(pl.col("TRTEDY") > limit)
        .then(pl.lit("ongoing"))
        .otherwise(pl.lit("last dose before the cut-off"))
    )
    later = {name: pl.when(pl.col(name) <= limit).then(name) for name in ("DTHDY", "LOSTDY", "NEWTXDY")}
    ends = {name: pl.min_horizontal(name, limit) for name in ("TRTEDY", "FUEDY")}
    cause = pl.when(pl.col("DTHDY") <= limit).then("DTHCAUS")
    return placed.with_columns(DCSREAS=reason, DTHCAUS=cause, **later, **ends)


def _events(placed: pl.DataFrame) -> pl.DataFrame:
    """Adverse events: a later end is not known yet."""
    return placed.with_columns(AENDY=pl.when(pl.col("AENDY") <= pl.col("LIMIT")).then("AENDY"))


def _periods(placed: pl.DataFrame) -> pl.DataFrame:
    """Exposure: a period that goes on ends at the cut-off."""
    return placed.with_columns(AENDY=pl.min_horizontal("AENDY", "LIMIT"))


CUTS: Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "adsl": _subjects,
    "adae": _events,
    "adex": _periods,
}
