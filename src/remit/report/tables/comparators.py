"""Published results of other therapies, survival from another time zero, and base rates of designation."""

from typing import Any

import polars as pl

from remit.report.records import Cell, Column, ReportTable
from remit.report.tabled import Report

CLASSES = {
    "oral": "oral",
    "antibody": "antibody",
    "immunochemotherapy": "immunochemotherapy or mixed",
    "car_t": "CAR-T",
}


def results(report: Report) -> ReportTable:
    """Published response of other therapies for the setting."""
    rows = tuple(_result(each) for each in _ordered(report))
    columns = (
        Column("THERAPY", "Therapy"),
        Column("CLASS", "Class"),
        Column("N", "n", "integer"),
        Column("ORR", "ORR", "percent"),
        Column("LIMITS", "Exact 95%"),
        Column("CR", "CR", "percent"),
        Column("DOR", "DOR, months", "months"),
        Column("PFS", "PFS, months", "months"),
        Column("OS", "OS, months", "months"),
        Column("STATE", "Standing", "marked"),
        Column("EVIDENCE", "Records"),
        Column("SOURCE", "Source"),
    )
    return ReportTable(
        id="table-comparators",
        title="Other therapies after a BTK inhibitor, as published",
        columns=columns,
        rows=rows,
        n="in the table",
        kind="published",
        footnotes=(
            "CR is compared only within one modality; no source read states it, so CR carries no verdict.",
            (
                "Survival is shown only when counted from trial entry; other time zeros are in a table "
                "of their own."
            ),
            "Recalled: written from memory of the literature; to be checked against the source before use.",
        ),
    )


def circumstances(report: Report) -> ReportTable:
    """How each result came about, and whether each agency would count the therapy as available."""
    rows = tuple(
        {
            "THERAPY": each["THERAPY"],
            "HOW": f"{each['RESPONSE']}; {each['READER']}; {each['MODALITY']}",
            "WHO": f"{each['ANALYSISSET']}; {each['PRIORLINES']}; {each['BTKISTOPPROG']}",
            "REGION": each["REGION"],
            "APPROVAL": each["APPROVAL"],
            "CDE": _available(each, "CDE"),
            "FDA": _available(each, "FDA"),
            "NOTE": each["NOTE"],
        }
        for each in _ordered(report)
    )
    columns = (
        Column("THERAPY", "Therapy"),
        Column("HOW", "Response; reader; modality"),
        Column("WHO", "Analysis set; earlier lines; BTK inhibitor stopped for progression"),
        Column("REGION", "Patients in"),
        Column("APPROVAL", "Approvals"),
        Column("CDE", "Available, CDE"),
        Column("FDA", "Available, FDA"),
        Column("NOTE", "Note"),
    )
    return ReportTable(
        id="table-circumstances",
        title="How those results came about, and what each agency would count as available",
        columns=columns,
        rows=rows,
        n="as in the table above",
        kind="published",
        footnotes=(
            (
                "Leads: of several records of the same patients, the one that counts for that agency; "
                "its own label where that was read."
            ),
        ),
    )


def _ordered(report: Report) -> list[dict[str, Any]]:
    """Records with a response rate, by class and cluster."""
    order = {name: place for place, name in enumerate(CLASSES)}
    known = report.table("comparators").filter(pl.col("ORR").is_not_null())
    known = known.with_columns(SHARED=pl.len().over("CLUSTER") > 1).iter_rows(named=True)
    return sorted(known, key=lambda row: (order.get(row["FEASIBILITY"], 9), row["CLUSTER"], row["ID"]))


def _result(each: dict[str, Any]) -> dict[str, Cell]:
    single = each["RECALLED"].replace("_months", "").upper()
    state = (
        "recalled" if each["CONFIDENCE"] == "recalled" else f"read{f'; recalled: {single}' if single else ''}"
    )
    return {
        "THERAPY": f"{each['THERAPY']} ({each['TRIAL']})",
        "CLASS": CLASSES.get(str(each["FEASIBILITY"]), str(each["FEASIBILITY"])),
        "N": each["N"],
        "ORR": each["ORR"],
        "CR": each["CR"],
        "DOR": each["DOR"],
        "PFS": each["PFS"],
        "LIMITS": f"{100 * float(str(each['ORRLCL'])):.0f} to {100 * float(str(each['ORRUCL'])):.0f}%",
        "OS": each["OS"] if each["OSORIGIN"] == "trial entry" else None,
        "STATE": state,
        "EVIDENCE": each["EVIDENCE"],
        "SOURCE": each["SOURCE"],
    }  # pyright: ignore[reportReturnType]


def _available(each: dict[str, Any], agency: str) -> str:
    leads = "leads; " if each["SHARED"] and each[f"LEADS_{agency}"] else ""
    return f"{leads}{each[f'AVAILABLE_{agency}']}. {each[f'SENTENCE_{agency}']}"


def other_survival(report: Report) -> ReportTable:
    """Survival counted from another time zero than trial entry; kept apart on purpose."""
    table = (
        report.table("comparators")
        .filter(pl.col("OS").is_not_null() & (pl.col("OSORIGIN") != "trial entry"))
        .sort("ID")
    )
    rows = tuple(
        {
            "THERAPY": f"{each['THERAPY']} ({each['TRIAL']})",
            "N": each["N"],
            "OS": each["OS"],
            "ORIGIN": each["OSORIGIN"],
            "STATE": each["CONFIDENCE"],
            "NOTE": each["NOTE"],
            "SOURCE": each["SOURCE"],
        }
        for each in table.iter_rows(named=True)
    )
    columns = (
        Column("THERAPY", "Population"),
        Column("N", "n", "integer"),
        Column("OS", "Median OS, months", "months"),
        Column("ORIGIN", "Counted from"),
        Column("STATE", "Standing", "marked"),
        Column("NOTE", "Note"),
        Column("SOURCE", "Source"),
    )
    return ReportTable(
        id="table-other-survival",
        title="Survival counted from another time zero: not comparable with survival from trial entry",
        columns=columns,
        rows=rows,
        n="in the table",
        kind="published",
    )


def base_rates(report: Report) -> ReportTable:
    """Published shares of requests granted."""
    rows = tuple(
        {
            "AGENCY": each.agency.upper(),
            "PERIOD": each.period,
            "COUNT": f"{each.granted} of {each.requests}",
            "SHARE": each.granted / each.requests,
            "SOURCE": each.source,
        }
        for each in report.facts.base_rates
    )
    columns = (
        Column("AGENCY", "Agency"),
        Column("PERIOD", "Period"),
        Column("COUNT", "Granted of requested"),
        Column("SHARE", "Share", "percent"),
        Column("SOURCE", "Source"),
    )
    return ReportTable(
        id="table-base-rates",
        title="How often designation was granted, over all diseases",
        columns=columns,
        rows=rows,
        n="requests, in the table",
        kind="published",
        footnotes=(
            (
                "Shown for orientation only. No probability of a grant is computed here, and these "
                "shares are multiplied into nothing."
            ),
        ),
    )
