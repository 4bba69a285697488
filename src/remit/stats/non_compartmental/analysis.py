r"""Non-compartmental analysis: exposure, half-life, clearance and volumes of one concentration profile.

.. math:: AUC_{inf} = AUC_{last} + \frac{C_{last}}{\lambda_z}, \quad
    AUMC_{inf} = AUMC_{last} + \frac{C_{last}\,t_{last}}{\lambda_z} + \frac{C_{last}}{\lambda_z^2}, \quad
    MRT = \frac{AUMC_{inf}}{AUC_{inf}} - \frac{T}{2}, \quad
    CL = \frac{dose}{AUC_{inf}}, \quad V_z = \frac{CL}{\lambda_z}, \quad V_{ss} = CL \cdot MRT

T is the duration of an infusion. At steady state the area of one interval is that of one dose in all
(Bauer and Gibaldi 1983):

.. math:: CL = \frac{dose}{AUC_\tau}, \quad
    MRT = \frac{AUMC_\tau + \tau\,(AUC_{inf} - AUC_\tau)}{AUC_\tau} - \frac{T}{2}

After Gabrielsson and Weiner (2016). Nothing is known here of units: with time in h, concentrations in mg/L
and a dose in mg, clearance is in L/h. What the samples cannot support is NaN, and a flag says why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remit.stats.estimate import Floats
from remit.stats.non_compartmental.dosing_interval import (
    Interval,
    dosing_interval,
    interval_flags,
    no_interval,
)
from remit.stats.non_compartmental.flags import FLAGS, Flag, flag
from remit.stats.non_compartmental.samples import Dose, Route, Rules, Samples, refuse_unusable, samples_of
from remit.stats.non_compartmental.terminal_slope import Slope, no_slope, terminal_slope
from remit.stats.non_compartmental.trapezoids import Curve, area_under, curve_of, cut, tail

DEFAULTS = Rules()


@dataclass(frozen=True, slots=True)
class Profile:
    """All measures of one profile; NaN where there is none, with a flag that says why.

    ``C0`` and ``back_extrapolated_fraction`` belong to a bolus, ``Vss`` to intravenous doses. ``CL``, ``Vz``
    and ``Vss`` are over the bioavailable fraction after an extravascular dose, and MRT then contains the time
    of absorption. ``AUCinf`` goes on from the observed last concentration, ``AUCinf_predicted`` from that of
    the terminal slope; what rests on AUCinf rests on the observed one. At steady state CL, and with it Vz and
    Vss, rest on AUCtau. ``interval`` is None without a dosing interval.
    """

    dose: Dose
    Cmax: float
    tmax: float
    Clast: float
    tlast: float
    C0: float
    AUClast: float
    AUMClast: float
    slope: Slope
    AUCinf: float
    AUCinf_predicted: float
    extrapolated_fraction: float
    extrapolated_fraction_predicted: float
    back_extrapolated_fraction: float
    AUMCinf: float
    MRT: float
    CL: float
    Vz: float
    Vss: float
    interval: Interval | None
    flags: tuple[Flag, ...]

    @property
    def lambda_z(self) -> float:
        """Rate of the terminal decline."""
        return self.slope.lambda_z

    @property
    def half_life(self) -> float:
        """Terminal half-life."""
        return self.slope.half_life


def nca(
    time: Floats | Sequence[float],
    concentration: Floats | Sequence[float],
    *,
    dose: float,
    route: Route = "extravascular",
    duration: float = 0.0,
    tau: float | None = None,
    is_steady_state: bool = True,
    rules: Rules = DEFAULTS,
) -> Profile:
    """Analyse one profile.

    Parameters
    ----------
    time
        Time of each sample since the dose (since the start of an infusion), increasing, shape (n_samples,).
    concentration
        Concentrations, 0 or more, shape (n_samples,). Zeros are below the limit of quantification.
    dose
        Amount given.
    route
        ``extravascular``, ``bolus`` or ``infusion``.
    duration
        Duration of the infusion.
    tau
        Dosing interval, which has the measures of the interval computed.
    is_steady_state
        Whether the interval is at steady state; without ``tau`` the dose is the only one.
    rules
        What else there is to choose.

    Raises
    ------
    InputError
        With everything that is wrong with the arguments at once.
    """
    times = np.asarray(time, dtype=np.float64)
    values = np.asarray(concentration, dtype=np.float64)
    given = Dose(dose, route, duration, tau, is_steady_state and tau is not None)
    refuse_unusable(times, values, given, rules)
    samples = samples_of(times, values, given, rules)
    if not samples.is_quantifiable.any():
        return _empty(given)
    curve, assumed = _curve(samples, given, rules)
    slope = _slope(samples, given, rules)
    interval = dosing_interval(curve, samples, slope, given, tau) if tau is not None else None
    found = _profile(curve, samples, slope, interval, given)
    flags = [*assumed, *_flags(found, samples, rules)]
    if interval is not None:
        flags += interval_flags(interval, rules)
    order = list(FLAGS)
    return replace(found, flags=tuple(sorted(flags, key=lambda each: order.index(each.name))))


def _curve(samples: Samples, dose: Dose, rules: Rules) -> tuple[Curve, tuple[Flag, ...]]:
    """The profile from the dose to its last quantifiable sample, and what is assumed at the dose.

    Without a sample at the dose, a bolus has its C0 there; other doses have zero, or at steady state the
    smallest concentration of the interval, as the documentation of Phoenix WinNonlin has it.
    """
    time, concentration = samples.time, samples.concentration
    flags: tuple[Flag, ...] = ()
    if time[0] > 0:
        if dose.route == "bolus":
            value, flags = _back_extrapolated(time, concentration)
        else:
            inside = concentration[time <= dose.tau] if dose.tau is not None else concentration[:0]
            value = float(inside.min()) if dose.is_steady_state and inside.size else 0.0
            flags = (flag("NO_SAMPLE_AT_DOSE", time[0], 0.0),)
        time, concentration = np.insert(time, 0, 0.0), np.insert(concentration, 0, value)
    return curve_of(time, concentration, rules.method), flags


def _back_extrapolated(time: Floats, concentration: Floats) -> tuple[float, tuple[Flag, ...]]:
    """C0 on the line through the logarithms of the first two samples; without one, the first above zero."""
    if time.size > 1 and concentration[0] > concentration[1] > 0:
        rate = np.log(concentration[0] / concentration[1]) / (time[1] - time[0])
        return float(concentration[0] * np.exp(rate * time[0])), ()
    return float(concentration[concentration > 0][0]), (flag("NO_C0"),)


def _slope(samples: Samples, dose: Dose, rules: Rules) -> Slope:
    """The terminal slope through samples after the peak, or from it on after a bolus."""
    peak = int(np.argmax(samples.concentration)) + (dose.route != "bolus")
    candidate = samples.is_quantifiable & (samples.time >= dose.duration)
    candidate[:peak] = False
    return terminal_slope(
        samples.time[candidate], samples.concentration[candidate], rules.min_points, rules.r2_tolerance
    )


def _profile(curve: Curve, samples: Samples, slope: Slope, interval: Interval | None, dose: Dose) -> Profile:
    """The measures of a profile with at least one quantifiable sample."""
    peak = int(np.argmax(samples.concentration))
    last, tlast = float(curve.concentration[-1]), float(curve.time[-1])
    seen = area_under(curve)
    beyond = tail(last, tlast, slope.lambda_z)
    expected = tail(slope.at(tlast), tlast, slope.lambda_z)
    auc, aumc, predicted = seen.auc + beyond.auc, seen.aumc + beyond.aumc, seen.auc + expected.auc
    if interval is not None and interval.is_steady_state:
        clearance = interval.CLss
        residence = (interval.AUMCtau + interval.tau * (auc - interval.AUCtau)) / interval.AUCtau
    else:
        clearance, residence = dose.amount / auc, aumc / auc
    residence -= dose.duration / 2
    is_bolus = dose.route == "bolus"
    before = area_under(cut(curve, float(samples.time[0]))).auc if is_bolus else np.nan
    return Profile(
        dose=dose,
        Cmax=float(samples.concentration[peak]),
        tmax=float(samples.time[peak]),
        Clast=last,
        tlast=tlast,
        C0=float(curve.concentration[0]) if is_bolus else np.nan,
        AUClast=seen.auc,
        AUMClast=seen.aumc,
        slope=slope,
        AUCinf=auc,
        AUCinf_predicted=predicted,
        extrapolated_fraction=beyond.auc / auc,
        extrapolated_fraction_predicted=expected.auc / predicted,
        back_extrapolated_fraction=before / auc,
        AUMCinf=aumc,
        MRT=residence,
        CL=clearance,
        Vz=clearance / slope.lambda_z,
        Vss=clearance * residence if dose.route != "extravascular" else np.nan,
        interval=interval,
        flags=(),
    )


def _flags(found: Profile, samples: Samples, rules: Rules) -> Iterator[Flag]:
    """What must be known of the measures of a profile, besides those of an interval."""
    dose, slope = found.dose, found.slope
    if samples.n_between:
        yield flag("BETWEEN_BELOW_LIMIT", samples.n_between, 0)
    if dose.route != "bolus":
        predose = samples.concentration[0] / found.Cmax if samples.time[0] == 0 else 0.0
        if predose > rules.max_predose and not dose.is_steady_state:
            yield flag("PREDOSE", predose, rules.max_predose)
        if samples.drawn.size and found.tmax <= samples.drawn[0]:
            yield flag("TMAX_FIRST", found.tmax, samples.drawn[0])
    if samples.drawn.size and found.tmax == samples.drawn[-1]:
        yield flag("TMAX_LAST", found.tmax, samples.drawn[-1])
    if found.back_extrapolated_fraction > rules.max_extrapolated:
        yield flag("BACK_EXTRAPOLATED", found.back_extrapolated_fraction, rules.max_extrapolated)
    if slope.n_candidates < rules.min_points:
        yield flag("FEW_POINTS", slope.n_candidates, rules.min_points)
    elif not slope.n_points:
        yield flag("NO_DECLINE")
    if slope.r2_adjusted < rules.min_r2:
        yield flag("R2_LOW", slope.r2_adjusted, rules.min_r2)
    # Points at whole half-lives span them but for rounding.
    if slope.span_ratio < rules.min_span * (1 - 1e-9):
        yield flag("SPAN_SHORT", slope.span_ratio, rules.min_span)
    if found.extrapolated_fraction > rules.max_extrapolated:
        yield flag("EXTRAPOLATED", found.extrapolated_fraction, rules.max_extrapolated)


def _empty(dose: Dose) -> Profile:
    """A profile without a quantifiable sample."""
    return Profile(
        dose=dose,
        Cmax=np.nan,
        tmax=np.nan,
        Clast=np.nan,
        tlast=np.nan,
        C0=np.nan,
        AUClast=np.nan,
        AUMClast=np.nan,
        slope=no_slope(0),
        AUCinf=np.nan,
        AUCinf_predicted=np.nan,
        extrapolated_fraction=np.nan,
        extrapolated_fraction_predicted=np.nan,
        back_extrapolated_fraction=np.nan,
        AUMCinf=np.nan,
        MRT=np.nan,
        CL=np.nan,
        Vz=np.nan,
        Vss=np.nan,
        interval=no_interval(dose, dose.tau) if dose.tau is not None else None,
        flags=(flag("ALL_BELOW_LIMIT"),),
    )
