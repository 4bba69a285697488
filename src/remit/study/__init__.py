"""A study file resolved against the library: everything that a run needs, with every number traceable.

``load_study("mcl_btki_treated")`` opens a shipped study, ``load_study("my_study.toml")`` a file. A resolved
study, written by ``Study.to_toml()``, carries the library files that it used and opens to the same study.
"""

from remit.library.schemas import schema
from remit.study.arms import Arm, ArmDrug, Scenario
from remit.study.loading import init_study, init_text, load_study
from remit.study.study import Study

__all__ = ["Arm", "ArmDrug", "Scenario", "Study", "init_study", "init_text", "load_study", "schema"]
