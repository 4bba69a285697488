"""What simulated trials say about a measure."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import remit
from remit.fit.anchor import published_measures
from remit.fit.forward import GRID, READER, day_seen, rate, survival_at, visits_of
from remit.fit.targets import MONTH, Measure
from remit.stats.survival import kaplan_meier
from remit.trial.parameters import Visits
from remit.trial.visits import assessment_days

times = st.lists(st.tuples(st.integers(1, 12).map(float), st.booleans()), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def study() -> remit.Study:
    return remit.load_study("mcl_btki_treated")


@pytest.fixture(scope="module")
def visits(study: remit.Study) -> Visits:
    return visits_of(study)


def measure(kind: str, day: float, *, is_median: bool = True) -> Measure:
    return Measure("a trial", "a course", kind, day, 0.5, 50.0, ("C0",), False, is_median)


@given(times, st.floats(0.0, 15.0))
def test_survival_is_that_of_the_kaplan_meier_curve(found, day):
    time, event = (np.array(column) for column in zip(*found, strict=True))
    curve = kaplan_meier.kaplan_meier(time, event)
    expected = kaplan_meier.survival_at(curve, np.array([day]))[0]
    assert survival_at(time, event, day) == pytest.approx(expected, abs=1e-12)


def test_the_visits_are_those_of_the_study(study: remit.Study, visits: Visits) -> None:
    assert visits == study.visits


@given(st.floats(20.0, 1000.0))
def test_a_median_is_read_after_the_window_of_the_first_scan_due(visits: Visits, day: float) -> None:
    seen = day_seen(measure("pfs", day), visits) - visits.window_limit
    planned = assessment_days(visits, 3000.0)
    assert seen in planned
    assert seen >= day - GRID
    assert not ((planned >= day - GRID) & (planned < seen)).any()


@pytest.mark.parametrize(("kind", "is_median"), [("pfs", False), ("dor", True), ("orr", False)])
def test_other_measures_are_read_at_their_own_day(visits: Visits, kind: str, is_median: bool) -> None:
    assert day_seen(measure(kind, 12 * MONTH, is_median=is_median), visits) == 12 * MONTH


def test_every_published_measure_is_read_within_the_simulated_follow_up(
    study: remit.Study, visits: Visits
) -> None:
    months = {"ibrutinib naive": 26.0, "venetoclax naive": 18.0, "venetoclax after BTKi": 12.0}
    for each in published_measures(study):
        assert day_seen(each, visits) <= months[each.course] * MONTH, each.label


def tables() -> dict[str, pl.DataFrame]:
    """Four patients: CR, PR, SD and one without a best response by this reader."""
    names = [f"p{i}" for i in range(4)]
    best = pl.DataFrame(
        {"USUBJID": names[:3], "PARAMCD": "BOR", "READER": READER, "AVALC": ["CR", "PR", "SD"]}
    )
    other = best.with_columns(READER=pl.lit("another"), AVALC=pl.lit("CR"))
    events = pl.DataFrame(
        {
            "USUBJID": names,
            "PARAMCD": "PFS",
            "READER": READER,
            "AVAL": [100.0, 200.0, 300.0, 400.0],
            "CNSR": [0, 0, 1, 0],
        }
    )
    return {"adsl": pl.DataFrame({"USUBJID": names}), "adrs": pl.concat([best, other]), "adtte": events}


def test_rates_count_every_patient_and_one_reader(visits: Visits) -> None:
    assert rate(measure("orr", 0.0), tables(), visits) == 2 / 4
    assert rate(measure("cr", 0.0), tables(), visits) == 1 / 4


def test_a_landmark_is_the_survival_at_its_day(visits: Visits) -> None:
    assert rate(measure("pfs", 250.0, is_median=False), tables(), visits) == pytest.approx(0.5)
    assert rate(measure("pfs", 399.0, is_median=False), tables(), visits) == pytest.approx(0.5)
    assert rate(measure("pfs", 400.0, is_median=False), tables(), visits) == 0.0
