"""``remit analyse``: the analysis of a study on ADaM tables, simulated or observed."""

from pathlib import Path
from typing import Annotated, Any

import typer

import remit
from remit.cli.terminal import BAD_INPUT, AsJson, print_json
from remit.errors import Finding

DEFAULT = ("html",)
"""Documents that are written unless others are named."""


def analyse_tables(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Directory of ADaM tables, or the folder of a run.")
    ],
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Plan of the analysis; what the tables suggest unless given."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder for tables, figures and results.")
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="NAME", help="Document to write: html, rtf; html unless given."),
    ] = None,
    write_plan: Annotated[
        Path | None,
        typer.Option("--write-plan", metavar="FILE", help="Write the plan as commented TOML, and stop."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check the tables against the plan, and stop.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Analyse a study on ADaM tables: rates, survival, comparisons; every finding about the tables is said.

    Exits with 2 if an error in the tables stops an endpoint. What is sound is analysed all the same, and says
    what is missing.
    """
    try:
        _analyse(directory, plan, out, tuple(formats or ()), write_plan, check=check, as_json=as_json)
    except remit.InputError as error:
        if not as_json:
            raise
        problems = [
            {"where": each.where, "found": each.found, "needed": each.needed, "remedy": each.remedy}
            for each in error.findings
        ]
        print_json({"problems": problems})
        raise typer.Exit(BAD_INPUT) from None


def _contradictions(
    out: Path | None, formats: tuple[str, ...], new_plan: Path | None, *, check: bool
) -> None:
    """Options of which one would be passed over in silence.

    Raises
    ------
    InputError
        With every such pair.
    """
    found: list[Finding] = []
    stopping = "--check" if check else "--write-plan"
    if out is not None and (check or new_plan is not None):
        found.append(
            Finding("--out", f"{stopping} too, which writes no analysis", "one of them", "leave one out")
        )
    if check and new_plan is not None:
        found.append(Finding("--write-plan", "--check too", "one of them", "leave one out"))
    if formats and out is None:
        found.append(Finding("--format", "no --out", "a folder for the documents", "--out FOLDER"))
    if found:
        raise remit.InputError(found)


def _analyse(
    directory: Path,
    plan: Path | None,
    out: Path | None,
    formats: tuple[str, ...],
    new_plan: Path | None,
    *,
    check: bool,
    as_json: bool,
) -> None:
    # As in the other commands: what is heavy is loaded when it is used.
    from remit.analysis.analysing import analysed  # noqa: PLC0415
    from remit.analysis.display_text import counted  # noqa: PLC0415
    from remit.analysis.document import document  # noqa: PLC0415
    from remit.analysis.plan_text import write_plan  # noqa: PLC0415
    from remit.analysis.terminal_text import printed, warning_lines  # noqa: PLC0415
    from remit.analysis.writing import check_formats, write_analysis  # noqa: PLC0415
    from remit.interop.adam.reading import read_adam  # noqa: PLC0415

    check_formats(formats or DEFAULT)
    _contradictions(out, formats, new_plan, check=check)
    done = analysed(read_adam(directory), plan)
    if new_plan is not None:
        typer.echo(f"Plan: {write_plan(done.plan, new_plan, done.assumed)}")
        return
    problems = [each.finding() for each in done.errors]
    is_nothing_left = len(done.stopped) == len(done.plan.endpoints)
    if as_json:
        found: dict[str, Any] = document(done)
        print_json({name: found[name] for name in ("data", "findings", "stopped")} if check else found)
    elif check or is_nothing_left:
        lines = "\n".join(warning_lines(done.warnings)).lstrip()
        if problems or not lines:
            lines = f"{lines}\n\n{counted(len(problems), len(done.warnings))}".lstrip()
        typer.echo(lines, err=is_nothing_left)
    else:
        typer.echo("\n".join(printed(done)))
    if out is not None and not check and not is_nothing_left:
        try:
            write_analysis(done, out, formats or DEFAULT)
        except remit.InputError:
            # Only RTF is missing then.
            typer.echo(f"\nWritten to {out}, without RTF", err=True)
            raise
        typer.echo(f"\nWritten to {out}", err=as_json)
    if problems:
        if as_json:
            raise typer.Exit(BAD_INPUT)
        raise remit.InputError(problems)
