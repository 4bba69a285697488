"""From result tables to the analysis data set and its tables, on patients whose course is written by hand.

Standing: developer. Dose intensity and outcomes are counted by hand; rates of the larger world are those of
its own tables.
"""

import numpy as np
import polars as pl
import pytest
from tests.unit.exposure_response.world import ARMS, PLAN, frame, world

from remit.errors import InputError
from remit.trial.dose_comparison import change_in_words, dose_comparison, trend_in_words
from remit.trial.exposure_forest import ArmContrast, Grouping, exposure_forest, groups_of
from remit.trial.exposure_response import (
    DoseArm,
    ExposurePlan,
    MrdPoint,
    allocated_arm,
    analysis_set,
    covariate_columns,
    mean_dose_fraction,
)
from remit.trial.exposure_tables import ALL_DOSES, DECLARED, exposure_tables, pool_weight

COVARIATES = ("BCL2EXP", "REGION")


@pytest.fixture(scope="module")
def made():
    return world(draws=12, patients=40)


@pytest.fixture(scope="module")
def found(made):
    return exposure_tables(made.tables, PLAN, 3, COVARIATES)


def few():
    """Four patients of one dose: with response, without, not evaluable, and without exposure."""
    who = [f"0000-{k:05d}" for k in range(4)]
    keys = {"ARM": ["full"] * 4, "SCENARIO": ["base"] * 4, "DRAW": [0] * 4, "USUBJID": who}
    adsl = frame("adsl", keys | {
        "EXPOREL": [1.0, 2.0, 0.5, None], "WEIGHT_POP": [1.0] * 4, "STATUS": ["OK"] * 4,
        "TRTEDY": [100.0, 40.0, 20.0, 60.0], "RDI": [0.9, 0.5, 0.1, 0.8],
        "DCSREAS": ["ongoing", "adverse event", "progression", "ongoing"],
    })  # fmt: skip
    adex = frame("adex", {name: values + values[:1] for name, values in keys.items()} | {
        "EXTRT": ["venetoclax"] * 5, "ASTDY": [0.0, 0.0, 0.0, 0.0, 20.0],
        "AENDY": [20.0, 40.0, 20.0, 60.0, 100.0], "EXDOSE": [0.5, 0.5, 0.1, 1.0, 1.0],
        "EXREAS": ["target"] * 5,
    })  # fmt: skip
    adrs = frame("adrs", {name: values[:3] + values[:1] for name, values in keys.items()} | {
        "READER": ["IRC"] * 4, "ADY": [80.0, 40.0, None, 60.0], "VISITNUM": [-1.0, -1.0, -1.0, 1.0],
        "PARAMCD": ["BOR", "BOR", "BOR", "OVRLRESP"], "AVALC": ["CR", "SD", "NE", "PR"],
    })  # fmt: skip
    adlb = frame("adlb", {name: [values[k] for k in (0, 0, 1, 1, 2)] for name, values in keys.items()} | {
        "ADY": [0.0, 30.0, 0.0, 30.0, 0.0], "PARAMCD": ["ANC"] * 5, "ATOXGR": [0, 4, 3, 3, 0],
        "VISITNUM": [0.0, 4.0, 0.0, 4.0, 0.0], "AVAL": [3.0, 0.2, 0.8, 0.8, 3.0],
    })  # fmt: skip
    adae = frame("adae", {name: values[:1] for name, values in keys.items()} | {
        "AEDECOD": ["Laboratory tumour lysis syndrome"], "AETOXGR": [3], "ASTDY": [8.0], "AENDY": [9.0],
    })  # fmt: skip
    admrd = frame("admrd", {name: values[:3] for name, values in keys.items()} | {
        "ADY": [90.0, 90.0, 90.0], "VISIT": ["EOT"] * 3, "COMPART": ["blood"] * 3, "ASSAY": ["flow"] * 3,
        "AVALC": ["undetectable", "failed", "detectable"],
    })  # fmt: skip
    return {"adsl": adsl, "adex": adex, "adrs": adrs, "adlb": adlb, "adae": adae, "admrd": admrd}


