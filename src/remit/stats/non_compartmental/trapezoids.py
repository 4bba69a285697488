r"""Areas under a concentration curve and its first moment: trapezoidal rules, and what lies beyond samples.

Between two samples the concentration runs on a straight line, or on an exponential, which is a line of its
logarithm. Where it runs on an exponential is the rule:

- ``linear_up_log_down``: where it falls; a line where it rises, stays, or touches zero.
- ``linear``: nowhere.
- ``linear_log``: from the peak on, rising or falling, unless it stays or touches zero.

With :math:`u = \ln(C_1 / C_2)` and :math:`\Delta = t_2 - t_1`, an exponential has

.. math:: \int C\,dt = \Delta\,\frac{C_1 - C_2}{u}, \qquad
    \int t\,C\,dt = t_1 \int C\,dt + \Delta^2 C_1\,\frac{1 - (1 + u) e^{-u}}{u^2}

After Gabrielsson and Weiner (2016); Purves (1992) compares the rules.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from remit.stats.estimate import Booleans, Floats

Method = Literal["linear_up_log_down", "linear", "linear_log"]


@dataclass(frozen=True, slots=True)
class Curve:
    """Concentrations at increasing times, shape (n,), and where it is an exponential, shape (n - 1,)."""

    time: Floats
    concentration: Floats
    is_log: Booleans


@dataclass(frozen=True, slots=True)
class Area:
    """Area under a curve, and under its first moment (time times concentration)."""

    auc: float
    aumc: float


def curve_of(time: Floats, concentration: Floats, method: Method) -> Curve:
    """A curve through samples by a rule."""
    before, after = concentration[:-1], concentration[1:]
    positive = (before > 0) & (after > 0)
    if method == "linear_up_log_down":
        is_log = positive & (after < before)
    elif method == "linear_log":
        peak = int(np.argmax(concentration)) if concentration.size else 0
        is_log = positive & (after != before) & (np.arange(before.size) >= peak)
    else:
        is_log = np.zeros(before.size, dtype=bool)
    return Curve(time, concentration, is_log)


def area_under(curve: Curve) -> Area:
    """Area from the first time of a curve to its last; zero for a single point."""
    auc, aumc = _segments(curve)
    return Area(float(auc.sum()), float(aumc.sum()))


def _segments(curve: Curve) -> tuple[Floats, Floats]:
    """Area and moment between neighbours, each of shape (n - 1,)."""
    start, length = curve.time[:-1], np.diff(curve.time)
    before, after = curve.concentration[:-1], curve.concentration[1:]
    auc = length * (before + after) / 2
    # The moment of a line is a parabola; its trapezoid, not its integral, is the rule that tools agree on.
    aumc = length * (start * before + curve.time[1:] * after) / 2
    log = curve.is_log
    # Written with log1p and without a difference of the two moments, which lose all digits in slow declines.
    u = np.log1p((before[log] - after[log]) / after[log])
    auc[log] = length[log] * (before[log] - after[log]) / u
    aumc[log] = start[log] * auc[log] + length[log] ** 2 * before[log] * _moment_share(u)
    return auc, aumc


def _moment_share(u: Floats) -> Floats:
    r""":math:`(1 - (1 + u) e^{-u}) / u^2`, by its series about zero where u is small."""
    small = np.abs(u) < 0.01
    safe = np.where(small, 1.0, u)
    series = 1 / 2 - u * (1 / 3 - u * (1 / 8 - u * (1 / 30 - u / 144)))
    return np.where(small, series, (-np.expm1(-safe) - safe * np.exp(-safe)) / safe**2)


def cut(curve: Curve, at: float) -> Curve:
    """The curve up to a time within it, whose concentration is read off the curve."""
    if at >= curve.time[-1]:
        return curve
    after = int(np.searchsorted(curve.time, at, side="right"))
    inside = curve.time[:after]
    if inside[-1] == at:
        return Curve(inside, curve.concentration[:after], curve.is_log[: after - 1])
    t, c = curve.time[after - 1 : after + 1], curve.concentration[after - 1 : after + 1]
    share = (at - t[0]) / (t[1] - t[0])
    value = c[0] * (c[1] / c[0]) ** share if curve.is_log[after - 1] else c[0] + share * (c[1] - c[0])
    return Curve(np.append(inside, at), np.append(curve.concentration[:after], value), curve.is_log[:after])


def tail(concentration: float, start: float, rate: float, until: float = np.inf) -> Area:
    """Area under an exponential decline from a concentration at ``start``, at a rate, up to a later time."""
    x = rate * (until - start)
    left = float(np.exp(-x))
    auc = concentration / rate * -float(np.expm1(-x))
    beyond = x * left if left > 0 else 0.0
    return Area(auc, start * auc + concentration / rate**2 * (-float(np.expm1(-x)) - beyond))
