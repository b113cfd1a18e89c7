"""Limits that every order meets before it leaves the desk."""

from dataclasses import asdict, dataclass
from math import isnan
from typing import TypeVar

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the pre-trade gate; None sets no bound.

    Attributes
    ----------
    price_collar : float
        How far beyond the mark price, as a fraction of it, a limit may buy dearer or sell cheaper,
        and the mark may have passed a trigger already.
    maximum_order_notional, maximum_position_notional : float or None
        USD of one order, of one position after the order.
    maximum_leverage : float or None
        Of a symbol's setting, and of gross notional over equity after the order.
    maximum_orders_per_minute : int or None
        Of orders that add risk, on the whole desk.
    duplicate_window_seconds : float
        An order equal to one of the last seconds is refused; 0 refuses none.
    symbols : tuple of str or None
        The only ones that may be entered; None for all, empty for none.
    """

    price_collar: float = 0.05
    maximum_order_notional: float | None = None
    maximum_position_notional: float | None = None
    maximum_leverage: float | None = None
    maximum_orders_per_minute: int | None = 60
    duplicate_window_seconds: float = 1.0
    symbols: tuple[str, ...] | None = None


DEFAULT_LIMITS = Limits()


def stricter(first: Limits, second: Limits) -> Limits:
    """Combine two sets of limits, field by field the tighter one.

    A number that is unknown (NaN) is the tightest: nothing passes it.
    """
    return Limits(
        price_collar=min(first.price_collar, second.price_collar),
        maximum_order_notional=_lower(first.maximum_order_notional, second.maximum_order_notional),
        maximum_position_notional=_lower(
            first.maximum_position_notional, second.maximum_position_notional
        ),
        maximum_leverage=_lower(first.maximum_leverage, second.maximum_leverage),
        maximum_orders_per_minute=_lower(
            first.maximum_orders_per_minute, second.maximum_orders_per_minute
        ),
        duplicate_window_seconds=max(
            first.duplicate_window_seconds, second.duplicate_window_seconds
        ),
        symbols=_common(first.symbols, second.symbols),
    )


def changed_limits(before: Limits, after: Limits) -> tuple[str, ...]:
    """Say which limits change from what to what."""
    return _differences(before, after, judged=before)


def loosened_limits(before: Limits, after: Limits) -> tuple[str, ...]:
    """Say which limits become looser, from what to what; the order of symbols does not matter."""
    return _differences(before, after, judged=stricter(after, before))


def _differences(before: Limits, after: Limits, *, judged: Limits) -> tuple[str, ...]:
    old, new, bound = asdict(before), asdict(after), asdict(judged)
    return tuple(
        f"{name} from {_words(old[name])} to {_words(new[name])}"
        for name in new
        if bound[name] != new[name]
    )


def _words(value: float | tuple[str, ...] | None) -> str:
    match value:
        case None:
            return "unlimited"
        case tuple():
            return ", ".join(value) or "nothing"
        case _:
            return f"{value:.12g}"


def _lower(first: Number | None, second: Number | None) -> Number | None:
    if first is None or second is None:
        return second if first is None else first
    return second if isnan(second) else min(first, second)


def _common(
    first: tuple[str, ...] | None, second: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    if first is None or second is None:
        return second if first is None else first
    return tuple(symbol for symbol in first if symbol in second)
