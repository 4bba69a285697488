"""An analysis that was carried out: its plan, its numbers, and all that was found and assumed on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from remit.analysis.plan_file import AnalysisPlan
from remit.analysis.safety_tables import Safety, no_safety
from remit.interop.adam.findings import AdamFinding, errors
from remit.interop.adam.tables import AdamTables
from remit.report.records import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """An analysis that was carried out.

    Parameters
    ----------
    tables
        What was read.
    plan
        The plan that was followed.
    assumed
        What was assumed because no plan was given, each a sentence.
    findings
        What the rules found, errors first. An error has stopped at least one endpoint.
    results
        Every number: one row each, columns as ``remit.analysis.results.COLUMNS``.
    stopped
        Endpoints that were not analysed, with the errors that stopped them.
    safety
        Safety tables and their numbers; nothing without ADAE, ADEX and ADLB.
    """

    tables: AdamTables
    plan: AnalysisPlan
    assumed: tuple[str, ...]
    findings: tuple[AdamFinding, ...]
    results: pl.DataFrame
    stopped: Mapping[str, tuple[AdamFinding, ...]]
    safety: Safety = field(default_factory=no_safety)

    @property
    def kind(self) -> Kind:
        """Simulated or observed data, which decides the stamp."""
        return self.plan.data or self.tables.kind

    @property
    def errors(self) -> tuple[AdamFinding, ...]:
        """Findings that stopped an endpoint."""
        return errors(self.findings)

    @property
    def warnings(self) -> tuple[AdamFinding, ...]:
        """Findings that stopped nothing."""
        return tuple(each for each in self.findings if each.severity == "warning")
