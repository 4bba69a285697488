"""Rules about ADAE, ADEX and ADLB: each has a table that breaks it, and sound tables break none."""

import datetime

import polars as pl
import pytest
from tests.unit.analysis.adam_study import PLAN, tables, write

from remit.analysis.analysing import analysed
from remit.interop.adam.reading import read_adam
from remit.interop.adam.safety_checks import CHECKS

FIRST = "TOY-01-000"
RULES = {each.__name__ for each in CHECKS}


def date(day):
    return datetime.date(2024, 1, 1) + datetime.timedelta(day)


def sound():
    """The toy study with one event, two doses and two laboratory values of its first subject."""
    found = tables()
    adsl = found["ADSL"].with_columns(
        TRTSDT=pl.lit(date(0)),
        TRTEDT=pl.lit(date(100)),
        DTHDT=pl.when(pl.col("USUBJID") == FIRST).then(pl.lit(date(90))),
    )
    event = {
        "USUBJID": FIRST, "AEDECOD": "Pneumonia", "AETOXGR": 5.0, "AESDTH": "Y", "AEOUT": "FATAL",
        "ASTDT": date(80), "AENDT": date(90),
    }  # fmt: skip
    doses = [{"USUBJID": FIRST, "EXDOSE": 100.0, "ASTDT": date(k), "AENDT": date(k + 9)} for k in (0, 10)]
    labs = [
        {"USUBJID": FIRST, "PARAMCD": "ANC", "AVAL": 3.0, "ADT": date(k), "ABLFL": flag}
        for k, flag in ((0, "Y"), (7, None))
    ]
    more = {"ADAE": pl.DataFrame([event]), "ADEX": pl.DataFrame(doses), "ADLB": pl.DataFrame(labs)}
    return found | {"ADSL": adsl} | more


def put(dataset, **values):
    def change(found):
        columns = [pl.lit(value).alias(name) for name, value in values.items()]
        return found | {dataset: found[dataset].with_columns(columns)}

    return change


BREAKS = {
    "an event that ends before it starts": (put("ADAE", AENDT=date(70)), "periods_are_in_order", "ADAE"),
    "a period that ends before it starts": (put("ADEX", AENDT=date(-5)), "periods_are_in_order", "ADEX"),
    "a dose below zero": (put("ADEX", EXDOSE=-1.0), "doses_are_no_less_than_zero", "ADEX"),
    "a fatal event of grade 3": (put("ADAE", AETOXGR=3.0), "fatal_events_agree", "ADAE"),
    "a fatal outcome that is not": (put("ADAE", AESDTH="N"), "fatal_events_agree", "ADAE"),
    "an event after death": (
        put("ADAE", ASTDT=date(95), AENDT=date(96)),
        "events_precede_death",
        "ADAE",
    ),
    "two baselines": (put("ADLB", ABLFL="Y"), "baselines_are_unique", "ADLB"),
    "an event without a day": (put("ADAE", ASTDT=None), "safety_days_are_known", "ADAE"),
    "values without a day": (
        lambda found: found | {"ADLB": found["ADLB"].drop("ADT")},
        "safety_days_are_known",
        "ADLB",
    ),
}


def findings(found, folder):
    done = analysed(read_adam(write(found, folder, "parquet")), PLAN)
    assert not done.stopped
    return [each for each in done.findings if each.rule in RULES]


def test_sound_tables_break_no_rule(tmp_path):
    assert findings(sound(), tmp_path) == []


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_wrong_is_a_warning_and_stops_no_endpoint(name, tmp_path):
    change, rule, dataset = BREAKS[name]
    every = findings(change(sound()), tmp_path)
    assert {(each.rule, each.dataset, each.severity) for each in every} == {(rule, dataset, "warning")}


def test_every_rule_is_broken_by_something_here():
    assert {rule for _, rule, _ in BREAKS.values()} == RULES
