"""Two readers measure the same scans: the investigator and the independent review.

A measured diameter is the true one plus an error that is partly common (the scan) and partly the
reader's own; a scan may be unreadable to one of them, and a new site may be overlooked. The independent
reader may follow other lesions (``lesions.Sites``).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.dosing import Floats, Integers
from remit.random import draws, normals
from remit.trial.lesions import MOST_LESIONS
from remit.trial.parameters import Readers

Booleans = NDArray[np.bool_]

PER_SCAN = 36
"""Normal draws of a scan: 12 diameters common to the readers, 12 of each."""


@dataclass(frozen=True, slots=True)
class Errors:
    """What chance does to each scan, indexed by scan number; 0 is baseline.

    ``diameter`` has shape (n_patients, n_scans, 2, 6, 2) and ``spleen`` (n_patients, n_scans, 2), standard
    normal; ``readable``, ``sees_new``, ``sees_nontarget`` have shape (n_patients, n_scans, 2).
    """

    diameter: Floats
    spleen: Floats
    readable: Booleans
    sees_new: Booleans
    sees_nontarget: Booleans


@dataclass(frozen=True, slots=True)
class Measurements:
    """One reader's record of some patients up to now, by scan number; 0 is baseline.

    ``longest`` and ``shortest`` [mm] have shape (n_patients, n_scans, 6), ``spleen`` [mm] and the booleans
    ``new_site`` and ``nontarget_progression`` (n_patients, n_scans). Scans that were not done, not
    readable, or are still to come are NaN and false. ``latest`` is the scan to judge, shape (n_patients,).
    """

    longest: Floats
    shortest: Floats
    spleen: Floats
    new_site: Booleans
    nontarget_progression: Booleans
    latest: Integers


def sample_errors(seed: int, patients: Integers, readers: Readers, n_scans: int) -> Errors:
    """Errors of ``n_scans`` scans (baseline included) of each patient, shapes as in :class:`Errors`.

    The baseline scan is always readable: an unreadable one would be repeated before treatment.
    """
    n = patients.shape[0]
    z = normals(seed, "readers.diameter", patients, n_scans * PER_SCAN).reshape(
        n, n_scans, 3, MOST_LESIONS, 2
    )
    common, own = np.sqrt(readers.shared_fraction), np.sqrt(1 - readers.shared_fraction)
    diameter = common * z[:, :, :1] + own * z[:, :, 1:]
    s = normals(seed, "readers.spleen", patients, n_scans * 3).reshape(n, n_scans, 3)
    spleen = common * s[:, :, :1] + own * s[:, :, 1:]
    u = draws(seed, "readers.chance", patients, n_scans * 6).reshape(n, n_scans, 3, 2)
    readable = u[:, :, 0] >= readers.unreadable_probability
    readable[:, 0] = True
    seen = u[:, :, 1:] < readers.detection_probability
    return Errors(diameter, spleen, readable, seen[:, :, 0], seen[:, :, 1])


def measured_diameters(true: Floats, error: Floats, readers: Readers) -> Floats:
    """Diameters as recorded [mm], of the shape of ``true`` (..., 2): longest, then shortest.

    A node too small to measure is recorded at the smallest measurable size, as Lugano 2014 asks.
    """
    # Products, not powers: the same bytes on every platform.
    relative = readers.relative_error * true
    sd = np.sqrt(relative * relative + readers.absolute_error * readers.absolute_error)
    measured = np.maximum(true + sd * error, readers.smallest_measurable)
    return np.stack([measured.max(axis=-1), measured.min(axis=-1)], axis=-1)
