"""A data cut-off lets nothing of the future through, and deriving commutes with it.

Standing: developer. The laws hold exactly. Courses are random and need not be what biology would make.
"""

import numpy as np
import polars as pl
import pytest

from remit.errors import InputError
from remit.results import TABLES
from remit.trial.cut_off import DATED, cut_at, limits_of
from remit.trial.endpoints import Schedule, time_to_event
from remit.trial.estimands.defaults import TIMES_BY_READER, TIMES_WITHOUT_READER
from remit.trial.estimands.endpoint import Endpoint, MrdTest
from remit.trial.estimands.event_times import times
from remit.trial.estimands.responses import responses
from remit.trial.milestones import KEY, milestones

SEEDS = (1, 2)
CUTS = (300.0, 700.0)
LAST = 5000.0
every_seed = pytest.mark.parametrize("seed", SEEDS)
every_cut = pytest.mark.parametrize("cut", CUTS)
TABLE_NAMES = ("adsl", "adrs", *DATED)


def enrolment_of(adsl, seed):
    """Calendar days of first dose; some patients come after the cut-offs, some are not enrolled."""
    subjects = adsl.select("DRAW", "USUBJID").unique(maintain_order=True)
    days = np.random.default_rng(seed + 100).uniform(0, 600, subjects.height)
    return subjects.with_columns(ENRDAY=pl.Series(days))[: subjects.height - 5]


def with_another_future(tables, enrolment, cut):
    """The same tables up to the cut-off, and a different course after it.

    Later rows are dropped or come even later; later days move or go, and so do reasons, grades and
    consequences that a later day has decided.
    """
    limit = limits_of(tables["adsl"], enrolment, cut)
    days = tables["adsl"].select(KEY).with_columns(L=pl.Series(limit))
    ends = tables["adex"].group_by(KEY).agg(E=pl.col("AENDY").max())
    changed = {}
    for name, frame in tables.frames.items():
        own = frame.join(days, on=KEY, how="left", maintain_order="left")
        if name in DATED:
            date = pl.col(DATED[name])
            later = own.filter(date > pl.col("L")).with_columns(date + 3.0)
            own = pl.concat([own.filter(date <= pl.col("L")), later.gather_every(2)])
        if "AENDY" in frame.columns and name != "adex":
            own = own.with_columns(AENDY=pl.when(pl.col("AENDY") <= pl.col("L")).then("AENDY"))
        if name == "adae":
            own = _other_events(own.join(ends, on=KEY, how="left", maintain_order="left"))
        if name == "adex":
            longer = pl.when(pl.col("AENDY") > pl.col("L")).then(pl.col("AENDY") + 50.0).otherwise("AENDY")
            own = own.with_columns(AENDY=longer)
        if name == "adrs":
            own = _other_responses(own, tables["adsl"])
        if name == "adsl":
            own = _other_subjects(own.join(ends, on=KEY, how="left", maintain_order="left"))
        changed[name] = TABLES[name].tidy(own.select(frame.columns))
    return changed


def _other_events(own):
    low = (pl.col("AEDECOD") == "Neutropenia") & pl.col("AENDY").is_null()
    return own.with_columns(
        AETOXGR=pl.when(low).then(pl.lit(1)).otherwise("AETOXGR"),
        AEACN=pl.when(low & (pl.col("E") > pl.col("L"))).then(pl.lit("none")).otherwise("AEACN"),
    )


def _other_responses(own, adsl):
    by_day = pl.col("ADY") > pl.col("L")
    followed = own.join(adsl.select(*KEY, "FUEDY"), on=KEY, how="left", maintain_order="left")
    undecided = pl.col("ADY").is_null() & (pl.col("FUEDY") > pl.col("L")) & (pl.col("PARAMCD") == "EOTRESP")
    worse = pl.when(by_day | undecided).then(pl.lit("PD")).otherwise("AVALC")
    best = pl.when(pl.col("PARAMCD") == "BOR").then(pl.lit("CR")).otherwise(worse)
    later = pl.when(by_day).then(pl.col("ADY") + 5.0).otherwise("ADY")
    return followed.with_columns(AVALC=best, ADY=later)


def _other_subjects(own):
    def moved(name):
        return pl.when(pl.col(name) <= pl.col("L")).then(name)

    def longer(name):
        return pl.when(pl.col(name) > pl.col("L")).then(pl.col(name) + 40.0).otherwise(name).alias(name)

    undecided = pl.col("E") > pl.col("L")
    return own.with_columns(
        *[moved(name) for name in ("LOSTDY", "NEWTXDY", "XOVERDY")],
        longer("TRTEDY"),
        longer("FUEDY"),
        DTHDY=moved("DTHDY"),
        DTHCAUS=pl.when(pl.col("DTHDY") <= pl.col("L")).then("DTHCAUS").otherwise(pl.lit("other")),
        DCSREAS=pl.when(undecided).then(pl.lit("death")).otherwise("DCSREAS"),
        RDI=pl.when(undecided).then(pl.lit(0.1)).otherwise("RDI"),
    )


