"""A study or a run in the format of another program."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from remit.errors import problem
from remit.interop import nonmem, sbml
from remit.interop.patients import simulated_patient, subjects_of, typical_patient
from remit.interop.simulation import Simulation
from remit.library.form import nearest
from remit.run.runs import Run
from remit.run.store import STUDY
from remit.study import Study, load_study

FORMATS: Mapping[str, tuple[str, Callable[[Sequence[Simulation], Path], Path]]] = {
    "sbml": (".xml", lambda simulations, path: sbml.write(simulations[0], path)),
    "nonmem": (".csv", nonmem.write),
}
"""Suffix of the file and what writes it, by format."""
ALL = "all"
"""Stands for every patient of a run under an arm and scenario."""


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
        The format: ``sbml``, the whole model with one patient, or ``nonmem``, event records of the doses and
        concentrations of patients.
    out
        The file to write, replaced if it is there; unless given, a file named after arm and scenario, in the
        folder of the run or else here.
    arm, scenario
        Their names; the first scenario of the study, or of the arm, unless given.
    patient
        USUBJID of a virtual patient of the run, with the doses taken, or ``all``; unless given, the typical
        patient under the planned regimen.

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
        subjects = subjects_of(source, arm, scenario) if patient == ALL else [patient]
        if to != "nonmem" and patient == ALL:
            found = f"all {len(subjects)} patients"
            raise problem("export: patient", found, f"one patient for {to}", "--to nonmem takes all")
        found = [simulated_patient(source, each, arm, scenario) for each in subjects]
    elif patient is not None:
        needed = "the folder of a run, which has patients"
        raise problem("export: patient", f"patient {patient} of a study", needed, "remit run, then export")
    else:
        study = load_study(source.folder / STUDY) if isinstance(source, Run) else source
        found = [typical_patient(study, arm, scenario)]
    title = found[0].title if patient != ALL else f"all {found[0].title.partition(', ')[2]}"
    name = re.sub(r"\W+", "_", title)
    folder = source.folder if isinstance(source, Run) else Path()
    return write(found, Path(out) if out is not None else folder / f"{name}{suffix}")
