"""Assays of minimal residual disease: cells analysed, and malignant cells that make a sample positive."""

from dataclasses import dataclass

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
ASSAYS = {"flow_1e-4": FLOW, "sequencing_1e-5": SEQUENCING, "sequencing_1e-6": DEEP_SEQUENCING}
"""Assays that a study may name."""
