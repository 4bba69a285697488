"""What must hold for any doses: superposition, shifted time, split records, steady states."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.events import simulate_events
from remit.pk import STRUCTURES

VALUES = {
    "CL": 1.1, "V": 20.0, "Vc": 20.0, "Q": 2.3, "Vp": 31.0, "Qp1": 2.3, "Vp1": 31.0, "Qp2": 0.4, "Vp2": 90.0,
    "ka": 1.5, "MTT": 1.2, "NTR": 4, "D1": 2.5, "Vmax": 9.0, "Km": 2.0,
}  # fmt: skip
LINEAR = [name for name, each in STRUCTURES.items() if each.is_linear]
OBSERVED = [0.0, 0.7, 3.1, 9.9, 14.3, 26.0, 51.7, 100.0]
NAMES = ("TIME", "EVID", "AMT", "CMT", "RATE", "II", "ADDL", "SS")


def values_of(model, **more):
    """Values that a structure takes."""
    structure = STRUCTURES[model]
    wanted = [*structure.quantities]
    wanted += ["NTR"] if structure.absorption == "transit" else []
    wanted += ["D1"] if structure.absorption == "zero_order" else []
    return {name: VALUES[name] for name in wanted} | more


def amounts(model, doses, *, times=OBSERVED, shift=0.0, **more):
    """Amounts in every compartment at times, shape (n_times, n_compartments); doses are dictionaries."""
    rows = [dict.fromkeys(NAMES, 0.0) | {"EVID": 1.0} | dose for dose in doses]
    rows += [dict.fromkeys(NAMES, 0.0) | {"TIME": time} for time in times]
    rows.sort(key=lambda row: (row["TIME"], row["EVID"] == 0))
    table = [{"ID": "a"} | row | {"TIME": row["TIME"] + shift} for row in rows]
    found = simulate_events(pl.DataFrame(table), model, values_of(model, **more))
    n = len(found.columns) - len(table[0]) - 1
    observed = found.filter(pl.col("EVID").cast(float) == 0)
    return observed.select([f"A{i}" for i in range(1, n + 1)]).to_numpy()


def close(one, other, rtol=1e-10):
    """Equal to round-off, measured by the largest amount of each compartment's course."""
    scale = np.abs(other).max(axis=0) + 1e-300
    np.testing.assert_allclose(one / scale, other / scale, rtol=rtol, atol=1e-13)


structures = st.sampled_from(LINEAR)
doses = st.builds(
    lambda time, amount, rate, ii, addl: (
        {"TIME": time, "AMT": amount, "RATE": rate} | ({"II": ii, "ADDL": float(addl)} if addl else {})
    ),
    st.floats(0, 40).map(lambda t: round(t, 2)),
    st.floats(1, 500),
    st.sampled_from([0.0, 0.0, 7.0, 45.0]),
    st.sampled_from([0.1, 2.0, 12.0, 24.0]),
    st.integers(0, 6),
)
lists = st.lists(doses, min_size=1, max_size=4)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(structures, lists, lists, st.sampled_from([0.0, 1.3]))
def test_doses_superpose(model, some, others, lag):
    together = amounts(model, [*some, *others], ALAG1=lag)
    close(together, amounts(model, some, ALAG1=lag) + amounts(model, others, ALAG1=lag), 1e-9)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(structures, lists, st.floats(0, 1000), st.sampled_from([0.0, 1.3]))
def test_a_shift_of_time_changes_nothing(model, some, shift, lag):
    # Times at which round-off decides whether a dose has come are left out.
    times = [time + 0.0137 for time in OBSERVED]
    one = amounts(model, some, times=times, ALAG1=lag)
    close(amounts(model, some, times=times, shift=shift, ALAG1=lag), one, 1e-8)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(structures, lists, st.floats(0.1, 0.9))
def test_a_record_split_into_two_is_the_same_dose(model, some, share):
    # An infusion is split in time and amount; what is absorbed at zero order keeps its duration.
    split = []
    for dose in some:
        parts = [share * dose["AMT"], (1 - share) * dose["AMT"]]
        if dose["RATE"] == 0:
            split += [dose | {"AMT": part} for part in parts]
        else:
            split += [dose | {"AMT": part, "RATE": dose["RATE"] * part / dose["AMT"]} for part in parts]
    close(amounts(model, split), amounts(model, some), 1e-9)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(structures, lists)
