"""A very small whole run of the shipped study, summed up; and the program that stores the summary.

``python tests/golden/run/regenerate.py`` writes ``mcl_btki_treated.json`` beside this file. Run it only when
results are meant to change: after a new calibration, or a change of the model or of the library. The change
of the file then belongs into the commit whose last line says ``Results change: yes``.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

import remit
from remit.library import posteriors

STUDY = "mcl_btki_treated"
STORED = Path(__file__).with_name(f"{STUDY}.json")
SIZES = {"patients": 24, "draws": 2, "replicates": 4, "sensitivity": 0, "seed": 11}
DIGITS = 3
"""Decimals of what is stored; two units of the last one are allowed, so that no last bit matters."""


def summed_up(folder: Path) -> dict[str, Any]:
    """Carry out the run in a folder, and what is compared of it."""
    study = remit.load_study(STUDY)
    run = remit.run(study, **SIZES, out=folder, threads=2)
    reader = study.file.analysis.primary_reader
    return {
        "calibration": posteriors.digest(study.file.analysis.calibration)[:12],
        "sizes": SIZES,
        "rows": {name: run.table(name).height for name in run.names},
        "screening": screening(run.table("screening")),
        "courses": courses(run.table("adrs"), run.table("adtte"), reader),
    }


def screening(table: pl.DataFrame) -> dict[str, int]:
    """Candidates by outcome, over all draws."""
    return dict(table.group_by("OUTCOME").agg(pl.col("COUNT").sum()).sort("OUTCOME").iter_rows())


def courses(adrs: pl.DataFrame, adtte: pl.DataFrame, reader: str) -> dict[str, dict[str, float]]:
    """Response rates and progression-free survival [day] by arm and scenario, by one reader."""
    course = ["ARM", "SCENARIO"]
    best = adrs.filter((pl.col("PARAMCD") == "BOR") & (pl.col("READER") == reader))
    times = adtte.filter((pl.col("PARAMCD") == "PFS") & (pl.col("READER") == reader))
    rates = best.group_by(course).agg(
        n=pl.len().cast(pl.Float64),
        orr=pl.col("AVALC").is_in(["CR", "PR"]).mean(),
        cr=(pl.col("AVALC") == "CR").mean(),
    )
    events = times.group_by(course).agg(
        pfs_events=(pl.col("CNSR") == 0).mean(), pfs_mean_day=pl.col("AVAL").mean()
    )
    return {
        f"{row.pop('ARM')}, {row.pop('SCENARIO')}": {
            name: round(value, DIGITS) for name, value in row.items()
        }
        for row in rates.join(events, on=course).sort(course).iter_rows(named=True)
    }


def main() -> None:
    """Store the summary of a run in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        found = summed_up(Path(folder) / "run")
    STORED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{STORED.name}: {len(found['courses'])} courses\n")


if __name__ == "__main__":
    main()