ALONE = ExposurePlan(
    arms=(DoseArm(arm="full", dose="400 mg", fold=2.0),), reference="full", drug="venetoclax", reader="IRC",
    responders=("CR", "PR"), complete=("CR",), mrd=MrdPoint(visit="EOT", compartment="blood", assay="flow"),
)  # fmt: skip


def outcome(rows, endpoint, metric="steady state"):
    part = rows.filter((pl.col("ENDPOINT") == endpoint) & (pl.col("METRIC") == metric))
    return {row["USUBJID"][-1]: row for row in part.iter_rows(named=True)}


def test_outcomes_count_who_they_should():
    rows = analysis_set(few(), ALONE)
    assert {k: v["AVAL"] for k, v in outcome(rows, "ORR").items()} == {"0": 1, "1": 0, "2": 0}
    assert {k: v["AVAL"] for k, v in outcome(rows, "CR").items()} == {"0": 1, "1": 0, "2": 0}
    assert {k: v["AVAL"] for k, v in outcome(rows, "UMRD").items()} == {"0": 1, "1": 0, "2": 0}
    assert {k: v["AVAL"] for k, v in outcome(rows, "TLS").items()} == {"0": 1, "1": 0, "2": 0}
    assert {k: v["AVAL"] for k, v in outcome(rows, "DISCAE").items()} == {"0": 0, "1": 1, "2": 0}
    # Grade 3 that was there at baseline is not new; who has no sample after the first dose does not count.
    assert {k: v["AVAL"] for k, v in outcome(rows, "NEUT3").items()} == {"0": 1, "1": 0}


def test_exposure_is_that_of_the_patient_times_the_fold_of_the_dose():
    rows = outcome(analysis_set(few(), ALONE), "ORR")
    assert {k: v["EXPOSURE"] for k, v in rows.items()} == {"0": 2.0, "1": 4.0, "2": 1.0}
    assert rows["0"]["EVENTDY"] == 60.0


def test_exposure_to_the_event_is_weighted_by_the_doses_taken_until_then():
    rows = analysis_set(few(), ALONE)
    # 20 days at a half and 40 at one until the response on day 60; without one, all of the treatment.
    response = outcome(rows, "ORR", "to event")
    assert response["0"]["EXPOSURE"] == pytest.approx(2.0 * (20 * 0.5 + 40) / 60)
    assert response["1"]["EXPOSURE"] == pytest.approx(4.0 * 0.5)
    assert outcome(rows, "TLS", "to event")["0"]["EXPOSURE"] == pytest.approx(2.0 * 0.5)


def test_a_hold_counts_as_dose_zero():
    adex = frame("adex", {
        "ARM": ["a"] * 3, "SCENARIO": ["s"] * 3, "DRAW": [0] * 3, "USUBJID": ["p"] * 3, "EXTRT": ["v"] * 3,
        "ASTDY": [0.0, 10.0, 20.0], "AENDY": [10.0, 20.0, 30.0], "EXDOSE": [1.0, 0.0, 1.0],
        "EXREAS": ["target", "hold", "target"],
    })  # fmt: skip
    until = adex.head(1).select(
        "ARM", "SCENARIO", "DRAW", "USUBJID", ENDPOINT=pl.lit("x"), EVENTDY=pl.lit(25.0)
    )
    assert mean_dose_fraction(adex, "v", until)["FRACTION"].item() == pytest.approx(15 / 25)


