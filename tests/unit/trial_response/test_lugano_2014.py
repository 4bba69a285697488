"""Lugano 2014 by CT: worked examples, each criterion at its threshold and just short of it.

A visit is a dictionary: ``nodes`` lists (longest, shortest) in mm, None for one not measured.
"""

import numpy as np
import polars as pl
import pytest

from remit.errors import InputError
from remit.results import ADSL, ADTR
from remit.trial.readers import Measurements
from remit.trial.response import lugano_2014

KEY = {"ARM": "a", "SCENARIO": "s", "DRAW": 0, "USUBJID": "0000-00000"}
MARROW = {"ARM": pl.String, "SCENARIO": pl.String, "DRAW": pl.Int32, "USUBJID": pl.String,
          "ADY": pl.Float64, "INVOLVED": pl.Boolean}  # fmt: skip
DAYS_BETWEEN = 56.0


def visit(*nodes, spleen=110.0, new=0, nontarget=0):
    return {"nodes": nodes, "spleen": spleen, "new": new, "nontarget": nontarget}


def measurements(visits, reader="IRC"):
    rows = []
    for number, each in enumerate(visits):
        if each is None:
            continue
        found = [
            ("SPLEEN", "", each["spleen"]),
            ("NEWLESN", "", each["new"]),
            ("NTPROG", "", each["nontarget"]),
        ]
        for place, node in enumerate(each["nodes"], start=1):
            if node is not None:
                found += [("LDIAM", f"T{place}", node[0]), ("SDIAM", f"T{place}", node[1])]
        rows += [
            KEY | {"READER": reader, "ADY": DAYS_BETWEEN * number, "VISITNUM": number, "PARAMCD": code,
                   "TRLNKID": lesion, "AVAL": float(value)}
            for code, lesion, value in found if value is not None
        ]  # fmt: skip
    return pl.DataFrame(rows, schema=ADTR.schema())


def subjects(**changes):
    row = KEY | {"STATUS": "OK", "NEWTXDY": None} | changes
    return pl.DataFrame([row], schema=ADSL.schema())


def biopsies(*found):
    return pl.DataFrame([KEY | {"ADY": day, "INVOLVED": involved} for day, involved in found], schema=MARROW)


def assessed(visits, marrow=(), **changes):
    """Responses at the visits after baseline, and best response, of the one patient and reader."""
    adrs = lugano_2014.assess(measurements(visits), subjects(**changes), biopsies(*marrow), readers=["IRC"])
    shown = adrs.filter(pl.col("PARAMCD") == "OVRLRESP").sort("VISITNUM")["AVALC"].to_list()
    return shown, adrs.filter(pl.col("PARAMCD") == "BOR")["AVALC"].item()


BASE = visit((40, 20), (30, 20))  # sum of products 1400 mm2
LARGE_SPLEEN = visit((40, 20), (30, 20), spleen=150)

