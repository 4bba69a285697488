"""Over-running: data that come in between a cut-off that stops a hypothesis and the decision to stop it.

They replace the data of the look, with their information: the deletion method of Whitehead (1992). The
p-value is that of the stage-wise order, in which the bound of that look plays no part. It can lie above the
level spent although the look crossed its bound; the decision stands, and the p-value says by how much the
evidence has moved.
"""

import numpy as np

from remit.stats.estimate import Booleans, Floats, Integers
from remit.stats.sequential.inference import stagewise_p_value
from remit.stats.sequential.looks import Stop, looks


def over_run_p_values(
    events: Integers, upper: Floats, look: Integers, over: tuple[Floats, Integers]
) -> Floats:
    """Stage-wise p-value of each replicate with the data at the decision.

    Parameters
    ----------
    events, upper
        Of a hypothesis at its looks, shape (n_replicates, n_looks); the bound is NaN at a look at which it
        was not tested.
    look
        Position of the look that stopped it, shape (n_replicates,), -1 where none did.
    over
        Statistic and events of the data at the decision, shape (n_replicates,).

    Returns
    -------
    Shape (n_replicates,), NaN where no look stopped the hypothesis or the data give no statistic.
    """
    z, information = over
    found = np.full(z.shape, np.nan)
    for row in np.flatnonzero((look >= 0) & np.isfinite(z)):
        # An integration of its own for each history of events, as bounds have.
        found[row] = _p_value(events[row], upper[row], int(look[row]), (float(z[row]), int(information[row])))
    return found


def _p_value(events: Integers, upper: Floats, look: int, over: tuple[float, int]) -> float:
    held: Booleans = ~np.isnan(upper[: look + 1]) & (np.diff(events[: look + 1], prepend=0) > 0)
    held[look] = True
    at = np.flatnonzero(held)
    bounds = np.where(np.isnan(upper[at]), np.inf, upper[at])
    whole = looks(events[at].astype(float), bounds)
    return stagewise_p_value(whole, Stop(at.size, over[0], float(max(over[1], int(events[look])))))
