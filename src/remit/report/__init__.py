"""Tables, figures and the document, from result tables alone; this package simulates nothing.

A figure is one function from tables to a specification, a table is one record; ``write_report`` puts
them on one self-contained page that loads nothing from a network.
"""

from remit.report.document import write_report
from remit.report.facts import PublishedResult, ReportFacts, facts_of

__all__ = ["PublishedResult", "ReportFacts", "facts_of", "write_report"]
