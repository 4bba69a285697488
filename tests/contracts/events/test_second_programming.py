"""Random data sets against a second program: event records carried out one dose at a time, with SciPy.

Standing: double programmed, from the rules in docs/reference/event-records.md. Every dose is written out, a
steady state is reached by giving many, and time passes by SciPy's matrix exponential.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest
from scipy.linalg import expm

from remit.events import simulate_events

N_IMPLIED = 300
"""Doses that stand for a steady state; kinetics below lose all but 1e-12 of a dose within them."""
SAME = 1e-9


@dataclass
class Infusion:
    target: int
    rate: float
    left: float
    modelled: bool


@dataclass
class Entry:
    time: float
    row: dict
    own: bool
    """Whether F, R and D are those of the dose's own row."""


def matrix(model, row):
    """Rates of change per unit of each amount."""
    k = row["CL"] / row["V"]
    if model == "one_compartment":
        return np.array([[-k]])
    if model == "one_compartment_oral":
        return np.array([[-row["ka"], 0.0], [row["ka"], -k]])
    out, back = row["Q"] / row["V"], row["Q"] / row["Vp"]
    return np.array([[-k - out, back], [out, -back]])


class Subject:
    """One subject's compartments, what runs into them, and what is to come."""

    def __init__(self, model):
        self.model = model
        self.n = 1 if model == "one_compartment" else 2
        self.empty(0.0)

    def empty(self, time):
        self.state, self.now = np.zeros(self.n), time
        self.running, self.coming = [], []

    def pass_time(self, until, row):
        """Advance under a row's parameters, stopping wherever something begins or ends."""
        for each in self.running:
            if each.modelled:
                each.rate = row[f"R{each.target + 1}"]
        while True:
            due = [each for each in self.coming if each.time <= self.now + SAME]
            for entry in due:
                self.coming.remove(entry)
                self.enter(entry, row)
            if self.now >= until - SAME:
                return
            stops = [each.time for each in self.coming] + [self.now + r.left / r.rate for r in self.running]
            stop = min([until, *stops])
            length = stop - self.now
            whole = np.zeros((self.n + 1, self.n + 1))
            whole[: self.n, : self.n] = matrix(self.model, row)
            for each in self.running:
                whole[each.target, self.n] += each.rate
                each.left -= each.rate * length
            self.state = (expm(whole * length) @ np.append(self.state, 1.0))[: self.n]
            self.running = [each for each in self.running if each.left > SAME * each.rate]
            self.now = stop

    def enter(self, entry, argument):
        dose = entry.row
        values, target = (dose if entry.own else argument), dose["target"]
        amount = dose["AMT"] * values[f"F{target + 1}"]
        if dose["RATE"] == 0:
            self.state[target] += amount
        elif dose["RATE"] > 0:
            self.running.append(Infusion(target, dose["RATE"], amount, modelled=False))
        elif dose["RATE"] == -1:
            self.running.append(Infusion(target, values[f"R{target + 1}"], amount, modelled=True))
        else:
            rate = amount / values[f"D{target + 1}"]
            self.running.append(Infusion(target, rate, amount, modelled=False))

    def steady(self, row):
        """State, infusions and doses on their way of a subject who has had a dose for ever."""
        t, ii, lag = row["TIME"], row["II"], row[f"ALAG{row['target'] + 1}"]
        if row["AMT"] == 0:
            rate = row["RATE"] if row["RATE"] > 0 else row[f"R{row['target'] + 1}"]
            inputs = np.zeros(self.n)
            inputs[row["target"]] = rate
            return np.linalg.solve(-matrix(self.model, row), inputs), [], []
        other = Subject(self.model)
        other.now = t - N_IMPLIED * ii
        other.coming = [Entry(t - k * ii + lag, row, own=True) for k in range(N_IMPLIED, 0, -1)]
        # What enters at the time of the row itself comes after it has been brought about.
        on_time = [each for each in other.coming if each.time >= t - SAME]
        other.coming = [each for each in other.coming if each.time < t - SAME]
        other.pass_time(t, row)
        return other.state, other.running, on_time

    def carry_out(self, row):
        """One row; returns the amounts after it."""
        if row["EVID"] in (3, 4):
            self.empty(row["TIME"])
        self.pass_time(row["TIME"], row)
        if row["EVID"] in (1, 4):
            t, lag = row["TIME"], row[f"ALAG{row['target'] + 1}"]
            if row["SS"]:
                state, running, coming = self.steady(row)
                if row["SS"] == 1:
                    self.state, self.running, self.coming = np.zeros(self.n), [], []
                self.state = self.state + state
                self.running += running
                self.coming += coming
            if not (row["SS"] and row["AMT"] == 0):
                self.coming.append(Entry(t + lag, row, own=bool(row["SS"])))
                more = range(1, int(row["ADDL"]) + 1)
                self.coming += [Entry(t + lag + k * row["II"], row, own=False) for k in more]
            self.pass_time(t, row)
        return self.state.copy()


