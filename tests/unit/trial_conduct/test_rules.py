"""Dose rules, and progression as the investigator sees it."""

from dataclasses import replace

import numpy as np
import pytest

from remit.trial import rules
from remit.trial.readers import Measurements
from remit.trial.rules import End, Hold

ALL = np.array([True])
DAY = np.array([56.0])


def history(
    *longest: float, ratio: float = 0.8, spleen: tuple[float, ...] = (), **flags: bool
) -> Measurements:
    n = len(longest)
    size = np.full((1, n, 6), np.nan)
    size[0, :, 0] = longest
    organ = np.array([spleen or (110.0,) * n])
    new, nontarget = np.zeros((1, n), dtype=bool), np.zeros((1, n), dtype=bool)
    new[0, -1], nontarget[0, -1] = flags.get("new_site", False), flags.get("nontarget", False)
    return Measurements(size, size * ratio, organ, new, nontarget, np.array([n - 1]))


@pytest.mark.parametrize(
    ("longest", "expected"),
    [
        ((40.0, 40.0), False),
        ((40.0, 48.9), False),
        ((40.0, 49.8), False),
        ((40.0, 50.0), True),
        ((40.0, 20.0, 29.9), False),
        ((40.0, 20.0, 30.1), True),
        ((30.0, 10.0, 14.9), False),
        ((30.0, 10.0, 15.1), True),
        ((30.0, 12.0, 16.9), False),
        ((30.0, np.nan, 50.0), True),
        ((30.0, np.nan), False),
    ],
)
def test_a_node_progresses_by_size_share_and_millimetres_from_nadir(longest, expected):
    assert rules.progressed(history(*longest))[0] == expected


def test_one_growing_lesion_is_enough_though_the_others_vanish():
    m = history(40.0, 40.0)
    m.longest[0, :, 1], m.shortest[0, :, 1] = (20.0, 35.0), (15.0, 25.0)
    m.longest[0, 1, 0] = m.shortest[0, 1, 0] = 0.0
    assert rules.progressed(m)[0]


@pytest.mark.parametrize(
    ("spleen", "expected"),
    [
        ((110.0, 130.0), False),
        ((112.0, 133.0), True),
        ((120.0, 135.0), False),
        ((170.0, 140.0, 159.0), False),
        ((170.0, 140.0, 161.0), True),
    ],
)
def test_the_spleen_progresses_by_half_of_its_earlier_excess_or_two_centimetres(spleen, expected):
    assert rules.progressed(history(*(20.0,) * len(spleen), spleen=spleen))[0] == expected


def test_new_sites_and_nontarget_progression_count():
    assert rules.progressed(history(20.0, 20.0, new_site=True))[0]
    assert rules.progressed(history(20.0, 20.0, nontarget=True))[0]


def test_a_step_ends_after_its_days_and_the_target_never(setting):
    t = rules.first_day(1)
    assert rules.step_end(t, setting.protocol.regimen)[0] == 7.0
    at_target = replace(t, step=np.array([4]))
    assert np.isinf(rules.step_end(at_target, setting.protocol.regimen)[0])


def test_a_held_patient_takes_nothing_and_says_why(setting):
    t = rules.hold(rules.first_day(1), ALL, Hold.COUNTS, DAY, DAY + 7)
    assert rules.dose_fraction(t, setting.protocol.regimen)[0] == 0.0
    assert rules.DOSE_TEXT[rules.dose_reason(t, setting.protocol.regimen)[0]] == "hold"


def test_a_second_reason_to_hold_waits_for_the_later_check():
    t = rules.hold(rules.first_day(1), ALL, Hold.COUNTS, DAY, DAY + 7)
    later = rules.hold(t, ALL, Hold.EVENT, DAY + 1, DAY + 15)
    assert (later.hold[0], later.hold_start[0], later.recheck[0]) == (Hold.COUNTS, 56.0, 71.0)


def test_a_reduction_leaves_low_ramp_up_steps_as_they_are(setting):
    t = replace(rules.first_day(1), level=np.array([0.5]))
    doses = [
        rules.dose_fraction(replace(t, step=np.array([k])), setting.protocol.regimen)[0] for k in range(5)
    ]
    assert doses == [0.05, 0.125, 0.25, 0.5, 0.5]


def test_treatment_ends_once(setting):
    t = rules.end(rules.first_day(1), ALL, DAY, End.PROGRESSION)
    again = rules.end(t, ALL, DAY + 5, End.DEATH)
    assert (again.ended[0], again.reason[0]) == (56.0, End.PROGRESSION)
    assert rules.dose_fraction(again, setting.protocol.regimen)[0] == 0.0


def test_recovery_asks_no_more_than_baseline(setting):
    counts = np.array([0.9, 0.9]), np.array([60.0, 60.0])
    baseline = np.array([0.8, 3.0]), np.array([200.0, 200.0])
    assert rules.has_recovered(*counts, *baseline, setting.protocol.dose_rules).tolist() == [True, False]


def test_a_patient_who_needs_too_many_starts_leaves_treatment(setting):
    held = rules.hold(rules.first_day(1), ALL, Hold.LYSIS, DAY, DAY + 2)
    t = rules.resume(
        replace(held, starts=np.array([rules.MOST_STARTS])), ALL, DAY + 2, setting.protocol.regimen
    )
    assert t.reason[0] == End.ADVERSE_EVENT
