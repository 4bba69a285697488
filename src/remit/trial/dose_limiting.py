"""Dose-limiting toxicity (DLT) of each patient under each dose, from the tables, by the rules a study
declares.

The window opens with the first dose. It lasts a number of days from there or, where a ramp-up takes weeks,
until so many days after the first dose at target: what happens during the ramp-up then counts as well. A
patient without DLT who has not had enough of the treatment, or left before the window ended, is not evaluable
and is replaced.

Grades are those of CTCAE 5.0 that stand in the tables. Blood counts are known when they are sampled: a low
count lasts from the first sample that shows it to the first that does not, or to the end of the window. What
a study cannot show, because the event has no rate, is listed and not counted as absent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from remit.errors import Finding, InputError
from remit.results import COURSE
from remit.trial.lysis_syndrome import CLINICAL_EVENT, LABORATORY_EVENT
from remit.units import quantity

KEY = list(COURSE)
Start = Literal["first dose", "target dose"]
BLEEDING, FEBRILE = "Bleeding", "Febrile neutropenia"
DISEASE = "disease"
"""Cause of death that is no toxicity."""
AT_TARGET = ("target", "reduction")
"""EXREAS of the target dose, and of a reduced one that stands in its place."""
SEVERE, LIFE_THREATENING = 3, 4
Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What counts as a DLT, when, and in whom.

    ``not_limiting`` names non-haematological events that do not count although they are of grade 3 or more,
    as nausea that treatment controls. ``drug`` is the one whose doses count (ADEX.EXTRT).
    """

    dlt_window_days: float = quantity("day", meaning="length of the window", low=1)
    starts_at: Start = quantity("", meaning="first dose or target dose: from where its length counts")
    longest_ramp_days: float = quantity(
        "day",
        meaning="days from first dose after which a patient who never reached target is given up",
        low=1,
    )
    drug: str = quantity("", meaning="drug whose doses count")
    neutropenia_days: float = quantity("day", meaning="days beyond which grade 4 neutropenia counts", low=0)
    laboratory_lysis: bool = quantity("", meaning="whether laboratory tumour lysis counts")
    not_limiting: tuple[str, ...] = quantity("", meaning="severe events that do not count")
    least_taken: float = quantity(
        "fraction", meaning="days with a dose, of those of the window, for evaluability", low=0, high=1
    )


@dataclass(frozen=True, slots=True)
class DoseLimiting:
    """DLT of every patient under every arm, and what the rules could not see.

    ``patients`` has ARM, SCENARIO, DRAW, USUBJID; WINEND, end of the window [day], null if never reached;
    DLT, DLTDY, DLTRULE (the first that was met, null for none); TAKEN, share of its days with a dose;
    EVALUABLE; KNOWNDY, day on which DLT and evaluability are known. ``not_modelled`` are events that the
    rules ask for and that have no rate.
    """

    patients: pl.DataFrame
    not_modelled: tuple[str, ...]


def planned(
    drug: str,
    dlt_window_days: float,
    starts_at: Start = "first dose",
    longest_ramp_days: float = float("inf"),
) -> Rules:
    """Rules with grade 4 neutropenia of more than 7 days, clinical lysis, and three quarters of the days
    dosed.
    """
    return Rules(
        dlt_window_days=dlt_window_days, starts_at=starts_at, longest_ramp_days=longest_ramp_days,
        drug=drug, neutropenia_days=7.0,
        laboratory_lysis=False, not_limiting=(), least_taken=0.75,
    )  # fmt: skip


