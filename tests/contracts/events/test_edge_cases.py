"""Cases at the edge of double precision, and names of subjects that look alike."""

import numpy as np
import polars as pl
import pytest

from remit.errors import InputError
from remit.events import simulate_events

TINY = {"CL": 1e-9, "V": 10.0}


def table(rows, names):
    return pl.DataFrame(rows, schema=names, orient="row")


@pytest.mark.parametrize("start", [0.0, 1000.0, 1e6])
@pytest.mark.parametrize("lasting", [1e-3, 1e-8, 1e-9, 1e-13, 1e-300])
def test_an_infusion_however_short_gives_its_amount(start, lasting):
    rows = [(1, start, 100.0, 1, -2.0, lasting), (1, 2 * start + 1000.0, 0.0, 0, 0.0, lasting)]
    data = table(rows, ["ID", "TIME", "AMT", "EVID", "RATE", "D1"])
    left = 100.0 * np.exp(-1e-10 * (start + 1000.0))
    assert simulate_events(data, "one_compartment", TINY)["A1"][1] == pytest.approx(left, rel=1e-12)
    rate = pl.when(pl.col("EVID") == 1).then(100.0 / lasting).otherwise(0.0)
    by_rate = data.drop("D1").with_columns(RATE=rate)
    assert simulate_events(by_rate, "one_compartment", TINY)["A1"][1] == pytest.approx(left, rel=1e-12)


def test_short_infusions_of_a_steady_state_are_boluses():
    values = {"CL": 0.01, "V": 10.0}
    rows = [(1, 1000.0, 100.0, 1, 1, 24.0, -2.0), (1, 2000.0, 0.0, 0, 0, 0.0, 0.0)]
    data = table(rows, ["ID", "TIME", "AMT", "EVID", "SS", "II", "RATE"])
    short = simulate_events(data, "one_compartment", values | {"D1": 1e-9})["A1"]
    bolus = simulate_events(data.with_columns(RATE=0.0), "one_compartment", values)["A1"]
    assert short[1] == pytest.approx(bolus[1], rel=1e-9)


@pytest.mark.parametrize("time", [0.0, 1.0, 1000.0])
def test_a_dose_on_its_way_that_comes_with_the_row_is_there(time):
    data = table([(1, time, 10.0, 1, 1, 0.3)], ["ID", "TIME", "AMT", "EVID", "SS", "II"])
    found = simulate_events(data, "one_compartment", {"CL": 10.0, "V": 1.0, "ALAG1": 0.9})
    assert found["CP"][0] == pytest.approx(10 / (1 - np.exp(-3.0)), rel=1e-12)


@pytest.mark.parametrize(
    ("one", "other"), [("10000000000000000", "10000000000000001"), ("1E2", "100"), ("inf", "Infinity")]
)
def test_names_that_differ_are_different_subjects(one, other):
    data = table([(one, 0.0, 100.0, 1), (other, 0.0, 0.0, 0)], ["ID", "TIME", "AMT", "EVID"])
    assert simulate_events(data, "one_compartment", TINY)["A1"].to_list() == [100.0, 0.0]


def test_one_number_written_in_several_ways_is_one_subject():
    rows = [("1", 0.0, 100.0, 1), ("01", 1.0, 0.0, 0), ("1.0", 2.0, 0.0, 0)]
    data = table(rows, ["ID", "TIME", "AMT", "EVID"])
    assert simulate_events(data, "one_compartment", TINY)["A1"][2] == pytest.approx(100.0, rel=1e-8)
    again = table([*rows, ("2", 0.0, 0.0, 0), ("1.00", 3.0, 0.0, 0)], ["ID", "TIME", "AMT", "EVID"])
    with pytest.raises(InputError, match="again after another"):
        simulate_events(again, "one_compartment", TINY)


@pytest.mark.parametrize("rate", [1e-6, 1e-9, 1e-12, 1e6])
def test_an_endless_infusion_of_any_size_is_as_accurate(rate):
    values = {"Vmax": 2e6 if rate > 1 else 1.0, "Km": 1.0, "V": 10.0}
    rows = [(1, 0.0, 0.0, 1, 1, rate), (1, 30.0, 0.0, 0, 0, 0.0)]
    data = table(rows, ["ID", "TIME", "AMT", "EVID", "SS", "RATE"])
    found = simulate_events(data, "one_compartment_michaelis_menten", values)
    tight = simulate_events(data, "one_compartment_michaelis_menten", values, accuracy=1e-12)
    assert found["A1"][0] == pytest.approx(10 * rate / (values["Vmax"] - rate), rel=1e-8)
    assert found["A1"][1] == pytest.approx(tight["A1"][1], rel=1e-8, abs=1e-20)


def test_an_endless_infusion_fills_slow_compartments_too():
    values = {"CL": 1.0, "Vc": 10.0, "Qp1": 1e-6, "Vp1": 1e5, "Qp2": 1.0, "Vp2": 20.0}
    data = table([(1, 0.0, 0.0, 1, 1, 1.0)], ["ID", "TIME", "AMT", "EVID", "SS", "RATE"])
    found = simulate_events(data, "three_compartment", values)
    assert found.select("A1", "A2", "A3").row(0) == pytest.approx((10.0, 1e5, 20.0), rel=1e-9)


def test_a_column_that_is_no_number_or_text_is_refused():
    data = pl.DataFrame({"ID": [1], "TIME": [0.0], "LIST": [[1, 2]]})
    with pytest.raises(InputError, match="column LIST"):
        simulate_events(data, "one_compartment", TINY)