EXAMPLES = {
    "partial: sum of products down by half": ([BASE, visit((35, 10), (35, 10))], ["PR"]),
    "stable: sum of products down by less than half": ([BASE, visit((35, 10), (35, 10.1))], ["SD"]),
    "complete: all nodes at 15 mm": ([BASE, visit((15, 10), (15, 10))], ["CR"]),
    "not complete: a node over 15 mm": ([BASE, visit((15, 10), (15.1, 10))], ["PR"]),
    "complete although wide: only the longest diameter counts": ([BASE, visit((15, 15), (5, 5))], ["CR"]),
    "too small to measure counts as 5 by 5": ([BASE, visit((5, 5), (5, 5))], ["CR"]),
    "partial: enlarged spleen down by more than half of its excess": (
        [LARGE_SPLEEN, visit((20, 10), (15, 10), spleen=139.9)], ["PR"]),
    "stable: enlarged spleen down by half of its excess only": (
        [LARGE_SPLEEN, visit((20, 10), (15, 10), spleen=140)], ["SD"]),
    "complete: spleen at 13 cm": ([LARGE_SPLEEN, visit((15, 10), (15, 10), spleen=130)], ["CR"]),
    "not complete: spleen over 13 cm": ([LARGE_SPLEEN, visit((15, 10), (15, 10), spleen=130.1)], ["PR"]),
    "not complete: normal spleen now over 13 cm": (
        [BASE | {"spleen": 125}, visit((15, 10), (15, 10), spleen=130.1)], ["PR"]),

    "progression: node up by half and by 10 mm from over 2 cm": (
        [visit((25, 20)), visit((35, 22))], ["PD"]),  # 500 to 770
    "no progression: up by half, by less than 10 mm": ([visit((25, 20)), visit((34.9, 25))], ["SD"]),
    "no progression: up by 10 mm, by less than half": ([visit((25, 20)), visit((35, 21.4))], ["SD"]),
    "progression: at exactly half": ([visit((25, 20)), visit((37.5, 20))], ["PD"]),
    "progression: small node up by 5 mm": ([visit((20, 20)), visit((25, 24))], ["PD"]),
    "no progression: small node up by less than 5 mm": ([visit((20, 20)), visit((24.9, 24.9))], ["SD"]),
    "no progression: node just over 2 cm up by 5 mm": ([visit((20.1, 20)), visit((25.1, 24.9))], ["SD"]),
    "progression: by the shortest diameter alone": ([visit((30, 10)), visit((31, 20))], ["PD"]),
    "no progression: node that reaches 15 mm": (
        [visit((30, 20)), visit((8, 8)), visit((15, 10))], ["CR", "CR"]),
    "progression: node that grows beyond 15 mm": (
        [visit((30, 20)), visit((8, 8)), visit((15.1, 10))], ["CR", "PD"]),
    "progression is from the nadir, not from baseline": (
        [visit((40, 20)), visit((20, 10)), visit((26, 12))], ["PR", "PD"]),
    "progression of one node while the sum is stable": (
        [visit((60, 50), (16, 10)), visit((60, 50), (21, 12))], ["PD"]),
    "a lesion larger than one that progresses progresses too": (
        [visit((16, 14)), visit((21.5, 16))], ["PD"]),

    "progression: 15 cm spleen over 16 cm": ([LARGE_SPLEEN, BASE | {"spleen": 160.1}], ["PD"]),
    "no progression: 15 cm spleen at 16 cm": ([LARGE_SPLEEN, BASE | {"spleen": 160}], ["SD"]),
    "progression: large spleen by more than half of its excess": (
        [BASE | {"spleen": 190}, BASE | {"spleen": 220.1}], ["PD"]),
    "no progression: large spleen by half of its excess": (
        [BASE | {"spleen": 190}, BASE | {"spleen": 220}], ["SD"]),
    "progression: spleen grows again from its nadir": (
        [BASE | {"spleen": 190}, BASE | {"spleen": 150}, BASE | {"spleen": 180.1}], ["SD", "PD"]),
    "progression: normal spleen up by 2 cm": ([BASE | {"spleen": 120}, BASE | {"spleen": 140}], ["PD"]),
    "no progression: normal spleen up by less than 2 cm": (
        [BASE | {"spleen": 120}, BASE | {"spleen": 139.9}], ["SD"]),
    "no progression: spleen up by 2 cm within the normal": (
        [BASE | {"spleen": 100}, BASE | {"spleen": 125}], ["SD"]),

    "progression: new lesion although all shrinks": ([BASE, visit((15, 10), (15, 10), new=1)], ["PD"]),
    "progression: unequivocal growth of non-target disease": (
        [BASE, visit((15, 10), (15, 10), nontarget=1)], ["PD"]),

    "not evaluable: a target lesion was not measured": ([BASE, visit((15, 10), None)], ["NE"]),
    "not evaluable: an enlarged spleen was not measured": (
        [LARGE_SPLEEN, visit((15, 10), (15, 10), spleen=None)], ["NE"]),
    "a normal spleen need not be measured again": ([BASE, visit((15, 10), (15, 10), spleen=None)], ["CR"]),
    "progression shows in one lesion while another is not measured": (
        [BASE, visit((60, 40), None)], ["PD"]),
    "not evaluable: no target lesion at baseline": ([visit(), visit()], ["NE"]),
    "the nadir passes over a scan that could not be assessed": (
        [visit((40, 20)), visit((20, 10)), None, visit((26, 12))], ["PR", "PD"]),
    "later scans of a patient who has progressed are no response": (
        [visit((25, 20)), visit((35, 22)), visit((10, 10))], ["PD", "PD"]),
}  # fmt: skip


