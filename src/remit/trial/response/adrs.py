"""Table ``adrs`` from responses."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from remit.results import ADRS
from remit.stats.estimate import Integers
from remit.trial.response.best import best_responses
from remit.trial.response.from_tables import KEY, Read

NOT_EVALUABLE = 0
GOES_ON = ("ongoing", "last dose before the cut-off")
"""DCSREAS of patients whose treatment has not been seen to end."""


def response_table(
    read: Read,
    responses: Mapping[str, Integers],
    codes: Sequence[str],
    others: Sequence[pl.DataFrame] = (),
) -> pl.DataFrame:
    """Table ``adrs``: OVRLRESP at each assessment after baseline, BOR, and the rows of ``others``.

    Parameters
    ----------
    read
        The tables as readings.
    responses
        By reader, the response at each assessment as an index into ``codes``; index 0 is not evaluable.
    codes
        Responses of the criterion.
    others
        Rows of further parameters, with the columns of ``adrs``.
    """
    visits = pl.concat([_visits(read, name, found, codes) for name, found in responses.items()])
    best = best_responses(visits, read.adsl, list(responses))
    return ADRS.tidy(pl.concat([visits, best.select(visits.columns), *others]))


def _visits(read: Read, reader: str, response: Integers, codes: Sequence[str]) -> pl.DataFrame:
    """Response of one reader at each assessment after baseline."""
    done = ~np.isnan(read.time)
    done[:, 0] = False
    row, place = np.nonzero(done)
    found = response[row, place]
    return _rows(read, row, reader, (read.time[row, place], read.number[place]), "OVRLRESP", found, codes)


def _rows(
    read: Read,
    row: Integers,
    reader: str,
    when: tuple[np.ndarray, np.ndarray],
    parameter: str,
    response: Integers,
    codes: Sequence[str],
) -> pl.DataFrame:
    """Rows of a parameter; ``when`` is day (NaN if none) and VISITNUM."""
    return read.adsl.select(KEY)[row].with_columns(
        READER=pl.lit(reader),
        ADY=pl.Series(when[0], dtype=pl.Float64).fill_nan(None),
        VISITNUM=pl.Series(when[1], dtype=pl.Float64),
        PARAMCD=pl.lit(parameter),
        AVALC=pl.Series(codes, dtype=pl.String).gather(response),
    )


def end_of_treatment(
    read: Read, reader: str, response: Integers, codes: Sequence[str], wait: float
) -> pl.DataFrame:
    """Rows EOTRESP of one reader: the first evaluable response from ``wait`` days after the last dose on.

    Patients whose treatment goes on have none. One who has progressed before is PD; one with new therapy
    before, or without an assessment, is NE.
    """
    progressed, time = response == codes.index("PD"), read.time
    off = read.adsl["TRTEDY"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    treated_until = read.adsl["NEWTXDY"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    counts = (response != NOT_EVALUABLE) & (time <= treated_until[:, None])
    counts &= (read.adsl["STATUS"] == "OK").to_numpy()[:, None]
    late = (time - off[:, None] >= wait) | progressed
    first = np.where((counts & late).any(axis=1), np.argmax(counts & late, axis=1), -1)
    ended = ~np.isnan(off) & ~read.adsl["DCSREAS"].is_in(GOES_ON).fill_null(value=True).to_numpy()
    row = np.flatnonzero(ended)
    at = first[row]
    day = np.where(at >= 0, time[row, at], np.nan)
    found = np.where(at >= 0, response[row, at], NOT_EVALUABLE)
    return _rows(read, row, reader, (day, np.full(row.size, -1.0)), "EOTRESP", found, codes)
