"""A thousand data sets, each spoilt in one way: a clear error that names line and column."""

import contextlib
import inspect
from dataclasses import dataclass, field

import numpy as np
import pytest

from remit.errors import InputError
from remit.events import simulate_events

COLUMNS = ["ID", "TIME", "AMT", "RATE", "EVID", "CMT", "II", "ADDL", "SS", "DV"]
VALUES = {"CL": 1.1, "Vc": 20.0, "Q": 2.0, "Vp": 30.0, "ka": 1.5}
MODEL = "two_compartment_oral"
N_CASES = 1000


@dataclass
class Sheet:
    """A data set as text: header, rows, and what is set beside it."""

    header: list
    rows: list
    values: dict = field(default_factory=lambda: dict(VALUES))
    raw: bytes | None = None

    def write(self, path):
        """Write it to a file."""
        lines = [",".join(self.header), *(",".join(row) for row in self.rows)]
        path.write_bytes(self.raw if self.raw is not None else "\n".join(lines).encode() + b"\n")
        return path

    def set(self, row, column, text):
        """Put a text into a cell."""
        self.rows[row][self.header.index(column)] = text

    def of_kind(self, rng, evid):
        """A row of a kind."""
        where = self.header.index("EVID")
        return int(rng.choice([i for i, row in enumerate(self.rows) if row[where] == evid]))

    def add(self, name, texts):
        """Add a column."""
        self.header.append(name)
        for row, text in zip(self.rows, texts, strict=True):
            row.append(text)


def sound(rng):
    """A data set that nothing is wrong with."""
    rows = []
    for subject in range(1, int(rng.integers(2, 5))):
        t = 0.0
        for _ in range(int(rng.integers(1, 4))):
            amount = f"{rng.uniform(1, 200):.1f}"
            kind = int(rng.integers(0, 4))
            rate = f"{rng.uniform(5, 50):.1f}" if kind == 1 else "."
            ii, addl = ("12", str(int(rng.integers(1, 5)))) if kind >= 2 else (".", "0")
            ss = "1" if kind == 3 else "."
            rows.append(
                [str(subject), f"{t:g}", amount, rate, "1", str(rng.integers(1, 4)), ii, addl, ss, "."]
            )
            for _ in range(int(rng.integers(1, 4))):
                t = round(t + float(rng.uniform(0.5, 9)), 2)
                rows.append([str(subject), f"{t:g}", ".", ".", "0", "2", ".", ".", ".", "1.5"])
    return Sheet(list(COLUMNS), rows)


NOT_NUMBERS = ["abc", "1e", "--1", "NaN", "inf", "1D3", "0x10", "1 2", "12:30", "NA", "1_000", "٣"]


def text_in_a_number(s, rng):
    row, column = (
        int(rng.integers(len(s.rows))),
        str(rng.choice(["TIME", "AMT", "RATE", "EVID", "CMT", "II"])),
    )
    s.set(row, column, str(rng.choice(NOT_NUMBERS)))
    return row, column


def no_time(s, rng):
    row = int(rng.integers(len(s.rows)))
    s.set(row, "TIME", str(rng.choice([".", "", "  "])))
    return row, "TIME"


def negative_time(s, rng):
    del rng
    s.set(0, "TIME", "-1")
    return 0, "TIME"


def time_before_the_one_above(s, rng):
    row = s.of_kind(rng, "0")
    s.set(row, "TIME", "0")
    s.set(row - 1, "TIME", "3.5")
    later = [i for i in range(row + 1, len(s.rows)) if s.rows[i][0] == s.rows[row][0]]
    for i in later:
        s.set(i, "TIME", "400")
    for i in range(row - 1):
        if s.rows[i][0] == s.rows[row][0]:
            s.set(i, "TIME", "0")
    return row, "TIME"


def unknown_evid(s, rng):
    row = int(rng.integers(len(s.rows)))
    s.set(row, "EVID", str(rng.choice(["5", "-1", "1.5", "101", "1e12"])))
    return row, "EVID"


def a_dose_without_amount(s, rng):
    row = s.of_kind(rng, "1")
    s.set(row, "AMT", str(rng.choice(["0", ".", "-10", "-0.001"])))
    s.set(row, "SS", ".")
    return row, "AMT"


def an_observation_with_a_dose(s, rng):
    row, column = s.of_kind(rng, "0"), str(rng.choice(["AMT", "RATE", "II", "ADDL", "SS"]))
    s.set(row, column, "1")
    return row, column


