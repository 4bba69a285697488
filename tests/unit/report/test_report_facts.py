"""Facts from plain data."""

import pytest

from remit.errors import InputError
from remit.report import facts_of

PLAIN = {
    "title": "A study", "question": "What?", "as_of": "2026-11-23", "seed": 1, "pool": "4 x 12",
    "versions": {"remit": "0.1.0"}, "scenarios": {"plateau/ki_shift": "words"},
    "published": [{"therapy": "v", "population": "p", "trial": "t", "n": 20, "source": "s"}
        | {"recalled": True}],
    "planned": {"n": 80, "months": 24, "endpoint": "ORR"},
}  # fmt: skip


def test_plain_data_become_facts():
    facts = facts_of(PLAIN)
    assert facts.as_of.year == 2026
    assert facts.published[0].recalled
    assert facts.planned.n == 80


def test_status_and_base_rates_come_from_the_designation_package():
    facts = facts_of(PLAIN)
    assert "11 May 2025" in facts.status[0]
    assert {each.agency for each in facts.base_rates} == {"cde", "fda"}


def test_every_mistake_is_named_at_once_with_the_nearest_key():
    with pytest.raises(InputError) as caught:
        facts_of(PLAIN | {"titel": "x", "seed": "many"})
    text = str(caught.value)
    assert "2 problems found" in text
    assert "did you mean title?" in text
    assert "facts.seed" in text


def test_a_run_that_names_no_calibration_is_not_calibrated():
    assert facts_of(PLAIN).stamp == "not calibrated"


def test_a_calibration_in_plain_data_becomes_records():
    check = {"measure": "m", "records": ["C1"], "recalled": True, "published": 0.5} | {
        "model": {"ki_shift": 0.4}, "distance": {"ki_shift": 1.0}
    }  # fmt: skip
    facts = facts_of(PLAIN | {"calibration": [check], "stamp": "partly calibrated"})
    assert facts.calibration[0].model == {"ki_shift": 0.4}
    assert facts.stamp == "partly calibrated"
