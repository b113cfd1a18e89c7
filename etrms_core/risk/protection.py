"""How far stops that wait at the venue guard a position."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import Order, OrderType
from etrms_core.risk.position_table import PROTECTIVE

__all__ = ["PROTECTIVE", "Guarding", "Protection", "closes", "is_last_stop", "protection_of"]

ROUNDING = 1e-9


class Guarding(StrEnum):
    """How much of a position stops cover."""

    WHOLE = "whole"
    PARTLY = "partly"
    NONE = "none"
    UNVERIFIED = "unverified"  # the orders of its account are not known now


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """The stops of one position; None where there is none or nobody knows.

    Attributes
    ----------
    covered : float or None
        Share of the position that stops close, in [0, 1].
    stop_price, take_profit_price : float or None
        The nearest levels, quote currency.
    stop_distance : float or None
        Way from the mark to the nearest stop, fraction of the mark, at least 0.
    has_trailing : bool
        Whether a trailing stop waits, whose level the venue does not tell.
    risk : float or None
        What the position loses from the mark to its stops, quote currency, at least 0; None
        unless stops of known levels cover all of it.
    is_too_far : bool
        Whether the liquidation comes before the nearest stop.
    """

    guarding: Guarding
    covered: float | None = None
    stop_price: float | None = None
    stop_distance: float | None = None
    take_profit_price: float | None = None
    has_trailing: bool = False
    risk: float | None = None
    is_too_far: bool = False


def protection_of(
    position: Position,
    orders: Sequence[Order],
    *,
    is_known: bool,
    liquidation_price: float | None = None,
) -> Protection:
    """Measure how far the waiting orders of its account guard a position.

    Parameters
    ----------
    is_known : bool
        Whether the orders were read recently enough to count.
    liquidation_price : float or None
        Quote currency; None when nothing liquidates it or nobody knows.
    """
    if not is_known:
        return Protection(guarding=Guarding.UNVERIFIED)
    closing = [order for order in orders if closes(order, position)]
    stops = [order for order in closing if order.request.order_type in PROTECTIVE]
    levels = _levels(stops, position)
    covered = min(1.0, sum(each.remaining_quantity for each in stops) / abs(position.quantity))
    nearest = levels[0][0] if levels else None
    return Protection(
        guarding=_guarding(covered),
        covered=covered,
        stop_price=nearest,
        stop_distance=_distance(position, nearest),
        take_profit_price=_take_profit(closing, position),
        has_trailing=len(levels) < len(stops),
        risk=_risk(position, levels),
        is_too_far=_is_too_far(position, nearest, liquidation_price),
    )


def closes(order: Order, position: Position) -> bool:
    """Whether an open order can only take this position down.

    In hedge mode the side decides, since venues refuse the flag there.
    """
    request = order.request
    return (
        order.is_open
        and (request.reduce_only or request.position_side is not PositionSide.NET)
        and request.symbol == position.symbol
        and request.position_side is position.side
        and request.side.sign * position.quantity < 0.0
    )


def is_last_stop(order: Order, account: AccountState) -> bool:
    """Whether cancelling an order leaves a position of its account without any stop."""
    if order.request.order_type not in PROTECTIVE:
        return False
    for position in account.positions:
        if closes(order, position):
            stops = [
                each
                for each in account.orders
                if closes(each, position) and each.request.order_type in PROTECTIVE
            ]
            return len(stops) == 1
    return False


def _guarding(covered: float) -> Guarding:
    if covered >= 1.0 - ROUNDING:
        return Guarding.WHOLE
    return Guarding.PARTLY if covered > 0.0 else Guarding.NONE


def _levels(stops: Sequence[Order], position: Position) -> list[tuple[float, float]]:
    """Levels and quantities of the stops whose level is known, the nearest to the mark first."""
    known = [
        (stop.request.trigger_price, stop.remaining_quantity)
        for stop in stops
        if stop.request.trigger_price is not None
        and stop.request.order_type is OrderType.STOP_MARKET
    ]
    return sorted(known, reverse=position.quantity > 0.0)


def _take_profit(closing: Sequence[Order], position: Position) -> float | None:
    levels = [
        order.request.trigger_price
        for order in closing
        if order.request.order_type is OrderType.TAKE_PROFIT_MARKET
        and order.request.trigger_price is not None
    ]
    nearest = min if position.quantity > 0.0 else max
    return nearest(levels, default=None)


def _way_down(position: Position, level: float) -> float | None:
    if position.mark_price is None:
        return None
    direction = 1.0 if position.quantity > 0.0 else -1.0
    return max(0.0, direction * (position.mark_price - level))


def _distance(position: Position, level: float | None) -> float | None:
    way = None if level is None else _way_down(position, level)
    return None if way is None or position.mark_price is None else way / position.mark_price


def _risk(position: Position, levels: Sequence[tuple[float, float]]) -> float | None:
    left, risk = abs(position.quantity), 0.0
    for level, quantity in levels:
        way, taken = _way_down(position, level), min(quantity, left)
        if way is None:
            return None
        risk += way * taken
        left -= taken
    return risk if left <= ROUNDING * abs(position.quantity) else None


def _is_too_far(position: Position, level: float | None, liquidation_price: float | None) -> bool:
    if level is None or liquidation_price is None:
        return False
    direction = 1.0 if position.quantity > 0.0 else -1.0
    return direction * (liquidation_price - level) >= 0.0
