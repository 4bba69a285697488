"""Constants and inflation factors of Jennison and Turnbull (2000), tables 2.1 to 2.4, 2.9, 2.10.

Standing: published; the digits were entered from memory, without a copy at hand, and rows that were not
certain are left out. Two-sided tests with equally spaced looks; alpha here is that of both sides together.
Tolerance: half a unit of the third decimal, in which the tables are printed.
"""

from functools import cache

import numpy as np
import pytest

from remit.stats.sequential.boundaries import Boundary, efficacy_bounds, setting
from remit.stats.sequential.design import design
from remit.stats.sequential.plan import Plan

ALPHAS = (0.01, 0.05, 0.10)
HALF_A_UNIT = 0.5e-3 + 1e-9

# Looks: constant at each alpha.
POCOCK = {
    1: (2.576, 1.960, 1.645),
    2: (2.772, 2.178, 1.875),
    3: (2.873, 2.289, 1.992),
    4: (2.939, 2.361, 2.067),
    5: (2.986, 2.413, 2.122),
    6: (3.023, 2.453, 2.164),
    7: (3.053, 2.485, 2.197),
    8: (3.078, 2.512, 2.225),
    9: (3.099, 2.535, 2.249),
    10: (3.117, 2.555, 2.270),
    11: (3.133, 2.572, 2.288),
    12: (3.147, 2.588, 2.304),
    15: (3.182, 2.626, 2.344),
    20: (3.225, 2.672, 2.392),
}
OBRIEN_FLEMING = {
    1: (2.576, 1.960, 1.645),
    2: (2.580, 1.977, 1.678),
    3: (2.595, 2.004, 1.710),
    4: (2.609, 2.024, 1.733),
    5: (2.621, 2.040, 1.751),
    6: (2.631, 2.053, 1.765),
    7: (2.640, 2.063, 1.776),
    8: (2.648, 2.072, 1.786),
    9: (2.654, 2.080, 1.794),
    10: (2.660, 2.087, 1.801),
    11: (2.665, 2.092, 1.807),
    12: (2.670, 2.098, 1.813),
    15: (2.681, 2.110, 1.826),
    20: (2.695, 2.126, 1.842),
}
# Looks: inflation factor at power 0.8 and 0.9, for each alpha.
POCOCK_INFLATION = {
    2: ((1.092, 1.084), (1.110, 1.100), (1.121, 1.110)),
    3: ((1.137, 1.125), (1.166, 1.151), (1.184, 1.166)),
    4: ((1.166, 1.152), (1.202, 1.183), (1.224, 1.202)),
    5: ((1.187, 1.170), (1.229, 1.207), (1.254, 1.228)),
    10: ((1.243, 1.222), (1.301, 1.271), (1.337, 1.302)),
}
OBRIEN_FLEMING_INFLATION = {
    2: ((1.001, 1.001), (1.008, 1.007), (1.016, 1.014)),
    3: ((1.007, 1.006), (1.017, 1.016), (1.027, 1.025)),
    4: ((1.011, 1.010), (1.024, 1.022), (1.035, 1.032)),
    5: ((1.015, 1.014), (1.028, 1.026), (1.040, 1.037)),
}
# Looks: constant of Wang and Tsiatis at alpha 0.05 for Delta 0.1, 0.25, 0.4; inflation for 0.25.
WANG_TSIATIS = {
    2: (1.994, 2.038, 2.111),
    3: (2.026, 2.083, 2.186),
    4: (2.050, 2.113, 2.233),
    5: (2.068, 2.136, 2.267),
}
WANG_TSIATIS_INFLATION = {2: (1.038, 1.034), 3: (1.054, 1.050), 4: (1.065, 1.059), 5: (1.072, 1.066)}


@cache
def two_sided(looks, alpha, power, family, delta=None):
    at = tuple((np.arange(1, looks + 1) / looks).tolist())
    return design(Plan(fractions=at, alpha=alpha / 2, sides=2, power=power, efficacy=Boundary(family, delta)))


@pytest.mark.parametrize("family", ["pocock", "obrien-fleming"])
def test_constants_are_those_of_tables_2_1_and_2_3(family):
    for looks, row in {"pocock": POCOCK, "obrien-fleming": OBRIEN_FLEMING}[family].items():
        at = np.arange(1, looks + 1) / looks
        found = [efficacy_bounds(Boundary(family), setting(at, a / 2, 2))[-1] for a in ALPHAS]
        np.testing.assert_allclose(found, row, rtol=0, atol=HALF_A_UNIT, err_msg=f"{looks} looks")


@pytest.mark.parametrize("family", ["pocock", "obrien-fleming"])
def test_inflation_factors_are_those_of_tables_2_2_and_2_4(family):
    table = {"pocock": POCOCK_INFLATION, "obrien-fleming": OBRIEN_FLEMING_INFLATION}[family]
    for looks, rows in table.items():
        found = [[two_sided(looks, a, power, family).inflation for power in (0.8, 0.9)] for a in ALPHAS]
        np.testing.assert_allclose(found, rows, rtol=0, atol=HALF_A_UNIT, err_msg=f"{looks} looks")


@pytest.mark.parametrize("looks", WANG_TSIATIS)
def test_wang_tsiatis_is_that_of_tables_2_9_and_2_10(looks):
    found = [two_sided(looks, 0.05, 0.9, "wang-tsiatis", delta).upper[-1] for delta in (0.1, 0.25, 0.4)]
    np.testing.assert_allclose(found, WANG_TSIATIS[looks], rtol=0, atol=HALF_A_UNIT)
    inflation = [two_sided(looks, 0.05, power, "wang-tsiatis", 0.25).inflation for power in (0.8, 0.9)]
    np.testing.assert_allclose(inflation, WANG_TSIATIS_INFLATION[looks], rtol=0, atol=HALF_A_UNIT)


def test_a_constant_in_the_wrong_row_would_be_noticed():
    assert abs(two_sided(4, 0.05, 0.9, "pocock").upper[-1] - POCOCK[5][1]) > 10 * HALF_A_UNIT
