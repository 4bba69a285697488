"""Untreated disease: doubling times by disease, observables of each, and partners that add to a BCL2
inhibitor.
"""

import numpy as np
import pytest

PRIORS = {
    "cll": (180, 800), "cll_untreated": (180, 800), "sll": (180, 800), "mcl": (15, 180), "fl": (100, 700),
    "dlbcl": (7, 60), "mzl": (80, 500), "wm": (120, 800), "aml": (11, 36),
}  # fmt: skip
"""Doubling times [day]: CLL from births less deaths, AML at molecular relapse, else priors."""


def doubling(found):
    return found["DAY"][-1] * np.log(2) / np.log(found["tumour"][-1] / found["tumour"][0])


@pytest.mark.parametrize("disease", PRIORS)
def test_untreated_disease_doubles_within_its_prior(course, disease):
    low, high = PRIORS[disease]
    assert low <= doubling(course(disease, [], 30, 30.0)) <= high


def test_blastoid_disease_grows_faster_than_classic(course):
    classic, blastoid = (
        course("mcl", [], 30, 30.0, population="mcl_btki_naive", values=(("marker_shares.blastoid", share),))
        for share in (0.0, 1.0)
    )
    assert doubling(blastoid) < 0.7 * doubling(classic)


def test_tp53_acts_on_growth_and_never_on_the_kill_of_a_bcl2_inhibitor(cohort):
    values = [("marker_shares.tp53", share) for share in (0.0, 1.0)]
    without, carried = (cohort("cll", [], 30, 30.0, values=(each,)) for each in values)
    changed = [
        name for name in without.parameters.columns
        if without.parameters[name][0] != pytest.approx(carried.parameters[name][0], rel=1e-12)
    ]  # fmt: skip
    assert changed == ["cytotoxic.sensitivity", "clones.growth_rate"]


def test_paraprotein_follows_the_burden_of_macroglobulinaemia_within_weeks(course, at):
    found = course("wm", ["venetoclax 400 mg q24h"], 84, 1.0)
    assert at(found, 0, "paraprotein") == pytest.approx(35, rel=0.1)
    assert at(found, 7, "paraprotein") > 0.3 * at(found, 0, "paraprotein")
    assert at(found, 84, "paraprotein") < 0.1 * at(found, 0, "paraprotein")
    assert course("mcl", [], 2, 1.0)["paraprotein"].max() < 2.5


def test_sll_has_its_nodes_and_hardly_any_cells_in_blood(course):
    sll, cll = (course(each, [], 2, 1.0) for each in ("sll", "cll"))
    assert sll["lymphocytes"][0] < 5 < cll["lymphocytes"][0]
    assert sll["tumour"][0] == pytest.approx(cll["tumour"][0], rel=0.3)


def test_blasts_are_no_lymphocytes(course):
    found = course("aml", [], 60, 10.0)
    assert np.ptp(found["lymphocytes"]) == pytest.approx(0.0, abs=1e-6)
    assert found["mrd_blood"][-1] > found["mrd_blood"][0]


@pytest.mark.parametrize(
    ("disease", "drug", "partner", "day"),
    [
        ("aml", "venetoclax 400 mg q24h", "azacitidine 75 mg/m2 q24h x 7 every 28 d", 84),
        ("aml", "venetoclax 600 mg q24h", "cytarabine_low_dose 20 mg/m2 q24h x 10 every 28 d", 84),
        ("cll_untreated", "venetoclax 400 mg q24h", "obinutuzumab 1000 mg q28d x 6", 84),
        ("cll", "venetoclax 400 mg q24h", "rituximab 375 mg/m2 q28d x 6", 84),
        ("cll", "venetoclax 400 mg q24h", "bendamustine 70 mg/m2 q24h x 2 every 28 d x 6", 84),
        ("cll_untreated", "venetoclax 400 mg q24h", "chlorambucil 0.5 mg/kg q14d x 2 every 28 d", 84),
        (
            "cll_untreated",
            "venetoclax 400 mg q24h",
            "fludarabine_cyclophosphamide 25 mg/m2 q24h x 3 every 28 d",
            84,
        ),
    ],
)
def test_a_partner_adds_to_a_bcl2_inhibitor_and_acts_alone(course, at, disease, drug, partner, day):
    none, alone, single, both = (
        at(course(disease, lines, day, 7.0), day, "tumour")
        for lines in ([], [partner], [drug], [drug, partner])
    )
    assert alone < none
    assert both < single
    assert both < alone
