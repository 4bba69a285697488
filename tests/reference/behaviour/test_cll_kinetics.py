"""CLL under venetoclax, a BTK inhibitor and both: blood, nodes, depth, regrowth and resistance.

Published: EC50 in blood 0.04 ug/mL (Gopalakrishnan 2021; 0.012-0.067 by competition); apoptosis 6-24 h
after the first dose (Anderson 2016); lymphocytes 44 to a peak of 120 in week 2 and SPD -65% at 12 weeks,
-83% at a year under ibrutinib (Ibrahim 2025, re-simulated); births by D2O 0.39% a day (0.17-1.04), 0.05
(0-0.36) under ibrutinib (Burger 2017); 23.3% (SD 17) of tissue burden redistributes, 2.7% (SD 0.99) of
tissue cells die a day (Wodarz 2014); G101V first detected at 19-42 months (Blombery 2019); plateau of
response above 400 mg (Freise 2017).
"""

import numpy as np
import polars as pl
import pytest

from remit import model

IBRUTINIB = "ibrutinib 420 mg q24h"
LIMIT = 1e-4


def nodes(found):
    return sum(found[f"node_{clone}"] for clone in "SVBD")


def death_rates(values, concentrations):
    """Drug-induced death rates in blood and nodes [1/day] at total concentrations [nmol/L]."""
    p = model.params(values)
    y = dict(zip(model.STATES, model.baseline(1e11, (1.0, 0.0, 0.0, 0.0), 1e10, p), strict=True))
    y["bcl2i_central"] = concentrations * values["bcl2i.Vc"]
    seen = dict(zip(model.OBSERVABLES, model.observe(tuple(y.values()), p), strict=True))
    return seen["blood_death_rate"], seen["node_death_rate"]


def test_half_of_the_kill_in_blood_is_reached_at_the_published_concentration(cohort):
    values = cohort("cll", ["venetoclax 400 mg q24h"], 1, 1.0).values
    concentrations = np.logspace(-1, 5, 600)
    blood, node = death_rates(values, concentrations)
    half = 868.44e-6 * np.interp(blood[-1] / 2, blood, concentrations)
    assert 0.012 <= half <= 0.067
    # Nodes need several times more: protection, and less drug.
    assert 868.44e-6 * np.interp(node[-1] / 2, node, concentrations) > 3 * half


def test_g101v_needs_two_orders_of_magnitude_more_drug_in_blood(cohort):
    values = cohort("cll", ["venetoclax 400 mg q24h"], 1, 1.0).values
    shifted = {**values, "apoptosis.Ki_BCL2": values["apoptosis.Ki_BCL2"] * values["apoptosis.Ki_shift"]}
    concentrations = np.logspace(-1, 6, 700)
    blood = death_rates(shifted, concentrations)[0]
    half = 868.44e-6 * np.interp(blood[-1] / 2, blood, concentrations)
    assert 2.2 <= half <= 11


def test_lymphocytes_fall_within_a_day_while_nodes_take_weeks(course, ramp, at):
    found = course("cll", [ramp], 84, 0.25)
    assert at(found, 1, "lymphocytes") < 0.35 * at(found, 0, "lymphocytes")
    assert at(found, 1, "size") > 0.9
    assert at(found, 7, "size") > 0.6
    assert at(found, 84, "size") < 0.5


def test_redistribution_lymphocytosis_under_ibrutinib(course):
    found = course("cll_untreated", [IBRUTINIB], 365, 1.0)
    relative = found["lymphocytes"] / found["lymphocytes"][0]
    peak = int(np.argmax(relative))
    assert relative[peak] == pytest.approx(120 / 44, rel=0.15)
    assert 7 <= found["DAY"][peak] <= 21
    assert 30 <= found["DAY"][(found["DAY"] > 21) & (relative < 1)][0] <= 120


def test_share_of_tissue_burden_that_passes_through_blood(cohort, course):
    found = course("cll_untreated", [IBRUTINIB], 365, 1.0)
    died = cohort("cll_untreated", [IBRUTINIB], 365, 1.0).values["clones.blood_death_rate"]
    blood = found["blood_tumour"]
    net = died * np.trapezoid(blood, found["DAY"]) + blood[-1] - blood[0]
    assert net / nodes(found)[0] == pytest.approx(0.233, abs=0.17)


