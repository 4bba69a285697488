"""``remit events`` and ``remit structures``: NONMEM event records through a pharmacokinetic structure."""

from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

import remit
from remit.cli.terminal import FAILED, counter


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
        with place as file, counter("replicates", replicates) as tick:
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
