"""`remit treat`: what is printed and written, and what is said of a mistake."""

import polars as pl
import pytest

import remit
from remit.cli import main
from remit.treatment import Conditions, Who

GIVE = ("--give", "venetoclax 20 mg q24h x 7 then 400 mg q24h")


def run(*arguments):
    """The exit code of a command."""
    with pytest.raises(SystemExit) as caught:
        main([str(each) for each in arguments])
    return caught.value.code


def test_a_few_days_are_printed_with_what_to_know(capsys):
    assert run("treat", "cll", *GIVE, "--days", "60") == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert lines[0].split()[:2] == ["DAY", "size"]
    assert [float(line.split()[0]) for line in lines[1:8]] == [0, 1, 7, 14, 28, 56, 60]
    assert "Simulated, not observed." in printed


def test_a_disease_without_masses_is_printed_without_their_size(capsys):
    assert run("treat", "aml", "--days", "28", "--every", "7", "--patients", "2") == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["0", "-"]


def test_every_option_is_the_one_of_the_function(tmp_path):
    out = tmp_path / "course.csv"
    code = run(
        "treat", "cll", "--give", "mesutoclax 1 study dose q24h", "--days", "30", "--every", "10",
        "--patients", "3", "--seed", "5", "--population", "cll_btki_treated",
        "--resistance", "bcl2_independent", "--scenario", "mesutoclax:potency_exposure=plateau",
        "--set", "clones.growth_rate=0.004", "--meal", "fasted", "--cyp3a-inhibitor", "moderate",
        "--adherence", "0.9", "--missed-run", "2", "--out", out,
    )  # fmt: skip
    assert code == 0
    expected = remit.simulate_treatment(
        "cll",
        "mesutoclax 1 study dose q24h",
        days=30,
        every=10,
        who=Who(
            population="cll_btki_treated", patients=3, seed=5, resistance="bcl2_independent",
            drug_scenarios={"mesutoclax": {"potency_exposure": "plateau"}},
            values={"clones.growth_rate": 0.004},
        ),
        conditions=Conditions(meal="fasted", cyp3a_inhibitor="moderate", adherence=0.9, missed_run=2),
    )  # fmt: skip
    found = pl.read_csv(out)
    assert found.columns == expected.courses.columns
    assert found["tumour"].to_list() == pytest.approx(expected.courses["tumour"].to_list(), rel=1e-12)


def test_the_ending_of_the_file_decides_its_form(tmp_path, capsys):
    for name in ("course.parquet", "course.html"):
        assert run("treat", "aml", "--days", "28", "--every", "7", "--out", tmp_path / name) == 0
    assert pl.read_parquet(tmp_path / "course.parquet").height == 5
    page = (tmp_path / "course.html").read_text()
    assert "aml, typical patient" in page
    assert "Simulated data" in page
    capsys.readouterr()
    assert run("treat", "aml", "--days", "28", "--out", tmp_path / "course.xlsx") == 2
    assert "a file ending in .csv, .parquet, .html" in capsys.readouterr().err
    assert run("treat", "aml", "--days", "28", "--out", tmp_path / "none" / "course.csv") == 2
    assert "a folder that exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("treat", "amll"), "did you mean 'aml'"),
        (
            ("treat", "cll", "--give", "mesutoclax 1 study dose q24h"),
            "--scenario mesutoclax:potency_exposure=",
        ),
        (("treat", "cll", *GIVE, "--set", "clones.growth_rate"), "NAME=VALUE"),
        (("treat", "cll", *GIVE, "--scenario", "venetoclax"), "DRUG:GROUP=NAME"),
        (("treat", "cll", *GIVE, "--meal", "brunch"), "low_fat"),
        (("treat", "cll", *GIVE, "--patients", "-1"), "0 to 100,000"),
    ],
)
def test_a_mistake_is_told_in_one_error_and_exits_with_2(arguments, says, capsys):
    assert run(*arguments) == 2
    told = capsys.readouterr().err
    assert says in told
    assert "Traceback" not in told
