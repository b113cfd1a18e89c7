"""Numbers and times within a sentence: plain decimals, never 1e-07 and never 31622400 s."""

from decimal import Decimal
from math import isfinite

SIGNIFICANT_DIGITS = 12
# Beyond it the zeros could not be counted any more.
LARGEST_WRITTEN_OUT = 1e15
TIME_UNITS = ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"))


def plain_decimal(value: float) -> str:
    """Write a number without exponent and needless zeros; what is no number as it is called."""
    if not isfinite(value) or abs(value) >= LARGEST_WRITTEN_OUT:
        return f"{value:g}"
    text = f"{Decimal(f'{value:.{SIGNIFICANT_DIGITS}g}'):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def time_words(seconds: float) -> str:
    """Write a length of time in the largest unit that it fills: 366 days, 1.5 hours, 12 s."""
    if not isfinite(seconds):
        return f"{seconds:g}"
    for size, unit in TIME_UNITS:
        if abs(seconds) >= size:
            count = plain_decimal(round(seconds / size, 2))
            return f"{count} {unit}{'' if count == '1' else 's'}"
    return f"{plain_decimal(seconds)} s"
