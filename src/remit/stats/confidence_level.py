"""The confidence level of an interval, checked, and how many standard errors it is wide."""

from scipy.special import ndtri

from remit.errors import problem


def check_level(level: float) -> None:
    """Refuse a confidence level outside (0, 1).

    Raises
    ------
    InputError
        As it says.
    """
    if not 0 < level < 1:
        raise problem("level", level, "a confidence level between 0 and 1", "0.95")


def critical_value(level: float) -> float:
    """Half the width of a two-sided normal interval of a level, in standard errors: 1.96 for 0.95."""
    return -float(ndtri((1 - level) / 2))
