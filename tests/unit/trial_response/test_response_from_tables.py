"""What of the tables belongs to an assessment of one patient."""

import numpy as np
import polars as pl
import pytest

from remit.errors import InputError
from remit.results import TABLES
from remit.trial.response import CRITERIA, eln_2022, iwcll_2018, iwwm_6, lugano_2014
from remit.trial.response.from_tables import read_tables

KEY = {"ARM": "a", "SCENARIO": "s", "DRAW": 0, "USUBJID": "0000-00000"}


def frame(name, *rows):
    return pl.DataFrame([KEY | row for row in rows], schema=TABLES[name].schema())


def scans(*days, number=None, reader="IRC", size=30.0):
    numbers = number or range(len(days))
    rows = [
        {"READER": reader, "ADY": float(day), "VISITNUM": float(place), "TRLNKID": lesion,
         "PARAMCD": code, "AVAL": value}
        for day, place in zip(days, numbers, strict=True)
        for code, lesion, value in (("LDIAM", "T1", size), ("SDIAM", "T1", 20.0), ("SPLEEN", "", 110.0))
    ]  # fmt: skip
    return frame("adtr", *rows)


def labs(code, *samples):
    return frame(
        "adlb", *({"PARAMCD": code, "ADY": float(day), "AVAL": float(value)} for day, value in samples)
    )


def marrow(code, *samples):
    rows = ({"PARAMCD": code, "ADY": float(day), "AVAL": value, "VISITNUM": number}
            for day, value, number in samples)  # fmt: skip
    return frame("adbm", *rows)


def subjects(**changes):
    return frame("adsl", {"STATUS": "OK"} | changes)


def read(source="scan", btk_inhibitors=None, **tables):
    everything = {"adsl": subjects(), "adtr": scans(0, 56, 112)} | tables
    return read_tables(everything, source, ["IRC"], btk_inhibitors)


def row(array):
    return [None if np.isnan(value) else value for value in np.asarray(array, dtype=float)[0]]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([(56, 5)], [None, 5, None]),
        ([(42, 5)], [None, 5, None]),
        ([(41.9, 5)], [None, None, None]),
        ([(56.1, 5)], [None, None, None]),
        ([(50, 5), (55, 6), (57, 7)], [None, 6, None]),
        ([(-40, 3)], [3, None, None]),
        ([(-40, 3), (0, 4), (0.2, 9)], [4, None, None]),
    ],
)
def test_the_last_value_of_the_14_days_up_to_an_assessment_counts_and_at_baseline_of_any_age(
    samples, expected
):
    assert row(read(adlb=labs("LYMPH", *samples)).readings["IRC"].lymphocytes) == expected


def test_each_laboratory_parameter_has_its_place():
    codes = {"ANC": "neutrophils", "PLAT": "platelets", "HGB": "haemoglobin", "LYMPH": "lymphocytes",
             "IGM": "paraprotein"}  # fmt: skip
    found = read(adlb=pl.concat([labs(code, (56, k)) for k, code in enumerate(codes)])).readings["IRC"]
    assert [getattr(found, name)[0, 1] for name in codes.values()] == [0, 1, 2, 3, 4]


def test_baseline_scanned_before_the_first_dose_takes_values_up_to_the_first_dose():
    found = read(adtr=scans(-20, 56), adlb=labs("LYMPH", (-20, 3), (0, 4))).readings["IRC"]
    assert row(found.lymphocytes) == [4, None]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([(0, 1.0, 0)], [1, None, None]),
        ([(-30, 1.0, 0)], [1, None, None]),
        ([(56, 0.0, 1)], [None, 0, None]),
        ([(20, 0.0, 0.5)], [None, 0, None]),
        ([(57, 0.0, 1)], [None, None, 0]),
        ([(60, 0.0, 1), (100, 1.0, 2)], [None, None, 1]),
        ([(113, 0.0, 2)], [None, None, None]),
        ([(56, None, 1)], [None, None, None]),
    ],
)
def test_a_marrow_sample_counts_from_the_first_assessment_at_or_after_it(samples, expected):
    assert row(read(adbm=marrow("INVOLVED", *samples)).readings["IRC"].involved) == expected


@pytest.mark.parametrize(
    ("name", "start", "end", "supported", "of_neutrophils_only"),
    [
        ("red_cells", 42, 42, True, False),
        ("red_cells", 41.9, 41.9, False, False),
        ("platelets", 56, 56, True, False),
        ("platelets", 56.1, 56.1, False, False),
        ("filgrastim", 30, 43, True, True),
        ("Pegfilgrastim", 50, 50, True, True),
        ("darbepoetin alfa", 50, 50, True, False),
        ("eltrombopag", 50, None, True, False),
        ("rasburicase", 56, 56, False, False),
    ],
)
def test_support_of_the_14_days_up_to_an_assessment(name, start, end, supported, of_neutrophils_only):
    given = frame("adcm", {"CMDECOD": name, "ASTDY": float(start), "AENDY": end and float(end)})
    found = read(adcm=given).readings["IRC"]
    assert found.supported[0, 1] == supported
    assert found.growth_factor_only[0, 1] == of_neutrophils_only


