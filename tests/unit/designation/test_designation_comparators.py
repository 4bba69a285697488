"""Comparator records: what the shipped file holds, and what a broken one is told."""

import copy

import polars as pl
import pytest

from remit.designation import comparator_table, comparators_from
from remit.errors import InputError


def complaint(document, change) -> str:
    broken = copy.deepcopy(document)
    change(broken["comparator"])
    with pytest.raises(InputError) as caught:
        comparators_from(broken, "broken.toml")
    return str(caught.value)


def test_the_shipped_file_has_no_findings(document, comparators):
    assert len(comparators) == len(document["comparator"])


def test_a_label_and_a_paper_of_the_same_patients_are_both_shown_and_one_leads_for_each_agency(comparators):
    table = comparator_table(comparators).filter(pl.col("CLUSTER") == "BRUIN")
    assert table.height == 3
    assert table.filter(pl.col("LEADS_FDA"))["ID"].to_list() == ["pirtobrutinib_fda_label"]
    assert table.filter(pl.col("LEADS_CDE"))["ID"].to_list() == ["pirtobrutinib_bruin_primary"]


def test_exact_limits_agree_with_the_intervals_that_sources_print(comparators):
    printed = [each for each in comparators if each.orr_low is not None]
    assert len(printed) >= 4
    for record in printed:
        row = comparator_table([record]).row(0, named=True)
        assert row["ORRLCL"] == pytest.approx(record.orr_low, abs=0.002)
        assert row["ORRUCL"] == pytest.approx(record.orr_high, abs=0.002)


def test_every_source_of_the_file_is_used(document):
    used = {each["source"] for each in document["comparator"]}
    used |= {approval["source"] for each in document["comparator"] for approval in each.get("approval", ())}
    assert used == set(document["sources"])


def test_an_unknown_source_is_found(document):
    text = complaint(document, lambda records: records[0].update(source="nobody"))
    assert "comparator.pirtobrutinib_fda_label.source" in text
    assert "found    nobody" in text


def test_a_misspelt_key_is_found(document):
    text = complaint(document, lambda records: records[0].update(responder=60))
    assert "comparator.pirtobrutinib_fda_label.responder" in text


def test_a_rate_that_does_not_fit_its_counts_is_found(document):
    assert "70 of 120, orr 0.5" in complaint(document, lambda records: records[0].update(responders=70))


def test_two_leaders_of_one_cluster_are_found(document):
    text = complaint(document, lambda records: records[1].update(leads_for=["cde", "fda"]))
    assert "cluster BRUIN" in text
    assert "one record that leads for fda" in text


def test_an_agency_without_a_statement_on_availability_is_found(document):
    assert "available.cde" in complaint(document, lambda records: records[0]["available"].pop("cde"))


def test_survival_without_a_time_zero_is_found(document):
    assert "a time zero with every OS" in complaint(document, lambda records: records[2].pop("os_origin"))


def test_all_findings_are_reported_at_once(document):
    def change(records):
        records[0]["source"] = "nobody"
        records[1]["responders"] = 90

    assert "2 problems found" in complaint(document, change)
