"""Sets of response categories that count for an endpoint, from the words of a response criterion.

A set is left out where the criterion has no such category, so that an endpoint that asks for it is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

MEANING: Mapping[str, str] = MappingProxyType(
    {
        "ORR": "overall response",
        "ORRL": "overall response, partial response with lymphocytosis counted",
        "ORRNL": "overall response, partial response with lymphocytosis not counted",
        "CR": "complete response, whatever the criterion counts as complete",
        "CRFULL": "complete response with recovered blood counts (CRh and CRi not counted)",
        "CRH": "complete remission with full or partial haematologic recovery (CR or CRh)",
        "CRC": "composite complete remission (CR, CRh or CRi)",
        "MRR": "major response (partial response or better)",
    }
)
"""Every set that an endpoint may name."""
NAMED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"CRFULL": ("CR",), "CRH": ("CR", "CRh"), "CRC": ("CR", "CRh", "CRi"), "MRR": ("CR", "VGPR", "PR")}
)
NEEDED: Mapping[str, str] = MappingProxyType({"CRFULL": "CRi", "CRH": "CRh", "CRC": "CRh", "MRR": "MR"})
"""The category without which a set would be another one by a second name."""


@dataclass(frozen=True, slots=True)
class Codes:
    """Words of a criterion: those that are progression or relapse, and ``sets`` of responses by name.

    ``sets`` always holds ORR and CR.
    """

    progression: tuple[str, ...] = ("PD",)
    sets: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({"ORR": ("PR", "CR"), "CR": ("CR",)})
    )


LUGANO = Codes()
"""Lugano 2014: PR and CR are responses, CR is complete, PD is progression."""


def codes_of(
    categories: Sequence[str],
    responders: Sequence[str],
    complete: Sequence[str],
    progression: Sequence[str],
    lymphocytosis: Sequence[str] = (),
) -> Codes:
    """Words of a criterion, from its constants of these names (``CODES`` being the categories).

    ORR is what the criterion counts as response. Where it knows partial response with lymphocytosis
    (iwCLL 2018), ORRL counts it and ORRNL does not. CRFULL, CRH and CRC are those of ELN 2022, MRR is that
    of the workshops on Waldenström macroglobulinaemia.
    """
    sets: dict[str, tuple[str, ...]] = {"ORR": tuple(responders), "CR": tuple(complete)}
    if lymphocytosis:
        without = tuple(each for each in responders if each not in lymphocytosis)
        sets |= {"ORRL": (*without, *lymphocytosis), "ORRNL": without}
    for name, members in NAMED.items():
        if NEEDED[name] in categories:
            sets[name] = tuple(each for each in members if each in categories)
    return Codes(tuple(progression), MappingProxyType(sets))
