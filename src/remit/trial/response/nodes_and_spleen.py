"""What CT shows of target lesions and spleen, measures that several criteria share.

Results have shape (n_patients, n_assessments) unless said otherwise. Lengths are in mm. A target lesion is
one that was measured at baseline.
"""

import numpy as np

from remit.stats.estimate import Booleans, Floats
from remit.trial.response.history import nadir
from remit.trial.response.readings import Readings

NORMAL_SPLEEN = 130.0
"""Length up to which a spleen is normal (Cheson 2014, Hallek 2018)."""
SPLEEN_GROWTH, SPLEEN_GROWTH_FROM_NORMAL, SPLEEN_SHARE = 10.0, 20.0, 0.5


def targets(r: Readings) -> Booleans:
    """Which lesions were measured at baseline, shape (n_patients, 1, 6)."""
    return ~np.isnan(r.longest[:, :1] * r.shortest[:, :1])


def targets_measured(r: Readings) -> Booleans:
    """Whether both diameters of every target lesion were measured."""
    return np.all(~targets(r) | ~np.isnan(r.longest * r.shortest), axis=2)


def sum_of_products(r: Readings) -> Floats:
    """Sum of the products of diameters of the target lesions [mm2], NaN unless all were measured."""
    total = np.where(targets(r), r.longest * r.shortest, 0.0).sum(axis=2)
    return np.where(targets_measured(r), total, np.nan)


def excess(r: Readings) -> Floats:
    """Length of the baseline spleen beyond normal, 0 if normal or unknown; shape (n_patients, 1)."""
    return np.maximum(np.nan_to_num(r.spleen[:, :1], nan=NORMAL_SPLEEN) - NORMAL_SPLEEN, 0.0)


def spleen_measured(r: Readings) -> Booleans:
    """Whether the spleen was measured, if it was enlarged at baseline."""
    return (excess(r) == 0) | ~np.isnan(r.spleen)


def flagged(r: Readings) -> Booleans:
    """A new lesion or unequivocal growth of disease that is not measured, after baseline."""
    seen = r.new_lesion | r.nontarget_progression
    seen[:, 0] = False
    return seen


def spleen_growth(r: Readings) -> Floats:
    """Growth of the spleen from its nadir, NaN at baseline."""
    return r.spleen - nadir(r.spleen)


def growth_of_enlarged(r: Readings) -> Floats:
    """Growth of an enlarged spleen that is progression: half of its excess at baseline, at least 1 cm.

    Shape (n_patients, 1). The text's own example, a spleen of 15 cm that must reach 16 cm, is both.
    """
    return np.maximum(SPLEEN_SHARE * excess(r), SPLEEN_GROWTH)
