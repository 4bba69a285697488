"""Lugano 2014 response of lymphoma by CT, from measurements of one reader (Cheson et al. 2014, table 3).

Lengths are in mm. LDi is the longest diameter of a lesion, SDi the one perpendicular to it (its short
axis), PPD their product, SPD the sum of products over up to six target lesions. CR and PR need no
confirmation. Non-target disease is recorded only as unequivocal progression, so a complete response
rests on target lesions, spleen and marrow.

Where the text leaves room: a lesion counts as up to 2 cm by its smallest longest diameter so far, so that a
larger lesion is never less of a progression; growth of an enlarged spleen is counted from its nadir,
as for lesions, by more than half of its baseline excess and never by less than 1 cm, which is
the text's own example of 15 cm that must exceed 16 cm. Marrow counts as free until a sample shows
disease; an involved one means at most PR until a sample is negative, and one involved after a negative sample
is new or recurrent involvement, which is progression.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import polars as pl

from remit.stats.estimate import Booleans, Integers
from remit.trial.response.adrs import response_table
from remit.trial.response.from_tables import check_modality, read_tables
from remit.trial.response.history import before, final, judged, last_known, nadir
from remit.trial.response.nodes_and_spleen import (
    NORMAL_SPLEEN,
    SPLEEN_GROWTH_FROM_NORMAL,
    SPLEEN_SHARE,
    excess,
    flagged,
    growth_of_enlarged,
    spleen_growth,
    spleen_measured,
    sum_of_products,
    targets,
    targets_measured,
)
from remit.trial.response.readings import Readings

NAME = "lugano_2014"
MODALITIES = ("CT",)
CODES = ("NE", "PD", "SD", "PR", "CR")
"""Responses in rising order."""
NE, PD, SD, PR, CR = range(5)
RESPONDERS = ("PR", "CR")
COMPLETE = ("CR",)
PROGRESSION = ("PD",)
LYMPHOCYTOSIS = ()
NOT_ASSESSED = ("metabolic response (PET)", "liver", "size of non-target disease", "symptoms")
"""Parts of the criterion that are not measured here and count as without disease."""

NORMAL_NODE = 15.0
SMALL_LESION = 20.0
GROWTH_OF_SMALL, GROWTH_OF_LARGE = 5.0, 10.0
GROWTH_OF_PRODUCT = 1.5
SHRINKAGE_OF_SUM = 0.5


def assess(
    tables: Mapping[str, pl.DataFrame],
    *,
    modality: str = "CT",
    readers: Sequence[str] = ("INV", "IRC"),
    btk_inhibitors: Collection[str] | None = None,
) -> pl.DataFrame:
    """Table ``adrs``: response at each assessment, and best response, by reader.

    See :func:`remit.trial.response.from_tables.read_tables` for the parameters. PET is refused: response by
    PET would be an assumed mapping from residual burden, which is not built.
    """
    check_modality(NAME, modality, MODALITIES)
    read = read_tables(tables, "scan", readers, btk_inhibitors)
    return response_table(read, {name: responses(each) for name, each in read.readings.items()}, CODES)


def judge(r: Readings, latest: Integers) -> Booleans:
    """Progression at the assessment ``latest`` of each patient; shape (n_patients,)."""
    return judged(responses(r), latest, CODES, PROGRESSION)


def responses(r: Readings) -> Integers:
    """Response at each assessment as an index into ``CODES``, shape (n_patients, n_assessments)."""
    free = last_known(r.involved) != 1
    best = np.where(is_complete(r) & free, CR, np.where(is_partial(r), PR, SD))
    response = np.where(progression(r), PD, np.where(is_assessable(r), best, NE))
    return final(response, (PD,))


def is_assessable(r: Readings) -> Booleans:
    """Whether all target lesions of baseline, and the spleen if it was enlarged, were measured."""
    return targets(r).any(axis=2) & targets_measured(r) & spleen_measured(r)


def is_complete(r: Readings) -> Booleans:
    """Every target lesion at most 15 mm in longest diameter and the spleen at most 13 cm."""
    return (~targets(r) | (r.longest <= NORMAL_NODE)).all(axis=2) & ~(r.spleen > NORMAL_SPLEEN)


def is_partial(r: Readings) -> Booleans:
    """SPD down by at least half, and an enlarged spleen down by more than half of its excess."""
    total, beyond = sum_of_products(r), excess(r)
    spleen = (beyond == 0) | (r.spleen[:, :1] - r.spleen > SPLEEN_SHARE * beyond)
    return (total <= SHRINKAGE_OF_SUM * total[:, :1]) & spleen


def progression(r: Readings) -> Booleans:
    """Whether an assessment by itself shows progression against those before it."""
    marrow = (r.involved == 1) & before(r.involved == 0)
    return lesion_progression(r) | splenic_progression(r) | flagged(r) | marrow


def lesion_progression(r: Readings) -> Booleans:
    """A lesion over 15 mm with its PPD up by half from nadir and a diameter up by 5 or 10 mm."""
    lowest, product = nadir(r.longest), r.longest * r.shortest
    needed = np.where(lowest <= SMALL_LESION, GROWTH_OF_SMALL, GROWTH_OF_LARGE)
    grown = (r.longest - lowest >= needed) | (r.shortest - nadir(r.shortest) >= needed)
    larger = product >= GROWTH_OF_PRODUCT * nadir(product)
    return np.any((r.longest > NORMAL_NODE) & larger & grown, axis=2)


def splenic_progression(r: Readings) -> Booleans:
    """The splenic rule: an enlarged spleen grows again, or a normal one becomes enlarged."""
    again = spleen_growth(r) > growth_of_enlarged(r)
    anew = r.spleen - r.spleen[:, :1] >= SPLEEN_GROWTH_FROM_NORMAL
    return (r.spleen > NORMAL_SPLEEN) & np.where(excess(r) > 0, again, anew)
