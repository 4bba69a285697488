"""A whole arm, conducted on patients whose course has a closed form."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from remit import results
from remit.errors import InputError
from remit.trial.conduct import conduct_arm


def investigator(adtr: pl.DataFrame, code: str) -> pl.DataFrame:
    return adtr.filter((pl.col("READER") == "INV") & (pl.col("PARAMCD") == code))


def test_tables_are_those_declared_with_unique_keys(setting):
    tables = conduct_arm(setting.block(6), setting.patients(6), setting.protocol, seed=1)
    for name in ("adsl", "adex", "adpc", "adtr", "adlb", "adae", "adbm", "admrd", "adcm"):
        declared = results.TABLES[name]
        assert dict(tables[name].schema) == declared.schema()
        assert not tables[name].select(list(declared.key)).is_duplicated().any()


def with_nodes_of(protocol, longest):
    """Every target lesion with the same longest diameter [mm]."""
    return replace(
        protocol, lesions=replace(protocol.lesions, longest_diameter=longest, longest_diameter_spread=0.0)
    )


@pytest.mark.parametrize(("growth", "day"), [(0.006, 112.0), (0.005, 168.0)])
def test_an_untreated_tumour_progresses_at_the_first_scan_that_shows_half_as_much_again(setting, growth, day):
    # Products go with exp(2/3 g t): up by half after ln(1.5) * 1.5 / g = 101 or 122 days.
    protocol = with_nodes_of(setting.protocol, 60.0)
    patients = setting.patients(8, residual_share=0.0)
    adsl = conduct_arm(setting.block(8, growth=growth), patients, protocol, seed=1)["adsl"]
    assert adsl["DCSREAS"].to_list() == ["progression"] * 8
    assert adsl["FUEDY"].to_list() == [day] * 8


def test_small_nodes_must_also_grow_by_a_centimetre(setting):
    # A node of 30 mm is up by 10 mm after 3 ln(4/3) / 0.006 = 144 days.
    protocol = with_nodes_of(setting.protocol, 30.0)
    patients = setting.patients(8, residual_share=0.0)
    adsl = conduct_arm(setting.block(8, growth=0.006), patients, protocol, seed=1)["adsl"]
    assert adsl["FUEDY"].to_list() == [168.0] * 8


def test_a_residual_mass_keeps_large_nodes_above_the_size_of_complete_response(setting):
    protocol = replace(
        setting.protocol,
        lesions=replace(setting.protocol.lesions, longest_diameter=80.0, longest_diameter_spread=0.0),
    )
    cleared = {}
    for share in (0.0, 0.2):
        tables = conduct_arm(
            setting.block(5, growth=0.0, kill=1.0), setting.patients(5, residual_share=share), protocol, 1
        )
        last = investigator(tables["adtr"], "LDIAM").filter(pl.col("VISITNUM") == 1)["AVAL"]
        cleared[share] = last.max()
    assert cleared[0.0] < 15
    # The share is of the product, so a diameter keeps its square root.
    assert cleared[0.2] == pytest.approx(80 * np.sqrt(0.2), rel=1e-6)


def test_readers_without_error_reproduce_the_truth(setting):
    tables = conduct_arm(
        setting.block(4, growth=0.003), setting.patients(4, residual_share=0.0), setting.protocol, seed=1
    )
    longest = investigator(tables["adtr"], "LDIAM")
    first = longest.filter(pl.col("VISITNUM") == 0)["AVAL"].to_numpy()
    second = longest.filter(pl.col("VISITNUM") == 1)["AVAL"].to_numpy()
    np.testing.assert_allclose(second / first, np.exp(0.003 * 56 / 3), rtol=1e-9)
    for code in ("LDIAM", "SDIAM", "SUMPPD", "SPLEEN"):
        both = tables["adtr"].filter(pl.col("PARAMCD") == code).partition_by("READER")
        assert both[0]["AVAL"].to_list() == both[1]["AVAL"].to_list()


def test_no_dose_is_given_after_treatment_has_ended(setting):
    block = setting.block(4, growth=0.02)
    tables = conduct_arm(block, setting.patients(4), setting.protocol, seed=1)
    end = tables["adsl"]["FUEDY"].to_numpy()
    assert np.all(tables["adsl"]["TRTEDY"].to_numpy() < end)
    assert tables["adex"]["AENDY"].max() <= end.max()
    for first, amount in block.given:
        assert np.all(amount[first >= end] == 0)


def test_dose_amounts_follow_ramp_up_bioavailability_and_dose_exponent(setting):
    block = setting.block(1, growth=0.0)
    patients = setting.patients(1, amount=np.array([[460_600.0 * 1.3]]))
    conduct_arm(block, patients, setting.protocol, seed=1)
    fractions = np.array([0.05, 0.125, 0.25, 0.5, 1.0])
    given = {first[0]: amount[0] for first, amount in block.given if amount[0] > 0}
    at_steps = np.array([given[day] for day in (0.0, 7.0, 14.0, 21.0, 28.0)])
    np.testing.assert_allclose(at_steps, 460_600 * 1.3 * fractions**0.822, rtol=1e-12)


def test_doses_keep_their_daily_rhythm_across_visits_at_odd_hours(setting, background):
    events = background(pneumonia_rate=0.05, pneumonia_severe_fraction=1.0, hold_duration=0.0)
    block = setting.block(3, growth=0.0)
    given = replace(setting.protocol.therapies[0], background=events)
    conduct_arm(block, setting.patients(3), replace(setting.protocol, therapies=(given,)), seed=4)
    firsts = np.concatenate([first[amount > 0] for first, amount in block.given])
    visits = np.concatenate(block.stops)
    assert np.any(visits % 1 != 0)
    assert np.all(firsts % 1 == 0)


def test_a_missed_scan_has_no_rows(setting):
    protocol = replace(
        setting.protocol, visits=replace(setting.protocol.visits, missed_assessment_probability=0.5)
    )
    tables = conduct_arm(setting.block(20, growth=0.0), setting.patients(20), protocol, seed=3)
    seen = tables["adtr"].filter(pl.col("VISITNUM") > 0).select("USUBJID", "VISITNUM").unique().height
    planned = 20 * 5
    assert 0 < seen < planned
    assert abs(seen - planned / 2) < 4 * np.sqrt(planned * 0.25)


def test_a_patient_whose_solve_fails_keeps_the_status_and_is_not_dropped(setting):
    tables = conduct_arm(
        setting.block(3, growth=0.0, fails_at={1: 100.0}), setting.patients(3), setting.protocol, seed=1
    )
    adsl = tables["adsl"]
    assert adsl["STATUS"].to_list() == ["OK", "STEP_LIMIT", "OK"]
    assert adsl["DCSREAS"].to_list() == ["ongoing", "not evaluable", "ongoing"]
    assert adsl["FUEDY"][1] <= 100 and adsl["DTHDY"][1] is None
    assert tables["adtr"]["AVAL"].is_not_nan().all()


def test_grade_four_neutropenia_holds_doses_and_recovery_brings_them_back(setting):
    def neutrophils(day):
        return np.where((day > 50) & (day < 60), 0.4, 3.0)

    block = setting.block(1, growth=0.0, curves={"neutrophils": neutrophils})
    tables = conduct_arm(block, setting.patients(1), setting.protocol, seed=1)
    periods = tables["adex"].select("ASTDY", "AENDY", "EXDOSE", "EXREAS").rows()
    assert (56.0, 63.0, 0.0, "hold") in periods
    assert periods[-1] == (63.0, 336.0, 1.0, "target")
    event = tables["adae"].select("AEDECOD", "AETOXGR", "ASTDY", "AENDY").rows()
    assert event == [("Neutropenia", 4, 56.0, 63.0)]


def test_a_second_hold_for_counts_reduces_the_dose(setting):
    def platelets(day):
        return np.where(((day > 50) & (day < 60)) | ((day > 110) & (day < 115)), 20.0, 200.0)

    block = setting.block(1, growth=0.0, curves={"platelets": platelets})
    tables = conduct_arm(block, setting.patients(1), setting.protocol, seed=1)
    last = tables["adex"].row(-1, named=True)
    assert (last["EXDOSE"], last["EXREAS"]) == (0.5, "reduction")


def test_counts_that_never_recover_end_treatment(setting):
    def neutrophils(day):
        return np.where(day > 50, 0.4, 3.0)

    block = setting.block(1, growth=0.0, curves={"neutrophils": neutrophils})
    tables = conduct_arm(block, setting.patients(1), setting.protocol, seed=1)
    assert tables["adsl"]["DCSREAS"].to_list() == ["adverse event"]
    assert tables["adsl"]["TRTEDY"].to_list() == [55.0]
    assert tables["adsl"]["FUEDY"].to_list() == [336.0]


def test_laboratory_tumour_lysis_repeats_the_ramp_up_step(setting):
    def raised(limit, value):
        return lambda day: np.where((day > 7.5) & (day < 8.5), value, limit)

    curves = {"potassium": raised(4.0, 6.5), "phosphate": raised(1.0, 2.0)}
    block = setting.block(1, growth=0.0, curves=curves)
    tables = conduct_arm(block, setting.patients(1), setting.protocol, seed=1)
    assert tables["adae"]["AEDECOD"].to_list() == ["Laboratory tumour lysis syndrome"]
    periods = tables["adex"].select("ASTDY", "AENDY", "EXDOSE", "EXREAS").rows()[1:4]
    assert periods == [
        (7.0, 8.0, 0.125, "ramp-up"),
        (8.0, 10.0, 0.0, "hold"),
        (10.0, 17.0, 0.125, "repeat step"),
    ]


def test_an_excursion_between_samples_is_not_seen(setting):
    def hidden(limit, value):
        return lambda day: np.where((day > 9.0) & (day < 13.0), value, limit)

    curves = {"potassium": hidden(4.0, 6.5), "phosphate": hidden(1.0, 2.0)}
    tables = conduct_arm(
        setting.block(1, growth=0.0, curves=curves), setting.patients(1), setting.protocol, seed=1
    )
    assert tables["adae"].is_empty()


def test_marrow_is_repeated_only_when_scans_suggest_complete_response(setting):
    def infiltration(day):
        return np.where(day < 100, 0.3, 0.0)

    curves = {"marrow_infiltration": infiltration}
    patients = setting.patients(2, residual_share=0.0)
    responding, growing = (
        conduct_arm(setting.block(2, 0.0, kill, curves=curves), patients, setting.protocol, seed=1)[
            "adbm"
        ].filter(pl.col("PARAMCD") == "INVOLVED")
        for kill in (0.5, 0.0)
    )
    first = responding.filter(pl.col("USUBJID") == "0000-00000")
    assert first.select("ADY", "AVAL").rows() == [(0.0, 1.0), (56.0, 1.0), (112.0, 0.0)]
    assert growing["ADY"].to_list() == [0.0, 0.0]


def test_missing_covariates_and_a_short_follow_up_are_reported_together(setting):
    patients = replace(setting.patients(2), covariates=setting.patients(2).covariates.drop("KI67"))
    with pytest.raises(InputError) as caught:
        conduct_arm(setting.block(2), patients, replace(setting.protocol, follow_up=20.0), seed=1)
    assert "KI67" in str(caught.value)
    assert "follow_up" in str(caught.value)