def test_additional_doses_are_those_written_out(model, some):
    written = []
    for dose in some:
        n, plain = int(dose.get("ADDL", 0)), {key: dose[key] for key in ("TIME", "AMT", "RATE")}
        written += [plain | {"TIME": dose["TIME"] + k * dose.get("II", 0.0)} for k in range(n + 1)]
    times = [time + 0.0137 for time in OBSERVED]
    close(amounts(model, written, times=times), amounts(model, some, times=times), 1e-9)


@pytest.mark.parametrize("model", list(STRUCTURES))
@pytest.mark.parametrize(
    "kind",
    [
        {"AMT": 50.0},
        {"AMT": 50.0, "RATE": 20.0},
        {"AMT": 50.0, "RATE": 3.0},
        {"AMT": 50.0, "lag": 1.7},
        {"AMT": 50.0, "RATE": 3.0, "lag": 15.3},
    ],
)
def test_a_steady_state_is_that_of_sixty_doses_written_out(model, kind):
    # Sixty doses reach it to what is left of the slowest decline; the interval is long enough for 1e-9.
    kind = dict(kind)
    lag, ii = kind.pop("lag", 0.0), 168.0 if "three" in model else 48.0
    if kind.get("RATE") == 3.0:
        kind["AMT"] = 3.0 * 1.4 * ii
    more = {"ALAG1": lag, "Qp2": 4.0} if "three" in model else {"ALAG1": lag}
    if "michaelis" in model:
        more |= {"Vmax": 30.0}
    times = [0.0, 0.9, 5.0, 20.0, 47.0, 60.1, 100.0]
    steady = amounts(model, [{"TIME": 0.0, "SS": 1.0, "II": ii, "ADDL": 3.0, **kind}], times=times, **more)
    n = 60
    written = [{"TIME": ii * k, **kind} for k in range(n + 4)]
    many = amounts(model, written, times=[n * ii + time for time in times], **more)
    close(steady, many, 1e-6 if "michaelis" in model else 1e-8)


def test_order_of_simultaneous_records_is_that_of_the_file():
    rows = [("a", 0, 1, 100.0, 1), ("a", 5, 0, 0.0, 2), ("a", 5, 1, 50.0, 2), ("a", 5, 0, 0.0, 2)]
    table = pl.DataFrame(rows, schema=["ID", "TIME", "EVID", "AMT", "CMT"], orient="row")
    found = simulate_events(table, "one_compartment_oral", values_of("one_compartment_oral"))["A2"]
    assert found[3] == pytest.approx(found[1] + 50.0, rel=1e-14)
    assert found[2] == found[3]


@pytest.mark.parametrize("model", ["one_compartment_oral", "two_compartment_transit_michaelis_menten"])
def test_results_do_not_depend_on_threads_or_on_who_else_is_there(model):
    rng = np.random.default_rng(2)
    rows = []
    for subject in range(5000 if "oral" in model else 4200):
        rows.append((subject, 0.0, 1, float(rng.uniform(10, 100)), float(rng.uniform(1, 3))))
        rows += [(subject, float(t), 0, 0.0, 2.0) for t in (1.5, 8.0)]
    table = pl.DataFrame(rows, schema=["ID", "TIME", "EVID", "AMT", "ka"], orient="row")
    values = {name: value for name, value in values_of(model).items() if name != "ka"}
    one = simulate_events(table, model, values, threads=1)
    assert one.equals(simulate_events(table, model, values, threads=2))
    last = table.filter(pl.col("ID") >= table["ID"].max() - 1)
    alone = simulate_events(last, model, values)
    if "michaelis" not in model:
        assert alone["CP"].to_list() == one["CP"].tail(6).to_list()
    else:
        # The smallest dose of a data set sets what is too little to be looked at.
        np.testing.assert_allclose(alone["CP"].to_numpy(), one["CP"].tail(6).to_numpy(), rtol=1e-8)
