"""The shipped library passes its own checks and gives every parameter."""

from collections.abc import Callable

import pytest

from remit import model
from remit.errors import UnknownNameError
from remit.library import check_library, open_library
from remit.results import PARAMETERS


def test_the_shipped_library_has_no_findings() -> None:
    assert check_library() == []


def test_every_parameter_of_the_model_comes_from_one_file() -> None:
    library = open_library()
    files = {
        "drugs/mesutoclax": {"potency_exposure": "plateau"},
        "drugs/ibrutinib": {},
        "drugs/rituximab": {},
        "drugs/bendamustine": {},
        "diseases/mcl": {"resistance": "ki_shift"},
        "populations/host_adult": {},
    }
    keys = [key for file, scenarios in files.items() for key in library.values(file, scenarios)]
    given = [key for key in keys if key in model.PARAMETERS]
    assert sorted(given) == sorted(model.PARAMETERS)


def test_values_are_counted_by_origin(record_property: Callable[[str, object], None]) -> None:
    counts = open_library().counts_by_origin()
    record_property("values by origin", counts)
    assert sum(counts.values()) == open_library().parameters_table().height
    assert counts["assumed"] > counts["reported"] > 0


def test_the_parameter_table_has_the_declared_columns_and_a_unique_path() -> None:
    frame = open_library().parameters_table()
    assert frame.schema == PARAMETERS.empty().schema
    assert frame["PATH"].n_unique() == frame.height


def test_every_assumption_says_why() -> None:
    frame = open_library().parameters_table()
    assumed = frame.filter(frame["ORIGIN"] == "assumed")
    assert assumed["BECAUSE"].str.len_chars().min() >= 10


def test_an_unknown_file_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'drugs/venetoclax'"):
        open_library().values("drugs/venetoklax")


def test_an_unknown_scenario_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'plateau'"):
        open_library().values("drugs/mesutoclax", {"potency_exposure": "plateu"})


def test_the_two_priors_on_mesutoclax_are_both_there_and_neither_is_a_default() -> None:
    library = open_library()
    assert library.scenarios("drugs/mesutoclax") == {"potency_exposure": ("pharmacology", "plateau")}
    assert "apoptosis.potency_exposure" not in library.values("drugs/mesutoclax")


def test_evidence_of_mcl_is_shipped_with_role_and_confidence() -> None:
    records = {each.id: each for each in open_library().evidence["mcl"]}
    assert records["C0040"].value == 75
    assert records["C0040"].role == ("calibration",)
    assert records["C0702"].recalled
    assert set(records["C0504"].role) == {"calibration", "comparator"}


def test_show_gives_unit_origin_and_source_of_a_value() -> None:
    text = open_library().show("drugs/venetoclax")
    assert "bcl2i.CL = 292 L/day" in text
    assert "derived, label" in text
    assert "venclexta_label" in text