@pytest.fixture(scope="module")
def both_cuts(pool):
    """Cut tables, and those of the same past with another future, by seed and cut-off."""
    made = {}

    def make(seed, cut):
        if (seed, cut) not in made:
            tables = pool(seed)
            enrolment = enrolment_of(tables["adsl"], seed)
            other = with_another_future(tables, enrolment, cut)
            made[seed, cut] = cut_at(tables.frames, enrolment, cut), cut_at(other, enrolment, cut), other
        return made[seed, cut]

    return make


@every_seed
@every_cut
@pytest.mark.parametrize("name", TABLE_NAMES)
def test_what_is_known_at_the_cut_off_does_not_depend_on_the_future(both_cuts, pool, seed, cut, name):
    known, other, changed = both_cuts(seed, cut)
    assert not changed[name].equals(pool(seed)[name])
    assert known[name].height
    assert known[name].equals(other[name])


@every_seed
@every_cut
@pytest.mark.parametrize("name", TABLE_NAMES)
def test_no_day_after_the_cut_off_survives(both_cuts, pool, seed, cut, name):
    known, _, _ = both_cuts(seed, cut)
    adsl = pool(seed)["adsl"]
    limit = limits_of(adsl, enrolment_of(adsl, seed), cut)
    days = adsl.select(KEY).with_columns(L=pl.Series(limit)).filter(pl.col("L") >= 0)
    own = known[name].join(days, on=KEY, how="left")
    assert not own["L"].is_null().any()
    dated = [each for each in known[name].columns if each == "ADY" or each.endswith("DY")]
    assert dated
    for each in dated:
        assert (own[each].is_null() | (own[each] <= own["L"])).all(), each


@every_seed
@pytest.mark.parametrize("name", TABLE_NAMES)
def test_a_cut_off_after_everything_changes_nothing(pool, seed, name):
    tables = pool(seed)
    subjects = tables["adsl"].select("DRAW", "USUBJID").with_columns(ENRDAY=pl.lit(0.0))
    known = cut_at(tables.frames, subjects, LAST)
    again = cut_at(known, subjects, LAST)
    if name not in ("adrs", "adae"):
        # Best responses of the pool are placeholders, and low counts that never end are graded by samples.
        assert known[name].equals(tables[name])
    assert known[name].equals(again[name])


@every_seed
@every_cut
def test_cutting_twice_is_cutting_at_the_earlier_day_for_rows_that_look_back(pool, seed, cut):
    tables = pool(seed)
    enrolment = enrolment_of(tables["adsl"], seed)
    once, later = (cut_at(tables.frames, enrolment, day) for day in (cut, cut + 120.0))
    twice = cut_at(later, enrolment, cut)
    for name in ("adpc", "adtr", "adlb", "adbm", "admrd", "adex", "adcm"):
        assert twice[name].equals(once[name]), name


@every_seed
@every_cut
def test_times_from_cut_tables_are_those_of_the_pool_at_the_limit(pool, both_cuts, seed, cut):
    tables = pool(seed)
    known, _, _ = both_cuts(seed, cut)
    enrolment = enrolment_of(tables["adsl"], seed)
    schedule = Schedule(tables.scan_days, tables.follow_up)
    limit = limits_of(known["adsl"], enrolment, cut)
    adtte = time_to_event(known["adrs"], known["adsl"], schedule, adex=known["adex"], limit=limit)
    whole = limits_of(tables["adsl"], enrolment, cut)
    enrolled = pl.Series(whole >= 0)
    for reader in ("INV", "IRC"):
        m = milestones(tables["adrs"], tables["adsl"], reader, tables.follow_up)
        for name, each in {**TIMES_BY_READER, **TIMES_WITHOUT_READER}.items():
            found = times(each, m, whole, tables.scan_days)
            kept = enrolled & pl.Series(found.counted)
            wanted = tables["adsl"].select(KEY).with_columns(
                AVAL=pl.Series(found.time), CNSR=pl.Series(found.reason)
            ).filter(kept)  # fmt: skip
            rows = adtte.filter((pl.col("PARAMCD") == name) & pl.col("READER").is_in([reader, ""]))
            assert rows.select("USUBJID").equals(wanted.select("USUBJID")), name
            assert rows["AVAL"].to_list() == wanted["AVAL"].to_list(), name
            assert rows["CNSR"].to_list() == wanted["CNSR"].to_list(), name


