"""The designs that a study file may declare, one table for each kind."""

from typing import Literal

from remit.library.strict import Count, Level, Name, Probability, Sentence, Strict


class SingleArmTable(Strict):
    """Size and inference of a single-arm trial with an exact test of its response rate."""

    kind: Literal["single_arm"]
    n_patients: Count
    n_because: Sentence
    p0: Probability
    p0_because: Sentence
    p0_source: Name
    alpha: Level


Design = SingleArmTable
"""Any design."""
DESIGNS: dict[str, type[Strict]] = {"single_arm": SingleArmTable}
"""The table of each kind."""
