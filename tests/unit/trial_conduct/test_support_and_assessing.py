"""Supportive care by rules, assessments out of schedule, and bone marrow with sampling error."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from remit.trial.assessing import marrow_share
from remit.trial.conduct import conduct_arm
from remit.trial.parameters import Biopsy


def cared(setting, **changes):
    return replace(setting.protocol, supportive_care=replace(setting.protocol.supportive_care, **changes))


def rows(tables, *columns):
    return tables["adcm"].select("CMDECOD", *columns).rows()


def test_filgrastim_is_given_for_some_days_at_low_counts(setting):
    def low(day):
        return np.where((day > 50) & (day < 60), 0.4, 3.0)

    block = setting.block(1, growth=0.0, curves={"neutrophils": low})
    protocol = cared(setting, gcsf_trigger=0.5, gcsf_probability=1.0)
    tables = conduct_arm(block, setting.patients(1), protocol, seed=1)
    assert rows(tables, "ASTDY", "AENDY", "CMREAS") == [("filgrastim", 56.0, 61.0, "treatment")]
    # The drug is held, so that what is given then is filgrastim alone: five daily doses of 1.
    during = [amount[0] for first, amount in block.given if 56.0 <= first[0] < 63.0]
    assert during == [1.0]


def test_transfusions_follow_their_thresholds(setting):
    curves = {"haemoglobin": lambda day: np.where(day > 50, 65.0, 140.0)}
    protocol = cared(setting, red_cell_trigger=70.0)
    tables = conduct_arm(setting.block(1, growth=0.0, curves=curves), setting.patients(1), protocol, seed=1)
    assert [row[:2] for row in rows(tables, "ASTDY")][:2] == [("red_cells", 56.0), ("red_cells", 84.0)]


def test_rasburicase_precedes_the_first_dose_at_high_risk_only(setting):
    lymphocytes = {"lymphocytes": lambda day: 0 * day + 40.0}
    big = replace(setting.protocol.lesions, longest_diameter=70.0, longest_diameter_spread=0.0)
    protocol = replace(cared(setting, prophylaxis_class=2.0), lesions=big)
    high = conduct_arm(setting.block(1, growth=0.0, curves=lymphocytes), setting.patients(1), protocol, 1)
    low = conduct_arm(setting.block(1, growth=0.0), setting.patients(1), protocol, seed=1)
    assert rows(high, "ASTDY", "CMREAS") == [("rasburicase", 0.0, "prophylaxis")]
    assert high["adsl"]["TLSRISK"].to_list() == ["high"]
    assert not rows(low) and low["adsl"]["TLSRISK"].to_list() == ["intermediate"]


def test_urate_is_treated_in_the_days_after_a_dose_step_and_not_later(setting):
    def urate(start, stop):
        return {"urate": lambda day: np.where((day > start) & (day < stop), 0.6, 0.3)}

    protocol = cared(setting, urate_trigger=0.5)
    early = conduct_arm(setting.block(1, 0.0, curves=urate(7.5, 8.5)), setting.patients(1), protocol, 1)
    late = conduct_arm(setting.block(1, 0.0, curves=urate(80.0, 90.0)), setting.patients(1), protocol, 1)
    assert rows(early, "ASTDY", "CMREAS") == [("rasburicase", 8.0, "treatment")]
    assert not rows(late)


def test_growth_between_scans_may_lead_to_one_out_of_schedule(setting):
    visits = replace(
        setting.protocol.visits, assessment_interval=112.0, suspicion_fold=1.5, suspicion_probability=1.0
    )
    protocol = replace(setting.protocol, visits=visits)
    large = replace(protocol.lesions, longest_diameter=60.0, longest_diameter_spread=0.0)
    protocol = replace(protocol, lesions=large)
    patients = setting.patients(4, residual_share=0.0)
    tables = conduct_arm(setting.block(4, growth=0.01), patients, protocol, seed=1)
    # Up by half after ln(1.5) / 0.01 = 41 days; products by half after 61: seen at the visits of days 56, 84.
    scans = tables["adtr"].select("USUBJID", "VISITNUM", "ADY").unique()
    own = scans.filter(pl.col("USUBJID") == "0000-00000").sort("ADY").select("VISITNUM", "ADY").rows()
    assert own == [(0.0, 0.0), (0.5, 56.0), (1.0, 112.0)]
    silent = replace(protocol, visits=replace(visits, suspicion_probability=0.0))
    planned = conduct_arm(setting.block(4, growth=0.01), patients, silent, seed=1)["adtr"]
    assert (planned["VISITNUM"] % 1 == 0).all()


def test_what_is_not_measured_has_no_rows(setting):
    protocol = replace(setting.protocol, measured=("ANC", "PLAT"))
    tables = conduct_arm(setting.block(2, growth=0.0), setting.patients(2), protocol, seed=1)
    assert set(tables["adlb"]["PARAMCD"]) == {"ANC", "PLAT"}


@pytest.mark.parametrize("true", [0.02, 0.4])
def test_a_marrow_sample_is_binomial_around_a_patchy_truth(true):
    n = 4000
    biopsy = Biopsy(cells_counted=500.0, sampling_cv=0.0, failure_probability=0.2)
    slot = np.full(n, 2)
    share = marrow_share(1, np.arange(n), np.full(n, true), slot, biopsy)
    read = share[~np.isnan(share)]
    assert abs(np.isnan(share).mean() - 0.2) < 4 * np.sqrt(0.16 / n)
    assert abs(read.mean() - true) < 4 * np.sqrt(true / 500 / read.size)
    # A Poisson number of cells: its variance is at most 1 / (1 - share) times that of a binomial one.
    assert read.std() == pytest.approx(np.sqrt(true / 500), rel=0.05)


def test_the_sample_at_baseline_is_always_read():
    biopsy = Biopsy(cells_counted=500.0, sampling_cv=0.3, failure_probability=1.0)
    share = marrow_share(1, np.arange(50), np.full(50, 0.3), np.zeros(50, dtype=np.int64), biopsy)
    assert not np.isnan(share).any()
