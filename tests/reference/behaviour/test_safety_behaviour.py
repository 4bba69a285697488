"""Platelets, lysis, normal B cells, infections and supportive care of the full model.

Published: navitoclax lowers platelets within days through BCL-XL and venetoclax does not (Kaefer 2014,
label); normal B cells -24% (15-35) after one 200 mg dose and -38% (25-54) after 400 mg (Dave 2019).
Faster ramps cause more lysis: direction only, no published rate is used.
"""

import numpy as np
import polars as pl
import pytest

from remit.treatment import Conditions

VENETOCLAX = "venetoclax 400 mg q24h"
FIVE_DAYS = (
    "venetoclax 20 mg q24h x 1 then 50 mg q24h x 1 then 100 mg q24h x 1 then 200 mg q24h x 1 then 400 mg q24h"
)


def fall(found, name, day):
    return 1 - found[name][found["DAY"] <= day].min() / found[name][0]


def test_navitoclax_lowers_platelets_within_days_and_venetoclax_does_not(course):
    assert fall(course("cll", ["navitoclax 250 mg q24h"], 14, 0.25), "platelets", 7) > 0.3
    assert fall(course("cll", [VENETOCLAX], 14, 0.25), "platelets", 7) < 0.12


def test_platelet_loss_rises_monotonically_as_selectivity_falls(course):
    selectivity = [480_000, 30_000, 4_800, 800, 200, 50]
    falls = [
        fall(
            course("cll", [VENETOCLAX], 10, 0.5, values=(("apoptosis.Ki_BCLXL", 0.01 * each),)),
            "platelets",
            10,
        )
        for each in selectivity
    ]
    assert (np.diff(falls) > 0).all()
    assert falls[0] < 0.12
    assert falls[-1] > 0.3


@pytest.mark.parametrize(("dose", "low", "high"), [(200, 0.15, 0.35), (400, 0.25, 0.54)])
def test_normal_b_cells_after_one_dose(course, dose, low, high):
    found = course(
        "cll", [f"venetoclax {dose} mg q24h x 1"], 120, 0.5, conditions=Conditions(meal="high_fat"),
        settings=[("venetoclax", "exposure", "population_model")],
    )  # fmt: skip
    lost = fall(found, "normal_b_cells", 30)
    assert low <= lost <= high
    # Half of the loss is back after one turnover, 37.5 days; published recovery is 48 and 59 days, by a rule
    # that was not read.
    later = found["normal_b_cells"][found["DAY"] >= 60][0]
    assert later > (1 - lost / 2) * found["normal_b_cells"][0]


def test_a_cd20_antibody_clears_normal_b_cells_within_days(course, at):
    found = course("cll", ["rituximab 375 mg/m2 q28d x 1"], 14, 0.5)
    assert at(found, 7, "normal_b_cells") < 0.3 * at(found, 0, "normal_b_cells")


@pytest.fixture(scope="module")
def worst(cohort):
    """Highest urate and phosphate of each patient, the same patients under every schedule."""

    def make(lines, **options):
        found = cohort("cll_untreated", lines, 42, 0.25, patients=64, **options).courses
        top = found.group_by("SUBJECT", maintain_order=True).agg(pl.col("urate", "phosphate").max())
        return top["urate"].to_numpy(), top["phosphate"].to_numpy()

    return make


def test_faster_ramps_cause_more_lysis_in_the_same_patients(worst, ramp):
    slow, fast, none = (worst([each]) for each in (ramp, FIVE_DAYS, VENETOCLAX))
    for measure in range(2):
        for quicker, slower in ((fast, slow), (none, fast)):
            difference = quicker[measure] - slower[measure]
            error = difference.std(ddof=1) / np.sqrt(len(difference))
            assert difference.mean() > 3 * error


def test_a_lead_in_with_a_btk_inhibitor_lowers_the_risk_class(cohort):
    found = cohort("cll_untreated", ["ibrutinib 420 mg q24h"], 84, 84.0, patients=200).courses
    order = {"low": 0, "intermediate": 1, "high": 2}
    first, last = (
        found.filter(pl.col("DAY") == day)["lysis_risk"].replace_strict(order).to_numpy() for day in (0, 84)
    )
    change = (last - first).astype(float)
    assert change.mean() < -3 * change.std(ddof=1) / np.sqrt(len(change))
    assert (last == 2).mean() < 0.6 * (first == 2).mean()


def test_rasburicase_and_hydration_lower_urate(course):
    plain = course("cll_untreated", [VENETOCLAX], 7, 0.25)["urate"].max()
    helped = course("cll_untreated", [VENETOCLAX, "rasburicase 1 dose q24h x 3"], 7, 0.25)["urate"]
    watered = course("cll_untreated", [VENETOCLAX], 7, 0.25, values=(("tumour_lysis.hydration", 1.5),))[
        "urate"
    ]
    assert helped[4:12].max() < 0.3 * plain
    assert watered.max() < plain


def test_filgrastim_raises_neutrophils_and_lowers_the_hazard_of_infection(course, at):
    alone = course("aml", ["azacitidine 75 mg/m2 q24h x 7 every 28 d"], 28, 1.0)
    helped = course(
        "aml", ["azacitidine 75 mg/m2 q24h x 7 every 28 d", "filgrastim 1 dose q24h x 10 from day 7"], 28, 1.0
    )
    assert at(helped, 17, "neutrophils") > 1.5 * at(alone, 17, "neutrophils")
    assert at(helped, 17, "infection_hazard") < at(alone, 17, "infection_hazard")


def test_a_transfusion_raises_haemoglobin_for_weeks_and_holds_own_production_down(course, at):
    alone = course("aml", [], 56, 1.0)
    helped = course("aml", ["red_cells 3 dose q24h x 1"], 56, 1.0)
    gain = helped["haemoglobin"] - alone["haemoglobin"]
    assert gain[1] == pytest.approx(30, rel=0.1)
    assert 0 < gain[30] < 0.6 * gain[1]


def test_leukaemia_displaces_normal_haematopoiesis_and_its_clearance_gives_it_back(course, at):
    strong = (("cytotoxic.kill_node", 0.6),)
    untreated = course("aml", [], 84, 1.0)
    treated = course("aml", ["azacitidine 75 mg/m2 q24h x 7 every 28 d"], 84, 1.0, values=strong)
    for name in ("neutrophils", "platelets", "haemoglobin"):
        assert at(untreated, 84, name) < at(untreated, 0, name) < at(treated, 84, name)