@pytest.mark.parametrize(("visits", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_example(visits, expected):
    assert assessed(visits)[0] == expected


COMPLETE = visit((15, 10), (15, 10))
PARTIAL = visit((20, 10), (20, 10))


@pytest.mark.parametrize(
    ("marrow", "expected"),
    [
        ([], ["CR", "CR"]),
        ([(0.0, False)], ["CR", "CR"]),
        ([(0.0, True)], ["PR", "PR"]),
        ([(0.0, True), (DAYS_BETWEEN, True)], ["PR", "PR"]),
        ([(0.0, True), (DAYS_BETWEEN, False)], ["CR", "CR"]),
        ([(0.0, True), (DAYS_BETWEEN + 1, False)], ["PR", "CR"]),
        ([(0.0, True), (DAYS_BETWEEN, False), (DAYS_BETWEEN + 1, True)], ["CR", "PR"]),
    ],
)
def test_involved_marrow_means_at_most_partial_response_until_a_biopsy_is_negative(marrow, expected):
    assert assessed([BASE, COMPLETE, COMPLETE], marrow)[0] == expected


@pytest.mark.parametrize(
    ("visits", "changes", "best"),
    [
        ([BASE, PARTIAL, COMPLETE], {}, "CR"),
        ([BASE, BASE, PARTIAL], {}, "PR"),
        ([BASE, BASE], {}, "SD"),
        ([BASE, visit((60, 40), (60, 40)), COMPLETE], {}, "PD"),
        ([BASE, visit((15, 10), None)], {}, "NE"),
        ([BASE], {}, "NE"),
        ([], {}, "NE"),
        ([BASE, PARTIAL, COMPLETE], {"NEWTXDY": 2 * DAYS_BETWEEN - 1}, "PR"),
        ([BASE, PARTIAL], {"NEWTXDY": DAYS_BETWEEN}, "PR"),
        ([BASE, PARTIAL], {"NEWTXDY": DAYS_BETWEEN - 1}, "NE"),
        ([BASE, COMPLETE], {"STATUS": "STEP_LIMIT"}, "NE"),
    ],
)
def test_best_response_counts_before_progression_and_new_therapy_only(visits, changes, best):
    assert assessed(visits, **changes)[1] == best


def test_best_response_is_dated_by_the_first_visit_that_shows_it():
    adrs = lugano_2014.assess(
        measurements([BASE, BASE, PARTIAL, PARTIAL]), subjects(), biopsies(), readers=["IRC"]
    )
    best = adrs.filter(pl.col("PARAMCD") == "BOR").row(0, named=True)
    assert (best["VISITNUM"], best["ADY"]) == (-1, 2 * DAYS_BETWEEN)


def test_a_reader_who_could_not_assess_a_scan_records_not_evaluable():
    adtr = pl.concat([measurements([BASE, PARTIAL], "IRC"), measurements([BASE], "INV")])
    adrs = lugano_2014.assess(adtr, subjects(), biopsies())
    shown = adrs.filter(pl.col("PARAMCD") == "OVRLRESP").sort("READER")
    assert shown.select("READER", "AVALC").rows() == [("INV", "NE"), ("IRC", "PR")]


def test_another_modality_is_refused_with_what_to_declare():
    with pytest.raises(InputError, match=r"(?s)modality.*PET.*CT.*assumed mapping"):
        lugano_2014.assess(measurements([BASE]), subjects(), biopsies(), modality="PET")


def test_measurements_of_a_stranger_are_refused():
    with pytest.raises(InputError, match="0000-00000"):
        lugano_2014.assess(measurements([BASE]), subjects(USUBJID="0000-00001"), biopsies())


def test_a_seventh_lesion_is_refused():
    seventh = measurements([BASE]).with_columns(TRLNKID=pl.lit("T7")).filter(pl.col("PARAMCD") == "LDIAM")
    with pytest.raises(InputError, match="T7"):
        lugano_2014.assess(seventh, subjects(), biopsies())


@pytest.mark.parametrize(
    ("visits", "expected"),
    [each for each in EXAMPLES.values() if None not in each[0] and each[0][0]["nodes"]],
)
def test_the_rule_that_ends_treatment_is_the_same(visits, expected):
    width = max(len(each["nodes"]) for each in visits)
    sizes = np.full((1, len(visits), 6, 2), np.nan)
    for number, each in enumerate(visits):
        for place, node in enumerate(each["nodes"]):
            sizes[0, number, place] = np.nan if node is None else node
    spleen = np.array([[np.nan if each["spleen"] is None else each["spleen"] for each in visits]])
    new, nontarget = (np.array([[bool(each[name]) for each in visits]]) for name in ("new", "nontarget"))
    assert width <= 6
    judged = [
        bool(
            lugano_2014.judge(
                Measurements(sizes[..., 0], sizes[..., 1], spleen, new, nontarget, np.array([number]))
            )[0]
        )
        for number in range(1, len(visits))
    ]
    first = expected.index("PD") if "PD" in expected else len(expected)
    assert judged[: first + 1] == [code == "PD" for code in expected][: first + 1]
