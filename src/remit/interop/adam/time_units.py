"""The unit of times: in AVALU, or in brackets at the end of PARAM, as in "Overall Survival (Months)"."""

from collections.abc import Mapping

import polars as pl

MONTH, YEAR = 30.4375, 365.25
DAYS: Mapping[str, float] = {"day": 1.0, "week": 7.0, "month": MONTH, "year": YEAR}
"""Days in each unit; a year has 365.25."""
WORDS: Mapping[str, str] = {
    word: unit
    for unit, words in {
        "day": ("D", "DAY", "DAYS"),
        "week": ("W", "WK", "WKS", "WEEK", "WEEKS"),
        "month": ("MO", "MOS", "MTH", "MONTH", "MONTHS"),
        "year": ("Y", "YR", "YRS", "YEAR", "YEARS"),
    }.items()
    for word in words
}
"""Unit by the words in which files say it, in upper case."""
STATED, IN_TITLE = "#STATED", "#IN_TITLE"


def with_units(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with the unit that AVALU states and the one in the title; null where none is said.

    An unknown word stays as it is, in upper case, so that a rule can quote it.
    """
    blank = pl.lit(None, pl.String)
    stated = pl.col("AVALU").str.to_uppercase() if "AVALU" in frame.columns else blank
    title = (
        pl.col("PARAM").str.to_uppercase().str.extract(r"\(([A-Z]+)\)\s*$")
        if "PARAM" in frame.columns
        else blank
    )
    # Other words in brackets, as "(IRC)", are no units.
    in_title = title.replace_strict(dict(WORDS), default=None, return_dtype=pl.String)
    return frame.with_columns(
        stated.replace(dict(WORDS)).alias(STATED),
        in_title.alias(IN_TITLE),
    )


def unit_of(frame: pl.DataFrame) -> str | None:
    """The one known unit that rows state; None if they state none, or more than one."""
    said = with_units(frame).select(pl.coalesce(STATED, IN_TITLE)).to_series().drop_nulls().unique()
    return said[0] if len(said) == 1 and said[0] in DAYS else None
