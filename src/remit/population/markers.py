"""Prognostic markers: what a patient's disease carries, and how each acts on the model.

A marker is present with a probability that the population states, and acts through effects that the disease
states; a marker without a probability is unknown in that population. TP53 acts on growth, on clones that
are resistant from the start, and on what cytotoxic drugs kill, and never on commitment under a BCL2
inhibitor, whose kill does not depend on TP53 (Anderson 2016).
"""

from dataclasses import dataclass, make_dataclass
from typing import Any

from remit.units import quantity


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker: its name in library files, its column in ADSL, and what it may act on."""

    name: str
    column: str
    meaning: str
    acts_on: tuple[str, ...] = ("growth", "resistance", "refractory", "priming", "cytotoxic")


MARKERS = (
    Marker(
        "tp53",
        "TP53FL",
        "altered TP53, del(17p) included",
        ("growth", "resistance", "refractory", "cytotoxic"),
    ),
    Marker("blastoid", "BLASTFL", "blastoid or pleomorphic disease"),
    Marker("ighv_unmutated", "IGHVUFL", "unmutated IGHV"),
    Marker("complex_karyotype", "CKFL", "complex karyotype"),
    Marker("idh", "IDHFL", "mutated IDH1 or IDH2"),
    Marker("npm1", "NPM1FL", "mutated NPM1"),
    Marker("flt3_itd", "FLT3FL", "internal tandem duplication of FLT3"),
)
"""Markers that a population may have."""

EFFECTS: dict[str, tuple[str, str, dict[str, float]]] = {
    "growth": ("fold", "growth with {}", {"low": 0}),
    "resistance": ("", "shift of log10 resistant clone shares with {}", {}),
    "refractory": ("fold", "odds of the refractory subgroup with {}", {"low": 0}),
    "priming": ("fold", "BIM with {}", {"low": 0}),
    "cytotoxic": ("fold", "sensitivity to cytotoxic drugs with {}", {"low": 0}),
}
"""Unit, meaning and range of each effect."""


def _declared() -> list[tuple[str, Any, Any]]:
    """Fields of the record of effects."""
    return [
        (f"{marker.name}_{effect}", float, quantity(unit, meaning=meaning.format(marker.meaning), **limits))
        for marker in MARKERS
        for effect, (unit, meaning, limits) in EFFECTS.items()
        if effect in marker.acts_on
    ]


MarkerEffects: type = make_dataclass("MarkerEffects", _declared(), frozen=True, slots=True, kw_only=True)
"""Effects of every marker, ``NAME_EFFECT``; each may be absent, which is no effect."""

MarkerShares: type = make_dataclass(
    "MarkerShares",
    [
        (
            each.name,
            float,
            quantity("fraction", meaning=f"share of patients with {each.meaning}", low=0, high=1),
        )
        for each in MARKERS
    ],
    frozen=True,
    slots=True,
    kw_only=True,
)
"""Probability of every marker; each may be absent, which leaves it unknown."""
