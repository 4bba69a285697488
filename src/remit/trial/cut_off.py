"""A data cut-off: tables on patient time as they stand on a calendar day.

The cut removes what happened later and what would betray it. Rows that look back only (laboratory values,
scans, responses by visit, MRD samples) stay as they are. What rests on the future is derived again or is not
known yet: best response, response after treatment, reasons, ends, worst grades, dose intensity.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import polars as pl

from remit.errors import Finding, InputError
from remit.results import COURSE, TABLES
from remit.stats.estimate import Floats
from remit.trial.response.best import best_responses
from remit.trial.toxicity import EVENTS

SUBJECT = ["DRAW", "USUBJID"]
KEY = list(COURSE)
DATED: Mapping[str, str] = MappingProxyType(
    {
        "adpc": "ADY",
        "adtr": "ADY",
        "adlb": "ADY",
        "adbm": "ADY",
        "admrd": "ADY",
        "adae": "ASTDY",
        "adex": "ASTDY",
        "adcm": "ASTDY",
    }
)
"""The column that dates a row."""
LATER_DAYS = ("DTHDY", "LOSTDY", "NEWTXDY", "XOVERDY")
LATER_ENDS = ("TRTEDY", "FUEDY")
LIMIT = "FOLLOWED_UNTIL"
ENDED = "TREATMENT_ENDED"
ONGOING = "ongoing"


def limits_of(adsl: pl.DataFrame, enrolment: pl.DataFrame, calendar_day: float) -> Floats:
    """Day up to which each patient of ``adsl`` is followed at a cut-off, shape (n_patients,).

    Negative for who came later, and minus infinity for who is not enrolled.

    Parameters
    ----------
    adsl
        Subjects, of any number of arms.
    enrolment, calendar_day
        As of :func:`cut_at`.
    """
    placed = adsl.join(
        _limits(enrolment, calendar_day), on=_key(enrolment), how="left", maintain_order="left"
    )
    return placed[LIMIT].fill_null(-np.inf).to_numpy().astype(float)


def cut_at(
    tables: Mapping[str, pl.DataFrame], enrolment: pl.DataFrame, calendar_day: float
) -> dict[str, pl.DataFrame]:
    """Tables as known on ``calendar_day``.

    Parameters
    ----------
    tables
        Tables of the virtual patients, whole; ``adtte`` is left out, derive it again.
    enrolment
        DRAW, USUBJID and ENRDAY, the calendar day of first dose; with ARM, only the record under that arm is
        kept. Who is not in it, or came later, is left out.
    calendar_day
        Day of the cut-off; what happens on the day is known.

    Returns
    -------
    The tables in their order. STATUS of a patient stays: that equations were not solved is a fact of the
    simulation, and such a patient is not evaluable at any cut-off. A dose intensity (RDI) is null until
    treatment has ended. When treatment ended is read off ``adex``; without it a reason is not known before
    follow-up has ended.

    Raises
    ------
    InputError
        If a table comes without one that it rests on: ``adrs`` without ``adsl``, ``adae`` with events of
        blood counts without ``adlb``.
    """
    _check(tables)
    limits = _limits(enrolment, calendar_day).filter(pl.col(LIMIT) >= 0)
    no_days = pl.DataFrame(schema={**{name: COURSE[name][0] for name in KEY}, "DTHDY": pl.Float64})
    whole = _Whole(tables, _treatment_ends(tables), tables.get("adsl", no_days).select(*KEY, "DTHDY"))
    known: dict[str, pl.DataFrame] = {}
    for name, frame in tables.items():
        if name == "adtte":
            continue
        placed = frame.join(limits, on=_key(enrolment), how="inner")
        if name in DATED:
            placed = placed.filter(pl.col(DATED[name]) <= pl.col(LIMIT))
        ready = CUTS[name](placed, whole) if name in CUTS else placed
        known[name] = TABLES[name].tidy(ready)
    return known


@dataclass(frozen=True, slots=True)
class _Whole:
    """All tables before the cut, and the days on which treatment was ended and a patient died, by course."""

    tables: Mapping[str, pl.DataFrame]
    ends: pl.DataFrame
    deaths: pl.DataFrame


def _check(tables: Mapping[str, pl.DataFrame]) -> None:
    found: list[Finding] = []
    if "adrs" in tables and "adsl" not in tables:
        remedy = "best response rests on new therapy in adsl"
        found.append(Finding("cut_at: tables", "adrs without adsl", "both", remedy))
    counts = "adae" in tables and tables["adae"]["AEDECOD"].is_in(list(EVENTS.values())).any()
    if counts and "adlb" not in tables:
        remedy = "the worst grade so far of a blood count is read off adlb"
        found.append(Finding("cut_at: tables", "adae without adlb", "both", remedy))
    unknown = [name for name in tables if name not in TABLES]
    if unknown:
        needed = f"tables of the virtual patients: {', '.join(('adsl', 'adrs', *DATED))}"
        found.append(Finding("cut_at: tables", ", ".join(unknown), needed))
    if found:
        raise InputError(found)


def _key(enrolment: pl.DataFrame) -> list[str]:
    return ["ARM", *SUBJECT] if "ARM" in enrolment.columns else SUBJECT


def _limits(enrolment: pl.DataFrame, calendar_day: float) -> pl.DataFrame:
    days = (calendar_day - pl.col("ENRDAY")).cast(pl.Float64).alias(LIMIT)
    return enrolment.select(*_key(enrolment), days)


def _treatment_ends(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Key and the day on which treatment was ended: the end of exposure, else no earlier than follow-up."""
    if "adex" in tables:
        return tables["adex"].group_by(KEY).agg(pl.col("AENDY").max().alias(ENDED))
    if "adsl" in tables:
        return tables["adsl"].select(*KEY, pl.col("FUEDY").alias(ENDED))
    return pl.DataFrame(schema={**{name: COURSE[name][0] for name in KEY}, ENDED: pl.Float64})


