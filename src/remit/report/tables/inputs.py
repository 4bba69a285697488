"""What went in and what came of it: patients, parameters, sources, sensitivity, operating characteristics."""

from collections.abc import Mapping

import polars as pl

from remit.report.labels import courses, scenario_rank, scenario_title, with_titles
from remit.report.records import Cell, Column, ReportTable
from remit.report.tabled import Report, not_solved, patients, varied_patients


def baseline(report: Report) -> ReportTable:
    """Virtual patients at entry, each counted once."""
    adsl = report.table("adsl")
    rows = (
        _baseline_rows(adsl.unique(["DRAW", "USUBJID"], maintain_order=True)) if not adsl.is_empty() else []
    )
    return ReportTable(
        id="table-baseline",
        title="Virtual patients at entry",
        columns=(
            Column("WHAT", "Characteristic"),
            Column("VALUE", "Median (5th to 95th percentile), or share"),
        ),
        rows=tuple(rows),
        n=patients(report),
        footnotes=("The refractory subgroup is latent: a real trial would not see it.",),
    )


COVARIATES = {
    "AGE": ("Age, years", 0),
    "WEIGHT": ("Body weight, kg", 0),
    "PRIORLN": ("Earlier lines of therapy", 0),
    "KI67": ("Ki-67, fraction", 2),
    "CRCL": ("Creatinine clearance, mL/min", 0),
    "BCL2EXP": ("BCL2 expression, relative to typical", 2),
}
"""Name and digits of the numeric covariates."""
FLAGS = {
    "TP53FL": ("TP53 altered, share", 2),
    "BLASTFL": ("Blastoid or pleomorphic, share", 2),
    "IGHVUFL": ("IGHV unmutated, share", 2),
    "CKFL": ("Complex karyotype, share", 2),
    "IDHFL": ("IDH1 or IDH2 mutated, share", 2),
    "NPM1FL": ("NPM1 mutated, share", 2),
    "FLT3FL": ("FLT3-ITD, share", 2),
}


