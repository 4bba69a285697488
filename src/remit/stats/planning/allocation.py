"""Patients of two arms: from the real numbers that formulas give to whole patients, by a stated rule."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

import numpy as np

from remit.errors import Finding
from remit.stats.estimate import Floats, Integers

Rounding = Literal["allocation kept", "each arm up"]
"""``allocation kept``: the total is rounded up to the next total that can be allocated exactly in the planned
ratio, as 2:1 needs a multiple of three. ``each arm up``: each arm is rounded up."""

NOISE = 1e-9
"""Relative excess over a whole number that is rounding error of the arithmetic, and does not cost a patient.

"""
LARGEST_BLOCK = 20
"""Largest number in a ratio of whole numbers, such as 3:2, that an allocation may have to be kept exactly."""


@dataclass(frozen=True, slots=True)
class Size:
    """Patients of two arms, all arrays of one shape.

    Parameters
    ----------
    method
        Formula or test by which the size was found.
    ratio
        Planned allocation, experimental to control.
    exact_experimental, exact_control
        Patients as real numbers, with which the power is just met.
    n_experimental, n_control
        Whole patients.
    rounding
        Rule by which they are whole.
    power
        Power with the whole patients, by the same formula.
    """

    method: str
    ratio: float
    exact_experimental: Floats
    exact_control: Floats
    n_experimental: Integers
    n_control: Integers
    rounding: Rounding
    power: Floats

    @property
    def exact_total(self) -> Floats:
        """Patients of both arms as a real number."""
        return self.exact_experimental + self.exact_control

    @property
    def n_total(self) -> Integers:
        """Whole patients of both arms."""
        return self.n_experimental + self.n_control


@dataclass(frozen=True, slots=True)
class OneArmSize:
    """Patients of a trial with one arm, arrays of one shape: as real and as next whole number, and power with
    that.
    """

    method: str
    exact: Floats
    n: Integers
    power: Floats


def rounded_up(exact: Floats) -> Integers:
    """Next whole number, after taking away what is rounding error of the arithmetic."""
    value = np.asarray(exact, dtype=np.float64)
    return np.ceil(value - NOISE * np.abs(value)).astype(np.int64)


def whole_arms(exact_total: Floats, ratio: float, rounding: Rounding) -> tuple[Integers, Integers]:
    """Whole patients of the experimental and of the control arm for a total as a real number."""
    total = np.asarray(exact_total, dtype=np.float64)
    if rounding == "each arm up":
        return rounded_up(total * ratio / (1 + ratio)), rounded_up(total / (1 + ratio))
    parts = whole_ratio(ratio)
    blocks = rounded_up(total / (parts.numerator + parts.denominator))
    return blocks * parts.numerator, blocks * parts.denominator


def whole_ratio(ratio: float) -> Fraction:
    """Ratio as whole numbers up to 20, of which it is the nearest."""
    if ratio <= 1:
        return Fraction(ratio).limit_denominator(LARGEST_BLOCK)
    return 1 / Fraction(1 / ratio).limit_denominator(LARGEST_BLOCK)


def allocation_findings(ratio: float, rounding: str = "each arm up") -> list[Finding]:
    """What is wrong with an allocation ratio, and with the rule for whole patients."""
    rules = get_args(Rounding)
    if rounding not in rules:
        return [Finding("rounding", rounding, " or ".join(rules))]
    if not (np.isfinite(ratio) and ratio > 0):
        return [
            Finding(
                "ratio", f"{ratio:g}", "patients of the experimental arm for each of control, above 0", "1"
            )
        ]
    if rounding == "allocation kept":
        near = whole_ratio(ratio) if ratio * LARGEST_BLOCK >= 1 and ratio <= LARGEST_BLOCK else Fraction(0)
        if abs(float(near) - ratio) > NOISE * ratio:
            needed = "a ratio of whole numbers up to 20, to be kept exactly"
            return [Finding("ratio", f"{ratio:g}", needed, 'rounding="each arm up"')]
    return []
