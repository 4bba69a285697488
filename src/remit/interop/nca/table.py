"""Non-compartmental analysis of a data set: one row a profile, under the names of CDISC.

Columns are codes of CDISC's terminology of pharmacokinetic parameters where it has one; ``CLSTP``,
``CMAXTAU``, ``TMAXTAU`` and ``AUCTAUPE`` are named after its manner. Nothing is rounded and no unit is
converted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl

from remit.errors import Finding, problem
from remit.events.data_set import from_frame, read_data_set, refuse
from remit.interop.nca.profiles import Dosing, SampledProfile, profiles_of
from remit.interop.nca.records import NcaRecords, read_nca_records
from remit.stats.non_compartmental.analysis import DEFAULTS, Interval, Profile, nca
from remit.stats.non_compartmental.flags import FLAGS
from remit.stats.non_compartmental.samples import Route, Rules

Measure = tuple[str, Callable[[Profile], float]]
"""Meaning of a column, and its value."""

TABLE_FLAGS: Mapping[str, str] = {
    "NO_SUCH_DOSE": "the subject has fewer doses than the number asked for",
    "NO_SAMPLES": "no concentration after the dose; there are no measures",
    "MISSING_SAMPLES": "samples without a concentration are left out",
}
"""Flags of the table, besides those of a profile, and their meaning."""
MEANINGS: Mapping[str, str] = {**TABLE_FLAGS, **FLAGS}
"""Every flag of the column FLAGS and its meaning."""

WHOLE = ("LAMZNPT",)
"""Columns of whole numbers."""
SHOWN = ("CMAX", "TMAX", "AUCLST", "AUCIFO", "LAMZHL", "CLFO", "CLO", "AUCTAU", "CTROUGH", "CLFTAU", "CLTAU")
"""Measures that are printed; a file has all."""
MOST_SHOWN = 20
"""Rows that are printed."""


def nca_table(
    data: str | Path | pl.DataFrame,
    *,
    column: str = "DV",
    group: Sequence[str] = (),
    dosing: Dosing | None = None,
    rules: Rules = DEFAULTS,
) -> pl.DataFrame:
    """Analyse the profile of each subject in each group.

    Parameters
    ----------
    data
        CSV file or table with NONMEM's columns, whatever their case: ID and TIME, and where there are any
        EVID, MDV, AMT, RATE, II, ADDL and SS; BLQ or CENS of 1 says that a sample is below the limit.
    column
        Column of concentrations; a number, a point for none, or such as ``BLQ`` or ``<0.5``.
    group
        Columns besides ID that tell profiles apart; REP always does.
    dosing
        Which dose the profiles follow, and what the data do not say of it.
    rules
        What else there is to choose, such as the limit of quantification.

    Returns
    -------
    One row a profile, in order of their first rows: ID and groups as text, time and amount of the dose, the
    measures of :func:`measures`, null where there is none, and FLAGS, names of flags joined by semicolons.

    Raises
    ------
    InputError
        With every row and column that cannot be used.
    OSError
        If the file cannot be opened.
    """
    given = dosing or Dosing()
    refuse(list(_wrong_options(given)))
    source = from_frame(data) if isinstance(data, pl.DataFrame) else read_data_set(data)
    records = read_nca_records(source, column, group, needs_amount=given.amount is None)
    route = _route(records, given)
    columns = measures(route, has_interval=given.tau is not None)
    rows = [
        _row(found, columns, _analysed(found, route, given.tau, rules))
        for found in profiles_of(records, route, given)
    ]
    schema: dict[str, type[pl.DataType]] = dict.fromkeys(records.keys, pl.String)
    schema |= {"DOSETIME": pl.Float64, "DOSE": pl.Float64}
    schema |= {name: pl.Int64 if name in WHOLE else pl.Float64 for name in columns}
    return pl.DataFrame(rows, schema={**schema, "FLAGS": pl.String}, orient="row")


def _wrong_options(dosing: Dosing) -> Iterator[Finding]:
    """What is wrong with what the caller says of the doses."""
    numbers = {"dose": dosing.amount, "duration": dosing.duration, "tau": dosing.tau}
    for name, value in numbers.items():
        if value is not None and not (np.isfinite(value) and value > 0):
            yield Finding(f"nca: {name}", f"{value}", "a number above 0")
    if dosing.route is not None and dosing.route not in get_args(Route):
        yield Finding("nca: route", f"'{dosing.route}'", f"one of {', '.join(get_args(Route))}")
    elif dosing.duration is not None and dosing.route != "infusion":
        found = f"{dosing.duration} without an infusion"
        yield Finding("nca: duration", found, "route infusion", "leave out the duration")
    if isinstance(dosing.number, int) and dosing.number < 1:
        yield Finding("nca: number of the dose", f"{dosing.number}", "first, last, or a number from 1")


def _route(records: NcaRecords, dosing: Dosing) -> Route:
    """The route as given; without one extravascular, unless the data speak of infusions."""
    if dosing.route is None and (records.items["RATE"][records.is_dose] != 0).any():
        found = f"RATE in the dose records of {records.data.name}"
        needed = "a route: infusion, or extravascular if absorption is of zero order"
        raise problem("nca: route", found, needed, "--route infusion")
    route = dosing.route or "extravascular"
    if route not in get_args(Route):
        raise problem("nca: route", f"'{route}'", f"one of {', '.join(get_args(Route))}")
    return route


def _analysed(found: SampledProfile, route: Route, tau: float | None, rules: Rules) -> Profile | None:
    """The measures of a profile; none if it has no sample."""
    if not found.time.size:
        return None
    return nca(
        found.time,
        found.concentration,
        dose=found.amount,
        route=route,
        duration=found.duration,
        tau=tau,
        is_steady_state=found.is_steady_state,
        rules=rules,
    )


def _row(
    found: SampledProfile, columns: Mapping[str, Measure], profile: Profile | None
) -> tuple[str | float | None, ...]:
    """A row of the table."""
    flags = [each.name for each in profile.flags] if profile else []
    if np.isnan(found.dose_time):
        flags = ["NO_SUCH_DOSE"]
    elif profile is None:
        flags = ["NO_SAMPLES"]
    if found.n_missing:
        flags = ["MISSING_SAMPLES", *flags]
    values = [measure(profile) if profile else None for _, measure in columns.values()]
    numbers = (found.dose_time, found.amount, *values)
    known = [None if value is None or np.isnan(value) else value for value in numbers]
    return (*found.keys, *known, ";".join(flags))


def measures(route: Route, *, has_interval: bool) -> dict[str, Measure]:
    """The columns of measures of a route, in order, each with its meaning and how it is found."""
    is_bolus, is_oral = route == "bolus", route == "extravascular"
    over = "/F" if is_oral else ""
    f = "F" if is_oral else ""
    residence = {"extravascular": "MRTEVIFO", "bolus": "MRTIBIFO", "infusion": "MRTICIFO"}[route]
    found: dict[str, Measure] = {
        "CMAX": ("Cmax", lambda p: p.Cmax),
        "CMAXD": ("Cmax over dose", lambda p: p.Cmax / p.dose.amount),
        "TMAX": ("time of Cmax, the first of equals", lambda p: p.tmax),
        "CLST": ("last quantifiable concentration", lambda p: p.Clast),
        "TLST": ("its time", lambda p: p.tlast),
    }
    if is_bolus:
        found["C0"] = ("concentration right after the bolus", lambda p: p.C0)
    found |= {
        "AUCLST": ("AUC from dose to TLST", lambda p: p.AUClast),
        "AUCLSTD": ("AUCLST over dose", lambda p: p.AUClast / p.dose.amount),
        "AUMCLST": ("AUMC from dose to TLST", lambda p: p.AUMClast),
        "LAMZ": ("terminal rate, lambda z", lambda p: p.lambda_z),
        "LAMZHL": ("terminal half-life", lambda p: p.half_life),
        "LAMZNPT": ("points of the terminal slope", lambda p: p.slope.n_points or float("nan")),
        "LAMZLL": ("time of its first point", lambda p: p.slope.first),
        "LAMZUL": ("time of its last point", lambda p: p.slope.last),
        "LAMZSPN": ("half-lives between them", lambda p: p.slope.span_ratio),
        "R2": ("its r2", lambda p: p.slope.r2),
        "R2ADJ": ("its adjusted r2", lambda p: p.slope.r2_adjusted),
        "CLSTP": ("concentration of the slope at TLST", lambda p: p.slope.at(p.tlast)),
        "AUCIFO": ("AUC to infinity from CLST", lambda p: p.AUCinf),
        "AUCIFOD": ("AUCIFO over dose", lambda p: p.AUCinf / p.dose.amount),
        "AUCPEO": ("percent of AUCIFO after TLST", lambda p: 100 * p.extrapolated_fraction),
        "AUCIFP": ("AUC to infinity from CLSTP", lambda p: p.AUCinf_predicted),
        "AUCPEP": ("percent of AUCIFP after TLST", lambda p: 100 * p.extrapolated_fraction_predicted),
    }
    if is_bolus:
        found["AUCPBEO"] = (
            "percent of AUCIFO before the first sample",
            lambda p: 100 * p.back_extrapolated_fraction,
        )
    found |= {
        "AUMCIFO": ("AUMC to infinity from CLST", lambda p: p.AUMCinf),
        residence: ("mean residence time", lambda p: p.MRT),
        f"CL{f}O": (f"CL{over} = dose / AUCIFO; not at steady state", _single(lambda p: p.CL)),
        f"VZ{f}O": (f"Vz{over} = CL{over} / LAMZ; not at steady state", _single(lambda p: p.Vz)),
    }
    if not is_oral:
        found["VSSO"] = ("Vss = CL times mean residence time", lambda p: p.Vss)
    return found | (_interval_measures(f, over) if has_interval else {})


def _interval_measures(f: str, over: str) -> dict[str, Measure]:
    """The columns of measures of a dosing interval."""
    return {
        "AUCTAU": ("AUC from dose to tau", _of_interval(lambda i: i.AUCtau)),
        "AUCTAUD": ("AUCTAU over dose", lambda p: _of_interval(lambda i: i.AUCtau)(p) / p.dose.amount),
        "AUCTAUPE": ("percent of AUCTAU after TLST", _of_interval(lambda i: 100 * i.extrapolated_fraction)),
        "CMAXTAU": ("Cmax from dose to tau", _of_interval(lambda i: i.Cmax)),
        "TMAXTAU": ("its time", _of_interval(lambda i: i.tmax)),
        "CMIN": ("smallest concentration from dose to tau", _of_interval(lambda i: i.Cmin)),
        "CTROUGH": ("concentration at tau", _of_interval(lambda i: i.Ctrough)),
        "CAVG": ("AUCTAU / tau", _of_interval(lambda i: i.Cavg)),
        "FLUCP": ("percent, (CMAXTAU - CMIN) / CAVG", _of_interval(lambda i: 100 * i.fluctuation)),
        "SWING": ("(CMAXTAU - CMIN) / CMIN", _of_interval(lambda i: i.swing)),
        "AILAMZ": ("accumulation index from LAMZ", _of_interval(lambda i: i.accumulation_index)),
        f"CL{f}TAU": (f"CL{over} = dose / AUCTAU at steady state", _of_interval(lambda i: i.CLss)),
        f"VZ{f}TAU": (
            f"Vz{over} = CL{f}TAU / LAMZ at steady state",
            lambda p: _of_interval(lambda i: i.CLss)(p) / p.lambda_z,
        ),
    }


def _of_interval(measure: Callable[[Interval], float]) -> Callable[[Profile], float]:
    """A measure of the interval as one of the profile."""
    return lambda profile: float("nan") if profile.interval is None else measure(profile.interval)


def _single(measure: Callable[[Profile], float]) -> Callable[[Profile], float]:
    """A measure that a profile at steady state does not have."""
    return lambda profile: float("nan") if profile.dose.is_steady_state else measure(profile)


def printed(table: pl.DataFrame) -> Iterator[str]:
    """Lines that show the main measures of the first profiles, to four digits, and what their flags mean."""
    keys = table.columns[: table.columns.index("DOSETIME")]
    names = [*keys, *(name for name in SHOWN if name in table.columns), "FLAGS"]
    rows = [
        ["-" if cell is None else f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in table.head(MOST_SHOWN).select(names).rows()
    ]
    widths = [max(map(len, cells)) for cells in zip(names, *rows, strict=True)]
    for row in (names, *rows):
        cells = [cell.rjust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()
    if table.height > MOST_SHOWN:
        yield f"and {table.height - MOST_SHOWN} more profiles; --out FILE.csv has all, with every measure"
    raised = table["FLAGS"].str.split(";").explode().value_counts()
    counts = dict(raised.filter(pl.col("FLAGS") != "").rows())
    if counts:
        yield ""
    yield from (f"{name} ({counts[name]}): {MEANINGS[name]}" for name in MEANINGS if name in counts)
