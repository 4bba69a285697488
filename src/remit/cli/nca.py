"""``remit nca``: non-compartmental analysis of a data set."""

from pathlib import Path
from typing import Annotated, Any

import typer

import remit
from remit.cli.terminal import AsJson, print_json


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
        print_json({"profiles": found.to_dicts(), "flags": meanings})
    else:
        for line in printed(found):
            typer.echo(line)
