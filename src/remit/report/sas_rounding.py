"""Numbers as a SAS listing prints them, so that two programmers of one table agree to the last digit.

1. Half is rounded away from zero, on the decimal value: 0.25 with one decimal is 0.3, and -0.25 is -0.3.
   Python would round the binary value, half to even: 0.2.
2. A value within :data:`FUZZ` of half counts as half, as SAS documents for its ROUND function:
   28.499999999999996, which is 100 x 0.285 in binary, is 28.5 and becomes 29. SAS publishes what ROUND does
   near 2.5, and the tests hold this file to that; it does not publish how far the rule reaches elsewhere.
3. A percentage has one decimal.
4. A p-value is printed by the rule of PVALUE6.4: four decimals, and "<.0001" where it is below 0.0001 before
   rounding.
5. A number that rounds to zero has no sign: SAS prints -0.0 in places; nobody wants it.
"""

from decimal import ROUND_HALF_UP, Decimal

FUZZ = Decimal("1.5e-12")
"""Distance from half, relative to the number where it is above 1, within which a value counts as half."""
SMALLEST_P = 0.0001


def rounded(value: float, decimals: int) -> str:
    """A number with a fixed number of decimals, half away from zero.

    Parameters
    ----------
    value
        A finite number.
    decimals
        Digits after the point, 0 or more.
    """
    exact = Decimal(value).scaleb(decimals)
    size = abs(exact)
    whole = size // 1
    if abs(size - whole - Decimal("0.5")) <= FUZZ * max(size, Decimal(1)):
        size = whole + Decimal("0.5")
    count = size.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    number = count.scaleb(-decimals)
    return f"{-number if value < 0 and count else number:.{decimals}f}"


def percent(share: float) -> str:
    """A share as a percentage with one decimal, without the sign of percent."""
    return rounded(float(Decimal(repr(share)) * 100), 1)


def p_value(p: float) -> str:
    """A p-value as PVALUE6.4 prints it."""
    return f"<{SMALLEST_P:.4f}".replace("<0", "<") if 0 <= p < SMALLEST_P else rounded(p, 4)
