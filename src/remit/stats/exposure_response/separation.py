r"""Whether responses are separated by their covariates, so that no finite maximum of the likelihood exists.

The likelihood of a logistic model rises without end along a direction :math:`b` if
:math:`(2y_i - 1)\,x_i^\top b \ge 0` for every patient, and above 0 for one (Albert and Anderson 1984). A
linear programme says whether there is such a direction (Konis 2007).
"""

import numpy as np
import scipy  # of which `optimize` is loaded when it is first asked for

from remit.stats.estimate import Booleans, Floats

RISES = 1e-6
"""Sum of the rise along a direction, in units of the standardised covariates, that counts as one."""
TIGHT = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


def is_separated(design: Floats, response: Booleans) -> bool:
    """Whether a hyperplane separates responders from the others, completely or but for ties.

    Parameters
    ----------
    design
        Shape (n_patients, p), its intercept included, columns of a standard deviation near 1.
    response
        Shape (n_patients,).
    """
    towards = np.unique(np.where(response[:, None], design, -design), axis=0)
    found = scipy.optimize.linprog(
        -towards.sum(axis=0),
        A_ub=-towards,
        b_ub=np.zeros(towards.shape[0]),
        bounds=(-1.0, 1.0),
        method="highs",
        options=TIGHT,
    )
    return found.status == 0 and -float(found.fun) > RISES