COARSE = {"steps": (0.0, 0.37, 1.21, 3.9, 11.3), "intervals": (1.7, 4.3, 9.1), "lags": (0.0, 0.61, 2.9, 6.7)}
"""Times that coincide only where a row repeats them."""
DECIMAL = {"steps": (0.0, 0.1, 0.3, 0.7, 1.2), "intervals": (0.3, 0.6, 1.2), "lags": (0.0, 0.3, 0.9, 1.8)}
"""Times that often coincide, but for rounding."""


def random_data(rng, model, grid):
    """Rows of two subjects with records of every kind and parameters of their own in every row."""
    size = 10.0 if grid is DECIMAL else 1.0
    n = 1 if model == "one_compartment" else 2
    rows = []
    for subject in (1, 2):
        t = 0.0
        for _ in range(int(rng.integers(6, 14))):
            t = round(t + float(rng.choice(grid["steps"])), 2)
            evid = int(rng.choice([0, 0, 1, 1, 1, 2, 3, 4], p=[0.2, 0.2, 0.2, 0.15, 0.1, 0.05, 0.05, 0.05]))
            if evid in (3, 4) and rng.random() < 0.5:
                t = round(t / 2, 1)
            row = {"ID": subject, "TIME": t, "EVID": evid, "CMT": 0, "target": 0}
            row |= {"AMT": 0.0, "RATE": 0.0, "II": 0.0, "ADDL": 0, "SS": 0}
            if evid in (1, 4):
                row["CMT"] = int(rng.integers(0, n + 1))
                row["target"] = max(row["CMT"] - 1, 0)
                row["AMT"] = float(rng.uniform(10, 200))
                row["RATE"] = float(rng.choice([0.0, 0.0, 13.0, 90.0, -1.0, -2.0]))
                if rng.random() < 0.5:
                    row["II"] = float(rng.choice(grid["intervals"]))
                    row["SS"] = int(rng.choice([0, 1, 2]))
                    row["ADDL"] = int(rng.integers(0 if row["SS"] else 1, 4))
                    if row["SS"] and rng.random() < 0.2:
                        row |= {"AMT": 0.0, "II": 0.0, "ADDL": 0, "RATE": float(rng.choice([17.0, -1.0]))}
            row |= {"CL": size * rng.uniform(2, 6), "V": rng.uniform(4, 9), "ka": size * rng.uniform(0.5, 2)}
            row |= {"Q": size * rng.uniform(1, 3), "Vp": rng.uniform(3, 8)}
            for i in range(1, n + 1):
                row |= {f"F{i}": rng.uniform(0.3, 1), f"ALAG{i}": float(rng.choice(grid["lags"]))}
                row |= {f"R{i}": rng.uniform(10, 60), f"D{i}": rng.uniform(0.5, 6)}
            rows.append(row)
    return rows


@pytest.mark.parametrize("model", ["one_compartment", "one_compartment_oral", "two_compartment"])
@pytest.mark.parametrize("grid", [COARSE, DECIMAL], ids=["coarse", "decimal"])
@pytest.mark.parametrize("seed", range(12))
def test_both_programs_carry_out_the_same_records(model, grid, seed):
    rng = np.random.default_rng([seed, len(model)])
    rows = random_data(rng, model, grid)
    drop = {
        "one_compartment": ["ka", "Q", "Vp"],
        "one_compartment_oral": ["Q", "Vp"],
        "two_compartment": ["ka"],
    }
    table = pl.DataFrame(rows).drop("target", *drop[model])
    if model == "two_compartment":
        table = table.rename({"V": "Vc"})
    found = simulate_events(table, model, {})
    expected = []
    for subject in (1, 2):
        own = [row for row in rows if row["ID"] == subject]
        second = Subject(model)
        second.now = own[0]["TIME"]
        expected += [second.carry_out(row) for row in own]
    columns = [f"A{i}" for i in range(1, len(expected[0]) + 1)]
    scale = np.abs(np.array(expected)).max() + 1.0
    np.testing.assert_allclose(found.select(columns).to_numpy(), expected, rtol=1e-8, atol=1e-10 * scale)
