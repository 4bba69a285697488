"""Treatments given to patients of a disease, without a trial around them."""

from remit.dosing.given import Given, parse_given
from remit.library.conditions import Conditions
from remit.treatment.simulate import Treated, simulate_treatment
from remit.treatment.who import Who

__all__ = ["Conditions", "Given", "Treated", "Who", "parse_given", "simulate_treatment"]