STOP = {"discontinuation_toxicity": "composite", "discontinuation_other": "hypothetical"}
BLOOD = MrdTest(compartment="blood", assay="flow_1e-4", threshold=1e-4, window=60.0)
MORE = (
    Endpoint(name="PFSC", variable="PFS", strategies={"new_therapy": "composite", **STOP}),
    Endpoint(name="EFS", variable="EFS", landmark=150.0, remission="CR", strategies=STOP),
    Endpoint(name="RFS", variable="RFS", population="responders", summary="median", remission="CR"),
    Endpoint(name="OSX", variable="OS", strategies={"crossover": "hypothetical", **STOP}),
    Endpoint(
        name="ORR", variable="ORR", summary="rate", strategies={"discontinuation_toxicity": "composite"}
    ),
    Endpoint(name="EOT", variable="EOTORR", summary="rate"),
    Endpoint(name="MRD", variable="UMRD", summary="rate", mrd=BLOOD),
    Endpoint(name="MRDEVER", variable="UMRDEVER", summary="rate", mrd=BLOOD),
)


@every_seed
@every_cut
@pytest.mark.parametrize("endpoint", MORE, ids=lambda each: each.name)
def test_every_kind_of_endpoint_commutes_with_the_cut(pool, both_cuts, seed, cut, endpoint):
    tables, (known, _, _) = pool(seed), both_cuts(seed, cut)
    enrolment = enrolment_of(tables["adsl"], seed)

    def seen(frames):
        m = milestones(
            frames["adrs"],
            frames["adsl"],
            "IRC",
            tables.follow_up,
            adex=frames["adex"],
            admrd=frames["admrd"],
        )
        limit = limits_of(frames["adsl"], enrolment, cut)
        if endpoint.is_time:
            found = times(endpoint, m, limit, tables.scan_days)
            columns = (np.where(found.counted, each, -1) for each in (found.time, found.event, found.reason))
        else:
            said = responses(endpoint, m, limit)
            columns = (said.response, said.evaluable, said.counted)
        rows = frames["adsl"].select("USUBJID").with_columns(L=pl.Series(limit))
        for place, each in enumerate(columns):
            rows = rows.with_columns(pl.Series(f"C{place}", each))
        return rows.filter(pl.col("L") >= 0)

    assert seen(tables).equals(seen(known))


@every_seed
def test_a_trial_sees_only_the_record_of_the_assigned_arm(pool, seed):
    tables = pool(seed, ("a", "b"))
    one = tables["adsl"].select("DRAW", "USUBJID").unique(maintain_order=True)
    arm = np.where(np.arange(one.height) % 2 == 0, "a", "b")
    known = cut_at(tables.frames, one.with_columns(ARM=pl.Series(arm), ENRDAY=pl.lit(0.0)), 300.0)
    assert known["adsl"].height == one.height
    for name, frame in known.items():
        assert frame.select("USUBJID", "ARM").unique().height == frame["USUBJID"].n_unique(), name


def test_tables_that_rest_on_one_another_are_asked_for_together(pool):
    tables, subjects = pool(1), pool(1)["adsl"].select("DRAW", "USUBJID").with_columns(ENRDAY=pl.lit(0.0))
    with pytest.raises(InputError, match="2 problems") as error:
        cut_at({name: tables[name] for name in ("adrs", "adae")}, subjects, 300.0)
    assert {finding.found for finding in error.value.findings} == {"adrs without adsl", "adae without adlb"}
    with pytest.raises(InputError, match="marrow"):
        cut_at({"marrow": tables["adbm"]}, subjects, 300.0)


def test_a_reason_is_not_known_before_treatment_was_ended(pool):
    tables = pool(2)
    subjects = tables["adsl"].select("DRAW", "USUBJID").with_columns(ENRDAY=pl.lit(0.0))
    ended = tables["adsl"].filter((pl.col("DCSREAS") != "ongoing") & (pl.col("TRTEDY") < pl.col("FUEDY")))
    one = ended.row(0, named=True)
    end = tables["adex"].filter(pl.col("USUBJID") == one["USUBJID"])["AENDY"].max()
    for day, reason in ((one["TRTEDY"] / 2 + end / 2, "ongoing"), (end, one["DCSREAS"])):
        row = cut_at(tables.frames, subjects, day)["adsl"].filter(pl.col("USUBJID") == one["USUBJID"])
        assert row["DCSREAS"][0] == reason
        assert (row["RDI"][0] is None) == (reason == "ongoing")
