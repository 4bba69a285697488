"""Partners are matched to control arms of the evidence, and the library holds what the match gives."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.fit.partners import KILLS, TARGETS, Measure, distance, matched, misfit, published, records
from remit.library import open_library


def kills(partner: str) -> dict[str, float]:
    library = open_library()
    held = library.values(f"drugs/{partner}")
    place = library.document(f"drugs/{partner}").kind
    return {name: held[f"{place}.{name}"].value for name in KILLS}


def test_every_record_may_be_fitted_and_is_of_an_arm_without_a_bcl2_inhibitor() -> None:
    for targets in TARGETS.values():
        for each in (measure for target in targets for measure in target.measures):
            assert 0 < published(each).share < 1
            assert not any("venetoclax" in drug for drug in records()[each.record].regimen)


def test_a_median_is_half_of_the_patients_on_its_day() -> None:
    told = published(Measure("C0262", "free"))
    assert told.share == 0.5
    assert told.day == pytest.approx(15 * 30.4375)


def test_a_record_that_may_not_be_fitted_is_refused() -> None:
    other = next(each.id for each in records().values() if "calibration" not in each.role)
    with pytest.raises(InputError, match="a calibration record"):
        published(Measure(other, "free"))


def test_distance_counts_standard_errors_on_the_logit_scale() -> None:
    measure = Measure("C0258", "response", 365.0)
    told = published(measure)
    assert distance(measure, told.share) == pytest.approx(0.0, abs=1e-12)
    error = 1 / np.sqrt(told.n * told.share * (1 - told.share))
    logit = np.log(told.share / (1 - told.share)) + 2 * error
    assert distance(measure, 1 / (1 + np.exp(-logit))) == pytest.approx(2.0, rel=1e-9)


def test_the_kill_of_azacitidine_in_the_library_is_the_matched_one() -> None:
    base = kills("azacitidine")
    at = {factor: misfit("azacitidine", factor, base, 11)[0] for factor in (0.6, 1.0, 1.6)}
    assert at[1.0] < at[0.6]
    assert at[1.0] < at[1.6]


@pytest.mark.full
@pytest.mark.parametrize("partner", TARGETS)
def test_matching_again_gives_what_the_library_holds(partner: str) -> None:
    factor, _, _ = matched(partner, kills(partner))
    assert factor == pytest.approx(1.0, abs=0.12)
