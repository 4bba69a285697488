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

DIAMETERS, SPLEENS, SIGHTS = 36, 3, 6
"""Draws of a scan: 12 diameters common to the readers, 12 of each; likewise the spleen; what is seen."""


@dataclass(frozen=True, slots=True)
class Errors:
    """What chance does to one scan of each patient.

    ``diameter`` has shape (n_patients, 2, 6, 2) and ``spleen`` (n_patients, 2), standard normal;
    ``readable``, ``sees_new``, ``sees_nontarget`` have shape (n_patients, 2).
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


def sample_errors(seed: int, patients: Integers, readers: Readers, number: Integers) -> Errors:
    """Errors of scan ``number`` of each patient, 0 for baseline; drawn when it is read, as few are of all.

    The baseline scan is always readable: an unreadable one would be repeated before treatment.
    """
    n = patients.shape[0]
    z = normals(seed, "readers.diameter", patients, DIAMETERS, first=DIAMETERS * number)
    z = z.reshape(n, 3, MOST_LESIONS, 2)
    common, own = np.sqrt(readers.shared_fraction), np.sqrt(1 - readers.shared_fraction)
    diameter = common * z[:, :1] + own * z[:, 1:]
    s = normals(seed, "readers.spleen", patients, SPLEENS, first=SPLEENS * number)
    spleen = common * s[:, :1] + own * s[:, 1:]
    u = draws(seed, "readers.chance", patients, SIGHTS, first=SIGHTS * number).reshape(n, 3, 2)
    readable = (u[:, 0] >= readers.unreadable_probability) | (number == 0)[:, None]
    seen = u[:, 1:] < readers.detection_probability
    return Errors(diameter, spleen, readable, seen[:, 0], seen[:, 1])


def measured_diameters(true: Floats, error: Floats, readers: Readers) -> Floats:
    """Diameters as recorded [mm], of the shape of ``true`` (..., 2): longest, then shortest.

    A node too small to measure is recorded at the smallest measurable size, as Lugano 2014 asks.
    """
    # Products, not powers: the same bytes on every platform.
    relative = readers.relative_error * true
    sd = np.sqrt(relative * relative + readers.absolute_error * readers.absolute_error)
    measured = np.maximum(true + sd * error, readers.smallest_measurable)
    return np.stack([measured.max(axis=-1), measured.min(axis=-1)], axis=-1)
