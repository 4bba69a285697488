"""A patient's course does not depend on who else is treated, nor chance on the arm."""

from dataclasses import replace

import pytest
from polars.testing import assert_frame_equal

from remit.trial.conduct import conduct_arm
from remit.trial.mrd import Sampling
from remit.trial.protocol import Adherence, ArmProtocol


@pytest.fixture
def eventful(setting, background) -> ArmProtocol:
    """A protocol in which much happens by chance."""
    p = setting.protocol
    events = background(
        pneumonia_rate=0.005,
        pneumonia_severe_fraction=0.6,
        nausea_rate=0.01,
        nausea_severe_fraction=0.0,
        discontinuation_probability=0.1,
        death_probability=0.1,
    )
    sampling = Sampling(
        compartment="blood",
        assay="flow_1e-4",
        days=(70.0, 200.0),
        input_cv=0.5,
        least_input=0.2,
        failure_probability=0.1,
    )
    return replace(
        p,
        therapies=(replace(p.therapies[0], background=events),),
        samplings=(sampling,),
        supportive_care=replace(
            p.supportive_care, gcsf_trigger=4.0, gcsf_probability=0.3, red_cell_trigger=140.0
        ),
        biopsy=replace(p.biopsy, cells_counted=500.0, sampling_cv=0.5, failure_probability=0.1),
        adherence=Adherence(share=0.9, missed_run=2.0),
        visits=replace(
            p.visits,
            window_sd=2.0,
            missed_assessment_probability=0.1,
            missed_lab_probability=0.1,
            suspicion_fold=1.2,
            suspicion_probability=0.5,
        ),
        lesions=replace(
            p.lesions, response_spread=0.3, resistant_tilt=1.0, residual_spread=0.3, spleen_probability=0.5
        ),
        readers=replace(p.readers, relative_error=0.06, absolute_error=1.0, selection_difference=0.2),
        laboratory=replace(p.laboratory, neutrophil_cv=0.3, platelet_cv=0.1),
        dropout=replace(p.dropout, withdrawal_rate=0.0005, loss_rate=0.0005, new_therapy_rate=0.01),
        survival=replace(p.survival, death_rate=0.0003, post_progression_rate=0.003),
    )


def test_patients_do_not_depend_on_who_else_is_treated(setting, eventful):
    together = conduct_arm(setting.block(30, 0.01, 0.02), setting.patients(30), eventful, seed=9)
    alone = conduct_arm(setting.block(10, 0.01, 0.02), setting.patients(10, first=20), eventful, seed=9)
    chosen = alone["adsl"]["USUBJID"].to_list()
    for name in ("adsl", "adex", "adtr", "adlb", "adae", "adbm", "admrd", "adcm"):
        theirs = together[name].filter(together[name]["USUBJID"].is_in(chosen))
        assert_frame_equal(theirs, alone[name], check_exact=True)


def test_the_same_patient_has_the_same_lesions_and_visit_days_under_another_arm(setting, eventful):
    other = replace(eventful, arm="mesutoclax", scenario="plateau/ki_shift")
    # A patient whose dose differs keeps the same baseline scan and the same days of scans while both last.
    one = conduct_arm(setting.block(20, 0.0, 0.02), setting.patients(20), eventful, seed=9)["adtr"]
    two = conduct_arm(setting.block(20, 0.0, 0.03), setting.patients(20), other, seed=9)["adtr"]
    baseline = ["USUBJID", "READER", "PARAMCD", "TRLNKID", "AVAL"]
    assert_frame_equal(
        one.filter(one["VISITNUM"] == 0).select(baseline), two.filter(two["VISITNUM"] == 0).select(baseline)
    )
    key = ["USUBJID", "VISITNUM", "ADY"]
    shared = one.select(key).unique().join(two.select(key).unique(), on=["USUBJID", "VISITNUM"])
    assert shared.height > 40
    assert shared["ADY"].to_list() == shared["ADY_right"].to_list()


def test_another_seed_gives_another_course(setting, eventful):
    one = conduct_arm(setting.block(5, 0.0), setting.patients(5), eventful, seed=1)["adtr"]
    two = conduct_arm(setting.block(5, 0.0), setting.patients(5), eventful, seed=2)["adtr"]
    assert not one.equals(two)


def test_nothing_is_recorded_after_follow_up_or_death(setting, eventful):
    tables = conduct_arm(setting.block(60, 0.004), setting.patients(60), eventful, seed=5)
    ends = tables["adsl"].select("USUBJID", "FUEDY", "DTHDY")
    for name in ("adtr", "adlb"):
        late = tables[name].join(ends, on="USUBJID").filter(tables[name]["ADY"] > 0)
        assert (late["ADY"] <= late["FUEDY"]).all()
    events = tables["adae"].join(ends, on="USUBJID")
    assert events.filter(events["ASTDY"] > events["FUEDY"]).is_empty()
    fatal = events.filter(events["AETOXGR"] == 5)
    assert fatal["ASTDY"].to_list() == fatal["DTHDY"].to_list()
