"""Lengths of bars and their names."""

import re

from etrms_core.errors import DomainError

_UNIT_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_TIMEFRAME = re.compile(r"([1-9][0-9]{0,3})([smhdw])")


def timeframe_seconds(timeframe: str) -> int:
    """Return the length of a bar: "15m" is 900.

    Raises
    ------
    DomainError
        If it is not a whole number from 1 to 9999 and one of s, m, h, d, w. Months have no length.
    """
    match = _TIMEFRAME.fullmatch(timeframe)
    if match is None:
        raise DomainError(
            f"a timeframe is a number and one of s, m, h, d, w, such as 15m, was {timeframe!r}"
        )
    return int(match[1]) * _UNIT_SECONDS[match[2]]


def timeframe_name(seconds: int) -> str:
    """Write a length of bars in the longest unit that divides it: 900 is "15m".

    Raises
    ------
    DomainError
        If no timeframe has that length.
    """
    for unit, length in _UNIT_SECONDS.items():
        if seconds > 0 and seconds % length == 0 and seconds // length <= 9_999:
            return f"{seconds // length}{unit}"
    raise DomainError(f"no timeframe is {seconds} seconds long")
