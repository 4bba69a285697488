r"""Measures of one dosing interval, from the dose to ``tau`` later.

.. math:: C_{avg} = \frac{AUC_\tau}{\tau}, \quad CL_{ss} = \frac{dose}{AUC_\tau}, \quad
    \mathrm{fluctuation} = \frac{C_{max} - C_{min}}{C_{avg}}, \quad
    \mathrm{swing} = \frac{C_{max} - C_{min}}{C_{min}}, \quad
    \mathrm{accumulation} = \frac{1}{1 - e^{-\lambda_z \tau}}

Cmax and Cmin are observed. What is needed at tau is observed if a sample was drawn then, read off the curve
between samples, and otherwise goes on from the last quantifiable concentration at the terminal slope.
After Gabrielsson and Weiner (2016).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from remit.stats.non_compartmental.flags import Flag, flag
from remit.stats.non_compartmental.samples import Dose, Rules, Samples
from remit.stats.non_compartmental.terminal_slope import Slope
from remit.stats.non_compartmental.trapezoids import Area, Curve, area_under, cut, tail


@dataclass(frozen=True, slots=True)
class Interval:
    """Measures over a dosing interval ``tau``; NaN where the samples cannot support them.

    ``Ctrough`` is the concentration at tau. ``fluctuation`` and ``swing`` are fractions; they and ``CLss``
    exist at steady state only. ``extrapolated_fraction`` is the share of AUCtau after the last quantifiable
    sample.
    """

    tau: float
    is_steady_state: bool
    AUCtau: float
    AUMCtau: float
    extrapolated_fraction: float
    Cmax: float
    tmax: float
    Cmin: float
    Ctrough: float
    Cavg: float
    fluctuation: float
    swing: float
    CLss: float
    accumulation_index: float


def dosing_interval(curve: Curve, samples: Samples, slope: Slope, dose: Dose, tau: float) -> Interval:
    """Measures of the interval that begins with the dose.

    Parameters
    ----------
    curve
        The profile from the dose to its last quantifiable sample.
    samples
        The samples that it goes through, at least one of them quantifiable.
    slope
        Its terminal slope.
    dose
        The dose.
    tau
        The dosing interval, in the unit of the times.
    """
    inside = samples.time <= tau
    if not (samples.concentration[inside] > 0).any():
        return no_interval(dose, tau)
    observed, steady = samples.concentration[inside], dose.is_steady_state
    peak = int(np.argmax(observed))
    highest = float(observed[peak])
    lowest = np.nan if (samples.trailing <= tau).any() else float(observed.min())
    within, after = area_under(cut(curve, tau)), _after(curve, slope, tau)
    auc = within.auc + after.auc
    average = auc / tau
    return Interval(
        tau=tau,
        is_steady_state=steady,
        AUCtau=auc,
        AUMCtau=within.aumc + after.aumc,
        extrapolated_fraction=after.auc / auc,
        Cmax=highest,
        tmax=float(samples.time[peak]),
        Cmin=lowest,
        Ctrough=_trough(curve, slope, tau),
        Cavg=average,
        fluctuation=(highest - lowest) / average if steady else np.nan,
        swing=(highest - lowest) / lowest if steady and lowest > 0 else np.nan,
        CLss=dose.amount / auc if steady else np.nan,
        accumulation_index=-1 / float(np.expm1(-slope.lambda_z * tau)),
    )


def no_interval(dose: Dose, tau: float) -> Interval:
    """An interval of which nothing is known."""
    return Interval(tau, dose.is_steady_state, *(np.nan,) * 12)


def _after(curve: Curve, slope: Slope, tau: float) -> Area:
    """Area from the last quantifiable sample to tau; none where a sample was drawn at or after tau."""
    if tau <= curve.time[-1]:
        return Area(0.0, 0.0)
    return tail(float(curve.concentration[-1]), float(curve.time[-1]), slope.lambda_z, tau)


def _trough(curve: Curve, slope: Slope, tau: float) -> float:
    """Concentration at tau: of a sample, between samples, or at the terminal slope after the last."""
    beyond = max(tau - float(curve.time[-1]), 0.0)
    last = float(cut(curve, tau).concentration[-1])
    return last * float(np.exp(-slope.lambda_z * beyond)) if beyond else last


def interval_flags(interval: Interval, rules: Rules) -> Iterator[Flag]:
    """What must be known of the measures of an interval."""
    if not interval.is_steady_state:
        yield flag("NOT_STEADY_STATE")
    if np.isnan(interval.Cmax):
        yield flag("NO_SAMPLE_IN_INTERVAL")
        return
    if np.isnan(interval.AUCtau):
        yield flag("NO_AUCTAU")
    elif interval.extrapolated_fraction > rules.max_tau_extrapolated:
        yield flag("AUCTAU_EXTRAPOLATED", interval.extrapolated_fraction, rules.max_tau_extrapolated)
    if np.isnan(interval.Cmin):
        yield flag("CMIN_BELOW_LIMIT")
    elif interval.is_steady_state and interval.Cmin == 0:
        yield flag("SWING_UNDEFINED")
