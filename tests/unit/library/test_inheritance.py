"""A file based on another: what is borrowed, and what cannot be borrowed from."""

from pathlib import Path

import pytest

import remit
from remit.errors import InputError

HEAD = 'format = 1\nkind = "bcl2_inhibitor"\nname = "{name}"\ntitle = "A drug for tests"\n'


@pytest.fixture
def shelf(tmp_path: Path):
    def write(**files: str) -> Path:
        for name, content in files.items():
            folder, stem = name.split("__")
            target = tmp_path / folder / f"{stem}.toml"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        return tmp_path

    return write


def drug(name: str, rest: str) -> str:
    return HEAD.format(name=name) + rest


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        ('based_on = "nothing"\n', "another file of kind bcl2_inhibitor"),
        ('based_on = "ibrutinib"\n', "another file of kind bcl2_inhibitor"),
        ("based_on = 3\n", "another file of kind bcl2_inhibitor"),
        ('based_on = "copy"\n', "another file of kind bcl2_inhibitor"),
        ('based_on = "venetoclax"\nwidth = -1.0\n', "0 or more"),
        ('based_on = "venetoclax"\nwidth = "wide"\n', "0 or more"),
        ('based_on = "venetoclax"\nwidth = nan\n', "0 or more"),
        ('based_on = "venetoclax"\nwithout = ["scenario"]\n', "a list of tables or parameters"),
        ('based_on = "venetoclax"\nreference_dose = 200.0\n', "all of dose_unit"),
        ('based_on = "venetoclax"\nwithout = "pharmacy"\n', "a list of tables or parameters"),
        ('based_on = "venetoclax"\nwithout = ["pharmacies"]\n', "a list of tables or parameters"),
    ],
)
def test_what_cannot_be_borrowed_from_is_refused_with_its_place(shelf, rest, says):
    folder = shelf(drugs__copy=drug("copy", rest))
    findings = remit.check_library(folder)
    assert any("drugs/copy.toml" in each.where and says in each.needed for each in findings)


def test_two_files_based_on_each_other_are_refused(shelf):
    folder = shelf(drugs__one=drug("one", 'based_on = "two"\n'), drugs__two=drug("two", 'based_on = "one"\n'))
    assert any("a chain" in each.found for each in remit.check_library(folder))


def test_a_file_may_be_based_on_the_shipped_one_that_it_stands_before(shelf):
    own = (
        'based_on = "venetoclax"\n[bcl2i.CL]\nvalue = 100.0\nunit = "L/day"\norigin = "assumed"\n'
        'because = "To try it."\n'
    )
    folder = shelf(drugs__venetoclax=drug("venetoclax", own + 'grade = "assumed"\nverified = "derived"\n'))
    library = remit.open_library(folder)
    assert library.values("drugs/venetoclax")["bcl2i.CL"].value == 100.0
    # What shipped files borrow from it does not change: they are complete as they ship.
    assert library.values("drugs/lisaftoclax")["bcl2i.CL"].value == pytest.approx(292.0)


def test_a_group_that_a_file_states_stands_alone_and_others_are_borrowed():
    library = remit.open_library()
    assert "reference" not in library.scenarios("drugs/sonrotoclax")["potency_exposure"]
    assert "exposure" not in library.scenarios("drugs/navitoclax")
    assert set(library.scenarios("diseases/aml")["resistance"]) == {"ki_shift", "bcl2_independent"}


def test_a_population_keeps_the_disease_and_the_host_of_its_base(shelf):
    text = 'format = 1\nkind = "population"\nname = "mine"\ntitle = "Mine"\nbased_on = "aml_unfit"\n'
    library = remit.open_library(shelf(populations__mine=text))
    assert library.document("populations/mine").data["host"] == "host_aml"
    assert library.document("populations/mine").data["disease"] == "aml"


def test_a_disease_or_host_that_is_not_there_is_found(shelf):
    text = 'format = 1\nkind = "population"\nname = "mine"\ntitle = "Mine"\nbased_on = "aml_unfit"\n'
    text += 'host = "aml"\n'
    findings = remit.check_library(shelf(populations__mine=text))
    assert [each.where.split(": ")[-1] for each in findings] == ["host"]


def test_a_left_out_parameter_is_missed_if_it_is_required(shelf):
    folder = shelf(drugs__copy=drug("copy", 'based_on = "venetoclax"\nwithout = ["bcl2i.CL"]\n'))
    assert any(
        each.where.endswith("bcl2i.CL") and each.found == "nothing" for each in remit.check_library(folder)
    )


def test_a_resolved_study_carries_whole_files(tmp_path, shelf):
    folder = shelf(drugs__mesutoclax=drug("mesutoclax", 'based_on = "mesutoclax"\n'))
    study = remit.load_study("mcl_btki_treated", library=folder)
    path = tmp_path / "resolved.toml"
    path.write_text(study.to_toml(), encoding="utf-8")
    again = remit.load_study(path)
    assert again.values("mesutoclax", "plateau/ki_shift") == study.values("mesutoclax", "plateau/ki_shift")


def test_nothing_is_silently_taken_from_a_file_without_based_on(shelf):
    folder = shelf(drugs__copy=drug("copy", 'dose_unit = "mg"\nreference_dose = 1.0\n'))
    with pytest.raises(InputError):
        remit.open_library(folder)
