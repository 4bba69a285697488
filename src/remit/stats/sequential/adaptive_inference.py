r"""Inference with the weighted statistic where the last information was changed at an interim.

Under a drift :math:`\theta` the statistic of a stage, less :math:`\theta\sqrt{J_j}` of the information
:math:`J_j` it came to have, is standard normal whatever that was made to depend on. The weighted statistic
less

.. math:: \theta\,c_k, \qquad c_k = \frac{\sum_{j\le k}\sqrt{w_j J_j}}{\sqrt{\sum_{j\le k} w_j}},

has therefore the joint distribution of the planned trial. Stage-wise ordering then applies to it as it does
to the ordinary one, with :math:`Z^*_k - \theta(c_k - \sqrt{I_k})` in place of :math:`Z_k`: p-value,
median-unbiased estimate and interval hold exactly if only the information of the analysis at which the trial
stopped was changed. After Lehmacher and Wassmer (1999), Brannath, Posch and Bauer (2002), Wassmer and
Brannath (2016, chapter 8).

Where an earlier look was moved too, its bound cuts the data at a place that depends on them for every drift
but zero. The p-value at no effect still holds; for the drift there is the repeated interval,
:func:`~remit.stats.sequential.adaptive.weighted_intervals`.
"""

import numpy as np

from remit.errors import problem
from remit.stats.estimate import Estimate, Floats
from remit.stats.sequential.adaptive import weighted_statistics
from remit.stats.sequential.inference import (
    StagewiseInference,
    rising_root,
    stagewise_order,
    stagewise_p_value,
    tail_quantiles,
)
from remit.stats.sequential.looks import Looks, Stop, check_stop

SAME = 1e-9
"""Relative difference of information that is no change."""


def weighted_stagewise(
    whole: Looks, stages: Floats, information: Floats, level: float = 0.95
) -> StagewiseInference:
    """P-value, median-unbiased estimate and confidence interval after a change of the last information.

    Parameters
    ----------
    whole
        Looks as planned: they give weights, bounds, and the information of the looks before the last
        analysis.
    stages
        Statistic of the data of each stage alone until the trial stopped, shape (n,) with n at most the
        number of looks.
    information
        At each of these looks as it became, shape (n,): as planned but for the last.
    level
        Of the two-sided interval, in (0, 1).

    Returns
    -------
    With the estimate from all data, each patient or event counting the same, as ``naive``.

    Raises
    ------
    InputError
        If numbers do not fit, the level is not inside (0, 1), or a look before the last was moved.
    """
    at, total = np.asarray(stages, dtype=np.float64), np.asarray(information, dtype=np.float64)
    if not at.shape == total.shape == at.shape[:1] or not 0 < at.size <= whole.n_looks:
        found = f"shapes {at.shape} and {total.shape}"
        raise problem("stages, information", found, f"one of each for 1 to {whole.n_looks} looks")
    last, planned = at.size - 1, whole.information[: at.size]
    if not np.allclose(total[:last], planned[:last], rtol=SAME, atol=0.0):
        raise problem(
            "information",
            f"{total[:last].tolist()} before the last analysis",
            f"that of the plan, {planned[:last].tolist()}",
            "weighted_intervals, which hold after any change",
        )
    more = np.diff(total, prepend=0.0)
    z = float(weighted_statistics(at, planned)[-1])
    check_stop(whole, Stop(at.size, z, float(total[-1])))
    centre = float(np.sqrt(np.diff(planned, prepend=0.0) * more).sum() / np.sqrt(planned[-1]))
    shift, naive = centre - float(np.sqrt(planned[-1])), float((at * np.sqrt(more)).sum() / total[-1])

    def limit(wanted: float) -> float:
        def off(drift: float) -> float:
            return stagewise_order(whole, Stop(at.size, z - drift * shift), drift).quantile - wanted

        return z if np.isinf(z) else rising_root(off, (z + wanted) / centre, 1 / centre)

    low, value, high = (limit(each) for each in tail_quantiles(level))
    return StagewiseInference(
        stagewise_p_value(whole, Stop(at.size, z)), Estimate(value, low, high), naive, level
    )
