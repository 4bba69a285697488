"""What options that are given several times say: pairs of a name and a value."""

from collections.abc import Sequence

from remit.errors import problem


def pairs(given: Sequence[str] | None, option: str, form: str) -> dict[str, str]:
    """Values by name.

    Raises
    ------
    InputError
        If a text is no pair, or a name stands twice.
    """
    found: dict[str, str] = {}
    for text in given or ():
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise problem(option, f"'{text}'", form, f"{option} {form}")
        if name in found:
            raise problem(f"{option} {name}", "given twice", "once")
        found[name] = value
    return found


def deviations(given: Sequence[str] | None) -> dict[str, float]:
    """Standard deviations of the residual error by kind.

    Raises
    ------
    InputError
        If one is no number.
    """
    found: dict[str, float] = {}
    for kind, text in pairs(given, "--error", "KIND=SD").items():
        try:
            found[kind] = float(text)
        except ValueError:
            needed = "a standard deviation, as in proportional=0.2"
            raise problem(f"--error {kind}", f"'{text}'", needed) from None
    return found