def test_a_transfusion_beside_a_growth_factor_is_not_a_growth_factor_alone():
    given = [{"CMDECOD": name, "ASTDY": 50.0, "AENDY": 50.0} for name in ("filgrastim", "red_cells")]
    found = read(adcm=frame("adcm", *given)).readings["IRC"]
    assert found.supported[0, 1] and not found.growth_factor_only[0, 1]


DOSES = (
    {"ASTDY": 0.0, "AENDY": 40.0, "EXDOSE": 1.0},
    {"ASTDY": 40.0, "AENDY": 56.0, "EXDOSE": 0.0},
    {"ASTDY": 56.0, "AENDY": 100.0, "EXDOSE": 1.0},
)


@pytest.mark.parametrize(
    ("drug", "named", "on"),
    [
        ("orelabrutinib", None, [0, 1, 0]),
        ("IBRUTINIB", None, [0, 1, 0]),
        ("venetoclax", None, [0, 0, 0]),
        ("BGB-3111", ["bgb-3111"], [0, 1, 0]),
        ("orelabrutinib", ["ibrutinib"], [0, 0, 0]),
    ],
)
def test_a_btk_inhibitor_by_its_name_in_the_period_before_an_assessment(drug, named, on):
    exposure = frame("adex", *({"EXTRT": drug} | each for each in DOSES))
    found = read(adex=exposure, btk_inhibitors=named).readings["IRC"]
    assert row(found.on_btki) == on
    assert row(found.btki_held) == on


def test_assessments_out_of_schedule_have_their_place_in_time():
    found = read(adtr=scans(0, 56, 80, 112, number=(0, 1, 1.5, 2)))
    assert found.number.tolist() == [0, 1, 1.5, 2]
    assert found.time.tolist() == [[0, 56, 80, 112]]


def test_an_unscheduled_response_keeps_its_number():
    adrs = lugano_2014.assess({"adsl": subjects(), "adtr": scans(0, 80, number=(0, 1.5))}, readers=["IRC"])
    assert adrs.filter(pl.col("PARAMCD") == "OVRLRESP").select("VISITNUM", "ADY").rows() == [(1.5, 80.0)]


def test_a_reader_who_could_not_assess_a_scan_records_not_evaluable():
    adtr = pl.concat([scans(0, 56), scans(0, reader="INV")])
    adrs = lugano_2014.assess({"adsl": subjects(), "adtr": adtr})
    shown = adrs.filter(pl.col("PARAMCD") == "OVRLRESP").sort("READER")
    assert shown.select("READER", "AVALC").rows() == [("INV", "NE"), ("IRC", "SD")]


def test_the_marrow_makes_the_assessments_of_leukaemia_and_a_failed_one_is_not_evaluable():
    adbm = marrow("BLASTS", (0, 0.5, 0.0), (28, None, 1.0), (56, 0.3, 2.0))
    adrs = eln_2022.assess({"adsl": subjects(), "adbm": adbm})
    shown = adrs.filter(pl.col("PARAMCD") == "OVRLRESP").sort("READER", "VISITNUM")
    assert shown["AVALC"].to_list() == ["NE", "NR"] * 2
    assert shown["ADY"].to_list() == [28, 56] * 2


def test_without_scans_samples_of_igm_make_the_assessments_of_macroglobulinaemia():
    samples = ((-5.0, -1.0, 40.0), (0.0, 0.0, 44.0), (28.0, 4.0, 22.0), (56.0, 8.0, 4.0))
    rows = [{"PARAMCD": "IGM", "ADY": day, "VISITNUM": week, "AVAL": value} for day, week, value in samples]
    adrs = iwwm_6.assess({"adsl": subjects(), "adlb": frame("adlb", *rows), "adtr": TABLES["adtr"].empty()})
    shown = adrs.filter((pl.col("PARAMCD") == "OVRLRESP") & (pl.col("READER") == "INV")).sort("VISITNUM")
    assert shown.select("VISITNUM", "ADY", "AVALC").rows() == [(4, 28, "PR"), (8, 56, "VGPR")]


def test_pet_is_refused_with_what_to_declare():
    with pytest.raises(InputError, match=r"(?s)modality.*PET.*CT.*assumed mapping"):
        lugano_2014.assess({"adsl": subjects(), "adtr": scans(0)}, modality="PET")


@pytest.mark.parametrize("name", ["lugano_2014", "iwcll_2018", "iwwm_6"])
def test_a_seventh_lesion_is_refused(name):
    seventh = scans(0).with_columns(
        TRLNKID=pl.when(pl.col("TRLNKID") != "").then(pl.lit("T7")).otherwise(pl.lit(""))
    )
    with pytest.raises(InputError, match="T7"):
        CRITERIA[name].assess({"adsl": subjects(), "adtr": seventh})


def test_iwcll_reads_none_of_an_empty_laboratory():
    adrs = iwcll_2018.assess({"adsl": subjects(), "adtr": scans(0, 56), "adlb": TABLES["adlb"].empty()})
    assert set(adrs["AVALC"]) == {"NE"}
