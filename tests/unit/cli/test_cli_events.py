"""`remit events` and `remit structures`: options, files, and what is said of a mistake."""

import polars as pl
import pytest

import remit
from remit.cli import main

DATA = """ID,time,amt,cmt,evid,WT,note
1,0,100,1,1,70,first
1,1,.,2,0,70,"with, comma"
2,0,100,1,1,140,.
2,1,.,2,0,140,.
"""
ORAL = ("--model", "one_compartment_oral", "--set", "CL=1.1", "--set", "V=20", "--set", "ka=1.5")


def run(*arguments):
    """The exit code of a command."""
    with pytest.raises(SystemExit) as caught:
        main([str(each) for each in arguments])
    return caught.value.code


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(DATA)
    return path


def test_rows_and_columns_come_back_in_order_then_amounts_and_concentration(data, tmp_path, capsys):
    out = tmp_path / "out.csv"
    assert run("events", data, *ORAL, "--out", out) == 0
    found = pl.read_csv(out, infer_schema=False)
    assert found.columns == ["ID", "time", "amt", "cmt", "evid", "WT", "note", "A1", "A2", "CP"]
    given = pl.read_csv(data, infer_schema=False)
    assert found.select(given.columns).equals(given)
    assert float(found["A2"][1]) / 20 == pytest.approx(float(found["CP"][1]), rel=1e-15)
    assert str(out) in capsys.readouterr().out


def test_without_a_file_the_table_is_printed(data, capsys):
    assert run("events", data, *ORAL) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("ID,time,amt,cmt,evid,WT,note,A1,A2,CP\n")
    assert '"with, comma"' in printed


def test_a_formula_of_a_covariate_and_a_table_of_subjects(data, tmp_path):
    table = tmp_path / "subjects.csv"
    table.write_text("id,KA\n2,1.5\n1,1.5\n")
    out = tmp_path / "out.csv"
    options = ["--set", "CL=1.1*(WT/70)^0.75", "--set", "V=20*WT/70", "--parameters", table, "--out", out]
    assert run("events", data, "--model", "one_compartment_oral", *options) == 0
    found = pl.read_csv(out, null_values=".")
    first = remit.simulate_events(data, "one_compartment_oral", {"CL": 1.1, "V": 20, "ka": 1.5})
    second = remit.simulate_events(data, "one_compartment_oral", {"CL": 1.1 * 2**0.75, "V": 40, "ka": 1.5})
    assert found["CP"][1] == pytest.approx(first["CP"][1], rel=1e-14)
    assert found["CP"][3] == pytest.approx(second["CP"][3], rel=1e-14)


