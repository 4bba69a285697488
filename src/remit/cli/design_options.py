"""What the commands of ``remit design`` share: options, lists of numbers, and how an answer is printed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import remit
from remit.cli.terminal import print_json

if TYPE_CHECKING:
    from remit.design.designed import Designed

Alpha = Annotated[float, typer.Option(help="One-sided type I error; of each side where both are tested.")]
Power = Annotated[float, typer.Option(help="Probability of showing benefit under the alternative.")]
Ratio = Annotated[float, typer.Option(help="Experimental patients per control patient.")]
Page = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write a page with figures, as .html.")
]
Median = Annotated[float | None, typer.Option(help="Median time to the event in the control arm [month].")]
ControlHazard = Annotated[
    str | None,
    typer.Option(metavar="M:H,M:H,...", help="Or its hazard [1/month] from each month on, the first 0."),
]
Accrual = Annotated[float | None, typer.Option(help="Duration of enrolment [month].")]
Patients = Annotated[int | None, typer.Option(help="Patients of both arms; the duration is found.")]
FollowUp = Annotated[
    float | None, typer.Option(help="From the last patient to the end [month]; the patients are found.")
]
Ramp = Annotated[float, typer.Option(help="Time until enrolment is at its full rate [month].")]
Delay = Annotated[float, typer.Option(help="Time from randomisation without an effect [month].")]
Dropout = Annotated[float, typer.Option(help="Share of patients lost to follow-up within a year.")]
Cap = Annotated[float | None, typer.Option(help="Calendar time at which the trial ends in any case [month].")]


def numbers(text: str, option: str) -> tuple[float, ...]:
    """Numbers between commas.

    Raises
    ------
    InputError
        If something else stands there.
    """
    try:
        return tuple(float(each) for each in text.split(","))
    except ValueError:
        needed, remedy = "numbers between commas", "as 0.5,0.75,1"
        raise remit.InputError([remit.Finding(option, f"'{text}'", needed, remedy)]) from None


def pairs(text: str, option: str) -> tuple[tuple[float, float], ...]:
    """Pairs of numbers, a colon within and a comma between them.

    Raises
    ------
    InputError
        If something else stands there.
    """
    try:
        return tuple((float(a), float(b)) for a, b in (each.split(":") for each in text.split(",")))
    except ValueError:
        needed, remedy = "pairs month:hazard between commas", "as 0:0.06,6:0.03"
        raise remit.InputError([remit.Finding(option, f"'{text}'", needed, remedy)]) from None


def answer(design: "Designed", out: Path | None, *, as_json: bool) -> None:
    """Print a design, and write its page if asked to."""
    from remit.design.designed import printed  # noqa: PLC0415 - loads polars

    if out is not None:
        from remit.report.design_page import write_design_page  # noqa: PLC0415 - loads the figures

        written = write_design_page(design, out)
        if not as_json:
            typer.echo(f"Page: {written}\n")
    if as_json:
        print_json(design.to_dict())
        return
    for line in printed(design):
        typer.echo(line)
