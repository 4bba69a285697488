"""A value of the library with everything that a reviewer may ask of it.

Between-patient spread, uncertainty of the typical value, and assumption are three different things,
kept in three fields. Values and spreads are in canonical units here; files may use any compatible one.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

ORIGINS = ("reported", "derived", "fitted", "assumed")
VERIFICATIONS = ("seen", "seen-secondary", "recalled", "derived")
GRADES = (
    "measured",
    "popPK-fit",
    "model-calibrated",
    "class-borrowed",
    "derived",
    "label",
    "convention",
    "assumed",
)
DISTRIBUTIONS = ("lognormal", "normal", "logitnormal", "uniform", "loguniform", "fixed")

STANDARD = NormalDist()


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution around a value: between patients, or of what is not known.

    ``sd`` is on the scale on which the distribution is normal: natural logarithm for ``lognormal``, logit
    for ``logitnormal``, the value's own unit for ``normal``. The value itself is the median. ``low`` and
    ``high`` bound ``uniform`` and ``loguniform``. ``shown`` lists further values of ``sd`` under which
    results are shown. ``same_draw_as`` names a parameter whose random draw this one shares. Values beyond
    ``truncate_low`` and ``truncate_high`` do not occur: the distribution is cut there and rescaled.
    """

    distribution: str
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    where: str = ""
    shown: tuple[float, ...] = ()
    same_draw_as: str = ""
    truncate_low: float | None = None
    truncate_high: float | None = None

    def quantile(self, median: float, standard_normal: float) -> float:
        """Value at a standard normal deviate, the same deviate for every distribution.

        Parameters
        ----------
        median
            The typical value, in canonical units.
        standard_normal
            The deviate; 0 gives the median of every distribution but an asymmetric uniform one.
        """
        sd, low, high = self.sd or 0.0, self.low or 0.0, self.high or 0.0
        if self.truncate_low is not None or self.truncate_high is not None:
            below, above = self._cut_off(median)
            standard_normal = STANDARD.inv_cdf(below + (1 - below - above) * STANDARD.cdf(standard_normal))
        match self.distribution:
            case "lognormal":
                return median * math.exp(sd * standard_normal)
            case "normal":
                return median + sd * standard_normal
            case "logitnormal":
                return 1 / (1 + (1 - median) / median * math.exp(-sd * standard_normal))
            case "uniform":
                return low + (high - low) * STANDARD.cdf(standard_normal)
            case "loguniform":
                return low * (high / low) ** STANDARD.cdf(standard_normal)
            case _:
                return median

    def mass_outside(self, median: float, low: float | None, high: float | None) -> float:
        """Probability that a value lies outside the permitted range [low, high]."""
        if self.truncate_low is not None and (low is None or self.truncate_low >= low):
            low = None
        if self.truncate_high is not None and (high is None or self.truncate_high <= high):
            high = None
        if self.distribution in {"uniform", "loguniform"}:
            return _flat_mass_outside(self, low, high)
        below = 0.0 if low is None else STANDARD.cdf(self._deviate(median, low))
        above = 0.0 if high is None else 1 - STANDARD.cdf(self._deviate(median, high))
        return below + above

    def _cut_off(self, median: float) -> tuple[float, float]:
        """Probability below and above the limits of truncation."""
        below = 0.0 if self.truncate_low is None else STANDARD.cdf(self._deviate(median, self.truncate_low))
        above = (
            0.0 if self.truncate_high is None else 1 - STANDARD.cdf(self._deviate(median, self.truncate_high))
        )
        return below, above

    def _deviate(self, median: float, value: float) -> float:
        """Standard normal deviate at which the distribution takes ``value``."""
        scale = {"lognormal": _log, "logitnormal": _logit}.get(self.distribution, float)
        distance = scale(value) - scale(median)
        if not self.sd:
            return (
                math.copysign(math.inf, distance)
                if distance
                else (-math.inf if value <= median else math.inf)
            )
        return distance / self.sd

    def __str__(self) -> str:
        """One line for the parameter table."""
        match self.distribution:
            case "fixed":
                text = "none"
            case "lognormal":
                text = f"lognormal, SD(ln) {self.sd:.3g}"
            case "logitnormal":
                text = f"logit-normal, SD(logit) {self.sd:.3g}"
            case "normal":
                text = f"normal, SD {self.sd:.3g}"
            case _:
                prefix = "log-" if self.distribution == "loguniform" else ""
                text = f"{prefix}uniform {self.low:.4g} to {self.high:.4g}"
        limits = [
            f"{word} {each:.4g}"
            for word, each in (("above", self.truncate_low), ("below", self.truncate_high))
            if each is not None
        ]
        text += f", cut to {' and '.join(limits)}" if limits else ""
        text += f", shown also at {', '.join(f'{each:g}' for each in self.shown)}" if self.shown else ""
        text += f", same draw as {self.same_draw_as}" if self.same_draw_as else ""
        return f"{text} ({self.where})" if self.where else text


def _log(value: float) -> float:
    """Logarithm, minus infinity at and below zero."""
    return math.log(value) if value > 0 else -math.inf


def _logit(value: float) -> float:
    """Logit, infinite at and beyond the ends."""
    if value <= 0:
        return -math.inf
    return math.inf if value >= 1 else math.log(value / (1 - value))


def _flat_mass_outside(spread: Spread, low: float | None, high: float | None) -> float:
    """Share of a uniform or log-uniform distribution outside a range."""
    scale = _log if spread.distribution == "loguniform" else float
    start, end = scale(spread.low or 0.0), scale(spread.high or 0.0)
    inside_from = start if low is None else max(start, scale(low))
    inside_to = end if high is None else min(end, scale(high))
    return 1 - max(inside_to - inside_from, 0.0) / (end - start)


@dataclass(frozen=True, slots=True)
class Entry:
    """A value in canonical units, with its provenance.

    ``file`` is ``drugs/venetoclax``, ``path`` the place in it (``bcl2i.CL``, or with its scenario in
    front), ``key`` the parameter (``bcl2i.CL``).
    """

    file: str
    path: str
    key: str
    value: float
    unit: str
    meaning: str
    origin: str
    source: str
    where: str
    studied_in: str
    grade: str
    verified: str
    because: str
    derivation: str
    between_patients: Spread | None
    uncertainty: Spread | None

    @property
    def place(self) -> str:
        """File and key, as the parameter table prints it."""
        return f"{self.file}: {self.path}"
