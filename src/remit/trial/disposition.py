"""What became of each patient once the conduct has ended: subject-level table, background events, marrow."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remit.courses import Status
from remit.dosing import Floats, Integers
from remit.trial import ledger, rules, toxicity
from remit.trial.background import FATAL, SEVERE
from remit.trial.course import Arm, Course
from remit.trial.protocol import COVARIATES

Booleans = NDArray[np.bool_]

CAUSES = ("disease", "adverse event", "other")


def frames(arm: Arm, course: Course, status: Integers) -> dict[str, pl.DataFrame]:
    """All tables of the arm, by name."""
    labs = ledger.lab_rows(arm.ledger)
    found = {
        "adsl": subject_rows(arm, course, status),
        "adex": ledger.exposure_rows(arm.ledger),
        "adpc": ledger.concentration_rows(arm.ledger),
        "adtr": ledger.tumour_rows(arm.ledger),
        "adlb": labs,
        "adae": event_rows(arm, course, labs),
        "marrow": marrow_rows(arm),
    }
    return ledger.tables(found, arm.patients, arm.protocol)


def _days(values: Floats, known: Booleans) -> pl.Series:
    """Days where known, else null."""
    return pl.Series(np.where(known, values, np.nan)).fill_nan(None)


def subject_rows(arm: Arm, course: Course, status: Integers) -> pl.DataFrame:
    """Covariates, disposition and survival, one row per patient.

    Death after progression follows the illness-death model; nothing is known of a patient after loss or
    withdrawal, after the longest patient time, or once the solve has failed.
    """
    fates, exits, t, horizon = arm.chance.fates, arm.chance.exits, course.treatment, arm.protocol.follow_up
    progressed, solved = np.isfinite(course.progression), status == Status.OK
    late = np.where(progressed, course.progression + fates.after_progression, fates.death)
    death = np.minimum(course.death, late)
    left = np.minimum(exits.loss, exits.withdrawal)
    dies = solved & (death <= horizon) & (death <= left)
    lost = solved & (left <= horizon) & (left < death)
    therapy = np.where(progressed, course.progression + fates.later_therapy, course.new_therapy)
    treated = solved & (therapy <= horizon) & (therapy < death) & (therapy < left)
    cause = np.where(progressed, 0, np.where(course.died_of_event, 1, 2))
    names = pl.Series([each.name for each in Status], dtype=pl.String)
    return arm.patients.covariates.select(COVARIATES).with_columns(
        ROW=pl.Series(np.arange(status.size)),
        NTARGET=pl.Series(arm.chance.sites.count),
        STATUS=names.gather(status),
        TRTEDY=_days(course.last_dose, ~np.isnan(course.last_dose)),
        DCSREAS=pl.Series(rules.END_TEXT, dtype=pl.String).gather(t.reason),
        FUEDY=pl.Series(course.followed_until),
        DTHDY=_days(death, dies),
        DTHCAUS=pl.select(pl.when(pl.Series(dies)).then(pl.Series(CAUSES).gather(cause))).to_series(),
        LOSTDY=_days(left, lost),
        NEWTXDY=_days(therapy, treated),
    )


def event_rows(arm: Arm, course: Course, labs: pl.DataFrame) -> pl.DataFrame:
    """Adverse events from blood counts, tumour lysis, febrile neutropenia, and background rates."""
    counts = toxicity.episodes(labs).with_columns(AEORIGIN=pl.lit("biology"), AESER=pl.lit(value=False))
    parts = [
        frame.cast(pl.Schema(ledger.EVENT_COLUMNS))
        for frame in (counts, background_rows(arm, course), *arm.ledger.events)
    ]
    return pl.concat([frame.select(list(ledger.EVENT_COLUMNS)) for frame in parts])


def background_rows(arm: Arm, course: Course) -> pl.DataFrame:
    """Background events until the reporting period after treatment ends.

    After the end of treatment a fatal draw counts as severe: deaths then belong to the survival model.
    """
    events, t = arm.chance.events, course.treatment
    reported = np.minimum(t.ended + arm.protocol.background.reporting_period, course.followed_until)
    rows, columns = np.nonzero(events.time <= reported[:, None])
    time, grade = events.time[rows, columns], events.grade[rows, columns]
    grade = np.where(
        (grade == FATAL) & ~(course.died_of_event[rows] & (course.death[rows] == time)), SEVERE, grade
    )
    stop = time + events.duration[rows, columns]
    kind = events.kind[rows, columns]
    return pl.DataFrame(
        {
            "ROW": rows,
            "AEDECOD": pl.Series(events.names, dtype=pl.String).gather(kind),
            "AETOXGR": grade,
            "ASTDY": time,
            "AENDY": _days(np.where(grade == FATAL, time, stop), stop <= course.followed_until[rows]),
            "AEORIGIN": pl.Series(["background"] * rows.size, dtype=pl.String),
            "AESER": grade >= SEVERE,
        }
    )


def marrow_rows(arm: Arm) -> pl.DataFrame:
    """Biopsies: ROW, ADY, INVOLVED.

    After baseline they are repeated at scans that suggest complete response, until one is negative. Only
    an involved marrow is repeated, and only in patients in whom a repeat is done at all.
    """
    book, p = arm.ledger, arm.protocol.lesions
    involved = np.nan_to_num(book.infiltration) >= p.marrow_visible
    suggested = rules.suggests_complete_response(book.longest[:, :, 0], book.spleen[:, :, 0])
    suggested[:, 0] = False
    repeated = suggested & (involved[:, 0] & (arm.chance.marrow < p.marrow_repeat_probability))[:, None]
    negative = repeated & ~involved
    repeated &= np.cumsum(negative, axis=1) - negative == 0
    rows, scans = np.nonzero(repeated)
    n = involved.shape[0]
    return pl.DataFrame(
        {
            "ROW": np.concatenate([np.arange(n), rows]),
            "ADY": np.concatenate([np.zeros(n), book.scan_time[rows, scans]]),
            "INVOLVED": np.concatenate([involved[:, 0], involved[rows, scans]]),
        }
    )
