"""An estimate with an interval: what most functions of this package return."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with the limits of its confidence interval; infinite or NaN where not reached or not known."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Confidence limits, arrays of the shape of what they belong to."""

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class MonteCarlo:
    """A Monte Carlo estimate and its standard error (NaN where the sample cannot give one)."""

    value: float
    mcse: float
