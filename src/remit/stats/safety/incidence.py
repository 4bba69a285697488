"""Incidence of events: subjects with at least one, events, and first events over time at risk."""

from collections.abc import Sequence

import polars as pl

from remit.stats.safety.poisson_limits import poisson_limits

GROUP, AT_RISK, TIME = "#GROUP", "#DAYS", "#TIME"
"""Column of the group of a subject, of its days at risk, and of days from their start to an event."""

YEAR = 365.25
"""Days in a year."""
PER = 100.0
"""Years that a rate is given for."""


def incidence(
    people: pl.DataFrame,
    events: pl.DataFrame,
    key: Sequence[str],
    by: Sequence[str] = (),
    level: float = 0.95,
) -> pl.DataFrame:
    """Incidence of events in each group, and in each part of the events.

    A subject is at risk until its first event, or to the end of its days at risk. An event whose time is not
    known counts as one; its subject is at risk to the end of its days then.

    Parameters
    ----------
    people
        Every subject: ``key``, ``GROUP``, and ``AT_RISK`` [day].
    events
        Events of these subjects that count, a row each: ``key``, ``TIME`` [day] (null if not known), and
        ``by``. Subjects who are not among ``people`` are left out.
    key
        Columns that identify a subject.
    by
        Columns of events in whose levels they are counted apart.
    level
        Confidence level of the two-sided limits.

    Returns ------- A row for every group and every level of ``by`` that occurs in any group: ``GROUP``,
    ``by``, N, SUBJECTS (with an event), EVENTS, YEARS (at risk until the first event), RATE (SUBJECTS per
    100 years), LOW and HIGH (its exact Poisson limits; null without time).
    """
    known = events.select(*key, *by, TIME).join(
        people.select(*key, GROUP, AT_RISK), on=list(key), how="inner", maintain_order="left"
    )
    first = (
        known.group_by(GROUP, *by, *key, maintain_order=True)
        .agg(pl.len().alias("EVENTS"), pl.col(TIME).min(), pl.col(AT_RISK).first())
        .with_columns(at=pl.min_horizontal(pl.coalesce(TIME, AT_RISK), AT_RISK))
    )
    counted = first.group_by(GROUP, *by, maintain_order=True).agg(
        SUBJECTS=pl.len(), EVENTS=pl.col("EVENTS").sum(), lost=(pl.col(AT_RISK) - pl.col("at")).sum()
    )
    groups = people.group_by(GROUP, maintain_order=True).agg(N=pl.len(), days=pl.col(AT_RISK).sum())
    grid = groups.join(known.select(by).unique(maintain_order=True), how="cross") if by else groups
    joined = grid.join(counted, on=[GROUP, *by], how="left", maintain_order="left", nulls_equal=True)
    found = joined.with_columns(
        pl.col("SUBJECTS", "EVENTS").fill_null(0).cast(pl.Int64),
        pl.col("N").cast(pl.Int64),
        YEARS=(pl.col("days") - pl.col("lost").fill_null(0.0)) / YEAR,
    )
    limits = poisson_limits(found["SUBJECTS"].to_numpy(), found["YEARS"].to_numpy() / PER, level)
    rate = pl.when(pl.col("YEARS") > 0).then(pl.col("SUBJECTS") / pl.col("YEARS") * PER)
    return found.select(
        GROUP,
        *by,
        "N",
        "SUBJECTS",
        "EVENTS",
        "YEARS",
        rate.alias("RATE"),
        pl.Series("LOW", limits.low).fill_nan(None),
        pl.Series("HIGH", limits.high).fill_nan(None),
    )
