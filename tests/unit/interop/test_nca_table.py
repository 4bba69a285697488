"""Profiles out of data sets, the table of their measures, and what is refused."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import remit
from remit.interop.nca.profiles import Dosing
from remit.interop.nca.table import MEANINGS, MOST_SHOWN, measures, nca_table, printed
from remit.stats.non_compartmental.analysis import Rules, nca

TIME = (0, 1, 2, 4, 6, 8)
CONCENTRATION = (0.0, 8, 16, 8, 4, 2)


def text(rows, header="ID,TIME,EVID,AMT,DV"):
    return "\n".join([header, *rows]) + "\n"


def one(subject, start=0, scale=1.0, amount=100):
    """A dose and the samples after it."""
    dose = f"{subject},{start},1,{amount},."
    return [
        dose,
        *(f"{subject},{start + t},0,.,{scale * c}" for t, c in zip(TIME, CONCENTRATION, strict=True)),
    ]


@pytest.fixture
def write(tmp_path):
    def write(rows, header="ID,TIME,EVID,AMT,DV"):
        path = tmp_path / "data.csv"
        path.write_text(text(rows, header))
        return path

    return write


def flags(table, row=0):
    return set(table["FLAGS"][row].split(";")) - {""}


def complaints(*args, **options):
    with pytest.raises(remit.InputError) as caught:
        nca_table(*args, **options)
    return [(each.where.rpartition("/")[2], each.found) for each in caught.value.findings]


def test_a_row_has_the_measures_of_the_profile(write):
    table = nca_table(write([*one(1), *one(2, scale=3.0)]))
    assert table.columns[:4] == ["ID", "DOSETIME", "DOSE", "CMAX"]
    assert table.columns[-1] == "FLAGS"
    assert table["ID"].to_list() == ["1", "2"]
    for row, scale in enumerate((1.0, 3.0)):
        found = nca(TIME, scale * np.array(CONCENTRATION), dose=100)
        assert table["AUCLST"][row] == found.AUClast
        assert table["CLFO"][row] == found.CL
        assert table["LAMZHL"][row] == found.half_life
        assert table["AUCPEO"][row] == 100 * found.extrapolated_fraction
        assert table["CMAXD"][row] == found.Cmax / 100
        assert table["LAMZNPT"][row] == 3


def test_names_of_columns_are_read_whatever_their_case(write):
    rows = [row.lower() for row in one(1)]
    lower = nca_table(write(rows, "id,Time,evid,aMt,Cp"), column="CP")
    assert lower.drop("id").equals(nca_table(write(one(1))).drop("ID"))


def test_a_table_in_memory_is_analysed_as_a_file_is(write):
    path = write(one(1))
    assert nca_table(pl.read_csv(path, null_values=".")).equals(nca_table(path))


def test_without_event_items_rows_without_a_dose_are_samples():
    rows = ["1,0,100,.", *(f"1,{t},.,{c}" for t, c in zip(TIME, CONCENTRATION, strict=True))]
    frame = pl.read_csv(text(rows, "ID,TIME,AMT,DV").encode(), null_values=".")
    assert nca_table(frame)["DOSE"].to_list() == [100]
    bare = frame.filter(pl.col("AMT").is_null()).drop("AMT")
    table = nca_table(bare, dosing=Dosing(amount=50))
    assert table["DOSE"].to_list() == [50]
    assert table["CMAXD"].to_list() == [16 / 50]
    assert complaints(bare) == [("data: ID 1", "no dose record")]


def test_records_that_are_no_samples_are_passed_over(write):
    rows = [*one(1), "1,9,2,.,99"]
    assert nca_table(write(rows))["TLST"][0] == 8
    with_mdv = [f"{row},{int(row.endswith(',16.0'))}" for row in one(1)]
    assert nca_table(write(with_mdv, "ID,TIME,EVID,AMT,DV,MDV"))["CMAX"][0] == 8


def test_the_profile_ends_with_the_next_dose_and_time_counts_from_its_own(write):
    path = write([*one(1), *one(1, start=24, scale=2.0, amount=200)])
    first, last = (nca_table(path, dosing=Dosing(number=number)) for number in ("first", "last"))
    assert (first["CMAX"][0], first["DOSE"][0], first["DOSETIME"][0]) == (16, 100, 0)
    assert (last["CMAX"][0], last["DOSE"][0], last["DOSETIME"][0], last["TMAX"][0]) == (32, 200, 24, 2)
    assert nca_table(path, dosing=Dosing(number=2)).equals(last)
    third = nca_table(path, dosing=Dosing(number=3))
    assert third.select("DOSE", "CMAX", "FLAGS").row(0) == (None, None, "NO_SUCH_DOSE")


def test_doses_that_a_record_repeats_count_as_far_as_the_data_reach():
    samples = [f"1,{16 + t},0,.,0,0,{c}" for t, c in zip(TIME, CONCENTRATION, strict=True)]
    rows = ["1,0,1,100,8,9,.", "1,4,0,.,0,0,1", "1,8,0,.,0,0,3", *samples]
    frame = pl.read_csv(text(rows, "ID,TIME,EVID,AMT,II,ADDL,DV").encode(), null_values=".")
    # Doses at 0, 8, 16 and 24; a sample at 24 is the trough of the one at 16, and all there is of the last.
    last = nca_table(frame, dosing=Dosing(number="last"))
    assert (last["DOSETIME"][0], last["CMAX"][0], last["TLST"][0]) == (16, 16, 8)
    second = nca_table(frame, dosing=Dosing(number=2))
    assert (second["DOSETIME"][0], second["CLST"][0], second["TLST"][0]) == (8, 3, 0)
    assert nca_table(frame, dosing=Dosing(number=4))["DOSETIME"][0] == 24
    assert nca_table(frame, dosing=Dosing(number=5))["FLAGS"][0] == "NO_SUCH_DOSE"


def test_a_steady_state_cancels_the_doses_still_to_come():
    rows = [
        "1,0,1,100,8,9,0,.",
        "1,12,1,50,8,0,1,.",
        *(f"1,{12 + t},0,.,0,0,0,{t + 1}" for t in (1, 5, 9, 13)),
    ]
    frame = pl.read_csv(text(rows, "ID,TIME,EVID,AMT,II,ADDL,SS,DV").encode(), null_values=".")
    last = nca_table(frame, dosing=Dosing(number="last"))
    assert (last["DOSE"][0], last["TLST"][0]) == (50, 13)


def test_doses_at_one_time_are_one_dose(write):
    rows = one(1)
    assert nca_table(write([rows[0], "1,0,1,20,.", *rows[1:]]))["DOSE"].to_list() == [120]


def test_times_of_repeated_doses_meet_samples_in_spite_of_rounding():
    # 3 * 0.1 is a little more than 0.3.
    rows = ["1,0,1,100,0.1,3,.", *(f"1,0.{k},0,.,0,0,{k}" for k in range(1, 5))]
    frame = pl.read_csv(text(rows, "ID,TIME,EVID,AMT,II,ADDL,DV").encode(), null_values=".")
    fourth = nca_table(frame, dosing=Dosing(number=4, tau=0.1))
    assert (fourth["TLST"][0], fourth["CMIN"][0], fourth["CTROUGH"][0]) == (0.1, 3, 4)


def test_a_reset_ends_a_profile_and_time_may_begin_anew(write):
    rows = [*one(1), "1,0,3,.,.", *one(1, scale=2.0)]
    table = nca_table(write(rows), dosing=Dosing(number=2))
    assert (table["DOSETIME"][0], table["CMAX"][0]) == (0, 32)
    dose, *samples = one(1, scale=2.0)
    with_dose = [*one(1), dose.replace(",1,100", ",4,100"), *samples]
    assert nca_table(write(with_dose), dosing=Dosing(number="last")).equals(table)


def test_before_and_after_a_bolus_the_order_of_rows_decides():
    rows = [
        "0,0,.,7",
        "0,1,100,.",
        "0,0,.,16",
        "1,0,.,8",
        "2,0,.,4",
        "8,0,.,3",
        "8,1,100,.",
        "8,0,.,20",
        "9,0,.,9",
    ]
    frame = pl.read_csv(text([f"1,{row}" for row in rows]).encode(), null_values=".")
    first = nca_table(frame, dosing=Dosing(route="bolus"))
    assert (first["C0"][0], first["TLST"][0], first["CLST"][0]) == (16, 8, 3)
    # What comes by mouth or slowly changes nothing at once, so that the row nearest to the dose counts.
    other = nca_table(frame, dosing=Dosing(route="extravascular", number=2))
    assert (other["CMAX"][0], other["TMAX"][0]) == (20, 0)


def test_an_infusion_takes_its_duration_from_the_rate():
    rows = ["1,0,1,100,50,.", *(f"1,{t},0,.,0,{c}" for t, c in zip(TIME, CONCENTRATION, strict=True))]
    frame = pl.read_csv(text(rows, "ID,TIME,EVID,AMT,RATE,DV").encode(), null_values=".")
    found = nca(TIME, CONCENTRATION, dose=100, route="infusion", duration=2)
    table = nca_table(frame, dosing=Dosing(route="infusion"))
    assert (table["MRTICIFO"][0], table["VSSO"][0]) == (found.MRT, found.Vss)
    longer = nca_table(frame, dosing=Dosing(route="infusion", duration=3))
    assert longer["MRTICIFO"][0] == pytest.approx(found.MRT - 0.5)
    assert complaints(frame) == [("nca: route", "RATE in the dose records of data")]
    assert nca_table(frame, dosing=Dosing(route="extravascular"))["CMAX"][0] == 16


def test_an_infusion_without_a_rate_is_refused_with_every_subject(write):
    found = complaints(write([*one(1), *one(2)]), dosing=Dosing(route="infusion"))
    assert [where for where, _ in found] == ["data.csv: ID 1", "data.csv: ID 2"]


def test_groups_and_replicates_are_profiles_of_their_own(write):
    rows = [
        f"{row},{rep},{period}"
        for rep in (1, 2)
        for subject in (1, 2)
        for period in ("A", "B")
        for row in one(subject, scale=rep * (3 if period == "B" else 1))
    ]
    path = write(rows, "ID,TIME,EVID,AMT,DV,rep,PERIOD")
    table = nca_table(path, group=["period"])
    assert table.columns[:3] == ["ID", "rep", "PERIOD"]
    assert table.select("ID", "rep", "PERIOD").unique().height == table.height == 8
    assert table.filter(pl.col("ID") == "2")["CMAX"].to_list() == [16, 48, 32, 96]
    assert complaints(path)[0] == ("data.csv: line 9, column TIME", "0")


def test_what_is_below_the_limit_may_be_said_in_words_or_by_a_column(write):
    rows = one(1)
    plain = nca_table(write([*rows, "1,10,0,.,0", "1,12,0,.,0"]))
    assert nca_table(write([*rows, "1,10,0,.,BLQ", "1,12,0,.,<0.5"])).equals(plain)
    marked = [f"{row},0" for row in rows] + ["1,10,0,.,0.5,1", "1,12,0,.,0.5,1"]
    for name in ("BLQ", "CENS"):
        assert nca_table(write(marked, f"ID,TIME,EVID,AMT,DV,{name}")).equals(plain)
    limit = nca_table(write([*rows, "1,10,0,.,0.1"]), rules=Rules(loq=0.5))
    assert limit["TLST"][0] == 8


def test_missing_samples_are_left_out_and_said(write):
    table = nca_table(write([*one(1), "1,7,0,.,.".replace("7", "9"), *one(2)]))
    assert flags(table, 0) - flags(table, 1) == {"MISSING_SAMPLES"}
    assert table["AUCLST"][0] == table["AUCLST"][1]


def test_a_subject_without_samples_keeps_its_row(write):
    table = nca_table(write([*one(1), "2,0,1,100,."]))
    assert table.select("ID", "DOSE", "CMAX", "LAMZNPT", "FLAGS").row(1) == (
        "2",
        100,
        None,
        None,
        "NO_SAMPLES",
    )


def test_what_is_not_known_is_null_and_flagged(write):
    rows = ["1,0,1,100,.", "1,0,0,.,0", "1,1,0,.,8", "1,2,0,.,4"]
    table = nca_table(write(rows))
    assert table.select("LAMZ", "LAMZNPT", "AUCIFO", "CLFO").row(0) == (None, None, None, None)
    assert "FEW_POINTS" in flags(table)


@pytest.fixture
def repeated():
    """Dose 1 at 0 and dose 2 at 8, sampled alike, but that the second starts where the first ends."""
    rows = [
        *one(1),
        *one(1, start=8)[:1],
        *(f"1,{8 + t},0,.,{max(c, 2)}" for t, c in zip(TIME, CONCENTRATION, strict=True)),
    ]
    del rows[6]
    return pl.read_csv(text(rows).encode(), null_values=".")


def test_the_first_dose_is_no_steady_state_and_a_later_one_is(repeated):
    first = nca_table(repeated, dosing=Dosing(tau=8))
    assert "NOT_STEADY_STATE" in flags(first)
    assert (first["CLFTAU"][0], first["VZFTAU"][0], first["FLUCP"][0]) == (None, None, None)
    assert first["CLFO"][0] is not None
    later = nca_table(repeated, dosing=Dosing(tau=8, number="last"))
    assert flags(later) == set()
    found = nca(TIME, [max(c, 2) for c in CONCENTRATION], dose=100, tau=8)
    expected = (found.CL, found.Vz, 100 * found.interval.fluctuation, None, None)
    assert later.select("CLFTAU", "VZFTAU", "FLUCP", "CLFO", "VZFO").row(0) == pytest.approx(expected)


def test_whether_it_is_a_steady_state_can_be_said(repeated):
    said = nca_table(repeated, dosing=Dosing(tau=8, is_steady_state=True))
    assert said["CLFTAU"][0] is not None
    denied = nca_table(repeated, dosing=Dosing(tau=8, number=2, is_steady_state=False))
    assert "NOT_STEADY_STATE" in flags(denied)


def test_a_dose_at_steady_state_says_so():
    rows = [
        "1,0,1,100,8,1,.",
        *(f"1,{t},0,.,0,0,{max(c, 2)}" for t, c in zip(TIME, CONCENTRATION, strict=True)),
    ]
    frame = pl.read_csv(text(rows, "ID,TIME,EVID,AMT,II,SS,DV").encode(), null_values=".")
    assert nca_table(frame, dosing=Dosing(tau=8))["CLFTAU"][0] is not None


def test_columns_depend_on_the_route_and_the_interval_alone():
    oral, bolus = (set(measures(route, has_interval=True)) for route in ("extravascular", "bolus"))
    assert {"CLFO", "VZFO", "MRTEVIFO", "CLFTAU", "VZFTAU"} == oral - bolus
    assert {"CLO", "VZO", "MRTIBIFO", "CLTAU", "VZTAU", "VSSO", "C0", "AUCPBEO"} == bolus - oral
    assert "AUCTAU" not in measures("bolus", has_interval=False)
    assert all(len(name) <= 8 for name in oral | bolus)


def test_everything_wrong_with_the_records_is_said_with_its_line(write):
    rows = ["1,0,1,0,.", "1,1,0,.,8", "1,0.5,0,.,-4", "1,3,7,.,2", ".,3,0,.,2"]
    assert complaints(write(rows)) == [
        ("data.csv: line 6, column ID", "."),
        ("data.csv: line 4, column TIME", "0.5"),
        ("data.csv: line 5, column EVID", "7"),
        ("data.csv: line 2, column AMT", "0"),
        ("data.csv: line 4, column DV", "-4"),
    ]


@pytest.mark.parametrize(
    ("rows", "header", "where", "found"),
    [
        (["1,0,5"], "ID,TIME,CONC", "data.csv: line 1", "no column DV"),
        ([], "ID,TIME,DV", "data.csv", "a header and no row"),
        (["1,0,high"], "ID,TIME,DV", "data.csv: line 2, column DV", "'high'"),
        (["1,.,5"], "ID,TIME,DV", "data.csv: line 2, column TIME", "no value"),
        (["1,0,5,100,2,0"], "ID,TIME,DV,AMT,ADDL,II", "data.csv: line 2, column II", "0"),
        (["1,0,5,100,1.5,8"], "ID,TIME,DV,AMT,ADDL,II", "data.csv: line 2, column ADDL", "1.5"),
        (
            ["1,0,5,9,2e6,1e-5", "1,99,5,.,0,0"],
            "ID,TIME,DV,AMT,ADDL,II",
            "data.csv: line 2, column II",
            "1e-5",
        ),
        (["1,0,5,-1"], "ID,TIME,DV,CENS", "data.csv: line 2, column CENS", "-1"),
    ],
)
def test_a_data_set_that_cannot_be_read_is_refused(write, rows, header, where, found):
    assert complaints(write(rows, header)) == [(where, found)]


def test_a_column_with_another_name_is_suggested(write):
    path = write(["1,0,5"], "ID,TIME,DVV")
    with pytest.raises(remit.InputError, match="did you mean 'DVV'"):
        nca_table(path)


def test_two_samples_at_one_time_are_refused(write):
    assert complaints(write([*one(1), "1,8,0,.,2.5"])) == [
        ("data.csv: line 9, column TIME", "a second sample at 8 after the dose")
    ]


def test_wrong_options_are_refused(write):
    path = write(one(1))
    wrong = Dosing(number=0, amount=0, tau=-1, route="oral", duration=float("nan"))
    assert complaints(path, dosing=wrong) == [
        ("nca: dose", "0"),
        ("nca: duration", "nan"),
        ("nca: tau", "-1"),
        ("nca: route", "'oral'"),
        ("nca: number of the dose", "0"),
    ]
    assert complaints(path, dosing=Dosing(duration=1)) == [("nca: duration", "1 without an infusion")]
    assert complaints(path, rules=Rules(loq=-1)) == [("nca: loq", "-1")]
    assert complaints(path, group=["ARM"]) == [("data.csv: line 1", "no column ARM")]


record = st.tuples(
    st.sampled_from(["1", "2"]),
    st.sampled_from([0.0, 0.1, 1.0, 8.0]),
    st.sampled_from(["0", "0", "0", "1", "1", "2", "3", "4"]),
    st.sampled_from(["0", "10", "50"]),
    st.sampled_from(["0", "4", "-1"]),
    st.sampled_from([".", "0.1", "8", "1e-300", "1e300"]),
    st.sampled_from(["0", "0", "1", "3", "1e300"]),
    st.sampled_from(["0", "1", "2"]),
    st.sampled_from([".", "0", "BLQ", "0.3", "2", "4", "9", "1e300", "-1", "x"]),
)
"""A record of which much is as it should be; the second is the time since the record before."""


@given(st.lists(record, max_size=14), st.sampled_from(["first", "last", 2]))
def test_no_data_set_breaks_it(rows, number):
    """Whatever stands in the cells, there is a row for each subject, or findings with their places."""
    time = np.cumsum([row[1] for row in rows])
    names = ["ID", "TIME", "EVID", "AMT", "RATE", "II", "ADDL", "SS", "DV"]
    cells = [[row[0], str(at), *row[2:]] for row, at in zip(rows, time, strict=True)]
    frame = pl.DataFrame(cells, dict.fromkeys(names, pl.String), orient="row")
    for route in ("extravascular", "bolus", "infusion"):
        dosing = Dosing(amount=1, route=route, number=number, tau=8)
        try:
            with np.errstate(all="ignore"):
                table = nca_table(frame, dosing=dosing)
        except remit.InputError as error:
            refused = error
        else:
            assert table.height == frame["ID"].n_unique()
            continue
        assert all(each.where and each.needed for each in refused.findings)


def test_simulated_replicates_are_analysed_one_by_one(write):
    rows = [
        f"{i},{t},{e},{a},{c},."
        for i in (1, 2)
        for t, e, a, c in [(0, 1, 100, 1), *((t, 0, ".", 2) for t in TIME)]
    ]
    values = {"CL": 1.1, "V": 20, "ka": 1.5}
    population = remit.Variability(error={"proportional": 0.1}, replicates=3)
    simulated = remit.simulate_events(
        write(rows, "ID,TIME,EVID,AMT,CMT,DV"), "one_compartment_oral", values, variability=population
    )
    table = nca_table(simulated, column="CP")
    assert table.columns[:2] == ["ID", "REP"]
    assert table.height == 6
    # Eight hours of a half-life of 12.6: half is extrapolated, and the last three points are still bent.
    assert table["CLFO"].to_list() == pytest.approx([1.1] * 6, rel=0.1)
    assert nca_table(simulated, column="Y")["CMAX"].n_unique() == 6


def test_what_is_printed_fits_and_explains_its_flags(write):
    table = nca_table(write([row for i in range(MOST_SHOWN + 2) for row in one(i)[:4]]))
    lines = list(printed(table))
    assert lines[0].split() == ["ID", "CMAX", "TMAX", "AUCLST", "AUCIFO", "LAMZHL", "CLFO", "FLAGS"]
    assert lines[1].split()[:5] == ["0", "16", "2", "16", "-"]
    assert lines[MOST_SHOWN + 1].startswith("and 2 more profiles")
    assert f"FEW_POINTS ({MOST_SHOWN + 2}): {MEANINGS['FEW_POINTS']}" in lines


def test_every_column_and_flag_is_in_the_documents(repository):
    page = (repository / "docs" / "how-to" / "analyse-concentrations.md").read_text(encoding="utf-8")
    names = {
        name
        for route in ("extravascular", "bolus", "infusion")
        for name in measures(route, has_interval=True)
    }
    assert sorted(name for name in {*names, *MEANINGS} if f"`{name}`" not in page) == []