def test_a_plan_that_does_not_fit_is_refused_with_every_finding():
    wrong = ExposurePlan(
        arms=(DoseArm(arm="none", dose="", fold=2.0), DoseArm(arm="full", dose="", fold=1.0)),
        reference="other", drug="aspirin", reader="IRC", responders=("CR",), complete=("CR",),
        mrd=MrdPoint(visit="never", compartment="blood", assay="flow"),
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        analysis_set(few(), wrong)
    assert "5 problems" in str(caught.value)


def test_each_patient_is_allocated_to_one_dose_and_more_patients_change_nobody(made):
    adsl = made.tables["adsl"]
    all_of = allocated_arm(adsl, PLAN, 3)
    assert all_of.height == adsl.height / 3
    part = allocated_arm(adsl.filter(pl.col("DRAW") < 5), PLAN, 3)
    assert part.join(all_of, on=part.columns).height == part.height
    share = all_of.group_by("ARM").len()["len"] / all_of.height
    assert (abs(share - 1 / 3) < 4 * np.sqrt(2 / 9 / all_of.height)).all()
    assert not allocated_arm(adsl, PLAN, 4).equals(all_of)


def test_covariates_become_indicators_and_standard_deviations(made):
    titles, values = covariate_columns(made.tables["adsl"], COVARIATES)
    assert titles == ["BCL2EXP", "REGION: other"]
    np.testing.assert_allclose([values[:, 0].mean(), values[:, 0].std()], [0, 1], atol=1e-10)
    assert set(values[:, 1]) == {0.0, 1.0}
    with pytest.raises(InputError, match="unknown in some patients"):
        covariate_columns(made.tables["adsl"], ("KI67",))


def test_tables_have_their_declared_columns_and_one_row_a_key(found):
    for declared in DECLARED:
        table = found[declared.name]
        assert table.columns == list(declared.columns)
        assert table.select(declared.key).is_duplicated().sum() == 0
        assert table.height > 0


def test_models_see_one_dose_and_all_doses_with_each_patient_once(found, made):
    fitted = found["exposure_response"].filter((pl.col("TERM") == "slope") & (pl.col("ENDPOINT") == "ORR"))
    assert set(fitted["ARM"]) == {"full", ALL_DOSES}
    assert set(fitted["N"]) == {made.relative.size}


def test_the_table_names_what_confounds(found):
    table = found["exposure_response"].filter(
        (pl.col("ENDPOINT") == "ORR") & (pl.col("METRIC") == "steady state")
    )
    row = {
        (r["ARM"], r["MODEL"]): r for r in table.filter(pl.col("MCSE").is_not_null()).iter_rows(named=True)
    }
    double = row["double", "confounding"]
    assert double["VALUE"] == pytest.approx(
        row["double", "association"]["VALUE"] - row["double", "same patients"]["VALUE"]
    )
    assert double["LOW"] > 0
    assert row["double", "confounding, adjusted"]["LOW"] < 0 < row["double", "confounding, adjusted"]["HIGH"]
    assert row[ALL_DOSES, "confounding"]["LOW"] > 0


def test_reverse_causation_shows_in_exposure_up_to_the_event(found):
    # Ramp-up and holds before the event make exposure low in those with it: the association turns round.
    table = found["exposure_response"].filter(
        (pl.col("ENDPOINT") == "TLS") & (pl.col("MODEL") == "log-linear") & (pl.col("TERM") == "slope")
    )
    slope = {(r["ARM"], r["METRIC"]): r for r in table.iter_rows(named=True)}
    assert slope["full", "to event"]["HIGH"] < 0
    assert slope["full", "steady state"]["LOW"] < 0 < slope["full", "steady state"]["HIGH"]


def test_curves_lie_between_their_limits_and_bins_add_up(found, made):
    curve = found["exposure_curve"]
    assert ((curve["LOW"] <= curve["PROBABILITY"]) & (curve["PROBABILITY"] <= curve["HIGH"])).all()
    bins = found["exposure_bins"].filter((pl.col("ENDPOINT") == "ORR") & (pl.col("ARM") == "full"))
    assert bins.group_by("METRIC").agg(pl.col("N").sum())["N"].to_list() == [made.relative.size] * 2


def test_weights_of_a_pool_add_up_to_its_effective_size():
    assert pool_weight(np.ones(5)) is None
    weight = pool_weight(np.array([1.0, 1.0, 2.0]))
    assert weight is not None
    assert weight.sum() == pytest.approx(16 / 6)


def test_doses_are_compared_in_the_same_patients(made):
    table = dose_comparison(made.tables, PLAN)
    own = made.tables["adsl"].group_by("ARM").agg(pl.col("RDI").mean()).sort("ARM")
    intensity = table.filter(pl.col("ENDPOINT") == "RDI").sort("ARM")
    np.testing.assert_allclose(intensity["VALUE"], own["RDI"])
    rising = table.filter(pl.col("ENDPOINT") == "NEUT3")
    assert set(rising["TREND"]) == {"rises"}
    level = table.filter(pl.col("ENDPOINT") == "TLS")
    assert set(level["TREND"]) == {"cannot tell"}
    assert set(table.filter(pl.col("ENDPOINT") == "RDI")["TREND"]) == {"falls"}
    assert (table["LOW"] <= table["VALUE"]).all() and (table["VALUE"] <= table["HIGH"]).all()
    double = table.filter((pl.col("ENDPOINT") == "ORR") & (pl.col("ARM") == "double")).row(0, named=True)
    full = table.filter((pl.col("ENDPOINT") == "ORR") & (pl.col("ARM") == "full")).row(0, named=True)
    assert double["DIFF"] == pytest.approx(double["VALUE"] - full["VALUE"])
    assert full["MCSE"] > 0


def test_few_draws_give_an_interval_that_says_it_knows_little():
    table = dose_comparison(world(draws=2, patients=40).tables, PLAN)
    assert set(table["INTERVAL"]) == {
        "90% Monte Carlo interval; says nothing of what is unknown of the parameters"
    }


def test_a_trend_is_told_only_if_every_step_is():
    assert change_in_words(-0.1, 0.1) == change_in_words(0.0, 0.1) == "cannot tell"
    assert trend_in_words(["rises", "rises"]) == "rises"
    assert trend_in_words(["rises", "cannot tell"]) == "cannot tell"
    assert trend_in_words(["falls", "rises", "cannot tell"]) == "not monotone"
    assert trend_in_words([]) == "cannot tell"


def test_the_forest_finds_the_region_that_was_built_in_and_nothing_else(made):
    table = exposure_forest(made.tables, PLAN)
    ratio = table.filter(pl.col("MEASURE") == "GMR adjusted")
    region = ratio.filter(pl.col("COVARIATE") == "Region").row(0, named=True)
    assert region["LOW"] < np.exp(-0.18) < region["HIGH"]
    assert region["HIGH"] < 1
    change = table.filter((pl.col("COVARIATE") == "Region") & (pl.col("MEASURE") == "change of ORR"))
    assert change["HIGH"].item() < 0


def test_arms_that_differ_in_one_thing_are_compared_in_the_same_patients(made):
    pair = ArmContrast(title="Dose", arm="double", level="double", reference_arm="full", reference="full")
    doubled = made.tables["adsl"].with_columns(
        EXPOREL=pl.col("EXPOREL") * pl.when(pl.col("ARM") == "double").then(1.5).otherwise(1.0)
    )
    table = exposure_forest(made.tables | {"adsl": doubled}, PLAN, arms=(pair,))
    row = table.filter((pl.col("COVARIATE") == "Dose") & (pl.col("MEASURE") == "GMR")).row(0, named=True)
    assert [row["VALUE"], row["LOW"], row["HIGH"]] == pytest.approx([1.5, 1.5, 1.5])


def test_groups_take_their_limits_from_guidance_or_from_the_patients():
    people = pl.DataFrame(
        {"CRCL": [14.9, 15.0, 29.9, 30.0, 60.0, 90.0, None], "AGE": [64.9, 65, 74.9, 75, 80, 50, 60]}
    )
    renal = groups_of(people, Grouping(title="R", column="CRCL", by="renal", reference="normal"))
    assert [each.level for each in renal] == ["kidney failure", "severe", "moderate", "mild"]
    assert [int(each.is_in.sum()) for each in renal] == [1, 2, 1, 1]
    ages = groups_of(people, Grouping(title="A", column="AGE", by="age"))
    assert ages[0].reference == "below 65"
    assert [int(each.is_in.sum()) for each in ages] == [2, 2]
    quarters = groups_of(people, Grouping(title="A", column="AGE", by="quarter"))
    assert len(quarters) == 3
    assert groups_of(pl.DataFrame({"SEX": ["M", "M"]}), Grouping(title="S", column="SEX")) == []


def test_a_column_or_an_arm_that_is_not_there_is_refused(made):
    pair = ArmContrast(title="Meal", arm="fed", level="fed", reference_arm="full", reference="fasted")
    with pytest.raises(InputError) as caught:
        exposure_forest(made.tables, PLAN, (Grouping(title="Diet", column="DIET"),), (pair,))
    assert "2 problems" in str(caught.value)
    assert [each.arm for each in ARMS] == ["half", "full", "double"]