def _baseline_rows(people: pl.DataFrame) -> list[Mapping[str, Cell]]:
    rows: list[Mapping[str, Cell]] = []
    for column, (name, digits) in COVARIATES.items():
        if people[column].is_null().all():
            continue
        low, middle, high = (people[column].quantile(level, "linear") or 0.0 for level in (0.05, 0.5, 0.95))
        rows.append({"WHAT": name, "VALUE": f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"})
    shares = {
        "Male": people["SEX"] == "M",
        **{
            name.removesuffix(", share"): people[column]
            for column, (name, _) in FLAGS.items()
            if column in people.columns and not people[column].is_null().all()
        },
        "Site in China": people["REGION"] == "china",
        "Refractory subgroup (latent)": people["REFRFL"],
    }
    rows += [
        {"WHAT": name, "VALUE": f"{100 * float(values.cast(pl.Float64).to_numpy().mean()):.0f}%"}
        for name, values in shares.items()
    ]
    for reason in people["BTKISTOP"].unique().sort().to_list():
        rows.append(
            {
                "WHAT": f"Earlier BTK inhibitor ended: {reason}",
                "VALUE": f"{100 * float((people['BTKISTOP'] == reason).to_numpy().mean()):.0f}%",
            }
        )
    return rows


def screening(report: Report) -> ReportTable:
    """From candidates to treated patients."""
    table = report.table("screening")
    counts = (
        table.group_by("OUTCOME")
        .agg(pl.col("COUNT").sum())
        .sort("COUNT", "OUTCOME", descending=[True, False])
    )
    total = int(counts["COUNT"].sum() or 0)
    rows = (
        tuple({"OUTCOME": name, "COUNT": count, "SHARE": count / total} for name, count in counts.rows())
        if total
        else ()
    )
    columns = (
        Column("OUTCOME", "What became of the candidate"),
        Column("COUNT", "Candidates", "integer"),
        Column("SHARE", "Share", "percent"),
    )
    return ReportTable(
        id="table-screening",
        title="From candidates to treated patients",
        columns=columns,
        rows=rows,
        n=f"{total:,} candidates" if total else "",
        footnotes=(
            (
                "Candidates live through an earlier BTK-inhibitor course; those rejected as implausible, "
                "too ill or dead before day 1 are counted here."
            ),
        ),
    )


def shifts(report: Report) -> ReportTable:
    """How plausibility and screening moved the covariates, as means over draws."""
    table = report.table("shifts")
    names = ("CANDIDATES", "PLAUSIBLE", "ELIGIBLE", "SHIFTPL", "SHIFTEL")
    means = {
        row["COVARIATE"]: row for row in table.group_by("COVARIATE").agg(pl.col(names).mean()).to_dicts()
    }
    rows = tuple(
        {"WHAT": title}
        | {name: f"{means[code][name]:.{digits + 1}f}" for name in names[:3]}
        | {name: f"{means[code][name]:+.2f}" for name in names[3:]}
        for code, (title, digits) in {**COVARIATES, **FLAGS}.items()
        if code in means and None not in means[code].values()
    )
    columns = (
        Column("WHAT", "Covariate"),
        Column("CANDIDATES", "Candidates"),
        Column("PLAUSIBLE", "Plausible"),
        Column("ELIGIBLE", "Could enter"),
        Column("SHIFTPL", "Shift by plausibility, SD"),
        Column("SHIFTEL", "Shift in all, SD"),
    )
    return ReportTable(
        id="table-shifts",
        title="How plausibility and screening move the covariates",
        columns=columns,
        rows=rows,
        n="means over parameter draws",
        footnotes=(
            "Shift in all: by plausibility, the earlier course, the wait for treatment and eligibility.",
        ),
        folded=True,
    )


def sensitivity(report: Report) -> ReportTable:
    """Every level of every assumption that was varied."""
    table = report.table("sensitivity")
    rows = tuple(
        {
            "FACTOR": each["FACTOR"],
            "LEVEL": each["LEVEL"],
            "COURSE": each["COURSE"],
            "ORR": each["ORR"],
            "ERROR": _points(each["MCSE"]),
            "CHANGE": _points(each["CHANGE"], "+"),
            "CHANGEERR": _points(each["CHANGEERR"]),
            "CR": each["CR"],
            "PFS12": each["PFS12"],
            "NOTE": each["NOTE"],
        }
        for each in with_titles(table, report.facts)
        .sort("FACTOR", "ARM", "SCENARIO", "ORR", "LEVEL")
        .iter_rows(named=True)
    )
    columns = (
        Column("FACTOR", "Assumption"),
        Column("LEVEL", "Level"),
        Column("COURSE", "Arm and scenario"),
        Column("ORR", "ORR", "percent"),
        Column("ERROR", "Monte Carlo error"),
        Column("CHANGE", "Change of ORR from as assumed"),
        Column("CHANGEERR", "Monte Carlo error of the change"),
        Column("CR", "CR", "percent"),
        Column("PFS12", "PFS at 12 months", "percent"),
        Column("NOTE", "What was varied and how"),
    )
    return ReportTable(
        id="table-sensitivity",
        title="Sensitivity of the response rate",
        columns=columns,
        rows=rows,
        n=varied_patients(report),
        folded=True,
        footnotes=(
            (
                "About the typical parameter draw, one assumption at a time. A virtual patient has the same "
                "chances at every level, so errors of changes are smaller than those of rates."
            ),
            (
                "Half-life is compared among runs with single doses, all else with daily averages. Levels "
                "of disease biology are members of the calibration, all fitted values together."
            ),
        ),
    )


def _points(value: float | None, sign: str = "") -> str | None:
    """A fraction in percentage points."""
    return None if value is None else f"{100 * value:{sign}.1f} points"


def variance(report: Report) -> ReportTable:
    """Shares of variance with their errors."""
    rows = tuple(
        {
            "COURSE": each["COURSE"],
            "SOURCE": each["SOURCE"],
            "SHARE": each["SHARE"],
            "ERROR": _points(each["MCSE"]),
        }
        for each in with_titles(report.table("variance"), report.facts).iter_rows(named=True)
    )
    columns = (
        Column("COURSE", "Arm and scenario"),
        Column("SOURCE", "Source"),
        Column("SHARE", "Share of variance", "percent"),
        Column("ERROR", "Monte Carlo error"),
    )
    return ReportTable(
        id="table-variance",
        title="Shares of the variance of the response rate, with their errors",
        columns=columns,
        rows=rows,
        n="",
        folded=True,
        footnotes=(
            "First-order shares about the typical parameter draw; a share smaller than twice its error may "
            "be nothing.",
        ),
    )


def operating(report: Report) -> ReportTable:
    """Operating characteristics with their Monte Carlo standard errors."""
    table = report.table("operating")
    rows = tuple(with_titles(table, report.facts).iter_rows(named=True))
    columns = (
        Column("COURSE", "Arm and scenario"),
        Column("MEASURE", "Measure"),
        Column("VALUE", "Estimate", "number"),
        Column("MCSE", "Monte Carlo standard error", "number"),
        Column("LOW90", "5th percentile", "number"),
        Column("HIGH90", "95th percentile", "number"),
        Column("N_REPLICATES", "Replicates", "integer"),
    )
    return ReportTable(
        id="table-operating",
        title="Operating characteristics and Monte Carlo errors",
        columns=columns,
        rows=rows,
        n=not_solved(report),
        folded=True,
    )


def scenarios(report: Report) -> ReportTable:
    """The scenarios in words."""
    names = {scenario for _, scenario in courses(report.table("trials"), report.facts)} | set(
        report.facts.scenarios
    )
    rows = tuple(
        {
            "NAME": _scenario_name(name, report),
            "TEXT": report.facts.scenarios.get(name),
        }
        for name in sorted(names, key=scenario_rank)
    )
    return ReportTable(
        id="table-scenarios",
        title="The scenarios",
        columns=(Column("NAME", "Scenario"), Column("TEXT", "What is assumed")),
        rows=rows,
        n="",
        kind="input",
        footnotes=("None is preferred: nothing public tells them apart.",),
    )


def _scenario_name(name: str, report: Report) -> str:
    """Title of a scenario; those of the reference arm name it, as their titles are part of the others'."""
    title = scenario_title(name, report.facts.scenario_titles) or name
    return f"{report.facts.reference}: {title}" if name.startswith("reference") else title


def origins(report: Report) -> ReportTable:
    """How many parameters are reported, derived, fitted and assumed."""
    counts = report.table("parameters").group_by("ORIGIN").agg(pl.len().alias("COUNT")).sort("ORIGIN")
    total = report.table("parameters").height
    rows = tuple(
        {"ORIGIN": origin, "COUNT": count, "SHARE": count / total} for origin, count in counts.rows()
    )
    columns = (
        Column("ORIGIN", "Origin"),
        Column("COUNT", "Values", "integer"),
        Column("SHARE", "Share", "percent"),
    )
    return ReportTable(
        id="table-origins",
        title="Where the values come from",
        columns=columns,
        rows=rows,
        n=f"{total:,} values" if total else "",
        kind="input",
    )


def parameters(report: Report) -> ReportTable:
    """Every parameter with origin and source."""
    rows = tuple(_parameter_row(each) for each in report.table("parameters").iter_rows(named=True))
    columns = (
        Column("PATH", "Parameter"),
        Column("MEANING", "Meaning"),
        Column("VALUE", "Value", "number"),
        Column("UNIT", "Unit"),
        Column("ORIGIN", "Origin"),
        Column("SOURCE", "Source"),
        Column("GRADE", "Grade"),
        Column("VERIFIED", "Verified"),
        Column("BETWEEN_PATIENTS", "Between patients"),
        Column("UNCERTAINTY", "Uncertainty"),
        Column("BECAUSE", "Because"),
    )
    return ReportTable(
        id="table-parameters",
        title="Every parameter",
        columns=columns,
        rows=rows,
        n=f"{len(rows):,} values" if rows else "",
        kind="input",
        folded=True,
    )


def _parameter_row(each: dict[str, Cell]) -> dict[str, Cell]:
    where = f", {each['WHERE']}" if each["WHERE"] else ""
    return each | {"SOURCE": f"{each['SOURCE'] or ''}{where}"}


def sources(report: Report) -> ReportTable:
    """Sources by key."""
    rows = tuple(report.table("sources").iter_rows(named=True))
    columns = (
        Column("KEY", "Key"),
        Column("TITLE", "Title"),
        Column("AUTHORS", "Authors"),
        Column("YEAR", "Year"),
        Column("URL", "Address"),
    )
    return ReportTable(
        id="table-sources", title="Sources", columns=columns, rows=rows, n="", kind="published", folded=True
    )
