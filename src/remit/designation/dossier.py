"""The outline of a dossier: observed data in clinical-evidence fields, simulation in an annex, never mixed.

Observed and simulated numbers are different records. A clinical-evidence field is written from
:class:`Observed` alone, and refuses anything else.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remit.errors import problem

CLINICAL_FIELDS = ("Overall response rate", "Complete response rate", "Duration of response", "Safety")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A result that was observed in patients."""

    study: str
    n: int
    text: str
    cut_off: datetime.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A simulated result; for planning only."""

    endpoint: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedReadout:
    """The readout that would fill an empty field."""

    n: int
    months: float
    endpoint: str


@dataclass(frozen=True, slots=True)
class DossierOutline:
    """Fields of clinical evidence, and a planning annex apart from them."""

    clinical_evidence: dict[str, str]
    planning_annex: tuple[str, ...]


def clinical_evidence_field(observed: Observed | None, planned: PlannedReadout) -> str:
    """Text of one clinical-evidence field.

    Raises
    ------
    InputError
        If anything but an observed result is offered.
    """
    if observed is None:
        readout = f"n = {planned.n}, {planned.months:g} months, {planned.endpoint}"
        return f"No observed data; planned readout: {readout}."
    # The annotation forbids it, but a caller without a type checker must not be able to mix the two.
    if not isinstance(observed, Observed):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise problem(
            "dossier: clinical evidence",
            type(observed).__name__,
            "an observed result",
            "put simulated results in the planning annex",
        )
    return f"{observed.study}, n = {observed.n}, cut-off {observed.cut_off:%Y-%m-%d}: {observed.text}"


def dossier_outline(
    observed: Mapping[str, Observed], planned: PlannedReadout, simulated: Sequence[Simulated]
) -> DossierOutline:
    """Clinical-evidence fields from observed results, and the planning annex from simulated ones.

    Parameters
    ----------
    observed
        Observed results by field; a field without one says what is planned.
    planned
        The planned readout.
    simulated
        Simulated results, for the annex.
    """
    unknown = sorted(set(observed) - set(CLINICAL_FIELDS))
    if unknown:
        raise problem(
            "dossier: clinical evidence",
            ", ".join(unknown),
            f"one of {', '.join(CLINICAL_FIELDS)}",
            "rename the field",
        )
    fields = {name: clinical_evidence_field(observed.get(name), planned) for name in CLINICAL_FIELDS}
    annex = tuple(f"Simulated, not clinical evidence. {each.endpoint}: {each.text}" for each in simulated)
    return DossierOutline(fields, annex)
