"""Non-compartmental analysis of data sets: which samples follow which dose, and a table of their measures."""

from remit.interop.nca.profiles import Dosing
from remit.interop.nca.table import nca_table

__all__ = ["Dosing", "nca_table"]
