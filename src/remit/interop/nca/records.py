"""Records of concentrations and doses, as non-compartmental analysis reads them from a data set.

The columns are NONMEM's. Of the dose records, only what says when and how much was given is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from remit.errors import Finding, problem
from remit.events.data_set import DataSet, refuse
from remit.events.records import DOSE, OBSERVATION, OTHER, RESET, RESET_DOSE
from remit.events.timeline import MOST_REPEATS
from remit.library.form import nearest
from remit.stats.estimate import Booleans, Floats, Integers

ITEMS = ("EVID", "MDV", "AMT", "RATE", "II", "ADDL", "SS")
"""Columns that are read where they are there; missing cells are zero."""
CENSORED = ("BLQ", "CENS")
"""Columns in which 1 says that the sample is below the limit of quantification."""
BELOW = r"(?i)^(<.*|BLQ|BQL|BLOQ|BLLQ|BLLOQ)$"
"""What says the same in the place of a concentration."""
REPLICATE = "REP"
"""Column that always makes groups: the simulations of a data set."""


@dataclass(frozen=True, slots=True)
class NcaRecords:
    """The numbers of a data set, each array of shape (n_rows,).

    ``value`` is the concentration, zero if the record says that it is below the limit, NaN where none stands.
    ``keys`` names the columns that make profiles, and ``groups`` has their cells and rows, in order of the
    first row of each.
    """

    data: DataSet
    column: str
    time: Floats
    value: Floats
    items: Mapping[str, Floats]
    keys: tuple[str, ...]
    groups: tuple[tuple[tuple[str, ...], Integers], ...]

    @property
    def is_dose(self) -> Booleans:
        """Which rows give a dose."""
        return np.isin(self.items["EVID"], (DOSE, RESET_DOSE))

    @property
    def is_reset(self) -> Booleans:
        """Which rows empty all compartments."""
        return np.isin(self.items["EVID"], (RESET, RESET_DOSE))

    @property
    def is_sample(self) -> Booleans:
        """Which rows are observations, whether or not a concentration stands there."""
        return (self.items["EVID"] == OBSERVATION) & (self.items["MDV"] == 0)


def read_nca_records(data: DataSet, column: str, group: Sequence[str], *, needs_amount: bool) -> NcaRecords:
    """The records of a data set.

    Parameters
    ----------
    data
        The data set.
    column
        Its column of concentrations.
    group
        Columns besides ID, and REP where there is one, whose values make profiles.
    needs_amount
        Whether a dose record must say how much was given.

    Raises
    ------
    InputError
        With every row and column that cannot be used.
    """
    known = data.frame.columns
    refuse(
        [
            Finding(f"{data.name}: line 1", f"no column {name}", f"a column {name}", nearest(name, known))
            for name in ("ID", "TIME", column, *group)
            if data.column(name) is None
        ]
    )
    if data.frame.height == 0:
        raise problem(data.name, "a header and no row", "at least one record")
    place = data.column(column) or column
    below = pl.when(data.text(place).str.contains(BELOW)).then(pl.lit("0")).otherwise(pl.col(place))
    data = replace(data, frame=data.frame.with_columns(below.alias(place)))
    time, findings = data.numbers("TIME")
    value, wrong = data.numbers(place, np.nan)
    findings += wrong
    items: dict[str, Floats] = {}
    for name in (*ITEMS, *CENSORED):
        items[name] = np.zeros(data.frame.height)
        if data.column(name) is not None:
            items[name], wrong = data.numbers(name, 0.0)
            findings += wrong
    refuse(findings)
    if data.column("EVID") is None:
        dose = (items["AMT"] != 0) | (items["RATE"] != 0) | (items["SS"] != 0)
        items["EVID"] = np.where(dose, DOSE, OBSERVATION).astype(float)
    value[(items["BLQ"] == 1) | (items["CENS"] == 1)] = 0.0
    keys, groups = _groups(data, group)
    records = NcaRecords(data, place, time, value, items, keys, groups)
    refuse(list(_findings(records, needs_amount=needs_amount)))
    return records


def _groups(
    data: DataSet, group: Sequence[str]
) -> tuple[tuple[str, ...], tuple[tuple[tuple[str, ...], Integers], ...]]:
    """Columns that make profiles, and the cells and rows of each."""
    names = ["ID", *([REPLICATE] if data.column(REPLICATE) else []), *group]
    keys = tuple(dict.fromkeys(data.column(each) or each for each in names))
    rows = data.frame.select(pl.col(keys).str.strip_chars()).with_row_index("\0row")
    parts = rows.group_by(keys, maintain_order=True).agg("\0row").rows()
    return keys, tuple((each[:-1], np.array(each[-1], dtype=np.int64)) for each in parts)


def _findings(records: NcaRecords, *, needs_amount: bool) -> Iterator[Finding]:
    """What is wrong with the records, rule by rule."""
    data, items, dosed = records.data, records.items, records.is_dose
    back = np.zeros(len(records.time), dtype=bool)
    for _, rows in records.groups:
        back[rows[1:]] = (np.diff(records.time[rows]) < 0) & ~records.is_reset[rows[1:]]
    more = np.where(dosed, items["ADDL"], 0.0)
    sampled = records.is_sample
    with np.errstate(divide="ignore", invalid="ignore"):
        given = np.fmin(more, (records.time.max() - records.time) / items["II"])
    most = f"at most {MOST_REPEATS:,} doses of one record"
    rules: Sequence[tuple[str, Booleans, str, str]] = (
        ("ID", data.missing("ID"), "the subject of the record", ""),
        ("TIME", back, "not before the row above of its profile", "sort, or tell profiles apart by --group"),
        ("EVID", ~np.isin(items["EVID"], range(OTHER + 3)), "0, 1, 2, 3 or 4", ""),
        ("AMT", dosed & ~(items["AMT"] > 0) & needs_amount, "an amount above 0", "EVID 2 for a placebo"),
        ("ADDL", (more < 0) | (more != np.round(more)), "a whole number of doses, 0 or more", ""),
        ("II", (more > 0) & ~(items["II"] > 0), "an interval above 0, since ADDL has doses repeated", ""),
        ("II", (items["II"] > 0) & (given > MOST_REPEATS), most, "check II and TIME"),
        ("CENS", sampled & (items["CENS"] < 0), "0 or 1", "leave out what is above the upper limit"),
        (records.column, sampled & (records.value < 0), "0 or more", "take exponentials of logarithms"),
    )
    for name, wrong, needed, remedy in rules:
        for i in np.flatnonzero(wrong):
            shown = data.text(name)[int(i)] if data.column(name) else "no value"
            yield Finding(data.where(i, name), shown or "no value", needed, remedy)
