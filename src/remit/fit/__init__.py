"""Calibration to published results; ``fit_anchor`` is the first, small one."""

from remit.fit.anchor import fit_anchor

__all__ = ["fit_anchor"]
