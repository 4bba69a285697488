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


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two arms compared: what every estimator and test of two arms returns.

    All arrays have one shape: () for one data set, (n_replicates,) for many. NaN where the data cannot give
    the number, never an exception for one replicate of many.

    Signs: ``estimate`` is experimental against control on its natural scale, difference or ratio (a hazard
    ratio below 1 favours the experimental arm, a risk difference of responders above 0 does). ``z`` and
    ``p_value`` do not depend on the parameter: ``z`` is positive in favour of the experimental arm, that is
    fewer events for a time to event, more for a response; ``p_value`` is one-sided, of that alternative.

    Parameters
    ----------
    method
        Name of the method, such as "log-rank, stratified".
    parameter
        What is estimated, such as "hazard ratio"; empty for a test alone, whose estimate is NaN.
    estimate, low, high
        Estimate and its two-sided confidence limits.
    se
        Standard error on the scale on which the limits are symmetric (the logarithm of a ratio).
    z, p_value
        Standardised statistic and one-sided p-value.
    level
        Confidence level of the limits.
    """

    method: str
    parameter: str
    estimate: Floats
    low: Floats
    high: Floats
    se: Floats
    z: Floats
    p_value: Floats
    level: float = 0.95

    @property
    def two_sided(self) -> Floats:
        """Two-sided p-value: twice the smaller tail."""
        return np.minimum(2 * np.minimum(self.p_value, 1 - self.p_value), 1.0)
