"""Lugano 2014 response of lymphoma by CT, from measurements of one reader (Cheson et al. 2014).

Lengths are in mm. LDi is the longest diameter of a lesion, SDi the one perpendicular to it (its short
axis), PPD their product, SPD the sum of products over up to six target lesions. CR and PR need no
confirmation. Non-target disease is recorded only as unequivocal progression, so a complete response
rests on target lesions, spleen and marrow.

Where the text leaves room: a lesion counts as up to 2 cm by its smallest longest diameter so far, so that a
larger lesion is never less of a progression; growth of an enlarged spleen is counted from its nadir,
as for lesions, by more than half of its baseline excess and never by less than 1 cm, which is
the text's own example of 15 cm that must exceed 16 cm.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from remit.errors import problem
from remit.results import ADRS
from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.readers import Measurements
from remit.trial.response.best import best_responses
from remit.trial.response.readings import KEY, Readings, in_rows, readings, scan_times

NAME = "lugano_2014"
MODALITIES = ("CT",)

NORMAL_NODE = 15.0
SMALL_LESION = 20.0
GROWTH_OF_SMALL, GROWTH_OF_LARGE = 5.0, 10.0
GROWTH_OF_PRODUCT = 1.5
SHRINKAGE_OF_SUM = 0.5
NORMAL_SPLEEN = 130.0
SPLEEN_SHARE = 0.5
SPLEEN_GROWTH, SPLEEN_GROWTH_FROM_NORMAL = 10.0, 20.0

NE, PD, SD, PR, CR = range(5)
CODES = ("NE", "PD", "SD", "PR", "CR")
"""Responses in rising order."""


def assess(
    adtr: pl.DataFrame,
    adsl: pl.DataFrame,
    marrow: pl.DataFrame,
    *,
    modality: str = "CT",
    readers: Sequence[str] = ("INV", "IRC"),
) -> pl.DataFrame:
    """Response of each patient at each scan, and best overall response, by reader.

    Parameters
    ----------
    adtr
        Measurements, scan 0 at baseline; a scan that a reader could not assess has no rows of that reader.
    adsl
        Every treated patient; ``NEWTXDY`` ends the responses that count, and a ``STATUS`` other than OK
        makes a patient not evaluable.
    marrow
        Biopsies: the key of the course, ADY and INVOLVED (true or false); day 0 is baseline. Patients
        without one count as not involved.
    modality
        How response is read; a study declares it.
    readers
        Readers; each gets a best overall response of every patient, NE if nothing was assessed.

    Returns
    -------
    Table ``adrs``. Once a reader has called progression, later scans are PD or NE.

    Raises
    ------
    InputError
        For another modality, or tables that do not belong together.
    """
    if modality not in MODALITIES:
        raise problem(
            f"{NAME}: modality",
            modality,
            f"one of {', '.join(MODALITIES)}",
            "declare CT; PET-based response would be an assumed mapping from residual burden, not built",
        )
    placed = in_rows(adtr, adsl)
    time = scan_times(placed, adsl.height)
    cleared = marrow_cleared(time, marrow, adsl)
    parts: list[pl.DataFrame] = []
    for reader in readers:
        own = readings(placed.filter(pl.col("READER") == reader), time.shape)
        parts.append(_rows(reader, time, responses(own, cleared), adsl))
    visits = pl.concat(parts)
    best = best_responses(visits, adsl, readers)
    return ADRS.tidy(pl.concat([visits, best.select(visits.columns)]))


def responses(own: Readings, marrow: Booleans) -> Integers:
    """Response at each scan as an index into ``CODES``, shape (n_patients, n_scans); NE at baseline.

    ``marrow`` says at which scans the marrow is known to be free, of the same shape.
    """
    progressed = progression(own)
    assessed = is_assessable(own)
    complete = is_complete(own) & marrow
    partial = is_partial(own)
    best = np.where(complete, CR, np.where(partial, PR, SD))
    response = np.where(progressed, PD, np.where(assessed, best, NE))
    response[:, 0] = NE
    after = np.maximum.accumulate(response == PD, axis=1) & (response != NE)
    return np.where(after, PD, response)


def _excess(own: Readings) -> Floats:
    """Length of the baseline spleen beyond normal [mm], 0 if normal or unknown; shape (n_patients, 1)."""
    return np.maximum(np.nan_to_num(own.spleen[:, :1], nan=NORMAL_SPLEEN) - NORMAL_SPLEEN, 0.0)


def is_assessable(own: Readings) -> Booleans:
    """Whether all target lesions of baseline, and the spleen if it was enlarged, were measured; by scan."""
    target = ~np.isnan(own.longest[:, :1] * own.shortest[:, :1])
    measured = (~target | ~np.isnan(own.longest * own.shortest)).all(axis=2)
    spleen = (_excess(own) == 0) | ~np.isnan(own.spleen)
    return target.any(axis=2) & measured & spleen


def is_complete(own: Readings) -> Booleans:
    """Every target lesion at most 15 mm in longest diameter and the spleen at most 13 cm; by scan."""
    target = ~np.isnan(own.longest[:, :1])
    return (~target | (own.longest <= NORMAL_NODE)).all(axis=2) & ~(own.spleen > NORMAL_SPLEEN)


def is_partial(own: Readings) -> Booleans:
    """SPD down by at least half, and an enlarged spleen down by more than half of its excess; by scan."""
    target = ~np.isnan(own.longest[:, :1] * own.shortest[:, :1])
    total = np.where(target, own.longest * own.shortest, 0.0).sum(axis=2)
    excess = _excess(own)
    spleen = (excess == 0) | (own.spleen[:, :1] - own.spleen > SPLEEN_SHARE * excess)
    return (total <= SHRINKAGE_OF_SUM * total[:, :1]) & spleen


def nadir(values: Floats) -> Floats:
    """Smallest value at earlier scans, baseline included, NaN at baseline; scans along the second axis."""
    lowest = np.fmin.accumulate(values, axis=1)
    return np.concatenate([np.full(lowest[:, :1].shape, np.nan), lowest[:, :-1]], axis=1)


def progression(own: Readings) -> Booleans:
    """Whether a scan by itself shows progression against the scans before it, shape (n_patients, n_scans)."""
    longest, lowest = own.longest, nadir(own.longest)
    needed = np.where(lowest <= SMALL_LESION, GROWTH_OF_SMALL, GROWTH_OF_LARGE)
    grown = (longest - lowest >= needed) | (own.shortest - nadir(own.shortest) >= needed)
    product = longest * own.shortest
    larger = product >= GROWTH_OF_PRODUCT * nadir(product)
    lesion = ((longest > NORMAL_NODE) & larger & grown).any(axis=2)
    flagged = own.new_lesion | own.nontarget_progression
    flagged[:, 0] = False
    return lesion | splenic_progression(own) | flagged


def splenic_progression(own: Readings) -> Booleans:
    """The splenic rule, by scan: an enlarged spleen grows again, or a normal one becomes enlarged."""
    excess, lowest = _excess(own), nadir(own.spleen)
    again = own.spleen - lowest > np.maximum(SPLEEN_SHARE * excess, SPLEEN_GROWTH)
    anew = own.spleen - own.spleen[:, :1] >= SPLEEN_GROWTH_FROM_NORMAL
    return (own.spleen > NORMAL_SPLEEN) & np.where(excess > 0, again, anew)


def judge(m: Measurements) -> Booleans:
    """Progression at the latest scan of each patient, for the conduct of a trial; shape (n_patients,)."""
    own = Readings(m.longest, m.shortest, m.spleen, m.new_site, m.nontarget_progression)
    return progression(own)[np.arange(m.latest.size), m.latest]


def marrow_cleared(time: Floats, marrow: pl.DataFrame, adsl: pl.DataFrame) -> Booleans:
    """Whether the last biopsy up to each scan was negative; without any, the marrow counts as free.

    ``time`` [day] has shape (n_patients, n_scans), as the result.
    """
    rows = adsl.select(KEY).with_row_index("ROW")
    biopsies = marrow.join(rows, on=KEY, how="inner").sort("ROW", "ADY")
    free = np.ones(time.shape, dtype=bool)
    for row, day, involved in biopsies.select("ROW", "ADY", "INVOLVED").iter_rows():
        free[row] = np.where(time[row] >= day, not involved, free[row])
    return free


def _rows(reader: str, time: Floats, response: Integers, adsl: pl.DataFrame) -> pl.DataFrame:
    """Response of one reader at each scan after baseline."""
    done = ~np.isnan(time)
    done[:, 0] = False
    row, visit = np.nonzero(done)
    keys = adsl.select(KEY)[row]
    return keys.with_columns(
        READER=pl.lit(reader),
        ADY=pl.Series(time[row, visit], dtype=pl.Float64),
        VISITNUM=pl.Series(visit, dtype=pl.Int32),
        PARAMCD=pl.lit("OVRLRESP"),
        AVALC=pl.Series(CODES, dtype=pl.String).gather(response[row, visit]),
    )
