"""The gate's limits in the trader's words: name, unit, and what an empty one means."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.presenters.numbers import money, plain
from app.presenters.times import duration
from etrms_core.domain.limits import Limits, loosened_limits
from etrms_core.engine.limits_document import limits_mapping, parse_limits
from etrms_core.errors import ConfigurationError

SECTION = "limits."
FEWEST_DIGITS, MOST_DIGITS = 2, 8


@dataclass(frozen=True, slots=True)
class LimitField:
    """One limit as it is spoken of.

    Attributes
    ----------
    name : str
        Field of `Limits`.
    unlimited : str
        What it says when no bound is set.
    """

    name: str
    label: str
    meaning: str
    unlimited: str = "no limit"


FIELDS = (
    LimitField(
        "maximum_leverage",
        "Leverage",
        "Gross exposure over equity of all accounts, after the order; and the leverage that may "
        "be set for a symbol.",
    ),
    LimitField(
        "maximum_position_notional",
        "Position size",
        "USD value of one position, after the order and those that rest beside it.",
    ),
    LimitField("maximum_order_notional", "Order size", "USD value of one order."),
    LimitField(
        "maximum_orders_per_minute",
        "Entry orders per minute",
        "Orders that open or enlarge a position, on all accounts together. Closing, reducing and "
        "stops are neither counted nor held back.",
    ),
    LimitField(
        "price_collar",
        "Price collar",
        "How far beyond the mark price an order may buy dearer or sell cheaper.",
    ),
    LimitField(
        "duplicate_window_seconds",
        "Duplicate window",
        "An order equal to one of the last seconds is refused.",
    ),
    LimitField(
        "symbols",
        "Allowed symbols",
        "The only ones in which a position may be opened or enlarged.",
        unlimited="all symbols",
    ),
)
BY_NAME = {field.name: field for field in FIELDS}


def _window(seconds: float) -> str:
    if seconds == 0.0:
        return "off"
    return duration(seconds) if seconds.is_integer() else f"{seconds:g} s"


def _digits(value: float) -> int:
    """Count the decimals that are needed to show a limit as it was set."""
    known = (
        digits for digits in range(FEWEST_DIGITS, MOST_DIGITS) if round(value, digits) == value
    )
    return next(known, MOST_DIGITS)


def _money(value: float) -> str:
    return money(value, digits=_digits(value))


def _percent(value: float) -> str:
    shown = round(value * 100.0, MOST_DIGITS)
    return f"{plain(shown, _digits(shown))}%"


WRITERS: dict[str, Callable[[Any], str]] = {
    "maximum_leverage": lambda value: f"{plain(value, _digits(value))}x",
    "maximum_position_notional": _money,
    "maximum_order_notional": _money,
    "maximum_orders_per_minute": lambda count: plain(count, 0),
    "price_collar": _percent,
    "duplicate_window_seconds": _window,
    "symbols": lambda names: ", ".join(names) or "no symbol at all",
}


def limit_text(name: str, limits: Limits) -> str:
    """Write a limit with its unit; one that is not set says so."""
    value = limits_mapping(limits)[name]
    if value is None:
        return BY_NAME[name].unlimited
    return WRITERS[name](value)


def changed_fields(before: Limits, after: Limits) -> tuple[LimitField, ...]:
    """Return the limits that differ, in the order of showing."""
    old, new = limits_mapping(before), limits_mapping(after)
    return tuple(field for field in FIELDS if old[field.name] != new[field.name])


def is_looser(name: str, before: Limits, after: Limits) -> bool:
    """Whether one limit of `after` alone lets more out than the same one of `before`."""
    alone: dict[str, Any] = limits_mapping(before) | {name: limits_mapping(after)[name]}
    return bool(loosened_limits(before, parse_limits(alone)))


def told_error(error: ConfigurationError) -> str:
    """Say what is wrong with a limit, by its name on the page."""
    text = str(error).removeprefix(f"{error.field}: ")
    field = error.field or ""
    name = field.removeprefix(SECTION).partition(".")[0] if field.startswith(SECTION) else ""
    known = BY_NAME.get(name)
    told = f"{known.label if known else name} {text}".strip()
    return f"{told[:1].upper()}{told[1:]}."
