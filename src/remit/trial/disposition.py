"""What became of each patient once the conduct has ended: subject-level table, adverse events."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit.courses import Status
from remit.dosing import Floats, Integers
from remit.trial import ledger, lysis_risk, rules, support, toxicity, written
from remit.trial.adverse_event_terms import SYSTEM_ORGAN_CLASS
from remit.trial.background import FATAL, SEVERE
from remit.trial.course import Arm, Course
from remit.trial.protocol import COVARIATES

Booleans = NDArray[np.bool_]

CAUSES = ("disease", "adverse event", "other")


def frames(arm: Arm, course: Course, status: Integers) -> dict[str, pl.DataFrame]:
    """All tables of the arm, by name."""
    labs = written.lab_rows(arm.ledger)
    found = {
        "adsl": subject_rows(arm, course, status),
        "adex": written.exposure_rows(arm.ledger, arm.protocol),
        "adpc": written.concentration_rows(arm.ledger),
        "adtr": written.tumour_rows(arm.ledger),
        "adlb": labs,
        "adae": event_rows(arm, course, labs),
        "adbm": written.marrow_rows(arm.ledger),
        "admrd": written.residual_rows(arm.ledger, arm.protocol),
        "adcm": written.support_rows(arm.ledger),
    }
    return written.tables(found, arm.patients, arm.protocol)


def _days(values: Floats, known: Booleans) -> pl.Series:
    """Days where known, else null."""
    return pl.Series(np.where(known, values, np.nan)).fill_nan(None)


def subject_rows(arm: Arm, course: Course, status: Integers) -> pl.DataFrame:
    """Covariates, disposition and survival, one row per patient.

    Death after progression, or after treatment that ended for lack of efficacy, follows the illness-death
    model; nothing is known of a patient after loss or withdrawal, after the longest patient time, or once
    the solve has failed.
    """
    fates, exits, t, horizon = arm.chance.fates, arm.chance.exits, course.treatment, arm.protocol.follow_up
    turn = np.minimum(course.progression, course.failure)
    progressed, solved = np.isfinite(turn), status == Status.OK
    late = np.where(progressed, turn + fates.after_progression, fates.death)
    death = np.minimum(course.death, late)
    left = np.minimum(exits.loss, exits.withdrawal)
    dies = solved & (death <= horizon) & (death <= left)
    lost = solved & (left <= horizon) & (left < death)
    therapy = np.where(progressed, turn + fates.later_therapy, np.inf)
    therapy = np.minimum(therapy, course.new_therapy)
    treated = solved & (therapy <= horizon) & (therapy < death) & (therapy < left)
    cause = np.where(progressed, 0, np.where(course.died_of_event, 1, 2))
    crosses = treated & arm.chance.crossing.happens & progressed
    names = pl.Series([each.name for each in Status], dtype=pl.String)
    sites, n = arm.chance.sites, status.size
    risk = pl.Series([*lysis_risk.CLASSES, None], dtype=pl.String)
    last_dose = np.nanmax(np.where(np.isnan(course.last_dose), -np.inf, course.last_dose), axis=1)
    return arm.patients.covariates.select(COVARIATES).with_columns(
        ROW=pl.Series(np.arange(n)),
        NTARGET=pl.Series(np.zeros(n, dtype=np.int64) if sites is None else sites.count),
        TLSRISK=risk.gather(support.risk_classes(arm, course.baseline_labs) % (len(lysis_risk.CLASSES) + 1)),
        EXPOREL=pl.Series(arm.patients.relative_exposure).fill_nan(None),
        RDI=pl.Series(dose_intensity(arm)).fill_nan(None),
        STATUS=names.gather(status),
        TRTEDY=_days(last_dose, np.isfinite(last_dose)),
        DCSREAS=pl.Series(rules.END_TEXT, dtype=pl.String).gather(t.last_reason),
        FUEDY=pl.Series(course.followed_until),
        DTHDY=_days(death, dies),
        DTHCAUS=pl.select(pl.when(pl.Series(dies)).then(pl.Series(CAUSES).gather(cause))).to_series(),
        LOSTDY=_days(left, lost),
        NEWTXDY=_days(therapy, treated),
        XOVERDY=_days(therapy, crosses),
    )


def dose_intensity(arm: Arm) -> Floats:
    """Dose of the watched drug over that planned until it ended, NaN without any; shape (n_patients,)."""
    book, schedule = arm.ledger, arm.protocol.therapies[arm.watched].schedule
    n = arm.patients.n_patients
    all_ = written.joined(book.doses, "row", "drug", "start", "stop", "fraction")
    own = all_["drug"] == arm.watched
    row, start, stop = all_["row"][own], all_["start"][own], all_["stop"][own]
    taken = np.bincount(row, weights=all_["fraction"][own] * (stop - start), minlength=n)
    days = np.bincount(row, weights=stop - start, minlength=n)
    planned = np.zeros(n)
    begin = 0.0
    for period in schedule.periods:
        planned += period.fraction * np.clip(days - begin, 0.0, period.days)
        begin += period.days
    if schedule.repeats:
        planned += schedule.periods[-1].fraction * np.maximum(days - begin, 0.0)
    return np.where(planned > 0, taken / np.where(planned > 0, planned, 1.0), np.nan)


def event_rows(arm: Arm, course: Course, labs: pl.DataFrame) -> pl.DataFrame:
    """Adverse events from blood counts, tumour lysis, febrile neutropenia, and background rates."""
    counts = with_actions(toxicity.episodes(labs), arm).with_columns(
        AEORIGIN=pl.lit("biology"), AESER=pl.lit(value=False), AESDTH=pl.lit(value=False)
    )
    parts = [
        frame.select(list(ledger.EVENT_COLUMNS)).cast(pl.Schema(ledger.EVENT_COLUMNS))
        for frame in (counts, *background_rows(arm, course), *arm.ledger.events)
    ]
    every = pl.concat(parts).unique(["ROW", "AEDECOD", "ASTDY"], keep="first", maintain_order=True)
    return every.with_columns(
        AEBODSYS=pl.col("AEDECOD").replace_strict(SYSTEM_ORGAN_CLASS, return_dtype=pl.String)
    )


def with_actions(episodes: pl.DataFrame, arm: Arm) -> pl.DataFrame:
    """Episodes of low counts with what was done with the dose while they lasted."""
    all_ = written.joined(arm.ledger.actions, "row", "time", "action")
    done = pl.DataFrame({"ROW": all_["row"], "TIME": all_["time"].astype(float), "ACTION": all_["action"]})
    counted = episodes.with_row_index("PLACE")
    # A hold for counts belongs to the severe episode that was going on.
    is_count = pl.col("AEDECOD").is_in(["Neutropenia", "Thrombocytopenia"]) & (pl.col("AETOXGR") >= SEVERE)
    pairs = counted.filter(is_count).join(done, on="ROW", how="inner")
    during = pairs.filter(
        (pl.col("TIME") >= pl.col("ASTDY")) & (pl.col("TIME") <= pl.col("AENDY").fill_null(np.inf))
    )
    worst = during.group_by("PLACE").agg(pl.col("ACTION").max())
    words = pl.Series(written.ACTIONS, dtype=pl.String)
    found = counted.join(worst, on="PLACE", how="left", maintain_order="left")
    actions = words.gather(found["ACTION"].fill_null(0))
    return found.with_columns(AEACN=actions).drop("PLACE", "ACTION")


def background_rows(arm: Arm, course: Course) -> list[pl.DataFrame]:
    """Background events of each drug until the reporting period after it ended.

    After the end of treatment a fatal draw counts as severe: deaths then belong to the survival model.
    """
    t = course.treatment
    found: list[pl.DataFrame] = []
    for drug, (events, each) in enumerate(zip(arm.chance.events, arm.protocol.therapies, strict=True)):
        if events is None or each.background is None:
            continue
        begun = t.has_begun[:, drug]
        reported = np.minimum(t.ended[:, drug] + each.background.reporting_period, course.followed_until)
        reported = np.where(begun, reported, -np.inf)
        under = events.time >= each.schedule.start
        rows, columns = np.nonzero((events.time <= reported[:, None]) & under)
        time, grade = events.time[rows, columns], events.grade[rows, columns]
        killed = course.died_of_event[rows] & (course.death[rows] == time)
        grade = np.where((grade == FATAL) & ~killed, SEVERE, grade)
        ended = (t.ended[rows, drug] == time) & (grade >= SEVERE)
        held = (grade >= SEVERE) & ("event" in each.holds) & (time < t.ended[rows, drug])
        action = np.where(ended, 3, np.where(held, 1, 0))
        stop = time + events.duration[rows, columns]
        found.append(
            pl.DataFrame(
                {
                    "ROW": rows,
                    "AEDECOD": pl.Series(events.names, dtype=pl.String).gather(events.kind[rows, columns]),
                    "AETOXGR": grade,
                    "ASTDY": time,
                    "AENDY": _days(np.where(grade == FATAL, time, stop), stop <= course.followed_until[rows]),
                    "AEORIGIN": pl.Series(["background"] * rows.size, dtype=pl.String),
                    "AESER": grade >= SEVERE,
                    "AESDTH": grade == FATAL,
                    "AEACN": pl.Series(written.ACTIONS, dtype=pl.String).gather(action),
                }
            )
        )
    return found
