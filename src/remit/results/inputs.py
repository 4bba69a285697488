"""Tables of what a run was given."""

from remit.results.declaration import F, S, table

PARAMETERS = table(
    "parameters",
    "Parameters",
    "PATH",
    {
        "PATH": (S, "", "file and key"),
        "VALUE": (F, "", "value in UNIT"),
        "UNIT": (S, "", "unit"),
        "MEANING": (S, "", "meaning"),
        "ORIGIN": (S, "", "reported, derived, fitted or assumed"),
        "SOURCE": (S, "", "key of the source"),
        "WHERE": (S, "", "place in the source"),
        "GRADE": (S, "", "strength of evidence"),
        "VERIFIED": (S, "", "how it was read"),
        "BETWEEN_PATIENTS": (S, "", "spread between patients"),
        "UNCERTAINTY": (S, "", "uncertainty of the typical value"),
        "BECAUSE": (S, "", "why, where assumed or derived"),
    },
)
SOURCES = table(
    "sources",
    "Sources",
    "KEY",
    {
        "KEY": (S, "", "key"),
        "TITLE": (S, "", "title"),
        "AUTHORS": (S, "", "authors"),
        "YEAR": (S, "", "year"),
        "URL": (S, "", "address"),
    },
)
