"""Courses of treated patients in a few lines: what is looked at first, on a few days."""

import polars as pl

from remit.treatment.simulate import Treated

SHOWN = {
    "size": "size",
    "tumour": "cells",
    "lymphocytes": "lymphocytes",
    "mrd_blood": "MRD blood",
    "marrow_infiltration": "marrow",
    "neutrophils": "neutrophils",
    "platelets": "platelets",
    "haemoglobin": "haemoglobin",
    "urate": "urate",
}
"""Columns that are shown, and what they are called."""
DAYS = (0, 1, 7, 14, 28, 56, 84, 182, 365, 548, 730, 1095, 1461, 1826, 2557, 3652)
"""Days that are looked at where they were observed."""


def summarised(treated: Treated) -> pl.DataFrame:
    """Day, and median, 5th and 95th percentile of each shown column over patients who could be solved.

    One row for each of a few days among those observed, the last one always; for the typical patient the
    value alone.
    """
    observed = treated.courses["DAY"].unique().sort()
    last = float(observed[-1])
    nearest = [float(observed[int((observed - day).abs().arg_min() or 0)]) for day in DAYS if day <= last]
    days = sorted({*nearest, last})
    chosen = treated.courses.filter(pl.col("DAY").is_in(days))
    known = {name: pl.col(name).filter(pl.col(name).is_not_nan()) for name in SHOWN}
    middle = [known[name].median().alias(title) for name, title in SHOWN.items()]
    if treated.patients.height == 1:
        return chosen.group_by("DAY").agg(middle).sort("DAY")
    ends = [
        known[name].quantile(level, "linear").alias(f"{title} {mark}")
        for name, title in SHOWN.items()
        for level, mark in ((0.05, "p5"), (0.95, "p95"))
    ]
    return chosen.group_by("DAY").agg(*middle, *ends).sort("DAY")
