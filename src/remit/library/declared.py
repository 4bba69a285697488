"""Which kind of file gives which parameter. Every parameter comes from exactly one kind."""

from dataclasses import dataclass

from remit import model
from remit.library import pharmacy
from remit.library.pharmacy import Label, Pharmacy, Support
from remit.population import parameters as population_parameters
from remit.trial import parameters as trial_parameters
from remit.units import Quantity, quantities

FOLDERS: dict[str, tuple[str, ...]] = {
    "drugs": ("bcl2_inhibitor", "btk_inhibitor", "antibody", "cytotoxic"),
    "diseases": ("disease",),
    "populations": ("host", "population"),
    "conduct": ("conduct",),
    "studies": ("study",),
}
"""Folders of the library that hold values, and the kinds of file in each."""

KINDS = tuple(kind for kinds in FOLDERS.values() for kind in kinds)

HEAD = ("format", "kind", "name", "title", "about", "based_on", "because", "width", "without")
"""Plain keys at the top of a value file; ``based_on`` names a file of its kind that it borrows from."""

DOSED_KINDS = FOLDERS["drugs"]

META: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(DOSED_KINDS, (*HEAD, "dose_unit", "reference_dose")),
    **dict.fromkeys(("disease", "host", "conduct"), HEAD),
    "population": (*HEAD, "disease", "host"),
}
"""Plain keys at the top of each kind of value file; study files have a model of their own."""

DOSE_UNITS = ("mg", "mg/m2", "mg/kg", "study dose")
"""Units of a drug's dose: mass where it is public, else the study dose itself."""

SCENARIO_GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "bcl2_inhibitor": {"potency_exposure": ("apoptosis.potency_exposure",)},
    "disease": {"resistance": ("apoptosis.Ki_shift", "apoptosis.resistant_dependence")},
}
"""Parameters that have no single value: each named scenario of the group gives all of them."""

OPTIONAL_GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "bcl2_inhibitor": {"exposure": ("bcl2i.CL", "bcl2i.Vc", "bcl2i.Q", "bcl2i.Vp")},
}
"""Parameters with a value of their own that a named scenario of the group may replace, all together."""

BCL2I_PARAMETERS = frozenset(
    {
        f"apoptosis.{name}"
        for name in (
            "Ki_BCL2", "Ki_BCLXL", "Ki_MCL1", "shift_share", "fu", "node_penetration", "kill_factor",
            "potency_exposure",
        )
    }
    | {"neutrophils.drug_fall", "neutrophils.drug_half"}
    | {"platelets.bclxl_loss", "platelets.drug_fall", "platelets.drug_half"}
)  # fmt: skip
BTKI_PARAMETERS = frozenset(
    f"btk.{name}" for name in ("k_inact", "affinity", "node_penetration", "mutant_activity")
)
OPTIONAL = trial_parameters.OPTIONAL | population_parameters.OPTIONAL | pharmacy.OPTIONAL
"""Parameters that may be absent."""

WHOLE_OR_ABSENT = ("history", "lesions", "effects", "crossover")
"""Tables whose parameters may be absent only all together."""

HOST_COMPONENTS = frozenset(
    {
        "marrow", "blood", "neutrophils", "platelets", "haemoglobin", "b_cells", "infections", "tumour_lysis",
    }
)  # fmt: skip
DISEASE_PARAMETERS = frozenset({"marrow.tissue_share", "blood.lymphoid"})
"""Parameters of these components that the disease decides."""
PARTNERS = ("antibody", "cytotoxic")
"""Components that are a kind of drug by themselves."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter as a kind of file gives it; ``required`` is false where absence means "not modelled"."""

    quantity: Quantity
    required: bool = True


KINDS_OF = {"drug": DOSED_KINDS, "small": DOSED_KINDS[:2], "study": ("conduct", "study")}
"""Kinds of file in which a table of a group of kinds may stand."""


def kind_of(parameter: str) -> str:
    """Kind of file that gives a parameter of the model."""
    component = parameter.split(".", maxsplit=1)[0]
    if component == "bcl2i" or parameter in BCL2I_PARAMETERS:
        return "bcl2_inhibitor"
    if component == "btki" or parameter in BTKI_PARAMETERS:
        return "btk_inhibitor"
    if component in PARTNERS:
        return component
    is_host = component in HOST_COMPONENTS and parameter not in DISEASE_PARAMETERS
    return "host" if is_host else "disease"


def declarations() -> dict[str, dict[str, Declared]]:
    """Parameters of each kind of file, by ``component.symbol``.

    What a drug does beside its pharmacology is required of BCL2 inhibitors alone: adverse events that the
    model does not produce. What becomes of a dose is required of small molecules. How a trial is conducted
    stands in a file of its own, and a study may say any value of it otherwise.
    """
    found: dict[str, dict[str, Declared]] = {kind: {} for kind in KINDS}
    for parameter, declared in model.PARAMETERS.items():
        found[kind_of(parameter)][parameter] = Declared(declared)
    pharmacies = {
        "pharmacy": (Pharmacy, "small"), "label": (Label, "small"), "support": (Support, "host"),
    }  # fmt: skip
    tables = {**trial_parameters.TABLES, **population_parameters.TABLES, **pharmacies}
    for component, (record, kind) in tables.items():
        kinds = KINDS_OF.get(kind, (kind,))
        for each in kinds:
            for symbol, declared in quantities(record).items():
                key = f"{component}.{symbol}"
                is_optional = key in OPTIONAL or (kind == "drug" and each != "bcl2_inhibitor")
                is_optional = is_optional or each == "study"
                found[each][key] = Declared(declared, not is_optional)
    return found


DECLARED: dict[str, dict[str, Declared]] = declarations()
"""Parameters by kind of file and ``component.symbol``."""


def components(kind: str) -> tuple[str, ...]:
    """Tables that a kind of file may hold."""
    return tuple(dict.fromkeys(key.split(".")[0] for key in DECLARED[kind]))
