"""Covalent occupancy in the full model under a steady concentration, which has a closed form."""

import numpy as np
import pytest

from remit import model
from remit.dosing import no_doses

SEEN = list(model.OBSERVABLES)
CONCENTRATION = 300.0
HELD = {"btki.CL": 0.0, "btki.Q": 0.0}
"""Without clearance and exchange the concentration stays where it is."""


def occupancy(kdeg, inactivation, time):
    """Approach from full activity to the balance of turnover and inactivation."""
    total = kdeg + inactivation
    return inactivation / total * (1 - np.exp(-total * time))


@pytest.mark.parametrize("site", ["blood", "node"])
@pytest.mark.parametrize("share", [0.01, 0.1, 1.0])
def test_occupancy_approaches_its_steady_state_exponentially(one_patient, typical, site, share):
    concentration = share * CONCENTRATION
    block = one_patient(HELD, {"btki_central": concentration * typical["btki.Vc"]})
    times = np.array([0.01, 0.1, 1.0, 5.0, 60.0])
    seen = block.advance(np.full(1, 60.0), no_doses(1), times[None])[
        0, :, SEEN.index(f"btk_occupancy_{site}")
    ]
    penetration = typical["btk.node_penetration"] if site == "node" else 1.0
    inactivation = typical["btk.k_inact"] * concentration * penetration
    np.testing.assert_allclose(
        seen, occupancy(typical["btk.kdeg"], inactivation, times), rtol=1e-5, atol=1e-8
    )


def test_occupancy_is_lost_at_the_rate_of_turnover(one_patient, typical):
    block = one_patient({}, {"free_btk_blood": 0.05})
    times = np.array([0.5, 2.0, 7.0])
    seen = block.advance(np.full(1, 7.0), no_doses(1), times[None])[0, :, SEEN.index("btk_occupancy_blood")]
    np.testing.assert_allclose(seen, 0.95 * np.exp(-typical["btk.kdeg"] * times), rtol=1e-5, atol=1e-8)