def _subjects(placed: pl.DataFrame, whole: _Whole) -> pl.DataFrame:
    """Subject level: later days are null, later ends are the cut-off, later reasons are not known."""
    limit = pl.col(LIMIT)
    own = placed.join(whole.ends, on=KEY, how="left", maintain_order="left")
    # A patient without any exposure has no other end than that of follow-up.
    decided = pl.col(ENDED).fill_null(pl.col("FUEDY")) <= limit
    later = {name: pl.when(pl.col(name) <= limit).then(name) for name in LATER_DAYS}
    ends = {name: pl.min_horizontal(name, limit) for name in LATER_ENDS}
    return own.with_columns(
        DCSREAS=pl.when(decided).then("DCSREAS").otherwise(pl.lit(ONGOING)),
        DTHCAUS=pl.when(pl.col("DTHDY") <= limit).then("DTHCAUS"),
        RDI=pl.when(decided).then("RDI"),
        **later,
        **{name: pl.when(pl.col(name).is_not_null()).then(end) for name, end in ends.items()},
    )


def _responses(placed: pl.DataFrame, whole: _Whole) -> pl.DataFrame:
    """Responses by visit and after treatment up to the cut-off, and the best of the former.

    That there was no response after treatment is known once follow-up has ended.
    """
    adsl, limit = whole.tables["adsl"], pl.col(LIMIT)
    visits = placed.filter((pl.col("PARAMCD") == "OVRLRESP") & (pl.col("ADY") <= limit))
    ended = placed.filter(pl.col("PARAMCD") == "EOTRESP").join(
        adsl.select(*KEY, "FUEDY"), on=KEY, how="left", maintain_order="left"
    )
    after = ended.filter(pl.col("ADY").fill_null(pl.col("FUEDY")) <= limit)
    treated = adsl.join(placed.select(KEY).unique(), on=KEY, how="semi")
    best = best_responses(visits, treated, sorted(placed["READER"].unique()))
    columns = [name for name in visits.columns if name != LIMIT]
    return pl.concat([each.select(columns) for each in (visits, after, best)], how="vertical_relaxed")