def a_reset_with_a_dose(s, rng):
    row, column = s.of_kind(rng, "0"), str(rng.choice(["AMT", "RATE", "II", "ADDL", "SS"]))
    s.set(row, "EVID", str(rng.choice(["2", "3"])))
    s.set(row, column, "2")
    return row, column


def an_impossible_rate(s, rng):
    row = s.of_kind(rng, "1")
    s.set(row, "RATE", str(rng.choice(["-3", "-0.5", "-1", "-2", "-1e9"])))
    return row, "RATE"


def a_modelled_rate_of_nothing(s, rng):
    row = s.of_kind(rng, "1")
    s.set(row, "RATE", "-1")
    s.set(row, "CMT", "1")
    s.add("R1", [str(rng.choice(["0", "-1", ".", "x"])) if i == row else "5" for i in range(len(s.rows))])
    return row, "R1"


def impossible_additional_doses(s, rng):
    row = s.of_kind(rng, "1")
    s.set(row, "II", "12")
    s.set(row, "ADDL", str(rng.choice(["-1", "1.5", "-100"])))
    return row, "ADDL"


def additional_doses_without_an_interval(s, rng):
    row = s.of_kind(rng, "1")
    s.set(row, "ADDL", "3")
    s.set(row, "II", str(rng.choice(["0", ".", "-12"])))
    return row, "II"


def an_interval_for_nothing(s, rng):
    row = s.of_kind(rng, "1")
    s.set(row, "SS", "0")
    s.set(row, "ADDL", "0")
    s.set(row, "II", "24")
    return row, "II"


def an_impossible_steady_state(s, rng):
    row = s.of_kind(rng, "1")
    s.set(row, "SS", str(rng.choice(["3", "-1", "0.5", "7"])))
    return row, "SS"


def a_steady_state_without_an_interval(s, rng):
    row = s.of_kind(rng, "1")
    s.set(row, "SS", str(rng.choice(["1", "2"])))
    s.set(row, "ADDL", "0")
    s.set(row, "II", str(rng.choice(["0", "."])))
    return row, "II"


def a_steady_state_of_nothing(s, rng):
    row = s.of_kind(rng, "1")
    for column, text in (("SS", "1"), ("AMT", "0"), ("ADDL", "0"), ("II", "0"), ("RATE", "0")):
        s.set(row, column, text)
    s.set(row, "RATE", str(rng.choice(["0", ".", "-2"])))
    return row, "RATE"


def an_endless_infusion_that_repeats(s, rng):
    row, column = s.of_kind(rng, "1"), str(rng.choice(["II", "ADDL"]))
    for name, text in (("SS", "1"), ("AMT", "0"), ("ADDL", "0"), ("II", "0"), ("RATE", "5")):
        s.set(row, name, text)
    s.set(row, column, "12")
    return row, column


def a_compartment_that_is_not_there(s, rng):
    # An observation names whatever it likes: all amounts are given.
    row = s.of_kind(rng, str(rng.choice(["0", "1"])))
    more = ["4", "99"] if s.rows[row][s.header.index("EVID")] == "1" else []
    s.set(row, "CMT", str(rng.choice(["-1", "-2", "1.5", "1e15", *more])))
    return row, "CMT"


def no_subject(s, rng):
    row = int(rng.integers(len(s.rows)))
    s.set(row, "ID", str(rng.choice([".", ""])))
    return row, "ID"


def a_subject_that_comes_back(s, rng):
    del rng
    s.rows.append(list(s.rows[0]))
    if s.rows[-2][0] == s.rows[0][0]:
        s.rows.insert(-1, ["77", *s.rows[0][1:]])
    return len(s.rows) - 1, "ID"


def more_doses_than_can_be_meant(s, rng):
    row = s.of_kind(rng, "1")
    s.set(row, "TIME", "0")
    for i in range(len(s.rows)):
        if s.rows[i][0] == s.rows[row][0]:
            s.set(i, "TIME", "0" if i <= row else "500")
    for column, text in (("SS", "0"), ("ADDL", "999999999"), ("II", str(rng.choice(["1e-9", "1e-6"])))):
        s.set(row, column, text)
    return row, "II"


def a_row_of_another_length(s, rng):
    row = int(rng.integers(len(s.rows)))
    s.rows[row] = s.rows[row][:-1] if rng.random() < 0.5 else [*s.rows[row], "7"]
    return row, None


def a_covariate_of_a_formula_missing(s, rng):
    row = int(rng.integers(len(s.rows)))
    s.add("WT", [str(rng.choice([".", "x", ""])) if i == row else "70" for i in range(len(s.rows))])
    s.values["CL"] = "1.1*(WT/70)**0.75"
    return row, "WT"