def dose_limiting(tables: Tables, rules: Rules, not_modelled: Sequence[str] = ()) -> DoseLimiting:
    """DLT of every row of ``adsl``.

    Parameters
    ----------
    tables
        ``adsl``, ``adae``, ``adlb`` and ``adex``, of any number of arms and scenarios.
    rules
        What counts.
    not_modelled
        Events without a rate, as ``background.not_modelled`` lists them.

    Raises
    ------
    InputError
        Tables that are not given; a drug that nobody took; a window that is not positive.
    """
    _check(tables, rules)
    window = _windows(tables, rules)
    parts = [rule(tables, window, rules).with_columns(DLTRULE=pl.lit(name)) for name, rule in RULES.items()]
    inside = pl.concat([part.select(*KEY, "ONSET", "DLTDY", "DLTRULE") for part in parts]).join(
        window.select(*KEY, "UNTIL"), on=KEY, how="inner"
    )
    inside = inside.filter((pl.col("ONSET") >= 0) & (pl.col("ONSET") <= pl.col("UNTIL")))
    first = (
        inside.sort(*KEY, "DLTDY", "DLTRULE")
        .group_by(KEY, maintain_order=True)
        .agg(pl.col("DLTDY").first(), pl.col("DLTRULE").first())
    )
    found = window.join(first, on=KEY, how="left", maintain_order="left")
    stayed = pl.col("WINEND").is_not_null() & (pl.col("LEFT") >= pl.col("WINEND"))
    enough = stayed & (pl.col("TAKEN") >= rules.least_taken) & pl.col("SOLVED")
    has = pl.col("DLTDY").is_not_null() & pl.col("SOLVED")
    patients = found.with_columns(
        DLT=has,
        DLTDY=pl.when(has).then("DLTDY"),
        DLTRULE=pl.when(has).then("DLTRULE"),
        EVALUABLE=has | enough,
        KNOWNDY=pl.when(has).then("DLTDY").otherwise("UNTIL"),
    ).select(*KEY, "WINEND", "DLT", "DLTDY", "DLTRULE", "TAKEN", "EVALUABLE", "KNOWNDY")
    return DoseLimiting(patients.sort(KEY), asked_but_not_modelled(rules, not_modelled))


def asked_but_not_modelled(rules: Rules, not_modelled: Sequence[str]) -> tuple[str, ...]:
    """Events without a rate that a rule asks for; all but those that do not count."""
    return tuple(each for each in not_modelled if each.partition(",")[0] not in rules.not_limiting)


def _windows(tables: Tables, rules: Rules) -> pl.DataFrame:
    """Window of each patient: WINEND, LEFT (day on which the patient left), UNTIL (the earlier), TAKEN,
    SOLVED.
    """
    doses = tables["adex"].filter(pl.col("EXTRT") == rules.drug)
    target = doses.filter(pl.col("EXREAS").is_in(AT_TARGET)).group_by(KEY).agg(REACHED=pl.col("ASTDY").min())
    subjects = tables["adsl"].select(*KEY, "STATUS", "TRTEDY", "FUEDY", "DTHDY", "LOSTDY", "NEWTXDY")
    placed = subjects.join(target, on=KEY, how="left")
    start = pl.lit(0.0) if rules.starts_at == "first dose" else pl.col("REACHED")
    placed = placed.with_columns(
        WINEND=start + rules.dlt_window_days,
        LEFT=pl.min_horizontal("FUEDY", "DTHDY", "LOSTDY", "NEWTXDY"),
        SOLVED=pl.col("STATUS") == "OK",
    )
    # Who never reached target is given up with the last dose, or when the ramp-up has taken too long.
    given_up = pl.min_horizontal("LEFT", "TRTEDY", pl.lit(rules.longest_ramp_days))
    placed = placed.with_columns(
        UNTIL=pl.when(pl.col("WINEND").is_null())
        .then(given_up)
        .otherwise(pl.min_horizontal("WINEND", "LEFT"))
    )
    part = doses.filter(pl.col("EXDOSE") > 0).join(placed.select(*KEY, "WINEND"), on=KEY, how="inner")
    overlap = (pl.min_horizontal("AENDY", "WINEND") - pl.col("ASTDY")).clip(lower_bound=0)
    taken = part.with_columns(DAYS=overlap).group_by(KEY).agg(DAYS=pl.col("DAYS").sum())
    return placed.join(taken, on=KEY, how="left").with_columns(
        TAKEN=pl.col("DAYS").fill_null(0.0) / pl.col("WINEND")
    )


def _low_counts(tables: Tables, code: str, grade: int) -> pl.DataFrame:
    """Uninterrupted runs of samples at a grade or worse that was not there at baseline: ONSET, OVER [day]."""
    samples = tables["adlb"].filter((pl.col("PARAMCD") == code) & (pl.col("ATOXGR") >= 0)).sort(*KEY, "ADY")
    low = (pl.col("ATOXGR") >= grade) & (pl.col("ATOXGR").first().over(KEY) < grade)
    runs = samples.with_columns(low=low).with_columns(
        run=(pl.col("low") != pl.col("low").shift(1).over(KEY)).fill_null(value=True).cum_sum().over(KEY),
        following=pl.col("ADY").shift(-1).over(KEY),
    )
    return (
        runs.filter("low")
        .group_by(*KEY, "run", maintain_order=True)
        .agg(ONSET=pl.col("ADY").first(), OVER=pl.col("following").last())
        .drop("run")
    )


