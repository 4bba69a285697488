"""Options of the command line as the function takes them."""

from collections.abc import Iterable

from remit.errors import problem


def numbers(texts: Iterable[str] | None) -> dict[str, float]:
    """Values from ``NAME=VALUE``.

    Raises
    ------
    InputError
        If a text is none, or a name stands twice.
    """
    found: dict[str, float] = {}
    for text in texts or ():
        name, sign, value = (part.strip() for part in text.partition("="))
        try:
            number = float(value)
        except ValueError:
            number = None
        if not sign or not name or number is None:
            raise problem("--set", f"'{text}'", "NAME=VALUE", "as clones.growth_rate=0.003")
        if name in found:
            raise problem("--set", f"{name} twice", "each name once", "remove one")
        found[name] = number
    return found


def scenarios(texts: Iterable[str] | None) -> dict[str, dict[str, str]]:
    """Scenarios from ``DRUG:GROUP=NAME``.

    Raises
    ------
    InputError
        If a text is none, or a group of a drug stands twice.
    """
    found: dict[str, dict[str, str]] = {}
    for text in texts or ():
        place, sign, name = (part.strip() for part in text.partition("="))
        drug, colon, group = (part.strip() for part in place.partition(":"))
        if not sign or not colon or not drug or not group or not name:
            needed = "DRUG:GROUP=NAME"
            raise problem("--scenario", f"'{text}'", needed, "as mesutoclax:potency_exposure=plateau")
        if group in found.setdefault(drug, {}):
            raise problem("--scenario", f"{place} twice", "each group of a drug once", "remove one")
        found[drug][group] = name
    return found