def test_population_options_add_columns(data, tmp_path):
    omega, out = tmp_path / "omega.csv", tmp_path / "out.csv"
    omega.write_text("CL,V\n0.09,0.03\n0.03,0.04\n")
    options = ["--omega", omega, "--error", "proportional=0.1", "--error", "additive=0.01"]
    assert run("events", data, *ORAL, *options, "--replicates", 3, "--seed", 4, "--out", out) == 0
    found = pl.read_csv(out, null_values=".")
    assert found.columns[-6:] == ["A2", "CP", "ETA_CL", "ETA_V", "Y", "REP"]
    assert found["REP"].to_list() == [1] * 4 + [2] * 4 + [3] * 4
    assert found["Y"].is_null().to_list() == [True, False] * 6
    again = tmp_path / "again.csv"
    assert run("events", data, *ORAL, *options, "--replicates", 3, "--seed", 4, "--out", again) == 0
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "two_compartments"), "did you mean two_compartment"),
        (("--set", "CL"), "NAME=VALUE"),
        (("--set", "CL=1", "--set", "CL=2"), "given twice"),
        (("--set", "CL=1", "--set", "cl=2"), "CL once"),
        (("--set", "V2=3"), "a parameter of one_compartment_oral: CL, V, ka"),
        (("--set", "CL=weight"), "'weight' in 'weight'"),
        (("--set", "CL=__import__('os')"), "in '__import__('os')'"),
        (("--set", "CL=1/0"), "a number of 0 or more"),
        (("--set", "CL=1" + "0" * 320), "a number of 321 digits"),
        (("--set", "CL=" + "-" * 300 + "1"), "remit"),
        (("--set", "CL=" + "(" * 150 + "1" + ")" * 150), "remit"),
        (("--set", "CL=-1"), "a number of 0 or more"),
        (("--set", "V=0"), "a number above 0"),
        (("--set", "CL=note"), "'first'"),
        (("--drop", "nothing"), "a column: ID"),
        (("--accuracy", "0"), "--accuracy"),
        (("--replicates", "0"), "--replicates"),
        (("--seed", "-1"), "--seed"),
        (("--threads", "0"), "--threads"),
        (("--error", "poisson=1"), "one of additive, proportional, exponential"),
        (("--error", "additive=x"), "a standard deviation"),
        (("--error", "additive=-1"), "a standard deviation of 0 or more"),
        (("--error", "exponential=0.1", "--error", "additive=1"), "exponential alone"),
        (("--parameters", "no/such/file.csv"), "no/such/file.csv"),
    ],
)
def test_a_mistake_on_the_command_line_is_said_without_a_traceback(data, arguments, said, capsys):
    named = {each.partition("=")[0].upper() for each in arguments}
    base = [each for pair in zip(ORAL[2::2], ORAL[3::2], strict=True) for each in pair if pair]
    kept = []
    for option, value in zip(base[::2], base[1::2], strict=True):
        if value.partition("=")[0].upper() not in named:
            kept += [option, value]
    model = [] if "--model" in arguments else ["--model", "one_compartment_oral"]
    code = run("events", data, *model, *kept, *arguments)
    printed = capsys.readouterr()
    if said == "remit":
        assert code in (0, 2)
    else:
        assert code == 2
        assert said in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CL,V\n0.1,0.0\n", "as many rows as names"),
        ("CL,V\n0.1,0.2\n0.1,0.1\n", "one covariance for both"),
        ("CL,V\n0.1,0.2\n0.2,0.1\n", "a positive definite matrix"),
        ("CL,V\n-0.1,0\n0,0.1\n", "a positive definite matrix"),
        ("CL,Emax\n0.1,0\n0,0.1\n", "a parameter of one_compartment_oral"),
        ("CL,V\n0.1,x\n0,0.1\n", "a number"),
    ],
)
def test_what_is_no_omega_matrix_is_refused(data, tmp_path, text, said, capsys):
    omega = tmp_path / "omega.csv"
    omega.write_text(text)
    assert run("events", data, *ORAL, "--omega", omega) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CL\n1\n", "a column ID"),
        ("ID,CL\n1,1\n", "no row of subject 2"),
        ("ID,CL\n1,1\n2,1\n2,1\n", "subject 2 again"),
        ("ID,CL\n1,1\n2,.\n", "no value"),
        ("ID,EC50\n1,1\n2,1\n", "a value of CL"),
        ("ID,CL,R1\n1,1,x\n2,1,1\n", "a number"),
    ],
)
def test_what_is_no_table_of_subjects_is_refused(data, tmp_path, text, said, capsys):
    table = tmp_path / "subjects.csv"
    table.write_text(text)
    values = ("--set", "V=20", "--set", "ka=1.5")
    assert run("events", data, "--model", "one_compartment_oral", *values, "--parameters", table) == 2
    assert said in capsys.readouterr().err


def test_a_column_of_the_result_may_not_be_there_already(data, tmp_path, capsys):
    again = tmp_path / "again.csv"
    again.write_text(DATA.replace("note", "cp"))
    assert run("events", again, *ORAL) == 2
    assert "free for the result" in capsys.readouterr().err


def test_a_dropped_column_is_passed_through_unread(data, tmp_path):
    path, out = tmp_path / "pcmt.csv", tmp_path / "out.csv"
    path.write_text(DATA.replace("note", "PCMT"))
    assert run("events", path, *ORAL, "--out", out) == 2
    assert run("events", path, *ORAL, "--drop", "pcmt", "--out", out) == 0
    assert pl.read_csv(out, infer_schema=False)["PCMT"][0] == "first"


def test_what_cannot_be_solved_is_counted_and_the_rest_is_written(tmp_path, capsys):
    path, out = tmp_path / "data.csv", tmp_path / "out.csv"
    path.write_text("ID,TIME,AMT,EVID,V\n1,0,1,1,1e-310\n1,1,.,0,1e-310\n2,0,1,1,20\n2,1,.,0,20\n")
    assert run("events", path, "--model", "one_compartment", "--set", "CL=1", "--out", out) == 1
    assert "rows could not be solved" in capsys.readouterr().err
    assert pl.read_csv(out, infer_schema=False)["CP"].to_list()[1] == "."


def test_structures_are_listed_and_described(capsys):
    assert run("structures") == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 24
    assert run("structures", "three_compartment_oral") == 0
    assert "NONMEM's Q3" in capsys.readouterr().out
    assert run("structures", "four_compartment") == 2


