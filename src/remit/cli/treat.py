"""``remit treat``: patients of a disease under a treatment, without a trial around them."""

from pathlib import Path
from typing import Annotated

import typer

import remit

Lines = Annotated[
    list[str] | None,
    typer.Option(
        "--give", metavar="LINE", help="Drug and regimen, as 'venetoclax 20 mg q24h x 7 then 400 mg q24h'."
    ),
]


def treat(
    disease: Annotated[str, typer.Argument(metavar="DISEASE", help="A disease of the library, as cll.")],
    give: Lines = None,
    days: Annotated[float, typer.Option(help="Days that patients are followed.")] = 365.0,
    every: Annotated[float, typer.Option(help="Days between observations.")] = 1.0,
    patients: Annotated[int, typer.Option(help="Virtual patients; 0 for the typical one alone.")] = 0,
    population: Annotated[
        str | None, typer.Option(help="Population; one of the disease unless given.")
    ] = None,
    resistance: Annotated[str | None, typer.Option(help="Scenario of resistance of the disease.")] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DRUG:GROUP=NAME", help="Scenario of a drug, as mesutoclax:potency_exposure=plateau."
        ),
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Typical value in its own unit.")
    ] = None,
    meal: Annotated[str, typer.Option(help="fasted, low_fat or high_fat.")] = "low_fat",
    cyp3a_inhibitor: Annotated[str, typer.Option(help="none, moderate, strong or posaconazole.")] = "none",
    hepatic_impairment: Annotated[str, typer.Option(help="none, moderate or severe.")] = "none",
    cyp3a_inducer: Annotated[bool, typer.Option("--cyp3a-inducer", help="Under a strong inducer.")] = False,
    pgp_inhibitor: Annotated[bool, typer.Option("--pgp-inhibitor", help="Under a P-gp inhibitor.")] = False,
    label_doses: Annotated[bool, typer.Option("--label-doses", help="Reduce doses as labels say.")] = False,
    adherence: Annotated[float, typer.Option(help="Share of doses taken.")] = 1.0,
    missed_run: Annotated[float, typer.Option(help="Mean number of doses missed in a row.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Courses as .csv or .parquet, or a page as .html.")
    ] = None,
    library: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Your own library, beside the shipped one.")
    ] = None,
) -> None:
    """Simulate patients of a disease under a treatment; print the course, or write it."""
    from remit.interop.treated_patients import target_of, written  # noqa: PLC0415
    from remit.treatment import Conditions, Who  # noqa: PLC0415 - loads the solver
    from remit.treatment.options import numbers, scenarios  # noqa: PLC0415
    from remit.treatment.summary import summarised  # noqa: PLC0415

    if out is not None:
        target_of(out)
    treated = remit.simulate_treatment(
        disease,
        give or [],
        days=days,
        every=every,
        who=Who(
            population=population, patients=patients, seed=seed, resistance=resistance,
            drug_scenarios=scenarios(scenario), values=numbers(values),
        ),
        conditions=Conditions(
            meal=meal, cyp3a_inhibitor=cyp3a_inhibitor, cyp3a_inducer=cyp3a_inducer,
            pgp_inhibitor=pgp_inhibitor, hepatic_impairment=hepatic_impairment, label_doses=label_doses,
            adherence=adherence, missed_run=missed_run,
        ),
        library=library,
    )  # fmt: skip
    if out is not None:
        who = f"{patients} virtual patients" if patients else "typical patient"
        typer.echo(f"Courses: {written(treated, out, f'{disease}, {who}', give or [])}")
        return
    table = summarised(treated)
    for row in [
        table.columns,
        *(["-" if value is None else f"{value:.4g}" for value in each] for each in table.rows()),
    ]:
        typer.echo("  ".join(f"{cell:>12}" for cell in row[:10]))
    for note in treated.notes:
        typer.echo(f"\nNote: {note}" if note == treated.notes[0] else f"Note: {note}")
