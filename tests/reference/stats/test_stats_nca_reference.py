"""Non-compartmental analysis against the output of Phoenix WinNonlin and of PKNCA on public data.

Standing: double programmed. Outputs alone are stored; neither program was run here.

- Theophylline after 320 mg by mouth: subjects 1, 6 and 8 of Boeckmann, Sheiner and Beal (1994), as in R's
  ``Theoph``. Output of PKNCA 0.12.1 (AGPL-3) under R 4.3.3, linear up and log down, published beside that of
  Phoenix WinNonlin 6.3/7.0, which it equals, in the repository tjmb03/pknca-winnonlin-bridge (MIT), file
  reproducibility/linux_x86_64/comparison_per_subject.csv. Tolerance: both use double precision.
- Indomethacin after 25 mg into a vein: subjects 1 and 4 of Kwan and others (1976), as in R's ``Indometh``,
  taken for a bolus and for an infusion of 0.25 h. Output of Phoenix WinNonlin 6.3/7.0, log down, published by
  Han (2018) in "Validation of noncompartmental analysis performed by NonCompart R package", repository
  asancpt/NonCompart-tests, tests 4 and 6. Tolerance: half of the last digit printed, 5e-8.
"""

import numpy as np
import pytest

from remit.interop.nca.table import measures
from remit.stats.non_compartmental.analysis import Rules, nca

THEOPHYLLINE = {
    1: (
        [0, 0.25, 0.57, 1.12, 2.02, 3.82, 5.1, 7.03, 9.05, 12.12, 24.37],
        [0.74, 2.84, 6.57, 10.5, 9.66, 8.58, 8.36, 7.47, 6.89, 5.94, 3.28],
    ),
    6: (
        [0, 0.27, 0.58, 1.15, 2.03, 3.57, 5, 7, 9.22, 12.1, 23.85],
        [0, 1.29, 3.08, 6.44, 6.32, 5.53, 4.94, 4.02, 3.46, 2.78, 0.92],
    ),
    8: (
        [0, 0.25, 0.52, 0.98, 2.02, 3.53, 5.05, 7.15, 9.07, 12.1, 24.12],
        [0, 3.05, 3.05, 7.31, 7.56, 6.59, 5.88, 4.73, 4.57, 3, 1.25],
    ),
}
BY_PKNCA = {
    "AUCLST": (147.234748537004, 71.6970149943727, 86.8065634778741),
    "AUCIFO": (214.92363157523, 82.1758833245604, 102.153300293117),
    "AUCPEO": (31.4943882820688, 12.7517562406973, 15.0232413159511),
    "AUMCLST": (1499.1290851603, 618.665919096228, 756.361981618499),
    "AUMCIFO": (4545.59280107096, 987.942017337959, 1314.94313830324),
    "CLFO": (1.48890095358355, 3.89408652580142, 3.13254685929672),
    "VZFO": (30.726232470311, 44.3539347502515, 38.4594977688348),
    "MRTEVIFO": (21.1498045503659, 12.022286556215, 12.8722531188925),
    "LAMZ": (0.0484569969657748, 0.0877957400561703, 0.0814505399453018),
    "LAMZHL": (14.304377571097, 7.89499786796582, 8.51003788342507),
    "LAMZNPT": (3, 7, 6),
    "R2ADJ": (0.999999459349958, 0.99788960458362, 0.988765489283318),
    "CMAX": (10.5, 6.44, 7.56),
    "TMAX": (1.12, 1.15, 2.02),
    "CLST": (3.28, 0.92, 1.25),
    "TLST": (24.37, 23.85, 24.12),
}

HOURS = [0.25, 0.5, 0.75, 1, 1.25, 2, 3, 4, 5, 6, 8]
INDOMETHACIN = {
    1: [1.5, 0.94, 0.78, 0.48, 0.37, 0.19, 0.12, 0.11, 0.08, 0.07, 0.05],
    4: [1.85, 1.39, 1.02, 0.89, 0.59, 0.4, 0.16, 0.11, 0.1, 0.07, 0.07],
}
BY_PHOENIX = {
    "bolus": {
        "C0": (2.3936170, 2.4622302),
        "LAMZ": (0.1583205, 0.4554455),
        "LAMZLL": (5.0, 0.25),
        "AUCLST": (2.0098984, 2.7483832),
        "AUCIFO": (2.3257135, 2.9020789),
        "AUCPEO": (13.5792780, 5.2960545),
        "AUCPBEO": (20.5542573, 18.4484084),
        "AUCIFP": (2.3272832, 2.8185565),
        "AUCPEP": (13.6375646, 2.4896893),
        "AUMCLST": (3.3047961, 4.4049718),
        "AUMCIFO": (7.8261005, 5.9719996),
        "MRTIBIFO": (3.3650320, 2.0578350),
        "CLO": (10.7493892, 8.6145142),
        "VZO": (67.8963898, 18.9144805),
        "VSSO": (36.1720388, 17.7272490),
    },
    "infusion": {
        "LAMZ": (0.1583205, 0.4290762),
        "LAMZNPT": (3, 10),
        "LAMZLL": (5.0, 0.5),
        "R2": (0.9970667, 0.8671179),
        "R2ADJ": (0.9941335, 0.8505077),
        "AUCLST": (1.7193653, 2.4442459),
        "AUCIFO": (2.0351804, 2.6073871),
        "AUCPEO": (15.5177942, 6.2568848),
        "AUCIFP": (2.0367500, 2.5245343),
        "AUMCLST": (3.2965543, 4.3990453),
        "AUMCIFO": (7.8178588, 6.0843899),
        "MRTICIFO": (3.7163591, 2.2085200),
        "CLO": (12.2839234, 9.5881430),
        "VZO": (77.5889712, 22.3460171),
        "VSSO": (45.6514707, 21.1756058),
    },
}


def table(time, concentration, dose, route, duration=0.0):
    """The measures under the names of CDISC, as the table of a data set has them."""
    found = nca(time, concentration, dose=dose, route=route, duration=duration)
    return {name: measure(found) for name, (_, measure) in measures(route, has_interval=False).items()}


@pytest.mark.parametrize("place", range(3))
def test_theophylline_agrees_with_pknca_to_round_off(place):
    time, concentration = list(THEOPHYLLINE.values())[place]
    found = table(time, concentration, 320, "extravascular")
    ours = [found[name] for name in BY_PKNCA]
    np.testing.assert_allclose(ours, [values[place] for values in BY_PKNCA.values()], rtol=1e-12)


@pytest.mark.parametrize("route", BY_PHOENIX)
@pytest.mark.parametrize("place", range(2))
def test_indomethacin_agrees_with_phoenix_to_the_digits_printed(route, place):
    duration = 0.25 if route == "infusion" else 0.0
    found = table(HOURS, list(INDOMETHACIN.values())[place], 25, route, duration)
    expected = BY_PHOENIX[route]
    ours = [found[name] for name in expected]
    np.testing.assert_allclose(ours, [values[place] for values in expected.values()], rtol=0, atol=5.1e-8)


def test_the_comparison_would_notice_another_rule():
    time, concentration = THEOPHYLLINE[1]
    linear = nca(time, concentration, dose=320, rules=Rules(method="linear")).AUClast
    assert linear > BY_PKNCA["AUCLST"][0] * 1.01
