"""Comparators judged by each agency's rules, from tables; this package runs nothing.

``assess`` gives a verdict per criterion reading, ``what_would_change`` the smallest result that would
meet each reading. Rules, base rates and cut-offs are data in ``readings.toml`` and ``agencies.toml``.
A verdict is *met*, *not met* or *cannot tell*; none says that an agency would grant anything.
"""

from remit.designation.agencies import Agency, BaseRate, Designation, shipped_agencies
from remit.designation.assessment import Case, assess
from remit.designation.comparators import (
    COMPARATORS,
    Comparator,
    comparator_table,
    comparators_from,
)
from remit.designation.dossier import (
    Observed,
    PlannedReadout,
    Simulated,
    dossier_outline,
)
from remit.designation.readings import Reading, Rules, shipped_rules
from remit.designation.thresholds import what_would_change

__all__ = [
    "COMPARATORS",
    "Agency",
    "BaseRate",
    "Case",
    "Comparator",
    "Designation",
    "Observed",
    "PlannedReadout",
    "Reading",
    "Rules",
    "Simulated",
    "assess",
    "comparator_table",
    "comparators_from",
    "dossier_outline",
    "shipped_agencies",
    "shipped_rules",
    "what_would_change",
]