def test_nodes_shrink_under_ibrutinib_as_published(course, at):
    found = course("cll_untreated", [IBRUTINIB], 365, 1.0)
    assert at(found, 365, "size") - 1 == pytest.approx(-0.83, abs=0.1)
    first = nodes(found)[found["DAY"] <= 30]
    assert 100 * np.log(first[0] / first[-1]) / 30 == pytest.approx(2.7, abs=0.99)


@pytest.mark.xfail(strict=True, reason="a residual mass of 12% does not shrink; the published model has none")
def test_nodes_shrink_by_twelve_weeks_under_ibrutinib_as_published(course, at):
    found = course("cll_untreated", [IBRUTINIB], 365, 1.0)
    assert at(found, 84, "size") - 1 == pytest.approx(-0.65, abs=0.1)


def test_births_are_those_of_deuterated_water(cohort):
    values = cohort("cll", [IBRUTINIB], 1, 1.0).values
    p = model.params(values)
    cells = model.view(model.baseline(1.0, (1.0, 0.0, 0.0, 0.0), 0.0, p)).cells
    dividing = cells[0] + cells[4]
    untreated = 100 * (p.clones.detachment_rate + p.clones.growth_rate) * dividing / sum(cells)
    assert 0.17 <= untreated <= 1.04
    assert 0.0 <= untreated * (1 - p.clones.btki_growth_block * 0.9) <= 0.36


def test_both_together_reach_deeper_than_either(course, ramp, at):
    depth = {
        name: at(course("cll", lines, 365, 5.0), 365, "mrd_blood")
        for name, lines in {"venetoclax": [ramp], "ibrutinib": [IBRUTINIB], "both": [IBRUTINIB, ramp]}.items()
    }
    assert depth["both"] < depth["venetoclax"] < depth["ibrutinib"]
    assert depth["ibrutinib"] > LIMIT


def test_response_in_cll_is_flat_above_400_mg(cohort):
    rate = {}
    for dose in (100, 400, 1200):
        found = cohort("cll", [f"venetoclax {dose} mg q24h"], 182, 14.0, patients=200).courses
        best = found.group_by("SUBJECT").agg(pl.col("size").min())["size"]
        rate[dose] = (best <= 0.5).mean()
    assert rate[1200] == pytest.approx(rate[400], abs=0.05)
    assert rate[100] <= rate[400]
    assert 0.7 <= rate[400] <= 0.9


@pytest.fixture(scope="module")
def doubling_after_stopping(course, ramp):
    """Doubling time of MRD after treatment of fixed duration [day]."""
    stop = [f"{IBRUTINIB} until day 456", f"{ramp} from day 84 until day 456"]
    found = course("cll_untreated", stop, 1500, 10.0)
    late = (found["DAY"] > 700) & (found["DAY"] < 1400)
    return np.log(2) / np.polyfit(found["DAY"][late], np.log(found["mrd_blood"][late]), 1)[0]


def test_disease_grows_again_after_a_fixed_duration(doubling_after_stopping):
    # Of simulated patients of the prototype, 10-90%.
    assert 60 <= doubling_after_stopping <= 375


@pytest.mark.xfail(
    strict=True, reason="resistant clones outlast treatment and double more slowly than recalled"
)
def test_disease_doubles_as_fast_as_recalled(doubling_after_stopping):
    assert 60 <= doubling_after_stopping <= 110


def test_a_clone_with_g101v_grows_out_years_after_the_start(course, ramp):
    found = course("cll", [ramp], 2900, 20.0)
    resistant = (found["node_V"] + found["node_D"]) / nodes(found)
    month = found["DAY"] / 30.4375
    assert resistant[0] < 1e-5
    assert resistant[month > 24].min() > 0.99
    seen = month[(found["mrd_blood"] >= LIMIT) & (month > 12)][0]
    assert 19 <= seen <= 48
    assert found["size"][month < 60].max() == found["size"][0]
    assert found["size"][-1] > 1.5 * found["size"].min()


@pytest.mark.parametrize(("share", "grows"), [(1.0, True), (0.05, False)])
def test_a_drug_that_keeps_affinity_on_mutants_holds_the_clone_back(course, share, grows):
    values = (("clone_shares.log10_V", -0.5), ("apoptosis.shift_share", share))
    found = course("cll", ["venetoclax 400 mg q24h"], 365, 30.0, values=values)
    assert bool(found["node_V"][-1] > 0.1 * found["node_V"][0]) is grows
