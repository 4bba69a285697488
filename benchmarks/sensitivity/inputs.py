"""What is varied, and in whom: settings, and every value that is not known as a coordinate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import NormalDist
from typing import Any

from remit.dosing import Floats
from remit.library import Entry, open_library
from remit.library.placing import placed
from remit.treatment import Who, parse_given
from remit.treatment.simulate import base_entries

LOW, HIGH = 0.05, 0.95
"""Percentiles between which a value is moved."""

REGIMEN = (
    "venetoclax 20 mg q24h x 7 then 50 mg q24h x 7 then 100 mg q24h x 7 then 200 mg q24h x 7 then 400 mg q24h"
)
BYSTANDERS = ("platelets.", "haemoglobin.", "infections.", "paraprotein.")
"""Values on which no output depends, but for who may enter. They move together, as one coordinate."""
WHO_ENTERS = "who enters"
ALL_BYSTANDERS = "values of platelets, haemoglobin, infections and paraprotein, which decide who may enter"


@dataclass(frozen=True, slots=True)
class Setting:
    """Whom the drug is given to: ``name`` for files, ``short`` for columns."""

    name: str
    short: str
    title: str
    disease: str
    population: str


SETTINGS = (
    Setting("cll", "CLL", "relapsed CLL", "cll", "cll_relapsed"),
    Setting("mcl", "MCL", "mantle cell lymphoma before a BTK inhibitor", "mcl", "mcl_btki_naive"),
)


@dataclass(frozen=True, slots=True)
class Input:
    """One coordinate: a value, with all that share its draw."""

    name: str
    members: tuple[Entry, ...]

    def values(self, unit: float) -> dict[str, float]:
        """Values at a place between the 5th percentile (0) and the 95th (1) of what is not known."""
        deviate = NormalDist().inv_cdf(LOW + (HIGH - LOW) * unit)
        return {
            each.key: each.uncertainty.quantile(each.value, deviate)
            for each in self.members
            if each.uncertainty is not None
        }


def inputs_of(entries: Iterable[Entry]) -> tuple[Input, ...]:
    """One coordinate for each draw of what is not known, by the value that owns it; bystanders share one."""
    found: dict[str, list[Entry]] = {}
    for each in entries:
        if each.uncertainty is not None and each.uncertainty.distribution != "fixed":
            own = each.uncertainty.same_draw_as or each.key
            found.setdefault(WHO_ENTERS if own.startswith(BYSTANDERS) else own, []).append(each)
    return tuple(Input(name, tuple(members)) for name, members in found.items())


def values_at(inputs: Sequence[Input], units: Floats) -> dict[str, float]:
    """Values at a point of the unit cube."""
    return dict(
        chain.from_iterable(each.values(u).items() for each, u in zip(inputs, units.tolist(), strict=True))
    )


def entries_of(setting: Setting) -> dict[str, Entry]:
    """Every value in use: of disease, host, population and drug."""
    library = open_library(None)
    base = base_entries(library, setting.disease, Who(population=setting.population))
    host = {name: each.value for name, each in base.items()}
    _, drugs = placed(library, (parse_given(REGIMEN),), host, {})
    return {**base, **drugs}


def structures(setting: Setting) -> dict[str, dict[str, Any]]:
    """Choices of structure that are no number, as arguments of ``Who``."""
    library = open_library(None)
    disease = library.scenarios(f"diseases/{setting.disease}").get("resistance", ())
    exposure = library.scenarios("drugs/venetoclax").get("exposure", ())
    return {
        "extinction below one cell, not by chance": {"extinction": "one_cell"},
        **{f"resistance `{name}`, not `{disease[0]}`": {"resistance": name} for name in disease[1:]},
        **{
            f"exposure `{name}`, not that of the label": {
                "drug_scenarios": {"venetoclax": {"exposure": name}}
            }
            for name in exposure
        },
    }
