"""Exposure conventions of the drug files, recomputed from the files by linear algebra."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import expm

from remit.library import open_library

STEPS = 1000


def profile(file: str, component: str, dose: float) -> NDArray[np.float64]:
    """Plasma concentration [nmol/L] over one steady-state day of once-daily doses [nmol]."""
    values = open_library().values(file)
    ka, cl, vc, q, vp = (values[f"{component}.{name}"].value for name in ("ka", "CL", "Vc", "Q", "Vp"))
    rates = np.array([[-ka, 0, 0], [ka, -(cl + q) / vc, q / vp], [0, q / vc, -q / vp]])
    given = np.array([dose, 0.0, 0.0])
    amounts = np.linalg.solve(np.eye(3) - expm(rates), expm(rates) @ given) + given
    step = expm(rates / STEPS)
    day = [amounts[1]]
    for _ in range(STEPS):
        amounts = step @ amounts
        day.append(amounts[1])
    return np.array(day) / vc


def half_life(file: str) -> float:
    """Terminal half-life of a BCL2 inhibitor [hour]."""
    values = open_library().values(file)
    cl, vc, q, vp = (values[f"bcl2i.{name}"].value for name in ("CL", "Vc", "Q", "Vp"))
    slowest = min(np.abs(np.linalg.eigvals([[-(cl + q) / vc, q / vp], [q / vc, -q / vp]])))
    return float(24 * np.log(2) / slowest)


def trough_occupancy(file: str, dose: float) -> float:
    """BTK occupancy before a once-daily dose at steady state [fraction]."""
    values = open_library().values(file)
    kdeg = open_library().values("diseases/mcl")["btk.kdeg"].value
    concentration = profile(file, "btki", dose)
    middle = (concentration[1:] + concentration[:-1]) / 2
    left, made = 1.0, 0.0
    for rate in kdeg + values["btk.k_inact"].value * middle:
        decay = np.exp(-rate / STEPS)
        left, made = left * decay, made * decay + kdeg / rate * (1 - decay)
    return float(1 - made / (1 - left))


def test_venetoclax_400_mg_has_the_exposure_of_the_label() -> None:
    microgram = 868.44e-6
    day = profile(
        "drugs/venetoclax", "bcl2i", open_library().values("drugs/venetoclax")["pharmacy.full_dose"].value
    )
    assert np.trapezoid(day, dx=24 / STEPS) * microgram == pytest.approx(32.8, rel=0.01)
    assert day.max() * microgram == pytest.approx(2.1, rel=0.10)
    assert half_life("drugs/venetoclax") == pytest.approx(26, abs=1.5)


def test_mesutoclax_has_half_life_12_hours_and_the_area_of_venetoclax() -> None:
    dose = open_library().values("drugs/mesutoclax")["pharmacy.full_dose"].value
    assert half_life("drugs/mesutoclax") == pytest.approx(12, rel=0.005)
    area = [np.trapezoid(profile(file, "bcl2i", dose)) for file in ("drugs/mesutoclax", "drugs/venetoclax")]
    assert area[0] == pytest.approx(area[1], rel=1e-3)


def test_orelabrutinib_trough_occupancy_is_near_complete() -> None:
    assert trough_occupancy("drugs/orelabrutinib", 150e6 / 427.5) == pytest.approx(0.99, abs=0.001)


def test_ibrutinib_occupies_94_percent_on_average_and_90_at_trough() -> None:
    dose = 560e6 / 440.5
    values = open_library().values("drugs/ibrutinib")
    kdeg = open_library().values("diseases/mcl")["btk.kdeg"].value
    inactivation = values["btk.k_inact"].value * dose / values["btki.CL"].value
    assert inactivation / (inactivation + kdeg) == pytest.approx(0.94, abs=0.001)
    assert trough_occupancy("drugs/ibrutinib", dose) == pytest.approx(0.90, abs=0.005)
