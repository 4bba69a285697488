"""Names of adverse events that remit writes: their system organ class, and groups of special interest.

System organ classes are named as MedDRA and the headings of CTCAE 5.0 name them. MedDRA itself is licensed
and not part of remit: this is a list of the few terms that remit writes, each under the class in which
CTCAE 5.0 or common use puts it, and not a coding dictionary.
"""

from collections.abc import Iterable, Mapping

from remit.trial.lysis_syndrome import CLINICAL_EVENT, LABORATORY_EVENT

BLOOD = "Blood and lymphatic system disorders"
CARDIAC = "Cardiac disorders"
GASTROINTESTINAL = "Gastrointestinal disorders"
GENERAL = "General disorders and administration site conditions"
INFECTIONS = "Infections and infestations"
INVESTIGATIONS = "Investigations"
METABOLISM = "Metabolism and nutrition disorders"
VASCULAR = "Vascular disorders"

SYSTEM_ORGAN_CLASS: Mapping[str, str] = {
    "Anaemia": BLOOD,
    "Febrile neutropenia": BLOOD,
    "Neutropenia": BLOOD,
    "Thrombocytopenia": BLOOD,
    "Atrial fibrillation": CARDIAC,
    "Diarrhoea": GASTROINTESTINAL,
    "Nausea": GASTROINTESTINAL,
    "Fatigue": GENERAL,
    "Infection": INFECTIONS,
    "Pneumonia": INFECTIONS,
    "Liver enzymes increased": INVESTIGATIONS,
    CLINICAL_EVENT: METABOLISM,
    LABORATORY_EVENT: METABOLISM,
    "Bleeding": VASCULAR,
}
"""System organ class of every term that a simulated trial may write."""

UNCODED = "Uncoded"
"""Class of a term that has none."""

SPECIAL_INTEREST: Mapping[str, tuple[str, ...]] = {
    "Tumour lysis syndrome": (
        LABORATORY_EVENT,
        CLINICAL_EVENT,
        "Tumour lysis syndrome",
        "Tumor lysis syndrome",
    ),
    "Neutropenia": ("Neutropenia", "Neutrophil count decreased", "Agranulocytosis"),
    "Febrile neutropenia": ("Febrile neutropenia",),
    "Infection": ("Infection", "Pneumonia", INFECTIONS),
    "Bleeding": ("Bleeding", "Haemorrhage", "Hemorrhage", "Contusion", "Epistaxis", "Haematuria"),
    "Atrial fibrillation": ("Atrial fibrillation", "Atrial flutter"),
}
"""Events of special interest of the class: preferred terms, or a whole system organ class, of each.

In observed data a group holds these terms and no others: a standardised MedDRA query is not shipped.
"""

LYSIS_MANIFESTATIONS = (
    "Arrhythmia",
    "Cardiac arrest",
    "Epilepsy",
    "Generalised tonic-clonic seizure",
    "Seizure",
    "Sudden cardiac death",
    "Sudden death",
    "Ventricular arrhythmia",
    "Ventricular fibrillation",
    "Ventricular tachycardia",
)
"""Events that make laboratory tumour lysis clinical, if they are not due to a drug.

Atrial fibrillation is not among them: under a BTK inhibitor it is one of the drug's own effects.
"""

ALIASES: Mapping[str, str] = {"Liver enzymes": "Liver enzymes increased"}
"""Other names under which an event that is not modelled may be listed."""

SEVERE_ONLY = ", grade 3 or more"
"""Ending of an entry that says that only the severity of an event is not modelled."""


def system_organ_class(term: str) -> str:
    """System organ class of a term, or ``UNCODED``."""
    return SYSTEM_ORGAN_CLASS.get(term, UNCODED)


def not_modelled_terms(entries: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Terms that are not modelled at all, and those of which only severity is not, from a list of both."""
    whole: list[str] = []
    severity: list[str] = []
    for entry in entries:
        term = entry.removesuffix(SEVERE_ONLY)
        (severity if term != entry else whole).append(ALIASES.get(term, term))
    return tuple(dict.fromkeys(whole)), tuple(dict.fromkeys(severity))