def test_simulated_concentrations_are_analysed_without_a_model(tmp_path, capsys):
    data, simulated, out = (tmp_path / name for name in ("data.csv", "simulated.csv", "nca.csv"))
    times = (0.5, 1, 2, 4, 8, 12, 24, 36, 48)
    rows = ["1,0,100,1,1", *(f"1,{time},.,2,0" for time in times)]
    data.write_text("\n".join(["ID,TIME,AMT,CMT,EVID", *rows]) + "\n")
    assert run("events", data, *ORAL, "--out", simulated) == 0
    assert run("nca", simulated, "--column", "CP", "--out", out) == 0
    found = pl.read_csv(out, null_values=".")
    # A clearance of 1.1; linear pieces on the way up and few samples leave a few percent.
    assert found["CLFO"][0] == pytest.approx(1.1, rel=0.05)
    assert found["LAMZHL"][0] == pytest.approx(0.6931 * 20 / 1.1, rel=0.01)
    capsys.readouterr()
    assert run("nca", simulated, "--column", "CP") == 0
    assert "CMAX" in capsys.readouterr().out
    assert run("nca", simulated, "--column", "CP", "--json") == 0
    assert '"profiles"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--column", "XX"), "a column XX"),
        (("--column", "WT", "--route", "iv"), "one of extravascular, bolus, infusion"),
        (("--column", "WT", "--dose-number", "second"), "first, last, or a number from 1"),
        (("--column", "WT", "--dose-number", "0"), "first, last, or a number from 1"),
        (("--column", "WT", "--method", "spline"), "linear_up_log_down"),
        (("--column", "WT", "--tau", "-1"), "above 0"),
    ],
)
def test_a_mistake_of_an_analysis_is_said_without_a_traceback(data, arguments, said, capsys):
    assert run("nca", data, *arguments) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("C,ID,TIME,AMT,EVID\n.,1,0,100,1\nC,1,1,100,1\n", "line 3, column C"),
        ("ID,TIME,AMT,EVID\n1,0,100,1\n#1,1,100,1\n", "line 3, column ID"),
        ("ID;TIME;AMT\n1;0;100\n", "commas in the place of semicolons"),
        ("ID\tTIME\tAMT\n1\t0\t100\n", "commas in the place of tabs"),
        ("ID TIME AMT\n1 0 100\n", "commas in the place of blanks"),
    ],
)
def test_comments_and_other_separators_are_not_guessed_at(tmp_path, text, said, capsys):
    path = tmp_path / "data.csv"
    path.write_text(text)
    assert run("events", path, *ORAL) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["ALAG1", "D1", "R2", "NTR"])
def test_an_eta_of_what_has_no_value_is_refused(data, tmp_path, name, capsys):
    omega = tmp_path / "omega.csv"
    omega.write_text(f"{name}\n0.1\n")
    more = ("--set", "MTT=1", "--set", "NTR=3") if name == "NTR" else ()
    model = ("--model", "one_compartment_transit", *ORAL[2:]) if name == "NTR" else ORAL
    assert run("events", data, *model, *more, "--omega", omega) == 2
    assert f"omega: {name}" in capsys.readouterr().err


def test_other_columns_of_a_table_of_subjects_are_not_read(data, tmp_path):
    table = tmp_path / "subjects.csv"
    table.write_text("ID,CL,WT,DV\n1,1.1,x,.\n2,1.1,y,.\n")
    options = ("--set", "V=20", "--set", "ka=1.5", "--parameters", table, "--out", tmp_path / "out.csv")
    assert run("events", data, "--model", "one_compartment_oral", *options) == 0


def test_a_drawn_subject_without_a_steady_state_is_unsolved_and_the_rest_is_written(tmp_path, capsys):
    data, omega, out = (tmp_path / name for name in ("data.csv", "omega.csv", "out.csv"))
    data.write_text("ID,TIME,AMT,EVID,SS,II\n1,0,100,1,1,24\n1,1,0,0,0,0\n")
    omega.write_text("Vmax\n0.2\n")
    values = ("--set", "Vmax=10", "--set", "Km=1", "--set", "V=10", "--omega", omega)
    model = ("--model", "one_compartment_michaelis_menten")
    assert run("events", data, *model, *values, "--replicates", 50, "--out", out) == 1
    found = pl.read_csv(out, null_values=".")
    assert found.height == 100
    assert 0 < found["CP"].null_count() < 50
    # Those without: the input of 100/24 is more than Vmax.
    assert found.filter(pl.col("CP").is_null())["ETA_Vmax"].max() < -0.8
    assert "rows could not be solved" in capsys.readouterr().err


def test_the_number_of_transit_compartments_is_one_for_all(data, tmp_path, capsys):
    table = tmp_path / "subjects.csv"
    table.write_text("ID,NTR\n1,5\n2,5\n")
    base = ("--model", "one_compartment_transit", *ORAL[2:], "--set", "MTT=1")
    assert run("events", data, *base, "--set", "NTR=2", "--parameters", table) == 2
    assert "one number for all" in capsys.readouterr().err
    assert run("events", data, *base, "--set", "NTR=2", "--set", "ntr=3") == 2
    assert "NTR once" in capsys.readouterr().err


def test_the_data_set_is_not_written_over(data, capsys):
    before = data.read_bytes()
    assert run("events", data, *ORAL, "--out", data) == 2
    assert "another file than the data set" in capsys.readouterr().err
    assert data.read_bytes() == before
