"""Arms of several drugs: lead-in, cycles, fixed duration, stopping with undetectable disease, adherence."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from remit.trial.conduct import conduct_arm
from remit.trial.mrd import Sampling
from remit.trial.parameters import Crossover
from remit.trial.protocol import Adherence, MrdStop

RAMP_UP = "20 mg q24h x 7 then 50 mg q24h x 7 then 400 mg q24h"


def with_drugs(setting, *therapies, **changes):
    return replace(setting.protocol, therapies=therapies, **changes)


def patients(setting, n, n_drugs, **changes):
    return setting.patients(n, amount=np.full((n, n_drugs), 1000.0), **changes)


def periods(tables, name):
    own = tables["adex"].filter((pl.col("EXTRT") == name) & (pl.col("USUBJID") == "0000-00000"))
    return own.select("ASTDY", "AENDY", "EXDOSE", "EXREAS", "EXSTEP").rows()


def test_a_lead_in_precedes_the_ramp_up_and_both_end_as_planned(setting, drug):
    protocol = with_drugs(
        setting,
        drug("orelabrutinib 150 mg q24h until day 250", kind="btk_inhibitor", dosed_state=3),
        drug(f"venetoclax {RAMP_UP} from day 84 until day 250"),
    )
    tables = conduct_arm(setting.block(2, growth=0.0), patients(setting, 2, 2), protocol, seed=1)
    assert periods(tables, "orelabrutinib") == [(0.0, 250.0, 1.0, "target", 1)]
    assert periods(tables, "venetoclax") == [
        (84.0, 91.0, 0.05, "ramp-up", 1),
        (91.0, 98.0, 0.125, "ramp-up", 2),
        (98.0, 250.0, 1.0, "target", 3),
    ]
    assert tables["adsl"]["DCSREAS"].to_list() == ["completed"] * 2
    assert tables["adsl"]["TRTEDY"].to_list() == [249.0] * 2
    # Followed on without treatment, and not on the way to another one.
    assert tables["adsl"]["FUEDY"].to_list() == [336.0] * 2


def test_tumour_lysis_is_watched_after_steps_of_the_bcl2_inhibitor(setting, drug):
    def raised(limit, value):
        return lambda day: np.where((day > 84.2) & (day < 85.5), value, limit)

    curves = {"potassium": raised(4.0, 6.5), "phosphate": raised(1.0, 2.0)}
    protocol = with_drugs(
        setting,
        drug("orelabrutinib 150 mg q24h", kind="btk_inhibitor", dosed_state=3, holds=frozenset({"counts"})),
        drug(f"venetoclax {RAMP_UP} from day 84"),
    )
    block = setting.block(1, growth=0.0, curves=curves)
    tables = conduct_arm(block, patients(setting, 1, 2), protocol, seed=1)
    assert tables["adae"]["AEDECOD"].to_list() == ["Laboratory tumour lysis syndrome"]
    assert periods(tables, "venetoclax")[:3] == [
        (84.0, 85.0, 0.05, "ramp-up", 1),
        (85.0, 87.0, 0.0, "hold", 1),
        (87.0, 94.0, 0.05, "repeat step", 1),
    ]
    assert periods(tables, "orelabrutinib") == [(0.0, 336.0, 1.0, "target", 1)]


def test_what_was_abnormal_before_the_first_dose_of_the_watched_drug_does_not_count(setting, drug):
    def risen(limit, value):
        return lambda day: np.where(day > 40.0, value, limit)

    curves = {"potassium": risen(4.0, 6.5), "phosphate": risen(1.0, 2.0)}
    protocol = with_drugs(
        setting,
        drug("orelabrutinib 150 mg q24h", kind="btk_inhibitor", dosed_state=3),
        drug(f"venetoclax {RAMP_UP} from day 84"),
    )
    tables = conduct_arm(
        setting.block(1, growth=0.0, curves=curves), patients(setting, 1, 2), protocol, seed=1
    )
    assert tables["adae"].is_empty()


def test_doses_of_a_cycle_fall_on_its_days_and_cycles_wait_for_counts(setting, drug):
    def low(day):
        return np.where((day > 20) & (day < 30), 0.4, 3.0)

    protocol = with_drugs(
        setting, drug("azacitidine 75 mg/m2 q24h x 7 every 28 d x 3", kind="cytotoxic", is_reduced=False)
    )
    block = setting.block(1, growth=0.0, curves={"neutrophils": low})
    tables = conduct_arm(block, patients(setting, 1, 1), protocol, seed=1)
    assert periods(tables, "azacitidine") == [
        (0.0, 28.0, 1.0, "cycle", 1),
        (28.0, 35.0, 0.0, "hold", 1),
        (35.0, 63.0, 1.0, "cycle", 2),
        (63.0, 91.0, 1.0, "cycle", 3),
    ]
    assert tables["adsl"]["TRTEDY"].to_list() == [69.0]
    assert tables["adsl"]["DCSREAS"].to_list() == ["completed"]
    event = tables["adae"].select("AEDECOD", "AEACN").rows()
    assert event == [("Neutropenia", "held")]


def test_amounts_of_drugs_are_their_own(setting, drug):
    protocol = with_drugs(
        setting, drug("venetoclax 400 mg q24h"), drug("rituximab 375 mg/m2 q28d x 2", kind="antibody")
    )
    block = setting.block(1, growth=0.0)
    amounts = setting.patients(1, amount=np.array([[10.0, 7.0]]))
    conduct_arm(block, amounts, protocol, seed=1)
    # One record of each on the first day; the second cycle of the antibody begins on day 28.
    assert block.given[1][1][0] == 17.0
    given = {first[0]: amount[0] for first, amount in block.given}
    assert given[28.0] == 17.0


@pytest.mark.parametrize(("consecutive", "day"), [(1, 100.0), (2, 200.0)])
def test_treatment_stops_when_enough_samples_in_a_row_are_undetectable(setting, drug, consecutive, day):
    def fraction(time):
        return np.where(time > 90, 0.0, 0.1)

    sampling = Sampling(
        compartment="blood", assay="flow_1e-4", days=(50.0, 100.0, 200.0, 300.0), input_cv=0.0,
        least_input=0.0, failure_probability=0.0,
    )  # fmt: skip
    stop = MrdStop(
        compartment="blood", assay="flow_1e-4", earliest=60.0, consecutive=consecutive, drugs=("venetoclax",)
    )
    protocol = with_drugs(
        setting,
        drug("venetoclax 400 mg q24h"),
        drug("orelabrutinib 150 mg q24h", kind="btk_inhibitor", dosed_state=3),
        samplings=(sampling,),
        mrd_stop=stop,
    )
    block = setting.block(2, growth=0.0, curves={"mrd_blood": fraction})
    tables = conduct_arm(block, patients(setting, 2, 2), protocol, seed=1)
    assert periods(tables, "venetoclax")[-1][1] == day
    assert periods(tables, "orelabrutinib")[-1][1] == 336.0
    own = tables["admrd"].filter(pl.col("USUBJID") == "0000-00000").sort("ADY")
    assert own["AVALC"].to_list() == ["detectable", "undetectable", "undetectable", "undetectable"]
    assert own["LIMIT"].unique().to_list() == [1e-4]


def test_missed_doses_are_as_many_as_adherence_says(setting, drug):
    protocol = with_drugs(
        setting, drug("venetoclax 400 mg q24h"), adherence=Adherence(share=0.8, missed_run=2.0)
    )
    block = setting.block(40, growth=0.0)
    conduct_arm(block, patients(setting, 40, 1), protocol, seed=1)
    taken = sum(amount.sum() for _, amount in block.given) / 1000.0
    planned = 40 * 336
    # Runs of two make the variance of the share larger than that of independent doses.
    error = np.sqrt(planned * 0.8 * 0.2 * 3)
    assert abs(taken - 0.8 * planned) < 4 * error


def test_crossing_over_is_the_next_therapy_and_changes_survival(setting, drug):
    dying = replace(setting.protocol.survival, post_progression_rate=0.01)
    plain = with_drugs(setting, drug("venetoclax 400 mg q24h"), survival=dying)
    crossing = replace(plain, crossover=Crossover(probability=1.0, delay=1.0, fold=0.1))
    found = {
        name: conduct_arm(setting.block(60, growth=0.05), patients(setting, 60, 1), protocol, seed=1)["adsl"]
        for name, protocol in (("plain", plain), ("crossing", crossing))
    }
    assert found["plain"]["XOVERDY"].null_count() == 60
    crossed = found["crossing"].filter(pl.col("XOVERDY").is_not_null())
    assert crossed.height > 50
    assert crossed["XOVERDY"].to_list() == crossed["NEWTXDY"].to_list()
    assert found["crossing"]["DTHDY"].null_count() > found["plain"]["DTHDY"].null_count()
