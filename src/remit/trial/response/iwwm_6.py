"""Response of Waldenström macroglobulinaemia by the Sixth International Workshop (Owen et al. 2013, table I).

By serum IgM, with marrow and disease outside it (nodes over 1.5 cm, spleen over 13 cm). Immunofixation and
symptoms are not simulated: a normal IgM counts as without monoclonal protein.

CR: IgM normal, marrow free in a sample after baseline, nodes and spleen normal. VGPR: IgM down by 90%,
nodes and spleen normal. PR: down by half, nodes and spleen smaller if they were enlarged. MR: down by a
quarter. PD: IgM up by a quarter from its nadir, confirmed, or growth of disease outside marrow. Else SD.

Where the text leaves room:

- A rise of IgM must also be 5 g/L or more, as protocols of trials ask; the text names no least amount.
- It is confirmed by the next assessment at which IgM is measured, and PD is recorded there: the day is
  later by one assessment than that of a trial which repeats IgM at once.
- Normal IgM is up to 2.3 g/L, the usual upper limit of adults.
- Growth of nodes and spleen is that of Lugano 2014.
- A rise after rituximab (flare) or in an interruption of a BTK inhibitor is not set aside.
- Not evaluable: IgM not measured then or at baseline, or enlarged nodes or spleen not measured.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import polars as pl

from remit.stats.estimate import Booleans, Integers
from remit.trial.response.adrs import response_table
from remit.trial.response.from_tables import check_modality, read_tables
from remit.trial.response.history import final, judged, last_known, nadir, previous
from remit.trial.response.lugano_2014 import lesion_progression, splenic_progression
from remit.trial.response.nodes_and_spleen import (
    NORMAL_SPLEEN,
    excess,
    flagged,
    spleen_measured,
    sum_of_products,
    targets,
    targets_measured,
)
from remit.trial.response.readings import Readings

NAME = "iwwm_6"
MODALITIES = ("IgM",)
CODES = ("NE", "PD", "SD", "MR", "PR", "VGPR", "CR")
"""Responses in rising order."""
NE, PD, SD, MR, PR, VGPR, CR = range(7)
RESPONDERS = ("MR", "PR", "VGPR", "CR")
MAJOR = ("PR", "VGPR", "CR")
"""Major response."""
COMPLETE = ("CR",)
PROGRESSION = ("PD",)
LYMPHOCYTOSIS = ()
NOT_ASSESSED = ("immunofixation", "symptoms", "hyperviscosity", "cytopenia as progression")
"""Parts of the criterion that are not measured here and count as absent."""

NORMAL_NODE = 15.0
NORMAL_IGM, LEAST_RISE = 2.3, 5.0
VERY_GOOD, HALF, MINOR, RISE = 0.1, 0.5, 0.75, 1.25


def assess(
    tables: Mapping[str, pl.DataFrame],
    *,
    modality: str = "IgM",
    readers: Sequence[str] = ("INV", "IRC"),
    btk_inhibitors: Collection[str] | None = None,
) -> pl.DataFrame:
    """Table ``adrs``: response at each assessment, and best response, by reader.

    See :func:`remit.trial.response.from_tables.read_tables` for the parameters. Assessments are those with a
    scan; without any row of scans, the samples of IgM.
    """
    check_modality(NAME, modality, MODALITIES)
    scanned = "adtr" in tables and tables["adtr"].height > 0
    read = read_tables(tables, "scan" if scanned else "IgM", readers, btk_inhibitors)
    return response_table(read, {name: responses(each) for name, each in read.readings.items()}, CODES)


def judge(r: Readings, latest: Integers) -> Booleans:
    """Progression at the assessment ``latest`` of each patient; shape (n_patients,)."""
    return judged(responses(r), latest, CODES, PROGRESSION)


def responses(r: Readings) -> Integers:
    """Response at each assessment as an index into ``CODES``, shape (n_patients, n_assessments)."""
    first = r.paraprotein[:, :1]
    resolved, smaller = is_resolved(r), is_smaller(r)
    best = np.where(r.paraprotein <= MINOR * first, MR, SD)
    best = np.where((r.paraprotein <= HALF * first) & smaller, PR, best)
    best = np.where((r.paraprotein <= VERY_GOOD * first) & resolved, VGPR, best)
    best = np.where((r.paraprotein <= NORMAL_IGM) & resolved & marrow_free(r), CR, best)
    response = np.where(progression(r), PD, np.where(is_evaluable(r), best, NE))
    return final(response, (PD,))


def is_evaluable(r: Readings) -> Booleans:
    """Whether IgM was measured, now and at baseline, and nodes and spleen if they were enlarged."""
    igm = ~np.isnan(r.paraprotein * r.paraprotein[:, :1])
    return igm & targets_measured(r) & spleen_measured(r)


def marrow_free(r: Readings) -> Booleans:
    """Whether the last marrow sample after baseline was free."""
    sampled = r.involved.copy()
    sampled[:, 0] = np.nan
    return last_known(sampled) == 0


def is_resolved(r: Readings) -> Booleans:
    """Nodes at most 1.5 cm and spleen at most 13 cm."""
    return (~targets(r) | (r.longest <= NORMAL_NODE)).all(axis=2) & ~(r.spleen > NORMAL_SPLEEN)


def is_smaller(r: Readings) -> Booleans:
    """Nodes smaller in sum of products, and spleen in length, if enlarged at baseline; or normal."""
    total = sum_of_products(r)
    enlarged = (targets(r) & (r.longest[:, :1] > NORMAL_NODE)).any(axis=2)
    nodes = ~enlarged | (total < total[:, :1])
    return is_resolved(r) | (nodes & ((excess(r) == 0) | (r.spleen < r.spleen[:, :1])))


def progression(r: Readings) -> Booleans:
    """A confirmed rise of IgM from its nadir, or growth of disease outside marrow."""
    grown = lesion_progression(r) | splenic_progression(r) | flagged(r)
    return grown | (is_raised(r) & previous(is_raised(r), ~np.isnan(r.paraprotein)))


def is_raised(r: Readings) -> Booleans:
    """IgM up from its nadir by a quarter and by 5 g/L."""
    lowest = nadir(r.paraprotein)
    return (r.paraprotein >= RISE * lowest) & (r.paraprotein - lowest >= LEAST_RISE)
