"""What every function here asks of its patients: one row each, known times, known events."""

import numpy as np
from numpy.typing import ArrayLike

from remit.errors import Finding, InputError, problem
from remit.stats.estimate import Booleans, Floats, Integers


def check_patients(time: ArrayLike, event: ArrayLike) -> tuple[Floats, Booleans]:
    """Times and events of patients, as arrays of shape (n_patients,).

    Raises
    ------
    InputError
        With every finding at once: shapes that differ, times that are negative or not finite, events that are
        neither true nor false.
    """
    when, happened = np.asarray(time, dtype=float), np.asarray(event)
    found: list[Finding] = []
    if when.ndim != 1 or happened.shape != when.shape:
        found.append(
            Finding(
                "time, event",
                f"shapes {when.shape} and {happened.shape}",
                "one time and one event per patient, shape (n_patients,)",
                "for many data sets at once see the functions of rows",
            )
        )
    bad = when[~(np.isfinite(when) & (when >= 0))]
    if bad.size:
        found.append(
            Finding("time", f"{bad.size} such as {bad[0]}", "finite times of at least 0", "leave them out")
        )
    odd = [] if happened.dtype == bool else [value for value in np.unique(happened) if value not in (0, 1)]
    if odd:
        found.append(Finding("event", odd[0], "true for an event, false for censoring", "event = CNSR == 0"))
    if found:
        raise InputError(found)
    return when, happened.astype(bool)


def check_two_arms(
    time: ArrayLike, event: ArrayLike, experimental: ArrayLike
) -> tuple[Floats, Booleans, Booleans]:
    """Times, events and arms of patients, as :func:`check_patients`; the arm is true if experimental."""
    when, happened = check_patients(time, event)
    arm = np.asarray(experimental)
    if arm.shape != when.shape:
        raise problem("experimental", f"shape {arm.shape}", f"one arm per patient, shape {when.shape}")
    odd = [] if arm.dtype == bool else [value for value in np.unique(arm) if value not in (0, 1)]
    if odd:
        raise problem(
            "experimental", odd[0], "true in the experimental arm", "experimental = TRT01P == 'name'"
        )
    return when, happened, arm.astype(bool)


def check_causes(time: ArrayLike, cause: ArrayLike) -> tuple[Floats, Integers]:
    """Times and causes of events of patients, shape (n_patients,); 0 for censoring, causes from 1.

    Raises
    ------
    InputError
        As :func:`check_patients`, and if a cause is not a whole number of at least 0.
    """
    which = np.asarray(cause)
    if not (np.issubdtype(which.dtype, np.number) or which.dtype == bool):
        raise problem("cause", f"values of type {which.dtype}", "whole numbers, 0 for censoring")
    odd = which[~((which >= 0) & (which == np.floor(which)))]
    if odd.size:
        raise problem("cause", f"{odd.size} such as {odd[0]}", "whole numbers, 0 for censoring")
    when, _ = check_patients(time, which > 0)
    return when, which.astype(np.int64)


def check_rows(time: ArrayLike, **parts: ArrayLike | None) -> Floats:
    """Times of patients of many data sets, shape (n_replicates, n_patients), once all shapes go together.

    Parameters
    ----------
    time
        Times; finite where a patient belongs to the data set, which is not looked at.
    parts
        What each patient has, by name, of the shape of ``time`` or (n_patients,); None for what is not given.

    Raises
    ------
    InputError
        With every shape that does not fit.
    """
    when = np.asarray(time, dtype=float)
    found = [
        Finding(name, f"shape {np.shape(part)}", f"{when.shape} or {when.shape[-1:]}, as time")
        for name, part in parts.items()
        if part is not None and np.shape(part) not in (when.shape, when.shape[-1:])
    ]
    if when.ndim != 2:
        found.append(Finding("time", f"shape {when.shape}", "shape (n_replicates, n_patients)"))
    if found:
        raise InputError(found)
    return when
