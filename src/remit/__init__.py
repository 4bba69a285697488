"""remit plans registrational evidence with mechanistic in-silico trials.

>>> import remit
>>> study = remit.load_study("mcl_btki_treated")  # doctest: +SKIP
>>> run = remit.run(study, patients=2000, replicates=1000, seed=1)  # doctest: +SKIP
>>> remit.summary(run)  # doctest: +SKIP
>>> remit.report(run, "mcl.html")  # doctest: +SKIP

Importing this package computes nothing and sets nothing; what is heavy is loaded when it is first used.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from remit.errors import Finding, InputError, ModelSizeError, RemitError, RunError, UnknownNameError

if TYPE_CHECKING:
    from remit.analysis.analysing import analyse
    from remit.dosing import parse_regimen
    from remit.events import Variability, simulate_events
    from remit.interop.exporting import export
    from remit.interop.nca import nca_table
    from remit.library import Library, check_library, open_library
    from remit.run.runs import Run, Verified, open_run, summary, verify
    from remit.run.worker import Progress
    from remit.stats.non_compartmental import nca
    from remit.study import Study, init_text, load_study, schema
    from remit.treatment import simulate_treatment

    __version__: str

__all__ = [
    "Finding",
    "InputError",
    "Library",
    "ModelSizeError",
    "Progress",
    "RemitError",
    "Run",
    "RunError",
    "Study",
    "UnknownNameError",
    "Variability",
    "Verified",
    "__version__",
    "analyse",
    "check_library",
    "export",
    "init_text",
    "load_study",
    "nca",
    "nca_table",
    "open_library",
    "open_run",
    "parse_regimen",
    "report",
    "run",
    "schema",
    "simulate_events",
    "simulate_treatment",
    "summary",
    "verify",
]

HOMES = {
    "Variability": "remit.events",
    "analyse": "remit.analysis.analysing",
    "parse_regimen": "remit.dosing",
    "simulate_events": "remit.events",
    "export": "remit.interop.exporting",
    "nca": "remit.stats.non_compartmental",
    "nca_table": "remit.interop.nca",
    "Library": "remit.library",
    "check_library": "remit.library",
    "open_library": "remit.library",
    "Run": "remit.run.runs",
    "Verified": "remit.run.runs",
    "open_run": "remit.run.runs",
    "summary": "remit.run.runs",
    "verify": "remit.run.runs",
    "Progress": "remit.run.worker",
    "simulate_treatment": "remit.treatment",
    "Study": "remit.study",
    "init_text": "remit.study",
    "load_study": "remit.study",
    "schema": "remit.study",
}
"""Where the names live that are loaded when first used."""


class _Package(ModuleType):
    """This package, which keeps its functions ``run`` and ``report``.

    Python sets an attribute of a package whenever a package inside it is first imported; ``remit.run``
    and ``remit.report`` would turn from functions into modules on the way.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in {"run", "report"} and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


def __getattr__(name: str) -> object:
    """A public name, from its home."""
    if name == "__version__":
        # Loads what reads the metadata of packages, which takes longer than all else here.
        globals()[name] = import_module("remit.run.manifest").installed("remit")
        return globals()[name]
    if name not in HOMES:
        raise AttributeError(f"module 'remit' has no attribute '{name}'")
    found = vars(import_module(HOMES[name]))[name]
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *__all__})


def run(  # noqa: PLR0913 - every option of a run is named
    study: "Study",
    *,
    patients: int | None = None,
    draws: int | None = None,
    replicates: int | None = None,
    sensitivity: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    threads: int | None = None,
    progress: "Callable[[Progress], None] | None" = None,
) -> "Run":
    """Run a study: simulate its virtual patients, replicate the trial on them, and judge the result.

    What is not given is taken from the study file. The same study, sizes and seed give the same tables,
    byte for byte, for any number of threads and after any interruption.

    Parameters
    ----------
    study
        The study, from :func:`load_study`.
    patients
        Virtual patients in all, shared equally by the draws and rounded up to a whole number for each.
    draws
        Draws of the uncertain parameters.
    replicates
        Replicates of the trial, under each arm and scenario.
    sensitivity
        Virtual patients of each level of the sensitivity analysis; 0 leaves it out.
    seed
        Seed of the run, 0 or more.
    out
        Folder of the run; an unfinished run of the same kind in it is continued. Without one the run is
        kept in a temporary folder for as long as the returned object is in use.
    threads
        Threads that work side by side; as many as there are processors unless given.
    progress
        Told how far the run is, after every block of patients.

    Raises
    ------
    InputError
        If a size or the seed cannot be used; with every finding at once.
    RunError
        If ``out`` holds another run or other files, or too many patients could not be solved.
    """
    # Local, as in `report`: the model, its compiler and the figures take a second or more to load.
    from remit.run.options import Options  # noqa: PLC0415
    from remit.run.start import start  # noqa: PLC0415

    options = Options(
        patients=patients,
        draws=draws,
        replicates=replicates,
        sensitivity=sensitivity,
        seed=seed,
        threads=threads,
    )
    return start(study, options, out=out, listener=progress)


def report(run: "Run", path: str | Path) -> Path:
    """Write the report of a run as one HTML file that loads nothing from a network.

    Parameters
    ----------
    run
        A finished run, from :func:`run` or :func:`open_run`.
    path
        The file to write.

    Returns
    -------
    The path of the file.
    """
    from remit.report import write_report  # noqa: PLC0415
    from remit.report.facts import facts_of  # noqa: PLC0415

    return write_report(run.tables, facts_of(run.facts), Path(path))


sys.modules[__name__].__class__ = _Package
