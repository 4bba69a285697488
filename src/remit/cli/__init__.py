"""The command line. Whatever a command does, three lines of Python can do with the same names.

Exit codes: 0 done; 1 the run failed; 2 an input cannot be used, with all findings printed at once;
130 interrupted, with what was done kept.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

import remit
from remit.cli.treat import treat

if TYPE_CHECKING:
    from remit.run.worker import Listener

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
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
app.add_typer(library_app, name="library")
app.add_typer(runs_app, name="runs")

StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A shipped study by name, or a study file.")]
RunFolder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished run.")]
LibraryFolder = Annotated[
    Path | None, typer.Option("--library", metavar="DIR", help="Your own library, beside the shipped one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


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
    with _stoppable(out), nullcontext() if as_json else _bar() as bar:
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
        _print_json(_summary(run) | {"report": str(report) if report else None})
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
        _print_json(_summary(run))
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


@app.command("events")
def simulate_data_set(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="CSV file of NONMEM event records.")],
    model: Annotated[str, typer.Option(metavar="NAME", help="Structure; `remit structures` lists them.")],
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Parameter: a number, or a formula of columns."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="CSV file to write; else stdout.")] = None,
    parameters: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV file of subjects: ID and parameters.")
    ] = None,
    omega: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV file: covariances of etas under parameter names.")
    ] = None,
    error: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=SD", help="Residual error: additive, proportional, or exponential."),
    ] = None,
    replicates: Annotated[int, typer.Option(help="Simulations of the data set, each drawn anew.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    drop: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Column to pass through without reading it.")
    ] = None,
    accuracy: Annotated[float, typer.Option(help="Relative accuracy of saturable kinetics.")] = 1e-8,
    threads: Annotated[int | None, typer.Option(help="Threads; as many as processors unless given.")] = None,
) -> None:
    """Simulate a data set of NONMEM event records with a pharmacokinetic structure, in its own units."""
    from remit.events import simulate_replicates  # noqa: PLC0415 - loads the solver
    from remit.events.options import deviations, pairs  # noqa: PLC0415

    variability = remit.Variability(
        parameters=parameters, omega=omega, error=deviations(error), replicates=replicates, seed=seed
    )
    frames = simulate_replicates(
        data,
        model,
        pairs(values, "--set", "NAME=VALUE"),
        variability=variability,
        drop=drop or (),
        accuracy=accuracy,
        threads=threads,
    )
    if out is not None and out.exists() and out.samefile(data):
        needed = "another file than the data set"
        raise remit.InputError([remit.Finding(f"--out {out}", "the data set itself", needed)])
    # Nothing is opened before the first replicate is there: bad input leaves an older file as it was.
    first = next(frames)
    rows = unsolved = 0
    place = nullcontext() if out is None else out.open("wb")
    try:
        with place as file, _counter("replicates", replicates) as tick:
            for number, frame in enumerate(chain([first], frames)):
                if file is None:
                    typer.echo(frame.write_csv(include_header=number == 0, null_value="."), nl=False)
                else:
                    frame.write_csv(file, include_header=number == 0, null_value=".")
                rows, unsolved = rows + frame.height, unsolved + frame["CP"].null_count()
                tick(number + 1)
    except OSError as failure:
        if out is None or failure.filename:
            raise
        needed, remedy = "a place that can be written", "check the space that is left"
        raise remit.InputError([remit.Finding(str(out), str(failure), needed, remedy)]) from failure
    if out is not None:
        typer.echo(f"Events: {out}, {rows} rows")
    if unsolved:
        typer.echo(f"{unsolved} rows could not be solved and have no amounts.", err=True)
        raise typer.Exit(FAILED)


@app.command("nca")
def analyse_concentrations(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="CSV file with ID, TIME and concentrations.")],
    column: Annotated[str, typer.Option(metavar="NAME", help="Column of concentrations.")] = "DV",
    group: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Column that tells profiles apart, beside ID.")
    ] = None,
    route: Annotated[
        str | None, typer.Option(help="extravascular, bolus or infusion; extravascular unless given.")
    ] = None,
    dose: Annotated[float | None, typer.Option(help="Amount; that of the dose records unless given.")] = None,
    duration: Annotated[
        float | None, typer.Option(help="Duration of an infusion; AMT over RATE unless given.")
    ] = None,
    tau: Annotated[float | None, typer.Option(help="Dosing interval, for the measures of one.")] = None,
    dose_number: Annotated[
        str, typer.Option(metavar="N", help="Dose that the profile follows: first, last, or from 1.")
    ] = "first",
    steady_state: Annotated[
        bool | None,
        typer.Option(
            "--steady-state/--not-steady-state", help="Of the interval; by SS and dose unless given."
        ),
    ] = None,
    loq: Annotated[float | None, typer.Option(help="Lower limit of quantification.")] = None,
    between: Annotated[
        str, typer.Option(help="Values below it between quantifiable ones: missing or zero.")
    ] = "missing",
    method: Annotated[
        str, typer.Option(help="linear_up_log_down, linear or linear_log.")
    ] = "linear_up_log_down",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="CSV file for all measures.")] = None,
    as_json: AsJson = False,
) -> None:
    """Analyse concentrations without a model: exposure, half-life, clearance, and what to be wary of."""
    from remit.interop.nca.table import MEANINGS, Dosing, Rules, nca_table, printed  # noqa: PLC0415 - as in events

    if dose_number not in ("first", "last") and not dose_number.isdecimal():
        needed = "first, last, or a number from 1"
        raise remit.InputError([remit.Finding("--dose-number", f"'{dose_number}'", needed)])
    number: Any = int(dose_number) if dose_number.isdecimal() else dose_number
    choices: dict[str, Any] = {"route": route, "method": method, "between": between}
    dosing = Dosing(
        amount=dose,
        route=choices["route"],
        duration=duration,
        tau=tau,
        number=number,
        is_steady_state=steady_state,
    )
    rules = Rules(loq=loq, between=choices["between"], method=choices["method"])
    found = nca_table(data, column=column, group=group or (), dosing=dosing, rules=rules)
    if out is not None:
        found.write_csv(out, null_value=".")
        typer.echo(f"NCA: {out}, {found.height} profiles")
    elif as_json:
        raised = {name for row in found["FLAGS"] for name in row.split(";") if name}
        meanings = {name: text for name, text in MEANINGS.items() if name in raised}
        _print_json({"profiles": found.to_dicts(), "flags": meanings})
    else:
        for line in printed(found):
            typer.echo(line)


@app.command("structures")
def list_structures(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One structure in full.")] = None,
) -> None:
    """List pharmacokinetic structures, or the compartments and parameters of one."""
    from remit.events.simulate import structure_of  # noqa: PLC0415 - loads the solver
    from remit.pk import STRUCTURES  # noqa: PLC0415

    if name is None:
        for each in STRUCTURES.values():
            typer.echo(f"{each.name:<46}{', '.join(each.quantities)}")
        return
    typer.echo(structure_of(name).described())


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
    _print_json(remit.schema(kind))


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
        _print_json({"run": str(folder), "digest": verified.total, "tables": dict(verified.digests)})
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


@contextmanager
def _stoppable(folder: Path) -> Generator[None]:
    """Let Ctrl-C end a run when the blocks under way are done; a second Ctrl-C leaves at once."""
    pressed: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        pressed.append(number)
        if len(pressed) > 1:
            # Blocks are committed whole or not at all, so leaving here loses no more than those under way.
            os._exit(INTERRUPTED)
        typer.echo("\nStopping when the blocks under way are done; Ctrl-C again leaves at once.", err=True)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(
            f"Interrupted. What is done is kept in {folder}; the same command goes on from there.", err=True
        )
        raise typer.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _bar() -> "Generator[Listener]":
    """A progress bar on stderr; nothing is drawn where stderr is not a terminal."""
    from rich.console import Console  # noqa: PLC0415 - as below, of no use to other commands
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    titles = {
        "population": "virtual patients",
        "course": "courses",
        "variation": "sensitivity",
        "analysis": "analysis",
    }
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<17}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        rows = {stage: bar.add_task(title, total=None) for stage, title in titles.items()}
        yield lambda progress: bar.update(rows[progress.stage], completed=progress.done, total=progress.total)


@contextmanager
def _counter(what: str, total: int) -> Generator[Callable[[int], None]]:
    """A progress bar on stderr for several of something; nothing is drawn for one."""
    from rich.console import Console  # noqa: PLC0415 - as in _bar
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(console=console, disable=total == 1 or not console.is_terminal) as bar:
        row = bar.add_task(what, total=total)
        yield lambda done: bar.update(row, completed=done)


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
        interval = "" if low is None and high is None else f"  {_number(low)} to {_number(high)}"
        typer.echo(f"  {measure:<52}{_number(value):>11}{_number(error):>10}{interval}".rstrip())
    for note in run.facts.get("notes", ()):
        typer.echo(f"\nNote: {note}")


def _number(value: float | None) -> str:
    """Four digits; a dash for what is not reached or has no value."""
    return "-" if value is None else f"{value:.4g}"


def _print_json(document: object) -> None:
    typer.echo(json.dumps(document, indent=1))
