"""Replicated trials and their operating characteristics, from tables small enough to count by hand."""

import numpy as np
import polars as pl
import pytest

from remit.results import ADRS, ADSL, TRIALS
from remit.trial.analysis import Course, characteristics, operating_characteristics
from remit.trial.endpoints import Schedule, time_to_event
from remit.trial.enrolment import DAYS_PER_MONTH, SiteGroup
from remit.trial.readout import Readout
from remit.trial.replicates import Replicates, replicate_trials

DRAWS, PATIENTS, SIZE = 3, 20, 5
SCANS = (56.0, 112.0, 168.0)
SCHEDULE = Schedule(SCANS, 730.0)
COURSE = {"ARM": "a", "SCENARIO": "s"}
SITES = [SiteGroup("Country", "other", 2, 0.0, 1.0, 1.0, 0.5)]
READOUT = Readout(
    n_patients=SIZE, p0=0.3, alpha=0.025, reader="IRC", ripe_duration=180.0, first_scans=63.0,
    calendar_cap=4000.0, follow_up=SCHEDULE.follow_up, scan_days=SCANS,
)  # fmt: skip


def pool() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Subjects, responses and times: all respond, take another therapy on day 120, progress on day 168."""
    keys = [
        COURSE | {"DRAW": draw, "USUBJID": f"{draw:04d}-{index:05d}"}
        for draw in range(DRAWS)
        for index in range(PATIENTS)
    ]
    subject = {"REGION": "other", "WEIGHT_POP": 1.0, "STATUS": "OK", "FUEDY": 730.0, "NEWTXDY": 120.0}
    adsl = ADSL.tidy(pl.DataFrame([key | subject for key in keys], schema=ADSL.schema()))
    seen = [
        ("OVRLRESP", number, SCANS[number - 1], code) for number, code in ((1, "PR"), (2, "PR"), (3, "PD"))
    ]
    rows = [
        key | {"READER": "IRC", "PARAMCD": code, "VISITNUM": number, "ADY": day, "AVALC": response}
        for key in keys
        for code, number, day, response in [*seen, ("BOR", -1, None, "PR")]
    ]
    adrs = ADRS.tidy(pl.DataFrame(rows, schema=ADRS.schema()))
    return adsl, adrs, time_to_event(adrs, adsl, SCHEDULE, ("IRC",))


def operating(n_replicates: int) -> tuple[Replicates, pl.DataFrame]:
    adsl, adrs, adtte = pool()
    replicates = replicate_trials(1, adsl, adrs, SITES, READOUT, n_replicates)
    return replicates, operating_characteristics(replicates, adrs, adtte, READOUT)


def row_of(table: pl.DataFrame, measure: str) -> dict[str, float | None]:
    return table.row(by_predicate=pl.col("MEASURE") == measure, named=True)


@pytest.mark.parametrize("n_replicates", [1, 2])
def test_fewer_replicates_than_draws_are_enough_for_every_characteristic(n_replicates: int) -> None:
    replicates, table = operating(n_replicates)
    assert replicates.trials["DRAW"].to_list() == list(range(n_replicates))
    assert not replicates.is_refused
    assert row_of(table, "ORR")["VALUE"] == 1.0
    assert row_of(table, "true ORR")["N_REPLICATES"] == DRAWS
    assert set(table["MEASURE"]) == set(operating(2 * DRAWS)[1]["MEASURE"])


def test_both_conventions_of_pfs_have_a_median() -> None:
    replicates, table = operating(DRAWS)
    trials = replicates.trials
    assert trials["PFSMED"].to_list() == pytest.approx([168 / DAYS_PER_MONTH] * DRAWS)
    assert trials["PFSNTMED"].null_count() == DRAWS
    strict = "median PFS censored at new therapy or missed scans"
    assert row_of(table, f"{strict} [month]")["VALUE"] is None
    assert row_of(table, f"trials that reach the {strict}")["VALUE"] == 0.0
    assert row_of(table, "median PFS [month]")["VALUE"] == pytest.approx(168 / DAYS_PER_MONTH)


def course(**columns: list[float | None]) -> pl.DataFrame:
    """Characteristics of six trials of three draws, with the given columns."""
    n = 6
    blank = dict.fromkeys(TRIALS.columns, [0] * n)
    medians = dict.fromkeys(["PFSMED", "PFSNTMED", "DORMED", "OSMED"], [4.0] * n)
    own = {"ARM": ["a"] * n, "SCENARIO": ["s"] * n, "REPLICATE": list(range(n)), "DRAW": [0, 1, 2, 0, 1, 2]}
    trials = pl.DataFrame({**blank, **medians, "N": [SIZE] * n, **own, **columns}, strict=False)
    adsl, _, _ = pool()
    responds = np.arange(adsl.height) % 3 == 0
    subjects = adsl.select("DRAW").with_columns(
        AVALC=pl.Series(np.where(responds, "PR", "SD")),
        PFS=pl.lit(100.0), DOR=pl.lit(50.0), PFS_EVENT=pl.lit(value=True), DOR_EVENT=pl.lit(value=True),
    )  # fmt: skip
    found = characteristics(Course(TRIALS.tidy(trials), subjects, READOUT))
    return pl.DataFrame(found, infer_schema_length=None)


def test_a_share_of_none_or_all_trials_has_no_error() -> None:
    table = course(REJECT=[0] * 6, RIPE=[1] * 6)
    for measure in ("probability that the trial rejects p0 (assurance)", "trials ripe at the cut-off"):
        assert row_of(table, measure)["MCSE"] is None
    assert row_of(table, "trials that reach the median PFS")["MCSE"] is None
    some = course(REJECT=[0, 1, 1, 0, 1, 1], PFSMED=[None, 3.0, 4.0, None, 3.0, 4.0])
    error = np.std([0, 1, 1], ddof=1) / np.sqrt(3)
    for measure in (
        "probability that the trial rejects p0 (assurance)", "trials that reach the median PFS"
    ):  # fmt: skip
        assert row_of(some, measure)["MCSE"] == pytest.approx(error)


def test_trials_without_responders_have_no_duration_of_response() -> None:
    table = course(RESPONDERS=[0, 0, 2, 2, 3, 3], DORMED=[None, None, 5.0, 7.0, None, 9.0])
    # Of 5, 7, 9 and one not reached.
    assert row_of(table, "median DOR [month]")["VALUE"] == pytest.approx(8.0)
    reached = row_of(table, "trials that reach the median DOR")
    assert (reached["VALUE"], reached["N_REPLICATES"]) == (0.75, 4)
    assert "median DOR [month]" not in set(course(RESPONDERS=[0] * 6)["MEASURE"])


def test_the_error_of_a_median_over_trials_is_that_of_draws() -> None:
    # Alike within a draw: six trials tell no more than their three draws do.
    table = course(PFSMED=[3.0, 4.0, 6.0, 3.0, 4.0, 6.0])
    share = np.std([1, 1, 0], ddof=1) / np.sqrt(3)
    low, high = np.quantile([3, 3, 4, 4, 6, 6], [0.5 - share, 0.5 + share])
    row = row_of(table, "median PFS [month]")
    assert (row["VALUE"], row["MCSE"]) == (4.0, pytest.approx((high - low) / 2))
