"""Sums of exponentials in 40 digits: what linear kinetics do after a dose, written without remit."""

from dataclasses import dataclass

import mpmath as mp
import numpy as np
import polars as pl

from remit.events import simulate_events

mp.mp.dps = 40

VALUES = {
    "one_compartment": {"CL": 1.1, "V": 20.0},
    "two_compartment": {"CL": 1.1, "Vc": 20.0, "Q": 2.3, "Vp": 31.0},
    "three_compartment": {"CL": 1.1, "Vc": 20.0, "Qp1": 2.3, "Vp1": 31.0, "Qp2": 0.4, "Vp2": 90.0},
}
"""Typical values, of a time in hours."""
ORAL = {"ka": 1.5}
CHAIN = {"ka": 1.5, "MTT": 1.2, "NTR": 3}


@dataclass(frozen=True)
class Response:
    """Central concentration after a unit bolus: a sum of ``weights * t**powers * exp(-rates * t)``."""

    weights: tuple
    rates: tuple
    powers: tuple

    def bolus(self, t, amount):
        """At time ``t`` after an amount given at once; zero before it."""
        if t < 0:
            return mp.mpf(0)
        terms = zip(self.weights, self.rates, self.powers, strict=True)
        return amount * mp.fsum(w * mp.mpf(t) ** k * mp.exp(-r * t) for w, r, k in terms)

    def integral(self, t):
        """Of the response to a unit bolus from 0 to ``t``; zero before."""
        if t <= 0:
            return mp.mpf(0)
        terms = zip(self.weights, self.rates, self.powers, strict=True)
        return mp.fsum(w * mp.gammainc(k + 1, 0, r * t) / r ** (k + 1) for w, r, k in terms)

    def infusion(self, t, rate, duration):
        """At time ``t`` after the start of an infusion."""
        return rate * (self.integral(t) - self.integral(t - duration))

    def endless(self, rate):
        """Of an infusion that has gone on for ever."""
        terms = zip(self.weights, self.rates, self.powers, strict=True)
        return rate * mp.fsum(w * mp.factorial(k) / r ** (k + 1) for w, r, k in terms)

    def steady(self, t, interval, *, amount=0, rate=0, duration=0):
        """At time ``t`` after the last of doses for ever, each a bolus or an infusion: the geometric series.

        Doses that are over are exponentials in a constant ratio; a power of time is minus a derivative by
        the rate.
        """
        t, interval, duration = mp.mpf(t), mp.mpf(interval), mp.mpf(duration)
        over = int(mp.ceil((duration - min(t, mp.mpf(0))) / interval)) + 1
        recent = [t + n * interval for n in range(over)]
        found = mp.fsum(self.bolus(each, amount) + self.infusion(each, rate, duration) for each in recent)
        later = t + over * interval

        def tail(r):
            size = amount + rate * (mp.exp(r * duration) - 1) / r
            return size * mp.exp(-r * later) / (1 - mp.exp(-r * interval))

        for w, r, k in zip(self.weights, self.rates, self.powers, strict=True):
            found += w * (-1) ** k * (mp.diff(tail, r, k) if k else tail(r))
        return found


def disposition(values):
    """Poles and the polynomial above them, of the central concentration after a unit bolus into the centre.

    The transform of the concentration is ``1 / V / (s + CL/V + sum(Q/V * s / (s + Q/Vp)))``.
    """
    volume = mp.mpf(values.get("V", values.get("Vc")))
    pairs = [("Q", "Vp"), ("Qp1", "Vp1"), ("Qp2", "Vp2")]
    outer = [(mp.mpf(values[q]), mp.mpf(values[v])) for q, v in pairs if q in values]
    back = [q / v for q, v in outer]
    below = times([mp.mpf(1), mp.mpf(values["CL"]) / volume], product(back))
    for i, (q, _) in enumerate(outer):
        rest = product([each for j, each in enumerate(back) if j != i])
        below = plus(below, times([q / volume, mp.mpf(0)], rest))
    poles = mp.polyroots(below, maxsteps=500, extraprec=200)
    return sorted((-mp.re(each) for each in poles), reverse=True), back, volume


def response(values, absorption=""):
    """Concentration after a unit dose by the route of a structure."""
    rates, back, volume = disposition(values)

    def above(r):
        return mp.fprod(each - r for each in back) / volume

    if absorption in ("", "zero_order"):
        poles, gain = [(r, 1) for r in rates], mp.mpf(1)
    elif absorption == "oral":
        ka = mp.mpf(values["ka"])
        poles, gain = [(r, 1) for r in [*rates, ka]], ka
    else:
        ka, n = mp.mpf(values["ka"]), int(values["NTR"]) + 1
        ktr = n / mp.mpf(values["MTT"])
        poles, gain = [(r, 1) for r in [*rates, ka]] + [(ktr, n)], ka * ktr**n
    weights, found, powers = [], [], []
    for r, multiplicity in poles:
        others = [(each, m) for each, m in poles if each != r]

        def regular(s, others=others):
            return gain * above(-s) / mp.fprod((s + each) ** m for each, m in others)

        for k in range(multiplicity):
            derivative = mp.diff(regular, -r, multiplicity - 1 - k) / mp.factorial(multiplicity - 1 - k)
            weights.append(derivative / mp.factorial(k))
            found.append(r)
            powers.append(k)
    return Response(tuple(weights), tuple(found), tuple(powers))


def product(shifts):
    """Polynomial ``prod(s + shift)``, highest power first."""
    found = [mp.mpf(1)]
    for each in shifts:
        found = times(found, [mp.mpf(1), each])
    return found


def times(a, b):
    """Product of polynomials."""
    found = [mp.mpf(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            found[i + j] += x * y
    return found


def plus(a, b):
    """Sum of polynomials."""
    n = max(len(a), len(b))
    a, b = [mp.mpf(0)] * (n - len(a)) + list(a), [mp.mpf(0)] * (n - len(b)) + list(b)
    return [x + y for x, y in zip(a, b, strict=True)]


def data_set(rows, times=()):
    """A table of one subject: dose records as given, then an observation at each time, in order of time."""
    names = ("TIME", "EVID", "AMT", "CMT", "RATE", "II", "ADDL", "SS")
    blank = dict.fromkeys(names[2:], 0.0)
    records = [{"EVID": 1.0, **blank, **row} for row in rows]
    records += [{"TIME": float(t), "EVID": 0.0, **blank} for t in times]
    ordered = sorted(records, key=lambda each: (each["TIME"], each["EVID"] == 0))
    return pl.DataFrame([{"ID": 1, **{name: each[name] for name in names}} for each in ordered])


def observed(frame):
    """Concentrations at the observations."""
    return frame.filter(pl.col("EVID").cast(float) == 0)["CP"].to_numpy()


def simulated(model, values, rows, times):
    """Concentrations of a simulated data set at times."""
    return observed(simulate_events(data_set(rows, times), model, values))


def agree(found, expected, rtol=1e-9):
    """Every value within the relative tolerance, by 40 digits."""
    wanted = np.array([float(each) for each in expected])
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=1e-30)
