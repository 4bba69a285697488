"""What one reader has of each patient, by assessment: the one shape that every response criterion reads.

The trial makes it of what it has written down so far, ``from_tables.py`` of result tables.
"""

from dataclasses import dataclass

import numpy as np

from remit.stats.estimate import Booleans, Floats

MOST_LESIONS = 6


@dataclass(frozen=True, slots=True)
class Readings:
    """Measurements of one reader; arrays of shape (n_patients, n_assessments), assessment 0 is baseline.

    What was not measured is NaN or false; an assessment that was not done, or is still to come, is so
    throughout. No criterion looks ahead of the assessment that it judges.

    Parameters
    ----------
    time
        Day of the assessment.
    longest, shortest
        The two perpendicular diameters of each target lesion [mm], shape (n_patients, n_assessments, 6).
    spleen
        Vertical length [mm].
    new_lesion, nontarget_progression
        A new site; unequivocal growth of disease that is not measured.
    neutrophils, platelets, lymphocytes
        Counts in blood [1e9/L].
    haemoglobin, paraprotein
        Haemoglobin and IgM in blood [g/L].
    blasts
        Share of blasts among marrow cells, where marrow was sampled.
    involved
        Whether sampled marrow was seen to hold disease, 1 or 0.
    supported
        Whether red cells, platelets or a growth factor were given so lately that counts are not the
        patient's own.
    on_btki, btki_held
        On a BTK inhibitor; in an interruption of its doses.
    off_since
        Day of the last dose of any drug, shape (n_patients,); NaN while on treatment.
    growth_factor_only
        Where the support was a growth factor of neutrophils alone, so that haemoglobin and platelets are
        the patient's own; None where that is not told apart.
    """

    time: Floats
    longest: Floats
    shortest: Floats
    spleen: Floats
    new_lesion: Booleans
    nontarget_progression: Booleans
    neutrophils: Floats
    platelets: Floats
    haemoglobin: Floats
    lymphocytes: Floats
    paraprotein: Floats
    blasts: Floats
    involved: Floats
    supported: Booleans
    on_btki: Booleans
    btki_held: Booleans
    off_since: Floats
    growth_factor_only: Booleans | None = None


def nothing_measured(n_patients: int, n_assessments: int) -> Readings:
    """Readings in which nothing was measured, to be filled with ``dataclasses.replace``."""
    shape = (n_patients, n_assessments)
    unknown, no = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    lesions = np.full((*shape, MOST_LESIONS), np.nan)
    return Readings(
        time=unknown, longest=lesions, shortest=lesions, spleen=unknown, new_lesion=no,
        nontarget_progression=no, neutrophils=unknown, platelets=unknown, haemoglobin=unknown,
        lymphocytes=unknown, paraprotein=unknown, blasts=unknown, involved=unknown, supported=no,
        on_btki=no, btki_held=no, off_since=np.full(n_patients, np.nan),
    )  # fmt: skip


def own_neutrophils(r: Readings) -> Floats:
    """Neutrophils [1e9/L] where they are the patient's own, else NaN."""
    return np.where(r.supported, np.nan, r.neutrophils)


def own_platelets(r: Readings) -> Floats:
    """Platelets [1e9/L] where they are the patient's own, else NaN."""
    return np.where(_is_transfused(r), np.nan, r.platelets)


def own_haemoglobin(r: Readings) -> Floats:
    """Haemoglobin [g/L] where it is the patient's own, else NaN."""
    return np.where(_is_transfused(r), np.nan, r.haemoglobin)


def _is_transfused(r: Readings) -> Booleans:
    """Whether support may have been blood products."""
    return r.supported if r.growth_factor_only is None else r.supported & ~r.growth_factor_only
