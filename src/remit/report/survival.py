"""Kaplan-Meier survival and numbers at risk on a grid of times, for drawing."""

import numpy as np


def survival_on(grid: np.ndarray, time: np.ndarray, event: np.ndarray) -> np.ndarray:
    """Kaplan-Meier survival at each time of ``grid``; events come before censoring at the same time.

    Parameters
    ----------
    grid
        Times at which to read the curve, increasing, shape (n_grid,).
    time
        Time of event or censoring, shape (n_patients,), in the unit of ``grid``.
    event
        True for an event, shape (n_patients,).
    """
    moments, events = np.unique(time[event], return_counts=True)
    left = at_risk(moments, time)
    surviving = np.concatenate([[1.0], np.cumprod(1 - events / left)])
    return surviving[np.searchsorted(moments, grid, side="right")]


def at_risk(grid: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Patients whose time is at or after each time of ``grid``."""
    return len(time) - np.searchsorted(np.sort(time), grid, side="left")
