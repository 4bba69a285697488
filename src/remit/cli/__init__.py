"""The command line. Whatever a command does, three lines of Python can do with the same names.

Exit codes: 0 done; 1 the run failed; 2 an input cannot be used, with all findings printed at once;
130 interrupted, with what was done kept.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

import remit
from remit.cli.analyse import analyse_tables
from remit.cli.design import design_app
from remit.cli.events import list_structures, simulate_data_set
from remit.cli.nca import analyse_concentrations
from remit.cli.terminal import (
    BAD_INPUT,
    FAILED,
    AsJson,
    LibraryFolder,
    number,
    print_json,
    progress_bar,
    stoppable,
)
from remit.cli.treat import treat

HEADLINE = ("ORR", "CR", "median PFS [month]", "median DOR [month]")
"""Measures that are printed after a run; `remit summary` prints all."""

app = typer.Typer(
    name="remit", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Plan registrational evidence with in-silico trials. Simulated data are not clinical evidence.",
)  # fmt: skip
library_app = typer.Typer(
    no_args_is_help=True, help="Look into the library of drugs, diseases, populations and studies."
)
runs_app = typer.Typer(no_args_is_help=True, help="Look after finished runs.")
app.add_typer(design_app, name="design")
app.add_typer(library_app, name="library")
app.add_typer(runs_app, name="runs")

StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A shipped study by name, or a study file.")]
RunFolder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished run.")]


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")
    ] = False,
) -> None:
    """Options of every command; ``main`` looks for --debug itself, where the error arrives."""


@app.command("run")
def run_study(
    study: StudyName,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the run; an interrupted run in it is continued.")
    ],
    patients: Annotated[
        int | None, typer.Option(help="Virtual patients in all, shared by the draws.")
    ] = None,
    draws: Annotated[int | None, typer.Option(help="Draws of the uncertain parameters.")] = None,
    replicates: Annotated[int | None, typer.Option(help="Replicates of the trial.")] = None,
    sensitivity: Annotated[
        int | None, typer.Option(help="Virtual patients of each level of the sensitivity analysis; 0: none.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the run.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads; as many as processors unless given.")] = None,
    library: LibraryFolder = None,
    as_json: AsJson = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Leave out report.html.")] = False,
) -> None:
    """Run a study and write its report. What is not given is taken from the study file."""
    resolved = remit.load_study(study, library=library)
    with stoppable(out), nullcontext() if as_json else progress_bar() as bar:
        run = remit.run(
            resolved,
            patients=patients,
            draws=draws,
            replicates=replicates,
            sensitivity=sensitivity,
            seed=seed,
            out=out,
            threads=threads,
            progress=bar,
        )
    report = None if no_report else remit.report(run, out / "report.html")
    if as_json:
        print_json(_summary(run) | {"report": str(report) if report else None})
        return
    _print_summary(run, all_measures=False)
    typer.echo(f"\nTables: {out / 'tables'}")
    if report:
        typer.echo(f"Report: {report}")


@app.command("report")
def report_run(
    folder: RunFolder, to: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to.")] = None
) -> None:
    """Write the report of a finished run, DIR/report.html unless told otherwise."""
    typer.echo(f"Report: {remit.report(remit.open_run(folder), to or folder / 'report.html')}")


@app.command("summary")
def summarise(folder: RunFolder, as_json: AsJson = False) -> None:
    """Print the operating characteristics of a run, each with its Monte Carlo standard error."""
    run = remit.open_run(folder)
    if as_json:
        print_json(_summary(run))
    else:
        _print_summary(run, all_measures=True)


@app.command("export")
def export_patient(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="Folder of a finished run, a shipped study, or a file.")
    ],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="sbml or nonmem.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write.")] = None,
    arm: Annotated[str | None, typer.Option(help="Arm; that of the first scenario unless given.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Scenario; the first of the arm unless given.")] = None,
    patient: Annotated[
        str | None, typer.Option(metavar="USUBJID", help="A virtual patient of the run, as treated; or all.")
    ] = None,
    library: LibraryFolder = None,
) -> None:
    """Write a patient for another program: the typical one as planned, unless one of a run is named."""
    place = Path(source)
    if place.is_dir() and library is not None:
        found, needed = f"the run {source}", "a study, which --library can change; a run has its own library"
        raise remit.InputError([remit.Finding("export: --library", found, needed, "leave out --library")])
    if not place.exists() and "/" in place.as_posix():
        needed = "the folder of a finished run, a study file, or a shipped study by name"
        raise remit.UnknownNameError([remit.Finding(source, "nothing there", needed, "check the path")])
    opened = remit.open_run(source) if place.is_dir() else remit.load_study(source, library=library)
    written = remit.export(opened, to, out, arm=arm, scenario=scenario, patient=patient)
    typer.echo(f"{to.upper()}: {written}")


app.command("analyse")(analyse_tables)
app.command("events")(simulate_data_set)
app.command("nca")(analyse_concentrations)
app.command("structures")(list_structures)
app.command("treat")(treat)


@app.command("init")
def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Study file to write.")],
    start: Annotated[str, typer.Option("--from", metavar="STUDY", help="Shipped study to begin with.")],
) -> None:
    """Write a commented study file to edit; a file that is there is left alone."""
    from remit.study import init_study  # noqa: PLC0415 - loads the model, as a run does

    typer.echo(f"Study: {init_study(file, start)}")


@app.command("schema")
def print_schema(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="study, a kind of library file, or tables.")],
) -> None:
    """Print the JSON Schema of a file format, for an editor to check and complete."""
    print_json(remit.schema(kind))


@library_app.command("list")
def list_library(library: LibraryFolder = None) -> None:
    """List everything in the library, by kind."""
    opened = remit.open_library(library)
    for file in sorted(opened.documents):
        typer.echo(f"{file:<40}{opened.documents[file].data.get('title', '')}".rstrip())


@library_app.command("show")
def show_library(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as drugs/mesutoclax.")],
    library: LibraryFolder = None,
) -> None:
    """Print every number of an entry with its unit, origin and source."""
    typer.echo(remit.open_library(library).show(name))


@library_app.command("check")
def check(library: LibraryFolder = None) -> None:
    """Check every file of the library and print all findings at once."""
    findings = remit.check_library(library)
    if findings:
        raise remit.InputError(findings)
    counts = remit.open_library(library).counts_by_origin()
    origins = ", ".join(f"{count} {origin}" for origin, count in counts.items())
    typer.echo(f"No findings. Values by origin: {origins}.")


@runs_app.command("verify")
def verify_run(folder: RunFolder, as_json: AsJson = False) -> None:
    """Check the files of a run and print a digest of the values of every table, and of all."""
    verified = remit.verify(remit.open_run(folder))
    if as_json:
        print_json({"run": str(folder), "digest": verified.total, "tables": dict(verified.digests)})
        return
    for name, digest in verified.digests.items():
        typer.echo(f"{name:<14}{verified.rows[name]:>10} rows  {digest}")
    typer.echo(f"{'all':<14}{sum(verified.rows.values()):>10} rows  {verified.total}")


@app.command("version")
def version() -> None:
    """Print the version."""
    typer.echo(remit.__version__)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit with its code; what the caller can mend comes without a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(given)
    except remit.InputError as error:
        typer.echo(str(error), err=True)
        sys.exit(BAD_INPUT)
    except remit.RemitError as error:
        typer.echo(str(error), err=True)
        sys.exit(FAILED)
    except BrokenPipeError:
        # Whoever read our output has had enough; nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except OSError as error:
        if "--debug" in given:
            raise
        found, needed = error.strerror or str(error), "a place that can be read and written"
        place = str(error.filename or "a file")
        typer.echo(str(remit.InputError([remit.Finding(place, found, needed, "check the path")])), err=True)
        sys.exit(BAD_INPUT)
    except Exception as error:
        if "--debug" in given:
            raise
        notes = "".join(f" {note}" for note in vars(error).get("__notes__", ()))
        typer.echo(f"Unexpected error, a fault of remit: {type(error).__name__}: {error}{notes}", err=True)
        typer.echo(
            "Please report it with what `remit --debug ...` prints, the study file, and `remit version`.",
            err=True,
        )
        sys.exit(FAILED)
    sys.exit(0)


def _summary(run: "remit.Run") -> dict[str, Any]:
    """What --json prints of a run."""
    operating = remit.summary(run).to_dicts()
    return {"run": str(run.folder), "operating": operating, "notes": list(run.facts.get("notes", ()))}


def _print_summary(run: "remit.Run", *, all_measures: bool) -> None:
    """Operating characteristics by arm and scenario, and what must be said about them."""
    rows = remit.summary(run).select("ARM", "SCENARIO", "MEASURE", "VALUE", "MCSE", "LOW90", "HIGH90").rows()
    typer.echo("Simulated data, not clinical evidence. Monte Carlo standard error, then 90% interval.")
    course = ("", "")
    for arm, scenario, measure, value, error, low, high in rows:
        if not all_measures and measure not in HEADLINE and not measure.startswith("refused"):
            continue
        if (arm, scenario) != course:
            course = (arm, scenario)
            typer.echo(f"\n{arm}, {scenario}")
        interval = "" if low is None and high is None else f"  {number(low)} to {number(high)}"
        typer.echo(f"  {measure:<52}{number(value):>11}{number(error):>10}{interval}".rstrip())
    for note in run.facts.get("notes", ()):
        typer.echo(f"\nNote: {note}")
