"""Which kind of file gives which parameter. Every parameter comes from exactly one kind."""

from dataclasses import dataclass

from remit import model
from remit.library.pharmacy import Pharmacy
from remit.population import parameters as population_parameters
from remit.trial import parameters as trial_parameters
from remit.units import Quantity, quantities

FOLDERS: dict[str, tuple[str, ...]] = {
    "drugs": ("bcl2_inhibitor", "btk_inhibitor"),
    "diseases": ("disease",),
    "populations": ("host", "population"),
    "studies": ("study",),
}
"""Folders of the library that hold values, and the kinds of file in each."""

KINDS = tuple(kind for kinds in FOLDERS.values() for kind in kinds)

META: dict[str, tuple[str, ...]] = {
    "bcl2_inhibitor": ("format", "kind", "name", "title", "about", "dose_unit", "reference_dose"),
    "btk_inhibitor": ("format", "kind", "name", "title", "about"),
    "disease": ("format", "kind", "name", "title", "about"),
    "host": ("format", "kind", "name", "title", "about"),
    "population": ("format", "kind", "name", "title", "about"),
}
"""Plain keys at the top of each kind of value file; study files have a model of their own."""

DOSE_UNITS = ("mg", "study dose")
"""Units of a BCL2 inhibitor's dose: mass where it is public, else the study dose itself."""

SCENARIO_GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "bcl2_inhibitor": {"potency_exposure": ("apoptosis.potency_exposure",)},
    "disease": {"resistance": ("apoptosis.Ki_shift", "apoptosis.resistant_dependence")},
}
"""Parameters that have no single value: each named scenario of the group gives all of them."""

BCL2I_PARAMETERS = frozenset(
    {
        f"apoptosis.{name}"
        for name in ("Ki_BCL2", "Ki_BCLXL", "fu", "node_penetration", "kill_factor", "potency_exposure")
    }
    | {"neutrophils.drug_fall", "neutrophils.drug_half"}
    | {"platelets.bclxl_loss", "platelets.drug_fall", "platelets.drug_half"}
)
BTKI_PARAMETERS = frozenset({"btk.k_inact", "btk.node_penetration"})
OPTIONAL = trial_parameters.OPTIONAL | population_parameters.OPTIONAL
"""Parameters that may be absent."""

WHOLE_OR_ABSENT = ("history",)
"""Tables whose parameters may be absent only all together."""

HOST_COMPONENTS = frozenset({"marrow", "neutrophils", "platelets", "haemoglobin", "tumour_lysis"})


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter as a kind of file gives it; ``required`` is false where absence means "not modelled"."""

    quantity: Quantity
    required: bool = True


def kind_of(parameter: str) -> str:
    """Kind of file that gives a parameter of the model."""
    component = parameter.split(".", maxsplit=1)[0]
    if component == "bcl2i" or parameter in BCL2I_PARAMETERS:
        return "bcl2_inhibitor"
    if component == "btki" or parameter in BTKI_PARAMETERS:
        return "btk_inhibitor"
    return "host" if component in HOST_COMPONENTS else "disease"


def declarations() -> dict[str, dict[str, Declared]]:
    """Parameters of each kind of file, by ``component.symbol``."""
    found: dict[str, dict[str, Declared]] = {kind: {} for kind in KINDS}
    for parameter, declared in model.PARAMETERS.items():
        found[kind_of(parameter)][parameter] = Declared(declared)
    tables = {**trial_parameters.TABLES, **population_parameters.TABLES, "pharmacy": (Pharmacy, "drug")}
    for component, (record, kind) in tables.items():
        place = found["bcl2_inhibitor" if kind == "drug" else kind]
        for symbol, declared in quantities(record).items():
            key = f"{component}.{symbol}"
            place[key] = Declared(declared, key not in OPTIONAL)
    return found


DECLARED: dict[str, dict[str, Declared]] = declarations()
"""Parameters by kind of file and ``component.symbol``."""


def components(kind: str) -> tuple[str, ...]:
    """Tables that a kind of file may hold."""
    return tuple(dict.fromkeys(key.split(".")[0] for key in DECLARED[kind]))