def _events(placed: pl.DataFrame, whole: _Whole) -> pl.DataFrame:
    """Adverse events: the end, worst grade and consequence so far.

    Low blood counts last and get worse, so that those that go on are graded again from the samples so far,
    and what was done with the dose is read off exposure while treatment goes on. Any other event has grade
    and action from its first day; one that kills after the cut-off is of grade 4 so far.
    """
    limit = pl.col(LIMIT)
    goes_on = (pl.col("AENDY") > limit) | pl.col("AENDY").is_null()
    # Without adsl the death of a fatal event is taken for its end.
    death = pl.col("DTHDY") if "adsl" in whole.tables else pl.coalesce("AENDY", "ASTDY")
    kills_later = pl.col("AESDTH").fill_null(value=False) & ~(death <= limit).fill_null(value=False)
    is_count = pl.col("AEDECOD").is_in(list(EVENTS.values())) & (pl.col("AEORIGIN") == "biology") & goes_on
    own = placed.join(whole.ends, on=KEY, how="left", maintain_order="left").with_row_index("EVENT")
    own = own.join(whole.deaths, on=KEY, how="left", maintain_order="left")
    counts = own.filter(is_count)
    for found in (_grades(counts, whole), _actions(counts, whole)):
        own = own.join(found, on="EVENT", how="left", maintain_order="left")
    grade = pl.when(is_count).then("SO_FAR").when(kills_later).then(pl.lit(4, pl.Int32)).otherwise("AETOXGR")
    may_change = is_count & ~(pl.col(ENDED) <= limit).fill_null(value=False)
    return own.with_columns(
        AETOXGR=grade,
        AENDY=pl.when(~goes_on).then("AENDY"),
        AEACN=pl.when(may_change).then("DONE").otherwise("AEACN"),
        AESDTH=pl.col("AESDTH") & ~kills_later,
    )


def _grades(counts: pl.DataFrame, whole: _Whole) -> pl.DataFrame:
    """Worst grade up to the cut-off of events of blood counts, by row: EVENT, SO_FAR."""
    if not counts.height:
        return pl.DataFrame(schema={"EVENT": pl.get_index_type(), "SO_FAR": pl.Int32})
    analyte = {decode: name for name, decode in EVENTS.items()}
    named = counts.select(*KEY, "EVENT", "ASTDY", LIMIT, PARAMCD=pl.col("AEDECOD").replace_strict(analyte))
    samples = whole.tables["adlb"].select(*KEY, "PARAMCD", "ADY", "ATOXGR")
    during = named.join(samples, on=[*KEY, "PARAMCD"], how="inner").filter(
        (pl.col("ADY") >= pl.col("ASTDY")) & (pl.col("ADY") <= pl.col(LIMIT))
    )
    return during.group_by("EVENT").agg(pl.col("ATOXGR").max().alias("SO_FAR"))


def _actions(counts: pl.DataFrame, whole: _Whole) -> pl.DataFrame:
    """What was done with a dose up to the cut-off while a blood count was low, by row: EVENT, DONE.

    Reduced if the first reduction of a drug came in the event, held if doses were held in it; null where
    exposure is not given.
    """
    empty = pl.DataFrame(schema={"EVENT": pl.get_index_type(), "DONE": pl.String})
    if not counts.height or "adex" not in whole.tables:
        return empty
    doses = whole.tables["adex"].with_columns(
        FIRST=(pl.col("EXREAS") == "reduction")
        & (
            pl.col("ASTDY")
            == pl.col("ASTDY").filter(pl.col("EXREAS") == "reduction").min().over(*KEY, "EXTRT")
        )
    )
    kept = ["EVENT", *KEY, "AEDECOD", LIMIT, pl.col("ASTDY").alias("BEGIN")]
    pairs = counts.select(kept).join(
        doses.select(*KEY, "ASTDY", "AENDY", "EXREAS", "FIRST"), on=KEY, how="left"
    )
    begun = pl.col("ASTDY") <= pl.col(LIMIT)
    held = ((pl.col("EXREAS") == "hold") & begun & (pl.col("AENDY") >= pl.col("BEGIN"))).any()
    reduced = (pl.col("FIRST") & begun & (pl.col("ASTDY") >= pl.col("BEGIN"))).any()
    holds = pl.col("AEDECOD").first().is_in([EVENTS["ANC"], EVENTS["PLAT"]])
    word = pl.when(holds & reduced).then(pl.lit("reduced")).when(holds & held).then(pl.lit("held"))
    return pairs.group_by("EVENT").agg(word.otherwise(pl.lit("none")).alias("DONE"))


def _periods(placed: pl.DataFrame, _: _Whole) -> pl.DataFrame:
    """Exposure: a period that goes on ends at the cut-off."""
    return placed.with_columns(AENDY=pl.min_horizontal("AENDY", LIMIT))


def _measures(placed: pl.DataFrame, _: _Whole) -> pl.DataFrame:
    """Supportive care: a later last day is not known yet."""
    return placed.with_columns(AENDY=pl.when(pl.col("AENDY") <= pl.col(LIMIT)).then("AENDY"))


CUTS: Mapping[str, Callable[[pl.DataFrame, _Whole], pl.DataFrame]] = {
    "adsl": _subjects,
    "adrs": _responses,
    "adae": _events,
    "adex": _periods,
    "adcm": _measures,
}
