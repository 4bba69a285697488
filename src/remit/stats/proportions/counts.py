"""Two-by-two tables as the functions of this package take them: responders and patients of two arms."""

import numpy as np

from remit.errors import Finding, InputError
from remit.stats.estimate import Floats, Integers

Tables = tuple[Floats, Floats, Floats, Floats]
"""Responders and patients of the experimental arm, then of the control arm, of one shape."""


def tables(
    x_experimental: Integers, n_experimental: Integers, x_control: Integers, n_control: Integers
) -> Tables:
    """Counts of two arms, checked, as floats of one shape. NaN stands for a missing count and is let through.

    Raises
    ------
    InputError
        A count that is not whole, below zero, or more responders than patients; shapes that do not fit.
    """
    given = (x_experimental, n_experimental, x_control, n_control)
    arrays = [np.asarray(each, dtype=np.float64) for each in given]
    try:
        x1, n1, x0, n0 = np.broadcast_arrays(*arrays)
    except ValueError:
        shapes = ", ".join(str(each.shape) for each in arrays)
        finding = Finding("counts of two arms", f"shapes {shapes}", "shapes that broadcast to one")
        raise InputError([finding]) from None
    arms = [("experimental", x1, n1), ("control", x0, n0)]
    findings = [finding for arm in arms for finding in _findings(*arm)]
    if findings:
        raise InputError(findings)
    return x1, n1, x0, n0


def _findings(arm: str, x: Floats, n: Floats) -> list[Finding]:
    """What is wrong with the counts of one arm."""
    where = f"counts of the {arm} arm"
    checks = [
        ((x < 0) | (x > n), "between 0 responders and all patients"),
        ((x % 1 != 0) & np.isfinite(x) | (n % 1 != 0) & np.isfinite(n), "whole numbers"),
        (np.isinf(x) | np.isinf(n), "finite numbers"),
    ]
    found: list[Finding] = []
    for wrong, needed in checks:
        if wrong.any():
            first = tuple(np.argwhere(wrong)[0])
            values = f"{x[first]:g} of {n[first]:g} ({int(wrong.sum())} such tables)"
            found.append(Finding(where, values, needed, "responders come first, then patients"))
    return found