def _neutropenia(tables: Tables, window: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Grade 4 neutropenia that lasts longer than allowed; it is a DLT on the day on which it has."""
    runs = _low_counts(tables, "ANC", LIFE_THREATENING).join(window.select(*KEY, "UNTIL"), on=KEY)
    over = pl.col("OVER").fill_null(pl.max_horizontal("UNTIL", "ONSET"))
    lasting = runs.filter(over - pl.col("ONSET") > rules.neutropenia_days)
    return lasting.with_columns(DLTDY=pl.col("ONSET") + rules.neutropenia_days)


def _thrombocytopenia(tables: Tables, _window: pl.DataFrame, _rules: Rules) -> pl.DataFrame:
    """Grade 4 thrombocytopenia of any length."""
    return _low_counts(tables, "PLAT", LIFE_THREATENING).with_columns(DLTDY=pl.col("ONSET"))


def _bleeding(tables: Tables, _window: pl.DataFrame, _rules: Rules) -> pl.DataFrame:
    """Bleeding of any grade while platelets are of grade 3 or worse."""
    low = _low_counts(tables, "PLAT", SEVERE)
    bleeding = tables["adae"].filter(pl.col("AEDECOD") == BLEEDING).select(*KEY, "ASTDY")
    both = low.join(bleeding, on=KEY, how="inner").filter(
        (pl.col("ASTDY") >= pl.col("ONSET")) & (pl.col("ASTDY") <= pl.col("OVER").fill_null(float("inf")))
    )
    return both.with_columns(ONSET=pl.col("ASTDY"), DLTDY=pl.col("ASTDY"))


def _named(tables: Tables, terms: Sequence[str]) -> pl.DataFrame:
    found = tables["adae"].filter(pl.col("AEDECOD").is_in(list(terms)))
    return found.with_columns(ONSET=pl.col("ASTDY"), DLTDY=pl.col("ASTDY"))


def _febrile(tables: Tables, _window: pl.DataFrame, _rules: Rules) -> pl.DataFrame:
    """Febrile neutropenia."""
    return _named(tables, [FEBRILE])


def _lysis(tables: Tables, _window: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Clinical tumour lysis, and laboratory tumour lysis if it counts."""
    return _named(tables, [CLINICAL_EVENT, *([LABORATORY_EVENT] if rules.laboratory_lysis else [])])


def _non_haematological(tables: Tables, _window: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Any other event of grade 3 or more that biology does not produce, fatal ones included."""
    severe = tables["adae"].filter(
        (pl.col("AEORIGIN") == "background")
        & (pl.col("AETOXGR") >= SEVERE)
        & ~pl.col("AEDECOD").is_in([*rules.not_limiting, FEBRILE])
    )
    return severe.with_columns(ONSET=pl.col("ASTDY"), DLTDY=pl.col("ASTDY"))


def _death(tables: Tables, _window: pl.DataFrame, _rules: Rules) -> pl.DataFrame:
    """Death from any cause but the disease."""
    died = tables["adsl"].filter(pl.col("DTHDY").is_not_null() & (pl.col("DTHCAUS").fill_null("") != DISEASE))
    return died.with_columns(ONSET=pl.col("DTHDY"), DLTDY=pl.col("DTHDY"))


RULES: Mapping[str, Callable[[Tables, pl.DataFrame, Rules], pl.DataFrame]] = {
    "grade 4 neutropenia": _neutropenia,
    "febrile neutropenia": _febrile,
    "grade 4 thrombocytopenia": _thrombocytopenia,
    "bleeding with grade 3 thrombocytopenia": _bleeding,
    "tumour lysis": _lysis,
    "non-haematological, grade 3 or more": _non_haematological,
    "death": _death,
}
"""Rules by name, each from tables and windows to days of onset and of DLT."""


def _check(tables: Tables, rules: Rules) -> None:
    findings = [
        Finding("dose-limiting toxicity: tables", f"no {name}", "adsl, adae, adlb and adex")
        for name in ("adsl", "adae", "adlb", "adex")
        if name not in tables
    ]
    if rules.dlt_window_days <= 0:
        findings.append(Finding("dlt_window_days", f"{rules.dlt_window_days:g}", "more than 0 days", "28"))
    if not 0 <= rules.least_taken <= 1:
        findings.append(Finding("least_taken", f"{rules.least_taken:g}", "a fraction from 0 to 1", "0.75"))
    if "adex" in tables and rules.drug not in tables["adex"]["EXTRT"].unique():
        found = ", ".join(sorted(tables["adex"]["EXTRT"].unique())) or "no doses"
        findings.append(Finding("drug", rules.drug, f"a drug of table adex: {found}"))
    if findings:
        raise InputError(findings)
