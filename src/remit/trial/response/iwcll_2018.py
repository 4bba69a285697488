"""iwCLL 2018 response of chronic lymphocytic leukaemia (Hallek et al. 2018, table 4 and section 5).

Group A is nodes (up to six, LDi the longest diameter, SPD the sum of products), spleen and lymphocytes;
group B platelets, haemoglobin and marrow. Liver and constitutional symptoms, the rest of group A, are not
simulated and count as absent. Counts are the patient's own: none within the days of support.

CR: every node below 1.5 cm, spleen below 13 cm, lymphocytes below 4e9/L, neutrophils, platelets and
haemoglobin at their limits, and a marrow sample after baseline free of disease. CRi: so but for the counts.
PR: two group A criteria better if more than one was abnormal at baseline (one if one), and one of group B,
for two months. PR-L: PR but for lymphocytes, under a BTK inhibitor. PD: see ``progression``.

Where the text leaves room:

- A group A criterion is better if down by half (the spleen: its excess over 13 cm) or normal again. Nodes
  are not better if one of 1.5 cm or more is longer than at baseline, or a smaller one by a quarter.
- Of group B, one that was abnormal must reach its limit or rise by half; if neither platelets nor
  haemoglobin were abnormal, one must be at its limit. Any state of the marrow will do for PR.
- Two months are eight weeks less a visit's window of one. PR is recorded at the assessment that shows it has
  lasted, SD until then, so that nothing recorded changes later. PR and PR-L share the time.
- Under a BTK inhibitor with lymphocytes that are not better, PR needs nodes and spleen by themselves and is
  PR-L.
- Growth counts from the nadir. Nodes: one of 1.5 cm or more up by half in LDi, or SPD up by half with one of
  1.5 cm. Lymphocytes: up by half to 5e9/L or more, and never under a BTK inhibitor (they leave the nodes).
- In an interruption of the BTK inhibitor no growth of what is measured is PD; a new lesion is.
- Counts on treatment never define PD. From three months after the last dose they do, if a marrow sample of
  the assessment shows disease: haemoglobin down by 20 g/L, or below 100 g/L from above; platelets down by
  half, or below 100e9/L from above; each against the highest own value before.
- Not evaluable: a target node, an enlarged spleen, lymphocytes, platelets or haemoglobin not measured then
  or at baseline, or nothing of group A abnormal at baseline.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import polars as pl

from remit.stats.estimate import Booleans, Floats, Integers
from remit.trial.response.adrs import end_of_treatment, response_table
from remit.trial.response.from_tables import check_modality, read_tables
from remit.trial.response.history import final, judged, last_known, lasting, nadir, peak
from remit.trial.response.nodes_and_spleen import (
    NORMAL_SPLEEN,
    SPLEEN_GROWTH_FROM_NORMAL,
    excess,
    flagged,
    growth_of_enlarged,
    spleen_growth,
    spleen_measured,
    sum_of_products,
    targets,
    targets_measured,
)
from remit.trial.response.readings import Readings, own_haemoglobin, own_neutrophils, own_platelets

NAME = "iwcll_2018"
MODALITIES = ("CT",)
CODES = ("NE", "PD", "SD", "PR-L", "PR", "CRi", "CR")
"""Responses in rising order."""
NE, PD, SD, PRL, PR, CRI, CR = range(7)
RESPONDERS = ("PR", "CRi", "CR")
COMPLETE = ("CRi", "CR")
PROGRESSION = ("PD",)
LYMPHOCYTOSIS = ("PR-L",)
"""Counts as response only where the rate is given with PR-L."""
NOT_ASSESSED = ("liver", "constitutional symptoms", "nodular partial remission", "Richter transformation")
"""Parts of the criterion that are not measured here and count as absent."""

NORMAL_NODE = 15.0
NORMAL_LYMPHOCYTES, LYMPHOCYTOSIS_OF_PD = 4.0, 5.0
NEUTROPHILS, PLATELETS, HAEMOGLOBIN = 1.5, 100.0, 110.0
HALF, UP_BY_HALF, SMALL_NODE_GROWTH = 0.5, 1.5, 1.25
FALL_OF_HAEMOGLOBIN, LOW_HAEMOGLOBIN = 20.0, 100.0
TWO_MONTHS, THREE_MONTHS, WINDOW = 56.0, 91.0, 7.0


def assess(
    tables: Mapping[str, pl.DataFrame],
    *,
    modality: str = "CT",
    readers: Sequence[str] = ("INV", "IRC"),
    btk_inhibitors: Collection[str] | None = None,
) -> pl.DataFrame:
    """Table ``adrs``: response at each assessment, best, and at least two months after the last dose.

    See :func:`remit.trial.response.from_tables.read_tables` for the parameters. EOTRESP is the response at
    the first evaluable assessment from two months after the last dose, of patients whose treatment ended.
    """
    check_modality(NAME, modality, MODALITIES)
    read = read_tables(tables, "scan", readers, btk_inhibitors)
    found = {name: responses(each) for name, each in read.readings.items()}
    fixed = [end_of_treatment(read, name, each, CODES, TWO_MONTHS) for name, each in found.items()]
    return response_table(read, found, CODES, fixed)


def judge(r: Readings, latest: Integers) -> Booleans:
    """Progression at the assessment ``latest`` of each patient; shape (n_patients,)."""
    return judged(responses(r), latest, CODES, PROGRESSION)


def responses(r: Readings) -> Integers:
    """Response at each assessment as an index into ``CODES``, shape (n_patients, n_assessments)."""
    evaluable, progressed = is_evaluable(r), progression(r)
    complete = evaluable & is_complete(r) & ~progressed
    partial, with_lymphocytosis = (each & evaluable & ~progressed for each in partial_remissions(r))
    better = complete | partial | with_lymphocytosis
    lasts = lasting(better, evaluable | progressed, r.time, TWO_MONTHS - WINDOW)
    held = np.where(partial, PR, np.where(with_lymphocytosis, PRL, SD))
    best = np.where(complete, np.where(counts_recovered(r), CR, CRI), np.where(lasts, held, SD))
    return final(np.where(progressed, PD, np.where(evaluable, best, NE)), (PD,))


def is_evaluable(r: Readings) -> Booleans:
    """Whether what a response rests on was measured, and was abnormal at baseline in some part."""
    counts = r.lymphocytes * r.platelets * r.haemoglobin
    measured = ~np.isnan(counts) & ~np.isnan(counts[:, :1])
    return measured & targets_measured(r) & spleen_measured(r) & np.any(abnormal(r), axis=0)


def abnormal(r: Readings) -> tuple[Booleans, Booleans, Booleans]:
    """Whether nodes, spleen and lymphocytes were abnormal at baseline, each of shape (n_patients, 1)."""
    nodes = np.any(targets(r) & (r.longest[:, :1] >= NORMAL_NODE), axis=2)
    return nodes, excess(r) > 0, r.lymphocytes[:, :1] >= NORMAL_LYMPHOCYTES


def is_complete(r: Readings) -> Booleans:
    """Group A normal, marrow shown to be free after baseline, neutrophils known; whatever the counts."""
    sampled = r.involved.copy()
    sampled[:, 0] = np.nan
    spleen = ~(r.spleen >= NORMAL_SPLEEN)
    normal = nodes_normal(r) & spleen & (r.lymphocytes < NORMAL_LYMPHOCYTES)
    return normal & (last_known(sampled) == 0) & ~np.isnan(r.neutrophils)


def nodes_normal(r: Readings) -> Booleans:
    """Every target node below 1.5 cm."""
    return np.all(~targets(r) | (r.longest < NORMAL_NODE), axis=2)


def counts_recovered(r: Readings) -> Booleans:
    """Own neutrophils, platelets and haemoglobin at the limits of CR."""
    own = (own_neutrophils(r) >= NEUTROPHILS) & (own_platelets(r) >= PLATELETS)
    return own & (own_haemoglobin(r) >= HAEMOGLOBIN)


def partial_remissions(r: Readings) -> tuple[Booleans, Booleans]:
    """Whether an assessment by itself fulfils PR, and whether it fulfils PR-L and not PR."""
    was_abnormal, better = abnormal(r), group_a_better(r)
    blood = group_b_better(r)

    def enough(n: int) -> Booleans:
        needed = np.minimum(np.sum(was_abnormal[:n], axis=0), 2)
        found = np.sum([was & now for was, now in zip(was_abnormal[:n], better[:n], strict=True)], axis=0)
        return (needed > 0) & (found >= needed)

    persisting = (r.on_btki | r.btki_held) & ~better[2]
    return enough(3) & blood & ~persisting, enough(2) & blood & persisting


def group_a_better(r: Readings) -> tuple[Booleans, Booleans, Booleans]:
    """Whether nodes, spleen and lymphocytes are down by half from baseline, or normal."""
    total = sum_of_products(r)
    first = r.longest[:, :1]
    longer = np.where(r.longest >= NORMAL_NODE, r.longest > first, r.longest >= SMALL_NODE_GROWTH * first)
    shrunk = (total <= HALF * total[:, :1]) | nodes_normal(r)
    nodes = shrunk & ~(targets(r) & longer).any(axis=2)
    spleen = r.spleen - NORMAL_SPLEEN <= HALF * excess(r)
    count = r.lymphocytes
    return nodes, spleen, (count <= HALF * count[:, :1]) | (count < NORMAL_LYMPHOCYTES)


def group_b_better(r: Readings) -> Booleans:
    """Whether own platelets or haemoglobin are better, or at their limit if both were normal at baseline."""
    parts = ((own_platelets(r), r.platelets, PLATELETS), (own_haemoglobin(r), r.haemoglobin, HAEMOGLOBIN))
    was_low = [measured[:, :1] < limit for _, measured, limit in parts]
    fine = [own >= limit for own, _, limit in parts]
    risen = [own >= UP_BY_HALF * measured[:, :1] for own, measured, _ in parts]
    better = (was_low[0] & (fine[0] | risen[0])) | (was_low[1] & (fine[1] | risen[1]))
    return np.where(was_low[0] | was_low[1], better, fine[0] | fine[1])


def progression(r: Readings) -> Booleans:
    """Whether an assessment by itself shows progression against those before it (section 5, PD)."""
    count, lowest = r.lymphocytes, nadir(r.lymphocytes)
    lymphocytosis = (count >= UP_BY_HALF * lowest) & (count >= LYMPHOCYTOSIS_OF_PD) & ~r.on_btki
    grown = nodes_grown(r) | spleen_grown(r) | lymphocytosis
    return flagged(r) | (grown & ~r.btki_held) | cytopenia(r)


def nodes_grown(r: Readings) -> Booleans:
    """A node of 1.5 cm or more up by half in LDi from its nadir, or SPD so with such a node."""
    large = r.longest >= NORMAL_NODE
    each = (large & (r.longest >= UP_BY_HALF * nadir(r.longest))).any(axis=2)
    total = sum_of_products(r)
    return each | ((total >= UP_BY_HALF * nadir(total)) & (large & targets(r)).any(axis=2))


def spleen_grown(r: Readings) -> Booleans:
    """An enlarged spleen grows again by half of its excess, or one that is or has become normal by 2 cm.

    Growth of one normal at baseline counts from baseline, of one normal since then from its nadir.
    """
    lowest = nadir(r.spleen)
    again = spleen_growth(r) >= growth_of_enlarged(r)
    recurs = r.spleen - lowest >= SPLEEN_GROWTH_FROM_NORMAL
    anew = r.spleen - r.spleen[:, :1] >= SPLEEN_GROWTH_FROM_NORMAL
    enlarged_before = np.where(lowest > NORMAL_SPLEEN, again, recurs)
    return (r.spleen > NORMAL_SPLEEN) & np.where(excess(r) > 0, enlarged_before, anew)


def cytopenia(r: Readings) -> Booleans:
    """A count that falls from three months after the last dose on, with a marrow seen to hold disease."""
    platelets, haemoglobin = own_platelets(r), own_haemoglobin(r)
    most, best = peak(platelets), peak(haemoglobin)
    fallen = (platelets <= HALF * most) | _crosses(platelets, most, PLATELETS)
    anaemia = (haemoglobin <= best - FALL_OF_HAEMOGLOBIN) | _crosses(haemoglobin, best, LOW_HAEMOGLOBIN)
    off = r.time - r.off_since[:, None] >= THREE_MONTHS
    return off & (r.involved == 1) & (fallen | anaemia)


def _crosses(value: Floats, before: Floats, limit: float) -> Booleans:
    """Whether a value is below a limit that it was not below before."""
    return (value < limit) & (before >= limit)
