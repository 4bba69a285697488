"""Plans that no design can meet are refused with every finding, each in four parts."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.stats.sequential.boundaries import FAMILIES, USER, Boundary
from remit.stats.sequential.plan import MOST_LOOKS, Plan, check

PLANS = {
    "fractions that fall": (Plan(fractions=(0.5, 0.4, 1.0)), "fractions"),
    "fractions that repeat": (Plan(fractions=(0.5, 0.5, 1.0)), "fractions"),
    "fractions that end below one": (Plan(fractions=(0.5, 0.9)), "fractions"),
    "fractions that end above one": (Plan(fractions=(0.5, 1.1)), "fractions"),
    "a first fraction of zero": (Plan(fractions=(0.0, 1.0)), "fractions"),
    "a fraction that is no number": (Plan(fractions=(np.nan, 1.0)), "fractions"),
    "no looks": (Plan(fractions=()), "fractions"),
    "looks that cannot be told apart": (Plan(fractions=(0.5, 0.5 + 1e-9, 1.0)), "fractions"),
    "too many looks": (
        Plan(fractions=tuple((np.arange(1, MOST_LOOKS + 2) / (MOST_LOOKS + 1)).tolist())),
        "fractions",
    ),
    "alpha of zero": (Plan(fractions=(1.0,), alpha=0.0), "alpha"),
    "alpha of a half": (Plan(fractions=(1.0,), alpha=0.5), "alpha"),
    "alpha of a half on each side": (Plan(fractions=(1.0,), alpha=0.5, sides=2), "alpha"),
    "alpha that is no number": (Plan(fractions=(1.0,), alpha=np.nan), "alpha"),
    "power of one": (Plan(fractions=(1.0,), power=1.0), "power"),
    "power below alpha": (Plan(fractions=(1.0,), power=0.02), "power"),
    "three sides": (Plan(fractions=(1.0,), sides=3), "sides"),
    "an unknown family": (Plan(fractions=(1.0,), efficacy=Boundary("obrien-flemming")), "efficacy"),
    "a parameter for Pocock": (Plan(fractions=(1.0,), efficacy=Boundary("pocock", 0.5)), "efficacy"),
    "a rho below its range": (Plan(fractions=(1.0,), efficacy=Boundary("kim-demets", 0.0)), "efficacy"),
    "a gamma that is no number": (
        Plan(fractions=(1.0,), efficacy=Boundary("hwang-shih-decani", np.nan)),
        "efficacy",
    ),
    "levels for Pocock": (Plan(fractions=(1.0,), efficacy=Boundary("pocock", levels=(0.025,))), "efficacy"),
    "levels for other looks": (
        Plan(fractions=(0.5, 1.0), efficacy=Boundary(USER, levels=(0.025,))),
        "efficacy",
    ),
    "levels that fall": (
        Plan(fractions=(0.3, 0.5, 1.0), efficacy=Boundary(USER, levels=(0.01, 0.005, 0.025))),
        "efficacy",
    ),
    "levels that end elsewhere": (
        Plan(fractions=(0.5, 1.0), efficacy=Boundary(USER, levels=(0.01, 0.05))),
        "efficacy",
    ),
    "no test at the last look": (
        Plan(fractions=(0.5, 1.0), efficacy_looks=(True, False)),
        "efficacy_looks",
    ),
    "tests at too few looks": (Plan(fractions=(0.5, 1.0), efficacy_looks=(True,)), "efficacy_looks"),
    "futility looks of another number": (
        Plan(fractions=(0.5, 1.0), futility=(0.0,), futility_looks=(True, True)),
        "futility_looks",
    ),
    "futility at every look": (Plan(fractions=(0.5, 1.0), futility=(0.0, 1.0)), "futility"),
    "futility that is no number": (Plan(fractions=(0.5, 1.0), futility=(np.nan,)), "futility"),
    "futility for certain": (Plan(fractions=(0.5, 1.0), futility=(np.inf,)), "futility"),
    "futility as a list": (Plan(fractions=(0.5, 1.0), futility=[0.0]), "futility"),
    "classical futility": (Plan(fractions=(0.5, 1.0), futility=Boundary("pocock")), "futility"),
    "classical efficacy with binding futility that spends": (
        Plan(
            fractions=(0.5, 1.0),
            efficacy=Boundary("pocock"),
            futility=Boundary("kim-demets"),
            binding=True,
        ),
        "efficacy",
    ),
    "binding without futility": (Plan(fractions=(0.5, 1.0), binding=True), "binding"),
    "two sides with futility": (Plan(fractions=(0.5, 1.0), sides=2, futility=(0.0,)), "sides"),
    "two sides with harm": (Plan(fractions=(0.5, 1.0), sides=2, harm=Boundary("kim-demets")), "sides"),
    "harm at an error of a half": (
        Plan(fractions=(0.5, 1.0), harm=Boundary("kim-demets"), alpha_harm=0.5),
        "alpha_harm",
    ),
}


@pytest.mark.parametrize("what", PLANS)
def test_it_is_refused_with_where_what_was_found_what_is_needed_and_what_to_try(what):
    plan, where = PLANS[what]
    with pytest.raises(InputError) as refused:
        check(plan)
    assert where in [each.where for each in refused.value.findings]
    for each in refused.value.findings:
        assert each.found
        assert each.needed
        assert each.remedy


def test_all_findings_come_at_once():
    with pytest.raises(InputError) as refused:
        check(Plan(fractions=(0.7, 0.6), alpha=0.7, power=0.1, sides=0, efficacy=Boundary("poccok")))
    assert [each.where for each in refused.value.findings] == [
        "sides",
        "alpha",
        "power",
        "fractions",
        "efficacy",
    ]
    assert refused.value.findings[-1].remedy == "pocock"


def test_what_can_be_designed_is_let_through():
    check(Plan(fractions=(0.001, 0.5, 0.5 + 1e-6, 1.0), alpha=1e-6))
    check(Plan(fractions=tuple((np.arange(1, MOST_LOOKS + 1) / MOST_LOOKS).tolist())))
    check(Plan(fractions=(0.5, 1.0), futility=(-np.inf,), binding=True, alpha=0.499))


def test_every_family_says_what_it_is_and_its_default_is_in_its_range():
    for family in FAMILIES.values():
        assert family.meaning
        assert not family.parameter or family.low <= family.default <= family.high
        assert family.spends or family.like in FAMILIES
