"""Amounts as a trader types them: 10 %, 1,500, 3x, 1 h 30 min."""

import re
from decimal import Decimal, InvalidOperation

from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import Unit

LONGEST = 40
SECONDS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
SIGNS = {
    Unit.FRACTION: ("%",),
    Unit.MULTIPLE: ("x", "times"),
    Unit.MONEY: ("usd", "$"),
    Unit.COUNT: (),
}
UNIT_NAMES = {
    Unit.FRACTION: "%",
    Unit.MULTIPLE: "x",
    Unit.MONEY: "USD",
    Unit.COUNT: "number",
    Unit.SECONDS: "time",
}
EXAMPLES = {
    Unit.FRACTION: "10 %",
    Unit.MULTIPLE: "3x",
    Unit.MONEY: "1,500 USD",
    Unit.COUNT: "5",
    Unit.SECONDS: "1 h 30 min",
}
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|min|s)(?![a-z])")
_LONG_WORDS = (
    (re.compile(r"\bdays?\b"), "d"),
    (re.compile(r"\b(hours?|hrs?)\b"), "h"),
    (re.compile(r"\b(minutes?|mins|m)\b"), "min"),
    (re.compile(r"\b(seconds?|secs?)\b"), "s"),
)


def read_amount(text: str, unit: Unit) -> float:
    """Read what was typed; a percentage becomes a fraction, a time seconds.

    Raises
    ------
    ConfigurationError
        With an example, if it is no amount of this unit.
    """
    if unit is Unit.SECONDS:
        return read_duration(text)
    number = _without_sign(text, unit)
    if unit is not Unit.FRACTION and _GROUPED.fullmatch(number):
        number = number.replace(",", "")
    if len(number) > LONGEST or not _PLAIN.fullmatch(number):
        raise _unreadable(text, unit)
    try:
        value = Decimal(number)
    except InvalidOperation as error:
        raise _unreadable(text, unit) from error
    return float(value / 100 if unit is Unit.FRACTION else value)


def read_duration(text: str) -> float:
    """Read a time such as `90 s`, `1 h 30 min` or `2 d`; a bare number is seconds."""
    words = text.strip().lower().replace(",", " ")
    for long, short in _LONG_WORDS:
        # A word may follow its number at once: 5minutes.
        words = long.sub(short, re.sub(r"(\d)([a-z])", r"\1 \2", words))
    if len(words) <= LONGEST and re.fullmatch(r"\d+(\.\d+)?", words):
        return float(words)
    rest = _PART.sub("", words).strip()
    parts = _PART.findall(words)
    if len(words) > LONGEST or rest or not parts:
        raise _unreadable(text, Unit.SECONDS)
    return float(sum(Decimal(number) * SECONDS[unit] for number, unit in parts))


def write_amount(value: float | None, unit: Unit) -> str:
    """Write an amount so that `read_amount` reads the same one back; None is empty."""
    if value is None:
        return ""
    if unit is Unit.SECONDS:
        return write_duration(value)
    shown = _shortest(Decimal(repr(value)) * (100 if unit is Unit.FRACTION else 1))
    match unit:
        case Unit.FRACTION:
            return f"{shown} %"
        case Unit.MULTIPLE:
            return f"{shown}x"
        case Unit.MONEY:
            return f"{shown} USD"
        case _:
            return shown


def write_duration(value: float | None) -> str:
    """Write seconds so that `read_duration` reads the same number back; None is empty."""
    if value is None:
        return ""
    left, parts = Decimal(repr(value)), []
    for unit, size in SECONDS.items():
        count = left if unit == "s" else left // size
        left -= count * size
        if count:
            parts.append(f"{_shortest(count)} {unit}")
    return " ".join(parts) or "0 s"


def _without_sign(text: str, unit: Unit) -> str:
    number = text.strip().lower().replace(" ", "")
    for sign in SIGNS[unit]:
        number = number.removesuffix(sign).removeprefix(sign)
    return number


def _shortest(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unreadable(text: str, unit: Unit) -> ConfigurationError:
    if not text.strip():
        return ConfigurationError(f"is missing; type it like {EXAMPLES[unit]}")
    return ConfigurationError(f"was {text.strip()[:LONGEST]!r}; type it like {EXAMPLES[unit]}")
