"""Best overall response, from the responses at each assessment."""

from collections.abc import Sequence

import polars as pl

from remit.errors import problem
from remit.results import COURSE

KEY = list(COURSE)
ORDER = (
    "PD", "REL", "RD", "SD", "NR", "MR", "PR-L", "PR", "MLFS", "VGPR", "CRi", "CRh", "CR",
)  # fmt: skip
"""Codes of all criteria in rising order, which agrees with the order of each."""


def best_responses(visits: pl.DataFrame, adsl: pl.DataFrame, readers: Sequence[str]) -> pl.DataFrame:
    """Best response of every patient by every reader, with its first day; NE without a day if there is none.

    A response at an assessment counts until new therapy starts, that day included, and not at all in a
    patient whose equations were not solved: that patient is not evaluable, which is no response. Best
    response includes PR-L, below PR: a rate without it leaves out those whose best is PR-L.

    Parameters
    ----------
    visits
        Rows OVRLRESP of table ``adrs``.
    adsl
        Every treated patient, with NEWTXDY and STATUS.
    readers
        Readers to report.

    Raises
    ------
    InputError
        For a response that no criterion has.
    """
    strange = set(visits["AVALC"].drop_nulls()) - {*ORDER, "NE"}
    if strange:
        raise problem(
            "table adrs: AVALC", ", ".join(sorted(strange)), f"NE or one of {', '.join(ORDER)}",
            "write responses with the codes of the criteria",
        )  # fmt: skip
    subjects = adsl.select(*KEY, "NEWTXDY", "STATUS")
    counted = visits.join(subjects, on=KEY).filter(
        (pl.col("STATUS") == "OK")
        & (pl.col("AVALC") != "NE")
        & (pl.col("ADY") <= pl.col("NEWTXDY").fill_null(float("inf")))
    )
    rank = pl.col("AVALC").replace_strict(
        {code: place for place, code in enumerate(ORDER)}, return_dtype=pl.Int32
    )
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
        pl.col("AVALC").fill_null("NE"), VISITNUM=pl.lit(-1.0, dtype=pl.Float64), PARAMCD=pl.lit("BOR")
    )