def a_parameter_out_of_range(s, rng):
    row, name = int(rng.integers(len(s.rows))), str(rng.choice(["CL", "Vc", "ka", "Vp", "V2"]))
    bad = str(rng.choice(["-1", ".", "x", "-0.001"] + (["0"] if name[0] == "V" else [])))
    s.add(name, [bad if i == row else "5" for i in range(len(s.rows))])
    del s.values["Vc" if name == "V2" else name]
    return row, name


def a_dose_parameter_out_of_range(s, rng):
    row = s.of_kind(rng, "1")
    s.set(row, "CMT", "1")
    name, bad = [("F1", "0"), ("F1", "-1"), ("ALAG1", "-0.5"), ("F1", "."), ("ALAG1", "x")][rng.integers(5)]
    s.add(name, [bad if i == row else "1" for i in range(len(s.rows))])
    return row, name


def a_column_that_is_not_supported(s, rng):
    name = str(rng.choice(["PCMT", "CALL", "CONT", "DATE", "TINF", "dur", "S2", "ALAG", "ALAG9", "F5", "D4"]))
    s.add(name, ["1"] * len(s.rows))
    return None, name


def a_value_from_two_places(s, rng):
    del rng
    s.add("CL", ["1.5"] * len(s.rows))
    return None, "CL"


def no_such_column(s, rng):
    where = int(rng.integers(2))
    name = s.header[where]
    s.header[where] = str(rng.choice(["SUBJ", "T", "#" + name]))
    return None, name


def a_name_twice(s, rng):
    name = str(rng.choice(["TIME", "amt", "Dv", "WT"]))
    s.add(name, ["1"] * len(s.rows))
    s.add(name.upper(), ["1"] * len(s.rows))
    return None, name.upper()


def no_name(s, rng):
    s.add(str(rng.choice(["", " "])), ["1"] * len(s.rows))
    return None, None


def no_comma_separated_values(s, rng):
    text = "\n".join([",".join(s.header), *(",".join(row) for row in s.rows)])
    kind = int(rng.integers(6))
    s.raw = [
        b"",
        b"\n\n",
        text.replace(",", ";").encode(),
        text.encode() + b'\n"1,2\n',
        text.encode() + b"\n\xff\xfe,1\n",
        (",".join(s.header) + "\n").encode(),
    ][kind]
    return None, None


SPOILT = [
    each
    for each in list(globals().values())
    if inspect.isfunction(each) and list(inspect.signature(each).parameters) == ["s", "rng"]
]


def test_there_are_ways_to_spoil_a_data_set():
    assert len(SPOILT) >= 30


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda each: each.__name__)
def test_a_spoilt_data_set_is_refused_with_its_place(spoil, tmp_path):
    n = -(-N_CASES // len(SPOILT))
    for case in range(n):
        rng = np.random.default_rng([case, sum(map(ord, spoil.__name__))])
        sheet = sound(rng)
        row, column = spoil(sheet, rng)
        path = sheet.write(tmp_path / f"case_{case}.csv")
        with pytest.raises(InputError) as caught:
            simulate_events(path, MODEL, sheet.values)
        places = [each.where for each in caught.value.findings]
        assert all(each.found and each.needed for each in caught.value.findings)
        wanted = f"line {row + 2}" if row is not None else ""
        named = [each for each in places if wanted in each and (column or "").upper() in each.upper()]
        asked = [each for each in caught.value.findings if column and column in each.needed]
        assert named or asked, f"{path.read_text(errors='replace')}\n{caught.value}"


def test_what_nothing_is_wrong_with_is_simulated(tmp_path):
    for case in range(100):
        sheet = sound(np.random.default_rng([case, 7]))
        found = simulate_events(sheet.write(tmp_path / "sound.csv"), MODEL, sheet.values)
        assert found.height == len(sheet.rows)
        assert found["CP"].null_count() == 0


def test_bytes_of_any_kind_end_in_an_error_or_in_numbers(tmp_path):
    rng = np.random.default_rng(3)
    for case in range(200):
        sheet = sound(rng)
        text = bytearray("\n".join([",".join(sheet.header), *(",".join(row) for row in sheet.rows)]).encode())
        for _ in range(int(rng.integers(1, 6))):
            text[int(rng.integers(len(text)))] = int(rng.choice(list(b'0123456789.,-\n"eE \x00\xff;')))
        path = tmp_path / f"bytes_{case}.csv"
        path.write_bytes(bytes(text))
        with contextlib.suppress(InputError):
            found = simulate_events(path, MODEL, sheet.values)
            assert (found["CP"].is_null() | found["CP"].is_finite()).all()
