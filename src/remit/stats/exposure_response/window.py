"""The range of exposure in which a benefit is likely enough and a harm unlikely enough.

The user says what is enough. The range is read off two fitted curves, and again off their less favourable
limits; where only the first gives a range, the data do not tell.
"""

from dataclasses import dataclass

import numpy as np

from remit.errors import problem
from remit.stats.estimate import Booleans, Floats
from remit.stats.exposure_response.prediction import Curve


@dataclass(frozen=True, slots=True)
class Window:
    """Exposures that meet both demands, by the estimates and by the less favourable limits.

    ``low`` and ``high`` are NaN where no exposure does. An end of the range at the end of the exposures that
    were looked at is not an end of the window; ``is_open_below`` and ``is_open_above`` say so.
    """

    low: float
    high: float
    sure_low: float
    sure_high: float
    is_open_below: bool
    is_open_above: bool

    @property
    def verdict(self) -> str:
        """What can be said: met, not met, cannot tell."""
        if np.isnan(self.low):
            return "not met"
        return "cannot tell" if np.isnan(self.sure_low) else "met"


def therapeutic_window(benefit: Curve, harm: Curve, least_benefit: float, most_harm: float) -> Window:
    """The longest unbroken range of exposures on a grid that meets both demands.

    Parameters
    ----------
    benefit, harm
        Curves on one grid of rising exposures.
    least_benefit
        Probability of benefit that is wanted.
    most_harm
        Probability of harm that is accepted.

    Returns
    -------
    "not met" in its verdict says that no exposure on the grid meets both by the estimates.

    Raises
    ------
    InputError
        If the grids differ or a demand is not a probability.
    """
    x = benefit.exposure
    if x.shape != harm.exposure.shape or not (x == harm.exposure).all():
        raise problem("harm", "other exposures than those of benefit", "one grid of exposures")
    if not (0 <= least_benefit <= 1 and 0 <= most_harm <= 1):
        raise problem("demands", f"{least_benefit:g} and {most_harm:g}", "probabilities between 0 and 1")
    meets = (benefit.probability >= least_benefit) & (harm.probability <= most_harm)
    surely = meets & (benefit.low >= least_benefit) & (harm.high <= most_harm)
    low, high = _longest(x, meets)
    sure_low, sure_high = _longest(x, surely)
    return Window(low, high, sure_low, sure_high, bool(low == x[0]), bool(high == x[-1]))


def _longest(x: Floats, which: Booleans) -> tuple[float, float]:
    """Ends of the longest run of true values; NaN without one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], which, [False]]).astype(np.int8)))
    if not edges.size:
        return np.nan, np.nan
    starts, ends = edges[::2], edges[1::2] - 1
    best = int((x[ends] - x[starts]).argmax())
    return float(x[starts[best]]), float(x[ends[best]])
