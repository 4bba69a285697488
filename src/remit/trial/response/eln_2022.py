"""ELN 2022 response of acute myeloid leukaemia (Döhner et al. 2022, response criteria).

An assessment is a marrow sample with the blood counts of its time. Circulating blasts, blasts with Auer
rods and disease outside marrow are not simulated and count as absent; so does a marrow too empty to be
read. Counts are the patient's own: none within the days of transfusion or growth factor.

CR: blasts below 5%, neutrophils 1.0e9/L or more and platelets 100e9/L or more. CRh: neutrophils 0.5 and
platelets 50. CRi: CR but for neutropenia or thrombocytopenia, and not CRh. MLFS: blasts below 5%, no
recovery needed. PR: counts of CR, blasts of 5 to 25% and down by half. Else no response (NR). Relapse
(REL): blasts of 5% or more after CR, CRh or CRi. Refractory (RD): none of these by the landmark.

Where the text leaves room:

- "Neutropenia or thrombocytopenia" is one of them: with neither count recovered the response is CRh or MLFS.
- The landmark is day 180, the text's example for treatment of less intensity. A patient is refractory at
  the first evaluable assessment from then on that shows NR, if CR, CRh and CRi have not been reached; one
  in PR or MLFS keeps that.
- One marrow makes a relapse; after PR or MLFS a rise of blasts is NR, not relapse.
- Counts that were not measured have not recovered. Marrow not sampled or failed: not evaluable.
- RD and REL both end the investigator's treatment and count as progression of a time to event.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import polars as pl

from remit.stats.estimate import Booleans, Integers
from remit.trial.response.adrs import response_table
from remit.trial.response.from_tables import check_modality, read_tables
from remit.trial.response.history import before, final, judged
from remit.trial.response.readings import Readings, own_neutrophils, own_platelets

NAME = "eln_2022"
MODALITIES = ("morphology",)
CODES = ("NE", "REL", "RD", "NR", "PR", "MLFS", "CRi", "CRh", "CR")
"""Responses in rising order."""
NE, REL, RD, NR, PR, MLFS, CRI, CRH, CR = range(9)
RESPONDERS = ("PR", "MLFS", "CRi", "CRh", "CR")
COMPLETE = ("CRi", "CRh", "CR")
"""Composite complete remission; its parts are told apart by their codes."""
PROGRESSION = ("REL", "RD")
LYMPHOCYTOSIS = ()
NOT_ASSESSED = ("circulating blasts", "Auer rods", "extramedullary disease", "cellularity of the marrow")
"""Parts of the criterion that are not measured here and count as absent or adequate."""

REMISSION, PARTIAL, HALF = 0.05, 0.25, 0.5
NEUTROPHILS, NEUTROPHILS_PARTIAL = 1.0, 0.5
PLATELETS, PLATELETS_PARTIAL = 100.0, 50.0
LANDMARK = 180.0


def assess(
    tables: Mapping[str, pl.DataFrame],
    *,
    modality: str = "morphology",
    readers: Sequence[str] = ("INV", "IRC"),
    btk_inhibitors: Collection[str] | None = None,
) -> pl.DataFrame:
    """Table ``adrs``: response at each marrow sample, and best response.

    See :func:`remit.trial.response.from_tables.read_tables` for the parameters. Marrow and counts have no
    second reader, so every reader is given the same responses.
    """
    check_modality(NAME, modality, MODALITIES)
    read = read_tables(tables, "marrow", readers, btk_inhibitors)
    return response_table(read, {name: responses(each) for name, each in read.readings.items()}, CODES)


def judge(r: Readings, latest: Integers) -> Booleans:
    """Relapse or refractory disease at the assessment ``latest`` of each patient; shape (n_patients,)."""
    return judged(responses(r), latest, CODES, PROGRESSION)


def responses(r: Readings) -> Integers:
    """Response at each assessment as an index into ``CODES``, shape (n_patients, n_assessments)."""
    now = morphology(r)
    now[:, 0] = NE
    reached = before(now >= CRI)
    relapsed = reached & (r.blasts >= REMISSION)
    refractory = ~reached & (now == NR) & (r.time >= LANDMARK)
    return final(np.where(relapsed, REL, np.where(refractory, RD, now)), (REL, RD))


def morphology(r: Readings) -> Integers:
    """Response that an assessment shows by itself, by its marrow and counts."""
    neutrophils, platelets = own_neutrophils(r), own_platelets(r)
    both = (neutrophils >= NEUTROPHILS) & (platelets >= PLATELETS)
    one = (neutrophils >= NEUTROPHILS) | (platelets >= PLATELETS)
    partly = (neutrophils >= NEUTROPHILS_PARTIAL) & (platelets >= PLATELETS_PARTIAL)
    remission = np.where(both, CR, np.where(partly, CRH, np.where(one, CRI, MLFS)))
    partial = both & (r.blasts <= PARTIAL) & (r.blasts <= HALF * r.blasts[:, :1])
    rest = np.where(partial, PR, NR)
    return np.where(np.isnan(r.blasts), NE, np.where(r.blasts < REMISSION, remission, rest))
