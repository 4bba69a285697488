"""What every response criterion promises."""

import numpy as np
import polars as pl
import pytest

from remit.errors import InputError
from remit.results import ADRS, ADSL, ADTR
from remit.trial.response import CRITERIA

every_criterion = pytest.mark.parametrize("criterion", CRITERIA.values(), ids=CRITERIA)
KEY = ["ARM", "SCENARIO", "DRAW", "USUBJID"]


@pytest.fixture(scope="module")
def tables():
    """Random measurements of two readers, some of them missing."""
    random = np.random.default_rng(4)
    n, scans = 60, 6
    names = [f"0000-{i:05d}" for i in range(n)]
    rows = []
    for reader in ("INV", "IRC"):
        for i, name in enumerate(names):
            size = random.uniform(18, 50, 2)
            for scan in range(scans):
                if i == 0 or (scan and random.random() < 0.1):
                    continue
                size = size * np.exp(random.normal(-0.15, 0.4, 2)) if scan else size
                spleen, new = random.uniform(90, 160), float(random.random() < 0.02)
                values = [("SPLEEN", "", spleen), ("NEWLESN", "", new), ("NTPROG", "", 0.0)]
                for place, longest in enumerate(size, start=1):
                    values += [("LDIAM", f"T{place}", longest), ("SDIAM", f"T{place}", 0.7 * longest)]
                rows += [("a", "s", 0, name, reader, 56.0 * scan, scan, *value) for value in values]
    columns = [*KEY, "READER", "ADY", "VISITNUM", "PARAMCD", "TRLNKID", "AVAL"]
    adtr = pl.DataFrame(rows, schema=columns, orient="row")
    adsl = pl.DataFrame(
        {"ARM": "a", "SCENARIO": "s", "DRAW": 0, "USUBJID": names, "STATUS": "OK", "NEWTXDY": None},
        schema_overrides=ADSL.schema(),
    )
    marrow = adsl.select(KEY).with_columns(ADY=0.0, INVOLVED=pl.int_range(n) % 3 == 0)
    return ADTR.tidy(adtr), adsl, marrow


@every_criterion
def test_every_patient_has_one_best_response_by_every_reader(criterion, tables):
    adtr, adsl, marrow = tables
    best = criterion.assess(adtr, adsl, marrow).filter(pl.col("PARAMCD") == "BOR")
    assert best.height == best.select("USUBJID", "READER").n_unique() == 2 * adsl.height


@every_criterion
def test_the_table_is_as_declared_and_its_key_is_unique(criterion, tables):
    adrs = criterion.assess(*tables)
    assert adrs.schema == ADRS.schema()
    assert adrs.select(ADRS.key).is_unique().all()


@every_criterion
def test_all_kinds_of_response_occur_in_the_example(criterion, tables):
    assert set(criterion.assess(*tables)["AVALC"]) == {"CR", "PR", "SD", "PD", "NE"}


@every_criterion
def test_a_response_does_not_depend_on_later_scans(criterion, tables):
    adtr, adsl, marrow = tables
    whole = criterion.assess(adtr, adsl, marrow).filter(
        pl.col("PARAMCD") == "OVRLRESP", pl.col("VISITNUM") <= 3
    )
    early = criterion.assess(adtr.filter(pl.col("VISITNUM") <= 3), adsl, marrow)
    assert whole.equals(early.filter(pl.col("PARAMCD") == "OVRLRESP"))


@every_criterion
def test_a_response_does_not_depend_on_other_patients_or_the_order_of_rows(criterion, tables):
    adtr, adsl, marrow = tables
    some = adsl.head(7)
    alone = criterion.assess(
        adtr.join(some, on="USUBJID", how="semi").sample(fraction=1.0, shuffle=True, seed=1), some, marrow
    )
    assert alone.equals(criterion.assess(adtr, adsl, marrow).join(some, on="USUBJID", how="semi"))


@every_criterion
def test_nothing_but_progression_or_not_evaluable_follows_progression(criterion, tables):
    visits = criterion.assess(*tables).filter(pl.col("PARAMCD") == "OVRLRESP")
    first = (
        visits.filter(pl.col("AVALC") == "PD")
        .group_by("USUBJID", "READER")
        .agg(FIRST=pl.col("VISITNUM").min())
    )
    after = visits.join(first, on=["USUBJID", "READER"]).filter(pl.col("VISITNUM") > pl.col("FIRST"))
    assert after.height
    assert set(after["AVALC"]) <= {"PD", "NE"}


@every_criterion
def test_a_modality_that_is_not_there_is_refused(criterion, tables):
    with pytest.raises(InputError, match="modality"):
        criterion.assess(*tables, modality="ultrasound")
