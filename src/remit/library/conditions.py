"""Under what a treatment is taken: meals, interactions, hepatic impairment, the label's rules, adherence."""

from collections.abc import Mapping
from dataclasses import dataclass

from remit.errors import Finding, InputError
from remit.library.form import nearest
from remit.library.pharmacy import INHIBITORS, MEALS

CHOICES: dict[str, tuple[str, ...]] = {
    "meal": tuple(MEALS),
    "cyp3a_inhibitor": ("none", *INHIBITORS, "posaconazole"),
    "hepatic_impairment": ("none", "moderate", "severe"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What changes how much of the small molecules arrives, and how much is taken.

    ``cyp3a_inhibitor`` is none, moderate, strong or posaconazole (a strong one with a dose rule of its own);
    ``label_doses`` reduces doses as the labels say. ``adherence`` is the share of doses taken; missed doses
    come in runs of ``missed_run`` on average.

    Raises
    ------
    InputError
        If a word or a number cannot be used.
    """

    meal: str = "low_fat"
    cyp3a_inhibitor: str = "none"
    cyp3a_inducer: bool = False
    pgp_inhibitor: bool = False
    hepatic_impairment: str = "none"
    label_doses: bool = False
    adherence: float = 1.0
    missed_run: float = 1.0

    def __post_init__(self) -> None:
        """Check words and numbers at the border."""
        findings = [
            Finding(f"conditions: {name}", repr(value), "True or False")
            for name in ("cyp3a_inducer", "pgp_inhibitor", "label_doses")
            if not isinstance(value := getattr(self, name), bool)
        ]
        findings += [
            Finding(f"conditions: {name}", repr(value), "a number")
            for name in ("adherence", "missed_run")
            if isinstance(value := getattr(self, name), bool) or not isinstance(value, int | float)
        ]
        if findings:
            raise InputError(findings)
        findings = [
            Finding(
                f"conditions: {name}", repr(value), f"one of {', '.join(known)}", nearest(str(value), known)
            )
            for name, known in CHOICES.items()
            if (value := getattr(self, name)) not in known
        ]
        if not 0 < self.adherence <= 1:
            findings.append(
                Finding("conditions: adherence", f"{self.adherence}", "a share above 0, at most 1")
            )
        if not 1 <= self.missed_run < float("inf"):
            findings.append(Finding("conditions: missed_run", f"{self.missed_run}", "1 dose or more"))
        elif 0 < self.adherence < 1 and (1 - self.adherence) / self.adherence > self.missed_run:
            needed = f"runs of at least {(1 - self.adherence) / self.adherence:.3g} at this adherence"
            findings.append(Finding("conditions: missed_run", f"{self.missed_run}", needed))
        if findings:
            raise InputError(findings)

    def rules(self) -> dict[str, str]:
        """The conditions that a label may have a rule for: its symbol, and what it is called."""
        found: dict[str, str] = {}
        if self.cyp3a_inhibitor != "none":
            strength = self.cyp3a_inhibitor
            symbol = strength if strength == "posaconazole" else f"{strength}_inhibitor"
            found[symbol] = strength if strength == "posaconazole" else f"a {strength} CYP3A inhibitor"
        if self.pgp_inhibitor:
            found["pgp_inhibitor"] = "a P-gp inhibitor"
        if self.hepatic_impairment != "none":
            found[f"{self.hepatic_impairment}_hepatic"] = f"{self.hepatic_impairment} hepatic impairment"
        return found


def clearance_factor(values: Mapping[str, float], conditions: Conditions, drug: str) -> float:
    """Factor of the conditions on the clearance of a drug [fold].

    Raises
    ------
    InputError
        If nothing is known of an interaction of the drug.
    """
    wanted: list[str] = []
    strength = conditions.cyp3a_inhibitor
    if strength == "posaconazole" and "pharmacy.CL_posaconazole" not in values:
        strength = "strong"
    if strength != "none":
        wanted.append(INHIBITORS.get(strength, "pharmacy.CL_posaconazole"))
    if conditions.cyp3a_inducer:
        wanted.append("pharmacy.CL_strong_inducer")
    if conditions.hepatic_impairment != "none":
        wanted.append(f"pharmacy.CL_{conditions.hepatic_impairment}_hepatic")
    return _product(values, wanted, drug)


def bioavailability_factor(values: Mapping[str, float], conditions: Conditions, drug: str) -> float:
    """Factor of meal and P-gp inhibition on the bioavailability of a drug [fold].

    Raises
    ------
    InputError
        If nothing is known of an interaction of the drug.
    """
    wanted = [MEALS[conditions.meal], *(["pharmacy.F_pgp_inhibitor"] if conditions.pgp_inhibitor else [])]
    return _product(values, wanted, drug)


def label_factor(values: Mapping[str, float], conditions: Conditions, drug: str) -> float:
    """Dose that the label asks for, relative to the usual one; the smallest where several rules apply.

    Raises
    ------
    InputError
        If the label has no rule for a condition.
    """
    if not conditions.label_doses:
        return 1.0
    rules = conditions.rules()
    if "posaconazole" in rules and "label.posaconazole" not in values:
        rules["strong_inhibitor"] = rules.pop("posaconazole")
    missing = [text for symbol, text in rules.items() if f"label.{symbol}" not in values]
    if missing:
        needed = "a dose in its label that the library holds"
        raise InputError(
            [
                Finding(f"drugs/{drug}: label", f"no rule for {each}", needed, "leave out label_doses")
                for each in missing
            ]
        )
    return min((values[f"label.{symbol}"] for symbol in rules), default=1.0)


def _product(values: Mapping[str, float], wanted: list[str], drug: str) -> float:
    """Product of the values named."""
    missing = [name for name in wanted if name not in values]
    if missing:
        needed = "a value of this interaction in the library"
        raise InputError(
            [
                Finding(f"drugs/{drug}: {name}", "nothing", needed, "nothing is known of it")
                for name in missing
            ]
        )
    factor = 1.0
    for name in wanted:
        factor *= values[name]
    return factor
