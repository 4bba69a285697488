"""Pooled regions: every country in exactly one pool."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.trial.enrolment import EnrolmentRules, SiteGroup, enrol
from remit.trial.pooled_regions import PooledRegions, pool_of_country, pool_of_patients, pooling_findings

SITES = [
    SiteGroup("China", "china", 3, 0.0, 5.0, 1.0, 0.5),
    SiteGroup("Japan", "asia", 2, 0.0, 5.0, 1.0, 0.5),
    SiteGroup("France", "europe", 2, 0.0, 5.0, 1.0, 0.5),
    SiteGroup("Spain", "europe", 2, 0.0, 5.0, 1.0, 0.5),
]
GOOD = PooledRegions({"East Asia": ("china", "Japan"), "Europe": ("europe",)})


def test_patients_belong_to_the_pool_of_their_country():
    enrolment = enrol(1, SITES, 40, 10, rules=EnrolmentRules(closes_on_day=150.0))
    pool = pool_of_patients(GOOD, SITES, enrolment)
    assert pool_of_country(GOOD, SITES)["Spain"] == "Europe"
    for name, countries in {"East Asia": ["China", "Japan"], "Europe": ["France", "Spain"], "": [""]}.items():
        np.testing.assert_array_equal(pool == name, np.isin(enrolment.country, countries))
    assert (pool == "").any()


@pytest.mark.parametrize(
    ("pools", "found"),
    [
        ({}, "no pool"),
        ({"East Asia": ("china", "asia")}, "France in no pool"),
        ({"A": ("china", "asia", "europe"), "B": ("Spain",)}, "Spain in A, B"),
        ({"A": ("china", "asia", "europe", "Spain")}, "Spain in A, A"),
        ({"A": ("china", "asia", "europe"), "B": ()}, "nobody"),
        ({"A": ("china", "asia", "europe", "Atlantis")}, "Atlantis"),
    ],
)
def test_a_declaration_that_leaves_a_country_in_doubt_is_refused(pools, found):
    findings = pooling_findings(PooledRegions(pools), SITES)
    assert found in {each.found for each in findings}
    with pytest.raises(InputError):
        pool_of_country(PooledRegions(pools), SITES)


def test_a_good_declaration_has_no_finding():
    assert pooling_findings(GOOD, SITES) == []
