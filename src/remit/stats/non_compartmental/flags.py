"""What a reader must know before relying on the measures of a concentration profile."""

from dataclasses import dataclass

FLAGS = {
    "ALL_BELOW_LIMIT": "no sample is quantifiable; there are no measures",
    "BETWEEN_BELOW_LIMIT": "samples between quantifiable ones are below the limit: left out, or zero",
    "NO_SAMPLE_AT_DOSE": "the first sample came after the dose; the concentration at the dose is assumed",
    "NO_C0": "the first two samples of the bolus do not decline; C0 is the first quantifiable one",
    "PREDOSE": "the concentration at the dose is a large share of Cmax; areas hold some of an earlier dose",
    "BACK_EXTRAPOLATED": "a large share of AUCinf lies before the first sample, under an extrapolated C0",
    "TMAX_FIRST": "Cmax is the first concentration after the dose; the true peak may be earlier and higher",
    "TMAX_LAST": "Cmax is the last concentration; the true peak may be later and higher",
    "FEW_POINTS": "too few quantifiable samples after the peak for a terminal slope",
    "NO_DECLINE": "the last samples do not decline; there is no terminal slope",
    "R2_LOW": "the terminal slope fits its points poorly (adjusted r2)",
    "SPAN_SHORT": "the terminal slope spans few half-lives",
    "EXTRAPOLATED": "a large share of AUCinf lies beyond the last quantifiable sample",
    "AUCTAU_EXTRAPOLATED": "the last quantifiable sample came before tau; the rest of AUCtau is extrapolated",
    "NO_AUCTAU": "the last quantifiable sample came before tau and there is no terminal slope to go on by",
    "NO_SAMPLE_IN_INTERVAL": "no quantifiable sample came within tau; there are no measures of it",
    "CMIN_BELOW_LIMIT": "a later sample of the interval is below the limit, and so is Cmin, which is unknown",
    "SWING_UNDEFINED": "Cmin is zero; the swing would be infinite",
    "NOT_STEADY_STATE": "the interval is not at steady state; CLss, fluctuation and swing do not exist",
}
"""Every flag and its meaning."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing to know: its name, what was found beside the limit that it passed, and what it means.

    ``found`` and ``limit`` are NaN where the flag is not a matter of degree.
    """

    name: str
    found: float
    limit: float
    meaning: str


def flag(name: str, found: float = float("nan"), limit: float = float("nan")) -> Flag:
    """A flag with its meaning."""
    return Flag(name, float(found), float(limit), FLAGS[name])
