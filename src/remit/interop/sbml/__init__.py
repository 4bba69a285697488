"""SBML: a patient's simulation as a file that other simulators read.

States, parameters and derived values are parameters of the file, each with its unit; rates are rate rules,
binding steps and observables assignment rules, doses and extinction events. The time is in days.
"""

from remit.interop.sbml.writing import identifiers, text, write

__all__ = ["identifiers", "text", "write"]
