"""Adaptation of node cells: rising protection where drug takes effect, and the effect of BTK on BIM.

Protection rises with the commitment that the drug realises, not with its concentration: driven by
concentration, more dose would do harm where the effect is already saturated.
"""

from dataclasses import dataclass

from remit.units import Value, quantity

NAME = "adaptation"
STATES = {"adaptation": "fraction", "bim_fold": "fold"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Size and speed of adaptation."""

    gain: Value = quantity("fraction", meaning="rise of node MCL1 and BCL-XL at full effect", low=0)
    rate: Value = quantity("1/day", meaning="rate constant of adaptation", low=0)
    btki_suppression: Value = quantity(
        "fraction", meaning="reduction of node MCL1 and BCL-XL excess at full BTK occupancy", low=0, high=1
    )
    bim_fold: Value = quantity("fold", meaning="BIM at full BTK occupancy relative to none", low=1)
    bim_rate: Value = quantity("1/day", meaning="rate constant of the BIM response", low=0)


def rates(y: tuple[Value, ...], effect: Value, btk_occupancy: Value, p: Params) -> tuple[Value, ...]:
    """Rates of adaptation and BIM multiplier [1/day], from realised effect and BTK occupancy [fraction]."""
    adaptation, bim_fold = y
    target = 1 + (p.bim_fold - 1) * btk_occupancy
    return p.rate * (p.gain * effect - adaptation), p.bim_rate * (target - bim_fold)


def protection(adaptation: Value, btk_occupancy: Value, p: Params) -> Value:
    """Multiplier of the node excess of MCL1 and BCL-XL [fold]."""
    return (1 + adaptation) * (1 - p.btki_suppression * btk_occupancy)
