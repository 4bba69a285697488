"""Best overall response, from the responses at each visit."""

from collections.abc import Sequence

import polars as pl

from remit.results import COURSE

KEY = list(COURSE)
RANK = {"CR": 4, "PR": 3, "SD": 2, "PD": 1}


def best_responses(visits: pl.DataFrame, adsl: pl.DataFrame, readers: Sequence[str]) -> pl.DataFrame:
    """Best response of every patient by every reader, with its first day; NE without a day if there is none.

    A response at a visit counts until new therapy starts, that day included, and not at all in a patient
    whose equations were not solved: that patient is not evaluable, which is no response.

    Parameters
    ----------
    visits
        Rows OVRLRESP of table ``adrs``.
    adsl
        Every treated patient, with NEWTXDY and STATUS.
    readers
        Readers to report.
    """
    subjects = adsl.select(*KEY, "NEWTXDY", "STATUS")
    counted = visits.join(subjects, on=KEY).filter(
        (pl.col("STATUS") == "OK")
        & (pl.col("AVALC") != "NE")
        & (pl.col("ADY") <= pl.col("NEWTXDY").fill_null(float("inf")))
    )
    rank = pl.col("AVALC").replace_strict(RANK, return_dtype=pl.Int32)
    top = (
        counted.with_columns(RANK=rank)
        .sort("RANK", "ADY", descending=[True, False])
        .unique([*KEY, "READER"], keep="first", maintain_order=True)
        .select(*KEY, "READER", "ADY", "AVALC")
    )
    everyone = subjects.select(KEY).join(
        pl.DataFrame({"READER": list(readers)}, schema={"READER": pl.String}), how="cross"
    )
    found = everyone.join(top, on=[*KEY, "READER"], how="left")
    return found.with_columns(
        pl.col("AVALC").fill_null("NE"), VISITNUM=pl.lit(-1, dtype=pl.Int32), PARAMCD=pl.lit("BOR")
    )
