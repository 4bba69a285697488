"""A study or a run in the format of another program."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from remit.errors import problem
from remit.interop import sbml
from remit.interop.patients import simulated_patient, typical_patient
from remit.interop.simulation import Simulation
from remit.library.form import nearest
from remit.run.runs import Run
from remit.run.store import STUDY
from remit.study import Study, load_study

FORMATS: Mapping[str, tuple[str, Callable[[Simulation, Path], Path]]] = {"sbml": (".xml", sbml.write)}
"""Suffix of the file and what writes it, by format."""


def export(
    source: Study | Run,
    to: str,
    out: str | Path | None = None,
    *,
    arm: str | None = None,
    scenario: str | None = None,
    patient: str | None = None,
) -> Path:
    """Write a patient of a study or a run for another program.

    Parameters
    ----------
    source
        A study, or a finished run.
    to
        The format: ``sbml``.
    out
        The file to write, replaced if it is there; unless given, a file named after arm and scenario, in the
        folder of the run or else here.
    arm, scenario
        Their names; the first scenario of the study, or of the arm, unless given.
    patient
        USUBJID of a virtual patient of the run, with the doses taken; unless given, the typical patient
        under the planned regimen.

    Returns
    -------
    The path of the file.

    Raises
    ------
    InputError
        If the format is unknown, or a patient is asked of a study that has not been run.
    UnknownNameError
        If there is no such arm, scenario or patient.
    RunError
        If a patient cannot be made, or the blocks of the run are gone.
    """
    if to not in FORMATS:
        raise problem("export: format", f"'{to}'", f"one of {', '.join(FORMATS)}", nearest(to, FORMATS))
    suffix, write = FORMATS[to]
    if isinstance(source, Run) and patient is not None:
        found = simulated_patient(source, patient, arm, scenario)
    elif patient is not None:
        needed = "the folder of a run, which has patients"
        raise problem("export: patient", f"patient {patient} of a study", needed, "remit run, then export")
    else:
        study = load_study(source.folder / STUDY) if isinstance(source, Run) else source
        found = typical_patient(study, arm, scenario)
    name = re.sub(r"\W+", "_", found.title)
    folder = source.folder if isinstance(source, Run) else Path()
    return write(found, Path(out) if out is not None else folder / f"{name}{suffix}")
