"""Background events, dropout and survival: rates, causes, and what is not modelled."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from remit.trial.background import not_modelled, sample_events
from remit.trial.conduct import conduct_arm
from remit.trial.survival import time_to_death


def test_an_event_without_a_rate_is_named_as_not_modelled(background):
    known = background(nausea_rate=0.01)
    assert "Nausea" not in not_modelled(known)
    assert "Nausea, grade 3 or more" in not_modelled(known)
    assert "Pneumonia" in not_modelled(known) and "Febrile neutropenia" in not_modelled(known)


def test_a_rate_of_zero_is_modelled_and_gives_no_event(background):
    none = background(nausea_rate=0.0, nausea_severe_fraction=0.0)
    assert not any(name.startswith("Nausea") for name in not_modelled(none))
    assert not np.isfinite(sample_events(1, np.arange(10), none, 300.0).time).any()


def test_events_come_at_their_rate_and_severity(background):
    known = background(pneumonia_rate=0.01, pneumonia_severe_fraction=0.3)
    events = sample_events(1, np.arange(500), known, 400.0)
    happened = np.isfinite(events.time)
    expected = 500 * 400 * 0.01
    assert happened.sum() == pytest.approx(expected, abs=4 * np.sqrt(expected))
    severe = (events.grade[happened] >= 3).mean()
    assert severe == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / happened.sum()))


def test_events_of_one_kind_do_not_depend_on_another(background):
    alone = sample_events(1, np.arange(5), background(nausea_rate=0.02), 300.0)
    both = sample_events(1, np.arange(5), background(nausea_rate=0.02, bleeding_rate=0.02), 300.0)
    nausea = np.where(both.kind == both.names.index("Nausea"), both.time, np.inf)
    np.testing.assert_array_equal(np.sort(nausea, axis=1)[:, : alone.time.shape[1]], alone.time)


def test_a_severe_event_interrupts_and_may_end_treatment_or_life(setting, background):
    def conduct(**changes):
        events = background(pneumonia_rate=0.004, pneumonia_severe_fraction=1.0, **changes)
        given = replace(setting.protocol.therapies[0], background=events)
        protocol = replace(setting.protocol, therapies=(given,))
        return conduct_arm(setting.block(20, growth=0.0), setting.patients(20), protocol, seed=2)

    held = conduct()
    first = held["adae"].group_by("USUBJID").agg(pl.col("ASTDY").min())
    holds = (
        held["adex"].filter(pl.col("EXREAS") == "hold").group_by("USUBJID").agg(start=pl.col("ASTDY").min())
    )
    joined = first.join(holds, on="USUBJID")
    assert joined["ASTDY"].to_list() == joined["start"].to_list()
    assert set(conduct(discontinuation_probability=1.0)["adsl"]["DCSREAS"]) == {"adverse event", "ongoing"}
    fatal = conduct(death_probability=1.0)
    assert set(fatal["adsl"]["DCSREAS"]) == {"death", "ongoing"}
    assert fatal["adsl"]["DTHCAUS"].drop_nulls().unique().to_list() == ["adverse event"]


def test_withdrawal_and_loss_end_follow_up_and_hide_death(setting):
    p = setting.protocol
    gone = replace(
        p,
        dropout=replace(p.dropout, withdrawal_rate=0.002, loss_rate=0.002),
        survival=replace(p.survival, death_rate=0.002),
    )
    adsl = conduct_arm(setting.block(60, growth=0.0), setting.patients(60), gone, seed=2)["adsl"]
    assert set(adsl["DCSREAS"]) == {"withdrawal", "lost to follow-up", "death", "ongoing"}
    left = adsl.filter(pl.col("DCSREAS").is_in(["withdrawal", "lost to follow-up"]))
    assert left["DTHDY"].is_null().all() and left["LOSTDY"].to_list() == left["FUEDY"].to_list()
    dead = adsl.filter(pl.col("DCSREAS") == "death")
    assert dead["DTHDY"].to_list() == dead["FUEDY"].to_list()


def test_other_therapy_after_treatment_ends_response_follow_up(setting):
    p = setting.protocol
    changed = replace(p, dropout=replace(p.dropout, discontinuation_rate=0.01, new_therapy_rate=0.05))
    adsl = conduct_arm(setting.block(30, growth=0.0), setting.patients(30), changed, seed=2)["adsl"]
    switched = adsl.filter(pl.col("NEWTXDY").is_not_null())
    assert switched.height > 10
    assert switched["NEWTXDY"].to_list() == switched["FUEDY"].to_list()
    assert (switched["NEWTXDY"] > switched["TRTEDY"]).all()


def test_later_therapy_slows_death_after_progression():
    hazard = np.array([0.5, 0.5, 2.0])
    delay = np.array([np.inf, 100.0, 100.0])
    found = time_to_death(hazard, delay, 0.01, np.full(3, 0.5))
    np.testing.assert_allclose(found, [50.0, 50.0, 100 + 1.0 / 0.005])


def test_death_after_progression_is_of_disease(setting):
    protocol = replace(
        setting.protocol, survival=replace(setting.protocol.survival, post_progression_rate=0.02)
    )
    adsl = conduct_arm(setting.block(30, growth=0.02), setting.patients(30), protocol, seed=2)["adsl"]
    dead = adsl.filter(pl.col("DTHDY").is_not_null())
    assert dead.height > 10
    assert dead["DTHCAUS"].unique().to_list() == ["disease"]
    assert (dead["DTHDY"] > dead["FUEDY"]).all()
