"""Minimal residual disease as an assay sees it: events among the cells it counts.

An assay that counts ``analysed`` cells calls disease where it sees at least ``events`` malignant ones, so its
limit is ``events / analysed``: 20 in 200,000 for flow cytometry at 1e-4, fewer events in more cells for
sequencing at 1e-5 and 1e-6. The number seen is Poisson with the true fraction.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtr

from remit.dosing import Floats
from remit.errors import problem


@dataclass(frozen=True, slots=True)
class Assay:
    """Cells analysed, and malignant cells among them that make a sample positive.

    Raises
    ------
    InputError
        If it needs no event, or more events than it analyses.
    """

    analysed: int
    events: int

    def __post_init__(self) -> None:
        """Check numbers at the border."""
        if not 1 <= self.events <= self.analysed:
            found = f"{self.events} events in {self.analysed} cells"
            raise problem("MRD assay", found, "1 event or more, in no fewer cells")

    @property
    def limit(self) -> float:
        """Fraction at which the expected number of events is the one needed."""
        return self.events / self.analysed


FLOW = Assay(200_000, 20)
"""Flow cytometry or allele-specific PCR at 1e-4."""
SEQUENCING = Assay(1_000_000, 10)
"""Sequencing at 1e-5."""
DEEP_SEQUENCING = Assay(3_000_000, 3)
"""Sequencing at 1e-6."""


def detection_probability(fraction: Floats, assay: Assay) -> Floats:
    """Probability that a sample with a true fraction of malignant cells is called positive."""
    expected = np.asarray(fraction, dtype=float) * assay.analysed
    return 1 - pdtr(assay.events - 1, expected)


def is_undetectable(fraction: Floats, assay: Assay, chance: Floats) -> NDArray[np.bool_]:
    """Whether the assay calls a sample negative; ``chance`` is uniform, one per sample."""
    return np.asarray(chance) >= detection_probability(fraction, assay)
